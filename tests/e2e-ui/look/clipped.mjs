// Runs in the page: texts that are cut off or spill out, and controls that something lies over.

/** Sentences about each fault; none is the wish. */
export function clipped() {
  const faults = new Set();
  const name = (element) => `<${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ''}${[...element.classList].filter((one) => !one.startsWith('s-') && !one.startsWith('svelte-')).map((one) => `.${one}`).join('')}>`;
  const unseen = (element) => element.closest('.hidden, #svelte-announcer, svg, [hidden], script, style, option') || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  /** A text may end in an ellipsis where the whole of it is told otherwise. */
  const told = (element) => Boolean(element.closest('[title], [aria-label]'));
  const ellipsis = (style) => style.textOverflow === 'ellipsis' || (style.webkitLineClamp !== 'none' && style.webkitLineClamp !== '');

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = node.data.trim();
    const element = node.parentElement;
    if (!text || unseen(element)) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      // A font's box is higher than its letters.
      const rect = { left: box.left, right: box.right, top: box.top + box.height * 0.2, bottom: box.bottom - box.height * 0.2 };
      const say = (what, where) => faults.add(`“${text.slice(0, 60)}” ${what} ${name(where)}`);
      let [sideways, down, fixed] = [false, false, false];
      outward: for (let up = element; up && up !== document.documentElement && !fixed; up = up.parentElement) {
        const style = getComputedStyle(up);
        if (style.display === 'contents' || style.display === 'inline') continue;
        const outer = up.getBoundingClientRect();
        const inner = { left: outer.left + up.clientLeft, right: outer.left + up.clientLeft + up.clientWidth, top: outer.top + up.clientTop, bottom: outer.top + up.clientTop + up.clientHeight };
        const cuts = (value) => value === 'hidden' || value === 'clip' || /paint|strict|content/.test(style.contain);
        const scrolls = (value) => value === 'auto' || value === 'scroll';
        if (scrolls(style.overflowX) && up.scrollWidth > up.clientWidth + 1) {
          if (!up.matches('.table, pre, textarea, [role=tablist]')) say('makes one scroll sideways in', up);
          sideways = true;
        }
        if (scrolls(style.overflowY) && up.scrollHeight > up.clientHeight + 1) down = true;
        if (ellipsis(style) && cuts(style.overflowX)) {
          // What is beyond the dots is not seen; that there is more has to be told.
          if (!told(up) && (up.scrollWidth > up.clientWidth + 1 || up.scrollHeight > up.clientHeight + 1)) say('ends in dots, and the whole of it is told nowhere, in', up);
          [sideways, down] = [true, true];
          break outward;
        }
        if (!sideways && cuts(style.overflowX) && (rect.left < inner.left - 1 || rect.right > inner.right + 1)) say('is cut off at the side by', up);
        if (!down && cuts(style.overflowY) && (rect.top < inner.top - 1 || rect.bottom > inner.bottom + 1)) say('is cut off above or below by', up);
        if (!sideways && up.matches('button, a, label, td, th, .chip, .note, .toast, .dialog, .card, [role=option], [role=menuitem]') && (rect.left < outer.left - 1 || rect.right > outer.right + 1)) say('spills out of', up);
        if (!down && up.matches('button, .chip, .note, .toast, .dialog, .card') && (rect.top < outer.top - 1 || rect.bottom > outer.bottom + 1)) say('spills out of', up);
        fixed = style.position === 'fixed';
      }
      if (!sideways && (rect.left < -1 || rect.right > innerWidth + 1)) say('leaves the window at the side:', element);
      if (!down && (rect.top < -1 || rect.bottom > innerHeight + 1)) say('leaves the window above or below:', element);
    }
  }

  const pen = document.createElement('canvas').getContext('2d');
  for (const input of document.querySelectorAll('input[placeholder], textarea[placeholder]')) {
    if (unseen(input) || input.value) continue;
    const style = getComputedStyle(input);
    pen.font = style.font;
    const room = input.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    if (input.tagName === 'INPUT' && pen.measureText(input.placeholder).width > room + 1) faults.add(`the hint “${input.placeholder}” is longer than ${name(input)}`);
  }

  // What is modal hides the rest on purpose.
  const top = [...document.querySelectorAll('.layer, .dialog, .viewer')].at(-1) ?? document.body;
  for (const control of top.querySelectorAll('button, a[href], input, select, textarea, [role=tab], [role=switch]')) {
    if (unseen(control) || control.disabled) continue;
    const box = control.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
    const hit = document.elementFromPoint(x, y);
    if (!hit || control.contains(hit) || hit.contains(control) || hit.closest('label')?.contains(control) || hit.closest('.toasts')) continue;
    // Scrolled out of sight is not covered.
    let out = false;
    for (let up = control.parentElement; up; up = up.parentElement) {
      const around = up.getBoundingClientRect();
      if (getComputedStyle(up).overflowY !== 'visible' && (y < around.top || y > around.bottom || x < around.left || x > around.right)) out = true;
    }
    if (!out) faults.add(`${name(control)} “${(control.ariaLabel ?? control.textContent ?? '').trim().slice(0, 40)}” lies under ${name(hit)}`);
  }
  return [...faults];
}

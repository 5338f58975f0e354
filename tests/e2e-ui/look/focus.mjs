// Where the keyboard is, and whether a person can see it.

/** Runs in the page: what has the focus, its name, and how that is shown. `null` where nothing has it. */
export function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const labelled = (one) => [...(one.labels ?? [])].map((label) => label.textContent.trim()).join(' ');
  const byId = (one) => (one.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent.trim() ?? '').join(' ').trim();
  const name = (element.getAttribute('aria-label') || byId(element) || labelled(element) || element.getAttribute('title') || element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 80);
  const box = element.getBoundingClientRect();
  let shown = '';
  for (let up = element, steps = 0; up && up !== document.body && steps < 5 && !shown; up = up.parentElement, steps++) {
    const style = getComputedStyle(up);
    const ring = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2 && style.outlineColor !== 'rgba(0, 0, 0, 0)';
    // Around a field the border of its box turns into the accent.
    const accent = document.createElement('i');
    accent.style.color = 'var(--accent)';
    up.append(accent);
    const around = up.matches(':focus-within') && steps > 0 && style.boxShadow.includes(getComputedStyle(accent).color);
    accent.remove();
    if (ring) shown = `outline on <${up.tagName.toLowerCase()}>`;
    else if (around) shown = `frame on <${up.tagName.toLowerCase()}>`;
  }
  const active = element.getAttribute('aria-activedescendant');
  if (!shown && active && document.getElementById(active)) shown = 'the chosen entry is marked';
  // A dialog, a heading or a panel that has the focus is where reading begins, not something to press.
  const place = element.matches('[role=dialog], h1, h2, [tabindex="-1"]');
  element.dataset['tour'] ??= String((globalThis.tourStops = (globalThis.tourStops ?? 0) + 1));
  return { stop: element.dataset['tour'], tag: element.tagName.toLowerCase(), role: element.getAttribute('role') ?? '', name, place, shown, seen: box.width > 0 && box.height > 0 && element.checkVisibility() };
}

/** What the accessibility tree of the browser calls a control without a name. */
export async function unnamed(view) {
  view.protocol ??= await view.page.context().newCDPSession(view.page);
  const { nodes } = await view.protocol.send('Accessibility.getFullAXTree');
  const CONTROLS = /^(button|link|textbox|searchbox|combobox|checkbox|radio|radiogroup|slider|switch|tab|tablist|tabpanel|menuitem|option|listbox|grid|gridcell|dialog|progressbar|image|navigation|menu|toolbar)$/;
  return nodes
    .filter((node) => !node.ignored && CONTROLS.test(node.role?.value ?? '') && !node.name?.value?.trim())
    .map((node) => `${node.role.value} without a name (${node.backendDOMNodeId})`);
}

// The first minute of a stranger: the window opens with an example in the box, one key makes the picture.
import { join } from 'node:path';
import { Key, Window, until } from './webdriver.mjs';

/** Whether a picture is really there: decoded, and painted a frame ago. */
const SHOWN = `
  const large = [...document.images].find((one) => one.src.startsWith('allxone-picture:') && one.complete && one.naturalWidth >= 512);
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  return large ? large.decode().then(frame).then(frame).then(frame).then(() => true) : false`;

/** Opens the window, presses one key, waits for the picture. Returns the open window and how long it took, in milliseconds. */
export async function firstPicture(more = {}, screens = process.env.ALLXONE_SCREENS ?? 'target/screens') {
  const start = Date.now();
  const window = await Window.open(more);
  try {
    await until('the example prompt', () => window.run(`return document.querySelector('textarea')?.value.trim()`));
    const opened = Date.now() - start;
    await window.type('textarea', Key.enter);
    await until('the first picture', () => window.run(SHOWN));
    const file = join(screens, 'first-picture.png');
    await window.screenshot(file);
    return { window, opened, made: Date.now() - start, file };
  } catch (error) {
    await window.screenshot(join(screens, 'first-picture-failed.png')).catch(() => {});
    const text = await window.text().catch(() => '');
    await window.close();
    throw new Error(`${error.message}\nThe page said:\n${text}`);
  }
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  const { window, opened, made, file } = await firstPicture();
  await window.close();
  console.log(`  The window stood after ${(opened / 1000).toFixed(1)} s, the first picture after ${(made / 1000).toFixed(1)} s.`);
  console.log(`  A screenshot of it: ${file}`);
}

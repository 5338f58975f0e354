// Every pair of colours that meet in a theme: text 7:1, edges of controls 3:1. And no colour is written anywhere but among the tokens.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const css = readFileSync(new URL('../src/lib/styles/tokens.css', import.meta.url), 'utf8');
const block = (selector) => {
  const at = css.indexOf(`${selector} {`);
  const body = css.slice(at, css.indexOf('}', at));
  return Object.fromEntries([...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]));
};
const light = block(':root');
const themes = { light, dark: { ...light, ...block(":root[data-theme='dark']") }, contrast: { ...light, ...block(":root[data-theme='contrast']") } };

const linear = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
const luminance = (hex) => linear(hex).reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
const ratio = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

const grounds = ['bg', 'panel', 'raise', 'sunk'];
const texts = [
  ...['text', 'muted'].flatMap((text) => grounds.map((ground) => [text, ground, 7])),
  ['text', 'hover', 7], ['chosen-ink', 'chosen', 7], ['text', 'accent-soft', 7], ['text', 'stage', 7], ['muted', 'stage', 7],
  ...['bg', 'panel', 'raise'].map((ground) => ['accent', ground, 4.5]), ['accent', 'accent-soft', 4.5], ['accent-ink', 'accent', 7], ['accent-ink', 'accent-hover', 7],
  ...['ok', 'warn', 'bad'].flatMap((tone) => [[tone, `${tone}-soft`, 4.5], [tone, 'raise', 7], [tone, 'bg', 4.5]]),
  ...['bg', 'panel', 'raise'].flatMap((ground) => [['edge', ground, 3], ['accent', ground, 3]])
];
const faults = [];
let least = 99;
for (const [name, theme] of Object.entries(themes)) {
  for (const [front, back, wanted] of texts) {
    const is = ratio(theme[front], theme[back]);
    if (wanted === 7) least = Math.min(least, is);
    if (is < wanted) faults.push(`${name}: ${front} on ${back} is ${is.toFixed(2)}:1, wanted ${wanted}:1`);
  }
}
const lib = new URL('../src/', import.meta.url).pathname;
for (const file of readdirSync(lib, { recursive: true })) {
  if (!/\.(svelte|css)$/.test(file) || file.endsWith('tokens.css')) continue;
  const text = readFileSync(join(lib, file), 'utf8');
  const styles = file.endsWith('.css') ? text : (/<style>([^]*)<\/style>/.exec(text)?.[1] ?? '');
  for (const [colour] of styles.matchAll(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/gi)) faults.push(`${file}: the colour ${colour} is not a token`);
}
if (faults.length) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${texts.length * 3} pairs of colours: enough contrast (least of the text: ${least.toFixed(2)}:1)`);

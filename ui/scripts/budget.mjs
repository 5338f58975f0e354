// How much JavaScript the built screen loads before its first frame, packed with gzip. More than the budget fails.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 120_000;
const dist = new URL(`../${process.argv[2] ?? 'dist'}/`, import.meta.url).pathname;
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const seen = new Map();

/** Follows static imports; what is loaded later does not count. */
function follow(file) {
  if (seen.has(file)) return;
  const code = readFileSync(file, 'utf8');
  seen.set(file, gzipSync(code, { level: 9 }).length);
  for (const found of code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)) follow(join(dirname(file), found[1]));
}

for (const found of html.matchAll(/["'(]\.?\/?(_app\/immutable\/[^"')]+\.js)["')]/g)) follow(join(dist, found[1]));
// The first place and its layout (nodes 0 and 2), and the one language.
const app = [...seen.keys()].find((file) => /entry\/app\.[^/]+\.js$/.test(file));
if (app) {
  const nodes = [...readFileSync(app, 'utf8').matchAll(/["'](\.\.\/nodes\/(\d+)\.[^"']+\.js)["']/g)];
  for (const found of nodes) if (['0', '1', '2'].includes(found[2])) follow(join(dirname(app), found[1]));
}
const layout = [...seen.keys()].find((file) => /nodes\/0\./.test(file));
const words = layout && /import\(["'](\.\.\/chunks\/[^"']+\.js)["']\)/.exec([...seen.keys()].map((file) => readFileSync(file, 'utf8')).find((code) => /ar:\(?\)?=>/.test(code)) ?? '');
const total = [...seen.values()].reduce((sum, one) => sum + one, 0);
console.log(`${total} bytes in ${seen.size} files at the start (budget ${BUDGET}, the words of one language not counted: ${words ? 'separate' : 'inside'})`);
if (total > BUDGET || seen.size < 4) process.exit(1);

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
// The largest language counts: one is loaded before anything is said.
const words = [...seen.keys()].flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/(?:en|de|ar):\(?\)?=>[^,}]*?import\([`"'](\.{1,2}\/[^`"']+\.js)[`"']\)/g)].map((found) => join(dirname(file), found[1])));
const languages = words.map((file) => gzipSync(readFileSync(file), { level: 9 }).length);
const total = [...seen.values()].reduce((sum, one) => sum + one, 0) + Math.max(...languages);
console.log(`${total} bytes at the start: ${seen.size} files and one of ${languages.length} languages (budget ${BUDGET})`);
if (!(total <= BUDGET) || seen.size < 8 || languages.length !== 3) process.exit(1);

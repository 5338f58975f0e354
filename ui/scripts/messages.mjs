// Every language has every message with the same inputs; every message that is used exists, and every one that exists is used.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const faults = [];
const parse = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const { baseLocale, locales } = parse('project.inlang/settings.json');
const read = (locale) => {
  const words = {};
  for (const file of readdirSync(join(root, 'messages', locale)).sort()) {
    const { $schema: _, ...those } = parse('messages', locale, file);
    for (const key of Object.keys(those)) if (key in words) faults.push(`${locale}: “${key}” stands in two files, one of them ${file}`);
    Object.assign(words, those);
  }
  return words;
};
const texts = (message) => (typeof message === 'string' ? [message] : Object.values(message[0].match));
const inputs = (message) => new Set(texts(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1])));

const base = read(baseLocale);
for (const locale of locales) {
  const words = read(locale);
  for (const key of Object.keys(base)) {
    if (!(key in words)) faults.push(`${locale}: “${key}” is missing`);
    else if (texts(words[key]).some((text) => !text.trim())) faults.push(`${locale}: “${key}” is empty`);
    else {
      const wanted = inputs(base[key]);
      const has = inputs(words[key]);
      for (const name of has) if (!wanted.has(name)) faults.push(`${locale}: “${key}” speaks of {${name}}, which it is not told`);
      if (typeof base[key] === 'string') for (const name of wanted) if (!has.has(name)) faults.push(`${locale}: “${key}” leaves out {${name}}`);
      if (typeof words[key] !== 'string') {
        const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
        for (const form of forms) if (!(`plural=${form}` in words[key][0].match)) faults.push(`${locale}: “${key}” has no form for ${form}`);
      }
    }
  }
  for (const key of Object.keys(words)) if (!(key in base)) faults.push(`${locale}: “${key}” is not in ${baseLocale}`);
}

const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((one) => one.isFile() && /\.(svelte|ts)$/.test(one.name) && !one.parentPath.includes('paraglide'))
  .map((one) => readFileSync(join(one.parentPath, one.name), 'utf8'));
const used = new Set(files.flatMap((text) => [...text.matchAll(/\bm\.([a-z_0-9]+)/g)].map((found) => found[1])));
const families = files.flatMap((text) => [...text.matchAll(/optional\(`([a-z_]+)\$\{/g)].map((found) => found[1]));
for (const key of used) if (!(key in base)) faults.push(`“${key}” is used but is not there`);
for (const key of Object.keys(base)) if (!used.has(key) && !families.some((family) => key.startsWith(family))) faults.push(`“${key}” is not used`);

if (faults.length) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${Object.keys(base).length} messages, ${locales.join(', ')}: complete`);

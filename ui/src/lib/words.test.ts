import { describe, expect, it } from 'vitest';

const sources = import.meta.glob<string>(['../**/*.{svelte,ts}', '!../**/*.test.ts', '!../**/paraglide*/**'], { query: '?raw', import: 'default', eager: true });
const words = import.meta.glob<Record<string, unknown>>('../../messages/en/*.json', { eager: true, import: 'default' });
const projects = import.meta.glob<Record<string, { pathPattern: string[] }>>('../../*.inlang/settings.json', { eager: true, import: 'default' });

/** What a file may show with no more than the words of the start: what it imports, also later, save together with the later words or to have it at hand. */
function reached(file: string): string[] {
  const text = (sources[file] ?? '').replaceAll(/Promise\.all\(\[import\('[^']+'\), allWords\(\)\]\)|\bvoid import\('[^']+'\)/g, '');
  const found = [...text.matchAll(/^import (?!type)[^;]*?from '(\.[^']+)'|^ +import (?!type)[^;]*?from '(\.[^']+)'|^export (?!type)[^;]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm)];
  return found.flatMap((one) => {
    const path = new URL(one.slice(1).find(Boolean)!, `file:///${file.replace('../', 'src/').replace(/^\.\//, 'src/lib/')}`).pathname.replace('/src/lib/', './').replace('/src/', '../');
    return [path, `${path}.ts`, `${path}/index.ts`].filter((name) => name in sources);
  });
}

describe('words that come later', () => {
  it('are not spoken by anything that can be shown without them', () => {
    const files = projects['../../later.inlang/settings.json']!['plugin.inlang.messageFormat']!.pathPattern;
    const later = new Set(files.flatMap((file) => Object.keys(words[`../../messages/en/${file.split('/').at(-1)}`] ?? {})));
    later.delete('$schema');
    expect(later.size).toBeGreaterThan(100);

    const early = new Set(['../routes/+layout.svelte', '../routes/+page.svelte']);
    for (const file of early) for (const next of reached(file)) early.add(next);
    expect([...early]).toEqual(expect.arrayContaining(['./features/create/VerdictLine.svelte', './features/create/ReviewDialog.svelte', './features/safety/Why.svelte', './host/devhost.ts']));
    expect(early.size).toBeGreaterThan(60);
    const faults = [...early].flatMap((file) => [...sources[file]!.matchAll(/\bm\.([a-z_0-9]+)/g)].filter((found) => later.has(found[1]!)).map((found) => `${file}: ${found[1]}`));
    expect(faults).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

/** Places whose code is loaded together with the later words, and what is opened only once they are there. */
const LATE = [/features\/(library|privacy|settings|safety|account)\//, /features\/app\/(Palette|Help)\.svelte$/, /gallery\//, /paraglide/, /\.test\.ts$/];

const sources = import.meta.glob<string>('./**/*.{svelte,ts}', { query: '?raw', import: 'default', eager: true });
const words = import.meta.glob<Record<string, unknown>>('../../messages/en/*.json', { eager: true, import: 'default' });
const projects = import.meta.glob<Record<string, { pathPattern: string[] }>>('../../*.inlang/settings.json', { eager: true, import: 'default' });

describe('words that come later', () => {
  it('are not spoken by what is shown at the start', () => {
    const files = projects['../../later.inlang/settings.json']!['plugin.inlang.messageFormat']!.pathPattern;
    const later = new Set(files.flatMap((file) => Object.keys(words[`../../messages/en/${file.split('/').at(-1)}`] ?? {})));
    later.delete('$schema');
    expect(later.size).toBeGreaterThan(100);
    const early = Object.entries(sources).filter(([file]) => !LATE.some((one) => one.test(file)));
    expect(early.length).toBeGreaterThan(40);
    const faults = early.flatMap(([file, text]) => [...text.matchAll(/\bm\.([a-z_0-9]+)/g)].filter((found) => later.has(found[1]!)).map((found) => `${file}: ${found[1]}`));
    expect(faults).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';

// The sources as text: a component, or a state of one, that the gallery does not show is not looked at by anybody.
const sources = import.meta.glob<string>('../components/*.svelte', { query: '?raw', import: 'default', eager: true });
const gallery = Object.values(import.meta.glob<string>('./Gallery.svelte', { query: '?raw', import: 'default', eager: true }))[0] ?? '';
const components = Object.entries(sources).map(([path, source]) => ({ name: path.replace(/^.*\/(\w+)\.svelte$/, '$1'), source }));
/** The name a component has in the gallery. */
const called = (name: string) => new RegExp(`import (\\w+)[^;]*from '\\.\\./components/${name}\\.svelte'`).exec(gallery)?.[1] ?? '';

describe('the gallery', () => {
  it('knows the components', () => expect(components.length).toBeGreaterThan(15));

  it.each(components)('shows $name in every state', ({ name, source }) => {
    const tag = called(name);
    expect(tag, `${name} is imported`).not.toBe('');
    const uses = [...gallery.matchAll(new RegExp(`<${tag}\\b[^]*?(?:/>|</${tag}>)`, 'g'))].map((found) => found[0]);
    expect(uses.length, `${name} is drawn`).toBeGreaterThan(0);
    const props = /interface Props[^{]*\{([^]*?)\n  \}/.exec(source)?.[1] ?? '';
    for (const [, prop, type] of props.matchAll(/^ {4}(\w+)\??: ([^;]+);/gm)) {
      if (prop === 'element' || prop === 'children') continue;
      expect(uses.some((use) => new RegExp(`[\\s{:]${prop}\\b`).test(use)), `${name} with “${prop}”`).toBe(true);
      // A choice among words: each of them, written there or gone through in a loop over them.
      for (const [, word] of type!.matchAll(/'(\w+)'/g)) expect(gallery.includes(`'${word}'`) || gallery.includes(`"${word}"`) || ['normal'].includes(word!), `${name} as “${word}”`).toBe(true);
    }
  });
});

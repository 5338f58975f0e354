import { describe, expect, it } from 'vitest';
import { isTaken } from '../../keys';
import { fits } from './fuzzy';

describe('finding an entry', () => {
  it('prefers beginnings of words to what stands inside, and both to scattered letters', () => {
    const best = (asked: string, ...texts: string[]) => texts.map((text) => ({ text, score: fits(asked, text) })).sort((a, b) => b.score - a.score)[0]?.text;
    expect(best('lib', 'Calibrate', 'Library')).toBe('Library');
    expect(best('set', 'Reset the view', 'Settings')).toBe('Settings');
    expect(best('cut', 'Cut out', 'Shortcuts')).toBe('Cut out');
  });

  it('takes letters that were left out, and words in any order', () => {
    expect(fits('shtcts', 'Shortcuts')).toBeGreaterThan(0);
    expect(fits('co', 'Cut out')).toBeGreaterThan(0);
    expect(fits('server connect', 'Connect to a server')).toBeGreaterThan(0);
    expect(fits('مكتبة', 'فتح مكتبة')).toBeGreaterThan(0);
  });

  it('finds nothing in what has nothing of it', () => {
    expect(fits('zebra', 'Library')).toBe(0);
    expect(fits('library zebra', 'Library')).toBe(0);
    expect(fits('  ', 'Library')).toBeGreaterThan(0);
  });
});

describe('keys', () => {
  it('are taken by another action, by what is fixed, never by the action itself', () => {
    expect(isTaken('Mod+2', 'create', {})).toBe('library');
    expect(isTaken('Mod+2', 'library', {})).toBeNull();
    expect(isTaken('Mod+2', 'create', { library: 'Mod+9' })).toBeNull();
    expect(isTaken('Mod+9', 'create', { library: 'Mod+9' })).toBe('library');
    expect(isTaken('Mod+Z', 'dice', {})).toBe('undo');
  });
});

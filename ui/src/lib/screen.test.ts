import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, credits, day } from './format';
import { errorWords, findingWords } from './features/app/words';
import { summed } from './features/privacy/ledger.svelte';
import { LANGUAGES, closest, m, optional, speak } from './i18n';
import { actionFor, combination, keyLabels } from './keys';

const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  combination({ key, code: '', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe('keys', () => {
  it('writes combinations as the map does, on any keyboard layout', () => {
    expect(press('k', { ctrlKey: true, code: 'KeyK' })).toBe('Mod+K');
    expect(press('L', { ctrlKey: true, shiftKey: true, code: 'KeyL' })).toBe('Mod+Shift+L');
    expect(press('ن', { ctrlKey: true, code: 'KeyK' })).toBe('Mod+K');
    expect(press('&', { ctrlKey: true, code: 'Digit1' })).toBe('Mod+1');
    expect(press('Control', { ctrlKey: true })).toBe('');
    expect(keyLabels('Mod+Shift+L')).toHaveLength(3);
  });

  it('prefers what a person chose', () => {
    expect(actionFor('Mod+K', {})).toBe('palette');
    expect(actionFor('Mod+K', { palette: 'Mod+P' })).toBeNull();
    expect(actionFor('Mod+P', { palette: 'Mod+P' })).toBe('palette');
  });
});

describe('languages', () => {
  it('speaks the closest one', () => {
    expect([closest('de-AT').locale, closest('fr', 'ar-EG').locale, closest(undefined, 'xx').locale, closest('').locale]).toEqual(['de', 'ar', 'en', 'en']);
  });

  it.each(LANGUAGES)('$name has words for every code, plural and finding', async (language) => {
    await speak(language);
    const codes = ['invalid', 'unreadable_picture', 'blocked', 'needs_confirmation', 'filter_unavailable', 'price_changed', 'not_found', 'library', 'unreachable',
      'offline_locked', 'upgrade_required', 'service', 'cancelled', 'internal', 'not_open', 'keeping', 'machine', 'bad_address', 'plain_address', 'not_allxone', 'wrong_token'] as const;
    for (const code of codes) {
      const { title, text } = errorWords({ code, message: 'English' });
      expect([title.length > 3, text.length > 3, title === 'English']).toEqual([true, true, false]);
    }
    for (const category of ['sexual', 'minors', 'unjudgeable'] as const) {
      for (const part of ['prompt', 'picture']) expect(optional(`finding_${category}_${part}`)).toBeTruthy();
      expect(findingWords({ verdict: 'block', scores: {}, reasons: [{ layer: 'rule', category, part: 'prompt', message: '' }] })).toBeTruthy();
    }
    for (const count of [0, 1, 2, 3, 11, 100]) expect(m.pictures({ count })).not.toBe('pictures');
  });
});

describe('figures', () => {
  beforeAll(() => speak(LANGUAGES[0]!));

  it('are written as people do', () => {
    const plain = (text: string) => text.replace(/\u00a0/g, ' ');
    expect([bytes(0), bytes(999), bytes(1_234), bytes(1_800_000)].map(plain)).toEqual(['0 bytes', '999 bytes', '1.2 kB', '1.8 MB']);
    expect(bytes(1_234)).not.toContain(' ');
    expect([credits(4_000), credits(25)]).toEqual(['4', '0.025']);
    const now = new Date(2026, 9, 20, 12).getTime();
    expect([day(now, now), day(now - 86_400_000, now)]).toEqual(['Today', 'Yesterday']);
  });

  it('are sums of rows', () => {
    const row = { day: '2026-01-01', host: 'a', requests: 2, bytes_out: 10, bytes_in: 1 };
    expect(summed([row, row, { ...row, host: 'b' }])).toEqual({ requests: 6, out: 30, in: 3, hosts: 2 });
    expect(summed([])).toEqual({ requests: 0, out: 0, in: 0, hosts: 0 });
  });
});

import { describe, expect, it, vi } from 'vitest';
import { weekStart } from '../../format';
import type { Commands, Host, Item } from '../../host';
import { type Group, groupsOf, lay, move, rowOf, seen } from './rows';
import { Shelf } from './shelf.svelte';

const shape = { width: 1000, least: 150, gap: 10, head: 40 };
const at = (year: number, month: number, day: number, hour = 12) => new Date(year, month - 1, day, hour).getTime();

describe('groups', () => {
  const now = at(2026, 11, 4);

  it('are days of the last week, then weeks, then months', () => {
    const dates = [
      at(2026, 11, 4, 11), at(2026, 11, 4, 1), at(2026, 11, 3), at(2026, 10, 29), at(2026, 10, 28), at(2026, 10, 26), at(2026, 10, 20), at(2026, 10, 2), at(2026, 9, 20), at(2026, 9, 1), at(2025, 10, 2)
    ];
    expect(groupsOf(dates, now)).toEqual([
      { start: at(2026, 11, 4, 0), span: 'day', count: 2 },
      { start: at(2026, 11, 3, 0), span: 'day', count: 1 },
      { start: at(2026, 10, 29, 0), span: 'day', count: 1 },
      { start: weekStart(at(2026, 10, 26)), span: 'week', count: 2 },
      { start: weekStart(at(2026, 10, 20)), span: 'week', count: 1 },
      { start: weekStart(at(2026, 10, 2)), span: 'week', count: 1 },
      { start: at(2026, 9, 1, 0), span: 'month', count: 2 },
      { start: at(2025, 10, 1, 0), span: 'month', count: 1 }
    ]);
  });

  it('never make one heap of the running month', () => {
    for (let day = 1; day <= 31; day++) {
      const today = at(2026, 10, day);
      const dates = Array.from({ length: day }, (_, n) => at(2026, 10, day - n));
      const groups = groupsOf(dates, today);
      expect(groups.some((one) => one.span === 'month')).toBe(false);
      expect(Math.max(...groups.map((one) => one.count))).toBeLessThanOrEqual(7);
    }
  });

  it('put pictures of a clock that was ahead with those of today', () => {
    expect(groupsOf([at(2026, 11, 9), at(2026, 11, 4, 1)], now)).toEqual([{ start: at(2026, 11, 4, 0), span: 'day', count: 2 }]);
    expect(groupsOf([], now)).toEqual([]);
  });

  it('count every one of very many', () => {
    const dates = Array.from({ length: 100_000 }, (_, n) => now - n * 3_600_000);
    const groups = groupsOf(dates, now);
    expect(groups.reduce((sum, one) => sum + one.count, 0)).toBe(100_000);
    expect(groups.length).toBeLessThan(160);
  });
});

describe('rows', () => {
  const groups: Group[] = [{ start: 2, span: 'day', count: 7 }, { start: 1, span: 'month', count: 3 }];

  it('places every picture once, in order, without overlap', () => {
    const laid = lay(groups, shape);
    expect(laid.columns).toBe(6);
    expect(laid.cell * 6 + 50).toBeLessThanOrEqual(1000);
    const cells = laid.rows.filter((row) => row.kind === 'cells');
    expect(cells.flatMap((row) => Array.from({ length: row.count }, (_, n) => row.first + n))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    laid.rows.forEach((row, n) => {
      const next = laid.rows[n + 1];
      if (next) expect(next.top).toBeGreaterThanOrEqual(row.top + row.height);
    });
  });

  it('keeps few rows of very many', () => {
    const laid = lay([{ start: 1, span: 'month', count: 100_000 }], shape);
    const rows = seen(laid, 1_000_000, 1_000_800);
    expect(rows.length).toBeLessThan(14);
    expect(rows.some((row) => row.top <= 1_000_000 && row.top + row.height >= 1_000_000 - 10)).toBe(true);
  });

  it('moves the focus as the eye expects', () => {
    const laid = lay(groups, shape);
    expect([move(laid, 5, 10, 'right', 2), move(laid, 0, 10, 'left', 2), move(laid, 9, 10, 'right', 2)]).toEqual([6, 0, 9]);
    expect([move(laid, 4, 10, 'down', 2), move(laid, 6, 10, 'down', 2), move(laid, 8, 10, 'up', 2)]).toEqual([6, 7, 6]);
    expect([move(laid, 0, 10, 'page_down', 9), move(laid, 9, 10, 'page_up', 9), move(laid, 3, 10, 'end', 1)]).toEqual([7, 2, 9]);
    expect(rowOf(laid, 8)).toMatchObject({ first: 7 });
    expect(rowOf(laid, 99)).toBeNull();
  });
});

function setUp(count: number) {
  const items = Array.from({ length: count }, (_, n) => ({ id: `i${n}`, created_ms: count - n, bytes: 1, favourite: false, prompt: n % 2 ? 'fox' : 'owl' }) as Item);
  const gone = new Set<string>();
  const asked: string[][] = [];
  const open: (() => void)[] = [];
  let held = false;
  const host: Host = {
    call: (async (name: keyof Commands, request: never) => {
      if (name === 'library_index') {
        const { words } = request as Commands['library_index']['request'];
        if (held) await new Promise<void>((done) => open.push(done));
        const fits = items.filter((one) => !gone.has(one.id) && one.prompt.includes(words));
        return { ids: fits.map((one) => one.id), created_ms: fits.map((one) => one.created_ms) };
      }
      if (name === 'library_list') return { items: items.filter((one) => !gone.has(one.id)).slice(0, 24), next: null };
      if (name === 'library_glance') {
        asked.push(request);
        if (held) await new Promise<void>((done) => open.push(done));
        return items.filter((one) => (request as string[]).includes(one.id));
      }
      if (name === 'library_usage') return { items: count - gone.size, favourites: 0, trashed: gone.size, picture_bytes: 0, database_bytes: 0 };
      if (name === 'library_delete') (request as string[]).forEach((id) => gone.add(id));
      if (name === 'library_restore') (request as string[]).forEach((id) => gone.delete(id));
      return (request as string[] | null)?.length ?? null;
    }) as Host['call'],
    listen: () => () => {},
    picture: () => '',
    stage: null
  };
  return { shelf: new Shelf(host), asked, hold: (on: boolean) => { held = on; if (!on) open.splice(0).forEach((go) => go()); } };
}

const settled = () => new Promise((done) => setTimeout(done));

describe('the shelf', () => {
  it('begins with the newest alone and knows every place once it is looked at', async () => {
    const { shelf, asked } = setUp(10_000);
    await shelf.begin();
    expect([shelf.recent.length, shelf.total, shelf.usage?.items]).toEqual([24, 0, 10_000]);
    await shelf.refresh();
    expect([shelf.total, asked.length]).toEqual([10_000, 0]);
  });

  it('reads what is seen, once, and of a long way only where it ended', async () => {
    const { shelf, asked, hold } = setUp(10_000);
    await shelf.refresh();
    hold(true);
    shelf.show(0, 40);
    for (let from = 200; from <= 8_000; from += 200) shelf.show(from, from + 40);
    hold(false);
    await settled();
    expect(asked.map((ids) => ids[0])).toEqual(['i0', 'i7920']);
    expect(shelf.glance('i8000')?.prompt).toBe('owl');
    shelf.show(8_005, 8_030);
    shelf.show(0, 40);
    await settled();
    expect(asked.length).toBe(2);
  });

  it('forgets the answer to older words', async () => {
    const { shelf, hold } = setUp(10);
    hold(true);
    const first = shelf.refresh();
    shelf.words = 'fox';
    const second = shelf.refresh();
    hold(false);
    await Promise.all([first, second]);
    expect(shelf.ids).toEqual(['i1', 'i3', 'i5', 'i7', 'i9']);
  });

  it('does not come back to the trash, and comes back to its place after a search', async () => {
    vi.useFakeTimers();
    const { shelf } = setUp(10);
    await shelf.refresh();
    shelf.left.top = 700;
    shelf.left.focused = 8;
    shelf.search('fox');
    await vi.runAllTimersAsync();
    expect([shelf.total, shelf.left.top]).toEqual([5, 0]);
    shelf.left.top = 90;
    shelf.search('');
    await vi.runAllTimersAsync();
    expect([shelf.total, shelf.left]).toEqual([10, { top: 700, focused: 8 }]);
    shelf.look('trash');
    shelf.leave();
    expect(shelf.view).toBe('all');
    shelf.look('favourites');
    shelf.leave();
    expect(shelf.view).toBe('favourites');
    await vi.runAllTimersAsync();
    vi.useRealTimers();
  });

  it('selects one, several, a range, all', async () => {
    const { shelf } = setUp(10);
    await shelf.refresh();
    shelf.select(2, 'only');
    shelf.select(5, 'range');
    expect([...shelf.selected]).toEqual(['i2', 'i3', 'i4', 'i5']);
    shelf.select(3, 'toggle');
    expect([...shelf.selected]).toEqual(['i2', 'i4', 'i5']);
    shelf.select(1, 'range');
    expect([...shelf.selected]).toEqual(['i1', 'i2', 'i3']);
    shelf.selectAll();
    expect(shelf.selected.size).toBe(10);
    shelf.clear();
    shelf.begins(7);
    shelf.select(8, 'range');
    expect([...shelf.selected]).toEqual(['i7', 'i8']);
  });

  it('deletes and takes it back', async () => {
    const { shelf } = setUp(10);
    await shelf.begin();
    await shelf.refresh();
    shelf.selectAll();
    const undo = await shelf.remove(['i0', 'i4']);
    expect([shelf.total, shelf.dates.length, shelf.selected.size, shelf.usage?.trashed, shelf.recent[0]?.id]).toEqual([8, 8, 8, 2, 'i1']);
    await undo();
    expect([shelf.total, shelf.usage?.trashed, shelf.recent[0]?.id]).toEqual([10, 0, 'i0']);
  });

  it('shows what arrives, once', async () => {
    const { shelf } = setUp(3);
    await shelf.refresh();
    const fresh = { id: 'new', created_ms: 99, bytes: 5 } as Item;
    shelf.arrived(fresh);
    shelf.arrived(fresh);
    expect([shelf.ids[0], shelf.dates[0], shelf.total, shelf.usage?.items, shelf.recent.length]).toEqual(['new', 99, 4, 4, 1]);
  });
});

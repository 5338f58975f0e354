import { describe, expect, it } from 'vitest';
import type { Commands, Host, Item, Listing, Page } from '../../host';
import { lay, move, rowOf, seen } from './rows';
import { Shelf } from './shelf.svelte';

const shape = { width: 1000, least: 150, gap: 10, head: 40 };

describe('rows', () => {
  const groups = [{ key: 'a', label: 'Today', count: 7 }, { key: 'b', label: 'Yesterday', count: 3 }];

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
    const laid = lay([{ key: 'a', label: 'x', count: 100_000 }], shape);
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
  const asked: Listing[] = [];
  const open: (() => void)[] = [];
  let held = false;
  const host: Host = {
    call: (async (name: keyof Commands, request: never) => {
      if (name === 'library_list') {
        const listing = request as Listing;
        asked.push(listing);
        if (held) await new Promise<void>((done) => open.push(done));
        const fits = items.filter((one) => !gone.has(one.id) && one.prompt.includes(listing.words));
        const from = listing.after ? fits.findIndex((one) => one.id === listing.after?.id) + 1 : 0;
        const page = fits.slice(from, from + listing.limit);
        const last = page.at(-1);
        return { items: page, next: last && from + listing.limit < fits.length ? { created_ms: 0, id: last.id } : null } satisfies Page;
      }
      if (name === 'library_usage') return { items: count - gone.size, favourites: 0, trashed: gone.size, picture_bytes: 0, database_bytes: 0 };
      if (name === 'library_delete') gone.add(request);
      if (name === 'library_restore') gone.delete(request);
      if (name === 'library_erase') return (request as string[]).length;
      return null;
    }) as Host['call'],
    listen: () => () => {},
    picture: () => '',
    stage: null
  };
  return { shelf: new Shelf(host), asked, hold: (on: boolean) => { held = on; if (!on) open.splice(0).forEach((go) => go()); } };
}

describe('the shelf', () => {
  it('reads page by page and knows how many there are in all', async () => {
    const { shelf, asked } = setUp(450);
    await shelf.refresh();
    expect([shelf.items.length, shelf.total]).toEqual([200, 450]);
    await Promise.all([shelf.more(), shelf.more()]);
    await shelf.more();
    await shelf.more();
    expect([shelf.items.length, shelf.total, asked.length]).toEqual([450, 450, 3]);
  });

  it('forgets the answer to older words', async () => {
    const { shelf, hold } = setUp(10);
    hold(true);
    const first = shelf.refresh();
    shelf.words = 'fox';
    const second = shelf.refresh();
    hold(false);
    await Promise.all([first, second]);
    expect(shelf.items.map((one) => one.prompt)).toEqual(Array(5).fill('fox'));
  });

  it('selects one, several, a range', async () => {
    const { shelf } = setUp(10);
    await shelf.refresh();
    shelf.select(2, 'only');
    shelf.select(5, 'range');
    expect([...shelf.selected]).toEqual(['i2', 'i3', 'i4', 'i5']);
    shelf.select(3, 'toggle');
    expect([...shelf.selected]).toEqual(['i2', 'i4', 'i5']);
    shelf.select(1, 'range');
    expect([...shelf.selected]).toEqual(['i1', 'i2', 'i3']);
  });

  it('deletes and takes it back', async () => {
    const { shelf } = setUp(10);
    await shelf.refresh();
    shelf.selectAll();
    const undo = await shelf.remove(['i0', 'i4']);
    expect([shelf.items.length, shelf.selected.size, shelf.usage?.trashed]).toEqual([8, 8, 2]);
    await undo();
    expect([shelf.items.length, shelf.usage?.trashed]).toEqual([10, 0]);
  });

  it('shows what arrives, once', async () => {
    const { shelf } = setUp(3);
    await shelf.refresh();
    const fresh = { id: 'new', created_ms: 99, bytes: 5 } as Item;
    shelf.arrived(fresh);
    shelf.arrived(fresh);
    expect([shelf.items[0]?.id, shelf.items.length, shelf.usage?.items]).toEqual(['new', 4, 4]);
  });
});

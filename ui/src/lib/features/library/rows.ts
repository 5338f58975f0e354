//! Where everything of a date-grouped grid stands: pure arithmetic, so that 100,000 pictures cost a search in a short list.

import { dayStart, weekStart } from '../../format';

export interface Group {
  /** The beginning of the local day, week or month, as milliseconds. */
  start: number;
  span: 'day' | 'week' | 'month';
  count: number;
}

/** The beginning of the local day so many days before the one `ms` falls into. */
function daysBefore(ms: number, days: number): number {
  const day = new Date(dayStart(ms));
  day.setDate(day.getDate() - days);
  return day.getTime();
}

/** When the last seven days begin, each of which stands alone. */
export const recentFrom = (now: number): number => daysBefore(now, 6);

/** The last seven days stand alone, the weeks before by week as far as the running month can reach, whatever is older by month. `dates` run from newest to oldest. */
export function groupsOf(dates: readonly number[], now: number): Group[] {
  const groups: Group[] = [];
  const recent = recentFrom(now);
  const weeks = weekStart(daysBefore(recent, 28));
  let start = Number.POSITIVE_INFINITY;
  for (const date of dates) {
    // A clock that was ahead makes pictures of tomorrow: they stand with today's.
    if (date < start || !groups.length) {
      const span = date >= recent ? 'day' : date >= weeks ? 'week' : 'month';
      if (span === 'day') start = Math.min(dayStart(date), dayStart(now));
      else if (span === 'week') start = weekStart(date);
      else start = new Date(new Date(date).getFullYear(), new Date(date).getMonth(), 1).getTime();
      groups.push({ start, span, count: 0 });
    }
    groups.at(-1)!.count += 1;
  }
  return groups;
}

export type Row =
  | { kind: 'head'; top: number; height: number; group: Group }
  | { kind: 'cells'; top: number; height: number; first: number; count: number };

export interface Shape {
  width: number;
  /** The least side of a cell. */
  least: number;
  gap: number;
  head: number;
}

export interface Laid {
  rows: Row[];
  columns: number;
  cell: number;
  height: number;
}

export function lay(groups: readonly Group[], shape: Shape): Laid {
  const { width, gap, head } = shape;
  const columns = Math.max(2, Math.floor((width + gap) / (shape.least + gap)));
  const cell = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const rows: Row[] = [];
  let top = 0;
  let first = 0;
  for (const group of groups) {
    rows.push({ kind: 'head', top, height: head, group });
    top += head;
    for (let done = 0; done < group.count; done += columns) {
      const count = Math.min(columns, group.count - done);
      rows.push({ kind: 'cells', top, height: cell, first: first + done, count });
      top += cell + gap;
    }
    first += group.count;
  }
  return { rows, columns, cell, height: top };
}

/** The rows that are seen between `from` and `to`, with two more on either side. */
export function seen(laid: Laid, from: number, to: number): Row[] {
  const { rows } = laid;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (row.top + row.height < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && rows[end]!.top <= to) end += 1;
  return rows.slice(Math.max(0, low - 2), Math.min(rows.length, end + 2));
}

/** The place among the rows of the one that has the picture. */
function placeOf(laid: Laid, index: number): number {
  return laid.rows.findIndex((row) => row.kind === 'cells' && index >= row.first && index < row.first + row.count);
}

export function rowOf(laid: Laid, index: number): Row | null {
  return laid.rows[placeOf(laid, index)] ?? null;
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'home' | 'end' | 'page_up' | 'page_down';

/** Where the focus goes from `index`. Up and down keep the column as far as the row has it. */
export function move(laid: Laid, index: number, total: number, step: Step, page: number): number {
  const last = total - 1;
  const clamp = (value: number) => Math.max(0, Math.min(last, value));
  if (step === 'left') return clamp(index - 1);
  if (step === 'right') return clamp(index + 1);
  if (step === 'home') return 0;
  if (step === 'end') return last;
  const cells = laid.rows.filter((row) => row.kind === 'cells');
  const at = cells.findIndex((row) => index >= row.first && index < row.first + row.count);
  const row = cells[at];
  if (!row) return clamp(index);
  const by = { up: -1, down: 1, page_up: -page, page_down: page }[step];
  const next = cells[Math.max(0, Math.min(cells.length - 1, at + by))];
  if (!next || next === row) return index;
  return next.first + Math.min(index - row.first, next.count - 1);
}

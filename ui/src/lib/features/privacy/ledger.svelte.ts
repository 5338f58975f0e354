//! The ledger of connections, page by page, and sums that are made of its rows.

import { type CommandError, type EgressEntry, type EgressFilter, type EgressTotal, type Host, HostError } from '../../host';

const PAGE = 100;
export type Span = 'day' | 'week' | 'month' | 'all' | 'date';
const DAYS: Record<Exclude<Span, 'date'>, number | null> = { day: 1, week: 7, month: 30, all: null };

export interface Sum {
  requests: number;
  out: number;
  in: number;
  hosts: number;
}

export class Ledger {
  rows = $state.raw<EgressEntry[]>([]);
  totals = $state.raw<EgressTotal[]>([]);
  span = $state<Span>('month');
  /** The one day that is looked at with the span `date`, as `2026-01-31`. */
  date = $state('');
  toHost = $state('');
  purpose = $state('');
  loading = $state(false);
  loaded = $state(false);
  all = $state(false);
  error = $state.raw<CommandError | null>(null);
  sum = $derived(summed(this.totals));
  hosts = $state.raw<string[]>([]);
  private asked = 0;

  constructor(
    private readonly host: Host,
    private readonly now: () => number = Date.now
  ) {}

  private get filter(): EgressFilter {
    const { from, to } = this.times();
    return { from_ms: from, to_ms: to, host: this.toHost || null, purpose: this.purpose || null, before: null };
  }

  /** The span in this computer's own time; days are as long as the clock says, also when it is put forward or back. */
  private times(): { from: number | null; to: number | null } {
    const midnight = new Date(this.now());
    midnight.setHours(0, 0, 0, 0);
    if (this.span === 'date') {
      const [year, month, day] = this.date.split('-').map(Number);
      if (!year || !month || !day) return { from: midnight.getTime(), to: null };
      return { from: new Date(year, month - 1, day).getTime(), to: new Date(year, month - 1, day + 1).getTime() };
    }
    const days = DAYS[this.span];
    if (days === null) return { from: null, to: null };
    midnight.setDate(midnight.getDate() - (days - 1));
    return { from: midnight.getTime(), to: null };
  }

  async refresh(): Promise<void> {
    const mine = ++this.asked;
    this.loading = true;
    try {
      const filter = this.filter;
      const [rows, totals, everywhere] = await Promise.all([
        this.host.call('egress_list', { filter, limit: PAGE }),
        this.host.call('egress_totals', filter),
        this.host.call('egress_totals', { from_ms: null, to_ms: null, host: null, purpose: null, before: null })
      ]);
      if (mine !== this.asked) return;
      this.rows = rows;
      this.totals = totals;
      this.hosts = [...new Set(everywhere.map((one) => one.host))].sort();
      this.all = rows.length < PAGE;
      this.error = null;
      this.loaded = true;
    } catch (thrown) {
      if (mine === this.asked) this.error = HostError.from(thrown).detail;
    } finally {
      if (mine === this.asked) this.loading = false;
    }
  }

  async more(): Promise<void> {
    const last = this.rows.at(-1);
    if (this.loading || this.all || !last) return;
    const mine = ++this.asked;
    this.loading = true;
    try {
      const rows = await this.host.call('egress_list', { filter: { ...this.filter, before: last.id }, limit: PAGE });
      if (mine !== this.asked) return;
      this.rows = [...this.rows, ...rows];
      this.all = rows.length < PAGE;
    } finally {
      if (mine === this.asked) this.loading = false;
    }
  }

  narrow(change: { span?: Span; date?: string; host?: string; purpose?: string }): void {
    if (change.date !== undefined) this.date = change.date;
    if (change.span !== undefined) this.span = change.span;
    if (change.host !== undefined) this.toHost = change.host;
    if (change.purpose !== undefined) this.purpose = change.purpose;
    void this.refresh();
  }
}

export function summed(totals: readonly EgressTotal[]): Sum {
  return {
    requests: totals.reduce((sum, one) => sum + one.requests, 0),
    out: totals.reduce((sum, one) => sum + one.bytes_out, 0),
    in: totals.reduce((sum, one) => sum + one.bytes_in, 0),
    hosts: new Set(totals.map((one) => one.host)).size
  };
}

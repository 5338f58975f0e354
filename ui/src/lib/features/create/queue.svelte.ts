//! What is under way and what just came of it. Survives a restart of the program: what had not ended is taken up again.

import type { CommandError, Draft, Host, Item, Outcome, Progress, StudioEvent } from '../../host';

export interface Work {
  id: string;
  draft: Draft;
  created: number;
  state: 'waiting' | 'working' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  progress: Progress | null;
  /** Pictures that were kept, in order. */
  kept: string[];
  error: CommandError | null;
  outcome: Outcome | null;
  /** Words of the prompt that could not be drawn. */
  undrawn: string[];
}

const SHOWN = 40;

export class Queue {
  works = $state.raw<Work[]>([]);
  open = $derived(this.works.filter((one) => !isOver(one)));
  /** The work whose pictures are shown large. */
  shownId = $state<string | null>(null);
  shown = $derived(this.works.find((one) => one.id === this.shownId) ?? null);
  /** Called when a work has ended. */
  ended: (work: Work) => void = () => {};
  /** Called when a picture was kept. */
  kept: (item: Item) => void = () => {};
  /** What was heard before its work was known. */
  private early = new Map<string, StudioEvent[]>();

  constructor(
    private readonly host: Host,
    private readonly now: () => number = Date.now
  ) {}

  /** Takes up what an earlier run left. */
  async resume(): Promise<void> {
    const entries = await this.host.call('queue_list', null);
    if (!entries.length) return;
    const known = new Set(this.works.map((one) => one.id));
    const older = entries
      .filter((entry) => !known.has(entry.id))
      .map((entry) => blank(entry.id, entry.draft, entry.created, entry.progress));
    this.works = [...this.works, ...older.reverse()];
    if (entries.some((entry) => !entry.running)) await this.host.call('queue_resume', null);
  }

  add(id: string, draft: Draft): void {
    this.works = [blank(id, draft, this.now(), null), ...this.works].slice(0, SHOWN);
    this.shownId = id;
    const early = this.early.get(id) ?? [];
    this.early.delete(id);
    for (const event of early) void this.hear(event);
  }

  private change(id: string, change: Partial<Work>): void {
    this.works = this.works.map((one) => (one.id === id ? { ...one, ...change } : one));
  }

  private find(id: string): Work | undefined {
    return this.works.find((one) => one.id === id);
  }

  async hear(event: StudioEvent): Promise<void> {
    if (!('queue' in event)) return;
    const work = this.find(event.queue);
    if (!work) {
      this.early.set(event.queue, [...(this.early.get(event.queue) ?? []), event]);
      return;
    }
    switch (event.type) {
      case 'submitted':
        if (work.state === 'waiting') this.change(work.id, { state: 'working' });
        break;
      case 'progress':
        this.change(work.id, { progress: event.progress, state: work.state === 'cancelling' ? 'cancelling' : 'working' });
        break;
      case 'kept':
        if (!work.kept.includes(event.item)) this.change(work.id, { kept: [...work.kept, event.item] });
        await this.look(work.id, event.item);
        break;
      case 'ended':
        this.end(work.id, event.error, event.outcome);
        break;
    }
  }

  private end(id: string, error: CommandError | null, outcome: Outcome | null): void {
    const work = this.find(id);
    if (!work) return;
    const state = error ? (error.code === 'cancelled' ? 'cancelled' : 'failed') : 'done';
    this.change(id, { state, error, outcome, kept: outcome?.kept ?? work.kept, progress: null });
    const ended = this.find(id);
    if (ended) this.ended(ended);
  }

  /** Learns of a kept picture what its maker says of it. */
  private async look(id: string, itemId: string): Promise<void> {
    try {
      const item = await this.host.call('library_show', itemId);
      const words = undrawnOf(item.report);
      const work = this.find(id);
      if (words.length && work) this.change(id, { undrawn: [...new Set([...work.undrawn, ...words])] });
      this.kept(item);
    } catch {
      // The picture is in the library all the same; only what is said of it is missing here.
    }
  }

  cancel(id: string): void {
    const work = this.find(id);
    if (!work || isOver(work)) return;
    this.change(id, { state: 'cancelling' });
    void this.host.call('queue_cancel', id).catch(() => {});
  }

  show(id: string): void {
    this.shownId = id;
  }

  dismiss(id: string): void {
    this.works = this.works.filter((one) => one.id !== id);
    if (this.shownId === id) this.shownId = this.works[0]?.id ?? null;
  }

  /** Puts away everything that has ended. */
  tidy(): void {
    this.works = this.works.filter((one) => !isOver(one) || one.id === this.shownId);
  }
}

export const isOver = (work: Work): boolean => work.state === 'done' || work.state === 'failed' || work.state === 'cancelled';

/** How much is done, 0 to 1; `null` while unknown. */
export function share(progress: Progress | null): number | null {
  return progress && progress.steps > 0 ? Math.min(1, progress.step / progress.steps) : null;
}

function blank(id: string, draft: Draft, created: number, progress: Progress | null): Work {
  return { id, draft, created, state: 'waiting', progress, kept: [], error: null, outcome: null, undrawn: [] };
}

/** The words of a prompt that a scene's report says could not be drawn. */
export function undrawnOf(report: unknown): string[] {
  const unknown = (report as { unknown?: unknown } | null)?.unknown;
  return Array.isArray(unknown) ? unknown.filter((one): one is string => typeof one === 'string') : [];
}

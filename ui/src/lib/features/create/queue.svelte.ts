//! What is under way and what just came of it. Survives a restart of the program: what had not ended is taken up again.

import { type CommandError, type Draft, type Host, HostError, type Item, type Outcome, type Progress, type StudioEvent } from '../../host';

export interface Work {
  id: string;
  draft: Draft;
  created: number;
  state: 'waiting' | 'working' | 'cancelling' | 'stranded' | 'done' | 'failed' | 'cancelled';
  progress: Progress | null;
  /** Pictures that were kept, in order. */
  kept: string[];
  error: CommandError | null;
  outcome: Outcome | null;
  /** Words of the prompt that could not be drawn. */
  undrawn: string[];
  /** The server it waits for, where another is in use; empty for this computer. */
  elsewhere: string | null;
}

const SHOWN = 40;

export class Queue {
  /** What goes on first, then what waits in the order of its turn, then what has ended, newest first. */
  works = $state.raw<Work[]>([]);
  open = $derived(this.works.filter((one) => !isOver(one)));
  waiting = $derived(this.works.filter((one) => one.state === 'waiting' && one.elsewhere === null));
  /** The work whose pictures are shown large. */
  shownId = $state<string | null>(null);
  shown = $derived(this.works.find((one) => one.id === this.shownId) ?? null);
  /** Called when a work has ended. */
  ended: (work: Work) => void = () => {};
  /** Called when the service wants its texts accepted first. */
  unaccepted: () => void = () => {};
  /** Called when a picture was kept. */
  kept: (item: Item) => void = () => {};
  /** What was heard before its work was known. */
  private early = new Map<string, StudioEvent[]>();
  /** Whether the person chose what is shown. */
  private picked = false;
  /** The moves so far, and the keeping of the last one. */
  private moves = 0;
  private moving: Promise<void> = Promise.resolve();

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
      .map((entry) => ({ ...blank(entry.id, entry.draft, entry.created), elsewhere: entry.elsewhere, progress: entry.progress, state: entry.waiting || !entry.running ? ('waiting' as const) : ('working' as const) }));
    this.set([...this.works, ...older]);
    if (entries.some((entry) => !entry.running && entry.elsewhere === null)) await this.host.call('queue_resume', null);
  }

  add(id: string, draft: Draft): void {
    if (!this.find(id)) {
      const last = this.works.findLastIndex((one) => !isOver(one));
      this.set(this.works.toSpliced(last + 1, 0, blank(id, draft, this.now())).slice(0, SHOWN));
    }
    // While others are on their way, what is looked at stays until the next picture is there.
    this.picked = false;
    if (!this.shown || isOver(this.shown)) this.shownId = id;
    const early = this.early.get(id) ?? [];
    this.early.delete(id);
    for (const event of early) void this.hear(event);
  }

  private set(works: Work[]): void {
    const rank = (one: Work) => (isOver(one) ? 2 : one.state === 'waiting' ? 1 : 0);
    this.works = works.toSorted((a, b) => rank(a) - rank(b));
  }

  private change(id: string, change: Partial<Work>): void {
    this.set(this.works.map((one) => (one.id === id ? { ...one, ...change } : one)));
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
        if (work.state === 'waiting' || work.state === 'stranded') this.change(work.id, { state: 'working', error: null });
        break;
      case 'progress':
        this.change(work.id, { progress: event.progress, state: work.state === 'cancelling' ? 'cancelling' : 'working' });
        break;
      case 'kept':
        if (!work.kept.includes(event.item)) this.change(work.id, { kept: [...work.kept, event.item] });
        if (!this.picked && (!this.shown || isOver(this.shown))) this.shownId = work.id;
        await this.look(work.id, event.item);
        break;
      case 'ended':
        if (event.open && event.error) this.strand(work.id, event.error);
        else this.end(work.id, event.error, event.outcome);
        break;
    }
  }

  private end(id: string, error: CommandError | null, outcome: Outcome | null): void {
    const work = this.find(id);
    if (!work) return;
    const state = error ? (error.code === 'cancelled' ? 'cancelled' : 'failed') : 'done';
    const next: Work = { ...work, state, error, outcome, kept: outcome?.kept ?? work.kept, progress: null };
    // Among what has ended the newest is first.
    this.set([next, ...this.works.filter((one) => one.id !== id)]);
    this.ended(next);
  }

  /** Its service went away, or the library could not be written. It stays in the queue, and is taken up again by and by. */
  private strand(id: string, error: CommandError): void {
    this.change(id, { state: 'stranded', error });
    if (error.code === 'acceptance_needed') this.unaccepted();
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

  /**
   * Goes on with work that lost its service, or makes failed work again; `agreed` is the most it may cost from now on. Throws a `HostError`
   * when it cannot be begun.
   */
  async again(id: string, agreed?: number): Promise<void> {
    const work = this.find(id);
    if (!work) return;
    const before = work.state;
    const draft = agreed === undefined ? work.draft : { ...work.draft, request: { ...work.draft.request, max_cost: agreed } };
    if (before === 'stranded') this.change(id, { state: 'waiting', error: null, draft });
    try {
      const next = await this.host.call('queue_retry', { queue: id, draft });
      if (next === id) return;
      this.dismiss(id);
      this.shownId = null;
      this.add(next, draft);
    } catch (thrown) {
      if (before === 'stranded') this.change(id, { state: before, error: work.error, draft: work.draft });
      throw HostError.from(thrown);
    }
  }

  /**
   * Moves waiting work `by` places towards the end, or with a negative number towards the front. Quick moves are kept one after the other,
   * so that the last one holds.
   */
  async move(id: string, by: number): Promise<void> {
    const waiting = this.waiting.map((one) => one.id);
    const from = waiting.indexOf(id);
    const to = Math.min(Math.max(from + by, 0), waiting.length - 1);
    if (from < 0 || from === to) return;
    const order = waiting.toSpliced(from, 1).toSpliced(to, 0, id);
    this.order(order);
    const turn = ++this.moves;
    const kept = this.moving.then(() => this.host.call('queue_move', { queue: id, before: order[to + 1] ?? null }));
    this.moving = kept.then(() => {}, () => {});
    try {
      const now = await kept;
      if (turn === this.moves) this.order(now);
    } catch (thrown) {
      if (turn === this.moves) this.order(waiting);
      throw HostError.from(thrown);
    }
  }

  private order(ids: readonly string[]): void {
    const waiting = this.waiting.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
    this.set([...waiting, ...this.works.filter((one) => one.state !== 'waiting')]);
  }

  show(id: string): void {
    this.picked = true;
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

/** Whether work waits because its service is out of reach. */
export const isAway = (work: Work): boolean => work.state === 'stranded' && (work.error?.code === 'unreachable' || work.error?.code === 'offline_locked');

/** How much is done, 0 to 1; `null` while unknown. */
export function share(progress: Progress | null): number | null {
  return progress && progress.steps > 0 ? Math.min(1, progress.step / progress.steps) : null;
}

function blank(id: string, draft: Draft, created: number): Work {
  return { id, draft, created, state: 'waiting', progress: null, kept: [], error: null, outcome: null, undrawn: [], elsewhere: null };
}

/** The words of a prompt that a scene's report says could not be drawn. */
export function undrawnOf(report: unknown): string[] {
  const unknown = (report as { unknown?: unknown } | null)?.unknown;
  return Array.isArray(unknown) ? unknown.filter((one): one is string => typeof one === 'string') : [];
}

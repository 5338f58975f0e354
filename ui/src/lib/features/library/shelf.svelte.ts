//! The pictures that are looked through: pages of 200 by key, search, favourites, trash, and what is selected.

import { type CommandError, type Cursor, type Filter, type Host, HostError, type Item, type Usage } from '../../host';

const PAGE = 200;
const PAUSE_MS = 180;

export type View = 'all' | 'favourites' | 'trash';

export class Shelf {
  items = $state.raw<Item[]>([]);
  view = $state<View>('all');
  words = $state('');
  usage = $state.raw<Usage | null>(null);
  loading = $state(false);
  /** Whether the first page is there. */
  loaded = $state(false);
  error = $state.raw<CommandError | null>(null);
  selected = $state.raw<ReadonlySet<string>>(new Set());
  next = $state.raw<Cursor | null>(null);
  /** Where a range begins. */
  private anchor = 0;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** How many pictures there are in all; without a search also those that are not loaded yet. */
  total = $derived.by(() => {
    if (!this.next) return this.items.length;
    if (this.words.trim() || !this.usage) return this.items.length;
    const all = { all: this.usage.items, favourites: this.usage.favourites, trash: this.usage.trashed }[this.view];
    return Math.max(all, this.items.length);
  });

  constructor(private readonly host: Host) {}

  private get filter(): Filter {
    return { favourites: this.view === 'favourites', trash: this.view === 'trash' };
  }

  /** Reads the first page anew. What is shown stays until it is there. */
  async refresh(): Promise<void> {
    const mine = ++this.asked;
    this.loading = true;
    try {
      const listing = { words: this.words.trim(), filter: this.filter, after: null, limit: PAGE };
      const [page, usage] = await Promise.all([this.host.call('library_list', listing), this.host.call('library_usage', null)]);
      if (mine !== this.asked) return;
      this.items = page.items;
      this.next = page.next;
      this.usage = usage;
      this.error = null;
      this.loaded = true;
    } catch (thrown) {
      if (mine === this.asked) this.error = HostError.from(thrown).detail;
    } finally {
      if (mine === this.asked) this.loading = false;
    }
  }

  /** Reads on. Does nothing while a page is under way or when all is there. */
  async more(): Promise<void> {
    if (this.loading || !this.next) return;
    const mine = ++this.asked;
    this.loading = true;
    try {
      const page = await this.host.call('library_list', { words: this.words.trim(), filter: this.filter, after: this.next, limit: PAGE });
      if (mine !== this.asked) return;
      const known = new Set(this.items.map((one) => one.id));
      this.items = [...this.items, ...page.items.filter((one) => !known.has(one.id))];
      this.next = page.next;
    } catch (thrown) {
      if (mine === this.asked) this.error = HostError.from(thrown).detail;
    } finally {
      if (mine === this.asked) this.loading = false;
    }
  }

  look(view: View): void {
    if (view === this.view) return;
    this.view = view;
    this.clear();
    void this.refresh();
  }

  /** Searches after a pause in typing; an answer to older words no longer counts. */
  search(words: string): void {
    this.words = words;
    this.asked += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.clear();
      void this.refresh();
    }, PAUSE_MS);
  }

  /** A picture was just kept. */
  arrived(item: Item): void {
    if (!this.loaded || this.items.some((one) => one.id === item.id)) return;
    if (this.usage) this.usage = { ...this.usage, items: this.usage.items + 1, picture_bytes: this.usage.picture_bytes + item.bytes };
    if (this.view === 'all' && !this.words.trim()) this.items = [item, ...this.items];
  }

  async favourite(ids: string[], on: boolean): Promise<void> {
    await Promise.all(ids.map((item) => this.host.call('library_favourite', { item, on })));
    const marked = new Set(ids);
    this.items = this.items
      .map((one) => (marked.has(one.id) ? { ...one, favourite: on } : one))
      .filter((one) => this.view !== 'favourites' || one.favourite);
    await this.count();
  }

  private async count(): Promise<void> {
    this.usage = await this.host.call('library_usage', null);
  }

  /** Puts pictures into the trash. What is answered takes it back. */
  async remove(ids: string[]): Promise<() => Promise<void>> {
    await Promise.all(ids.map((id) => this.host.call('library_delete', id)));
    this.drop(ids);
    await this.count();
    return () => this.restore(ids);
  }

  async restore(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.host.call('library_restore', id)));
    if (this.view === 'trash') {
      this.drop(ids);
      await this.count();
    } else {
      await this.refresh();
    }
  }

  /** Erases pictures for good; answers how many. */
  async erase(ids: string[]): Promise<number> {
    const erased = await this.host.call('library_erase', ids);
    this.drop(ids);
    await this.count();
    return erased;
  }

  private drop(ids: string[]): void {
    const gone = new Set(ids);
    this.items = this.items.filter((one) => !gone.has(one.id));
    this.selected = new Set([...this.selected].filter((id) => !gone.has(id)));
  }

  // ── selection ──

  select(index: number, how: 'only' | 'toggle' | 'range'): void {
    const id = this.items[index]?.id;
    if (!id) return;
    if (how === 'range') {
      const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
      this.selected = new Set(this.items.slice(from, to + 1).map((one) => one.id));
      return;
    }
    this.anchor = index;
    if (how === 'only') {
      this.selected = new Set([id]);
      return;
    }
    const next = new Set(this.selected);
    if (!next.delete(id)) next.add(id);
    this.selected = next;
  }

  selectAll(): void {
    this.selected = new Set(this.items.map((one) => one.id));
  }

  clear(): void {
    this.selected = new Set();
  }

  indexOf(id: string): number {
    return this.items.findIndex((one) => one.id === id);
  }
}

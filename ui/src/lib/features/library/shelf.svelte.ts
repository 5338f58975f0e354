//! The pictures that are looked through: where every one of them stands, search, favourites, trash, and what is selected.
//!
//! Ids and dates of everything are read at once, so that any day can be jumped to; the words of a picture are read only when it is seen.

import { SvelteMap } from 'svelte/reactivity';
import { type CommandError, type Filter, type Glance, type Host, HostError, type Item, type Usage } from '../../host';

const RECENT = 24;
const PAUSE_MS = 180;
/** Glances are read in stretches of so many. */
const STRETCH = 120;

export type View = 'all' | 'favourites' | 'trash';

export class Shelf {
  /** Every picture that fits, newest first, and when each was made. */
  ids = $state.raw<readonly string[]>([]);
  dates = $state.raw<readonly number[]>([]);
  /** The newest ones, whatever is looked for. */
  recent = $state.raw<Item[]>([]);
  view = $state<View>('all');
  words = $state('');
  usage = $state.raw<Usage | null>(null);
  loading = $state(false);
  /** Whether it is known what there is. */
  loaded = $state(false);
  error = $state.raw<CommandError | null>(null);
  selected = $state.raw<ReadonlySet<string>>(new Set());
  /** Where the grid was when it was left: pixels from the top, and the cell with the focus. */
  left = $state.raw({ top: 0, focused: 0 });
  /** Where it was before a search began; one comes back to it. */
  private before = { top: 0, focused: 0 };
  private readonly glances = new SvelteMap<string, Glance>();
  private seen: { from: number; to: number } | null = null;
  private reading = false;
  /** Where a range begins. */
  private anchor = '';
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: Host) {}

  get total(): number {
    return this.ids.length;
  }

  private get filter(): Filter {
    return { favourites: this.view === 'favourites', trash: this.view === 'trash' };
  }

  /** At the start: the newest pictures and how many there are. The rest waits until it is looked at. */
  async begin(): Promise<void> {
    this.forget();
    await this.readRecent();
  }

  /** Pictures came or went by themselves. */
  async moved(): Promise<void> {
    await this.readRecent();
    if (this.loaded) await this.refresh();
  }

  private async readRecent(): Promise<void> {
    const all = { words: '', filter: { favourites: false, trash: false }, after: null, limit: RECENT };
    try {
      const [page, usage] = await Promise.all([this.host.call('library_list', all), this.host.call('library_usage', null)]);
      this.recent = page.items;
      this.usage = usage;
    } catch (thrown) {
      this.error = HostError.from(thrown).detail;
    }
  }

  /** Another library, or the same anew: nothing of the one before counts any more. */
  private forget(): void {
    this.asked += 1;
    this.glances.clear();
    this.ids = [];
    this.dates = [];
    this.loaded = false;
    this.before = { top: 0, focused: 0 };
    this.left = { top: 0, focused: 0 };
    this.clear();
  }

  /** Reads anew what there is. What is shown stays until it is known; then the grid stands at `left`, where it is named. */
  async refresh(left?: { top: number; focused: number }): Promise<void> {
    const mine = ++this.asked;
    this.loading = true;
    try {
      const wanted = { words: this.words.trim(), filter: this.filter };
      const [index, usage] = await Promise.all([this.host.call('library_index', wanted), this.host.call('library_usage', null)]);
      if (mine !== this.asked) return;
      if (left) this.left = left;
      this.ids = index.ids;
      this.dates = index.created_ms;
      this.usage = usage;
      this.error = null;
      this.loaded = true;
      void this.read();
    } catch (thrown) {
      if (mine === this.asked) this.error = HostError.from(thrown).detail;
    } finally {
      if (mine === this.asked) this.loading = false;
    }
  }

  /** What is known of a picture; `undefined` until it was read. */
  glance(id: string): Glance | undefined {
    return this.glances.get(id);
  }

  /** Something that is written on a picture was changed. */
  changed(item: Item): void {
    const glance = this.glances.get(item.id);
    if (glance) this.glances.set(item.id, { ...glance, title: item.title });
    this.recent = this.recent.map((one) => (one.id === item.id ? item : one));
  }

  /** These cells are seen, or nearly: what they show is read, the last asked for first. */
  show(from: number, to: number): void {
    const start = Math.floor(from / STRETCH) * STRETCH;
    const end = Math.min(this.ids.length, Math.ceil((to + 1) / STRETCH) * STRETCH);
    if (this.seen?.from === start && this.seen.to === end) return;
    this.seen = { from: start, to: end };
    void this.read();
  }

  private async read(): Promise<void> {
    if (this.reading || !this.seen) return;
    this.reading = true;
    let from = -1;
    try {
      // While one stretch is read the person may have gone on; then the one that is seen now is next.
      while (this.seen && this.seen.from !== from) {
        from = this.seen.from;
        const missing = this.ids.slice(from, this.seen.to).filter((id) => !this.glances.has(id));
        if (missing.length) for (const one of await this.host.call('library_glance', missing.slice(0, 500))) this.glances.set(one.id, one);
      }
    } catch {
      // Cells without words still show their picture; the next stretch tries again.
      this.seen = null;
    } finally {
      this.reading = false;
    }
  }

  look(view: View): void {
    if (view === this.view) return;
    this.view = view;
    this.before = { top: 0, focused: 0 };
    this.left = { top: 0, focused: 0 };
    this.clear();
    void this.refresh();
  }

  /** The place is left. Who comes back wants the pictures: an emptied trash would look as if they were gone. */
  leave(): void {
    if (this.view === 'trash') this.look('all');
  }

  /** Searches after a pause in typing; an answer to older words no longer counts. */
  search(words: string): void {
    if (!this.words.trim() && words.trim()) this.before = { ...this.left };
    this.words = words;
    this.asked += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.clear();
      void this.refresh(words.trim() ? { top: 0, focused: 0 } : { ...this.before });
    }, PAUSE_MS);
  }

  /** A picture was just kept. */
  arrived(item: Item): void {
    if (this.recent.some((one) => one.id === item.id)) return;
    this.recent = [item, ...this.recent].slice(0, RECENT);
    if (this.usage) this.usage = { ...this.usage, items: this.usage.items + 1, picture_bytes: this.usage.picture_bytes + item.bytes };
    if (!this.loaded || this.view !== 'all' || this.words.trim() || this.ids.includes(item.id)) return;
    this.glances.set(item.id, item);
    this.ids = [item.id, ...this.ids];
    this.dates = [item.created_ms, ...this.dates];
  }

  /** Whether all of these are favourites, as far as it is known. */
  areFavourites(ids: readonly string[]): boolean {
    return ids.length > 0 && ids.every((id) => this.glances.get(id)?.favourite);
  }

  async favourite(ids: string[], on: boolean): Promise<void> {
    await this.host.call('library_favourite', { items: ids, on });
    for (const id of ids) {
      const known = this.glances.get(id);
      if (known) this.glances.set(id, { ...known, favourite: on });
    }
    const marked = new Set(ids);
    this.recent = this.recent.map((one) => (marked.has(one.id) ? { ...one, favourite: on } : one));
    if (this.view === 'favourites' && !on) this.drop(ids);
    else if (this.view === 'favourites') await this.refresh();
    await this.count();
  }

  private async count(): Promise<void> {
    this.usage = await this.host.call('library_usage', null);
  }

  /** Puts pictures into the trash. What is answered takes it back. */
  async remove(ids: string[]): Promise<() => Promise<void>> {
    await this.host.call('library_delete', ids);
    if (this.view !== 'trash') this.drop(ids);
    const gone = new Set(ids);
    this.recent = this.recent.filter((one) => !gone.has(one.id));
    await this.count();
    return () => this.restore(ids);
  }

  async restore(ids: string[]): Promise<void> {
    await this.host.call('library_restore', ids);
    await Promise.all([this.refreshRecent(), this.loaded ? this.refresh() : this.count()]);
    if (this.view === 'trash') this.unselect(ids);
  }

  private async refreshRecent(): Promise<void> {
    const all = { words: '', filter: { favourites: false, trash: false }, after: null, limit: RECENT };
    this.recent = (await this.host.call('library_list', all)).items;
  }

  /** Erases pictures for good; answers how many. */
  async erase(ids: string[]): Promise<number> {
    const erased = await this.host.call('library_erase', ids);
    this.drop(ids);
    for (const id of ids) this.glances.delete(id);
    await this.count();
    return erased;
  }

  private drop(ids: string[]): void {
    const gone = new Set(ids);
    this.dates = this.dates.filter((_, at) => !gone.has(this.ids[at] ?? ''));
    this.ids = this.ids.filter((id) => !gone.has(id));
    this.unselect(ids);
  }

  private unselect(ids: string[]): void {
    const gone = new Set(ids);
    this.selected = new Set([...this.selected].filter((id) => !gone.has(id)));
  }

  // ── selection ──

  select(index: number, how: 'only' | 'toggle' | 'range'): void {
    const id = this.ids[index];
    if (!id) return;
    if (how === 'range') {
      const anchor = Math.max(0, this.indexOf(this.anchor));
      this.selected = new Set(this.ids.slice(Math.min(anchor, index), Math.max(anchor, index) + 1));
      return;
    }
    this.anchor = id;
    if (how === 'only') {
      this.selected = new Set([id]);
      return;
    }
    const next = new Set(this.selected);
    if (!next.delete(id)) next.add(id);
    this.selected = next;
  }

  /** Where a range begins that is drawn with the keyboard. */
  begins(index: number): void {
    if (!this.selected.size) this.anchor = this.ids[index] ?? '';
  }

  selectAll(): void {
    this.selected = new Set(this.ids);
  }

  clear(): void {
    this.selected = new Set();
  }

  indexOf(id: string): number {
    return this.ids.indexOf(id);
  }
}

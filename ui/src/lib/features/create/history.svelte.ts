//! The prompts a person used and saved: kept in the encrypted library, walked through with Up and Down.

import type { Host, Prompts } from '../../host';

const MOST = 200;

export class History {
  saved = $state.raw<Prompts['saved']>([]);
  used = $state.raw<string[]>([]);
  /** Which used prompt is shown: -1 for what the person wrote. */
  private at = -1;
  private own = '';

  constructor(private readonly host: Host) {}

  async load(): Promise<void> {
    const { saved, history } = await this.host.call('prompts', null);
    this.saved = saved;
    this.used = history;
  }

  private keep(): Promise<unknown> {
    return this.host.call('prompts_set', { saved: this.saved, history: this.used });
  }

  async add(text: string): Promise<void> {
    this.at = -1;
    const trimmed = text.trim();
    if (!trimmed || trimmed === this.used[0]) return;
    this.used = [trimmed, ...this.used.filter((one) => one !== trimmed)].slice(0, MOST);
    await this.keep();
  }

  /** The prompt before the shown one; `null` at the end. `current` is what stands in the box. */
  older(current: string): string | null {
    if (this.at + 1 >= this.used.length) return null;
    if (this.at === -1) this.own = current;
    this.at += 1;
    return this.used[this.at] ?? null;
  }

  /** The prompt after the shown one, at last what the person wrote; `null` when nothing is walked through. */
  newer(): string | null {
    if (this.at < 0) return null;
    this.at -= 1;
    return this.at === -1 ? this.own : (this.used[this.at] ?? null);
  }

  /** Whether one walks through the history now. */
  get walking(): boolean {
    return this.at >= 0;
  }

  /** The person wrote something: the walk is over. */
  edited(): void {
    this.at = -1;
  }

  async save(name: string, text: string): Promise<void> {
    const entry = { name: name.trim() || text.trim().slice(0, 60), text: text.trim() };
    this.saved = [entry, ...this.saved.filter((one) => one.name !== entry.name)];
    await this.keep();
  }

  async forget(name: string): Promise<void> {
    this.saved = this.saved.filter((one) => one.name !== name);
    await this.keep();
  }

  async clear(): Promise<void> {
    this.used = [];
    this.at = -1;
    await this.keep();
  }
}

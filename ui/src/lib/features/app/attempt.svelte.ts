//! Something a person asked for and waits for: whether it is under way, and what went wrong with the last try.

import { type CommandError, HostError } from '../../host';
import { errorWords } from './words';

export class Attempt {
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);
  /** What went wrong, in words. */
  said = $derived(this.error ? errorWords(this.error) : null);

  /** Does it. Whatever goes wrong is told, never thrown. */
  async run(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      await work();
    } catch (thrown) {
      this.error = HostError.from(thrown).detail;
    } finally {
      this.busy = false;
    }
  }
}

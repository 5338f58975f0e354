//! Short messages that pass, with one thing to do about them. Also the live region: what is said here is spoken.

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

/** How long a message stays; one with an action stays longer, so that it can be reached. */
const STAYS = { plain: 5_000, action: 12_000 };

export class Toasts {
  shown = $state.raw<Toast[]>([]);
  /** What a screen reader says next. */
  spoken = $state('');
  private next = 1;
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();

  say(text: string): void {
    // A zero-width change makes the same words be spoken twice.
    this.spoken = text === this.spoken ? `${text}\u200b` : text;
  }

  show(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): number {
    const id = this.next++;
    const toast: Toast = { id, text, tone: options.tone ?? 'plain', action: options.action };
    this.shown = [...this.shown.slice(-2), toast];
    this.say(text);
    this.leave(toast);
    return id;
  }

  /** Somebody is at a message: it stays. */
  hold(id: number): void {
    clearTimeout(this.timers.get(id));
  }

  /** It passes, its whole time from now. */
  leave(toast: Toast): void {
    this.hold(toast.id);
    this.timers.set(toast.id, setTimeout(() => this.close(toast.id), toast.action ? STAYS.action : STAYS.plain));
  }

  close(id: number): void {
    this.hold(id);
    this.timers.delete(id);
    this.shown = this.shown.filter((one) => one.id !== id);
  }
}

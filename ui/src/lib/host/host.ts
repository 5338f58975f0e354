//! The one door between the screen and the machine. The screen never knows which host answers.

import type { Code, CommandError, Commands, StudioEvent } from './bindings';

/** What a picture is wanted as. `staged` ones are named by hash, the others by item id. */
export type PictureKind = 'thumbnail' | 'picture' | 'staged';

export interface Host {
  call<C extends keyof Commands>(name: C, request: Commands[C]['request']): Promise<Commands[C]['response']>;
  /** Hears of everything that happens from now on, until the returned function is called. */
  listen(heard: (event: StudioEvent) => void): () => void;
  /** The address of a picture, for `<img src>`. */
  picture(kind: PictureKind, id: string): string;
  /** Hands over files that the page itself was given; they come back as a `brought` event. `null` where the window takes them first. */
  readonly stage: ((files: File[]) => Promise<void>) | null;
}

/** A failed command. Screens branch by `code`, never by text. */
export class HostError extends Error {
  readonly code: Code;
  readonly detail: CommandError;

  constructor(detail: CommandError) {
    super(detail.message);
    this.code = detail.code;
    this.detail = detail;
  }

  /** Whatever was thrown, as a failed command. */
  static from(thrown: unknown): HostError {
    if (thrown instanceof HostError) return thrown;
    const seen = thrown as Partial<CommandError> | null;
    if (seen && typeof seen === 'object' && typeof seen.code === 'string' && typeof seen.message === 'string') {
      return new HostError(seen as CommandError);
    }
    return new HostError({ code: 'internal', message: String(thrown) });
  }
}

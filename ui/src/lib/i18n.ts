//! The words on the screen, in the one language that is loaded.
//!
//! Cut here because Paraglide's own entry imports every language; a program needs one. `m` is a live binding: the layout draws everything
//! anew (`{#key}`) after `speak`, so no component has to watch it.
//!
//! The words come in two parts: those of Create and of what is everywhere at the start, those of the other places when `allWords` is first
//! asked for. `words.test.ts` sees to it that nothing speaks a later word too early.

import type * as English from './paraglide/messages/en.js';
import type * as LaterEnglish from './paraglide-later/messages/en.js';

/** A message that is told nothing is called with nothing. */
type Said<F> = F extends (inputs: infer I) => infer R ? (Record<never, never> extends I ? () => R : (inputs: I) => R) : never;
export type Messages = { [K in keyof typeof English]: Said<(typeof English)[K]> } & { [K in keyof typeof LaterEnglish]: Said<(typeof LaterEnglish)[K]> };
export type Locale = 'en' | 'de' | 'ar';

export interface Language {
  locale: Locale;
  /** Its name in itself. */
  name: string;
  dir: 'ltr' | 'rtl';
}

export const LANGUAGES: readonly Language[] = [
  { locale: 'en', name: 'English', dir: 'ltr' },
  { locale: 'de', name: 'Deutsch', dir: 'ltr' },
  { locale: 'ar', name: 'العربية', dir: 'rtl' }
];

const LOADERS: Record<Locale, () => Promise<unknown>> = {
  en: () => import('./paraglide/messages/en.js'),
  de: () => import('./paraglide/messages/de.js'),
  ar: () => import('./paraglide/messages/ar.js')
};

/** In the order of `LANGUAGES`. */
const LATER: readonly (() => Promise<unknown>)[] = [
  () => import('./paraglide-later/messages/en.js'),
  () => import('./paraglide-later/messages/de.js'),
  () => import('./paraglide-later/messages/ar.js')
];

export let m = {} as Messages;
export let language: Language = LANGUAGES[0]!;

/** The language spoken for a tag such as `de-AT`; English when it is not spoken here. */
export function closest(...tags: (string | undefined)[]): Language {
  for (const tag of tags) {
    const primary = tag?.toLowerCase().split(/[-_.]/)[0];
    const found = LANGUAGES.find((one) => one.locale === primary);
    if (found) return found;
  }
  return LANGUAGES[0]!;
}

/** Loads a language and marks the document with it. */
export async function speak(next: Language): Promise<void> {
  m = { ...((await LOADERS[next.locale]()) as Messages) };
  language = next;
  later = null;
  if (typeof document !== 'undefined') {
    document.documentElement.lang = next.locale;
    document.documentElement.dir = next.dir;
  }
}

let later: Promise<void> | null = null;

/** Once it is there, every word can be said, also those of the places that are not shown at the start. */
export function allWords(): Promise<void> {
  const wanted = language;
  later ??= LATER[LANGUAGES.indexOf(wanted)]!().then((words) => {
    if (wanted === language) Object.assign(m, words);
  });
  return later;
}

/** The message of that name, when there is one: for names and codes that come from elsewhere. */
export function optional(key: string): string | undefined {
  const found = (m as unknown as Record<string, unknown>)[key];
  return typeof found === 'function' ? (found as (i: object) => string)({}) : undefined;
}

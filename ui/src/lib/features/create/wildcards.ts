//! `{a|b}` in a prompt: each picture takes one of the choices. Choices may hold further choices.

/** A source of whole numbers from 0 up to, but not including, `below`. */
export type Pick = (below: number) => number;

export const chance: Pick = (below) => Math.floor(Math.random() * below);

const INNERMOST = /\{([^{}]*\|[^{}]*)\}/;

export const hasChoices = (text: string): boolean => INNERMOST.test(text);

/** The text with every choice made. Braces without a bar in them are left as they are. */
export function expand(text: string, pick: Pick = chance): string {
  let result = text;
  for (let found = INNERMOST.exec(result); found; found = INNERMOST.exec(result)) {
    const choices = (found[1] ?? '').split('|');
    const chosen = choices[Math.min(pick(choices.length), choices.length - 1)] ?? '';
    result = result.slice(0, found.index) + chosen.trim() + result.slice(found.index + found[0].length);
  }
  return result.replace(/ {2,}/g, ' ').trim();
}

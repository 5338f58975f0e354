//! Which words of a prompt a model leaves out, so that they can be marked where they stand.

import type { Finding } from '../../host';

export interface Piece {
  text: string;
  /** Left out of the picture. */
  out: boolean;
}

const PLAIN = (text: string) => text.toLowerCase().replaceAll(/[’‘]/g, "'").replaceAll(/[‐‑]/g, '-');

/** The prompt in pieces, in order and without loss; the words of `leftOut` are pieces of their own. */
export function pieces(prompt: string, leftOut: readonly string[]): Piece[] {
  const wanted = leftOut.map((words) => PLAIN(words).split(' ').filter(Boolean)).filter((words) => words.length);
  if (!wanted.length) return prompt ? [{ text: prompt, out: false }] : [];
  const words = [...prompt.matchAll(/[\p{L}\p{N}'’‘\-‐‑]+/gu)].map((found) => {
    const word = PLAIN(found[0]);
    return { plain: new Set([word, word.replace(/'s$|^'+|'+$/g, '')]), from: found.index, to: found.index + found[0].length };
  });
  const result: Piece[] = [];
  let at = 0;
  for (let n = 0; n < words.length; ) {
    const match = wanted.find((phrase) => phrase.every((one, k) => words[n + k]?.plain.has(one)));
    if (!match) {
      n += 1;
      continue;
    }
    const [from, to] = [words[n]!.from, words[n + match.length - 1]!.to];
    if (from > at) result.push({ text: prompt.slice(at, from), out: false });
    result.push({ text: prompt.slice(from, to), out: true });
    at = to;
    n += match.length;
  }
  if (at < prompt.length) result.push({ text: prompt.slice(at), out: false });
  return result;
}

/** The prompt in pieces, those marked that a finding points at; none when it points at nothing in it. */
export function stretches(prompt: string, finding: Finding): Piece[] {
  const spans = (finding.reasons ?? []).filter((one) => one.part === 'prompt' && one.span).map((one) => one.span!);
  if (!spans.length) return [];
  // Places are told in bytes.
  const bytes = new TextEncoder().encode(prompt);
  const text = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
  const result: Piece[] = [];
  let at = 0;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start < at || end > bytes.length || end <= start) continue;
    if (start > at) result.push({ text: text(at, start), out: false });
    result.push({ text: text(start, end), out: true });
    at = end;
  }
  if (at < bytes.length) result.push({ text: text(at, bytes.length), out: false });
  return result.some((one) => one.out) ? result : [];
}

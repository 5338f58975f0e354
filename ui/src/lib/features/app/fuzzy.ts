//! Finding an entry by a few letters of it.

/** How well `asked` fits `text`: 0 when it does not; more for whole words, beginnings of words and letters that stand together. */
export function fits(asked: string, text: string): number {
  const wanted = asked.trim().toLocaleLowerCase();
  if (!wanted) return 1;
  const there = text.toLocaleLowerCase();
  let score = 0;
  for (const word of wanted.split(/\s+/)) {
    const one = fit(word, there);
    if (!one) return 0;
    score += one;
  }
  return score;
}

const begins = (text: string, at: number): boolean => at === 0 || /[\s,.:;()/–-]/.test(text[at - 1] ?? ' ');

function fit(word: string, text: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (begins(text, at)) return 100 - Math.min(30, at);
  }
  const inside = text.indexOf(word);
  if (inside >= 0) return 50 - Math.min(20, inside);
  // Letters in order with others between: each must begin a word or follow the one before, but for two.
  let at = -1;
  let loose = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (next !== at + 1 && !begins(text, next)) loose += 1;
    at = next;
  }
  return loose <= 2 && word.length > 1 + loose ? 20 - loose * 5 : 0;
}

//! What the gate says, in words: parts and scores. Parts come as the gate names them, in English; nothing of them is shown as it is.

import type { Explained } from '../../host';
import { m, optional } from '../../i18n';

/** `frame 3, top left` as a person would say it. Never any of the person's own words: parts are names and numbers. */
export function partWords(part: string): string {
  return part.split(', ').map(one).join(' · ');
}

function one(part: string): string {
  const segment = /segment (\d+)$/.exec(part);
  if (segment) return m.part_segment({ n: segment[1]! });
  const frame = /^frame (\d+)$/.exec(part);
  if (frame) return m.part_frame({ n: frame[1]! });
  if (part.startsWith('negative')) return m.part_negative();
  if (part.includes('style')) return m.part_style();
  if (part.startsWith('prompt')) return m.part_prompt();
  if (part === 'picture') return m.part_picture();
  if (part === 'animation') return m.part_animation();
  if (part === 'centre') return m.part_centre();
  if (part.includes('without its border')) return m.part_border();
  if (part.includes('length')) return m.part_length();
  const corner = optional(`part_${part.replace(/ /g, '_')}`);
  return corner ? m.part_corner({ where: corner }) : m.part_other();
}

/** What a person can do about a verdict; empty when it passed. */
export function remedies(explained: Explained): string[] {
  const { verdict, reasons = [] } = explained.finding;
  if (verdict === 'allow') return [];
  const has = (category: string) => reasons.some((reason) => reason.category === category);
  if (has('minors')) return [m.explain_do_minors()];
  const found = has('unjudgeable') ? [m.explain_do_unjudgeable()] : [];
  if (has('sexual')) found.push(explained.subject === 'prompt' ? m.explain_do_words() : m.explain_do_picture());
  if (verdict === 'review') found.push(m.explain_do_review());
  return found;
}

/** Whether a score reached one of its limits; if none did, a list or a rule decided. */
export function decidedByScore(explained: Explained): boolean {
  return explained.figures.some((figure) => figure.score >= figure.asks_from);
}

//! Codes and findings in words. Everything a host says by code is translated here; its own English is used only for what is not known here.

import type { CommandError, Finding, ModelCard, Operation, PriceRule, StyleChoice } from '../../host';
import { m, optional } from '../../i18n';
import { credits } from '../../format';

/** What happened; and whether anything was lost, and what to do next. */
export function errorWords(error: CommandError): { title: string; text: string } {
  if (error.finding && error.code !== 'needs_confirmation') return { title: m.error_blocked(), text: findingWords(error.finding) };
  const title = optional(`error_${error.code}`) ?? error.message;
  return { title, text: optional(`error_${error.code}_next`) ?? '' };
}

/** Why the check stopped something, or wants it confirmed. */
export function findingWords(finding: Finding): string {
  const categories = [...new Set((finding.reasons ?? []).map((one) => one.category))];
  const where = (finding.reasons ?? []).every((one) => /^(prompt|negative)/.test(one.part)) ? 'prompt' : 'picture';
  const words = categories.map((category) => optional(`finding_${category}_${where}`)).filter(Boolean);
  return words.join(' ') || m.finding_unjudgeable_picture();
}

export const operationName = (operation: Operation): string =>
  ({ generate: m.operation_generate, edit: m.operation_edit, stylise: m.operation_stylise, upscale: m.operation_upscale, cut_out: m.operation_cut_out })[operation]();

export const operationVerb = (operation: Operation): string =>
  ({ generate: m.verb_generate, edit: m.verb_edit, stylise: m.verb_stylise, upscale: m.verb_upscale, cut_out: m.verb_cut_out })[operation]();

export const operationIcon = (operation: string) =>
  (({ generate: 'words', edit: 'words', stylise: 'style', upscale: 'enlarge', cut_out: 'cut' }) as const)[operation as Operation] ?? 'picture';

const known = (id: string) => id.replace(/[^a-z0-9]+/gi, '_');

export const modelName = (card: Pick<ModelCard, 'id' | 'name'>): string => optional(`model_${known(card.id)}`) ?? card.name;
export const modelSummary = (card: ModelCard): string => optional(`model_${known(card.id)}_summary`) ?? card.summary;
export const styleName = (style: Pick<StyleChoice, 'id' | 'name'>): string => optional(`style_${known(style.id)}`) ?? style.name;
export const styleSummary = (style: StyleChoice): string => optional(`style_${known(style.id)}_summary`) ?? style.summary;

export const fieldName = (field: string): string => optional(`field_${field}`) ?? field;

export const runsAt = (card: ModelCard, serverHost: string | null): string =>
  card.runs_at === 'service' ? (serverHost ?? m.this_computer()) : card.runs_at.partner;

/** What a model costs before anything is asked of it: `free`, `at most 4 credits`, `from 2 credits`. */
export function ruleWords(rule: PriceRule): string {
  if (rule === 'free') return m.free();
  if ('per_image' in rule) return priceWords(rule.per_image);
  const least = 'per_megapixel' in rule ? rule.per_megapixel.first : Math.min(...rule.per_image_by_size.map((row) => row.price));
  return m.from_credits({ credits: credits(least) });
}

/** `free`, `at most 4 credits`. */
export const priceWords = (milli: number | null): string =>
  milli === null ? '' : milli === 0 ? m.free() : m.at_most_credits({ credits: credits(milli) });

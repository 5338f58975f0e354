//! Numbers, sizes, times and prices as people write them, in the language of the screen.

import { language, m } from './i18n';

/** The language of the screen as it is written where the person is: `en` in Britain writes another date than `en` alone. */
function tag(): string {
  const own = typeof navigator === 'undefined' ? [] : navigator.languages;
  const regional = own.find((one) => one.toLowerCase().startsWith(`${language.locale}-`)) ?? language.locale;
  // Arabic text with Latin digits: file sizes, seeds and pixels stand beside model names and are copied.
  return language.locale === 'ar' ? `${regional}-u-nu-latn` : regional;
}

export const number = (value: number): string => new Intl.NumberFormat(tag()).format(value);

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `0 byte`, `1.4 MB`: decimal units, as operating systems and networks count. */
export function bytes(value: number): string {
  let unit = 0;
  let amount = value;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const words = new Intl.NumberFormat(tag(), {
    style: 'unit',
    unit: UNITS[unit],
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: amount < 10 && unit > 0 ? 1 : 0
  }).format(amount);
  // A number at the end of a line does not leave its unit to the next one.
  return words.replace(/ /g, '\u00a0');
}

/** Money of the world outside, from the smallest unit of its currency. */
export function money(sum: { amount: number; currency: string }): string {
  const format = new Intl.NumberFormat(tag(), { style: 'currency', currency: sum.currency });
  return format.format(sum.amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export const percent = (value: number): string => new Intl.NumberFormat(tag(), { style: 'percent' }).format(value);

export const time = (ms: number): string => new Intl.DateTimeFormat(tag(), { hour: '2-digit', minute: '2-digit' }).format(ms);

export const dateTime = (ms: number): string =>
  new Intl.DateTimeFormat(tag(), { dateStyle: 'medium', timeStyle: 'short' }).format(ms);

/** The beginning of the local day `ms` falls into. */
export function dayStart(ms: number): number {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** `Today`, `Yesterday`, the weekday of the last six days, else the date. */
export function day(ms: number, now: number): string {
  const days = Math.round((dayStart(now) - dayStart(ms)) / 86_400_000);
  if (days <= 0) return m.today();
  if (days === 1) return m.yesterday();
  if (days < 7) return new Intl.DateTimeFormat(tag(), { weekday: 'long' }).format(ms);
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(tag(), { day: 'numeric', month: 'long', year: sameYear ? undefined : 'numeric' }).format(ms);
}

/** Days of a week from its first, where the person is: Sunday is 7. */
function firstWeekday(): number {
  const locale = new Intl.Locale(tag()) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

/** The beginning of the local week `ms` falls into, as weeks are counted where the person is. */
export function weekStart(ms: number): number {
  const day = new Date(dayStart(ms));
  day.setDate(day.getDate() - ((day.getDay() - firstWeekday() + 7) % 7));
  return day.getTime();
}

/** `Last week`, or what is left of it when some of its days stand alone from `recent` on; else `9 – 15 November`. */
export function week(start: number, recent: number, now: number): string {
  const last = new Date(start);
  last.setDate(last.getDate() + 6);
  const next = new Date(start);
  next.setDate(next.getDate() + 7);
  if (next.getTime() === weekStart(now)) return next.getTime() > recent ? m.earlier_last_week() : m.last_week();
  const year = last.getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(tag(), { day: 'numeric', month: 'long', year }).formatRange(start, last);
}

/** `October 2026`. */
export const month = (ms: number): string => new Intl.DateTimeFormat(tag(), { month: 'long', year: 'numeric' }).format(ms);

/** `14:02` today, else date and time. */
export const moment = (ms: number, now: number): string => (dayStart(ms) === dayStart(now) ? time(ms) : dateTime(ms));

/** Thousandths of a credit as credits. */
export const credits = (milli: number): string =>
  new Intl.NumberFormat(tag(), { maximumFractionDigits: 3 }).format(milli / 1000);

export const size = (width: number, height: number): string => `${number(width)} × ${number(height)}`;

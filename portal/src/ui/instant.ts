// Instants and durations for people. Instants are shown in the reader's own time zone.

import { currentLanguage } from '../language/language';

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = currentLanguage() === 'zh' ? 'zh-CN' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { hourCycle: 'h23', ...options });
}

/** Date and time to the second. */
export function instant(text: string): string {
  return formatter({ dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(text));
}

/** The same with the time zone, where a decision hangs on it. */
export function zonedInstant(text: string): string {
  const zone = formatter({ timeZoneName: 'short' })
    .formatToParts(new Date(text))
    .find((part) => part.type === 'timeZoneName');
  return `${instant(text)} ${zone?.value ?? ''}`;
}

/** What a field of the browser shows of an instant, in the reader's own zone; empty if it is none. */
export function localOf(text: string): string {
  const read = new Date(text);
  if (Number.isNaN(read.getTime())) return '';
  const shifted = new Date(read.getTime() - read.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** The instant that such a field gives, in the reader's own zone; undefined if none is meant. */
export function instantOf(local: string): string | undefined {
  const read = new Date(local);
  return local === '' || Number.isNaN(read.getTime()) ? undefined : read.toISOString();
}

/** Time of day with milliseconds, for logs. */
export function timeOfDay(text: string): string {
  return formatter({
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(new Date(text));
}

/** `850 ms`, `12.3 s`, `4 min 05 s`. */
export function duration(start: string, end: string): string {
  const ms = Math.max(0, Date.parse(end) - Date.parse(start));
  if (ms < 1_000) return `${String(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** The calendar month of now in a zone: `2026-11`. */
export function monthIn(zone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit' })
    .formatToParts(now)
    .reduce<Record<string, string>>((all, part) => ({ ...all, [part.type]: part.value }), {});
  return `${parts.year ?? ''}-${parts.month ?? ''}`;
}

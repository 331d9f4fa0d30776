/**
 * Times in words. Instants are shown in the reader's zone; a bare date that a provider wrote is shown as written and
 * never converted.
 */
import type { When } from '$lib/api/types';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The reader's zone: the one in their profile, else the browser's. Set at sign-in. */
let zone: string | undefined;

/** Sets the zone that instants are shown in; one that the browser does not know leaves its own. */
export function useZone(name: string | undefined) {
	try {
		new Intl.DateTimeFormat('en-GB', { timeZone: name });
		zone = name;
	} catch {
		zone = undefined;
	}
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions, at: Date): string {
	const all = { timeZone: zone, ...options };
	const key = JSON.stringify(all);
	let made = formats.get(key);
	if (!made) formats.set(key, (made = new Intl.DateTimeFormat('en-GB', all)));
	return made.format(at);
}

/** “22 August 2024” */
export const longDate = (at: Date) => format({ day: 'numeric', month: 'long', year: 'numeric' }, at);
/** “22 Aug”, with the year where it is not this one. */
export const shortDate = (at: Date, now: Date) =>
	format(
		at.getFullYear() === now.getFullYear()
			? { day: 'numeric', month: 'short' }
			: { day: 'numeric', month: 'short', year: 'numeric' },
		at,
	);
/** “22 Aug 2024, 19:08” */
export const dateTime = (at: Date) =>
	format({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }, at);
/** “19:08” */
export const timeOfDay = (at: Date) => format({ hour: '2-digit', minute: '2-digit' }, at);
/** “2024-08-22 17:08:50 UTC” */
export const utc = (at: Date) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
/** “Thursday” */
export const weekday = (at: Date) => format({ weekday: 'long' }, at);
/** “August 2024” */
export const monthName = (at: Date) => format({ month: 'long', year: 'numeric' }, at);

/** Midday UTC of a bare date, so that no zone moves it to another day when it is drawn. */
export function instantOf(when: When): Date {
	return when.precision === 'date' ? new Date(`${when.at.slice(0, 10)}T12:00:00Z`) : new Date(when.at);
}

/** A provider's date in words: a bare date as that date everywhere, an instant in the reader's zone. */
export function whenInWords(when: When): string {
	if (when.precision === 'instant') return dateTime(new Date(when.at));
	return format({ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }, instantOf(when));
}

/** What lies behind a provider's date, for the hover: UTC, and how exactly it was written. */
export function whenExactly(when: When, asWritten?: string | null): string {
	const exact =
		when.precision === 'instant'
			? utc(new Date(when.at))
			: `${when.at.slice(0, 10)}, a date without a time${when.zone ? ` (${when.zone})` : ''}`;
	return asWritten ? `${exact} · written “${asWritten}”` : exact;
}

export interface Left {
	/** The figure and its unit, such as “12” and “days”. */
	amount: number;
	unit: 'days' | 'hours' | 'minutes';
	past: boolean;
	/** The whole as one phrase: “in 12 days”, “3 hours ago”. */
	phrase: string;
}

/** How long until `at`, in the largest unit that still says something. */
export function left(at: Date, now: Date): Left {
	const distance = at.getTime() - now.getTime();
	const past = distance < 0;
	const size = Math.abs(distance);
	const [unit, length] =
		size >= 2 * DAY
			? (['days', DAY] as const)
			: size >= 1.5 * HOUR
				? (['hours', HOUR] as const)
				: (['minutes', MINUTE] as const);
	const amount = Math.floor(size / length);
	const counted = `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;
	return { amount, unit, past, phrase: past ? `${counted} ago` : `in ${counted}` };
}

/** “just now”, “5 minutes ago”, “yesterday”, then the date. For the record and comments. */
export function ago(at: Date, now: Date): string {
	const size = now.getTime() - at.getTime();
	if (Math.abs(size) < MINUTE) return 'just now';
	if (Math.abs(size) < 7 * DAY) return left(at, now).phrase;
	return shortDate(at, now);
}

/** How urgent a time is, for its colour and its word: past, within a week, or later. */
export function urgency(at: Date, now: Date): 'late' | 'soon' | 'calm' {
	const distance = at.getTime() - now.getTime();
	return distance < 0 ? 'late' : distance < 7 * DAY ? 'soon' : 'calm';
}

/** “9:00–11:00” on one day, else both ends in full. */
export function span(start: Date, end: Date): string {
	return longDate(start) === longDate(end)
		? `${weekday(start)} ${longDate(start)}, ${timeOfDay(start)}–${timeOfDay(end)}`
		: `${dateTime(start)} – ${dateTime(end)}`;
}

/** `2024-08-22`: the day that an instant falls on for the reader. */
export function readersDay(at: Date): string {
	const parts = new Intl.DateTimeFormat('en-CA', {
		timeZone: zone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
	});
	return parts.format(at);
}

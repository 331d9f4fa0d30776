/** Where things lie on the strip of the next 90 days. Pure: positions are shares of the width, from 0 to 1. */
import type { HorizonEntry } from '$lib/api/types';

const DAY = 86_400_000;
export const DAYS = 90;
/** Room before today, so that what has just passed is still seen. */
const BEFORE = 5;

export interface Mark {
	what: HorizonEntry['what'];
	from: number;
	/** The end of a window; otherwise as `from`. */
	to: number;
	label: string;
	at: Date;
}
export interface Line {
	number: number;
	title: string;
	provider: string;
	marks: Mark[];
	/** The last thing on this line that is still to come or has just passed. */
	until: number;
}

/** The share of the strip's width at which a time lies; outside of 0 to 1 it is not on the strip. */
export function place(at: Date, now: Date): number {
	return (at.getTime() - now.getTime() + BEFORE * DAY) / ((DAYS + BEFORE) * DAY);
}

/** A bare date is drawn at its midday. */
function instant(text: string): Date {
	return new Date(text.length === 10 ? `${text}T12:00:00Z` : text);
}

/** One line a notice, the one whose next date is nearest first. */
export function lines(entries: HorizonEntry[], now: Date): Line[] {
	const byNotice = new Map<number, Line>();
	for (const entry of entries) {
		const at = instant(entry.at);
		const from = place(at, now);
		const to = entry.end ? place(instant(entry.end), now) : from;
		if (to < 0 || from > 1) continue;
		const { number, title, provider } = entry.notice;
		const line = byNotice.get(number) ?? { number, title, provider: provider.name, marks: [], until: 0 };
		line.marks.push({
			what: entry.what,
			from: Math.max(0, from),
			to: Math.min(1, to),
			label: entry.label,
			at,
		});
		line.until = Math.max(line.until, Math.min(1, to));
		byNotice.set(number, line);
	}
	const today = place(now, now);
	const nearest = (line: Line) =>
		Math.min(...line.marks.map((mark) => (mark.to >= today ? mark.from : 2 - mark.to)));
	const all = [...byNotice.values()];
	for (const line of all) line.marks.sort((a, b) => a.from - b.from);
	return all.sort((a, b) => nearest(a) - nearest(b) || a.number - b.number);
}

/** The first of each month on the strip that has room for its name, on a strip so many pixels wide. */
export function months(now: Date, width: number): { at: Date; x: number }[] {
	const today = place(now, now);
	const found = [];
	for (let ahead = 0; ahead <= 4; ahead++) {
		const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
		const x = place(at, now);
		if ((x - today) * width > 50 && (1 - x) * width > 70) found.push({ at, x });
	}
	return found;
}

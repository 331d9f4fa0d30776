/** Moving the time of the work to another day. Pure; days and hours are the browser's, as in its date fields. */
import type { Blocker } from '$lib/api/types';

export interface Span {
	/** RFC 3339 in UTC. */
	start: string;
	end: string;
}

/** The hour at which work begins that has no window yet, and how long it then lasts. */
const FIRST_HOUR = 10;
const USUAL_MS = 2 * 3_600_000;

/** The same hours on another day; two hours of the morning where nothing is planned yet. */
export function onDay(day: string, planned: Span | null): Span {
	const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
	const was = planned && new Date(planned.start);
	const start = new Date(year, month - 1, date, was?.getHours() ?? FIRST_HOUR, was?.getMinutes() ?? 0);
	const lasts = planned ? Date.parse(planned.end) - Date.parse(planned.start) : USUAL_MS;
	return { start: start.toISOString(), end: new Date(start.getTime() + lasts).toISOString() };
}

/** Reasons for which the gate refuses a window as it stands: after act-by, or in a freeze. Later gates repeat them. */
export function refusals(blockers: Blocker[]): string[] {
	const window = ['window_after_act_by', 'window_in_freeze'];
	const told = blockers.filter(({ code }) => window.includes(code)).map(({ sentence }) => sentence);
	return [...new Set(told)];
}

/** What stands on the calendar: every dated thing of the notices that are open. */
import type { HorizonEntry, HorizonWhat, NoticeRow } from '$lib/api/types';

export interface Entry {
	/** `YYYY-MM-DD` */
	day: string;
	/** The last day of a window, else as `day`. */
	until: string;
	what: HorizonWhat;
	number: number;
	title: string;
	label: string;
}

/** Hard dates and act-by dates come from the notices themselves, as written; windows and gates from the horizon. */
export function entries(horizon: HorizonEntry[], notices: NoticeRow[], day: (at: Date) => string): Entry[] {
	const found: Entry[] = [];
	for (const { number, title, hard_deadline: hard, act_by: actBy, stage } of notices) {
		if (stage === 'closed' || stage === 'dismissed' || stage === 'historic') continue;
		if (hard) {
			const on = hard.precision === 'date' ? hard.at.slice(0, 10) : day(new Date(hard.at));
			found.push({ day: on, until: on, what: 'hard_deadline', number, title, label: 'Hard date' });
		}
		if (actBy) {
			const on = day(new Date(actBy));
			found.push({ day: on, until: on, what: 'act_by', number, title, label: 'Act by' });
		}
	}
	for (const { what, at, end, notice, label } of horizon) {
		if (what !== 'window' && what !== 'gate_due') continue;
		const on = day(new Date(at));
		found.push({
			day: on,
			until: end ? day(new Date(end)) : on,
			what,
			number: notice.number,
			title: notice.title,
			label,
		});
	}
	return found.sort((a, b) => a.day.localeCompare(b.day) || a.number - b.number);
}

export const on = (all: Entry[], day: string) =>
	all.filter((entry) => entry.day <= day && day <= entry.until);

/** What stands on the calendar, as days of the reader's zone. Pure. */
import type { AgendaEntry, AgendaWhat } from '$lib/api/types';

export interface Entry {
	id: string;
	/** `YYYY-MM-DD` */
	day: string;
	/** The last day of what lasts, else as `day`. */
	until: string;
	what: AgendaWhat;
	/** Where it leads: a notice, or nothing. */
	href: string | null;
	title: string;
	label: string;
	/** The notice whose work is planned or moved by taking hold of this. */
	plans: number | null;
}

const labels: Partial<Record<AgendaWhat, string>> = { freeze: 'Freeze', holiday: 'Holiday', duty: 'On duty' };

/** The last day that a half-open time touches. */
const lastDay = (end: string, day: (at: Date) => string) => day(new Date(Date.parse(end) - 1));

/** A bare date stays on its own day, whatever the reader's zone. */
export function entries(agenda: AgendaEntry[], day: (at: Date) => string): Entry[] {
	const planned = new Set(agenda.filter(isPlanned).map((entry) => entry.notice?.number));
	const found = agenda.map((entry): Entry => {
		const on = entry.day ?? (entry.start ? day(new Date(entry.start)) : '');
		return {
			id: entry.id,
			day: on,
			until: entry.start && entry.end ? lastDay(entry.end, day) : on,
			what: entry.what,
			href: entry.notice ? `/notices/${entry.notice.number}` : null,
			title: titleOf(entry),
			label: entry.notice ? entry.label : (labels[entry.what] ?? entry.label),
			plans:
				isPlanned(entry) || (entry.what === 'act_by' && !planned.has(entry.notice?.number))
					? (entry.notice?.number ?? null)
					: null,
		};
	});
	return found.sort((a, b) => a.day.localeCompare(b.day) || a.title.localeCompare(b.title));
}

/** Our own window, and not the provider's, which nobody moves. */
const isPlanned = (entry: AgendaEntry) => entry.what === 'window' && entry.end !== null;

function titleOf(entry: AgendaEntry): string {
	if (entry.notice) return entry.notice.title;
	if (entry.what === 'duty' && entry.person && entry.team) return `${entry.person.name}, ${entry.team.name}`;
	return entry.team ? `${entry.label} (${entry.team.name})` : entry.label;
}

export const on = (all: Entry[], day: string) =>
	all.filter((entry) => entry.day <= day && day <= entry.until);

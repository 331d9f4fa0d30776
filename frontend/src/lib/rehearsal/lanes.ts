/** A rehearsal as a picture: one lane a person, one mark a mail, from now to the last date. */
import type { RehearsedMail } from '$lib/api/types';

export interface Mark {
	/** Where on the line, from 0 to 1. */
	x: number;
	mail: RehearsedMail;
}
export interface Lane {
	name: string;
	marks: Mark[];
}

/** Where a moment stands between two others. */
export function place(at: string, from: number, to: number): number {
	return to > from ? Math.min(1, Math.max(0, (Date.parse(at) - from) / (to - from))) : 0;
}

export function lanes(mails: RehearsedMail[], from: number, to: number): Lane[] {
	const found = new Map<string, Lane>();
	for (const mail of mails) {
		const lane = found.get(mail.to.id) ?? { name: mail.to.name, marks: [] };
		lane.marks.push({ x: place(mail.at, from, to), mail });
		found.set(mail.to.id, lane);
	}
	return [...found.values()];
}

/** The words of each rung. */
export const rungs: Record<string, string> = {
	assigned: 'Asked',
	before_due: 'Reminded before it is due',
	before_act_by: 'Reminded before the act-by date',
	before_hard: 'Reminded before the provider’s date',
	due_today: 'Due today',
	overdue: 'Overdue',
	last_days: 'The last days',
	next_level: 'Goes up a level',
	everybody: 'Goes to everybody',
	vacant: 'Nobody could sign',
	revised: 'The provider changed something',
	stale: 'What was signed has changed',
	last_check: 'One last look',
};

/** Which of three weights a mail has: in good time, pressing, gone up. */
export function weight(mail: RehearsedMail): 'easy' | 'pressing' | 'up' {
	if (['next_level', 'everybody', 'vacant'].includes(mail.rung)) return 'up';
	return ['overdue', 'last_days', 'due_today'].includes(mail.rung) ? 'pressing' : 'easy';
}

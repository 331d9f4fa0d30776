import { describe, expect, it } from 'vitest';
import type { AgendaEntry } from '$lib/api/types';
import { entries, on } from './entries';

const entry = (over: Partial<AgendaEntry>): AgendaEntry => ({
	id: 'x',
	what: 'freeze',
	day: null,
	start: null,
	end: null,
	label: 'Summer sale',
	notice: null,
	team: null,
	person: null,
	...over,
});
const berlin = (at: Date) => at.toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' });

describe('the calendar', () => {
	it('keeps a bare date on its own day, wherever the reader is', () => {
		const all = entries([entry({ what: 'hard_deadline', day: '2024-08-22' })], berlin);
		expect(all.map(({ day, until }) => [day, until])).toEqual([['2024-08-22', '2024-08-22']]);
	});

	it('ends what lasts on the last day that it touches', () => {
		const all = entries([entry({ start: '2024-06-30T22:00:00Z', end: '2024-07-02T22:00:00Z' })], berlin);
		expect(all.map(({ day, until }) => [day, until])).toEqual([['2024-07-01', '2024-07-02']]);
		expect(on(all, '2024-07-03')).toEqual([]);
	});

	it('lets one take hold of our own window, and of act-by until there is one', () => {
		const notice = { id: 'n', number: 7, title: 'Rotate', provider: { id: 'aws', name: 'AWS' } };
		const actBy = entry({ id: 'a', what: 'act_by', start: '2024-07-25T15:00:00Z', notice });
		const theirs = entry({ id: 'w', what: 'window', start: '2024-07-09T18:00:00Z', notice });
		const ours = { ...theirs, end: '2024-07-09T20:00:00Z' };
		const held = (agenda: AgendaEntry[]) => entries(agenda, berlin).map(({ what, plans }) => [what, plans]);
		expect(held([theirs, actBy])).toEqual([
			['window', null],
			['act_by', 7],
		]);
		expect(held([ours, actBy])).toEqual([
			['window', 7],
			['act_by', null],
		]);
	});

	it('says who is on duty for whom', () => {
		const duty = entry({
			what: 'duty',
			start: '2024-07-01T00:00:00Z',
			end: '2024-07-08T00:00:00Z',
			team: { id: 't', name: 'Platform' },
			person: { id: 'p', name: 'Ada' },
		});
		expect(entries([duty], berlin)[0]?.title).toBe('Ada, Platform');
	});
});

import { describe, expect, it } from 'vitest';
import type { HorizonEntry } from '$lib/api/types';
import { lines, months, place } from './horizon';

const now = new Date('2024-06-03T09:00:00Z');
const rds = { id: 'a', number: 1, title: 'rds-ca-2019 expires', provider: { id: 'aws', name: 'AWS' } };
const gke = { id: 'b', number: 2, title: 'GKE credentials', provider: { id: 'gcp', name: 'Google Cloud' } };
const entry = (what: HorizonEntry['what'], at: string, notice = rds, end?: string): HorizonEntry => ({
	what,
	at,
	notice,
	label: what,
	end: end ?? null,
});

describe('the horizon', () => {
	it('puts today near the left edge and the ninetieth day at the right one', () => {
		expect(place(now, now)).toBeCloseTo(5 / 95);
		expect(place(new Date('2024-09-01T09:00:00Z'), now)).toBeCloseTo(1);
	});

	it('gives one line a notice, its marks in the order of time', () => {
		const all = lines([entry('hard_deadline', '2024-08-22'), entry('act_by', '2024-07-25')], now);
		expect(all).toHaveLength(1);
		expect(all[0]?.marks.map((mark) => mark.what)).toEqual(['act_by', 'hard_deadline']);
	});

	it('sorts by what comes next, and puts what has passed after what is to come', () => {
		const all = lines(
			[entry('hard_deadline', '2024-06-01', gke), entry('hard_deadline', '2024-08-22', rds)],
			now,
		);
		expect(all.map((line) => line.number)).toEqual([1, 2]);
	});

	it('leaves out what lies beyond the strip and cuts a window at its edge', () => {
		expect(lines([entry('hard_deadline', '2025-02-01')], now)).toEqual([]);
		const [line] = lines([entry('window', '2024-08-30T00:00:00Z', rds, '2024-09-30T00:00:00Z')], now);
		expect(line?.marks[0]?.to).toBe(1);
	});

	it('names the months that begin on the strip', () => {
		expect(months(now, 900).map(({ at }) => at.getUTCMonth())).toEqual([6, 7]);
		expect(months(now, 120)).toEqual([]);
	});
});

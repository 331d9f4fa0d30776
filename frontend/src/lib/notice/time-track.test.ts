import { describe, expect, it } from 'vitest';
import { notice } from '../../../e2e/fixtures/notice';
import { points, rows } from './time-track';

const now = new Date('2024-06-20T09:00:00Z');

describe('the line of a notice', () => {
	it('runs from its opening to its hard date, with today between', () => {
		const all = points(notice({}), now);
		expect(all[0]).toMatchObject({ what: 'opened', x: 0 });
		expect(all.at(-1)).toMatchObject({ what: 'hard_deadline', x: 1 });
		const today = all.find((point) => point.what === 'today');
		expect(today?.x).toBeGreaterThan(0);
		expect(today?.x).toBeLessThan(1);
	});

	it('ends with today once the hard date has passed', () => {
		expect(points(notice({}), new Date('2024-12-01T00:00:00Z')).at(-1)?.what).toBe('today');
	});

	it('is empty for a notice without any date', () => {
		expect(points(notice({ gates: [], hard_deadline: null, act_by: null, plan: null }), now)).toEqual([]);
	});
});

describe('labels', () => {
	it('that would lie over one another take the next row', () => {
		expect(
			rows(
				[
					{ x: 0.5, text: 'Assess' },
					{ x: 0.51, text: 'Schedule' },
					{ x: 0.9, text: 'Close' },
				],
				800,
				2,
			),
		).toEqual([0, 1, 0]);
	});

	it('for which no row has room are left to the hover', () => {
		expect(
			rows(
				[
					{ x: 0.5, text: 'Assess' },
					{ x: 0.5, text: 'Schedule' },
				],
				800,
				1,
			),
		).toEqual([0, null]);
	});
});

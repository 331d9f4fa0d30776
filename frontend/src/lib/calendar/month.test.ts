import { describe, expect, it } from 'vitest';
import { monthOf, moved, weeks } from './month';

describe('a month', () => {
	it('is drawn in whole weeks from Monday', () => {
		const august = weeks('2024-08');
		expect(august).toHaveLength(5);
		expect(august[0]?.[0]).toBe('2024-07-29');
		expect(august.at(-1)?.at(-1)).toBe('2024-09-01');
	});

	it('that begins on a Monday and has 28 days has four weeks', () => {
		expect(weeks('2027-02')).toHaveLength(4);
	});

	it('is followed and preceded over the year’s end', () => {
		expect([moved('2024-12', 1), moved('2024-01', -1)]).toEqual(['2025-01', '2023-12']);
	});

	it('is the one of today where the link names none', () => {
		const now = new Date('2024-06-20T08:40:00Z');
		expect([monthOf(null, now), monthOf('2024-13', now), monthOf('2024-09', now)]).toEqual([
			'2024-06',
			'2024-06',
			'2024-09',
		]);
	});
});

import { describe, expect, it } from 'vitest';
import type { Blocker } from '$lib/api/types';
import { onDay, refusals } from './plan';

const local = (utc: string) => {
	const at = new Date(utc);
	return [at.getDate(), at.getHours(), at.getMinutes()];
};

describe('planning on the calendar', () => {
	it('keeps the hours of a window that is moved to another day', () => {
		const planned = {
			start: new Date(2024, 6, 9, 20, 30).toISOString(),
			end: new Date(2024, 6, 9, 22, 0).toISOString(),
		};
		const moved = onDay('2024-07-23', planned);
		expect(local(moved.start)).toEqual([23, 20, 30]);
		expect(Date.parse(moved.end) - Date.parse(moved.start)).toBe(90 * 60_000);
	});

	it('begins in the morning where nothing is planned yet', () => {
		const made = onDay('2024-07-23', null);
		expect(local(made.start)).toEqual([23, 10, 0]);
		expect(local(made.end)).toEqual([23, 12, 0]);
	});

	it('tells what the gate refuses a window for, and nothing else', () => {
		const blocker = (code: string) => ({ code, sentence: `${code}.` }) as Blocker;
		const late = blocker('window_after_act_by');
		expect(refusals([late, blocker('signature_missing'), late])).toEqual(['window_after_act_by.']);
	});
});

import { afterEach, describe, expect, it } from 'vitest';
import { ago, instantOf, left, readersDay, span, urgency, useZone, whenExactly, whenInWords } from './format';

const now = new Date('2024-06-20T08:40:00Z');
const at = (text: string) => new Date(text);

afterEach(() => useZone('UTC'));

describe('a date that a provider wrote without a time', () => {
	const date = { at: '2024-08-22', precision: 'date' as const, zone: null };

	it('is that date for every reader', () => {
		for (const zone of ['Pacific/Kiritimati', 'Europe/Berlin', 'Pacific/Pago_Pago']) {
			useZone(zone);
			expect(whenInWords(date), zone).toBe('22 August 2024');
		}
	});

	it('says on hover that it has no time, and how it was written', () => {
		expect(whenExactly(date, 'August 22, 2024')).toBe(
			'2024-08-22, a date without a time · written “August 22, 2024”',
		);
	});

	it('is drawn at its midday', () => {
		expect(instantOf(date).toISOString()).toBe('2024-08-22T12:00:00.000Z');
	});
});

describe('an instant', () => {
	const instant = { at: '2024-08-22T17:08:50Z', precision: 'instant' as const, zone: null };

	it('is shown in the reader’s zone, with UTC behind it', () => {
		useZone('America/New_York');
		expect(whenInWords(instant)).toBe('22 Aug 2024, 13:08');
		expect(whenExactly(instant)).toBe('2024-08-22 17:08:50 UTC');
	});

	it('falls on the reader’s day', () => {
		useZone('Asia/Tokyo');
		expect(readersDay(at(instant.at))).toBe('2024-08-23');
	});
});

describe('the time left', () => {
	it('is counted in the largest unit that still says something, and never rounded up', () => {
		expect(left(at('2024-08-22T08:39:00Z'), now).phrase).toBe('in 62 days');
		expect(left(at('2024-06-22T08:39:00Z'), now).phrase).toBe('in 47 hours');
		expect(left(at('2024-06-20T09:41:30Z'), now).phrase).toBe('in 61 minutes');
		expect(left(at('2024-06-20T08:39:00Z'), now).phrase).toBe('1 minute ago');
	});

	it('is late, soon within a week, or calm', () => {
		expect(urgency(at('2024-06-20T08:39:00Z'), now)).toBe('late');
		expect(urgency(at('2024-06-27T08:39:00Z'), now)).toBe('soon');
		expect(urgency(at('2024-06-27T08:41:00Z'), now)).toBe('calm');
	});

	it('that has passed is told roughly, and after a week as a date', () => {
		expect(ago(now, now)).toBe('just now');
		expect(ago(at('2024-06-18T08:40:00Z'), now)).toBe('2 days ago');
		expect(ago(at('2024-06-10T08:40:00Z'), now)).toBe('10 Jun');
	});
});

it('a window on one day names the day once', () => {
	useZone('Europe/Berlin');
	expect(span(at('2024-06-18T18:00:00Z'), at('2024-06-18T20:00:00Z'))).toBe(
		'Tuesday 18 June 2024, 20:00–22:00',
	);
});

it('a zone that the browser does not know leaves its own', () => {
	useZone('Not/A_Zone');
	expect(() => readersDay(now)).not.toThrow();
});

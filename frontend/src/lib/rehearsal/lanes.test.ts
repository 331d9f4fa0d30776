import { expect, test } from 'vitest';
import type { RehearsedMail } from '$lib/api/types';
import { lanes, place, rungs, weight } from './lanes';

const mail = (at: string, name: string, rung: RehearsedMail['rung']): RehearsedMail => ({
	at,
	to: { id: name, name },
	gate: 'assess',
	level: 'Lead',
	rung,
	manner: 'alone',
	template: 'reminder',
});

test('each person has a lane, and each mail its place on it', () => {
	const [from, to] = [Date.parse('2024-06-01T00:00:00Z'), Date.parse('2024-06-11T00:00:00Z')];
	const mails = [
		mail('2024-06-01T00:00:00Z', 'Ada', 'assigned'),
		mail('2024-06-06T00:00:00Z', 'Bob', 'overdue'),
		mail('2024-07-06T00:00:00Z', 'Ada', 'everybody'),
	];
	const drawn = lanes(mails, from, to);
	expect(drawn.map((lane) => [lane.name, lane.marks.map((mark) => mark.x)])).toEqual([
		['Ada', [0, 1]],
		['Bob', [0.5]],
	]);
	expect(place('2024-06-01T00:00:00Z', to, to)).toBe(0);
});

test('every rung has words and a weight', () => {
	for (const rung of Object.keys(rungs)) {
		expect(['easy', 'pressing', 'up']).toContain(
			weight(mail('2024-06-01T00:00:00Z', 'Ada', rung as RehearsedMail['rung'])),
		);
	}
});

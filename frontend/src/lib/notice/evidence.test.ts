import { describe, expect, test } from 'vitest';
import type { Step } from '$lib/api/types';
import { command, mediaOf, sized } from './evidence';

describe('evidence', () => {
	test('sizes are told as people say them', () => {
		expect([1, 999, 12_345, 1_449_000].map(sized)).toEqual(['1 byte', '999 bytes', '12 kB', '1.4 MB']);
	});

	test('a log is text, whatever the browser thinks of its name', () => {
		expect(mediaOf({ name: 'psql.LOG', type: '' })).toBe('text/plain');
		expect(mediaOf({ name: 'seen.png', type: 'image/png' })).toBe('image/png');
		expect(mediaOf({ name: 'thing', type: '' })).toBe('application/octet-stream');
	});

	test('the command names the notice, the step and the place', () => {
		const step = { id: 'probe', place: 'on call' } as Step;
		expect(command('https://countersign.example.com', 12, step)).toMatch(
			/--notice N-12 --step probe --place 'on call'$/,
		);
	});
});

import { expect, test } from 'vitest';
import { channelName, span } from './cadence';

test('a silence is told in the largest unit that is still exact enough', () => {
	expect([0.2, 1, 36, 72, 24 * 90].map(span)).toEqual([
		'less than an hour',
		'1 hour',
		'36 hours',
		'3 days',
		'3 months',
	]);
});

test('a channel is called by its way and its own name', () => {
	expect(channelName('imap/ops')).toBe('Mailbox “ops”');
	expect(channelName('smtp')).toBe('Mail');
	expect(channelName('carrier-pigeon')).toBe('carrier-pigeon');
});

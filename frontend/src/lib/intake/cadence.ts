/** Hours in words: “a day and a half” is not needed, “36 hours” and “3 days” are. */
export function span(hours: number): string {
	if (hours < 1) return 'less than an hour';
	if (hours < 48) return count(Math.round(hours), 'hour');
	if (hours < 24 * 60) return count(Math.round(hours / 24), 'day');
	return count(Math.round(hours / (24 * 30.4)), 'month');
}

function count(n: number, what: string): string {
	return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}

/** A channel's id in words people use. */
export function channelName(id: string): string {
	const [way, name] = id.split('/', 2);
	const ways: Record<string, string> = {
		smtp: 'Mail',
		lmtp: 'Mail (LMTP)',
		imap: 'Mailbox',
		webhook: 'Hook',
		poll: 'Poller',
		upload: 'Uploaded',
		pipe: 'Piped in',
	};
	const called = ways[way ?? ''] ?? id;
	return name ? `${called} “${name}”` : called;
}

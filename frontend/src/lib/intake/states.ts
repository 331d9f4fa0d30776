import type { MessageState } from '$lib/api/types';

/** What became of a message, in words, and how it is toned. */
export const states: Record<MessageState, { name: string; tone: 'plain' | 'soon' | 'signed' }> = {
	received: { name: 'Received', tone: 'plain' },
	reading: { name: 'Being read', tone: 'plain' },
	filed: { name: 'Filed', tone: 'signed' },
	automatic: { name: 'Automatic reply', tone: 'plain' },
	needs_person: { name: 'Needs a person', tone: 'soon' },
	dismissed: { name: 'Not a notice', tone: 'plain' },
};

/** 8412 as “8 kB”. */
export function size(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * The server's stream of what changed. A page says with `depends('live:<topic>')` what it shows; when that changes,
 * its data is loaded anew. Bursts are gathered, so that a hundred events are one reload.
 */
import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';
import { unattended } from '$lib/api/client';

const GATHER_MS = 250;
const LATER_MS = 1000;

/** Nothing moves under the pointer, and nobody is interrupted in writing: until then the change waits. */
const isBusy = () =>
	document.querySelector('main ol a:hover, main ol button:hover, main :is(input, textarea, select):focus') !==
	null;

/** Follows the stream until the result is called. The browser itself reconnects after an interruption. */
export function follow(): () => void {
	const source = new EventSource('/api/v1/events');
	const topics = new Set<string>();
	let timer: ReturnType<typeof setTimeout> | undefined;

	function flush() {
		// Loading anew would break off the way to another page.
		if (isBusy() || navigating.to) {
			timer = setTimeout(flush, LATER_MS);
			return;
		}
		timer = undefined;
		const changed = [...topics];
		topics.clear();
		void unattended(() => Promise.all(changed.map((topic) => invalidate(`live:${topic}`))));
	}
	function take(event: MessageEvent<string>) {
		topics.add(topicOf(event.data));
		topics.add('any');
		timer ??= setTimeout(flush, GATHER_MS);
	}

	source.addEventListener('changed', take);
	return () => {
		source.close();
		clearTimeout(timer);
	};
}

/** The topic of an event's data; what cannot be read counts as a change of notices. */
export function topicOf(data: string): string {
	try {
		const parsed: unknown = JSON.parse(data);
		if (typeof parsed === 'object' && parsed !== null && 'topic' in parsed) return String(parsed.topic);
	} catch {
		// Falls through: an unknown event is better reloaded than missed.
	}
	return 'notices';
}

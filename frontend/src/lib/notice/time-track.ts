/** The life of one notice on a line, from its opening to its last date. Pure. */
import type { Notice } from '$lib/api/types';
import { instantOf } from '$lib/time/format';
import { gates } from '$lib/words';

export interface Point {
	what: 'opened' | 'gate_due' | 'act_by' | 'hard_deadline' | 'window' | 'today';
	at: Date;
	label: string;
	/** The share of the line's length, from 0 to 1. */
	x: number;
	/** The end of a window, else as `x`. */
	to: number;
	passed: boolean;
}

type Dated = Pick<Notice, 'opened_at' | 'hard_deadline' | 'act_by' | 'gates' | 'plan'>;

export function points(notice: Dated, now: Date): Point[] {
	const opened = new Date(notice.opened_at);
	const found: Omit<Point, 'x' | 'to'>[] = [{ what: 'opened', at: opened, label: 'Opened', passed: true }];
	for (const gate of notice.gates) {
		if (!gate.due || gate.state === 'not_applicable' || gate.gate === 'dismiss') continue;
		const passed = gate.state === 'passed';
		found.push({ what: 'gate_due', at: new Date(gate.due), label: gates[gate.gate].name, passed });
	}
	if (notice.plan)
		found.push({ what: 'window', at: new Date(notice.plan.start), label: 'Window', passed: false });
	if (notice.act_by)
		found.push({ what: 'act_by', at: new Date(notice.act_by), label: 'Act by', passed: false });
	if (notice.hard_deadline) {
		const at = instantOf(notice.hard_deadline);
		found.push({ what: 'hard_deadline', at, label: 'Hard date', passed: false });
	}
	if (found.length < 2) return [];
	found.push({ what: 'today', at: now, label: 'Today', passed: true });

	const times = found.map((point) => point.at.getTime());
	const from = Math.min(...times);
	const length = Math.max(...times) - from || 1;
	const share = (at: Date) => (at.getTime() - from) / length;
	return found
		.map((point) => ({
			...point,
			x: share(point.at),
			to:
				point.what === 'window' && notice.plan
					? Math.min(1, share(new Date(notice.plan.end)))
					: share(point.at),
		}))
		.sort((a, b) => a.x - b.x);
}

/** A row for each label, so that none lies over another: the first row that has room. `width` and result in pixels and rows. */
export function rows(
	labels: { x: number; text: string }[],
	width: number,
	rowCount: number,
): (number | null)[] {
	const ends: number[] = Array.from({ length: rowCount }, () => -Infinity);
	return labels.map(({ x, text }) => {
		const size = text.length * 6.6 + 14;
		const start = Math.min(Math.max(x * width - size / 2, 0), width - size);
		const row = ends.findIndex((end) => end <= start);
		if (row === -1) return null;
		ends[row] = start + size;
		return row;
	});
}

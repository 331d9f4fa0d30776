/** What can be signed in one go: several notices of one kind at one gate. Pure. */
import type { Gate, Kind, WaitingItem } from '$lib/api/types';

export interface Batch {
	kind: Kind;
	gate: Gate;
	count: number;
}

/** The batches of two or more, the largest first. */
export function batches(waiting: Pick<WaitingItem, 'gate' | 'notice'>[]): Batch[] {
	const found: Batch[] = [];
	for (const { gate, notice } of waiting) {
		const known = found.find((batch) => batch.gate === gate && batch.kind === notice.kind);
		if (known) known.count += 1;
		else found.push({ kind: notice.kind, gate, count: 1 });
	}
	return found.filter((batch) => batch.count > 1).sort((a, b) => b.count - a.count);
}

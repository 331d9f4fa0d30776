/** Which gate asks what of the reader. Pure; the server decides anew when they sign. */
import type { Gate, GateView, Notice, Requirement, Signature } from '$lib/api/types';

/** The requirement of a gate that the reader could fill: the one at their level that waits or went stale. */
export function asked(gate: GateView, levels: string[]): Requirement | undefined {
	if (gate.state === 'passed' || gate.state === 'not_applicable') return undefined;
	return gate.requirements.find(
		(requirement) =>
			levels.includes(requirement.level) &&
			(requirement.state === 'unsatisfied' || requirement.state === 'stale'),
	);
}

/** The reader's own latest word at a gate that they have not taken back. */
export function ownSignature(gate: GateView, person: string): Signature | undefined {
	return gate.requirements
		.flatMap((requirement) => requirement.signatures)
		.filter((signature) => signature.person.id === person && signature.state !== 'withdrawn')
		.sort((a, b) => b.id - a.id)[0];
}

/** The gate that the page opens with: the first that asks the reader, else the first that is not passed. */
export function firstGate(notice: Notice): Gate | undefined {
	const { gates, you } = notice;
	const waiting = gates.find((gate) => asked(gate, you.levels) && !you.signed.includes(gate.gate));
	const current = gates.find((gate) => gate.state === 'blocked' || gate.state === 'open');
	return (waiting ?? current ?? gates.at(-1))?.gate;
}

/** The part of the page where a blocker can be dealt with. */
export function placeOf(blocker: {
	gate: Gate;
	code: string;
	resource: string | null;
	step: string | null;
}): string {
	if (blocker.resource) return '#resources';
	if (blocker.step) return '#steps';
	if (blocker.code.includes('impact')) return '#impact';
	if (blocker.code.includes('plan') || blocker.code.includes('window')) return '#plan';
	if (blocker.code.includes('proposal')) return '#proposals';
	return `#gate-${blocker.gate}`;
}

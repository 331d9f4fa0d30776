import { describe, expect, it } from 'vitest';
import { notice } from '../../../e2e/fixtures/notice';
import { gateView, requirement, signature } from '../../../e2e/fixtures/notice-parts';
import { ada } from '../../../e2e/fixtures/people';
import { asked, firstGate, ownSignature, placeOf } from './signing';

describe('what a gate asks of the reader', () => {
	it('is the requirement at their level that waits', () => {
		const gate = gateView('assess', [
			requirement('engineer', 'satisfied'),
			requirement('lead', 'unsatisfied'),
		]);
		expect(asked(gate, ['lead'])?.level).toBe('lead');
		expect(asked(gate, ['engineer'])).toBeUndefined();
	});

	it('is asked again when it went stale', () => {
		expect(asked(gateView('assess', [requirement('lead', 'stale')]), ['lead'])?.state).toBe('stale');
	});

	it('is nothing once the gate is passed', () => {
		const gate = { ...gateView('assess', [requirement('lead', 'unsatisfied')]), state: 'passed' as const };
		expect(asked(gate, ['lead'])).toBeUndefined();
	});
});

describe('the page opens', () => {
	const gates = [
		{ ...gateView('assess', [requirement('engineer', 'satisfied')]), state: 'passed' as const },
		gateView('schedule', [requirement('engineer', 'unsatisfied'), requirement('lead', 'unsatisfied')]),
		gateView('close', [requirement('executive', 'unsatisfied')]),
	];
	const you = (levels: string[]) => ({ levels, may: [], signed: [] });

	it('with the gate that waits for the reader', () => {
		expect(firstGate(notice({ gates, you: you(['executive']) }))).toBe('close');
	});

	it('else with the gate that is being worked on', () => {
		expect(firstGate(notice({ gates, you: you([]) }))).toBe('schedule');
	});

	it('with the last gate once all are passed', () => {
		const passed = gates.map((gate) => ({ ...gate, state: 'passed' as const }));
		expect(firstGate(notice({ gates: passed, you: you(['lead']) }))).toBe('close');
	});
});

it('the reader’s own signature is the latest that they did not take back', () => {
	const gate = gateView('assess', [
		{
			...requirement('lead', 'stale'),
			signatures: [
				signature('ada', { id: 3, state: 'stale' }),
				signature('ada', { id: 9, state: 'withdrawn' }),
				signature('ben', { id: 12 }),
			],
		},
	]);
	expect(ownSignature(gate, ada.id)?.id).toBe(3);
	expect(ownSignature(gate, 'cy')).toBeUndefined();
});

it('a blocker leads to where it can be dealt with', () => {
	const blocker = { gate: 'assess' as const, code: 'missing_signature', resource: null, step: null };
	expect(placeOf(blocker)).toBe('#gate-assess');
	expect(placeOf({ ...blocker, resource: 'orders-db' })).toBe('#resources');
	expect(placeOf({ ...blocker, code: 'impact_missing' })).toBe('#impact');
});

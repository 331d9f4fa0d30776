import { describe, expect, it } from 'vitest';
import { notice } from '../../../e2e/fixtures/notice';
import { isCorrectable, told, unsure } from './facts';

const open = notice({});

describe('a fact', () => {
	it('is unsure while a person has to look at its date', () => {
		expect([...unsure(open)]).toEqual(['rec']);
		const confirmed = open.deadlines.map((deadline) => ({ ...deadline, confirmed: true }));
		expect(unsure({ ...open, deadlines: confirmed }).size).toBe(0);
	});

	it('tells its date as the rest of the page does', () => {
		const dates = told(open).filter((fact) => fact.name === 'deadline');
		expect(dates[0]?.value).toBe('22 August 2024');
	});

	it('can be corrected where it is a date, a title, a provider or a kind', () => {
		const names = new Set(open.facts.filter(isCorrectable).map((fact) => fact.name));
		expect([...names].sort()).toEqual(['deadline', 'kind', 'provider']);
	});
});

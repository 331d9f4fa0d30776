import { describe, expect, it } from 'vitest';
import { count, query, toggled } from './filters';

const url = (text: string) => new URLSearchParams(text);

describe('filters', () => {
	it('hand on what they know and drop the rest', () => {
		expect(query(url('provider=aws&utm_source=mail&q=rds&overdue=true'))).toEqual({
			q: 'rds',
			provider: 'aws',
			overdue: true,
		});
	});

	it('are set and taken away by the same chip', () => {
		const set = toggled(url('q=rds'), 'stage', 'assess');
		expect(set).toBe('?q=rds&stage=assess');
		expect(toggled(url(set), 'stage', 'assess')).toBe('?q=rds');
		expect(toggled(url('overdue=true'), 'overdue', 'true')).toBe('?');
	});

	it('replace another value of the same kind', () => {
		expect(toggled(url('stage=assess'), 'stage', 'close')).toBe('?stage=close');
	});

	it('are counted without the search', () => {
		expect(count(url('q=rds&stage=close&overdue=true'))).toBe(2);
	});
});

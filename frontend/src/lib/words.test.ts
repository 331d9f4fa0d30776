import { describe, expect, it } from 'vitest';
import { counted, humane, initials, kindName, listed } from './words';

describe('words', () => {
	it('name codes, also those that this page has not heard of', () => {
		expect(kindName('end_of_life')).toBe('End of life');
		expect(humane('db_instance')).toBe('DB instance');
	});

	it('count and list as people do', () => {
		expect([counted(1, 'notice'), counted(1200, 'notice')]).toEqual(['1 notice', '1,200 notices']);
		expect(listed(['Ada', 'Ben', 'Ruth'])).toBe('Ada, Ben and Ruth');
		expect(listed(['Ada'], 'or')).toBe('Ada');
	});

	it('put a person on a seal by two letters', () => {
		expect([initials('Ada Njoroge'), initials('Prince'), initials('')]).toEqual(['AN', 'P', '?']);
	});
});

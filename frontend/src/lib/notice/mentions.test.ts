import { describe, expect, it } from 'vitest';
import { completed, mentioned, typedName } from './mentions';

const people = ['Ada Njoroge', 'Ada', 'Ben Castellan'].map((name) => ({ id: name, name }));
const named = (text: string) => mentioned(text, people).map((person) => person.name);

describe('a comment', () => {
	it('names whom it writes with an @', () => {
		expect(named('@Ben Castellan can you look?')).toEqual(['Ben Castellan']);
		expect(named('Ben Castellan has looked')).toEqual([]);
	});

	it('means the longer of two names', () => {
		expect(named('thanks @ada njoroge')).toEqual(['Ada Njoroge']);
		expect(named('thanks @Ada and @Ada Njoroge')).toEqual(['Ada Njoroge', 'Ada']);
	});

	it('offers names while one is typed, and not in an address', () => {
		expect(typedName('hello @be', 9)).toBe('be');
		expect(typedName('mail to ada@be', 14)).toBeUndefined();
		expect(typedName('@', 1)).toBe('');
	});

	it('puts the whole name where it was begun', () => {
		expect(completed('hello @be!', 9, 'Ben Castellan')).toEqual({
			text: 'hello @Ben Castellan !',
			cursor: 21,
		});
	});
});

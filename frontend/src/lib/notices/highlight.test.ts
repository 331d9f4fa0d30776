import { expect, it } from 'vitest';
import { pieces } from './highlight';

it('marks the hits and leaves the text as it is', () => {
	expect(pieces('the \u0002rds-ca-2019\u0003 authority <b>')).toEqual([
		{ text: 'the ', hit: false },
		{ text: 'rds-ca-2019', hit: true },
		{ text: ' authority <b>', hit: false },
	]);
	expect(pieces('no hit')).toEqual([{ text: 'no hit', hit: false }]);
});

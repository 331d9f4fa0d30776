import { describe, expect, it } from 'vitest';
import { explained, ownPath } from './problems';

describe('where a sign-in leads', () => {
	it.each(['/', '/notices/12?x=1'])('%s is ours', (path) => expect(ownPath(path)).toBe(path));
	it.each([null, '', '//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])(
		'%s is not',
		(path) => expect(ownPath(path)).toBe('/'),
	);
});

it('an unknown code is told in words all the same', () => {
	expect(explained('<img src=x>')).toBe('That did not work. Try again, or another way.');
});

import { expect, it } from 'vitest';
import { toBytes, toText } from './passkey';

it('bytes survive the way to base64url and back', () => {
	const all = Uint8Array.from({ length: 256 }, (_, n) => n);
	const text = toText(all.buffer);
	expect(text).toMatch(/^[\w-]+$/);
	expect([...toBytes(text)]).toEqual([...all]);
});

import { afterEach, expect, test, vi } from 'vitest';
import { proveAt } from './away';

afterEach(() => vi.restoreAllMocks());

test('where the browser opens no window the page stays and says what to do', async () => {
	vi.spyOn(window, 'open').mockReturnValue(null);
	const before = location.href;
	await expect(proveAt('example', new AbortController().signal)).rejects.toThrow('Allow pop-ups');
	expect(location.href).toBe(before);
});

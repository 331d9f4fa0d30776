import { describe, expect, it } from 'vitest';
import { Problem } from './api/problem';
import { proof, proven } from './fresh.svelte';

const needed = new Problem(401, 'fresh_authentication_needed', 'Prove again who you are.');

describe('an act that needs a fresh authentication', () => {
	it('is done again once it was given', async () => {
		let tries = 0;
		const done = proven(async () => {
			tries++;
			if (tries === 1) throw needed;
			return 'signed';
		});
		await expect.poll(() => proof.asking).toBe(true);
		proof.end(true);
		expect(await done).toBe('signed');
		expect(proof.asking).toBe(false);
	});

	it('is not done when the reader turns away', async () => {
		const done = proven(() => Promise.reject(needed));
		await expect.poll(() => proof.asking).toBe(true);
		proof.end(false);
		await expect(done).rejects.toThrow('Nothing was done');
	});

	it('hands on any other refusal', async () => {
		await expect(proven(() => Promise.reject(new Problem(403, 'forbidden', 'No.')))).rejects.toThrow('No.');
		expect(proof.asking).toBe(false);
	});
});

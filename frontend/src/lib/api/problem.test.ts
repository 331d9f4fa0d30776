import { describe, expect, it } from 'vitest';
import { answer } from './client';
import { explain, Problem } from './problem';

const refused = {
	error: {
		code: 'gate_blocked',
		title: 'Blocked',
		detail: 'The executive has not signed.',
		blockers: [{ code: 'missing_signature', sentence: 'No executive has signed at close.' }],
	},
	response: new Response(null, { status: 409 }),
};

describe('a refusal', () => {
	it('is thrown with its code, its words and its blockers', async () => {
		const problem: Problem = await answer(Promise.resolve(refused)).catch((e) => e);
		expect(problem).toBeInstanceOf(Problem);
		expect([problem.status, problem.code]).toEqual([409, 'gate_blocked']);
		expect(explain(problem)).toBe('The executive has not signed.');
		expect(problem.blockers[0]?.sentence).toContain('executive');
	});

	it('that is no problem document still says what happened', () => {
		expect(explain(Problem.from(502, '<html>'))).toBe('The server answered 502.');
	});

	it('of the network says that nothing is lost', async () => {
		const problem: Problem = await answer(Promise.reject(new TypeError('fetch failed'))).catch((e) => e);
		expect(problem.code).toBe('unreachable');
		expect(explain(problem)).toContain('nothing that you entered is lost');
	});
});

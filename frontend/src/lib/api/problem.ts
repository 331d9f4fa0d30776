import type { Blocker, Change } from './types';

/** The server's refusal (RFC 9457) as an error that pages can show: a stable `code` beside the prose. */
export class Problem extends Error {
	override readonly name = 'Problem';

	constructor(
		readonly status: number,
		readonly code: string,
		readonly detail: string,
		readonly field: string | null = null,
		readonly blockers: Blocker[] = [],
		readonly difference: Change[] = [],
	) {
		super(detail);
	}

	/** Reads a problem from a response's body; a body of another shape still gives a problem that says what happened. */
	static from(status: number, body: unknown): Problem {
		const p = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
		const text = (key: string) => (typeof p[key] === 'string' ? p[key] : '');
		return new Problem(
			status,
			text('code') || `http_${status}`,
			text('detail') || text('title') || `The server answered ${status}.`,
			text('field') || null,
			Array.isArray(p.blockers) ? (p.blockers as Blocker[]) : [],
			Array.isArray(p.difference) ? (p.difference as Change[]) : [],
		);
	}

	/** The server could not be reached at all. */
	static unreachable(): Problem {
		return new Problem(
			0,
			'unreachable',
			'Countersign does not answer. Check your connection; nothing that you entered is lost.',
		);
	}
}

/** What to tell a person about any thrown value. */
export function explain(error: unknown): string {
	return error instanceof Error ? error.message : 'Something went wrong that Countersign cannot name.';
}

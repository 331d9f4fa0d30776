/** The way to the server, typed by its own document. Refusals are thrown as `Problem`. */
import createClient from 'openapi-fetch';
import { Problem } from './problem';
import type { paths } from './schema';

export const api = createClient<paths>({ credentials: 'same-origin' });

let unasked = 0;

/**
 * Runs what the page does by itself. Its requests say so, and do not count as use of the session: a page that is left open
 * must not keep somebody signed in who has gone.
 */
export async function unattended(work: () => Promise<unknown>): Promise<void> {
	unasked += 1;
	try {
		await work();
	} finally {
		unasked -= 1;
	}
}

api.use({
	onRequest({ request }) {
		if (unasked > 0) request.headers.set('countersign-background', '?1');
		return request;
	},
});

interface Answer {
	data?: unknown;
	error?: unknown;
	response: Response;
}

/** What the server answered; a refusal or no connection is thrown. */
export async function answer<A extends Answer>(asked: Promise<A>): Promise<NonNullable<A['data']>> {
	let got: A;
	try {
		got = await asked;
	} catch {
		throw Problem.unreachable();
	}
	if (!got.response.ok) throw Problem.from(got.response.status, got.error);
	return got.data as NonNullable<A['data']>;
}

/** Hands a mail or another file to the server as the bytes that it is. */
export function upload(file: Blob) {
	return answer(
		api.POST('/api/v1/messages', {
			body: file as unknown as number[],
			bodySerializer: (body) => body as unknown as BodyInit,
			headers: { 'content-type': 'application/octet-stream' },
		}),
	);
}

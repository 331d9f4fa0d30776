/** The filters of the list, as they stand in the URL. What is in the URL can be sent to a colleague. */

import type { paths } from '$lib/api/schema';

export const choices = ['provider', 'kind', 'stage', 'level', 'team'] as const;
export const switches = ['overdue', 'unverified', 'historic'] as const;
export type Choice = (typeof choices)[number];

type Query = NonNullable<paths['/api/v1/notices']['get']['parameters']['query']>;

/** The known filters in the URL, so that a stray parameter in a link is no error. */
function known(url: URLSearchParams): URLSearchParams {
	const found = new URLSearchParams();
	for (const name of ['q', ...choices, ...switches]) {
		const value = url.get(name);
		if (value) found.set(name, value);
	}
	return found;
}

/** The query for the API. A value that it does not know it refuses itself, and says which. */
export function query(url: URLSearchParams): Query {
	const query: Record<string, string | boolean> = Object.fromEntries(known(url));
	for (const name of switches) if (name in query) query[name] = query[name] === 'true';
	return query as Query;
}

/** The link that sets one filter, or takes it away if it is set to that already. */
export function toggled(url: URLSearchParams, name: string, value: string): string {
	const next = known(url);
	if (next.get(name) === value) next.delete(name);
	else next.set(name, value);
	const text = next.toString();
	return text ? `?${text}` : '?';
}

/** The link that searches for other words among the same filters. */
export function searched(url: URLSearchParams, words: string): string {
	const next = known(url);
	if (words.trim()) next.set('q', words);
	else next.delete('q');
	return `?${next}`;
}

/** The link without filters; the search stays. */
export function cleared(url: URLSearchParams): string {
	return searched(new URLSearchParams(), url.get('q') ?? '');
}

/** How many filters are set, the search not counted. */
export function count(url: URLSearchParams): number {
	return [...choices, ...switches].filter((name) => url.get(name)).length;
}

/** The filters of the list, as they stand in the URL. What is in the URL can be sent to a colleague. */

export const choices = ['provider', 'kind', 'stage', 'level', 'team'] as const;
export const switches = ['overdue', 'unverified', 'historic'] as const;
export type Choice = (typeof choices)[number];
export type Switch = (typeof switches)[number];

/** The query for the API: the known filters only, so that a stray parameter in a link is no error. */
export function query(url: URLSearchParams): URLSearchParams {
	const known = new URLSearchParams();
	for (const name of ['q', ...choices, ...switches]) {
		const value = url.get(name);
		if (value) known.set(name, value);
	}
	return known;
}

/** The link that sets one filter, or takes it away if it is set to that already. */
export function toggled(url: URLSearchParams, name: string, value: string): string {
	const next = query(url);
	if (next.get(name) === value) next.delete(name);
	else next.set(name, value);
	const text = next.toString();
	return text ? `?${text}` : '?';
}

/** How many filters are set, the search not counted. */
export function count(url: URLSearchParams): number {
	return [...choices, ...switches].filter((name) => url.get(name)).length;
}

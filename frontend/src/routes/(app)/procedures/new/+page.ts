import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

/** A new procedure begins as a copy of the shortest one: every key that there is stands in it. */
export const load: PageLoad = async ({ fetch, parent }) => {
	await parent();
	const like = { path: { id: 'informational' } };
	const versions = await orError(
		answer(api.GET('/api/v1/procedures/{id}/versions', { fetch, params: like })),
	);
	return { document: versions.items[0]?.document ?? '' };
};

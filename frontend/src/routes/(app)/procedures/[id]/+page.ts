import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
	await parent();
	const procedure = answer(api.GET('/api/v1/procedures/{id}', { fetch, params: { path: params } }));
	return { procedure: await orError(procedure) };
};

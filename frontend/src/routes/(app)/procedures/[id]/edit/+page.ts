import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
	await parent();
	const asked = api.GET('/api/v1/procedures/{id}/versions', { fetch, params: { path: params } });
	return { id: params.id, newest: (await orError(answer(asked))).items[0] };
};

import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, params, parent }) => {
	depends('live:any');
	await parent();
	const asked = api.GET('/api/v1/procedures/{id}/versions', { fetch, params: { path: params } });
	return { id: params.id, versions: (await orError(answer(asked))).items };
};

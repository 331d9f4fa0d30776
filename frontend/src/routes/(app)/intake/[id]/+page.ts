import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, depends, parent }) => {
	depends('live:any', 'live:messages');
	await parent();
	return {
		message: await orError(answer(api.GET('/api/v1/messages/{id}', { fetch, params: { path: params } }))),
	};
};

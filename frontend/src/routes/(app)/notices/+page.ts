import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import { query } from '$lib/notices/filters';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any');
	await parent();
	return {
		notices: await orError(
			answer(api.GET('/api/v1/notices', { fetch, params: { query: query(url.searchParams) } })),
		),
	};
};

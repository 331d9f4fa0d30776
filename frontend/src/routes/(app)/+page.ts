import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any');
	await parent();
	return { home: await orError(answer(api.GET('/api/v1/home', { fetch }))) };
};

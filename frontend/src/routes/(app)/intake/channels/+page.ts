import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any', 'live:messages');
	await parent();
	return { channels: await orError(answer(api.GET('/api/v1/channels', { fetch }))) };
};

import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, depends, parent }) => {
	depends('live:any', 'live:messages');
	await parent();
	const query = { state: 'needs_person', limit: 100 } as const;
	const [message, waiting] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/messages/{id}', { fetch, params: { path: params } })),
			answer(api.GET('/api/v1/messages', { fetch, params: { query } })),
		]),
	);
	return { message, waiting: waiting.items };
};

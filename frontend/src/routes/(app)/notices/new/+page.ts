import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, parent }) => {
	await parent();
	const id = url.searchParams.get('message');
	const [providers, message] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/providers', { fetch })),
			id ? answer(api.GET('/api/v1/messages/{id}', { fetch, params: { path: { id } } })) : null,
		]),
	);
	return { providers: providers.items, message };
};

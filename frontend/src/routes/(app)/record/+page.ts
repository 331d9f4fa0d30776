import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any');
	await parent();
	const stream = url.searchParams.get('stream');
	const query = stream ? { stream } : {};
	return { stream, record: await orError(answer(api.GET('/api/v1/record', { fetch, params: { query } }))) };
};

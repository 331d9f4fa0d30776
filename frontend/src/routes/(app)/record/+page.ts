import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any');
	await parent();
	const stream = url.searchParams.get('stream');
	const query = stream ? { stream } : {};
	const [record, verification, checkpoints] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/record', { fetch, params: { query } })),
			answer(api.GET('/api/v1/record/verification', { fetch })),
			answer(api.GET('/api/v1/record/checkpoints', { fetch, params: { query: { limit: 20 } } })),
		]),
	);
	return { stream, record, verification, checkpoints };
};

import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { Gate, Kind } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent, url }) => {
	depends('live:any');
	await parent();
	const query = {
		kind: (url.searchParams.get('kind') ?? 'informational') as Kind,
		gate: (url.searchParams.get('gate') ?? 'close') as Gate,
	};
	const waiting = await orError(answer(api.GET('/api/v1/sign-offs', { fetch, params: { query } })));
	return { ...query, waiting: waiting.items };
};

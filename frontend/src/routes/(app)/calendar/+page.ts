import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

/** As many notices as a month can show; those with the least time left come first. */
const MOST = 200;

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any');
	await parent();
	const [home, notices] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/home', { fetch })),
			answer(api.GET('/api/v1/notices', { fetch, params: { query: { limit: MOST } } })),
		]),
	);
	return { horizon: home.horizon, notices: notices.items };
};

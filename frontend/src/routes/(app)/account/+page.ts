import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:session', 'live:account');
	await parent();
	const [account, tokens, ways] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/account', { fetch })),
			answer(api.GET('/api/v1/tokens', { fetch })),
			answer(api.GET('/api/v1/session/ways', { fetch })),
		]),
	);
	return { account, tokens: tokens.items, ways };
};

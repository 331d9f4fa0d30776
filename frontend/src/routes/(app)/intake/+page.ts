import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { MessageState } from '$lib/api/types';
import { states } from '$lib/intake/states';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any', 'live:messages');
	await parent();
	const asked = url.searchParams.get('state');
	const state = asked !== null && asked in states ? (asked as MessageState) : undefined;
	const unverified = url.searchParams.get('unverified') === 'true';
	const query = { ...(state ? { state } : {}), ...(unverified ? { unverified } : {}) };
	return {
		state,
		unverified,
		query,
		messages: await orError(answer(api.GET('/api/v1/messages', { fetch, params: { query } }))),
	};
};

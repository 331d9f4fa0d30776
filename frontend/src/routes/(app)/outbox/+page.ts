import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import { states, type DeliveryState } from '$lib/outbox/states';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any');
	await parent();
	const asked = url.searchParams.get('state');
	const state = asked !== null && asked in states ? (asked as DeliveryState) : undefined;
	const shown = url.searchParams.get('mail');
	const query = state ? { state } : {};
	const [tally, deliveries, mail] = await Promise.all([
		orError(answer(api.GET('/api/v1/deliveries/tally', { fetch }))),
		orError(answer(api.GET('/api/v1/deliveries', { fetch, params: { query } }))),
		shown
			? orError(answer(api.GET('/api/v1/deliveries/{id}', { fetch, params: { path: { id: shown } } })))
			: null,
	]);
	return { state, tally, deliveries, mail };
};

import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => ({
	invitation: await orError(
		answer(api.GET('/api/v1/invitations/{token}', { fetch, params: { path: params } })),
	),
});

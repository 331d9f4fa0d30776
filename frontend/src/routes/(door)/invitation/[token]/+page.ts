import { get } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => ({
	invitation: await orError(get<{ name: string; email: string }>(`/invitations/${params.token}`, fetch)),
});

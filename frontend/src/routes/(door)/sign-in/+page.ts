import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => ({
	ways: await orError(answer(api.GET('/api/v1/session/ways', { fetch }))),
});

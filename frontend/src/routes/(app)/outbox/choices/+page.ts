import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
	await parent();
	return { choices: await orError(answer(api.GET('/api/v1/mail-choices', { fetch }))) };
};

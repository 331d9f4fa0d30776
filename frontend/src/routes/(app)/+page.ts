import { get } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { Home } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any');
	await parent();
	return { home: await orError(get<Home>('/home', fetch)) };
};

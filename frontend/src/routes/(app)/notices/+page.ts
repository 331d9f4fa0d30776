import { get } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { NoticePage } from '$lib/api/types';
import { query } from '$lib/notices/filters';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, depends, parent }) => {
	depends('live:any');
	await parent();
	return { notices: await orError(get<NoticePage>(`/notices?${query(url.searchParams)}`, fetch)) };
};

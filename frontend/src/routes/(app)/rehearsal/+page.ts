import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, parent }) => {
	await parent();
	const notice = url.searchParams.get('notice') || null;
	const procedures = orError(answer(api.GET('/api/v1/procedures', { fetch })));
	const asked = url.searchParams.get('procedure') || null;
	const first = (await procedures).items[0]?.id ?? null;
	const procedure = asked ?? (notice ? null : first);
	const played = await orError(
		answer(
			api.POST('/api/v1/rehearsals', {
				fetch,
				body: { procedure, document: null, notice, hard_deadline: null },
			}),
		),
	);
	return { notice, procedure, procedures: (await procedures).items, played };
};

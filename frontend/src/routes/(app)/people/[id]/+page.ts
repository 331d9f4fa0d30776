import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, params, parent }) => {
	depends('live:any', 'live:people');
	await parent();
	const [person, work, levels, duties, absences] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/people/{id}', { fetch, params: { path: params } })),
			answer(api.GET('/api/v1/people/{id}/work', { fetch, params: { path: params } })),
			answer(api.GET('/api/v1/levels', { fetch })),
			answer(api.GET('/api/v1/duties', { fetch })),
			answer(api.GET('/api/v1/absences', { fetch })),
		]),
	);
	return {
		person,
		work,
		levels: levels.items,
		duties: duties.items.filter((duty) => duty.person.id === person.id),
		absences: absences.items.filter((absence) => absence.person.id === person.id),
	};
};

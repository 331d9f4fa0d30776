import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any', 'live:people');
	await parent();
	const [people, levels, teams, rules, absences, duties] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/people', { fetch })),
			answer(api.GET('/api/v1/levels', { fetch })),
			answer(api.GET('/api/v1/teams', { fetch })),
			answer(api.GET('/api/v1/ownership-rules', { fetch })),
			answer(api.GET('/api/v1/absences', { fetch })),
			answer(api.GET('/api/v1/duties', { fetch })),
		]),
	);
	return {
		people: people.items,
		levels: [...levels.items].sort((a, b) => a.rank - b.rank),
		teams: teams.items,
		rules: rules.items,
		absences: absences.items,
		duties: duties.items,
	};
};

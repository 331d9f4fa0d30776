import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
	depends('live:any');
	await parent();
	const [hooks, people, teams] = await Promise.all([
		orError(answer(api.GET('/api/v1/hooks', { fetch }))),
		orError(answer(api.GET('/api/v1/people', { fetch }))),
		orError(answer(api.GET('/api/v1/teams', { fetch }))),
	]);
	return { hooks: hooks.items, people: people.items, teams: teams.items };
};

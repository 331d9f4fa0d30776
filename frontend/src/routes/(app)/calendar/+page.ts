import { answer, api } from '$lib/api/client';
import { orError } from '$lib/api/load';
import { monthOf, weeks } from '$lib/calendar/month';
import { clock } from '$lib/time/clock.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent, url }) => {
	depends('live:any');
	await parent();
	const month = monthOf(url.searchParams.get('month'), clock.now);
	const whole = weeks(month).flat();
	const team = url.searchParams.get('team');
	const query = {
		from: whole[0] ?? `${month}-01`,
		until: whole.at(-1) ?? `${month}-28`,
		...(url.searchParams.has('mine') ? { mine: true } : team ? { team } : {}),
	};
	const [agenda, settings, feeds, teams] = await orError(
		Promise.all([
			answer(api.GET('/api/v1/calendar', { fetch, params: { query } })),
			answer(api.GET('/api/v1/calendar/settings', { fetch })),
			answer(api.GET('/api/v1/feeds', { fetch })),
			answer(api.GET('/api/v1/teams', { fetch })),
		]),
	);
	return { month, agenda: agenda.items, settings, feeds: feeds.items, teams: teams.items };
};

import { error, redirect } from '@sveltejs/kit';
import { answer, api } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import { session } from '$lib/session.svelte';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ fetch, url, depends }) => {
	depends('live:session');
	try {
		await session.load(fetch);
	} catch (e) {
		if (!(e instanceof Problem)) throw e;
		if (e.status !== 401) error(e.status || 503, { message: e.message, code: e.code });
		const setup = await answer(api.GET('/api/v1/setup', { fetch })).catch(() => null);
		if (setup?.needed) redirect(307, '/setup');
		redirect(307, `/sign-in?to=${encodeURIComponent(url.pathname + url.search)}`);
	}
};

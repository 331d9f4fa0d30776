import type { IconName } from '$lib/ui/Icon.svelte';

export interface Place {
	href: string;
	name: string;
	icon: IconName;
	/** The key after `g` that goes there. */
	key: string;
}

/** What is used each day; on a phone these are the tabs. */
export const daily: Place[] = [
	{ href: '/', name: 'Waiting on you', icon: 'waiting', key: 'w' },
	{ href: '/notices', name: 'Notices', icon: 'notices', key: 'n' },
	{ href: '/calendar', name: 'Calendar', icon: 'calendar', key: 'c' },
	{ href: '/intake', name: 'Intake', icon: 'intake', key: 'i' },
];

/** How the house is run. */
export const house: Place[] = [
	{ href: '/procedures', name: 'Procedures', icon: 'procedures', key: 'p' },
	{ href: '/people', name: 'People', icon: 'people', key: 'e' },
	{ href: '/outbox', name: 'Outbox', icon: 'outbox', key: 'o' },
	{ href: '/record', name: 'Record', icon: 'record', key: 'r' },
];

/** Whether `path` lies in the place: home is only itself. */
export function isIn(place: Place, path: string): boolean {
	return place.href === '/' ? path === '/' : path === place.href || path.startsWith(`${place.href}/`);
}

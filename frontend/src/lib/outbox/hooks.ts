/** The words of hooks. */
import type { EventSort, Kind, Way } from '$lib/api/types';

export const ways: readonly { value: Way; label: string }[] = [
	{ value: 'webhook', label: 'Webhook (Standard Webhooks, signed)' },
	{ value: 'slack', label: 'Slack' },
	{ value: 'teams', label: 'Microsoft Teams' },
];

export const events: readonly { value: EventSort; label: string }[] = [
	{ value: 'notice.opened', label: 'A notice is opened' },
	{ value: 'notice.updated', label: 'A message changes one' },
	{ value: 'reminder.due', label: 'Somebody is reminded' },
	{ value: 'notice.signed', label: 'Somebody signs' },
	{ value: 'notice.objected', label: 'Somebody objects' },
	{ value: 'notice.overridden', label: 'A requirement is overridden' },
	{ value: 'notice.closed', label: 'A notice is closed' },
	{ value: 'notice.dismissed', label: 'A notice is dismissed' },
	{ value: 'notice.reopened', label: 'A notice is open again' },
	{ value: 'channel.alarmed', label: 'A way in has fallen silent' },
];

export const kindIds: readonly Kind[] = [
	'certificate_rotation',
	'end_of_life',
	'deprecation',
	'scheduled_maintenance',
	'security',
	'incident',
	'account_billing',
	'informational',
];

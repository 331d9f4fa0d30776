/** The product's words for what the API names by code. One place, so that no page invents a synonym. */
import type { Authenticity, Gate, Kind, Method, RequirementState, Scope, Stage } from './api/types';

const kinds: Record<Kind, string> = {
	certificate_rotation: 'Certificate rotation',
	end_of_life: 'End of life',
	deprecation: 'Deprecation',
	scheduled_maintenance: 'Scheduled maintenance',
	security: 'Security',
	incident: 'Incident',
	account_billing: 'Account and billing',
	informational: 'Informational',
};

const roles: Record<string, string> = {
	recommended_by: 'Recommended by',
	auto_applied: 'Applied by the provider from',
	forced: 'Forced on',
	hard_expiry: 'Expires',
};

export const stages: Record<Stage, string> = {
	assess: 'Assess',
	schedule: 'Schedule',
	close: 'Close',
	closed: 'Closed',
	dismissed: 'Dismissed',
	merged: 'Merged',
	historic: 'Historic',
};

export const gates: Record<Gate, { name: string; asks: string }> = {
	assess: { name: 'Assess', asks: 'Is the impact understood, for every resource?' },
	schedule: { name: 'Schedule', asks: 'Is the work planned, in time?' },
	close: { name: 'Close', asks: 'Is it done, and shown to be done?' },
	dismiss: { name: 'Dismiss', asks: 'Does it really not concern us?' },
};

export const requirementStates: Record<RequirementState, string> = {
	not_applicable: 'Not needed',
	unsatisfied: 'Waiting',
	satisfied: 'Signed',
	stale: 'Stale',
	objected: 'Objected',
	overridden: 'Overridden',
};

export const authenticity: Record<Authenticity, { name: string; means: string }> = {
	verified: { name: 'Verified', means: 'The provider’s own signature on the message is valid.' },
	vouched: { name: 'Vouched', means: 'Forwarded by a known colleague whose own mail authenticates.' },
	unverified: {
		name: 'Unverified',
		means: 'Nothing proves who sent this. Check with the provider before you act on it.',
	},
	failed: {
		name: 'Failed',
		means: 'The message claims a sender that its signature contradicts. Treat it as an attack.',
	},
};

const shortenings = new Set(['api', 'ca', 'db', 'dns', 'ip', 'rds', 'sql', 'tls', 'vm', 'vpn']);

/** A code such as `hard_expiry` in words, also for codes that this page has not heard of. */
export function humane(code: string): string {
	const words = code
		.split('_')
		.map((word) => (shortenings.has(word) ? word.toUpperCase() : word))
		.join(' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
}
export const kindNames = Object.keys(kinds) as Kind[];
export const kindName = (code: Kind) => kinds[code] ?? humane(code);
export const roleName = (code: string) => roles[code] ?? humane(code);

/** “1 notice”, “2 notices” */
export const counted = (n: number, one: string, many = `${one}s`) =>
	`${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;

/** “Ada”, “Ada and Ben”, “Ada, Ben and Cy” */
export function listed(names: string[], conjunction: 'and' | 'or' = 'and'): string {
	if (names.length < 2) return names.join('');
	return `${names.slice(0, -1).join(', ')} ${conjunction} ${names.at(-1)}`;
}

/** Up to two letters that stand for a person on a seal. */
export function initials(name: string): string {
	const words = name.trim().split(/\s+/).filter(Boolean);
	const first = words[0]?.[0] ?? '?';
	const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : '';
	return (first + last).toUpperCase();
}

/** How somebody proved who they are, after “by”. */
export const methods: Record<Method, string> = {
	password: 'password',
	setup_link: 'the setup link',
	invitation: 'an invitation',
	mail_link: 'a link by mail',
	mail_code: 'a code by mail',
	passkey: 'a passkey',
	oidc: 'their provider',
	oauth2: 'their provider',
	token: 'a token',
};

/** What a token may be used for. */
export const scopes: Record<Scope, string> = {
	read: 'Read what you may read',
	ingest: 'Bring messages in',
	probe: 'Upload what a probe found',
	scim: 'Keep people and groups, as a directory does (SCIM); nothing else',
};

export const roles = [
	{ value: 'member', label: 'Member: reads, works and signs' },
	{ value: 'administrator', label: 'Administrator: runs the house as well' },
	{ value: 'auditor', label: 'Auditor: reads everything, changes nothing' },
] as const;

export type Role = (typeof roles)[number]['value'];
/** A select's value as a role. */
export const asRole = (value: string): Role => roles.find((role) => role.value === value)?.value ?? 'member';

/** Between the value of a `datetime-local` field, which is in the browser's zone, and RFC 3339 in UTC. */

export function toField(utc: string | null | undefined): string {
	if (!utc) return '';
	const at = new Date(utc);
	return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(local: string): string {
	return new Date(local).toISOString();
}

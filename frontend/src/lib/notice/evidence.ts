/** How files and probes are worded and handed in. */
import { api } from '$lib/api/client';
import type { Step } from '$lib/api/types';

/** “3 bytes”, “12 kB”, “1.4 MB”. */
export function sized(bytes: number): string {
	if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
	if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** What a file is, where the browser does not know: by the ends of names that proofs come under. */
const ends: Record<string, string> = {
	txt: 'text/plain',
	log: 'text/plain',
	md: 'text/plain',
	pem: 'text/plain',
	csv: 'text/csv',
	json: 'application/json',
	pdf: 'application/pdf',
	png: 'image/png',
	jpg: 'image/jpeg',
	jpeg: 'image/jpeg',
};

export function mediaOf(file: { name: string; type: string }): string {
	const end = file.name.split('.').pop()?.toLowerCase() ?? '';
	return ends[end] ?? (file.type || 'application/octet-stream');
}

/** Attaches a file to a step, as the bytes that it is. */
export function attach(notice: string, step: Step, file: File) {
	return api.POST('/api/v1/notices/{id}/steps/{step}/attachments', {
		params: {
			path: { id: notice, step: step.id },
			query: { name: file.name, ...(step.place ? { scope: step.place } : {}) },
		},
		body: file as unknown as number[],
		bodySerializer: (body) => body as unknown as BodyInit,
		headers: { 'content-type': mediaOf(file) },
	});
}

/** The command that probes from where the clients run and puts what it sees on this step. */
export function command(origin: string, number: number, step: Step): string {
	const place = step.place ? ` --place ${/^[\w.-]+$/.test(step.place) ? step.place : `'${step.place}'`}` : '';
	return (
		`countersign probe postgres://HOST --ca BUNDLE.pem --upload ${origin} --token-file TOKEN ` +
		`--notice N-${number} --step ${step.id}${place}`
	);
}

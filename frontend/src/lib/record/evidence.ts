/** Taking evidence away, and telling what was verified. */
import { answer, api } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import type { Verification } from '$lib/api/types';

/** “1204 events in 32 streams, 80 mails, 12 files, 40 checkpoints”. */
export function counted(found: Verification): string {
	const some = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
	return [
		`${some(found.events, 'event')} in ${some(found.streams, 'stream')}`,
		some(found.messages, 'mail'),
		some(found.files, 'file'),
		some(found.checkpoints, 'checkpoint'),
	].join(', ');
}

interface Wanted {
	notices: string[];
	from: string;
	to: string;
}

/** Has the server gather an evidence pack and hands it to the browser to save. */
export async function takeEvidence({ notices, from, to }: Wanted): Promise<void> {
	const body = { notices, from: from || null, to: to || null };
	const pack = await answer(api.POST('/api/v1/record/evidence', { body, parseAs: 'blob' }));
	if (!((pack as unknown) instanceof Blob)) throw Problem.unreachable();
	const link = document.createElement('a');
	link.href = URL.createObjectURL(pack as unknown as Blob);
	link.download = notices.length === 1 ? `evidence-${notices[0]}.zip` : 'evidence.zip';
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

import { upload } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import type { Uploaded } from '$lib/api/types';

/** Brings files in, one message each, in the order given. Stops at the first that is refused, naming it. */
export async function bringIn(files: File[]): Promise<Uploaded[]> {
	const done: Uploaded[] = [];
	for (const file of files) {
		// Not a mail but Outlook's own record of one: what the sender signed is not in it.
		if (/\.msg$/i.test(file.name)) {
			throw new Problem(
				415,
				'outlook_msg',
				`${file.name} is Outlook’s own record and no mail. Open it in Outlook and save it as .eml, or forward it as an attachment.`,
			);
		}
		try {
			done.push(await upload(file));
		} catch (e) {
			if (e instanceof Problem) throw new Problem(e.status, e.code, `${file.name}: ${e.detail}`, e.field);
			throw e;
		}
	}
	return done;
}

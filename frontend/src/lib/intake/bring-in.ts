import { upload } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import type { Uploaded } from '$lib/api/types';

/** Brings files in, one message each, in the order given. Stops at the first that is refused, naming it. */
export async function bringIn(files: File[]): Promise<Uploaded[]> {
	const done: Uploaded[] = [];
	for (const file of files) {
		try {
			done.push(await upload(file));
		} catch (e) {
			if (e instanceof Problem) throw new Problem(e.status, e.code, `${file.name}: ${e.detail}`, e.field);
			throw e;
		}
	}
	return done;
}

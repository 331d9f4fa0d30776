import { upload } from '$lib/api/client';
import { Problem } from '$lib/api/problem';

/** Messages above this are refused at every door; said here before the bytes are sent. */
const LARGEST = 25 * 1024 * 1024;

export interface BroughtIn {
	id: string;
	duplicate: boolean;
}

/** Brings files in, one message each, in the order given. Stops at the first that is refused, naming it. */
export async function bringIn(files: File[]): Promise<BroughtIn[]> {
	const done: BroughtIn[] = [];
	for (const file of files) {
		if (file.size > LARGEST) {
			throw new Problem(413, 'too_large', 'Too large', `${file.name} is larger than 25 MB and was not brought in.`);
		}
		try {
			done.push(await upload<BroughtIn>('/messages', file));
		} catch (e) {
			if (e instanceof Problem) throw new Problem(e.status, e.code, e.title, `${file.name}: ${e.detail}`, e.field);
			throw e;
		}
	}
	return done;
}

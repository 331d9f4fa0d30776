import { error } from '@sveltejs/kit';
import { Problem } from './problem';

/** For `load`: a refusal becomes the error page with its status and the server's own words. */
export async function orError<T>(answer: Promise<T>): Promise<T> {
	try {
		return await answer;
	} catch (e) {
		if (e instanceof Problem) error(e.status || 503, { message: e.message, code: e.code });
		throw e;
	}
}

/** The way to the server: JSON both ways, problems as `Problem`, the session's cookie along. */
import { Problem } from './problem';

type Fetch = typeof fetch;

async function send<T>(method: string, path: string, body?: BodyInit, type?: string, via: Fetch = fetch): Promise<T> {
	let response: Response;
	try {
		response = await via(`/api/v1${path}`, {
			method,
			credentials: 'same-origin',
			headers: type ? { 'content-type': type } : {},
			...(body === undefined ? {} : { body }),
		});
	} catch {
		throw Problem.unreachable();
	}
	const text = await response.text();
	let data: unknown;
	try {
		data = text ? JSON.parse(text) : undefined;
	} catch {
		data = undefined;
	}
	if (!response.ok) throw Problem.from(response.status, data);
	return data as T;
}

export const get = <T>(path: string, via?: Fetch) => send<T>('GET', path, undefined, undefined, via);
export const post = <T>(path: string, body: unknown = {}) =>
	send<T>('POST', path, JSON.stringify(body), 'application/json');
export const put = <T>(path: string, body: unknown) => send<T>('PUT', path, JSON.stringify(body), 'application/json');
export const patch = <T>(path: string, body: unknown) =>
	send<T>('PATCH', path, JSON.stringify(body), 'application/json');
export const remove = <T>(path: string) => send<T>('DELETE', path);
export const upload = <T>(path: string, file: Blob) => send<T>('POST', path, file, 'application/octet-stream');

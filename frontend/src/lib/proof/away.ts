/** To a provider and back: in a window of its own where something is being written, so that nothing of it is lost. */
import { answer, api } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import { explained } from './problems';

const CHANNEL = 'countersign-proof';
const NO_WINDOW =
	'Your browser opened no second window. Allow pop-ups for this page and try again; what you wrote is still here.';

async function departure(provider: string, errand: 'sign_in' | 'fresh' | 'link', to: string) {
	const params = { path: { provider } };
	const asked = api.POST('/api/v1/session/providers/{provider}', { params, body: { errand, to } });
	return (await answer(asked)).url;
}

/** Leaves this page for the provider. */
export async function leaveFor(provider: string, errand: 'sign_in' | 'link', to: string) {
	location.assign(await departure(provider, errand, to));
}

/** Told by the window that came back: the code of what went wrong, or null. */
export function cameBack(problem: string | null) {
	const channel = new BroadcastChannel(CHANNEL);
	channel.postMessage({ problem });
	channel.close();
}

/**
 * Proves at the provider who is there, in a second window. Ends when that window has come back, or when `given up` says so.
 * Where the browser opens none, it says so: this page does not leave, for what was written on it would be lost.
 */
export async function proveAt(provider: string, givenUp: AbortSignal): Promise<void> {
	const here = location.pathname + location.search;
	const beside = window.open('', CHANNEL, 'popup,width=520,height=680');
	if (!beside) throw new Problem(0, 'no_window', NO_WINDOW);
	let url: string;
	try {
		url = await departure(provider, 'fresh', here);
	} catch (e) {
		beside.close();
		throw e;
	}
	beside.location.replace(url);
	const channel = new BroadcastChannel(CHANNEL);
	try {
		const told = await new Promise<{ problem: string | null }>((done, fail) => {
			channel.onmessage = (event) => done(event.data as { problem: string | null });
			givenUp.addEventListener('abort', () =>
				fail(new Problem(0, 'not_proven', 'Nothing was proven at the provider.')),
			);
		});
		if (told.problem) throw new Problem(0, told.problem, explained(told.problem));
	} finally {
		channel.close();
	}
}

import { answer, api } from './api/client';
import type { Session } from './api/types';
import { clock } from './time/clock.svelte';
import { useZone } from './time/format';

/** Who is signed in, for every page. Loaded by the layout of all pages that need somebody. */
class Signed {
	current = $state<Session | null>(null);

	take(session: Session | null) {
		this.current = session;
		if (session) {
			clock.set(session.now);
			useZone(session.person.zone);
		}
		return session;
	}

	async load(fetch: typeof globalThis.fetch) {
		return this.take(await answer(api.GET('/api/v1/session', { fetch })));
	}
	async signIn(email: string, password: string) {
		return this.take(await answer(api.POST('/api/v1/session', { body: { email, password } })));
	}
	/** Proves once more who is there, as signing asks for. */
	async refresh(password: string) {
		return this.take(await answer(api.POST('/api/v1/session/fresh', { body: { password } })));
	}
	/** Signs out here. Where to go to be signed out at the provider too, if there is such a place. */
	async signOut(): Promise<string | null> {
		const { go_to } = await answer(api.DELETE('/api/v1/session'));
		this.take(null);
		return go_to;
	}
	get isAdministrator() {
		return this.current?.role === 'administrator';
	}
	/** Auditors read and do not write. */
	get mayWrite() {
		return this.current !== null && this.current.role !== 'auditor';
	}
}

export const session = new Signed();

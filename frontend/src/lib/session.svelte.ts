import { get, post, remove } from './api/client';
import type { Session } from './api/types';
import { clock } from './time/clock.svelte';
import { useZone } from './time/format';

/** Who is signed in, for every page. Loaded once by the root layout. */
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

	async load(via?: typeof fetch) {
		return this.take(await get<Session>('/session', via));
	}
	async signIn(email: string, password: string) {
		return this.take(await post<Session>('/session', { email, password }));
	}
	/** Proves once more who is there, as signing asks for. */
	async refresh(password: string) {
		return this.take(await post<Session>('/session/fresh', { password }));
	}
	async signOut() {
		await remove('/session');
		this.take(null);
	}
	get isAdministrator() {
		return this.current?.role === 'administrator';
	}
}

export const session = new Signed();

/** Some acts ask who is there once more. This is where they wait for it; `FreshDialog` is where the reader answers. */
import { Problem } from './api/problem';

class Proof {
	/** Whether somebody is being asked now. */
	asking = $state(false);
	#answer: ((given: boolean) => void) | undefined;

	/** Asks; true once the reader has proven who they are, false when they turned away. */
	ask(): Promise<boolean> {
		this.asking = true;
		return new Promise((answer) => (this.#answer = answer));
	}

	end(given: boolean) {
		this.asking = false;
		this.#answer?.(given);
		this.#answer = undefined;
	}
}

export const proof = new Proof();

/** Does something; where the server asks for a fresh authentication, gets it and does it again. */
export async function proven<T>(act: () => Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (e) {
		if (!(e instanceof Problem) || e.code !== 'fresh_authentication_needed') throw e;
		if (await proof.ask()) return act();
		throw new Problem(0, 'not_proven', 'Nothing was done, because your password was not given.');
	}
}

/** What the parts of the notice page share: the notice's address, and the way to do something to it. */
import { createContext } from 'svelte';
import type { Notice } from '$lib/api/types';

type Asked = Promise<{ data?: Notice; error?: unknown; response: Response }>;

export interface Work {
	/** For the API's paths. */
	path: { id: string };
	/** Sends a command, asking the reader who they are if need be, and shows the notice that comes back. A refusal is thrown. */
	act: (ask: () => Asked) => Promise<void>;
	/** Loads the notice anew, after something that does not answer with it. */
	again: () => Promise<void>;
	/** Whether the person who is signed in may do this, by who they are. */
	may: (action: string) => boolean;
}

export const [useWork, provideWork] = createContext<Work>();

/** Making and using passkeys: the browser speaks in buffers, the API in base64url. */
import { answer, api } from '$lib/api/client';
import { Problem } from '$lib/api/problem';
import type { PasskeyQuestion, Session } from '$lib/api/types';

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function toText(buffer: ArrayBuffer): string {
	const plain = String.fromCharCode(...new Uint8Array(buffer));
	return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

const known = (credentials: string[]) =>
	credentials.map((id) => ({ type: 'public-key' as const, id: toBytes(id) }));

/** Whether this browser knows passkeys at all. */
export const hasPasskeys = () => typeof PublicKeyCredential !== 'undefined';

/** What the reader turned away from is told as that, and not as an error of the browser's. */
async function ask(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
	try {
		const got = await asked;
		if (got instanceof PublicKeyCredential) return got;
	} catch (e) {
		if (e instanceof DOMException && e.name === 'InvalidStateError')
			throw new Problem(0, 'known_already', 'This device has a passkey for your account already.');
	}
	throw new Problem(0, 'no_passkey', 'No passkey was used. Try again, or another way.');
}

async function use(question: PasskeyQuestion) {
	const got = await ask(
		navigator.credentials.get({
			publicKey: {
				challenge: toBytes(question.challenge),
				rpId: question.party,
				allowCredentials: known(question.credentials),
				timeout: question.milliseconds,
				userVerification: 'required',
			},
		}),
	);
	const said = got.response as AuthenticatorAssertionResponse;
	return {
		credential: toText(got.rawId),
		client_data: toText(said.clientDataJSON),
		authenticator_data: toText(said.authenticatorData),
		signature: toText(said.signature),
		user_handle: said.userHandle ? toText(said.userHandle) : null,
	};
}

export async function signInByPasskey(): Promise<Session> {
	const question = await answer(api.POST('/api/v1/session/passkey/question'));
	return answer(api.POST('/api/v1/session/passkey', { body: await use(question) }));
}

export async function proveByPasskey(): Promise<Session> {
	const question = await answer(api.POST('/api/v1/session/fresh/passkey/question'));
	return answer(api.POST('/api/v1/session/fresh/passkey', { body: await use(question) }));
}

/** Makes a passkey on this device or a key that is plugged in. */
export async function makePasskey(name: string) {
	const order = await answer(api.POST('/api/v1/account/passkeys/order'));
	const made = await ask(
		navigator.credentials.create({
			publicKey: {
				challenge: toBytes(order.challenge),
				rp: { id: order.party, name: order.party_name },
				user: { id: toBytes(order.handle), name: order.email, displayName: order.name },
				pubKeyCredParams: order.algorithms.map((alg) => ({ type: 'public-key', alg })),
				excludeCredentials: known(order.credentials),
				authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
				attestation: 'none',
				timeout: order.milliseconds,
			},
		}),
	);
	const said = made.response as AuthenticatorAttestationResponse;
	const body = {
		name,
		client_data: toText(said.clientDataJSON),
		attestation: toText(said.attestationObject),
	};
	return answer(api.POST('/api/v1/account/passkeys', { body }));
}

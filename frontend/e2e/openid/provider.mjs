/**
 * A certified OpenID provider (npm `oidc-provider`) on loopback, for the tests in Rust and in the browser.
 *
 *     node provider.mjs CLIENT_ID CLIENT_SECRET BACK_TO…
 *
 * Prints its issuer. Lets in whoever is named on its one page, without a password. `POST /control` with JSON changes it while
 * it runs: `{"rotate": true}` takes new signing keys, `{"skew": 300}` sets its clock ahead by seconds, `{"accounts": {…}}`
 * says who there is, `{"tells": URL}` names where it tells its client of sessions that end.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [client_id, client_secret, ...back] = process.argv.slice(2);
if (!client_id || !client_secret || back.length === 0) {
	process.stderr.write('write: node provider.mjs CLIENT_ID CLIENT_SECRET BACK_TO…\n');
	process.exit(2);
}

let accounts = {};
let skew = 0;
let tells;
const now = Date.now.bind(Date);
Date.now = () => now() + skew * 1000;

const cookieKey = randomUUID();
const signingKey = () => {
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
};

/** Whoever is known here agreed to everything beforehand. */
async function granted(ctx) {
	const { client, session, provider } = ctx.oidc;
	const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
	grant.addOIDCScope('openid email profile groups');
	await grant.save();
	return grant;
}

function provider(issuer) {
	return new Provider(issuer, {
		clients: [
			{
				client_id,
				client_secret,
				redirect_uris: back.filter((url) => url.endsWith('/return')),
				post_logout_redirect_uris: back.filter((url) => !url.endsWith('/return')),
				...(tells && { backchannel_logout_uri: tells, backchannel_logout_session_required: true }),
			},
		],
		jwks: { keys: [signingKey()] },
		cookies: { keys: [cookieKey] },
		claims: {
			openid: ['sub'],
			email: ['email', 'email_verified'],
			profile: ['name', 'zoneinfo'],
			groups: ['groups'],
		},
		scopes: ['openid', 'email', 'profile', 'groups'],
		pkce: { required: () => true },
		features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
		// By itself it asks nobody on loopback, and there the tests' house is.
		fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
		interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
		loadExistingGrant: granted,
		findAccount: (_ctx, sub) =>
			accounts[sub] && { accountId: sub, claims: async () => ({ sub, ...accounts[sub] }) },
	});
}

async function body(request) {
	let text = '';
	for await (const piece of request) text += piece;
	return text;
}

let serving;
const server = createServer(async (request, response) => {
	const { pathname } = new URL(request.url, 'http://localhost');
	const interaction = /^\/interaction\/[^/]+$/.test(pathname);
	if (pathname === '/control' && request.method === 'POST') {
		const told = JSON.parse(await body(request));
		if (told.accounts) accounts = told.accounts;
		if (told.skew !== undefined) skew = told.skew;
		if (told.tells) tells = told.tells;
		if (told.rotate || told.tells) serving = provider(issuer);
		response.end('{}');
	} else if (interaction && request.method === 'POST') {
		const accountId = new URLSearchParams(await body(request)).get('account');
		await serving.interactionFinished(request, response, { login: { accountId } });
	} else if (interaction) {
		const buttons = Object.entries(accounts).map(
			([sub, { name }]) => `<button name="account" value="${sub}">Continue as ${name}</button>`,
		);
		response.setHeader('content-type', 'text/html; charset=utf-8');
		response.end(`<!doctype html><title>Provider</title><form method="post">${buttons.join(' ')}</form>`);
	} else {
		serving.callback()(request, response);
	}
});

let issuer;
server.listen(0, '127.0.0.1', () => {
	issuer = `http://127.0.0.1:${server.address().port}`;
	serving = provider(issuer);
	process.stdout.write(`${issuer}\n`);
});
// Whoever started it may stop listening to what it says; it ends when they end.
process.stdout.on('error', () => undefined);
process.stdin.resume().on('end', () => process.exit(0));

/** Signing in by a real provider and by a passkey, and proving again who signs without losing what was typed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { expect, test } from '@playwright/test';
import { House } from './house';
import { PASSWORD, Person } from './person';

test.describe.configure({ mode: 'serial' });
test.setTimeout(180_000);

let house: House;
let ben: Person;
let provider: ChildProcess;
let issuer = '';

const control = (told: object) => fetch(`${issuer}/control`, { method: 'POST', body: JSON.stringify(told) });

test.beforeAll(async ({ browser }) => {
	house = await House.open('2024-06-03', async (url) => {
		const back = [`${url}/api/v1/session/providers/example/return`, `${url}/sign-in`];
		const secret = 'a secret of this test';
		provider = spawn('node', ['e2e/openid/provider.mjs', 'countersign', secret, ...back], {
			stdio: ['pipe', 'pipe', 'ignore'],
		});
		issuer = await new Promise((told) => provider.stdout?.once('data', (text) => told(String(text).trim())));
		const settings = `name = "Example ID", issuer = "${issuer}", client_id = "countersign"`;
		return {
			COUNTERSIGN_SIGN_IN__PROVIDERS: `{ example = { ${settings}, client_secret = "${secret}" } }`,
			COUNTERSIGN_SIGN_IN__FRESH_MINUTES: '1',
		};
	});
	await house.until(() => house.setupLink !== undefined, 'the setup link to be printed');
	const people = { ben: { email: 'ben@example.com', email_verified: true, name: 'Ben at his provider' } };
	await control({ accounts: people });
	ben = await Person.at(browser, house.url, 'Ben Castellan', 'ben@example.com');
});

test.afterAll(async () => {
	await ben?.close();
	await house?.close();
	provider?.kill();
});

test('an account is found by the address that the provider has verified', async () => {
	const { page } = ben;
	await ben.setUp(house.setupLink ?? '', 'Just me');
	await page.getByRole('button', { name: 'Sign out' }).first().click();
	await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
	await page.goto('/people');
	await page.getByRole('button', { name: 'Go on with Example ID' }).click();
	await page.getByRole('button', { name: 'Continue as Ben at his provider' }).click();
	await expect(page.getByRole('heading', { name: 'People', exact: true })).toBeVisible();
	await page.goto('/account');
	await expect(page.getByText('by their provider')).toBeVisible();
	await ben.picture('account-by-provider');
});

test('a signature takes the provider’s fresh word, and what was typed is still there', async () => {
	const { page } = ben;
	const data = { provider: 'aws', kind: 'security', title: 'A key was published' };
	const made = await page.request.post('/api/v1/notices', { data });
	expect(made.status(), await made.text()).toBe(201);
	await page.goto('/notices/1');
	await page.getByRole('button', { name: 'Object…' }).click();
	await page.getByLabel('What stands against it').fill('The key was revoked last week.');
	// The minute for which a proof is fresh goes by.
	await page.waitForTimeout(61_000);
	await page.getByRole('button', { name: 'Object', exact: true }).click();
	const again = page.getByRole('dialog', { name: 'It is you who signs' });
	await expect(again).toBeVisible();
	await control({ rotate: true });
	const [window] = await Promise.all([
		page.waitForEvent('popup'),
		again.getByRole('button', { name: 'With Example ID' }).click(),
	]);
	await window.getByRole('button', { name: 'Continue as Ben at his provider' }).click();
	await expect(again).toBeHidden();
	await expect(page.getByText('The key was revoked last week.').first()).toBeVisible();
	const notice = await (await page.request.get('/api/v1/notices/1')).text();
	expect(notice).toContain('"method":"oidc"');
});

test('a passkey is made on the account page and signs in', async () => {
	const { page } = ben;
	const client = await page.context().newCDPSession(page);
	await client.send('WebAuthn.enable');
	await client.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			protocol: 'ctap2',
			transport: 'internal',
			hasResidentKey: true,
			hasUserVerification: true,
			isUserVerified: true,
			automaticPresenceSimulation: true,
		},
	});
	await page.goto('/account');
	await page.getByRole('button', { name: 'Add a passkey…' }).click();
	const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
	await dialog.getByLabel('What you call it').fill('This machine');
	await dialog.getByRole('button', { name: 'Go on' }).click();
	const again = page.getByRole('dialog', { name: 'It is you who signs' });
	await expect(again.or(page.getByText('Passkey: This machine')).first()).toBeVisible();
	if (await again.isVisible()) {
		await again.getByLabel('Password').fill(PASSWORD);
		await again.getByRole('button', { name: 'Sign', exact: true }).click();
	}
	await expect(page.getByText('Passkey: This machine')).toBeVisible();
	await page.request.delete('/api/v1/session');
	await page.goto('/sign-in');
	await page.getByRole('button', { name: 'Use a passkey' }).click();
	await expect(page.getByRole('heading', { name: 'Waiting on you' })).toBeVisible();
	const session = (await (await page.request.get('/api/v1/session')).json()) as {
		authenticated: { method: string };
	};
	expect(session.authenticated.method).toBe('passkey');
});

test('a passkey proves again who signs, and the signature says so', async () => {
	const { page } = ben;
	const data = { provider: 'aws', kind: 'security', title: 'Another key was published' };
	const made = await page.request.post('/api/v1/notices', { data });
	expect(made.status(), await made.text()).toBe(201);
	await page.goto('/notices/2');
	await page.getByRole('button', { name: 'Object…' }).click();
	await page.getByLabel('What stands against it').fill('That key never left the test account.');
	// The minute for which a proof is fresh goes by.
	await page.waitForTimeout(61_000);
	await page.getByRole('button', { name: 'Object', exact: true }).click();
	const again = page.getByRole('dialog', { name: 'It is you who signs' });
	await expect(again).toBeVisible();
	await again.getByRole('button', { name: 'With a passkey' }).click();
	await expect(again).toBeHidden();
	await expect(page.getByText('That key never left the test account.').first()).toBeVisible();
	const notice = await (await page.request.get('/api/v1/notices/2')).text();
	expect(notice).toContain('"method":"passkey"');
});

/** What the pages do when they are used: signing and its refusals, keys, filters, dropping a mail. */
import { expect, test, type Page } from '@playwright/test';
import { onlyHere } from '../fixtures/account';
import { messages, page as listed, peoplePage } from '../fixtures/house';
import { notice } from '../fixtures/notice';
import { gateView, requirement, signature } from '../fixtures/notice-parts';
import { home, list } from '../fixtures/notices';
import { session } from '../fixtures/people';
import { Refusal, serve, type Answers } from '../fixtures/server';

const open = notice({});
/** Where commands to the notice go: its id, not the number that people see. */
const here = `/notices/${open.id}`;
const signed = notice({
	gates: [
		gateView('assess', [
			requirement('engineer', 'satisfied', [signature('ada')]),
			requirement('lead', 'satisfied', [signature('ben', { id: 9, level: 'lead' })]),
			requirement('executive', 'unsatisfied'),
		]),
	],
	you: { ...open.you, signed: ['assess'] },
});

async function openNotice(page: Page, answers: Answers = {}) {
	await serve(page, { '/notices/12': open, '/teams': peoplePage['/teams'], ...answers });
	await page.goto('/notices/12');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

test('a signature sends the digest that was shown', async ({ page }) => {
	let sent: unknown;
	await openNotice(page, {
		[`POST ${here}/sign-offs`]: (request) => {
			sent = request.postDataJSON();
			return signed;
		},
	});
	await page.getByRole('button', { name: 'Sign as lead' }).click();
	await expect(page.getByText('You have signed.')).toBeVisible();
	expect(sent).toEqual({
		gate: 'assess',
		verdict: 'approve',
		subject_digest: open.gates[0]?.subject.digest,
		level: 'lead',
		comment: null,
	});
});

test('who has not shown who they are for a while is asked, and then it is signed', async ({ page }) => {
	let fresh = false;
	await openNotice(page, {
		'POST /session/fresh': () => {
			fresh = true;
			return session;
		},
		[`POST ${here}/sign-offs`]: () =>
			fresh ? signed : new Refusal(401, 'fresh_authentication_needed', 'Prove again who you are.'),
	});
	await page.getByRole('button', { name: 'Sign as lead' }).click();
	const dialog = page.getByRole('dialog', { name: 'It is you who signs' });
	await expect(dialog.getByLabel('Password')).toBeFocused();
	await dialog.getByLabel('Password').fill('my password');
	await page.keyboard.press('Enter');
	await expect(page.getByText('You have signed.')).toBeVisible();
	await expect(dialog).toBeHidden();
});

test('a wrong password is told in the dialog, and nothing is signed', async ({ page }) => {
	let tried = 0;
	await openNotice(page, {
		'POST /session/fresh': new Refusal(401, 'wrong_password', 'The password is not right.'),
		[`POST ${here}/sign-offs`]: () => {
			tried++;
			return new Refusal(401, 'fresh_authentication_needed', 'Prove again who you are.');
		},
	});
	await page.getByRole('button', { name: 'Sign as lead' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Password').fill('wrong');
	await dialog.getByRole('button', { name: 'Sign' }).click();
	await expect(dialog.getByRole('alert')).toHaveText('The password is not right.');
	expect(tried).toBe(1);
});

test('what changed meanwhile is shown, and nothing is signed', async ({ page }) => {
	await openNotice(page, {
		[`POST ${here}/sign-offs`]: new Refusal(409, 'subject_changed', 'It changed while you were reading.', {
			difference: [{ label: 'Hard expiry', before: '22 August 2024', after: '15 August 2024' }],
		}),
	});
	await page.getByRole('button', { name: 'Sign as lead' }).click();
	const panel = page.getByRole('region', { name: /^Assess:/ });
	await expect(panel.getByRole('heading', { name: 'Changed while you were reading' })).toBeVisible();
	await expect(panel.getByText('15 August 2024')).toBeVisible();
	await expect(panel.getByRole('button', { name: 'Sign as lead' })).toBeEnabled();
});

test('an objection needs its reason', async ({ page }) => {
	let sent: { verdict?: string; comment?: string } = {};
	await openNotice(page, {
		[`POST ${here}/sign-offs`]: (request) => {
			sent = request.postDataJSON() as typeof sent;
			return open;
		},
	});
	await page.getByRole('button', { name: 'Object…' }).click();
	const button = page.getByRole('button', { name: 'Object', exact: true });
	await expect(button).toBeDisabled();
	await page.getByLabel('What stands against it').fill('reports-prod uses TLS since May.');
	await button.click();
	await expect.poll(() => sent.verdict).toBe('object');
	expect(sent.comment).toBe('reports-prod uses TLS since May.');
});

test('a fact and its sentence light up together, and a fact can be corrected', async ({ page }) => {
	await openNotice(page, { [`POST ${here}/facts/hard`]: open });
	const sentence = page.getByRole('link', { name: 'That authority expires on August 22, 2024.' });
	await sentence.hover();
	await expect(sentence).toHaveClass(/lit/);
	await expect(page.locator('#facts li.lit')).toContainText('Hard expiry');
	await sentence.click();
	const dialog = page.getByRole('dialog', { name: 'Correct “Hard expiry”' });
	await expect(dialog.getByText('That authority expires on August 22, 2024.')).toBeVisible();
	await dialog.getByLabel('What is right').fill('2024-08-15');
	await dialog.getByLabel('How do you know').fill('The console says so.');
	await dialog.getByRole('button', { name: 'Correct it' }).click();
	await expect(dialog).toBeHidden();
});

test('s leads to the sign-off, ? shows the keys, Escape gives the focus back', async ({ page }) => {
	await openNotice(page);
	await page.keyboard.press('s');
	await expect(page.locator('#sign')).toBeFocused();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expect(page.locator('#sign')).toBeFocused();
});

test('j and k walk through a list, and Enter opens', async ({ page }) => {
	await serve(page, { '/notices': list, '/notices/12': open, '/teams': peoplePage['/teams'] });
	await page.goto('/notices');
	await expect(page.getByRole('heading', { level: 1, name: 'Notices' })).toBeVisible();
	for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
	await expect(page.locator('a[href="/notices/12"]')).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/notices\/12$/);
});

test('a filter lives in the URL, and the search is sent with it', async ({ page }) => {
	const asked: string[] = [];
	await serve(page, {
		'/notices': (request) => {
			asked.push(new URL(request.url()).search);
			return list;
		},
	});
	await page.goto('/notices');
	await page.getByText('Provider', { exact: true }).click();
	await page
		.getByRole('link', { name: /Google Cloud/ })
		.first()
		.click();
	await expect(page).toHaveURL(/\?provider=gcp$/);
	await page.getByRole('link', { name: 'Overdue', exact: true }).click();
	await page.keyboard.press('/');
	await page.keyboard.type('rds');
	await expect(page).toHaveURL(/q=rds/);
	await expect.poll(() => asked.at(-1)).toBe('?q=rds&provider=gcp&overdue=true');
});

test('a mail dropped on any page is brought in', async ({ page }) => {
	let bytes = 0;
	await serve(page, {
		'/home': home,
		'/messages': listed(messages),
		'POST /messages': (request) => {
			bytes = request.postDataBuffer()?.length ?? 0;
			return { id: 'm9', duplicate: false };
		},
	});
	await page.goto('/');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	const files = await page.evaluateHandle(() => {
		const data = new DataTransfer();
		data.items.add(new File(['Subject: hello\r\n\r\nhello'], 'notice.eml', { type: 'message/rfc822' }));
		return data;
	});
	await page.dispatchEvent('body', 'drop', { dataTransfer: files });
	await expect(page).toHaveURL(/\/intake$/);
	expect(bytes).toBe(23);
});

test('who is not signed in comes back to where they wanted to go, and to no other host', async ({ page }) => {
	let known = false;
	await serve(page, {
		'/session': () => (known ? session : new Refusal(401, 'not_signed_in', 'Nobody is signed in.')),
		'/session/ways': onlyHere,
		'/setup': { needed: false, local_mode: true },
		'POST /session': () => {
			known = true;
			return session;
		},
		'/notices': list,
		'/home': home,
	});
	const signIn = async () => {
		await page.getByLabel('E-mail').fill('ben@example.com');
		await page.getByLabel('Password').fill('a password');
		await page.getByRole('button', { name: 'Sign in' }).click();
	};
	await page.goto('/notices?stage=assess');
	await signIn();
	await expect(page).toHaveURL(/\/notices\?stage=assess$/);

	known = false;
	await page.goto('/sign-in?to=//elsewhere.example/');
	await signIn();
	await expect(page.getByRole('heading', { name: 'Waiting on you' })).toBeVisible();
	expect(new URL(page.url()).hostname).toBe('127.0.0.1');
});

test('the chosen theme stays', async ({ page }) => {
	await serve(page, { '/home': home });
	await page.goto('/');
	const root = page.locator('html');
	await expect(root).toHaveAttribute('data-theme', 'light');
	const button = page.getByRole('button', { name: /Theme/ });
	await button.click();
	await button.click();
	await expect(root).toHaveAttribute('data-theme', 'dark');
	await page.reload();
	await expect(root).toHaveAttribute('data-theme', 'dark');
});

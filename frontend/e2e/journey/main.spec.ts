/**
 * The main job, once and whole: a provider's mail comes in four ways by SMTP, three people at three levels look, the
 * provider moves the date, they look again, and only when the last signature is there does the notice close.
 */
import { expect, test, type Page } from '@playwright/test';
import type { Notice, ProblemDocument } from '../../src/lib/api/types';
import { House } from './house';
import { attached, inlineGmail, inlineOutlook, redirected, update } from './letters';
import { PASSWORD, Person } from './person';

test.describe.configure({ mode: 'serial' });
test.setTimeout(240_000);

let house: House;
let ben: Person;
let ada: Person;
let ruth: Person;

test.beforeAll(async ({ browser }) => {
	house = await House.open('2024-06-03');
	await house.until(() => house.setupLink !== undefined, 'the setup link to be printed');
	ben = await Person.at(browser, house.url, 'Ben Castellan', 'ben@example.com');
	ada = await Person.at(browser, house.url, 'Ada Njoroge', 'ada@example.com');
	ruth = await Person.at(browser, house.url, 'Ruth Okafor', 'ruth@example.com');
});

test.afterAll(async () => {
	for (const person of [ben, ada, ruth]) await person?.close();
	await house?.close();
});

const notice = async (page: Page, number: number) =>
	(await (await page.request.get(`/api/v1/notices/${number}`)).json()) as Notice;
const standing = (page: Page) =>
	page.getByRole('region', { name: /What stands between|Nothing stands|Closed/ });

test('the first administrator comes in by the printed link', async () => {
	const { page } = ben;
	await page.goto(house.setupLink ?? '');
	await page.getByLabel('Your name').fill(ben.name);
	await page.getByLabel('E-mail').fill(ben.email);
	await page.getByLabel('Password').fill(PASSWORD);
	await ben.picture('01-setup');
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.getByLabel('A team').check();
	await page.getByRole('button', { name: 'Set up Countersign' }).click();
	await page.getByRole('button', { name: 'Later; show me around' }).click();
	await expect(page.getByText('Nothing waits for you')).toBeVisible();
	await ben.picture('02-empty-home');
});

test('two more are invited, and each comes in by the link in their mail', async () => {
	const { page } = ben;
	await page.goto('/people');
	await page.getByRole('button', { name: `Change ${ben.name}` }).click();
	const own = page.getByRole('dialog', { name: ben.name });
	for (const level of ['Engineer', 'Lead', 'Executive']) {
		await own.getByLabel(level, { exact: true }).setChecked(level === 'Lead');
	}
	await own.getByRole('button', { name: 'Save' }).click();
	await expect(own).toBeHidden();

	for (const [person, level] of [
		[ada, 'Engineer'],
		[ruth, 'Executive'],
	] as const) {
		await page.getByRole('button', { name: 'Invite somebody' }).click();
		const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
		await dialog.getByLabel('Name', { exact: true }).fill(person.name);
		await dialog.getByLabel('E-mail').fill(person.email);
		await dialog.getByLabel(level, { exact: true }).check();
		await dialog.getByRole('button', { name: 'Send the invitation' }).click();
		await dialog.getByRole('button', { name: 'Done' }).click();
		const mail = await house.mail(person.email, /invit/i);
		const link = /http:\S+\/invitation\/[^\s">]+/.exec(mail.parsed.text ?? '')?.[0];
		await person.join(link ?? 'the mail holds no link');
	}

	await page.getByRole('button', { name: 'Add a team' }).click();
	const team = page.getByRole('dialog', { name: 'Add a team' });
	await team.getByLabel('Name').fill('Platform');
	for (const { name } of [ada, ben, ruth]) await team.getByLabel(name).check();
	await team.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('button', { name: 'Add a rule' }).click();
	const rule = page.getByRole('dialog', { name: 'Add a rule' });
	await rule.getByLabel('Provider').fill('aws');
	await rule.getByLabel('Environment').fill('production');
	await rule.getByRole('button', { name: 'Add it' }).click();
	await expect(rule).toBeHidden();
	await ben.picture('03-people');
});

test('four mails of one announcement are one notice, and all three are asked', async () => {
	await house.deliver(redirected, 'no-reply-aws@amazon.com');
	await house.deliver(inlineGmail, ada.email);
	await house.deliver(inlineOutlook, ada.email);
	await house.deliver(attached, ada.email);
	await house.until(async () => {
		const answer = await ben.page.request.get('/api/v1/messages?state=filed');
		return ((await answer.json()) as { items: unknown[] }).items.length === 4;
	}, 'all four messages to be filed');

	const answer = await ben.page.request.get('/api/v1/notices');
	expect(
		((await answer.json()) as { items: unknown[] }).items,
		'one announcement is one notice',
	).toHaveLength(1);
	const opened = await notice(ben.page, 1);
	expect(opened.provider.id).toBe('aws');
	expect(opened.kind).toBe('certificate_rotation');
	expect(opened.hard_deadline?.at).toContain('2024-08-22');
	expect(opened.messages).toHaveLength(4);
	expect(opened.resources.map((resource) => resource.key).join()).toContain('orders-prod');
	for (const { email } of [ada, ben, ruth]) await house.mail(email, /rds-ca-2019/i);

	await ada.page.goto('/');
	await expect(ada.page.getByRole('list', { name: 'Signatures asked of you' })).toContainText('rds-ca-2019');
	await ada.picture('04-waiting');
});

test('a fact lights up with the sentence that it came from', async () => {
	await ada.open(1);
	const text = ada.page.getByRole('region', { name: 'What the provider wrote' });
	const sentence = text.locator('a', { hasText: 'August 22, 2024' }).first();
	await sentence.hover();
	await expect(sentence).toHaveClass(/lit/);
	await ada.picture('05-notice');
});

test('closing is refused, on the page and by the API, with the same reasons', async () => {
	const answer = await ben.page.request.post('/api/v1/notices/1/close');
	expect(answer.status()).toBe(409);
	const problem = (await answer.json()) as ProblemDocument;
	const reasons = (problem.blockers ?? []).map((blocker) => blocker.sentence);
	expect(reasons.length).toBeGreaterThan(3);
	await ben.open(1);
	for (const reason of reasons) await expect(standing(ben.page)).toContainText(reason);
	await expect(ben.page.getByRole('button', { name: 'Close this notice' })).toBeHidden();
});

test('the impact is written, each resource confirmed, and three people sign', async () => {
	await ada.open(1);
	await ada.page.getByRole('button', { name: 'Write the impact statement' }).click();
	await ada.page
		.getByLabel('What stops working')
		.fill('From 22 August the orders and billing services cannot connect to their databases.');
	await ada.page.getByRole('button', { name: 'Write it down' }).click();
	for (const key of (await notice(ada.page, 1)).resources.map((resource) => resource.key)) {
		await ada.page.getByRole('button', { name: `Confirm ${key}` }).click();
		const environment = ada.page.getByLabel('Environment');
		if (!(await environment.inputValue())) await environment.fill('production');
		await ada.page.getByLabel('Owner team').selectOption({ label: 'Platform' });
		await ada.page.getByRole('button', { name: 'Confirm', exact: true }).click();
		await expect(ada.page.getByRole('button', { name: `Change ${key}` })).toBeVisible();
	}
	await ben.doSteps(1, 'assess');
	await ada.sign(1, 'Assess', 'engineer');
	await ben.sign(1, 'Assess', 'lead');
	await ben.picture('06-two-of-three');
	await ruth.sign(1, 'Assess', 'executive');
	expect((await notice(ruth.page, 1)).gates.find((gate) => gate.gate === 'assess')?.state).toBe('passed');
	await ruth.picture('07-assessed');
});

test('an earlier date makes the signatures stale, says what changed, and asks anew', async () => {
	await house.deliver(update, 'no-reply-aws@amazon.com');
	await house.until(
		async () => (await notice(ben.page, 1)).hard_deadline?.at.includes('2024-08-15') ?? false,
		'the notice to know the earlier date',
	);
	const states = (await notice(ben.page, 1)).gates.find((gate) => gate.gate === 'assess')?.requirements;
	expect(states?.map((requirement) => requirement.state)).toEqual(['stale', 'stale', 'stale']);
	await ben.open(1);
	await ben.page.getByRole('button', { name: /^Assess/ }).click();
	await expect(ben.page.getByText('Changed since you signed')).toBeVisible();
	await ben.picture('08-stale');
	for (const { email } of [ada, ben, ruth]) {
		await house.until(() => house.sink.to(email, /rds-ca-2019/i).length > 1, `a second mail to ${email}`);
	}
	await ada.sign(1, 'Assess', 'engineer');
	await ben.sign(1, 'Assess', 'lead');
	await ruth.sign(1, 'Assess', 'executive');
});

test('the work is planned and signed', async () => {
	await ben.open(1);
	await ben.page.getByRole('button', { name: 'Plan the window' }).click();
	await ben.page.getByLabel('From', { exact: true }).fill('2024-06-18T18:00');
	await ben.page.getByLabel('To', { exact: true }).fill('2024-06-18T20:00');
	await ben.page.getByLabel('Who does what').fill('Ben changes the instances, Ada watches the clients.');
	await ben.page.getByRole('button', { name: 'Plan it' }).click();
	await expect(ben.page.getByText('planned by Ben Castellan')).toBeVisible();
	await ben.doSteps(1, 'schedule');
	await ada.sign(1, 'Schedule', 'engineer');
	await ben.sign(1, 'Schedule', 'lead');
});

test('it closes with the last signature and not before', async () => {
	// The day after the window: before it is over, nobody can say that the work is done.
	await house.restart('2024-06-19');
	await ben.probes(1);
	await ben.doSteps(1, 'close');
	await ada.sign(1, 'Close', 'engineer');
	await ben.sign(1, 'Close', 'lead');
	const early = await ben.page.request.post('/api/v1/notices/1/close');
	expect(early.status(), 'the executive has not signed').toBe(409);
	await ruth.sign(1, 'Close', 'executive');

	await ben.open(1);
	await ben.page.getByRole('button', { name: 'Close this notice' }).click();
	await expect(standing(ben.page)).toContainText('Closed');
	await ben.picture('09-closed');
	expect((await notice(ben.page, 1)).stage).toBe('closed');
});

test('the record holds every step in an unbroken chain', async () => {
	const { record } = await notice(ben.page, 1);
	expect(record.length).toBeGreaterThan(20);
	const chain = [...record].sort((a, b) => a.sequence - b.sequence);
	chain.slice(1).forEach((entry, n) => expect(entry.prev, entry.sentence).toBe(chain[n]?.hash));
	await ben.page.goto('/record');
	await expect(ben.page.getByRole('link', { name: 'N-1' }).first()).toBeVisible();
	await ben.picture('10-record');
});

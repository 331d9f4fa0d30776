/**
 * How a house keeps itself, by hand: a procedure is edited, turns are handed over, somebody goes away, and the work of a
 * notice is planned on the calendar, by dragging and by keyboard, with the gate's refusal told.
 */
import { expect, test, type Page } from '@playwright/test';
import type { Notice } from '../../src/lib/api/types';
import { House } from './house';
import { redirected } from './letters';
import { Person } from './person';

test.describe.configure({ mode: 'serial' });
test.setTimeout(180_000);

let house: House;
let ben: Person;
let ada: Person;

test.beforeAll(async ({ browser }) => {
	house = await House.open('2024-06-03');
	await house.until(() => house.setupLink !== undefined, 'the setup link to be printed');
	ben = await Person.at(browser, house.url, 'Ben Castellan', 'ben@example.com');
	ada = await Person.at(browser, house.url, 'Ada Njoroge', 'ada@example.com');
	const { page } = ben;
	await ben.setUp(house.setupLink ?? '', 'A team');
	await page.goto('/people');
	await page.getByRole('button', { name: 'Invite somebody' }).click();
	const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
	await dialog.getByLabel('Name', { exact: true }).fill(ada.name);
	await dialog.getByLabel('E-mail').fill(ada.email);
	await dialog.getByLabel('Engineer', { exact: true }).check();
	await dialog.getByRole('button', { name: 'Send the invitation' }).click();
	await dialog.getByRole('button', { name: 'Done' }).click();
	const mail = await house.mail(ada.email, /invit/i);
	await ada.join(/http:\S+\/invitation\/[^\s">]+/.exec(mail.parsed.text ?? '')?.[0] ?? 'no link');
});

test.afterAll(async () => {
	for (const person of [ben, ada]) await person?.close();
	await house?.close();
});

const day = (page: Page, date: string) => page.locator(`td[data-day="${date}"]`);
const notice = async (page: Page) => (await (await page.request.get('/api/v1/notices/1')).json()) as Notice;

test('a procedure is edited: what an edit asks less is told, and each one is a version with its author', async () => {
	const { page } = ben;
	await page.goto('/procedures');
	await page.getByRole('link', { name: 'Certificate rotation' }).first().click();
	await page.getByRole('link', { name: 'Edit' }).click();
	const text = page.getByLabel('The procedure, in TOML');
	const shipped = await text.inputValue();
	await text.fill(shipped.replace('act_by = "10 business days', 'act_by = "5 business days'));
	await page.getByRole('button', { name: 'See what it changes' }).click();
	await expect(page.getByText('Act-by may lie later.')).toBeVisible();

	await text.fill(shipped.replace('title = "Certificate rotation"', 'title = "Rotating certificates"'));
	await page.getByRole('button', { name: 'See what it changes' }).click();
	await expect(page.getByText('It asks for less than now')).toBeHidden();
	await page.getByRole('button', { name: 'Save as version 2' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Rotating certificates' })).toBeVisible();
	await page.getByRole('link', { name: 'History' }).click();
	await expect(page.getByText(ben.name).first()).toBeVisible();
	await ben.picture('20-procedure-history');
});

test('turns are taken, and one is swapped by who has it', async () => {
	const { page } = ben;
	await page.goto('/people');
	await page.getByRole('button', { name: 'Add a team' }).click();
	const team = page.getByRole('dialog', { name: 'Add a team' });
	await team.getByLabel('Name').fill('Platform');
	for (const { name } of [ada, ben]) await team.getByLabel(name).check();
	await team.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('button', { name: 'Rota of Platform' }).click();
	const rota = page.getByRole('dialog', { name: 'Rota of Platform' });
	for (const { name } of [ada, ben]) await rota.getByLabel(name).check();
	await rota.getByRole('button', { name: 'Add turns' }).click();
	await expect(rota.getByRole('listitem')).toHaveCount(4);

	await ada.page.goto('/people');
	await ada.page.getByRole('button', { name: 'Rota of Platform' }).click();
	const hers = ada.page.getByRole('dialog', { name: 'Rota of Platform' });
	await expect(hers.getByRole('button', { name: /^Hand over the turn of Ben/ })).toHaveCount(0);
	await hers
		.getByRole('button', { name: /^Hand over the turn of Ada/ })
		.first()
		.click();
	await hers.getByLabel('In return for').selectOption({ index: 1 });
	await hers.getByRole('button', { name: 'Hand it over' }).click();
	await expect(hers.getByRole('listitem').first()).toContainText(ben.name);
	await expect(hers.getByRole('listitem').nth(1)).toContainText(ada.name);
	await ada.picture('21-rota');
});

test('somebody goes away, and says who stands in', async () => {
	const { page } = ada;
	await page.goto('/people');
	await page.getByRole('button', { name: 'Add an absence' }).click();
	const away = page.getByRole('dialog', { name: 'Add an absence' });
	await away.getByLabel('First day').fill('2024-07-01');
	await away.getByLabel('Last day').fill('2024-07-05');
	await away.getByLabel('Who stands in').selectOption({ label: ben.name });
	await away.getByRole('button', { name: 'Add it' }).click();
	await expect(away).toBeHidden();
	await expect(page.getByText(`2024-07-01 to 2024-07-05, ${ben.name} stands in`)).toBeVisible();
});

test('work is planned by dragging, and a window after act-by is told as refused', async () => {
	await house.deliver(redirected, 'no-reply-aws@amazon.com');
	await house.until(async () => (await ben.page.request.get('/api/v1/notices/1')).ok(), 'the notice to open');
	const actBy = (await notice(ben.page)).act_by?.slice(0, 10) ?? '';
	expect(actBy).toBe('2024-08-07');
	const { page } = ben;
	await page.goto('/calendar?month=2024-08');
	await day(page, actBy).locator('a.act_by').dragTo(day(page, '2024-08-06'));
	const plan = page.getByRole('dialog', { name: 'Plan the work of N-1' });
	await expect(plan.getByLabel('From')).toHaveValue('2024-08-06T10:00');
	await plan.getByLabel('Who does what').fill('Ada rotates, Ben watches the clients.');
	await plan.getByRole('button', { name: 'Plan it' }).click();
	await expect(plan).toBeHidden();
	await expect(day(page, '2024-08-06').locator('a.window')).toBeVisible();
	await ben.picture('22-planned');

	await day(page, '2024-08-06').locator('a.window').dragTo(day(page, '2024-08-15'));
	const move = page.getByRole('dialog', { name: 'Move the work of N-1' });
	await expect(move.getByRole('status')).toContainText('the gate refuses it without an override');
	await move.getByRole('button', { name: 'Move it' }).click();
	await expect(move.getByRole('alert')).toContainText('The planned window ends after 2024-08-07');
	await ben.picture('23-refused');
	await move.getByRole('button', { name: 'Choose another time' }).click();
	await move.getByLabel('From').fill('2024-08-06T20:00');
	await move.getByLabel('To').fill('2024-08-06T22:00');
	await move.getByRole('button', { name: 'Move it' }).click();
	await expect(move).toBeHidden();
	await expect(day(page, '2024-08-06').locator('a.window')).toBeVisible();
});

test('the same without a mouse', async () => {
	const { page } = ada;
	await page.goto('/calendar?month=2024-08');
	await page.getByRole('button', { name: 'Move the work of N-1' }).focus();
	await page.keyboard.press('Enter');
	const move = page.getByRole('dialog', { name: 'Move the work of N-1' });
	await expect(move.getByLabel('From')).toHaveValue('2024-08-06T20:00');
	await move.getByLabel('From').fill('2024-08-05T20:00');
	await move.getByLabel('To').fill('2024-08-05T21:00');
	await move.getByLabel('To').press('Enter');
	await expect(move).toBeHidden();
	expect((await notice(page)).plan?.start).toBe('2024-08-05T18:00:00Z');
	await page.keyboard.press('Tab');
	await ada.picture('24-moved-by-keyboard');
});

/**
 * What needs a person, by the keyboard alone: one message becomes a notice, one is put to it, one is no notice, and one teaches
 * the reader its provider. No mouse is touched after the sign-in.
 */
import { expect, test, type Page } from '@playwright/test';
import type { Message, Notice } from '../../src/lib/api/types';
import { House } from './house';
import { Person } from './person';

test.describe.configure({ mode: 'serial' });
test.setTimeout(240_000);

let house: House;
let ben: Person;

const mail = (from: string, subject: string, id: string, text: string) =>
	[
		`From: ${from}`,
		'To: ops@example.com',
		`Subject: ${subject}`,
		'Date: Mon, 3 Jun 2024 08:12:40 +0000',
		`Message-ID: <${id}@mails.example>`,
		'MIME-Version: 1.0',
		'Content-Type: text/plain; charset=utf-8',
		'',
		text,
		'',
	].join('\n');

const hall = mail(
	'Rack and Roll <noc@rack-and-roll.example>',
	'Hall 3',
	'hall',
	'The old hall, you know. Ask us about host-rk17.',
);
const more = mail('Rack and Roll <noc@rack-and-roll.example>', 'And the coffee', 'coffee', 'It stays.');
const lunch = mail('Cook <cook@kitchen.example>', 'Lunch', 'lunch', 'Soup today.');
const dance = mail(
	'Teach Hosting <noc@mail.teach-hosting.example>',
	'[4711] Rack dance on floor 3',
	'dance',
	'See the attached.',
);

const messages = async (page: Page, state: string) =>
	((await (await page.request.get(`/api/v1/messages?state=${state}`)).json()) as { items: Message[] }).items;

test.beforeAll(async ({ browser }) => {
	house = await House.open('2024-06-03');
	await house.until(() => house.setupLink !== undefined, 'the setup link to be printed');
	ben = await Person.at(browser, house.url, 'Ben Castellan', 'ben@example.com');
	const { page } = ben;
	await ben.setUp(house.setupLink ?? '', 'A team');
	// One after the other, so that the list has them in this order, the newest first.
	for (const [n, raw] of [dance, lunch, more, hall].entries()) {
		await house.deliver(raw, 'someone@example.com');
		await house.until(
			async () => (await messages(page, 'needs_person')).length === n + 1,
			`message ${n + 1} to need a person`,
		);
	}
});

test.afterAll(async () => {
	await ben?.close();
	await house?.close();
});

const press = (...keys: string[]) =>
	keys.reduce((before, key) => before.then(() => ben.page.keyboard.press(key)), Promise.resolve());
const write = (text: string) => ben.page.keyboard.type(text);
const heading = (name: string | RegExp) =>
	expect(ben.page.getByRole('heading', { level: 1, name })).toBeVisible();

test('a message becomes a notice, with its words marked', async () => {
	const { page } = ben;
	await press('g', 'i');
	await heading('Intake');
	await page.goto('/intake?state=needs_person');
	await expect(page.getByRole('link', { name: 'Hall 3' })).toBeVisible();
	await press('j');
	await expect(page.getByRole('link', { name: 'Hall 3' })).toBeFocused();
	await press('Enter');
	await heading('Hall 3');
	await ben.picture('person-01-message');
	await press('n');
	await heading('A notice by hand');
	await expect(page.getByLabel('Provider')).toBeFocused();
	await press('Control+a');
	await write('Rack and Roll');
	await press('Tab');
	await write('Scheduled');
	await press('Tab', 'Control+a');
	await write('Hall 3 is cleared');
	await press('Tab', 'Tab');
	const date = page.getByLabel('Date', { exact: true });
	await expect(date).toBeFocused();
	// In which order the parts of a date are typed is the browser's own business.
	await date.fill('2024-07-14');
	await page.keyboard.press('Tab');
	// A date field has its parts and its calendar; the next field is the one that is wanted.
	for (let n = 0; n < 6 && !(await focused('What is affected')); n++) await press('Tab');
	await press('Control+a');
	await write('host-rk17');
	await ben.picture('person-02-form');
	await press('Control+Enter');
	await heading('Hall 3 is cleared');
	const words = page.getByRole('region', { name: 'What the provider wrote' });
	await expect(words.getByRole('link', { name: 'host-rk17' })).toBeVisible();
	await ben.picture('person-03-notice');
	const notice = (await (await page.request.get('/api/v1/notices/1')).json()) as Notice;
	expect(notice.messages.map((message) => message.subject)).toEqual(['Hall 3']);
	expect(notice.hard_deadline?.at).toContain('2024-07-14');
	expect(notice.provider.name).toContain('rack_and_roll');
});

const focused = (label: string) =>
	ben.page.getByLabel(label).evaluate((field) => field === document.activeElement);

test('another is put to it, and the next one follows', async () => {
	const { page } = ben;
	await page.goto('/intake?state=needs_person');
	await expect(page.getByRole('link', { name: 'And the coffee' })).toBeVisible();
	await press('j', 'Enter');
	await heading('And the coffee');
	await press('a');
	await expect(page.getByLabel('Which notice')).toBeFocused();
	await write('N-1');
	await press('Enter');
	await expect(page.getByRole('link', { name: 'N-1 Hall 3 is cleared' })).toBeVisible();
	// Without going back to the list.
	await press('j');
	await heading('Lunch');
});

test('one is no notice, and says why', async () => {
	const { page } = ben;
	await press('x');
	await expect(page.getByLabel('Reason')).toBeFocused();
	await write('It is about soup.');
	await press('Control+Enter');
	await expect(page.getByText('It is about soup.')).toBeVisible();
	await press('j');
	await heading('[4711] Rack dance on floor 3');
});

test('one teaches the reader its provider, and is read with it', async () => {
	const { page } = ben;
	await press('t');
	const profile = page.getByLabel('The profile');
	await expect(profile).toHaveValue(/teach-hosting\.example/);
	await profile.focus();
	const drafted = await profile.inputValue();
	await press('Control+a');
	await page.keyboard.insertText(
		drafted
			.replace('kind = "informational"', 'kind = "scheduled_maintenance"')
			.replace('weight = 4', 'weight = 9'),
	);
	await press('Tab');
	await expect(page.getByRole('button', { name: 'Try it' })).toBeFocused();
	await press('Enter');
	await expect(page.getByText('Teach Hosting · Scheduled maintenance')).toBeVisible();
	await ben.picture('person-04-teach');
	await press('Tab');
	await expect(page.getByRole('button', { name: 'Save it' })).toBeFocused();
	await press('Enter');
	await expect(page.getByRole('link', { name: /^N-2/ })).toBeVisible();
	await ben.picture('person-05-taught');
	expect(await messages(page, 'needs_person')).toEqual([]);
});

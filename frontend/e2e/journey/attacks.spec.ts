/**
 * An attacker's view from a browser: a provider's mail with every way of running a script or loading something, and the same
 * texts typed in everywhere, shown on every page in a real Chromium. A listener counts who calls home: nobody may.
 */
import { createServer, type Server } from 'node:http';
import { expect, test, type Page } from '@playwright/test';
import type { MessageRow } from '../../src/lib/api/types';
import { House } from './house';
import { Person } from './person';
import { armed, vectors } from './vectors';

test.describe.configure({ mode: 'serial' });
test.setTimeout(300_000);

/** Every original is opened by itself; in the page's own frame, and as a notice, each of a few: `make soak` opens them all. */
const EVERY = process.env.COUNTERSIGN_SOAK ? 1 : 6;

let house: House;
let ben: Person;
let listener: Server;
let home = '';
const calls: string[] = [];
const faults: string[] = [];

test.beforeAll(async ({ browser }) => {
	listener = createServer((request, response) => {
		calls.push(request.url ?? '');
		response.setHeader('access-control-allow-origin', '*');
		response.end('');
	});
	await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
	const address = listener.address();
	home = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
	house = await House.open('2024-06-03');
	await house.until(() => house.setupLink !== undefined, 'the setup link to be printed');
	ben = await Person.at(browser, house.url, 'Ben Castellan', 'ben@example.com');
	ben.page.on('dialog', (dialog) => {
		faults.push(`a dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	ben.page.on('request', (request) => {
		const url = request.url();
		if (!url.startsWith(house.url) && !/^(data|blob|about):/.test(url)) faults.push(`a request to ${url}`);
	});
});

test.afterAll(async () => {
	await ben?.close();
	await house?.close();
	listener?.close();
});

/** That nothing ran in this page or in a frame of it. */
async function nothingRan(page: Page, where: string) {
	for (const frame of page.frames()) {
		const ran = await frame.evaluate(() => (window as { __ran?: number }).__ran).catch(() => undefined);
		expect(ran, `${where}: vector ${ran}, ${vectors[ran ?? 0]}, ran`).toBeUndefined();
	}
	expect(await page.title(), `${where}: a script changed the title`).not.toBe('ran');
}

test('the listener hears who calls, and the script would call', async ({ browser }) => {
	const page = await browser.newPage();
	await page.setContent(armed(home)[0] ?? '');
	await expect.poll(() => calls.length).toBeGreaterThan(0);
	await page.close();
	calls.length = 0;
	expect(vectors.length).toBeGreaterThan(80);
});

test('somebody sets the house up, with a hostile name', async () => {
	const { page } = ben;
	await ben.setUp(house.setupLink ?? '', 'A team', '<img src=x onerror=alert(1)>');
	await expect(page.getByText('Nothing waits for you')).toBeVisible();
});

test('every vector arrives as a mail, and a notice is made with each in every field', async () => {
	for (const [n, vector] of armed(home).entries()) {
		const oneLine = vector.replace(/[\r\n\0]/g, ' ');
		const lines = [
			`From: "${oneLine.replaceAll('"', "'").slice(0, 60)}" <no-reply@amazon.example>`,
			'To: notices@countersign.example.com',
			`Subject: ${oneLine.slice(0, 400)} RDS certificate expires ${n}`,
			'Date: Mon, 03 Jun 2024 08:00:00 +0000',
			`Message-ID: <vector-${n}@amazon.example>`,
			'MIME-Version: 1.0',
			'Content-Type: text/html; charset=utf-8',
			'',
			`<html><head><title>x</title></head><body><p>rds-ca-2019 expires on August 22, 2024.</p>${vector}<p>end</p></body></html>`,
		];
		await house.deliver(lines.join('\r\n'), 'no-reply@amazon.example');
	}
	const { page } = ben;
	for (const [n, vector] of armed(home).entries()) {
		if (n % 8 !== 0) continue;
		const data = {
			provider: vector.slice(0, 90),
			kind: 'security',
			title: vector.slice(0, 290),
			text: vector,
			resources: [{ key: vector.slice(0, 190) }],
		};
		const made = await page.request.post('/api/v1/notices', { data });
		expect([201, 422], `${n}: ${await made.text()}`).toContain(made.status());
	}
	await page.request.post('/api/v1/teams', { data: { name: '<svg/onload=alert(1)>' } });
	await page.request.post('/api/v1/notices/1/comments', { data: { text: vectors.join('\n') } });
	const arrived = async () => {
		const list = await (await page.request.get('/api/v1/messages?limit=200')).json();
		return (list as { items: MessageRow[] }).items.filter((message) => message.state !== 'received').length;
	};
	await house.until(async () => (await arrived()) >= vectors.length, 'the worker to read every mail', 90);
});

test('no page runs or loads anything of it', async () => {
	const { page } = ben;
	for (const path of [
		'/',
		'/notices',
		'/notices?q=img',
		'/calendar?month=2024-08',
		'/intake',
		'/people',
		'/record',
		'/outbox',
		'/account',
		'/procedures',
	]) {
		await page.goto(path);
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		await nothingRan(page, path);
	}
	const list = (await (await page.request.get('/api/v1/notices?limit=200')).json()) as {
		items: { number: number }[];
	};
	expect(list.items.length).toBeGreaterThan(5);
	for (const { number } of list.items.filter((_, n) => n % EVERY === 0)) {
		await page.goto(`/notices/${number}`);
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		await nothingRan(page, `/notices/${number}`);
	}
	expect(calls, 'what called home').toEqual([]);
	expect(faults, 'what the pages tried').toEqual([]);
});

test('no original runs or loads anything, in its frame or by itself', async () => {
	const { page } = ben;
	const list = (await (await page.request.get('/api/v1/messages?limit=200')).json()) as {
		items: MessageRow[];
	};
	expect(list.items.length).toBeGreaterThanOrEqual(vectors.length);
	for (const { id } of list.items) {
		await page.goto(`/api/v1/messages/${id}/html`);
		await nothingRan(page, `the original of ${id}, opened by itself`);
	}
	const looked = list.items.filter((_, n) => n % EVERY === 0);
	let framed = 0;
	for (const { id } of looked) {
		await page.goto(`/intake/${id}`);
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		const asSent = page.getByRole('button', { name: 'As it was sent' });
		if (await asSent.isVisible()) {
			await asSent.click();
			// Some vectors swallow what stands after them, so the frame's body is all that can be waited for.
			await expect(page.frameLocator('iframe').locator('body')).toBeAttached();
			framed++;
		}
		await nothingRan(page, `the message ${id}`);
	}
	expect(framed, 'originals that were shown').toBeGreaterThan(looked.length / 2);
	expect(calls, 'what called home').toEqual([]);
	expect(faults, 'what the pages tried').toEqual([]);
	const cookies = await page.context().cookies();
	expect(cookies.filter((cookie) => cookie.value === 'stolen')).toEqual([]);
});

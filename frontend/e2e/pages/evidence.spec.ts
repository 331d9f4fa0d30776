/** What shows that steps were done, and what proves the record, as people handle it on their pages. */
import { expect, test, type Page } from '@playwright/test';
import { peoplePage, proof, recordPage } from '../fixtures/house';
import { notice } from '../fixtures/notice';
import { Refusal, serve, type Answers } from '../fixtures/server';

const open = notice({});
const here = `/notices/${open.id}`;

async function openNotice(page: Page, answers: Answers = {}) {
	await serve(page, { '/notices/12': open, '/teams': peoplePage['/teams'], ...answers });
	await page.goto('/notices/12');
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** What was attached: to which step, under which name, as what, with which bytes. */
function attachments(step: string) {
	const sent: string[] = [];
	const answers: Answers = {
		[`POST ${here}/steps/${step}/attachments`]: (request) => {
			const query = new URL(request.url()).searchParams;
			sent.push(
				[query.get('name'), query.get('scope'), request.headers()['content-type'], request.postData()].join(
					' | ',
				),
			);
			return open;
		},
	};
	return { sent, answers };
}

test('a file is attached to its step by the button', async ({ page }) => {
	const { sent, answers } = attachments('probe');
	await openNotice(page, answers);
	const button = page.getByLabel('Attach a file to “Probe from where the clients run”');
	await button.setInputFiles({ name: 'psql.log', mimeType: '', buffer: Buffer.from('SSL connection') });
	await expect.poll(() => sent).toEqual(['psql.log | production | text/plain | SSL connection']);
});

test('a file that is dropped on a step goes to the step, and is no mail for the house', async ({ page }) => {
	const { sent, answers } = attachments('rehearse');
	let broughtIn = false;
	await openNotice(page, {
		...answers,
		'POST /messages': () => {
			broughtIn = true;
			return { id: 'm1', duplicate: false };
		},
	});
	const files = await page.evaluateHandle(() => {
		const data = new DataTransfer();
		data.items.add(new File(['it went back'], 'rehearsal.txt', { type: 'text/plain' }));
		return data;
	});
	const step = page.getByRole('listitem').filter({ hasText: 'Rehearse in staging' });
	for (const event of ['dragenter', 'dragover', 'drop']) {
		await step.dispatchEvent(event, { dataTransfer: files });
	}
	await expect.poll(() => sent).toEqual(['rehearsal.txt |  | text/plain | it went back']);
	expect(broughtIn, 'the file was taken for a mail too').toBe(false);
});

test('a file that may not be attached says why', async ({ page }) => {
	const why = '“text/html” is not taken here; taken are application/pdf, text/plain.';
	await openNotice(page, {
		[`POST ${here}/steps/rehearse/attachments`]: new Refusal(422, 'invalid_field', why, {
			field: 'content-type',
		}),
	});
	const button = page.getByLabel('Attach a file to “Rehearse in staging, with the way back”');
	await button.setInputFiles({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<p>') });
	await expect(page.getByText(why)).toBeVisible();
});

test('a probe is run from the server only where that is allowed', async ({ page }) => {
	await openNotice(page);
	await expect(page.getByText('How to probe from production')).toBeVisible();
	await expect(page.getByRole('button', { name: /^Probe from/ })).toHaveCount(0);

	let asked: unknown;
	await openNotice(page, {
		'/probes/from-here': { vantage: 'server', hosts: ['*.example.com'] },
		[`POST ${here}/steps/probe/probes/run`]: (request) => {
			asked = request.postDataJSON();
			return { digest: '00'.repeat(32), success: true, lacks: null };
		},
	});
	await page.getByRole('button', { name: 'Probe from server' }).click();
	await page.getByLabel('Server').fill('postgres://orders.example.com');
	await page.getByRole('button', { name: 'Probe now' }).click();
	await expect
		.poll(() => asked)
		.toEqual({ target: 'postgres://orders.example.com', name: null, bundle: null, scope: 'production' });
});

test('the record is verified by a button, and a long run is waited for', async ({ page }) => {
	const sound = proof['/record/verification'];
	let looks = 0;
	await serve(page, {
		'/record': recordPage,
		...proof,
		'/record/verification': () => (looks++ ? sound : { ...sound, state: 'never', erased: [] }),
		'POST /record/verification': { ...sound, state: 'running' },
	});
	await page.goto('/record');
	await expect(page.getByText('Not verified since this process began.')).toBeVisible();
	await page.getByRole('button', { name: 'Verify now' }).click();
	await expect(page.getByText('Verifying…')).toBeVisible();
	await page.clock.runFor(2000);
	await expect(page.getByText('The record is sound.')).toBeVisible();
});

test('evidence is taken away as a file', async ({ page }) => {
	let asked: unknown;
	await serve(page, {
		'/record': recordPage,
		...proof,
		'POST /record/evidence': (request) => {
			asked = request.postDataJSON();
			return 'PK';
		},
	});
	await page.goto('/record');
	await page.getByLabel('Notices').fill('N-12');
	const download = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download' }).click();
	expect((await download).suggestedFilename()).toBe('evidence-N-12.zip');
	expect(asked).toEqual({ notices: ['N-12'], from: null, to: null });
});

/** A procedure is rehearsed while it is written: the draft as it stands, on a notice of one's choice, in both courses. */
import { expect, test } from '@playwright/test';
import { versions } from '../fixtures/calendar';
import { page as listed } from '../fixtures/house';
import { rehearsal } from '../fixtures/mailing';
import { list } from '../fixtures/notices';
import { Refusal, serve } from '../fixtures/server';

const path = '/procedures/certificate-rotation/edit';
const answers = { '/procedures/certificate-rotation/versions': listed(versions), '/notices': list };

test('a draft that nobody saved is rehearsed beside its text', async ({ page }) => {
	const asked: unknown[] = [];
	await serve(page, {
		...answers,
		'POST /rehearsals': (request) => {
			asked.push(request.postDataJSON());
			return rehearsal;
		},
	});
	await page.goto(path);
	const text = page.getByLabel('The procedure, in TOML');
	await text.fill('id = "ours"');
	await page.getByRole('button', { name: 'Rehearse it' }).click();
	await expect(page.getByRole('img', { name: /11 mails to 3 people/ })).toBeVisible();
	await page.getByLabel(/nobody does anything/).check();
	await expect(page.getByRole('img', { name: /1 mails? to 1 pe/ })).toBeVisible();
	await page.getByLabel(/people sign in time/).check();
	for (const [width, scheme] of [
		[1440, 'light'],
		[1440, 'dark'],
		[360, 'light'],
		[360, 'dark'],
	] as const) {
		await page.setViewportSize({ width, height: 900 });
		await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
		await page.screenshot({
			path: `test-results/pages/rehearse-draft-${width}-${scheme}.png`,
			fullPage: true,
		});
		const over = await page.evaluate(
			() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
		);
		expect(over, `${width}: pixels by which the page is wider than the screen`).toBeLessThanOrEqual(0);
	}

	// A picture of another text than the one above it would mislead.
	await text.fill('id = "ours, but sooner"');
	await expect(page.getByRole('img')).toHaveCount(0);
	await page.getByLabel('On').focus();
	await page.getByLabel('On').selectOption({ index: 1 });
	await page.getByRole('button', { name: 'Rehearse it again' }).click();
	await expect(page.getByRole('img', { name: /11 mails/ })).toBeVisible();
	expect(asked).toEqual([
		{ procedure: null, document: 'id = "ours"', notice: null, hard_deadline: null },
		{
			procedure: null,
			document: 'id = "ours, but sooner"',
			notice: String(list.items[0]?.number),
			hard_deadline: null,
		},
	]);
});

test('what is no procedure is said, and nothing is drawn', async ({ page }) => {
	await serve(page, {
		...answers,
		'POST /rehearsals': new Refusal(422, 'invalid', '`act_by` is missing.', { field: 'document' }),
	});
	await page.goto(path);
	await page.getByRole('button', { name: 'Rehearse it' }).click();
	await expect(page.getByText('`act_by` is missing.')).toBeVisible();
	await expect(page.getByRole('img')).toHaveCount(0);
});

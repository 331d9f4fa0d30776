/**
 * Each mail as a picture: light and dark, wide and at 360 px, in test-results/mails. Axe finds nothing in the light wide and
 * the dark narrow one, nothing runs over the edge, there is one button, and nothing is loaded from anywhere. `src/paper/render_tests.rs` keeps the files.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

const folder = new URL('../mails/', import.meta.url);
const mails = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.html'));

test('there are mails to look at', () => {
	expect(mails.length).toBeGreaterThan(20);
});

for (const file of mails) {
	const name = file.replace(/\.html$/, '');
	test(name, async ({ page }) => {
		const asked: string[] = [];
		page.on('request', (request) => asked.push(request.url()));
		await page.goto(new URL(file, folder).href);
		await expect(page.locator('.button')).toHaveCount(1);
		for (const width of [800, 360]) {
			for (const colorScheme of ['light', 'dark'] as const) {
				await page.setViewportSize({ width, height: 740 });
				await page.emulateMedia({ colorScheme });
				await page.screenshot({
					path: `test-results/mails/${name}-${width}-${colorScheme}.png`,
					fullPage: true,
				});
				const over = await page.evaluate(
					() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
				);
				expect(over, `${width}: pixels by which the mail is wider than the screen`).toBeLessThanOrEqual(0);
				// Two of the four have every colour and every width between them; axe takes most of the time here.
				if ((width === 800) !== (colorScheme === 'light')) continue;
				const { violations } = await new AxeBuilder({ page })
					.setLegacyMode()
					// A mail is no page: its reader's program has the landmarks.
					.disableRules(['region', 'landmark-one-main'])
					.analyze();
				const told = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' | ')}`);
				expect(told, `${width}, ${colorScheme}: what axe finds`).toEqual([]);
			}
		}
		expect(asked, 'what the mail loads').toEqual([new URL(file, folder).href]);
	});
}

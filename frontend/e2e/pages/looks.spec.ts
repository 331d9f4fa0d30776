/**
 * Each page, light and dark, wide and at 360 px: the pictures are kept in test-results/pages, axe finds nothing, nothing
 * runs over the edge, and no request leaves this host.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { serve } from '../fixtures/server';
import { scenes } from './scenes';

const looks = [
	{ name: 'wide-light', width: 1440, height: 900, colorScheme: 'light', axe: true },
	{ name: 'wide-dark', width: 1440, height: 900, colorScheme: 'dark', axe: false },
	{ name: 'small-light', width: 360, height: 740, colorScheme: 'light', axe: false },
	{ name: 'small-dark', width: 360, height: 740, colorScheme: 'dark', axe: true },
] as const;

/** What a page may not do while it is looked at: reach out to other hosts, or complain in the console. */
function watch(page: Page, baseURL: string) {
	const faults: string[] = [];
	page.on('request', (request) => {
		const url = request.url();
		if (!url.startsWith(baseURL) && !url.startsWith('data:')) faults.push(`a request to ${url}`);
	});
	page.on('pageerror', (error) => faults.push(error.message));
	page.on('console', (message) => {
		// Refusals are part of some scenes; axe tries to run in the sandboxed frame and may not.
		const expected = /^(Failed to load resource|Blocked script execution)/.test(message.text());
		if (message.type() === 'error' && !expected) faults.push(message.text());
	});
	return faults;
}

test('there are scenes to look at', () => {
	expect(scenes.length).toBeGreaterThan(20);
});

for (const scene of scenes) {
	test(scene.name, async ({ page, baseURL }) => {
		test.setTimeout(90_000);
		const faults = watch(page, baseURL ?? '');
		await serve(page, scene.answers);
		await page.emulateMedia({ reducedMotion: 'reduce' });
		await page.goto(scene.path);
		await expect(page.getByRole('heading', { level: 1, name: scene.heading })).toBeAttached();
		await page.evaluate(() => document.fonts.ready);

		for (const { name, width, height, colorScheme, axe } of looks) {
			await page.setViewportSize({ width, height });
			await page.emulateMedia({ colorScheme });
			const path = `test-results/pages/${scene.name}-${name}.png`;
			await page.screenshot({ path, fullPage: true });
			const over = await page.evaluate(
				() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
			);
			expect(over, `${name}: pixels by which the page is wider than the screen`).toBeLessThanOrEqual(0);
			if (!axe) continue;
			const { violations } = await new AxeBuilder({ page }).setLegacyMode().exclude('iframe').analyze();
			const told = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' | ')}`);
			expect(told, `${name}: what axe finds`).toEqual([]);
		}
		expect(faults).toEqual([]);
	});
}

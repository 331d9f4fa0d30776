/**
 * Each page, light and dark, wide and at 360 px: the picture is kept in test-results/looks, axe finds nothing, nothing
 * runs over the edge, and no request leaves this host.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { serve } from '../fixtures/server';
import { scenes } from './scenes';

const sizes = { wide: { width: 1440, height: 900 }, small: { width: 360, height: 740 } };

test('there are scenes to look at', () => {
	expect(scenes.length).toBeGreaterThan(10);
});

for (const scene of scenes) {
	for (const [size, viewport] of Object.entries(sizes)) {
		for (const colorScheme of ['light', 'dark'] as const) {
			test(`${scene.name}, ${size}, ${colorScheme}`, async ({ browser, baseURL }) => {
				const context = await browser.newContext({
					viewport,
					colorScheme,
					baseURL,
					reducedMotion: 'reduce',
					bypassCSP: false,
				});
				const page = await context.newPage();
				const strangers: string[] = [];
				const complaints: string[] = [];
				page.on('request', (request) => {
					if (!request.url().startsWith(baseURL ?? '') && !request.url().startsWith('data:')) {
						strangers.push(request.url());
					}
				});
				page.on('pageerror', (error) => complaints.push(error.message));
				page.on('console', (message) => {
					if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
						complaints.push(message.text());
					}
				});

				await serve(page, scene.answers);
				await page.goto(scene.path);
				await expect(page.getByRole('heading', { level: 1, name: scene.heading })).toBeAttached();
				await page.evaluate(() => document.fonts.ready);
				await page.screenshot({
					path: `test-results/looks/${scene.name}-${size}-${colorScheme}.png`,
					fullPage: true,
				});

				const overflow = await page.evaluate(
					() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
				);
				expect(overflow, 'the page is wider than the screen').toBeLessThanOrEqual(0);
				const { violations } = await new AxeBuilder({ page }).analyze();
				expect(violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
				expect(strangers, 'requests to other hosts').toEqual([]);
				expect(complaints, 'errors in the console').toEqual([]);
				await context.close();
			});
		}
	}
}

/** The first page's script, compressed, must stay below what a slow line carries in a moment. */
import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { notice } from '../fixtures/notice';
import { home } from '../fixtures/notices';
import { serve } from '../fixtures/server';

const MOST = 100_000;

const firstPages = [
	{ path: '/', answers: { '/home': home } },
	{ path: '/notices/12', answers: { '/notices/12': notice({}) } },
];

for (const { path, answers } of firstPages) {
	test(`${path} needs at most ${MOST / 1000} kB of compressed script`, async ({ page }) => {
		const scripts = new Map<string, Promise<Buffer>>();
		page.on('response', (response) => {
			if (response.request().resourceType() === 'script') scripts.set(response.url(), response.body());
		});
		await serve(page, answers);
		await page.goto(path);
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		await page.waitForLoadState('networkidle');
		const bodies = await Promise.all(scripts.values());
		expect(bodies.length).toBeGreaterThan(2);
		const compressed = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 6 }).length, 0);
		test
			.info()
			.annotations.push({ type: 'script', description: `${compressed} bytes in ${bodies.length} files` });
		process.stdout.write(`${path}: ${compressed} bytes of compressed script in ${bodies.length} files\n`);
		expect(compressed).toBeLessThanOrEqual(MOST);
	});
}

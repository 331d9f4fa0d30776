import { defineConfig } from '@playwright/test';

/** Debian's Chromium, or another one that is named. */
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const PORT = 4179;

export default defineConfig({
	testDir: 'e2e',
	outputDir: 'test-results/runs',
	forbidOnly: true,
	fullyParallel: true,
	// More than the cores: a worker that waits for a mail or for a minute to pass leaves its core to another.
	workers: 3,
	// A limit for what hangs, not for what is slow: machines that run tests are shared.
	timeout: 300_000,
	expect: { timeout: 60_000 },
	reporter: [['list']],
	use: {
		browserName: 'chromium',
		launchOptions: { executablePath: chromium, args: ['--no-sandbox'] },
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
	},
	projects: [
		// The whole product: the binary that COUNTERSIGN_BIN names, mail in, mail out, three people. First, since these are long
		// and wait for mails and minutes; the many short ones fill what is left.
		{ name: 'journey', testMatch: 'journey/*.spec.ts' },
		// The pages over fixtures: how they look and whether everybody can use them.
		{ name: 'pages', testMatch: 'pages/*.spec.ts', use: { baseURL: `http://127.0.0.1:${PORT}` } },
	],
	...(process.argv.includes('--project=journey')
		? {}
		: {
				webServer: {
					command: `npx vite preview --host 127.0.0.1 --port ${PORT} --strictPort`,
					url: `http://127.0.0.1:${PORT}`,
					stdout: 'ignore',
				},
			}),
});

import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds the server; `make run` starts it there. */
const server = process.env.COUNTERSIGN_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
	plugins: [sveltekit()],
	resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
	server: { proxy: { '/api': server, '/calendar/': server } },
	build: { target: 'es2022' },
	test: {
		environment: 'jsdom',
		include: ['src/**/*.test.ts'],
		setupFiles: ['src/test-setup.ts'],
		// One window for all files: making one costs more than most files' tests, and each test cleans up after itself.
		pool: 'threads',
		isolate: false,
	},
});

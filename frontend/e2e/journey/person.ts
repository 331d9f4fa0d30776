/** Somebody at their own browser. */
import { expect, type Browser, type Page } from '@playwright/test';

export const PASSWORD = 'a sentence that is long enough';

export class Person {
	private constructor(
		readonly name: string,
		readonly email: string,
		readonly page: Page,
	) {}

	static async at(browser: Browser, baseURL: string, name: string, email: string): Promise<Person> {
		const context = await browser.newContext({ baseURL, viewport: { width: 1440, height: 900 } });
		return new Person(name, email, await context.newPage());
	}

	/** Becomes the first administrator by the printed link, and says who works here. */
	async setUp(link: string, people: 'A team' | 'Just me', name = this.name) {
		const { page } = this;
		await page.goto(link);
		await page.getByLabel('Your name').fill(name);
		await page.getByLabel('E-mail').fill(this.email);
		await page.getByLabel('Password').fill(PASSWORD);
		await page.getByRole('button', { name: 'Go on' }).click();
		await page.getByLabel(people).check();
		await page.getByRole('button', { name: 'Set up Countersign' }).click();
		await page.getByRole('button', { name: 'Later; show me around' }).click();
	}

	/** Takes up an invitation by its link. */
	async join(link: string) {
		await this.page.goto(link);
		await expect(this.page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
		await this.page.getByLabel('Password').fill(PASSWORD);
		await this.page.getByRole('button', { name: 'Accept the invitation' }).click();
		await expect(this.page.getByRole('heading', { name: 'Waiting on you' })).toBeVisible();
	}

	async open(number: number) {
		await this.page.goto(`/notices/${number}`);
		await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible();
	}

	/** Signs the gate that is chosen, proving who they are if the server asks. */
	async sign(number: number, gate: string, level: string) {
		await this.open(number);
		await this.page.getByRole('button', { name: new RegExp(`^${gate}`) }).click();
		const panel = this.page.getByRole('region', { name: new RegExp(`^${gate}:`) });
		await panel.getByRole('button', { name: `Sign as ${level}` }).click();
		const again = this.page.getByRole('dialog', { name: 'It is you who signs' });
		const signed = panel
			.getByText('You have signed.')
			.or(this.page.locator(`#gate-${gate.toLowerCase()}.passed`));
		await expect(again.or(signed).first()).toBeVisible();
		if (await again.isVisible()) {
			await again.getByLabel('Password').fill(PASSWORD);
			await again.getByRole('button', { name: 'Sign' }).click();
		}
		await expect(signed.first()).toBeVisible();
	}

	/** Does every open step of the page, each with a note. */
	async doSteps(number: number, gate: string) {
		await this.open(number);
		const steps = this.page.getByRole('region', { name: 'Steps' });
		const open = steps.locator(`[data-gate="${gate}"]`).getByRole('button', { name: /^Done: / });
		for (let left = await open.count(); left > 0; left--) {
			await open.first().click();
			await steps.getByLabel('What shows it').fill('Seen with our own eyes, on the machines concerned.');
			await steps.getByRole('button', { name: 'It is done' }).click();
			await expect(steps.getByLabel('What shows it')).toHaveCount(0);
			await expect(open).toHaveCount(left - 1);
		}
	}

	/** What `countersign probe` saw from where each step wants it, handed in as its JSON. */
	async probes(number: number) {
		const notice = await (await this.page.request.get(`/api/v1/notices/${number}`)).json();
		for (const step of notice.steps.filter((each: { wants: string }) => each.wants === 'probe')) {
			const seen = {
				target: 'postgres://orders-primary.example.com:5432',
				address: '10.2.0.7:5432',
				vantage: step.vantage ?? 'production',
				at: new Date().toISOString(),
				tls_version: 'TLSv1.3',
				chain: [],
				trusted: true,
				name_matches: true,
				reason: null,
				trust: 'system',
			};
			const path = `/api/v1/notices/${number}/steps/${step.id}/probes`;
			const taken = await this.page.request.post(path, { data: { seen, scope: step.place } });
			expect(taken.status(), await taken.text()).toBe(201);
		}
	}

	async picture(name: string) {
		await this.page.screenshot({ path: `test-results/journey/${name}.png`, fullPage: true });
	}

	close() {
		return this.page.context().close();
	}
}

/** The real binary in a folder of its own, a real SMTP server that takes what it sends, and a real client that sends to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { simpleParser, type ParsedMail } from 'mailparser';
import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';

/** The binary that is driven: the one that is named, else what `cargo build` made. */
const binary = resolve(process.env.COUNTERSIGN_BIN ?? '../target/debug/countersign');

function freePort(): Promise<number> {
	return new Promise((done, fail) => {
		const server = createServer().once('error', fail);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() =>
				typeof address === 'object' && address ? done(address.port) : fail(new Error('no port')),
			);
		});
	});
}

export interface SentMail {
	to: string;
	parsed: ParsedMail;
}

/** Takes every mail that arrives, as a mail server would. */
class Sink {
	readonly mails: SentMail[] = [];
	readonly #server = new SMTPServer({
		authOptional: true,
		disabledCommands: ['STARTTLS', 'AUTH'],
		onData: (stream, session, done) => {
			simpleParser(stream)
				.then((parsed) => {
					for (const { address } of session.envelope.rcptTo) this.mails.push({ to: address, parsed });
					done();
				})
				.catch(done);
		},
	});

	listen(port: number) {
		return new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
	}
	close() {
		return new Promise<void>((done) => this.#server.close(done));
	}
	/** The mails to somebody whose subject fits, so far. */
	to(address: string, subject = /./): SentMail[] {
		return this.mails.filter((mail) => mail.to === address && subject.test(mail.parsed.subject ?? ''));
	}
}

interface Ports {
	web: number;
	smtp: number;
	out: number;
}

export class House {
	readonly url: string;
	readonly #folder = mkdtempSync(join(tmpdir(), 'countersign-journey-'));
	#process: ChildProcess | undefined;
	#said = '';

	private constructor(
		readonly sink: Sink,
		private readonly ports: Ports,
	) {
		// A name and no number: browsers bind passkeys to names.
		this.url = `http://localhost:${ports.web}`;
	}

	#more: Record<string, string> = {};

	/**
	 * Starts everything with the business clock at `clock`, and waits for the address to be printed. What `more` gives for the
	 * house's address is configured too.
	 */
	static async open(clock: string, more?: (url: string) => Promise<Record<string, string>>): Promise<House> {
		if (!existsSync(binary))
			throw new Error(`There is no ${binary}: build it, or name one in COUNTERSIGN_BIN.`);
		const house = new House(new Sink(), {
			web: await freePort(),
			smtp: await freePort(),
			out: await freePort(),
		});
		await house.sink.listen(house.ports.out);
		house.#more = (await more?.(house.url)) ?? {};
		await house.#start(clock);
		return house;
	}

	/** Stops the server and starts it again over the same data, with the clock at another time. */
	async restart(clock: string) {
		await this.#stop();
		await this.#start(clock);
	}

	async #start(clock: string) {
		const { web, smtp, out } = this.ports;
		this.#said = '';
		this.#process = spawn(binary, ['serve', '--local', '--clock', clock], {
			cwd: this.#folder,
			env: {
				PATH: process.env.PATH,
				COUNTERSIGN_SERVER__DATA: join(this.#folder, 'data'),
				COUNTERSIGN_SERVER__PUBLIC_URL: this.url,
				COUNTERSIGN_WEB__LISTEN: `127.0.0.1:${web}`,
				COUNTERSIGN_WEB__PAGE: resolve('build'),
				COUNTERSIGN_SMTP__LISTEN: `127.0.0.1:${smtp}`,
				COUNTERSIGN_MAIL__HOST: '127.0.0.1',
				COUNTERSIGN_MAIL__PORT: `${out}`,
				COUNTERSIGN_MAIL__TLS: 'none',
				COUNTERSIGN_DISPATCH__TICK_SECONDS: '1',
				...this.#more,
			},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		const { stdout, stderr } = this.#process;
		for (const stream of [stdout, stderr]) stream?.on('data', (bytes) => (this.#said += String(bytes)));
		await this.until(() => this.#said.includes('The clock began'), 'the server to start');
	}

	async #stop() {
		const running = this.#process;
		if (!running || running.exitCode !== null) return;
		const ended = new Promise((done) => running.once('exit', done));
		running.kill('SIGTERM');
		await ended;
	}

	get setupLink(): string | undefined {
		return /http:\S+\/setup\/\S+/.exec(this.#said)?.[0];
	}

	/** Sends bytes as they are, as a mail server that relays would. */
	async deliver(raw: string, from: string) {
		const transport = createTransport({ host: '127.0.0.1', port: this.ports.smtp, ignoreTLS: true });
		const envelope = { from, to: 'notices@countersign.example.com' };
		await transport.sendMail({ envelope, raw: raw.replace(/\r?\n/g, '\r\n') });
		transport.close();
	}

	/** Waits until something holds; fails with what was waited for and what the server said. */
	async until(holds: () => boolean | Promise<boolean>, what: string, seconds = 30) {
		const end = Date.now() + seconds * 1000;
		while (!(await holds())) {
			if (this.#process?.exitCode !== null || Date.now() > end) {
				throw new Error(`Waited ${seconds} s for ${what}. The server said:\n${this.#said.slice(-4000)}`);
			}
			await new Promise((done) => setTimeout(done, 100));
		}
	}

	/** Waits for a mail to somebody and gives it. */
	async mail(address: string, subject: RegExp): Promise<SentMail> {
		await this.until(
			() => this.sink.to(address, subject).length > 0,
			`a mail to ${address} about ${subject}`,
		);
		return this.sink.to(address, subject)[0] as SentMail;
	}

	async close() {
		await this.#stop();
		await this.sink.close();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

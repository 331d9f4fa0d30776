// A Countersign server of the demo, and people who use it through its own doors: SMTP, the page's API, nothing else.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { readFile } from 'node:fs/promises';

// Where the demo's server listens: the usual ports, or free ones that `elsewhere` has found.
let web = 8080;
let smtp = 2525;
const PASSWORD = 'a demo is no secret';

/** Lets the server listen on ports that are free, for a run beside another server. */
export async function elsewhere() {
  const servers = [createServer(), createServer()];
  for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  [web, smtp] = servers.map((server) => server.address().port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
}

/** Starts the server with its business clock at `clock`; `visible` lets its output through. */
export async function serve(binary, folder, clock, { visible = false } = {}) {
  const child = spawn(binary, ['serve', '--local', '--clock', clock], {
    env: {
      ...process.env,
      COUNTERSIGN_SERVER__DATA: folder,
      COUNTERSIGN_SERVER__NAME: 'Example Corp',
      COUNTERSIGN_SERVER__PUBLIC_URL: origin(),
      COUNTERSIGN_WEB__LISTEN: `127.0.0.1:${web}`,
      COUNTERSIGN_SMTP__LISTEN: `127.0.0.1:${smtp}`
    },
    stdio: ['ignore', 'pipe', 'pipe']
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.push(chunk.toString());
      if (visible) process.stderr.write(chunk);
    });
  }
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; ; tries += 1) {
    if (await answers()) break;
    if (child.exitCode !== null || tries > 300) {
      throw new Error(`the server did not start:\n${output.join('')}`);
    }
    await pause(100);
  }
  return {
    ended,
    setupLink: () => /http:\/\/\S+\/setup\/(\S+)/.exec(output.join(''))?.[1],
    async stop() {
      child.kill('SIGTERM');
      await ended;
    }
  };
}

/** Where the page is. */
export const origin = () => `http://127.0.0.1:${web}`;

async function answers() {
  try {
    return (await fetch(`${origin()}/readyz`)).ok;
  } catch {
    return false;
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One signed-in person. */
export class Person {
  #cookie = '';

  constructor(name, email) {
    this.name = name;
    this.email = email;
  }

  async setUp(token) {
    return this.post(`setup/${token}`, { ...this.#card(), people: 'many' });
  }

  async accept(link) {
    const { name, password, zone } = this.#card();
    return this.post(`invitations/${link.split('/').pop()}`, { name, password, zone });
  }

  async signIn() {
    return this.post('session', { email: this.email, password: PASSWORD });
  }

  /** Signing needs a fresh authentication, as on the page. */
  async freshen() {
    return this.post('session/fresh', { password: PASSWORD });
  }

  #card() {
    return { name: this.name, email: this.email, password: PASSWORD, zone: 'Europe/Berlin' };
  }

  get(path) {
    return this.#call('GET', path);
  }

  post(path, body = {}) {
    return this.#call('POST', path, JSON.stringify(body), 'application/json');
  }

  put(path, body) {
    return this.#call('PUT', path, JSON.stringify(body), 'application/json');
  }

  patch(path, body) {
    return this.#call('PATCH', path, JSON.stringify(body), 'application/json');
  }

  /** Drops a file on the page. */
  async upload(file) {
    return this.#call('POST', 'messages', await readFile(file), 'application/octet-stream');
  }

  async #call(method, path, body, type) {
    const response = await fetch(`${origin()}/api/v1/${path}`, {
      method,
      body,
      headers: { origin: origin(), cookie: this.#cookie, ...(type ? { 'content-type': type } : {}) }
    });
    const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
    if (cookie) this.#cookie = cookie;
    const text = await response.text();
    if (!response.ok) throw new Refused(`${this.name}: ${method} ${path}: ${response.status} ${text}`, response.status);
    return text ? JSON.parse(text) : null;
  }
}

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Sends a file as a mail client would, over SMTP. */
export async function mail(file, from) {
  const raw = (await readFile(file, 'latin1')).replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
  const socket = connect(smtp, '127.0.0.1');
  const replies = lines(socket);
  const say = async (line, code) => {
    if (line !== null) socket.write(line, 'latin1');
    let reply;
    do reply = (await replies.next()).value ?? 'nothing';
    while (/^\d{3}-/.test(reply));
    if (!reply.startsWith(code)) throw new Error(`SMTP: ${reply} after ${line?.slice(0, 60)}`);
  };
  await say(null, '220');
  await say('EHLO demo.example.com\r\n', '250');
  await say(`MAIL FROM:<${from}>\r\n`, '250');
  await say('RCPT TO:<notices@example.com>\r\n', '250');
  await say('DATA\r\n', '354');
  await say(`${raw}\r\n.\r\n`, '250');
  await say('QUIT\r\n', '221');
  socket.end();
}

async function* lines(socket) {
  let rest = '';
  for await (const chunk of socket) {
    rest += chunk.toString('latin1');
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 2);
    }
  }
}

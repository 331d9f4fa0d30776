// `make demo`: a year at Example Corp in a minute. Every notice comes in and is handled through the product's own doors,
// with the server's clock set back; nothing is written into the database behind its back.
//
//   node scripts/demo.mjs BINARY FOLDER [--once]     --once: on free ports, and ends when all is made (a test does so)
import { rm, mkdir } from 'node:fs/promises';
import { Person, elsewhere, mail, origin, serve } from './demo/house.mjs';
import { assess, find, plan, sign, signOff, work } from './demo/notices.mjs';

const [binary = 'target/quick/countersign', folder = 'demo-data', once] = process.argv.slice(2);

const ada = new Person('Ada Okafor', 'ada@example.com');
const ben = new Person('Ben Lindqvist', 'ben@example.com');
const chiara = new Person('Chiara Rossi', 'chiara@example.com');
const emil = new Person('Emil Novak', 'emil@example.com');
const dana = new Person('Dana Whitfield', 'dana@example.com');
const fay = new Person('Fay Adeyemi', 'fay@example.com');
const staff = [
  [ben, 'member', ['engineer']],
  [chiara, 'member', ['engineer']],
  [emil, 'member', ['lead']],
  [dana, 'member', ['executive']],
  [fay, 'auditor', []]
];

/** Who signs at which level, in the order in which they are asked. Ben does the work, so another engineer closes it. */
const crew = { engineer: [chiara, ben], lead: [emil], executive: [dana] };

let platform;

async function moveIn(house) {
  const { person } = await ada.setUp(house.setupLink());
  await ada.patch(`people/${person.id}`, { levels: ['lead'] });
  const members = [person.id];
  for (const [who, role, levels] of staff) {
    const added = await ada.post('people', { name: who.name, email: who.email, role, levels });
    await who.accept(added.invitation.link);
    if (role === 'member') members.push(added.person.id);
  }
  platform = (await ada.post('teams', { name: 'Platform', members })).id;
  await ada.post('ownership-rules', { team: platform, environment: 'production' });
}

async function everybodySignsIn() {
  for (const who of [ada, ...staff.map(([each]) => each)]) await who.signIn();
}

/** The acts, in the order in which they happened. */
const acts = [
  ['2023-11-20T15:10:00Z', 'MongoDB announces the end of 4.4', async () => {
    await mail('demo/01-atlas-4.4-end-of-life.eml', 'mongodb-atlas@mongodb.com');
    const notice = await find(ben, 'MongoDB 4.4');
    await assess(ben, notice, {
      impact: 'The checkout database. Version 5 drops an old wire protocol; our driver is new enough.',
      environment: 'production',
      team: platform
    });
    await signOff(crew, notice, 'assess');
    await plan(ben, notice, '2024-01-16T05:00:00Z', '2024-01-16T07:00:00Z', 'Staging first, production two days later.');
    await signOff(crew, notice, 'schedule');
  }],
  ['2024-01-17T21:45:00Z', 'AWS writes about rds-ca-2019; the MongoDB upgrade is finished', async () => {
    const mongo = await find(ben, 'MongoDB 4.4');
    await work(ben, mongo, 'close', 'Upgraded on 16 January; checkout answered throughout.');
    await signOff(crew, mongo, 'close');
    await emil.post(`notices/${mongo.id}/close`);
    await mail('demo/02-rds-ca-2019-first.eml', 'no-reply-aws@amazon.com');
    const rds = await find(ben, 'RDS');
    await assess(ben, rds, {
      impact: 'Orders and reporting. Every client that checks the certificate stops connecting: the shop, the workers, the nightly export.',
      environment: 'production',
      team: platform
    });
    await signOff(crew, rds, 'assess');
  }],
  ['2024-03-07T18:40:00Z', 'Azure ends TLS 1.0', async () => {
    await ben.upload('demo/05-azure-tls.eml');
    const azure = await find(ben, 'TLS 1.2');
    await assess(ben, azure, {
      impact: 'Backups are written by an agent of 2019 that may speak TLS 1.0 only.',
      environment: 'production',
      team: platform
    });
    await signOff(crew, azure, 'assess');
    await sign(dana, azure, 'assess', { verdict: 'object', comment: 'Which agent, on how many hosts? I will sign once that is known.' });
  }],
  ['2024-05-02T09:00:00Z', 'Heroku and Google announce', async () => {
    await mail('demo/03-heroku-20.eml', 'noreply@heroku.com');
    const heroku = await find(chiara, 'Heroku-20');
    await assess(chiara, heroku, {
      impact: 'Two apps. Builds stop on 1 May 2025; until then only security updates are missing.',
      environment: 'production',
      team: platform
    });
    await sign(chiara, heroku, 'assess');
    await ben.upload('demo/07-gcr-shutdown.eml');
  }],
  ['2024-05-27T09:00:00Z', 'A circuit, a host, a certificate', async () => {
    await mail('demo/06-carrier-maintenance.eml', 'maintenance@northline-carrier.example');
    await mail('demo/04-ec2-retirement.eml', 'no-reply-aws@amazon.com');
    await ben.upload('demo/09-letsencrypt-expiry.eml');
    const circuit = await find(chiara, 'NLC-00481');
    await assess(chiara, circuit, {
      impact: 'Half of our uplinks in Frankfurt. The other carrier takes over; tested in March.',
      environment: 'production',
      team: platform
    });
    await sign(chiara, circuit, 'assess');
    await sign(emil, circuit, 'assess');
  }],
  ['2024-05-30T06:30:00Z', 'AWS reminds, and names an instance that nobody knew', async () => {
    await mail('demo/13-rds-ca-2019-reminder.eml', 'no-reply-aws@amazon.com');
    await mail('demo/08-github-runner.eml', 'noreply@github.com');
    const gcr = await find(chiara, 'Container Registry');
    await chiara.post(`notices/${gcr.id}/dismiss`, {
      reason: 'We moved to Artifact Registry in February.',
      consequence: 'If a pull from gcr.io is left somewhere, that build fails on 18 March 2025.'
    });
    const rds = await find(ben, 'RDS');
    await ben.post(`notices/${rds.id}/comments`, { text: 'orders-archive is new to me. Who made it, and who connects to it?' });
  }],
  ['2024-06-03T06:30:00Z', 'Monday morning', async () => {
    await ben.upload('demo/10-status-incident.json');
    await mail('demo/11-billing.eml', 'billing@digitalocean.com');
    await mail('demo/12-maintenance-completed.eml', 'support@linode.com');
    await mail('demo/14-cloudsql-maintenance-2023.eml', 'CloudPlatform-noreply@google.com');
    await mail('demo/15-unclear.eml', 'jonas@hosting.example');
  }]
];

if (once) await elsewhere();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
for (const [index, [clock, title, act]] of acts.entries()) {
  const last = index === acts.length - 1;
  const house = await serve(binary, folder, clock, { visible: last && !once });
  if (index === 0) await moveIn(house);
  else await everybodySignsIn();
  console.log(`${clock.slice(0, 10)}  ${title}`);
  await act();
  if (!last || once) {
    await house.stop();
    continue;
  }
  console.log(`
The demo runs at ${origin()} (its clock: 3 June 2024). Password for everybody: a demo is no secret
  ada@example.com     administrator, lead        chiara@example.com  engineer
  ben@example.com     engineer                   emil@example.com    lead
  dana@example.com    executive                  fay@example.com     auditor
Ctrl-C ends it; what it did lies in ${folder}.`);
  process.once('SIGINT', () => house.stop());
  process.once('SIGTERM', () => house.stop());
  await house.ended;
}

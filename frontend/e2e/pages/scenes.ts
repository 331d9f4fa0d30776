/** Every page in every state that has a look of its own. */
import type { Answers } from '../fixtures/server';
import { Refusal } from '../fixtures/server';
import { calendarPage, duties, together, versions, work } from '../fixtures/calendar';
import {
	channels,
	deliveries,
	delivery,
	deliveryHtml,
	message,
	messages,
	page,
	peoplePage,
	procedure,
	procedures,
	proof,
	recordPage,
	waiting,
} from '../fixtures/house';
import { account, everyWay, onlyHere, tokens } from '../fixtures/account';
import { choices, hooks, rehearsal, tally } from '../fixtures/mailing';
import { closed, notice, shaken } from '../fixtures/notice';
import { home, list } from '../fixtures/notices';
import { people } from '../fixtures/people';

export interface Scene {
	name: string;
	path: string;
	answers: Answers;
	/** What must be on the page before it is looked at. */
	heading: string;
}

const nobody = { '/session': new Refusal(401, 'not_signed_in', 'Nobody is signed in.') };
const nothing = { waiting: [], following: [], horizon: [], counts: { open: 0, overdue: 0, needs_person: 0 } };
const away = new Refusal(
	503,
	'unavailable',
	'The database does not answer. Countersign tries again by itself.',
);

export const scenes: Scene[] = [
	{ name: 'home', path: '/', answers: { '/home': home }, heading: 'Waiting on you' },
	{ name: 'home-empty', path: '/', answers: { '/home': nothing }, heading: 'Waiting on you' },
	{ name: 'home-failed', path: '/', answers: { '/home': away }, heading: 'Something failed' },
	{ name: 'notices', path: '/notices', answers: { '/notices': list }, heading: 'Notices' },
	{
		name: 'notices-none',
		path: '/notices?stage=close&overdue=true',
		answers: { '/notices': { ...list, items: [], next: null } },
		heading: 'Notices',
	},
	{
		name: 'notice',
		path: '/notices/12',
		answers: { '/notices/12': notice({}), '/teams': { items: [], next: null } },
		heading: 'RDS certificate authority rds-ca-2019 expires',
	},
	{
		name: 'notice-shaken',
		path: '/notices/12',
		answers: { '/notices/12': shaken, '/teams': { items: [], next: null } },
		heading: 'RDS certificate authority rds-ca-2019 expires',
	},
	{
		name: 'notice-closed',
		path: '/notices/12',
		answers: { '/notices/12': closed, '/teams': { items: [], next: null } },
		heading: 'RDS certificate authority rds-ca-2019 expires',
	},
	{
		name: 'sign-in',
		path: '/sign-in',
		answers: { ...nobody, '/session/ways': onlyHere },
		heading: 'Sign in',
	},
	{
		name: 'sign-in-providers',
		path: '/sign-in?problem=address_unknown',
		answers: { ...nobody, '/session/ways': everyWay },
		heading: 'Sign in',
	},
	{ name: 'sign-in-link', path: '/sign-in/link/token', answers: nobody, heading: 'Sign in here?' },
	{
		name: 'proven',
		path: '/proven?problem=another_account&to=/',
		answers: nobody,
		heading: 'Nothing was proven',
	},
	{
		name: 'account',
		path: '/account',
		answers: { '/account': account, '/tokens': page(tokens), '/session/ways': everyWay },
		heading: 'Your account',
	},
	{ name: 'setup', path: '/setup/token', answers: nobody, heading: 'Who you are' },
	{
		name: 'invitation',
		path: '/invitation/token',
		answers: { ...nobody, '/invitations/token': { name: 'Ruth Okafor', email: 'ruth@example.com' } },
		heading: 'Welcome',
	},
	{
		name: 'notice-by-hand',
		path: '/notices/new',
		answers: { '/providers': page([{ id: 'aws', name: 'Amazon Web Services', domains: [], notices: 4 }]) },
		heading: 'A notice by hand',
	},
	{
		name: 'calendar',
		path: '/calendar?month=2024-07',
		answers: calendarPage,
		heading: 'July 2024',
	},
	{
		name: 'together',
		path: '/together?kind=informational&gate=close',
		answers: { '/sign-offs': page(together) },
		heading: 'Sign together',
	},
	{ name: 'intake', path: '/intake', answers: { '/messages': page(messages, 'more') }, heading: 'Intake' },
	{
		name: 'intake-empty',
		path: '/intake?state=needs_person',
		answers: { '/messages': page([]) },
		heading: 'Intake',
	},
	{
		name: 'intake-channels',
		path: '/intake/channels',
		answers: { '/channels': page(channels) },
		heading: 'Intake',
	},
	{
		name: 'message',
		path: '/intake/m2',
		answers: { '/messages/m2': message, '/messages': page(waiting) },
		heading: 'Fwd: important changes to your service',
	},
	{
		name: 'intake-unverified',
		path: '/intake?unverified=true',
		answers: { '/messages': page(waiting) },
		heading: 'Intake',
	},
	{
		name: 'notice-of-message',
		path: '/notices/new?message=m2',
		answers: {
			'/messages/m2': message,
			'/providers': page([{ id: 'aws', name: 'Amazon Web Services', domains: [], notices: 4 }]),
		},
		heading: 'A notice by hand',
	},
	{
		name: 'procedures',
		path: '/procedures',
		answers: { '/procedures': page(procedures) },
		heading: 'Procedures',
	},
	{
		name: 'procedure',
		path: '/procedures/certificate-rotation',
		answers: { '/procedures/certificate-rotation': procedure },
		heading: 'Certificate rotation',
	},
	{
		name: 'procedure-history',
		path: '/procedures/certificate-rotation/versions',
		answers: { '/procedures/certificate-rotation/versions': page(versions) },
		heading: 'History',
	},
	{
		name: 'procedure-edit',
		path: '/procedures/certificate-rotation/edit',
		answers: { '/procedures/certificate-rotation/versions': page(versions) },
		heading: 'Edit the procedure',
	},
	{ name: 'people', path: '/people', answers: { ...peoplePage, '/duties': page(duties) }, heading: 'People' },
	{
		name: 'person',
		path: '/people/p4',
		answers: {
			...peoplePage,
			'/people/p4': people.map((person) => ({ ...person, active: false }))[3] ?? {},
			'/people/p4/work': work,
			'/duties': page([]),
		},
		heading: 'Tomasz Zieliński',
	},
	{ name: 'record', path: '/record', answers: { '/record': recordPage, ...proof }, heading: 'Record' },
	{
		name: 'record-damaged',
		path: '/record',
		answers: {
			'/record': recordPage,
			...proof,
			'/record/verification': {
				...proof['/record/verification'],
				state: 'damaged',
				damage: [
					'notice/01900000-0000-7000-8000-000000000001: event 7 was edited',
					'notice/01900000-0000-7000-8000-000000000001: the end was cut off; a checkpoint has seen its event 31',
				],
			},
		},
		heading: 'Record',
	},
	{
		name: 'outbox',
		path: '/outbox?mail=d1',
		answers: {
			'/deliveries': page(deliveries),
			'/deliveries/d1': delivery,
			'/deliveries/d1/html': deliveryHtml,
			'/deliveries/tally': tally,
		},
		heading: 'Outbox',
	},
	{
		name: 'outbox-hooks',
		path: '/outbox/hooks',
		answers: { ...peoplePage, '/hooks': page(hooks) },
		heading: 'Hooks',
	},
	{
		name: 'outbox-hooks-none',
		path: '/outbox/hooks',
		answers: { ...peoplePage, '/hooks': page([]) },
		heading: 'Hooks',
	},
	{
		name: 'outbox-choices',
		path: '/outbox/choices',
		answers: { '/mail-choices': choices },
		heading: 'Your mails',
	},
	{
		name: 'rehearsal',
		path: '/rehearsal?notice=12',
		answers: { '/procedures': page(procedures), 'POST /rehearsals': rehearsal },
		heading: 'Rehearsal',
	},
];

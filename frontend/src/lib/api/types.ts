/**
 * The shapes that the API gives, under the names that the pages use. Times are RFC 3339 in UTC.
 */

export type Precision = 'date' | 'instant';
/** A point in time as the provider wrote it; a bare date stays one. */
export interface When {
	at: string;
	precision: Precision;
	zone?: string | null;
}

export type Role = 'administrator' | 'member' | 'auditor';
export interface PersonRef {
	id: string;
	name: string;
}

export interface Session {
	person: { id: string; name: string; email: string; zone: string };
	role: Role;
	levels: string[];
	authenticated: { method: string; at: string };
	fresh_until: string | null;
	local_mode: boolean;
	installation: string;
	/** The business clock, which is not always the machine's. */
	now: string;
}

export interface Setup {
	needed: boolean;
	local_mode: boolean;
}

export type Stage = 'assess' | 'schedule' | 'close' | 'closed' | 'dismissed' | 'historic';
export type Gate = 'assess' | 'schedule' | 'close' | 'dismiss';
export type Authenticity = 'verified' | 'vouched' | 'unverified' | 'failed';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

export interface NoticeRow {
	id: string;
	number: number;
	title: string;
	provider: { id: string; name: string };
	kind: string;
	status: string;
	stage: Stage;
	authenticity: Authenticity;
	priority: { assigned: string; effective: string };
	hard_deadline: When | null;
	act_by: string | null;
	overdue: boolean;
	waiting: { gate: Gate; level: string }[];
	opened_at: string;
	updated_at: string;
	/** The words around a search hit, with «» around the hit itself. */
	highlight?: string | null;
}

export interface WaitingItem {
	notice: NoticeRow;
	gate: Gate;
	level: string;
	due: string | null;
	overdue: boolean;
	why: string;
}

export interface HorizonEntry {
	at: string;
	end?: string | null;
	what: 'hard_deadline' | 'act_by' | 'window' | 'gate_due';
	notice: { number: number; title: string; provider: string };
	label: string;
}

export interface Home {
	waiting: WaitingItem[];
	following: NoticeRow[];
	horizon: HorizonEntry[];
	counts: { open: number; overdue: number; needs_person: number };
}

export interface Page<T> {
	items: T[];
	next: string | null;
}

export interface Facet {
	value: string;
	label: string;
	count: number;
}
export type NoticePage = Page<NoticeRow> & { facets?: Record<string, Facet[]> };

export interface Blocker {
	code: string;
	gate: Gate | null;
	level: string | null;
	person: PersonRef | null;
	resource?: string | null;
	step?: string | null;
	sentence: string;
}

export interface Change {
	label: string;
	before: string | null;
	after: string | null;
}

export interface Signature {
	id: string;
	person: PersonRef;
	level: string;
	verdict: 'approve' | 'object';
	at: string;
	comment: string | null;
	state: 'valid' | 'stale' | 'withdrawn';
	authenticated: { method: string; at: string };
	difference?: Change[] | null;
}

export type RequirementState =
	| 'not_applicable'
	| 'unsatisfied'
	| 'satisfied'
	| 'stale'
	| 'objected'
	| 'overridden';

export interface Requirement {
	level: string;
	level_name: string;
	needed: number;
	state: RequirementState;
	assigned: PersonRef[];
	signatures: Signature[];
}

export interface GateView {
	gate: Gate;
	due: string | null;
	state: 'open' | 'blocked' | 'passed' | 'not_applicable';
	subject: {
		digest: string;
		version: number;
		words: string;
		summary: { label: string; value: string }[];
	};
	requirements: Requirement[];
	blockers: Blocker[];
}

export interface Fact {
	id: string;
	/** What the fact says, as `hard_expiry` or `resource`. */
	name: string;
	label: string;
	value: string;
	quote: string | null;
	confidence: number | null;
	source: 'reading' | 'person';
}

export interface Deadline {
	id: string;
	role: 'recommended_by' | 'auto_applied' | 'forced' | 'hard_expiry';
	when: When;
	as_written: string | null;
	quote: string | null;
	confidence: number | null;
	source: 'reading' | 'person';
	is_hard: boolean;
}

export interface Window {
	start: string;
	end: string;
	as_written: string | null;
}

export interface Resource {
	id: string;
	key: string;
	type: string | null;
	account: string | null;
	region: string | null;
	environment: string | null;
	team: string | null;
	confirmed: boolean;
	proposed?: { environment: string | null; team: string | null } | null;
}

export interface Evidence {
	id: string;
	kind: string;
	text: string | null;
	by: PersonRef | null;
	at: string;
}

export interface Step {
	id: string;
	title: string;
	guidance_html: string;
	gate: Gate;
	scope: 'once' | 'environment' | 'resource';
	done: boolean;
	by: PersonRef | null;
	at: string | null;
	evidence: Evidence[];
}

export interface Segment {
	text: string;
	facts: string[];
	style?: 'struck' | 'quoted' | 'footer' | null;
}
export interface TextPart {
	part: string;
	segments: Segment[];
}

export interface Comment {
	id: string;
	by: PersonRef | null;
	at: string;
	text: string | null;
}

export interface RecordEntry {
	sequence: number;
	at: string;
	actor: { kind: 'person' | 'system' | 'provider'; id: string | null; name: string };
	type: string;
	sentence: string;
	hash: string;
	prev: string;
}

export interface Message {
	id: string;
	channel: string;
	received_at: string;
	from: string | null;
	subject: string | null;
	state: string;
	authenticity: Authenticity;
	reason: string | null;
	size: number;
	sha256: string;
	notices: { number: number; title: string }[];
}

export interface Proposal {
	id: string;
	kind: string;
	sentence: string;
	consequence: string | null;
	by: PersonRef | null;
	at: string;
}

export interface Notice extends NoticeRow {
	authenticity_reason: string | null;
	facts: Fact[];
	deadlines: Deadline[];
	windows: Window[];
	resources: Resource[];
	impact: { text: string; by: PersonRef | null; at: string } | null;
	plan: { start: string; end: string; text: string | null; by: PersonRef | null } | null;
	gates: GateView[];
	blockers: Blocker[];
	steps: Step[];
	messages: Message[];
	text: TextPart[];
	comments: Comment[];
	record: RecordEntry[];
	watching: boolean;
	procedure: { id: string; title: string; version: number };
	you: { levels: string[]; may: string[] };
	marks: string[];
	proposals: Proposal[];
}

export interface Person {
	id: string;
	name: string;
	email: string;
	zone: string;
	role: Role;
	levels: string[];
	teams: string[];
	active: boolean;
	invited: boolean;
	absence: { from: string; until: string } | null;
}
export interface Level {
	id: string;
	name: string;
	rank: number;
}
export interface Team {
	id: string;
	name: string;
}
export interface OwnershipRule {
	id: string;
	pattern: string;
	team: string;
}

export interface ProcedureRow {
	id: string;
	title: string;
	kinds: string[];
	version: number;
	summary: string;
}
export interface Procedure extends ProcedureRow {
	gates: {
		gate: Gate;
		due: string;
		words: string;
		requirements: { level: string; level_name: string; needed: number }[];
	}[];
	lead_time: string | null;
	steps: { id: string; title: string; guidance_html: string; gate: Gate; scope: Step['scope'] }[];
	reminders: string[];
}

export interface Delivery {
	id: string;
	kind: 'mail' | 'webhook';
	template: string;
	to: string;
	subject: string;
	notice: { number: number; title: string } | null;
	state: 'waiting' | 'leased' | 'sent' | 'failed' | 'superseded';
	due_at: string;
	sent_at: string | null;
	attempts: number;
	last_error: string | null;
}
export type DeliveryDetail = Delivery & { html: string | null; text: string | null; message_id: string | null };

export interface Difference {
	changes: Change[];
}

/** What can be done about a fact, and how its value is told. Pure. */
import type { Deadline, Fact, Notice } from '$lib/api/types';
import { whenInWords } from '$lib/time/format';

/** The reader is asked about what was read with less confidence than this. */
const UNSURE = 0.7;

/** What is corrected here; for a later date and another kind that is a proposal. What else is wrong is said in a comment. */
export const isCorrectable = (fact: Fact) => ['deadline', 'title', 'provider', 'kind'].includes(fact.name);

const deadlineOf = (notice: Pick<Notice, 'deadlines'>, fact: Fact): Deadline | undefined =>
	fact.name === 'deadline' ? notice.deadlines.find((deadline) => deadline.id === fact.id) : undefined;

/** The facts that a person has to look at: an ambiguous date until it is confirmed, and whatever was read unsurely. */
export function unsure(notice: Pick<Notice, 'deadlines' | 'facts'>): Set<string> {
	const doubtful = notice.facts.filter((fact) => {
		const deadline = deadlineOf(notice, fact);
		return deadline ? !deadline.confirmed : fact.source === 'reading' && fact.confidence < UNSURE;
	});
	return new Set(doubtful.map((fact) => fact.id));
}

/** The facts with their dates in words, as the rest of the page writes them. */
export function told(notice: Pick<Notice, 'deadlines' | 'facts'>): Fact[] {
	return notice.facts.map((fact) => {
		const deadline = deadlineOf(notice, fact);
		return deadline ? { ...fact, value: whenInWords(deadline.when) } : fact;
	});
}

/** Who a comment names: `@` and the whole name. Pure. */

interface Known {
	id: string;
	name: string;
}

/** The people whom a text names, each once. A longer name goes before a shorter one that it begins with. */
export function mentioned<P extends Known>(text: string, people: P[]): P[] {
	let rest = text.toLowerCase();
	const found: P[] = [];
	for (const person of [...people].sort((a, b) => b.name.length - a.name.length)) {
		const sign = `@${person.name.toLowerCase()}`;
		if (!rest.includes(sign)) continue;
		found.push(person);
		rest = rest.replaceAll(sign, ' ');
	}
	return found;
}

/** What is being typed behind the last `@` before the cursor; nothing where no name can be meant. */
export function typedName(text: string, cursor: number): string | undefined {
	return /(?:^|\s)@([\p{L}\p{M}'’. -]{0,40})$/u.exec(text.slice(0, cursor))?.[1];
}

/** The text with a name in the place of what was typed, and where the cursor stands then. */
export function completed(text: string, cursor: number, name: string): { text: string; cursor: number } {
	const typed = typedName(text, cursor) ?? '';
	const before = text.slice(0, cursor - typed.length);
	return { text: `${before}${name} ${text.slice(cursor)}`, cursor: before.length + name.length + 1 };
}

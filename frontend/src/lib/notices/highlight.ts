/** The server puts search hits between these two characters, which occur in no text. */
const START = '\u0002';
const END = '\u0003';

/** Splits a search hit's surroundings into plain and marked pieces, to be shown as text and never as HTML. */
export function pieces(text: string): { text: string; hit: boolean }[] {
	return text.split(START).flatMap((rest, n) => {
		if (n === 0) return rest ? [{ text: rest, hit: false }] : [];
		const [hit = '', after = ''] = rest.split(END);
		return [{ text: hit, hit: true }, ...(after ? [{ text: after, hit: false }] : [])];
	});
}

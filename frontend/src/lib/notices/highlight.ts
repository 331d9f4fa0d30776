/** Splits text with «hits» in it into plain and marked pieces, to be shown as text and never as HTML. */
export function pieces(text: string): { text: string; hit: boolean }[] {
	return text
		.split(/(«[^»]*»)/)
		.filter(Boolean)
		.map((piece) =>
			piece.startsWith('«') && piece.endsWith('»')
				? { text: piece.slice(1, -1), hit: true }
				: { text: piece, hit: false },
		);
}

/** A month as weeks from Monday to Sunday. Days are `YYYY-MM-DD`, so that no zone moves them. */

export const dayKey = (at: Date) => at.toISOString().slice(0, 10);

/** `2024-07` from a link, or the month of `now`. */
export function monthOf(text: string | null, now: Date): string {
	return text && /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? text : dayKey(now).slice(0, 7);
}

export function moved(month: string, by: number): string {
	const [year = 0, number = 1] = month.split('-').map(Number);
	return dayKey(new Date(Date.UTC(year, number - 1 + by, 1))).slice(0, 7);
}

export function weeks(month: string): string[][] {
	const first = new Date(`${month}-01T00:00:00Z`);
	const day = new Date(first);
	day.setUTCDate(1 - ((first.getUTCDay() + 6) % 7));
	const all: string[][] = [];
	do {
		const week: string[] = [];
		for (let n = 0; n < 7; n++) {
			week.push(dayKey(day));
			day.setUTCDate(day.getUTCDate() + 1);
		}
		all.push(week);
	} while (dayKey(day).slice(0, 7) === month);
	return all;
}

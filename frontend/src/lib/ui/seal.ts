/** The outline of a seal: a circle whose edge goes in and out, as a stamped one does. */
export function scalloped(centre: number, radius: number, teeth: number, depth: number): string {
	const point = (angle: number, r: number) =>
		`${(centre + r * Math.cos(angle)).toFixed(2)} ${(centre + r * Math.sin(angle)).toFixed(2)}`;
	const step = (2 * Math.PI) / teeth;
	let path = `M${point(0, radius - depth)}`;
	for (let tooth = 0; tooth < teeth; tooth++) {
		const start = tooth * step;
		path += `Q${point(start + step / 2, radius + depth)} ${point(start + step, radius - depth)}`;
	}
	return `${path}Z`;
}

/** What a browser says of itself, short enough to be recognised. A hint for people; nothing is decided by it. */
const browsers: [RegExp, string][] = [
	[/Edg\//, 'Edge'],
	[/Firefox\//, 'Firefox'],
	[/Chrome\/|Chromium\//, 'Chrome'],
	[/Safari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
	[/Android/, 'Android'],
	[/iPhone|iPad/, 'iOS'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'macOS'],
	[/Linux/, 'Linux'],
];

const first = (list: [RegExp, string][], text: string) => list.find(([pattern]) => pattern.test(text))?.[1];

export function deviceName(agent: string | null): string {
	if (!agent) return 'An unnamed program';
	const [browser, system] = [first(browsers, agent), first(systems, agent)];
	if (browser && system) return `${browser} on ${system}`;
	return browser ?? system ?? (agent.split(/[\s/]/)[0] || 'An unnamed program');
}

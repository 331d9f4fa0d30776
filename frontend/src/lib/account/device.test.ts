import { expect, it } from 'vitest';
import { deviceName } from './device';

it.each([
	[
		'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36',
		'Chrome on Linux',
	],
	[
		'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1',
		'Safari on iOS',
	],
	['curl/8.5.0', 'curl'],
	[null, 'An unnamed program'],
])('%s is told as %s', (agent, name) => expect(deviceName(agent)).toBe(name));

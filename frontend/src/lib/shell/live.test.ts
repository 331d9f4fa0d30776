import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

/** A stream that a test speaks for. */
class Stream {
	static last: Stream;
	private take: (event: MessageEvent<string>) => void = () => undefined;
	constructor(readonly url: string) {
		Stream.last = this;
	}
	addEventListener(_: string, take: (event: MessageEvent<string>) => void) {
		this.take = take;
	}
	says(topic: string) {
		this.take(new MessageEvent('changed', { data: JSON.stringify({ topic }) }));
	}
	close = vi.fn();
}

const navigating: { to: unknown } = { to: null };
const invalidate = vi.fn<(what: string) => Promise<void>>(() => Promise.resolve());
let follow: () => () => void;

beforeAll(async () => {
	vi.resetModules();
	vi.doMock('$app/navigation', () => ({ invalidate }));
	vi.doMock('$app/state', () => ({ navigating }));
	({ follow } = await import('./live'));
});
afterAll(() => {
	vi.doUnmock('$app/navigation');
	vi.doUnmock('$app/state');
	vi.resetModules();
});

let leave: () => void;
beforeEach(() => {
	vi.useFakeTimers();
	vi.stubGlobal('EventSource', Stream);
	leave = follow();
});
afterEach(() => {
	leave();
	vi.unstubAllGlobals();
	vi.useRealTimers();
	invalidate.mockClear();
	navigating.to = null;
});

const asked = () => invalidate.mock.calls.map(([what]) => what);

test('a burst of changes is one reload of what shows them', () => {
	for (let n = 0; n < 100; n++) Stream.last.says('people');
	expect(asked(), 'it is gathered first').toEqual([]);
	vi.advanceTimersByTime(250);
	expect(asked()).toEqual(['live:people', 'live:any']);
});

test('what changes while somebody goes to another page waits until they have arrived', () => {
	navigating.to = { url: '/procedures/1' };
	Stream.last.says('procedures');
	vi.advanceTimersByTime(5_000);
	expect(asked(), 'loading anew would break off the way there').toEqual([]);
	navigating.to = null;
	vi.advanceTimersByTime(1_000);
	expect(asked()).toEqual(['live:procedures', 'live:any']);
});

test('who left hears nothing more', () => {
	Stream.last.says('people');
	leave();
	vi.advanceTimersByTime(5_000);
	expect(asked()).toEqual([]);
	expect(Stream.last.close).toHaveBeenCalled();
});

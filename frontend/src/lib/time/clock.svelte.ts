/**
 * The business clock: the server's, which in local mode may be set to another date. Pages never read the machine's
 * clock for anything but how much of it has run since the server last said what time it is.
 */
class Clock {
	#ahead = $state(0);
	#tick = $state(Date.now());

	/** The business time, renewed twice a minute. */
	get now(): Date {
		return new Date(this.#tick + this.#ahead);
	}

	/** Takes the server's time (RFC 3339) as the time now. */
	set(serverNow: string) {
		this.#tick = Date.now();
		this.#ahead = Date.parse(serverNow) - this.#tick;
	}

	/** Starts renewing; the result stops it. */
	run(): () => void {
		const timer = setInterval(() => (this.#tick = Date.now()), 30_000);
		return () => clearInterval(timer);
	}
}

export const clock = new Clock();

/** What a provider's redirect can bring back instead of somebody, by its code. */
const told: Record<string, string> = {
	account_ended: 'Your account here has been ended. An administrator can open it again.',
	address_unverified:
		'The provider has not verified your mail address, so nobody here can be found by it. Verify it there, or sign in another way and link the account on the page “Your account”.',
	address_unknown: 'Nobody here has the address that the provider gives. An administrator can invite you.',
	linked_elsewhere: 'That account belongs to somebody else here already.',
	another_account: 'That is another account at the provider than yours. Nothing was signed.',
	not_asked_again: 'The provider did not ask you again who you are. Sign out there and try once more.',
	undated: 'The provider does not say when it asked who you are. Prove it another way.',
	not_vouched: 'The provider did not vouch for you.',
	word_does_not_hold:
		'What the provider says does not hold: its signature or its times are wrong. If this stays so, tell an administrator.',
	not_begun: 'This sign-in was not begun in this browser, or has run out. Begin again.',
	provider_failed: 'The provider did not answer as it should. Try again in a moment, or another way.',
	not_signed_in: 'Your session has ended meanwhile. Sign in again.',
};

export const explained = (code: string): string =>
	told[code] ?? 'That did not work. Try again, or another way.';

/** Only a path of this very site, never another's address. */
export function ownPath(wanted: string | null): string {
	return wanted && /^\/(?![/\\])/.test(wanted) && !wanted.includes('\\') ? wanted : '/';
}

/** Keys that work on every page. A page's own keys live with the page. */
import { daily, house } from './places';

/** Whether a key pressed there is text being written, or a shortcut of the browser's. */
export function isTyping(event: KeyboardEvent): boolean {
	if (event.ctrlKey || event.metaKey || event.altKey) return true;
	const at = event.target;
	if (!(at instanceof HTMLElement)) return false;
	return (
		at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.closest('dialog') !== null
	);
}

/** `g` and then a place's key: where it leads. */
export function destination(key: string): string | undefined {
	return [...daily, ...house].find((place) => place.key === key)?.href;
}

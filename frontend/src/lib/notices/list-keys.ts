/** `j` and `k` walk through the links to notices in a list; Enter is the link's own. */
import { isTyping } from '$lib/shell/keys';

export function listKeys(list: HTMLElement): () => void {
	function key(event: KeyboardEvent) {
		if (isTyping(event) || (event.key !== 'j' && event.key !== 'k')) return;
		const links = [...list.querySelectorAll<HTMLElement>('ol a[href], [data-rows] a[href]')];
		if (links.length === 0) return;
		const at = links.indexOf(document.activeElement as HTMLElement);
		const to = at === -1 ? 0 : at + (event.key === 'j' ? 1 : -1);
		const link = links[Math.min(Math.max(to, 0), links.length - 1)];
		link?.focus();
		link?.scrollIntoView({ block: 'nearest' });
		event.preventDefault();
	}
	window.addEventListener('keydown', key);
	return () => window.removeEventListener('keydown', key);
}

import type { Page } from '$lib/api/types';

/** A list that grows a page at a time. Made anew whenever the page's data is. */
export class Paged<T> {
	items: T[] = $state.raw([]);
	next: string | null = $state(null);

	constructor(first: Page<T>) {
		this.items = first.items;
		this.next = first.next;
	}

	add = (more: Page<T>) => {
		this.items = [...this.items, ...more.items];
		this.next = more.next;
	};
}

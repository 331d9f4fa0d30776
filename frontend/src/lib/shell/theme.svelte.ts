/** Light, dark, or as the system says. `static/theme.js` sets the same before the first paint. */
export type Theme = 'auto' | 'light' | 'dark';

const order: Theme[] = ['auto', 'light', 'dark'];

function stored(): Theme {
	try {
		const chosen = localStorage.getItem('theme');
		return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
	} catch {
		return 'auto';
	}
}

class ThemeChoice {
	chosen = $state<Theme>(stored());

	next() {
		this.chosen = order[(order.indexOf(this.chosen) + 1) % order.length] ?? 'auto';
		if (this.chosen === 'auto') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = this.chosen;
		try {
			localStorage.setItem('theme', this.chosen);
		} catch {
			// Without storage the choice lasts until the page is left.
		}
	}
}

export const theme = new ThemeChoice();

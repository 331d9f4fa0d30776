/** Light, dark, or as the system says. `static/theme.js` applies it. */
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
		try {
			localStorage.setItem('theme', this.chosen);
		} catch {
			// Where storage is forbidden the system's preference stands.
		}
		dispatchEvent(new Event('theme'));
	}
}

export const theme = new ThemeChoice();

// Sets the theme before the first paint, and again when the choice or the system's preference changes. A file of its own,
// so that the policy for scripts stays strict.
(function () {
	var dark = matchMedia('(prefers-color-scheme: dark)');
	function apply() {
		var chosen = null;
		try {
			chosen = localStorage.getItem('theme');
		} catch {
			// Storage may be forbidden; then the system's preference stands.
		}
		if (chosen !== 'light' && chosen !== 'dark') chosen = dark.matches ? 'dark' : 'light';
		document.documentElement.dataset.theme = chosen;
	}
	apply();
	dark.addEventListener('change', apply);
	addEventListener('theme', apply);
})();

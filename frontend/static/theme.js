// Sets the chosen theme before the first paint. A file of its own, so that the policy for scripts stays strict.
(function () {
	var chosen = null;
	try {
		chosen = localStorage.getItem('theme');
	} catch {
		// Storage may be forbidden; then the system's preference stands.
	}
	if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();

/** The zones that the browser knows, as choices. */
export function zones(): { value: string; label: string }[] {
	return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((zone) => ({
		value: zone,
		label: zone.replaceAll('_', ' '),
	}));
}

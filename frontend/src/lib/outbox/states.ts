import type { DeliveryRow } from '$lib/api/types';

export type DeliveryState = DeliveryRow['state'];

export const states: Record<DeliveryState, { name: string; tone: 'plain' | 'signed' | 'late' }> = {
	waiting: { name: 'Waiting', tone: 'plain' },
	leased: { name: 'Being sent', tone: 'plain' },
	sent: { name: 'Sent', tone: 'signed' },
	failed: { name: 'Failed', tone: 'late' },
	gathered: { name: 'In a digest', tone: 'plain' },
	superseded: { name: 'No longer needed', tone: 'plain' },
};

// What people do with a notice, in the demo: find it, confirm what it touches, do the work, sign.
import { pause } from './house.mjs';

/** The notice whose title holds `words`, once the reader has filed it. */
export async function find(person, words) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { items } = await person.get('notices?limit=100');
    const row = items.find((item) => item.title.toLowerCase().includes(words.toLowerCase()));
    if (row) return person.get(`notices/${row.id}`);
    await pause(100);
  }
  throw new Error(`no notice about “${words}” opened within ten seconds`);
}

/** Says what it means for us, and whose each resource is. */
export async function assess(person, notice, { impact, environment, team }) {
  for (const resource of notice.resources) {
    await person.put(`notices/${notice.id}/resources/${resource.id}`, { environment, team, confirmed: true });
  }
  return person.post(`notices/${notice.id}/impact`, { text: impact });
}

export async function plan(person, notice, start, end, text) {
  return person.post(`notices/${notice.id}/window`, { start, end, text });
}

/** Signs the gate as shown at this moment. */
export async function sign(person, notice, gate, { verdict = 'approve', comment } = {}) {
  const now = await person.get(`notices/${notice.id}`);
  const digest = now.gates.find((each) => each.gate === gate).subject.digest;
  await person.freshen();
  return person.post(`notices/${notice.id}/sign-offs`, { gate, verdict, subject_digest: digest, comment });
}

/** Does every step of the procedure that is not done, with a note as evidence. */
export async function work(person, notice, note) {
  const now = await person.get(`notices/${notice.id}`);
  for (const step of now.steps.filter((each) => !each.done)) {
    await person.post(`notices/${notice.id}/steps/${step.id}/done`, {
      evidence_note: note,
      ...(step.applies_to ? { scope: step.applies_to } : {})
    });
  }
}

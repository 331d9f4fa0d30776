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

/** Looks at unclear dates, says what it means for us and whose each resource is, and does what the procedure wants first. */
export async function assess(person, notice, { impact, environment, team }) {
  for (const date of notice.deadlines.filter((each) => !each.confirmed)) {
    await person.post(`notices/${notice.id}/facts/${date.id}/confirmation`);
  }
  for (const resource of notice.resources) {
    await person.put(`notices/${notice.id}/resources/${resource.id}`, { environment, team });
  }
  await person.post(`notices/${notice.id}/impact`, { text: impact });
  await work(person, notice, 'assess', impact);
}

export async function plan(person, notice, start, end, text) {
  await person.post(`notices/${notice.id}/window`, { start, end, text });
  await work(person, notice, 'schedule', text);
}

/** Signs the gate as shown at this moment. */
export async function sign(person, notice, gate, { verdict = 'approve', comment } = {}) {
  const now = await person.get(`notices/${notice.id}`);
  const digest = now.gates.find((each) => each.gate === gate).subject.digest;
  await person.freshen();
  return person.post(`notices/${notice.id}/sign-offs`, { gate, verdict, subject_digest: digest, comment });
}

/** Signs the gate with one or more of `crew` for each level that it asks for. */
export async function signOff(crew, notice, gate) {
  const reader = Object.values(crew)[0][0];
  const now = await reader.get(`notices/${notice.id}`);
  for (const { level, needed } of now.gates.find((each) => each.gate === gate).requirements) {
    for (const who of crew[level].slice(0, needed)) await sign(who, notice, gate);
  }
}

/** Does every step that the procedure wants done before this gate, with a note as evidence. */
export async function work(person, notice, gate, note) {
  const now = await person.get(`notices/${notice.id}`);
  for (const step of now.steps.filter((each) => each.gate === gate && !each.done)) {
    await person.post(`notices/${notice.id}/steps/${step.id}/done`, {
      evidence_note: note,
      ...(step.place ? { scope: step.place } : {})
    });
  }
}

// Checks that every npm package that takes part in building the page has a licence that allows it.
// Reads the installed packages themselves, so that a lock file cannot claim otherwise.
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const allowed = new Set([
  '0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC-BY-4.0', 'CC0-1.0', 'ISC', 'MIT', 'MIT-0',
  'MPL-2.0', 'OFL-1.1', 'Python-2.0', 'Unlicense', 'W3C-20150513'
]);

/** Every package folder below a node_modules folder, nested ones too. */
function* packages(modules) {
  if (!existsSync(modules)) return;
  for (const entry of readdirSync(modules, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const path = join(modules, entry.name);
    if (entry.name.startsWith('@')) {
      for (const scoped of readdirSync(path)) yield* one(join(path, scoped));
    } else yield* one(path);
  }
}

function* one(path) {
  if (existsSync(join(path, 'package.json'))) yield path;
  yield* packages(join(path, 'node_modules'));
}

/** `(MIT OR Apache-2.0)` is fine when one side is, `A AND B` when both are. */
function fine(expression) {
  const bare = expression.replace(/[()]/g, ' ').trim();
  return bare.split(/\s+OR\s+/).some((side) => side.split(/\s+AND\s+/).every((name) => allowed.has(name.trim())));
}

let count = 0;
const bad = [];
for (const path of packages('frontend/node_modules')) {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  if (!name || !version) continue;
  count += 1;
  const said = typeof license === 'string' ? license : (license?.type ?? 'none told');
  if (!fine(said)) bad.push(`${name} ${version}: ${said}`);
}
if (count === 0) bad.push('no package is installed: run npm ci in frontend/ first');
if (bad.length > 0) {
  console.error(`npm licences: not allowed (scripts/npm-licences.mjs says which are):\n  ${bad.join('\n  ')}`);
  process.exit(1);
}
console.log(`npm licences ok (${count} packages)`);

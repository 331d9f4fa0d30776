#!/usr/bin/env bash
# Looks for known weaknesses and for crates that nobody maintains any more, in databases that are kept elsewhere.
#   COUNTERSIGN_ADVISORIES=FOLDER   a clone of RustSec's advisory-db on this machine: nothing is fetched
# A weakness that is found fails, and so does a clone that is older than 90 days. A database that cannot be had is said aloud
# on standard error.
set -eu
cd "$(dirname "$0")/.."
unchecked() { echo "NOT CHECKED: $1" >&2; }

deny=target/tools/bin/cargo-deny
if [ ! -x "$deny" ]; then
  unchecked "advisories about crates: scripts/licences.sh installs cargo-deny, and has not run"
elif [ -n "${COUNTERSIGN_ADVISORIES:-}" ]; then
  # cargo-deny knows a database by the name that it gives the folder.
  kept=target/advisories/advisory-db-3157b0e258782691
  rm -rf target/advisories && mkdir -p target/advisories
  git clone --quiet "$COUNTERSIGN_ADVISORIES" "$kept"
  echo "RustSec's database as of $(git -C "$kept" log -1 --format=%cs)"
  "$deny" --offline --all-features check --hide-inclusion-graph advisories
elif answer=$(timeout 60 "$deny" fetch db 2>&1); then
  "$deny" --offline --all-features check --hide-inclusion-graph advisories
else
  unchecked "advisories about crates: RustSec's database is not to be had from here (${answer##*$'\n'}). Clone it where it is, and name the clone in COUNTERSIGN_ADVISORIES"
fi

# Exit 1 with a list is a finding; without one the registry did not answer.
if answer=$(cd frontend && npm audit --omit=dev --audit-level=low --json 2>/dev/null); then
  echo "npm audit: nothing known about the packages of the page"
elif grep -q '"auditReportVersion"' <<<"$answer"; then
  (cd frontend && npm audit --omit=dev --audit-level=low) || true
  exit 1
else
  unchecked "advisories about npm packages: the registry does not answer npm audit from here"
fi

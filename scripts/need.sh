#!/usr/bin/env bash
# Says which of the named programs are missing, and where they come from.
set -eu
missing=0
for program in "$@"; do
  command -v "$program" >/dev/null && continue
  missing=1
  case $program in
    cargo) echo "cargo is missing: install Rust 1.95 or newer with rustup (https://rustup.rs)" >&2 ;;
    node | npm) echo "$program is missing: install Node.js 20 or newer with npm (https://nodejs.org)" >&2 ;;
    *) echo "$program is missing" >&2 ;;
  esac
done
exit $missing

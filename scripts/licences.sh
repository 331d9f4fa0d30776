#!/usr/bin/env bash
# Checks the licences and sources of every crate and of every package that the page ships, against deny.toml.
set -eu
version=0.20.2
tools=target/tools
if ! "$tools/bin/cargo-deny" --version 2>/dev/null | grep -qF "$version"; then
  # An unoptimised build is ready in half the time and checks just as well.
  cargo install cargo-deny --version "$version" --locked --debug --quiet --root "$tools"
fi
# Advisories need a database from the network; they are checked where one can be had (docs/SECURITY.md).
"$tools/bin/cargo-deny" --all-features check --hide-inclusion-graph licenses bans sources
node scripts/npm-licences.mjs

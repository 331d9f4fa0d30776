#!/usr/bin/env bash
# Asks every operation of the OpenAPI document what no page would ask (schemathesis), with a signed-in session of each role
# against a real server. Fails on any 5xx and on any answer that the document does not describe.
#   scripts/attack-api.sh [the binary]        COUNTERSIGN_SOAK=1 asks ten times as much
set -eu
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/debug/countersign}")
venv=target/attack-api
[ -x $venv/bin/schemathesis ] || { python3 -m venv $venv && $venv/bin/pip install --quiet 'schemathesis>=4,<5'; }
examples=${COUNTERSIGN_SOAK:+150}
exec $venv/bin/python scripts/attack-api.py "$binary" "$(realpath $venv/bin/schemathesis)" "${examples:-15}"

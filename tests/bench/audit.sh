#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `signet audit` of N certificates (default 10^5) beside what cannot be spared:
# the same signatures verified and the same octets hashed by as many threads,
# from memory. Seconds, the shortest of three rounds in which the two took
# turns, the rate, and audit's share of the bare rate.
#
#   cmake --build --preset release -t bench
#   tests/bench/audit.sh [N] [KEY] [BUILD]
#
# KEY is the type of all keys (default ed25519, by which the certificates are
# also soonest made). They are issued as `issue --batch` does it, into a folder
# in memory. BENCH_ROUNDS and BENCH_THREADS say how often, and by how many.
set -euo pipefail

count=${1:-100000}
key=${2:-ed25519}
build=$(readlink -f "${3:-$(dirname "$0")/../../build/release}")
signet=$build/signet
bench=$build/tests/bench_audit
rounds=${BENCH_ROUNDS:-3}
scratch=$(mktemp -d -p "${TMPDIR:-/dev/shm}")
trap 'rm -rf "$scratch"' EXIT
export SIGNET_HOME=$scratch/home

"$signet" init "Bench Root" --key "$key" --no-passphrase --quiet
"$signet" ca add issuing "Bench CA" --key "$key" --no-passphrase --quiet
"$bench" fill "$SIGNET_HOME" "$count" "$key"

# least FILE: the smallest number in it.
least() {
	sort -n "$1" | head -n 1
}

for threads in ${BENCH_THREADS:-1 $(nproc)}; do
	rm -f "$scratch/bare" "$scratch/audit"
	for ((round = 0; round < rounds; round++)); do
		"$bench" bare "$SIGNET_HOME" "$threads" >>"$scratch/bare"
		/usr/bin/time -f '%e %U %S %M' -o "$scratch/time" \
		    "$signet" audit --threads "$threads" >"$scratch/out"
		grep -q ' 0 faults' "$scratch/out"
		cut -d ' ' -f 1 "$scratch/time" >>"$scratch/audit"
		printf 'round %d: bare %s s, audit %s s\n' "$((round + 1))" \
		    "$(tail -n 1 "$scratch/bare")" "$(tail -n 1 "$scratch/audit")"
	done
	awk -v n="$count" -v t="$threads" -v bare="$(least "$scratch/bare")" \
	    -v audit="$(least "$scratch/audit")" \
	    -v kib="$(cut -d ' ' -f 4 "$scratch/time")" -v key="$key" 'BEGIN {
		printf "%s, %d thread(s): bare %.2f s, %d/s; audit %.2f s, %d/s: %d%%; peak %d MiB\n",
		    key, t, bare, n / bare, audit, n / audit,
		    100 * bare / audit, kib / 1024 }'
done

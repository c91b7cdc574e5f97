#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What could not run is not shown as passed: it ends with 77, CTest's "Skipped".

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
}

# bats in bats: it keeps its own files elsewhere.
run_bats() {
	printf '%s\n' '#!/usr/bin/env bats' "$@" >"$BATS_TEST_TMPDIR/one.bats"
	run env -u BATS_TMPDIR -u BATS_RUN_TMPDIR -u BATS_TEST_NAME \
	    "$SIGNET_SOURCE/tests/run_bats.sh" bats "$BATS_TEST_TMPDIR/one.bats"
	echo "$output"
}

@test "programs that need the corpora, where there are none" {
	[ -d "${SIGNET_BUILD:-}/tests" ] || skip "SIGNET_BUILD names no build"
	local source program count=0
	export SIGNET_CORPORA=$BATS_TEST_TMPDIR/none
	for source in $(grep -lE 'corpora(_file)?\(' \
	    "$SIGNET_SOURCE"/tests/unit/test_*.c); do
		program=$SIGNET_BUILD/tests/$(basename "$source" .c)
		[ -x "$program" ] || skip "no unit tests were built"
		run "$program"
		echo "$program: $status"
		[ "$status" -eq 77 ]
		count=$((count + 1))
	done
	[ "$count" -ge 8 ]
	# None asks for them by another way.
	run grep -l 'SIGNET_CORPORA"' "$SIGNET_SOURCE"/tests/unit/test_*.c
	echo "$output"
	[ -z "$output" ]
}

@test "a file of bats whose every test is skipped" {
	run_bats '@test "one" { skip; }' '@test "two" { skip "not here"; }'
	[ "$status" -eq 77 ]
}

@test "a file of bats with one that ran, and with one that fails" {
	run_bats '@test "one" { skip; }' '@test "two" { true; }'
	[ "$status" -eq 0 ]
	run_bats '@test "one" { skip; }' '@test "two" { false; }'
	[ "$status" -eq 1 ]
}

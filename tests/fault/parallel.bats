#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sixty-four processes for a minute (checklist 74, 75, 79, 87): what must hold
# stands in many_hands.py. interop.parallel does it with fewer.

load ../cli/helper

@test "64 processes issue, renew, revoke, publish, answer and back up for a minute" {
	needs openssl python3
	cd "$BATS_TEST_TMPDIR"
	python3 "$SIGNET_SOURCE/tests/fault/many_hands.py" "$SIGNET" \
	    "$BATS_TEST_TMPDIR/hands" --hands 64 --seconds 60 >out 2>&1 || {
		cat out
		return 1
	}
	sed 's/^/# /' out >&3
	grep -q '^64 hands, .*; 0 promises broken' out
}

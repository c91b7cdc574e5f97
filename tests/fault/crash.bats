#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A fault of each kind at each call that changes the disk, of each command
# that writes (checklist 70, 71, 73): what must hold after it stands in
# crash_matrix.py.

load ../cli/helper

@test "a fault at each call of each command that writes" {
	needs openssl python3
	[ -e "${SIGNET_SHIM:-}" ] || skip "SIGNET_SHIM is not built"
	cd "$BATS_TEST_TMPDIR"
	python3 "$SIGNET_SOURCE/tests/fault/crash_matrix.py" "$SIGNET" \
	    "$SIGNET_SHIM" "$SIGNET_SOURCE/tests/vectors/home-1" --all >out 2>&1 || {
		cat out
		return 1
	}
	sed 's/^/# /' out >&3
	grep -Eq '^[1-9][0-9]{3,} faults tried, 0 promises broken' out
}

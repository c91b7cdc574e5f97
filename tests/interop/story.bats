#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# docs/how-tls-works.md: its commands are run, and print what it shows.

load servers

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	local program
	for program in openssl python3; do
		command -v "$program" >/dev/null ||
		    skip "$program is not installed"
	done
	SIGNET=${SIGNET:-$SIGNET_SOURCE/build/release/signet}
	PATH=$(dirname "$(readlink -f "$SIGNET")"):$PATH
	export HOME=$BATS_TEST_TMPDIR NO_COLOR=1
	unset SIGNET_HOME XDG_DATA_HOME
	page=$BATS_TEST_TMPDIR/page.md
	cp "$SIGNET_SOURCE/docs/how-tls-works.md" "$page"
	mkdir "$BATS_TEST_TMPDIR/run"
	cd "$BATS_TEST_TMPDIR/run"
}

# What a step that failed has left running.
teardown() {
	! pgrep -f "s_server -accept 127.0.0.1:(${one:-x}|${two:-x}) " >pids ||
	    xargs -r kill <pids
}

type_page() {
	one=$(free_port)
	two=$(free_port)
	python3 "$SIGNET_SOURCE/tests/interop/doc_console.py" "$page" \
	    "8443=$one" "9443=$two"
}

@test "the story of Jason prints what the page shows" {
	# What other features add to is not held against it; each warning is
	# about what it is told for.
	sed -i 's/, [0-9]* events: /, 99 events, 3 others: /' "$page"
	grep -q '99 events, 3 others: 0 faults' "$page"
	[ "$(grep -c '^NO ' "$page")" -eq 3 ]
	run type_page
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${output%% *}" -ge 40 ]
	# Everything that it started has ended.
	run jobs -p
	[ -z "$output" ]
	[ ! -e jason/company.key ]
	[ ! -e notary/company.key ]
}

# The test above can fail.
@test "a page that shows something else is noticed" {
	sed -i 's/^verdict: walk away: nobody/verdict: good, nobody/' "$page"
	run type_page
	[ "$status" -eq 1 ]
	[[ "$output" == *"-verdict: good, nobody"* ]]
	[[ "$output" == *"+verdict: walk away: nobody"* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The main job as ./quickstart shows it: it checks itself; here is checked
# that it can be looked at, and that it cleans up.

demo=$BATS_TEST_DIRNAME/quickstart_demo.sh

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	PATH=$PATH:/usr/sbin:/sbin
	for program in nginx curl openssl; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

@test "the demo runs to its end, leaves nothing, and fits 80 columns" {
	run bash "$demo"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"Try next"* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
	run awk 'length > 80 { print; wide = 1 } END { exit wide }' <<<"$output"
	echo "$output"
	[ "$status" -eq 0 ]
}

# pasted: a command as a newcomer pastes it, but for the passphrase.
pasted() {
	case "$1 $2" in
	init\ * | ca\ add | issue\ * | key\ new)
		set -- "$@" --no-passphrase
		;;
	esac
	setsid -w "$SIGNET" "$@" </dev/null
}

@test "what the demo says to try next can be pasted, from top to bottom" {
	cd "$BATS_TEST_TMPDIR"
	export SIGNET_HOME=$PWD/home
	SIGNET=${SIGNET:-$SIGNET_SOURCE/build/release/signet}
	sed -n '/^cat <<.END.$/,/^END$/p' "$demo" | grep '^    signet ' \
	    >next.sh
	[ "$(wc -l <next.sh)" -ge 5 ]
	signet() { pasted "$@"; }
	set -e
	source next.sh
}

@test "--keep keeps the scratch folder and says where it is" {
	run bash "$demo" --keep
	[ "$status" -eq 0 ]
	[ -f "$(sed -n 's/^Kept: //p' <<<"$output")/home/ledger.db" ]
}

@test "a step that fails ends the demo with a failure" {
	printf '#!/bin/sh\n[ "$1" != sign ] || { echo "sign: no"; exit 3; }\n' \
	    >"$BATS_TEST_TMPDIR/signet"
	chmod +x "$BATS_TEST_TMPDIR/signet"
	SIGNET=$BATS_TEST_TMPDIR/signet run bash "$demo"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"sign: no"* ]]
	[[ $output == *"The demo ended early"* ]]
}

@test "an unknown option is refused" {
	run bash "$demo" --kepe
	[ "$status" -eq 2 ]
}

@test "./quickstart says what it can do, and refuses what it cannot" {
	cd "$SIGNET_SOURCE"
	run ./quickstart help
	[ "$status" -eq 0 ]
	[[ $output == *"./quickstart test --all"* ]]
	run ./quickstart tset
	[ "$status" -eq 2 ]
	run ./quickstart test --al
	[ "$status" -eq 2 ]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "quickstart and CMake ask for the same wolfSSL" {
	cd "$SIGNET_SOURCE"
	version=$(sed -n 's/^wolfssl_least=//p' quickstart)
	[ -n "$version" ]
	grep -qF "set(least \"$version\")" CMakeLists.txt
}

@test "CI runs what a developer runs" {
	run tail -n 1 "$SIGNET_SOURCE/.ci/run"
	[ "$output" = "./quickstart test" ]
}

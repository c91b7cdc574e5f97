#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The systemd units of docs/: that systemd understands them, how much they
# leave open, and that what they deny is not needed.

load helper
load serve

setup() {
	[ -x "$front" ]
	needs systemd-analyze
	started=()
	cd "$BATS_TEST_TMPDIR" || return
	# Where this build is, instead of where it would be installed.
	sed "s,/usr/local/bin/signet ,$SIGNET ," \
	    "$SIGNET_SOURCE/docs/signet-serve.service" >signet-serve.service
	cp "$SIGNET_SOURCE/docs/signet-serve.socket" .
	grep -q "^ExecStart=$SIGNET serve " signet-serve.service
}

teardown() {
	stop_all
}

@test "systemd has nothing to say against them" {
	run systemd-analyze verify ./signet-serve.socket ./signet-serve.service
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the exposure is at most 1.5" {
	systemd-analyze security --help | grep -q -- --offline ||
	    skip "this systemd-analyze reads no files"
	run systemd-analyze security --offline=yes --threshold=15 \
	    ./signet-serve.service
	echo "$output" | tail -n 1
	[ "$status" -eq 0 ]
}

# allowed SET...: the calls in systemd's sets, by name.
allowed() {
	local set
	for set in "$@"; do
		case $set in
		@*)
			# shellcheck disable=SC2046 # words
			allowed $(systemd-analyze --no-pager syscall-filter "$set" |
			    sed -nE 's/^    ([^# ].*)/\1/p')
			;;
		*) printf '%s\n' "$set" ;;
		esac
	done
}

@test "no system call is needed that the unit denies" {
	can_trace
	needs openssl sqlite3 curl pgrep
	new_home home
	export SIGNET_HOME=$PWD/home
	signet ocsp init --all --no-passphrase --quiet
	mapfile -t words < <(sed -nE 's/^SystemCallFilter=([^~].*)/\1/p' \
	    signet-serve.service | tr ' ' '\n')
	mapfile -t denied < <(sed -nE 's/^SystemCallFilter=~(.*)/\1/p' \
	    signet-serve.service | tr ' ' '\n')
	comm -23 <(allowed "${words[@]}" | sort -u) \
	    <(allowed "${denied[@]}" | sort -u) >allowed
	grep -qx openat allowed
	not grep -qx ptrace allowed
	launch strace -f -o trace -E ASAN_OPTIONS=detect_leaks=0 \
	    "$SIGNET" serve --listen 127.0.0.1:0
	is_up
	authorities_as_pem
	signet issue server a.example --no-passphrase --quiet
	ocsp home/issued/a.example.crt | grep -q ': good'
	soon get /crl/issuing.crl >/dev/null
	get /metrics >/dev/null
	kill -TERM "$fronts"
	ended "$pid"
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' trace | sort -u >used
	grep -qx accept4 used
	# SQLite's, where it is root who runs it: the unit's is an ordinary user.
	comm -23 used allowed | grep -vx fchown >missing || true
	cat missing
	[ ! -s missing ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Many hands on one ledger (checklist 74): they queue, none overwrites.

load ../cli/helper

setup() {
	needs openssl sqlite3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
}

@test "40 processes sign at once: 40 certificates, 40 rows, 40 serials" {
	local i pid failed=0
	local -a pids=()

	new_home "$SIGNET_HOME" ecdsa-p256
	for i in $(seq 40); do
		request "r$i" "host$i.example.com"
	done
	for i in $(seq 40); do
		signet sign "r$i.csr" --policy server --out "r$i.crt" --quiet 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=$((failed + 1))
	done
	[ "$failed" -eq 0 ]
	local certificates=(r*.crt)
	[ "${#certificates[@]}" -eq 40 ]
	[ "$(for i in r*.crt; do openssl x509 -in "$i" -noout -serial; done |
	    sort -u | wc -l)" -eq 40 ]
	[ "$(rows "select count(*) from certificate where policy = 'server' and state = 2")" -eq 40 ]
	signet audit
}

@test "signing, revoking and publishing at once: CRL numbers rise, audit is clean" {
	local i pid failed=0
	local -a pids=()

	new_home "$SIGNET_HOME"
	for i in $(seq 12); do
		request "r$i" "host$i.example.com"
		signet sign "r$i.csr" --policy server --out "r$i.crt" --quiet
	done
	for i in $(seq 12); do
		signet revoke "r$i.crt" --quiet 3>&- &
		pids+=($!)
		signet sign "r$i.csr" --policy server --out "s$i.crt" --quiet 3>&- &
		pids+=($!)
	done
	for i in 1 2 3; do
		signet crl --out "$i.crl" --quiet 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=$((failed + 1))
	done
	[ "$failed" -eq 0 ]
	signet crl --out last.crl --quiet
	[ "$(openssl crl -in last.crl -noout -text | grep -c 'Serial Number')" -eq 12 ]
	[ "$(for i in ./*.crl; do openssl crl -in "$i" -noout -crlnumber; done |
	    sort -u | wc -l)" -eq 4 ]
	signet audit
}

# checklist 74, 75, 79, 87; fault.parallel: 64 of them, for a minute
@test "16 processes do all that can be done at once" {
	needs python3
	python3 "$SIGNET_SOURCE/tests/fault/many_hands.py" "$SIGNET" \
	    "$BATS_TEST_TMPDIR/hands" --hands 16 --commands 8 >out 2>&1 || {
		cat out
		return 1
	}
	echo "# $(tail -n 1 out)" >&3
	grep -q '^16 hands, .*, 128 turns, .*; 0 promises broken' out
}

@test "two init at once: one wins, the other is refused and leaves nothing" {
	local a b first=0 second=0

	signet init "First CA" --key ed25519 --no-passphrase --quiet 3>&- &
	a=$!
	signet init "Second CA" --key ed25519 --no-passphrase --quiet 3>&- &
	b=$!
	wait "$a" || first=$?
	wait "$b" || second=$?
	[ $((first + second)) -eq 3 ]
	[ "$first" -eq 0 ] || [ "$second" -eq 0 ]
	local homes=(home*)
	[ "${homes[*]}" = home ]
	[ "$(rows 'select count(*) from certificate')" -eq 1 ]
	signet audit
}

@test "a ledger that others hold for longer than --wait: 75, nothing written" {
	local before after

	needs flock
	new_home "$SIGNET_HOME"
	request r host.example.com
	before=$(rows 'select count(*) from certificate')
	flock "$SIGNET_HOME/ledger.db.lock" sleep 20 3>&- &
	local holder=$!
	until ! flock -n "$SIGNET_HOME/ledger.db.lock" true; do :; done
	refused 75 "ledger" signet sign r.csr --policy server --out r.crt --wait 1
	kill "$(pgrep -P "$holder")" "$holder" 2>/dev/null || true
	wait "$holder" 2>/dev/null || true
	after=$(rows 'select count(*) from certificate')
	[ "$before" -eq "$after" ]
	[ ! -e r.crt ]
}

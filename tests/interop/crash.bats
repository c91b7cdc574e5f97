#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is left when a process dies or the disk fails at any moment (checklist
# 70, 71, 73): the ledger opens, every certificate file has its row, every
# signature that may exist has a row, and the next signing works.

load ../cli/helper

setup() {
	needs openssl sqlite3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
}

# Everything that must hold whatever happened.
consistent() {
	local crt der
	signet audit >audit.txt || {
		cat audit.txt
		return 1
	}
	for crt in ./*.crt; do
		[ -e "$crt" ] || continue
		der=$(openssl x509 -in "$crt" -outform DER |
		    od -An -v -tx1 | tr -d ' \n')
		[ "$(rows "select count(*) from certificate
		    where state = 2 and hex(der) = upper('$der')")" -eq 1 ] || {
			echo "$crt: released, and not in the ledger as issued"
			return 1
		}
	done
	[ "$(rows "select count(*) from certificate
	    where state not in (1, 2)")" -eq 0 ]
	# No temporary file either.
	for crt in ./*.crt.*; do
		[ ! -e "$crt" ]
	done
}

# milliseconds COMMAND...
milliseconds() {
	local start=${EPOCHREALTIME/./}
	"$@"
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

@test "kill -9 at random moments of 200 signings" {
	local i pid span killed=0 status

	new_home "$SIGNET_HOME" ecdsa-p256
	request r host.example.com
	span=$(milliseconds signet sign r.csr --policy server --out 0.crt --quiet)
	for i in $(seq 200); do
		"$SIGNET" sign r.csr --policy server --out "$i.crt" --quiet \
		    </dev/null 3>&- &
		pid=$!
		sleep "0.$(printf '%03d' $((RANDOM % (span + 2))))"
		kill -9 "$pid" 2>/dev/null || true
		status=0
		wait "$pid" 2>/dev/null || status=$?
		[ "$status" -ne 137 ] || killed=$((killed + 1))
	done
	consistent
	echo "# killed $killed of 200, $(tail -n 1 audit.txt)" >&3
	[ "$killed" -gt 20 ]
	signet sign r.csr --policy server --out last.crt --quiet
	consistent
}

# calls NAME... : how often one signing makes these system calls.
calls() {
	local IFS=,
	strace -f -qq -o trace.txt -e trace="$*" "$SIGNET" sign r.csr \
	    --policy server --out counted.crt --quiet </dev/null
	rm counted.crt
	grep -c '(' trace.txt
}

@test "SIGKILL at each write, sync and link of one signing" {
	local call count k tried=0

	needs strace
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	new_home "$SIGNET_HOME"
	request r host.example.com
	for call in pwrite64 write fdatasync fsync linkat; do
		count=$(calls "$call") || count=0
		for k in $(seq "$count"); do
			strace -f -qq -o /dev/null -e trace="$call" \
			    -e inject="$call:signal=SIGKILL:when=$k" \
			    "$SIGNET" sign r.csr --policy server \
			    --out "$call-$k.crt" --quiet </dev/null \
			    >/dev/null 2>&1 || true
			tried=$((tried + 1))
		done
	done
	[ "$tried" -gt 10 ]
	consistent
	echo "# killed at $tried calls, $(tail -n 1 audit.txt)" >&3
	signet sign r.csr --policy server --out last.crt --quiet
	consistent
}

@test "ENOSPC and EIO at each write, sync and link of one signing" {
	local call fault count k tried=0 status before

	needs strace
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	new_home "$SIGNET_HOME"
	request r host.example.com
	for call in pwrite64 fdatasync fsync linkat; do
		count=$(calls "$call") || count=0
		for fault in ENOSPC EIO; do
			for k in $(seq "$count"); do
				status=0
				strace -f -qq -o /dev/null -e trace="$call" \
				    -e inject="$call:error=$fault:when=$k" \
				    "$SIGNET" sign r.csr --policy server \
				    --out "$call-$fault-$k.crt" --quiet \
				    </dev/null >/dev/null 2>err.txt || status=$?
				tried=$((tried + 1))
				[ "$status" -ne 0 ] || continue
				[ -s err.txt ]
				[ ! -e "$call-$fault-$k.crt" ]
			done
		done
	done
	[ "$tried" -gt 10 ]
	consistent
	before=$(rows 'select count(*) from certificate')
	echo "# failed $tried calls, $(tail -n 1 audit.txt)" >&3
	signet sign r.csr --policy server --out last.crt --quiet
	[ "$(rows 'select count(*) from certificate')" -eq $((before + 1)) ]
	consistent
}

@test "an init that is killed leaves no half authority" {
	local call count k

	needs strace
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	for call in fdatasync fsync rename; do
		for k in 1 2 3 4 5 6; do
			strace -f -qq -o /dev/null -e trace="$call" \
			    -e inject="$call:signal=SIGKILL:when=$k" \
			    "$SIGNET" init "Lab Root CA" --key ed25519 \
			    --no-passphrase --quiet </dev/null >/dev/null 2>&1 ||
			    true
			[ ! -e "$SIGNET_HOME" ] || {
				signet audit
				rm -r "$SIGNET_HOME"
			}
		done
	done
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	signet audit
}

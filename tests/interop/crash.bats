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

# What failed, from strace's own record; a fault that was told is counted, and
# one that was not is none of ours or an error of the program.
#
# The one exception: SQLite syncs the folder of its log after the first commit
# and takes no notice when that fails. Signet has synced it before (an fsync),
# and that one is told.
told() {
	local status=$1 injected
	injected=$(grep -F '(INJECTED)' trace.txt) || return 0
	tried=$((tried + 1))
	if [ "$status" -ne 0 ]; then
		failed=$((failed + 1))
		return 0
	fi
	case $injected in
	*"fdatasync("*"<$(pwd -P)/home>)"*) spared=$((spared + 1)) ;;
	*)
		echo "exit 0 with $injected"
		return 1
		;;
	esac
}

@test "ENOSPC and EIO at each write, sync and link of one signing" {
	local call fault count k tried=0 failed=0 spared=0 status before

	needs strace
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	new_home "$SIGNET_HOME"
	request r host.example.com
	for call in pwrite64 write fdatasync fsync linkat; do
		count=$(calls "$call") || count=0
		for fault in ENOSPC EIO; do
			for k in $(seq "$count"); do
				status=0
				strace -f -y -qq -o trace.txt -e trace="$call" \
				    -e inject="$call:error=$fault:when=$k" \
				    "$SIGNET" sign r.csr --policy server \
				    --out "$call-$fault-$k.crt" --quiet \
				    </dev/null >/dev/null 2>err.txt || status=$?
				told "$status"
				[ "$status" -ne 0 ] || continue
				[ -s err.txt ]
				[ ! -e "$call-$fault-$k.crt" ]
			done
		done
	done
	echo "# $tried calls failed: $failed told, $spared spared" >&3
	[ "$tried" -gt 30 ]
	[ "$failed" -eq $((tried - spared)) ]
	[ "$spared" -le 2 ]
	consistent
	before=$(rows 'select count(*) from certificate')
	signet sign r.csr --policy server --out last.crt --quiet
	[ "$(rows 'select count(*) from certificate')" -eq $((before + 1)) ]
	consistent
}

@test "a folder that cannot be synced is told, and it can be tried again" {
	local serial

	needs strace
	strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	new_home "$SIGNET_HOME"
	request r host.example.com
	cd "$(pwd -P)"
	mkdir out
	# -P alone: the calls on that folder.
	unsynced() {
		strace -f -qq -o /dev/null -P "$PWD/$1" -e trace=fsync \
		    -e inject=fsync:error=EIO "$SIGNET" "${@:2}" \
		    </dev/null >/dev/null 2>err.txt && return 1
		cat err.txt
		grep -q 'folder cannot be synced: Input/output error' err.txt
	}
	unsynced out sign r.csr --policy server --out out/r.crt
	serial=$(sed -n 's/.*in the ledger: .signet show \([0-9a-f]*\) --pem.*/\1/p' \
	    err.txt)
	signet show "$serial" --pem | openssl x509 -noout
	[ ! -e out/r.crt ]
	signet sign r.csr --policy server --out out/r.crt --quiet
	# What is replaced cannot be taken back.
	unsynced out sign r.csr --policy server --out out/r.crt --force
	grep -q 'is written, but its folder' err.txt
	openssl x509 -in out/r.crt -noout
	unsynced home sign r.csr --policy server --out new.crt
	[ ! -e new.crt ]
	unsynced home/crl crl
	grep -q 'signed and in the ledger' err.txt
	signet crl --due --out c.pem
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

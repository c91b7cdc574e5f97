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
	local call k

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

# Killed and out of space at each call of one signing, and some of the other
# faults; tests/fault/crash.bats tries all.
@test "a fault at one call or another of each command that writes" {
	needs python3
	[ -e "${SIGNET_SHIM:-}" ] || skip "SIGNET_SHIM is not built"
	python3 "$SIGNET_SOURCE/tests/fault/crash_matrix.py" "$SIGNET" \
	    "$SIGNET_SHIM" "$SIGNET_SOURCE/tests/vectors/home-1" >out 2>&1 || {
		cat out
		return 1
	}
	echo "# $(tail -n 1 out)" >&3
	grep -Eq '^[1-9][0-9]{2,} faults tried, 0 promises broken' out
}

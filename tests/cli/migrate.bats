#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A home that an earlier version made (checklist 82): opened as if it were
# ours, and from then on it is.

load helper

setup() {
	needs openssl sqlite3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	cp -r "$SIGNET_SOURCE/tests/vectors/home-1" home
	sqlite3 home/ledger.db <home/ledger.sql
	rm home/ledger.sql home/README
	chmod -R go= home
}

@test "a home of version 1: all is there, audit is clean, it goes on" {
	[ "$(rows 'PRAGMA user_version')" -eq 1 ]
	signet list >out
	cat out
	grep -q ' valid .* Lab Root CA' out
	grep -q ' valid .* a.example.com' out
	grep -q ' revoked .* b.example.com' out
	grep -q ' held .* held.example.com' out
	[ "$(rows 'PRAGMA user_version')" -gt 1 ]
	signet audit | grep -q ': 0 faults, 0 orphans'
	# Whatever the clock says by now.
	signet unhold held.example.com --quiet
	request r host.example.com
	signet sign r.csr --policy server --force-time --out r.crt --quiet
	signet revoke r.crt --quiet
	signet crl --force-time --out c.pem --quiet
	[ "$(openssl crl -in c.pem -noout -crlnumber)" = crlNumber=0x03 ]
	[ "$(openssl crl -in c.pem -noout -text | grep -c 'Serial Number')" -eq 2 ]
	signet audit | grep -q ': 0 faults, 0 orphans'
}

@test "two at once bring it up once" {
	local pid other
	signet list --quiet >a.txt 3>&- &
	pid=$!
	signet list --quiet >b.txt 3>&- &
	other=$!
	wait "$pid"
	wait "$other"
	cmp a.txt b.txt
	signet audit | grep -q ': 0 faults, 0 orphans'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet unhold: certificateHold, and what lifts it.

load helper

setup_file() {
	shared_home ed25519
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	cd "$BATS_FILE_TMPDIR"
	signet issue client jason@lab.example --no-passphrase --quiet --out-dir .
	signet issue server company.com --no-passphrase --quiet --out-dir .
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/*.crt .
}

listed() {
	signet crl --ca issuing --quiet | openssl crl -noout -text |
	    grep -c 'Serial Number' || true
}

@test "a hold is listed, lifted, and listed no more (92)" {
	signet revoke jason@lab.example --reason certificateHold
	signet list | grep -q 'held .*jason'
	[ "$(listed)" -eq 1 ]
	signet unhold jason@lab.example 2>err
	grep -q 'CN=jason@lab.example) is no longer on hold' err
	grep -q 'next: signet crl' err
	signet list | grep -q 'valid .*jason'
	[ "$(listed)" -eq 0 ]
	[ "$(rows "select count(*) from event where kind = 'unheld'")" -eq 1 ]
	signet audit
}

@test "by name the one on hold is meant, by file and serial that one" {
	openssl req -new -newkey ed25519 -nodes -keyout k -out r.csr \
	    -subj /CN=jason@lab.example \
	    -addext subjectAltName=email:jason@lab.example 2>/dev/null
	signet revoke jason@lab.example --reason certificateHold
	signet sign r.csr --policy client --out second.crt --quiet
	signet unhold jason@lab.example
	signet revoke second.crt --reason certificateHold
	signet unhold second.crt
	[ "$(rows "select count(*) from revocation")" -eq 0 ]
}

@test "several bear the name: refused, or asked at a terminal" {
	openssl req -new -newkey ed25519 -nodes -keyout k -out r.csr \
	    -subj /CN=jason@lab.example \
	    -addext subjectAltName=email:jason@lab.example 2>/dev/null
	signet revoke jason@lab.example --reason certificateHold
	signet sign r.csr --policy client --out second.crt --quiet
	signet revoke second.crt --reason certificateHold
	refused 2 "say which to unhold" signet unhold jason@lab.example
	at_terminal 2 unhold jason@lab.example
	[ "$(rows "select count(*) from revocation")" -eq 1 ]
	signet revoke second.crt --reason certificateHold
	signet unhold jason@lab.example.crt second.crt
	[ "$(rows "select count(*) from revocation")" -eq 0 ]
}

@test "what is not on hold is refused, and all with it (92)" {
	refused 3 "is not on hold (not revoked)" signet unhold company.com
	signet revoke company.com --reason superseded
	refused 3 "is not on hold (superseded)" signet unhold company.com
	signet revoke jason@lab.example --reason certificateHold
	refused 3 "is not on hold" signet unhold jason@lab.example company.com
	signet revoke jason@lab.example --reason keyCompromise
	refused 3 "is not on hold (keyCompromise)" signet unhold \
	    jason@lab.example
	[ "$(rows "select count(*) from revocation")" -eq 2 ]
	refused 4 "no certificate" signet unhold nobody
	refused 2 "missing" signet unhold
}

@test "an authority on hold signs again after it" {
	signet revoke "Lab Issuing CA" --reason certificateHold
	refused 3 "certificateHold" signet issue client a@lab.example \
	    --no-passphrase --ca issuing
	signet unhold "Lab Issuing CA"
	signet issue client a@lab.example --no-passphrase --ca issuing
}

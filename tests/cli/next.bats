#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What signet says to do next can be pasted, and meets the same home.

load helper

setup() {
	needs openssl sqlite3
	cd "$BATS_TEST_TMPDIR" || return
}

# pasted: the last command that was advised, run by a shell. It gets no
# passphrase: keys here have none.
pasted() {
	local line
	line=$(sed -n 's/^next: //p' said | tail -1)
	echo "pasted: $line"
	PATH=$(dirname "$SIGNET"):$PATH setsid -w bash -c "$line $*" \
	    2>said </dev/null || {
		cat said
		return 1
	}
}

begin() {
	signet init "Lab Root CA" "$@" --key ed25519 --no-passphrase 2>said
}

@test "from init on, each next step is pasted" {
	begin --home "my home's"
	grep -qF "next: signet --home \"my home's\" ca add issuing" said
	pasted --no-passphrase
	signet ca list --home "my home's" | grep -q 'CN=Lab Issuing CA'
	request company company.com
	pasted
	openssl x509 -in company.crt -noout
	pasted >listed
	grep -q company.com listed
	signet revoke company.com --home "my home's" 2>said
	pasted
	[ -s all.crl.pem ]
}

@test "without --home the next steps have none" {
	export SIGNET_HOME=$PWD/home
	begin
	grep -q '^next: signet ca add' said
	unset SIGNET_HOME
	export XDG_DATA_HOME=$PWD/xdg
	begin
	grep -q '^next: signet ca add' said
}

@test "the root's name leads to the issuing authority's" {
	local name
	signet init "C=DE, CN=My Root" --home a --key ed25519 --no-passphrase \
	    2>said
	grep -qF 'issuing "C=DE, CN=My Issuing"' said
	signet init 'A$B Root' --home b --key ed25519 --no-passphrase 2>said
	grep -qF "issuing 'A\$B Issuing'" said
	signet init "Lab" --home c --key ed25519 --no-passphrase 2>said
	grep -qF 'issuing "Issuing CA"' said
}

@test "key, request: each leads to the next, whatever the file is called" {
	signet key new --out 'a key' --type ed25519 --no-passphrase 2>said
	pasted
	openssl req -in company.csr -noout -verify
	signet csr new --key 'a key' --email a@b.example --out 'a csr' 2>said
	grep -qF 'signet sign "a csr" --policy client' said
}

@test "commands in errors have --home too, help has not" {
	refused 4 '`signet --home nowhere init NAME`' signet list \
	    --home nowhere
	refused 2 '`signet help sign`' signet sign --home nowhere
	new_home home
	refused 4 '`signet --home home list`' signet show nobody --home home
}

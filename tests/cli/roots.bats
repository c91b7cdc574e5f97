#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet roots export: what relying parties are to trust.

load helper

setup_file() {
	shared_home ed25519
}

setup() {
	own_home
}

@test "the root alone, its fingerprint on standard error" {
	signet roots export >root.pem 2>err
	[ "$(grep -c 'BEGIN CERTIFICATE' root.pem)" -eq 1 ]
	openssl verify -x509_strict -CAfile root.pem root.pem
	grep -q 'root: CN=Lab Root CA' err
	[ "$(openssl x509 -in root.pem -noout -fingerprint -sha256 |
	    cut -d= -f2)" = \
	    "$(grep -o '\([0-9A-F]\{2\}:\?\)\{16\}' err | tr -d '\n')" ]
}

@test "--with-intermediates" {
	signet roots export --with-intermediates --out all.pem
	[ "$(grep -c 'BEGIN CERTIFICATE' all.pem)" -eq 2 ]
}

@test "--out: not over what exists, but with --force" {
	signet roots export --out root.pem
	[ "$(stat -c %a root.pem)" = 644 ]
	cp root.pem before
	refused 3 "exists already" signet roots export --out root.pem
	cmp root.pem before
	signet roots export --out root.pem --force
	refused 4 "does not exist" signet roots export --out no/root.pem
	refused 4 "nowhere" signet roots export --home nowhere
}

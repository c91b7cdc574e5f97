#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet show: by serial, file or name; text, PEM, JSON.

load helper

setup_file() {
	shared_home ed25519
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	request r host.example.com
	signet sign r.csr --policy server --out r.crt --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/r.crt" .
	serial=$(openssl x509 -in r.crt -noout -serial | cut -d= -f2)
}

@test "the same by serial, name and file" {
	signet show host.example.com >name
	signet show "$serial" >upper
	signet show "${serial,,}" >lower
	signet show "$(sed 's/../&:/g; s/:$//' <<<"$serial")" >colons
	signet show r.crt >file
	for way in upper lower colons file; do
		diff name "$way"
	done
	grep -q "^serial  *${serial,,}$" name
	grep -q '^subject  *CN=host.example.com$' name
	grep -q '^ledger  *valid, policy server, issued by issuing$' name
	grep -q 'keyUsage critical: digitalSignature' name
}

@test "--pem gives back the very certificate" {
	signet show host.example.com --pem | cmp - r.crt
}

@test "--json" {
	needs jq
	signet show host.example.com --json >show.json
	json show.json '.version == 1 and (.certificates | length) == 1'
	json show.json '.certificates[0] | .state == "valid" and
	    .policy == "server" and .issuer == "issuing" and
	    .issuerName == "CN=Lab Issuing CA" and
	    .names == [{"type": "dns", "value": "host.example.com"}]'
	[ "$(json show.json '.certificates[0].sha256')" = \
	    "$(openssl x509 -in r.crt -outform DER | sha256sum | cut -c1-64)" ]
}

@test "what was revoked says when and why" {
	signet revoke r.crt --reason superseded --quiet
	signet show r.crt >text
	grep -q '^ledger  *revoked' text
	grep -q '^revoked .* (superseded)$' text
}

@test "a name that several bear shows them all" {
	signet issue server host.example.com --no-passphrase --quiet
	[ "$(signet show host.example.com | grep -c '^serial')" -eq 2 ]
	[ "$(signet show host.example.com --pem |
	    grep -c 'BEGIN CERTIFICATE')" -eq 2 ]
}

@test "a certificate of somebody else, from its file, without a home" {
	openssl req -x509 -newkey ed25519 -nodes -keyout k -out other.crt \
	    -subj "/CN=Other" 2>/dev/null
	signet show other.crt >text 2>err
	grep -q '^subject  *CN=Other$' text
	not grep -q '^ledger' text
	grep -q 'no ledger here knows it' err
	signet show other.crt --home nowhere | cmp - text
	openssl x509 -in other.crt -outform DER -out other.der
	signet show other.der | cmp - text
}

@test "what is not there, and what is no certificate" {
	refused 4 "no certificate" signet show nobody
	refused 4 "no certificate" signet show 00
	refused 4 "no certificate" signet show "${serial:0:20}"
	refused 1 "PRIVATE KEY" signet show home/keys/root.key
	refused 1 "signet csr show" signet show "$BATS_FILE_TMPDIR/r.csr"
	echo "jason only" >pass
	signet issue client jason@lab.example --p12 j.p12 --passout file:pass \
	    --out-dir . --quiet
	signet crl --ca issuing --quiet >c.pem
	openssl crl -in c.pem -outform DER -out c.crl
	openssl pkey -in home/keys/root.key -outform DER -out k.der
	openssl req -in "$BATS_FILE_TMPDIR/r.csr" -outform DER -out r.der
	openssl pkey -in home/keys/root.key -pubout -out k.pub
	openssl x509 -in r.crt -outform DER -out crt.der
	for file in c.pem c.crl; do
		refused 1 "holds a CRL" signet show "$file"
		grep -qF 'not a certificate; see `signet crl show`' err
	done
	refused 1 "holds a private key, not" signet show k.der
	refused 1 "holds a public key (PEM: PUBLIC KEY), not" signet show k.pub
	refused 1 "holds a PKCS #12 file, not" signet show j.p12
	refused 1 '; see `signet csr show`' signet show r.der
	for file in r.crt crt.der; do
		refused 1 '; see `signet show`' signet csr show "$file"
		refused 1 '; see `signet show`' signet crl show "$file"
	done
	refused 1 '; see `signet crl show`' signet csr show c.crl
	refused 1 '; see `signet crl show`' signet revoke c.crl
	head -c 100 r.crt >half.crt
	refused 1 "END" signet show half.crt
	refused 2 "exclude" signet show r.crt --pem --json
	refused 2 "missing" signet show
}

@test "several: one after the other; one that is not found is an error" {
	signet show r.crt r.crt >two
	[ "$(grep -c '^serial' two)" -eq 2 ]
	[ "$(grep -c '^$' two)" -eq 1 ]
	signet show r.crt r.crt --pem | grep -c 'BEGIN CERTIFICATE' | grep -qx 2
	signet show r.crt r.crt --json >two.json
	json two.json '.certificates | length == 2'
	refused 4 "nowhere.crt" signet show r.crt nowhere.crt
}

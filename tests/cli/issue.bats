#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet issue: key, request and certificate in one step.

load helper

setup_file() {
	shared_home ecdsa-p256
}

setup() {
	own_home
	signet roots export --quiet >root.pem
	signet show "Lab Issuing CA" --pem >issuing.pem
	echo "jason only" >pass
}

holds() {
	openssl verify -x509_strict -CAfile root.pem -untrusted issuing.pem "$@"
}

@test "a server, in the home's issued folder" {
	signet issue server company.com www.company.com 10.0.0.1 \
	    --no-passphrase
	cd home/issued
	[ "$(ls | tr '\n' ' ')" = \
	    "company.com.crt company.com.csr company.com.key " ]
	openssl verify -x509_strict -CAfile ../../root.pem \
	    -untrusted ../../issuing.pem -verify_hostname www.company.com \
	    -purpose sslserver company.com.crt
	openssl x509 -in company.com.crt -noout -ext subjectAltName |
	    grep -q 'IP Address:10.0.0.1'
	openssl x509 -in company.com.crt -pubkey -noout >crt.pub
	openssl pkey -in company.com.key -pubout | cmp - crt.pub
	openssl req -in company.com.csr -verify -noout
	[ "$(stat -c %a company.com.key)" = 600 ]
}

@test "a policy that is not there or makes authorities: said before all else" {
	refused 4 "policy foo: there is no" signet issue foo 'bad name'
	grep -qF "there are: client, ev-server, intermediate" err
	refused 4 "policy foo: there is no" signet issue server a.example \
	    --policy foo
	refused 3 "policy root: root.policy:" signet issue root a.example
	grep -qF '`signet ca add`' err
	[ -z "$(ls home/issued)" ]
}

@test "a client, its key encrypted" {
	signet issue client jason@lab.example --passout file:pass --out-dir .
	holds -purpose sslclient jason@lab.example.crt
	grep -q 'BEGIN ENCRYPTED' jason@lab.example.key
	openssl pkey -in jason@lab.example.key -passin file:pass -noout
}

@test "--p12: modern PKCS #12 that openssl opens" {
	signet issue client jason@lab.example --passout file:pass \
	    --p12 jason.p12 --out-dir .
	[ "$(stat -c %a jason.p12)" = 600 ]
	openssl pkcs12 -in jason.p12 -passin file:pass -info -noout 2>info
	cat info
	grep -q 'AES-256-CBC' info
	grep -qi 'MAC: sha256' info
	openssl pkcs12 -in jason.p12 -passin file:pass -nodes >all.pem
	[ "$(grep -c 'BEGIN CERTIFICATE' all.pem)" -eq 3 ]
	grep -q 'BEGIN PRIVATE KEY' all.pem
	not openssl pkcs12 -in jason.p12 -passin pass:wrong -noout
}

@test "where things go can be said one by one" {
	signet issue server company.com --no-passphrase --out a.crt \
	    --key-out b.key --chain
	[ "$(grep -c 'BEGIN CERTIFICATE' a.crt)" -eq 2 ]
	openssl pkey -in b.key -noout
}

@test "type of key, subject and validity" {
	signet issue client jason@lab.example --no-passphrase --key ed25519 \
	    --subject "CN=Jason, O=Lab" --validity 30d --out-dir .
	openssl x509 -in jason@lab.example.crt -noout -subject -text >text
	grep -q 'ED25519' text
	grep -q 'O = Lab' text
}

@test "a name that is odd in a file stays in its folder" {
	mkdir out
	signet issue client https://lab.example/../jason --no-passphrase \
	    --out-dir out || true
	[ -z "$(find . -path ./home -prune -o -name '*jason*' -print |
	    grep -v '^./out/[^/]*$')" ]
}

@test "what is refused leaves no key, no request, no row" {
	refused 3 "server.policy" signet issue server '*.company.com' \
	    --no-passphrase --out-dir .
	refused 3 "client.policy" signet issue client company.com \
	    --no-passphrase --out-dir .
	refused 3 "max-validity" signet issue server company.com \
	    --no-passphrase --validity 3y --out-dir .
	refused 4 "policy sever" signet issue sever company.com \
	    --no-passphrase --out-dir .
	refused 2 "no terminal" signet issue server company.com --out-dir .
	refused 2 "--p12 needs a passphrase" signet issue client \
	    jason@lab.example --no-passphrase --p12 j.p12 --out-dir .
	refused 2 "missing" signet issue server
	refused 3 "RSA below 2048" signet issue server company.com \
	    --key rsa-1024 --no-passphrase --out-dir .
	[ "$(ls | tr '\n' ' ')" = "err home issuing.pem out pass root.pem " ]
	[ -z "$(ls home/issued)" ]
	[ "$(rows "select count(*) from certificate")" -eq 2 ]
}

@test "no file that exists is overwritten, and nothing is signed" {
	local file
	for file in company.com.crt company.com.csr company.com.key c.p12; do
		echo precious >"$file"
		refused 3 "$file: exists already" signet issue server \
		    company.com --passout file:pass --p12 c.p12 --out-dir .
		[ "$(cat "$file")" = precious ]
		rm "$file"
	done
	[ "$(issued)" -eq 2 ]
	[ -z "$(ls company* 2>/dev/null)" ]
}

@test "an issued key: a wrong passphrase is told from damage" {
	export NEW=right WRONG=wrong
	signet issue client jason@lab.example --passout env:NEW --quiet
	[ "$(rows "select count(*) from key_file
	    where ref = 'issued/jason@lab.example.key'")" -eq 1 ]
	key=home/issued/jason@lab.example.key
	signet csr new --key "$key" --email jason@lab.example --passin env:NEW \
	    >r.csr
	refused 5 "wrong passphrase (the file is intact)" \
	    signet csr new --key "$key" --email jason@lab.example \
	    --passin env:WRONG
	# One letter of its body.
	sed -i '3y/abcdefghijklmnop/bcdefghijklmnopa/' "$key"
	refused 1 "not the one that was written" \
	    signet csr new --key "$key" --email jason@lab.example \
	    --passin env:NEW
	# Outside the home nothing is known of it.
	signet issue client eve@lab.example --passout env:NEW --quiet \
	    --out-dir .
	[ "$(rows "select count(*) from key_file where ref like '%eve%'")" -eq 0 ]
	refused 5 "" signet csr new --key eve@lab.example.key \
	    --email eve@lab.example --passin env:WRONG
	signet audit
}

@test "a word that goes another way, and a name of another kind" {
	refused 3 'jason: client.policy takes e-mail addresses' \
	    signet issue client jason --no-passphrase
	grep -q 'write one, as jason@lab.example' err
	refused 3 'signet ocsp init' signet issue ocsp-responder X \
	    --no-passphrase
	[ ! -e jason.key ]
}

@test "the home's own files are not written over, even with --force: exit 2" {
	local file
	sha256sum home/ledger.db home/keys/* home/policies/* >before
	request r company.com
	for file in home/ledger.db home/ledger.db-wal home/keys/root.key \
	    home/policies/server.policy "$PWD/home/issued/../keys/root.key"; do
		refused 2 "of the home itself" signet sign r.csr \
		    --policy server --out "$file" --force
		refused 2 "of the home itself" signet roots export \
		    --out "$file"
		refused 2 "of the home itself" signet issue server a.example \
		    --no-passphrase --key-out "$file"
		refused 2 "of the home itself" signet crl --out "$file"
	done
	sha256sum -c --quiet before
}

@test "Ctrl-C when the key is written: no key, no row" {
	can_trace
	local rows status=0
	rows=$(rows "select count(*) from certificate")
	traced -e inject=linkat:signal=SIGINT:when=1 "$SIGNET" issue server \
	    c.example --no-passphrase || status=$?
	[ "$status" -ne 0 ]
	[ "$(rows "select count(*) from certificate")" -eq "$rows" ]
	[ ! -e home/issued/c.example.key ]
	traced -e inject=linkat:signal=SIGINT:when=1 "$SIGNET" ca add other \
	    "Other CA" --no-passphrase || true
	[ ! -e home/keys/other.key ]
	[ "$(rows "select count(*) from certificate")" -eq "$rows" ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet csr new and csr show: to ask, and to understand what is asked.

load helper

setup() {
	needs openssl
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/none
}

key() {
	signet key new --type "${1:-ed25519}" --out my.key --no-passphrase --quiet
}

@test "every type of name, as openssl reads them" {
	key ecdsa-p256
	signet csr new --key my.key --dns a.example.com --dns b.example.com \
	    --ip 10.0.0.1 --ip 2001:db8::1 --email jason@lab.example \
	    --uri https://lab.example/jason --upn jason@LAB.EXAMPLE \
	    --subject "CN=a.example.com, O=Lab" --out my.csr
	openssl req -in my.csr -noout -verify -text -nameopt RFC2253 >text
	grep -q 'Subject: O=Lab,CN=a.example.com' text
	grep -q 'DNS:a.example.com, DNS:b.example.com' text
	grep -q 'IP Address:10.0.0.1' text
	grep -q 'IP Address:2001:DB8:0:0:0:0:0:1' text
	grep -q 'email:jason@lab.example' text
	grep -q 'URI:https://lab.example/jason' text
	signet csr show my.csr | grep -q 'jason@LAB.EXAMPLE'
}

@test "every type of key signs its request" {
	local type
	for type in ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448 rsa-2048; do
		rm -f my.key
		key "$type"
		signet csr new --key my.key --dns a.example.com | \
		    openssl req -verify -noout
	done
}

@test "the first host name is the subject; upper case is lowered" {
	key
	signet csr new --key my.key --dns WWW.Example.COM >my.csr
	signet csr show my.csr >text
	grep -q '^subject  *CN=www.example.com$' text
	grep -q '^names  *dns:www.example.com$' text
}

@test "a key that openssl encrypted" {
	local kdf
	for kdf in "-v2 aes-256-cbc -v2prf hmacWithSHA512" "-scrypt"; do
		openssl genpkey -algorithm ed25519 |
		    (umask 077 && openssl pkcs8 -topk8 $kdf \
			-passout pass:correct -out my.key)
		CA_PASS=correct signet csr new --key my.key --dns a.example.com \
		    --passin env:CA_PASS | openssl req -verify -noout
		CA_PASS=wrong refused 5 "passphrase" signet csr new \
		    --key my.key --dns a.example.com --passin env:CA_PASS
	done
}

@test "show: PEM, DER, standard input, and JSON" {
	needs jq
	request r host.example.com
	openssl req -in r.csr -outform DER -out r.der
	signet csr show r.csr >pem.txt
	signet csr show r.der >der.txt
	"$SIGNET" csr show - <r.csr >stdin.txt
	cmp pem.txt der.txt
	cmp pem.txt stdin.txt
	grep -q 'the signature holds' pem.txt
	signet csr show r.csr --json >r.json
	json r.json '.version == 1 and .request.proofOfPossession'
	[ "$(json r.json '.request.names[0].value')" = host.example.com ]
}

@test "show: wrong self-signature is shown, and exit 5 (checklist 18)" {
	request r host.example.com
	openssl req -in r.csr -outform DER -out r.der
	python3 - <<-'END'
		der = bytearray(open("r.der", "rb").read())
		at = der.index(b"host.example.com")
		der[at:at + 4] = b"evil"
		open("bad.der", "wb").write(der)
	END
	local status=0
	signet csr show bad.der >out 2>err || status=$?
	[ "$status" -eq 5 ]
	grep -q 'evil.example.com' out
	grep -q 'does NOT hold' out
	[ "$(wc -l <err)" -eq 1 ]
}

@test "names that are none are refused before the key is used" {
	key
	refused 3 "octet 0x20" signet csr new --key my.key --dns "a b"
	refused 3 "address" signet csr new --key my.key --dns 10.0.0.1
	refused 3 "wildcard" signet csr new --key my.key --dns '*.com'
	refused 2 "not an address" signet csr new --key my.key --ip 1.2.3
	refused 3 "local@host" signet csr new --key my.key --email jason
	refused 3 "scheme" signet csr new --key my.key --uri lab.example/x
	refused 3 "user@suffix" signet csr new --key my.key --upn jason
	refused 2 "attribute type" signet csr new --key my.key --subject X=1
	refused 2 "--key FILE is missing" signet csr new --dns a.example.com
	refused 4 "nokey" signet csr new --key nokey --dns a.example.com
}

@test "a key that others can read is not used (checklist 41)" {
	key
	chmod 640 my.key
	refused 3 "chmod 600 my.key" signet csr new --key my.key --dns a.example
}

@test "--force replaces, nothing else does" {
	key
	echo precious >my.csr
	refused 3 "exists already" signet csr new --key my.key \
	    --dns a.example.com --out my.csr
	[ "$(cat my.csr)" = precious ]
	signet csr new --key my.key --dns a.example.com --out my.csr --force
	signet csr show my.csr
}

@test "show: what is not a request is said to be what it is" {
	key
	refused 1 "PRIVATE KEY" signet csr show my.key
	: >empty
	refused 1 "empty" signet csr show empty
	echo hello >text
	refused 1 "neither PEM" signet csr show text
	refused 4 "nofile" signet csr show nofile
	mkdir folder
	refused 1 "folder" signet csr show folder
}

@test "new: a request that names nobody is not made" {
	key
	refused 2 "no name is asked for" signet csr new --key my.key \
	    --out my.csr
	grep -q 'RFC 5280 4.1.2.6.*--dns company.com' err
	[ ! -e my.csr ]
	signet csr new --key my.key --subject CN=Somebody --out my.csr
}

@test "an empty file, headers, too many octets: what to do is said (26)" {
	: >empty.csr
	refused 1 "empty, where a certificate request is wanted: make or copy" \
	    signet csr show empty.csr
	key
	signet csr new --key my.key --dns a.example.com --out my.csr
	sed '1a Proc-Type: 4,ENCRYPTED\n' my.csr >headers.csr
	refused 1 "header (RFC 7468 2: none here): take out the lines" \
	    signet csr show headers.csr
	not grep -q pkcs8 err
	sed '1a Proc-Type: 4,ENCRYPTED\n' my.key >headers.key
	chmod 600 headers.key
	refused 1 'openssl pkcs8 -topk8' signet csr new --key headers.key \
	    --dns a.example.com
	head -c 200000 /dev/zero >large.csr
	refused 3 "name another file" signet csr show large.csr
}

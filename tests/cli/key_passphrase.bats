#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet key passphrase: another passphrase, the same key, and a ledger that
# knows the file.

load helper

setup_file() {
	shared_home
}

setup() {
	own_home
	key=home/keys/issuing.key
	echo "correct horse" >old
	echo "battery staple" >new
}

# public OPENSSL-OPTIONS...: the public half of a key.
public() {
	openssl pkey "$@" -pubout
}

@test "encrypted, encrypted again, unencrypted; openssl reads each" {
	public -in "$key" >public.pem
	signet key passphrase issuing --passout file:old 2>said
	grep -q 'issuing.key: has a new passphrase' said
	public -in "$key" -passin file:old | cmp - public.pem
	[ "$(stat -c %a "$key")" = 600 ]
	signet audit
	signet key passphrase "$key" --passin file:old --passout file:new \
	    --kdf pbkdf2:100000:sha512
	public -in "$key" -passin file:new | cmp - public.pem
	openssl asn1parse -in "$key" | grep -q hmacWithSHA512
	not openssl pkey -in "$key" -passin file:old -noout
	signet audit
	signet issue server a.lab.example --no-passphrase --passin file:new
	signet key passphrase issuing --passin file:new --no-passphrase 2>said
	grep -q 'no passphrase any more' said
	public -in "$key" | cmp - public.pem
	signet audit
	[ "$(ls -A home/keys)" = "$(printf 'issuing.key\nroot.key')" ]
}

@test "what openssl has encrypted is recorded as it is" {
	openssl pkey -in "$key" -aes256 -passout file:new -out changed.key
	cat changed.key >"$key"
	run signet audit
	[ "$status" -eq 5 ]
	[[ $output == *'signet key passphrase issuing`'* ]]
	refused 1 "not the one that was written" signet key passphrase issuing \
	    --passin file:old
	signet key passphrase issuing --passin file:new 2>said
	grep -q 'is recorded as it is' said
	cmp changed.key "$key"
	signet audit
	signet key passphrase issuing --passin file:new --passout file:old
	openssl pkey -in "$key" -passin file:old -noout
	signet audit
}

@test "another key is never recorded" {
	openssl genpkey -algorithm ed25519 -out "$key"
	cp "$key" before
	refused 3 "another key than the one the ledger knows" \
	    signet key passphrase issuing --no-passphrase
	refused 3 "another key than the one the ledger knows" \
	    signet key passphrase "$PWD/$key" --passout file:new
	cmp before "$key"
	not signet audit
}

@test "a responder's key, and an issued one" {
	signet ocsp init --no-passphrase
	signet key passphrase issuing.ocsp --passout file:new
	openssl pkey -in home/keys/issuing.ocsp.key -passin file:new -noout
	signet issue server a.lab.example --no-passphrase
	signet key passphrase home/issued/a.lab.example.key --passout file:new
	openssl pkey -in home/issued/a.lab.example.key -passin file:new -noout
	signet audit >said 2>&1 || { cat said; return 1; }
	not grep -q 'not the file' said
	openssl pkey -in home/issued/a.lab.example.key -passin file:new \
	    -out plain.key
	cat plain.key >home/issued/a.lab.example.key
	signet audit 2>&1 | grep -q 'signet key passphrase'
	signet key passphrase home/issued/a.lab.example.key
	signet audit >said 2>&1 || { cat said; return 1; }
	not grep -q 'not the file' said
}

@test "a file of nobody's, without a home; what a link leads to" {
	export SIGNET_HOME=$PWD/none
	openssl genpkey -algorithm ed25519 -out own.key
	public -in own.key >public.pem
	chmod 600 own.key
	ln -s own.key link.key
	signet key passphrase link.key --passout file:new
	[ -L link.key ]
	public -in own.key -passin file:new | cmp - public.pem
	[ ! -e none ]
}

@test "refused, with nothing changed" {
	signet key passphrase issuing --passout file:old
	cp "$key" before
	refused 5 "wrong passphrase" signet key passphrase issuing \
	    --passin file:new --passout file:new
	refused 2 "no terminal" signet key passphrase issuing --passin file:old
	refused 2 "exclude" signet key passphrase issuing --passin file:old \
	    --passout file:new --no-passphrase
	refused 4 "no key of this name" signet key passphrase nobody
	refused 2 "something is missing" signet key passphrase
	cmp before "$key"
	chmod 644 "$key"
	refused 3 "chmod" signet key passphrase issuing --passin file:old \
	    --passout file:new
}

@test "killed between the file and the ledger: said again, it is mended" {
	local status=
	can_trace
	# The first sync is the new file's, the second, once it is in place,
	# its folder's.
	traced -e inject=fsync:signal=SIGKILL:when=2 "$SIGNET" key \
	    passphrase issuing --passout file:new || status=$?
	[ -n "$status" ]
	grep -q ENCRYPTED "$key"
	not signet audit
	signet key passphrase issuing --passin file:new
	signet audit
	openssl pkey -in "$key" -passin file:new -noout
	[ "$(find home/keys -name '*.key' | wc -l)" -eq 2 ]
}

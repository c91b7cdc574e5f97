#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet key new: PKCS #8 that openssl reads, private from the first instant.

load helper

setup() {
	needs openssl
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/none
}

@test "every type, as openssl reads it" {
	local type
	while read -r type text; do
		signet key new --type "$type" --out "$type.key" --no-passphrase \
		    --quiet
		openssl pkey -in "$type.key" -noout -text -check >text
		grep -q "$text" text
		[ "$(stat -c %a "$type.key")" = 600 ]
	done <<-'END'
		ecdsa-p256 prime256v1
		ecdsa-p384 secp384r1
		ecdsa-p521 secp521r1
		ed25519 ED25519
		ed448 ED448
		rsa-2048 2048 bit
	END
}

@test "encrypted by default: scrypt and AES-256-CBC" {
	echo "correct horse" >pass
	signet key new --out a.key --passout file:pass
	grep -q 'BEGIN ENCRYPTED PRIVATE KEY' a.key
	openssl asn1parse -in a.key >text
	grep -q scrypt text
	grep -q aes-256-cbc text
	openssl pkey -in a.key -passin file:pass -noout
	not openssl pkey -in a.key -passin pass:wrong -noout
}

@test "0600 whatever the umask (checklist 41)" {
	umask 000
	signet key new --type ed25519 --out a.key --no-passphrase
	[ "$(stat -c %a a.key)" = 600 ]
}

@test "no home is needed, and none is made" {
	signet key new --type ed25519 --out a.key --no-passphrase
	[ ! -e none ]
}

@test "what exists is not overwritten" {
	echo precious >a.key
	refused 3 "exists already" signet key new --out a.key --no-passphrase
	[ "$(cat a.key)" = precious ]
	ln -s elsewhere b.key
	refused 3 "exists already" signet key new --out b.key --no-passphrase
	[ ! -e elsewhere ]
}

@test "what is refused makes no file" {
	refused 2 "--out FILE is missing" signet key new --no-passphrase
	refused 3 "RSA below 2048" signet key new --type rsa-1024 \
	    --out a.key --no-passphrase
	refused 3 "4096" signet key new --type rsa-8192 --out a.key \
	    --no-passphrase
	refused 2 "unknown" signet key new --type secp256k1 --out a.key \
	    --no-passphrase
	refused 2 "no terminal" signet key new --out a.key
	refused 4 "does not exist" signet key new --out no/a.key --no-passphrase
	[ ! -e a.key ]
}

@test "--kdf: a note when openssl will not read it, and it will not" {
	local kdf
	echo "correct horse" >pass
	for kdf in scrypt scrypt:16384:8:5 pbkdf2; do
		signet key new --type ed25519 --out "$kdf.key" --kdf "$kdf" \
		    --passout file:pass 2>err
		not grep -q 'openssl will not' err
		openssl pkey -in "$kdf.key" -passin file:pass -noout
	done
	for kdf in scrypt:32768:8:1 scrypt:131072:8:1; do
		signet key new --type ed25519 --out "$kdf.key" --kdf "$kdf" \
		    --passout file:pass 2>err
		[ "$(grep -c 'openssl will not' err)" -eq 1 ]
		not openssl pkey -in "$kdf.key" -passin file:pass -noout
		signet csr new --key "$kdf.key" --passin file:pass --dns a.b
	done
	refused 2 "to 524288 (512 MiB of memory)" signet key new --out big.key \
	    --kdf scrypt:1048576:8:1 --passout file:pass
	signet key new --type ed25519 --out plain.key --no-passphrase \
	    --kdf scrypt:131072:8:1 2>err
	not grep -q 'openssl will not' err
}

@test "a passphrase that is too short or too long: exit 2, and no file" {
	local size
	for size in 3 1025; do
		head -c "$size" /dev/zero | tr '\0' a >pass
		refused 2 "1024 octets" signet key new --out a.key \
		    --passout file:pass
		refused 2 "1024 octets" "$SIGNET" key new --out a.key \
		    --passout stdin <pass
		PASS=$(cat pass) refused 2 "1024 octets" signet key new \
		    --out a.key --passout env:PASS
		[ ! -e a.key ]
	done
	printf 'ab\tcd\n' >pass
	refused 2 "no control characters" signet key new --out a.key \
	    --passout file:pass
	[ ! -e a.key ]
}

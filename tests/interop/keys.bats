#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Key files in both directions: what `key new` writes OpenSSL and GnuTLS read,
# what OpenSSL, GnuTLS and Java's tools' PKCS #8 hold a request is made with,
# and what is no PKCS #8 of ours is refused with the way out.

load ../cli/helper

types=(rsa-2048 rsa-3072 rsa-4096 ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448)

export CA_PASS="correct horse, bättery"

# Ours, of every type, sealed as by default and in the clear: TYPE.key and
# TYPE.clear.
setup_file() {
	local type
	umask 077
	cd "$BATS_FILE_TMPDIR" || return
	for type in "${types[@]}"; do
		signet key new --type "$type" --out "$type.key" \
		    --passout env:CA_PASS --quiet
		signet key new --type "$type" --out "$type.clear" \
		    --no-passphrase --quiet
	done
}

setup() {
	needs openssl
	cd "$BATS_TEST_TMPDIR" || return
	umask 077
	ours=$BATS_FILE_TMPDIR
}

# public FILE [options]: the hash of a key's public half, as OpenSSL has it.
public() {
	local file=$1
	shift
	openssl pkey -in "$file" "$@" -pubout -outform DER | sha256sum
}

# of_request FILE: the same of a request.
of_request() {
	openssl req -in "$1" -verify -noout 2>/dev/null
	openssl req -in "$1" -noout -pubkey |
	    openssl pkey -pubin -outform DER | sha256sum
}

# used FILE [csr new options]: a request is made with it, and it is the key
# that OpenSSL sees in the file.
used() {
	local file=$1
	shift
	signet csr new --key "$file" --dns a.example --out a.csr --force \
	    --quiet "$@"
	[ "$(of_request a.csr)" = "$(public "$file" -passin env:CA_PASS)" ]
}

# algorithm TYPE: openssl genpkey's options for it.
algorithm() {
	case $1 in
	rsa-*) echo "-algorithm RSA -pkeyopt rsa_keygen_bits:${1#rsa-}" ;;
	ecdsa-p*) echo "-algorithm EC -pkeyopt ec_paramgen_curve:P-${1#ecdsa-p}" ;;
	*) echo "-algorithm $1" ;;
	esac
}

# generate TYPE FILE: by openssl, unencrypted PKCS #8.
generate() {
	# shellcheck disable=SC2046
	openssl genpkey $(algorithm "$1") -out "$2" 2>/dev/null
}

# ---- ours, read by others ---------------------------------------------------

@test "ours to OpenSSL: every type, as it is by default and in the clear" {
	local type
	for type in "${types[@]}"; do
		head -1 "$ours/$type.key" |
		    grep -qx -- '-----BEGIN ENCRYPTED PRIVATE KEY-----'
		openssl pkey -in "$ours/$type.key" -passin env:CA_PASS -noout -check
		used "$ours/$type.key" --passin env:CA_PASS
		head -1 "$ours/$type.clear" |
		    grep -qx -- '-----BEGIN PRIVATE KEY-----'
		openssl pkey -in "$ours/$type.clear" -noout -check
		used "$ours/$type.clear"
	done
}

@test "ours to OpenSSL: every --kdf" {
	local kdf text n=0
	while IFS='|' read -r kdf text; do
		n=$((n + 1))
		signet key new --type ed25519 --kdf "$kdf" --out "$n.key" \
		    --passout env:CA_PASS --quiet
		openssl asn1parse -in "$n.key" >parsed
		grep -q "$text" parsed
		grep -q aes-256-cbc parsed
		openssl pkey -in "$n.key" -passin env:CA_PASS -noout -check
		not openssl pkey -in "$n.key" -passin pass:wrong -noout
		used "$n.key" --passin env:CA_PASS
	done <<-'END'
		scrypt|INTEGER           :4000
		scrypt:16384:8:1|scrypt
		pbkdf2|INTEGER           :0927C0
		pbkdf2:100000|hmacWithSHA256
		pbkdf2:250000:sha512|hmacWithSHA512
	END
}

@test "ours to OpenSSL: signs and is verified" {
	local type
	echo "something to sign" >text
	for type in rsa-2048 ecdsa-p256 ed25519 ed448; do
		openssl pkey -in "$ours/$type.key" -passin env:CA_PASS \
		    -pubout -out pub
		openssl pkeyutl -sign -rawin -in text -inkey "$ours/$type.key" \
		    -passin env:CA_PASS -out signature
		openssl pkeyutl -verify -rawin -in text -pubin -inkey pub \
		    -sigfile signature
	done
}

# GnuTLS 3.7 knows no scrypt: for it there is --kdf pbkdf2.
@test "ours to GnuTLS" {
	needs certtool
	local type
	for type in "${types[@]}"; do
		certtool --key-info --infile "$ours/$type.clear" >info
		grep -q 'BEGIN' info
	done
	for type in rsa-2048 ecdsa-p384 ed25519; do
		signet key new --type "$type" --kdf pbkdf2:100000:sha512 \
		    --out "$type.key" --passout env:CA_PASS --quiet
		certtool --key-info --infile "$type.key" --pkcs8 \
		    --password "$CA_PASS" >info
		not certtool --key-info --infile "$type.key" --pkcs8 \
		    --password wrong
	done
}

@test "ours is, octet for octet, what OpenSSL writes" {
	local type
	for type in "${types[@]}"; do
		openssl pkcs8 -topk8 -nocrypt -in "$ours/$type.clear" \
		    -outform DER -out theirs.der
		openssl asn1parse -in "$ours/$type.clear" -noout -out ours.der
		cmp ours.der theirs.der
		openssl pkcs8 -topk8 -in "$ours/$type.clear" \
		    -passout env:CA_PASS -out "$type.key"
		used "$type.key" --passin env:CA_PASS
	done
}

# ---- others', read by us ----------------------------------------------------

@test "OpenSSL's to us: every type, PEM and DER, in the clear" {
	local type
	for type in "${types[@]}"; do
		generate "$type" "$type.key"
		used "$type.key"
		openssl pkcs8 -topk8 -nocrypt -in "$type.key" -outform DER \
		    -out "$type.der"
		used "$type.der"
	done
}

@test "OpenSSL's to us: every PBES2 that it writes with AES" {
	local cipher kdf
	generate ecdsa-p256 clear.key
	for cipher in aes-128-cbc aes-192-cbc aes-256-cbc; do
		for kdf in "-v2prf hmacWithSHA256" "-v2prf hmacWithSHA512" \
		    "-v2prf hmacWithSHA256 -iter 100000" \
		    "-v2prf hmacWithSHA512 -iter 1" \
		    "-scrypt" "-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 16"; do
			rm -f theirs.key
			# shellcheck disable=SC2086
			openssl pkcs8 -topk8 -in clear.key -v2 $cipher $kdf \
			    -passout env:CA_PASS -out theirs.key
			used theirs.key --passin env:CA_PASS
			openssl pkcs8 -topk8 -in clear.key -v2 $cipher $kdf \
			    -passout env:CA_PASS -outform DER -out theirs.der
			used theirs.der --passin env:CA_PASS
			[ "$cipher" = aes-256-cbc ] || continue
			refused 5 "passphrase" env CA_PASS=wrong "$SIGNET" \
			    csr new --key theirs.key --dns a.example \
			    --passin env:CA_PASS
		done
	done
}

@test "OpenSSL's to us: genpkey and req encrypt as they like" {
	local type
	for type in rsa-2048 ecdsa-p384 ed448; do
		# shellcheck disable=SC2046
		openssl genpkey $(algorithm "$type") -aes256 \
		    -pass env:CA_PASS -out "$type.key" 2>/dev/null
		used "$type.key" --passin env:CA_PASS
	done
}

# OpenSSL 3.0's req still encrypts with 3DES.
@test "OpenSSL's req: its key is refused, and read once converted" {
	openssl req -new -newkey rsa:2048 -passout env:CA_PASS -keyout req.key \
	    -subj /CN=a -out a.csr 2>/dev/null
	if openssl asn1parse -in req.key | grep -q des-ede3-cbc; then
		refused 3 "openssl pkey -in OLD -aes256 -out NEW" signet \
		    csr new --key req.key --dns a.example --passin env:CA_PASS
		openssl pkey -in req.key -passin env:CA_PASS -aes256 \
		    -passout env:CA_PASS -out new.key
		mv new.key req.key
	fi
	used req.key --passin env:CA_PASS
}

@test "GnuTLS's to us: in the clear and encrypted" {
	needs certtool
	local type ec="ecdsa --curve"
	# Half of its EC keys have a number of another width than the curve's.
	for type in "rsa --bits 2048" "$ec secp256r1" "$ec secp256r1" \
	    "$ec secp256r1" "$ec secp256r1" "$ec secp384r1" "$ec secp384r1" \
	    "$ec secp521r1" "$ec secp521r1" "$ec secp521r1" ed25519 ed448; do
		# shellcheck disable=SC2086
		certtool --generate-privkey --pkcs8 --key-type $type \
		    --password "" --outfile clear.key 2>/dev/null
		used clear.key
	done
	for type in "rsa --bits 2048" "$ec secp256r1" ed25519; do
		# shellcheck disable=SC2086
		certtool --generate-privkey --pkcs8 --key-type $type \
		    --pkcs-cipher aes-256 --password "$CA_PASS" \
		    --outfile sealed.key 2>/dev/null
		used sealed.key --passin env:CA_PASS
	done
}

@test "Java's to us, by way of PKCS #12" {
	needs keytool
	local type
	for type in "RSA -keysize 2048" "EC -groupname secp384r1" Ed25519; do
		rm -f store.p12
		# shellcheck disable=SC2086
		keytool -genkeypair -alias k -keyalg $type -dname CN=a \
		    -storetype PKCS12 -keystore store.p12 -storepass changeit \
		    2>/dev/null
		openssl pkcs12 -in store.p12 -passin pass:changeit -nocerts \
		    -passout env:CA_PASS -out bags.key
		used bags.key --passin env:CA_PASS
	done
}

# ---- refused, with the way out ----------------------------------------------

# checklist 42
@test "traditional files are refused with the command that converts them" {
	generate rsa-2048 clear.key
	openssl rsa -in clear.key -traditional -out old.key 2>/dev/null
	refused 3 "openssl pkey -in OLD" signet csr new --key old.key \
	    --dns a.example
	openssl rsa -in clear.key -traditional -aes256 -passout env:CA_PASS \
	    -out old.key 2>/dev/null
	refused 3 "openssl pkey -in OLD" signet csr new --key old.key \
	    --dns a.example --passin env:CA_PASS
	# And the command does it.
	openssl pkey -in old.key -passin env:CA_PASS -aes256 \
	    -passout env:CA_PASS -out new.key
	used new.key --passin env:CA_PASS
	generate ecdsa-p256 clear.key
	openssl ec -in clear.key -out old.key 2>/dev/null
	refused 3 "openssl pkey -in OLD" signet csr new --key old.key \
	    --dns a.example
}

@test "old ciphers and keys that are not ours are refused" {
	local curve
	generate ecdsa-p256 clear.key
	openssl pkcs8 -topk8 -in clear.key -v2 des3 -passout env:CA_PASS \
	    -out old.key
	refused 3 "1.2.840.113549.3.7" signet csr new --key old.key --dns a.example \
	    --passin env:CA_PASS
	openssl pkcs8 -topk8 -in clear.key -v1 PBE-SHA1-3DES \
	    -passout env:CA_PASS -out old.key
	refused 3 "PBES2" signet csr new --key old.key --dns a.example \
	    --passin env:CA_PASS
	for curve in secp256k1 prime192v1 brainpoolP256r1; do
		openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" \
		    -out other.key
		refused 3 "P-256" signet csr new --key other.key --dns a.example
	done
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -pkeyopt ec_param_enc:explicit -out other.key
	refused 3 "named curves" signet csr new --key other.key --dns a.example
	openssl genpkey -algorithm X25519 -out other.key
	refused 3 "not ours" signet csr new --key other.key --dns a.example
	openssl genrsa -out other.key 1024 2>/dev/null
	refused 3 "2048" signet csr new --key other.key --dns a.example
	openssl genpkey -algorithm RSA-PSS -out other.key 2>/dev/null
	refused 3 "rsassaPss" signet csr new --key other.key --dns a.example
}

# checklist 44
@test "a file that would take hours to try is refused, not tried" {
	generate ed25519 clear.key
	openssl pkcs8 -topk8 -in clear.key -passout env:CA_PASS \
	    -out slow.key -iter 10000001
	refused 3 "at most 10000000" signet csr new --key slow.key \
	    --dns a.example --passin env:CA_PASS
}

@test "a key that others can read is not used" {
	generate ed25519 open.key
	chmod 644 open.key
	refused 3 "chmod 600" signet csr new --key open.key --dns a.example
	chmod 600 open.key
	used open.key
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Requests and keys that other projects test with, each with its verdict here.
# Where OpenSSL or pyca take what is refused, or the reverse, the rule stands
# beside it. The public test data is found through SIGNET_CORPORA, else beside
# the source; without it these tests are skipped.

load ../cli/helper

corpora=${SIGNET_CORPORA:-$SIGNET_SOURCE/../shared/corpora}

# Takes every name and every sound key, so that what is refused is refused
# for what it is and not for whom it names.
lax_policy() {
	cat <<-'END'
		[policy]
		description = whatever is sound
		validity = 30d
		max-validity = 30d
		backdate = 5m
		[key]
		allow = rsa >= 2048, ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519, ed448
		[subject]
		commonName = optional
		organizationName = optional
		countryName = optional
		[subjectAltName]
		dns = any
		ip = any
		email = any
		[extensions]
		basicConstraints = critical, CA:FALSE
		keyUsage = critical, digitalSignature
		extendedKeyUsage = clientAuth
	END
}

setup_file() {
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	[ -d "$corpora" ] || return 0
	new_home "$SIGNET_HOME"
	lax_policy >"$SIGNET_HOME/policies/lax.policy"
}

setup() {
	needs openssl sqlite3
	[ -d "$corpora" ] || skip "no corpora at $corpora (SIGNET_CORPORA)"
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
}

complain() {
	echo "$*" >>complaints
}

# verdict WHAT CODE WORDS COMMAND...: exits with CODE within a minute (a crash
# has a code of its own), with WORDS among what it says; a refusal is one line.
verdict() {
	local what=$1 code=$2 words=$3 status=0
	shift 3
	timeout 60 "$SIGNET" "$@" </dev/null >out 2>err || status=$?
	[ "$status" -eq "$code" ] ||
		complain "$what: $1 ends with $status, not $code: $(cat err)"
	[ -z "$words" ] || cat out err | grep -qF -- "$words" ||
		complain "$what: $1 does not say '$words': $(cat out err)"
	[ "$code" -eq 0 ] || [ "$(wc -l <err)" -eq 1 ] ||
		complain "$what: $1 says more than one line: $(cat err)"
}

no_complaints() {
	[ ! -e complaints ] || {
		cat complaints
		return 1
	}
}

# ---- csr --------------------------------------------------------------------

# file | exit of csr show and of sign | words | why OpenSSL or pyca differ.
# The rule is empty where all three agree.
requests() {
	sed -e 's/^ACME_/certbot-acme__acme__src__acme___internal__tests__testdata__/' \
	    -e 's/^CERTBOT_/certbot-acme__certbot__src__certbot__tests__testdata__/' \
	    -e 's/^JOSEPY_/josepy__tests__testdata__/' \
	    -e 's/^PYCA_/pyca__x509__requests__/' \
	    -e 's/^STEP_/step-ca-testdata__authority__provisioner__testdata__certs__/' \
	    -e 's/ *| */|/g' <<-'END'
	asn1crypto__tests__fixtures__test-inter   | 0 | holds           |
	asn1crypto__tests__fixtures__test-third   | 0 | holds           |
	asn1crypto__tests__fixtures__test-windows-host | 3 | sha1With   |
	badkeys__tests__data__defect__invalidver  | 1 | version 99      |
	badkeys__tests__data__rsa-fermat          | 3 | CVE-2022-26320  | CVE-2022-26320: factored in a moment
	badkeys__tests__data__unsupported__gost   | 3 | 1.2.643         |
	ACME_csr-ipsans                           | 1 | version 2       | RFC 2986 4.1: the version is 0
	ACME_csr-ipv6sans                         | 1 | version 2       | RFC 2986 4.1: the version is 0
	ACME_csr-mixed                            | 0 | holds           |
	CERTBOT_csr-6sans_512                     | 3 | rsa-512         | BR 6.1.5: RSA has 2048 bits at least
	CERTBOT_csr-nonames_512                   | 3 | rsa-512         | BR 6.1.5
	CERTBOT_csr-nosans_512                    | 3 | rsa-512         | BR 6.1.5
	CERTBOT_csr-nosans_nistp256               | 0 | holds           |
	CERTBOT_csr_512                           | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr-100sans                        | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr-6sans                          | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr-idnsans                        | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr-nosans                         | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr-san                            | 3 | rsa-512         | BR 6.1.5
	JOSEPY_csr                                | 0 | holds           |
	openssl__certs__ext-check                 | 0 | holds           |
	openssl__certs__sm2-csr                   | 3 | 1.2.156         |
	openssl__certs__x509-check                | 0 | holds           |
	PYCA_bad-version                          | 1 | version 1       |
	PYCA_basic_constraints                    | 3 | sha1With        |
	PYCA_challenge-invalid                    | 5 | RFC 2986 4.2    |
	PYCA_challenge-multi-valued               | 1 | several values  |
	PYCA_challenge-unstructured               | 0 | holds           |
	PYCA_challenge                            | 0 | holds           |
	PYCA_dsa_sha1                             | 3 | DSA is not      | BR 6.1.5: RSA and ECDSA; RFC 8410: EdDSA
	PYCA_ec_sha256                            | 0 | holds           |
	PYCA_freeipa-bad-critical                 | 1 | X.690 11.5      | X.690 11.5: FALSE is left out, and TRUE is 0xff
	PYCA_invalid_signature                    | 5 | RFC 2986 4.2    |
	PYCA_long-form-attribute                  | 1 | not DER         |
	PYCA_rsa_md4                              | 3 | md4With         |
	PYCA_rsa_sha1                             | 3 | sha1With        | BR 7.1.3.2: SHA-1 is no hash to sign with
	PYCA_rsa_sha256                           | 0 | holds           |
	PYCA_san_rsa_sha1                         | 3 | sha1With        | BR 7.1.3.2
	PYCA_two_basic_constraints                | 1 | twice           |
	PYCA_unsupported_extension                | 3 | sha1With        |
	PYCA_unsupported_extension_critical       | 3 | sha1With        |
	PYCA_zero-element-attribute               | 1 | without a value | RFC 2986 4.1: SET SIZE (1..MAX)
	STEP_ecdsa                                | 0 | holds           |
	STEP_ed25519                              | 0 | holds           |
	STEP_rsa                                  | 0 | holds           |
	STEP_short-rsa                            | 3 | rsa-1048        | BR 6.1.5
	step-ca-testdata__authority__testdata__certs__badsig | 5 | RFC 2986 4.2 |
	step-ca-testdata__authority__testdata__certs__foo | 0 | holds   |
	wolfssl__certs__csr.attr                  | 0 | holds           |
	wolfssl__certs__csr.dsa                   | 3 | DSA is not      | BR 6.1.5, RFC 8410
	wolfssl__certs__csr.ext                   | 1 | version 3       | RFC 2986 4.1
	wolfssl__certs__csr.signed                | 0 | holds           |
	END
}

# others FILE: "ok" or "no" for OpenSSL, then for pyca; nothing when the
# manifest has no such file of this size (it has two of one name).
others() {
	awk -F '\t' -v file="$1" -v size="$(stat -c %s "$corpora/csr/files/$1")" '
		$1 == file && $2 == size {
			print ($3 == "ok" ? "ok" : "no"),
			    ($4 == "parsed,sig-ok,ext-ok" ? "ok" : "no")
		}' "$corpora/csr/MANIFEST.tsv"
}

# held_against FILE CODE RULE: a difference has its rule, and only that has.
held_against() {
	local theirs
	theirs=$(others "$1")
	case "$2 $theirs" in
	"0 ok ok") [ -z "$3" ] || complain "$1: a rule, and no difference" ;;
	"0 "*) complain "$1: taken here alone ($theirs)" ;;
	*" no no") [ -z "$3" ] || complain "$1: a rule, and no difference" ;;
	*" ok "* | *" no ok") [ -n "$3" ] || complain "$1: no rule ($theirs)" ;;
	*) complain "$1: not in the manifest" ;;
	esac
}

# What is taken becomes a certificate that OpenSSL takes at its strictest;
# what is refused leaves nothing.
signed() {
	local file=$1 code=$2 words=$3
	[ "$code" -ne 0 ] || words=
	verdict "$file" "$code" "$words" sign "$corpora/csr/files/$file" \
	    --policy lax --out "$file.crt" --quiet
	if [ "$code" -ne 0 ]; then
		[ ! -e "$file.crt" ] || complain "$file: refused, and there"
	else
		openssl verify -x509_strict -purpose sslclient -CAfile root.pem \
		    -untrusted all.pem "$file.crt" || complain "$file: openssl"
	fi
}

# checklist 18 to 27, 31, 34, 37, 38, 120
@test "requests of other projects: every verdict, and why it differs" {
	local file code words rule taken=0
	signet roots export --out root.pem --quiet
	signet roots export --with-intermediates --out all.pem --quiet
	while IFS='|' read -r file code words rule; do
		file=$file.der
		verdict "$file" "$code" "$words" csr show \
		    "$corpora/csr/files/$file"
		held_against "$file" "$code" "$rule"
		signed "$file" "$code" "$words"
		[ "$code" -ne 0 ] || taken=$((taken + 1))
	done < <(requests)
	no_complaints
	[ "$(rows "select count(*) from certificate
	    where policy = 'lax' and state = 2")" -eq "$taken" ]
}

@test "requests of other projects: none is without a verdict" {
	requests | cut -d'|' -f1 | sed 's/$/.der/' | LC_ALL=C sort >ours
	(cd "$corpora/csr/files" && printf '%s\n' *.der) | LC_ALL=C sort >theirs
	diff ours theirs
}

# checklist 27: PEM and standard input are judged as DER in a file is
@test "requests of other projects: as PEM on standard input" {
	local file code words rule
	while IFS='|' read -r file code words rule; do
		{
			echo "-----BEGIN CERTIFICATE REQUEST-----"
			base64 -w 64 "$corpora/csr/files/$file.der"
			echo "-----END CERTIFICATE REQUEST-----"
		} >request.pem
		local status=0
		timeout 60 "$SIGNET" csr show - <request.pem >out 2>err || status=$?
		[ "$status" -eq "$code" ] || complain "$file: $status, not $code"
		cat out err | grep -qF -- "$words" || complain "$file: $(cat err)"
	done < <(requests)
	no_complaints
}

# ---- badkeys ----------------------------------------------------------------

# file | exit of csr new --key | words | exit of csr show and of sign for a
# request with that public key, - where it has none | words.
#
# Most files hold a public key alone, so `csr new` says so, and the rule is
# met when a request brings the key. Where the private key follows from the
# weakness, that request is well signed and refused for the key (3); else its
# signature is noise (5), and csr show names both faults. Sound keys come with
# noise as well: 5, and no fault in the key.
keys() {
	sed 's/ *| */|/g' <<-'END'
	defect/dh0.key                 | 3 | 1.2.840.113549.1.3.1 | - |
	defect/invalidver.crt          | 1 | CERTIFICATE where    | 5 | RFC 2986 4.2
	defect/invalidver.csr          | 1 | CERTIFICATE REQUEST  | - |
	defect/private-fragment.key    | 1 | not base64           | - |
	defect/public-fragment.key     | 1 | not base64           | - |
	dh-ok.key                      | 1 | PUBLIC KEY           | 3 | Diffie-Hellman
	dkim/dkim-broken-char.txt      | 1 | unknown format       | - |
	dkim/dkim-broken-ecdsa.txt     | 1 | unknown format       | - |
	dkim/dkim-broken-length.txt    | 1 | unknown format       | - |
	dkim/dkim-broken-unsupported.txt | 1 | unknown format     | - |
	dkim/dkim-comment-quotes.txt   | 1 | unknown format       | - |
	dkim/dkim-escaped-quote.txt    | 1 | unknown format       | - |
	dkim/dkim-insecure-rfc8463.txt | 1 | unknown format       | - |
	dkim/dkim-valid-gmail.txt      | 1 | unknown format       | - |
	dnssec/dnssec-p256-rfc6605.dnskey | 1 | unknown format    | - |
	dnssec/dnssec-root-rsa.dnskey  | 1 | unknown format       | - |
	dnssec/dnssec-rsa-large-e.dnskey | 1 | unknown format     | - |
	dsa-sshpub-ietf-example.key    | 1 | unknown format       | - |
	ec-p256-rfc-example.key        | 1 | PUBLIC KEY           | 5 | RFC 2986 4.2
	ecdsa-explicit-pub.key         | 1 | PUBLIC KEY           | 3 | RFC 5480 2.1.1
	ed25519-rfc-example.key        | 1 | PUBLIC KEY           | 5 | RFC 2986 4.2
	jwk-curvename-invalid.json     | 1 | unknown format       | - |
	jwk-ecp256-rfc7517.json        | 1 | unknown format       | - |
	jwk-ed25519-rfc8037.json       | 1 | unknown format       | - |
	jwk-rsa-ok.json                | 1 | unknown format       | - |
	jwk-rsa-rfc7517.json           | 1 | unknown format       | - |
	mldsa44.key                    | 1 | PUBLIC KEY           | 3 | ML-DSA-44
	mldsa65-cert.crt               | 1 | CERTIFICATE where    | 3 | ML-DSA-65
	mlkem768-private.key           | 3 | 2.16.840.1.101.3.4.4 | - |
	rsa-debianweak.key             | 1 | RSA PUBLIC KEY       | 5 | RFC 2986 4.2
	rsa-e-larger-n.key             | 1 | RSA PUBLIC KEY       | 3 | NOT fit to be certified: RSA key: the public exponent is not below the modulus
	rsa-e1.key                     | 1 | RSA PUBLIC KEY       | 3 | NOT fit to be certified: RSA key: the public exponent is 1
	rsa-fermat-hexmodulus.txt      | 1 | unknown format       | 3 | CVE-2022-26320
	rsa-fermat-pkcs1.key           | 1 | RSA PUBLIC KEY       | 3 | the modulus is a perfect square
	rsa-fermat-pkcs8.key           | 1 | PUBLIC KEY           | 3 | CVE-2022-26320
	rsa-fermat.crt                 | 1 | CERTIFICATE where    | 3 | CVE-2022-26320
	rsa-fermat.csr                 | 1 | CERTIFICATE REQUEST  | - |
	rsa-large-e.key                | 3 | traditional RSA      | 3 | the public exponent has 1888 bits
	rsa-nprime.key                 | 1 | RSA PUBLIC KEY       | 3 | the modulus is itself a prime
	rsa-ok.key                     | 1 | RSA PUBLIC KEY       | 5 | RFC 2986 4.2
	rsa-pattern.key                | 1 | RSA PUBLIC KEY       | 3 | the modulus repeats the 12 octets
	rsa-roca.key                   | 1 | RSA PUBLIC KEY       | 5 | NOT fit to be certified: RSA key: the modulus has the ROCA fingerprint
	rsa-sharedprimes.key           | 1 | RSA PUBLIC KEY       | 5 | RFC 2986 4.2
	rsa-small-d.key                | 1 | RSA PUBLIC KEY       | 3 | the public exponent has 2047 bits
	rsa-smallfactors-corrupt.key   | 1 | RSA PUBLIC KEY       | 5 | NOT fit to be certified: RSA key: the modulus has the factor 3 (
	rsa-smallfactors-valid.key     | 1 | PUBLIC KEY           | 3 | the modulus has the factor 31337
	rsa-vanity.key                 | 1 | PUBLIC KEY           | 5 | NOT fit to be certified: RSA key: the modulus repeats the 12 octets
	rsanzero.key                   | 1 | RSA PUBLIC KEY       | 3 | NOT fit to be certified: RSA key: the modulus is 0
	rsapoly128.key                 | 1 | RSA PUBLIC KEY       | 5 | NOT fit to be certified: RSA key: every 128-bit word
	rsapoly32.key                  | 1 | RSA PUBLIC KEY       | 5 | NOT fit to be certified: RSA key: every 32-bit word
	rsazerozero.key                | 1 | RSA PUBLIC KEY       | 3 | NOT fit to be certified: RSA key: the modulus is 0
	unsupported/gost.crt           | 1 | CERTIFICATE where    | 3 | 1.2.643.7.1.1.1.1
	unsupported/gost.csr           | 1 | CERTIFICATE REQUEST  | - |
	unsupported/mldsa44-both.key   | 3 | 2.16.840.1.101.3.4.3 | - |
	unsupported/mldsa44-expanded.key | 3 | 2.16.840.1.101.3.4.3 | - |
	unsupported/slhdsa.key         | 1 | PUBLIC KEY           | 3 | 2.16.840.1.101.3.4.3.20
	unsupported/sm2-priv.key       | 3 | 1.2.156.10197.1.301  | - |
	unsupported/sm2-pub.key        | 1 | PUBLIC KEY           | 3 | 1.2.156.10197.1.301
	x448-ok.key                    | 1 | PUBLIC KEY           | 3 | X448
	END
}

# What the collection calls weak and we do not see: ca/weakkey.h says so.
# Both need lists of other people's keys.
not_covered="rsa-debianweak.key rsa-sharedprimes.key"

# brought FILE CODE WORDS: a request brings this public key.
brought() {
	local file=$1 code=$2 words=$3 request=made/${1##*/}.csr
	if [ "$code" = - ]; then
		[ ! -e "$request" ] || complain "$file: has a public key"
		return 0
	fi
	verdict "$file" "$code" "$words" csr show "$request"
	[[ " $not_covered " != *" $file "* ]] || ! grep -q 'NOT fit' out ||
		complain "$file: is covered after all"
	# The collection's word against ours.
	[[ $(expected "$file") != accept ]] || ! grep -q 'NOT fit' out ||
		complain "$file: a sound key is called weak"
	verdict "$file" "$code" "" sign "$request" --policy lax --out x.crt
	[ ! -e x.crt ] || complain "$file: signed"
}

expected() {
	awk -F '\t' -v file="$1" '$1 == file { print $2 }' \
	    "$corpora/badkeys/MANIFEST.tsv"
}

collect() {
	needs python3
	cp -r "$corpora/badkeys/tests/data" keys
	chmod -R u+rwX,go= keys # a key that others can read has its own refusal
	mkdir -m 700 made
	python3 "$SIGNET_SOURCE/tests/interop/weak_requests.py" keys made
}

# checklist 31 to 38
@test "weak and broken keys: every verdict" {
	local file code words theirs why
	collect
	while IFS='|' read -r file code words theirs why; do
		verdict "$file" "$code" "$words" csr new --key "keys/$file" \
		    --dns weak.example
		[ ! -s out ] || complain "$file: a request all the same"
		brought "$file" "$theirs" "$why"
	done < <(keys)
	no_complaints
}

# checklist 31 to 36: every RSA file that the collection refuses shows its
# fault, with two exceptions by name
@test "weak and broken keys: no weak RSA key goes unnoticed" {
	local file expect why seen=0
	collect
	while IFS=$'\t' read -r file expect why; do
		[[ $file == rsa* && $file != *.csr && $expect == reject ]] ||
			continue
		signet csr show "made/$file.csr" >out 2>err || true
		if [[ " $not_covered " == *" $file "* ]]; then
			grep -q 'RFC 2986 4.2' err
			continue
		fi
		grep -q 'NOT fit to be certified: RSA key' out ||
			complain "$file: $why"
		seen=$((seen + 1))
	done <"$corpora/badkeys/MANIFEST.tsv"
	no_complaints
	[ "$seen" -eq 18 ]
}

# checklist 31 to 36: who holds a weak private key learns it before asking
@test "weak private keys: no request is made" {
	local file key count=0
	collect
	for key in made/*.p8; do
		file=${key##*/}
		verdict "$file" 3 "RSA key: " csr new --key "$key" \
		    --dns weak.example
		[ ! -s out ] || complain "$file: a request all the same"
		# As OpenSSL has it, it is a key like any other.
		openssl pkey -in "$key" -inform DER -noout || complain "$file"
		count=$((count + 1))
	done
	no_complaints
	[ "$count" -eq 7 ]
}

@test "weak and broken keys: none is without a verdict" {
	keys | cut -d'|' -f1 | LC_ALL=C sort >ours
	tail -n +2 "$corpora/badkeys/MANIFEST.tsv" | cut -f1 | LC_ALL=C sort >theirs
	diff ours theirs
}

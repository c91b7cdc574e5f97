#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make.sh: the requests, certificates, CRLs and OCSP messages that the unit tests read, made
# by openssl so that our parsers are held against another's output. What it
# made is committed; run it again only to add something. Keys that are there
# are kept, everything signed with them is made anew.
#
#   key/TYPE.pem      one key of each type, unencrypted: for tests alone
#   csr/*.der         a request of each type; PSS, names, odd attributes
#   cert/*.der        a root, an authority, a server, one of each type
#   crl/*.der         empty, full, delta, with a scope, indirect
#   ocsp/*.der        a responder's certificate, requests, responses
#
# It does not make what is malformed: the tests do, one fault at a time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export LC_ALL=C TZ=UTC

types="rsa-2048 rsa-3072 rsa-4096 ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448 rsa-pss"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p key csr cert crl ocsp
rm -f csr/* cert/* crl/* ocsp/*

new_key() {
	case $1 in
	rsa-pss) openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 ;;
	rsa-*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${1#rsa-}" ;;
	ecdsa-p*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:P-${1#ecdsa-p}" ;;
	*) openssl genpkey -algorithm "$1" ;;
	esac 2>/dev/null
}

for type in $types; do
	[ -s "key/$type.pem" ] || new_key "$type" >"key/$type.pem"
done

# --- requests ---------------------------------------------------------------

cat >"$tmp/req.cnf" <<'END'
[req]
distinguished_name = dn
prompt = no
string_mask = utf8only
[dn]
O = Company
CN = company.com
[two]
O = Company
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
[empty]
[names]
subjectAltName = DNS:company.com, DNS:www.company.com, IP:192.0.2.1, IP:2001:db8::1, email:jason@company.com, URI:https://company.com/, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jason@company.com, dirName:two, RID:1.2.3.4
[wishes]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = serverAuth
subjectAltName = DNS:company.com
certificatePolicies = 1.2.3.4
1.2.3.4.5 = critical, DER:0500
END
cat >"$tmp/challenge.cnf" <<'END'
[req]
distinguished_name = dn
attributes = attributes
prompt = no
[dn]
CN = company.com
[attributes]
challengePassword = not a secret
unstructuredName = A company somewhere in Europe
END

req() { # NAME KEY OPTION...
	local name=$1 key=$2
	shift 2
	openssl req -new -config "$tmp/req.cnf" -key "key/$key.pem" -outform DER -out "csr/$name.der" "$@"
}

for type in $types; do
	req "$type" "$type" -addext subjectAltName=DNS:company.com
done
req rsa-2048-sha384 rsa-2048 -sha384
req rsa-2048-sha512 rsa-2048 -sha512
req rsa-2048-sha1 rsa-2048 -sha1
req rsa-2048-md5 rsa-2048 -md5
for hash in sha256 sha384 sha512; do
	req "rsa-2048-pss-$hash" rsa-2048 "-$hash" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
done
req plain ecdsa-p256
req no-subject ecdsa-p256 -subj / -addext subjectAltName=DNS:company.com
req names ecdsa-p256 -reqexts names
req wishes ecdsa-p256 -reqexts wishes
openssl req -new -config "$tmp/challenge.cnf" -key key/ecdsa-p256.pem -outform DER -out csr/challenge.der

# --- certificates -----------------------------------------------------------

cat >"$tmp/ca.cnf" <<END
[ca]
default_ca = lab
[lab]
database = $tmp/index
serial = $tmp/serial
crlnumber = $tmp/crlnumber
new_certs_dir = $tmp
policy = any
default_md = default
default_crl_days = 30
unique_subject = no
string_mask = utf8only
[any]
organizationName = optional
commonName = optional
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
nameConstraints = critical, permitted;DNS:company.com
[issuing]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
policyConstraints = requireExplicitPolicy:3
inhibitAnyPolicy = 2
policyMappings = 1.2.3:1.2.4
certificatePolicies = 1.2.3
issuerAltName = URI:http://lab.example/
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:company.com, DNS:*.company.com, IP:192.0.2.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
certificatePolicies = @cps, 2.23.140.1.2.2
crlDistributionPoints = URI:http://lab.example/issuing.crl
freshestCRL = URI:http://lab.example/issuing-delta.crl
authorityInfoAccess = OCSP;URI:http://lab.example/ocsp, caIssuers;URI:http://lab.example/issuing.crt
subjectInfoAccess = caRepository;URI:http://lab.example/
tlsfeature = status_request
noCheck = ignored
[cps]
policyIdentifier = 1.3.6.1.4.1.99999.1
CPS.1 = http://lab.example/cps
userNotice.1 = @notice
[notice]
explicitText = A laboratory
[crl]
authorityKeyIdentifier = keyid
[delta]
authorityKeyIdentifier = keyid
deltaCRL = critical, DER:020107
[scope]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical, @users
[users]
fullname = URI:http://lab.example/issuing.crl
onlyuser = TRUE
[indirect]
issuingDistributionPoint = critical, @other
[other]
indirectCRL = TRUE
END
: >"$tmp/index"
: >"$tmp/index.attr"

ca() { # NAME SERIAL SECTION FROM TO OPTION...
	local name=$1 section=$3 from=$4 to=$5
	printf '%s\n' "$2" >"$tmp/serial"
	shift 5
	openssl ca -config "$tmp/ca.cnf" -batch -notext -extensions "$section" -startdate "$from" \
	    -enddate "$to" -out "$tmp/$name.pem" "$@" 2>"$tmp/log" || {
		cat "$tmp/log" >&2
		exit 1
	}
	openssl x509 -in "$tmp/$name.pem" -outform DER -out "cert/$name.der"
}

for name in root:ecdsa-p384:"Lab Root CA" issuing:ecdsa-p256:"Lab Issuing CA" server:ed25519:company.com; do
	IFS=: read -r file key cn <<<"$name"
	openssl req -new -config "$tmp/req.cnf" -key "key/$key.pem" -subj "/O=Lab/CN=$cn" -out "$tmp/$file.csr"
done
ca root 7f00000000000000000000000000000000000001 root 20260101000000Z 20651231235959Z \
    -selfsign -keyfile key/ecdsa-p384.pem -in "$tmp/root.csr"
ca issuing 1000000000000000000000000000000000000002 issuing 20260101000000Z 20491231235959Z \
    -cert "$tmp/root.pem" -keyfile key/ecdsa-p384.pem -in "$tmp/issuing.csr"
ca server 1000000000000000000000000000000000000003 server 20260101000000Z 20270101000000Z \
    -cert "$tmp/issuing.pem" -keyfile key/ecdsa-p256.pem -in "$tmp/server.csr"
for type in $types; do
	hash=-sha256
	[ "$type" != ecdsa-p384 ] || hash=-sha384
	[ "$type" != ecdsa-p521 ] || hash=-sha512
	openssl req -new -x509 -config "$tmp/req.cnf" -extensions leaf -key "key/$type.pem" "$hash" -days 3650 \
	    -outform DER -out "cert/$type.der"
done
for hash in sha256 sha384 sha512; do
	openssl req -new -x509 -config "$tmp/req.cnf" -extensions leaf -key key/rsa-2048.pem "-$hash" -days 3650 \
	    -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -outform DER -out "cert/rsa-2048-pss-$hash.der"
done
openssl req -new -x509 -config "$tmp/req.cnf" -extensions leaf -key key/rsa-2048.pem -sha1 -days 3650 \
    -outform DER -out cert/rsa-2048-sha1.der
: >"$tmp/no.ext"
openssl x509 -req -in "$tmp/server.csr" -CA "$tmp/issuing.pem" -CAkey key/ecdsa-p256.pem -set_serial 5 \
    -days 3650 -extfile "$tmp/no.ext" -outform DER -out cert/version-1.der 2>/dev/null
for curve in P-224 brainpoolP256r1 secp256k1; do
	openssl req -x509 -newkey ec -pkeyopt "ec_paramgen_curve:$curve" -nodes -keyout "$tmp/other.pem" \
	    -subj "/CN=$curve" -addext subjectAltName=DNS:company.com -days 36500 -outform DER \
	    -out "cert/curve-$curve.der" 2>/dev/null
done
for serial in zero:0 negative:-128 128:128 long:0x100000000000000000000000000000000000000000; do
	openssl req -new -x509 -config "$tmp/req.cnf" -extensions leaf -key key/ecdsa-p256.pem -set_serial "${serial#*:}" \
	    -days 3650 -outform DER -out "cert/serial-${serial%:*}.der"
done

# --- CRLs -------------------------------------------------------------------

crl() { # NAME NUMBER OPTION...
	local name=$1
	printf '%s\n' "$2" >"$tmp/crlnumber"
	shift 2
	openssl ca -config "$tmp/ca.cnf" -gencrl -cert "$tmp/issuing.pem" -keyfile key/ecdsa-p256.pem \
	    -crl_lastupdate 20260201000000Z -crl_nextupdate 20260301000000Z -out "$tmp/$name.crl" "$@" 2>/dev/null
	openssl crl -in "$tmp/$name.crl" -outform DER -out "crl/$name.der"
}

: >"$tmp/index"
crl empty 05 -crlexts crl
printf 'R\t491231235959Z\t%s\t%s\tunknown\t/CN=x\n' \
    260110000000Z 01 \
    260111000000Z,keyCompromise 0102 \
    260112000000Z,keyTime,20260105000000Z 7F \
    260113000000Z,holdInstruction,holdInstructionReject 80 \
    260114000000Z,superseded 7F00000000000000000000000000000000000001 >"$tmp/index"
crl full 06 -crlexts crl
crl delta 08 -crlexts delta
crl scope 09 -crlexts scope
crl indirect 0A -crlexts indirect
openssl ca -config "$tmp/ca.cnf" -gencrl -cert "$tmp/issuing.pem" -keyfile key/ecdsa-p256.pem \
    -crl_lastupdate 20260201000000Z -crl_nextupdate 20260301000000Z -crlexts crl -md sha1 \
    -out "$tmp/sha1.crl" 2>/dev/null
openssl crl -in "$tmp/sha1.crl" -outform DER -out crl/sha1.der
# Without a number and reasons openssl writes version 1.
sed -i '/^crlnumber/d' "$tmp/ca.cnf"
printf 'R\t491231235959Z\t260110000000Z\t01\tunknown\t/CN=x\n' >"$tmp/index"
openssl ca -config "$tmp/ca.cnf" -gencrl -cert "$tmp/issuing.pem" -keyfile key/ecdsa-p256.pem \
    -crl_lastupdate 20260201000000Z -crl_nextupdate 20260301000000Z -out "$tmp/version-1.crl" 2>/dev/null
openssl crl -in "$tmp/version-1.crl" -outform DER -out crl/version-1.der

# --- OCSP -------------------------------------------------------------------

# Of what is in cert/ alone. The dates are of the day; the tests look at them.
for name in issuing server; do
	openssl x509 -inform DER -in "cert/$name.der" -out "$tmp/$name.pem"
done
cat >"$tmp/responder.ext" <<'END'
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
openssl req -new -config "$tmp/req.cnf" -key key/ecdsa-p521.pem -subj "/O=Lab/CN=Lab Responder" |
    openssl x509 -req -CA "$tmp/issuing.pem" -CAkey key/ecdsa-p256.pem -set_serial 0x10000000000000000000000000000004 \
	-days 7300 -extfile "$tmp/responder.ext" -out "$tmp/responder.pem" 2>/dev/null
openssl x509 -in "$tmp/responder.pem" -outform DER -out ocsp/responder.der

ask() { # NAME OPTION...
	local name=$1
	shift
	openssl ocsp -issuer "$tmp/issuing.pem" "$@" -reqout "ocsp/$name.der"
}

ask req-sha1 -cert "$tmp/server.pem" -no_nonce
ask req-sha256 -sha256 -cert "$tmp/server.pem" -no_nonce
ask req-nonce -cert "$tmp/server.pem" -nonce
ask req-several -cert "$tmp/server.pem" -serial 0x80 -sha256 -serial 1 -nonce
ask req-signed -cert "$tmp/server.pem" -signer "$tmp/server.pem" -signkey key/ed25519.pem -no_nonce

cert=$(openssl x509 -in "$tmp/server.pem" -noout -serial)
printf 'V\t491231235959Z\t\t%s\tunknown\t/CN=x\n' "${cert#serial=}" >"$tmp/index"
printf 'R\t491231235959Z\t260110000000Z,keyCompromise\t80\tunknown\t/CN=x\n' >>"$tmp/index"

answer() { # NAME REQUEST SIGNER KEY OPTION...
	local name=$1 request=$2 signer=$3 key=$4
	shift 4
	openssl ocsp -index "$tmp/index" -CA "$tmp/issuing.pem" -rsigner "$tmp/$signer.pem" -rkey "key/$key.pem" \
	    -reqin "ocsp/$request.der" -respout "ocsp/$name.der" "$@" >/dev/null 2>&1
}

answer resp-good req-sha1 responder ecdsa-p521 -ndays 7
answer resp-sha256 req-sha256 responder ecdsa-p521 -ndays 7 -rmd sha512
answer resp-nonce req-nonce responder ecdsa-p521 -ndays 7
answer resp-several req-several responder ecdsa-p521 -ndays 7
answer resp-key-id req-sha1 responder ecdsa-p521 -ndays 7 -resp_key_id
answer resp-no-next req-sha1 responder ecdsa-p521
answer resp-no-certs req-sha1 responder ecdsa-p521 -ndays 7 -resp_no_certs
answer resp-issuer req-sha1 issuing ecdsa-p256 -ndays 7 -resp_no_certs
answer resp-bad-signature req-sha1 responder ecdsa-p521 -ndays 7 -badsig
answer resp-wrong-signer req-sha1 server ed25519 -ndays 7

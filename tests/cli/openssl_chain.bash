# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Authorities, certificates and CRLs of somebody else: made by openssl, in the
# folder a test stands in.
#
# shellcheck disable=SC2034 # what is set here is read by the tests

# certificate NAME SUBJECT ISSUER EXTENSIONS [openssl x509 options...]:
# NAME.crt, valid from yesterday for 30 days; ISSUER - signs itself.
certificate() {
	local name=$1 subject=$2 issuer=$3 extensions=$4
	shift 4
	local signer=(-CA "$issuer.crt" -CAkey "$issuer.key")
	[ "$issuer" != - ] || signer=(-signkey "$name.key")
	[ -e "$name.key" ] || openssl genpkey -algorithm ed25519 -out "$name.key"
	openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr"
	printf 'subjectKeyIdentifier=hash\n%b' "$extensions" >"$name.ext"
	[ "$issuer" = - ] || echo authorityKeyIdentifier=keyid >>"$name.ext"
	openssl x509 -req -in "$name.csr" "${signer[@]}" -extfile "$name.ext" \
	    -set_serial "0x1$RANDOM$RANDOM" -days 30 -out "$name.crt" "$@" \
	    2>/dev/null
}

# authority NAME SUBJECT ISSUER [more extensions]
authority() {
	certificate "$1" "$2" "$3" "basicConstraints=critical,CA:TRUE${5:-}\nkeyUsage=critical,keyCertSign,cRLSign\n${4:-}"
}

LEAF='basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n'
SERVER="${LEAF}extendedKeyUsage=serverAuth\n"

# crl NAME ISSUER [certificate or - [openssl ca options...]]: NAME.pem, with the
# certificate on it.
crl() {
	local on=${3:--}
	rm -f index.txt*
	: >index.txt
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=default\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n' >ca.cnf
	echo 01 >number
	[ "$on" = - ] || openssl ca -config ca.cnf -cert "$2.crt" \
	    -keyfile "$2.key" -revoke "$on" -crl_reason keyCompromise 2>/dev/null
	openssl ca -config ca.cnf -cert "$2.crt" -keyfile "$2.key" -gencrl \
	    -out "$1.pem" "${@:4}" 2>/dev/null
}

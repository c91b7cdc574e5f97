#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every shipped policy with every type of key, judged by OpenSSL at its
# strictest and by GnuTLS (checklist 67, 68).

load ../cli/helper

types=(rsa-2048 rsa-3072 rsa-4096 ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448)

setup_file() {
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	command -v openssl >/dev/null || return 0
	cd "$BATS_FILE_TMPDIR" || return
	new_home "$SIGNET_HOME" ecdsa-p384 --validity 24y
	signet roots export --out root.pem --quiet
	signet roots export --with-intermediates --out all.pem --quiet
	for type in "${types[@]}"; do
		signet key new --type "$type" --no-passphrase --out "$type.key" --quiet
	done
}

setup() {
	needs openssl certtool sqlite3 python3
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
}

# judged CRT PURPOSE: both accept it, and what was taken apart to its values is
# the same octets when it is put together again (checklist 68).
judged() {
	local crt=$1 purpose=$2
	openssl verify -x509_strict -check_ss_sig -purpose "$purpose" \
	    -CAfile root.pem -untrusted all.pem "$crt"
	openssl x509 -in "$crt" -outform DER -out ours.der
	openssl asn1parse -in ours.der -inform DER -noout
	python3 "$BATS_TEST_DIRNAME/der_again.py" ours.der
	[ "$(openssl x509 -in ours.der -inform DER -noout -fingerprint -sha256 |
	    tr -d ':' | sed 's/.*=//' | tr 'A-F' 'a-f')" = \
	    "$(rows "select lower(hex(der_hash)) from certificate
	        where hex(serial) = '$(openssl x509 -in "$crt" -noout -serial |
	        cut -d= -f2)'")" ]
	certtool -i --infile "$crt" >certtool.txt
	cat "$crt" all.pem >chain.pem
	certtool --verify --load-ca-certificate root.pem --infile chain.pem \
	    >certtool.txt 2>&1 || {
		cat certtool.txt
		return 1
	}
}

# named POLICY TYPE: the request a policy wants.
named() {
	local policy=$1 type=$2
	local -a names=()
	case $policy in
	client) names=(--email jason@lab.example) ;;
	ocsp-responder) names=(--subject "CN=OCSP responder") ;;
	server) names=(--dns "$type.lab.example") ;;
	ev-server)
		names=(--dns "$type.lab.example" --subject "CN=$type.lab.example, \
O=Company, businessCategory=Private Organization, \
jurisdictionCountryName=DE, serialNumber=HRB 1234, L=Berlin, C=DE")
		;;
	esac
	signet csr new --key "$type.key" "${names[@]}" --out "$policy-$type.csr" \
	    --force --quiet
}

leaves() {
	local policy=$1 purpose=$2 type
	for type in "${types[@]}"; do
		named "$policy" "$type"
		signet sign "$policy-$type.csr" --policy "$policy" --ca issuing \
		    --out "$policy-$type.crt" --quiet
		judged "$policy-$type.crt" "$purpose"
	done
}

@test "DER that is not written as it must be is told by der_again.py" {
	printf '\x30\x03\x02\x01\x05' >der
	python3 "$BATS_TEST_DIRNAME/der_again.py" der
	printf '\x30\x81\x03\x02\x01\x05' >length
	not python3 "$BATS_TEST_DIRNAME/der_again.py" length
	printf '\x30\x04\x02\x02\x00\x05' >integer
	not python3 "$BATS_TEST_DIRNAME/der_again.py" integer
	printf '\x30\x03\x01\x01\x01' >boolean
	not python3 "$BATS_TEST_DIRNAME/der_again.py" boolean
}

@test "server" {
	leaves server sslserver
}

@test "client" {
	leaves client sslclient
}

@test "ev-server" {
	leaves ev-server sslserver
	openssl x509 -in ev-server-ed25519.crt -noout -text |
	    grep -q 'Policy: 2.23.140.1.1'
}

@test "ocsp-responder" {
	leaves ocsp-responder ocsphelper
	openssl x509 -in ocsp-responder-ed25519.crt -noout -text |
	    grep -q 'OCSP No Check'
}

@test "authorities of every type below a root, and a leaf below each" {
	local type
	named server ecdsa-p256
	for type in "${types[@]}"; do
		signet ca add "ca-$type" "CA $type" --key "$type" --no-passphrase \
		    --from root --quiet
		signet sign server-ecdsa-p256.csr --policy server --ca "ca-$type" \
		    --chain --out "below-$type.crt" --quiet
		signet crl --ca "ca-$type" --out "$type.crl" --quiet
		openssl verify -x509_strict -check_ss_sig -purpose sslserver \
		    -CAfile root.pem -untrusted "below-$type.crt" \
		    -CRLfile "$type.crl" -crl_check "below-$type.crt"
	done
}

@test "roots of every type" {
	local type
	for type in "${types[@]}"; do
		export SIGNET_HOME=$BATS_TEST_TMPDIR/$type
		signet init "Root $type" --key "$type" --no-passphrase --quiet
		signet roots export --out "$type.pem" --quiet
		openssl verify -x509_strict -check_ss_sig -CAfile "$type.pem" \
		    "$type.pem"
		signet audit
	done
}

@test "days are counted to the second, and 2050 changes the form of time" {
	local start end
	named server ed25519
	signet sign server-ed25519.csr --policy server --ca issuing \
	    --validity 90d --out days.crt --quiet
	start=$(date -ud "$(openssl x509 -in days.crt -noout -startdate |
	    cut -d= -f2)" +%s)
	end=$(date -ud "$(openssl x509 -in days.crt -noout -enddate |
	    cut -d= -f2)" +%s)
	[ $((end - start + 1)) -eq $((90 * 86400)) ]
	openssl asn1parse -in root.pem | grep -c UTCTIME | grep -qx 1
	openssl asn1parse -in root.pem | grep -c GENERALIZEDTIME | grep -qx 1
	openssl asn1parse -in days.crt | grep -c UTCTIME | grep -qx 2
}

@test "all of it stands the audit, and no serial is there twice" {
	signet audit
	[ "$(rows 'select count(*) - count(distinct serial) from certificate')" -eq 0 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A laboratory's day: one root, two issuing authorities held to their own
# names, fifty companies' requests made with three different tools, twenty
# clients, five revocations, the lists published, and the books in order.

load ../cli/helper

setup() {
	needs openssl sqlite3
	# a package that the tests require: without it this test is not itself
	command -v certtool
	command -v keytool >/dev/null ||
	    echo "# keytool is missing: openssl makes its requests" >&3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
}

by_openssl() {
	request "$1" "$2"
}

by_certtool() {
	cat >template <<END
cn = "$2"
dns_name = "$2"
tls_www_server
END
	certtool --generate-privkey --key-type ecdsa --curve secp256r1 \
	    --outfile "$1.key" >certtool.txt 2>&1
	certtool --generate-request --load-privkey "$1.key" \
	    --template template --outfile "$1.csr" >certtool.txt 2>&1
}

by_keytool() {
	keytool -genkeypair -alias k -keyalg EC -groupname secp256r1 \
	    -dname "CN=$2" -keystore "$1.jks" -storepass changeit >keytool.txt 2>&1
	keytool -certreq -alias k -keystore "$1.jks" -storepass changeit \
	    -ext "san=dns:$2" -file "$1.csr" >keytool.txt 2>&1
}

# company N: its request, by the tool whose turn it is.
company() {
	local n=$1 host=www.company$1.example
	if [ $((n % 10)) -eq 3 ] && command -v keytool >/dev/null; then
		by_keytool "c$n" "$host"
	elif [ $((n % 3)) -eq 1 ]; then
		by_certtool "c$n" "$host"
	else
		by_openssl "c$n" "$host"
	fi
}

@test "a laboratory's day" {
	local n
	local -a permits=()

	signet init "Lab Root CA" --key ecdsa-p384 --no-passphrase --quiet
	for n in $(seq 50); do
		permits+=(--permit "dns:company$n.example")
	done
	signet ca add web "Lab Web CA" --no-passphrase --quiet "${permits[@]}"
	signet ca add people "Lab People CA" --no-passphrase --quiet \
	    --permit email:lab.example

	# Fifty companies.
	for n in $(seq 50); do
		company "$n"
	done
	mkdir signed
	signet sign c*.csr --policy server --ca web --out-dir signed --chain \
	    --validity 90d --quiet
	[ "$(find signed -name '*.crt' | wc -l)" -eq 50 ]

	# Twenty people.
	for n in $(seq 20); do
		signet issue client "person$n@lab.example" --ca people \
		    --no-passphrase --quiet
	done

	# Neither authority speaks for the other's names.
	request evil www.other.example
	refused 3 "www.other.example" signet sign evil.csr --policy server \
	    --ca web --out evil.crt
	refused 3 "person1@other.example" signet issue client \
	    person1@other.example --ca people --no-passphrase
	[ ! -e evil.crt ]

	# Five are revoked.
	for n in 1 2 3; do
		signet revoke "signed/c$n.crt" --reason superseded --quiet
	done
	signet revoke person1@lab.example --reason keyCompromise --quiet
	signet revoke person2@lab.example --reason affiliation-changed --quiet

	signet crl --all --bundle --out all.crl --quiet
	[ "$(grep -c 'BEGIN X509 CRL' all.crl)" -eq 3 ]
	signet roots export --out root.pem --quiet
	for n in $(seq 50); do
		if [ "$n" -le 3 ]; then
			run openssl verify -CAfile root.pem -CRLfile all.crl \
			    -crl_check_all -untrusted "signed/c$n.crt" \
			    "signed/c$n.crt"
			[[ $output == *"certificate revoked"* ]]
		else
			openssl verify -x509_strict -purpose sslserver \
			    -verify_hostname "www.company$n.example" \
			    -CAfile root.pem -CRLfile all.crl -crl_check_all \
			    -untrusted "signed/c$n.crt" "signed/c$n.crt"
		fi
	done

	# The books.
	[ "$(signet list --policy server --json | jq '.certificates | length')" -eq 50 ]
	[ "$(signet list --policy client --json | jq '.certificates | length')" -eq 20 ]
	[ "$(signet list --revoked --json | jq '.certificates | length')" -eq 5 ]
	[ "$(signet ca list --json | jq '.authorities | length')" -eq 3 ]
	[ "$(rows 'select count(*) from certificate where state = 2')" -eq 73 ]
	run signet audit
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"73 certificates, 3 CRLs"*"0 faults, 0 orphans"* ]]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Delta CRLs and partitions as OpenSSL and GnuTLS read them.

load ../cli/helper

setup_file() {
	needs openssl sqlite3 jq
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	request r host.example.com
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/r.csr" .
	signet roots export --with-intermediates --quiet >roots.pem
}

publish() {
	printf '[publish]\ncrl = http://pki.lab.example/%s.crl\n%s\n' "$1" \
	    "freshest = http://pki.lab.example/$1.delta.crl" \
	    >>home/policies/server.policy
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" >>home/policies/server.policy
}

# The CRLs in the home's folder, as one PEM.
gather() {
	local file
	for file in home/crl/*.crl; do
		openssl crl -inform DER -in "$file"
	done
}

verify() {
	openssl verify -crl_check_all -use_deltas -extended_crl \
	    -CAfile roots.pem -CRLfile crls.pem "$1" 2>&1
}

@test "openssl follows deltas: revoked, held, and released (92, 93)" {
	publish '{issuer}'
	signet sign r.csr --policy server --out a.crt --quiet
	signet sign r.csr --policy server --out b.crt --quiet
	signet crl --all --quiet
	gather >crls.pem
	verify a.crt
	# By the delta alone; without deltas the old list still holds.
	signet revoke a.crt --yes --quiet
	signet revoke b.crt --reason certificateHold --yes --quiet
	signet crl --ca issuing --delta --quiet >/dev/null
	gather >crls.pem
	not verify a.crt
	verify a.crt | grep -q 'certificate revoked'
	not verify b.crt
	openssl verify -crl_check_all -CAfile roots.pem \
	    -CRLfile <(openssl crl -inform DER -in home/crl/issuing.crl &&
	        openssl crl -inform DER -in home/crl/root.crl) a.crt
	# A hold in the base, lifted in the delta.
	signet crl --ca issuing --quiet >/dev/null
	signet unhold b.crt --quiet
	signet crl --ca issuing --delta --quiet >/dev/null
	gather >crls.pem
	verify b.crt
	not verify a.crt
	signet audit
}

@test "openssl takes a partition's list for its certificates alone (94)" {
	local i url shard
	publish '{issuer}.{shard}' 'shards = 3'
	for i in 1 2 3 4 5 6 7 8; do
		signet sign r.csr --policy server --out "c$i.crt" --quiet
	done
	signet revoke c1.crt --yes --quiet
	signet crl --all --quiet
	# Without the complete one: the partitions must do.
	rm home/crl/issuing.crl
	gather >crls.pem
	for i in 2 3 4 5 6 7 8; do
		verify "c$i.crt"
	done
	not verify c1.crt
	verify c1.crt | grep -q 'certificate revoked'
	# Its own partition away: no other stands in for it.
	url=$(openssl x509 -in c1.crt -noout -ext crlDistributionPoints |
	    sed -n 's/.*URI://p')
	shard=${url#*issuing.}
	rm "home/crl/issuing.$shard"
	gather >crls.pem
	not verify c1.crt
	verify c1.crt | grep -Eq 'unable to get certificate CRL|different CRL scope'
}

# Of an authority's lists, servers take the newest: a delta CRL among them would
# let in whoever was revoked before it.
@test "a bundle for servers has complete lists alone" {
	local name
	publish '{issuer}.{shard}' 'shards = 2'
	sed -i 's/issuing.*delta/issuing.{shard}.delta/' home/policies/server.policy
	for name in a b c d; do
		signet sign r.csr --policy server --out "$name.crt" --quiet
	done
	signet revoke a.crt --yes --quiet
	signet crl --all --quiet
	signet revoke b.crt --yes --quiet
	signet crl --ca issuing --delta --quiet >/dev/null
	[ "$(find home/crl -name 'issuing.*.crl' | wc -l)" -ge 3 ]
	for name in "" "--all --due"; do
		# shellcheck disable=SC2086 # none or two words
		signet crl --bundle $name --quiet >crls.pem
		[ "$(grep -c BEGIN crls.pem)" -eq 2 ]
		openssl storeutl -noout -text -crls crls.pem >text
		not grep -E 'Delta CRL|Issuing Distribution' text
		not openssl verify -crl_check_all -CAfile roots.pem \
		    -CRLfile crls.pem a.crt
		openssl verify -crl_check_all -CAfile roots.pem -CRLfile crls.pem \
		    c.crt
	done
	# By now a new complete list has the second one, too.
	not openssl verify -crl_check_all -CAfile roots.pem -CRLfile crls.pem b.crt
}

@test "a CRL of authorities alone, for the root" {
	cat >>home/policies/intermediate.policy <<-'END'
		[publish]
		crl = http://pki.lab.example/{issuer}.ca.crl
		shards = 1
	END
	signet ca add other "Other CA" --key ecdsa-p256 --no-passphrase --quiet
	signet sign r.csr --policy server --ca other --out o.crt --quiet
	signet crl --all --quiet
	openssl crl -inform DER -in home/crl/root.1.crl -noout -text >text
	grep -q 'Only CA Certificates' text
	signet roots export --with-intermediates --quiet >roots.pem
	# The root itself names no list: it is in the complete one.
	gather >crls.pem
	verify o.crt
	cp home/crl/root.crl before.crl
	signet revoke "Other CA" --yes --quiet
	signet crl --ca root --quiet >/dev/null
	mv before.crl home/crl/root.crl
	gather >crls.pem
	not verify o.crt
	verify o.crt | grep -q 'certificate revoked'
}

@test "certtool reads all of them" {
	needs certtool
	publish '{issuer}.{shard}' 'shards = 2'
	local i file
	for i in 1 2 3 4 5 6; do
		signet sign r.csr --policy server --out "c$i.crt" --quiet
		signet revoke "c$i.crt" --reason superseded --yes --quiet
	done
	signet crl --quiet >/dev/null
	signet crl --delta --quiet >/dev/null
	signet show "Lab Issuing CA" --pem |
	    openssl x509 -outform DER -out issuer.der
	for file in home/crl/*.crl; do
		certtool --crl-info --inder --infile "$file" >text
		grep -q 'CRL Number (not critical)' text
		certtool --verify-crl --inder --infile "$file" \
		    --load-ca-certificate issuer.der >verdict
		grep -q 'Verification output: Verified' verdict
		[ "$(signet crl show "$file" --json | jq '.crl.entries | length')" \
		    -eq "$(grep -c 'Serial Number (hex)' text || true)" ]
		signet crl verify "$file"
	done
}

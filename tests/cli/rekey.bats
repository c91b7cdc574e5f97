#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet rekey: the same names, a new key.

load helper

setup_file() {
	shared_home ecdsa-p256
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	signet issue server company.com www.company.com 10.0.0.1 --quiet \
	    --no-passphrase --key ecdsa-p384 --validity 30d
	signet issue client jason@lab.example --no-passphrase --quiet
	signet roots export --quiet >"$BATS_FILE_TMPDIR/root.pem"
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/root.pem" .
	signet show "Lab Issuing CA" --pem >issuing.pem
	echo "jason only" >pass
}

san() {
	openssl x509 -in "$1" -noout -subject -ext subjectAltName
}

@test "beside the old files, with the same names and type of key" {
	signet rekey company.com --no-passphrase 2>err
	grep -q 'key .*issued/company.com-2.key' err
	cd home/issued
	[ "$(ls company* | tr '\n' ' ')" = "company.com-2.crt \
company.com-2.csr company.com-2.key company.com.crt company.com.csr \
company.com.key " ]
	[ "$(stat -c %a company.com-2.key)" = 600 ]
	openssl verify -x509_strict -CAfile ../../root.pem \
	    -untrusted ../../issuing.pem company.com-2.crt
	[ "$(san company.com.crt)" = "$(san company.com-2.crt)" ]
	openssl x509 -in company.com-2.crt -pubkey -noout >crt.pub
	openssl pkey -in company.com-2.key -pubout | cmp - crt.pub
	not cmp -s company.com.key company.com-2.key
	openssl pkey -in company.com-2.key -noout -text | grep -q P-384
	[ "$(rows "select count(*) from certificate n join certificate o
	    on n.renews = o.id and n.lineage = o.id
	    and n.spki_hash <> o.spki_hash")" -eq 1 ]
	[ "$(rows "select count(distinct not_after - not_before) from
	    certificate where subject = 'CN=company.com'")" -eq 1 ]
	signet audit
	signet rekey company.com --no-passphrase
	[ -f company.com-3.key ]
	signet revoke company.com --lineage --yes
	[ "$(rows "select count(*) from revocation")" -eq 3 ]
}

@test "options as of issue: key, places, PKCS #12" {
	mkdir new
	signet rekey jason@lab.example --key ed25519 --passout file:pass \
	    --out-dir new --p12 jason.p12 --chain --validity 10d
	[ "$(ls new | tr '\n' ' ')" = "jason@lab.example.crt \
jason@lab.example.csr jason@lab.example.key " ]
	[ "$(grep -c BEGIN new/jason@lab.example.crt)" -eq 2 ]
	openssl pkcs12 -in jason.p12 -passin file:pass -noout
	openssl pkey -in new/jason@lab.example.key -passin file:pass -noout \
	    -text | grep -q ED25519
	signet rekey jason@lab.example --no-passphrase --out a.crt --key-out a.key
	refused 3 "a.key: exists already" signet rekey jason@lab.example \
	    --no-passphrase --out b.crt --key-out a.key
	refused 2 "--p12 needs a passphrase" signet rekey jason@lab.example \
	    --no-passphrase --p12 b.p12
}

@test "every policy's certificate can be followed" {
	signet issue server --policy ev-server www.lab.example --no-passphrase \
	    --subject "CN=www.lab.example, O=Lab, C=CH, \
businessCategory=Private Organization, serialNumber=1234, \
jurisdictionC=CH" --out-dir . --quiet
	signet rekey www.lab.example.crt --no-passphrase --out-dir .
	[ "$(san www.lab.example.crt)" = "$(san www.lab.example-2.crt)" ]
}

@test "what the policy adds to the subject is not asked for twice" {
	sed -i 's/^organizationName *=.*/organizationName = fixed "Lab"/' \
	    home/policies/server.policy
	signet issue server fixed.lab.example --no-passphrase --out-dir . --quiet
	signet rekey fixed.lab.example.crt --no-passphrase --out-dir .
	san fixed.lab.example.crt | grep -q 'O = Lab'
	[ "$(san fixed.lab.example.crt)" = "$(san fixed.lab.example-2.crt)" ]
}

@test "after the key was revoked as compromised: not for the old (76)" {
	signet revoke company.com --reason keyCompromise
	refused 3 "not renewed" signet rekey company.com --no-passphrase
	signet revoke jason@lab.example --reason certificateHold
	refused 3 "signet unhold" signet rekey jason@lab.example \
	    --no-passphrase
	[ "$(ls home/issued | wc -l)" -eq 6 ]
	[ "$(issued)" -eq 4 ]
}

@test "what is refused leaves no key" {
	refused 3 "authority issuing" signet rekey "Lab Issuing CA" \
	    --no-passphrase
	refused 4 "no certificate" signet rekey nobody --no-passphrase
	refused 3 "max-validity" signet rekey company.com --no-passphrase \
	    --validity 5y
	refused 3 "RSA below 2048" signet rekey company.com --key rsa-1024 \
	    --no-passphrase
	refused 2 "no terminal" signet rekey company.com
	refused 2 "one word too many" signet rekey company.com jason@lab.example
	[ "$(ls home/issued | wc -l)" -eq 6 ]
	[ "$(issued)" -eq 4 ]
}

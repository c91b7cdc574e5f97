#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet crl: lists that openssl takes, numbers that rise, files that are whole.

load helper

setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	request r host.example.com
	signet sign r.csr --policy server --out r.crt --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/r.crt" .
	signet roots export --with-intermediates --quiet >roots.pem
}

number() {
	openssl crl -in "$1" -noout -crlnumber | cut -d= -f2
}

@test "an empty list, a first number, an AKI, and openssl's verdict" {
	signet crl --out c.pem
	openssl crl -in c.pem -noout -text -CAfile roots.pem >text 2>verdict
	cat text
	grep -q 'verify OK' verdict
	grep -q 'Version 2' text
	grep -q 'Authority Key Identifier' text
	grep -q 'No Revoked Certificates' text
	openssl asn1parse -in c.pem >asn1
	[ "$(number c.pem)" = 0x01 ] || [ "$(number c.pem)" = 01 ]
	[ "$(stat -c %a c.pem)" = 644 ]
	signet audit
}

@test "what was revoked is on it, with its reason" {
	signet revoke r.crt --reason keyCompromise --quiet
	signet crl >c.pem
	openssl crl -in c.pem -noout -text >text
	grep -q "Serial Number: $(openssl x509 -in r.crt -noout -serial |
	    cut -d= -f2)" text
	grep -q 'Key Compromise' text
}

@test "an unspecified reason is left out (90)" {
	signet revoke r.crt --quiet
	signet crl | openssl crl -noout -text >text
	grep -q 'Serial Number' text
	not grep -q 'Reason' text
}

@test "numbers rise, whatever the file (87)" {
	local i last=0 now
	for i in 1 2 3; do
		signet crl --out c.pem --quiet
		now=$((16#$(number c.pem | sed 's/^0x//')))
		[ "$now" -gt "$last" ]
		last=$now
	done
}

@test "--der, and the home's own copy" {
	signet crl --der --out c.der
	openssl crl -in c.der -inform DER -noout -issuer |
	    grep -q "Lab Issuing CA"
	cmp c.der home/crl/issuing.crl
}

@test "--all --bundle: every authority in one PEM (nginx)" {
	signet crl --all --bundle --out all.pem
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
	openssl verify -crl_check_all -CAfile roots.pem -CRLfile all.pem r.crt
	[ "$(ls home/crl | tr '\n' ' ')" = "issuing.crl root.crl " ]
}

@test "--bundle alone gathers those in force and signs none" {
	refused 4 "no current CRL" signet crl --bundle --out b.pem
	[ ! -e b.pem ]
	signet crl --all --quiet
	rm home/keys/*
	signet crl --bundle --out b.pem
	[ "$(grep -c 'BEGIN X509 CRL' b.pem)" -eq 2 ]
}

@test "--ca, --next-update" {
	signet crl --ca root --next-update 3d --out c.pem
	openssl crl -in c.pem -noout -issuer | grep -q "Lab Root CA"
	local from to
	from=$(openssl crl -in c.pem -noout -lastupdate | cut -d= -f2)
	to=$(openssl crl -in c.pem -noout -nextupdate | cut -d= -f2)
	[ $(($(date -d "$to" +%s) - $(date -d "$from" +%s))) -le $((3 * 86400)) ]
	[ $(($(date -d "$to" +%s) - $(date -d "$from" +%s))) -gt \
	    $((2 * 86400)) ]
}

@test "a CRL that exists is replaced whole" {
	echo old >c.pem
	signet crl --out c.pem
	openssl crl -in c.pem -noout
	[ -z "$(ls c.pem.* 2>/dev/null)" ]
}

@test "usage, and what cannot be" {
	refused 4 "nobody" signet crl --ca nobody --out c.pem
	refused 2 "--der" signet crl --der --all
	refused 2 "--all" signet crl --all --ca root
	refused 2 "--bundle" signet crl --all --out c.pem
	refused 2 "--next-update" signet crl --next-update soon
	refused 4 "does not exist" signet crl --out no/c.pem
	[ ! -e c.pem ]
	[ "$(rows "select count(*) from crl")" -eq 0 ]
}

@test "a revoked authority without a list is left out of all of them" {
	signet revoke "Lab Issuing CA" --quiet
	signet crl --all --bundle --out all.pem 2>said
	cat said
	grep -q 'issuing: is revoked and has no CRL in force: left out' said
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 1 ]
	signet crl --bundle --out again.pem
	[ "$(grep -c 'BEGIN X509 CRL' again.pem)" -eq 1 ]
	refused 3 'its certificate is revoked' signet crl --ca issuing
}

@test "a revoked authority's list in force stays among all of them" {
	signet crl --out before.pem --quiet
	signet revoke "Lab Issuing CA" --quiet
	signet crl --all --bundle --out all.pem 2>said
	cat said
	grep -q 'issuing: the CRL in force is kept' said
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
}

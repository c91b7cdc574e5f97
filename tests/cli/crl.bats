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

@test "--next-update has an end: a year, the policy's, the issuer's" {
	refused 3 "366 days at most" signet crl --next-update 90y --out x.crl
	refused 3 "366 days at most" signet crl --ca issuing --delta \
	    --next-update 2y --out x.crl
	signet ca add short Short --key ed25519 --no-passphrase --quiet \
	    --validity 20d
	refused 3 "outlive its issuer" signet crl --ca short \
	    --next-update 21d --out x.crl
	[ "$(rows "select count(*) from crl")" -eq 0 ]
	[ ! -e x.crl ]
	signet crl --ca short --next-update 19d --out x.crl
	sed -i 's/^next-update .*/next-update = 600d/' \
	    home/policies/intermediate.policy
	signet crl --ca issuing --next-update 500d --out y.crl
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

# partitioned POLICY N: its certificates are divided, and name delta CRLs.
partitioned() {
	cat >>"home/policies/$1.policy" <<-END
		[publish]
		crl = http://pki.lab.example/crl/{issuer}.{shard}.crl
		shards = $2
		freshest = http://pki.lab.example/crl/{issuer}.{shard}.delta.crl
	END
}

@test "--delta needs a CRL to start from (93)" {
	refused 3 "no CRL was published that a delta CRL could start from" \
	    signet crl --delta --out d.pem
	[ ! -e d.pem ]
	[ "$(rows "select count(*) from crl")" -eq 0 ]
	signet crl --quiet >base.pem
	signet revoke r.crt --reason certificateHold --yes --quiet
	signet crl --delta --out d.pem --quiet
	openssl crl -in d.pem -noout -text >text
	cat text
	grep -A1 'Delta CRL Indicator: critical' text | grep -qw 1
	grep -q 'Certificate Hold' text
	openssl crl -inform DER -in home/crl/issuing.delta.crl -noout
	cmp home/crl/issuing.crl <(openssl crl -in base.pem -outform DER)
	refused 2 "--bundle" signet crl --delta --all --bundle
	signet audit
}

@test "a delta CRL is not for the servers" {
	signet crl --out c.pem 2>said
	grep -q '^next: give c.pem to the servers and reload them' said
	signet crl --delta --out d.pem 2>said
	grep -q "^next: publish d.pem at the certificates' freshestCRL URL" said
	grep -q '^signet: issuing: no certificate says that there are delta CRLs' said
	! grep -q reload said
}

@test "a lifted hold is removed in the delta, absent in the next (92)" {
	signet revoke r.crt --reason certificateHold --yes --quiet
	signet crl --quiet >c.pem
	signet unhold r.crt --quiet
	signet crl --delta --quiet >d.pem
	openssl crl -in d.pem -noout -text | grep -q 'Remove From CRL'
	signet crl --quiet >c.pem
	openssl crl -in c.pem -noout -text | grep -q 'No Revoked Certificates'
	signet audit
}

@test "--due signs where there is news, and else asks for no key" {
	signet crl --due --out c.pem 2>said
	[ -s c.pem ]
	mv home/keys keys
	signet crl --due --out again.pem 2>said
	cat said
	grep -q 'issuing: no new CRL is due' said
	[ ! -e again.pem ]
	signet revoke r.crt --yes --quiet
	[ "$(signet crl --due 2>&1 | wc -l)" -eq 1 ] # it wants the key now
	mv keys home/keys
	signet crl --due --out again.pem --quiet
	[ "$(number again.pem)" != "$(number c.pem)" ]
	[ "$(rows "select count(*) from crl")" -eq 2 ]
}

@test "--all --due --bundle: the bundle of those in force" {
	signet crl --all --quiet
	rm home/keys/*
	signet crl --all --due --bundle --out all.pem
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
	refused 2 "--bundle alone" signet crl --bundle --due
}

# checklist 88: heard of while the old list is still good.
@test "a list that is due and cannot be signed is no success" {
	needs faketime
	local kdf=pbkdf2:100000
	rm -r home
	(umask 077 && echo right >right && echo wrong >wrong)
	signet init Root --key ecdsa-p256 --passout file:right --kdf $kdf --quiet
	signet ca add issuing Issuing --key ecdsa-p256 --passin file:right \
	    --passout file:right --kdf $kdf --quiet
	signet crl --all --bundle --out all.pem --passin file:right --quiet
	cp all.pem first.pem
	# The issuing authority's week is nearly over.
	for all in "--all --due" "--all --bundle --due --out all.pem" \
	    "--all --bundle --out all.pem"; do
		# shellcheck disable=SC2086 # several words
		refused 5 'issuing: a new CRL is due, and the old one is kept: ' \
		    faketime -f +6d "$SIGNET" crl $all --passin file:wrong --quiet
		cmp all.pem first.pem
	done
	# Somebody was revoked.
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout s.key -out s.csr -subj / -addext subjectAltName=DNS:a.example 2>/dev/null
	signet sign s.csr --policy server --out s.crt --passin file:right --quiet
	signet revoke s.crt --quiet
	refused 5 'wrong passphrase' signet crl --all --bundle --out all.pem \
	    --passin file:wrong --quiet
	signet crl --all --bundle --due --out all.pem --passin file:right --quiet
	not cmp all.pem first.pem
}

@test "a bundle is whole or is not written, and says what it keeps" {
	local kdf=pbkdf2:100000
	rm -r home
	(umask 077 && echo right >right && echo other >other)
	signet init Root --passout file:right --kdf $kdf --quiet
	signet ca add issuing Issuing --passin file:right \
	    --passout file:other --kdf $kdf --quiet
	# The issuing authority has none yet, and its passphrase is another.
	refused 5 'issuing.key: wrong passphrase' \
	    signet crl --all --bundle --out all.pem --quiet --passin file:right
	[ ! -e all.pem ]
	signet crl --all --bundle --out all.pem --passin file:right 2>said ||
	    grep -q '^signet: all.pem is not written: a bundle holds the CRL of every' said
	[ ! -e all.pem ]
	# It has one in force: that is in the bundle, and it is told.
	signet crl --ca issuing --passin file:other --quiet >c.pem
	refused 5 'issuing: no new CRL, the one in force is kept: ' \
	    signet crl --all --bundle --out all.pem --passin file:right --quiet
	[ "$(grep -c BEGIN all.pem)" -eq 2 ]
	signet crl verify all.pem --quiet
}

# --all promises a new one of every authority.
@test "--all with a key that does not open is no success" {
	local kdf=pbkdf2:100000 how before
	rm -r home
	(umask 077 && echo right >right && echo wrong >wrong)
	signet init Root --key ecdsa-p256 --passout file:right --kdf $kdf --quiet
	signet ca add issuing Issuing --key ecdsa-p256 --passin file:right \
	    --passout file:wrong --kdf $kdf --quiet
	# Neither has one: the others are made all the same, and no bundle.
	refused 5 'root.key: wrong passphrase' signet crl --all --bundle \
	    --out all.pem --passin file:wrong --quiet
	[ ! -e all.pem ]
	[ "$(ls home/crl)" = issuing.crl ]
	signet crl --ca root --passin file:right --quiet >root.pem
	# The others are made, and the bundle has the one in force.
	for how in "--all" "--all --bundle --out all.pem"; do
		before=$(rows "select count(*) from crl")
		# shellcheck disable=SC2086 # several words
		refused 5 'root: no new CRL, the one in force is kept: ' \
		    signet crl $how --passin file:wrong --quiet
		[ "$(rows "select count(*) from crl")" -eq $((before + 1)) ]
	done
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
	refused 4 'the one in force is kept: ' signet crl --all \
	    --passin file:nowhere --quiet
	# Nothing is due, so no key is asked for.
	signet crl --all --due --bundle --out all.pem --passin file:wrong
	# The root's key is kept elsewhere, as it should be.
	mv home/keys/root.key .
	signet crl --all --bundle --out all.pem --passin file:wrong 2>said
	cat said
	grep -q 'root: the CRL in force is kept: ' said
	[ "$(grep -c 'BEGIN X509 CRL' all.pem)" -eq 2 ]
	signet audit
}

@test "a complete CRL is due when only a delta CRL says who is revoked" {
	signet crl --all --bundle --due --out all.pem --quiet
	signet revoke r.crt --yes --quiet
	signet crl --delta --due --quiet >/dev/null
	signet crl --delta --due 2>said
	grep -q 'no new delta CRL is due' said
	# Nobody but who follows freshestCRL reads that.
	signet crl --all --due 2>said
	[ "$(grep -c 'no new CRL is due' said)" -eq 1 ]
	grep -q 'issuing: new CRL' said
	signet crl --all --bundle --due --out all.pem --quiet
	openssl storeutl -noout -text -crls all.pem | grep -q 'Serial Number'
	# An empty delta CRL is no news.
	signet crl --delta --quiet >/dev/null
	cp all.pem before.pem
	signet crl --all --bundle --due --out all.pem --quiet
	cmp all.pem before.pem
}

@test "--due when the time has come" {
	needs faketime
	signet crl --quiet >c.pem
	faketime '+4 days 23 hours' "$SIGNET" crl --due --out d.pem </dev/null
	[ ! -e d.pem ]
	faketime '+5 days 1 hour' "$SIGNET" crl --due --out d.pem </dev/null
	[ "$(number d.pem)" != "$(number c.pem)" ]
}

@test "a home's copy that is missing comes back with --due" {
	signet crl --quiet >c.pem
	rm home/crl/issuing.crl
	echo half >home/crl/root.crl
	signet crl --due --quiet
	cmp home/crl/issuing.crl <(openssl crl -in c.pem -outform DER)
	[ "$(rows "select count(*) from crl")" -eq 1 ]
}

@test "partitions: critical IDP, the certificate's own URL (94)" {
	partitioned server 3
	cp "$BATS_FILE_TMPDIR/r.csr" .
	local i shard url
	for i in 1 2 3 4 5 6; do
		signet sign r.csr --policy server --out "p$i.crt" --quiet
		signet revoke "p$i.crt" --yes --quiet
	done
	signet crl --quiet >whole.pem
	[ "$(signet crl show whole.pem --json |
	    jq '.crl.entries | length')" -eq 6 ]
	for i in 1 2 3 4 5 6; do
		url=$(openssl x509 -in "p$i.crt" -noout -ext crlDistributionPoints |
		    sed -n 's/.*URI://p')
		shard=${url#*issuing.}
		shard=${shard%.crl}
		[ "$shard" -ge 1 ] && [ "$shard" -le 3 ]
		openssl crl -inform DER -in "home/crl/issuing.$shard.crl" \
		    -noout -text >text
		grep -A4 'Issuing Distribution Point: critical' text >idp
		grep -qF "URI:$url" idp
		grep -q 'Only User Certificates' idp
		grep -q "$(openssl x509 -in "p$i.crt" -noout -serial |
		    cut -d= -f2)" text
	done
	signet audit
}

@test "crl show, crl verify" {
	signet revoke r.crt --reason superseded --yes --quiet
	signet crl --quiet >c.pem
	signet crl show c.pem >text
	grep -q 'superseded' text
	"$SIGNET" crl show <home/crl/issuing.crl >text2
	cmp text text2
	[ "$(signet crl show c.pem --json | jq -r '.crl.number')" -eq 1 ]
	signet crl verify c.pem | grep -q 'holds: a complete CRL of CN=Lab Issu'
	signet show "Lab Issuing CA" --pem >issuer.pem
	SIGNET_HOME=/nonexistent signet crl verify c.pem --issuer issuer.pem
	refused 4 "--issuer" env SIGNET_HOME=/nonexistent "$SIGNET" crl verify \
	    c.pem
	refused 1 "not a CRL; see" signet crl show r.crt
}

@test "crl show, crl verify: each of a bundle" {
	signet crl --all --bundle --quiet >all.pem
	signet crl show all.pem >text
	[ "$(grep -c '^issuer' text)" -eq 2 ]
	[ "$(signet crl show all.pem --json | jq -r '.crls | length')" -eq 2 ]
	signet crl verify all.pem >said
	grep -q '^all.pem (CRL 1 of 2): holds: a complete CRL of CN=Lab Root CA' said
	grep -q '^all.pem (CRL 2 of 2): holds: a complete CRL of CN=Lab Issuing CA' said
	# One that does not hold is named.
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout k.pem -subj "/CN=Other" -out other.pem 2>/dev/null
	refused 5 'all.pem (CRL 1 of 2): CRL: another' \
	    signet crl verify all.pem --issuer other.pem
	cat all.pem other.pem >mixed.pem
	refused 1 'mixed.pem: holds a CERTIFICATE beside its CRLs' \
	    signet crl show mixed.pem
}

@test "crl verify: the issuer's name in other letters (RFC 5280 7.1)" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout k.pem -utf8 -subj "/O=Example Org/CN=Other CA" \
	    -out utf8.pem -addext keyUsage=cRLSign,keyCertSign 2>/dev/null
	printf '[req]\nstring_mask = default\ndistinguished_name = dn\n[dn]\n' >mask.cnf
	openssl req -x509 -config mask.cnf -key k.pem \
	    -subj "/O=EXAMPLE  org/CN=other CA" -out other.pem \
	    -addext basicConstraints=critical,CA:TRUE \
	    -addext subjectKeyIdentifier=hash \
	    -addext keyUsage=cRLSign,keyCertSign
	: >index
	echo 01 >number
	printf '[ca]\ndefault_ca = d\n[d]\ndatabase = index\ndefault_md = sha256\ndefault_crl_days = 7\ncrlnumber = number\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n' >ca.cnf
	openssl ca -config ca.cnf -gencrl -keyfile k.pem -cert other.pem -out c.pem 2>/dev/null
	signet crl verify c.pem --issuer utf8.pem | grep -q 'holds: a complete CRL'
}

@test "crl verify: what does not hold (95, 98)" {
	needs faketime python3
	signet crl --quiet >c.pem
	signet roots export --quiet >root.pem
	refused 5 "another authority's" signet crl verify c.pem --issuer root.pem
	refused 5 "nextUpdate" faketime '+8 days' "$SIGNET" crl verify c.pem
	refused 5 "thisUpdate" faketime '-1 hour' "$SIGNET" crl verify c.pem
	openssl crl -in c.pem -outform DER -out c.der
	python3 - <<-'END'
		der = bytearray(open("c.der", "rb").read())
		der[-1] ^= 1
		open("c.der", "wb").write(der)
	END
	refused 5 "signature" signet crl verify c.der
	# another key of the same name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout k.pem -subj "/CN=Lab Issuing CA" -out other.pem 2>/dev/null
	refused 5 "" signet crl verify c.pem --issuer other.pem
	# version 1, and without nextUpdate
	: >index
	cat >ca.cnf <<-END
		[ca]
		default_ca = d
		[d]
		database = index
		default_md = sha256
		default_crl_days = 7
	END
	openssl ca -config ca.cnf -gencrl -keyfile k.pem -cert other.pem \
	    -out v1.pem 2>/dev/null
	refused 5 "version 2" signet crl verify v1.pem --issuer other.pem
	# no cRLSign
	openssl req -x509 -key k.pem -subj "/CN=Lab Issuing CA" -out nosign.pem \
	    -addext "keyUsage=critical,keyCertSign"
	printf 'crlnumber = num\ncrl_extensions = e\n[e]\n' >>ca.cnf
	echo 01 >num
	openssl ca -config ca.cnf -gencrl -keyfile k.pem -cert nosign.pem \
	    -out v2.pem 2>/dev/null
	refused 5 "cRLSign" signet crl verify v2.pem --issuer nosign.pem
	signet crl verify v2.pem --issuer other.pem
}

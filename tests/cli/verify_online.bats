#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet verify --online: CRLs, OCSP answers and missing issuers, fetched from
# `signet serve` on the live ledger, and from servers that mean no good.

load helper
load serve
load openssl_chain

setup_file() {
	needs openssl sqlite3 curl pgrep jq python3
	new_home "$BATS_FILE_TMPDIR/home"
	cd "$BATS_FILE_TMPDIR" || return
	SIGNET_HOME=$PWD/home signet ocsp init --all --no-passphrase --quiet
	request r company.com
	authority root "/CN=Their Root" -
	authority inter "/CN=Their Issuing" root
}

setup() {
	started=()
	stranger=()
	away=
	own_home
	cp "$BATS_FILE_TMPDIR"/{r.csr,root.*,inter.*} .
}

teardown() {
	stop_all
}

# publish POLICY LINE...: what its certificates name from now on.
publish() {
	printf '[publish]\n' >>"home/policies/$1.policy"
	printf '%s\n' "${@:2}" >>"home/policies/$1.policy"
}

# as_stranger AUTHORITY: who judges has its certificate and the root's, and no
# ledger: what is found comes from the server.
as_stranger() {
	signet roots export --quiet >roots.pem
	signet show "$1" --pem >between.pem
	stranger=(between.pem --roots roots.pem)
	away=homeless
}

# live [LINE...]: a server on the ledger, and leaf.crt that names it: its CRL
# and its responder, or what the lines say.
live() {
	[ -x "$front" ]
	serve
	url=${url%/}
	if [ $# -eq 0 ]; then
		set -- "crl = $url/crl/{issuer}.crl" "ocsp = $url/ocsp"
	fi
	publish server "${@//URL/$url}"
	signet sign r.csr --policy server --out leaf.crt --quiet
	as_stranger "Lab Issuing CA"
}

# verify CODE FILE [options...]: in both forms; said, said.json.
verify() {
	local code=$1 status=0
	shift
	set -- "$@" "${stranger[@]}" --online
	$away signet verify "$@" >said 2>err || status=$?
	cat said err
	[ "$status" -eq "$code" ]
	status=0
	$away signet verify "$@" --json >said.json 2>/dev/null || status=$?
	[ "$status" -eq "$code" ]
}

# says QUERY: what the JSON's "verify" answers to jq is not false.
says() {
	jq .verify.online said.json
	jq -e ".verify | $1" said.json >/dev/null
}

# report KIND OUTCOME WORDS: there is such a one.
report() {
	says "[.online[] | select(.kind == \"$1\" and .outcome == \"$2\"
	    and (.reason | contains(\"$3\")))] | length > 0"
}

# ---- the live ledger ----

@test "good: the CRL and the OCSP answer, as of now" {
	live
	verify 0 leaf.crt --host company.com
	grep -q '^verdict: trusted' said
	report ocsp used 'good, of '
	report ocsp used 'nonce: echoed'
	report crl used 'number '
	says '.revocation.outcome == "holds"'
	# Its authority names no place: told, and no reason against it.
	report crl 'not asked' 'neither a CRL nor an OCSP responder'
	[ "$(awk 'length > 80' said)" = "" ]
	# Where the ledger is, the same is asked.
	stranger=()
	away=
	verify 0 leaf.crt
	report crl used 'number '
}

@test "revoked, by either alone" {
	live
	signet sign r.csr --policy server --out both.crt --quiet
	sed -i '/^ocsp/d' home/policies/server.policy
	signet sign r.csr --policy server --out crl.crt --quiet
	sed -i 's/^crl .*/ocsp = '"${url//\//\\/}"'\/ocsp/' \
	    home/policies/server.policy
	signet sign r.csr --policy server --out ocsp.crt --quiet
	local name
	for name in both crl ocsp; do
		verify 0 $name.crt
		signet revoke $name.crt --reason keyCompromise --yes --quiet
		signet crl --quiet >/dev/null
		verify 5 $name.crt
		grep -q 'it has been revoked' said
		says '.revocationReason == "keyCompromise"'
	done
	says '[.online[].kind] == ["ocsp", "crl"]'
}

@test "on hold, and released" {
	live
	signet revoke leaf.crt --reason certificateHold --yes --quiet
	signet crl --quiet >/dev/null
	verify 5 leaf.crt
	says '.revocationReason == "certificateHold"'
	signet unhold leaf.crt --quiet
	signet crl --quiet >/dev/null
	verify 0 leaf.crt
}

@test "a partitioned CRL: the shard that the certificate names" {
	local i
	live 'crl = URL/crl/{issuer}.{shard}.crl' 'shards = 3'
	for i in 1 2 3 4; do
		signet sign r.csr --policy server --out "c$i.crt" --quiet
	done
	signet revoke c1.crt --yes --quiet
	signet crl --all --quiet >/dev/null
	for i in 2 3 4; do
		verify 0 "c$i.crt"
		says '.online[0].url | test("issuing[.][1-3][.]crl$")'
	done
	verify 5 c1.crt
	says .revokedAt
}

@test "a delta CRL says what the complete one does not yet" {
	live 'crl = URL/crl/{issuer}.crl' 'freshest = URL/crl/{issuer}.delta.crl'
	signet crl --quiet >/dev/null
	verify 0 leaf.crt
	signet revoke leaf.crt --yes --quiet
	signet crl --delta --quiet >/dev/null
	verify 5 leaf.crt
	says .revokedAt
	report delta used 'entries: 1'
	report crl used 'entries: 0'
}

@test "who does not answer leaves it unknown: 5, and 0 for --soft-fail" {
	live
	stop
	verify 5 leaf.crt
	grep -q '^verdict: not trusted: whether it has been revoked is not known' \
	    said
	report ocsp failed 'Connection refused'
	report crl failed 'Connection refused'
	verify 0 leaf.crt --soft-fail
	says '.revocation.outcome == "not asked"'
	grep -q 'not asked: .*revocation' said
	# Here the ledger knows; a stranger does not.
	stranger=()
	away=
	verify 0 leaf.crt --soft-fail
	says '.revocation.outcome == "holds"'
	# Without --online nobody is asked.
	signet verify leaf.crt
}

@test "soft or not, revoked is revoked" {
	live
	signet revoke leaf.crt --yes --quiet
	signet crl --quiet >/dev/null
	verify 5 leaf.crt --soft-fail
	says .revokedAt
}

@test "OCSP answers that are not to be believed, and those that are" {
	local mode
	launch python3 "$BATS_TEST_DIRNAME/ocsp_server.py" port "$SIGNET"
	soon test -s port
	publish server "ocsp = http://127.0.0.1:$(cat port)/MODE"
	as_stranger "Lab Issuing CA"
	for mode in altered garbage trylater html 404 large replay end chunks; do
		sed -i "s|^\(ocsp = .*/\).*|\1$mode|" home/policies/server.policy
		signet sign r.csr --policy server --out $mode.crt --quiet
	done
	for mode in altered garbage trylater html 404 large; do
		verify 5 $mode.crt
		says '.online[0].kind == "ocsp" and
		    .online[0].outcome == "failed"'
	done
	for mode in end chunks; do
		verify 0 $mode.crt
		report ocsp used 'nonce: echoed'
	done
	# The answer to another's nonce, though it is good and fresh.
	$away signet verify replay.crt "${stranger[@]}" --online
	verify 5 replay.crt
	report ocsp failed nonce
}

@test "the whole path is asked about: an authority that was revoked" {
	[ -x "$front" ]
	serve
	url=${url%/}
	publish intermediate "crl = $url/crl/{issuer}.crl"
	publish server "crl = $url/crl/{issuer}.crl"
	signet ca add second "Second CA" --key ed25519 --no-passphrase --quiet
	stop
	serve --listen "127.0.0.1:$port"
	signet sign r.csr --policy server --ca second --out leaf.crt --quiet
	as_stranger "Second CA"
	signet crl --all --quiet >/dev/null
	verify 0 leaf.crt
	says '[.online[].outcome] == ["used", "used"]'
	signet revoke "Second CA" --reason cACompromise --yes --quiet
	signet crl --all --quiet >/dev/null
	verify 5 leaf.crt
	says '.revocation.certificate == "CN=Second CA" and
	    .revocationReason == "cACompromise"'
}

@test "a missing intermediate is fetched from where the leaf says" {
	live 'crl = URL/crl/{issuer}.crl' 'issuer = URL/ca/{issuer}.crt'
	stranger=()
	verify 0 leaf.crt --roots roots.pem
	report issuer used 'its issuer came'
	says '.chain | length == 3'
	# A root that is trusted elsewhere makes nobody ask.
	verify 5 leaf.crt --roots root.crt
	says '.complete | not'
	report crl 'not asked' 'nobody trusted stands above it'
}

# ---- what is asked for ----

@test "options that do not go together" {
	refused 2 'go with --online' signet verify root.crt --soft-fail
	refused 2 'go with --online' signet verify root.crt --timeout 3
	refused 2 '--online asks for now' \
	    signet verify root.crt --online --at +1d
	refused 2 'a number of seconds' \
	    signet verify root.crt --online --timeout 0
}

# ---- those who mean no good ----

# fake [MODE]: a server, and leaf.crt that names x.crl on it; x.crl is good.
fake() {
	launch python3 "$BATS_TEST_DIRNAME/online_server.py" port
	soon test -s port
	url=http://127.0.0.1:$(cat port)
	crl good inter
	openssl crl -in good.pem -outform DER -out x.crl
	echo "${1:-plain}" >mode
	[ -e leaf.crt ] || named "URI:$url/x.crl"
}

# named POINTS: leaf.crt with these distribution points.
named() {
	certificate leaf "/CN=company.com" inter \
	    "${SERVER}subjectAltName=DNS:company.com\ncrlDistributionPoints=$1\n"
}

theirs() {
	verify "$1" leaf.crt inter.crt --roots root.crt "${@:2}"
}

# gives MODE OUTCOME WORDS
gives() {
	echo "$1" >mode
	echo "mode: $1"
	case $2 in
	used) theirs 0 --timeout 20 ;;
	*) theirs 5 --timeout "${4:-20}" ;;
	esac
	report crl "$2" "$3"
}

@test "an answer in whatever pieces it comes" {
	fake
	gives plain used 'number 1 of'
	gives chunks used 'number 1 of'
	gives octets used 'number 1 of'
	gives end used 'number 1 of'
	gives elsewhere used 'number 1 of'
	# PEM, as some publish it
	cp good.pem x.crl
	gives plain used 'number 1 of'
}

@test "an answer that is none" {
	fake
	gives missing failed 'HTTP 404'
	gives html failed ''
	gives empty failed ''
	gives hang_up failed 'it ends before its end'
	gives no_http failed 'no HTTP/1.1'
	gives short failed 'it ends before its end'
	gives long failed ''
	gives gzip failed 'compressed (Content-Encoding gzip)'
}

@test "an answer without end" {
	fake
	gives huge failed 'above 67108864 octets'
	gives headers_for_ever failed 'head has more than 100 lines'
	gives one_header failed 'head is above 16384 octets'
	gives drip failed 'no answer in time' 1
	gives silent failed 'no answer in time' 1
}

@test "redirects to what is not plain http, and in circles" {
	fake
	gives https failed 'points to https://127.0.0.1/x.crl: only plain http'
	gives file failed 'only plain http is followed'
	rm asked
	gives circle failed 'more than 3 redirects'
	# in both forms
	[ "$(wc -l <asked)" -eq 8 ]
}

@test "a CRL that is past, by another key, of another, or a delta" {
	fake
	crl past inter - -crl_lastupdate 20250101000000Z \
	    -crl_nextupdate 20250201000000Z
	cp past.pem x.crl
	theirs 5
	report crl used '; but '
	report crl used 'nextUpdate'
	grep -q 'is past' said
	crl other root
	cp other.pem x.crl
	gives plain failed 'of another issuer'
	mv inter.crt right.crt
	cp inter.key right.key
	rm inter.key
	authority inter "/CN=Their Issuing" root
	crl forged inter
	mv right.crt inter.crt
	mv right.key inter.key
	cp forged.pem x.crl
	theirs 5
	report crl used '; but '
	grep -q 'was not signed by its issuer' said
	# and one that holds, that has it
	crl revoked inter leaf.crt
	cp revoked.pem x.crl
	theirs 5
	says '.revocationReason == "keyCompromise"'
}

@test "places that are not asked are named; the next one is" {
	fake
	named "URI:ldap://ldap.lab.example/cn=x,URI:https://127.0.0.1/x.crl,URI:http://127.0.0.1:1/x.crl,URI:$url/x.crl"
	theirs 0
	report crl 'not asked' 'ldap is not spoken here'
	report crl 'not asked' 'https is not spoken here'
	report crl failed 'Connection refused'
	grep -q '^           ldap://ldap.lab.example/cn=x$' said
	named "URI:file:///etc/passwd"
	theirs 5
	report crl 'not asked' 'file is not spoken here'
}

@test "a URL that would draw on the terminal does not" {
	fake
	named "URI:http://127.0.0.1/$(printf '\033')[2J"
	theirs 5
	report crl 'not asked' 'a letter'
	not grep -q "$(printf '\033')" said err said.json
	named "URI:http://127.0.0.1/$(printf 'x%.0s' {1..3000})"
	theirs 5
	report crl 'not asked' '2048'
	[ "$(awk 'length > 220' said)" = "" ]
}

@test "issuers that are none" {
	fake
	cp "$BATS_FILE_TMPDIR/inter.crt" right.crt
	certificate leaf "/CN=company.com" inter \
	    "${SERVER}subjectAltName=DNS:company.com\nauthorityInfoAccess=caIssuers;URI:$url/issuer\n"
	openssl crl2pkcs7 -nocrl -certfile inter.crt -outform DER -out issuer
	lonely() {
		verify "$1" leaf.crt --roots root.crt --soft-fail
	}
	lonely 5
	report issuer failed 'PKCS #7'
	cp root.crt issuer
	lonely 5
	report issuer failed 'not its issuer'
	head -c 70000 /dev/zero >issuer
	lonely 5
	report issuer failed 'above 65536 octets'
	openssl x509 -in inter.crt -outform DER -out issuer
	lonely 0
	report issuer used 'its issuer came'
	cp inter.crt issuer
	lonely 0
}

# ---- responders that may have been revoked themselves ----

# known STATE NAME: what the responders say of NAME.crt.
known() {
	local serial
	serial=$(openssl x509 -in "$2.crt" -noout -serial)
	[ -e known.txt ] || : >known.txt
	sed -i "/\t${serial#serial=}\t/d" known.txt
	printf '%s\t300101000000Z\t%s\t%s\tunknown\t/CN=%s\n' "$1" \
	    "$([ "$1" = V ] || echo 250101000000Z,keyCompromise)" \
	    "${serial#serial=}" "$2" >>known.txt
}

# delegate [more extensions]: d.crt answers for leaf.crt, which names no CRL.
delegate() {
	rm -f port known.txt
	launch python3 "$BATS_TEST_DIRNAME/online_server.py" port
	soon test -s port
	url=http://127.0.0.1:$(cat port)
	certificate d "/CN=Delegate" inter \
	    "${LEAF}extendedKeyUsage=OCSPSigning\n${1//URL/$url}"
	certificate leaf "/CN=company.com" inter \
	    "${SERVER}subjectAltName=DNS:company.com\nauthorityInfoAccess=OCSP;URI:$url/d\n"
	echo plain >mode
	known V leaf
	known V d
}

@test "an OCSP delegate that cannot be asked about is not good enough" {
	delegate 'crlDistributionPoints=URI:http://127.0.0.1:1/x.crl\n'
	theirs 5
	report ocsp used 'good, of '
	grep -q '^verdict: not trusted: whether it has been revoked is not known' \
	    said
	says '.revocation.reason | contains("the OCSP responder'"'"'s own certificate")'
	theirs 0 --soft-fail
	# What it says is revoked is not believed all the same.
	known R leaf
	theirs 5
	says '.revocationReason == "keyCompromise"'
	theirs 5 --soft-fail
	# Nor one that names nobody, ...
	delegate
	theirs 5
	# ... but one that need not be asked about.
	delegate 'noCheck=ignored\n'
	theirs 0
	says '.online | map(select(.about == "CN=Delegate")) | length == 0'
}

@test "an OCSP delegate is asked about where it says: its responder, its CRL" {
	delegate 'authorityInfoAccess=OCSP;URI:URL/inter\n'
	theirs 0
	says '[.online[] | select(.about == "CN=Delegate" and .kind == "ocsp")
	    | .outcome] == ["used"]'
	known R d
	theirs 5
	grep -q 'own certificate has been revoked' said
	theirs 0 --soft-fail
	# One that answers for itself is not heard, and not asked for ever.
	delegate 'authorityInfoAccess=OCSP;URI:URL/d\n'
	rm asked
	theirs 5
	[ "$(grep -c 'ocsp d' asked)" -eq 4 ]
	delegate 'crlDistributionPoints=URI:URL/x.crl\n'
	crl good inter
	cp good.pem x.crl
	theirs 0
	says '[.online[] | select(.about == "CN=Delegate") | .outcome] == ["used"]'
}

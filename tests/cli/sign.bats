#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet sign: requests become certificates; --plan says what they would be.

load helper

setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	request r host.example.com
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/r.* .
	signet roots export --quiet >root.pem
}

holds() {
	openssl verify -x509_strict -CAfile root.pem -untrusted chain.pem "$@"
}

@test "a certificate that openssl accepts, for the key of the request" {
	signet show "Lab Issuing CA" --pem >chain.pem
	signet sign r.csr --policy server --out r.crt
	holds -purpose sslserver -verify_hostname host.example.com r.crt
	openssl x509 -in r.crt -pubkey -noout >crt.pub
	openssl pkey -in r.key -pubout | cmp - crt.pub
	[ "$(issued)" -eq 3 ]
	signet audit
}

@test "one signing waits for the disk three times for the ledger, twice for the file" {
	can_trace
	local folder
	folder=$(readlink -f "$SIGNET_HOME")
	# An empty log has its head synced, too.
	signet sign r.csr --policy server --out a.crt --quiet
	strace -y -e trace=fsync,fdatasync -o syncs \
	    -E ASAN_OPTIONS=detect_leaks=0 "$SIGNET" sign r.csr \
	    --policy server --out b.crt --quiet
	# The log's folder is synced before what is written to it.
	[ "$(grep -nF "<$folder>" syncs | cut -d : -f 1)" = 1 ]
	[ "$(grep -cF "<$folder/ledger.db-wal>" syncs)" -eq 2 ]
	[ "$(grep -c sync syncs)" -eq 5 ]
}

@test "PEM on standard output, DER and standard input as input" {
	openssl req -in r.csr -outform DER -out r.der
	signet sign r.der --policy server >a.crt
	"$SIGNET" sign - --policy server <r.csr >b.crt
	"$SIGNET" sign - --policy server --out c.crt <r.der
	for crt in a b c; do
		openssl x509 -in "$crt.crt" -noout
	done
	[ "$(issued)" -eq 5 ]
}

@test "the same request twice: two certificates, two rows" {
	signet sign r.csr --policy server --out a.crt
	signet sign r.csr --policy server --out b.crt
	[ "$(openssl x509 -in a.crt -noout -serial)" != \
	    "$(openssl x509 -in b.crt -noout -serial)" ]
	[ "$(issued)" -eq 4 ]
}

@test "--chain: leaf first, then the intermediates, no root" {
	signet sign r.csr --policy server --chain --out r.crt
	[ "$(grep -c 'BEGIN CERTIFICATE' r.crt)" -eq 2 ]
	openssl x509 -in r.crt -noout -subject | grep -q host.example.com
	openssl verify -x509_strict -CAfile root.pem -untrusted r.crt r.crt
}

seconds_of() {
	echo $(($(date -d "$(openssl x509 -in "$1" -noout -enddate |
	    cut -d= -f2)" +%s) - $(date -d "$(openssl x509 -in "$1" \
	    -noout -startdate | cut -d= -f2)" +%s)))
}

@test "validity: a count of days, to the second (checklist 8)" {
	signet sign r.csr --policy server --validity 90d --out a.crt
	[ "$(seconds_of a.crt)" -eq $((90 * 86400 - 1)) ]
	signet sign r.csr --policy server --validity 12h --out b.crt
	[ "$(seconds_of b.crt)" -eq $((12 * 3600 - 1)) ]
}

@test "validity: first and last second" {
	local from to
	from=$(date -u -d '+2 days' +%Y-%m-%dT10:00:00Z)
	to=$(date -u -d '+10 days' +%Y-%m-%dT23:59:59Z)
	signet sign r.csr --policy server --not-before "$from" \
	    --not-after "$to" --out r.crt
	[ "$(date -u -d "$(openssl x509 -in r.crt -noout -startdate |
	    cut -d= -f2)" +%FT%TZ)" = "$from" ]
	[ "$(date -u -d "$(openssl x509 -in r.crt -noout -enddate |
	    cut -d= -f2)" +%FT%TZ)" = "$to" ]
}

@test "a day alone is all of it, in UTC" {
	needs jq
	local from to
	from=$(date -u -d '+3 days' +%F)
	to=$(date -u -d '+9 days' +%F)
	TZ=Pacific/Auckland signet sign r.csr --policy server \
	    --not-before "$from" --not-after "$to" --out r.crt
	signet show r.crt --json >r.json
	json r.json ".certificates[0].notBefore == \"${from}T00:00:00Z\""
	json r.json ".certificates[0].notAfter == \"${to}T23:59:59Z\""
	signet sign r.csr --policy server --not-before "$from" \
	    --not-after "$from" --out day.crt
	refused 2 "--not-after 2027-02-29: there is no such date" signet sign r.csr \
	    --policy server --not-after 2027-02-29
}

@test "the time zone of the caller changes nothing (checklist 14)" {
	local zone day
	day=$(date -u -d '+30 days' +%F)
	for zone in America/New_York Asia/Kathmandu UTC; do
		TZ=$zone signet sign r.csr --policy server \
		    --not-after "${day}T12:00:00Z" --out "${zone##*/}.crt"
		openssl x509 -in "${zone##*/}.crt" -noout -enddate |
		    grep -q "$(date -u -d "$day" +'%b %e 12:00:00 %Y GMT')"
	done
}

@test "several requests, a file each" {
	request two two.example.com
	request three three.example.com
	mkdir signed
	signet sign r.csr two.csr three.csr --policy server --out-dir signed
	[ "$(ls signed | tr '\n' ' ')" = "r.crt three.crt two.crt " ]
	[ "$(issued)" -eq 5 ]
}

@test "one that is refused does not stop the others" {
	local status=0
	request bad '*.example.com'
	mkdir signed
	signet sign bad.csr r.csr --policy server --out-dir signed \
	    2>err || status=$?
	cat err
	[ "$status" -eq 3 ]
	grep -q '^signet: error: bad.csr: ' err
	[ "$(ls signed)" = r.crt ]
	[ "$(issued)" -eq 3 ]
}

@test "--plan: what would be signed, why, and what was dropped" {
	request odd host.example.com -subj "/CN=host.example.com/OU=Sales" \
	    -addext extendedKeyUsage=codeSigning \
	    -addext 1.2.3.4=critical,ASN1:UTF8String:hello
	signet sign odd.csr --policy server --plan >plan
	cat plan
	grep -q '^issuer  *CN=Lab Issuing CA$' plan
	grep -q '^  request  subjectAltName: dns:host.example.com' plan
	grep -q '^  policy   keyUsage: .*digitalSignature' plan
	grep -q '^  basicConstraints critical: CA:FALSE' plan
	# The request did not ask for what its key cannot do.
	grep -q '(server.policy:[0-9]*: no keyEncipherment for a key' plan
	# checklist 22
	sed -n '/^Asked for and dropped/,$p' plan >dropped
	grep -q 'extendedKeyUsage: codeSigning' dropped
	grep -q '1.2.3.4: critical' dropped
	grep -q 'organizationalUnitName: Sales' dropped
	not grep -q keyEncipherment dropped
	[ "$(issued)" -eq 2 ]
	[ "$(rows "select count(*) from certificate")" -eq 2 ]
	awk 'length > 80 { exit 1 }' plan
}

@test "--plan needs no passphrase and no key" {
	rm home/keys/issuing.key
	signet sign r.csr --policy server --plan | grep -q '^subject'
}

@test "--plan --json" {
	needs jq
	request odd host.example.com -addext extendedKeyUsage=codeSigning
	signet sign r.csr odd.csr --policy server --plan --json >plan.json
	json plan.json '.version == 1 and (.plans | length) == 2'
	json plan.json '.plans[0].certificate.subject == "CN=host.example.com"'
	json plan.json '.plans[0].fields[] | select(.field == "keyUsage" and
	    .from == "policy")'
	json plan.json '.plans[1].fields[] | select(.from == "dropped") |
	    .field == "extendedKeyUsage" and .value == "codeSigning"'
	json plan.json '.plans[1].certificate.extensions[] |
	    select(.name == "basicConstraints") | .text == "CA:FALSE"'
}

@test "the plan is what is signed" {
	signet sign r.csr --policy server --validity 30d --plan |
	    grep -E '^(subject|names|issuer|key |signed|  [a-zA-Z]+( critical)?:)' |
	    grep -v -E '^  (request|policy|signet|issuer) ' >plan
	signet sign r.csr --policy server --validity 30d --out r.crt
	signet show r.crt |
	    grep -E '^(subject|names|issuer|key |signed|  [a-zA-Z]+( critical)?:)' >shown
	[ "$(wc -l <shown)" -ge 9 ]
	diff plan shown
}

@test "--ca says who signs; with several it must be said" {
	signet ca add vpn "Lab VPN CA" --key ed25519 --no-passphrase --quiet
	refused 2 "issuing, vpn" signet sign r.csr --policy server --out r.crt
	[ ! -e r.crt ]
	signet sign r.csr --policy server --ca vpn --out r.crt
	openssl x509 -in r.crt -noout -issuer | grep -q "Lab VPN CA"
	refused 4 "nobody" signet sign r.csr --policy server --ca nobody \
	    --out s.crt
	[ ! -e s.crt ]
}

@test "without an issuing authority the root signs" {
	signet init Alone --home alone --key ed25519 --no-passphrase --quiet
	signet sign r.csr --home alone --policy server --out r.crt
	signet roots export --home alone >alone.pem
	openssl verify -x509_strict -CAfile alone.pem r.crt
}

@test "ev-server: what it requires is required" {
	refused 3 "ev-server.policy" signet sign r.csr --policy ev-server \
	    --out r.crt
	[ ! -e r.crt ]
	request ev host.example.com -subj "/C=DE/L=Berlin/O=Company GmbH\
/businessCategory=Private Organization/jurisdictionC=DE\
/serialNumber=HRB 12345/CN=host.example.com"
	signet sign ev.csr --policy ev-server --out ev.crt
	openssl x509 -in ev.crt -noout -ext certificatePolicies |
	    grep -q 2.23.140.1.1
}

@test "client: an e-mail address, and no host name" {
	openssl req -new -newkey ed25519 -nodes -keyout j.key -out j.csr \
	    -subj /CN=jason@lab.example -addext \
	    subjectAltName=email:jason@lab.example
	signet sign j.csr --policy client --out j.crt
	openssl x509 -in j.crt -noout -ext extendedKeyUsage |
	    grep -q 'Client Authentication'
	refused 3 "client.policy" signet sign r.csr --policy client --out r.crt
	[ ! -e r.crt ]
}

@test "usage: what does not go together" {
	refused 2 "--policy NAME is missing" signet sign r.csr
	refused 2 "missing" signet sign --policy server
	refused 2 "exclude" signet sign r.csr --policy server --out a \
	    --out-dir .
	refused 2 "--out-dir" signet sign r.csr r.csr --policy server --out a
	refused 2 "--plan" signet sign r.csr --policy server --json
	refused 2 "give one" signet sign r.csr --policy server \
	    --validity 1d --not-after +2d
	refused 2 "--validity 5x" signet sign r.csr --policy server \
	    --validity 5x
	refused 2 "2026-02-30" signet sign r.csr --policy server \
	    --not-after 2026-02-30
	refused 2 "given twice" signet sign r.csr --policy server \
	    --policy client
	refused 2 "did you mean --policy" signet sign r.csr --polici server
	refused 2 "both read standard input" signet sign - --policy server \
	    --passin stdin
	refused 2 "both read standard input" signet sign a.csr - \
	    --policy server --passin fd:0 --out-dir .
	refused 2 "- is given twice" signet sign - - --policy server
	refused 4 "there are: client, ev-server" signet sign r.csr \
	    --policy sever
	refused 4 "without a path" signet sign r.csr --policy ../r
	[ "$(issued)" -eq 2 ]
}

@test "a validity that cannot be: what is wrong with it" {
	refused 2 "--validity 0d: it would never be valid" \
	    signet sign r.csr --policy server --validity 0d
	refused 2 "longer than 100 years" signet sign r.csr --policy server \
	    --validity 99999999999999999d
	refused 2 "a count of what?" signet sign r.csr --policy server \
	    --validity 90
	refused 2 "a duration is a count and" signet sign r.csr --policy server \
	    --validity soon
	refused 2 "there is no such date" signet sign r.csr --policy server \
	    --not-after 2026-02-30
	refused 2 "a date is 2027-01-31" signet sign r.csr --policy server \
	    --not-after February
}

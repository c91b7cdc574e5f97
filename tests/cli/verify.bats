#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet verify: Jason's questions, each answered by itself, on chains that
# openssl made and on our own; held against what openssl verify says.

load helper
load openssl_chain

# answer NAME CERTIFICATE STATUS: NAME.der, signed by inter itself.
answer() {
	local serial revoked=
	serial=$(openssl x509 -in "$2" -noout -serial | cut -d= -f2)
	[ "$3" = V ] || revoked=$(date -u -d yesterday +%y%m%d%H%M%SZ),keyCompromise
	printf '%s\t%s\t%s\t%s\tunknown\t/CN=x\n' "$3" \
	    "$(date -u -d '+30 days' +%y%m%d%H%M%SZ)" "$revoked" "$serial" \
	    >ocsp.txt
	openssl ocsp -index ocsp.txt -CA inter.crt -rsigner inter.crt \
	    -rkey inter.key -issuer inter.crt -cert "$2" -no_nonce -ndays 1 \
	    -respout "$1.der" >/dev/null 2>&1
}

setup_file() {
	needs openssl jq
	cd "$BATS_FILE_TMPDIR" || return
	authority root "/CN=Their Root" -
	authority inter "/CN=Their Issuing" root
	authority other "/CN=Somebody Else" -
	certificate leaf "/CN=company.com" inter \
	    "${SERVER}subjectAltName=DNS:company.com,DNS:*.shop.company.com,IP:192.0.2.1,email:jason@company.com\n"
	certificate client "/CN=jason" inter \
	    "${LEAF}extendedKeyUsage=clientAuth\nsubjectAltName=email:jason@company.com\n"
	authority narrow "/CN=No Further" root "" ,pathlen:0
	authority below "/CN=Too Far" narrow
	certificate deep "/CN=company.com" below \
	    "${SERVER}subjectAltName=DNS:company.com\n"
	authority fenced "/CN=Lab Only" root \
	    "nameConstraints=critical,permitted;DNS:lab.example\n"
	certificate inside "/CN=inside" fenced \
	    "${SERVER}subjectAltName=DNS:www.lab.example\n"
	certificate outside "/CN=outside" fenced \
	    "${SERVER}subjectAltName=DNS:company.com\n"
	authority mail "/CN=Mail Only" root "extendedKeyUsage=emailProtection\n"
	certificate abused "/CN=company.com" mail \
	    "${SERVER}subjectAltName=DNS:company.com\n"
	crl good inter
	crl bad inter leaf.crt
	crl foreign other
	answer good leaf.crt V
	answer bad leaf.crt R
	answer client client.crt V
	shared_home
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	unset SIGNET_HOME
	T=$BATS_TEST_TMPDIR
}

# What openssl says of the same question: its words for the same options.
openssl_says() {
	local args=(-x509_strict) leaf=
	while [ $# -gt 0 ]; do
		case $1 in
		--host) args+=(-verify_hostname "$2") && shift ;;
		--ip) args+=(-verify_ip "$2") && shift ;;
		--email) args+=(-verify_email "$2") && shift ;;
		--purpose) args+=(-purpose "ssl$2") && shift ;;
		--roots) args+=(-CAfile "$2") && shift ;;
		--crl) args+=(-crl_check -CRLfile "$2") && shift ;;
		--at) args+=(-attime "$(date -u -d "$2" +%s)") && shift ;;
		*) [ -z "$leaf" ] && leaf=$1 || args+=(-untrusted "$1") ;;
		esac
		shift
	done
	openssl verify -no-CApath -no-CAstore "${args[@]}" "$leaf" 2>&1
}

# agree CODE OPTIONS...: we say so in both forms, and openssl does too; the
# answers are in $T/said, as JSON in $T/said.json.
agree() {
	ours "$@"
	local code=$1 status=0
	shift
	openssl_says "$@" >"$T/openssl" || status=$?
	cat "$T/openssl"
	[ $((status != 0)) -eq $((code != 0)) ]
}

ours() {
	local code=$1 status=0
	shift
	signet verify "$@" >"$T/said" 2>"$T/err" || status=$?
	cat "$T/said" "$T/err"
	[ "$status" -eq "$code" ]
	awk 'length > 80 { exit 1 }' "$T/said"
	[ "$code" -eq 0 ] || [ "$(wc -l <"$T/err")" -eq 1 ]
	status=0
	signet verify "$@" --json >"$T/said.json" 2>/dev/null || status=$?
	[ "$status" -eq "$code" ]
	json "$T/said.json" \
	    ".version == 1 and .verify.holds == $([ "$code" -eq 0 ] && echo true || echo false)"
}

# outcomes DATE NAME TRUST PURPOSE REVOCATION: y, n, or - for not asked
outcomes() {
	local all
	all=$(jq -r '.verify | [.date, .name, .trust, .purpose, .revocation] |
	    map({"holds": "y", "fails": "n", "not asked": "-"}[.outcome]) |
	    join(" ")' "$T/said.json")
	echo "outcomes: $all"
	[ "$all" = "$*" ]
}

# decided QUESTION FIELD SUBJECT
decided() {
	json "$T/said.json" ".verify.$1 |
	    .field == \"$2\" and .certificate == \"$3\" and (.sha256 | length) == 64"
}

@test "a chain that holds: all that was asked, and what was not" {
	agree 0 leaf.crt inter.crt --roots root.crt
	outcomes y - y - -
	grep -q '^verdict: trusted (not asked: name, purpose, revocation)$' "$T/said"
	grep -q '^next: .*--host' "$T/err"
	agree 0 leaf.crt inter.crt --roots root.crt --host company.com \
	    --purpose server --crl good.pem
	outcomes y y y y y
	grep -q '^verdict: trusted$' "$T/said"
	[ ! -s "$T/err" ]
	json "$T/said.json" '.verify.complete and
	    ([.verify.chain[].subject] == ["CN=company.com", "CN=Their Issuing",
	    "CN=Their Root"])'
}

@test "the first is judged; the pool is in any order, PEM or DER" {
	cat inter.key leaf.crt other.crt root.crt narrow.crt >"$T/many.pem"
	openssl x509 -in inter.crt -outform DER -out "$T/inter.der"
	openssl x509 -in root.crt -outform DER -out "$T/root.der"
	ours 0 "$T/many.pem" "$T/inter.der" --roots "$T/root.der"
	"$SIGNET" verify - inter.crt --roots root.crt --quiet <leaf.crt
	cat inter.crt leaf.crt >"$T/turned.pem"
	agree 5 "$T/turned.pem" --roots root.crt --host company.com
	outcomes y n y - -
}

@test "expired, and not yet valid" {
	agree 5 leaf.crt inter.crt --roots root.crt --at 2090-01-31
	outcomes n - y - -
	decided date notAfter CN=company.com
	grep -q '^verdict: not trusted: it is not in date$' "$T/said"
	agree 5 leaf.crt inter.crt --roots root.crt --at 2001-01-31T12:00:00Z
	outcomes n - y - -
	decided date notBefore CN=company.com
	refused 2 "--at soon" signet verify leaf.crt --roots root.crt --at soon
}

@test "names: hosts, wildcards, addresses, mailboxes" {
	agree 0 leaf.crt inter.crt --roots root.crt --host a.shop.company.com
	agree 5 leaf.crt inter.crt --roots root.crt --host a.b.shop.company.com
	agree 5 leaf.crt inter.crt --roots root.crt --host www.company.com
	outcomes y n y - -
	decided name subjectAltName CN=company.com
	agree 0 leaf.crt inter.crt --roots root.crt --ip 192.0.2.1
	agree 5 leaf.crt inter.crt --roots root.crt --ip 192.0.2.2
	agree 0 leaf.crt inter.crt --roots root.crt --email jason@company.com
	agree 5 leaf.crt inter.crt --roots root.crt --email other@company.com
	# An address by the other option, and one that is twice there.
	ours 0 leaf.crt inter.crt --roots root.crt --host 192.0.2.1
	json "$T/said.json" '.verify.asked.ip == "192.0.2.1"'
	ours 5 leaf.crt inter.crt --roots root.crt --host 2001:db8::1
	refused 2 "give one" signet verify leaf.crt --roots root.crt \
	    --host 192.0.2.1 --ip 192.0.2.1
	refused 2 "a b" signet verify leaf.crt --roots root.crt --host "a b"
	refused 2 "not an IPv4" signet verify leaf.crt --roots root.crt --ip x
}

@test "a commonName is no host name" {
	ours 5 client.crt inter.crt --roots root.crt --host jason
	outcomes y n y - -
}

@test "a root that is not trusted, a chain with a gap, another's signature" {
	agree 5 leaf.crt inter.crt root.crt --roots other.crt --host company.com
	outcomes y y n - -
	decided trust issuer "CN=Their Root"
	json "$T/said.json" '.verify.complete | not'
	agree 5 leaf.crt --roots root.crt
	decided trust issuer CN=company.com
	cp root.key "$T/root.key"
	# A root of the same name and another key.
	(cd "$T" && rm root.key && authority root "/CN=Their Root" -)
	agree 5 leaf.crt inter.crt --roots "$T/root.crt"
	outcomes y - n - -
}

@test "path length, name constraints" {
	agree 5 deep.crt below.crt narrow.crt --roots root.crt --host company.com
	outcomes y y n - -
	decided trust basicConstraints "CN=No Further"
	agree 0 inside.crt fenced.crt --roots root.crt --host www.lab.example
	agree 5 outside.crt fenced.crt --roots root.crt --host company.com
	outcomes y y n - -
	decided trust nameConstraints CN=outside
}

@test "who is no authority signs nothing" {
	certificate forged "/CN=bank.example" leaf \
	    "${SERVER}subjectAltName=DNS:bank.example\n"
	agree 5 forged.crt leaf.crt inter.crt --roots root.crt --host bank.example
	outcomes y y n - -
	decided trust basicConstraints CN=company.com
}

@test "the purpose: of the leaf, and of who is above it" {
	agree 0 client.crt inter.crt --roots root.crt --purpose client
	agree 5 client.crt inter.crt --roots root.crt --purpose server
	outcomes y - y n -
	decided purpose extKeyUsage CN=jason
	agree 5 abused.crt mail.crt --roots root.crt --purpose server
	decided purpose extKeyUsage "CN=Mail Only"
	refused 2 "--purpose web: one of server, client" \
	    signet verify leaf.crt --roots root.crt --purpose web
}

@test "revoked by a CRL; one that is good, past or another's" {
	agree 5 leaf.crt inter.crt --roots root.crt --crl bad.pem
	outcomes y - y - n
	decided revocation serialNumber CN=company.com
	json "$T/said.json" '.verify.revocationReason == "keyCompromise" and
	    .verify.revokedAt != null'
	grep -q '^verdict: not trusted: it has been revoked$' "$T/said"
	openssl crl -in bad.pem -outform DER -out "$T/bad.der"
	ours 5 leaf.crt inter.crt --roots root.crt --crl "$T/bad.der"
	agree 0 client.crt inter.crt --roots root.crt --crl bad.pem
	outcomes y - y - y
	agree 5 leaf.crt inter.crt --roots root.crt --crl foreign.pem
	outcomes y - y - n
	grep -q 'whether it has been revoked is not known' "$T/said"
	agree 5 leaf.crt inter.crt --roots root.crt --crl good.pem \
	    --at "$(date -u -d '+20 days' +%FT%TZ)"
	outcomes y - y - n
	# The older one handed in first does not hide the newer one.
	cat good.pem bad.pem >"$T/both.pem"
	ours 5 leaf.crt inter.crt --roots root.crt --crl "$T/both.pem"
	ours 5 leaf.crt inter.crt --roots root.crt --crl bad.pem --crl good.pem
}

@test "revoked by an OCSP answer; one that is good, past or of another" {
	ours 5 leaf.crt inter.crt --roots root.crt --ocsp bad.der
	outcomes y - y - n
	json "$T/said.json" '.verify.revocationReason == "keyCompromise"'
	ours 0 leaf.crt inter.crt --roots root.crt --ocsp good.der
	outcomes y - y - y
	ours 5 leaf.crt inter.crt --roots root.crt --ocsp good.der --at +5d
	outcomes y - y - n
	ours 5 leaf.crt inter.crt --roots root.crt --ocsp client.der
	outcomes y - y - n
	# Revoked by one is revoked.
	ours 5 leaf.crt inter.crt --roots root.crt --ocsp good.der --crl bad.pem
}

@test "several faults at once: each question is answered by itself" {
	ours 5 leaf.crt inter.crt --roots root.crt --host www.company.com \
	    --purpose client --at +25d --crl bad.pem
	outcomes y n y n n
	agree 5 leaf.crt inter.crt --roots other.crt --host www.company.com \
	    --purpose client --at 2090-01-31
	outcomes n n n n -
	grep -q '^NO  *Is it in date?$' "$T/said"
	grep -q '^NO  *Is it for www.company.com?$' "$T/said"
	grep -q '^NO  *Is it signed by someone I trust?$' "$T/said"
	grep -q '^NO  *Is it meant for a client?$' "$T/said"
	grep -q '^not asked  *Is it still good, not revoked?$' "$T/said"
}

@test "what cannot be read: told, and never taken for an answer" {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/old.key" -sha1 \
	    -subj /CN=Old -days 30 -out "$T/old.crt" 2>/dev/null
	openssl x509 -in "$T/old.crt" -outform DER | head -c 300 >"$T/cut.der"
	(printf -- '-----BEGIN CERTIFICATE-----\n'
	base64 "$T/cut.der"
	printf -- '-----END CERTIFICATE-----\n') >"$T/cut.crt"
	ours 0 leaf.crt inter.crt "$T/cut.crt" --roots root.crt
	grep -q '^left out:  .*cut.crt: certificate 1: ' "$T/said"
	json "$T/said.json" '.verify.leftOut | length == 1'
	refused 1 "cut.crt: certificate 1: " signet verify "$T/cut.crt" --roots root.crt
	# What is read and not to be believed is told why.
	ours 5 "$T/old.crt" --roots root.crt
	outcomes y - n - -
	json "$T/said.json" '.verify.trust.field == "signatureAlgorithm"'
	grep -q 'SHA-1 is broken' "$T/said"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -nodes \
	    -keyout "$T/curve.key" -subj /CN=Curve -days 30 -out "$T/curve.crt" 2>/dev/null
	ours 5 "$T/curve.crt" --roots root.crt
	json "$T/said.json" '.verify.trust.reason | contains("secp256k1 is not accepted")'
	# A root's own signature proves nothing, whatever it was made with.
	ours 0 leaf.crt inter.crt --roots root.crt --roots "$T/old.crt"
	json "$T/said.json" '.verify.leftOut == []'
	ours 0 "$T/old.crt" --roots "$T/old.crt"
	outcomes y - y - -
	# A CRL that does not parse says nothing: it is not good.
	openssl crl -in good.pem -outform DER |
	    sed 's/\x55\x1d\x14/\x55\x1d\x63/' >"$T/odd.der"
	(printf -- '-----BEGIN X509 CRL-----\n'
	head -c 60 "$T/odd.der" | base64
	printf -- '-----END X509 CRL-----\n') >"$T/odd.pem"
	ours 5 leaf.crt inter.crt --roots root.crt --crl "$T/odd.pem"
	outcomes y - y - n
	grep -q '^left out:  .*odd.pem: CRL 1: ' "$T/said"
	json "$T/said.json" '.verify.revocation.reason | contains("odd.pem: CRL 1: ")'
	# An authority between that cannot be read is missed, and said to be.
	(printf -- '-----BEGIN CERTIFICATE-----\n'
	openssl x509 -in inter.crt -outform DER | head -c 200 | base64
	printf -- '-----END CERTIFICATE-----\n') >"$T/half.crt"
	ours 5 leaf.crt "$T/half.crt" --roots root.crt
	json "$T/said.json" '.verify.trust.reason | contains("half.crt: certificate 1: ")'
	ours 0 leaf.crt inter.crt --roots root.crt --crl "$T/odd.pem" --crl good.pem
	grep -q '^left out: ' "$T/said"
}

@test "files that are something else, empty or not there" {
	: >"$T/empty"
	refused 4 "nothing.crt" signet verify nothing.crt --roots root.crt
	refused 1 "holds no certificate" signet verify "$T/empty" --roots root.crt
	openssl crl -in good.pem -outform DER -out "$T/crl.der"
	refused 1 "holds a CRL, not a certificate" signet verify "$T/crl.der" --roots root.crt
	refused 1 "holds no certificate" signet verify good.pem --roots root.crt
	refused 1 "holds no certificate" signet verify leaf.key --roots root.crt
	refused 1 "holds no CRL" signet verify leaf.crt --roots root.crt --crl inter.crt
	refused 1 "inter.crt" signet verify leaf.crt --roots root.crt --ocsp inter.crt
	refused 1 "holds no certificate" signet verify leaf.crt --roots good.pem
	refused 2 "something is missing" signet verify --roots root.crt
}

@test "without --roots this home's roots are trusted, its authorities known" {
	own_home
	request company company.com
	signet sign company.csr --policy server --out company.crt --quiet
	signet roots export >root.pem 2>/dev/null
	signet roots export --with-intermediates >all.pem 2>/dev/null
	ours 0 company.crt --host company.com --purpose server
	outcomes y y y y y
	openssl_says company.crt all.pem --roots root.pem --host company.com \
	    --purpose server
	ours 5 "$BATS_FILE_TMPDIR/leaf.crt" "$BATS_FILE_TMPDIR/inter.crt"
	outcomes y - n - -
	signet crl --all --bundle --out crls.pem --quiet
	ours 0 company.crt --crl crls.pem
	signet revoke company.crt --yes --quiet
	signet crl --all --bundle --out crls.pem --quiet
	agree 5 company.crt all.pem --roots root.pem --crl crls.pem
	ours 5 company.crt --crl crls.pem
	outcomes y - y - n
	# Nobody's home is asked where --roots says whom to trust.
	agree 5 company.crt all.pem --roots "$BATS_FILE_TMPDIR/other.crt"
	refused 4 "or name whom to trust: --roots" signet verify company.crt \
	    --home nowhere
	homeless ours 0 company.crt all.pem --roots root.pem
}

@test "colours at a terminal, and no more than 80 columns" {
	env -u NO_COLOR TERM=xterm COLUMNS=80 script -qec \
	    "$SIGNET verify leaf.crt inter.crt --roots root.crt" /dev/null \
	    </dev/null >"$T/coloured"
	grep -q "$(printf '\033\\[32myes')" "$T/coloured"
	sed 's/\x1b\[[0-9;]*m//g; s/\r//' "$T/coloured" |
	    awk 'length > 80 { exit 1 }'
}

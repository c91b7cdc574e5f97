#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet ocsp: a responder made, requests answered as others read them, and
# others' answers believed or not.

load helper

setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	request www www.company.com
	signet sign www.csr --policy server --out www.crt --quiet
	signet ocsp init --no-passphrase --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/www.crt" "$BATS_FILE_TMPDIR/www.csr" .
	signet roots export --quiet >root.pem
	signet show "Lab Issuing CA" --pem >issuing.pem
}

teardown() {
	if [ -f "$BATS_TEST_TMPDIR/server.pid" ]; then
		kill "$(cat "$BATS_TEST_TMPDIR/server.pid")" || true
	fi
}

# serve: $url answers from here on.
serve() {
	needs python3
	SIGNET_HOME=$SIGNET_HOME python3 "$BATS_TEST_DIRNAME/ocsp_server.py" \
	    port "$SIGNET" >server.log 2>&1 3>&- &
	echo $! >server.pid
	for ((i = 0; i < 200; i++)); do
		[ ! -f port ] || break
		sleep 0.05
	done
	url=http://127.0.0.1:$(cat port)
}

# ask [openssl options...]: req.der about www.crt.
ask() {
	openssl ocsp -issuer issuing.pem "$@" -cert www.crt -reqout req.der
}

# openssl_says TEXT: what it reads in resp.der, once it believes it.
openssl_says() {
	openssl ocsp -respin resp.der -issuer issuing.pem -cert www.crt \
	    -CAfile root.pem -verify_other issuing.pem -no_nonce >said 2>&1
	cat said
	grep -q 'Response verify OK' said
	grep -qF "$1" said
}

# ---- init -------------------------------------------------------------------

@test "a responder: its key, its certificate, and an audit that holds" {
	[ "$(stat -c %a home/keys/issuing.ocsp.key)" = 600 ]
	signet show "Lab Issuing CA OCSP responder" --pem >ocsp.pem
	openssl x509 -in ocsp.pem -noout -text >text
	cat text
	grep -q 'OCSP Signing' text
	grep -q 'OCSP No Check' text
	grep -q 'CA:FALSE' text
	openssl verify -CAfile root.pem -untrusted issuing.pem ocsp.pem
	[ "$(openssl x509 -in ocsp.pem -noout -pubkey)" = \
	    "$(openssl pkey -in home/keys/issuing.ocsp.key -pubout)" ]
	signet audit
}

@test "a second one is refused, unless it is to replace the first" {
	local before
	before=$(sha256sum home/keys/issuing.ocsp.key)
	refused 3 "has a responder's key already" \
	    signet ocsp init --ca issuing --no-passphrase
	# Whatever would be asked for is not needed for that.
	refused 3 "has a responder's key already" signet ocsp init --ca issuing
	[ "$before" = "$(sha256sum home/keys/issuing.ocsp.key)" ]
	signet ocsp init --replace --no-passphrase --key ed25519
	[ "$before" != "$(sha256sum home/keys/issuing.ocsp.key)" ]
	ask
	signet ocsp respond --in req.der --out resp.der
	openssl_says 'www.crt: good'
	signet audit
}

@test "of all that have none; a revoked one and a key elsewhere are left out" {
	signet ca add vpn "Lab VPN CA" --no-passphrase --quiet
	signet ca add old "Lab Old CA" --no-passphrase --quiet
	signet revoke "Lab Old CA" --yes --quiet
	mv home/keys/root.key elsewhere
	signet ocsp init --all --no-passphrase 2>said
	cat said
	grep -q 'vpn: OCSP responder made' said
	grep -q 'issuing: has an OCSP responder already' said
	grep -q 'old: left out: .*revoked' said
	grep -q 'root: left out: ' said
	[ -f home/keys/vpn.ocsp.key ]
	[ ! -f home/keys/old.ocsp.key ]
	[ ! -f home/keys/root.ocsp.key ]
	mv elsewhere home/keys/root.key
	signet audit
}

@test "nothing is asked for and nothing made where it cannot be" {
	local before
	before=$(issued)
	refused 2 "--no-passphrase" signet ocsp init --ca root
	refused 2 "--all means every one" signet ocsp init --ca root --all
	refused 4 "no such authority" signet ocsp init --ca nobody \
	    --no-passphrase
	refused 3 "OCSPSigning" signet ocsp init --ca root --policy server \
	    --no-passphrase
	refused 4 "nothing.policy" signet ocsp init --ca root --policy nothing \
	    --no-passphrase
	refused 3 "max-validity" signet ocsp init --ca root --validity 91d \
	    --no-passphrase
	[ "$before" = "$(issued)" ]
	[ ! -f home/keys/root.ocsp.key ]
}

@test "a passphrase of its own opens it, another does not" {
	echo "a key in a drawer" >pass
	signet ocsp init --ca root --passout file:pass --kdf pbkdf2:100000
	grep -q 'ENCRYPTED' home/keys/root.ocsp.key
	openssl ocsp -issuer root.pem -cert issuing.pem -reqout req.der
	signet ocsp respond --passin file:pass --in req.der --out resp.der
	openssl ocsp -respin resp.der -issuer root.pem -cert issuing.pem \
	    -CAfile root.pem -no_nonce | grep 'issuing.pem: good'
	echo "a key in a cupboard" >pass
	refused 5 "wrong passphrase" signet ocsp respond --passin file:pass \
	    --in req.der --out resp.der
	refused 2 "--passin" signet ocsp respond --in req.der --out resp.der
}

# ---- respond ----------------------------------------------------------------

@test "the request is FILE, or --in FILE, not both" {
	ask
	signet ocsp respond req.der --out resp.der
	openssl_says 'www.crt: good'
	refused 2 "FILE or --in FILE" signet ocsp respond req.der --in req.der
	refused 2 "" signet ocsp respond req.der req.der
	refused 4 "gone.der" signet ocsp respond gone.der
}

@test "good and revoked, in both hashes, as openssl reads it (100, 103)" {
	ask
	signet ocsp respond --in req.der --out resp.der
	openssl_says 'www.crt: good'
	ask -sha256
	"$SIGNET" ocsp respond <req.der >resp.der
	openssl ocsp -respin resp.der -text -noverify >text
	grep -q 'Hash Algorithm: sha256' text
	signet revoke www.crt --reason keyCompromise --quiet
	ask
	signet ocsp respond --in req.der --out resp.der
	openssl_says 'www.crt: revoked'
	grep -q 'Reason: keyCompromise' said
}

@test "a nonce comes back, and none where there was none (105)" {
	ask
	signet ocsp respond --in req.der --out resp.der
	openssl ocsp -respin resp.der -reqin req.der -CAfile root.pem \
	    -verify_other issuing.pem >said 2>&1
	cat said
	grep -q 'Response verify OK' said
	not grep -q 'WARNING: no nonce' said
	ask -no_nonce
	signet ocsp respond --in req.der --out resp.der
	openssl ocsp -respin resp.der -text -noverify >text
	not grep -q 'Nonce' text
}

@test "as GnuTLS and Python read it" {
	signet revoke www.crt --reason superseded --quiet
	ask -no_nonce
	signet ocsp respond --in req.der --out resp.der
	if python3 -c 'import cryptography' 2>/dev/null; then
		python3 "$BATS_TEST_DIRNAME/ocsp_check.py" resp.der issuing.pem \
		    www.crt >said
		cat said
		[ "$(cat said)" = "REVOKED superseded" ]
	fi
	needs ocsptool
	ocsptool --verify-response --load-response resp.der \
	    --load-trust issuing.pem >said 2>&1
	cat said
	grep -q 'Verifying OCSP Response: Success' said
	grep -q 'Certificate Status: revoked' said
}

@test "never issued: unknown, and revoked where the policy says so (100)" {
	openssl ocsp -issuer issuing.pem -serial 0x123456789abcdef \
	    -reqout req.der
	signet ocsp respond --in req.der --out resp.der
	openssl ocsp -respin resp.der -text -noverify >text
	grep -q 'Cert Status: unknown' text
	sed -i 's/^\[crl\]/[crl]\nnever-issued = revoked/' \
	    home/policies/intermediate.policy
	signet ocsp respond --in req.der --out resp.der
	openssl ocsp -respin resp.der -text -noverify >text
	cat text
	grep -q 'Cert Status: revoked' text
	grep -q 'Revocation Time: Jan  1 00:00:00 1970 GMT' text
	grep -q 'Revocation Reason: certificateHold' text
}

# refuses CODE STATUS TEXT: respond exits so, and writes that answer.
refuses() {
	rm -f resp.der
	refused "$1" "$3" signet ocsp respond --in req.der --out resp.der --quiet
	openssl ocsp -respin resp.der -noverify >said 2>&1 || true
	cat said
	grep -qF "Responder Error: $2" said
	[ "$(stat -c %s resp.der)" = 5 ]
}

@test "what cannot be answered is told in five octets (101)" {
	echo "no request" >req.der
	refuses 1 'malformedrequest (1)' 'answered malformedRequest'
	: >req.der
	refuses 1 'malformedrequest (1)' 'answered malformedRequest'
	openssl ocsp -issuer root.pem -cert issuing.pem -reqout req.der
	refuses 3 'unauthorized (6)' 'answered unauthorized'
	openssl req -x509 -newkey ed25519 -nodes -keyout other.key \
	    -out other.pem -subj "/CN=Lab Issuing CA" 2>/dev/null
	openssl ocsp -issuer other.pem -cert www.crt -reqout req.der
	refuses 3 'unauthorized (6)' 'answered unauthorized'
	ask -sha512
	refuses 3 'unauthorized (6)' 'a hash other than SHA-1 and SHA-256'
}

@test "a responder that may not answer says tryLater (109)" {
	ask
	signet revoke "Lab Issuing CA OCSP responder" --yes --quiet
	refuses 75 'trylater (3)' 'answered tryLater: issuing: '
	signet ocsp init --replace --no-passphrase --quiet
	signet ocsp respond --in req.der --out resp.der
	openssl_says 'www.crt: good'
}

@test "an answer ends with its responder's certificate (107)" {
	signet ocsp init --replace --no-passphrase --quiet --validity 1h
	ask
	signet ocsp respond --in req.der --out resp.der
	openssl ocsp -respin resp.der -text -noverify >text
	cat text
	[ "$(date -d "$(sed -n 's/ *Next Update: //p' text)" +%s)" = \
	    "$(date -d "$(sed -n 's/ *Not After : //p' text)" +%s)" ]
	openssl_says 'www.crt: good'
}

@test "respond: what it is not told rightly" {
	ask
	refused 2 "--ocsp-validity" signet ocsp respond --in req.der \
	    --ocsp-validity 59s
	refused 2 "--ocsp-validity" signet ocsp respond --in req.der \
	    --ocsp-validity 31d
	refused 4 "none.der" signet ocsp respond --in none.der
	refused 4 "no such authority" signet ocsp respond --in req.der \
	    --ca nobody
	head -c 65537 /dev/zero >large
	refused 3 "large" signet ocsp respond --in large
}

# ---- query ------------------------------------------------------------------

@test "good, revoked and unknown, each with its exit code" {
	serve
	signet ocsp query "$url/x" www.crt >said
	cat said
	grep -q '^status *good$' said
	grep -q '^nonce *echoed$' said
	grep -q "^responder *$url/x$" said
	signet revoke www.crt --reason superseded --quiet
	local status=0
	signet ocsp query "$url/x" www.crt --hash sha256 >said 2>err || status=$?
	cat said err
	[ "$status" = 5 ]
	grep -q '^status *revoked$' said
	grep -q '^reason *superseded$' said
	grep -q 'error: www.crt: is revoked since 20.* (superseded)' err
	[ "$(wc -l <err)" = 1 ]
	# the same authority, elsewhere: it does not know what is issued here
	cp -a home other
	signet issue server other.company.com --home other --no-passphrase \
	    --quiet --out other.crt --key-out other.key
	status=0
	signet ocsp query "$url/x" other.crt --home other >said 2>err || status=$?
	cat said err
	[ "$status" = 4 ]
	grep -q '^status *unknown$' said
	sed -i 's/^\[crl\]/[crl]\nnever-issued = revoked/' \
	    home/policies/intermediate.policy
	status=0
	signet ocsp query "$url/x" other.crt --home other >said 2>err || status=$?
	[ "$status" = 5 ]
	grep -q '^status *never issued$' said
}

@test "as JSON, and the response kept" {
	needs jq
	serve
	signet ocsp query "$url/x" www.crt --json --out resp.der >said
	json said '.version == 1 and .ocsp.status == "good" and
	    .ocsp.nonce == "echoed" and (.ocsp | has("revokedAt") | not)'
	openssl_says 'www.crt: good'
	signet revoke www.crt --reason keyCompromise --quiet
	signet ocsp query "$url/x" www.crt --json --no-nonce >said 2>/dev/null ||
	    [ $? = 5 ]
	json said '.ocsp.status == "revoked" and .ocsp.reason == "keyCompromise"
	    and .ocsp.nonce == "not sent" and (.ocsp.revokedAt | test("Z$"))'
}

@test "in chunks, and to the end of the connection" {
	serve
	signet ocsp query "$url/chunks" www.crt | grep 'status *good'
	signet ocsp query "$url/end" www.crt | grep 'status *good'
}

@test "the issuer: named, behind it in the file, or of the home" {
	serve
	mkdir empty
	refused 4 "--issuer" signet ocsp query "$url/x" www.crt --home empty
	signet ocsp query "$url/x" www.crt --home empty --issuer issuing.pem |
	    grep 'status *good'
	cat www.crt issuing.pem root.pem >chain.pem
	signet ocsp query "$url/x" chain.pem --home empty | grep 'status *good'
	openssl x509 -in www.crt -outform DER -out www.der
	signet ocsp query "$url/x" www.der | grep 'status *good'
	refused 5 "did not issue" signet ocsp query "$url/x" www.crt \
	    --issuer root.pem
	# the name is right, the key is not
	openssl req -x509 -newkey ed25519 -nodes -keyout other.key \
	    -out other.pem -subj "/CN=Lab Issuing CA" 2>/dev/null
	refused 5 "did not issue" signet ocsp query "$url/x" www.crt \
	    --issuer other.pem
	cat www.crt other.pem >chain.pem
	refused 4 "--issuer" signet ocsp query "$url/x" chain.pem --home empty
}

@test "the responder that the certificate names" {
	serve
	refused 4 "names no OCSP responder" signet ocsp query www.crt
	signet show root --pem >root.pem
	refused 4 "root.pem: is a root, and names no OCSP responder" \
	    signet ocsp query root.pem
	sed -i "s#^\[extensions\]#[publish]\nocsp = $url/x\n[extensions]#" \
	    home/policies/server.policy
	request named named.company.com
	signet sign named.csr --policy server --out named.crt --quiet
	signet ocsp query named.crt >said
	grep -q "^responder *$url/x$" said
	# and by words the wrong way round
	signet ocsp query named.crt "$url/x" | grep 'status *good'
}

@test "an answer that is none, and one not to be believed" {
	serve
	refused 1 "HTTP 405 Method Not Allowed: no OCSP responder answers there" \
	    signet ocsp query "$url/405" www.crt
	refused 1 "HTTP 404 Not Found: no OCSP responder answers there" signet ocsp query "$url/404" www.crt
	refused 1 "text/html" signet ocsp query "$url/html" www.crt
	refused 1 "65536" signet ocsp query "$url/large" www.crt
	refused 5 "OCSP" signet ocsp query "$url/garbage" www.crt
	refused 75 "tryLater" signet ocsp query "$url/trylater" www.crt
	refused 5 "signature" signet ocsp query "$url/altered" www.crt
	signet ocsp query "$url/replay" www.crt >/dev/null
	refused 5 "nonce" signet ocsp query "$url/replay" www.crt
	# unauthorized: an authority without a responder
	refused 3 "unauthorized" signet ocsp query "$url/x" issuing.pem
}

@test "nobody is there" {
	serve
	local there=$url
	kill "$(cat server.pid)"
	wait "$(cat server.pid)" || true
	rm server.pid
	refused 1 "refused" signet ocsp query "$there/x" www.crt
	refused 2 "plain http" signet ocsp query https://127.0.0.1/ www.crt
	refused 2 "of which certificate" signet ocsp query "$there/x"
	refused 2 "--hash" signet ocsp query "$there/x" www.crt --hash md5
	refused 2 "--timeout" signet ocsp query "$there/x" www.crt --timeout 0
	refused 4 "none.crt" signet ocsp query "$there/x" none.crt
}

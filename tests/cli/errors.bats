#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Bad input: one line that says what was found, the exit code that belongs to
# it, no file, and no row in state `issued`. The requests come from
# bad_requests.py, one fault each. Numbers are lines of the checklist.

load helper

setup_file() {
	needs python3
	shared_home ecdsa-p256
	mkdir "$BATS_FILE_TMPDIR/bad"
	(cd "$BATS_FILE_TMPDIR/bad" &&
	    python3 "$BATS_TEST_DIRNAME/bad_requests.py")
}

setup() {
	own_home
	before=$(rows "select count(*) from certificate where state = 2")
}

# rejected CODE TEXT REQUEST [options...]: sign refuses it, and --plan too;
# nothing was written and nothing issued.
rejected() {
	local code=$1 text=$2 request=$3
	shift 3
	[ -e "$request" ] || request=$BATS_FILE_TMPDIR/bad/$request.csr
	[ -e "$request" ]
	refused "$code" "$text" signet sign "$request" --policy server \
	    --plan "$@"
	refused "$code" "$text" signet sign "$request" --policy server \
	    --out out.crt "$@"
	grep -qF "$request: " err
	[ ! -e out.crt ]
	[ "$(issued)" -eq "$before" ]
}

# accepted REQUEST: the twin without the fault is signed.
accepted() {
	signet sign "$1" --policy server --quiet >accepted.crt
	openssl x509 -in accepted.crt -noout
}

# nothing_new: the ledger has no certificate more, in any state.
nothing_new() {
	[ "$(rows "select count(*) from certificate")" -eq "$before" ]
	signet audit
}

@test "the twins without a fault are signed" {
	local bad=$BATS_FILE_TMPDIR/bad twin
	for twin in good.der rsa-good.csr pem-good.csr pem-crlf.csr \
	    pem-old.csr; do
		accepted "$bad/$twin"
	done
}

@test "RSA: size and exponent (31, 32)" {
	rejected 3 "rsa-1024 is not allowed" rsa-1024
	rejected 3 "rsa-2047 is not allowed" rsa-2047
	rejected 3 "above 4096 is beyond the library" rsa-16k
	rejected 3 "exponent is even or 1" rsa-e1
	rejected 3 "exponent is 3" rsa-e3
	rejected 3 "exponent is even or 1" rsa-e-even
	rejected 3 "not below the modulus" rsa-e-above-n
	rejected 1 "RFC 3279" rsa-no-null
}

@test "RSA: modulus (33, 34)" {
	rejected 3 "modulus is even" rsa-n-even
	rejected 3 "factor 3 " rsa-factor-3
	rejected 3 "factor 751 " rsa-factor-751
	rejected 3 "Fermat" rsa-fermat
}

@test "RSA: a request from the field with close primes (34)" {
	local corpora=${SIGNET_CORPORA:-$SIGNET_SOURCE/../shared/corpora}
	corpora=$corpora/badkeys/tests/data
	[ -d "$corpora" ] || skip "no corpora"
	rejected 3 "Fermat" "$corpora/rsa-fermat.csr"
}

@test "elliptic curves (37)" {
	rejected 3 "not on curve" ec-off-curve
	grep -q 'make a new key' err
	rejected 3 "not on curve" ec-zero
	rejected 3 "not on curve" ec-too-large
	rejected 3 "infinity" ec-infinity
	rejected 3 "compressed" ec-compressed
	rejected 1 "uncompressed point" ec-short
	openssl ecparam -name prime256v1 -param_enc explicit -genkey \
	    -out explicit.key 2>/dev/null
	openssl req -new -key explicit.key -subj /CN=host.example.com \
	    -out explicit.csr
	openssl req -in explicit.csr -noout -text | grep -q 'Field Type'
	rejected 3 "explicit" explicit.csr
	while read -r curve name; do
		openssl req -new -newkey ec -pkeyopt \
		    "ec_paramgen_curve:$curve" -nodes -keyout k \
		    -subj /CN=host.example.com -out "$curve.csr" 2>/dev/null
		rejected 3 "curve: $name is not accepted: P-256, P-384 and P-521" \
		    "$curve.csr"
		grep -q 'RFC 5480.*-pkeyopt ec_paramgen_curve:P-256' err
		not grep -q 'SHA-' err
	done <<-EOF
		secp256k1 secp256k1
		prime192v1 P-192
		secp224r1 P-224
		brainpoolP256r1 brainpoolP256r1
	EOF
}

@test "RSA that the library cannot check is not called a wrong signature (25, 31)" {
	openssl req -new -newkey rsa:5120 -nodes -keyout k \
	    -subj /CN=host.example.com -out large.csr 2>/dev/null
	rejected 3 "above 4096" large.csr
	grep -q 'make a key of 2048 to 4096 bits' err
	local status=0
	signet csr show large.csr >text 2>err || status=$?
	[ "$status" -eq 3 ]
	grep -q 'the signature could NOT be checked' text
	grep -q 'NOT fit to be certified: .* at most 4096' text
	signet csr show large.csr --json >large.json 2>/dev/null || true
	json large.json '.request.proofOfPossession == null'
}

@test "RSASSA-PSS with a hash that is not accepted is named (21)" {
	openssl req -new -newkey rsa:2048 -nodes -keyout k -sha224 \
	    -sigopt rsa_padding_mode:pss -subj /CN=host.example.com \
	    -out pss.csr 2>/dev/null
	rejected 3 "PSS hash: SHA-224 is not accepted: SHA-224 is too short" \
	    pss.csr
}

@test "the self-signature: wrong, weak, of another kind (18, 21, 38)" {
	rejected 5 "does not hold" wrong-signature
	grep -q 'make the request again, signed with the key it is for' err
	rejected 5 "does not hold" flipped-signature
	rejected 1 "takes no parameters" signature-alg-null
	rejected 3 "does not belong" signature-alg-other
	openssl req -new -newkey rsa:2048 -nodes -keyout k -sha1 \
	    -subj /CN=host.example.com -out sha1.csr 2>/dev/null
	rejected 3 "sha1WithRSA" sha1.csr
	grep -q 'SHA-1 is broken (RFC 6194.*sign with SHA-256' err
	openssl req -new -key k -md5 -subj /CN=host.example.com -out md5.csr
	rejected 3 "md5WithRSA" md5.csr
	grep -q 'MD5 is broken (RFC 6151).*sign with SHA-256' err
	openssl dsaparam -genkey -out dsa.key 1024 2>/dev/null
	openssl req -new -key dsa.key -subj /CN=host.example.com -out dsa.csr
	rejected 3 "DSA" dsa.csr
}

@test "version, BER, trailing octets (19, 20)" {
	rejected 1 "version 1" version-1
	rejected 1 "version 2" version-2
	rejected 1 "DER" ber-indefinite
	rejected 1 "DER" ber-long-length
	rejected 1 "DER" ber-integer
	rejected 1 "X.690" ber-boolean
	rejected 1 "bytes follow its end" trailing
	rejected 1 "follows the signature" trailing-inside
	rejected 1 "DER" trailing-in-san
	rejected 1 "DER" truncated
	rejected 1 "DER" empty-sequence
}

@test "attributes and extensions more than once, or empty (23)" {
	rejected 1 "the extension stands there twice" extension-twice
	rejected 1 "an attribute stands there twice" attribute-twice
	rejected 1 "without a value" attribute-empty
	rejected 1 "several values" attribute-two-values
	rejected 1 "empty" san-empty
}

# secretive NAME: NAME.csr by openssl, with a challengePassword of hunter2secret
# and an unstructuredName of hunter2secret as well.
secretive() {
	cat >"$1.cnf" <<-EOF
		[req]
		prompt = no
		distinguished_name = dn
		attributes = more
		req_extensions = asked
		[asked]
		subjectAltName = DNS:host.example.com
		[dn]
		CN = host.example.com
		[more]
		challengePassword = hunter2secret
		unstructuredName = hunter2secret
	EOF
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -config "$1.cnf" -out "$1.csr" 2>/dev/null
	openssl req -in "$1.csr" -noout -text | grep -q hunter2secret
}

@test "a challengePassword is nobody's: not logged, not kept (27)" {
	secretive s
	signet csr show s.csr >shown
	signet sign s.csr --policy server --out s.crt 2>said
	signet sign s.csr --policy server --plan >>shown 2>>said
	not grep -q hunter2secret shown said
	not grep -raq hunter2secret "$SIGNET_HOME"
	rows "select hex(request) from certificate" >kept
	grep -q "$(printf '*************' | od -An -tx1 | tr -d ' ' |
	    tr a-f A-F)" kept
	# its signature cannot be checked again, and nothing asks for it
	signet audit
	signet renew s.crt --out again.crt
	[ "$(openssl x509 -in again.crt -noout -pubkey)" = \
	    "$(openssl x509 -in s.crt -noout -pubkey)" ]
	signet audit
}

@test "what was masked proves nothing to whoever signs it again (18, 27)" {
	secretive s
	signet sign s.csr --policy server --out s.crt --quiet
	rows "select hex(request) from certificate order by id desc limit 1" |
	    python3 -c 'import sys
open("kept.csr", "wb").write(bytes.fromhex(sys.stdin.read()))'
	before=$(issued)
	rejected 5 "does not hold" kept.csr
	# a secret that was changed otherwise is noticed
	python3 - "$SIGNET_HOME/ledger.db" <<-'EOF'
		import sqlite3, sys
		db = sqlite3.connect(sys.argv[1])
		row, der = db.execute("select id, request from certificate "
		    "order by id desc limit 1").fetchone()
		db.execute("update certificate set request = ? where id = ?",
		    (der.replace(b"*" * 13, b"*" * 12 + b"+"), row))
		db.commit()
	EOF
	local status=0
	signet audit >said 2>&1 || status=$?
	cat said
	[ "$status" -eq 5 ]
	grep -q 'its request' said
}

@test "a request that wants to be an authority (22)" {
	request ca host.example.com -addext basicConstraints=CA:TRUE
	rejected 3 "CA:TRUE" ca.csr
	request ca host.example.com -addext keyUsage=critical,keyCertSign
	rejected 3 "keyCertSign" ca.csr
	request ca host.example.com -addext keyUsage=cRLSign
	rejected 3 "cRLSign" ca.csr
}

@test "what else a request asks for is dropped, and shown (22)" {
	request odd host.example.com -addext 1.2.3.4=ASN1:UTF8String:x \
	    -addext certificatePolicies=1.2.3 -addext \
	    extendedKeyUsage=codeSigning
	signet sign odd.csr --policy server --plan >plan
	[ "$(grep -c '^  dropped  ' plan)" -ge 3 ]
	accepted odd.csr
	openssl x509 -in accepted.crt -noout -text >text
	not grep -q -e 'Code Signing' -e 1.2.3 text
}

@test "what is left out is said when it is signed, critical or not (22)" {
	request odd host.example.com \
	    -addext 1.2.3.4=critical,ASN1:UTF8String:x \
	    -addext keyUsage=critical,digitalSignature
	signet sign odd.csr --policy server >odd.crt 2>said
	grep -q 'odd.csr: left out: 1.2.3.4: critical, .*never copied' said
	# the policy gives the same: nothing is lost
	not grep -q 'left out: keyUsage' said
	signet sign odd.csr --policy server --quiet >odd.crt 2>said
	[ ! -s said ]
}

@test "too much of everything (25)" {
	rejected 3 "more than 100 names" names-101
	rejected 3 "larger than" large
	rejected 3 "larger than" rdns-20000
	rejected 1 "subject" deep
}

@test "PEM that is not one request (26)" {
	rejected 1 "more than one PEM block" pem-two
	rejected 1 "no END line" pem-no-end
	rejected 1 "ends with another line" pem-other-end
	rejected 1 "NUL" pem-nul
	rejected 1 "header" pem-header
	rejected 1 "not base64" pem-base64
	rejected 1 "PRIVATE KEY" "$BATS_FILE_TMPDIR/bad/ec.key"
	signet show "Lab Issuing CA" --pem >a.crt
	rejected 1 "(PEM: CERTIFICATE), not a certificate request" a.crt
	: >empty
	rejected 1 "empty" empty
	mkdir folder
	rejected 1 "folder" folder
}

@test "host names (46, 47, 48, 49)" {
	rejected 3 "octet 0x00" host-nul
	rejected 3 "octet 0x0a" host-newline
	rejected 3 'write "xn--bcher-kva.example"' host-u-label
	rejected 3 "outside ASCII" host-latin-1
	rejected 3 "A-label" host-punycode
	rejected 3 "address" host-address
	rejected 3 "octet 0x3a" host-address-6
	rejected 3 "server.policy:" host-wildcard
	rejected 3 "whole leftmost label" host-wildcard-part
	rejected 3 'host "*.*.example.com": a wildcard' host-wildcard-two
	rejected 3 "whole leftmost label" host-wildcard-inside
	rejected 3 "whole leftmost label" host-wildcard-alone
	rejected 3 "top-level domain" host-wildcard-tld
	rejected 3 "empty" host-empty
	for bad in host-dot host-dot-first host-dot-last host-dots; do
		rejected 3 "empty label" "$bad"
	done
	rejected 3 "octet 0x20" host-space
	rejected 3 "octet 0x5f" host-underscore
	rejected 3 "'-'" host-hyphen
	rejected 3 "63 octets" host-label-64
	rejected 3 "253 octets" host-name-254
	rejected 3 "5 octets" ip-5
}

@test "common names, and no names (50, 51)" {
	rejected 3 "not among the names" cn-other
	rejected 3 "not among the names" cn-address
	rejected 3 "server.policy:" cn-65
	rejected 1 "commonName" cn-nul
	rejected 3 "requires one" no-names
	signet sign "$BATS_FILE_TMPDIR/bad/good.der" --policy server \
	    --out out.crt
}

@test "a name the policy does not allow" {
	signet init "Lab" --home narrow --key ed25519 --no-passphrase \
	    --domain company.com --quiet
	request out www.elsewhere.example
	refused 3 "server.policy:" signet sign out.csr --home narrow \
	    --policy server --out out.crt
	[ ! -e out.crt ]
}

@test "a leaf that would outlive its issuer (9)" {
	signet ca add short Short --key ed25519 --no-passphrase --quiet \
	    --validity 100d
	before=$(issued)
	request r host.example.com
	rejected 3 "outlive its issuer" r.csr --ca short
	rejected 3 "outlive its issuer" r.csr --ca short --validity 101d
	rejected 3 "outlive its issuer" r.csr --ca short --not-after +200d
	nothing_new
	signet sign r.csr --policy server --ca short --validity 99d \
	    --out r.crt
}

@test "an issuer that has expired signs no certificate (17)" {
	needs faketime
	signet ca add short Short --key ed25519 --no-passphrase --quiet \
	    --validity 10d
	before=$(issued)
	request r host.example.com
	refused 3 "expired" faketime '+20 days' "$SIGNET" sign r.csr \
	    --policy server --ca short --validity 1d --out r.crt </dev/null
	[ ! -e r.crt ]
	nothing_new
}

@test "a validity the policy does not allow (13)" {
	request r host.example.com
	rejected 3 "max-validity" r.csr --validity 398d
	rejected 3 "server.policy:" r.csr --not-before 2020-01-01 \
	    --validity 1d
	rejected 3 "ends before" r.csr --not-after 2020-01-01
	nothing_new
}

@test "path length: room for no authority below (58)" {
	refused 3 "pathLen" signet ca add deeper Deeper --key ed25519 \
	    --no-passphrase --from issuing --validity 1y
	signet ca add upper Upper --key ed25519 --no-passphrase --quiet \
	    --path-len 1
	refused 3 "pathLen" signet ca add lower Lower --key ed25519 \
	    --no-passphrase --from upper --validity 1y --path-len 1
	[ "$(ls home/keys | tr '\n' ' ')" = "issuing.key root.key upper.key " ]
	[ "$(issued)" -eq $((before + 1)) ]
}

@test "name constraints of any issuer above (56)" {
	signet ca add upper Upper --key ed25519 --no-passphrase --quiet \
	    --path-len 1 --permit dns:company.com --permit ip:10.0.0.0/8 \
	    --exclude dns:secret.company.com
	signet ca add lower Lower --key ed25519 --no-passphrase --quiet \
	    --from upper --validity 2y
	before=$(issued)
	request out www.elsewhere.example
	rejected 3 "permitted" out.csr --ca lower
	request out host.secret.company.com
	rejected 3 "excluded" out.csr --ca lower
	openssl req -new -newkey ed25519 -nodes -keyout k -out ip.csr \
	    -subj /CN=www.company.com -addext \
	    subjectAltName=DNS:www.company.com,IP:192.168.0.1 2>/dev/null
	rejected 3 "permitted" ip.csr --ca lower
	nothing_new
	request in www.company.com
	signet sign in.csr --policy server --ca lower --out in.crt
}

@test "name constraints: what is permitted is named, six of them (56)" {
	local i permit=()
	for i in 1 2 3 4 5 6 7; do
		permit+=(--permit "dns:d$i.example")
	done
	signet ca add narrow "Narrow CA" --key ed25519 --no-passphrase --quiet \
	    "${permit[@]}"
	before=$(issued)
	request out host.example.com
	rejected 3 "permitted dns:d1.example, permitted dns:d2.example" \
	    out.csr --ca narrow
	grep -q 'permitted dns:d6.example, 1 more (RFC 5280 4.2.1.10)' err
}

@test "the key of an authority is nobody else's (28)" {
	openssl req -new -key home/keys/issuing.key -subj /CN=host.example.com \
	    -addext subjectAltName=DNS:host.example.com -out r.csr
	rejected 3 "authority" r.csr
	openssl req -new -key home/keys/root.key -subj /CN=host.example.com \
	    -addext subjectAltName=DNS:host.example.com -out r.csr
	rejected 3 "authority" r.csr
}

@test "a key that was revoked as compromised stays out (29)" {
	request r host.example.com
	signet sign r.csr --policy server --out r.crt
	signet revoke r.crt --reason keyCompromise
	before=$(issued)
	rejected 3 "keyCompromise" r.csr
}

@test "a key that does not match the certificate (42)" {
	request r host.example.com
	mv home/keys/issuing.key right.key
	cp home/keys/root.key home/keys/issuing.key
	refused 3 "not the key of the certificate" signet sign r.csr \
	    --policy server --out r.crt
	[ ! -e r.crt ]
	refused 3 "not the key of the certificate" signet crl --out all.crl
	[ ! -e all.crl ]
	# The audit sees it as well, and nothing else.
	signet audit >out || true
	grep -q '^FAULT  keys/issuing.key: ' out
	mv right.key home/keys/issuing.key
	nothing_new
}

@test "a key that others can read (41)" {
	request r host.example.com
	for mode in 640 604 620 660; do
		chmod "$mode" home/keys/issuing.key
		refused 3 "chmod 600" signet sign r.csr --policy server \
		    --out r.crt
	done
	[ ! -e r.crt ]
	chmod 600 home/keys/issuing.key
	nothing_new
	mv home/keys/issuing.key elsewhere && mkfifo home/keys/issuing.key
	chmod 600 home/keys/issuing.key
	refused 3 "regular file" timeout 5 "$SIGNET" sign r.csr \
	    --policy server --out r.crt </dev/null
	rm home/keys/issuing.key
	refused 4 "issuing.key" signet sign r.csr --policy server --out r.crt
}

@test "a FIFO where a key or a policy should be does not hang; a CSR may be one" {
	request r host.example.com
	mkfifo -m 600 fifo
	refused 3 "regular file" signet_for 5 csr new --key fifo --dns a.b
	mv home/policies/server.policy server.policy
	mkfifo -m 600 home/policies/server.policy
	refused 3 "server.policy: must be a regular file" signet_for 5 sign \
	    r.csr --policy server --out r.crt
	refused 3 "server.policy: must be a regular file" signet_for 5 issue \
	    server host.example.com --no-passphrase --out-dir .
	nothing_new
	rm home/policies/server.policy
	mv server.policy home/policies
	mv home/keys/root.key root.key && mkfifo -m 600 home/keys/root.key
	refused 3 "regular file" signet_for 5 ca add vpn "VPN CA" \
	    --no-passphrase
	refused 3 "regular file" signet_for 5 crl --ca root --out root.crl
	cat r.csr >fifo &
	signet_for 5 sign fifo --policy server --out r.crt
	openssl x509 -in r.crt -noout
}

# signet_for SECONDS ...: signet, killed when it takes longer.
signet_for() {
	timeout "$1" "$SIGNET" "${@:2}" </dev/null
}

@test "an error or a note keeps letters; controls and what reorders become ?" {
	local odd
	odd=$(printf 'a\033[31m\342\200\256b.csr')
	refused 4 "Köln-東京.csr: cannot be opened" signet sign Köln-東京.csr \
	    --policy server
	refused 4 "a?[31m???b.csr: cannot be opened" signet sign "$odd" \
	    --policy server
	request r host.example.com
	cp r.csr "$odd" && cp r.csr Köln.csr
	signet sign Köln.csr "$odd" --policy server --out-dir . 2>err
	grep -q '^signet: Köln.csr: signed by' err
	grep -qF 'signet: a?[31m???b.csr: signed by' err
}

@test "a wrong passphrase, a damaged file: two messages (43)" {
	export CA_PASS="correct horse"
	signet init Locked --home locked --key ed25519 --passout env:CA_PASS \
	    --quiet
	export SIGNET_HOME=$PWD/locked
	request r host.example.com
	CA_PASS=wrong refused 5 "wrong passphrase" signet sign r.csr \
	    --policy server --passin env:CA_PASS --out r.crt
	cp locked/keys/root.key saved
	# A letter in the middle of the base64, the file's length unchanged.
	python3 - <<-'END'
		text = bytearray(open("saved", "rb").read())
		at = text.index(b"\n", 200) - 5
		text[at] = ord("A") if text[at] != ord("A") else ord("B")
		open("locked/keys/root.key", "wb").write(text)
	END
	refused 1 "not the one that was written" signet sign r.csr \
	    --policy server --passin env:CA_PASS --out r.crt
	head -c 150 saved >locked/keys/root.key
	refused 1 "not the one that was written" signet sign r.csr \
	    --policy server --passin env:CA_PASS --out r.crt
	[ ! -e r.crt ]
	[ "$(rows "select count(*) from certificate")" -eq 1 ]
	cp saved locked/keys/root.key
	signet sign r.csr --policy server --passin env:CA_PASS --out r.crt
}

@test "no terminal and no --passin: exit 2, and the ways are named" {
	export CA_PASS="correct horse"
	signet init Locked --home locked --key ed25519 --passout env:CA_PASS \
	    --quiet
	export SIGNET_HOME=$PWD/locked
	request r host.example.com
	refused 2 "--passin env:NAME, file:PATH, fd:N or stdin" signet sign \
	    r.csr --policy server --out r.crt
	refused 2 "process list" signet sign r.csr --policy server \
	    --out r.crt --passin "pass:correct horse"
	refused 2 "env:NAME" signet sign r.csr --policy server \
	    --out r.crt --passin "correct horse"
	not grep -q "correct horse" err
	[ ! -e r.crt ]
	[ "$(rows "select count(*) from certificate")" -eq 1 ]
}

@test "a home that is not one" {
	refused 4 "no authority here" signet list --home nowhere
	mkdir plain
	refused 4 "not a home" signet list --home plain
	refused 2 "--home" signet list --home ""
	touch file
	refused 4 "is a file, not a home" signet list --home file
	mkdir fake && chmod 700 fake && echo hello >fake/ledger.db
	refused 3 "not a ledger" signet list --home fake
	chmod 750 home
	refused 3 "chmod 700" signet list
	unset SIGNET_HOME HOME
	refused 2 "--home" signet list
}

@test "a ledger of another kind, or of a newer version (82)" {
	request r host.example.com
	sqlite3 home/ledger.db 'pragma user_version = 99' >/dev/null
	refused 3 "newer" signet sign r.csr --policy server --out r.crt
	refused 3 "newer" signet list
	[ "$(rows 'pragma user_version')" -eq 99 ]
	sqlite3 home/ledger.db 'pragma user_version = 1;
	    pragma application_id = 1' >/dev/null
	refused 3 "not a ledger" signet list
	[ ! -e r.crt ]
}

@test "a damaged ledger (83)" {
	request r host.example.com
	signet audit
	sqlite3 home/ledger.db 'pragma wal_checkpoint(truncate)' >/dev/null
	rm -f home/ledger.db-wal home/ledger.db-shm
	printf 'garbage' | dd of=home/ledger.db conv=notrunc status=none
	refused 3 "no SQLite database" signet sign r.csr --policy server \
	    --out r.crt
	[ ! -e r.crt ]
}

@test "something stands at the output path (85)" {
	request r host.example.com
	echo precious >file
	ln -s file link
	ln -s nowhere dangling
	mkfifo fifo
	mkdir folder
	for path in file link dangling fifo folder; do
		refused 3 "$path: exists already" timeout 5 "$SIGNET" sign \
		    r.csr --policy server --out "$path" </dev/null
	done
	for path in fifo folder; do
		refused 3 "$path: " timeout 5 "$SIGNET" sign r.csr \
		    --policy server --out "$path" --force </dev/null
		refused 3 "$path: " timeout 5 "$SIGNET" crl --out "$path" \
		    </dev/null
	done
	[ "$(cat file)" = precious ]
	[ ! -e nowhere ]
	nothing_new
	# --force replaces the link itself, not what it points to.
	signet sign r.csr --policy server --out link --force
	[ ! -L link ]
	[ "$(cat file)" = precious ]
}

@test "no folder, and one that may not be written" {
	request r host.example.com
	refused 4 "does not exist" signet sign r.csr --policy server \
	    --out no/r.crt
	[ "$(id -u)" -ne 0 ] || {
		nothing_new
		return 0
	}
	mkdir closed && chmod 500 closed
	refused 1 "cannot be written" signet sign r.csr --policy server \
	    --out closed/r.crt
	nothing_new
}

# full K COMMAND...: from the Kth write on, the disk is full.
full() {
	local k=$1
	shift
	traced -e trace=write,pwrite64,ftruncate,fallocate -e \
	    "inject=write,pwrite64,ftruncate,fallocate:error=ENOSPC:when=$k+" \
	    "$@"
}

@test "the disk is full at any write: nothing is lost (71)" {
	can_trace
	local k status crt
	request r host.example.com
	for k in 1 2 3 5 8 11 14 17 20 23 26; do
		status=0
		# A message may be lost too: standard error is a write.
		full "$k" "$SIGNET" sign r.csr --policy server \
		    --out "$k.crt" 2>err || status=$?
		[ "$status" -le 1 ] || [ "$status" -eq 75 ]
		if [ "$status" -eq 0 ] || [ -e "$k.crt" ]; then
			# Whole and in the ledger, or not there.
			signet show "$(openssl x509 -in "$k.crt" -noout \
			    -serial | cut -d= -f2)" >/dev/null
		fi
		signet audit
	done
	[ -z "$(find . -maxdepth 1 -name '.signet.*')" ]
	signet sign r.csr --policy server --out last.crt
}

@test "a file that cannot grow: the certificate is named (71)" {
	can_trace
	local status=0 serial
	request r host.example.com
	traced -P r.crt -P "$PWD" -e inject=linkat:error=ENOSPC \
	    "$SIGNET" sign r.csr --policy server --out r.crt 2>err ||
	    status=$?
	cat err
	[ "$status" -eq 1 ]
	[ ! -e r.crt ]
	[ "$(wc -l <err)" -eq 1 ]
	serial=$(sed -n 's/.*signet show \([0-9a-f]*\) --pem.*/\1/p' err)
	signet show "$serial" --pem | openssl x509 -noout -subject |
	    grep -q host.example.com
}

@test "a limit on the size of files is an error that is told (71)" {
	local blocks status
	request r host.example.com
	# The output, then the ledger's log, then the ledger itself.
	for blocks in 0 1 8 17 40 64; do
		status=0
		bash -c 'ulimit -f "$1"; shift; exec "$@" >/dev/null' - \
		    "$blocks" "$SIGNET" sign r.csr --policy server \
		    --out "$blocks.crt" --quiet </dev/null 2>err || status=$?
		echo "$blocks blocks: exit $status, $(cat err)"
		[ "$status" -ne 153 ]
		[ "$status" -ne 0 ] || {
			openssl x509 -in "$blocks.crt" -noout
			continue
		}
		[ "$blocks" -eq 0 ] || [ -s err ]
		[ ! -e "$blocks.crt" ]
		signet audit
	done
	[ ! -e 1.crt ]
	signet sign r.csr --policy server --out last.crt
}

@test "init on a full disk leaves nothing" {
	can_trace
	local k status
	for k in 1 4 9 16 25; do
		status=0
		full "$k" "$SIGNET" init X --home new --key ed25519 \
		    --no-passphrase --quiet 2>err || status=$?
		[ "$status" -ne 0 ] || rm -rf new
		[ -z "$(ls -d new* 2>/dev/null)" ]
	done
}

@test "the clock went back (15)" {
	needs faketime
	request r host.example.com
	# An event of tomorrow, then the clock is put right.
	faketime '+1 day' "$SIGNET" sign r.csr --policy server --out a.crt \
	    </dev/null
	before=$(issued)
	rejected 3 "--force-time" r.csr
	refused 3 "--force-time" signet crl --out c.pem
	[ ! -e c.pem ]
	nothing_new
	signet sign r.csr --policy server --force-time --out b.crt
}

# later: a signet whose clock is more than 400 days ahead.
later() {
	needs faketime
	printf '#!/bin/sh\nexec faketime "+401 days" %q "$@"\n' "$SIGNET" >later
	chmod +x later
	SIGNET=$PWD/later
}

# checklist 15, 88: nobody could be revoked until the clock gets there.
@test "a CRL of a clock that was ahead does not lock revocation out" {
	needs faketime
	request r host.example.com
	signet sign r.csr --policy server --out r.crt --quiet
	faketime '+300 days' "$SIGNET" crl --out fast.pem --quiet </dev/null
	refused 3 "--force-time" signet crl --out c.pem
	signet crl --force-time --out c.pem 2>said
	cat said
	grep -q 'issuing: its thisUpdate is before that of the CRL before' said
	signet revoke r.crt --yes --quiet
	signet crl --out c.pem 2>said
	not grep -q 'thisUpdate' said
	signet crl show c.pem --json | jq -e '.crl.number == 3'
	openssl crl -in c.pem -noout -text | grep -q "$(openssl x509 -in r.crt \
	    -noout -serial | cut -d= -f2)"
	[ "$(rows "select count(*) from event where kind = 'clock-forced'")" \
	    -eq 1 ]
	signet audit >audit.txt
	cat audit.txt
	grep -q '0 faults' audit.txt
	grep -q 'CRL 2 of issuing: .*--force-time' audit.txt
}

@test "a CRL in force that is not yet valid is due" {
	needs faketime
	signet crl --quiet >c.pem
	faketime '+300 days' "$SIGNET" crl --quiet </dev/null >fast.pem
	refused 3 "--force-time" signet crl --due --out d.pem
	signet crl --due --force-time --out d.pem --quiet
	openssl crl -in d.pem -noout
	signet crl --due --out e.pem
	[ ! -e e.pem ]
}

@test "the clock is far ahead, and nobody is there to ask (16)" {
	request r host.example.com
	before=$(issued)
	crls=$(rows "select count(*) from crl")
	later
	refused 3 "--force-time" signet sign r.csr --policy server --out a.crt
	refused 3 "--force-time" signet sign r.csr --policy server --plan
	refused 3 "401 days after the ledger's newest event" \
	    signet crl --out c.pem
	refused 3 "--force-time" signet ca add more "More CA" --no-passphrase
	refused 3 "--force-time" signet issue server a.example.com \
	    --no-passphrase --out-dir .
	[ ! -e a.crt ]
	[ ! -e c.pem ]
	[ "$(rows "select count(*) from crl")" -eq "$crls" ]
	nothing_new
	signet sign r.csr --policy server --force-time --out a.crt
	# From then on it is the time.
	signet crl --out c.pem
}

@test "the clock is far ahead, and somebody says that it is right (16)" {
	request r host.example.com
	before=$(issued)
	later
	local status=0
	at_terminal n sign r.csr --policy server --out a.crt || status=$?
	[ "$status" -eq 3 ]
	grep -q 'Is it really .* now? \[y/N\]' said
	[ ! -e a.crt ]
	nothing_new
	at_terminal y sign r.csr --policy server --out a.crt
	[ -s a.crt ]
}

@test "the same file read twice is the same request (30)" {
	request r host.example.com
	signet sign r.csr r.csr --policy server >two.pem
	[ "$(grep -c 'BEGIN CERTIFICATE' two.pem)" -eq 2 ]
}

@test "an error is one line, whatever the name of the file (55)" {
	local name
	name=$(printf 'a\nb\033[31m.csr')
	refused 4 "cannot be opened" signet sign "$name" --policy server
	not grep -q "$(printf '\033')" err
	cp "$BATS_FILE_TMPDIR/bad/trailing.csr" "$name"
	refused 1 "bytes follow" signet sign "$name" --policy server
	not grep -q "$(printf '\033')" err
	refused 2 "no such option" signet sign "--$name"
	refused 2 "no such command" signet "x$name"
}

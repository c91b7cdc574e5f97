#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet check: services with certificates of ours and of others, strong and
# weak, and whether they are in the ledger.

load helper
load serve
load openssl_chain
load check

setup_file() {
	needs openssl sqlite3 jq python3 pgrep
	shared_home
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	signet issue server company.com www.company.com --no-passphrase --quiet \
	    --chain --out-dir . --out company.chain
	mv company.com.key company.key
	split company.chain company.crt issuing.pem
	signet roots export --out root.pem --quiet
	export SIGNET_HOME=
	authority theirs "/CN=Their Root" -
	certificate stranger "/CN=stranger" theirs \
	    "${SERVER}subjectAltName=DNS:company.com,DNS:other.example\n"
	certificate other "/CN=other" theirs \
	    "${SERVER}subjectAltName=DNS:other.example\n"
}

# split CHAIN LEAF REST
split() {
	awk -v leaf="$2" -v rest="$3" \
	    '/BEGIN/ { n++ } { print >(n == 1 ? leaf : rest) }' "$1"
}

setup() {
	started=()
	own_home
	export XDG_DATA_HOME=$PWD/nowhere
	cp "$BATS_FILE_TMPDIR"/{company.*,issuing.pem,root.pem,theirs.*,stranger.*,other.*} .
}

teardown() {
	stop_all
}

# ---- good ----

@test "good: TLS 1.3 and 1.2, by name and by home's ledger" {
	local version
	for version in 3 2; do
		company "-tls1_$version"
		check 0
		told protocol "TLSv1.$version"
		told client 'the server asks for no certificate'
		grep -q '^verdict: good$' said
		says ".connection.protocol == \"TLSv1.$version\""
		says '[.sent[].ledger] == ["ours", "ours"]'
		says '.sent[0].state == "valid" and .revocation.outcome == "holds"'
		says '.defects == [] and .faults == [] and (.walkAway | not)'
		says '.daysLeft > 300 and .connection.cipher.bits >= 128'
		jq -e '.version == 1' said.json
		kill "$pid"
	done
}

@test "good: every kind of key that a server may have" {
	local type
	for type in rsa-2048 ecdsa-p384 ecdsa-p521 ed25519 ed448; do
		mkdir $type
		signet issue server company.com --key $type --no-passphrase \
		    --quiet --out-dir $type
		tls_server -cert $type/company.com.crt -cert_chain issuing.pem \
		    -key $type/company.com.key
		check 0
		says ".connection.key.name == \"$type\" and (.connection.key.weak | not)"
		kill "$pid"
	done
}

@test "the name: HOST, --servername, --host, an address" {
	company -servername company.com -cert2 company.crt -key2 company.key
	check 0 --host www.company.com
	says '.asked.host == "www.company.com"'
	check 5 --host somebody.example
	grep -q '^verdict: walk away: it is for another name' said
	says '.name.outcome == "fails" and .walkAway'
	# By its address alone: no name is asked for, and the address is judged.
	local status=0
	signet check "127.0.0.1:$port" --json >said.json || status=$?
	[ "$status" -eq 5 ]
	says '.asked.ip == "127.0.0.1" and (.connection | has("serverName") | not)'
	# A name of the system's, in letters of any size.
	signet check "LOCALHOST:$port" --host company.com --json >said.json
	says '.connection.serverName == "company.com"'
	status=0
	signet check "localhost:$port" --json >said.json || status=$?
	[ "$status" -eq 5 ]
	says '.asked.host == "localhost"'
}

@test "whom to trust: --roots, with no home at all, or beside one" {
	tls_server -cert other.crt -key other.key
	check 5 --host other.example
	grep -q 'nobody trusted vouches for it' said
	says '.sent[0].ledger == "foreign"'
	check 0 --host other.example --roots theirs.crt
	says '.sent[0].ledger == "foreign" and .trust.outcome == "holds"'
	# One that was named is no home to do without.
	SIGNET_HOME=none
	fails 4 'leave SIGNET_HOME empty' --host other.example --roots theirs.crt
	fails 4 'leave --home out' --host other.example --roots theirs.crt \
	    --home other
	chmod 755 "$BATS_TEST_TMPDIR/home"
	SIGNET_HOME=$BATS_TEST_TMPDIR/home
	check 0 --host other.example --roots theirs.crt
	told ledger "not asked: $SIGNET_HOME: mode 0755"
	SIGNET_HOME=none
	# Nobody named one: no advice to make one.
	SIGNET_HOME= XDG_DATA_HOME=$PWD/nowhere check 0 \
	    --host other.example --roots theirs.crt
	told ledger 'not asked: there is no home here days'
	says '.sent[0].ledger == "not asked"'
	fails 4 '--roots FILE' --host other.example
}

# ---- the three questions ----

@test "in date: at another time, and days left" {
	company
	check 5 --at 2099-01-01
	grep -q '^verdict: walk away: it is not in date' said
	told 'days left' 'none: it ended '
	says '.date.outcome == "fails" and .daysLeft < 0'
	check 5 --at 2001-01-01
	check 0 --at +3d
}

@test "an intermediate is missing: a defect, though the home has it" {
	tls_server -cert company.crt -key company.key
	check 0
	told defect 'an intermediate is missing: CN=Lab Issuing CA'
	says '.defects | length == 1'
	# Who does not have it cannot trust.
	SIGNET_HOME=
	check 5 --roots root.pem
	grep -q 'nobody trusted vouches for it' said
}

@test "out of order, sent twice, the root sent too, one of no use" {
	cat company.crt root.pem issuing.pem issuing.pem theirs.crt >all
	tls_server -cert company.crt -key company.key -cert_chain <(tail -n +"$(($(wc -l <company.crt) + 1))" all)
	check 0
	told defect 'the chain is out of order: number 2 is not the issuer'
	told defect 'number 2 is a root'
	told defect 'number 4 is sent twice'
	told defect 'number 5 is a root'
	says '.defects | length == 4'
}

@test "a leaf beyond 2048 octets is still the first of the chain" {
	local i names=()
	for i in $(seq 90); do
		names+=("host$i.company.com")
	done
	mkdir big
	signet issue server company.com "${names[@]}" --no-passphrase --quiet \
	    --out-dir big
	[ "$(openssl x509 -in big/company.com.crt -outform DER | wc -c)" -gt 2048 ]
	tls_server -cert big/company.com.crt -key big/company.com.key \
	    -cert_chain issuing.pem
	check 0
	says '.sent | length == 2'
	says '.sent[0].subject == "CN=company.com"'
}

@test "names from a certificate do no harm to a terminal" {
	local name=$'evil\x1b[31m\nname'
	certificate evil "/CN=$name" theirs \
	    "${SERVER}subjectAltName=DNS:other.example\n"
	tls_server -cert evil.crt -key evil.key
	check 0 --roots theirs.crt --host other.example
	grep -q 'evil.*name' said
}

# ---- impostors ----

@test "IMPOSTOR: a root that took our root's name" {
	authority fake "/CN=Lab Root CA" -
	certificate mine "/CN=company.com" fake \
	    "${SERVER}subjectAltName=DNS:company.com\n"
	tls_server -cert mine.crt -key mine.key -cert_chain fake.crt
	check 5
	grep -q '^verdict: walk away: IMPOSTOR: CN=company.com' said
	grep -q 'walk away: IMPOSTOR' err
	says '[.sent[].ledger] == ["impostor", "impostor"]'
	says '.sent[0].reason | contains("its signature is not by our key")'
	# Trusted by mistake it is an impostor still.
	check 5 --roots fake.crt
	says '.trust.outcome == "holds" and .sent[0].ledger == "impostor"'
}

@test "IMPOSTOR: signed by our key, and not in the ledger" {
	rows 'select 1' >/dev/null
	cp -a home later
	mkdir late
	signet issue server late.company.com --no-passphrase --quiet \
	    --home later --out-dir late
	tls_server -cert late/late.company.com.crt -key late/late.company.com.key \
	    -cert_chain issuing.pem
	check 5 --host late.company.com
	says '.sent[0].ledger == "impostor" and .sent[1].ledger == "ours"'
	says '.sent[0].reason | contains("its signature is by our key")'
	SIGNET_HOME=later
	check 0 --host late.company.com
}

@test "IMPOSTOR: our serial, other octets" {
	local serial
	serial=$(openssl x509 -in company.crt -noout -serial)
	authority fake "/CN=Lab Issuing CA" -
	certificate mine "/CN=company.com" fake \
	    "${SERVER}subjectAltName=DNS:company.com\n"
	openssl x509 -req -in mine.csr -CA fake.crt -CAkey fake.key \
	    -extfile mine.ext -set_serial "0x${serial#*=}" -out mine.crt \
	    2>/dev/null
	tls_server -cert mine.crt -key mine.key
	check 5
	says '.sent[0].reason | contains("a serial of this ledger, with other")'
}

@test "IMPOSTOR: our key identifier, another name" {
	local id
	id=$(openssl x509 -in issuing.pem -noout -ext subjectKeyIdentifier | tail -1)
	certificate mine "/CN=nobody.example" theirs \
	    "${SERVER}subjectAltName=DNS:nobody.example\n"
	# The authority of another name that claims our identifier.
	openssl req -new -key theirs.key -subj "/CN=Mimic" -out mimic.csr
	printf 'subjectKeyIdentifier=%s\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' \
	    "${id// /}" >mimic.ext
	openssl x509 -req -in mimic.csr -signkey theirs.key -days 9 \
	    -extfile mimic.ext -out mimic.crt 2>/dev/null
	cp theirs.key mimic.key
	certificate mine "/CN=nobody.example" mimic \
	    "${SERVER}subjectAltName=DNS:nobody.example\n"
	tls_server -cert mine.crt -key mine.key
	check 5 --host nobody.example --roots mimic.crt
	says '.trust.outcome == "holds"'
	says '.sent[0].reason | contains("bears the key identifier of our authority")'
}

@test "IMPOSTOR: a stranger's for a name of ours, wildcards too" {
	tls_server -cert stranger.crt -key stranger.key
	check 5 --roots theirs.crt
	says '.trust.outcome == "holds" and .sent[0].ledger == "impostor"'
	says '.sent[0].reason | contains("company.com was issued here, by issuing")'
	# Whatever name was meant.
	check 5 --roots theirs.crt --host other.example
	kill "$pid"
	# *.company.com covers www.company.com, which was issued here.
	certificate wild "/CN=wild" theirs \
	    "${SERVER}subjectAltName=DNS:*.company.com\n"
	tls_server -cert wild.crt -key wild.key
	check 5 --roots theirs.crt --host ftp.company.com
	says '.sent[0].reason | startswith("*.company.com was issued here")'
	kill "$pid"
	# A wildcard that was issued here covers theirs.
	sed -i 's/^dns  *= any/dns = any, *.shop.example/' home/policies/server.policy
	signet issue server '*.shop.example' --no-passphrase --quiet \
	    --out-dir . --out shop.crt --key-out shop.key
	certificate shop2 "/CN=shop" theirs \
	    "${SERVER}subjectAltName=DNS:a.shop.example\n"
	tls_server -cert shop2.crt -key shop2.key
	check 5 --roots theirs.crt --host a.shop.example
	kill "$pid"
	certificate deep "/CN=deep" theirs \
	    "${SERVER}subjectAltName=DNS:a.b.shop.example\n"
	tls_server -cert deep.crt -key deep.key
	check 0 --roots theirs.crt --host a.b.shop.example
}

@test "a name whose certificates have all ended may have gone to others" {
	tls_server -cert stranger.crt -key stranger.key
	check 5 --roots theirs.crt --at +3d
	certificate later "/CN=later" theirs \
	    "${SERVER}subjectAltName=DNS:company.com\n" -days 9000
	kill "$pid"
	openssl req -new -key theirs.key -subj "/CN=Their Root" -out theirs.csr
	openssl x509 -req -in theirs.csr -signkey theirs.key -days 9000 \
	    -extfile theirs.ext -out theirs.crt 2>/dev/null
	tls_server -cert later.crt -key later.key
	check 5 --roots theirs.crt --at +300d
	check 0 --roots theirs.crt --at +600d
	says '.sent[0].ledger == "foreign"'
}

@test "a certificate that was revoked here: by the ledger alone" {
	signet revoke company.com --reason keyCompromise --yes --quiet
	company
	check 5
	says '.sent[0].state == "revoked" and .revocation.outcome == "fails"'
	grep -q '^verdict: walk away: .*revoked' said
	# Also when another root is trusted, and nothing asked.
	check 5 --roots theirs.crt --offline
}

# ---- strength ----

@test "weak: RSA 1024" {
	openssl genrsa -out weak.key 1024 2>/dev/null
	certificate weak "/CN=weak" theirs \
	    "${SERVER}subjectAltName=DNS:other.example\n"
	tls_server -cert weak.crt -key weak.key -cipher 'DEFAULT:@SECLEVEL=0'
	check 5 --roots theirs.crt --host other.example
	told "server's key" 'rsa-1024 (80 bit) weak, can be broken'
	says '.connection.key.weak'
	says '.faults | any(contains("rsa-1024"))'
}

@test "weak: Diffie-Hellman of 2048 bit is named, of 1536 bit refused" {
	mkdir rsa
	signet issue server company.com --key rsa-2048 --no-passphrase --quiet \
	    --out-dir rsa
	tls_server -cert rsa/company.com.crt -key rsa/company.com.key \
	    -cert_chain issuing.pem -tls1_3 -groups ffdhe2048
	check 0
	told 'key exchange' 'Diffie-Hellman, 2048 bit (112 bit) weak'
	says '.connection.keyExchange.weak and .connection.keyExchange.bits == 112'
	kill "$pid"
	openssl genpkey -genparam -algorithm DH -pkeyopt group:modp_1536 \
	    -out dh.pem
	tls_server -cert rsa/company.com.crt -key rsa/company.com.key \
	    -cert_chain issuing.pem -tls1_2 -dhparam dh.pem \
	    -cipher 'DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0'
	check 5
	told 'key exchange' 'Diffie-Hellman, 1536 bit (80 bit) weak, can be broken'
	grep -q '^verdict: walk away: the key exchange can be broken' said
}

@test "the group that was agreed on is the one that is told" {
	local group name
	for group in P-256:SECP256R1 P-384:SECP384R1 X25519:X25519; do
		name=${group#*:}
		company -tls1_3 -groups "${group%:*}"
		check 0
		says ".connection.keyExchange.name == \"$name\""
		kill "$pid"
		company -tls1_2 -groups "${group%:*}"
		check 0
		says ".connection.keyExchange.name == \"$name\""
		kill "$pid"
	done
}

@test "TLS 1.1 at most, and no cipher in common" {
	mkdir rsa
	signet issue server company.com --key rsa-2048 --no-passphrase --quiet \
	    --out-dir rsa
	tls_server -cert rsa/company.com.crt -key rsa/company.com.key -tls1_1 \
	    -cipher 'DEFAULT:@SECLEVEL=0'
	fails 1 'it speaks neither TLS 1.3 nor 1.2'
	kill "$pid"
	tls_server -cert rsa/company.com.crt -key rsa/company.com.key -tls1_2 \
	    -cipher 'AES128-SHA:@SECLEVEL=0'
	fails 1 'no cipher or group in common'
}

# ---- revocation, fetched ----

@test "revoked: the CRL that signet serve gives, missing issuers too" {
	signet ocsp init --all --no-passphrase --quiet
	serve
	local serving=$pid
	printf '[publish]\ncrl = %scrl/{issuer}.crl\nissuer = %sca/{issuer}.crt\n' \
	    "$url" "$url" >>home/policies/server.policy
	mkdir live
	signet issue server company.com --no-passphrase --quiet --out-dir live
	tls_server -cert live/company.com.crt -key live/company.com.key
	# Nobody here has the intermediate: it is fetched, and told.
	local home=$SIGNET_HOME
	SIGNET_HOME=
	check 0 --roots root.pem
	told defect 'an intermediate is missing: CN=Lab Issuing CA'
	says '[.online[] | select(.outcome == "used") | .kind] | sort == ["crl", "issuer"]'
	says '.revocation.outcome == "holds"'
	check 5 --roots root.pem --offline
	SIGNET_HOME=$home
	signet revoke live/company.com.crt --reason keyCompromise --yes --quiet
	signet crl --quiet >/dev/null
	SIGNET_HOME=
	check 5 --roots root.pem
	says '.revocationReason == "keyCompromise" and .revokedAt'
	grep -q '^verdict: walk away: it has been revoked' said
	pid=$serving
	stop
	# Nobody says: not good, unless that is what one wants.
	check 5 --roots root.pem
	cat root.pem issuing.pem >both.pem
	check 5 --roots both.pem
	grep -q 'whether it has been revoked is not known' said
	check 0 --roots both.pem --soft-fail
}

@test "revoked: a CRL by hand" {
	crl good theirs
	crl bad theirs other.crt
	tls_server -cert other.crt -key other.key
	check 0 --roots theirs.crt --host other.example --crl good.pem
	says '.revocation.outcome == "holds"'
	check 5 --roots theirs.crt --host other.example --crl bad.pem
	says .revokedAt
}

# ---- nobody there ----

@test "no connection, no such host, no such word" {
	port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	fails 1 'Connection refused'
	refused 1 'nobody.invalid: ' signet check nobody.invalid:443
	refused 2 'HOST:PORT is wanted' signet check https://company.com
	refused 2 'company.com:70000: "70000" is no port' \
	    signet check company.com:70000
	refused 2 'company.com:: "" is no port' signet check company.com:
	refused 2 ':443: HOST:PORT is wanted' signet check :443
	refused 2 '[]:443: HOST:PORT is wanted' signet check '[]:443'
	refused 2 '[2001:db8::1]:443' signet check '[::1'
	refused 2 'is not a letter' signet check 'a b:1'
	refused 2 'an address is no server' signet check localhost:1 \
	    --servername 192.0.2.1
	refused 2 '--starttls' signet check localhost --starttls xmpp
	refused 2 'go together' signet check localhost --cert company.crt
	refused 2 'is not the key of' signet check localhost \
	    --cert company.crt --key other.key
	refused 2 'something is missing' signet check
	refused 2 '--timeout' signet check localhost --timeout 0
}

@test "IPv6, where there is one" {
	openssl s_server -www -accept '[::1]:0' -cert company.crt \
	    -cert_chain issuing.pem -key company.key </dev/null >tls.out 2>&1 \
	    3>&- &
	pid=$!
	started+=("$pid")
	soon accepts
	port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' tls.out)
	[ -n "$port" ] || skip "no IPv6 here"
	signet check "[::1]:$port" --servername company.com
}

@test "what is no TLS: told by what it said first" {
	fake plain
	fails 1 'it speaks no TLS there (RFC 8446 5.1): it begins with "HTTP/1.1 400'
	not grep -q $'\x1b' "$BATS_TEST_TMPDIR/err"
	kill "$pid"
	fake closes
	fails 1 'hung up'
	kill "$pid"
	fake alert
	fails 1 'alert 112 unrecognized_name'
	kill "$pid"
	fake endless
	fails 5 'the handshake does not hold' --timeout 5
}

@test "who says nothing, or one octet too few, is not waited for" {
	fake silent
	fails 1 'no answer in time' --timeout 1
	kill "$pid"
	fake drip
	fails 1 'no answer in time' --timeout 1
}

@test "an rsa-pss key: what wolfSSL cannot judge is no reason to walk away" {
	openssl req -x509 -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -nodes \
	    -keyout pss.key -subj /CN=pss -addext subjectAltName=DNS:company.com \
	    -addext basicConstraints=critical,CA:FALSE -days 30 -out pss.crt \
	    2>/dev/null
	local version
	SIGNET_HOME=
	for version in 3 2; do
		tls_server -cert pss.crt -key pss.key -tls1_$version
		check 1 --roots pss.crt --offline
		grep -q 'cannot be judged: ' err
		says '.walkAway | not'
		check 5 --roots theirs.crt --offline
		kill "$pid"
	done
}

# ---- private servers ----

# private [more extensions]: under theirs.crt, with no extKeyUsage of ours.
private() {
	openssl req -new -newkey ed25519 -nodes -keyout p.key -subj /CN=p \
	    -out p.csr 2>/dev/null
	printf 'basicConstraints=critical,CA:FALSE\n%b' "$1" >p.ext
	openssl x509 -req -in p.csr -CA theirs.crt -CAkey theirs.key -days 30 \
	    -extfile p.ext -out p.crt 2>/dev/null
	tls_server -cert p.crt -key p.key
}

@test "lawful, and more than browsers would take: a private server may" {
	SIGNET_HOME=
	private 'subjectAltName=DNS:company.com\n'
	check 0 --roots theirs.crt
	kill "$pid"
	private 'subjectAltName=critical,DNS:company.com\n'
	check 0 --roots theirs.crt
	kill "$pid"
	private 'subjectAltName=DNS:company.com\nextendedKeyUsage=critical,serverAuth\n'
	check 0 --roots theirs.crt
	kill "$pid"
	# verify, where a server may be anybody's, goes by the browsers.
	not signet verify p.crt --roots theirs.crt --purpose server
	# What is for another purpose is no server's; an authority's is none.
	private 'subjectAltName=DNS:company.com\nextendedKeyUsage=clientAuth\n'
	check 5 --roots theirs.crt
	kill "$pid"
}

@test "nobody to ask: caIssuers names no responder" {
	SIGNET_HOME=
	private 'subjectAltName=DNS:company.com\nauthorityInfoAccess=caIssuers;URI:http://127.0.0.1:1/ca.crt\n'
	check 0 --roots theirs.crt
	told verdict: 'good (not asked: revocation)'
	kill "$pid"
	private 'subjectAltName=DNS:company.com\nauthorityInfoAccess=OCSP;URI:http://127.0.0.1:1/ocsp\n'
	check 5 --roots theirs.crt
}

# ---- what is stapled ----

# stapled NAME CERTIFICATE: NAME.der, what this home's responder says of it now,
# as one that staples it would keep.
stapled() {
	openssl ocsp -issuer issuing.pem -cert "$2" -no_nonce -reqout request.der \
	    >/dev/null 2>&1
	signet ocsp respond request.der --out "$1.der" --ca issuing --quiet
}

@test "stapled: told, judged by ourselves, and heeded when it says revoked" {
	local ask=(--roots root.pem --soft-fail --timeout 5)
	signet ocsp init --all --no-passphrase --quiet
	# A responder is named, and nobody is there: the staple alone can say it.
	printf '[publish]\nocsp = http://127.0.0.1:1/ocsp\n' \
	    >>home/policies/server.policy
	mkdir live
	signet issue server company.com --no-passphrase --quiet --out-dir live
	stapled good live/company.com.crt
	stapled worse company.crt
	signet revoke live/company.com.crt --reason keyCompromise --yes --quiet
	stapled bad live/company.com.crt
	live() {
		tls_server -cert live/company.com.crt -cert_chain issuing.pem \
		    -key live/company.com.key "$@"
	}
	SIGNET_HOME=
	live
	check 0 "${ask[@]}"
	told stapled 'no OCSP answer'
	kill "$pid"
	live -status_file good.der
	check 0 "${ask[@]}"
	told stapled 'an OCSP answer of '
	says '.stapled | endswith(" octets: good")'
	kill "$pid"
	live -status_file worse.der
	check 0 "${ask[@]}"
	says '.stapled | contains("octets: ") and (endswith("good") | not)'
	kill "$pid"
	# What is no answer is told, too.
	local junk
	for junk in 30030a0106 30030a0100; do
		printf %s "$junk" | xxd -r -p >junk.der
		live -status_file junk.der
		check 0 "${ask[@]}"
		told stapled "an OCSP answer of $((${#junk} / 2)) octets: "
		kill "$pid"
	done
	# openssl's server breaks off over what it cannot read itself.
	echo junk >junk.der
	live -status_file junk.der
	check 0 "${ask[@]}"
	told stapled 'not seen: asked for it, the server ended the handshake: alert 80 internal_error'
	kill "$pid"
	live -status_file bad.der
	check 5 "${ask[@]}"
	says '.stapled | endswith("it has been revoked")'
	says '.revocationReason == "keyCompromise"'
	kill "$pid"
	# Of TLS 1.3 alone it cannot be seen.
	live -tls1_3 -status_file bad.der
	check 0 "${ask[@]}"
	says 'has("stapled") | not'
}

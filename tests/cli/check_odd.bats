#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet check: servers that are not what they seem, or seem what they are not;
# each is told by its own name.

load helper
load serve
load openssl_chain
load check

setup_file() {
	needs openssl sqlite3 jq python3 pgrep
	shared_home
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	signet issue server company.com --no-passphrase --quiet --out-dir . \
	    --out company.crt --key-out company.key
	signet show issuing --pem >issuing.pem
	signet show root --pem >root.pem
}

setup() {
	started=()
	own_home
	cp "$BATS_FILE_TMPDIR"/{company.crt,company.key,issuing.pem,root.pem} .
}

teardown() {
	stop_all
}

# unlike KEY CERT: a P-256 key that says it were the certificate's: openssl's
# server compares what it says.
unlike() {
	python3 - "$@" <<-'END'
		import base64, subprocess, sys
		def run(*words):
		    return subprocess.run(words, check=True, capture_output=True).stdout
		other = run("openssl", "ecparam", "-genkey", "-noout", "-name",
		            "prime256v1", "-outform", "DER")
		cert = run("openssl", "x509", "-in", sys.argv[2], "-noout", "-pubkey")
		point = base64.b64decode(b"".join(cert.splitlines()[1:-1]))[-65:]
		der = other[:-65] + point
		print("-----BEGIN EC PRIVATE KEY-----", file=(f := open(sys.argv[1], "w")))
		print(base64.encodebytes(der).decode() + "-----END EC PRIVATE KEY-----", file=f)
		f.close()
	END
}

@test "the right certificate, and another key" {
	local version
	unlike other.key company.crt
	for version in 3 2; do
		company "-tls1_$version" -key other.key
		check 5
		told connection 'it has not the key of the certificate that it shows'
		grep -q '^verdict: walk away: it has not the key' said
		grep -q 'walk away: it has not the key' err
		says '.trust.outcome == "holds" and .walkAway'
		kill "$pid"
	done
}

@test "a chain of more certificates than can be taken" {
	local version i
	for i in $(seq 9); do
		cat issuing.pem
	done >many.pem
	for version in 3 2; do
		tls_server "-tls1_$version" -cert company.crt -key company.key \
		    -cert_chain many.pem
		check 1
		told connection 'it sends more than 9 certificates'
		grep -q '^verdict: no connection: it sends more than 9' said
		says '(.walkAway | not) and (.sent | length == 9)'
		kill "$pid"
	done
	for i in $(seq 12); do
		cat many.pem
	done >more.pem
	tls_server -cert company.crt -key company.key -cert_chain more.pem
	fails 1 'longer than can be taken here'
}

@test "one of the chain that cannot be read keeps its number" {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -nodes -keyout odd.key -subj "/CN=Odd" -out odd.csr 2>/dev/null
	# Without an extension it is of version 1.
	openssl x509 -req -in odd.csr -signkey odd.key -out odd.pem 2>/dev/null
	cat odd.pem issuing.pem >chain.pem
	tls_server -cert company.crt -key company.key -cert_chain chain.pem
	check 0
	told 'left out' 'number 2 that was sent: certificate: version 1'
	grep -q '^ *3  CN=Lab Issuing CA' said
	says '[.sent[].number] == [1, 3] and (.leftOut | length == 1)'
	kill "$pid"
	tls_server -cert odd.pem -key odd.key
	fails 1 'number 1 that was sent: certificate: version 1'
	refused 1 'certificate: version 1' signet verify odd.pem --roots root.pem
	kill "$pid"
	# Nor one that is of the right form, and beyond what is read.
	local i
	for i in {1..40}; do
		echo "1.3.6.1.4.1.55555.$i=DER:0500"
	done >many.ext
	openssl x509 -req -in odd.csr -signkey odd.key -extfile many.ext \
	    -out odd.pem 2>/dev/null
	tls_server -cert odd.pem -key odd.key
	fails 1 'extensions: more than 32'
	refused 1 'extensions: more than 32' \
	    signet verify odd.pem --roots root.pem
}

@test "a key on a curve that is not used is named, and refused" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp256k1 \
	    -nodes -keyout odd.key -subj "/CN=Odd" -out odd.pem 2>/dev/null
	cat odd.pem issuing.pem >chain.pem
	tls_server -cert company.crt -key company.key -cert_chain chain.pem
	check 0
	says '[.sent[].number] == [1, 2, 3] and (.leftOut | length == 0)'
	kill "$pid"
	tls_server -cert odd.pem -key odd.key
	run -5 signet check "127.0.0.1:$port" --servername company.com
	[[ $output == *secp256k1* ]]
	[[ $output != *"make another key"* ]]
}

@test "on hold is not revoked for good" {
	signet revoke company.com --reason certificateHold --yes --quiet
	company
	check 5
	grep -q '^verdict: walk away: it is on hold' said
	grep -q 'walk away: it is on hold' err
	grep -q '^NO  *Is it still good, not revoked' said
	tr -s ' \n' ' ' <said | grep -q 'put on hold, which can be lifted, at'
	not grep -q 'has been revoked' said
	# By a list alone.
	signet crl --ca issuing --out issuing.crl --quiet
	homeless check 5 --roots root.pem --crl issuing.crl
	grep -q '^verdict: walk away: it is on hold' said
}

# The list knows it, and this copy of the ledger is too old to.
@test "signed by our key, and revoked: not called an impostor" {
	cp -a home later
	mkdir late
	signet issue server late.company.com --no-passphrase --quiet \
	    --home later --out-dir late
	signet revoke late.company.com --reason keyCompromise --yes --quiet \
	    --home later
	signet crl --ca issuing --out issuing.crl --quiet --home later
	tls_server -cert late/late.company.com.crt -key late/late.company.com.key \
	    -cert_chain issuing.pem
	check 5 --host late.company.com --crl issuing.crl
	grep -q '^verdict: walk away: it has been revoked' said
	not grep -q IMPOSTOR said err
	says '.sent[0].ledger == "ours" and .sent[0].state == "revoked"'
	# Not revoked, it is one.
	check 5 --host late.company.com
	grep -q '^verdict: walk away: IMPOSTOR' said
}

@test "a host with an underscore is judged as any other" {
	authority theirs "/CN=Their Root" -
	certificate odd "/CN=odd" theirs \
	    "${SERVER}subjectAltName=DNS:a_b.example\n"
	tls_server -cert odd.crt -key odd.key
	check 0 --roots theirs.crt --host a_b.example
	check 5 --roots theirs.crt --host a_c.example
	told NO 'Is it for a_c.example?'
}

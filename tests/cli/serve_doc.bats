#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What docs/serve.md says to paste is pasted here, on a port that is free.

load helper
load serve

setup() {
	[ -x "$front" ]
	needs openssl curl python3
	started=()
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	# Where a line failed, what it had in the background is left.
	[ ! -s server.pid ] || started+=("$(cat server.pid)")
	stop_all
}

@test "the commands of docs/serve.md run as they stand" {
	(umask 077; echo 'correct horse' >ca.pass)
	export SIGNET_HOME=$PWD/home
	signet init "Lab Root CA" --quiet --passout file:ca.pass
	signet ca add issuing "Lab Issuing CA" --quiet --passin file:ca.pass \
	    --passout file:ca.pass
	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	awk '/^```/ && on { on = 0; next } /^```sh$/ { on = 1; next } on' \
	    "$SIGNET_SOURCE/docs/serve.md" |
	    sed -e "s/127\.0\.0\.1:8080/127.0.0.1:$port/g" \
	    -e 's/^server=\$!$/&; echo $! >server.pid/' >commands
	grep -q '^signet serve' commands
	code=0
	PATH=$(dirname "$SIGNET"):$PATH timeout 60 bash -eux commands \
	    </dev/null >said 2>&1 3>&- 4>&- || code=$?
	cat said
	[ "$code" -eq 0 ]
	grep -E '^company.crt: ' said >states
	[ "$(cut -d' ' -f2 states | tr '\n' ' ')" = 'good revoked ' ]
	grep -q '^signet_ocsp_answers_total{status="successful"} 2' said
	soon gone "$(cat server.pid)"
}

@test "the policy of docs/serve.md is one, and certificates say so" {
	export SIGNET_HOME=$PWD/home
	new_home home
	sed -n '/^\[publish\]/,/^```/{/^```/!p}' \
	    "$SIGNET_SOURCE/docs/serve.md" >publish
	[ "$(wc -l <publish)" -ge 4 ]
	cat publish >>home/policies/server.policy
	signet issue server a.example --no-passphrase --quiet
	openssl x509 -in home/issued/a.example.crt -noout -text >text
	grep -q 'URI:http://pki.lab.example/crl/issuing.crl' text
	grep -q 'OCSP - URI:http://pki.lab.example/ocsp' text
	grep -q 'CA Issuers - URI:http://pki.lab.example/ca/issuing.crt' text
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet list: what the ledger holds.

load helper

setup_file() {
	shared_home ed25519
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	signet issue server company.com www.company.com --no-passphrase --quiet
	signet issue server soon.example.com --no-passphrase --validity 10d \
	    --quiet
	signet issue client jason@lab.example --no-passphrase --quiet
	signet revoke jason@lab.example --reason superseded --quiet
}

setup() {
	own_home
}

names() {
	signet list "$@" 2>/dev/null | sed 1d | awk '{ print $NF }' | tr '\n' ' '
}

@test "one a line, within 80 columns, the count on standard error" {
	signet list >out 2>err
	cat out
	head -1 out | grep -q '^SERIAL .*STATE .*UNTIL .*NAME$'
	[ "$(wc -l <out)" -eq 6 ]
	awk 'length > 80 { exit 1 }' out
	grep -q '^[0-9a-f]\{32,38\}  *valid  *[0-9-]\{10\} company.com$' out
	grep -q 'revoked  *[0-9-]\{10\} jason@lab.example$' out
	grep -q '5 certificates' err
}

@test "filters" {
	[ "$(names --revoked)" = "jason@lab.example " ]
	[ "$(names --expiring 30d)" = "soon.example.com " ]
	[ "$(names --policy server)" = "company.com soon.example.com " ]
	[ "$(names --name www.company.com)" = "company.com " ]
	[ "$(names --name '*.com')" = "company.com soon.example.com " ]
	[ "$(names --name nobody)" = "" ]
	[ "$(names --name '*.com' --expiring 30d)" = "soon.example.com " ]
}

@test "JSON: whole, with a version" {
	needs jq
	signet list --json >list.json 2>err
	json list.json '.version == 1 and (.certificates | length) == 5'
	json list.json '.certificates[] |
	    select(.subject == "CN=jason@lab.example") |
	    .state == "revoked" and .reason == "superseded" and
	    (.revokedAt | fromdateiso8601) <= now'
	json list.json '[.certificates[] | .serial | test("^[0-9a-f]+$")] | all'
	json list.json '.certificates[] | select(.policy == "server" and
	    any(.names[]; .type == "dns" and .value == "www.company.com"))'
	signet list --json --name nobody >none.json
	json none.json '.certificates == []'
}

@test "an expired one is called expired" {
	needs faketime
	faketime '+20 days' "$SIGNET" list --name soon.example.com </dev/null >out
	grep -q 'expired' out
}

@test "a subject cannot write on the terminal (checklist 55)" {
	openssl req -new -newkey ed25519 -nodes -keyout k -out r.csr -utf8 \
	    -subj "/CN=$(printf 'evil\033[31mred')" \
	    -addext subjectAltName=email:evil@lab.example 2>/dev/null
	signet csr show r.csr >out 2>&1
	not grep -q "$(printf '\033')" out
	signet sign r.csr --policy client --out r.crt >out 2>&1 || true
	not grep -q "$(printf '\033')" out
	signet list >out 2>&1
	not grep -q "$(printf '\033')" out
}

@test "usage" {
	refused 2 "--expiring soon" signet list --expiring soon
	refused 2 "one word too many" signet list everything
	refused 2 "did you mean --revoked" signet list --revoke
}

@test "--json: issuer is the short name, issuerName the whole one" {
	needs jq
	signet list --json >list.json
	json list.json '.certificates | length > 0 and
	    all(.issuer == "root" or .issuer == "issuing")'
	json list.json '.certificates | all(if .issuer == "root"
	    then .issuerName == "CN=Lab Root CA"
	    else .issuerName == "CN=Lab Issuing CA" end)'
}

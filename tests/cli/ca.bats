#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet ca add and ca list: authorities below the root, and below each other.

load helper

setup_file() {
	shared_home ed25519
}

setup() {
	own_home
	signet roots export >root.pem
}

authority() {
	signet show "$1" --pem
}

@test "the issuing authority is below the root, as openssl sees it" {
	authority "Lab Issuing CA" >issuing.pem
	openssl verify -x509_strict -CAfile root.pem issuing.pem
	openssl x509 -in issuing.pem -noout -ext basicConstraints,keyUsage >text
	grep -q 'CA:TRUE, pathlen:0' text
	grep -q 'Certificate Sign, CRL Sign' text
	[ "$(grep -c critical text)" -eq 2 ]
}

@test "name constraints of every type, critical" {
	signet ca add vpn "Lab VPN CA" --key ed25519 --no-passphrase \
	    --permit dns:vpn.lab.example --permit ip:10.0.0.0/8 \
	    --permit email:lab.example --exclude dns:old.vpn.lab.example
	authority "Lab VPN CA" | openssl x509 -noout -ext nameConstraints >text
	cat text
	grep -q critical text
	grep -q 'DNS:vpn.lab.example' text
	grep -q 'IP:10.0.0.0/255.0.0.0' text
	grep -q 'email:lab.example' text
	sed -n '/Excluded/,$p' text | grep -q 'DNS:old.vpn.lab.example'
}

@test "below another one than the root, with room in the path" {
	signet ca add upper "Upper" --key ed25519 --no-passphrase \
	    --path-len 1 --validity 3y
	signet ca add lower "Lower" --key ecdsa-p256 --no-passphrase \
	    --from upper --validity 1y
	authority Upper >upper.pem
	authority Lower >lower.pem
	openssl verify -x509_strict -CAfile root.pem -untrusted upper.pem \
	    lower.pem
	request r host.example.com
	signet sign r.csr --policy server --ca lower --validity 30d --chain \
	    --out r.crt
	openssl verify -x509_strict -CAfile root.pem -untrusted r.crt r.crt
	[ "$(grep -c 'BEGIN CERTIFICATE' r.crt)" -eq 3 ]
}

@test "path length 0: no authority below (checklist 58)" {
	refused 3 "pathLen" signet ca add deeper "Deeper" --key ed25519 \
	    --no-passphrase --from issuing --validity 1y
	[ ! -e home/keys/deeper.key ]
	refused 3 "pathLen" signet ca add deeper "Deeper" --key ed25519 \
	    --no-passphrase --from issuing --validity 1y --path-len 0
	[ ! -e home/keys/deeper.key ]
	[ "$(rows "select count(*) from certificate")" -eq 2 ]
}

@test "a short name is free, short and plain" {
	refused 3 "of that name already" signet ca add issuing X --no-passphrase
	refused 2 "short name" signet ca add ../up X --no-passphrase
	refused 2 "short name" signet ca add "Big" X --no-passphrase
	refused 2 "short name" signet ca add "" X --no-passphrase
	refused 2 "missing" signet ca add vpn
	[ "$(ls home/keys | wc -l)" -eq 2 ]
}

@test "constraints that mean nothing are refused" {
	refused 2 "constraint" signet ca add v V --no-passphrase --permit lab
	refused 2 "constraint" signet ca add v V --no-passphrase --permit xyz:a
	refused 2 "network" signet ca add v V --no-passphrase --permit ip:10/8
	refused 2 "dns:b@d" signet ca add v V --key ed25519 --no-passphrase \
	    --permit dns:b@d
	[ ! -e home/keys/v.key ]
	[ "$(rows "select count(*) from authority")" -eq 2 ]
}

@test "a validity beyond the policy's or the parent's is refused" {
	refused 3 "max-validity" signet ca add v V --key ed25519 \
	    --no-passphrase --validity 50y
	signet ca add u U --key ed25519 --no-passphrase --path-len 1 \
	    --validity 1y
	refused 3 "outlive" signet ca add v V --key ed25519 --no-passphrase \
	    --from u --validity 2y
	[ ! -e home/keys/v.key ]
}

@test "a policy that is not there or makes no authority: said before all else" {
	refused 3 "policy server: server.policy:" signet ca add x "X CA" \
	    --policy server
	grep -q "makes no authority.*--policy intermediate" err
	refused 4 "policy nix: there is no" signet ca add x X --policy nix
	refused 3 'write it there too: "..., commonName=..."' signet ca add \
	    x "O=Lab" --key ed25519 --no-passphrase
	[ "$(ls home/keys | wc -l)" -eq 2 ]
}

# hint OPTION: what the last refusal says to use.
hint() {
	grep -oE -- "$1 [0-9TZ:-]+" err
}

@test "below one that ends sooner: what is advised works (checklist 9)" {
	signet ca add u U --key ed25519 --no-passphrase --path-len 1 \
	    --validity 1y
	refused 3 "outlive" signet ca add v V --key ed25519 --no-passphrase \
	    --from u
	# shellcheck disable=SC2046
	signet ca add v V --key ed25519 --no-passphrase --from u \
	    $(hint --not-after)
	[ "$(authority V | openssl x509 -noout -enddate)" = \
	    "$(authority U | openssl x509 -noout -enddate)" ]
	request r host.example.com
	refused 3 "outlive" signet sign r.csr --policy server --ca v \
	    --out r.crt
	# shellcheck disable=SC2046
	signet sign r.csr --policy server --ca v --out r.crt \
	    $(hint --not-after)
}

@test "list: one a line, and JSON" {
	needs jq
	signet ca list >text
	head -1 text | grep -q '^NAME .*VALID UNTIL .*LEFT .*SUBJECT$'
	grep -q '^root .* days CN=Lab Root CA$' text
	grep -q '^issuing .* days CN=Lab Issuing CA$' text
	[ "$(wc -l <text)" -eq 3 ]
	signet ca list --json >list.json
	json list.json '.version == 1'
	[ "$(json list.json '.authorities | map(.name) | join(" ")')" = \
	    "root issuing" ]
	json list.json '.authorities[0].root and (.authorities[1].root | not)'
	json list.json '.authorities[1].notAfter | fromdateiso8601 > now'
}

@test "no line is wider than 80 columns, however long the name" {
	signet ca add long \
	    "O=A Company With A Name That Needs Most Of The Line And More, CN=And A Common Name That Does Too" \
	    --key ed25519 --no-passphrase --quiet
	signet ca list >text
	cat text
	awk 'length > 80 { exit 1 }' text
}

@test "an authority that is revoked signs nothing" {
	request r host.example.com
	signet revoke "Lab Issuing CA" --reason cACompromise
	refused 3 "revoked" signet sign r.csr --policy server --ca issuing \
	    --out r.crt
	[ ! -e r.crt ]
	[ "$(issued)" -eq 2 ]
}

@test "what is revoked is not offered as a signer" {
	local name
	for name in old new next; do
		signet ca add "$name" "Lab $name CA" --key ed25519 \
		    --no-passphrase --quiet
	done
	refused 2 'several authorities could sign: root, issuing, old, new, next; say' \
	    signet issue server a.example --no-passphrase
	signet revoke "Lab old CA" --yes --quiet
	refused 2 'several authorities could sign: root, issuing, new, next; say' \
	    signet issue server a.example --no-passphrase
}

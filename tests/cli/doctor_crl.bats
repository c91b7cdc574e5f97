#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet doctor: lists that end, are missing, are not where they should be.

load helper
load doctor

setup_file() {
	doctor_home
}

setup() {
	doctor_setup
}

teardown() {
	doctor_teardown
}

@test "a CRL that is due, and one that has ended" {
	silent crl
	at +6d
	told soon crl issuing 'its CRL is due: it ends at '
	[ "$(finding crl root | jq length)" -eq 0 ]
	mended crl issuing
	at +8d
	silent crl issuing
	at +40d
	told bad crl root 'its CRL ended at '
	mended crl root
}

@test "an authority without a CRL: a note, until certificates name one" {
	signet ca add vpn "Lab VPN CA" --key ed25519 --no-passphrase --quiet
	told note crl vpn 'has no CRL yet'
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.crl\n' \
	    >>home/policies/server.policy
	signet issue server a.example --ca vpn --no-passphrase --quiet
	told bad crl vpn '1 CRL is missing that certificates name'
	mended crl vpn
}

@test "what no CRL says yet" {
	signet revoke company.com --quiet
	told bad crl issuing 'does not say yet what was revoked'
	mended crl issuing
}

@test "a delta CRL that has ended, or is missing" {
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.crl\nfreshest = http://pki.lab.example/{issuer}.delta.crl\n' \
	    >>home/policies/server.policy
	signet issue server a.example --no-passphrase --quiet
	told soon crl issuing '1 delta CRL is missing'
	mended crl issuing
	[ -s home/crl/issuing.delta.crl ]
	at +3d
	told bad crl issuing 'its delta CRL ended at'
	mended crl issuing
	rm home/crl/issuing.delta.crl
	told soon crl-copy crl/issuing.delta.crl 'is not there'
	mended crl-copy
}

@test "a partition that is new wants a delta CRL, which one command makes" {
	local i
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.{shard}.crl\nshards = 2\nfreshest = http://pki.lab.example/{issuer}.{shard}.delta.crl\n' \
	    >>home/policies/client.policy
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.crl\nfreshest = http://pki.lab.example/{issuer}.delta.crl\n' \
	    >>home/policies/server.policy
	signet issue server w.example --no-passphrase --quiet
	signet issue client c0@lab.example --no-passphrase --quiet
	signet crl --ca issuing --quiet >/dev/null
	signet crl --ca issuing --delta --quiet >/dev/null
	for ((i = 1; i < 40; i++)); do
		signet issue client "c$i@lab.example" --no-passphrase --quiet
		[ "$(rows 'select count(*) from point where shard > 0')" -lt 2 ] ||
		    break
	done
	# Without its CRL there is nothing that it could start from.
	signet crl --ca issuing --due --delta 2>said
	grep -q 'no new delta CRL is due' said
	signet crl --ca issuing --due --quiet >/dev/null
	told soon crl issuing '1 delta CRL is missing that certificates name'
	mended crl issuing
	[ -s home/crl/issuing.1.delta.crl ]
	[ -s home/crl/issuing.2.delta.crl ]
	signet crl --ca issuing --due --delta 2>said
	grep -q 'no new delta CRL is due' said
}

@test "copies of CRLs: missing, old, and of others" {
	local file=home/crl/issuing.crl
	silent crl-copy
	cp "$file" old.crl
	rm "$file"
	told soon crl-copy crl/issuing.crl 'is not there'
	mended crl-copy
	signet crl --ca issuing --out new.pem --quiet
	cp old.crl "$file"
	told soon crl-copy crl/issuing.crl 'is CRL 1; the newest is 2'
	mended crl-copy
	echo none >"$file"
	told bad crl-copy crl/issuing.crl 'is no CRL that was published here'
	mended crl-copy
	[ "$(rows 'select max(number) from crl where issuer = 2')" -eq 2 ]
}

@test "a partition's CRL that is of another distribution point" {
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.{shard}.crl\nshards = 2\n' \
	    >>home/policies/server.policy
	local i
	for i in 1 2 3; do
		signet issue server "p$i.example" --no-passphrase --quiet
	done
	told bad crl issuing 'missing that certificates name'
	mended crl issuing
	silent crl-point
	silent crl-copy
	edited "update point set name = cast(replace(cast(name as text),
	    'pki.lab', 'pkj.lab') as blob) where shard > 0 and id =
	    (select min(id) from point where shard > 0)"
	told bad crl-point issuing 'the CRL for it names another distribution point'
	mended crl-point
}

@test "one URL for the CRLs of two authorities" {
	printf '[publish]\ncrl = http://pki.lab.example/our.crl\n' \
	    >>home/policies/server.policy
	signet ca add vpn "Lab VPN CA" --key ed25519 --no-passphrase --quiet
	signet issue server a.example --ca issuing --no-passphrase --quiet
	silent crl-point
	signet issue server b.example --ca vpn --no-passphrase --quiet
	told bad crl-point http://pki.lab.example/our.crl \
	    'is named for two CRLs, of issuing and vpn'
	printf '#!/bin/sh\nfor f; do sed -i s,/our.crl,/{issuer}.crl, "$f"; done\n' \
	    >editor
	chmod +x editor
	export EDITOR=$PWD/editor
	PATH=$(dirname "$SIGNET"):$PATH bash -c \
	    "$(jq -r '.[0].command' found.json)"
	# As long as both are good that name it.
	told bad crl-point http://pki.lab.example/our.crl 'is named for two'
	signet renew b.example --ca vpn --quiet >b.crt
	signet revoke "$(rows "select lower(hex(serial)) from certificate
	    where subject like '%b.example' order by id limit 1")" --quiet
	silent crl-point
}

# serve FOLDER: over http, on a port that is free.
serve() {
	needs python3
	python3 -u -c 'import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
    functools.partial(Quiet, directory=sys.argv[1]))
print(s.server_port)
s.serve_forever()' "$1" >port 3>&- 4>&- &
	server=$!
	until [ -s port ]; do kill -0 "$server"; done
}

@test "online: a CRL that is old, another's, or not there" {
	mkdir www
	serve www
	printf '[publish]\ncrl = http://127.0.0.1:%s/{issuer}.crl\n' \
	    "$(cat port)" >>home/policies/server.policy
	local url
	url=http://127.0.0.1:$(cat port)/issuing.crl
	signet issue server a.example --no-passphrase --quiet
	silent crl-served
	told bad crl-served "$url" 'answers no CRL: HTTP 404' --online
	cp home/crl/* www
	silent crl-served '' --online
	signet crl --ca issuing --out new.pem --quiet
	told soon crl-served "$url" 'answers CRL 1, and the newest is 2' --online
	cp new.pem www/issuing.crl
	silent crl-served '' --online
	cp home/crl/root.crl www/issuing.crl
	told bad crl-served "$url" 'that this authority did not sign' --online
	echo '<html>' >www/issuing.crl
	told bad crl-served "$url" 'answers no CRL: ' --online
	# A backup was put back: what is out there is newer.
	cp -a home back
	signet crl --ca issuing --out www/issuing.crl --quiet
	export SIGNET_HOME=$PWD/back
	told bad crl-served "$url" 'answers CRL 3, and the newest is 2: was an older' \
	    --online
	kill "$server"
	wait "$server" || true
	told bad crl-served "$url" 'answers no CRL: ' --online
}

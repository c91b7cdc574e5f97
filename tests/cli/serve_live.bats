#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet serve on a home that changes: what is added, made and replaced while it
# runs, and what is due while others want answers.

load helper
load serve

setup_file() {
	needs openssl sqlite3 curl pgrep
	new_home "$BATS_FILE_TMPDIR/home"
	SIGNET_HOME=$BATS_FILE_TMPDIR/home signet ocsp init --all \
	    --no-passphrase --quiet
}

setup() {
	[ -x "$front" ]
	started=()
	own_home
}

teardown() {
	stop_all
}

healthy() {
	[ "$(get /healthz)" = ok ]
}

# says WORDS: /healthz, with 503.
says() {
	get /healthz | grep -qE -- "$1" &&
	    [ "$(get /healthz -o /dev/null -w '%{http_code}')" = 503 ]
}

# number_of NAME: of the CRL that is served.
number_of() {
	get "/crl/$1.crl" | openssl crl -inform DER -noout -crlnumber
}

has_crl() {
	number_of "$1" | grep -q 'crlNumber='
}

# lasts NAME: the certificate of this authority's responder, for weeks.
lasts() {
	get /metrics >metrics
	[ "$(sed -nE "s/^signet_responder_not_after_seconds\\{authority=\"$1\"\\} //p" metrics)" \
	    -gt 2000000 ]
}

# add_late [ARGUMENTS...]: another authority, with a certificate a.late.
add_late() {
	signet ca add late "Late CA" --quiet "${@:---no-passphrase}"
	signet issue server a.late --ca late --quiet --no-passphrase \
	    --passin file:pass
	get /ca/late.pem >late.pem
	get /ca/root.pem >root.pem
}

# late [openssl ocsp's options...]: what is answered for a.late.
late() {
	openssl ocsp -issuer late.pem -CAfile root.pem \
	    -cert "$SIGNET_HOME/issued/a.late.crt" -url "${url%/}/ocsp" "$@" 2>&1
}

# responder_key: the SPKI hash of who signed the answer about a.example.
responder_key() {
	ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce \
	    -respout answer.der >/dev/null
	openssl ocsp -respin answer.der -issuer issuing.pem -CAfile root.pem \
	    -no_nonce -cert "$SIGNET_HOME/issued/a.example.crt" -text |
	    sed -n '/^Certificate:/,$p' |
	    openssl x509 -noout -pubkey | openssl sha256
}

# ---- authorities and responders that come later ----

@test "an authority that is added is answered for with the next question" {
	serve
	add_late
	late >said || true
	grep -q 'unauthorized (6)' said
	signet ocsp init --ca late --no-passphrase --quiet
	late | grep -q 'a.late.crt: good'
	signet revoke a.late --yes --quiet
	late | grep -q 'a.late.crt: revoked'
	# Its CRL is published unasked, and what is revoked is on it.
	soon has_crl late
	listed() {
		get /crl/late.crl | openssl crl -inform DER -noout -text |
		    grep -q 'Serial Number:'
	}
	soon listed
	soon healthy
	soon lasts late
	grep -q 'signet: late: was added, and is served from now on' serve.err
	grep -q 'signet: late: its key was taken up' serve.err
	stop
	[ -s "$SIGNET_HOME/crl/late.crl" ]
	signet audit --quiet
}

@test "--no-ca-key: the responders that come later, and no key of an authority" {
	serve --no-ca-key
	add_late
	signet ocsp init --ca late --no-passphrase --quiet
	late | grep -q 'a.late.crt: good'
	soon says '^late: has no CRL: signet crl --ca late$'
	[ "$(get /crl/late.crl -o /dev/null -w '%{http_code}')" = 404 ]
	not grep -q 'its key was taken up' serve.err
	signet crl --ca late --quiet >/dev/null
	soon has_crl late
	stop
}

@test "encrypted keys that come later: with the passphrase of the start" {
	(umask 077; echo 'correct horse' >pass; echo 'battery staple' >other)
	serve --passin file:pass
	# It is not read again.
	cp pass kept
	signet ca add late "Late CA" --quiet --passout file:pass
	signet issue server a.late --ca late --quiet --no-passphrase \
	    --passin file:pass
	get /ca/late.pem >late.pem
	get /ca/root.pem >root.pem
	signet ocsp init --ca late --quiet --passin file:pass --passout file:pass
	rm pass
	late | grep -q 'a.late.crt: good'
	soon has_crl late
	soon healthy
	# Another one opens nothing: told, with what to do.
	cp kept pass
	signet ca add third "Third CA" --quiet --passout file:other
	signet ocsp init --ca third --quiet --passin file:other \
	    --passout file:other
	soon says '^third: .*keys/third.key: wrong passphrase .*start this server again'
	soon says '^third: it has an OCSP responder since.*wrong passphrase'
	[ "$(late | grep -c good)" -eq 1 ]
	stop
}

@test "--no-ca-key: a revocation that no CRL says yet is told as such" {
	signet issue server a.example --no-passphrase --quiet
	signet crl --all --quiet
	serve --no-ca-key
	signet revoke a.example --yes --quiet
	soon says '^issuing: its CRL does not say yet what was revoked or lifted: signet crl --ca issuing$'
	signet crl --ca issuing --quiet
	soon healthy
	stop
}

@test "--no-ca-key forgets the passphrase: a locked responder is told" {
	(umask 077; echo 'correct horse' >pass)
	serve --no-ca-key --passin file:pass
	add_late --passout file:pass
	signet ocsp init --ca late --quiet --passin file:pass --passout file:pass
	late >said || true
	grep -q 'unauthorized (6)' said
	soon says '^late: .*is encrypted, and no passphrase is at hand: start this server again'
	stop
	serve --no-ca-key --passin file:pass
	late | grep -q 'a.late.crt: good'
	stop
}

@test "a responder's key that is replaced answers from the next question on" {
	signet issue server a.example --no-passphrase --quiet
	serve
	authorities_as_pem
	before=$(responder_key)
	# It is in the cache, and signed by one that is not to be believed.
	[ "$(responder_key)" = "$before" ]
	signet ocsp init --ca issuing --replace --no-passphrase --quiet
	replaced() {
		[ "$(responder_key)" != "$before" ]
	}
	soon replaced
	soon healthy
	grep -q "issuing: its OCSP responder's new key was taken up" serve.err
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q ': good'
	stop
}

@test "a responder that is revoked answers no more, not even from the cache" {
	signet issue server a.example --no-passphrase --quiet
	serve --workers 4
	authorities_as_pem
	for _ in 1 2 3 4 5 6; do
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce | grep -q ': good'
	done
	serial=$(rows "SELECT lower(hex(c.serial)) FROM certificate c JOIN authority a
	    ON a.id = c.issuer WHERE a.name = 'issuing' AND c.policy = 'ocsp-responder'")
	signet revoke "$serial" --yes --quiet --reason keyCompromise
	for _ in 1 2 3 4 5 6; do
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce >said || true
		grep -q 'trylater (3)' said
	done
	soon says '^issuing: the certificate of its OCSP responder is revoked since'
	signet ocsp init --ca issuing --replace --no-passphrase --quiet
	again() {
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce | grep -q ': good'
	}
	soon again
	soon healthy
	stop
}

@test "a key file that holds something else: the key before it answers on" {
	signet issue server a.example --no-passphrase --quiet
	serve
	authorities_as_pem
	cp "$SIGNET_HOME/keys/issuing.ocsp.key" mine
	cp "$SIGNET_HOME/keys/root.key" "$SIGNET_HOME/keys/issuing.ocsp.key"
	soon says '^issuing: its OCSP responder has another key now, and answers with the one before: it has no certificate in force'
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q ': good'
	echo nonsense >"$SIGNET_HOME/keys/issuing.ocsp.key"
	soon says '^issuing: its OCSP responder has another key now, and .*not the one that was written'
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q ': good'
	cp mine "$SIGNET_HOME/keys/issuing.ocsp.key"
	soon healthy
	stop
}

# notes WORDS: /healthz comes to have them, and is well.
notes() {
	noted() {
		[ "$(get /healthz)" = "ok
for the record: issuing: it is revoked, and so it signs no CRL: $1" ]
	}
	soon noted "$1"
	[ "$(get /healthz -o /dev/null -w '%{http_code}')" = 200 ]
	get /metrics | grep -q '^signet_faults 0$'
}

@test "a revoked authority that no CRL lists yet is a fault, until one does" {
	signet issue server a.example --no-passphrase --quiet
	signet crl --all --quiet
	mv "$SIGNET_HOME/keys/root.key" root.key
	signet revoke "Lab Issuing CA" --yes --quiet --reason cACompromise
	signet revoke a.example --yes --quiet
	serve
	soon says '^issuing: it is revoked, and so it signs no CRL: 1 that it issued was revoked since its last one, which no CRL will say: see that relying'
	mv root.key "$SIGNET_HOME/keys/root.key"
	notes '1 that it issued was revoked since its last one, which no CRL will say'
	stop
}

@test "what is revoked below a revoked authority is told to be in no CRL" {
	signet issue server a.example --no-passphrase --quiet
	signet issue server b.example --no-passphrase --quiet
	signet issue server c.example --no-passphrase --quiet
	signet crl --all --quiet
	serve
	authorities_as_pem
	signet revoke "Lab Issuing CA" --yes --quiet --reason cACompromise
	signet revoke a.example --yes --quiet
	# The server publishes the root's CRL, and nothing is left to be done.
	notes '1 that it issued was revoked since its last one, which no CRL will say'
	signet revoke b.example --yes --quiet
	notes '2 that it issued were revoked since its last one, which no CRL will say'
	signet doctor | grep -q '^NOTE issuing: it is revoked, and so it signs no CRL: 2 that it issued were revoked'
	# OCSP says both, and good of the third: its issuer is not to be
	# believed, which its issuer's list says.
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q ': revoked'
	ocsp "$SIGNET_HOME/issued/c.example.crt" | grep -q ': good'
	listed() {
		get /crl/root.crl | openssl crl -inform DER -noout -text |
		    grep -q 'CA Compromise'
	}
	soon listed
	stop
}

# ---- what is due, and who wants answers meanwhile ----

@test "answers are given while a CRL waits for the ledger, which ends nothing" {
	needs flock
	signet issue server a.example --no-passphrase --quiet
	# As a long batch of another process does.
	flock --no-fork "$SIGNET_HOME/ledger.db.lock" sleep 600 3>&- 4>&- &
	holder=$!
	started+=("$holder")
	held() {
		not flock -n "$SIGNET_HOME/ledger.db.lock" true
	}
	soon held
	launch "$SIGNET" serve --listen 127.0.0.1:0 --workers 1
	is_up
	started+=("$pid")
	authorities_as_pem
	for ((i = 0; i < 20; i++)); do
		ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q ': good'
	done
	[ "$(get /crl/issuing.crl -o /dev/null -w '%{http_code}')" = 404 ]
	# It is given up and done the next time.
	stop
	grep -q 'what was due was still under way and was left' serve.err
	kill "$holder"
	wait "$holder" || true
	serve
	soon has_crl issuing
	stop
	signet audit --quiet
}

@test "many partitions: one transaction, one sync of their folder" {
	can_trace
	printf '[publish]\ncrl = http://pki.lab.example/{issuer}.{shard}.crl\nshards = 40\n' \
	    >>"$SIGNET_HOME/policies/server.policy"
	local i count
	for ((i = 0; i < 30; i++)); do
		signet issue server "h$i.example" --no-passphrase --quiet
	done
	count=$(rows "SELECT count(DISTINCT shard) FROM point WHERE shard > 0")
	[ "$count" -gt 10 ]
	strace -f -e trace=fsync,fdatasync -o syncs -E ASAN_OPTIONS=detect_leaks=0 \
	    "$SIGNET" crl --ca issuing --quiet >/dev/null
	# A file each, and what the ledger and the folder take.
	[ "$(grep -c sync syncs)" -le $((count + 10)) ]
	[ "$(find "$SIGNET_HOME/crl" -name 'issuing.*.crl' | wc -l)" -eq "$count" ]
	# By the server, after a revocation: every one of them.
	serve
	authorities_as_pem
	signet revoke h0.example --yes --quiet
	ocsp "$SIGNET_HOME/issued/h0.example.crt" | grep -q ': revoked'
	all_new() {
		[ "$(rows "SELECT count(*) FROM crl WHERE number = 2 AND point > 0")" \
		    -eq "$count" ]
	}
	soon all_new
	same_as_copies() {
		local one
		for one in "$SIGNET_HOME/crl"/issuing.*.crl; do
			get "/crl/${one##*/}" | cmp - "$one" || return 1
		done
	}
	soon same_as_copies
	soon healthy
	stop
	signet audit --quiet
}

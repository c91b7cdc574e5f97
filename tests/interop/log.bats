#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `signet log` hands out, in the eyes of a verifier that was written from
# the specifications alone; and a tree that grows under many hands.

load ../cli/helper

setup_file() {
	needs openssl sqlite3 python3
	new_home "$BATS_FILE_TMPDIR/home" ed25519
}

setup() {
	own_home
	verifier=$BATS_TEST_DIRNAME/log_verify.py
}

judge() {
	python3 "$verifier" "$(signet log key)" "$@"
}

@test "every entry of a log, and every checkpoint on the way, is proved" {
	local name size
	for name in a b c d e f g; do
		signet issue server "$name.lab.example" --no-passphrase --quiet
		signet log checkpoint --out "$name.checkpoint"
		judge "$name.checkpoint" >>seen
	done
	signet revoke c.lab.example --yes --quiet
	signet crl --all --quiet
	for name in a b c d e f g; do
		signet log prove "$name.lab.example" --out proof
		signet log verify proof >/dev/null
		signet show "$name.lab.example" --pem |
		    openssl x509 -outform DER -out cert.der
		judge proof cert.der | tee out
		grep -q ": issued $(openssl x509 -in cert.der -noout -serial |
		    sed 's/serial=//; s/^0//' | tr A-F a-f)" <(sed 's/ 0/ /' out)
		signet log prove-consistency "$name.checkpoint" --out way
		signet log verify way >/dev/null
		judge way
	done
	size=$(rows "select max(sequence) from event")
	judge home/log/checkpoint | grep -q "^$size entries, root "
	[ "$(sort -u seen | wc -l)" -eq 7 ]
}

@test "the root is that of the events as the ledger has them" {
	signet crl --all --quiet
	rows "select lower(hex(leaf)) from event order by sequence" >leaves
	judge home/log/checkpoint >said
	python3 - leaves said <<-'END'
	import hashlib, sys
	leaves = [bytes.fromhex(l) for l in open(sys.argv[1]).read().split()]
	def mth(d):
	    if len(d) == 1:
	        return hashlib.sha256(b"\0" + d[0]).digest()
	    k = 1
	    while 2 * k < len(d):
	        k *= 2
	    return hashlib.sha256(b"\1" + mth(d[:k]) + mth(d[k:])).digest()
	assert open(sys.argv[2]).read() == \
	    f"{len(leaves)} entries, root {mth(leaves).hex()}\n"
	END
}

@test "both say no to a proof that was changed, wherever" {
	local at size
	signet issue server a.lab.example --no-passphrase --quiet
	signet crl --all --quiet
	signet log prove a.lab.example --out good
	judge good
	size=$(wc -c <good)
	for at in 0 20 30 31 40 100 $((size / 2)) $((size - 300)) $((size - 200)) \
	    $((size - 100)) $((size - 20)); do
		python3 - good bad "$at" <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		at = int(sys.argv[3])
		data[at] = ord("A") if data[at] != ord("A") else ord("B")
		open(sys.argv[2], "wb").write(data)
		END
		not signet log verify bad 2>err
		not judge bad
	done
}

@test "many processes at once: one tree, and it is right" {
	local i pids=()
	for i in 1 2 3 4 5 6; do
		request "r$i" "h$i.lab.example"
	done
	for i in 1 2 3 4 5 6; do
		(signet sign "r$i.csr" --policy server --out "r$i.crt" --quiet &&
		    signet log checkpoint --out "r$i.checkpoint" &&
		    signet revoke "r$i.crt" --yes --quiet) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	signet log checkpoint --out last
	[ "$(rows 'select count(*) from tree')" -eq \
	    "$(rows 'select max(sequence) from event')" ]
	for i in 1 2 3 4 5 6; do
		signet log prove "r$i.crt" --out proof
		judge proof
		signet log prove-consistency "r$i.checkpoint" --out way
		judge way
	done
	signet audit --against last --against r1.checkpoint
}

@test "the log's name is the root's key" {
	signet roots export >root.pem 2>/dev/null
	signet log key | grep -q "^signet/$(openssl x509 -in root.pem -pubkey -noout |
	    openssl pkey -pubin -outform DER | sha256sum | cut -c1-16)+"
}

@test "docs/log.md runs as it stands, from top to bottom" {
	signet issue server company.com --no-passphrase --quiet --out company.crt
	PATH=$(dirname "$SIGNET"):$PATH
	awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' \
	    "$SIGNET_SOURCE/docs/log.md" >log.sh
	grep -q 'log prove-consistency' log.sh
	bash -eux log.sh </dev/null
	[ -s lab.consistency ]
}

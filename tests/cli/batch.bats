#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sign --batch and issue --batch: many at once, none stopped by another, none
# twice, none lost.

load helper

# One key for all of them: what differs is the name.
setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	openssl ecparam -name prime256v1 -genkey -noout -out r.key
	mkdir requests
	python3 "$BATS_TEST_DIRNAME/batch_requests.py" r.key requests 300
	mkdir bad
	request bad/a-good good.example.com
	echo garbage >bad/b-garbage.csr
	openssl req -new -key r.key -subj "/CN=weak" -out bad/c-nameless.csr
	openssl req -new -newkey rsa:1024 -nodes -keyout /dev/null \
	    -subj /CN=small.example.com -addext \
	    subjectAltName=DNS:small.example.com -out bad/d-small.csr 2>/dev/null
	openssl req -in bad/a-good.csr -outform DER | python3 -c 'import sys
der = bytearray(sys.stdin.buffer.read()); der[-1] ^= 1
sys.stdout.buffer.write(der)' >bad/e-unsigned.der
	rm bad/*.key
	request bad/f-good other.example.com
	rm bad/*.key
}

setup() {
	own_home
	requests=$BATS_FILE_TMPDIR/requests
	bad=$BATS_FILE_TMPDIR/bad
	signet roots export --quiet >root.pem
	signet show "Lab Issuing CA" --pem >chain.pem
	mkdir made
}

orphans() {
	rows "select count(*) from certificate where state = 1"
}

@test "a folder: each has its certificate, its row, and the audit agrees" {
	signet sign --batch "$requests" --policy server --out-dir made \
	    --report report.csv 2>err
	grep -q "signed by issuing: 300; refused: 0" err
	[ "$(find made -name '*.crt' | wc -l)" -eq 300 ]
	[ "$(issued)" -eq 302 ]
	openssl verify -x509_strict -CAfile root.pem -untrusted chain.pem \
	    made/*.crt >verified
	[ "$(grep -c ': OK' verified)" -eq 300 ]
	openssl x509 -in made/host0042.crt -noout -checkhost \
	    host0042.example.com | grep -q "does match"
	[ "$(grep -c ',signed,' report.csv)" -eq 300 ]
	[ "$(stat -c %a made/host0042.crt)" = 644 ]
	signet audit
}

@test "those that are refused are named, the others are signed" {
	local status=0
	signet sign --batch "$bad" --policy server --out-dir made \
	    --report report.csv 2>err || status=$?
	cat err
	[ "$status" -eq 1 ]
	[ "$(ls made)" = "$(printf 'a-good.crt\nf-good.crt')" ]
	for name in b-garbage.csr c-nameless.csr d-small.csr e-unsigned.der; do
		[ "$(grep -c "error: $bad/$name: " err)" -eq 1 ]
		grep -q "$name,refused,,," report.csv
	done
	grep -q "4 of 6 were refused" err
	[ "$(issued)" -eq 4 ]
	[ "$(orphans)" -eq 0 ]
	python3 -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [r["outcome"] for r in rows] == ["signed"] + ["refused"] * 4 + ["signed"]
assert all(r["serial"] for r in rows if r["outcome"] == "signed")
assert all(r["reason"] for r in rows if r["outcome"] == "refused")' report.csv
}

@test "a stream of PEM: certificates come in its order" {
	cat "$requests"/host00[0-4]*.csr >stream.pem
	"$SIGNET" sign --batch - --policy server <stream.pem >out.pem 2>err
	[ "$(grep -c BEGIN out.pem)" -eq 50 ]
	python3 -c 'import re, subprocess, sys
blocks = re.findall("-----BEGIN.*?END CERT[^\n]*\n", open("out.pem").read(), re.S)
for i, block in enumerate(blocks):
    said = subprocess.run(["openssl", "x509", "-noout", "-checkhost",
        "host%04d.example.com" % i], input=block, text=True,
        capture_output=True, check=True).stdout
    assert "does match" in said, (i, said)'
	"$SIGNET" sign --batch - --policy server --out-dir made <stream.pem
	[ -s made/request-000001.crt ]
	[ "$(find made -type f | wc -l)" -eq 50 ]
}

@test "a stream with a damaged block: the others are signed" {
	{
		cat "$requests/host0000.csr"
		sed '3s/./!/' "$requests/host0001.csr"
		cat "$requests/host0002.csr"
	} >stream.pem
	local status=0
	"$SIGNET" sign --batch - --policy server <stream.pem >out.pem 2>err ||
	    status=$?
	[ "$status" -eq 1 ]
	grep -q "standard input, request 2: " err
	[ "$(grep -c BEGIN out.pem)" -eq 2 ]
	refused 1 "no PEM block" "$SIGNET" sign --batch - --policy server </dev/null
}

@test "--resume signs what is left, and puts lost files back" {
	signet sign --batch "$requests"/host000*.csr --policy server --out-dir made
	mv made/host0003.crt lost.crt
	signet sign --batch "$requests"/host00[01]*.csr --policy server \
	    --out-dir made --resume 2>err
	cat err
	grep -q "signed by issuing: 10; refused: 0; signed before: 10" err
	cmp made/host0003.crt lost.crt
	[ "$(issued)" -eq 22 ]
	# What was revoked is not "signed before".
	signet revoke made/host0004.crt --reason superseded
	rm made/host0004.crt
	signet sign --batch "$requests"/host0004.csr --policy server \
	    --out-dir made --resume 2>err
	grep -q "signed by issuing: 1; refused: 0; signed before: 0" err
	# Nor is what another policy signed.
	rm made/host0005.crt
	sed 's/= 397d/= 90d/' home/policies/server.policy >home/policies/short.policy
	signet sign --batch "$requests"/host0005.csr --policy short \
	    --out-dir made --resume 2>err
	grep -q "signed by issuing: 1;" err
}

@test "files that are there are refused before anything is signed" {
	echo mine >made/host0001.crt
	local status=0
	signet sign --batch "$requests"/host000[0-2].csr --policy server \
	    --out-dir made 2>err || status=$?
	[ "$status" -eq 3 ]
	grep -q "made/host0001.crt: exists already" err
	[ "$(cat made/host0001.crt)" = mine ]
	[ "$(issued)" -eq 4 ]
	status=0
	signet sign --batch "$requests"/host000[0-2].csr --policy server \
	    --out-dir made --resume 2>err || status=$?
	[ "$status" -eq 3 ]
	[ "$(issued)" -eq 4 ]
	signet sign --batch "$requests"/host000[0-2].csr --policy server \
	    --out-dir made --force
	[ "$(issued)" -eq 7 ]
	grep -q BEGIN made/host0001.crt
}

@test "options that do not go together, and what is not there" {
	local r=$requests/host0000.csr
	refused 2 "--out is for one" signet sign --batch "$r" --policy server --out x
	refused 2 "--plan does not" signet sign --batch "$r" --policy server --plan
	refused 2 "--threads 0" signet sign --batch "$r" --policy server --threads 0
	refused 2 "--resume goes with --batch" \
	    signet sign "$r" --policy server --resume
	refused 2 "--report goes with --batch" \
	    signet issue server a.example.com --report x
	refused 2 "would both be written to" signet sign --batch "$r" \
	    "$requests/../requests/host0000.csr" --policy server --out-dir made
	mkdir empty
	refused 4 "no request is in this folder" \
	    signet sign --batch empty --policy server
	refused 4 "there is no" signet sign --batch "$r" --policy nosuch
	refused 4 "does not exist" signet sign --batch "$r" --policy server \
	    --out-dir nosuch
	[ "$(issued)" -eq 2 ]
	[ ! -e x ]
}

# Killed at any time, what is in the folder is in the ledger, and nothing is
# signed twice (P1).
@test "killed in the middle: nothing lost, and --resume ends it" {
	setsid "$SIGNET" sign --batch "$requests" --policy server --out-dir made \
	    --threads 1 >/dev/null 2>&1 3>&- &
	local pid=$!
	while [ -z "$(ls made)" ] && kill -0 $pid 2>/dev/null; do :; done
	kill -KILL $pid 2>/dev/null || true
	wait $pid || true
	signet audit >audit.txt || [ "$(orphans)" -gt 0 ]
	for file in made/*.crt; do
		openssl x509 -in "$file" -outform DER | openssl dgst -sha256 -r |
		    cut -c 1-64
	done | sort >files
	rows "select lower(hex(der_hash)) from certificate where state = 2" |
	    sort >ledger
	[ -z "$(comm -23 files ledger)" ]
	local before
	before=$(issued)
	signet sign --batch "$requests" --policy server --out-dir made --resume
	[ "$(find made -name '*.crt' | wc -l)" -eq 300 ]
	[ "$(issued)" -eq 302 ]
	[ "$before" -le 302 ]
	[ "$(find made -name '.signet*' | wc -l)" -eq 0 ]
}

@test "Ctrl-C: what was begun is ended, no orphan is left" {
	setsid "$SIGNET" sign --batch "$requests" --policy server --out-dir made \
	    --threads 1 >/dev/null 2>err 3>&- &
	local pid=$! status=0
	while [ -z "$(ls made)" ] && kill -0 $pid 2>/dev/null; do :; done
	kill -INT $pid 2>/dev/null || true
	wait $pid || status=$?
	cat err
	# Bash has background programs ignore SIGINT: then it goes on to the end.
	[ "$(orphans)" -eq 0 ]
	[ "$(find made -name '*.crt' | wc -l)" -eq $(($(issued) - 2)) ]
	signet audit
}

@test "SIGTERM ends it early, says how many are left, and --resume goes on" {
	setsid "$SIGNET" sign --batch "$requests" --policy server --out-dir made \
	    --threads 1 >/dev/null 2>err 3>&- &
	local pid=$! status=0
	while [ -z "$(ls made)" ] && kill -0 $pid 2>/dev/null; do :; done
	kill -TERM $pid 2>/dev/null || true
	wait $pid || status=$?
	cat err
	[ "$(orphans)" -eq 0 ]
	local done_ones=$(($(issued) - 2))
	[ "$(find made -name '*.crt' | wc -l)" -eq "$done_ones" ]
	if [ "$done_ones" -lt 300 ]; then
		[ "$status" -eq 143 ]
		grep -q "$((300 - done_ones)) were not begun" err
	fi
	signet sign --batch "$requests" --policy server --out-dir made --resume
	[ "$(issued)" -eq 302 ]
}

@test "two batches and single ones at once on one ledger" {
	mkdir a b
	signet sign --batch "$requests"/host00[0-4]*.csr --policy server \
	    --out-dir a 3>&- &
	local first=$!
	signet sign --batch "$requests"/host00[5-9]*.csr --policy server \
	    --out-dir b 3>&- &
	local second=$!
	for i in 1 2 3 4 5; do
		signet sign "$requests/host010$i.csr" --policy server \
		    --out "$i.crt" --quiet
	done
	wait $first
	wait $second
	[ "$(issued)" -eq 107 ]
	[ "$(find a b -name '*.crt' | wc -l)" -eq 100 ]
	signet audit
}

@test "--chain, --ca, --validity, another key type, no tables" {
	signet sign --batch "$requests"/host000[0-3].csr --policy server \
	    --out-dir made --chain --ca issuing --validity 30d --no-tables \
	    --threads 3
	[ "$(grep -c BEGIN made/host0000.crt)" -eq 2 ]
	openssl x509 -in made/host0000.crt -noout -checkend $((31 * 86400)) && return 1
	openssl verify -CAfile root.pem -untrusted made/host0001.crt made/host0001.crt
	signet ca add quick "Quick CA" --key ed25519 --no-passphrase --quiet
	mkdir ed
	signet sign --batch "$requests"/host000*.csr --policy server --ca quick \
	    --out-dir ed
	[ "$(find ed -name '*.crt' | wc -l)" -eq 10 ]
	signet audit
}

@test "an encrypted signing key is asked for once" {
	printf 'a long enough passphrase\n' >pass
	chmod 600 pass
	signet ca add closed "Closed CA" --key ed25519 --passout file:pass --quiet
	signet sign --batch "$requests"/host000*.csr --policy server --ca closed \
	    --out-dir made --passin file:pass
	[ "$(find made -name '*.crt' | wc -l)" -eq 10 ]
}

@test "docs/batch.md does what it says, from top to bottom" {
	needs awk
	new_home docs ed25519 --domain company.com
	export SIGNET_HOME=$PWD/docs
	mkdir -p bin folder/requests
	ln -s "$SIGNET" bin/signet
	for i in 1 2 3; do
		request "folder/requests/$i" "web$i.company.com"
	done
	cd folder
	mkdir signed fleet
	awk '/^```/ { on = $0 == "```sh"; next } on' \
	    "$SIGNET_SOURCE/docs/batch.md" >blocks.sh
	[ "$(grep -c '^signet' blocks.sh)" -eq 3 ]
	PATH=$PWD/../bin:$PATH bash -eux blocks.sh </dev/null
	[ "$(ls signed)" = "$(printf '1.crt\n2.crt\n3.crt')" ]
	[ "$(grep -c BEGIN signed.pem)" -eq 3 ]
	[ "$(find fleet -type f | wc -l)" -eq 6 ]
	[ "$(issued)" -eq 10 ]
}

# ---- issue --batch ----

@test "issue --batch: a key, a request and a certificate a line" {
	printf '%s\r\n' 'web.example.com,www.example.com' '' '# a comment' \
	    '"db.example.com","10.1.2.3"' 'bad name' >names.csv
	local status=0
	signet issue server --batch names.csv --out-dir made --no-passphrase \
	    --report report.csv 2>err || status=$?
	cat err report.csv
	[ "$status" -ne 0 ]
	grep -q "error: names.csv:5: " err
	[ "$(find made -type f | wc -l)" -eq 6 ]
	[ "$(stat -c %a made/web.example.com.key)" = 600 ]
	openssl x509 -in made/web.example.com.crt -noout -ext subjectAltName |
	    grep -q "DNS:web.example.com, DNS:www.example.com"
	openssl x509 -in made/db.example.com.crt -noout -pubkey >crt.pub
	openssl pkey -in made/db.example.com.key -pubout | cmp - crt.pub
	openssl req -in made/db.example.com.csr -noout -verify
	signet audit
}

@test "issue --batch: one passphrase for all, kept in the home, resumed" {
	printf 'a long enough passphrase\n' >pass
	chmod 600 pass
	printf '%s\n' one.example.com two.example.com three.example.com >names.csv
	signet issue server --batch names.csv --passout file:pass \
	    --kdf pbkdf2:100000
	[ "$(rows "select count(*) from key_file where ref like 'issued/%'")" \
	    -eq 3 ]
	openssl pkey -in home/issued/two.example.com.key -passin file:pass -noout
	# A key without its certificate is used; a certificate is put back.
	rm home/issued/one.example.com.crt
	cp home/issued/two.example.com.key kept.key
	echo four.example.com >>names.csv
	openssl genpkey -algorithm ed25519 -out home/issued/four.example.com.key
	chmod 600 home/issued/four.example.com.key
	signet issue server --batch names.csv --passout file:pass --resume 2>err
	cat err
	grep -q "signed by issuing: 1; refused: 0; signed before: 3" err
	cmp kept.key home/issued/two.example.com.key
	openssl x509 -in home/issued/four.example.com.crt -noout -pubkey >crt.pub
	openssl pkey -in home/issued/four.example.com.key -pubout | cmp - crt.pub
	[ "$(issued)" -eq 6 ]
	echo one.example.com >names.csv
	local status=0
	signet issue server --batch names.csv --passout file:pass 2>err || status=$?
	[ "$status" -eq 3 ]
	grep -q "exists already .* --resume" err
	not grep -q force err
	[ "$(issued)" -eq 6 ]
}

@test "issue --batch: what is refused leaves no key behind" {
	printf '%s\n' one.example.com 'jason@example.com' >names.csv
	local status=0
	signet issue server --batch names.csv --out-dir made --no-passphrase \
	    2>err || status=$?
	cat err
	[ "$status" -eq 3 ]
	[ ! -e made/jason@example.com.key ]
	[ "$(find made -type f | wc -l)" -eq 3 ]
	printf 'a.example.com,"b\n' >names.csv
	refused 1 "names.csv: line 1: a quote that does not end" \
	    signet issue server --batch names.csv --no-passphrase
	refused 2 "NAME is missing" signet issue server
	refused 2 "the names come from its FILE" \
	    signet issue server x.example.com --batch names.csv
	refused 2 "--p12 is for one" signet issue server --batch names.csv --p12 x
	printf 'a.example.com\na.example.com\n' >names.csv
	refused 2 "names.csv:2" signet issue server --batch names.csv \
	    --no-passphrase
	[ "$(issued)" -eq 3 ]
}

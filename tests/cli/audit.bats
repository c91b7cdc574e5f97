#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet audit: what was signed and what the ledger says are one, or it tells.

load helper

setup_file() {
	shared_home ed25519
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	signet issue server company.com --no-passphrase --quiet
	signet issue client jason@lab.example --no-passphrase --quiet
	signet revoke jason@lab.example --quiet
	signet crl --all --quiet
}

setup() {
	own_home
}

# edited SQL: a hand in the ledger.
edited() {
	sqlite3 home/ledger.db "$1"
}

# found TEXT: audit ends with 5 and says so in a line.
found() {
	local status=0
	signet audit >out 2>err || status=$?
	cat out err
	[ "$status" -eq 5 ]
	grep -q "^FAULT .*$1" out
	[ "$(wc -l <err)" -eq 1 ]
}

@test "clean: exit 0 and what was looked at" {
	signet audit >out
	grep -q '^4 certificates, 2 CRLs, [0-9]* events: 0 faults, 0 orphans$' \
	    out
}

@test "a date changed by hand (81, 86)" {
	edited "update certificate set not_after = not_after + 86400
	    where subject like '%company.com'"
	found ''
}

@test "a subject changed by hand" {
	edited "update certificate set subject = 'CN=bank.example'
	    where subject like '%company.com'"
	found ''
}

@test "a serial changed by hand" {
	edited "update certificate set serial = x'0102030405060708090a'
	    where subject like '%company.com'"
	found ''
}

@test "an octet of a certificate changed" {
	edited "update certificate set der =
	    cast(substr(der, 1, length(der) - 1) || case substr(der, -1)
	    when x'00' then x'01' else x'00' end as blob) where subject like '%company.com'"
	found ''
}

@test "a revocation taken away" {
	edited "delete from revocation"
	found ''
}

@test "a certificate taken away" {
	edited "pragma foreign_keys = off;
	    delete from name where certificate = (select id from certificate
		where subject like '%company.com');
	    delete from certificate where subject like '%company.com'" ||
	    skip "the schema forbids it"
	found ''
}

@test "an orphan is listed, and is no fault" {
	can_trace
	request r host.example.com
	local k status orphans=0
	# Killed at a sync between the intent and the outcome.
	for k in 1 2 3 4 5 6; do
		traced -e "inject=fdatasync:signal=SIGKILL:when=$k" \
		    "$SIGNET" sign r.csr --policy server --out "r$k.crt" \
		    >/dev/null 2>&1 || true
		signet audit >out
		orphans=$(grep -c '^ORPHAN' out) || true
		[ "$orphans" -eq 0 ] || break
	done
	cat out
	[ "$orphans" -eq 1 ]
	grep -q '1 orphan$' out
	signet list | grep -q intended
}

@test "nothing but standard output; no extra word" {
	signet audit 2>err >/dev/null
	[ ! -s err ]
	refused 2 "one word too many" signet audit everything
}

@test "threads are 1 to 64, and find the same (--threads)" {
	edited "update certificate set subject = 'CN=x' where id > 2"
	signet audit >one --threads 1 || true
	signet audit >many --threads 7 || true
	[ "$(grep -c '^FAULT .*subject column' one)" -eq 2 ]
	cmp one many
	for threads in 0 65 -1 1x '' 99999999999999999999; do
		refused 2 "--threads $threads: a number from 1 to 64" \
		    signet audit --threads "$threads"
	done
}

@test "one is one: 1 certificate, 1 CRL" {
	signet init X --home alone --key ed25519 --no-passphrase --quiet
	signet crl --home alone --out alone.crl
	signet audit --home alone | grep -q '^1 certificate, 1 CRL, [0-9]* events: '
}

@test "a line says once that it is about the ledger" {
	edited "pragma foreign_keys = off; update certificate set issuer = 99"
	found ' ledger: .*/ledger.db: .*: damaged or edited'
	not grep -q 'ledger: ledger' out
}

# noted TEXT: audit ends with 0 and says so in a line.
noted() {
	signet audit >out
	cat out
	grep -q "^NOTE  *$1" out
	grep -q ': 0 faults, 0 orphans, 1 note$' out
}

@test "a root's key that was moved away is noted, and is no fault (81)" {
	mv home/keys/root.key .
	noted 'keys/root.key: is not here'
	mv root.key home/keys/root.key
	signet audit | grep -q ': 0 faults, 0 orphans$'
}

@test "a key file that others may read, or that is another one (41, 81)" {
	chmod 0640 home/keys/issuing.key
	found '.*keys/issuing.key: .*chmod'
	chmod 0400 home/keys/issuing.key
	signet audit
	chmod 0600 home/keys/issuing.key
	cp home/keys/root.key home/keys/issuing.key
	found 'keys/issuing.key: is not the file that was written'
	printf 'half' >home/keys/issuing.key
	found 'keys/issuing.key: is not the file that was written'
}

@test "a key file that is no authority's" {
	cp home/keys/root.key home/keys/other.key
	noted "keys/other.key: is no authority's key"
}

@test "keys of certificates: gone is their owner's affair, changed is noted" {
	rm home/issued/company.com.key
	signet audit | grep -q ': 0 faults, 0 orphans$'
	printf '\n' >>home/issued/jason@lab.example.key
	noted 'issued/jason@lab.example.key: is not the file that was written'
}

@test "a CRL file that is half, empty, or from elsewhere (81, 95)" {
	local file=home/crl/issuing.crl
	cp "$file" whole.crl
	head -c 100 whole.crl >"$file"
	found 'crl/issuing.crl: is no CRL that was published here'
	: >"$file"
	found 'crl/issuing.crl: is no CRL that was published here'
	signet init Other --home other --key ed25519 --no-passphrase --quiet
	signet crl --home other --out other.pem --quiet
	cp other/crl/root.crl "$file"
	found 'crl/issuing.crl: is no CRL that was published here'
	rm "$file"
	mkdir "$file"
	found 'crl/issuing.crl: '
	rmdir "$file"
	# None is none; the other one under its name is a fault.
	signet audit
	cp home/crl/root.crl "$file"
	found 'crl/issuing.crl: is another CRL than its name says'
	cp whole.crl "$file"
	signet audit
}

@test "a CRL file that is not the newest is noted (81)" {
	cp home/crl/issuing.crl old.crl
	signet crl --ca issuing --out new.pem --quiet
	signet audit | grep -q ': 0 faults, 0 orphans$'
	cp old.crl home/crl/issuing.crl
	noted 'crl/issuing.crl: is CRL 1; the newest is 2: publish again'
	signet crl --all --quiet
	signet audit | grep -q ': 0 faults, 0 orphans$'
}

@test "an authority's name changed by hand (81)" {
	edited "update authority set name = 'better' where name = 'issuing'"
	found 'authority better: its name is not'
}

@test "an emptied freshestCRL is told, with the command that sets it again" {
	printf '[publish]\ncrl = %s.crl\nfreshest = %s.delta.crl\n' \
	    'http://pki.lab.example/{issuer}' 'http://pki.lab.example/{issuer}' \
	    >>"$SIGNET_HOME/policies/server.policy"
	signet issue server fresh.example --no-passphrase --quiet
	signet audit --quiet
	sqlite3 "$SIGNET_HOME/ledger.db" "UPDATE point SET freshest = x''"
	code=0
	signet audit >said 2>&1 || code=$?
	cat said
	[ "$code" -eq 5 ]
	mend=$(grep -oE 'signet renew [0-9a-f]+' said)
	[ -n "$mend" ]
	signet renew "${mend##* }" --quiet
	signet audit --quiet
}

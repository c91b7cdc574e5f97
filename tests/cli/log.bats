#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet log: what was signed, so that others can hold the authority to it.

load helper

setup_file() {
	shared_home ed25519
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	signet issue server company.com --no-passphrase --quiet --out company.crt
	signet issue client jason@lab.example --no-passphrase --quiet
	signet crl --all --quiet
	signet log checkpoint --out old.checkpoint
	signet revoke jason@lab.example --yes --quiet
	signet crl --all --quiet
}

setup() {
	own_home
	old=$BATS_FILE_TMPDIR/old.checkpoint
	cert=$BATS_FILE_TMPDIR/company.crt
}

edited() {
	sqlite3 home/ledger.db "$1"
}

# found TEXT [OPTION...]: audit ends with 5 and says so in a line.
found() {
	local text=$1 status=0
	shift
	signet audit "$@" >out 2>err || status=$?
	cat out err
	[ "$status" -eq 5 ]
	grep -q "^FAULT .*$text" out
}

# nowhere: no home to ask.
nowhere() {
	SIGNET_HOME=$PWD/nowhere signet "$@"
}

@test "a checkpoint comes with every CRL, and on demand" {
	local size
	size=$(rows "select max(sequence) from event")
	[ "$(sed -n 2p home/log/checkpoint)" -eq "$size" ]
	[ "$(rows 'select count(*) from checkpoint')" -ge 2 ]
	signet log verify home/log/checkpoint | grep -q ", $size entries$"
	# Nothing happened: the same one, and no row more.
	signet log checkpoint >again
	cmp again home/log/checkpoint
	signet unhold company.com 2>/dev/null || true
	signet revoke company.com --reason certificateHold --yes --quiet
	signet log checkpoint >next
	[ "$(sed -n 2p next)" -eq $((size + 1)) ]
	cmp next home/log/checkpoint
	signet audit
}

@test "a proof is verified elsewhere, without home and ledger" {
	local key
	key=$(signet log key)
	signet log prove "$cert" --out proof
	nowhere log verify proof --key "$key" >out
	cat out
	grep -q '^proof holds: entry [0-9]* of [0-9]*: issued 20.*, serial ' out
	grep -q '^certificate: CN=company.com$' out
	nowhere log verify proof --key "$key" --cert "$cert"
	signet roots export >root.pem 2>/dev/null
	refused 5 "not about the certificate given" \
	    nowhere log verify proof --key "$key" --cert root.pem
	refused 2 "whose log? say --key KEY" nowhere log verify proof
	refused 2 "is about no certificate" \
	    signet log verify "$old" --cert "$cert"
	# By serial, by name.
	signet log prove company.com | cmp - proof
	refused 4 "" signet log prove nobody.example
}

@test "the log of another home is not taken for this one's" {
	new_home other
	refused 5 "of the log signet/" \
	    signet log verify "$old" --home other
	refused 5 "of the log signet/" \
	    signet log prove-consistency "$old" --home other
	refused 5 "of the log signet/" \
	    signet log verify "$old" --key "$(signet log key --home other)"
	refused 1 "verifier key" signet log verify "$old" --key rubbish
	found "the checkpoint given: checkpoint: of the log" --home other \
	    --against "$old"
}

@test "the log goes on from an earlier checkpoint" {
	signet log prove-consistency "$old" --out way
	nowhere log verify way --key "$(signet log key)" >out
	grep -q 'the later log begins with the earlier one$' out
	sed -i '2s/^./-/' way
	refused 1 "" signet log verify way
	signet audit --against "$old"
	signet audit --against "$old" --against home/log/checkpoint
}

@test "an older ledger that was put back is named" {
	cp -a home kept
	signet issue server new.company.com --no-passphrase --quiet
	signet log checkpoint --out new.checkpoint
	# The whole home: what was kept elsewhere tells.
	export SIGNET_HOME=$PWD/kept
	signet audit
	found 'the checkpoint given: is of [0-9]* events, and the ledger has [0-9]*: an older ledger was put back' \
	    --against new.checkpoint
	refused 5 "an older ledger was put back" \
	    signet log prove-consistency new.checkpoint
	# The ledger alone: the home tells.
	cp home/log/checkpoint kept/log/
	found 'log/checkpoint: is of .*an older ledger was put back'
	# It went on since: not the same history.
	signet issue server a.company.com --no-passphrase --quiet
	signet issue server b.company.com --no-passphrase --quiet
	found 'the events up to it are not those' --against new.checkpoint
	refused 5 "its history was changed" \
	    signet log prove-consistency new.checkpoint
}

@test "a row of the tree, a checkpoint or a key that was edited is named" {
	cp -a home fresh
	edited "update tree set nodes = zeroblob(length(nodes)) where size = 3"
	found 'log: entry 3: is not the hash of its event'
	rm -r home && cp -a fresh home
	edited "delete from tree where size = 5"
	found 'log: entry 5: is missing from the tree'
	rm -r home && cp -a fresh home
	edited "delete from event where sequence = (select max(sequence) from event)"
	found 'log: has [0-9]* entries, and there are [0-9]* events: the newest were taken away'
	rm -r home && cp -a fresh home
	edited "update checkpoint set note = cast(replace(cast(note as text),
	    char(10) || size || char(10), char(10) || (size + 1) || char(10)) as blob)"
	found 'checkpoint [0-9]*: the signature of signet/.* does not hold'
	rm -r home && cp -a fresh home
	edited "update checkpoint set size = 1 where size = (select max(size) from checkpoint)"
	found 'checkpoint 1: is of another size than its row says'
	rm -r home && cp -a fresh home
	edited "update log_key set key = randomblob(32)"
	found 'tells of a key of the log that is not there'
	rm -r home && cp -a fresh home
	edited "update event set leaf = cast(leaf || x'00' as blob) where sequence = 2"
	found 'log: entry 2: is not the hash of its event'
}

@test "a tree that ends elsewhere than the events is not grown" {
	edited "delete from tree where size = (select max(size) from tree)"
	refused 1 "its Merkle tree" signet revoke company.com --yes
}

@test "without its key a CRL is published all the same, and it is said" {
	local size
	size=$(sed -n 2p home/log/checkpoint)
	mv home/log/log.key .
	signet crl --all --bundle --out all.pem 2>err
	cat err
	grep -q 'no checkpoint of the log: .*log/log.key' err
	grep -q 'signet log key --new' err
	[ -s all.pem ]
	[ "$(sed -n 2p home/log/checkpoint)" -eq "$size" ]
	signet audit | grep -q '^NOTE .*log/log.key'
	refused 4 "log/log.key" signet log checkpoint
	# Another key, for the same log; what the old one signed still holds.
	signet log key --new >key
	signet log checkpoint --out new
	signet log verify new --key "$(cat key)"
	not signet log verify "$old" --key "$(cat key)"
	signet audit --against "$old" --against new
	signet log prove-consistency "$old" --out way
	refused 3 "is there: whoever has it" signet log key --new
}

@test "another key in its place is refused, and named" {
	local other
	new_home other
	cp other/log/log.key home/log/log.key
	signet revoke company.com --yes --quiet
	refused 3 "is not the key that the ledger knows" signet log checkpoint
	found 'log/log.key: is not the key that the ledger knows'
	chmod 0644 home/log/log.key
	refused 3 "chmod" signet log checkpoint
}

@test "a home of before has a log from its first CRL on" {
	rm -r home/log
	# Its events without that of the key, numbered without a gap.
	python3 - home/ledger.db <<-'END'
	import sqlite3, struct, sys
	db = sqlite3.connect(sys.argv[1])
	db.executescript("""
	    drop table checkpoint; drop table log_key; drop table tree;
	    drop index event_by_certificate;
	    delete from event where kind = 'log-key-added';
	    pragma user_version = 2""")
	rows = db.execute("select sequence, leaf from event order by sequence")
	for number, (sequence, leaf) in enumerate(rows.fetchall(), 1):
	    leaf = leaf[:1] + struct.pack(">q", number) + leaf[9:]
	    db.execute("update event set sequence = ?, leaf = ? where sequence = ?",
	        (number, leaf, sequence))
	db.commit()
	END
	signet audit
	[ "$(rows 'pragma user_version')" -ge 3 ]
	[ "$(rows 'select count(*) from tree')" -eq "$(rows 'select count(*) from event')" ]
	signet crl --all --quiet
	signet log verify home/log/checkpoint
	signet log prove "$cert" --out proof
	signet log verify proof
	signet audit
}

@test "two at once make one key" {
	local pids=() i
	edited "drop table checkpoint; drop table log_key;
	    create table log_key (id integer primary key, origin text not null,
		key blob not null, created integer not null) strict;
	    create table checkpoint (size integer primary key, created integer
		not null, note blob not null) strict"
	rm -r home/log
	for i in 1 2 3 4; do
		signet log checkpoint --out "c$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(rows 'select count(*) from log_key')" -eq 1 ]
	for i in 1 2 3 4; do
		signet log verify "c$i"
	done
}

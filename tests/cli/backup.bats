#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet backup and restore: the whole authority in one file, of one moment, and
# back again; what is damaged changes nothing, and history goes forward.

load helper

setup_file() {
	needs openssl sqlite3 tar sha256sum
	shared_home ed25519
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	signet issue server company.com --no-passphrase --quiet
	signet crl --all --quiet
	signet backup a.tar --quiet
	# What comes after it.
	cp -a home later
	export SIGNET_HOME=$BATS_FILE_TMPDIR/later
	signet issue client jason@lab.example --no-passphrase --quiet
	signet revoke company.com --quiet
	signet crl --all --quiet
	signet log checkpoint --out later.checkpoint --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR/a.tar" .
}

later_home() {
	rm -r home
	cp -a "$BATS_FILE_TMPDIR/later" home
}

# alone NAME...: nothing else is there, hidden or not.
alone() {
	local found
	found=$(LC_ALL=C ls -A | grep -vE '^(out|err)$' | tr '\n' ' ')
	echo "there is: $found"
	[ "$found" = "$(printf '%s\n' "$@" | LC_ALL=C sort | tr '\n' ' ')" ]
}

# number NAME: of the authority's last CRL.
number() {
	rows "select crl_number from authority where name = '$1'"
}

events() {
	rows "select count(*) from event where kind like '$1'"
}

clean() {
	signet audit >audit.txt || {
		cat audit.txt
		return 1
	}
	rm audit.txt
}

@test "one private file that tar and sha256sum read" {
	signet backup b.tar 2>said
	cat said
	[ "$(stat -c %a b.tar)" = 600 ]
	tar tf b.tar >list
	cat list
	for name in ledger.db keys/root.key keys/issuing.key policies/server.policy \
	    crl/root.crl crl/issuing.crl log/log.key log/checkpoint; do
		grep -qx "$name" list
	done
	[ "$(tail -n 1 list)" = MANIFEST ]
	not grep -q issued list
	mkdir u
	tar xf b.tar -C u
	(cd u && sha256sum --quiet -c MANIFEST)
	grep -q '^# signet backup 1$' u/MANIFEST
	grep -qx "# events $(rows 'select count(*) from event')" u/MANIFEST
	grep -qx "# crl 1 issuing" u/MANIFEST
	[ "$(sqlite3 u/ledger.db 'pragma integrity_check')" = ok ]
	# Aloud, each key that is open.
	grep -q 'keys/root.key: has no passphrase' said
	grep -q 'log/log.key: has no passphrase' said
}

@test "it never overwrites, but for --force; - is standard output" {
	local before
	before=$(sha256sum <a.tar)
	refused 3 "say --force" signet backup a.tar
	[ "$(sha256sum <a.tar)" = "$before" ]
	signet backup a.tar --force --quiet
	[ "$(sha256sum <a.tar)" != "$before" ]
	[ "$(stat -c %a a.tar)" = 600 ]
	signet backup - --quiet >b.tar
	signet restore b.tar --check --quiet
	signet restore - --check --quiet <b.tar || true
	refused 2 "a file of the home itself" signet backup home/ledger.db --force
	refused 4 "does not exist" signet backup nowhere/b.tar
	alone a.tar b.tar home
}

@test "encrypted keys stay encrypted; what is missing is named" {
	echo secret-of-root >pass
	signet key passphrase root --passout file:pass --quiet
	mv home/keys/issuing.key elsewhere
	mkdir home/keys/folder
	ln -s root.key home/keys/link.key
	signet backup b.tar 2>said
	cat said
	not grep -q 'keys/root.key' said
	grep -q 'keys/issuing.key: is not in the home' said
	grep -q 'keys/folder: is not in the backup: it is no plain file' said
	grep -q 'keys/link.key: is not in the backup' said
	tar xOf b.tar keys/root.key | grep -q 'BEGIN ENCRYPTED PRIVATE KEY'
	signet restore b.tar --check --quiet
}

@test "restore --check verifies and changes nothing" {
	local before
	before=$(find home -type f -not -name '*-shm' | sort | xargs sha256sum)
	signet restore a.tar --check 2>said
	grep -q 'all of it holds' said
	[ "$(find home -type f -not -name '*-shm' | sort | xargs sha256sum)" = "$before" ]
	rm said
	# Of a home that went on, too.
	later_home
	signet restore a.tar --check --quiet
	rm -r home
	signet restore a.tar --check --quiet
	alone a.tar
}

@test "restored to an empty place: it says what nobody knows" {
	local number
	number=$(number issuing)
	cp -a home before
	rm -r home
	mkdir home
	signet restore a.tar 2>said
	cat said
	grep -q 'what was signed, revoked or published after the backup' said
	grep -q 'publish CRLs at once' said
	clean
	[ "$(stat -c %a home home/keys home/keys/root.key home/ledger.db |
	    sort -u | tr '\n' ' ')" = "600 700 " ]
	[ "$(events backup-restored)" -eq 1 ]
	# One CRL a second since then would have these numbers.
	[ "$(number issuing)" -ge $((number + 300)) ]
	signet crl --all --quiet
	signet issue server b.example --no-passphrase --quiet
	clean
	alone a.tar before home said
}

@test "over a home that is older or the same it is just put there" {
	signet restore a.tar 2>said
	cat said
	[ -d home.replaced ]
	[ "$(events '%restored')" -eq 0 ]
	clean
	later_home
	signet backup later.tar --quiet
	rm -r home
	cp -a "$BATS_FILE_TMPDIR/home" home
	signet restore later.tar --quiet
	[ -d home.replaced-2 ]
	[ "$(events '%restored')" -eq 0 ]
	signet list --revoked | grep -q company.com
	clean
}

# checklist 80
@test "a rollback is refused, and told how much it would forget" {
	local before
	later_home
	before=$(number issuing)
	refused 3 "1 certificate, 2 CRLs, 1 revocation, 6 events after the backup of" \
	    signet restore a.tar
	grep -q -- --accept-rollback err
	alone a.tar home
	[ "$(number issuing)" -eq "$before" ]
	clean
}

# checklist 80
@test "an accepted rollback is recorded, and CRL numbers go on" {
	local before
	later_home
	cp "$BATS_FILE_TMPDIR/later.checkpoint" .
	signet audit --against later.checkpoint >/dev/null
	before=$(number issuing)
	signet restore a.tar --accept-rollback 2>said
	cat said
	grep -q 'replaced is now .*home.replaced' said
	[ -s home.replaced/issued/jason@lab.example.key ]
	clean
	[ "$(number issuing)" -eq "$before" ]
	[ "$(events backup-restored)" -eq 1 ]
	[ "$(events crl-number-raised)" -eq 2 ]
	signet crl --all --quiet
	[ "$(number issuing)" -eq $((before + 1)) ]
	openssl crl -in home/crl/issuing.crl -inform DER -noout -crlnumber |
	    grep -qi "=\(0x\)\?0*$(printf %x $((before + 1)))$"
	clean
	signet log checkpoint --out new.checkpoint --quiet
	signet audit --against new.checkpoint >/dev/null
	# The tree is another one: that is said, and why.
	refused=0
	signet audit --against later.checkpoint >out 2>err || refused=$?
	cat out
	[ "$refused" -eq 5 ]
	grep -q 'FAULT .*the checkpoint given.*event [0-9]* tells of a backup that was restored' out
	# The home that was put aside is whole.
	signet audit --home home.replaced >/dev/null
}

@test "the number that was raised is no other" {
	rm -r home
	signet restore a.tar --quiet
	sqlite3 home/ledger.db "update authority set crl_number = crl_number + 1"
	local status=0
	signet audit >out || status=$?
	[ "$status" -eq 5 ]
	grep -q 'its CRL number is not its newest' out
}

@test "a checkpoint that was kept elsewhere says what is missing" {
	cp "$BATS_FILE_TMPDIR/later.checkpoint" .
	rm -r home
	refused 3 "6 would be forgotten" \
	    signet restore a.tar --against later.checkpoint
	refused 3 "6 would be forgotten" \
	    signet restore a.tar --check --against later.checkpoint
	alone a.tar later.checkpoint
	tar xOf a.tar log/checkpoint >own.checkpoint
	signet restore a.tar --check --against own.checkpoint --quiet
	signet restore a.tar --against later.checkpoint --accept-rollback --quiet
	clean
	[ "$(rows "select count(*) from event where kind = 'backup-restored'
	    and object_hash is not null")" -eq 1 ]
	signet audit --against later.checkpoint >out || true
	grep -q 'in place of just this log' out
	# Another log's.
	signet init "Other Root CA" --home other --key ed25519 --no-passphrase --quiet
	signet log checkpoint --home other --out other.checkpoint --quiet
	refused 5 "" signet restore a.tar --check --against other.checkpoint
}

@test "another authority's home, a folder that is no home" {
	signet init "Other Root CA" --home other --key ed25519 --no-passphrase --quiet
	refused 3 "is the home of another authority" \
	    signet restore a.tar --home other --accept-rollback
	mkdir some
	touch some/thing
	refused 3 "move it away" signet restore a.tar --home some --accept-rollback
	alone a.tar home other some
}

@test "a home whose ledger cannot be read" {
	head -c 50000 /dev/zero | tr '\0' x >home/ledger.db
	rm -f home/ledger.db-wal home/ledger.db-shm
	refused 3 "its ledger cannot be read" signet restore a.tar
	signet restore a.tar --accept-rollback --quiet
	clean
	[ "$(events backup-restored)" -eq 1 ]
	[ "$(number issuing)" -gt 300 ]
}

@test "the clock and the lock are heeded" {
	exec 9>>home/ledger.db.lock
	flock 9
	refused 75 "" signet restore a.tar --wait 0 9>&-
	refused 75 "" signet backup b.tar --wait 0 9>&-
	exec 9>&-
	alone a.tar home
	rm -r home
	needs faketime
	refused 3 "clock" faketime '2020-01-01' "$SIGNET" restore a.tar
	alone a.tar
}

@test "cut off anywhere: nothing is left" {
	local size k
	size=$(stat -c %s a.tar)
	for k in 0 1 511 512 513 1000 $((size / 3)) $((size / 2)) \
	    $((size - 1024)) $((size - 513)) $((size - 1)); do
		head -c "$k" a.tar >cut.tar
		refused 1 "cut.tar: is cut off" signet restore cut.tar --accept-rollback
	done
	alone a.tar cut.tar home
	[ "$(events '%restored')" -eq 0 ]
	printf x | cat a.tar - >more.tar
	refused 1 "goes on behind its end" signet restore more.tar
	: >empty.tar
	refused 1 "is cut off" signet restore empty.tar
	openssl rand 5000 >noise.tar
	refused 1 "is no backup" signet restore noise.tar
	refused 4 "" signet restore nothing.tar
}

# flipped FILE OFFSET: another octet there.
flipped() {
	local octet
	octet=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %x $((octet ^ 1)))" |
	    dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a flipped bit anywhere: nothing is left" {
	local size k status
	size=$(stat -c %s a.tar)
	for k in $(seq 0 $((size / 60)) $((size - 1))) 148 156 257; do
		cp a.tar bad.tar
		flipped bad.tar "$k"
		status=0
		signet restore bad.tar --accept-rollback >out 2>err || status=$?
		[ "$status" -ne 0 ] || {
			echo "octet $k"
			return 1
		}
		[ "$(wc -l <err)" -eq 1 ]
		grep -qE 'is damaged|is no backup|another program|no name of a file|plain file|no file that|cut off|MANIFEST|at most' err
	done
	alone a.tar bad.tar home
	[ "$(events '%restored')" -eq 0 ]
}

@test "what a hostile archive may hold" {
	needs python3
	python3 - <<-'EOF'
		import io, tarfile
		def make(name, *members):
		    with tarfile.open(name, "w", format=tarfile.USTAR_FORMAT) as t:
		        for name, kind, link in members:
		            m = tarfile.TarInfo(name)
		            m.mode, m.mtime, m.type, m.linkname = 0o600, 1, kind, link
		            m.size = 3 if kind == tarfile.REGTYPE else 0
		            t.addfile(m, io.BytesIO(b"abc"))
		R = tarfile.REGTYPE
		make("absolute.tar", ("/tmp/signet-evil", R, ""))
		make("above.tar", ("keys/../../evil", R, ""))
		make("link.tar", ("keys/root.key", tarfile.SYMTYPE, "/etc/passwd"))
		make("hard.tar", ("keys/root.key", tarfile.LNKTYPE, "ledger.db"))
		make("device.tar", ("keys/root.key", tarfile.CHRTYPE, ""))
		make("folder.tar", ("keys", tarfile.DIRTYPE, ""))
		make("hidden.tar", ("keys/.ssh", R, ""))
		make("foreign.tar", ("bin/sh", R, ""))
	EOF
	refused 3 "no name of a file" signet restore absolute.tar
	refused 3 "no name of a file" signet restore above.tar
	refused 3 "is a link" signet restore link.tar
	refused 3 "is a link" signet restore hard.tar
	refused 3 "is a device" signet restore device.tar
	refused 3 "is a folder" signet restore folder.tar
	refused 3 "no name of a file" signet restore hidden.tar
	refused 1 "made by another program" signet restore foreign.tar
	[ ! -e /tmp/signet-evil ]
	[ ! -e evil ]
	not ls -d home.new-*
}

# remade NAME: the folder u as a backup, its hashes made right again.
remade() {
	python3 - "$1" <<-'EOF'
		import hashlib, io, os, sys
		def octal(n, width): return b"%0*o" % (width, n)
		lines = open("u/MANIFEST").read().splitlines()[:-1]
		time = int(os.environ["BACKUP_TIME"])
		order = os.environ.get("ORDER", "").split() or \
		    [l.split("  ")[1] for l in lines if l[0] != "#"]
		head = [l for l in lines if l[0] == "#"]
		data = {n: open("u/" + n, "rb").read() for n in order}
		text = "".join(l + "\n" for l in head) + "".join(
		    hashlib.sha256(data[n]).hexdigest() + "  " + n + "\n"
		    for n in order)
		text += "# end %s\n" % hashlib.sha256(text.encode()).hexdigest()
		def member(name, content):
		    b = bytearray(512)
		    b[:len(name)] = name.encode()
		    for at, width, n in ((100, 7, 0o600), (108, 7, 0),
		        (116, 7, 0), (124, 11, len(content)), (136, 11, time),
		        (329, 7, 0), (337, 7, 0)):
		        b[at:at + width] = octal(n, width)
		    b[156:157], b[257:265] = b"0", b"ustar\x0000"
		    b[148:156] = b" " * 8
		    b[148:155] = octal(sum(b), 6) + b"\0"
		    return bytes(b) + content + b"\0" * (-len(content) % 512)
		with open(sys.argv[1], "wb") as out:
		    for n in order: out.write(member(n, data[n]))
		    out.write(member("MANIFEST", text.encode()) + b"\0" * 1024)
	EOF
}

@test "a forged one whose hashes are right: the ledger's audit tells" {
	needs python3
	mkdir u
	tar xf a.tar -C u
	BACKUP_TIME=$(date -ud "$(sed -n 's/^# time //p' u/MANIFEST)" +%s)
	export BACKUP_TIME
	remade same.tar
	cmp same.tar a.tar
	# A row.
	sqlite3 u/ledger.db "update certificate set not_after = not_after + 1
	    where subject like '%company.com'; pragma wal_checkpoint(truncate)" >/dev/null
	remade row.tar
	refused 5 "the backup's ledger does not hold" signet restore row.tar
	# Another ledger's numbers.
	tar xf a.tar -C u
	sed -i 's/^# events .*/# events 3/' u/MANIFEST
	remade head.tar
	refused 5 "MANIFEST: is of another ledger" signet restore head.tar
	tar xf a.tar -C u
	sed -i 's/^# crl 1 issuing/# crl 0 issuing/' u/MANIFEST
	remade number.tar
	refused 5 "authority issuing has another CRL number" signet restore number.tar
	# A key.
	tar xf a.tar -C u
	cp u/keys/root.key u/keys/issuing.key
	remade key.tar
	refused 5 "does not hold" signet restore key.tar
	# No ledger; one twice; another order.
	tar xf a.tar -C u
	ORDER="keys/root.key" remade none.tar
	refused 5 "has no ledger.db" signet restore none.tar
	ORDER="ledger.db ledger.db" remade twice.tar
	refused 3 "ledger.db: is in it twice" signet restore twice.tar
	not ls -d home.new-*
	clean
}

@test "a newer version says so" {
	needs python3
	mkdir u
	tar xf a.tar -C u
	BACKUP_TIME=$(date -ud "$(sed -n 's/^# time //p' u/MANIFEST)" +%s)
	export BACKUP_TIME
	sed -i 's/^# signet backup 1/# signet backup 2/' u/MANIFEST
	remade newer.tar
	refused 3 "use a newer signet" signet restore newer.tar
	tar xf a.tar -C u
	sqlite3 u/ledger.db "pragma user_version = 99;
	    pragma wal_checkpoint(truncate)" >/dev/null
	remade schema.tar
	refused 3 "version 99" signet restore schema.tar
}

# checklist 79: eight sign, revoke and publish while it is made.
@test "backups under load: each is of one moment, and its audit is clean" {
	local i pids=() pid
	for i in 1 2 3 4 5 6 7 8; do
		(
			for j in 1 2 3; do
				"$SIGNET" issue client "c$i-$j@lab.example" \
				    --no-passphrase --quiet
				"$SIGNET" revoke "c$i-$j@lab.example" --yes --quiet
				"$SIGNET" crl --all --quiet
			done
		) </dev/null >/dev/null 2>"load.$i" 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5; do
		signet backup "load-$i.tar" --quiet
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	cat load.?
	signet backup load-6.tar --quiet
	for i in 1 2 3 4 5 6; do
		signet restore "load-$i.tar" --home "home-$i" --quiet
		signet audit --home "home-$i" >/dev/null
	done
	clean
	[ "$(sqlite3 home-6/ledger.db 'select count(*) from certificate')" -eq \
	    "$(rows 'select count(*) from certificate')" ]
	[ -z "$(find . -name '.signet*')" ]
}

# checklist 79: somebody reads, so that what is new stays in the log.
@test "a copy of ledger.db without its log is an older ledger, and noticed" {
	local status=0 seen
	needs python3
	coproc reader { exec python3 -c 'if True:
		import sqlite3, sys
		rows = sqlite3.connect("home/ledger.db", isolation_level=None)
		rows.execute("BEGIN")
		print(*rows.execute("SELECT count(*) FROM event").fetchone(), flush=True)
		sys.stdin.read()'; } 3>&-
	read -r seen <&"${reader[0]}"
	signet issue client late@lab.example --no-passphrase --quiet
	signet crl --quiet
	[ "$(rows 'select count(*) from event')" -gt "$seen" ]
	cp -a home copy
	eval "exec ${reader[1]}>&-"
	wait "$reader_PID"
	signet audit --home copy >/dev/null
	rm copy/ledger.db-wal copy/ledger.db-shm
	signet audit --home copy >out 2>err || status=$?
	cat out err
	[ "$status" -eq 5 ]
	grep -q 'FAULT .*: an older ledger was put back' out
	clean
}

# checklist 73: the old home or the new one, never a part.
@test "a restore that is killed leaves the old home or the new one" {
	local call k killed=0 status
	can_trace
	later_home
	cp -a home good
	for call in renameat2 fsync fdatasync openat; do
		for k in 1 2 3 5 8 13; do
			rm -rf home home.*
			cp -a good home
			status=0
			strace -f -qq -o /dev/null -E ASAN_OPTIONS=detect_leaks=0 \
			    -e trace="$call" -e inject="$call:signal=SIGKILL:when=$k" \
			    "$SIGNET" restore a.tar --accept-rollback --quiet \
			    </dev/null >/dev/null 2>&1 || status=$?
			[ "$status" -eq 0 ] || killed=$((killed + 1))
			clean
			[ "$(events backup-restored)" -le 1 ]
			# And again: it works, and takes away what was left.
			signet restore a.tar --accept-rollback --quiet
			clean
			[ "$(events backup-restored)" -eq 1 ]
		done
	done
	echo "# killed $killed times" >&3
	[ "$killed" -ge 12 ]
}

@test "a backup that is killed or fails leaves no part of one" {
	local call k
	can_trace
	for call in write fsync linkat pwrite64; do
		for k in 1 2 9; do
			strace -f -qq -o /dev/null -E ASAN_OPTIONS=detect_leaks=0 \
			    -e trace="$call" -e inject="$call:signal=SIGKILL:when=$k" \
			    "$SIGNET" backup "k.tar" --quiet </dev/null \
			    >/dev/null 2>&1 || true
			[ ! -e k.tar ] || signet restore k.tar --check --quiet
			rm -f k.tar
		done
		strace -f -qq -o /dev/null -E ASAN_OPTIONS=detect_leaks=0 \
		    -e trace="$call" -e inject="$call:error=ENOSPC:when=1+" \
		    "$SIGNET" backup "k.tar" --quiet </dev/null \
		    >/dev/null 2>err || true
		[ ! -e k.tar ] || signet restore k.tar --check --quiet
		rm -f k.tar err
	done
	alone a.tar home
	clean
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet doctor: what it says and how; files, keys, the machine.

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

@test "a home that is well: notes alone, exit 0, and --quiet says nothing" {
	examined
	[ "$code" -eq 0 ]
	[ "$(jq -r '[.findings[].kind] | unique[]' doctor.json)" = key-plain ]
	doctor >out
	[ "$(tail -n 1 out)" = '0 bad, 0 soon, 2 notes' ]
	[ "$(grep -c '^NOTE keys/.*: signet key passphrase ' out)" -eq 2 ]
	[ "$(wc -l <out)" -eq 3 ]
	doctor --quiet >out 2>&1
	[ ! -s out ]
}

@test "worst first, one line each, and --home in the commands" {
	rm home/crl/root.crl
	chmod 0644 home/keys/root.key
	local status=0
	unset SIGNET_HOME
	signet doctor --home home >out 2>err || status=$?
	cat out
	[ "$status" -eq 5 ]
	[ "$(cut -c1-4 out | uniq | tr -d '\n ')" = BADSOONNOTE1ba ]
	grep -q '^BAD  keys/root.key: mode 0644 .*: chmod 600 home/keys/root.key$' out
	grep -q '^SOON crl/root.crl: .*: signet --home home crl --ca root --due$' out
	[ "$(cat err)" = 'signet: error: doctor: 1 thing hurts now, 1 soon: run the command behind each, or --accept its kind' ]
}

@test "nothing is written, and no key is asked for" {
	openssl pkey -in home/keys/root.key -aes256 -passout pass:secret1 \
	    -out root.key
	cp root.key home/keys/root.key
	chmod -R a-w home/issued home/policies home/crl home/keys
	state() {
		find home ! -name '*-shm' -printf '%p %m %T@ %s\n' | sort
		sha256sum home/ledger.db home/ledger.db-wal home/keys/*
	}
	state >before
	examined
	doctor --prometheus out.prom >out || true
	state | diff before -
}

@test "files that others may read or write" {
	silent permissions
	local file mode
	while read -r mode severity file; do
		chmod "$mode" "home/$file"
		told "$severity" permissions "${file:-home}" "mode 0$mode lets"
		mended permissions
	done <<-'END'
		755 bad
		710 bad keys
		640 bad keys/issuing.key
		644 bad issued/company.com.key
		644 soon ledger.db
		644 soon ledger.db-wal
		666 soon policies/server.policy
		777 soon crl
	END
	# Lists and certificates are no secret.
	chmod 755 home/crl home/issued
	chmod 644 home/policies/server.policy
	silent permissions
}

@test "files of another user" {
	[ "$(id -u)" -eq 0 ] || skip "only root gives files away"
	chown 65534 home/keys/root.key
	told bad permissions keys/root.key 'belongs to user 65534, and the home to user 0'
	mended permissions
}

@test "keys: missing, altered; and what is accepted" {
	silent key-missing
	mv home/keys/root.key home/keys/issuing.key .
	told note key-missing root 'kept elsewhere'
	told bad key-missing issuing 'put it back'
	silent nothing '' --accept key-missing:issuing
	[ "$code" -eq 0 ]
	[ "$(finding key-missing issuing | jq -r '.[0].accepted')" = true ]
	examined --accept key-missing:vpn
	[ "$code" -eq 5 ]
	examined --accept key-missing
	[ "$code" -eq 0 ]
	bash -c "PATH=$(dirname "$SIGNET"):\$PATH; $(jq -r '.[0].command' found.json)"
	mv root.key issuing.key home/keys
	silent key-missing
	silent key-altered
	printf '\n' >>home/keys/issuing.key
	told bad key-altered keys/issuing.key 'is not the file that was written'
	mended key-altered
	cp home/keys/root.key home/keys/issuing.key
	told bad key-altered keys/issuing.key 'is not the file that was written'
}

@test "a key gets the passphrase it lacks" {
	(umask 077; echo 'correct horse' >pass)
	told note key-plain keys/issuing.key 'has no passphrase'
	PATH=$(dirname "$SIGNET"):$PATH bash -c \
	    "$(jq -r '.[0].command' found.json) --passout file:pass"
	silent key-plain keys/issuing.key
	silent key-altered
}

@test "a policy that is none" {
	silent policy
	echo 'validity 1d' >>home/policies/client.policy
	told bad policy policies/client.policy 'client.policy:[0-9]*:[0-9]*: '
	printf '#!/bin/sh\nsed -i "\\$d" "$1"\n' >editor
	chmod +x editor
	export EDITOR=$PWD/editor
	mended policy
}

@test "a ledger with a row that its schema does not allow" {
	silent ledger
	edited "pragma ignore_check_constraints = on;
	    update certificate set not_before = not_after + 1 where id = 1"
	told bad ledger ledger 'CHECK constraint failed in certificate'
	edited 'update certificate set not_before = not_after - 1 where id = 1'
	silent ledger
}

@test "a ledger that is damaged" {
	silent ledger
	sqlite3 home/ledger.db 'pragma wal_checkpoint(truncate)' >checkpoint
	local page
	page=$(rows "select rootpage from sqlite_schema where name = 'event'")
	head -c 300 /dev/urandom | dd of=home/ledger.db bs=1 conv=notrunc \
	    seek=$((page * 4096 - 4096)) status=none
	told bad ledger ledger 'home/ledger.db: '
	head -c 8192 /dev/zero >home/ledger.db
	rm -f home/ledger.db-*
	told bad ledger ledger 'ledger'
}

# shim C: the program runs with this in front of the libraries.
shim() {
	needs cc
	[ -z "$(nm "$SIGNET" | grep __asan_init)" ] ||
	    skip "a sanitizer comes first"
	echo "$1" >shim.c
	cc -shared -fPIC -o shim.so shim.c
	later=(env "LD_PRELOAD=$PWD/shim.so")
}

@test "a disk that is nearly full" {
	silent disk
	local size
	for size in 200:soon 10:bad; do
		shim "#include <string.h>
#include <sys/statvfs.h>
int statvfs(const char *p, struct statvfs *s)
{ (void)p; memset(s, 0, sizeof(*s)); s->f_frsize = 1048576;
  s->f_bavail = ${size%:*}; return 0; }"
		told "${size#*:}" disk disk "^${size%:*} MiB are free"
	done
}

@test "a wolfSSL that is older than what is mended" {
	shim 'const char *wolfSSL_lib_version(void) { return "5.5.3"; }'
	examined
	finding library wolfssl >found.json
	[ "$(jq length found.json)" -eq 1 ]
	jq -r '.[0].what' found.json | grep -q '^5\.5\.3.* is older than'
	shim 'const char *wolfSSL_lib_version(void) { return "5.9.4"; }'
	silent library
}

# The strict reading of what promtool would lint.
@test "metrics for the textfile collector" {
	needs python3
	rm home/crl/root.crl
	mkdir -p collector
	echo old >collector/signet.prom
	examined --prometheus collector/signet.prom
	[ "$(ls -A collector)" = signet.prom ]
	[ "$(stat -c %a collector/signet.prom)" = 644 ]
	python3 - collector/signet.prom <<-'END'
		import re, sys
		text = open(sys.argv[1]).read()
		assert text.endswith("\n")
		name, seen, kinds, values = None, set(), {}, {}
		for line in text.splitlines():
		    if line.startswith("# HELP "):
		        name = line.split()[2]
		        assert name not in seen and len(line.split()) > 3
		        seen.add(name)
		    elif line.startswith("# TYPE "):
		        assert line.split()[2:] == [name, "gauge"], line
		        kinds[name] = "gauge"
		    else:
		        m = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="[a-z0-9.-]+",?)+\})? '
		                         r'(-?[0-9]+)', line)
		        assert m, line
		        assert m[1] == name and name in kinds, line
		        assert not name.endswith(("_total", "_count", "_bucket"))
		        key = m[1] + (m[2] or "")
		        assert key not in values, key
		        values[key] = int(m[3])
		f = 'signet_doctor_findings{kind="%s",severity="%s"}'
		assert values[f % ("crl-copy", "soon")] == 1
		assert values[f % ("crl-copy", "bad")] == 0
		assert values[f % ("key-plain", "note")] == 2
		e = 'signet_doctor_expiry_seconds{type="%s",authority="%s"}'
		assert 6 * 86400 < values[e % ("crl", "issuing")] <= 7 * 86400
		assert values[e % ("authority", "root")] > 19 * 365 * 86400
		assert values["signet_doctor_examined_timestamp_seconds"] > 1e9
	END
	if command -v promtool >/dev/null; then
		promtool check metrics <collector/signet.prom
	fi
	refused 2 'name a file' signet doctor --prometheus -
	refused 2 'a file of the home itself' signet doctor \
	    --prometheus home/ledger.db
	refused 4 'nowhere' signet doctor --prometheus nowhere/signet.prom
}

@test "what cannot be asked for" {
	refused 2 '--within soon: a duration is' signet doctor --within soon
	refused 2 '--within 0: a duration is' signet doctor --within 0
	refused 2 'there is no such kind' signet doctor --accept keys
	refused 2 'there is no such kind' signet doctor --accept crl-co
	refused 4 'there is no authority here' signet doctor --home nowhere
	refused 2 'one word too many' signet doctor now
}

@test "at a terminal it fits into 80 columns" {
	needs script
	rm home/crl/root.crl
	script -qec "stty cols 80; $SIGNET doctor" /dev/null </dev/null >said ||
	    true
	tr -d '\r' <said | grep -v '^signet: error: ' >lines
	cat lines
	grep -q '^SOON crl/root.crl: is not there' lines
	not grep -qE '^.{80}' lines
}

@test "the commands of docs/doctor.md run as they stand" {
	awk '/^```/ && on { on = 0; next } /^```sh$/ { on = 1; next } on' \
	    "$SIGNET_SOURCE/docs/doctor.md" >commands
	grep -q '^signet doctor' commands
	PATH=$(dirname "$SIGNET"):$PATH setsid -w bash -eux commands \
	    </dev/null >said 2>&1 || {
		cat said
		return 1
	}
	[ -s textfile/signet.prom ]
}

@test "the units of docs/doctor.md are such" {
	needs systemd-analyze
	local unit
	for unit in service timer; do
		awk -v unit="# signet-doctor.$unit" '/^```/ { on = 0 }
		    $0 == unit { on = 1 } on' "$SIGNET_SOURCE/docs/doctor.md" \
		    >"signet-doctor.$unit"
		[ -s "signet-doctor.$unit" ]
	done
	sed -i "s,/usr/local/bin/signet,$SIGNET," signet-doctor.service
	run systemd-analyze verify --man=no ./signet-doctor.service \
	    ./signet-doctor.timer
	echo "$output"
	not grep -q 'signet-doctor' <<<"$output"
}

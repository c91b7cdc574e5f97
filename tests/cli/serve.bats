#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet serve: how it starts, what it leaves to whom, and how it ends. What
# it says over HTTP has a file of its own.

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

# lists WORDS: the issuing authority's CRL, as openssl reads it, has them.
lists() {
	get /crl/issuing.crl | openssl crl -inform DER -noout -text |
	    grep -qi -- "$1"
}

# ---- start and end ----

@test "it says where it serves, serves there, and ends at SIGTERM with 0" {
	serve
	[[ $(cat serve.out) == \
	    "serving http://127.0.0.1:$port/ (crl, ca, ocsp, healthz, metrics)" ]]
	grep -q "^next: curl http://127.0.0.1:$port/healthz" serve.err
	soon healthy
	soon lists 'Lab Issuing CA'
	stop
	not curl -s "$url"
}

@test "it ends at Ctrl-C and when the terminal goes, too" {
	local signal
	for signal in INT HUP; do
		# What runs in the background of a script ignores SIGINT.
		launch env --default-signal=INT,HUP "$SIGNET" serve \
		    --listen 127.0.0.1:0
		is_up
		kill "-$signal" "$pid"
		ended "$pid"
		soon gone "$fronts"
	done
}

@test "it hears of the front's end also where SIGCHLD was ignored" {
	launch env --ignore-signal=CHLD "$SIGNET" serve --listen 127.0.0.1:0
	is_up
	kill -KILL "$fronts"
	code=0
	ended "$pid" || code=$?
	[ "$code" -eq 1 ]
}

@test "several addresses, of both families" {
	[ -e /proc/net/if_inet6 ] || skip "there is no IPv6 here"
	serve --listen '[::1]:0'
	grep -qE '^serving http://127\.0\.0\.1:[0-9]+/ and http://\[::1\]:[0-9]+/ \(crl' \
	    serve.out
	soon healthy
	url=$(grep -oE 'http://\[::1\]:[0-9]+/' serve.out)
	soon healthy
	stop
}

@test "--quiet says where it serves, for scripts, and nothing else" {
	serve --quiet
	[ ! -s serve.err ]
	stop
}

@test "a port that is taken is said before a passphrase is asked for" {
	serve
	refused 1 "127.0.0.1:$port: another program listens there: \`ss -ltnp" \
	    signet serve --listen "127.0.0.1:$port" --passin env:NOT_THERE
	stop
}

@test "what cannot be asked for" {
	refused 2 '--listen 8080: wants an address and a port' \
	    signet serve --listen 8080
	refused 2 '--listen example.com:80: wants' \
	    signet serve --listen example.com:80
	refused 2 '--workers 17: a number, 1 to 16' signet serve --workers 17
	refused 2 '--workers 0:' signet serve --workers 0
	refused 2 '--workers two:' signet serve --workers two
	refused 2 '--ocsp-validity 10s: a duration from 1m to 30d' \
	    signet serve --ocsp-validity 10s
	refused 2 '--ocsp-validity 2y:' signet serve --ocsp-validity 2y
	refused 4 'none' signet serve --home "$PWD/none" --listen 127.0.0.1:0
}

@test "without its other half it says what is missing" {
	cp "$SIGNET" ./signet
	SIGNET=$PWD/signet
	refused 1 'signet-front: the program that speaks HTTP is neither' \
	    signet serve --listen 127.0.0.1:0 --quiet
}

@test "a home without responders: a note, and OCSP says unauthorized" {
	new_home fresh
	export SIGNET_HOME=$PWD/fresh
	signet issue server a.example --no-passphrase --quiet
	printf '[publish]\nocsp = http://pki.lab.example/ocsp\n' \
	    >>fresh/policies/server.policy
	serve
	grep -q 'issuing: has no OCSP responder: signet ocsp init' serve.err
	# Once: it is what /healthz says from now on.
	[ "$(grep -c 'issuing: has no OCSP responder' serve.err)" -eq 1 ]
	get /healthz | grep -q 'issuing: has no OCSP responder'
	authorities_as_pem
	ocsp fresh/issued/a.example.crt >said || true
	grep -q 'unauthorized (6)' said
	stop
}

# ---- keys and passphrases ----

@test "no terminal and no --passin: exit 2, and the ways are named" {
	(umask 077; echo 'correct horse' >pass)
	signet init "Lab Root CA" --home locked --key ed25519 --quiet \
	    --passout file:pass
	export SIGNET_HOME=$PWD/locked
	launch setsid -w "$SIGNET" serve --listen 127.0.0.1:0
	code=0
	ended "$pid" || code=$?
	cat serve.err
	[ "$code" -eq 2 ]
	grep -q -- '--passin' serve.err
	# Nothing has to be opened where nothing is to be signed.
	serve --no-ca-key
	stop
	launch "$SIGNET" serve --listen 127.0.0.1:0 --passin file:pass
	is_up
	stop
	# Also from the environment, which the front does not get.
	export SECRET_WORDS='correct horse'
	launch "$SIGNET" serve --listen 127.0.0.1:0 --passin env:SECRET_WORDS
	is_up
	if tr '\0' '\n' <"/proc/$fronts/environ" >environment 2>/dev/null; then
		grep -q '^PATH=' environment
		not grep -q 'correct horse' environment
		not grep -q 'SECRET_WORDS' environment
	fi
	stop
	echo wrong >pass
	refused 5 'wrong passphrase' signet serve --listen 127.0.0.1:0 \
	    --passin file:pass --quiet
}

# ---- what each process may ----

# descriptors PID: what they are, without the standard ones.
descriptors() {
	local fd
	for fd in "/proc/$1/fd"/*; do
		case ${fd##*/} in 0 | 1 | 2) continue ;; esac
		readlink "$fd"
	done
}

@test "both are confined: no privileges, a filter of system calls" {
	serve
	local one
	for one in "$pid" "$fronts"; do
		grep -q '^NoNewPrivs:.1' "/proc/$one/status"
		grep -q '^Seccomp:.2' "/proc/$one/status" ||
		    grep -q 'offers no seccomp' serve.err
	done
	stop
}

@test "the signer has no network, the front no key and no writable file" {
	serve
	get /healthz >/dev/null
	descriptors "$fronts" >front.fds || true
	[ -s front.fds ] || skip "not root: no look into processes"
	cat front.fds
	not grep -q 'keys/' front.fds
	grep -v -- '-shm$' front.fds | grep -q 'ledger.db'
	local fd
	for fd in "/proc/$fronts/fd"/*; do
		case $(readlink "$fd") in
		*/ledger.db-shm) ;;
		*/ledger.db*)
			# O_RDONLY, in the last octal digit.
			grep -qE '^flags:.*0$' "/proc/$fronts/fdinfo/${fd##*/}"
			;;
		esac
	done
	# Of the sockets that listen, or are TCP at all, the signer has none.
	descriptors "$pid" | sed -nE 's/^socket:\[([0-9]+)\]$/\1/p' >sockets
	[ -s sockets ]
	not grep -qwFf sockets /proc/net/tcp
	not grep -qwFf sockets /proc/net/tcp6
	stop
}

@test "a kernel without Landlock: a note, and it serves" {
	can_trace
	launch strace -f -o /dev/null \
	    -e inject=landlock_create_ruleset:error=ENOSYS \
	    -E ASAN_OPTIONS=detect_leaks=0 \
	    "$SIGNET" serve --listen 127.0.0.1:0
	is_up
	grep -q 'offers no Landlock' serve.err
	soon healthy
	# The signer is strace's child.
	kill -TERM "$fronts"
	ended "$pid"
}

@test "an ordinary user serves as root does" {
	[ "$(id -u)" -eq 0 ] || skip "every other test here is one"
	needs setpriv
	place=$(mktemp -d)
	cp "$SIGNET" "$front" "$place"
	cp -a home "$place/home"
	chmod 755 "$place"
	chown -R 65534:65534 "$place/home"
	launch setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$place/signet" serve --home "$place/home" --listen 127.0.0.1:0
	is_up
	soon healthy
	same_list() {
		get /crl/issuing.crl | cmp -s "$place/home/crl/issuing.crl" -
	}
	soon same_list
	stop
	rm -rf "$place"
}

# ---- ends that are not well ----

@test "a front that is killed ends it all, with 1 and a line" {
	serve
	kill -KILL "$fronts"
	code=0
	ended "$pid" || code=$?
	cat serve.err
	[ "$code" -eq 1 ]
	grep -q 'error: the front was ended by signal 9' serve.err
}

@test "a signer that is killed takes the front with it" {
	serve
	kill -KILL "$pid"
	ended "$pid" || true
	soon gone "$fronts"
	not curl -s "$url"
	# And the port is free at once.
	launch "$SIGNET" serve --listen "127.0.0.1:$port"
	is_up
	stop
}

# a stand-in front beside a copy of signet: what a broken one does.
stand_in() {
	mkdir -p stand-in
	cp "$SIGNET" stand-in/signet
	printf '#!/bin/sh\n%s\n' "$1" >stand-in/signet-front
	chmod 755 stand-in/signet-front
}

@test "a front that does not come up is said, and is not left" {
	stand_in 'exit 7'
	launch stand-in/signet serve --listen 127.0.0.1:0
	code=0
	ended "$pid" || code=$?
	[ "$code" -eq 1 ]
	grep -q 'the front ended before it listened with exit code 7' serve.err
	[ ! -s serve.out ]
}

@test "the front is given its descriptors and no others" {
	stand_in 'ls -l /proc/$$/fd >fds; echo "$@" >arguments; exit 7'
	exec 9</dev/null
	launch stand-in/signet serve --listen 127.0.0.1:0 --listen 127.0.0.1:0 \
	    --workers 3
	exec 9<&-
	ended "$pid" || true
	[ "$(cat arguments)" = "$SIGNET_HOME 3 2" ]
	# 0 to 2, three pairs, two listeners; 10 and above are the shell's own.
	[ "$(grep -cE ' [0-9] -> ' fds)" -eq 8 ]
	[ "$(grep -c ' [3-7] -> socket:' fds)" -eq 5 ]
}

# ---- draining ----

@test "SIGTERM lets a download that is under way finish" {
	needs python3
	# A list that no socket buffer holds.
	sqlite3 "$SIGNET_HOME/ledger.db" >/dev/null <<-'END'
		PRAGMA synchronous = OFF;
		BEGIN;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < 300000)
		INSERT INTO certificate (id, issuer, serial, state, spki_hash,
			tbs_hash, subject, not_before, not_after, lineage,
			created, tbs)
		SELECT 100 + i, 2, cast(x'41' || randomblob(16) AS BLOB), 1,
			zeroblob(32), zeroblob(32), 'CN=many',
			unixepoch() - 86400, unixepoch() + 31536000, 100 + i,
			unixepoch(), x'3000'
		FROM n;
		INSERT INTO revocation (certificate, issuer, serial_length,
			serial, not_after, revoked_at, reason)
		SELECT id, issuer, length(serial), serial, not_after,
			unixepoch() - 60, 4
		FROM certificate WHERE id > 100 ORDER BY issuer, serial;
		COMMIT;
	END
	signet crl --quiet --der --out list.crl
	[ "$(stat -c %s list.crl)" -gt 10000000 ]
	serve
	python3 "$BATS_TEST_DIRNAME/serve_clients.py" slow "$port" "$pid" \
	    /crl/issuing.crl got.crl
	cmp list.crl got.crl
	ended "$pid"
	soon gone "$fronts"
}

@test "SIGTERM lets a question that is being sent be answered" {
	needs python3
	serve
	authorities_as_pem
	openssl ocsp -issuer root.pem -cert issuing.pem -no_nonce \
	    -reqout request.der >/dev/null
	python3 "$BATS_TEST_DIRNAME/serve_clients.py" halves "$port" "$pid" \
	    request.der answer.der
	openssl ocsp -respin answer.der -issuer root.pem -cert issuing.pem \
	    -CAfile root.pem -no_nonce | grep -q 'issuing.pem: good'
	ended "$pid"
	soon gone "$fronts"
}

# ---- the service manager ----

@test "it tells who started it that it is ready, lives, and ends" {
	needs python3
	launch python3 "$BATS_TEST_DIRNAME/serve_manager.py" notify \
	    "$SIGNET" serve --listen 127.0.0.1:0
	ended "$pid"
	cat serve.err
	[ "$(tail -n 1 serve.err)" = "told: READY WATCHDOG STOPPING, exit 0" ]
}

@test "a manager that cannot be told is an error" {
	NOTIFY_SOCKET=/nonexistent/notify refused 1 'NOTIFY_SOCKET' \
	    signet serve --listen 127.0.0.1:0
}

@test "sockets that are handed over: two of them, in a network of its own" {
	needs python3
	local alone=()
	if unshare --net true 2>/dev/null; then
		alone=(unshare --net)
	fi
	launch python3 "$BATS_TEST_DIRNAME/serve_manager.py" sockets \
	    "${alone[@]}" "$SIGNET" serve
	is_up
	grep -qE "^serving http://127\.0\.0\.1:[0-9]+/ and unix:$PWD/front.sock " \
	    serve.out
	soon healthy
	[ "$(get /healthz --unix-socket front.sock)" = ok ]
	stop
}

@test "systemd-socket-activate starts it at the first connection" {
	needs systemd-socket-activate python3
	port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	launch systemd-socket-activate -l "127.0.0.1:$port" \
	    --setenv=SIGNET_HOME="$SIGNET_HOME" "$SIGNET" serve
	url=http://127.0.0.1:$port/
	soon get /healthz >health
	[ "$(cat health)" = ok ]
	is_up
	stop
}

@test "what is handed over must be a listening socket" {
	refused 2 'LISTEN_FDS: descriptor 3 is no stream socket that listens' \
	    bash -c 'exec setsid -w bash -c "LISTEN_FDS=1 LISTEN_PID=\$\$ exec \"\$@\"" \
	    x "$@" 3</dev/null' x "$SIGNET" serve
}

# ---- another ledger ----

@test "a ledger that is put in its place: no answer until it starts again" {
	local how
	signet issue server a.example --no-passphrase --quiet
	sqlite3 "$SIGNET_HOME/ledger.db" ".backup '$PWD/backup.db'"
	for how in copied moved; do
		serve
		authorities_as_pem
		# Twice: it is in the cache then.
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce |
		    grep -q 'a.example.crt: good'
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce |
		    grep -q 'a.example.crt: good'
		if [ "$how" = copied ]; then
			rm "$SIGNET_HOME/ledger.db"{,-wal,-shm}
			cp backup.db "$SIGNET_HOME/ledger.db"
		else
			rm -f "$SIGNET_HOME/ledger.db-"{wal,shm}
			cp backup.db other.db
			mv other.db "$SIGNET_HOME/ledger.db"
		fi
		signet revoke a.example --yes --quiet
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce >said || true
		grep -q 'trylater (3)' said
		ocsp "$SIGNET_HOME/issued/a.example.crt" >said || true
		grep -q 'trylater (3)' said
		[ "$(get /crl/issuing.crl -o /dev/null -w '%{http_code}')" = 503 ]
		get /healthz | grep -q 'the ledger was replaced: start this server again'
		[ "$(get /healthz -o /dev/null -w '%{http_code}')" = 503 ]
		stop
		serve
		ocsp "$SIGNET_HOME/issued/a.example.crt" -no_nonce |
		    grep -q 'a.example.crt: revoked'
		stop
		cp backup.db other.db
		rm -f "$SIGNET_HOME/ledger.db-"{wal,shm}
		mv other.db "$SIGNET_HOME/ledger.db"
	done
}

@test "a copy onto the very file is noticed, too: /healthz, and no answer" {
	signet issue server a.example --no-passphrase --quiet
	serve
	authorities_as_pem
	listed() {
		get /crl/issuing.crl -f >/dev/null
	}
	soon listed
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q 'a.example.crt: good'
	# As old as can be, and all that the server has ever found in the file.
	sqlite3 "$SIGNET_HOME/ledger.db" 'PRAGMA wal_checkpoint' >/dev/null
	sqlite3 "$SIGNET_HOME/ledger.db" ".backup '$PWD/backup.db'"
	signet revoke a.example --yes --quiet --reason superseded
	ocsp "$SIGNET_HOME/issued/a.example.crt" | grep -q 'a.example.crt: revoked'
	# On the heels of the one who brings the revocation into the file.
	sqlite3 "$SIGNET_HOME/ledger.db" 'PRAGMA wal_checkpoint' >/dev/null
	cp backup.db "$SIGNET_HOME/ledger.db"
	refused_to_answer() {
		ocsp "$SIGNET_HOME/issued/a.example.crt" "$@" >said || true
		if grep -q ': good' said; then
			touch was_good
		fi
		grep -q 'trylater (3)' said &&
		    [ "$(get /crl/issuing.crl -o /dev/null -w '%{http_code}')" = 503 ]
	}
	soon refused_to_answer
	soon refused_to_answer -no_nonce
	[ ! -e was_good ]
	get /healthz | grep -q 'the ledger was replaced: start this server again'
	soon grep -q 'the ledger was replaced' serve.err
	stop
}

# ---- lists in time ----

# in_the_past DAYS COMMAND...
in_the_past() {
	local days=$1
	shift
	setsid -w faketime -f "-${days}d" "$SIGNET" "$@" </dev/null
}

# old_home DAYS: made so long ago, with a CRL of then, which lives for a week;
# its responders are of today.
old_home() {
	in_the_past "$1" init "Old Root CA" --home old --key ed25519 \
	    --no-passphrase --quiet
	export SIGNET_HOME=$PWD/old
	in_the_past "$1" ca add issuing "Old Issuing CA" --key ed25519 \
	    --no-passphrase --quiet
	in_the_past "$1" crl --ca issuing --quiet --der --out first.crl
	signet ocsp init --all --no-passphrase --quiet
}

@test "with the key at hand a CRL is published before it is due" {
	needs faketime
	old_home 6
	serve
	newer() {
		get /crl/issuing.crl >served.crl
		not cmp -s first.crl served.crl
	}
	soon newer
	openssl crl -inform DER -in served.crl -noout -crlnumber |
	    grep -q 'crlNumber=0x02'
	cmp served.crl old/crl/issuing.crl
	soon healthy
	stop
	signet audit --quiet
}

@test "what is revoked or lifted meanwhile is in the next CRL, unasked" {
	signet issue server a.example --no-passphrase --quiet
	serve
	soon lists 'no revoked certificates'
	signet revoke a.example --yes --quiet --reason certificateHold
	soon lists 'certificate hold'
	signet unhold a.example --quiet
	soon lists 'no revoked certificates'
	stop
	signet audit --quiet
}

# unhealthy WORDS: /healthz says so, with 503.
unhealthy() {
	get /healthz | grep -qE -- "$1" &&
	    [ "$(get /healthz -o /dev/null -w '%{http_code}')" = 503 ]
}

@test "--no-ca-key: what was published is served, and said to grow old" {
	needs faketime
	old_home 10
	signet crl --ca root --quiet >/dev/null
	serve --no-ca-key
	get /crl/issuing.crl | cmp - first.crl
	soon unhealthy '^issuing: .*CRL'
	get /metrics >metrics
	grep -E '^signet_crl_next_update_seconds\{.*issuing.*\} -[0-9]+' metrics
	# Published elsewhere, by whoever has the key.
	signet crl --ca issuing --quiet --der --out second.crl
	soon healthy
	get /crl/issuing.crl | cmp - second.crl
	stop
}

@test "it serves under a clock that was moved" {
	needs faketime
	launch faketime -f '+30d' "$SIGNET" serve --listen 127.0.0.1:0
	is_up
	soon lists 'Lab Issuing CA'
	get /crl/issuing.crl -o /dev/null -w '%header{expires}' >expires
	[ "$(date -d "$(cat expires)" +%s)" -gt "$(date -d '+36 days' +%s)" ]
	# faketime waits for the signer.
	kill -TERM "$fronts"
	ended "$pid"
}

# ---- the promise ----

@test "no answer is good after the revocation was committed (108)" {
	needs python3
	local i
	for i in 0 1 2 3 4 5; do
		signet issue server "host$i.example" --no-passphrase --quiet
	done
	serve --workers 4
	authorities_as_pem
	for i in 0 1 2 3 4 5; do
		openssl ocsp -issuer issuing.pem -no_nonce -sha1 \
		    -cert "$SIGNET_HOME/issued/host$i.example.crt" \
		    -reqout "$i.der" >/dev/null
	done
	# What it would say of a revocation that is not one.
	refused 1 "host5.example: client" python3 \
	    "$BATS_TEST_DIRNAME/serve_clients.py" race "$port" \
	    "$(command -v true)" host5.example 5.der
	python3 "$BATS_TEST_DIRNAME/serve_clients.py" race "$port" "$SIGNET" \
	    host0.example 0.der host1.example 1.der host2.example 2.der \
	    host3.example 3.der host4.example 4.der host5.example 5.der
	ocsp "$SIGNET_HOME/issued/host3.example.crt" | grep -q ': revoked'
	stop
	signet audit --quiet
}

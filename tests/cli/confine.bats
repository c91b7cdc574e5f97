#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Each command, asked from inside itself what it may still do.

load helper

setup_file() {
	needs openssl sqlite3
	shared_home
}

setup() {
	[ -f "${SIGNET_PROBE:-}" ] || skip "SIGNET_PROBE names no library"
	own_home
	request company company.com
	mkdir elsewhere out
	echo secret >elsewhere/file
	signet sign company.csr --policy server --out company.crt --quiet
	signet crl --all --bundle --out all.crl.pem --quiet
	confinement_is_offered
}

teardown() {
	[ -z "${OTHERS:-}" ] || rm -r "$OTHERS"
}

sanitized() {
	grep -q __asan_init "$SIGNET"
}

# The program says what this kernel has not got.
confinement_is_offered() {
	signet csr show company.csr 2>&1 >/dev/null | grep -q 'not confined' &&
		skip "this kernel does not offer all of it"
	return 0
}

# probe "TRIES" ARGUMENTS...: runs a command; what became of the tries is in
# the file "report".
probe() {
	local tries=$1
	shift
	rm -f report
	setsid -w env LD_PRELOAD="$SIGNET_PROBE" CONFINE_PROBE="$tries" \
	    CONFINE_REPORT="$PWD/report" ASAN_OPTIONS=verify_asan_link_order=0 \
	    "$SIGNET" "$@" </dev/null >said 2>&1
}

# said_of TRY OUTCOME
said_of() {
	grep -qxF -- "$1 $2" report || {
		echo "expected: $1 $2; the report is:"
		cat report said
		return 1
	}
}

# What no command may. HOME: whole, ledger or none.
# confined HOME NETWORK ARGUMENTS...
confined() {
	local home=$1 network=$2 socket=denied key=denied ledger=denied core=off
	shift 2
	echo "# signet $*"
	[ "$network" = none ] || socket=let
	[ "$home" != whole ] || key=let
	[ "$home" = none ] || ledger=let
	# The command may end well or not: it is as confined.
	probe "read:elsewhere/file make:elsewhere/planted remove:elsewhere/file \
chmod:elsewhere/file read:/etc/passwd list:elsewhere socket unix listen core \
read:$SIGNET_HOME/keys/issuing.key read:$SIGNET_HOME/policies/server.policy \
read:$SIGNET_HOME/ledger.db process" "$@" || true
	said_of read:elsewhere/file denied
	said_of make:elsewhere/planted denied
	said_of remove:elsewhere/file denied
	said_of chmod:elsewhere/file denied
	said_of read:/etc/passwd denied
	said_of list:elsewhere denied
	said_of socket $socket
	said_of unix $socket
	said_of listen denied
	said_of "read:$SIGNET_HOME/keys/issuing.key" $key
	said_of "read:$SIGNET_HOME/policies/server.policy" $key
	said_of "read:$SIGNET_HOME/ledger.db" $ledger
	sanitized || said_of process denied
	sanitized || said_of core $core
	[ -f elsewhere/file ] && [ ! -e elsewhere/planted ]
}

@test "without confinement all of it works: the tries can fail" {
	probe "read:elsewhere/file make:elsewhere/planted chmod:elsewhere/file \
read:/etc/passwd list:elsewhere socket unix process remove:elsewhere/file" help
	not grep -v ' let$' report
	[ -e elsewhere/planted ]
}

@test "commands that sign have the home, and nothing else" {
	confined whole none sign company.csr --policy server --out out/a.crt
	confined whole none issue server a.company.com --out-dir out --no-passphrase
	confined whole none sign --batch company.csr --policy server --out-dir out \
	    --report out/report.csv
	confined whole none renew company.com --out out/b.crt
	confined whole none rekey company.com --out-dir out --no-passphrase
	confined whole none crl --all --bundle --out out/all.pem
	confined whole none ca add vpn VPN --no-passphrase
	confined whole none ocsp init --no-passphrase
	confined whole none ocsp respond company.csr --out out/r.der
	confined whole none audit
	confined whole none log checkpoint --out out/checkpoint
	confined whole none log prove company.com --out out/proof
	confined whole none log key
	confined whole none log prove-consistency out/checkpoint
	confined whole none doctor
	confined whole none key passphrase vpn --no-passphrase
	confined whole none backup out/lab.tar
	confined whole none backup -
}

@test "commands that only ask the ledger have no key and no policy" {
	confined ledger none list
	confined ledger none show company.com
	confined ledger none show company.crt
	confined ledger none ca list
	confined ledger none roots export --out out/roots.pem
	confined ledger none csr new --key company.key --dns company.com \
	    --out out/new.csr
	confined ledger none crl verify all.crl.pem
	confined ledger none verify company.crt --host company.com
	confined ledger none revoke company.crt --reason certificateHold
	confined ledger none unhold company.crt
	confined ledger none log verify all.crl.pem
}

@test "commands that need no home have none" {
	confined none none key new --out out/new.key --no-passphrase
	confined none none csr show company.csr
	confined none none crl show all.crl.pem
}

@test "commands that ask others make connections, and have no key" {
	confined ledger out verify company.crt --online --timeout 1
	confined ledger out check 127.0.0.1:1 --timeout 1
	confined whole out doctor --online
	confined ledger out ocsp query http://127.0.0.1:1/ company.crt --timeout 1
}

@test "init has the folder above the new home" {
	mkdir above
	probe "read:elsewhere/file make:elsewhere/planted socket make:above/other" \
	    init "Other Root" --home above/home --no-passphrase
	said_of read:elsewhere/file denied
	said_of make:elsewhere/planted denied
	said_of socket denied
	said_of make:above/other let
	[ -f above/home/ledger.db ]
	signet list --home above/home
}

@test "inputs are read and not written, outputs written and not read" {
	echo old >out/old
	probe "read:company.csr write:company.csr make:new make:out/new \
read:out/old remove:out/old list:out" \
	    sign company.csr --policy server --out out/a.crt
	said_of read:company.csr let
	said_of write:company.csr denied
	said_of make:new denied
	said_of make:out/new let
	said_of read:out/old denied
	said_of remove:out/old let
	said_of list:out let
}

@test "who would start a program, or trace one, is ended" {
	local try
	sanitized && skip "a sanitizer's own needs"
	for try in program ptrace; do
		status=0
		probe "$try" list || status=$?
		[ "$status" -eq 159 ] # SIGSYS
		not grep -q "$try [a-zA-Z]" report
	done
}

@test "a command that waits is confined while it waits" {
	local pid state=
	sanitized && skip "a sanitizer's own needs"
	exec 8>>"$SIGNET_HOME/ledger.db.lock"
	flock 8
	"$SIGNET" revoke company.crt --reason superseded --wait 60 \
	    </dev/null >said 2>&1 8>&- &
	pid=$!
	for ((i = 0; i < 3000 && ! ${#state}; i++)); do
		state=$(grep -x $'Seccomp:\t2' "/proc/$pid/status" || true)
	done
	grep -x $'NoNewPrivs:\t1' "/proc/$pid/status"
	exec 8>&-
	wait "$pid"
	[ -n "$state" ]
}

@test "links in the home lead where they point to" {
	mkdir stick web
	mv "$SIGNET_HOME/keys/issuing.key" stick/
	ln -s "$PWD/stick/issuing.key" "$SIGNET_HOME/keys/issuing.key"
	mv "$SIGNET_HOME/crl" web/crl
	ln -s ../web/crl "$SIGNET_HOME/crl"
	signet crl --all --out web/bundle.pem --bundle
	signet sign company.csr --policy server --out out/a.crt
	rm web/crl/issuing.crl
	signet crl --ca issuing --out web/one.pem
	[ -s web/crl/issuing.crl ]
}

@test "pipes, here-documents and descriptors are read as before" {
	signet csr show <(cat company.csr)
	"$SIGNET" csr show /dev/stdin <company.csr
	"$SIGNET" csr show - <company.csr
	"$SIGNET" csr show /dev/fd/7 7<company.csr
	"$SIGNET" csr show /dev/stdin <<<"$(cat company.csr)"
	"$SIGNET" sign company.csr --policy server >out/stdout.crt
	openssl x509 -in out/stdout.crt -noout
	echo "a long passphrase" >pass
	signet key new --out out/locked.key --passout file:pass
	"$SIGNET" csr new --key out/locked.key --passin fd:6 --dns company.com \
	    --out out/c.csr 6<pass
	"$SIGNET" csr new --key out/locked.key --passin file:/dev/fd/6 \
	    --dns company.com --out out/d.csr 6<pass
}

@test "a ledger without its log is opened all the same" {
	sqlite3 "$SIGNET_HOME/ledger.db" 'pragma wal_checkpoint(truncate)'
	rm -f "$SIGNET_HOME"/ledger.db-wal "$SIGNET_HOME"/ledger.db-shm
	signet list | grep company.com
}

@test "an ordinary user is confined too" {
	[ "$(id -u)" -eq 0 ] || skip "every test here is one"
	needs setpriv
	sanitized && skip "a sanitizer reads what it may not"
	OTHERS=$(mktemp -d)
	chmod 755 "$OTHERS"
	mkdir "$OTHERS/own"
	cp "$SIGNET" "$SIGNET_PROBE" "$OTHERS"
	cp -r home company.csr "$OTHERS/own"
	cd "$OTHERS/own"
	mkdir elsewhere out
	echo secret >elsewhere/file
	chown -R 65534:65534 .
	SIGNET_PROBE=$OTHERS/$(basename "$SIGNET_PROBE")
	SIGNET="setpriv --reuid 65534 --regid 65534 --clear-groups $OTHERS/signet"
	SIGNET_HOME=$PWD/home
	touch report
	chown 65534 report . && chmod 777 .
	# Split into words, as it stands for several.
	env LD_PRELOAD="$SIGNET_PROBE" CONFINE_REPORT="$PWD/report" \
	    CONFINE_PROBE="read:elsewhere/file socket core read:home/ledger.db" \
	    $SIGNET sign company.csr --policy server --out out/a.crt >said 2>&1
	openssl x509 -in out/a.crt -noout
	not grep 'not confined' said
	said_of read:elsewhere/file denied
	said_of socket denied
	said_of core off
	said_of read:home/ledger.db let
}

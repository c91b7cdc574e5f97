#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Where output goes is settled before a key is used: what cannot be handed
# out is not signed.

load helper

setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	request old www.example.com
	signet sign old.csr --policy server --home home --out old.crt --quiet
	request r host.example.com
	request s mail.example.com
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/{r,s,old}.* .
	all=$(rows "select count(*) from certificate")
	crls=$(rows "select count(*) from crl")
	mounted=
	frozen=
}

teardown() {
	[ -z "$mounted" ] || umount "$mounted"
	[ -z "$frozen" ] || chattr -i "$frozen"
}

# nothing_signed: not even intended.
nothing_signed() {
	[ "$(rows "select count(*) from certificate")" -eq "$all" ]
	[ "$(rows "select count(*) from crl")" -eq "$crls" ]
}

# unwritable CODE TEXT PATH: no command signs what would go there.
unwritable() {
	refused "$1" "$2" signet sign r.csr --policy server --out "$3"
	refused "$1" "$2" signet sign r.csr --policy server --out "$3" --force
	refused "$1" "$2" signet issue server company.com --out-dir . \
	    --no-passphrase --out "$3"
	refused "$1" "$2" signet issue server company.com --out-dir . \
	    --passout file:/dev/null --p12 "$3"
	refused "$1" "$2" signet renew old.crt --out "$3"
	refused "$1" "$2" signet crl --out "$3"
	refused "$1" "$2" signet key new --no-passphrase --out "$3"
	refused "$1" "$2" signet roots export --out "$3"
	nothing_signed
	[ -z "$(find . -name 'company.com*' -o -name '.signet*')" ]
}

@test "a name that is none (71)" {
	local long
	long=$(printf '%0256d' 1)
	mkdir folder
	unwritable 2 "empty" ""
	unwritable 2 "is a folder" folder/
	unwritable 2 "is a folder" folder/..
	unwritable 1 "File name too long" "$long"
	unwritable 1 "File name too long" "folder/$long"
	unwritable 4 "does not exist" no/r.crt
	unwritable 4 "does not exist" r.csr/r.crt
}

@test "a name as long as they may be is written, and replaced" {
	local long
	long=$(printf '%0255d' 1)
	signet sign r.csr --policy server --out "$long"
	signet sign r.csr --policy server --out "$long" --force
	openssl x509 -in "$long" -noout
	[ "$(find . -maxdepth 1 -name '.signet*')" = "" ]
}

@test "where no file can be: /proc, /sys, /dev" {
	unwritable 1 "cannot be written" /proc/r.crt
	unwritable 1 "cannot be written" /proc/self/fd/r.crt
	unwritable 1 "cannot be written" /sys/r.crt
	unwritable 2 "say -" /dev/stdout
	unwritable 2 "say -" /dev/null
	[ -L /dev/stdout ]
}

@test "what is no file is not replaced, nor what a link leads to" {
	mkfifo fifo
	ln -s fifo link
	refused 3 "not a regular file" signet sign r.csr --policy server \
	    --out link --force
	refused 3 "not a regular file" signet crl --out link
	[ -L link ]
	nothing_signed
}

@test "a read-only file system, one that is full" {
	mkdir place
	mount -t tmpfs -o size=4k place place 2>/dev/null ||
	    skip "nothing can be mounted"
	mounted=$PWD/place
	unwritable 1 "No space left" place/r.crt
	mount -o remount,ro place
	unwritable 1 "Read-only file system" place/r.crt
}

@test "a folder that is immutable, a file that is" {
	mkdir place
	chattr +i place 2>/dev/null || skip "nothing can be made immutable"
	frozen=$PWD/place
	unwritable 1 "cannot be written" place/r.crt
	chattr -i place
	frozen=
	echo precious >place/r.crt
	chattr +i place/r.crt
	frozen=$PWD/place/r.crt
	refused 1 "cannot be written" signet sign r.csr --policy server \
	    --out place/r.crt --force
	refused 1 "cannot be written" signet crl --out place/r.crt
	nothing_signed
}

@test "a folder of someone else's" {
	[ "$(id -u)" -ne 0 ] || skip "root may write everywhere"
	mkdir place && chmod 500 place
	unwritable 1 "cannot be written" place/r.crt
}

@test "where /proc is not mounted" {
	unshare -m umount -l /proc 2>/dev/null || skip "/proc stays"
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m sh -c 'umount -l /proc && exec "$0" "$@"' "$SIGNET" \
	    sign r.csr --policy server --out r.crt --quiet </dev/null
	openssl x509 -in r.crt -noout
	[ -z "$(find . -maxdepth 1 -name '.signet*')" ]
}

@test "a file system without links, without modes (a stick's)" {
	can_trace
	traced -P r.crt -P "$PWD" -e inject=linkat,link:error=EPERM \
	    "$SIGNET" sign r.csr --policy server --out r.crt --quiet
	openssl x509 -in r.crt -noout
	[ "$(stat -c %h r.crt)" -eq 1 ]
	# Nor renames that replace nothing.
	traced -P s.crt -P "$PWD" -e inject=linkat:error=ENOENT \
	    -e inject=renameat2:error=EINVAL \
	    "$SIGNET" sign s.csr --policy server --out s.crt --quiet
	openssl x509 -in s.crt -noout
	traced -e inject=fchmod:error=EPERM \
	    "$SIGNET" sign s.csr --policy server --out t.crt --quiet
	openssl x509 -in t.crt -noout
	[ -z "$(find . -maxdepth 1 -name '.signet*')" ]
	signet audit
}

# closed COMMAND...: its standard output is closed, full, or a pipe that
# nobody reads; it fails, says so and signs nothing.
closed() {
	local status
	for kind in closed full unread; do
		status=0
		case $kind in
		closed) setsid -w "$SIGNET" "$@" </dev/null 2>err >&- ;;
		full) setsid -w "$SIGNET" "$@" </dev/null 2>err >/dev/full ;;
		unread)
			mkfifo pipe
			exec 7<>pipe
			exec 8>pipe 7<&-
			rm pipe
			setsid -w "$SIGNET" "$@" </dev/null 2>err >&8 8>&-
			;;
		esac || status=$?
		exec 8>&-
		echo "$kind: $status: $*"
		cat err
		[ "$status" -eq 1 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "standard output cannot be written" err
	done
	nothing_signed
}

@test "standard output is closed, full, or read by nobody (71)" {
	closed sign r.csr --policy server
	closed sign r.csr --policy server --plan
	closed renew old.crt
	closed crl
	closed crl --bundle --all
	closed key new --no-passphrase --out -
	closed issue server company.com --no-passphrase --out-dir . --out -
	closed csr new --key r.key --dns host.example.com
	closed roots export
	closed list
	closed list --json
	closed show "Lab Issuing CA"
	closed ca list
	closed help
	closed version
	[ -z "$(find . -name 'company*')" ]
}

@test "a closed standard output that nobody needs" {
	signet sign r.csr --policy server --out r.crt >&-
	signet crl --all >&-
	openssl x509 -in r.crt -noout
}

@test "no file becomes what was closed" {
	local status=0
	"$SIGNET" sign - --policy server <&- 2>err || status=$?
	cat err
	[ "$status" -eq 1 ]
	grep -q "standard input" err
	signet sign r.csr --policy server --out r.crt <&- >&- 2>&-
	openssl x509 -in r.crt -noout
	signet audit
}

# same COMMAND...: two of its files are one; said before anything is made.
same() {
	refused 2 "would both be written" signet "$@"
	nothing_signed
	[ -z "$(find . -name 'x.*' -o -name 'company.com*' -o -name '.signet*')" ]
}

@test "issue and rekey: key, request, certificate and PKCS #12 are four files" {
	local verb
	ln -s . also
	echo secret >pass
	for verb in "issue server company.com" "rekey old.crt"; do
		# shellcheck disable=SC2086 # words
		set -- $verb --passout file:pass --out-dir .
		same "$@" --out x.pem --key-out x.pem
		same "$@" --out x.pem --key-out ./x.pem
		same "$@" --out x.pem --key-out also/x.pem
		same "$@" --out x.pem --key-out "$PWD/also/also/x.pem"
		same "$@" --out x.pem --p12 x.pem
		same "$@" --key-out x.pem --p12 x.pem
		same "$@" --out - --p12 -
	done
	same issue server company.com --no-passphrase --out-dir . \
	    --out company.com.csr
	same issue server company.com --no-passphrase --out-dir . \
	    --key-out company.com.csr
	same issue server company.com --passout file:pass --out-dir . \
	    --p12 company.com.key
	refused 2 "the key (--key-out) and --p12" signet issue server \
	    company.com --passout file:pass --key-out x.p12 --p12 x.p12
}

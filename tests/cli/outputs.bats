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
	# In a chroot it may be a plain folder.
	[ ! -d /sys/kernel ] || unwritable 1 "cannot be written" /sys/r.crt
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
	not grep -q __asan_init "$SIGNET" ||
		skip "the sanitizer reads its options and tasks in /proc"
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

@test "sign: never over the request" {
	local request
	ln -s . also
	ln -s r.csr link.csr
	sha256sum r.csr >before
	for request in r.csr ./r.csr also/r.csr "$PWD/r.csr" link.csr; do
		refused 2 "is read here" signet sign "$request" \
		    --policy server --out also/r.csr --force
		refused 2 "is read here" signet sign "$request" \
		    --policy server --out r.csr
	done
	cp s.csr r.crt
	refused 2 "is read here" signet sign r.csr r.crt --policy server \
	    --out-dir also --force
	sha256sum --quiet -c before
	nothing_signed
	# A link is replaced, not what it leads to.
	signet sign r.csr --policy server --out link.csr --force
	sha256sum --quiet -c before
}

@test "sign, renew: two that would go to one file" {
	mkdir a b d
	cp r.csr a/x.csr
	cp s.csr b/x.csr
	for force in --quiet --force; do
		refused 2 "a/x.csr and b/x.csr would both be written to d/x.crt" \
		    signet sign a/x.csr r.csr b/x.csr --policy server \
		    --out-dir d "$force"
		refused 2 "would both be written to d/www.example.com.crt" \
		    signet renew old.crt www.example.com --out-dir d "$force"
	done
	[ -z "$(ls d)" ]
	nothing_signed
	signet sign a/x.csr b/x.csr --policy server >both.pem
	[ "$(grep -c BEGIN both.pem)" -eq 2 ]
	signet sign a/x.csr b/x.csr --policy server --plan --out-dir d >plan
}

@test "every place is looked at before the first is signed" {
	mkdir d
	echo precious >d/s.crt
	refused 3 "d/s.crt: exists already" signet sign r.csr s.csr \
	    --policy server --out-dir d
	[ "$(ls d)" = s.crt ]
	mkdir d/r.crt
	refused 3 "d/r.crt: is not a regular file" signet sign s.csr r.csr \
	    --policy server --out-dir d --force
	[ "$(cat d/s.crt)" = precious ]
	mkdir d/www.example.com.crt
	signet sign s.csr --policy server --out s.crt
	all=$((all + 1))
	refused 3 "www.example.com.crt: exists already" signet renew s.crt \
	    old.crt --out-dir d
	refused 4 "the folder no does not exist" signet renew s.crt old.crt \
	    --out-dir no
	nothing_signed
}

@test "no passphrase is asked for in vain" {
	echo "very secret" >pass
	signet ca add locked "Locked CA" --passout file:pass
	all=$((all + 1))
	touch there.crt
	# Without a terminal and --passin the question is an error of its own.
	refused 2 "passin" signet sign r.csr --policy server --ca locked \
	    --out r.crt
	refused 3 "exists already" signet sign r.csr --policy server \
	    --ca locked --out there.crt
	refused 3 "exists already" signet renew old.crt --ca locked \
	    --out there.crt
	refused 3 "exists already" signet issue server company.com \
	    --ca locked --no-passphrase --out there.crt
	nothing_signed
}

# no_number ARGUMENTS...: no CRL is signed, no number spent: nothing of the
# home's folder can be written.
no_number() {
	local before
	before=$(rows "select count(*) from crl")
	refused 3 "is not a regular file" signet crl "$@"
	[ "$(rows "select count(*) from crl")" -eq "$before" ]
}

@test "crl: no number is spent on what cannot be written (87)" {
	local name
	refused 4 "does not exist" signet crl --out no/a.pem
	refused 4 "does not exist" signet crl --all --bundle --out no/a.pem
	refused 4 "does not exist" signet crl --delta --out no/a.pem
	nothing_signed
	mv home/crl aside
	for name in --quiet --all --due "--all --bundle" "--ca root"; do
		# shellcheck disable=SC2086 # words
		refused 4 "crl does not exist" signet crl $name
	done
	nothing_signed
	mv aside home/crl
	mkdir home/crl/issuing.crl
	no_number
	no_number --due
	# Not the root's either, though that could be.
	no_number --all
	no_number --all --bundle --out all.pem
	[ ! -e home/crl/root.crl ]
	rmdir home/crl/issuing.crl
	signet crl --all
	mkdir home/crl/issuing.delta.crl
	signet revoke old.crt --yes
	no_number --delta
	no_number --delta --all --due
	rmdir home/crl/issuing.delta.crl
	signet crl --delta >delta.pem
	signet audit
}

@test "crl: a partition's place is looked at too (87)" {
	needs jq
	local i
	cat >>home/policies/server.policy <<-'END'
		[publish]
		crl = http://pki.example.com/{issuer}.{shard}.crl
		shards = 2
	END
	for i in 1 2 3 4 5 6 7 8; do
		signet sign r.csr --policy server --out "$i.crt" --quiet
	done
	mkdir home/crl/issuing.2.crl
	no_number
	no_number --all
	rmdir home/crl/issuing.2.crl
	signet crl >crl.pem
	[ -f home/crl/issuing.2.crl ]
	# The first number is still to be had.
	[ "$(signet crl show crl.pem --json | jq .crl.number)" -eq 1 ]
	signet audit
}

@test "--p12: a passphrase it cannot hold is refused, a long name is cut" {
	local verb uri
	printf 'Z\374rich\n' >latin1
	printf 'Z\303\274rich\n' >utf8
	for verb in "issue client jason@example.com" "rekey old.crt"; do
		# shellcheck disable=SC2086 # words
		refused 2 "is not UTF-8" signet $verb --passout file:latin1 \
		    --out-dir . --p12 x.p12
	done
	nothing_signed
	[ -z "$(find . -name 'x.p12' -o -name 'jason*')" ]
	# A key alone takes any octets.
	signet issue client jason@example.com --passout file:latin1 --out-dir .
	sed -i 's/^require .*/require = uri/; s/^email .*/uri = any/' \
	    home/policies/client.policy
	uri=https://example.com/$(printf '%0300d' 1)
	signet issue client "$uri" --passout file:utf8 --out-dir . --p12 y.p12
	openssl pkcs12 -in y.p12 -passin file:utf8 -nokeys -info 2>/dev/null |
	    grep -q 'friendlyName: https://example.com/0'
}

# said_so ROWS: what the message in err says of the ledger is so; the
# certificates before were ROWS.
said_so() {
	local now intended
	now=$(rows "select count(*) from certificate")
	intended=$(rows "select count(*) from certificate where state = 1")
	cat err
	[ "$(wc -l <err)" -eq 1 ]
	if grep -q "nothing was recorded" err; then
		not grep -q "stays\|may or may not\|revoke" err
		[ "$now" -eq "$1" ]
	elif grep -q "nothing was signed" err; then
		grep -q "may or may not be recorded" err
	elif grep -q "as intended or as issued" err; then
		grep -q "may or may not be recorded.*signet show" err
		[ "$now" -gt "$1" ]
	elif grep -q "stays in the ledger as intended" err; then
		[ "$now" -eq $(($1 + 1)) ]
		[ "$intended" -gt 0 ]
	else
		# Nothing was begun.
		[ "$now" -eq "$1" ]
	fi
}

@test "what a failure says of the ledger is so, at each step (71)" {
	can_trace
	local call k before status kinds=
	for call in pwrite64:ENOSPC fdatasync:EIO fsync:EIO; do
		for k in 1 2 3 4 5 9 13 17 21 25 29 33 37 41; do
			before=$(rows "select count(*) from certificate")
			status=0
			traced -e "inject=${call%:*}:error=${call#*:}:when=$k+" \
			    "$SIGNET" sign r.csr --policy server \
			    --out "$call.$k.crt" --quiet 2>err || status=$?
			[ "$status" -ne 0 ] || continue
			[ "$status" -eq 1 ]
			# Written, not synced: of the file, not of the ledger.
			! grep -q "the certificate is issued and in" err ||
			    continue
			echo "$call $k"
			said_so "$before"
			case $(cat err) in
			*"not recorded as issued"*) kinds+=late ;;
			*"nothing was recorded"*) kinds+=early ;;
			*"nothing was signed"*) kinds+=unsigned ;;
			*"as intended or as issued"*) kinds+=unsure ;;
			esac
			[ ! -e "$call.$k.crt" ]
		done
	done
	echo "$kinds"
	for k in late early unsigned unsure; do
		[[ $kinds == *$k* ]]
	done
	signet audit
}

@test "of an authority whose home goes nothing is said to stay" {
	can_trace
	local k status
	for k in 1 5 9 12 15 18 21 24 27 30; do
		status=0
		traced -e "inject=pwrite64:error=ENOSPC:when=$k+" "$SIGNET" \
		    init X --home new --no-passphrase --quiet 2>err || status=$?
		cat err
		[ "$status" -ne 0 ] || { rm -r new && continue; }
		not grep -q "stays in the ledger\|signet audit" err
		[ -z "$(find . -maxdepth 1 -name 'new*')" ]
	done
}

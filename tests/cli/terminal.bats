#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# At a terminal: what a person is asked, what is not echoed, and what is left
# when the person thinks better of it.

load helper

setup() {
	needs openssl python3 sqlite3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home TERM=xterm
}

# at_terminal CODE COMMAND...: with the dialogue of standard input; what the
# terminal showed is in ./screen.
at_terminal() {
	local code=$1 status=0
	shift
	python3 "$BATS_TEST_DIRNAME/dialogue.py" "$@" >screen || status=$?
	cat screen
	echo "exit $status"
	[ "$status" -eq "$code" ]
}

init() {
	at_terminal "$1" "$SIGNET" init "Lab Root CA" --key ed25519
}

opens() {
	openssl pkey -in "$1" -passin "pass:$2" -noout
}

@test "init asks twice, shows neither, and encrypts with it" {
	init 0 <<-'END'
		New passphrase for the root's key: => correct horse
		The same again: => correct horse
	END
	not grep -q "correct horse" screen
	[ "$(grep -o 'echo off' screen | wc -l)" -eq 2 ]
	opens home/keys/root.key "correct horse"
}

@test "what differs is asked again; what is too short too" {
	init 0 <<-'END'
		New passphrase for the root's key: => abc
		New passphrase for the root's key: => correct horse
		The same again: => correct hoarse
		New passphrase for the root's key: => battery staple
		The same again: => battery staple
	END
	grep -q 'has 4 to 1024 octets' screen
	grep -q 'They differ.' screen
	opens home/keys/root.key "battery staple"
}

@test "after three tries nothing is made" {
	init 2 <<-'END'
		New passphrase for the root's key: => abc
		New passphrase for the root's key: => abc
		New passphrase for the root's key: => abc
	END
	grep -q 'no passphrase was set in 3 tries; nothing was made' screen
	[ -z "$(ls -d home* 2>/dev/null)" ]
}

@test "Ctrl-C: the echo is back, no folder is left, exit 1" {
	init 1 <<-'END'
		New passphrase for the root's key: => ^C
	END
	grep -q 'interrupted' screen
	[ -z "$(ls -d home* 2>/dev/null)" ]
	# The shell's own terminal, before and after.
	at_terminal 0 sh -c "trap : INT
	    '$SIGNET' init X; stty -a; read x" <<-'END'
		New passphrase for the root's key: => ^C
		echo echoe => done
	END
	grep -q ' echo echoe' screen
	[ "$(grep -o 'echo on' screen | wc -l)" -eq 1 ]
}

# A shell with jobs, whose prompt says when it is its turn.
shell() {
	at_terminal "$1" env PS1='job> ' bash --norc --noprofile --noediting -i
}

@test "asked before anything is made, and about a home that can be" {
	at_terminal 1 "$SIGNET" init X --home deep/er/home <<-'END'
		New passphrase for the root's key: => ^C
	END
	[ ! -e deep ]
	mkdir full && touch full/file
	at_terminal 3 "$SIGNET" init X --home full </dev/null
	grep -q 'not empty' screen
	not grep -q 'passphrase' screen
}

@test "ca add names the key as the person does, and ^C leaves none" {
	signet init X --key ed25519 --no-passphrase --quiet
	at_terminal 1 "$SIGNET" ca add vpn "VPN CA" --key ed25519 <<-'END'
		New passphrase for the key of vpn: => ^C
	END
	[ ! -e home/keys/vpn.key ]
	at_terminal 0 "$SIGNET" ca add vpn "VPN CA" --key ed25519 <<-'END'
		New passphrase for the key of vpn: => correct horse
		The same again: => correct horse
	END
	opens home/keys/vpn.key "correct horse"
	signet audit
}

@test "Ctrl-Z: the echo is back; fg hides it and asks again" {
	shell 0 <<-END
		job> => $SIGNET init X --key ed25519
		New passphrase for the root's key: => ^Z
		job> => fg
		New passphrase for the root's key: => ^Z
		job> => fg
		New passphrase for the root's key: => correct horse
		The same again: => ^Z
		job> => stty -a; fg
		The same again: => correct horse
		job> => exit
	END
	not grep -q "correct horse" screen
	grep -q ' echo echoe' screen
	# Shown at the shell (5 times), hidden at every question.
	[ "$(grep -o 'echo on' screen | wc -l)" -eq 5 ]
	[ "$(grep -o 'echo off' screen | wc -l)" -eq 5 ]
	opens home/keys/root.key "correct horse"
}

@test "terminated while it is stopped: nothing is left" {
	shell 0 <<-END
		job> => $SIGNET init X --key ed25519
		New passphrase for the root's key: => ^Z
		job> => kill %1; fg
		interrupted before => exit 0
	END
	[ -z "$(ls -d home* 2>/dev/null)" ]
}

@test "a key is asked for once, and a wrong passphrase is called so" {
	init 0 <<-'END'
		New passphrase for the root's key: => correct horse
		The same again: => correct horse
	END
	request r host.example.com
	at_terminal 5 "$SIGNET" sign r.csr --policy server --out r.crt <<-'END'
		Passphrase for root.key: => wrong
	END
	grep -q 'wrong passphrase (the file is intact)' screen
	[ ! -e r.crt ]
	at_terminal 1 "$SIGNET" sign r.csr --policy server --out r.crt <<-'END'
		Passphrase for root.key: => ^C
	END
	[ ! -e r.crt ]
	[ "$(rows "select count(*) from certificate")" -eq 1 ]
	at_terminal 0 "$SIGNET" sign r.csr r.csr --policy server <<-'END'
		Passphrase for root.key: => correct horse
	END
	[ "$(grep -c 'BEGIN CERTIFICATE' screen)" -eq 2 ]
	[ "$(grep -c 'Passphrase' screen)" -eq 1 ]
}

@test "the request comes by a pipe, the passphrase from the terminal" {
	init 0 <<-'END'
		New passphrase for the root's key: => correct horse
		The same again: => correct horse
	END
	request r host.example.com
	at_terminal 0 sh -c "cat r.csr |
	    '$SIGNET' sign - --policy server --out r.crt" <<-'END'
		Passphrase for root.key: => correct horse
	END
	openssl x509 -in r.crt -noout
	# And where there is no terminal nothing can be asked.
	refused 2 "env:NAME, file:PATH, fd:N or stdin" \
	    setsid -w "$SIGNET" sign - --policy server --out s.crt <r.csr
	[ ! -e s.crt ]
}

@test "what is odd in a file's name is not sent to the terminal" {
	local odd
	odd=$(printf 'Köln\033[31m.key')
	at_terminal 0 "$SIGNET" key new --type ed25519 --out "$odd" <<-'END'
		New passphrase for Köln\x1B[31m.key: => correct horse
		The same again: => correct horse
	END
	not grep -q "$(printf '\033')" screen
	opens "$odd" "correct horse"
}

@test "issue asks for the authority's, then for a new one" {
	init 0 <<-'END'
		New passphrase for the root's key: => correct horse
		The same again: => correct horse
	END
	at_terminal 0 "$SIGNET" issue client jason@lab.example \
	    --p12 j.p12 --out-dir . <<-'END'
		Passphrase for root.key: => correct horse
		New passphrase for jason@lab.example: => jason only
		The same again: => jason only
	END
	opens jason@lab.example.key "jason only"
	openssl pkcs12 -in j.p12 -passin "pass:jason only" -noout
}

@test "colour at a terminal, none with NO_COLOR or --no-color" {
	signet init X --key ed25519 --no-passphrase --quiet
	at_terminal 0 env -u NO_COLOR "$SIGNET" list </dev/null
	grep -q "$(printf '\033')\[" screen
	at_terminal 0 "$SIGNET" list </dev/null
	not grep -q "$(printf '\033')" screen
	at_terminal 0 env -u NO_COLOR "$SIGNET" list --no-color </dev/null
	not grep -q "$(printf '\033')" screen
}

@test "lists and plans fit 80 columns, however long the names" {
	local long=a-very-long-name-that-goes-on.and-on-and-on.company.com
	signet init "O=A Company With A Name That Is Rather Long, C=DE, CN=Lab Root CA Of That Company" \
	    --key ed25519 --no-passphrase --quiet
	request r "$long" -subj \
	    "/O=A Company With A Name That Is Rather Long/CN=$long"
	signet sign r.csr --policy server --quiet --out r.crt
	for command in list "ca list" "show r.crt" "csr show r.csr" \
	    "sign r.csr --policy server --plan"; do
		# shellcheck disable=SC2086
		at_terminal 0 "$SIGNET" $command </dev/null
		awk 'length > 80 { print FILENAME ": " $0; exit 1 }' screen
	done
}

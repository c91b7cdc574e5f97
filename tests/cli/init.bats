#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet init: a home, its policies, a root; once, and only in a new folder.

load helper

setup() {
	needs openssl sqlite3
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
}

mode() {
	stat -c %a "$1"
}

@test "a root that openssl accepts, in a home of modes 0700 and 0600" {
	local file
	(umask 000 && signet init "Lab Root CA" --key ecdsa-p256 --no-passphrase)
	[ "$(mode home)" = 700 ]
	for file in home/keys home/policies home/crl home/issued; do
		[ "$(mode "$file")" = 700 ]
	done
	for file in home/ledger.db home/keys/root.key home/policies/*; do
		[ "$(mode "$file")" = 600 ]
	done
	signet roots export >root.pem
	openssl verify -x509_strict -CAfile root.pem root.pem
	openssl x509 -in root.pem -noout -subject | grep -q "CN = Lab Root CA"
	openssl pkey -in home/keys/root.key -pubout >key.pub
	openssl x509 -in root.pem -pubkey -noout | cmp - key.pub
	signet audit
}

@test "the ledger has no private key in it, encrypted or not" {
	local secret
	signet init "Lab Root CA" --key ecdsa-p256 --no-passphrase --quiet
	signet ca add issuing "Lab Issuing CA" --no-passphrase --quiet
	sqlite3 home/ledger.db 'pragma wal_checkpoint(truncate)' >checkpoint
	od -An -v -tx1 home/ledger.db | tr -d ' \n' >octets
	# What is public of the key is there: the search finds what there is.
	openssl pkey -in home/keys/root.key -pubout -outform DER |
	    tail -c 64 | od -An -v -tx1 | tr -d ' \n' >public
	grep -qFf public octets
	secret=$(openssl pkey -in home/keys/root.key -traditional -outform DER |
	    od -An -v -tx1 | tr -d ' \n')
	[[ $secret =~ 02010104(20[0-9a-f]{64}) ]]
	not grep -qF "${BASH_REMATCH[1]:2}" octets
	not grep -q 'PRIVATE KEY' home/ledger.db
}

@test "the whole of standard output is empty; the next step is named" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase >out 2>err
	[ ! -s out ]
	grep -q '^next: signet ca add issuing' err
	grep -q "home    $SIGNET_HOME" err
}

@test "--quiet says nothing" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet >out 2>&1
	[ ! -s out ]
}

@test "policies are the ones compiled into the program" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	diff -r "$SIGNET_SOURCE/policies" home/policies
}

@test "every type of key" {
	local type
	for type in ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448 rsa-2048; do
		signet init "Lab $type" --home "$type" --key "$type" \
		    --no-passphrase --quiet
		signet roots export --home "$type" >root.pem
		openssl verify -x509_strict -CAfile root.pem root.pem
	done
}

@test "a whole name, order kept, and a validity" {
	signet init "C=DE, O=Lab & Co, CN=Lab Root CA" --key ed25519 \
	    --no-passphrase --validity 10y
	signet roots export >root.pem
	openssl x509 -in root.pem -noout -subject -nameopt RFC2253 >text
	grep -qF 'subject=CN=Lab Root CA,O=Lab & Co,C=DE' text
	# 3650 days, the last second included (checklist 8).
	local seconds
	seconds=$(($(date -d "$(openssl x509 -in root.pem -noout -enddate |
	    cut -d= -f2)" +%s) - $(date -d "$(openssl x509 -in root.pem \
	    -noout -startdate | cut -d= -f2)" +%s)))
	[ "$seconds" -eq $((3650 * 86400 - 1)) ]
}

@test "--domain narrows the policies and constrains the root" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase \
	    --domain lab.example --domain company.com
	signet roots export | openssl x509 -noout -ext nameConstraints >text
	grep -q 'critical' text
	grep -q 'DNS:lab.example' text
	grep -q 'DNS:company.com' text
	request in www.company.com
	request out www.elsewhere.example
	signet sign in.csr --policy server --out in.crt
	refused 3 "elsewhere.example" signet sign out.csr --policy server \
	    --out out.crt
	[ ! -e out.crt ]
}

@test "--domain in upper case is lowered; a single label is refused" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase \
	    --domain Lab.Example
	grep -qF 'dns              = lab.example, .lab.example' \
	    home/policies/server.policy
	refused 2 "given twice" signet init X --home b --key ed25519 \
	    --no-passphrase --domain lab.example --domain LAB.example
	refused 3 'domain "lan": a whole top-level domain' signet init X \
	    --home b --key ed25519 --no-passphrase --domain lan
	grep -qF 'as lab.lan' err
	[ ! -e b ]
}

@test "a name without commonName: what to do is signet's own" {
	refused 3 'write it there too: "..., commonName=..."' signet init \
	    "O=Lab" --key ed25519 --no-passphrase
	not grep -q openssl err
}

@test "a part of the name that would be dropped is refused, as it is for ever" {
	refused 3 "organizationalUnitName: [subject] of root.policy" \
	    signet init "CN=X, OU=Dropped, C=DE" --key ed25519 --no-passphrase
	grep -q 'countryName, organizationName, commonName.*leave it out' err
	[ ! -e home ]
	signet init "CN=X, C=DE" --key ed25519 --no-passphrase --quiet
	refused 3 "organizationalUnitName" signet ca add issuing \
	    "CN=Y, OU=Dropped" --key ed25519 --no-passphrase
	grep -q 'or list it as optional in .*/policies/intermediate.policy' err
	[ ! -e home/keys/issuing.key ]
	sed -i 's/^commonName .*/&\norganizationalUnitName = optional/' \
	    home/policies/intermediate.policy
	signet ca add issuing "CN=Y, OU=Kept" --key ed25519 --no-passphrase
	signet show Y | grep -q 'OU=Kept'
}

@test "a passphrase from env:, file:, fd: and standard input" {
	export LAB_PASS="correct horse"
	echo "$LAB_PASS" >pass
	signet init A --home a --key ed25519 --passout env:LAB_PASS
	signet init B --home b --key ed25519 --passout file:pass
	signet init C --home c --key ed25519 --passout fd:5 5<pass
	"$SIGNET" init D --home d --key ed25519 --passout stdin <pass
	for home in a b c d; do
		grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$home/keys/root.key"
		openssl pkey -in "$home/keys/root.key" -passin env:LAB_PASS \
		    -noout
	done
}

@test "--kdf chooses the derivation, and openssl reads it" {
	export LAB_PASS="correct horse"
	signet init A --home a --key ed25519 --passout env:LAB_PASS \
	    --kdf pbkdf2:600000:sha512
	openssl asn1parse -in a/keys/root.key | grep -q hmacWithSHA512
	openssl pkey -in a/keys/root.key -passin env:LAB_PASS -noout
}

@test "a home that exists is left alone" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	sha256sum home/ledger.db home/keys/* >before
	refused 3 "exists already" signet init "Another" --key ed25519 \
	    --no-passphrase
	sha256sum -c --quiet before
	mkdir other && touch other/file
	refused 3 "not empty" signet init X --home other --no-passphrase
	[ -e other/file ]
}

@test "an empty folder will do, and folders above are made" {
	mkdir empty
	signet init X --home empty --key ed25519 --no-passphrase --quiet
	signet init X --home a/b/c --key ed25519 --no-passphrase --quiet
	signet audit --home a/b/c/
}

@test "what is refused leaves no folder behind" {
	refused 3 "RSA below 2048" signet init X --key rsa-1024 --no-passphrase
	refused 2 "unknown" signet init X --key rot13 --no-passphrase
	refused 2 "no terminal" signet init X --key ed25519
	refused 2 "process list" signet init X --passout pass:secret
	refused 2 "not set" signet init X --key ed25519 --passout env:NOT_SET
	refused 2 "--kdf" signet init X --no-passphrase --kdf md5
	refused 3 "bad domain" signet init X --domain "bad domain" \
	    --no-passphrase
	refused 3 "validity" signet init X --key ed25519 --no-passphrase \
	    --validity 90y
	[ "$(ls -A)" = "$(printf 'err\nout')" ]
}

@test "what is refused is refused before a passphrase is asked for" {
	refused 3 'domain "lan": a whole top-level domain' signet init X \
	    --domain lan
	refused 3 'write it there too: "..., commonName=..."' signet init O=Lab
	refused 3 validity signet init X --validity 90y
	local as=()
	[ "$(id -u)" -ne 0 ] || {
		needs setpriv
		as=(setpriv --reuid=65534 --clear-groups)
	}
	refused 1 "the folder /: Permission denied" \
	    setsid -w "${as[@]}" "$SIGNET" init X \
	    --home "/signet.$$/a/home" </dev/null
	refused 1 "the folder /: Permission denied" \
	    setsid -w "${as[@]}" "$SIGNET" init X \
	    --home "/signet.$$" </dev/null
	# Relative, and below what is not there yet.
	signet init X --home a/b --key ed25519 --no-passphrase --quiet
	(cd a && signet init X --home c --key ed25519 --no-passphrase --quiet)
	[ -e a/c/ledger.db ]
}

@test "two at once: one home, and one that says it was late" {
	local i codes=()
	for i in 1 2 3 4; do
		(
			code=0
			signet init "Root $i" --key ecdsa-p256 \
			    --no-passphrase >"out.$i" 2>&1 3>&- || code=$?
			echo "$code" >"code.$i"
		) &
	done
	wait
	cat out.*
	codes=($(sort -n code.*))
	[ "${codes[*]}" = "0 3 3 3" ]
	[ "$(rows "select count(*) from authority")" -eq 1 ]
	signet audit
	# Nothing beside it.
	[ "$(find . -name 'home*' | grep -c '^./home$')" -eq 1 ]
	[ -z "$(find . -maxdepth 1 -name 'home.new*')" ]
}

# alone FOLDER: its ledger.db without the log, with all else.
alone() {
	cp -a home "$1"
	rm -f "$1"/ledger.db-wal "$1"/ledger.db-shm
}

@test "ledger.db alone, without its log, is whole after init and ca add (81)" {
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	alone one
	signet audit --home one | grep -q '^1 certificate, '
	signet ca add issuing "Lab Issuing CA" --key ed25519 --no-passphrase \
	    --quiet
	alone two
	signet audit --home two | grep -q '^2 certificates, '
	signet ca list --home two | grep -q '^issuing '
}

@test "a ledger without any authority is no clean one (81)" {
	local command
	signet init "Lab Root CA" --key ed25519 --no-passphrase --quiet
	sqlite3 home/ledger.db "pragma foreign_keys = off;
	    delete from authority; delete from certificate; delete from name;
	    delete from event; delete from key_file; delete from policy"
	for command in audit list "ca list" "roots export" "revoke x" "crl" \
	    "show 01" "issue server a.example --no-passphrase" \
	    "ca add x X --no-passphrase"; do
		# shellcheck disable=SC2086
		refused 1 "holds no authority: copied without its -wal?" \
		    signet $command
		grep -qF ".backup" "$BATS_TEST_TMPDIR/err"
	done
}

@test "Ctrl-C and kill leave a whole home or nothing" {
	can_trace
	local call signal k status
	for call in mkdir:1 mkdir:2 mkdir:4 openat:40 fsync:1 fdatasync:1 \
	    fdatasync:3 linkat:1 linkat:9 getrandom:1 rename:1; do
		k=${call#*:}
		for signal in SIGINT SIGTERM SIGHUP; do
			status=0
			traced -e "inject=${call%:*}:signal=$signal:when=$k" \
			    "$SIGNET" init X --home there --no-passphrase \
			    --quiet >out 2>&1 || status=$?
			echo "$call $signal: $status"
			cat out
			[ -z "$(find . -maxdepth 1 -name 'there.*')" ]
			if [ -e there ]; then
				signet audit --home there >/dev/null
				rm -r there
			else
				[ "$status" -ne 0 ]
			fi
		done
	done
}

@test "killed with kill -9: the next init removes what is left, and says so" {
	can_trace
	local init=(init "Lab Root CA" --key ed25519 --no-passphrase)
	# The last syncs are those behind the root's key file.
	strace -f -e trace=fsync -E ASAN_OPTIONS=detect_leaks=0 -o syncs \
	    "$SIGNET" "${init[@]}" --home other </dev/null
	traced -e "inject=fsync:signal=SIGKILL:when=$(grep -c 'fsync(' syncs)" \
	    "$SIGNET" "${init[@]}" || true
	[ ! -e home ]
	ls -d home.new-*/keys/root.key
	mkdir home.new-backup
	touch home.new-backup/mine
	signet init "Lab Root CA" --key ed25519 --no-passphrase 2>said
	grep -q 'home.new-.*left there is removed' said
	grep -q 'home.new-backup: perhaps left' said
	[ -e home.new-backup/mine ]
	[ "$(echo home*)" = "home home.new-backup" ]
	[ ! -e home/init.lock ]
	signet audit
}

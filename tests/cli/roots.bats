#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet roots: what relying parties are to trust, and the stores of this
# machine that trust it. No store of this machine is changed: each test names
# stores of its own.

load helper

setup_file() {
	shared_home ecdsa-p256 --domain company.com
}

setup() {
	own_home
	mkdir person
	export HOME=$PWD/person
}

# ---- stores, made by the programs that they belong to ----

system_store() {
	needs update-ca-certificates
	mkdir -p "$1/usr/local/share/ca-certificates" "$1/etc/ssl/certs"
}

nss_store() {
	needs certutil
	mkdir -p "$1"
	certutil -N -d "sql:$1" --empty-password
}

java_store() {
	needs keytool
	other other
	keytool -importcert -noprompt -alias other -keystore "$1" \
	    -storepass "${2:-changeit}" <other.pem 2>/dev/null
}

# other NAME [CN]: a root of somebody else.
other() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.pem" -subj "/CN=${2:-Other}" -days 30 \
	    -addext keyUsage=critical,keyCertSign 2>/dev/null
}

nicknames() {
	certutil -L -d "sql:$1" | tail -n +5 | sed '/^$/d'
}

aliases() {
	keytool -list -keystore "$1" -storepass "${2:-changeit}" |
	    sed -n 's/, [A-Z].*trustedCertEntry.*//p' | sort
}

# Every name, kind, mode, link and content below a folder.
tree() {
	(cd "$1" && find . -printf '%p %y %m %l\n' | sort &&
	    find . -type f -exec sha256sum {} + | sort)
}

label() {
	echo "signet-lab-root-ca-$(openssl x509 -in root.pem -noout \
	    -fingerprint -sha256 | cut -d= -f2 | tr -d : | cut -c1-16 |
	    tr A-F a-f)"
}

# ---- export ----

@test "the root alone, its fingerprint on standard error" {
	signet roots export >root.pem 2>err
	[ "$(grep -c 'BEGIN CERTIFICATE' root.pem)" -eq 1 ]
	openssl verify -x509_strict -CAfile root.pem root.pem
	grep -q 'root: CN=Lab Root CA' err
	[ "$(openssl x509 -in root.pem -noout -fingerprint -sha256 |
	    cut -d= -f2)" = \
	    "$(grep -o '\([0-9A-F]\{2\}:\?\)\{16\}' err | tr -d '\n')" ]
}

@test "--with-intermediates" {
	signet roots export --with-intermediates --out all.pem
	[ "$(grep -c 'BEGIN CERTIFICATE' all.pem)" -eq 2 ]
}

@test "--out: not over what exists, but with --force" {
	local format
	for format in pem der fingerprint; do
		rm -f root
		signet roots export --out root --format $format
		[ "$(stat -c %a root)" = 644 ]
		cp root before
		refused 3 "exists already" signet roots export --out root \
		    --format $format
		cmp root before
		signet roots export --out root --format $format --force
	done
	refused 4 "does not exist" signet roots export --out no/root.pem
	refused 4 "nowhere" signet roots export --home nowhere
}

@test "--format der holds one certificate" {
	signet roots export --out root.pem
	signet roots export --format der | openssl x509 -inform DER |
	    cmp - root.pem
	refused 2 "PEM holds any number" \
	    signet roots export --format der --with-intermediates --quiet
	refused 2 "is pem, der or fingerprint" signet roots export --format txt
}

@test "--format fingerprint: as viewers show it, and a word for each digit" {
	signet roots export --quiet --out root.pem
	signet roots export --format fingerprint >said 2>err
	[ ! -s err ]
	awk 'length > 79 { exit 1 }' said
	openssl x509 -in root.pem -noout -fingerprint -sha256 |
	    cut -d= -f2 | tr -d ':\n' >want
	[ "$(sed -n 's/^SHA-256 *//p; s/^         //p' said | tr -d ':\n')" = \
	    "$(<want)" ]
	[ "$(sed -n 's/^[1-8]  \(.*\)  .*/\1/p' said | tr -d ' \n')" = "$(<want)" ]
	[ "$(sed -n 's/^[1-8]  .*  //p' said | sed 's/,//
		s/zero/0/g; s/one/1/g; s/two/2/g; s/three/3/g; s/four/4/g
		s/five/5/g; s/six/6/g; s/seven/7/g; s/eight/8/g; s/nine/9/g
		s/Alfa/A/g; s/Bravo/B/g; s/Charlie/C/g; s/Delta/D/g
		s/Echo/E/g; s/Foxtrot/F/g' | tr -d ' \n')" = "$(<want)" ]
	signet roots export --format fingerprint --with-intermediates |
	    grep -c '^8  ' | grep -qx 2
}

# ---- the system's store ----

@test "system: installed, in the bundle and the hash links, and gone again" {
	system_store sys
	signet roots export --quiet --out root.pem
	tree sys >before
	signet roots install --root sys --yes 2>said
	grep -q "^signet: system: $PWD/sys/usr/.*: installed" said
	openssl verify -CAfile sys/etc/ssl/certs/ca-certificates.crt root.pem
	openssl verify -CApath sys/etc/ssl/certs -no-CAfile root.pem
	signet roots status --root sys | grep -q ': installed$'
	[ -f "sys/usr/local/share/ca-certificates/$(label).crt" ]

	tree sys >installed
	signet roots install --root sys --yes 2>said
	grep -q ': there already' said
	tree sys | cmp - installed

	signet roots uninstall --root sys --yes
	tree sys | diff before -
	signet roots status --root sys | grep -q ': not installed$'
	signet roots uninstall --root sys --yes 2>said
	grep -q 'is not there' said
}

@test "system: others stay, one with the same subject too" {
	system_store sys
	other one "Lab Root CA"
	other two
	cp one.pem sys/usr/local/share/ca-certificates/lab.crt
	cp two.pem sys/usr/local/share/ca-certificates/two.crt
	signet roots install two.pem --root sys --yes --quiet
	[ "$(ls sys/usr/local/share/ca-certificates)" = $'lab.crt\ntwo.crt' ]
	tree sys | grep -v '/[0-9a-f]*\.[01] ' >before
	signet roots install --root sys --yes --quiet
	[ "$(grep -c BEGIN sys/etc/ssl/certs/ca-certificates.crt)" -eq 3 ]
	signet roots uninstall --root sys --yes --quiet
	tree sys | grep -v '/[0-9a-f]*\.[01] ' | diff before -
	openssl verify -CApath sys/etc/ssl/certs -no-CAfile one.pem two.pem
	signet roots export --quiet --out root.pem
	not openssl verify -CApath sys/etc/ssl/certs -no-CAfile root.pem
}

@test "system: whoever put it there, under whatever name, it is found" {
	system_store sys
	signet roots export --quiet --out root.pem
	mkdir sys/usr/local/share/ca-certificates/company
	tree sys >before
	signet roots export --quiet \
	    --out sys/usr/local/share/ca-certificates/company/x.crt
	signet roots status --root sys | grep -q 'there, not in force'
	signet roots install --root sys --yes --quiet
	[ "$(find sys -name '*.crt' | wc -l)" -eq 2 ]
	signet roots uninstall --root sys --yes --quiet
	tree sys | diff before -
}

@test "system: a name of ours that holds another certificate is left" {
	system_store sys
	signet roots export --quiet --out root.pem
	other other
	cp other.pem "sys/usr/local/share/ca-certificates/$(label).crt"
	signet roots uninstall --root sys --yes --quiet
	cmp other.pem "sys/usr/local/share/ca-certificates/$(label).crt"
	refused 1 "exists already" signet roots install --root sys --yes --quiet
	cmp other.pem "sys/usr/local/share/ca-certificates/$(label).crt"
}

@test "system: a file with others in it is left, and told" {
	system_store sys
	signet roots export --quiet --out root.pem
	other other
	cat root.pem other.pem >sys/usr/local/share/ca-certificates/all.crt
	signet roots install --root sys --yes --quiet
	refused 1 "holds other certificates too" \
	    signet roots uninstall --root sys --yes --quiet
	[ -f sys/usr/local/share/ca-certificates/all.crt ]
}

@test "system: one that cannot be written is named, and who can" {
	local -a plain=()
	system_store sys
	# Root without its privileges is held to modes.
	if [ "$(id -u)" -eq 0 ]; then
		needs setpriv
		plain=(setpriv --bounding-set=-all --inh-caps=-all)
	fi
	chmod 555 sys/etc/ssl/certs
	tree sys >before
	refused 1 "$PWD/sys/etc/ssl/certs: cannot be changed: Permission" \
	    setsid -w "${plain[@]}" "$SIGNET" roots install --root sys --yes
	grep -q 'do it as root' err
	tree sys | diff before -
}

@test "system: --root is a folder with a store, and no system's image" {
	refused 4 "--root none" signet roots install --root none --yes
	mkdir sys "with space"
	refused 4 "mkdir -p" signet roots install --root sys --yes
	system_store sys
	mkdir -p sys/usr/sbin
	touch sys/usr/sbin/update-ca-certificates
	refused 3 "holds a system of its own" \
	    signet roots install --root sys --yes
	refused 2 "spaces" signet roots install --root "with space" --yes
}

@test "system: where the program fails, it is told what is left" {
	system_store sys
	mkdir bin
	printf '#!/bin/sh\necho "disk on fire" >&2\nexit 7\n' \
	    >bin/update-ca-certificates
	chmod +x bin/update-ca-certificates
	PATH=$PWD/bin:$PATH refused 1 "exit code 7: disk on fire" \
	    signet roots install --root sys --yes
	grep -q 'not yet in force' err
	signet roots status --root sys | grep -q 'there, not in force'
	signet roots install --root sys --yes --quiet
	signet roots status --root sys | grep -q ': installed$'
	# One that lies about it.
	other other
	signet roots install other.pem --root sys --yes --quiet
	printf '#!/bin/sh\nexit 0\n' >bin/update-ca-certificates
	PATH=$PWD/bin:$PATH refused 1 "still in there" \
	    signet roots uninstall --root sys --yes
	signet roots status --root sys | grep -q ': installed$'
	signet roots uninstall --root sys --yes --quiet
	signet roots status --root sys | grep -q ': not installed$'
}

# ---- NSS ----

@test "nss: each database of a person, and gone again" {
	local db
	nss_store person/.pki/nssdb
	nss_store "person/.mozilla/firefox/a[b c.default"
	mkdir person/.mozilla/firefox/empty
	signet roots export --quiet --out root.pem
	signet roots install --store nss --yes 2>said
	[ "$(grep -c '^signet: nss: .*: installed$' said)" -eq 2 ]
	grep -q '^next: restart the browsers' said
	for db in person/.pki/nssdb "person/.mozilla/firefox/a[b c.default"; do
		nicknames "$db" | grep -qE "^$(label) +C,, *$"
		certutil -L -d "sql:$db" -n "$(label)" -a | tr -d '\r' |
		    openssl x509 | cmp - root.pem
		certutil -V -d "sql:$db" -n "$(label)" -u L
	done
	[ "$(signet roots status --store nss | grep -c ': installed$')" -eq 2 ]
	signet roots install --store nss --yes 2>said
	[ "$(grep -c 'there already' said)" -eq 2 ]
	signet roots uninstall --store nss --yes --quiet
	for db in person/.pki/nssdb "person/.mozilla/firefox/a[b c.default"; do
		[ -z "$(nicknames "$db")" ]
	done
}

@test "nss: others stay, with the same subject or a nickname like ours" {
	nss_store db
	signet roots export --quiet --out root.pem
	other one "Lab Root CA"
	other two
	certutil -A -d sql:db -n one -t C,, <one.pem
	certutil -A -d sql:db -n "$(label)" -t C,, <two.pem
	nicknames db >before
	signet roots uninstall --nssdb db --yes --quiet
	nicknames db | cmp - before
	certutil -D -d sql:db -n "$(label)"
	nicknames db >before
	signet roots install --nssdb db --yes --quiet
	signet roots install two.pem --nssdb db --yes --quiet
	[ "$(nicknames db | wc -l)" -eq 3 ]
	signet roots uninstall --nssdb db --yes --quiet
	signet roots uninstall two.pem --nssdb db --yes --quiet
	nicknames db | cmp - before
	certutil -L -d sql:db -n one -a | tr -d '\r' | openssl x509 |
	    cmp - one.pem
}

@test "nss: of two with one nickname the right one goes, or none does" {
	local name taken=0
	nss_store db
	mkdir tmp
	export TMPDIR=$PWD/tmp
	other one "Lab Root CA"
	signet roots export --quiet --out root.pem
	certutil -A -d sql:db -n shared -t C,, <root.pem
	certutil -A -d sql:db -n shared -t C,, <one.pem
	nicknames db >before
	# certutil takes the newer one first. Whichever that is, both go in turn.
	for name in root one root; do
		if signet roots uninstall $name.pem --nssdb db --yes 2>said; then
			taken=$((taken + 1))
		else
			grep -q 'shares its nickname' said
			nicknames db | cmp - before
		fi
		[ "$name" = one ] || [ "$taken" -ne 1 ] ||
		    certutil -L -d sql:db -n shared -a | tr -d '\r' |
			openssl x509 | cmp - one.pem
	done
	[ "$taken" -ge 2 ]
	[ -z "$(nicknames db)" ]
	# The copies it tried are gone.
	[ -z "$(ls tmp)" ]
}

@test "nss: a database with a password is not changed without it" {
	needs certutil
	mkdir db
	echo secret99 >pass
	certutil -N -d sql:db -f pass
	refused 1 "a database that has a password" \
	    signet roots install --nssdb db --yes
	[ -z "$(nicknames db)" ]
}

@test "nss: there under another nickname, and not trusted" {
	nss_store db
	signet roots export --quiet --out root.pem
	certutil -A -d sql:db -n "by hand" -t ,, <root.pem
	signet roots status --nssdb db | grep -q 'there, not in force'
	signet roots install --nssdb db --yes --quiet
	nicknames db | grep -qE '^by hand +C,, *$'
	signet roots status --nssdb db | grep -q ': installed$'
	signet roots uninstall --nssdb db --yes --quiet
	[ -z "$(nicknames db)" ]
}

@test "nss: no database, and a key that NSS does not know" {
	needs certutil
	refused 4 "certutil -N" signet roots install --nssdb person --yes
	refused 4 "there is none here" signet roots install --store nss --yes
	nss_store db
	new_home ed ed25519
	refused 1 "knows no ed25519 keys" \
	    signet roots install --home ed --nssdb db --yes
	[ -z "$(nicknames db)" ]
}

# ---- Java ----

@test "java: a keystore, its passphrase from where it is said, gone again" {
	java_store ks secret99
	aliases ks secret99 >before
	signet roots export --quiet --out root.pem
	(umask 077 && echo secret99 >pass)
	refused 1 "password was incorrect" \
	    signet roots install --keystore ks --yes
	signet roots install --keystore ks --passin file:pass --yes 2>said
	grep -q "^signet: java: $PWD/ks: installed$" said
	aliases ks secret99 | grep -qx "$(label)"
	keytool -exportcert -rfc -alias "$(label)" -keystore ks \
	    -storepass secret99 2>/dev/null | tr -d '\r' | openssl x509 |
	    cmp - root.pem
	signet roots install --keystore ks --passin file:pass --yes 2>said
	grep -q 'there already' said
	signet roots status --keystore ks --passin file:pass |
	    grep -q ': installed$'
	signet roots uninstall --keystore ks --passin file:pass --yes --quiet
	aliases ks secret99 | diff before -
}

@test "java: under two aliases both go, an alias like ours with another not" {
	java_store ks
	signet roots export --quiet --out root.pem
	keytool -importcert -noprompt -alias "$(label)" -keystore ks \
	    -storepass changeit <other.pem 2>/dev/null
	aliases ks >before
	refused 1 "already exists" signet roots install --keystore ks --yes
	for alias in one "debian:two words"; do
		keytool -importcert -noprompt -alias "$alias" -keystore ks \
		    -storepass changeit <root.pem 2>/dev/null
	done
	signet roots uninstall --keystore ks --yes --quiet
	aliases ks | diff before -
}

@test "java: what is no keystore" {
	needs keytool
	refused 4 "no such file" signet roots install --keystore none --yes
	echo x >junk
	refused 1 "keytool" signet roots install --keystore junk --yes
	[ "$(<junk)" = x ]
}

# ---- all of them ----

@test "--dry-run shows what would be done, and for which names; does nothing" {
	system_store sys
	nss_store db
	signet roots export --quiet --out root.pem
	tree . >before
	signet roots install --root sys --nssdb db --dry-run >said 2>err
	[ ! -s err ]
	awk 'length > 79 && !/^(system|nss) / { exit 1 }' said
	tree . | diff before - | grep '^[<>]' >differs || true
	not grep -vE '\./(said|err|before|differs)( |$)' differs
	grep -q '^root  *CN=Lab Root CA$' said
	grep -q 'for (name constraints):$' said
	grep -q '^  hosts  *company.com$' said
	grep -q "^system  $PWD/sys/.*: to be added$" said
	grep -q "^nss     $PWD/db: to be added$" said
	other open
	signet roots install open.pem --nssdb db --dry-run |
	    grep -q 'trust this authority for every name'
	signet roots uninstall --nssdb db --dry-run | grep -q ': not there$'
}

@test "a script says --yes; at a terminal it is asked, and no is no" {
	nss_store db
	refused 2 "say --yes" signet roots install --nssdb db
	not at_terminal n roots install --nssdb db
	grep -q 'hosts  *company.com' said
	grep -q 'Trust it here? \[y/N\]' said
	grep -q 'nothing was changed' said
	[ -z "$(nicknames db)" ]
	at_terminal y roots install --nssdb db
	[ -n "$(nicknames db)" ]
	at_terminal y roots uninstall --nssdb db
	[ -z "$(nicknames db)" ]
	# Nothing to do is nothing to ask.
	signet roots uninstall --nssdb db
}

@test "one store that fails: the others are done, exit 1" {
	system_store sys
	nss_store db
	echo x >junk
	needs keytool
	refused 1 "1 of 3 stores: not done; java: $PWD/junk" signet roots \
	    install --root sys --nssdb db --keystore junk --yes --quiet
	signet roots status --root sys --nssdb db | grep -c ': installed$' |
	    grep -qx 2
	refused 1 "1 of 3 stores" signet roots uninstall --root sys \
	    --nssdb db --keystore junk --yes --quiet
	signet roots status --root sys --nssdb db | grep -c 'not installed$' |
	    grep -qx 2
}

@test "a program that is missing is named, and its package" {
	nss_store db
	mkdir bin
	refused 1 "certutil: is not installed; \`apt-get install libnss3-tools\`" \
	    env PATH="$PWD/bin" "$(command -v setsid)" -w "$SIGNET" \
	    roots install --nssdb db --yes
}

@test "what is installed: a root, one that is in date, the one that was told" {
	local sha
	nss_store db
	signet roots export --quiet --out root.pem
	signet issue server company.com --out leaf.pem --key-out leaf.key \
	    --no-passphrase --quiet
	signet roots export --quiet --with-intermediates --out all.pem
	openssl x509 -in root.pem -outform DER -out root.der
	refused 3 "not an authority's" \
	    signet roots install leaf.pem --nssdb db --yes
	awk '/BEGIN/ { n++ } n == 2' all.pem >sub.pem
	refused 3 "somebody else issued it" \
	    signet roots install sub.pem --nssdb db --yes
	refused 1 "all.pem" signet roots install all.pem --nssdb db --yes
	refused 4 "none.pem" signet roots install none.pem --nssdb db --yes
	sha=$(openssl x509 -in root.pem -noout -fingerprint -sha256)
	sha=${sha#*=}
	refused 5 "not the one that was told" signet roots install root.der \
	    --nssdb db --yes --fingerprint "${sha:3}:${sha:0:2}"
	refused 2 "64 hex digits" signet roots install root.der --nssdb db \
	    --yes --fingerprint "${sha:0:47}"
	[ -z "$(nicknames db)" ]
	signet roots install root.der --nssdb db --yes --quiet \
	    --fingerprint "${sha//:/ }"
	nicknames db | grep -q "^$(label) "
	refused 2 "is system, nss or java" signet roots status --store windows
	refused 4 "or name the certificate's file" \
	    signet roots status --home nowhere
}

@test "one that has expired is not installed, and can be taken away" {
	needs faketime
	nss_store db
	faketime '3 years ago' openssl req -x509 -newkey ec \
	    -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout old.key \
	    -out old.pem -subj /CN=Old -days 30 2>/dev/null
	refused 3 "has expired" signet roots install old.pem --nssdb db --yes
	certutil -A -d sql:db -n old -t C,, <old.pem
	signet roots uninstall old.pem --nssdb db --yes --quiet
	[ -z "$(nicknames db)" ]
}

@test "a shell finds nothing to expand in a name" {
	nss_store db
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout x.key -out x.pem -days 30 -subj \
	    '/CN=$(touch owned) `touch owned` ; ..\/..\/x' 2>/dev/null
	signet roots install x.pem --nssdb db --yes
	nicknames db | grep -qE '^signet-touch-owned-touch-owned-x-[0-9a-f]{16} '
	if command -v update-ca-certificates; then
		system_store sys
		signet roots install x.pem --root sys --yes --quiet
		ls sys/usr/local/share/ca-certificates |
		    grep -qE '^signet-touch-owned-touch-owned-x-[0-9a-f]{16}.crt$'
	fi
	[ ! -e owned ]
}

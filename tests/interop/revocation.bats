#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the lists say, and what follows from them, in the eyes of OpenSSL,
# GnuTLS, NSS, Java and Python: all agree with the ledger. crl.bats has delta
# CRLs and partitions as OpenSSL knows them, revocation_servers.bats the
# servers.

load ../cli/helper

here=$BATS_TEST_DIRNAME
export TZ=UTC

good=(anna lifted)
reasons=(unspecified keyCompromise affiliationChanged superseded
    cessationOfOperation certificateHold privilegeWithdrawn)
bad=("${reasons[@]}" doubted orphan)

# one NAME [AUTHORITY]: NAME.crt, and NAME.pem with its authority behind it.
# All have the same key, r.key.
one() {
	local ca=${2:-issuing}
	signet sign r.csr --policy client --ca "$ca" --out "$1.crt" --quiet
	cat "$1.crt" "$ca.pem" >"$1.pem"
}

setup_file() {
	local name

	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	signet ca add lost "Lost CA" --key ecdsa-p256 --no-passphrase --quiet
	signet show "Lab Issuing CA" --pem >issuing.pem
	signet show "Lost CA" --pem >lost.pem
	signet roots export --out root.pem --quiet
	request server localhost
	signet sign server.csr --policy server --ca issuing --chain \
	    --out server.pem --quiet
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout r.key -out r.csr -subj "/CN=Anna" \
	    -addext subjectAltName=email:anna@lab.example 2>/dev/null
	# All are signed before the first is revoked: their key would be refused.
	for name in "${good[@]}" "${reasons[@]}" doubted; do
		one "$name"
	done
	one orphan lost
	for name in "${reasons[@]}"; do
		signet revoke "$name.crt" --reason "$name" --quiet
	done
	signet revoke doubted.crt --reason keyCompromise --since 2020-02-29 \
	    --quiet
	signet revoke lifted.crt --reason certificateHold --quiet
	signet unhold lifted.crt --quiet
	# Its last list stays good until it ends.
	signet crl --ca lost --quiet >/dev/null
	signet revoke lost.pem --reason cACompromise --quiet
	signet crl --all --bundle --out all.crl.pem --quiet
}

setup() {
	own_home
	cp "$BATS_FILE_TMPDIR"/{*.crt,*.pem,*.key} .
}

# --- what a list says -------------------------------------------------------

# ledger AUTHORITY: the truth, in the form of crl_facts.py.
ledger() {
	rows "select lower(hex(serial)) || ' ' || revoked_at || ' ' ||
	        iif(reason = 0, '-', reason) || ' ' || ifnull(invalid_since, '-')
	    from revocation join authority on authority.id = revocation.issuer
	    where authority.name = '$1'" | sort
}

# agrees TOOL COLUMNS COMMAND...: what the command says of each list, in those
# columns of crl_facts.py that the tool shows. FILE stands for the list.
agrees() {
	local tool=$1 columns=$2 name
	shift 2
	needs python3
	for name in issuing root; do
		ledger "$name" | cut -d ' ' -f "$columns" >expected
		"${@//FILE/home/crl/$name.crl}" >text
		python3 "$here/crl_facts.py" "$tool" <text |
		    sort | cut -d ' ' -f "$columns" >seen
		[ -s expected ]
		diff expected seen
	done
}

# verified TEXT COMMAND...: says so of the file "list" under the certificate
# in issuer.pem and issuer.der, and not when one bit of the list was turned.
verified() {
	local text=$1 name
	shift
	for name in issuing root; do
		cp "home/crl/$name.crl" list
		cp "$name.pem" issuer.pem
		openssl x509 -in issuer.pem -outform DER -out issuer.der
		"$@" >text 2>&1
		grep -F "$text" text
		turn_a_bit list
		"$@" >text 2>&1 || true
		not grep -F "$text" text
	done
}

# In a serial or a date, where no reader minds but by the signature.
turn_a_bit() {
	python3 - "$1" <<-'END'
		import sys
		with open(sys.argv[1], "r+b") as file:
		    data = bytearray(file.read())
		    at = data.index(b"\x30", data.index(b"\x17\x0d")) + 12
		    data[at] ^= 1
		    file.seek(0)
		    file.write(data)
	END
}

@test "OpenSSL reads serials, dates, reasons and invalidity dates" {
	agrees openssl 1-4 openssl crl -inform DER -in FILE -noout -text
	verified 'verify OK' openssl crl -inform DER -in list -noout \
	    -CAfile issuer.pem
}

@test "GnuTLS reads serials and dates" {
	needs certtool
	agrees certtool 1,2 certtool --crl-info --inder --infile FILE
	verified 'Verification output: Verified.' certtool --verify-crl --inder \
	    --infile list --load-ca-certificate issuer.der
}

@test "Java's keytool reads serials, dates and reasons" {
	needs keytool
	local name
	for name in root issuing; do
		keytool -importcert -noprompt -alias "$name" -file "$name.pem" \
		    -keystore store -storepass changeit 2>/dev/null
	done
	agrees keytool 1-3 keytool -printcrl -file FILE
	verified 'Verified by' keytool -printcrl -file list -keystore store \
	    -storepass changeit
}

@test "Python's cryptography reads all of it, number and key identifier" {
	python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	agrees pyca 1-4 cat FILE
	local name
	for name in root issuing; do
		python3 - "home/crl/$name.crl" "$name.pem" >seen <<-'END'
			import sys
			from cryptography import x509
			crl = x509.load_der_x509_crl(open(sys.argv[1], "rb").read())
			ca = x509.load_pem_x509_certificate(open(sys.argv[2], "rb").read())
			get = crl.extensions.get_extension_for_class
			ski = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
			assert crl.is_signature_valid(ca.public_key())
			assert crl.issuer == ca.subject
			assert get(x509.AuthorityKeyIdentifier).value.key_identifier \
			    == ski.value.digest
			print(get(x509.CRLNumber).value.crl_number)
		END
		[ "$(<seen)" = "$(rows "select crl_number from authority
		    where name = '$name'")" ]
	done
}

@test "lists signed by every type of key" {
	local type readers
	for type in rsa-3072 ecdsa-p256 ecdsa-p384 ecdsa-p521 ed25519 ed448; do
		rm -rf home
		signet init "Lab Root CA" --key "$type" --no-passphrase --quiet
		signet roots export --out issuer.pem --force --quiet
		openssl x509 -in issuer.pem -outform DER -out issuer.der
		signet crl --quiet >list.pem
		cp home/crl/root.crl list
		readers=
		openssl crl -in list.pem -noout -CAfile issuer.pem 2>&1 |
		    grep -q 'verify OK'
		if command -v keytool >/dev/null; then
			rm -f store
			keytool -importcert -noprompt -file issuer.pem \
			    -keystore store -storepass changeit 2>/dev/null
			keytool -printcrl -file list -keystore store \
			    -storepass changeit | grep -q 'Verified by'
			readers+=" keytool"
		fi
		if command -v certtool >/dev/null; then
			certtool --verify-crl --inder --infile list \
			    --load-ca-certificate issuer.der | grep -q ': Verified'
			readers+=" certtool"
		fi
		# NSS 3.87 knows no signature by an EdDSA key.
		if command -v crlutil >/dev/null && [[ $type != ed* ]]; then
			rm -rf db
			mkdir db
			certutil -N -d sql:db --empty-password
			certutil -A -d sql:db -n root -t CT,C,C -i issuer.pem
			crlutil -I -d sql:db -t 1 -i list
			readers+=" crlutil"
		fi
		echo "$type: openssl$readers"
	done
}

# nss_folder: a database that trusts the root and knows its authorities.
nss_folder() {
	local name
	mkdir db
	certutil -N -d sql:db --empty-password
	certutil -A -d sql:db -n root -t CT,C,C -i root.pem
	for name in issuing lost; do
		certutil -A -d sql:db -n "$name" -t ,, -i "$name.pem"
	done
}

@test "NSS reads serials, dates, reasons and invalidity dates" {
	needs crlutil certutil
	nss_folder
	local name
	for name in root issuing lost; do
		crlutil -I -d sql:db -t 1 -i "home/crl/$name.crl"
	done
	nss_text() {
		name=${1##*/}
		crlutil -L -d sql:db -n "${name%.crl}"
	}
	agrees nss 1-4 nss_text FILE
	# It takes none whose signature is another's.
	cp home/crl/issuing.crl list
	turn_a_bit list
	run crlutil -I -d sql:db -t 1 -i list
	echo "$output"
	[ "$status" -ne 0 ]
}

# --- what follows -----------------------------------------------------------

# verdicts COMMAND...: true with the name of one of the good behind it, and
# false with that of each of the others.
verdicts() {
	local name
	for name in "${good[@]}"; do
		echo "$name: accepted?"
		"$@" "$name"
	done
	for name in "${bad[@]}"; do
		echo "$name: refused?"
		not "$@" "$name"
	done
}

openssl_accepts() {
	openssl verify -x509_strict -purpose sslclient -crl_check_all \
	    -CAfile root.pem -CRLfile "$1" -untrusted "$2.pem" "$2.pem"
}

@test "OpenSSL refuses who is revoked, and who is signed by a revoked one" {
	verdicts openssl_accepts all.crl.pem
	local name
	for name in "${bad[@]}"; do
		openssl_accepts all.crl.pem "$name" 2>&1 |
		    grep -q 'error 23 at [01] depth lookup: certificate revoked'
	done
}

gnutls_accepts() {
	certtool --verify --load-ca-certificate root.pem --load-crl "$1" \
	    --infile "$2.pem" >text 2>/dev/null
}

@test "GnuTLS refuses the same" {
	needs certtool
	verdicts gnutls_accepts all.crl.pem
	gnutls_accepts all.crl.pem orphan || true
	grep 'The certificate chain is revoked' text
}

nss_accepts() {
	vfychain -d sql:db -u 0 -a "$1.crt" 2>said
}

nss_pkix_accepts() {
	vfychain -pp -d sql:db -u 0 -g leaf -m crl -s requireInfo \
	    -g chain -m crl -s requireInfo -a "$1.crt" 2>said
}

@test "NSS refuses the same, in both of its libraries" {
	needs certutil crlutil vfychain
	local name
	nss_folder
	for name in root issuing lost; do
		crlutil -I -d sql:db -t 1 -i "home/crl/$name.crl"
	done
	verdicts nss_accepts
	nss_accepts keyCompromise || true
	grep "Peer's Certificate has been revoked" said
	verdicts nss_pkix_accepts
	# As Chromium and Firefox have it: by a name in the database.
	certutil -A -d sql:db -n anna -t ,, -i anna.crt
	certutil -V -d sql:db -n anna -u C
}

java_verdicts() {
	java "$here/Revocation.java" "$@"
}

@test "Java refuses the same, and knows the reasons" {
	needs java javac
	local name
	java_verdicts root.pem all.crl.pem "${good[@]/%/.pem}" "${bad[@]/%/.pem}" >said
	cat said
	for name in "${good[@]}"; do
		grep -x "$name.pem good" said
	done
	for name in "${bad[@]}"; do
		grep "^$name.pem revoked " said
	done
	grep -x 'orphan.pem revoked CA_COMPROMISE' said
	grep -x 'doubted.pem revoked KEY_COMPROMISE' said
	grep -x 'certificateHold.pem revoked CERTIFICATE_HOLD' said
	grep -x 'privilegeWithdrawn.pem revoked PRIVILEGE_WITHDRAWN' said
}

handshakes() {
	python3 "$here/crl_handshake.py" root.pem "$1" server.pem server.key \
	    r.key "${@:2}"
}

@test "a TLS server in Python refuses the same" {
	needs python3
	local name
	handshakes all.crl.pem "${good[@]/%/.pem}" "${bad[@]/%/.pem}" >said
	cat said
	for name in "${good[@]}"; do
		grep -x "$name.pem good" said
	done
	for name in "${bad[@]}"; do
		grep -x "$name.pem certificate revoked" said
	done
}

# --- lists that are not good enough -----------------------------------------

# strict FILE TEXT: OpenSSL and Python refuse even Anna, with that reason.
strict() {
	not openssl_accepts "$1" anna
	openssl_accepts "$1" anna 2>&1 | grep -F "$2"
	handshakes "$1" anna.pem | grep -F "$2"
}

@test "a list that is missing, or another's, is no list" {
	needs python3
	local name
	for name in root issuing; do
		openssl crl -inform DER -in "home/crl/$name.crl" -out "$name.list"
		strict "$name.list" 'unable to get certificate CRL'
	done
	# An authority that only bears the same name.
	new_home impostor ecdsa-p256
	signet crl --all --bundle --home impostor --out impostor.pem --quiet
	strict impostor.pem 'unable to get certificate CRL'
	if command -v certtool >/dev/null; then
		not certtool --verify-crl --inder --infile impostor/crl/issuing.crl \
		    --load-ca-certificate issuing.pem
	fi
	if command -v crlutil >/dev/null; then
		nss_folder
		not crlutil -I -d sql:db -t 1 -i impostor/crl/issuing.crl
	fi
	if command -v javac >/dev/null; then
		java_verdicts root.pem impostor.pem anna.pem doubted.pem >said
		[ "$(grep -c 'bad UNDETERMINED_REVOCATION_STATUS' said)" -eq 2 ]
	fi
}

@test "a list that has expired: refused by most, still read by others" {
	needs faketime python3
	later() {
		faketime -f +10d "$@"
	}
	later openssl verify -crl_check_all -CAfile root.pem -untrusted anna.pem \
	    -CRLfile all.crl.pem anna.pem 2>&1 | grep 'CRL has expired'
	later python3 "$here/crl_handshake.py" root.pem all.crl.pem server.pem \
	    server.key r.key anna.pem | grep 'CRL has expired'
	if command -v javac >/dev/null; then
		later java "$here/Revocation.java" root.pem all.crl.pem anna.pem |
		    grep 'bad UNDETERMINED_REVOCATION_STATUS'
	fi
	# These believe what it says of the revoked, and let the others in.
	if command -v certtool >/dev/null; then
		later certtool --verify --load-ca-certificate root.pem \
		    --load-crl all.crl.pem --infile anna.pem
		not later certtool --verify --load-ca-certificate root.pem \
		    --load-crl all.crl.pem --infile doubted.pem
	fi
	if command -v crlutil >/dev/null; then
		nss_folder
		crlutil -I -d sql:db -t 1 -i home/crl/issuing.crl
		later vfychain -d sql:db -u 0 -a anna.crt
		not later vfychain -d sql:db -u 0 -a doubted.crt
	fi
}

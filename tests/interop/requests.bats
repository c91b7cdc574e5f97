#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Requests as other programs make them, in every form they come in: shown,
# signed, and the certificate is one that the same program takes back.

load ../cli/helper

setup_file() {
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	new_home "$SIGNET_HOME" ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	signet roots export --out root.pem --quiet
	signet roots export --with-intermediates --out all.pem --quiet
}

setup() {
	needs openssl
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	root=$BATS_FILE_TMPDIR/root.pem all=$BATS_FILE_TMPDIR/all.pem
}

# certified NAME HOST: NAME.csr is shown, proved and signed into NAME.crt,
# which carries the request's own key and OpenSSL verifies.
certified() {
	local name=$1 host=$2
	signet csr show "$name.csr" >shown
	grep -q 'the signature holds' shown
	grep -qx "names  *.*dns:$host.*" shown
	signet sign "$name.csr" --policy server --out "$name.crt" --quiet
	openssl verify -x509_strict -purpose sslserver \
	    -verify_hostname "$host" -CAfile "$root" -untrusted "$all" \
	    "$name.crt"
	[ "$(openssl x509 -in "$name.crt" -noout -pubkey |
	    openssl pkey -pubin -outform DER | sha256sum)" = \
	    "$(openssl req -in "$name.csr" -noout -pubkey |
	    openssl pkey -pubin -outform DER | sha256sum)" ]
}

# ---- OpenSSL ----------------------------------------------------------------

# openssl_request NAME "genpkey options" [req options...]
openssl_request() {
	local name=$1 key=$2
	shift 2
	# shellcheck disable=SC2086
	openssl genpkey $key -out "$name.key" 2>/dev/null
	openssl req -new -key "$name.key" -subj "/CN=$name.example" \
	    -addext "subjectAltName=DNS:$name.example" -out "$name.csr" "$@"
}

@test "openssl: every type of key" {
	local bits curve
	for bits in 2048 3072 4096; do
		openssl_request "rsa$bits" "-algorithm RSA -pkeyopt rsa_keygen_bits:$bits"
		certified "rsa$bits" "rsa$bits.example"
	done
	for curve in P-256 P-384 P-521; do
		openssl_request "ec$curve" "-algorithm EC -pkeyopt ec_paramgen_curve:$curve"
		certified "ec$curve" "ec$curve.example"
	done
	openssl_request ed25519 "-algorithm ED25519"
	certified ed25519 ed25519.example
	openssl_request ed448 "-algorithm ED448"
	certified ed448 ed448.example
}

@test "openssl: every SHA-2, with RSA and with ECDSA" {
	local hash
	for hash in sha256 sha384 sha512; do
		openssl_request "rsa$hash" "-algorithm RSA" "-$hash"
		certified "rsa$hash" "rsa$hash.example"
		openssl_request "ec$hash" "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" "-$hash"
		certified "ec$hash" "ec$hash.example"
	done
}

# checklist 19
@test "openssl: SHA-1 and MD5 are refused, and so is what is not ours" {
	local hash
	for hash in sha1 md5; do
		openssl_request "$hash" "-algorithm RSA" "-$hash"
		refused 3 "$hash" signet sign "$hash.csr" --policy server \
		    --out "$hash.crt"
		[ ! -e "$hash.crt" ]
	done
	openssl_request koblitz "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1"
	refused 3 "curve" signet sign koblitz.csr --policy server
	openssl_request explicit "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	    -pkeyopt ec_param_enc:explicit"
	refused 3 "RFC 5480 2.1.1" signet sign explicit.csr --policy server
}

# RFC 4055 3.1: MGF1 has the hash's own hash, or the request is refused.
@test "openssl: signed with PSS, every hash, salts short and long" {
	local hash salt
	for hash in sha256 sha384 sha512; do
		for salt in digest max 20; do
			openssl_request "$hash$salt" "-algorithm RSA" "-$hash" \
			    -sigopt rsa_padding_mode:pss \
			    -sigopt "rsa_pss_saltlen:$salt"
			certified "$hash$salt" "$hash$salt.example"
		done
	done
	openssl_request mixed "-algorithm RSA" -sha256 \
	    -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha1
	refused 3 "MGF1 with SHA-1" signet sign mixed.csr --policy server
}

# RFC 4055 1.2: the key's own OID and parameters go into the certificate.
@test "openssl: keys for PSS alone" {
	openssl_request free "-algorithm RSA-PSS"
	certified free free.example
	openssl_request bound "-algorithm RSA-PSS \
	    -pkeyopt rsa_pss_keygen_md:sha384 \
	    -pkeyopt rsa_pss_keygen_mgf1_md:sha384 \
	    -pkeyopt rsa_pss_keygen_saltlen:48"
	certified bound bound.example
	openssl x509 -in bound.crt -noout -text |
	    grep -q 'Public Key Algorithm: rsassaPss'
}

@test "openssl: PEM, DER and standard input are one request" {
	request pem host.example
	openssl req -in pem.csr -outform DER -out der.csr
	{
		echo "A note above the block, as mail has it."
		openssl req -in pem.csr -text
	} >text.csr
	sed 's/$/\r/; s/CERTIFICATE REQUEST/NEW CERTIFICATE REQUEST/' pem.csr >crlf.csr
	local file
	for file in pem der text crlf; do
		signet csr show "$file.csr" >"$file.txt"
		"$SIGNET" csr show - <"$file.csr" >"$file.stdin"
		cmp pem.txt "$file.txt"
		cmp pem.txt "$file.stdin"
		"$SIGNET" sign - --policy server --quiet <"$file.csr" >"$file.crt"
		openssl verify -x509_strict -CAfile "$root" -untrusted "$all" \
		    "$file.crt"
	done
	[ "$(cat ./*.crt | grep -c BEGIN)" -eq 4 ]
}

# checklist 24
@test "openssl: what a request asks for beside its names stays behind" {
	cat >greedy.cnf <<-'END'
		[req]
		distinguished_name = dn
		req_extensions = wish
		attributes = more
		prompt = no
		[dn]
		C = DE
		O = Company
		CN = greedy.example
		[more]
		challengePassword = secret
		unstructuredName = something
		[wish]
		subjectAltName = DNS:greedy.example, IP:10.1.2.3
		extendedKeyUsage = serverAuth, codeSigning
		keyUsage = critical, digitalSignature, keyAgreement
		subjectKeyIdentifier = hash
		1.2.3.4 = ASN1:UTF8String:odd
	END
	openssl req -new -newkey ed25519 -nodes -keyout greedy.key \
	    -config greedy.cnf -out greedy.csr 2>/dev/null
	certified greedy greedy.example
	openssl x509 -in greedy.crt -noout -text >text
	grep -q 'IP Address:10.1.2.3' text
	not grep -qE 'Code Signing|Key Agreement|1\.2\.3\.4|secret|C = DE' text
}

# checklist 31, 32
@test "openssl: a weak key is named where it is shown, made and signed" {
	openssl genrsa -3 -out e3.key 2048 2>/dev/null
	openssl req -new -key e3.key -subj /CN=e3.example \
	    -addext subjectAltName=DNS:e3.example -out e3.csr
	local status=0
	signet csr show e3.csr >out 2>err || status=$?
	[ "$status" -eq 3 ]
	grep -q 'NOT fit to be certified: RSA key: the public exponent is 3' out
	grep -q 'the signature holds' out
	[ "$(wc -l <err)" -eq 1 ]
	status=0
	signet csr show e3.csr --json >out 2>err || status=$?
	[ "$status" -eq 3 ]
	grep -q '"keyFault": "RSA key: the public exponent is 3' out
	chmod 600 e3.key
	refused 3 "e3.key: RSA key: the public exponent is 3" \
	    signet csr new --key e3.key --dns e3.example
	refused 3 "public exponent is 3" signet sign e3.csr --policy server \
	    --out e3.crt
	[ ! -e e3.crt ]

	request sound sound.example
	signet csr show sound.csr --json | grep -q '"keyFault": null'
	signet csr show sound.csr >out
	not grep -q 'NOT fit' out
}

# ---- GnuTLS -----------------------------------------------------------------

@test "certtool: every type of key that it makes" {
	needs certtool
	local type
	cat >template <<-'END'
		cn = "tls.example"
		dns_name = "tls.example"
		dns_name = "www.tls.example"
		tls_www_server
		signing_key
	END
	for type in "rsa --bits 2048" "rsa --bits 3072" "ecdsa --curve secp256r1" \
	    "ecdsa --curve secp384r1" "ecdsa --curve secp521r1" \
	    ed25519 ed448; do
		rm -f tls.*
		# shellcheck disable=SC2086
		certtool --generate-privkey --key-type $type --outfile tls.key \
		    2>/dev/null
		certtool --generate-request --load-privkey tls.key \
		    --template template --outfile tls.csr 2>/dev/null
		certified tls tls.example
		certtool --certificate-info --infile tls.crt >/dev/null
		cat tls.crt "$all" >chain.pem
		certtool --verify --load-ca-certificate "$root" \
		    --infile chain.pem >out || {
			cat out
			return 1
		}
	done
}

@test "certtool: DER, and signed with PSS" {
	needs certtool
	cat >template <<-'END'
		cn = "tls.example"
		dns_name = "tls.example"
	END
	certtool --generate-privkey --key-type rsa --bits 2048 --outfile tls.key \
	    2>/dev/null
	certtool --generate-request --load-privkey tls.key --template template \
	    --outder --outfile tls.csr 2>/dev/null
	signet sign tls.csr --policy server --quiet | openssl x509 -noout -subject
	certtool --generate-request --load-privkey tls.key --template template \
	    --hash SHA384 --sign-params RSA-PSS --outfile pss.csr 2>/dev/null
	certified pss tls.example
}

# ---- Java -------------------------------------------------------------------

@test "keytool: a request, and the chain imported back" {
	needs keytool
	local type
	for type in "RSA -keysize 2048" "EC -groupname secp256r1" \
	    "EC -groupname secp384r1" Ed25519 Ed448; do
		rm -f store.jks java.*
		# shellcheck disable=SC2086
		keytool -genkeypair -alias k -keyalg $type -dname "CN=java.example" \
		    -keystore store.jks -storepass changeit 2>/dev/null
		keytool -certreq -alias k -keystore store.jks -storepass changeit \
		    -ext "san=dns:java.example" -file java.csr 2>/dev/null
		grep -q 'BEGIN NEW CERTIFICATE REQUEST' java.csr
		certified java java.example
		signet sign java.csr --policy server --chain --quiet >chain.pem
		keytool -importcert -noprompt -alias root -file "$root" \
		    -keystore store.jks -storepass changeit 2>/dev/null
		keytool -importcert -alias k -file chain.pem \
		    -keystore store.jks -storepass changeit 2>&1 |
		    grep -q 'installed in keystore'
		keytool -list -alias k -v -keystore store.jks \
		    -storepass changeit 2>/dev/null |
		    grep -q 'Certificate chain length: 3'
	done
}

# ---- Python -----------------------------------------------------------------

# Where python's cryptography is installed (no Debian package of ours needs
# it): a reader and writer in Rust, of nobody else's making.
@test "python: its requests are signed, its reader takes the certificate" {
	needs python3
	python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	cat >make.py <<-'END'
		from cryptography import x509
		from cryptography.hazmat.primitives import hashes, serialization
		from cryptography.hazmat.primitives.asymmetric import (
		    ec, ed448, ed25519, rsa)

		KEYS = {
		    "rsa": rsa.generate_private_key(65537, 2048),
		    "ec": ec.generate_private_key(ec.SECP384R1()),
		    "ed25519": ed25519.Ed25519PrivateKey.generate(),
		    "ed448": ed448.Ed448PrivateKey.generate(),
		}
		for name, key in KEYS.items():
		    host = x509.DNSName(f"{name}.example")
		    subject = x509.Name([x509.NameAttribute(
		        x509.NameOID.COMMON_NAME, host.value)])
		    csr = (x509.CertificateSigningRequestBuilder()
		           .subject_name(subject)
		           .add_extension(x509.SubjectAlternativeName([host]), False)
		           .sign(key, None if name[:2] == "ed" else hashes.SHA256()))
		    with open(f"{name}.csr", "wb") as out:
		        out.write(csr.public_bytes(serialization.Encoding.PEM))
	END
	cat >read.py <<-'END'
		import sys
		from cryptography import x509

		for path in sys.argv[1:]:
		    cert = x509.load_pem_x509_certificate(open(path, "rb").read())
		    san = cert.extensions.get_extension_for_class(
		        x509.SubjectAlternativeName).value
		    assert san.get_values_for_type(x509.DNSName) == [
		        path.replace(".crt", ".example")], san
		    assert not cert.extensions.get_extension_for_class(
		        x509.BasicConstraints).value.ca
	END
	python3 make.py
	local name
	for name in rsa ec ed25519 ed448; do
		certified "$name" "$name.example"
	done
	python3 read.py rsa.crt ec.crt ed25519.crt ed448.crt
}

@test "what came from all of them stands the audit" {
	request last last.example
	certified last last.example
	signet audit
}

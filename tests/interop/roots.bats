#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A site of ours is refused by everybody, accepted after `signet roots install`,
# and refused again after `signet roots uninstall`; and docs/roots.md does what
# it says. The stores are the test's own.

load ../cli/helper
load servers

here=$BATS_TEST_DIRNAME

setup_file() {
	shared_home ecdsa-p256
	cd "$BATS_FILE_TMPDIR" || return
	signet issue server localhost --home home --no-passphrase --chain \
	    --out server.crt --key-out server.key --quiet
	signet roots export --home home --out root.pem --quiet
}

setup() {
	needs openssl
	own_home
	cp "$BATS_FILE_TMPDIR"/{server.crt,server.key,root.pem} .
	mkdir person tmp
	export HOME=$PWD/person TMPDIR=$PWD/tmp
	server=
}

teardown() {
	[ -z "$server" ] || {
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	}
}

# serve CERT KEY: a site at https://localhost:$port/.
serve() {
	needs curl python3
	port=$(free_port)
	cat >site.py <<-'END'
		import http.server, ssl, sys
		class Site(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.send_header("Content-Type", "text/plain")
		        self.end_headers()
		        self.wfile.write(b"Hello, Jason\n")
		    def log_message(self, *args):
		        pass
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain(sys.argv[2], sys.argv[3])
		server = http.server.ThreadingHTTPServer(
		    ("127.0.0.1", int(sys.argv[1])), Site)
		server.socket = context.wrap_socket(server.socket, server_side=True,
		    do_handshake_on_connect=False)
		server.serve_forever()
	END
	python3 site.py "$port" "$1" "$2" >server.log 2>&1 3>&- &
	server=$!
	until_true answers
	kill -0 "$server"
}

answers() {
	curl -sk -o /dev/null -m 10 "https://localhost:$port/" || gone "$server"
}

# accepted COMMAND..., refused_by COMMAND...: what it says of the site.
accepted() {
	run "$@"
	echo "$output"
	[[ $output == *Hello,\ Jason* || $output == accepted* ]]
}

# refused_by REASON COMMAND...
refused_by() {
	local reason=$1
	shift
	run "$@"
	echo "$output"
	[[ $output != *Hello,\ Jason* && $output != accepted* ]]
	[[ $output == *"$reason"* ]]
}

# around REASON STORE_OPTIONS -- COMMAND...: refused, accepted, refused.
around() {
	local reason=$1
	local -a options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	refused_by "$reason" "$@"
	signet roots install root.pem "${options[@]}" --yes
	accepted "$@"
	signet roots uninstall root.pem "${options[@]}" --yes
	refused_by "$reason" "$@"
}

other() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout other.key -out other.pem -subj "/CN=Other" -days 30 \
	    -addext keyUsage=critical,keyCertSign 2>/dev/null
}

system_store() {
	needs update-ca-certificates
	mkdir -p sys/usr/local/share/ca-certificates sys/etc/ssl/certs
}

by_curl() {
	curl -sS -m 10 "$@" "https://localhost:$port/"
}

by_openssl() {
	openssl s_client -brief -verify_return_error -verify_hostname localhost \
	    -connect "127.0.0.1:$port" "$@" </dev/null 2>&1 |
	    grep -E '^(Verification: |verify error)' |
	    sed 's/^Verification: OK/accepted/'
}

@test "curl and openssl with the system's bundle and hash links" {
	local why='unable to get local issuer certificate'
	system_store
	other
	signet roots install other.pem --root sys --yes
	serve server.crt server.key
	around "$why" --root sys -- by_curl --capath /nowhere \
	    --cacert sys/etc/ssl/certs/ca-certificates.crt
	around "$why" --root sys -- by_curl --capath sys/etc/ssl/certs \
	    --cacert other.pem
	around 'verify error' --root sys -- by_openssl \
	    -CApath sys/etc/ssl/certs -no-CAfile -no-CAstore
}

# certutil judges as browsers on NSS do.
by_nss() {
	local db=$1
	rm -rf judge
	cp -r "$db" judge
	awk '/BEGIN/ { n++ } n == 1' server.crt >leaf.pem
	awk '/BEGIN/ { n++ } n == 2' server.crt >sub.pem
	certutil -A -d sql:judge -n leaf -t ,, <leaf.pem
	certutil -A -d sql:judge -n sub -t ,, <sub.pem
	certutil -V -d sql:judge -n leaf -u V 2>&1 |
	    sed 's/certutil: certificate is valid/accepted/'
}

@test "NSS" {
	needs certutil
	mkdir -p person/.pki/nssdb
	certutil -N -d sql:person/.pki/nssdb --empty-password
	around "issuer is not recognized" --store nss -- by_nss person/.pki/nssdb
}

by_chromium() {
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
	    --disable-quic --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync \
	    --user-data-dir="$PWD/data" --dump-dom "https://localhost:$port/" \
	    2>/dev/null
}

@test "headless Chromium" {
	needs certutil chromium
	mkdir -p person/.pki/nssdb
	certutil -N -d sql:person/.pki/nssdb --empty-password
	serve server.crt server.key
	around "" --store nss -- by_chromium
}

by_java() {
	java "-Djavax.net.ssl.trustStore=$PWD/ks" \
	    -Djavax.net.ssl.trustStorePassword=changeit "$here/Fetch.java" \
	    "https://localhost:$port/"
}

keystore() {
	needs keytool java
	java --list-modules | grep -q '^jdk.compiler' ||
	    skip "this Java compiles nothing"
	other
	keytool -importcert -noprompt -alias other -keystore ks \
	    -storepass changeit <other.pem 2>/dev/null
}

@test "Java" {
	keystore
	serve server.crt server.key
	around "PKIX path building failed" --keystore ks -- by_java
}

# What the preview says of it.
@test "a root's name constraints: NSS and openssl hold to them, Java does not" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout root.key -out root.pem -subj "/CN=Narrow" -days 30 \
	    -addext "nameConstraints=critical,permitted;DNS:company.com" \
	    -addext keyUsage=critical,keyCertSign 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout server.key -out server.csr -subj / 2>/dev/null
	echo 'subjectAltName=critical,DNS:localhost' >names
	openssl x509 -req -in server.csr -CA root.pem -CAkey root.key \
	    -days 3 -extfile names -out server.crt 2>/dev/null
	refused_by "permitted subtree violation" \
	    openssl verify -CAfile root.pem server.crt
	if command -v certutil; then
		mkdir db
		certutil -N -d sql:db --empty-password
		signet roots install root.pem --nssdb db --yes
		cp server.crt leaf.pem
		certutil -A -d sql:db -n leaf -t ,, <leaf.pem
		run certutil -V -d sql:db -n leaf -u V
		[[ $output == *"not permitted to issue"* ]]
	fi
	keystore
	signet roots install root.pem --keystore ks --dry-run |
	    grep -q "^Java does not look at a root's name constraints"
	signet roots install root.pem --keystore ks --yes
	serve server.crt server.key
	accepted by_java
}

# sudo: is root already, or stands in for it.
@test "what docs/roots.md says to type" {
	local command
	system_store
	needs certutil
	mkdir -p person/.pki/nssdb bin
	certutil -N -d sql:person/.pki/nssdb --empty-password
	keystore
	printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
	printf '#!/bin/sh\nexec setsid -w "%s" "$@" </dev/null\n' "$SIGNET" >bin/signet
	chmod +x bin/sudo bin/signet
	rm root.pem
	# The stores are this test's; a question is answered by --yes.
	awk '/^ *```/ && on { on = 0; next } /^ *```sh$/ { on = 1; next } on' \
	    "$SIGNET_SOURCE/docs/roots.md" |
	    sed -e 's/--store system/--root sys/; s/--store java/--keystore ks/' \
		-e "s/6B:09:CB:F6.*49:BF:2D/$(openssl x509 -noout \
		    -in "$BATS_FILE_TMPDIR/root.pem" -fingerprint -sha256 |
		    cut -d= -f2)/" >commands
	grep -q 'roots install .*--root sys' commands
	# None touches a store of this machine.
	grep -E 'signet roots (install|uninstall|status)' commands |
	    grep -vE -- '--(root|store nss|keystore|dry-run)' >others || true
	[ ! -s others ]
	(cd sys && find . | sort) >before
	PATH=$PWD/bin:$PATH bash -eux commands >said 2>&1 || {
		cat said
		false
	}
	cat said
	grep -q ': installed$' said
	grep -q ': not installed$' said
	(cd sys && find . | sort) | diff before -
	[ -z "$(certutil -L -d sql:person/.pki/nssdb | tail -n +5)" ]
	[ -z "$(ls tmp)" ]
}

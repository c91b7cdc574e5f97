#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Clients at an nginx that asks for a certificate: curl, OpenSSL, GnuTLS, NSS,
# Python, Java and Chromium, each as Anna, as Bert, who is revoked, and with no
# certificate; and each with another's root, where it is the server that is
# refused.

load ../cli/helper
load servers
load services

here=$BATS_TEST_DIRNAME

# One server for all of them, ended by end_server from any process.
setup_file() {
	needs nginx
	lab
	signet init "Lab Root CA" --home stranger --key ecdsa-p256 \
	    --no-passphrase --quiet
	signet roots export --home stranger --out stranger.pem --quiet
	revoke bert
	start nginx
	echo "$server" >server.pid
	echo "$port" >port
}

setup() {
	needs nginx
	cd "$BATS_TEST_TMPDIR" || return
	cp "$BATS_FILE_TMPDIR"/*.{crt,key,pem,p12,pass} .
	port=$(<"$BATS_FILE_TMPDIR/port")
}

teardown() {
	[ -z "${policy:-}" ] || rm -f "$policy"
}

teardown_file() {
	cd "$BATS_FILE_TMPDIR" || return
	[ ! -e server.pid ] || server=$(<server.pid)
	stop
}

# three_ways CLIENT: a function that is called with a name and a root, and
# fails or has in "said" what it was answered.
three_ways() {
	"$1" anna root.pem
	cat said
	grep 'Hello, CN=anna@lab.example' said
	"$1" bert root.pem || true
	cat said
	grep 'The SSL certificate error' said
	not grep Hello said
	"$1" none root.pem || true
	cat said
	grep 'No required SSL certificate was sent' said
	not grep Hello said
	not "$1" anna stranger.pem
	cat said
	not grep Hello said
}

# pem NAME OPTION OPTION: options for his certificate and key, in $shown; none
# for who has none.
pem() {
	shown=()
	[ ! -e "$1.crt" ] || shown=("$2" "$1.crt" "$3" "$1.key")
}

with_curl() {
	pem "$1" --cert --key
	curl -sS -m 20 --cacert "$2" "${shown[@]}" \
	    --resolve "company.com:$port:127.0.0.1" \
	    "https://company.com:$port/" >said 2>&1
}

@test "curl" {
	three_ways with_curl
}

get() {
	printf 'GET / HTTP/1.0\r\nHost: company.com\r\n\r\n'
}

with_openssl() {
	pem "$1" -cert -key
	get | timeout 20 openssl s_client -connect "127.0.0.1:$port" \
	    -servername company.com -verify_hostname company.com \
	    -verify_return_error -CAfile "$2" "${shown[@]}" -ign_eof >said 2>&1
}

@test "openssl s_client" {
	three_ways with_openssl
}

with_gnutls() {
	pem "$1" --x509certfile --x509keyfile
	get | timeout 20 gnutls-cli -p "$port" --sni-hostname company.com \
	    --verify-hostname company.com --x509cafile "$2" "${shown[@]}" \
	    127.0.0.1 >said 2>&1
}

@test "gnutls-cli" {
	needs gnutls-cli
	three_ways with_gnutls
}

with_nss() {
	local -a shown=()
	rm -rf db
	mkdir db
	certutil -N -d sql:db --empty-password
	certutil -A -d sql:db -n root -t C,, -i "$2"
	[ ! -e "$1.p12" ] || {
		pk12util -i "$1.p12" -d sql:db -w p12.pass -K '' >/dev/null
		shown=(-n "$1@lab.example")
	}
	# At the end of a pipe it spins.
	get >request
	timeout 20 tstclnt -4 -h localhost -p "$port" -a company.com \
	    -d sql:db "${shown[@]}" <request >said 2>&1
}

@test "NSS's tstclnt" {
	needs tstclnt certutil pk12util
	three_ways with_nss
}

with_python() {
	python3 - "$@" "$port" >said 2>&1 <<-'END'
		import http.client, os, ssl, sys
		name, root, port = sys.argv[1:]
		context = ssl.create_default_context(cafile=root)
		context.load_verify_locations("all.crl.pem")
		context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
		if os.path.exists(name + ".crt"):
		    context.load_cert_chain(name + ".crt", name + ".key")
		server = http.client.HTTPSConnection(
		    "localhost", int(port), timeout=20, context=context)
		server.request("GET", "/")
		print(server.getresponse().read().decode())
	END
}

@test "Python, which reads the list itself" {
	three_ways with_python
}

with_java() {
	local -a shown=()
	[ ! -e "$1.p12" ] || shown=("$1.p12" p12.pass)
	java "$here/Client.java" "https://localhost:$port/" "$2" \
	    "${shown[@]}" >said 2>&1
}

@test "Java" {
	needs java javac
	three_ways with_java
}

# A page of its own says why there is none.
with_chromium() {
	local db=$PWD/browser/.pki/nssdb
	rm -rf browser
	mkdir -p "$db"
	certutil -N -d "sql:$db" --empty-password
	certutil -A -d "sql:$db" -n root -t C,, -i "$2"
	[ ! -e "$1.p12" ] ||
	    pk12util -i "$1.p12" -d "sql:$db" -w p12.pass -K '' >/dev/null
	HOME=$PWD/browser timeout 60 chromium --headless --no-sandbox \
	    --disable-gpu --disable-quic --no-first-run \
	    --disable-background-networking --disable-component-update \
	    --disable-sync --user-data-dir="$PWD/browser/data" \
	    --dump-dom "https://localhost:$port/" >said 2>browser.log
	grep -q -e Hello -e certificate said
}

@test "headless Chromium" {
	needs chromium certutil pk12util
	[ "$(id -u)" -eq 0 ] || skip "a browser policy is installed by root alone"
	mkdir -p /etc/chromium/policies/managed
	policy=/etc/chromium/policies/managed/signet-clients-$$.json
	printf '{"AutoSelectCertificateForUrls": ["%s"], "CACertificateManagementAllowed": 0}' \
	    "{\\\"pattern\\\":\\\"https://localhost:$port\\\",\\\"filter\\\":{}}" \
	    >"$policy"
	three_ways with_chromium
}

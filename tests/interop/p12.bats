#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Jason's PKCS #12 file where he needs it: openssl, NSS, curl. clients.bats has
# Java and Chromium.

load ../cli/helper

setup_file() {
	export HOME_DIR=$BATS_FILE_TMPDIR/home
	cd "$BATS_FILE_TMPDIR" || return
	command -v openssl >/dev/null || return 0
	new_home "$HOME_DIR" ecdsa-p256
	export SIGNET_HOME=$HOME_DIR
	printf 'jason only\n' >jason.pass
	chmod 600 jason.pass
	signet issue client jason@lab.example --p12 jason.p12 --out jason.crt \
	    --key-out jason.key --passout file:jason.pass --quiet
	signet issue server localhost --out server.crt --key-out server.key \
	    --no-passphrase --chain --quiet
	signet roots export --out root.pem --quiet
	signet crl --all --bundle --out all.crl --quiet
}

setup() {
	needs openssl
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$HOME_DIR
}

teardown() {
	[ -z "${nginx:-}" ] || {
		kill "$nginx" 2>/dev/null || true
		wait "$nginx" 2>/dev/null || true
	}
}

@test "openssl 3 reads it, key, certificate and chain, without -legacy" {
	openssl pkcs12 -in jason.p12 -passin file:jason.pass -nodes -out all.pem
	[ "$(grep -c 'BEGIN CERTIFICATE' all.pem)" -eq 3 ]
	[ "$(openssl pkey -in all.pem -pubout)" = \
	    "$(openssl x509 -in jason.crt -noout -pubkey)" ]
	openssl pkcs12 -in jason.p12 -passin file:jason.pass -info -noout 2>&1 |
	    grep -q 'PBES2, PBKDF2, AES-256-CBC'
	openssl pkcs12 -in jason.p12 -passin file:jason.pass -info -noout 2>&1 |
	    grep -q 'MAC: sha256'
	run openssl pkcs12 -in jason.p12 -passin pass:wrong -nodes
	[ "$status" -ne 0 ]
}

@test "it is readable by its owner alone" {
	[ "$(stat -c %a jason.p12)" = 600 ]
}

@test "NSS imports it and finds the key" {
	needs pk12util certutil
	mkdir "$BATS_TEST_TMPDIR/db"
	certutil -N -d "sql:$BATS_TEST_TMPDIR/db" --empty-password
	certutil -A -d "sql:$BATS_TEST_TMPDIR/db" -n root -t CT,C,C -i root.pem
	pk12util -i jason.p12 -d "sql:$BATS_TEST_TMPDIR/db" -w jason.pass -K ''
	certutil -K -d "sql:$BATS_TEST_TMPDIR/db" | grep -q jason
	certutil -V -d "sql:$BATS_TEST_TMPDIR/db" -n jason@lab.example -u C
}

# serve: nginx that asks for a certificate, on a port in $port.
serve() {
	for _ in {1..20}; do
		port=$((20000 + RANDOM % 12000))
		cat >nginx.conf <<END
daemon off; worker_processes 1; pid nginx.pid; error_log nginx.log info;
events { worker_connections 64; }
http { access_log off;
 client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
 uwsgi_temp_path t4; scgi_temp_path t5;
 server { listen 127.0.0.1:$port ssl; server_name localhost;
  ssl_certificate server.crt; ssl_certificate_key server.key;
  ssl_client_certificate root.pem; ssl_verify_client on;
  ssl_verify_depth 2; ssl_crl all.crl;
  location / { default_type text/html;
   return 200 "<p>Hello, \$ssl_client_s_dn</p>\n"; } } }
END
		rm -f nginx.pid
		nginx -e nginx.log -p "$PWD" -c "$PWD/nginx.conf" \
		    </dev/null >/dev/null 2>&1 3>&- &
		nginx=$!
		until [ -s nginx.pid ]; do
			kill -0 "$nginx" 2>/dev/null || break
		done
		! kill -0 "$nginx" 2>/dev/null || return 0
	done
	return 1
}

@test "curl shows it to nginx" {
	needs nginx curl
	serve
	run curl -sS --max-time 10 --cacert root.pem --cert-type P12 \
	    --cert "jason.p12:$(<jason.pass)" "https://localhost:$port/"
	echo "$output"
	[[ $output == *"Hello, CN=jason@lab.example"* ]]
	run curl -s -o /dev/null -w '%{http_code}' --max-time 10 \
	    --cacert root.pem "https://localhost:$port/"
	[ "$output" = 400 ]
}

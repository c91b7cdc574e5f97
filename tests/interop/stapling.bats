#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The responder as others ask it: OpenSSL, GnuTLS, NSS, Java and Python of a
# certificate that is good and of one that is not; nginx and Apache of each
# client; nginx, Apache and HAProxy for the answer they staple. Their
# configurations are docs/consumers.md's.

load ../cli/helper
load servers

here=$BATS_TEST_DIRNAME
export TZ=UTC

# One responder for all of the file: its port stands in the certificates.
setup_file() {
	local name

	needs openssl curl python3
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	signet init "Lab Root CA" --key ecdsa-p256 --no-passphrase --quiet
	start_responder
	for name in intermediate server client; do
		printf '[publish]\nocsp = %s/ocsp\n' "$responder" \
		    >>"home/policies/$name.policy"
	done
	signet ca add issuing "Lab Issuing CA" --key ecdsa-p256 \
	    --no-passphrase --quiet
	signet ocsp init --all --key ecdsa-p256 --no-passphrase --quiet
	end_responder
	start_responder --listen "${responder#http://}"
	for name in anna bert; do
		signet issue client "$name@lab.example" --out "$name.crt" \
		    --key-out "$name.key" --no-passphrase --quiet
	done
	request company company.com
	for name in company revoked; do
		signet sign company.csr --policy server --chain \
		    --out "$name.crt" --quiet
	done
	signet show "Lab Issuing CA" --pem >issuing.pem
	signet roots export --with-intermediates --out ca.pem --quiet
	signet roots export --out root.pem --quiet
	signet revoke bert@lab.example --reason keyCompromise --quiet
	signet revoke revoked.crt --reason superseded --quiet
	signet crl --all --bundle --out all.crl.pem --quiet
	for name in anna bert; do
		cat "$name.crt" issuing.pem >"$name.pem"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$BATS_FILE_TMPDIR"/*.{crt,key,pem} "$BATS_FILE_TMPDIR/serve.out" .
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	server='' port=''
	find_responder
}

teardown() {
	stop
}

teardown_file() {
	cd "$BATS_FILE_TMPDIR" || return
	end_responder
}

# --- who asks for himself ---------------------------------------------------

@test "OpenSSL believes it, by either hash, with and without a nonce" {
	local options
	for options in "" -sha256 -no_nonce; do
		openssl ocsp -url "$responder/ocsp" -CAfile ca.pem -issuer issuing.pem \
		    $options -cert anna.crt \
		    -cert bert.crt >said 2>&1
		cat said
		grep -x 'Response verify OK' said
		grep -x 'anna.crt: good' said
		grep -x 'bert.crt: revoked' said
		grep 'Reason: keyCompromise' said
		not grep -i warning said
	done
}

@test "GnuTLS believes it" {
	needs ocsptool
	ask_gnutls() {
		ocsptool --ask="$responder/ocsp" --load-issuer issuing.pem \
		    --load-trust ca.pem --load-cert "$@" >said 2>&1 || true
		cat said
		grep -i 'Verifying OCSP Response: Success' said
	}
	ask_gnutls anna.crt
	grep 'Certificate Status: good' said
	ask_gnutls bert.crt --nonce
	grep 'Certificate Status: revoked' said
}

@test "signet asks whom the certificate names" {
	signet ocsp query anna.pem
	run signet ocsp query bert.pem
	echo "$output"
	[ "$status" -eq 5 ]
}

@test "NSS asks whom the certificate names, for all of the chain" {
	needs certutil vfychain
	mkdir db
	certutil -N -d sql:db --empty-password
	certutil -A -d sql:db -n root -t CT,C,C -i root.pem
	certutil -A -d sql:db -n issuing -t ,, -i issuing.pem
	believes() {
		vfychain -pp -d sql:db -u 0 -g leaf -h requireFreshInfo \
		    -m ocsp -s failIfNoInfo -g chain -m ocsp -s failIfNoInfo \
		    -a "$1" 2>said
	}
	believes anna.crt
	not believes bert.crt
	grep "Peer's Certificate has been revoked" said
}

@test "Java asks whom the certificate names, for all of the chain" {
	needs java javac
	java "$here/Revocation.java" root.pem ocsp anna.pem bert.pem >said
	cat said
	grep -x 'anna.pem good' said
	grep -x 'bert.pem revoked KEY_COMPROMISE' said
}

@test "Python's cryptography believes it, by GET" {
	python3 -c 'import cryptography' 2>/dev/null ||
	    skip "python3-cryptography is not installed"
	python3 "$here/ocsp_client.py" "$responder/ocsp" issuing.pem anna.crt \
	    bert.crt revoked.crt >said
	cat said
	grep -x 'anna.crt good' said
	grep -x 'bert.crt revoked keyCompromise' said
	grep -x 'revoked.crt revoked superseded' said
}

# --- servers that fetch the lists -------------------------------------------

@test "lists fetched over HTTP are what is served, or are not taken" {
	cron_job lab-crl-fetch
	[ "$(<systemctl.said)" = "reload nginx" ]
	diff <(openssl storeutl -noout -text -crls all.crl.pem) \
	    <(signet crl --bundle --quiet | openssl storeutl -noout -text \
	        -crls /dev/stdin)
	openssl verify -crl_check_all -CAfile ca.pem -CRLfile all.crl.pem anna.crt
	not openssl verify -crl_check_all -CAfile ca.pem -CRLfile all.crl.pem bert.crt
	# The second time there is nothing to tell.
	rm systemctl.said
	cron_job lab-crl-fetch
	[ ! -e systemctl.said ]
	# Somebody else's, of the same names.
	mv ca.pem mine.pem
	new_home impostor ecdsa-p256
	signet roots export --with-intermediates --home impostor --out ca.pem \
	    --quiet
	cp all.crl.pem before.pem
	signet crl --all --home "$SIGNET_HOME" --quiet
	not cron_job lab-crl-fetch
	cmp all.crl.pem before.pem
	[ ! -e systemctl.said ]
}

# --- servers that ask of their clients --------------------------------------

# asks NAME: a client is let in, revoked, and refused; nobody was told.
asks() {
	signet issue client carl@lab.example --out-dir . --no-passphrase --quiet
	mv carl@lab.example.crt carl.crt
	mv carl@lab.example.key carl.key
	start "$1"
	served carl || show
	served carl
	served anna
	not served bert
	keep_sessions carl
	signet revoke carl.crt --reason superseded --quiet
	show
	not served carl
	served anna
	grep -i 'revoked' server.log
	sessions_are_worthless carl
	# Nobody there to ask: nobody is let in.
	stop
	responder=http://127.0.0.1:$(free_port)
	start "$1"
	not served anna
}

@test "nginx asks of each client: the revoked is refused at once" {
	needs nginx
	configure_nginx_asks() {
		configure_nginx
		instead 'nginx: clients by OCSP' ssl_crl <lab.conf >with
		mv with lab.conf
	}
	run_nginx_asks() {
		run_nginx
	}
	asks nginx_asks
}

@test "Apache asks of each client: the revoked is refused at once" {
	needs apache2
	configure_apache_asks() {
		configure_apache
		sed -i '/SSLCARevocationCheck/d' apache.conf
		instead 'Apache: clients by OCSP' SSLCARevocationFile \
		    <apache.conf >with
		mv with apache.conf
		recipe 'Apache: no sessions' >>apache.conf
	}
	run_apache_asks() {
		run_apache
	}
	asks apache_asks
}

# --- stapling ---------------------------------------------------------------

# stapled STATUS: that is what the server shows with its certificate.
stapled() {
	openssl s_client -connect "127.0.0.1:$port" -servername company.com \
	    -CAfile root.pem -cert anna.crt -key anna.key -status </dev/null \
	    >said 2>&1
	grep -q "Cert Status: $1" said
}

# vouched: curl wants a staple, one that says good.
vouched() {
	ask anna --cert-status
}

@test "nginx fetches the answer, and staples it" {
	needs nginx
	configure_nginx_staples() {
		configure_nginx
		recipe 'nginx: stapling' >block
		sed -i '/ssl_crl/r block' lab.conf
	}
	run_nginx_staples() {
		run_nginx
	}
	start nginx_staples
	until_true stapled good || show
	grep 'OCSP Response Status: successful' said
	vouched
}

@test "Apache fetches the answer, and staples it" {
	needs apache2
	configure_apache_staples() {
		configure_apache
		recipe 'Apache: stapling' >>apache.conf
	}
	run_apache_staples() {
		run_apache
	}
	start apache_staples
	until_true stapled good || show
	grep 'OCSP Response Status: successful' said
	vouched
}

# revoked_too NAME: with the answer from a file, which cron fetches: it is
# shown from the first client on, also when it says that all is over.
from_file() {
	cron_job lab-staple
	[ "$(<systemctl.said)" = "reload haproxy" ]
	start "$1"
	stapled good
	vouched
	stop
	cp revoked.crt company.crt
	cron_job lab-staple
	start "$1"
	stapled revoked
	run vouched
	echo "$output"
	[ "$status" -eq 91 ]
}

@test "HAProxy staples the answer from a file" {
	needs haproxy
	from_file haproxy
}

@test "nginx staples the answer from a file" {
	needs nginx
	configure_nginx_file() {
		configure_nginx
		sed -i "/ssl_crl/a ssl_stapling on; \
		    ssl_stapling_file $PWD/company.pem.ocsp;" lab.conf
	}
	run_nginx_file() {
		run_nginx
	}
	from_file nginx_file
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# nginx, Apache, HAProxy and OpenVPN with a bundle of CRLs: two clients are
# let in, one is revoked, the list is replaced, the server is told, and the
# one is refused while the other is not. And once more with a list that has
# expired. Their configurations, and what cron runs, are docs/consumers.md's.

load ../cli/helper
load servers

setup_file() {
	local name
	local -a past=()

	needs openssl curl python3 jq
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	printf 'correct horse\n' >ca.pass
	# Three weeks ago, where time can be had.
	if command -v faketime >/dev/null; then
		past=(faketime -f -20d)
	fi
	back_then() {
		setsid -w "${past[@]}" "$SIGNET" "$@" --quiet </dev/null
	}
	back_then init "Lab Root CA" --key ecdsa-p256 --kdf pbkdf2:100000 \
	    --passout file:ca.pass
	back_then ca add issuing "Lab Issuing CA" --key ecdsa-p256 \
	    --kdf pbkdf2:100000 --passin file:ca.pass --passout file:ca.pass
	for name in anna bert; do
		back_then issue client "$name@lab.example" --out "$name.crt" \
		    --key-out "$name.key" --no-passphrase --passin file:ca.pass
	done
	request company company.com
	back_then sign company.csr --policy server --chain --out company.crt \
	    --passin file:ca.pass
	back_then roots export --with-intermediates --out ca.pem
	back_then roots export --out root.pem
	back_then crl --all --bundle --out expired.crl.pem --passin file:ca.pass
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/. .
	export SIGNET_HOME=$PWD/home
	server='' port=''
	PATH=$(dirname "$SIGNET"):$PATH
}

teardown() {
	stop
	[ -z "${lists:-}" ] || rm -rf "$lists"
}

# The list of today, with nobody in it.
fresh_list() {
	signet crl --all --bundle --due --out all.crl.pem --passin file:ca.pass \
	    --quiet
}

# cron SIGNAL [NAME]: what cron runs; it tells the server by that signal.
cron() {
	rm -f systemctl.said
	cron_job "${2:-lab-crl}"
	[ ! -e systemctl.said ] || reload "$1"
}

# without: a client that has no certificate is let in by neither version.
without() {
	local version
	for version in 1.2 1.3; do
		curl -s -S -i -m 10 --cacert root.pem "--tlsv$version" \
		    --tls-max "$version" --resolve "company.com:$port:127.0.0.1" \
		    "https://company.com:$port/" >said 2>&1 || true
		cat said
		grep -E '400 Bad Request|certificate required|handshake failure' \
		    said
		not grep 'HTTP/.* 20[04]' said
	done
}

# revocation NAME SIGNAL: the whole story, for one server.
revocation() {
	local version
	fresh_list
	start "$1"
	served anna
	served bert
	without
	keep_sessions bert
	for version in tls1_2 tls1_3; do
		talk bert $version >said
		grep '^Reused' said
		grep "CN *= *bert@lab.example" said
	done
	signet revoke bert@lab.example --reason keyCompromise --yes --quiet
	cron "$2"
	show
	not served bert
	served anna
	[ -z "$2" ] || grep -i "$3" server.log
	# What it was given before it was revoked is worth nothing.
	sessions_are_worthless bert
	[ "$1" = openvpn ] || {
		check_server "$port" anna accepted
		check_server "$port" bert refused
		check_server "$port" none refused
	}
	not gone "$server"
}

# expiry NAME SIGNAL: an old list locks out everybody; cron opens again.
expiry() {
	needs faketime
	cp expired.crl.pem all.crl.pem
	start "$1"
	not served anna
	not served bert
	show
	grep -i "$3" server.log
	cron "$2"
	show
	served anna
	served bert
	# Nothing is new: nothing is signed, and the server is not told.
	rm ca.pass
	cron "$2"
	[ ! -e systemctl.said ]
}

@test "nginx refuses the revoked after a reload, and nobody else" {
	needs nginx
	revocation nginx HUP
	[[ $(ask bert) == *" 400 Bad Request"* ]]
	# As the page asks.
	local line statuses=''
	while read -r line; do
		run eval "$line"
		echo "$output"
		statuses+=" $status"
	done < <(recipe "anna, bert, and none" | grep -v '^#')
	[ "$statuses" = " 0 1 1" ]
}

@test "nginx refuses everybody when a list has expired" {
	needs nginx
	expiry nginx HUP 'CRL has expired'
}

@test "Apache refuses the revoked after a graceful restart" {
	needs apache2
	revocation apache USR1
}

@test "Apache refuses everybody when a list has expired" {
	needs apache2
	expiry apache USR1 'CRL has expired'
}

@test "HAProxy refuses the revoked after a reload" {
	needs haproxy
	revocation haproxy USR2
}

@test "HAProxy refuses everybody when a list has expired" {
	needs haproxy
	expiry haproxy USR2 'not trusted'
}

@test "Apache takes the lists one by one, found by hash" {
	needs apache2
	fresh_list
	# Whom Apache works as may read it: not so the folder of the test.
	lists=$(mktemp -d)
	chmod 755 "$lists"
	ln -s "$lists" crl
	recipe "lists for SSLCARevocationPath" >lists
	sh -e lists
	configure_apache_path() {
		configure_apache
		sed -i "s|SSLCARevocationFile .*|SSLCARevocationPath $lists|" \
		    apache.conf
	}
	run_apache_path() {
		run_apache
	}
	start apache_path
	served anna
	served bert
	signet revoke bert@lab.example --yes --quiet
	fresh_list
	sh -e lists
	reload USR1
	show
	not served bert
	served anna
}

can_openvpn() {
	needs openvpn unshare nsenter ip
	[ -w /dev/net/tun ] || skip "/dev/net/tun is not there"
	unshare -rn ip link set lo up 2>/dev/null ||
	    skip "no network of one's own can be had"
}

# connected NAME: OpenVPN's word for it.
connected() {
	local before client
	before=$(wc -l <server.log)
	beside_openvpn openvpn --config client.conf --cert "$1.crt" --key "$1.key" \
	    </dev/null >client.log 2>&1 3>&- &
	client=$!
	until_true decided "$before" || { cat client.log; tail server.log; }
	kill "$client" || true
	wait "$client" || true
	tail -n "+$((before + 1))" server.log >said
	cat said
	grep -qF "[$1@lab.example] Peer Connection Initiated" said
}

decided() {
	tail -n "+$(($1 + 1))" server.log |
	    grep -qE 'Peer Connection Initiated|VERIFY ERROR'
}

@test "OpenVPN refuses the revoked without being told" {
	can_openvpn
	fresh_list
	start openvpn
	connected anna
	connected bert
	signet revoke bert@lab.example --yes --quiet
	cron 0
	not connected bert
	grep -q 'VERIFY ERROR.*certificate revoked: CN=bert@lab.example' said
	connected anna
}

@test "OpenVPN refuses everybody when a list has expired" {
	needs faketime
	can_openvpn
	# It knows the file by its length and second.
	cp expired.crl.pem all.crl.pem
	touch -d 2020-01-01 all.crl.pem
	start openvpn
	not connected anna
	grep -q 'VERIFY ERROR.*CRL has expired' said
	cron 0
	connected anna
}

@test "Postfix's table has the fingerprints of who is not revoked" {
	needs jq
	signet revoke bert@lab.example --yes --quiet
	cron_job lab-relay
	[ "$(<postmap.said)" = "hash:relay_clientcerts" ]
	[ "$(<relay_clientcerts)" = "$(openssl x509 -in anna.crt -noout \
	    -fingerprint -sha256 | sed 's/.*=//') CN=anna@lab.example" ]
}

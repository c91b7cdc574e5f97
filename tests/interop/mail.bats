#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Dovecot (IMAP and POP3) and Postfix (SMTP), with and without STARTTLS: who
# has a certificate reads mail and may relay, the revoked and who has none do
# not. Their configurations are docs/consumers.md's.

load ../cli/helper
load servers
load services

setup_file() {
	lab
}

setup() {
	stage
}

teardown() {
	unstage
}

# with NAME URL [curl options...]: by curl, as that client. What both said is
# in "said".
with() {
	local port=${2##*:} name=$1
	local -a shown=()
	port=${port%%/*}
	[ ! -e "$name.crt" ] || shown=(--cert "$name.crt" --key "$name.key")
	curl -sS -v -m 20 --cacert root.pem --ssl-reqd "${shown[@]}" \
	    --resolve "company.com:$port:127.0.0.1" "${@:2}" >said 2>&1
}

# reads NAME USER: in all four ways. denied: in none.
ways() {
	printf '%s\n' "imap://company.com:$port/" "imaps://company.com:$imaps/" \
	    "pop3://company.com:$pop3/" "pop3s://company.com:$pop3s/"
}

reads() {
	local url
	for url in $(ways); do
		with "$1" "$url" --login-options AUTH=EXTERNAL --user "$2:" ||
		    return 1
	done
}

denied() {
	local url status
	for url in $(ways); do
		status=0
		with "$1" "$url" --login-options AUTH=EXTERNAL \
		    --user "$2:" || status=$?
		# curl's word for it.
		[ "$status" -eq 67 ] || return 1
	done
}

@test "Dovecot: the certificate is the password, and no longer" {
	needs dovecot
	start dovecot
	reads anna anna
	reads bert bert
	# Nobody is somebody else.
	denied anna bert
	# Without a certificate.
	denied none anna
	grep "didn't present valid SSL certificate" said
	revoke bert
	PATH=$PWD/bin:$PATH sh -e lists
	[ "$(<systemctl.said)" = "reload dovecot" ]
	kill -HUP "$server"
	until_true denied bert bert
	grep "didn't present valid SSL certificate" said
	grep 'certificate revoked: /CN=bert@lab.example' own/log
	reads anna anna
	# Not before the login is it decided.
	local name
	for name in anna bert none; do
		check_server "$port" "$name" accepted --starttls imap
		check_server "$imaps" "$name" accepted
		check_server "$pop3" "$name" accepted --starttls pop3
		check_server "$pop3s" "$name" accepted
	done
}

# sends NAME: to somebody elsewhere, which is to relay.
sends() {
	echo "Subject: none" | with "$1" "smtp://company.com:$port/" \
	    --mail-from "$1@lab.example" --mail-rcpt jason@far.example -T -
}

refused_relay() {
	local status=0
	sends "$1" || status=$?
	grep '^[<>] \|^curl' said
	[ "$status" -eq 55 ]
	grep '554 5.7.1 .*Relay access denied' said
}

# The table of who is not revoked, as cron makes it.
relay_table() {
	stand_in systemctl
	printf '#!/bin/sh\nexec %s -c %s/postfix "$@"\n' \
	    "$(command -v postmap)" "$PWD" >bin/postmap
	chmod +x bin/postmap
	recipe /etc/cron.hourly/lab-relay >lab-relay
	PATH=$PWD/bin:$(dirname "$SIGNET"):$PATH setsid -w sh lab-relay \
	    </dev/null
}

@test "Postfix: who is in the table may relay, the revoked is not" {
	can_postfix
	start postfix
	refused_relay anna
	relay_table
	until_true sends anna
	sends bert
	refused_relay none
	revoke bert
	relay_table
	until_true refused_relay bert
	sends anna
	local name
	for name in anna bert none; do
		check_server "$port" "$name" accepted --starttls smtp
	done
	grep 'Trusted TLS connection established from.*TLSv1.3' server.log
	grep 'to=<jason@far.example>.*relay=none.*status=sent' server.log
}

# As the page says.
@test "Postfix reads no CRL" {
	can_postfix
	configure_postfix_all() {
		cat ca.pem all.crl.pem >clients.pem
		configure_postfix
		sed -i -e 's|^\(smtpd_tls_CAfile.*\)ca.pem|\1clients.pem|' \
		    -e 's|permit_tls_clientcerts|permit_tls_all_clientcerts|' \
		    postfix/main.cf
		grep clients.pem postfix/main.cf
		grep all_clientcerts postfix/main.cf
	}
	run_postfix_all() {
		run_postfix
	}
	ready_postfix_all() {
		ready_postfix
	}
	revoke bert
	start postfix_all
	sends anna
	sends bert
	refused_relay none
}

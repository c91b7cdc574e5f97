#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet check: services that ask for a client certificate, and what becomes of
# ours; services that want words in the clear before TLS begins.

load helper
load serve
load check

setup_file() {
	needs openssl sqlite3 jq python3 pgrep
	shared_home
	cd "$BATS_FILE_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	local name
	signet issue server company.com --no-passphrase --quiet --chain \
	    --out-dir . --out company.chain
	mv company.com.key company.key
	awk '/BEGIN/ { n++ } { print >(n == 1 ? "company.crt" : "issuing.pem") }' \
	    company.chain
	signet roots export --out root.pem --quiet
	for name in anna bert; do
		signet issue client "$name@lab.example" --no-passphrase --quiet \
		    --chain --out-dir . --out $name.crt --key-out $name.key
	done
	signet revoke bert@lab.example --yes --quiet
	signet crl --all --bundle --out all.crl.pem --quiet
	cat root.pem issuing.pem >both.pem
	cat both.pem all.crl.pem >strict.pem
}

setup() {
	started=()
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	cp "$BATS_FILE_TMPDIR"/{company.*,*.pem,anna.*,bert.*} .
}

teardown() {
	stop_all
}

# strict TLS [openssl s_server options...]: wants a client certificate, one
# that is not revoked.
strict() {
	company "-tls1_$1" -CAfile strict.pem -crl_check -Verify 3 \
	-verify_return_error "${@:2}"
}

# ---- openssl: refuses within TLS ----

@test "a good one, a revoked one, none: TLS 1.3 and 1.2" {
	local version alert
	for version in 3 2; do
		strict $version
		check 0 --cert anna.crt --key anna.key
		told client 'the server asks for a certificate, and took ours'
		says '.client.asked and .client.shown and .client.outcome == "accepted"'
		check 1 --cert bert.crt --key bert.key
		told client 'the server asks for a certificate, and REFUSED ours: alert 44 certificate_revoked'
		grep -q 'refuses our certificate: alert 44 certificate_revoked' err
		told verdict: 'the server is good, and refuses our certificate'
		says '.client.outcome == "refused" and .client.alert == 44'
		# The server is good all the same.
		says '.walkAway | not'
		check 1
		alert=116
		[ $version -eq 3 ] || alert=40
		told client 'the server asks for a certificate, and REFUSES whoever has none'
		says ".client.alert == $alert and (.client.shown | not)"
		told verdict: 'the server is good, and refuses whoever shows no certificate'
		grep -q -e 'who shows no certificate (--cert, --key): alert' err
		kill "$pid"
	done
}

@test "one that is asked for and may be missing" {
	local version
	for version in 3 2; do
		company "-tls1_$version" -CAfile both.pem -verify 3
		check 0
		told client 'the server asks for a certificate, and goes on without'
		says '.client.asked and .client.outcome == "accepted"'
		check 0 --cert anna.crt --key anna.key
		kill "$pid"
	done
}

@test "one that nobody asks for is not shown" {
	company
	check 0 --cert anna.crt --key anna.key
	says '(.client.asked | not) and (.client.shown | not)'
}

@test "one of each kind of key" {
	local type version
	for type in rsa-2048 ecdsa-p384 ecdsa-p521 ed25519 ed448; do
		signet issue client "$type@lab.example" --key $type --quiet \
		    --no-passphrase --chain --out-dir . --out $type.crt \
		    --key-out $type.key
	done
	for version in 3 2; do
		strict $version
		for type in rsa-2048 ecdsa-p384 ecdsa-p521 ed25519 ed448; do
			check 0 --cert $type.crt --key $type.key
			says '.client.outcome == "accepted"'
		done
		kill "$pid"
	done
}

@test "its key with a passphrase, asked for by --passin" {
	signet key new --type ed25519 --out carl.key --kdf pbkdf2:100000 \
	    --passout file:<(echo 'correct horse') --quiet
	signet csr new --key carl.key --email carl@lab.example --out carl.csr \
	    --passin file:<(echo 'correct horse') --quiet
	signet sign carl.csr --policy client --chain --out carl.crt --quiet
	echo 'correct horse' >pass
	strict 3
	check 0 --cert carl.crt --key carl.key --passin file:pass
	says '.client.outcome == "accepted"'
	refused 5 'passphrase' signet check "127.0.0.1:$port" --cert carl.crt \
	    --key carl.key --passin file:<(echo 'another one')
	refused 2 '--passin' signet check "127.0.0.1:$port" --cert carl.crt \
	    --key carl.key
}

# ---- refused, or taken, in the protocol above ----

@test "nginx' way: the handshake is taken, and HTTP refuses" {
	fake nginx_refuses company.chain company.key both.pem
	check 1
	told client 'the server asks for a certificate, and REFUSES whoever has none: 400 No required SSL certificate was sent'
	kill "$pid"
	fake http company.chain company.key both.pem
	check 0
	told client 'the server asks for a certificate, and goes on without: HTTP/1.1 200 OK'
}

@test "who speaks first is listened to; who says nothing is not waited for" {
	fake greets company.chain company.key both.pem
	check 0 --cert anna.crt --key anna.key
	told client 'the server asks for a certificate, and took ours: * OK ready'
	kill "$pid"
	fake stays_silent company.chain company.key both.pem
	check 0 --cert anna.crt --key anna.key --timeout 1
	says '.client.outcome == "accepted"'
	kill "$pid"
	fake hangs_up company.chain company.key both.pem
	check 0 --cert anna.crt --key anna.key
	told "certificate;" "what became of ours is not known: it hung up without a word"
	kill "$pid"
	fake never_answers company.chain company.key both.pem
	check 0 --cert anna.crt --key anna.key --timeout 1
	told 'certificate;' 'what became of ours is not known'
}

# ---- STARTTLS ----

@test "STARTTLS: SMTP, IMAP, POP3, PostgreSQL, MySQL" {
	local protocol
	for protocol in smtp imap pop3 postgres mysql; do
		fake $protocol company.chain company.key both.pem
		check 0 --starttls $protocol --cert anna.crt --key anna.key
		says ".connection.starttls == \"$protocol\""
		says '.client.outcome == "accepted"'
		told server "127.0.0.1 port $port, STARTTLS of $protocol"
		kill "$pid"
	done
}

@test "STARTTLS: SMTP refuses the certificate when TLS stands" {
	fake smtp_refuses_client company.chain company.key both.pem
	check 1 --starttls smtp --cert anna.crt --key anna.key
	told client 'the server asks for a certificate, and REFUSED ours: 421 4.7.1 Client'
}

@test "STARTTLS: the server will not" {
	local mode words
	while IFS='|' read -r mode words; do
		fake "$mode"
		fails 1 "$words" --starttls "${mode%%_*}"
		kill "$pid"
	done <<-'END'
		smtp_without|does not offer STARTTLS
		smtp_not_now|the server will not: "454 4.7.0 TLS
		smtp_busy|the server will not: "554 no service here"
		smtp_hangs_up|hung up before TLS began
		imap_preauth|logged in without TLS
		imap_no|the server will not: "s1 NO not here"
		pop3_no|the server will not: "-ERR not here"
		postgres_no|the server has no TLS: "N"
		mysql_no|the server offers no TLS
		mysql_blocked|the server offers no TLS
	END
}

@test "STARTTLS: words behind the go-ahead are somebody's on the way" {
	local mode
	for mode in smtp_injected imap_injected postgres_injected; do
		fake $mode
		fails 5 'put there by somebody on the way' \
		    --starttls "${mode%%_*}"
		kill "$pid"
	done
	# And those that come later are no TLS.
	fake smtp_injected_later
	fails 1 'it speaks no TLS there' --starttls smtp
}

@test "STARTTLS: another protocol, no end, a line without one" {
	fake imap
	fails 1 'not what SMTP says here' --starttls smtp --timeout 5
	kill "$pid"
	fake smtp_busy
	fails 1 'not how an IMAP server greets' --starttls imap
	fails 1 'not how a POP3 server greets' --starttls pop3
	kill "$pid"
	fake smtp_endless
	fails 1 'more than 128 lines' --starttls smtp
	kill "$pid"
	fake imap_endless
	fails 1 'more than 128 lines' --starttls imap
	kill "$pid"
	fake smtp_long
	fails 1 'a line of more than 4096 octets' --starttls smtp
	kill "$pid"
	fake mysql_huge
	fails 1 'not how MySQL greets' --starttls mysql
	kill "$pid"
	fake silent
	fails 1 'no answer in time' --starttls smtp --timeout 1
}

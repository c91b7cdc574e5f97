# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Services for `signet check`: openssl's server, and check_server.py's. Each is
# in the background of a test, at $port, and gone when the test is.
#
# shellcheck disable=SC2034,SC2154 # $started is serve.bash's

# background COMMAND...: its output in tls.out; as $pid.
background() {
	"$@" </dev/null >tls.out 2>&1 3>&- 4>&- &
	pid=$!
	started+=("$pid")
}

accepts() {
	grep -q '^ACCEPT ' tls.out || not alive "$pid"
}

# tls_server [openssl s_server options...]: answers GET with a page.
tls_server() {
	: >tls.out
	background openssl s_server -www -accept 127.0.0.1:0 "$@"
	soon accepts
	port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' tls.out)
	[ -n "$port" ] || {
		cat tls.out
		return 1
	}
}

# fake MODE [CHAIN KEY [CAFILE]]
fake() {
	rm -f port
	background python3 "$SIGNET_SOURCE/tests/cli/check_server.py" \
	    "$PWD/port" "$@"
	soon test -e port
	port=$(<port)
}

# company [openssl s_server options...]: what this home issued, with its chain.
company() {
	tls_server -cert company.crt -cert_chain issuing.pem -key company.key "$@"
}

# check CODE [options...]: of that server, as company.com, in both forms: said,
# err, said.json; a page of at most 80 columns, and no escapes.
check() {
	local code=$1 status=0
	shift
	signet check "127.0.0.1:$port" --servername company.com "$@" \
	    >said 2>err || status=$?
	cat said err tls.out
	[ "$status" -eq "$code" ]
	[ "$code" -eq 0 ] || [ "$(wc -l <err)" -eq 1 ]
	not grep -q $'\x1b' said err
	[ "$(awk 'length > 80' said)" = "" ]
	status=0
	signet check "127.0.0.1:$port" --servername company.com "$@" --json \
	    >said.json 2>/dev/null || status=$?
	[ "$status" -eq "$code" ]
}

# fails CODE WORDS [options...]: no connection: one line that has them, no more.
fails() {
	local code=$1 words=$2
	shift 2
	refused "$code" "$words" signet check "127.0.0.1:$port" \
	    --servername company.com "$@"
}

# says QUERY: what the JSON's "check" answers to jq is not false.
says() {
	jq .check said.json
	jq -e ".check | $1" said.json >/dev/null
}

# told LABEL WORDS: a line of the page, or the one it goes on to.
told() {
	tr -s ' \n' ' ' <said | grep -qF -- "$1 $2"
}

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# quickstart_demo.sh [--keep]: the main job, end to end, in a scratch folder:
# a root, an issuing authority, a company's request, a client, a web server
# that asks for certificates, a revocation. Every command is shown as it is
# run, and what it should lead to is checked: this is a test that can be read.
#
# SIGNET is the program, build/release/signet when it is not set.
#
# shellcheck disable=SC2016 # commands are shown as they would be typed
set -euo pipefail

keep=
case ${1:-} in
'') ;;
--keep) keep=yes ;;
*)
	echo "quickstart_demo.sh: $1: --keep is all it takes" >&2
	exit 2
	;;
esac

PATH=$PATH:/usr/sbin:/sbin
signet=${SIGNET:-$(dirname "$(readlink -f "$0")")/../../build/release/signet}
[ -x "$signet" ] || {
	echo "quickstart_demo.sh: $signet: not built; run ./quickstart build" >&2
	exit 1
}
signet=$(readlink -f "$signet")
signet() {
	"$signet" "$@"
}

bold='' dim='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

# --- the stage --------------------------------------------------------------

number=0
nginx_pid=

step() {
	number=$((number + 1))
	printf '\n%s%2d. %s%s\n' "$bold" "$number" "$1" "$plain"
}

prompt() {
	printf '    %s$ %s%s\n' "$dim" "${1//$'\n'/$'\n'    }" "$plain"
}

# show COMMAND: prints it, runs it, and sets off what it says.
show() {
	prompt "$1"
	# In parentheses: bash makes a 1 of what a bare eval in a pipe exits with.
	(eval "$1") </dev/null 2>&1 | quote
}

quote() {
	fold -s -w 74 | sed -e 's/^/      /' -e 's/ *$//'
}

ok() {
	printf '    %s%s%s\n' "$green" "$*" "$plain"
}

fail() {
	printf '\n%sdemo: step %d: %s%s\n' "$red" "$number" "$*" "$plain" >&2
	exit 1
}

end_nginx() {
	[ -z "$nginx_pid" ] || {
		kill "$nginx_pid" 2>/dev/null || true
		wait "$nginx_pid" 2>/dev/null || true
	}
	nginx_pid=
}

leave() {
	local status=$?
	end_nginx
	if [ "$status" -ne 0 ]; then
		printf '\n%sThe demo ended early, with %d.%s What it made is in\n%s\n' \
		    "$red" "$status" "$plain" "$scratch" >&2
	elif [ -z "$keep" ]; then
		rm -rf "$scratch"
	fi
	exit "$status"
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/signet-demo.XXXXXX")
trap leave EXIT
trap 'exit 130' INT TERM
cd "$scratch"

# --- the server -------------------------------------------------------------

write_nginx_conf() {
	cat >nginx.conf <<END
daemon off;
worker_processes 1;
pid nginx.pid;
error_log nginx.log info;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path t1; proxy_temp_path t2;
    fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    server {
        listen 127.0.0.1:$1 ssl;
        server_name company.com;
        ssl_certificate         company.crt;
        ssl_certificate_key     company.key;
        ssl_verify_client       on;
        ssl_verify_depth        2;
        ssl_client_certificate  root.crt;
        ssl_crl                 all.crl;
        default_type text/plain;
        error_page 495 496 =400 @no;
        location / { return 200 "Hello, \$ssl_client_s_dn\n"; }
        location @no { return 400 "Nobody I know: \$ssl_client_verify\n"; }
    }
}
END
}

# A free port cannot be asked for, only tried.
start_nginx() {
	local try
	for ((try = 0; try < 20; try++)); do
		port=$((20000 + RANDOM % 12000))
		write_nginx_conf "$port"
		nginx -e nginx.log -p "$scratch" -c "$scratch/nginx.conf" \
		    </dev/null >/dev/null 2>&1 &
		nginx_pid=$!
		if until_true listening; then
			return
		fi
		end_nginx
	done
	tail -n 5 nginx.log >&2
	fail "nginx does not start"
}

# until_true COMMAND...: asks again for ten seconds.
until_true() {
	local try
	for ((try = 0; try < 200; try++)); do
		! "$@" || return 0
		kill -0 "$nginx_pid" 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

# The pid file is written after the port is ours.
listening() {
	[ -s nginx.pid ] && [ "$(<nginx.pid)" = "$nginx_pid" ] &&
	    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

# The worker that read the old CRL may still answer for a moment.
gone() {
	# shellcheck disable=SC2086 # one word for each worker
	! kill -0 $1 2>/dev/null
}

answers() {
	[ "$(ask "${@:2}" | tail -n 1)" = "$1" ]
}

# expect CODE WHY COMMAND: shows it, and holds its last line against CODE.
expect() {
	local said
	prompt "$3"
	said=$(eval "$3" </dev/null 2>&1) || true
	quote <<<"$said"
	[ "${said##*$'\n'}" = "$1" ] || fail "$1 was expected"
	ok "  $2"
}

# --- the play ---------------------------------------------------------------

printf '\n%sSignet, from a root key to a refused client%s\n' "$bold" "$plain"
printf 'In %s%s\n' "$scratch" "${keep:+ (kept)}"

export SIGNET_HOME=$scratch/home
export CA_PASS
CA_PASS=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
echo
prompt 'export SIGNET_HOME=$PWD/home CA_PASS=...'

step "A root: its key, encrypted, and its certificate"
show 'signet init "Lab Root CA" --passout env:CA_PASS'

step "An issuing authority below it; the root may rest from now on"
show 'signet ca add issuing "Lab Issuing CA" --from root \
    --passin env:CA_PASS --passout env:CA_PASS'

step "A company makes a key and a request, with openssl"
show 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out company.key'
show 'openssl req -new -key company.key -subj "/CN=company.com" \
    -addext "subjectAltName=DNS:company.com" -out company.csr'

step "The request is processed, and signed for 90 days"
show 'signet sign company.csr --policy server --validity 90d \
    --chain --out company.crt --passin env:CA_PASS'

step "A client certificate for Jason, key and request in the same breath"
show 'signet issue client jason@lab.example --no-passphrase \
    --chain --out jason.crt --key-out jason.key --passin env:CA_PASS'

step "Is it right? OpenSSL is asked, at its strictest"
show 'signet roots export --out root.crt'
show 'openssl verify -x509_strict -purpose sslserver \
    -CAfile root.crt -untrusted company.crt company.crt'
show 'openssl verify -x509_strict -purpose sslclient \
    -CAfile root.crt -untrusted jason.crt jason.crt'

step "nginx lets in who shows a certificate, and curl tries"
show 'signet crl --all --bundle --out all.crl --passin env:CA_PASS'
start_nginx
show "grep -oE '(listen|ssl_[a-z_]+) .*;\$' nginx.conf"
ask=$(printf 'ask() { curl -s -m 10 --cacert root.crt -w "%%{http_code}\\n" \
    --resolve company.com:%d:127.0.0.1 "$@" https://company.com:%d; }' \
    "$port" "$port")
prompt "$ask"
eval "$ask"
expect 200 "with the certificate" 'ask --cert jason.crt --key jason.key'
expect 400 "without one" 'ask'

step "Jason leaves: revoked, published, and nginx told"
show 'signet revoke jason.crt --reason cessationOfOperation --yes'
show 'signet crl --all --bundle --out all.crl --passin env:CA_PASS'
old=$(cat "/proc/$nginx_pid/task/$nginx_pid/children" 2>/dev/null || true)
show 'kill -HUP $(cat nginx.pid)'
until_true gone "$old" || fail "nginx keeps its old worker"
until_true answers 400 --cert jason.crt --key jason.key ||
    fail "nginx still lets Jason in"
expect 400 "the same certificate, revoked" \
    'ask --cert jason.crt --key jason.key'
end_nginx

step "The ledger names every certificate there is"
show 'signet list'
show 'signet audit'

printf '\n%sTry next%s\n' "$bold" "$plain"
cat <<'END'
    export PATH=$PWD/build/release:$PATH
    signet init "My Root CA"               # a root of your own
    signet ca add issuing "My Issuing CA"
    signet issue server www.example.com    # key, request and certificate
    signet key new --out company.key
    signet csr new --key company.key --dns company.com --out company.csr
    signet sign company.csr --policy server --plan    # signs nothing
    signet help                            # everything else
END
if [ -n "$keep" ]; then
	printf '\nKept: %s\n' "$scratch"
fi

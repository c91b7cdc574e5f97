# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# Servers for tests: started on loopback in the folder one is in, with the
# configurations that docs/consumers.md has, told of new lists, and ended. A
# server is in $server, its port in $port.

# recipe NAME: the fenced block of docs/consumers.md whose first lines are
# "# NAME", as it would be on this machine: files in the present folder, port
# 443 of every address one free port of loopback.
recipe() {
	awk -v name="# $1" '
		/^```/ && on { if (found) print text; on = 0; next }
		/^```/ { on = 1; found = 0; text = ""; next }
		on && $0 == name { found = 1 }
		on { text = text $0 "\n" }' \
	    "$SIGNET_SOURCE/docs/consumers.md" |
	    sed -e "s|/etc/ssl/lab|$PWD|g" -e "s|/etc/signet|$PWD|g" \
		-e "s|/etc/postfix|$PWD|g" \
		-e "s|/run/apache2|$PWD|g" \
		-e "s|http://pki.lab.example|${responder:-}|g" \
		-e "s|/var/lib/signet|$SIGNET_HOME|g" \
		-e "s|\(listen  *\)443|\1127.0.0.1:$port|" \
		-e "s|bind :443|bind 127.0.0.1:$port|" \
		-e "s|[*]:443|127.0.0.1:$port|" \
		-e "s|check company.com|check 127.0.0.1:$port --servername company.com|" |
	    grep .
}

# stand_in COMMAND: for the scripts of recipes; what it is told to do is in
# COMMAND.said.
stand_in() {
	mkdir -p bin
	printf '#!/bin/sh\necho "$@" >%s.said\n' "$1" >"bin/$1"
	chmod +x "bin/$1"
}

# cron_job NAME: runs that script of the page.
cron_job() {
	stand_in systemctl
	stand_in postmap
	recipe "/etc/cron.hourly/$1" >"$1"
	PATH=$PWD/bin:$PATH setsid -w sh "$1" </dev/null
}

free_port() {
	python3 -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# until_true COMMAND...: asks again for ten seconds.
until_true() {
	local try
	for ((try = 0; try < 200; try++)); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# Or dead, but whoever took it over has not looked yet.
gone() {
	! kill -0 "$1" 2>/dev/null ||
	    grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# Whoever answers there is ours: nobody else has a certificate of this root.
# Without one of our own it is refused afterwards (56), or told so (0). OpenVPN
# speaks another tongue: its log is asked.
greets() {
	local status=0
	! grep -q 'link local (bound)' server.log || return 0
	curl -s -o /dev/null -m 10 --cacert root.pem \
	    --resolve "company.com:$port:127.0.0.1" \
	    "https://company.com:$port/" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 56 ] || gone "$server"
}

# start NAME: configure_NAME writes a configuration for $port, run_NAME stays
# in the foreground with it, ready_NAME is true when it answers (greets, where
# there is none). Another may be quicker to take a free port.
start() {
	local try ready=greets
	! declare -F "ready_$1" >/dev/null || ready=ready_$1
	for ((try = 0; try < 5; try++)); do
		port=$(free_port)
		: >server.log
		"configure_$1"
		"run_$1" </dev/null >server.out 2>&1 3>&- &
		server=$!
		if until_true "$ready" && ! gone "$server"; then
			return
		fi
		stop
	done
	tail -n 20 server.out server.log
	return 1
}

# reload SIGNAL: as systemctl would, and waits until those that have the old
# list in memory are gone.
# shellcheck disable=SC2086 # one word for each
reload() {
	local old
	old=$(pgrep -P "$server") || true
	kill "-$1" "$server"
	until_true none_of $old
}

none_of() {
	local pid
	for pid in "$@"; do
		gone "$pid" || return 1
	done
}

# stop: ends the server, and waits for those it has started, too.
# shellcheck disable=SC2086 # one word for each
stop() {
	local children
	[ -n "${server:-}" ] || return 0
	children=$(pgrep -P "$server") || true
	kill "$server" 2>/dev/null || true
	until_true gone "$server" || kill -9 "$server"
	wait "$server" 2>/dev/null || true
	until_true none_of $children || kill -9 $children 2>/dev/null || true
	server=
}

# --- clients ----------------------------------------------------------------

# ask NAME [curl options...]: the server, as that client.
ask() {
	curl -s -S -i -m 10 --cacert root.pem --cert "$1.crt" --key "$1.key" \
	    --resolve "company.com:$port:127.0.0.1" "${@:2}" \
	    "https://company.com:$port/" 2>&1
}

served() {
	local said
	said=$(ask "$1") && [[ $said == HTTP/*" 20"[04]* &&
	    $said == *"CN=$1@lab.example"* ]]
}

# talk NAME VERSION: the same by openssl, tls1_2 or tls1_3. It keeps its TLS
# session in the file VERSION, or resumes the one that is there.
talk() {
	local way=-sess_out
	[ ! -e "$2" ] || way=-sess_in
	printf 'GET / HTTP/1.0\r\nHost: company.com\r\n\r\n' |
	    timeout 10 openssl s_client -connect "127.0.0.1:$port" \
	    -servername company.com -CAfile root.pem -cert "$1.crt" \
	    -key "$1.key" "$way" "$2" "-$2" -ign_eof 2>&1
}

keep_sessions() {
	local version
	for version in tls1_2 tls1_3; do
		talk "$1" $version | grep "CN *= *$1@lab.example"
	done
}

# What it was given before it was revoked lets nobody in.
sessions_are_worthless() {
	local version
	for version in tls1_2 tls1_3; do
		talk "$1" $version >said || true
		not grep "HTTP/.* 20[04]" said
	done
}

# show: what the server had to say, should the test fail here.
show() {
	ask anna || true
	ask bert || true
	tail -n 20 server.out server.log
}

# check_server PORT NAME OUTCOME [check options...]: signet check, as that
# client: it believes the service, knows all that it shows, and tells what
# became of the client's certificate, or of having none.
check_server() {
	local port=$1 name=$2 outcome=$3 status=0 expected=0
	local -a shown=()
	[ ! -e "$name.crt" ] || shown=(--cert "$name.crt" --key "$name.key")
	[ "$outcome" = accepted ] || expected=1
	signet check "127.0.0.1:$port" --servername company.com \
	    --crl all.crl.pem "${shown[@]}" --json "${@:4}" >check.json \
	    2>check.err || status=$?
	echo "check of port $port as $name ${*:4}: exit $status"
	cat check.err
	[ "$status" -eq "$expected" ]
	json check.json '.check | .holds and (.walkAway | not)
	    and all(.sent[]; .ledger == "ours" and .state == "valid")'
	[ "$(json check.json .check.client.outcome)" = "$outcome" ]
}

# --- the responder ----------------------------------------------------------

# start_responder [serve options...]: signet serve, at $responder, from the
# folder one is in. Ended by end_responder, from any process.
start_responder() {
	"$SIGNET" serve --listen 127.0.0.1:0 "$@" </dev/null \
	    >serve.out 2>serve.err 3>&- &
	echo $! >serve.pid
	until_true serving
	find_responder
}

serving() {
	grep -q '^serving http' serve.out || gone "$(<serve.pid)"
}

find_responder() {
	responder=$(sed -n 's|^serving \(http://[0-9.:]*\)/.*|\1|p' serve.out)
	[ -n "$responder" ] || {
		cat serve.out serve.err
		return 1
	}
}

end_responder() {
	local pid
	[ -e serve.pid ] || return 0
	pid=$(<serve.pid)
	kill "$pid" 2>/dev/null || true
	until_true gone "$pid" || kill -9 "$pid"
	rm -f serve.pid
}

# --- nginx ------------------------------------------------------------------

# instead NAME REGEX: the configuration on standard input, with that block in
# place of the lines that match.
instead() {
	recipe "$1" >block
	sed -e "/$2/{" -e 'r block' -e 'd' -e '}'
}

configure_nginx() {
	cat >nginx.conf <<END
daemon off;
worker_processes 1;
pid nginx.pid;
error_log server.log info;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path t1; proxy_temp_path t2;
    fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    include lab.conf;
}
END
	recipe /etc/nginx/conf.d/lab.conf >lab.conf
}

run_nginx() {
	exec nginx -e server.log -p "$PWD" -c "$PWD/nginx.conf"
}

# --- Apache -----------------------------------------------------------------

configure_apache() {
	local module
	{
		for module in mpm_event alias authz_core headers \
		    socache_shmcb ssl; do
			echo "LoadModule ${module}_module" \
			    "/usr/lib/apache2/modules/mod_$module.so"
		done
		cat <<END
ServerRoot $PWD
ServerName company.com
DefaultRuntimeDir $PWD
PidFile apache.pid
ErrorLog $PWD/server.log
LogLevel warn ssl:info
Listen 127.0.0.1:$port
User #$(id -u nobody)
Group #$(id -g nobody)
RedirectMatch 204 ^/
END
		recipe /etc/apache2/sites-available/lab.conf
	} >apache.conf
}

run_apache() {
	exec apache2 -d "$PWD" -f "$PWD/apache.conf" -DFOREGROUND
}

# --- HAProxy ----------------------------------------------------------------

configure_haproxy() {
	cat company.key company.crt >company.pem
	cat >haproxy.cfg <<END
global
    maxconn 64
    log stderr local0
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 10s
    timeout server 10s
backend app
    http-request return status 200 content-type text/plain lf-string "Hello, %[req.hdr(X-Client)]\n"
END
	recipe /etc/haproxy/haproxy.cfg >>haproxy.cfg
}

run_haproxy() {
	exec haproxy -W -f haproxy.cfg 2>server.log
}

# --- OpenVPN ----------------------------------------------------------------

# In a network of its own, which is gone when it ends: OpenVPN makes a device.
configure_openvpn() {
	cat >openvpn.conf <<END
mode server
tls-server
proto udp
local 127.0.0.1
port $port
dev tap
dh none
verb 3
END
	recipe /etc/openvpn/server/lab.conf >>openvpn.conf
	cat >client.conf <<END
tls-client
proto udp
remote 127.0.0.1 $port
nobind
dev null
ca $PWD/root.pem
remote-cert-tls server
verb 3
END
}

run_openvpn() {
	exec unshare -rn sh -c 'ip link set lo up &&
	    exec openvpn --config openvpn.conf >server.log'
}

# In the background, for exec: it takes the place of the shell.
beside_openvpn() {
	exec nsenter -t "$server" -U -n --preserve-credentials "$@"
}

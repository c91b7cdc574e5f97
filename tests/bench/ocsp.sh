#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# OCSP answers per second over 64 connections that are kept open: `signet
# serve`, cached (GET, POST) and uncached (a nonce of its own in every
# request), beside `cfssl ocspserve` and `openssl ocsp`, where they are
# installed: the same request for all, of the same certificate. The processor
# time of the server for each answer says more than the rate on a machine that
# has other work.
#
#   tests/bench/ocsp.sh [SECONDS] [SIGNET]
set -euo pipefail

seconds=${1:-5}
signet=$(readlink -f "${2:-$(dirname "$0")/../../build/release/signet}")
scratch=$(mktemp -d)
pids=()

leave() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait
	rm -rf "$scratch"
}
trap leave EXIT
cd "$scratch"

# ticks PID...: processor time, in clock ticks, of these processes.
ticks() {
	local pid sum=0
	for pid in "$@"; do
		sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" |
		    awk '{ print $12 + $13 }')))
	done
	echo "$sum"
}

# measure LABEL "PID..." WRK-ARGUMENT...
measure() {
	local label=$1 before after hz
	local -a servers
	read -ra servers <<<"$2"
	shift 2
	hz=$(getconf CLK_TCK)
	before=$(ticks "${servers[@]}")
	wrk -t1 -c64 "-d${seconds}s" "$@" >said
	after=$(ticks "${servers[@]}")
	report
}

# report: of what `measure` or `one_each` has left in its variables.
report() {
	local rate count bad
	rate=$(awk '/Requests\/sec/ { print $2 }' said)
	count=$(awk '/requests in/ { print $1 }' said)
	bad=$(awk '/Non-2xx/ { print ", " $NF " of them refused" }' said)
	awk -v label="$label" -v rate="$rate" -v count="$count" -v bad="$bad" \
	    -v us="$(((after - before) * 1000000 / hz))" 'BEGIN {
		printf "%-28s %8.0f a second %8.1f us of processor each%s\n",
		    label, rate, us / count, bad }'
}

# one_each LABEL PID PORT REQUEST: a connection for each, as wrk cannot.
one_each() {
	local label=$1 before after hz
	hz=$(getconf CLK_TCK)
	before=$(ticks "$2")
	python3 - "$seconds" "$3" "$4" >said <<-'END'
		import socket, sys, time
		with open(sys.argv[3], "rb") as f:
		    body = f.read()
		head = ("POST / HTTP/1.0\r\nContent-Type: application/ocsp-request\r\n"
		        "Content-Length: %d\r\n\r\n" % len(body)).encode()
		count, start = 0, time.monotonic()
		while time.monotonic() - start < float(sys.argv[1]):
		    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as s:
		        s.sendall(head + body)
		        while s.recv(65536):
		            pass
		    count += 1
		took = time.monotonic() - start
		print(count, "requests in", took)
		print("Requests/sec", count / took)
	END
	after=$(ticks "$2")
	report
}

# lua FILE REQUEST [nonce]: a wrk script that posts it; with nonce, its last
# 16 octets, which are the nonce, differ from one to the next.
lua() {
	{
		printf 'wrk.method = "POST"\n'
		printf 'wrk.headers["Content-Type"] = "application/ocsp-request"\n'
		printf 'wrk.body = "%s"\n' "$(od -An -v -tx1 "$2" | tr -d '\n' | sed 's/ /\\x/g')"
		[ "${3:-}" != nonce ] || cat <<-'END'
			local start = wrk.body:sub(1, -17)
			local n = os.time() * 1000000
			request = function()
				n = n + 1
				return wrk.format(nil, nil, nil,
				    start .. string.format("%016d", n))
			end
		END
	} >"$1"
}

# until_ready PORT: looked up, not tried: openssl ends at a connection that
# brings no request.
until_ready() {
	local i hex
	hex=$(printf '%04X' "$1")
	for ((i = 0; i < 100; i++)); do
		grep -qsE "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F:]+ 0A" \
		    /proc/net/tcp /proc/net/tcp6 && return
		sleep 0.1
	done
	echo "nothing listens at port $1" >&2
	return 1
}

# ---- signet ----

export SIGNET_HOME=$scratch/home
"$signet" init "Bench Root" --key ecdsa-p256 --no-passphrase --quiet
"$signet" ca add issuing "Bench CA" --key ecdsa-p256 --no-passphrase --quiet
"$signet" ocsp init --all --key ecdsa-p256 --no-passphrase --quiet
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout leaf.key -out leaf.csr -subj /CN=a.lab.example \
    -addext subjectAltName=DNS:a.lab.example 2>/dev/null
"$signet" sign leaf.csr --policy server --quiet --out leaf.crt
"$signet" serve --listen 127.0.0.1:18880 --quiet >serve.out 2>&1 &
server=$!
pids+=("$server")
until_ready 18880
curl -s http://127.0.0.1:18880/ca/issuing.pem >issuer.pem
openssl ocsp -issuer issuer.pem -cert leaf.crt -no_nonce -reqout plain.der
openssl ocsp -issuer issuer.pem -cert leaf.crt -nonce -reqout nonce.der
lua plain.lua plain.der
lua nonce.lua nonce.der nonce
url=$(base64 -w0 plain.der | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')
front=$(pgrep -P "$server" signet-front)
measure "signet, cached, GET" "$server $front" "http://127.0.0.1:18880/ocsp/$url"
measure "signet, cached, POST" "$server $front" -s plain.lua http://127.0.0.1:18880/ocsp
measure "signet, uncached (nonce)" "$server $front" -s nonce.lua http://127.0.0.1:18880/ocsp

# ---- cfssl: answers signed beforehand; no GET, as 1.2.0 reads the path's first
# slash as base64 and refuses each ----

key=home/keys/issuing.key
if command -v cfssl >/dev/null; then
	cfssl ocspsign -ca issuer.pem -responder issuer.pem -responder-key "$key" \
	    -cert leaf.crt -status good 2>/dev/null |
	    python3 -c 'import json, sys; print(json.load(sys.stdin)["ocspResponse"])' >answers
	cfssl ocspserve -address 127.0.0.1 -port 18881 -responses answers >/dev/null 2>&1 &
	pids+=($!)
	until_ready 18881
	measure "cfssl ocspserve, POST" "$!" -s plain.lua http://127.0.0.1:18881/
fi

# ---- openssl: signs each, closes each connection ----

printf 'V\t401231235959Z\t\t%s\tunknown\t/CN=a\n' \
    "$(openssl x509 -in leaf.crt -noout -serial | cut -d= -f2)" >index.txt
openssl ocsp -index index.txt -port 18882 -rsigner issuer.pem -rkey "$key" \
    -CA issuer.pem >/dev/null 2>&1 &
pids+=($!)
until_ready 18882
one_each "openssl ocsp, POST" "$!" 18882 plain.der

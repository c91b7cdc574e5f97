# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# A status server in the background of a test, on a port the kernel chose.
# Whatever it does, it is gone when the test is.
#
# shellcheck disable=SC2034 # what is set here is read by the tests

front=$(dirname "$SIGNET")/signet-front

# soon COMMAND...: until it succeeds, 20 s at most.
soon() {
	local i
	for ((i = 0; i < 400; i++)); do
		if "$@" 2>/dev/null; then
			return 0
		fi
		sleep 0.05
	done
	echo "not within 20 s: $*"
	return 1
}

# launch COMMAND...: in the background, as $pid; its output in serve.out and
# serve.err. No descriptor of the test's goes with it.
launch() {
	: >serve.out
	: >serve.err
	"$@" </dev/null >serve.out 2>serve.err 3>&- 4>&- &
	pid=$!
	started+=("$pid")
}

# has_said: it said where it serves, or has ended.
has_said() {
	grep -q '^serving ' serve.out || not alive "$pid"
}

# is_up: waits for that, and sets $url to the first of them, $fronts to the
# front's process.
is_up() {
	soon has_said
	cat serve.out serve.err
	grep -q '^serving ' serve.out
	url=$(grep -oE 'http://[^ ]+' serve.out | head -n 1)
	port=${url##*:}
	port=${port%/}
	fronts=$(pgrep -P "$pid")
}

# serve ARGUMENTS...: on loopback, up.
serve() {
	launch "$SIGNET" serve --listen 127.0.0.1:0 "$@"
	is_up
}

# alive PID: runs, and is no zombie.
alive() {
	local state
	state=$(sed -nE 's/^State:[[:space:]]*([A-Z]).*/\1/p' "/proc/$1/status" \
	    2>/dev/null) || return 1
	[ -n "$state" ] && [ "$state" != Z ]
}

gone() {
	not alive "$1"
}

# ended PID: waits for this child's end; its exit code.
ended() {
	local code=0
	soon gone "$1"
	wait "$1" || code=$?
	return "$code"
}

# stop: SIGTERM, an end with 0, and nobody left.
stop() {
	kill -TERM "$pid"
	ended "$pid"
	soon gone "$fronts"
}

# family PID: it and all that it started.
family() {
	local child
	echo "$1"
	for child in $(pgrep -P "$1"); do
		family "$child"
	done
}

# In teardown: nobody stays, and whoever did is named.
stop_all() {
	local one member
	for one in "${started[@]}"; do
		for member in $(family "$one"); do
			alive "$member" || continue
			echo "left to be ended: $member"
			kill -KILL "$member" 2>/dev/null || true
		done
		wait "$one" 2>/dev/null || true
	done
}

# get PATH [curl's options...]: what is served there.
get() {
	curl -sS --max-time 20 "${@:2}" "${url%/}$1"
}

# ocsp CERTIFICATE [openssl ocsp's options...]: what the server says of it.
ocsp() {
	openssl ocsp -issuer issuing.pem -cert "$1" -CAfile root.pem \
	    -url "${url%/}/ocsp" "${@:2}" 2>&1
}

# authorities_as_pem: root.pem and issuing.pem, as relying parties get them.
authorities_as_pem() {
	get /ca/root.pem >root.pem
	get /ca/issuing.pem >issuing.pem
}

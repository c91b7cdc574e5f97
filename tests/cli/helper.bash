# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What every test of the command line starts from: `signet` is the program
# under test, a scratch folder is the place, and no environment of the caller
# reaches it.

unset SIGNET_HOME XDG_DATA_HOME CA_PASS
export LC_ALL=C.UTF-8 NO_COLOR=1
# The sanitizer's allocator asks for the time while it holds its lock; where
# faketime answers, it looks for the true clock first, and that allocates.
export ASAN_OPTIONS=allocator_release_to_os_interval_ms=-1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
SIGNET=${SIGNET:-$BATS_TEST_DIRNAME/../../build/release/signet}
SIGNET=$(readlink -f "$SIGNET")
SIGNET_SOURCE=${SIGNET_SOURCE:-$(readlink -f "$BATS_TEST_DIRNAME/../..")}
PATH=$PATH:/usr/sbin:/sbin

# Without a terminal, wherever the tests are started: a prompt would wait.
signet() {
	setsid -w "$SIGNET" "$@" </dev/null
}

# needs PROGRAM...: skips the test where one is not installed.
needs() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
		[ "$program" != faketime ] || forget_killed_faketimes
	done
}

# One that was killed leaves its semaphore, named by its process id: the next
# with that number would not start.
forget_killed_faketimes() {
	local file
	for file in /dev/shm/*faketime_*; do
		[ -d "/proc/${file##*_}" ] || rm -f "$file"
	done
}

# new_home DIR [KEYTYPE] [init options...]: root and issuing authority, keys
# unencrypted: a passphrase costs a second, and has tests of its own.
new_home() {
	local dir=$1 key=${2:-ed25519}
	shift
	[ $# -eq 0 ] || shift
	signet init "Lab Root CA" --home "$dir" --key "$key" --no-passphrase "$@" --quiet
	signet ca add issuing "Lab Issuing CA" --home "$dir" --key "$key" \
	    --no-passphrase --quiet
}

# request NAME HOST [openssl req options...]: NAME.key and NAME.csr by openssl.
request() {
	local name=$1 host=$2
	shift 2
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$name.key" -out "$name.csr" -subj "/CN=$host" \
	    -addext "subjectAltName=DNS:$host" "$@" 2>/dev/null
}

# homeless COMMAND...: where there is no home, and nobody names one.
homeless() {
	SIGNET_HOME='' XDG_DATA_HOME=$PWD/nowhere "$@"
}

# rows SQL: what the ledger says.
rows() {
	sqlite3 -readonly "$SIGNET_HOME/ledger.db" "$1"
}

# refused CODE TEXT COMMAND...: exits with CODE, says one line on standard
# error that has TEXT in it, and nothing on standard output.
refused() {
	local code=$1 text=$2 status=0
	shift 2
	"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	echo "exit $status, expected $code: $*"
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	[ "$status" -eq "$code" ]
	[ ! -s "$BATS_TEST_TMPDIR/out" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
	grep -qF -- "$text" "$BATS_TEST_TMPDIR/err"
}

# shared_home [KEYTYPE] [init options...]: in setup_file, the home that every
# test of the file gets a copy of. Keys that `openssl req` makes are cheap.
shared_home() {
	needs openssl sqlite3
	new_home "$BATS_FILE_TMPDIR/home" "$@"
}

# own_home: in setup, a scratch folder with a copy of that home as ./home.
own_home() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR/home" home
	export SIGNET_HOME=$PWD/home
}

# not COMMAND...: true when it fails. (bats does not see a failing `!`.)
not() {
	if "$@"; then
		return 1
	fi
}

# issued: how many certificates the ledger holds as issued.
issued() {
	rows "select count(*) from certificate where state = 2"
}

# traced ARGUMENTS...: strace, its own words thrown away. A leak checker
# cannot run beneath it.
traced() {
	strace -f -o /dev/null -E ASAN_OPTIONS=detect_leaks=0 "$@" </dev/null
}

can_trace() {
	needs strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace"
}

# json FILE FILTER: what jq says of it; false and null fail.
json() {
	jq -er "$2" "$1"
}

# at_terminal ANSWER COMMAND...: runs it at a terminal of its own, where
# somebody types ANSWER and Enter; what both say is in the file "said".
at_terminal() {
	local answer=$1 status=0
	shift
	needs script
	printf '%s\n' "$answer" |
	    timeout 60 script -qec "$(printf '%q ' "$SIGNET" "$@")" /dev/null \
	    >said || status=$?
	tr -d '\r' <said >said.lines
	mv said.lines said
	cat said
	return "$status"
}

# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the tests of `signet doctor` share: a home that is well, and each thing
# that hurts is told, once, with a command; the command is run, and it is told
# no more. Besides helper.bash.

doctor_home() {
	needs jq
	shared_home ed25519
	export SIGNET_HOME=$BATS_FILE_TMPDIR/home
	cd "$BATS_FILE_TMPDIR" || return
	signet issue server company.com --no-passphrase --quiet
	signet crl --all --quiet
}

doctor_setup() {
	needs jq
	own_home
	later=()
	server=
}

doctor_teardown() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
}

# at OFFSET: the clock of the doctor and of what mends is there from now on.
at() {
	needs faketime
	later=(faketime -f "$1")
}

doctor() {
	"${later[@]}" setsid -w "$SIGNET" doctor "$@" </dev/null
}

# examined [OPTIONS...]: what it finds, in doctor.json and the exit code.
examined() {
	code=0
	doctor --json "$@" >doctor.json 2>err || code=$?
	cat doctor.json err
	[ "$(jq .version doctor.json)" = 1 ]
	local hurts
	hurts=$(jq '[.findings[] | select(.severity != "note")] | length' \
	    doctor.json)
	if [ "$hurts" -eq 0 ]; then
		[ "$code" -eq 0 ]
		[ ! -s err ]
	else
		[ "$code" -eq 5 ]
		[ "$(wc -l <err)" -eq 1 ]
	fi
}

# finding KIND [SUBJECT]: those of a kind, as a list.
finding() {
	jq --arg kind "$1" --arg subject "${2:-}" '[.findings[] |
	    select(.kind == $kind and ($subject == "" or .subject == $subject))]' \
	    doctor.json
}

# told SEVERITY KIND SUBJECT TEXT [OPTIONS...]
told() {
	examined "${@:5}"
	finding "$2" "$3" >found.json
	[ "$(jq length found.json)" -eq 1 ]
	[ "$(jq -r '.[0].severity' found.json)" = "$1" ]
	jq -r '.[0].what' found.json | grep -q -- "$4"
	jq -e '.[0].rule | length > 0' found.json
}

# silent KIND [SUBJECT [OPTIONS...]]
silent() {
	examined "${@:3}"
	[ "$(finding "$1" "${2:-}" | jq length)" -eq 0 ]
}

# mended KIND [SUBJECT [OPTIONS...]]: the command that was told is run by a
# shell, with options that nobody types who has a terminal; it is told no more.
mended() {
	local command
	command="$(jq -r '.[0].command' found.json) ${*:3}"
	echo "run: $command"
	PATH=$(dirname "$SIGNET"):$PATH "${later[@]}" \
	    setsid -w bash -c "$command" </dev/null >mended 2>&1 || {
		cat mended
		return 1
	}
	silent "$1" "${2:-}"
}

edited() {
	sqlite3 home/ledger.db "pragma foreign_keys = off; $1" >edited.out
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet help and version: every command explains itself within 80 columns.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/none
}

commands() {
	signet help | sed -n '/^usage:/,/^begin:/s/^  \([a-z]*\( [a-z-]*\)\?\)  .*/\1/p'
}

@test "the overview: by help, --help, -h and nothing" {
	signet help >out
	signet --help | cmp - out
	signet -h | cmp - out
	signet | cmp - out
	awk 'length > 80 { exit 1 }' out
	for verb in init sign issue list show revoke crl audit version; do
		grep -q "^  $verb " out
	done
}

@test "every command that is listed has its page" {
	local count=0 command
	while read -r command; do
		case $command in
		help | version | completion) continue ;;
		esac
		# shellcheck disable=SC2086 # two words
		signet help $command >page
		# shellcheck disable=SC2086
		signet $command --help | cmp - page
		head -1 page | grep -q "^signet $command: "
		grep -q "^usage: signet $command" page
		grep -q -- '--home DIR' page
		awk -v c="$command" \
		    'length > 80 { print c ": " $0; exit 1 }' page
		count=$((count + 1))
	done < <(commands)
	[ "$count" -ge 14 ]
}

@test "a first word alone has a page: the commands that begin with it" {
	signet help ca >page
	grep -q '^  ca add  ' page
	grep -q '^  ca list  ' page
	not grep -q 'csr' page
	signet ca --help | cmp - page
	signet help key | grep -q '^  key new  '
	signet help csr | grep -q 'more: signet help csr show'
	refused 2 "did you mean" signet help cq
}

@test "help and version have one too" {
	signet help version >page
	grep -qF 'usage: signet version [--json]' page
	signet version --help | cmp - page
	signet help help >page
	grep -qF 'usage: signet help [COMMAND]' page
	signet help --help | cmp - page
	refused 2 "one word too many" signet help sign help
}

@test "the examples of the pages name options that exist" {
	local command
	while read -r command; do
		case $command in
		help | version | completion) continue ;;
		esac
		# shellcheck disable=SC2086
		signet help $command >page
		sed -n '/^examples:/,$p' page | grep "signet $command " |
		    grep -o -- ' --[a-z0-9-]*' |
		while read -r option; do
			grep -q "^  $option " page || {
				echo "$command: $option"
				exit 1
			}
		done
	done < <(commands)
}

@test "version" {
	needs jq
	signet version | grep -q '^signet [0-9.]* (wolfSSL .*, SQLite .*)$'
	signet --version | grep -q '^signet '
	signet version --json >version.json
	json version.json '.version == 1 and (.signet | length) > 0'
	refused 2 "only --json" signet version --all
}

@test "what is mistyped is put right" {
	refused 2 "did you mean \`signet sign\`" signet sing
	refused 2 "did you mean \`signet revoke\`" signet revok
	refused 2 "\`signet ca add\` or \`signet ca list\`" signet ca
	refused 2 "\`signet csr new\`" signet csr
	refused 2 "\`signet key new\`" signet key
	refused 2 "no such command" signet help ""
	refused 2 "\`signet help\`" signet frobnicate
	refused 2 "\`signet help\`" signet ""
	refused 2 "did you mean --home" signet list --hom x
	refused 2 "two dashes" signet list -v
	refused 2 "needs a value" signet list --home
	refused 2 "takes no value" signet list --json=1
	refused 2 "given twice" signet list --json --json
	refused 2 "one word too many" signet help sign twice
	refused 2 "--wait x" signet list --wait x
	refused 2 "--wait -1" signet list --wait -1
}

@test "options may stand before the command, and -- ends them" {
	signet init X --home home --key ed25519 --no-passphrase --quiet
	signet --home home list | grep -q ' X$'
	signet list --home=home | grep -q ' X$'
	refused 4 "no certificate" signet show --home home -- --pem
}

@test "no colour into a pipe, nor with NO_COLOR" {
	signet init X --home home --key ed25519 --no-passphrase --quiet
	env -u NO_COLOR TERM=xterm "$SIGNET" list --home home >out 2>&1
	not grep -q "$(printf '\033')" out
}

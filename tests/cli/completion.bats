#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# signet completion: what a shell offers is what the command table says.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export SIGNET_HOME=$PWD/home
	mkdir -p home/policies folder
	touch home/policies/{server,client,vpn-door}.policy request.csr
	# The shells look for the program as a user's does.
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$SIGNET" "$BATS_TEST_TMPDIR/bin/signet"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# asked WORD...: the candidates, their meanings cut off.
asked() {
	signet completion words -- "$@" | cut -f1
}

@test "commands, second words, options" {
	asked "" >out
	for word in init ca sign revoke serve help version completion; do
		grep -qx "$word" out
	done
	[ "$(sort out | uniq -d)" = "" ]
	[ "$(asked si)" = sign ]
	[ "$(asked ca "")" = "$(printf 'add\nlist')" ]
	asked crl "" | grep -qx verify
	asked sign --po | grep -qx -- --policy
	asked sign --hom | grep -qx -- --home
	[ "$(asked --home folder si)" = sign ]
	[ "$(asked help ca l)" = list ]
	[ "$(asked nonsense "")" = "" ]
	[ "$(asked ca nonsense "")" = "" ]
}

@test "an option that may be given once is not offered again" {
	[ "$(asked sign --policy server --policy)" = "" ]
	[ "$(asked sign --policy=server --policy)" = "" ]
	asked csr new --dns a.example --dn | grep -qx -- --dns
	[ "$(asked list --revoked --revoked)" = "" ]
}

@test "values: policies of the home, types, reasons, files, folders" {
	[ "$(asked sign --policy "")" = "$(printf 'client\nserver\nvpn-door')" ]
	[ "$(asked sign --policy=v)" = --policy=vpn-door ]
	[ "$(asked sign --home nowhere --policy "")" = "" ]
	[ "$(asked issue vpn)" = vpn-door ]
	[ "$(asked revoke --reason keyC)" = keyCompromise ]
	not grep -q remove < <(asked revoke --reason "")
	[ "$(asked sign --out x | head -1)" = /files ]
	[ "$(asked sign --out=x | head -1)" = /files ]
	[ "$(asked sign "" | head -1)" = /files ]
	[ "$(asked sign --home "")" = /folders ]
	[ "$(asked list --expiring "")" = "" ]
	[ "$(asked check --starttls im)" = imap ]
	asked sign --passin "" | grep -qx env:
}

@test "each value that is offered is one" {
	local word
	for word in $(asked key new --type "" | grep -v rsa-4096); do
		signet key new --type "$word" --out "$word.key" --no-passphrase
	done
	for word in $(asked verify --purpose ""); do
		refused 4 "cannot be opened" signet verify none.pem --purpose "$word"
	done
	refused 2 purpose signet verify none.pem --purpose nonsense
	for word in $(asked revoke --reason ""); do
		not grep -q -- '--reason' < <(signet revoke none --reason "$word" 2>&1)
	done
}

@test "every option of every page is offered, and nothing else is" {
	local count=0 name
	while read -r name; do
		case $name in
		help | version | completion) continue ;;
		esac
		# shellcheck disable=SC2086 # two words
		signet help $name |
		    sed -n 's/^  --\([a-z0-9-]*\).*/--\1/p' | sort >page
		# shellcheck disable=SC2086
		asked $name - | sort >offered
		diff page offered
		count=$((count + 1))
	done < <(signet help | sed -n \
	    '/^usage:/,/^begin:/s/^  \([a-z]*\( [a-z-]*\)\?\)  .*/\1/p')
	[ "$count" -ge 30 ]
}

@test "bash: words, joined values, files with spaces" {
	touch "a b.csr"
	cat >ask.bash <<'END'
. <(signet completion bash)
ask() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_signet 2>&1
	printf '%s\n' "${COMPREPLY[@]}"
}
END
	ask() { bash -c '. ./ask.bash; ask "$@"' bash "$@"; }
	[ "$(ask signet rev)" = revoke ]
	[ "$(ask signet ca ad)" = add ]
	[ "$(ask signet sign --policy = v)" = vpn-door ]
	[ "$(ask signet sign --policy =)" = "$(printf 'client\nserver\nvpn-door')" ]
	[ "$(ask signet sign --policy v)" = vpn-door ]
	[ "$(ask signet sign "a ")" = "a b.csr" ]
	[ "$(ask signet sign --home fol)" = folder ]
	[ "$(ask signet sign x.csr --policy v)" = vpn-door ]
}

@test "fish: words, meanings, joined values, files" {
	command -v fish || skip "fish is not installed"
	export HOME=$PWD
	ask() { fish -N -c 'signet completion fish | source; complete -C $argv[1]' "$1"; }
	ask "signet rev" | grep -qP '^revoke\t.'
	[ "$(ask "signet sign --policy v")" = vpn-door ]
	[ "$(ask "signet sign --policy=v")" = --policy=vpn-door ]
	ask "signet sign --po" | grep -qP '^--policy\t.'
	ask "signet sign req" | grep -q '^request.csr'
	[ "$(ask "signet sign --home fol" | cut -f1)" = folder/ ]
}

@test "zsh: words, values, files" {
	command -v zsh || skip "zsh is not installed"
	zsh -n <(signet completion zsh)
	cat >ask.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; unsetopt beep; unset zle_bracketed_paste'
zpty -w shell 'autoload -U compinit; compinit -u -D'
zpty -w shell 'source <(signet completion zsh)'
zpty -w shell 'say() { BUFFER="print -r -- \"<<\"${(q)BUFFER}\">>\""; zle accept-line }'
zpty -w shell "zle -N say; bindkey '^X' say; print -r -- RE''ADY"
zpty -r shell got '*READY'$'\r'
for line in "$@"; do
	zpty -w -n shell "$line"$'\t\C-x'
	zpty -r shell got $'*\n<<*>>*'
	print -r -- "${${got##*$'\n'<<}%%>>*}"
done
END
	ask() { timeout 120 zsh -f ask.zsh "$@"; }
	ask "signet rev" "signet ca ad" "signet sign --policy v" \
	    "signet sign --policy=v" "signet sign req" "signet sign --home fol" \
	    "signet sign --po" >out
	diff out - <<'END'
signet revoke 
signet ca add 
signet sign --policy vpn-door 
signet sign --policy=vpn-door 
signet sign request.csr 
signet sign --home folder/
signet sign --policy 
END
}

@test "what is no shell, or no question, is refused" {
	refused 2 "bash, zsh or fish" signet completion tcsh
	refused 2 "which shell" signet completion
	refused 2 "which shell" signet completion words sign
	signet help completion | grep -q 'signet completion zsh'
	signet completion --help | grep -q '^usage: signet completion'
	asked "--x=$(printf 'y%.0s' {1..9999})"
	[ "$(asked $'\e[31m')" = "" ]
	full_disk() { signet completion bash >/dev/full; }
	refused 1 "space" full_disk
}

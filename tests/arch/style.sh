#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# style.sh CHECK ROOT: the house rules that a program can judge. Prints one
# line for each breach, exits 1 if there was one.
#
#   format     clang-format has nothing to change
#   length     no file above 600 lines, no function above 60
#   licence    every source file names its licence in its first lines
#   calls      no call that cannot be told how much room there is
#   headers    a header's opening comment ends with what it does not do
#   places     no path or word of the machine it was written on
#
# It does not judge names, comments or beauty.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
found=0

report() {
	printf '%s\n' "$1"
	found=1
}

# files FOLDER... -- find's tests: what is ours, without builds and corpora.
files() {
	local folders=()
	while [ "$1" != -- ]; do
		[ ! -e "$1" ] || folders+=("$1")
		shift
	done
	shift
	[ ${#folders[@]} -ne 0 ] || return 0
	find "${folders[@]}" \( -name .git -o -name 'build*' -type d -o -name corpus \) \
	    -prune -o -type f \( "$@" \) -print | sort
}

check_format() {
	local list said
	list=$(files ca cli db tests -- -name '*.[ch]')
	[ -n "$list" ] || return 0
	# shellcheck disable=SC2086 # no file of ours has a space in its name
	said=$(clang-format --dry-run -Werror --style=file $list 2>&1) || {
		found=1
		grep -oE '^[^ ]+:[0-9]+:[0-9]+: error: .*' <<<"$said" || printf '%s\n' "$said"
	}
}

check_length() {
	local file line
	while IFS= read -r file; do
		line=$(wc -l <"$file")
		[ "$line" -le 600 ] || report "$file: $line lines, the limit is 600"
		while IFS= read -r line; do
			report "$line"
		done < <(awk '
			/^\{/ { start = FNR }
			/^\}/ {
				if (start && FNR - start - 1 > 60)
					print FILENAME ":" start ": a function of " \
					    FNR - start - 1 " lines, the limit is 60"
				start = 0
			}' "$file")
	done < <(files ca cli db -- -name '*.[ch]')
}

check_licence() {
	local file
	while IFS= read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
		    report "$file: no SPDX line in the first three"
	done < <(
		files . -- -name '*.[ch]' -o -name '*.sh' -o -name '*.bash' \
		    -o -name '*.bats' -o -name '*.cmake' -o -name '*.awk' \
		    -o -name '*.py' -o -name CMakeLists.txt -o -name quickstart
		files policies -- -name '*.policy'
		files db/schema -- -name '*.sql'
		files .ci -- -name run
	)
	while IFS= read -r file; do
		[ "$(head -n 1 "$file")" = '/* SPDX-License-Identifier: GPL-3.0-or-later */' ] ||
		    report "$file:1: the SPDX line is the first"
	done < <(files ca cli db tests -- -name '*.[ch]')
}

check_calls() {
	local line
	while IFS= read -r line; do
		report "$line: forbidden call"
	done < <(files ca cli db -- -name '*.[ch]' | tr '\n' '\0' |
	    xargs -0r awk -f "$here/code.awk" |
	    grep -E '(^|[^A-Za-z0-9_])(strcpy|stpcpy|strcat|strncat|v?sprintf|ato[ifl]|atoll|strtok|strtok_r|gets|alloca|mktemp|tmpnam)[[:space:]]*\(' ||
	    true)
}

# The opening comment is the first after the SPDX line.
check_headers() {
	local file
	while IFS= read -r file; do
		awk '
			NR == 1 { next }
			!on && /^\/\*/ { on = 1 }
			!on && /^#/ { exit }
			on { text = text " " $0 }
			on && /\*\// { exit }
			END {
				gsub(/[ \t*]+/, " ", text)
				exit !(tolower(text) ~ /(does|do) not|never|not here/)
			}' "$file" ||
		    report "$file: the opening comment does not end with what the module does not do"
	done < <(files ca cli db -- -name '*.h')
}

check_places() {
	local line
	# Brackets keep this file from finding itself.
	while IFS= read -r line; do
		report "$line: the project speaks of itself alone"
	done < <(grep -rnIE --exclude-dir=.git --exclude-dir='build*' --exclude-dir=corpus \
	    '/wor[k]/|/tm[p]/(wt|hub|brief)|/far[m]/|subagen[t]|this sessio[n]' . || true)
}

check=${1:?style.sh CHECK ROOT}
cd "${2:?style.sh CHECK ROOT}"
case $check in
format) check_format ;;
length) check_length ;;
licence) check_licence ;;
calls) check_calls ;;
headers) check_headers ;;
places) check_places ;;
*)
	echo "style.sh: no check is called $check" >&2
	exit 2
	;;
esac
exit "$found"

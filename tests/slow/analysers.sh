#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# analysers.sh TOOL ROOT BUILD [KNOWN]: what TOOL (gcc, clang-tidy, cppcheck)
# finds in ca/, db/ and cli/ of ROOT, as BUILD/compile_commands.json has them.
# Prints one line for each finding, exits 1 if there was one.
#
# KNOWN has a line for each that is false: TOOL FILE CHECK, and why. It is not
# printed, but a line that nothing needs any more is.
#
# It does not judge tests, nor what a compiler warns of by itself.
set -euo pipefail
export LC_ALL=C

usage='analysers.sh TOOL ROOT BUILD [KNOWN]'
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=${1:?$usage}
root=$(cd "${2:?$usage}" && pwd)
build=$(cd "${3:?$usage}" && pwd)
known=$(realpath "${4:-/dev/null}")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export here tool root

# analyse COMMAND: the tool on the file that COMMAND compiles. Its hardening
# is left out: the checked calls are no longer the ones that a tool knows.
analyse() {
	local word file=''
	local -a flags=("-I$root") include=()
	eval "set -- $1"
	for word in "$@"; do
		case $word in
		-D_FORTIFY_SOURCE*) ;;
		-D* | -I*) flags+=("$word") ;;
		*.c) file=${word#"$root"/} ;;
		esac
	done
	cd "$root" || return 1
	# Where ca_fail() and policy_fail() themselves stand, they are not known.
	[[ $file == ca/base.c || $file == ca/policy_token.c ]] ||
	    include=("-include$here/analysed.h")
	case $tool in
	gcc)
		gcc -std=c11 "${flags[@]}" "${include[@]}" -O2 -fanalyzer \
		    -fdiagnostics-plain-output -c -o /dev/null "$file"
		;;
	clang-tidy)
		clang-tidy --quiet "$file" -- -std=c11 "${flags[@]}" \
		    "${include[@]}" -Wno-everything
		;;
	cppcheck)
		cppcheck -q --std=c11 --enable=warning,performance,portability \
		    --suppress=missingIncludeSystem -D__linux__ \
		    --template='{file}:{line}:{column}: {severity}: {message} [{id}]' \
		    "${flags[@]}" "${include[@]/#-include/--include=}" "$file"
		;;
	esac 2>&1 || echo "$file:0:0: error: $tool failed [failed]"
}
export -f analyse

jq -r --arg root "$root" '.[] |
    select(.file | startswith($root + "/ca/", $root + "/db/", $root + "/cli/")) |
    .command' "$build/compile_commands.json" | sort -u |
    tr '\n' '\0' | xargs -0r -P "$(nproc)" -n 1 bash -c "analyse \"\$1\"" analyse |
    grep -E '^[^ ]+:[0-9]+:[0-9]+: (warning|error|performance|portability): ' |
    sed "s|^$root/||" | sort -u >"$out/found" || true

# A line of KNOWN answers for a check in a file.
awk -v tool="$tool" '
	FILENAME == ARGV[1] {
		if ($1 == tool)
			known[$2 " " $3] = FNR
		next
	}
	{
		file = $0
		sub(/:.*/, "", file)
		check = $NF
		gsub(/[][]/, "", check)
		sub(/,.*/, "", check)
		if ((file " " check) in known)
			used[file " " check] = 1
		else
			print
	}
	END {
		for (one in known)
			if (!(one in used))
				print "known, and not found any more: " one
	}' "$known" "$out/found" >"$out/said"
cat "$out/said"
[ ! -s "$out/said" ]

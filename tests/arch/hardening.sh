#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# hardening.sh PROGRAM: what its compiler and linker were told to put into it,
# read from what came out. Prints one line for each thing that is missing,
# exits 1 if there was one.
#
# What a C library or start-up file of the system lacks is not its fault: the
# marks of CET are looked for where gcc recorded how it was called, in each
# unit of the program.
set -euo pipefail
export LC_ALL=C

program=${1:?hardening.sh PROGRAM}
found=0

report() {
	printf '%s: %s\n' "$program" "$1"
	found=1
}

# want WHAT PATTERN TEXT: a line of TEXT matches.
want() {
	grep -qE "$2" <<<"$3" || report "$1"
}

# refuse WHAT PATTERN TEXT: none does.
refuse() {
	! grep -qE "$2" <<<"$3" || report "$1"
}

head=$(readelf -hW "$program")
segments=$(readelf -lW "$program")
dynamic=$(readelf -dW "$program")
symbols=$(nm -D "$program")

want "not position independent" 'Type: +DYN' "$head"
want "not marked as a position independent program" 'FLAGS_1.*PIE' "$dynamic"
want "relocations stay writable: no RELRO" 'GNU_RELRO' "$segments"
want "symbols are bound late: no BIND_NOW" 'BIND_NOW|FLAGS_1.*NOW' "$dynamic"
want "its stack may be executable" 'GNU_STACK .* RW +0x' "$segments"
refuse "a segment is writable and executable" '^ *LOAD .* RWE ' "$segments"
refuse "text relocations" 'TEXTREL' "$dynamic"
refuse "looks for libraries in a folder of its own" '\((RPATH|RUNPATH)\)' "$dynamic"
want "no stack protector" ' __stack_chk_fail' "$symbols"
want "calls that are not checked: no FORTIFY_SOURCE" ' U __[a-z]+_chk(@|$)' "$symbols"

# Headers, code and constants apart: what is only read is not executed.
want "constants can be executed: no separate code" '^ *LOAD .* R +0x' "$segments"
[ "$(grep -cE '^ *LOAD .* R E ' <<<"$segments")" -eq 1 ] ||
    report "more than one segment can be executed"

# gcc records its options in each unit, and the last of a kind counts; clang
# records none.
units=$(readelf --debug-dump=info --dwarf-depth=1 "$program" |
    grep 'DW_AT_producer.*GNU C11' || true)

# compiled KIND FLAG: of the options that match KIND, FLAG is the last in each
# unit.
compiled() {
	local lacking
	lacking=$(awk -v kind="^($1)" -v flag="$2" '
		NF {
			last = ""
			for (i = 1; i <= NF; i++)
				if ($i ~ kind)
					last = $i
			if (last != flag)
				count++
		}
		END { print count + 0 }' <<<"$units")
	[ "$lacking" -eq 0 ] ||
	    report "$lacking of its units were compiled without $2"
}

compiled '-f(no-)?stack-protector' -fstack-protector-strong
compiled '-f(no-)?stack-clash-protection' -fstack-clash-protection
compiled '-ftrivial-auto-var-init=' -ftrivial-auto-var-init=zero
compiled '-f(no-)?strict-overflow' -fno-strict-overflow
[[ $head != *X86-64* ]] || compiled '-fcf-protection' -fcf-protection=full
exit "$found"

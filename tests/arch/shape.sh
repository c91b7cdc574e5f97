#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# shape.sh CHECK ROOT [BUILD]: who may know whom, read from the includes and
# calls of the source and from the symbols of the built libraries. Prints one
# line for each thing found, exits 1 if there was one.
#
#   includes   each folder includes only what the plan lets it
#   pure       ca/ calls nothing that touches the world
#   top        no top-level folder or file beyond the plan
#   tested     every file of ca/ and db/ has a unit test
#   fuzzed     every parser has a fuzz target, every target what it starts from
#   shown      every test that docs/threats.md names is there, and every
#              promise in it names one
#   symbols    the same of the libraries in BUILD: what they really call
#   globals    nothing in them can be written to
#
# It does not judge what a header means, only that it is included.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
found=0

report() {
	printf '%s\n' "$1"
	found=1
}

# includes_of FOLDER: FILE:LINE:what for every include below it.
includes_of() {
	[ -d "$1" ] || return 0
	grep -rnoE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+' \
	    "$1" | sed -E 's/:[[:space:]]*#.*[<"]/:/' || true
}

check_includes() {
	local file line what
	while IFS=: read -r file line what; do
		case $what in
		wolfssl/*)
			[[ $file =~ ^ca/crypto[a-z0-9_]*\.c$ || $file == cli/tls.c ]] ||
			    report "$file:$line: $what: only ca/crypto*.c and cli/tls.c include wolfSSL"
			;;
		sqlite3.h)
			[[ $file == db/* ]] ||
			    report "$file:$line: $what: only db/ includes SQLite"
			;;
		microhttpd.h)
			[[ $file == cli/serve/* ]] ||
			    report "$file:$line: $what: only cli/serve/ includes libmicrohttpd"
			;;
		ca/*)
			[[ $file != db/* || $what == ca/base.h ]] ||
			    report "$file:$line: $what: of ca/, db/ includes ca/base.h alone"
			;;
		cli/*)
			[[ $file == cli/* || ($file == db/* && $what == "$file") ]] ||
			    report "$file:$line: $what: nothing below cli/ includes it"
			;;
		db/*)
			[[ $file != ca/* ]] ||
			    report "$file:$line: $what: ca/ does not know the ledger"
			;;
		esac
	done < <(includes_of ca; includes_of db; includes_of cli)

	# The signer and the ledger meet in one place.
	for file in cli/*.c cli/*/*.c; do
		[ -f "$file" ] || continue
		what=$(includes_of_file "$file")
		if grep -qxE 'ca/(sign|tbs)\.h' <<<"$what" &&
		    grep -qx 'db/ledger.h' <<<"$what" &&
		    [[ ! $file =~ ^cli/authority[a-z0-9_]*\.c$ ]]; then
			report "$file: signs and holds the ledger: only cli/authority*.c does both"
		fi
	done
}

includes_of_file() {
	sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+).*/\1/p' "$1"
}

# What touches the world: files, streams, the environment, clocks, chance.
impure='printf|vprintf|puts|putchar|fprintf|vfprintf|fputs|fputc|putc|fwrite|perror'
impure+='|fopen|freopen|fdopen|fread|fgets|getc|fgetc|getchar|getline|scanf|fscanf|remove|rename|tmpfile'
impure+='|open|openat|creat|unlink|mkdir|stat|fstat|lstat|access|mmap|socket|connect|bind|fork|execve|system|popen'
impure+='|getenv|secure_getenv|setenv|putenv'
impure+='|time|clock|clock_gettime|gettimeofday|timespec_get|localtime|localtime_r|gmtime|mktime|tzset'
impure+='|rand|srand|rand_r|random|srandom|drand48|arc4random|getrandom|getentropy'

check_pure() {
	local line
	while IFS= read -r line; do
		report "$line: ca/ is pure: no files, printing, clock, environment or chance"
	done < <(find ca -name '*.[ch]' -print0 2>/dev/null | sort -z |
	    xargs -0r awk -f "$here/code.awk" |
	    grep -E "(^|[^A-Za-z0-9_.>])($impure)[[:space:]]*\(|[^A-Za-z0-9_](stdout|stderr|stdin|environ)([^A-Za-z0-9_]|$)" ||
	    true)
}

check_top() {
	local name
	while IFS= read -r name; do
		case $name in
		.* | build* | ca | cli | db | policies | tests | docs) ;;
		CMakeLists.txt | CMakePresets.json | README.md | quickstart) ;;
		LICENSE | CHANGELOG.md | CONTRIBUTING.md | SECURITY.md) ;;
		*) report "$name: the top level holds ca cli db policies tests docs and nothing else" ;;
		esac
	done < <(ls -A)
}

# ca/policy_names.c may be tested by test_policy_names.c or test_policy.c.
# is_test FILE NAME: NAME is as it stands there, with its marks.
is_test() {
	local name=${2:1:-1}
	case $1 in
	*.bats) [[ $2 == \"* ]] && grep -qxF "@test \"$name\" {" "$1" ;;
	*.c) [[ $2 != \"* ]] && grep -qE "^$name\(void \*\*state\)" "$1" ;;
	*) false ;;
	esac
}

# check_line WHERE TEXT: `tests/FILE` "name", "name"; `tests/FILE.c` `name`.
check_line() {
	local text=$2 word file=
	while [[ $text =~ (\`tests/[^\`]+\`|\`[a-z0-9_]+\`|\"[^\"]+\") ]]; do
		word=${BASH_REMATCH[1]}
		text=${text#*"$word"}
		if [[ $word == \`tests/* ]]; then
			file=${word:1:-1}
			[ -f "$file" ] || report "$1: $file: there is no such file"
		elif [ -f "$file" ]; then
			is_test "$file" "$word" ||
			    report "$1: $file: no test in it is called ${word:1:-1}"
		fi
	done
}

check_shown() {
	local page=docs/threats.md text number=0 promises=
	[ -f "$page" ] || { report "$page: there is no such file"; return; }
	while IFS= read -r text; do
		number=$((number + 1))
		case $text in
		"| promised |"*) promises=yes ;;
		"|"*)
			[[ -z $promises || $text == "|---"* || $text == *\`tests/* ]] ||
			    report "$page:$number: a promise that no test shows"
			;;
		*) promises= ;;
		esac
		check_line "$page:$number" "$text"
	done <"$page"
}

check_tested() {
	local file noun
	for file in ca/*.c db/*.c; do
		[ -f "$file" ] || continue
		noun=$(basename "$file" .c)
		while [ ! -f "tests/unit/test_$noun.c" ]; do
			if [[ $noun != *_* ]]; then
				report "$file: no tests/unit/test_$noun.c"
				break
			fi
			noun=${noun%_*}
		done
	done
}

# A parser is what is declared as one; docs/testing.md has the row of the target
# that reaches it.
check_fuzzed() {
	local name noun source targets
	while IFS= read -r name; do
		# shellcheck disable=SC2016 # Markdown's quotes
		targets=$(grep -E "^\\| \`(fuzz|unit|cli)\.[a-z0-9_]+\` .*\`$name\`" \
		    docs/testing.md | sed -E 's/^\| `([a-z0-9_.]+)`.*/\1/' || true)
		[ -n "$targets" ] ||
		    report "$name(): docs/testing.md has no fuzz target for it"
		for noun in $targets; do
			[[ $noun != fuzz.* || -f tests/fuzz/fuzz_${noun#*.}.c ]] ||
			    report "docs/testing.md: $noun: no such target"
		done
	done < <(find ca cli db -name '*.h' -exec \
	    grep -hoE '\b[a-z0-9_]+_parse(_[a-z]+)?\(' {} + 2>/dev/null |
	    tr -d '(' | sort -u)
	for source in tests/fuzz/fuzz_*.c; do
		[ -f "$source" ] || continue
		noun=${source##*/fuzz_}
		noun=${noun%.c}
		[ -n "$(ls "tests/fuzz/corpus/$noun" 2>/dev/null)" ] ||
		    report "$source: no corpus in tests/fuzz/corpus/$noun"
		[ -f "tests/fuzz/dict/$noun.dict" ] ||
		    grep -qE '^DER_INPUT\(|No dictionary:' "$source" ||
		    report "$source: no tests/fuzz/dict/$noun.dict, and not DER"
	done
}

undefined() {
	nm -u "$1" 2>/dev/null | awk 'NF == 2 { print $2 }' | sed -E 's/@.*//' | sort -u
}

# forbid LIBRARY PATTERN WHY: none of its undefined symbols may match.
forbid() {
	local symbol
	while IFS= read -r symbol; do
		report "$(basename "$1"): calls $symbol: $3"
	done < <(undefined "$1" | grep -xE "$2" || true)
}

need() {
	[ -f "$1" ] || { report "$1: not built"; return 1; }
}

check_symbols() {
	local ca=$build/libsignet_ca.a ledger=$build/libledger.a
	local authority=$build/libauthority.a base symbol

	need "$ca" && need "$ledger" && need "$authority" || return 0
	forbid "$ca" "(__)?($impure)(_chk|64|_2)?|__isoc99_f?scanf|std(in|out|err)|environ" "ca/ is pure"
	forbid "$ca" 'sqlite3_.*|ledger_.*' "ca/ does not know the ledger"
	forbid "$ledger" '(wc|wolfSSL|wolfCrypt)_.*' "db/ computes nothing"
	forbid "$authority" 'sqlite3_.*' "SQLite stands behind db/"
	forbid "$authority" '(wc|wolfCrypt|wolfSSL)_.*' \
	    "wolfCrypt stands behind ca/crypto, TLS behind cli/tls"
	forbid "$authority" 'tls_.*' "only a command speaks TLS"
	if need "$build/libtls.a"; then
		forbid "$build/libtls.a" 'wc_.*|wolfCrypt_.*|sqlite3_.*|(ledger|authority|ca_key|ca_sign|ca_verify)_.*' \
		    "tls speaks, and judges nothing"
	fi

	# Of ca/, the ledger calls what base.c defines and nothing else.
	base=$(nm --defined-only "$ca" 2>/dev/null |
	    awk '/:$/ { on = ($0 ~ /^base\./) } on && NF == 3 { print $3 }')
	while IFS= read -r symbol; do
		grep -qxF "$symbol" <<<"$base" ||
		    report "libledger.a: calls $symbol: of ca/, db/ knows base alone"
	done < <(comm -12 <(undefined "$ledger") \
	    <(nm -g --defined-only "$ca" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u))

	if need "$build/libfront.a"; then
		forbid "$build/libfront.a" '(wc|wolfSSL|wolfCrypt)_.*|sqlite3_.*' \
		    "the front computes nothing"
		forbid "$build/libfront.a" '(ca_key|ca_sign|ca_rng|pass|signer|authority|responders)_.*|ca_sign' \
		    "the front has no key"
		forbid "$build/libfront.a" 'ledger_(begin|commit|create|add|put|set|issued|intend|revoke|unhold|block|checkpoint).*' \
		    "the front writes nothing"
	fi
	if [ -f "$build/signet" ] && readelf -d "$build/signet" |
	    grep -qE 'NEEDED.*lib(microhttpd|gnutls)'; then
		report "signet: links libmicrohttpd: only the front does"
	fi
}

# A table of constant pointers is in .data.rel.ro, written by the loader alone;
# what is in .data or .bss can change while the program runs.
check_globals() {
	local lib line
	for lib in libsignet_ca.a libledger.a libauthority.a libtls.a libfront.a; do
		need "$build/$lib" || continue
		# A sanitizer keeps its own records in .data.
		! undefined "$build/$lib" | grep -qE '^__(asan|ubsan)_' || continue
		while IFS= read -r line; do
			report "$lib: $line can be written to: tables are static const"
		done < <(objdump -t "$build/$lib" |
		    awk '$3 == "O" && $4 ~ /^\.(data|bss|tbss|tdata|data\.rel|data\.rel\.local)$/ { print $NF }' |
		    sort -u)
	done
}

check=${1:?shape.sh CHECK ROOT [BUILD]}
root=${2:?shape.sh CHECK ROOT [BUILD]}
build=${3:-}
[ -z "$build" ] || build=$(cd "$build" && pwd)
cd "$root"
case $check in
includes) check_includes ;;
pure) check_pure ;;
top) check_top ;;
tested) check_tested ;;
fuzzed) check_fuzzed ;;
shown) check_shown ;;
symbols) check_symbols ;;
globals) check_globals ;;
*)
	echo "shape.sh: no check is called $check" >&2
	exit 2
	;;
esac
exit "$found"

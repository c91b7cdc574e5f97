#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The house rules a program can judge, held against the source; and for each
# check a planted breach that it must find.

style="${BATS_TEST_DIRNAME}/style.sh"
spdx='/* SPDX-License-Identifier: GPL-3.0-or-later */'

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/ca"
}

source_passes() {
	run bash "$style" "$1" "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

breach() {
	run bash "$style" "$1" "$tree"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"$2"* ]]
}

clean() {
	run bash "$style" "$1" "$tree"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

plant() {
	mkdir -p "$(dirname "$tree/$1")"
	printf '%s\n' "${@:2}" >"$tree/$1"
}

# lines N TEXT: TEXT, N times.
lines() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%s\n' "$2"
	done
}

@test "clang-format has nothing to change" {
	command -v clang-format >/dev/null || skip "clang-format is not installed"
	source_passes format
}

@test "no file above 600 lines, no function above 60" {
	source_passes length
}

@test "every source file names its licence" {
	source_passes licence
}

@test "no call that cannot be told how much room there is" {
	source_passes calls
}

@test "every header says what its module does not do" {
	source_passes headers
}

@test "no path of the machine it was written on" {
	source_passes places
}

@test "shellcheck has nothing to say" {
	command -v shellcheck >/dev/null || skip "shellcheck is not installed"
	cd "$SIGNET_SOURCE"
	local scripts=()
	mapfile -t scripts < <(
		find . -path ./build -prune -o -name '*.sh' -print \
		    -o -name '*.bash' -print -o -path ./quickstart -print \
		    -o -path ./.ci/run -print | sort
	)
	shellcheck -x "${scripts[@]}"
}

@test "found: code that clang-format would change" {
	command -v clang-format >/dev/null || skip "clang-format is not installed"
	cp "$SIGNET_SOURCE/.clang-format" "$tree"
	plant ca/der.c 'int' 'a(void)' '{' $'\treturn 1;' '}'
	clean format
	plant ca/oid.c 'int a(void) {' '    return 1; }'
	breach format 'ca/oid.c:1:'
}

@test "found: a file of 601 lines" {
	plant ca/der.c "$(lines 600 'int a;')"
	clean length
	plant ca/der.c "$(lines 601 'int a;')"
	breach length 'ca/der.c: 601 lines'
}

@test "found: a function of 61 lines" {
	plant ca/der.c int 'a(void)' '{' "$(lines 60 ';')" '}' 'int b[] = {' \
	    "$(lines 70 '1,')" '};'
	clean length
	plant ca/der.c int 'a(void)' '{' "$(lines 61 ';')" '}'
	breach length 'ca/der.c:3: a function of 61 lines'
}

@test "found: a file without a licence line" {
	plant ca/der.c "$spdx" 'int a;'
	plant quickstart '#!/usr/bin/env bash' "# ${spdx:3:43}"
	clean licence
	plant ca/oid.h 'int a;'
	breach licence 'ca/oid.h:'
	rm "$tree/ca/oid.h"
	plant policies/server.policy '[policy]'
	breach licence 'policies/server.policy:'
	rm -r "$tree/policies"
	plant tests/cli/sign.bats '#!/usr/bin/env bats'
	breach licence 'tests/cli/sign.bats:'
}

@test "found: a licence line that is not the first" {
	plant ca/der.c '' "$spdx"
	breach licence 'ca/der.c:1:'
}

@test "found: each forbidden call, but not the word in a comment" {
	plant ca/der.c '/* strcpy(a, b) */' 'int c = ca_atoi("sprintf(a)"); // gets(a)'
	clean calls
	local call
	for call in strcpy strcat sprintf vsprintf atoi strtok gets alloca; do
		plant ca/oid.c '' "int c = $call (a);"
		breach calls 'ca/oid.c:2:'
	done
}

@test "found: a header that does not say what is missing" {
	plant ca/der.h "$spdx" '/*' ' * DER.' ' *' ' * This module does not' \
	    ' * read BER.' ' */' '#define A'
	clean headers
	plant ca/oid.h "$spdx" '/* Object identifiers. */' \
	    '/* This does not count: it is not the opening comment. */'
	breach headers 'ca/oid.h:'
	plant ca/oid.h "$spdx" '#define A' '/* This does not count. */'
	breach headers 'ca/oid.h:'
}

@test "found: a path of one machine" {
	plant ca/der.c '/* networks, /workspace and /tmp are fine */'
	clean places
	plant docs/build.md 'cd /wor''k/main'
	breach places 'docs/build.md:1:'
}

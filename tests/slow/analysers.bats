#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What programs that read the source find in it; and for each of them a
# planted fault that it must find.

analysers="${BATS_TEST_DIRNAME}/analysers.sh"

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	tree=$BATS_TEST_TMPDIR/tree
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	command -v jq >/dev/null || skip "jq is not installed"
}

finds_nothing() {
	needs "$1"
	run bash "$analysers" "$1" "$SIGNET_SOURCE" \
	    "${SIGNET_BUILD:?}" "$BATS_TEST_DIRNAME/analysers.known"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

# planted: a tree with one file, and what would compile it.
planted() {
	mkdir -p "$tree/ca" "$tree/build"
	cp "$SIGNET_SOURCE/.clang-tidy" "$tree"
	cp "$SIGNET_SOURCE/ca/base.h" "$tree/ca"
	cat >"$tree/ca/planted.c"
	jq -n --arg file "$tree/ca/planted.c" '[{file: $file,
	    command: "cc -DSIZE=\\\"8\\\" -c \($file)"}]' \
	    >"$tree/build/compile_commands.json"
}

finds() {
	run bash "$analysers" "$1" "$tree" "$tree/build" "${3:-/dev/null}"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"$2"* ]]
}

@test "gcc -fanalyzer finds nothing" {
	finds_nothing gcc
}

@test "clang-tidy finds nothing" {
	finds_nothing clang-tidy
}

@test "cppcheck finds nothing" {
	finds_nothing cppcheck
}

@test "found: memory that is lost, a text too long, a file that does not compile" {
	needs gcc && needs clang-tidy && needs cppcheck
	planted <<'END_OF_FILE'
#include <stdlib.h>
#include <string.h>
int planted(int word);
int planted(int word)
{
	char *copy = malloc(10);
	char text[4];
	if (copy == NULL)
		return 0;
	memset(text, word, 5);
	if (word == 0)
		return text[0];
	free(copy);
	return text[1];
}
END_OF_FILE
	finds gcc 'ca/planted.c:11:'
	finds gcc '[-Wanalyzer-malloc-leak]'
	finds clang-tidy '[clang-analyzer-unix.Malloc]'
	finds cppcheck '[bufferAccessOutOfBounds]'
	finds cppcheck '[memleak]'

	# What is said to be known is not printed, and nothing else is hidden.
	echo 'cppcheck ca/planted.c memleak it is the test' >"$tree/known"
	finds cppcheck '[bufferAccessOutOfBounds]' "$tree/known"
	[[ $output != *memleak* ]]
	echo 'cppcheck ca/planted.c uninitvar it was the test' >>"$tree/known"
	finds cppcheck 'known, and not found any more: ca/planted.c uninitvar' "$tree/known"

	planted <<<'int planted(void) { return nothing; }'
	finds gcc 'ca/planted.c:1:'
	finds clang-tidy 'ca/planted.c:1:'
}

@test "not found: what is behind an error, which ca_fail() always gives back" {
	needs gcc && needs clang-tidy && needs cppcheck
	planted <<'END_OF_FILE'
#include "ca/base.h"
static enum ca_status get(int *ret, int word, struct ca_error *err)
{
	if (word == 0)
		return ca_fail(err, CA_USAGE, "no word");
	*ret = word;
	return CA_OK;
}
int planted(int word);
int planted(int word)
{
	int value;
	if (get(&value, word, (struct ca_error *)0) != CA_OK)
		return 0;
	return value + 1;
}
END_OF_FILE
	local tool
	for tool in gcc clang-tidy cppcheck; do
		run bash "$analysers" "$tool" "$tree" "$tree/build"
		echo "$output"
		[ "$status" -eq 0 ]
	done
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the flags were given for, read from the program that came out.

hardening="${BATS_TEST_DIRNAME}/hardening.sh"

setup() {
	[ -x "${SIGNET:-}" ] || skip "SIGNET names no program"
	[ "${SIGNET_HARDEN:-ON}" = ON ] || skip "built without hardening"
}

@test "it is hardened: all that the flags were given for is in it" {
	run bash "$hardening" "$SIGNET"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "it needs the libraries of the plan and no others" {
	run bash -c "readelf -dW '$SIGNET' | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' |
	    grep -vE '^lib(c|m|wolfssl|sqlite3|jansson|idn2|seccomp)\.so'"
	echo "$output"
	[ -z "$output" ]
}

@test "it does not say where it was built" {
	[ -n "${SIGNET_SOURCE:-}" ] || skip "SIGNET_SOURCE is not set"
	! grep -qaF "$SIGNET_SOURCE" "$SIGNET"
}

# ---- the front of `signet serve` ----

front() {
	SIGNET_FRONT=${SIGNET_FRONT:-$(dirname "$SIGNET")/signet-front}
	[ -x "$SIGNET_FRONT" ] || skip "signet-front was not built"
}

@test "the front needs its own libraries, and wolfSSL is none of them" {
	front
	run bash -c "readelf -dW '$SIGNET_FRONT' |
	    sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' |
	    grep -vE '^lib(c|m|sqlite3|microhttpd|seccomp)\.so'"
	echo "$output"
	[ -z "$output" ]
}

@test "the front has no code that could use a key" {
	front
	run bash -c "nm --defined-only '$SIGNET_FRONT' |
	    grep -E ' [tT] (ca_(sign|key|pkcs8|rng|kdf)|pass_|signer_|responders_|authority_)'"
	echo "$output"
	[ -z "$output" ]
	# What it has is seen so: the test could fail.
	nm --defined-only "$SIGNET_FRONT" | grep -q ' wire_send$'
}

@test "the front is hardened as the program is" {
	front
	run bash "$hardening" "$SIGNET_FRONT"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ -z "${SIGNET_SOURCE:-}" ] || ! grep -qaF "$SIGNET_SOURCE" "$SIGNET_FRONT"
}

# ---- what would be found ----

# compiled FLAG...: planted, from a program whose checked copy and array ask
# for all there is.
compiled() {
	command -v gcc >/dev/null || skip "gcc is not installed"
	cat >"$BATS_TEST_TMPDIR/planted.c" <<'END'
#include <string.h>
int main(int count, char **word)
{
	char copy[16];
	memcpy(copy, word[0], (size_t)count * 4);
	return copy[1] + count;
}
END
	gcc -std=c11 -O2 -g -fPIE -pie -fstack-protector-strong \
	    -fstack-clash-protection -ftrivial-auto-var-init=zero \
	    -fno-strict-overflow -fcf-protection=full \
	    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 \
	    -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code \
	    "$@" -o "$BATS_TEST_TMPDIR/planted" "$BATS_TEST_TMPDIR/planted.c"
}

# lacks TEXT FLAG...: planted with these flags lacks that, and nothing else.
lacks() {
	compiled "${@:2}"
	run bash "$hardening" "$BATS_TEST_TMPDIR/planted"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$output" = "$BATS_TEST_TMPDIR/planted: $1" ]
}

@test "found: each thing that a program may lack" {
	[ "$(uname -m)" = x86_64 ] || skip "the flags planted are of x86-64"
	compiled
	bash "$hardening" "$BATS_TEST_TMPDIR/planted"

	lacks "relocations stay writable: no RELRO" -Wl,-z,norelro
	lacks "symbols are bound late: no BIND_NOW" -Wl,-z,lazy
	lacks "its stack may be executable" -Wl,-z,execstack
	lacks "constants can be executed: no separate code" -Wl,-z,noseparate-code
	lacks "looks for libraries in a folder of its own" -Wl,-rpath,/nowhere
	lacks "calls that are not checked: no FORTIFY_SOURCE" -U_FORTIFY_SOURCE
	lacks "1 of its units were compiled without -fcf-protection=full" \
	    -fcf-protection=none
	lacks "1 of its units were compiled without -ftrivial-auto-var-init=zero" \
	    -ftrivial-auto-var-init=pattern
	lacks "1 of its units were compiled without -fstack-clash-protection" \
	    -fno-stack-clash-protection
	compiled -no-pie -fno-pie -fno-stack-protector
	run bash "$hardening" "$BATS_TEST_TMPDIR/planted"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"not position independent"* ]]
	[[ $output == *"no stack protector"* ]]
}

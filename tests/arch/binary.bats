#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the flags were given for, read from the program that came out.

setup() {
	[ -x "${SIGNET:-}" ] || skip "SIGNET names no program"
	[ "${SIGNET_HARDEN:-ON}" = ON ] || skip "built without hardening"
}

@test "it is position independent, its relocations read-only at the start" {
	readelf -hW "$SIGNET" | grep -qE 'Type:.*DYN'
	readelf -lW "$SIGNET" | grep -q GNU_RELRO
	readelf -dW "$SIGNET" | grep -q BIND_NOW
}

@test "its stack is not executable, no segment both writable and executable" {
	readelf -lW "$SIGNET" | grep -E 'GNU_STACK' | grep -qv 'RWE'
	! readelf -lW "$SIGNET" | grep -E '^ *LOAD' | grep -q 'RWE'
}

@test "the stack protector and the checked calls are in it" {
	nm -D "$SIGNET" | grep -q __stack_chk_fail
	nm -D "$SIGNET" | grep -qE '__(mem|str|sn?|vsn?|f)[a-z]*_chk'
}

@test "it needs the libraries of the plan and no others" {
	run bash -c "readelf -dW '$SIGNET' | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' |
	    grep -vE '^lib(c|m|wolfssl|sqlite3|jansson|idn2|seccomp)\.so'"
	echo "$output"
	[ -z "$output" ]
	! readelf -dW "$SIGNET" | grep -qE 'RPATH|RUNPATH'
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
	! readelf -dW "$SIGNET_FRONT" | grep -qE 'RPATH|RUNPATH'
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
	readelf -hW "$SIGNET_FRONT" | grep -qE 'Type:.*DYN'
	readelf -lW "$SIGNET_FRONT" | grep -q GNU_RELRO
	readelf -dW "$SIGNET_FRONT" | grep -q BIND_NOW
	readelf -lW "$SIGNET_FRONT" | grep -E 'GNU_STACK' | grep -qv 'RWE'
	nm -D "$SIGNET_FRONT" | grep -q __stack_chk_fail
	[ -z "${SIGNET_SOURCE:-}" ] || ! grep -qaF "$SIGNET_SOURCE" "$SIGNET_FRONT"
}

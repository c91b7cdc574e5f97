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

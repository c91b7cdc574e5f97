#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The plan's sentences about who may know whom, held against the source and
# the built libraries; and for each check a planted breach that it must find.

shape="${BATS_TEST_DIRNAME}/shape.sh"

setup() {
	SIGNET_SOURCE=${SIGNET_SOURCE:-$BATS_TEST_DIRNAME/../..}
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"/{ca,cli,db,policies,tests/unit,docs,lib}
}

# breach CHECK WORDS: the check fails and says so in these words.
breach() {
	run bash "$shape" "$1" "$tree" "$tree/lib"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"$2"* ]]
}

clean() {
	run bash "$shape" "$1" "$tree" "$tree/lib"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

# plant FILE LINE...: one line each.
plant() {
	mkdir -p "$(dirname "$tree/$1")"
	printf '%s\n' "${@:2}" >"$tree/$1"
}

# library NAME FILE.c...: the archive the build would make of them.
library() {
	local name=$1 file
	shift
	for file in "$@"; do
		cc -c -O0 -fPIC -o "$tree/lib/$(basename "$file" .c).c.o" "$tree/$file"
		ar rc "$tree/lib/lib$name.a" "$tree/lib/$(basename "$file" .c).c.o"
	done
}

libraries() {
	plant ca/base.c 'int ca_fail(void) { return 1; }'
	plant db/ledger.c 'int ca_fail(void);' \
	    'int ledger_open(void) { return ca_fail(); }'
	plant cli/authority.c 'int ledger_open(void);' \
	    'int authority_issue(void) { return ledger_open(); }'
	plant cli/serve/http.c 'int ledger_open(void);' \
	    'int http_start(void) { return ledger_open(); }'
	plant cli/tls.c 'int ca_fail(void);' \
	    'int tls_open(void) { return ca_fail(); }'
	library signet_ca ca/base.c
	library ledger db/ledger.c
	library tls cli/tls.c
	library authority cli/authority.c
	library front cli/serve/http.c
}

@test "the source includes only what the plan allows" {
	run bash "$shape" includes "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "ca/ is pure, read from the source" {
	run bash "$shape" pure "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the top level is the plan's" {
	run bash "$shape" top "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "every file of ca/ and db/ has its unit test" {
	run bash "$shape" tested "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "every parser has a fuzz target, every target what it starts from" {
	run bash "$shape" fuzzed "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the tests that docs/threats.md names are there" {
	run bash "$shape" shown "$SIGNET_SOURCE"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the built libraries call only what the plan allows" {
	[ -n "${SIGNET_BUILD:-}" ] || skip "SIGNET_BUILD names no build"
	run bash "$shape" symbols "$SIGNET_SOURCE" "$SIGNET_BUILD"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the built libraries hold nothing that can be written to" {
	[ -n "${SIGNET_BUILD:-}" ] || skip "SIGNET_BUILD names no build"
	run bash "$shape" globals "$SIGNET_SOURCE" "$SIGNET_BUILD"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "found: wolfSSL outside ca/crypto*.c, and in its header" {
	plant ca/crypto.c '#include <wolfssl/options.h>'
	plant ca/crypto_pkcs11.c '#include <wolfssl/options.h>'
	clean includes
	plant ca/key.c '#include <wolfssl/wolfcrypt/rsa.h>'
	breach includes 'ca/key.c:1: wolfssl/wolfcrypt/rsa.h'
	rm "$tree/ca/key.c"
	plant ca/crypto.h '' '#  include "wolfssl/options.h"'
	breach includes 'ca/crypto.h:2: wolfssl/options.h'
}

@test "found: SQLite outside db/" {
	plant db/ledger.c '#include <sqlite3.h>'
	clean includes
	plant cli/cmd_list.c '#include <sqlite3.h>'
	breach includes 'cli/cmd_list.c:1: sqlite3.h'
}

@test "found: db/ that knows more of ca/ than base" {
	plant db/ledger.h '#include "ca/base.h"'
	clean includes
	plant db/ledger.c '#include "ca/cert.h"'
	breach includes 'db/ledger.c:1: ca/cert.h'
}

@test "found: db/ or ca/ that knows cli/, ca/ that knows db/" {
	plant db/ledger.c '#include "cli/file.h"'
	breach includes 'db/ledger.c:1: cli/file.h'
	rm "$tree/db/ledger.c"
	plant ca/csr.c '#include "cli/file.h"'
	breach includes 'ca/csr.c:1: cli/file.h'
	plant ca/csr.c '#include "db/ledger.h"'
	breach includes 'ca/csr.c:1: db/ledger.h'
}

@test "found: libmicrohttpd outside the front" {
	plant cli/serve/http.c '#include <microhttpd.h>'
	clean includes
	plant cli/cmd_serve.c '#include <microhttpd.h>'
	breach includes 'cli/cmd_serve.c:1: microhttpd.h'
}

@test "found: a subcommand that signs and holds the ledger" {
	plant cli/authority.c '#include "ca/sign.h"' '#include "db/ledger.h"'
	plant cli/authority_crl.c '#include "ca/tbs.h"' '#include "db/ledger.h"'
	plant cli/cmd_list.c '#include "db/ledger.h"'
	clean includes
	plant cli/cmd_sign.c '#include "ca/sign.h"' '#include "db/ledger.h"'
	breach includes 'cli/cmd_sign.c: signs and holds the ledger'
}

@test "found: a file, a clock, the environment, printing, chance in ca/" {
	plant ca/der.c '/* open( the SEQUENCE, then printf() it */' \
	    'int a(void) { return der_open(x, "time(0)") + w->read(b); }'
	clean pure
	local call
	for call in 'open("x", 0)' 'fopen("x", "r")' 'printf("x")' 'time (0)' \
	    'clock_gettime(0, &t)' 'getenv("HOME")' 'rand()' 'fputs("x", f)'; do
		plant ca/name.c '' "int a(void) { return $call; }"
		breach pure 'ca/name.c:2:'
	done
	plant ca/name.c 'void *a(void) { return stderr; }'
	breach pure 'ca/name.c:1:'
}

@test "found: a top-level folder or file beyond the plan" {
	rmdir "$tree/lib"
	plant .ci/run ''
	plant quickstart ''
	mkdir "$tree/build"
	run bash "$shape" top "$tree"
	[ "$status" -eq 0 ]
	mkdir "$tree/src"
	run bash "$shape" top "$tree"
	[ "$status" -eq 1 ]
	[[ $output == src:* ]]
}

@test "found: a file of ca/ without a unit test" {
	plant ca/policy.c ''
	plant ca/policy_names.c ''
	breach tested 'ca/policy.c: no tests/unit/test_policy.c'
	plant tests/unit/test_policy.c ''
	clean tested
}

@test "found: a parser without a target, a target without corpus or words" {
	plant ca/date.h 'enum ca_status ca_date_parse(const char *text);'
	plant docs/testing.md 'what `ca_date_parse` reads'
	breach fuzzed 'ca_date_parse(): docs/testing.md has no fuzz target'
	plant docs/testing.md '| `fuzz.date` | `ca_date_parse` |'
	breach fuzzed 'docs/testing.md: fuzz.date: no such target'
	plant tests/fuzz/fuzz_date.c 'DER_INPUT(0);'
	breach fuzzed 'tests/fuzz/fuzz_date.c: no corpus'
	plant tests/fuzz/corpus/date/one ''
	clean fuzzed
	plant tests/fuzz/fuzz_date.c ''
	breach fuzzed 'tests/fuzz/fuzz_date.c: no tests/fuzz/dict/date.dict'
	plant tests/fuzz/dict/date.dict '"2026"'
	clean fuzzed
}

# shellcheck disable=SC2016 # marks of Markdown
@test "found: a promise without its test" {
	plant tests/cli/sign.bats '@test "it signs" {' '}'
	plant tests/unit/test_der.c 'static void' 'lengths(void **state)'
	plant docs/threats.md '| promised | shown by |' '|---|---|' \
	    '| this | `tests/cli/sign.bats` "it signs"; `tests/unit/test_der.c` `lengths` |'
	clean shown
	plant docs/threats.md '| promised | shown by |' '|---|---|' '| this | |'
	breach shown 'docs/threats.md:3: a promise that no test shows'
	plant docs/threats.md 'In `tests/cli/gone.bats`.'
	breach shown 'tests/cli/gone.bats: there is no such file'
	plant docs/threats.md '`tests/cli/sign.bats` "it signs", "it does more"'
	breach shown 'tests/cli/sign.bats: no test in it is called it does more'
	plant docs/threats.md '`tests/unit/test_der.c` `length`'
	breach shown 'tests/unit/test_der.c: no test in it is called length'
	rm "$tree/docs/threats.md"
	breach shown 'docs/threats.md'
}

@test "found: a library that calls what it must not" {
	libraries
	clean symbols
	plant ca/name.c 'int puts(const char *);' \
	    'int ca_name_print(void) { return puts("x"); }'
	library signet_ca ca/name.c
	breach symbols 'libsignet_ca.a: calls puts'
}

@test "found: a front that signs, computes or writes" {
	libraries
	local call
	for call in ca_sign ca_key_from_pkcs8 signer_open wc_InitSha256 \
	    sqlite3_open_v2 ledger_begin ledger_add_crl; do
		plant cli/serve/cache.c "int $call(void);" \
		    "int cache_new(void) { return $call(); }"
		library front cli/serve/cache.c
		breach symbols "libfront.a: calls $call"
	done
}

@test "found: a library that calls the forms glibc hides" {
	libraries
	plant ca/name.c 'int __fprintf_chk(void), open64(void), stderr;' \
	    'extern int stderr;' \
	    'int a(void) { return __fprintf_chk(); }' \
	    'int b(void) { return open64(); }'
	library signet_ca ca/name.c
	breach symbols 'libsignet_ca.a: calls __fprintf_chk'
	breach symbols 'libsignet_ca.a: calls open64'
}

@test "found: the ledger calling wolfSSL, or ca/ beyond base" {
	libraries
	plant db/each.c 'int wc_InitRng(void);' \
	    'int ledger_each(void) { return wc_InitRng(); }'
	library ledger db/each.c
	breach symbols 'libledger.a: calls wc_InitRng'

	plant ca/cert.c 'int ca_cert_parse(void) { return 0; }'
	library signet_ca ca/cert.c
	plant db/each.c 'int ca_cert_parse(void);' \
	    'int ledger_each(void) { return ca_cert_parse(); }'
	library ledger db/each.c
	breach symbols 'libledger.a: calls ca_cert_parse'
}

@test "found: the authority calling SQLite or wolfCrypt" {
	libraries
	plant cli/batch.c 'int sqlite3_exec(void), wc_ecc_sign_hash(void);' \
	    'int batch(void) { return sqlite3_exec() + wc_ecc_sign_hash(); }'
	library authority cli/batch.c
	breach symbols 'libauthority.a: calls sqlite3_exec'
	breach symbols 'libauthority.a: calls wc_ecc_sign_hash'
}

@test "found: TLS in the authority, a judgement in TLS" {
	libraries
	plant cli/online.c 'int wolfSSL_connect(void), tls_open(void);' \
	    'int online(void) { return wolfSSL_connect() + tls_open(); }'
	library authority cli/online.c
	breach symbols 'libauthority.a: calls wolfSSL_connect'
	breach symbols 'libauthority.a: calls tls_open'

	plant cli/tls.c 'int ca_verify_path(void);' \
	    'int tls_open(void) { return ca_verify_path(); }'
	library tls cli/tls.c
	breach symbols 'libtls.a: calls ca_verify_path'
}

@test "found: a library that is not there" {
	breach symbols 'libsignet_ca.a: not built'
}

@test "found: a variable that can be written to" {
	libraries
	plant ca/oid.c 'static const char *const names[] = {"a", "b"};' \
	    'const char *ca_oid(int i) { return names[i]; }'
	library signet_ca ca/oid.c
	clean globals
	plant ca/name.c 'static int calls;' \
	    'int ca_name(void) { return ++calls; }'
	library signet_ca ca/name.c
	breach globals 'libsignet_ca.a: calls can be written to'
	plant cli/term.c 'static const char *where = "a";' \
	    'const char *term(const char *a) { const char *b = where; where = a; return b; }'
	library authority cli/term.c
	breach globals 'libauthority.a: where can be written to'
}

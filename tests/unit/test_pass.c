/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pass.h"

#include "tests/unit/folder.h"

static const struct term no_term;

/* What a source gives for an existing key. */
static enum ca_status
opening(const char *source, struct ca_buf *ret, struct ca_error *err)
{
	const struct pass pass = {.term = &no_term, .passin = source};

	return pass_for_opening(&pass, "root.key", ret, err);
}

static void
assert_opens(const char *source, const char *expected)
{
	struct ca_buf got = {0};

	WORKS(opening(source, &got, &err));
	assert_text(&got, expected);
}

/* A descriptor from which this can be read. */
static int
stream(const char *text)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	assert_int_equal(close(ends[1]), 0);
	return ends[0];
}

static void
of_the_environment(void **state)
{
	struct ca_buf got = {0};

	(void)state;
	assert_int_equal(setenv("TEST_PASS", "s e cret", 1), 0);
	assert_opens("env:TEST_PASS", "s e cret");
	assert_int_equal(unsetenv("TEST_PASS"), 0);
	FAILS(opening("env:TEST_PASS", &got, &err), CA_USAGE,
	    "env:TEST_PASS|not set");
	FAILS(opening("env:", &got, &err), CA_USAGE, "not set");
}

static void
of_a_file(void **state)
{
	static const struct {
		struct ca_bytes file;
		const char *pass;
	} cases[] = {{LITERAL("secret\n"), "secret"},
	    {LITERAL("secret"), "secret"}, {LITERAL("secret\r\n"), "secret"},
	    {LITERAL("one\ntwo\n"), "one"}, {LITERAL(""), ""},
	    {LITERAL("\n"), ""}, {LITERAL(" a \n"), " a "}};
	struct ca_buf got = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		write_file("pass", cases[i].file);
		assert_opens("file:pass", cases[i].pass);
	}
	FAILS(opening("file:none", &got, &err), CA_NOT_FOUND, "none");
	FAILS(opening("file:", &got, &err), CA_NOT_FOUND, "cannot be opened");
	FAILS(opening("file:/dev/zero", &got, &err), CA_USAGE,
	    "/dev/zero|larger");
	ca_buf_free(&got);
}

static void
of_a_descriptor(void **state)
{
	struct ca_buf got = {0};
	char source[32], long_line[1100];
	int fd = stream("one\r\ntwo\nthree");

	(void)state;
	(void)snprintf(source, sizeof(source), "fd:%d", fd);
	/* A line and not an octet more. */
	assert_opens(source, "one");
	assert_opens(source, "two");
	assert_opens(source, "three");
	assert_opens(source, "");
	assert_int_equal(close(fd), 0);
	FAILS(opening(source, &got, &err), CA_USAGE, "fd:|cannot be read");
	FAILS(opening("fd:x", &got, &err), CA_USAGE, "fd:x|descriptor");
	FAILS(opening("fd:", &got, &err), CA_USAGE, "descriptor");
	FAILS(opening("fd:-1", &got, &err), CA_USAGE, "descriptor");
	FAILS(opening("fd:3x", &got, &err), CA_USAGE, "descriptor");
	FAILS(opening("fd:99999999999999999999", &got, &err), CA_USAGE,
	    "descriptor");
	memset(long_line, 'a', sizeof(long_line) - 1);
	long_line[sizeof(long_line) - 1] = '\0';
	fd = stream(long_line);
	(void)snprintf(source, sizeof(source), "fd:%d", fd);
	FAILS(opening(source, &got, &err), CA_USAGE, "at most 1024");
	assert_int_equal(close(fd), 0);
	ca_buf_free(&got);
}

static void
of_standard_input(void **state)
{
	int saved = dup(STDIN_FILENO), fd = stream("from stdin\n");

	(void)state;
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_opens("stdin", "from stdin");
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	(void)close(saved);
	(void)close(fd);
}

/* And what was given is not said again: it may be the passphrase. */
static void
of_nothing_else(void **state)
{
	static const char *const sources[] = {
	    "pass:hunter2", "hunter2", "", "ENV:hunter2", "stdin:hunter2"};
	struct ca_buf got = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(sources); i++) {
		struct ca_error err = {0};

		assert_int_equal(opening(sources[i], &got, &err), CA_USAGE);
		assert_says(err.msg, "--passin|env:NAME|file:PATH|fd:N|stdin");
		assert_null(strstr(err.msg, "hunter2"));
	}
	FAILS(opening("pass:x", &got, &err), CA_USAGE, "process list");
	assert_int_equal(got.len, 0);
}

/* Without a terminal nothing is asked. */
static void
without_a_source_there_must_be_a_terminal(void **state)
{
	const struct pass none = {.term = &no_term};
	struct ca_buf got = {0};
	bool no = true;

	(void)state;
	FAILS(pass_for_opening(&none, "root.key", &got, &err), CA_USAGE,
	    "root.key|--passin");
	FAILS(pass_for_new(&none, "root.key", &got, &no, &err), CA_USAGE,
	    "root.key|--passout|--no-passphrase");
	assert_int_equal(got.len, 0);
}

/* One command may open several keys with one line. */
static void
a_stream_is_kept_for_the_next_key(void **state)
{
	struct ca_buf kept = {0}, got = {0};
	int fd = stream("one\ntwo\n");
	char source[32];
	struct pass pass = {.term = &no_term, .passin = source, .kept = &kept};

	(void)state;
	(void)snprintf(source, sizeof(source), "fd:%d", fd);
	for (int i = 0; i < 2; i++) {
		WORKS(pass_for_opening(&pass, "a", &got, &err));
		assert_text(&got, "one");
	}
	ca_buf_free(&kept);
	assert_int_equal(close(fd), 0);
}

/* ---- for a new key ---- */

static enum ca_status
making(const char *passin, const char *passout, struct ca_buf *ret,
    struct ca_error *err)
{
	const struct pass pass = {
	    .term = &no_term, .passin = passin, .passout = passout};
	bool none = true;
	enum ca_status st = pass_for_new(&pass, "new.key", ret, &none, err);

	assert_false(none);
	return st;
}

static void
a_new_key_has_its_own_source(void **state)
{
	struct ca_buf got = {0};

	(void)state;
	write_file("in", BYTES("the old\n"));
	write_file("both", BYTES("the old\nthe new\n"));
	write_file("empty", BYTES("\n"));
	WORKS(making(NULL, "file:both", &got, &err));
	assert_text(&got, "the old");
	/* The same file for both: its second line, when there is one. */
	WORKS(making("file:both", "file:both", &got, &err));
	assert_text(&got, "the new");
	WORKS(making("file:in", "file:in", &got, &err));
	assert_text(&got, "the old");
	WORKS(making("file:in", "file:both", &got, &err));
	assert_text(&got, "the old");
	FAILS(making(NULL, "file:empty", &got, &err), CA_USAGE,
	    "--passout|empty|--no-passphrase");
	FAILS(making("file:empty", "file:empty", &got, &err), CA_USAGE,
	    "--passout|empty");
	FAILS(making(NULL, "pass:x", &got, &err), CA_USAGE,
	    "--passout|process list");
	ca_buf_free(&got);
}

/* The rule is one, whatever the source. */
static void
a_new_one_is_neither_short_nor_long_nor_odd(void **state)
{
	static char longest[1026], over[1027];
	const struct {
		struct ca_bytes line;
		const char *fault; /* NULL: it is taken */
	} cases[] = {{LITERAL("abc\n"), "4 to 1024 octets"},
	    {LITERAL("abcd\n"), NULL}, {LITERAL("a b \n"), NULL},
	    {LITERAL("gr\xc3\xbc\xc3\x9f\n"), NULL},
	    {LITERAL("ab\0cd\n"), "no control characters"},
	    {LITERAL("ab\tcd\n"), "no control characters"},
	    {LITERAL("abc\x7f\n"), "no control characters"},
	    {LITERAL("\x1b[Aabc\n"), "no control characters"},
	    {{(const uint8_t *)longest, 1025}, NULL},
	    {{(const uint8_t *)over, 1026}, "at most 1024 octets"}};

	(void)state;
	memset(longest, 'a', 1024);
	memset(over, 'a', 1025);
	longest[1024] = over[1025] = '\n';
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_bytes line = cases[i].line;
		struct ca_buf got = {0};
		char fd[32];
		int ends[2];

		write_file("new", line);
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], line.data, line.len), line.len);
		(void)snprintf(fd, sizeof(fd), "fd:%d", ends[0]);
		if (cases[i].fault == NULL) {
			WORKS(making(NULL, "file:new", &got, &err));
			assert_int_equal(got.len, line.len - 1);
			ca_buf_free(&got);
			WORKS(making(NULL, fd, &got, &err));
			assert_int_equal(got.len, line.len - 1);
		} else {
			FAILS(making(NULL, "file:new", &got, &err), CA_USAGE,
			    cases[i].fault);
			FAILS(making(NULL, fd, &got, &err), CA_USAGE,
			    cases[i].fault);
			assert_int_equal(got.len, 0);
		}
		ca_buf_free(&got);
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
	assert_int_equal(setenv("TEST_PASS", "abc", 1), 0);
	FAILS(making(NULL, "env:TEST_PASS", &(struct ca_buf){0}, &err),
	    CA_USAGE, "--passout env:TEST_PASS|4 to 1024");
	assert_int_equal(setenv("TEST_PASS", over, 1), 0);
	FAILS(making(NULL, "env:TEST_PASS", &(struct ca_buf){0}, &err),
	    CA_USAGE, "at most 1024");
	assert_int_equal(unsetenv("TEST_PASS"), 0);
}

/* A key of elsewhere may have a shorter one. */
static void
an_old_one_may_be_short(void **state)
{
	(void)state;
	write_file("old", BYTES("a\n"));
	assert_opens("file:old", "a");
}

static void
what_is_settled_is_not_asked_again(void **state)
{
	struct ca_buf settled = {0}, got = {0};
	struct pass pass = {.term = &no_term, .settled = &settled};
	bool none = true;

	(void)state;
	WORKS(ca_buf_append_text(&settled, "correct horse"));
	for (int i = 0; i < 2; i++) {
		WORKS(pass_for_new(&pass, "new.key", &got, &none, &err));
		assert_false(none);
		assert_text(&got, "correct horse");
	}
	pass.no_passphrase = true;
	WORKS(pass_for_new(&pass, "new.key", &got, &none, &err));
	assert_true(none);
	assert_int_equal(got.len, 0);
	ca_buf_free(&settled);
}

static void
no_passphrase_is_said_and_said_alone(void **state)
{
	struct pass pass = {.term = &no_term, .no_passphrase = true};
	struct ca_buf got = {0};
	bool none = false;

	(void)state;
	WORKS(pass_for_new(&pass, "new.key", &got, &none, &err));
	assert_true(none);
	assert_int_equal(got.len, 0);
	pass.passout = "env:HOME";
	FAILS(pass_for_new(&pass, "new.key", &got, &none, &err), CA_USAGE,
	    "--no-passphrase|--passout|exclude");
}

/* A process that goes on: nothing is asked or fetched. */
static void
of_what_is_held(void **state)
{
	struct ca_buf held = {0}, got = {0}, kept = {0};
	struct pass pass = {.term = &no_term, .passin = "env:TEST_PASS"};

	(void)state;
	assert_int_equal(setenv("TEST_PASS", "secret", 1), 0);
	pass_hold(&pass, &held);
	assert_int_equal(unsetenv("TEST_PASS"), 0);
	assert_bytes(ca_view(&held), ca_text("secret"));
	pass.held = &held;
	WORKS(pass_for_opening(&pass, "root.key", &got, &err));
	assert_text(&got, "secret");
	ca_buf_free(&held);
	FAILS(pass_for_opening(&pass, "root.key", &got, &err), CA_USAGE,
	    "root.key|is encrypted, and no passphrase is at hand");
	/* A stream that was not read is not read for it. */
	pass = (struct pass){
	    .term = &no_term, .passin = "fd:99", .kept = &kept};
	pass_hold(&pass, &held);
	assert_int_equal(held.len, 0);
	assert_int_equal(ca_buf_append(&kept, ca_text("from a stream")), CA_OK);
	pass_hold(&pass, &held);
	assert_bytes(ca_view(&held), ca_text("from a stream"));
	/* The terminal is asked key by key. */
	ca_buf_free(&held);
	pass = (struct pass){.term = &no_term};
	pass_hold(&pass, &held);
	assert_int_equal(held.len, 0);
	ca_buf_free(&kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_the_environment),
	    cmocka_unit_test(of_what_is_held),
	    IN_FOLDER(of_a_file),
	    cmocka_unit_test(of_a_descriptor),
	    cmocka_unit_test(of_standard_input),
	    cmocka_unit_test(of_nothing_else),
	    cmocka_unit_test(without_a_source_there_must_be_a_terminal),
	    cmocka_unit_test(a_stream_is_kept_for_the_next_key),
	    IN_FOLDER(a_new_key_has_its_own_source),
	    IN_FOLDER(a_new_one_is_neither_short_nor_long_nor_odd),
	    IN_FOLDER(an_old_one_may_be_short),
	    cmocka_unit_test(what_is_settled_is_not_asked_again),
	    cmocka_unit_test(no_passphrase_is_said_and_said_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

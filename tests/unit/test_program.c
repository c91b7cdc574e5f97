/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/program.h"

#include "tests/unit/folder.h"

static void
test_words_and_input(void **state)
{
	/* No shell is between: none of this is expanded. */
	const struct program_call echo = {
	    .name = "printf", .words = {"%s|", "$HOME", "a b", "*", "'"}};
	const struct program_call cat = {
	    .name = "cat", .input = {(const uint8_t *)"x\0y\n", 4}};
	struct ca_buf said = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(program_run(&echo, &said, &err), CA_OK);
	assert_string_equal(ca_buf_text(&said), "$HOME|a b|*|'|");
	ca_buf_clear(&said);
	assert_int_equal(program_run(&cat, &said, &err), CA_OK);
	assert_int_equal(said.len, 4);
	assert_memory_equal(said.data, "x\0y\n", 4);
	ca_buf_free(&said);
}

/* More than any pipe holds, both ways. */
static void
test_much(void **state)
{
	struct ca_buf much = {0}, said = {0};
	struct program_call cat = {.name = "cat"};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_buf_reserve(&much, 1 << 20), CA_OK);
	memset(much.data, 'a', 1 << 20);
	much.len = 1 << 20;
	cat.input = ca_view(&much);
	assert_int_equal(program_run(&cat, &said, &err), CA_OK);
	assert_true(ca_bytes_equal(ca_view(&said), ca_view(&much)));
	ca_buf_free(&much);
	ca_buf_free(&said);
}

static void
test_failures(void **state)
{
	static const struct {
		const char *script, *message;
	} cases[] = {
	    {"exit 3", "sh: failed with exit code 3: "},
	    {"echo first >&2; echo last >&2; exit 1",
		"sh: failed with exit code 1: last"},
	    {"echo 'sh: an Error here' >&2; echo last >&2; exit 1",
		"sh: failed with exit code 1: an Error here"},
	    {"echo 'keytool error: no' ; exit 1",
		"sh: failed with exit code 1: keytool error: no"},
	    {"kill -9 $$", "sh: was ended by signal 9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct program_call call = {
		    .name = "sh", .words = {"-c", cases[i].script}};
		struct ca_buf said = {0};
		struct ca_error err = {0};

		assert_int_equal(program_run(&call, &said, &err), CA_IO);
		assert_string_equal(err.msg, cases[i].message);
		assert_int_equal(said.len, 0);
		ca_buf_free(&said);
	}
}

static void
test_environment(void **state)
{
	const struct program_call call = {.name = "sh",
	    .words = {"-c", "echo $LC_ALL.$MORE.$PROGRAM_SECRET."},
	    .variable = "MORE=more"};
	struct ca_buf said = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(setenv("PROGRAM_SECRET", "x", 1), 0);
	assert_int_equal(program_run(&call, &said, &err), CA_OK);
	assert_string_equal(ca_buf_text(&said), "C.more..\n");
	ca_buf_free(&said);
	(void)unsetenv("PROGRAM_SECRET");
}

static void
test_finding(void **state)
{
	const struct program_call none = {.name = "no-such-program"};
	struct ca_buf path = {0};
	struct ca_error err = {0};
	char *before = strdup(getenv("PATH"));

	(void)state;
	assert_non_null(before);
	assert_int_equal(program_run(&none, NULL, &err), CA_NOT_FOUND);
	assert_string_equal(err.msg, "no-such-program: is not installed");
	/* Root's programs are found without sbin in PATH, and nothing is
	 * found in the folder one stands in. */
	assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
	assert_int_equal(program_find("ldconfig", &path, NULL), CA_OK);
	assert_non_null(strstr(ca_buf_text(&path), "sbin/ldconfig"));
	assert_int_equal(setenv("PATH", ":", 1), 0);
	assert_int_equal(program_find("sh", &path, NULL), CA_NOT_FOUND);
	assert_int_equal(setenv("PATH", before, 1), 0);
	ca_buf_free(&path);
	free(before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_and_input),
	    cmocka_unit_test(test_much),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

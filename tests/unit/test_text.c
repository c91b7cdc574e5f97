/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/text.h"

#include "tests/unit/folder.h"

static void
assert_page(struct text *text, const char *expected)
{
	assert_int_equal(text->status, CA_OK);
	assert_string_equal(text_get(text), expected);
	text_done(text);
}

static void
a_page_is_built(void **state)
{
	struct text text = {0};

	(void)state;
	assert_page(&text, "");
	text_add(&text, "%s %d\n", "serial", 7);
	text_add_hex(&text, BYTES("\x01\xab"));
	text_add(&text, " ");
	text_add_fingerprint(&text, BYTES("\x01\xab\xff"));
	text_add_fingerprint(&text, (struct ca_bytes){0});
	assert_page(&text, "serial 7\n01ab 01:AB:FF");
	text_done(&text);
}

/* checklist 55 */
static void
what_comes_from_outside_is_made_safe(void **state)
{
	struct text text = {0};

	(void)state;
	text_add_safe(&text, BYTES("a\x1b[31m\nb\x00\xff\xc3\xa9"));
	assert_page(&text, "a\\x1B[31m\\x0Ab\\x00\\xFF\xc3\xa9");
}

static void
a_line_is_cut_between_letters(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		const char *cut;
	} cases[] = {{"company.com", 11, "company.com"},
	    {"company.com", 10, "company..."},
	    {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 5,
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"},
	    {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4, "\xc3\xa9..."},
	    {"", 4, ""}, {"company.com", 0, "company.com"}};
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		text_add_cut(&text, ca_text(cases[i].text), cases[i].room);
		assert_page(&text, cases[i].cut);
	}
}

/* The first error stays, and nothing is added any more. */
static void
a_word_for_a_shell(void **state)
{
	static const char *const words[][2] = {{"a.csr", "a.csr"},
	    {"/srv/pki", "/srv/pki"}, {"", "\"\""}, {"a b", "\"a b\""},
	    {"it's", "\"it's\""}, {"$HOME", "'$HOME'"}, {"a\"b", "'a\"b'"},
	    {"'$'", "''\\''$'\\'''"}, {"~/pki", "\"~/pki\""},
	    {"K\xc3\xb6ln", "K\xc3\xb6ln"}, {"a\nb", "'a\nb'"},
	    {"a!b", "'a!b'"}};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct text text = {0};

		text_add_shell(&text, words[i][0]);
		assert_string_equal(text_get(&text), words[i][1]);
		text_done(&text);
	}
}

static void
an_error_sticks(void **state)
{
	struct text text = {0};

	(void)state;
	text_add(&text, "a");
	text_status(&text, CA_MEMORY);
	text_status(&text, CA_IO);
	text_add(&text, "b");
	text_add_safe(&text, BYTES("b"));
	text_add_hex(&text, BYTES("b"));
	text_add_cut(&text, BYTES("b"), 9);
	assert_int_equal(text.status, CA_MEMORY);
	assert_int_equal(text.buf.len, 1);
	assert_string_equal(text_get(&text), "?");
	FAILS(text_print(&text, &err), CA_MEMORY, "out of memory");
	assert_int_equal(text.status, CA_OK);
}

static void
a_page_is_printed_whole_or_not(void **state)
{
	int out = dup(STDOUT_FILENO), fd;
	struct ca_error said = {0};
	struct text text = {0};
	struct ca_buf got;
	enum ca_status st;

	(void)state;
	(void)fflush(stdout);
	fd = open("page", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	text_add(&text, "hello\n");
	assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	st = text_print(&text, NULL);
	assert_int_equal(close(fd), 0);
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	text_add(&text, "hello\n");
	if (st == CA_OK && text_print(&text, &said) != CA_IO)
		st = CA_INTERNAL;
	assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
	(void)close(out);
	(void)close(fd);
	assert_int_equal(st, CA_OK);
	assert_says(said.msg, "standard output|No space");
	assert_null(text.buf.data);
	got = read_file("page");
	assert_text(&got, "hello\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_is_built),
	    cmocka_unit_test(what_comes_from_outside_is_made_safe),
	    cmocka_unit_test(a_line_is_cut_between_letters),
	    cmocka_unit_test(a_word_for_a_shell),
	    cmocka_unit_test(an_error_sticks),
	    IN_FOLDER(a_page_is_printed_whole_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

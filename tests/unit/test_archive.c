/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * archive: what is written is read again, other programs read it, and nothing
 * else is taken.
 */
#include "tests/unit/folder.h"

#include "cli/archive.h"

#define TIME INT64_C(1800000000)

static enum ca_status
write_buf(void *ctx, struct ca_bytes data, struct ca_error *err)
{
	(void)err;
	return ca_buf_append(ctx, data);
}

static enum ca_status
read_view(void *ctx, uint8_t *data, size_t room, size_t *ret_len,
    struct ca_error *err)
{
	struct ca_bytes *view = ctx;

	(void)err;
	*ret_len = room < view->len ? room : view->len;
	if (*ret_len > 0)
		memcpy(data, view->data, *ret_len);
	view->data += *ret_len;
	view->len -= *ret_len;
	return CA_OK;
}

struct file {
	const char *name;
	struct ca_bytes content;
};

static void
put(struct archive_out *out, const char *name, struct ca_bytes content)
{
	WORKS(archive_begin(out, name, (int64_t)content.len, &err));
	WORKS(archive_put(out, content, &err));
}

static void
write_archive(struct ca_buf *buf, const struct file *files, size_t count)
{
	struct archive_out out = {.write = write_buf, .ctx = buf, .time = TIME};

	for (size_t i = 0; i < count; i++)
		put(&out, files[i].name, files[i].content);
	WORKS(archive_end(&out, &err));
}

/* Reads to the end; how many members. */
static enum ca_status
read_all(struct ca_bytes whole, size_t *ret_count, struct ca_error *err)
{
	struct archive_in in = {.read = read_view, .ctx = &whole};
	struct archive_member member;
	uint8_t data[100];
	size_t len = 1;
	bool end = false;
	enum ca_status st;

	*ret_count = 0;
	while ((st = archive_next(&in, &member, &end, err)) == CA_OK && !end) {
		++*ret_count;
		for (len = 1; st == CA_OK && len > 0;)
			st = archive_take(&in, data, sizeof(data), &len, err);
		if (st != CA_OK)
			break;
	}
	return st;
}

static const struct file sample[] = {
    {"ledger.db", LITERAL("0123456789")},
    {"keys/root.key", LITERAL("")},
    {"crl/issuing.3-2.delta.crl", LITERAL("abc\0def")},
};

static void
what_is_written_is_read(void **state)
{
	struct ca_buf buf = {0};
	struct ca_bytes view;
	struct archive_in in = {.read = read_view, .ctx = &view};
	struct archive_member member;
	uint8_t data[64];
	size_t len = 0;
	bool end = false;

	(void)state;
	write_archive(&buf, sample, COUNT(sample));
	assert_int_equal(buf.len % ARCHIVE_BLOCK, 0);
	view = ca_view(&buf);
	for (size_t i = 0; i < COUNT(sample); i++) {
		WORKS(archive_next(&in, &member, &end, &err));
		assert_false(end);
		assert_string_equal(member.name, sample[i].name);
		assert_int_equal(member.size, sample[i].content.len);
		WORKS(archive_take(&in, data, sizeof(data), &len, &err));
		assert_bytes((struct ca_bytes){data, len}, sample[i].content);
	}
	WORKS(archive_next(&in, &member, &end, &err));
	assert_true(end);
	assert_int_equal(in.time, TIME);
	ca_buf_free(&buf);
}

static void
tar_reads_it(void **state)
{
	char name[101 + 9];
	struct ca_buf buf = {0}, said;
	struct archive_out out = {
	    .write = write_buf, .ctx = &buf, .time = TIME};

	(void)state;
	need_program("tar", "--version");
	/* A name that needs the prefix. */
	memset(name, 'a', sizeof(name));
	memcpy(name, "policies/", 9);
	name[sizeof(name) - 1] = '\0';
	put(&out, "ledger.db", BYTES("0123456789"));
	put(&out, name, BYTES("x"));
	WORKS(archive_end(&out, &err));
	write_file("a.tar", ca_view(&buf));
	ASSERT_RUNS("tar", "--list", "--file=a.tar");
	said = read_file("output");
	assert_non_null(strstr(ca_buf_text(&said), "ledger.db\n"));
	assert_non_null(strstr(ca_buf_text(&said), name));
	ca_buf_free(&buf);
	ca_buf_free(&said);
}

/* A member above 8 GiB: its headers alone, as its octets would be too many. */
static void
a_large_member_has_a_pax_header(void **state)
{
	static const int64_t sizes[] = {INT64_C(077777777777),
	    INT64_C(0100000000000), INT64_C(12345678901234)};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct ca_buf buf = {0};
		struct archive_out out = {
		    .write = write_buf, .ctx = &buf, .time = TIME};
		struct ca_bytes view;
		struct archive_in in = {.read = read_view, .ctx = &view};
		struct archive_member member;
		bool end = false;

		WORKS(archive_begin(&out, "ledger.db", sizes[i], &err));
		assert_int_equal(
		    buf.len, (i == 0 ? 1 : 3) * (size_t)ARCHIVE_BLOCK);
		view = ca_view(&buf);
		WORKS(archive_next(&in, &member, &end, &err));
		assert_string_equal(member.name, "ledger.db");
		assert_true(member.size == sizes[i]);
		/* Its octets are not there. */
		FAILS(archive_next(&in, &member, &end, &err), CA_MALFORMED,
		    "is cut off");
		ca_buf_free(&buf);
	}
}

static void
names(void **state)
{
	static const char *const bad[] = {"", "/", "/etc/passwd", "../x", "..",
	    ".", "keys/../x", "keys/", "/keys", "keys//x", "a/b/c", "keys/.x",
	    ".keys/x", "a b", "a\nb", "a\\b", "\xc3\xa4", "keys/a\x7f"};

	(void)state;
	for (size_t i = 0; i < COUNT(sample); i++)
		WORKS(archive_check_name(sample[i].name, &err));
	for (size_t i = 0; i < COUNT(bad); i++)
		FAILS(archive_check_name(bad[i], &err), CA_REFUSED,
		    "no name of a file");
}

static void
every_cut_is_noticed(void **state)
{
	struct ca_buf buf = {0};
	size_t count;

	(void)state;
	write_archive(&buf, sample, COUNT(sample));
	for (size_t len = 0; len < buf.len; len++)
		FAILS(read_all((struct ca_bytes){buf.data, len}, &count, &err),
		    CA_MALFORMED, "is cut off");
	WORKS(read_all(ca_view(&buf), &count, &err));
	assert_int_equal(ca_buf_append_text(&buf, "x"), CA_OK);
	FAILS(read_all(ca_view(&buf), &count, &err), CA_MALFORMED,
	    "goes on behind its end");
	ca_buf_free(&buf);
}

/* All but the members' own octets, which their hashes guard. */
static bool
is_content(size_t at)
{
	return (at >= 512 && at < 522) || (at >= 2048 && at < 2055);
}

static void
every_flipped_bit_is_noticed(void **state)
{
	struct ca_buf buf = {0};
	size_t count;

	(void)state;
	write_archive(&buf, sample, COUNT(sample));
	for (size_t at = 0; at < buf.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ca_error err = {0};

			buf.data[at] ^= (uint8_t)(1U << bit);
			if ((read_all(ca_view(&buf), &count, &err) == CA_OK) !=
			    is_content(at))
				fail_msg("octet %zu, bit %u", at, bit);
			buf.data[at] ^= (uint8_t)(1U << bit);
		}
	ca_buf_free(&buf);
}

/* A header with another octet in it, its checksum made right again. */
static void
set_octets(struct ca_buf *buf, size_t at, const char *text)
{
	uint64_t sum = 0;

	memcpy(buf->data + at, text, strlen(text));
	memset(buf->data + 148, ' ', 8);
	for (size_t i = 0; i < ARCHIVE_BLOCK; i++)
		sum += buf->data[i];
	(void)snprintf((char *)buf->data + 148, 8, "%06o", (unsigned)sum);
	buf->data[155] = ' ';
}

static void
what_others_write_is_refused(void **state)
{
	static const struct {
		size_t at;
		const char *text;
		enum ca_status status;
		const char *words;
	} rows[] = {
	    {0, "/edger.db", CA_REFUSED, "no name of a file"},
	    {0, "../../.db", CA_REFUSED, "no name of a file"},
	    {156, "1", CA_REFUSED, "ledger.db: is a link"},
	    {156, "2", CA_REFUSED, "is a link"},
	    {156, "3", CA_REFUSED, "is a device"},
	    {156, "4", CA_REFUSED, "is a device"},
	    {156, "5", CA_REFUSED, "is a folder"},
	    {156, "6", CA_REFUSED, "is a FIFO"},
	    {156, "L", CA_REFUSED, "is no plain file"},
	    {156, "x", CA_REFUSED, "is a header that no backup has"},
	    {157, "target", CA_MALFORMED, "another program"},
	    {100, "0004755", CA_MALFORMED, "another program"},
	    {108, "0001750", CA_MALFORMED, "another program"},
	    {124, "77777777777", CA_MALFORMED, "is cut off"},
	    {124, "-7777777777", CA_MALFORMED, "another program"},
	    {265, "root", CA_MALFORMED, "another program"},
	    {500, "x", CA_MALFORMED, "another program"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ca_buf buf = {0};
		size_t count;

		write_archive(&buf, sample, 1);
		set_octets(&buf, rows[i].at, rows[i].text);
		FAILS(read_all(ca_view(&buf), &count, &err), rows[i].status,
		    rows[i].words);
		ca_buf_free(&buf);
	}
	FAILS(read_all(BYTES("SQLite format 3"), &(size_t){0}, &err),
	    CA_MALFORMED, "is cut off");
}

static void
a_writer_keeps_its_word(void **state)
{
	struct ca_buf buf = {0};
	struct archive_out out = {
	    .write = write_buf, .ctx = &buf, .time = TIME};

	(void)state;
	FAILS(archive_begin(&out, "../x", 1, &err), CA_REFUSED, "../x");
	WORKS(archive_begin(&out, "ledger.db", 3, &err));
	FAILS(archive_put(&out, BYTES("abcd"), &err), CA_INTERNAL, "more");
	FAILS(archive_end(&out, &err), CA_INTERNAL, "fewer");
	FAILS(archive_begin(&out, "x", 1, &err), CA_INTERNAL, "x");
	ca_buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    IN_FOLDER(tar_reads_it),
	    cmocka_unit_test(a_large_member_has_a_pax_header),
	    cmocka_unit_test(names),
	    cmocka_unit_test(every_cut_is_noticed),
	    cmocka_unit_test(every_flipped_bit_is_noticed),
	    cmocka_unit_test(what_others_write_is_refused),
	    cmocka_unit_test(a_writer_keeps_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The 38 paths of NIST's PKITS section 4.13, name constraints: each
 * certificate of a path against the constraints of every one above it.
 */
#include "ca/cert.h"
#include "ca/constraints.h"
#include "tests/unit/bytes.h"
#include "tests/unit/corpora.h"

#define MAX_PATH 8
#define TESTS 38

struct path {
	struct ca_buf file[MAX_PATH];
	struct ca_cert cert[MAX_PATH];
	size_t count;
};

static void
add_cert(struct path *path, const char *name, size_t len)
{
	struct ca_buf *file = &path->file[path->count];
	char where[256];

	assert_true(path->count < MAX_PATH);
	assert_true(snprintf(where, sizeof(where), "pkits/certs/%.*s.crt",
			(int)len, name) < (int)sizeof(where));
	*file = corpora_file(where);
	assert_int_equal(
	    ca_cert_parse(ca_view(file), &path->cert[path->count], NULL),
	    CA_OK);
	path->count++;
}

/* RFC 5280 6.1.3 (b): a self-issued authority is not held against them. */
static bool
is_exempt(const struct path *path, size_t i)
{
	return i + 1 < path->count &&
	    ca_bytes_equal(path->cert[i].subject, path->cert[i].issuer);
}

static enum ca_status
check_path(const struct path *path)
{
	enum ca_status st = CA_OK;

	for (size_t i = 1; i < path->count && st == CA_OK; i++) {
		const struct ca_cert *cert = &path->cert[i];

		if (is_exempt(path, i))
			continue;
		for (size_t above = 0; above < i && st == CA_OK; above++)
			if (path->cert[above].name_constraints.len > 0)
				st = ca_constraints_check_cert(
				    path->cert[above].name_constraints,
				    cert->subject, cert->sans, false, NULL);
	}
	return st;
}

/* test TAB title TAB verdict TAB certificates, with commas between */
static bool
run_line(const char *line, size_t len)
{
	struct path path = {0};
	const char *at[4] = {line};
	enum ca_status expected, st;
	size_t end;

	if (len < 5 || strncmp(line, "4.13.", 5) != 0)
		return false;
	for (int i = 1; i < 4; i++)
		at[i] = strchr(at[i - 1], '\t') + 1;
	expected = strncmp(at[2], "valid", 5) == 0 ? CA_OK : CA_REFUSED;
	for (const char *name = at[3];; name += end + 1) {
		end = strcspn(name, ",\t");
		add_cert(&path, name, end);
		if (name[end] != ',')
			break;
	}
	st = check_path(&path);
	if (st != expected)
		fail_msg(
		    "PKITS %.7s: %d, not %d", line, (int)st, (int)expected);
	for (size_t i = 0; i < path.count; i++)
		ca_buf_free(&path.file[i]);
	return true;
}

/* checklist 56 */
static void
the_verdicts_are_pkits(void **state)
{
	(void)state;
	struct ca_buf manifest;
	size_t done = 0;

	need_corpora();
	manifest = corpora_file("pkits/MANIFEST.tsv");
	for (const char *line = ca_buf_text(&manifest); *line != '\0';) {
		size_t len = strcspn(line, "\n");

		done += run_line(line, len);
		line += len + (line[len] == '\n');
	}
	assert_int_equal(done, TESTS);
	ca_buf_free(&manifest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_verdicts_are_pkits),
	};

	return corpora_result(cmocka_run_group_tests(tests, NULL, NULL));
}

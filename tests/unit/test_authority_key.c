/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_key.h"
#include "cli/file.h"
#include "tests/unit/authority_fixture.h"

#define REF "keys/issuing.key"

static void
place_of(const struct lab *l, char ret[400])
{
	(void)snprintf(ret, 400, "%s/" REF, l->home);
}

static enum ca_status
change(struct lab *l, bool asked, bool *ret_recorded_only)
{
	const struct ca_kdf kdf = {
	    .kind = CA_KDF_SCRYPT, .n = 16384, .r = 8, .p = 1};
	char path[400];
	const struct key_change order = {
	    .path = path, .ref = REF, .kdf = &kdf, .asked = asked};

	place_of(l, path);
	return authority_key_change(
	    l->a, &order, &l->pass, ret_recorded_only, &l->err);
}

static void
put(struct lab *l, struct ca_bytes content)
{
	char path[400];

	place_of(l, path);
	LAB_OK(
	    l, file_write(path, content, FILE_PRIVATE, FILE_REPLACE, &l->err));
}

static struct ca_buf
get(struct lab *l, const char *name)
{
	struct ca_buf ret = {0};
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/%s", l->home, name);
	LAB_OK(l, file_read(path, 65536, &ret, &l->err));
	return ret;
}

static void
is_encrypted_and_recorded(void **state)
{
	struct lab *l = *state;
	struct ca_buf file;
	bool recorded_only = true;

	l->now += 100;
	l->pass.no_passphrase = false;
	l->pass.passout = "env:SIGNET_TEST_PASS";
	LAB_OK(l, change(l, true, &recorded_only));
	assert_false(recorded_only);
	file = get(l, "issuing.key");
	assert_true(ca_key_pem_is_encrypted(ca_view(&file)));
	ca_buf_free(&file);
	lab_audit_clean(l);
	LAB_FAILS(l, change(l, true, &recorded_only), CA_USAGE, "no terminal");
	l->pass.passin = "env:SIGNET_TEST_PASS";
	l->pass.passout = NULL;
	l->pass.no_passphrase = true;
	LAB_OK(l, change(l, true, &recorded_only));
	file = get(l, "issuing.key");
	assert_false(ca_key_pem_is_encrypted(ca_view(&file)));
	ca_buf_free(&file);
	lab_audit_clean(l);
}

/* As after another program's work, or a kill between file and ledger. */
static void
is_recorded_as_it_is(void **state)
{
	struct lab *l = *state;
	struct ca_buf file = get(l, "issuing.key"), after;
	bool recorded_only = false;

	assert_int_equal(ca_buf_append_text(&file, "\n"), CA_OK);
	put(l, ca_view(&file));
	LAB_OK(l, change(l, false, &recorded_only));
	assert_true(recorded_only);
	after = get(l, "issuing.key");
	assert_bytes(ca_view(&after), ca_view(&file));
	ca_buf_free(&after);
	ca_buf_free(&file);
	lab_audit_clean(l);
}

static void
another_key_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf other = get(l, "root.key"), rows = lab_rows(l), after;
	bool recorded_only;

	put(l, ca_view(&other));
	LAB_FAILS(l, change(l, false, &recorded_only), CA_REFUSED,
	    REF "|another key|nothing was changed|backup");
	LAB_FAILS(l, change(l, true, &recorded_only), CA_REFUSED,
	    REF "|another key|nothing was changed|backup");
	after = get(l, "issuing.key");
	assert_bytes(ca_view(&after), ca_view(&other));
	lab_same_rows(l, &rows);
	ca_buf_free(&after);
	ca_buf_free(&other);
}

#define WITH_LAB(name) \
	cmocka_unit_test_setup_teardown(name, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(is_encrypted_and_recorded),
	    WITH_LAB(is_recorded_as_it_is),
	    WITH_LAB(another_key_is_refused),
	};

	if (setenv("SIGNET_TEST_PASS", "correct horse", 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

static void
keeps_policy_texts(void **state)
{
	struct fixture *f = *state;
	struct ca_buf text = {0};

	assert_ok(f, ca_buf_append_text(&text, "> "));
	assert_ok(
	    f, ledger_get_policy(f->ledger, hash_of(0x50), &text, &f->err));
	assert_string_equal(ca_buf_text(&text), "> [policy]\n");
	begin(f);
	put_policy(f); /* again */
	/* checklist 69: a hash has one text for ever */
	assert_ok(f,
	    ledger_put_policy(f->ledger, hash_of(0x50), "client",
		BYTES("other"), NOW, &f->err));
	assert_ok(f,
	    ledger_put_policy(
		f->ledger, hash_of(0x51), "empty", BYTES(""), NOW, &f->err));
	commit(f);
	ca_buf_clear(&text);
	assert_ok(
	    f, ledger_get_policy(f->ledger, hash_of(0x50), &text, &f->err));
	assert_string_equal(ca_buf_text(&text), "[policy]\n");
	ca_buf_clear(&text);
	assert_ok(
	    f, ledger_get_policy(f->ledger, hash_of(0x51), &text, &f->err));
	assert_int_equal(text.len, 0);
	assert_fails(f,
	    ledger_get_policy(f->ledger, hash_of(1), &text, &f->err),
	    CA_NOT_FOUND, "no policy");
	ca_buf_free(&text);
}

static void
refuses_a_hash_that_is_none(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_fails(f,
	    ledger_put_policy(
		f->ledger, BYTES("short"), "p", BYTES("t"), NOW, &f->err),
	    CA_INTERNAL, "policy_hash_length");
	ledger_rollback(f->ledger);
	begin(f);
	assert_fails(f,
	    ledger_put_key_file(
		f->ledger, "k", (struct ca_bytes){0}, hash_of(1), NOW, &f->err),
	    CA_INTERNAL, "key_file.hash");
	ledger_rollback(f->ledger);
}

static void
remembers_key_files(void **state)
{
	struct fixture *f = *state;
	struct ca_buf hash = {0};

	begin(f);
	assert_ok(f,
	    ledger_put_key_file(
		f->ledger, "keys/a.key", hash_of(1), hash_of(2), NOW, &f->err));
	assert_ok(f,
	    ledger_put_key_file(f->ledger, "keys/a.key", hash_of(3),
		(struct ca_bytes){0}, NOW, &f->err));
	commit(f);
	assert_ok(
	    f, ledger_get_key_file(f->ledger, "keys/a.key", &hash, &f->err));
	assert_true(ca_bytes_equal(ca_view(&hash), hash_of(3)));
	assert_fails(f,
	    ledger_get_key_file(f->ledger, "keys/b.key", &hash, &f->err),
	    CA_NOT_FOUND, "keys/b.key");
	ca_buf_free(&hash);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(keeps_policy_texts),
	    WITH_LEDGER(refuses_a_hash_that_is_none),
	    WITH_LEDGER(remembers_key_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

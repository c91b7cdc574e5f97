/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backup_manifest: one text for one manifest, and which members there may be.
 */
#include "tests/unit/folder.h"

#include "cli/backup_manifest.h"

static void
fill(struct backup_manifest *m)
{
	const uint8_t hash[BACKUP_HASH] = {1, 2, 0xfe};

	*m = (struct backup_manifest){.time = 1800000000,
	    .events = 12,
	    .certificates = 3,
	    .root = {0xab}};
	WORKS(backup_manifest_add_issuer(m, "root", 0, &err));
	WORKS(backup_manifest_add_issuer(m, "issuing", 7, &err));
	WORKS(backup_manifest_add_file(m, "ledger.db", hash, &err));
	WORKS(backup_manifest_add_file(m, "keys/root.key", hash, &err));
}

static void
what_is_written_is_read(void **state)
{
	struct backup_manifest m, back;
	struct ca_buf text = {0}, again = {0};

	(void)state;
	fill(&m);
	WORKS(backup_manifest_append(&m, &text, &err));
	WORKS(backup_manifest_parse(ca_view(&text), &back, &err));
	assert_true(back.time == 1800000000);
	assert_int_equal(back.events, 12);
	assert_int_equal(back.certificates, 3);
	assert_int_equal(back.root[0], 0xab);
	assert_int_equal(back.issuer_count, 2);
	assert_string_equal(back.issuers[1].name, "issuing");
	assert_int_equal(back.issuers[1].number, 7);
	assert_int_equal(back.file_count, 2);
	assert_string_equal(back.files[1].name, "keys/root.key");
	assert_int_equal(back.files[0].hash[2], 0xfe);
	WORKS(backup_manifest_append(&back, &again, &err));
	assert_bytes(ca_view(&again), ca_view(&text));
	backup_manifest_done(&m);
	backup_manifest_done(&back);
	ca_buf_free(&text);
	ca_buf_free(&again);
}

static void
every_cut_and_flipped_bit_is_noticed(void **state)
{
	struct backup_manifest m, back;
	struct ca_buf text = {0};

	(void)state;
	fill(&m);
	WORKS(backup_manifest_append(&m, &text, &err));
	for (size_t len = 0; len < text.len; len++)
		FAILS(backup_manifest_parse(
			  (struct ca_bytes){text.data, len}, &back, &err),
		    CA_MALFORMED, "MANIFEST: ");
	for (size_t at = 0; at < text.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ca_error err = {0};

			text.data[at] ^= (uint8_t)(1U << bit);
			if (backup_manifest_parse(
				ca_view(&text), &back, &err) == CA_OK)
				fail_msg("octet %zu, bit %u", at, bit);
			assert_true(err.msg[0] != '\0');
			text.data[at] ^= (uint8_t)(1U << bit);
		}
	backup_manifest_done(&m);
	ca_buf_free(&text);
}

static void
refused(void **state)
{
	const uint8_t hash[BACKUP_HASH] = {0};
	struct backup_manifest m, back;

	(void)state;
	FAILS(backup_manifest_parse(BYTES("# signet backup 2\n"), &back, &err),
	    CA_REFUSED, "version 2|newer signet");
	fill(&m);
	FAILS(backup_manifest_add_file(&m, "ledger.db", hash, &err), CA_REFUSED,
	    "ledger.db: is in it twice");
	for (int i = 2; i < BACKUP_ISSUERS_MAX; i++)
		WORKS(backup_manifest_add_issuer(&m, "a", i, &err));
	FAILS(backup_manifest_add_issuer(&m, "a", 1, &err), CA_REFUSED,
	    "more authorities");
	backup_manifest_done(&m);
}

static void
members(void **state)
{
	static const struct {
		struct archive_member member;
		bool good;
	} rows[] = {
	    {{"ledger.db", INT64_C(1) << 40}, true},
	    {{"MANIFEST", 1000}, true},
	    {{"MANIFEST", 5 * 1024 * 1024}, false},
	    {{"keys/root.key", 65536}, true},
	    {{"keys/root.key", 65537}, false},
	    {{"policies/a.policy", 100}, true},
	    {{"crl/a.crl", 38000000}, true},
	    {{"crl/a.crl", INT64_C(100000000)}, false},
	    {{"log/checkpoint", 100}, true},
	    {{"issued/a.key", 100}, false},
	    {{"ledger.db-wal", 100}, false},
	    {{"init.lock", 0}, false},
	    {{"bin/x", 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ca_error err = {0};

		assert_int_equal(backup_check_member(&rows[i].member, &err),
		    rows[i].good ? CA_OK : CA_REFUSED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(every_cut_and_flipped_bit_is_noticed),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

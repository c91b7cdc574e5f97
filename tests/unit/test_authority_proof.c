/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checklist 95: a CRL is verified before it is out, large or small. */
#include "tests/unit/lab.h"

#include "ca/tbs_crl.h"
#include "cli/authority_proof.h"

#define SMALL 3
#define LARGE 20000 /* some 700 KiB */
#define NUMBER 7

static struct ca_buf
list_of(struct lab *lab, size_t count)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(&lab->mid.cert.spki);
	const struct ca_crl_order order = {.number = NUMBER,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + CA_DAY};
	struct ca_crl_writer writer = {0};
	struct ca_buf list = {0};

	LAB_OK(ca_crl_begin(&writer, &lab->mid.cert, &alg, &order, &lab_err));
	for (size_t i = 0; i < count; i++) {
		const uint8_t serial[] = {
		    1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		const struct ca_crl_entry entry = {
		    .serial = {serial, sizeof(serial)},
		    .revoked_at = LAB_NOW,
		    .reason = CA_REASON_SUPERSEDED,
		    .invalid_since = INT64_MIN};

		LAB_OK(ca_crl_put(&writer, &entry, &lab_err));
	}
	LAB_OK(ca_crl_end(&writer, &list, &lab_err));
	ca_crl_discard(&writer);
	LAB_OK(ca_sign_list(&list, lab->mid.key, &alg, lab->rng, &lab_err));
	return list;
}

static enum ca_status
prove(const struct ca_buf *list, const struct ca_cert *issuer, uint64_t number,
    struct ca_error *err)
{
	struct proof proof;

	proof_begin(&proof, ca_view(list), issuer, number);
	return proof_end(&proof, err);
}

static void
proves_what_was_made(void **state)
{
	struct lab *lab = *state;

	for (size_t count = SMALL; count <= LARGE; count += LARGE - SMALL) {
		struct ca_buf list = list_of(lab, count);

		LAB_OK(prove(&list, &lab->mid.cert, NUMBER, &lab_err));
		ca_buf_free(&list);
	}
}

static void
finds_what_was_not(void **state)
{
	struct lab *lab = *state;

	for (size_t count = SMALL; count <= LARGE; count += LARGE - SMALL) {
		struct ca_buf list = list_of(lab, count);
		/* a serial's octet, the signature's last, a tag */
		const size_t at[] = {list.len / 2, list.len - 1, 0};

		for (size_t i = 0; i < LAB_COUNT(at); i++) {
			struct ca_error err = {0};

			list.data[at[i]] ^= 1;
			assert_int_not_equal(
			    prove(&list, &lab->mid.cert, NUMBER, &err), CA_OK);
			assert_int_not_equal(err.status, CA_OK);
			list.data[at[i]] ^= 1;
		}
		LAB_SAYS(prove(&list, &lab->mid.cert, NUMBER + 1, &lab_err),
		    CA_INTERNAL, "not the one that was made");
		LAB_SAYS(prove(&list, &lab->root.cert, NUMBER, &lab_err),
		    CA_UNTRUSTED, "signature");
		ca_buf_free(&list);
	}
}

/* The first reason stays: what failed beside it came before. */
static void
keeps_an_earlier_reason(void **state)
{
	struct lab *lab = *state;
	struct ca_buf list = list_of(lab, SMALL);
	struct ca_error err = {0};

	assert_int_equal(ca_fail(&err, CA_IO, "before"), CA_IO);
	assert_int_equal(
	    prove(&list, &lab->root.cert, NUMBER, &err), CA_UNTRUSTED);
	assert_string_equal(err.msg, "before");
	ca_buf_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(proves_what_was_made),
	    cmocka_unit_test(finds_what_was_not),
	    cmocka_unit_test(keeps_an_earlier_reason),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cli/serve/answer.h"
#include "tests/unit/bytes.h"

#define NOW INT64_C(1700000000)

static struct answer *
made(int64_t this_update, int64_t next_update, const char *text)
{
	return answer_new(&(struct answer_order){.der = ca_text(text),
	    .cacheable = true,
	    .now = NOW,
	    .this_update = this_update,
	    .next_update = next_update});
}

static const char *
header(struct MHD_Response *response, const char *name)
{
	assert_non_null(response);
	return MHD_get_response_header(response, name);
}

static void
says(struct MHD_Response *response, const char *name, const char *value)
{
	const char *got = header(response, name);

	assert_non_null(got);
	assert_string_equal(got, value);
}

/* checklist 111: RFC 5019 6.2 */
static void
a_get_may_be_kept(void **state)
{
	struct answer *answer = made(NOW - 60, NOW + 43200, "answer");
	struct MHD_Response *get = answer_to_get(answer);

	(void)state;
	says(get, "Content-Type", "application/ocsp-response");
	says(get, "Last-Modified", "Tue, 14 Nov 2023 22:12:20 GMT");
	says(get, "Expires", "Wed, 15 Nov 2023 10:13:20 GMT");
	says(get, "ETag", answer_etag(answer));
	says(get, "Cache-Control",
	    "max-age=300, public, no-transform, must-revalidate");
	assert_int_equal(answer_refresh_at(answer), NOW + 21600);
	/* Made once. */
	assert_ptr_equal(answer_to_get(answer), get);
	answer_release(answer);
}

/* To a client that has it, what it may be kept for is said again. */
static void
not_modified_says_for_how_long(void **state)
{
	struct answer *answer = made(NOW, NOW + 43200, "answer");
	struct MHD_Response *response = answer_not_modified(answer);

	(void)state;
	says(response, "ETag", answer_etag(answer));
	says(response, "Expires", "Wed, 15 Nov 2023 10:13:20 GMT");
	says(response, "Cache-Control",
	    "max-age=300, public, no-transform, must-revalidate");
	MHD_destroy_response(response);
	answer_release(answer);
}

static void
a_post_may_not(void **state)
{
	struct answer *answer = made(NOW, NOW + 43200, "answer");
	struct MHD_Response *post = answer_to_post(answer);

	(void)state;
	says(post, "Content-Type", "application/ocsp-response");
	says(post, "Cache-Control", "no-store");
	assert_null(header(post, "ETag"));
	assert_null(header(post, "Expires"));
	assert_null(header(post, "Last-Modified"));
	answer_release(answer);
}

/* max-age ends before nextUpdate as long as the answer is given. */
static void
max_age_ends_in_time(void **state)
{
	static const int64_t left[] = {
	    4, 10, 60, 301, 599, 600, 602, 604, 3600};
	const char *text;
	long long age = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(left); i++) {
		struct answer *answer = made(NOW, NOW + left[i], "answer");

		text = header(answer_to_get(answer), "Cache-Control");
		assert_non_null(text);
		assert_int_equal(sscanf(text, "max-age=%lld,", &age), 1);
		assert_true(age > 0 && age <= ANSWER_MAX_AGE);
		assert_true(answer_refresh_at(answer) + age < NOW + left[i]);
		answer_release(answer);
	}
}

static void
may_not_be_kept(struct answer *answer)
{
	assert_non_null(answer);
	assert_null(answer_etag(answer));
	says(answer_to_get(answer), "Cache-Control", "no-store");
	assert_null(header(answer_to_get(answer), "ETag"));
	answer_release(answer);
}

/* Nothing is left of it, it has ended, it starts in the future, its request
 * bore a nonce, or it is a failure. */
static void
what_ends_soon_is_not_kept(void **state)
{
	struct answer_order order = {.der = BYTES("answer"),
	    .now = NOW,
	    .this_update = NOW,
	    .next_update = NOW + 3600};

	(void)state;
	may_not_be_kept(made(NOW, NOW + 3, "answer"));
	may_not_be_kept(made(NOW - 10, NOW, "answer"));
	may_not_be_kept(made(NOW - 10, NOW - 5, "answer"));
	may_not_be_kept(made(NOW + 1, NOW + 3600, "answer"));
	may_not_be_kept(answer_new(&order));
	may_not_be_kept(answer_failure(CA_OCSP_UNAUTHORIZED));
}

static void
another_answer_has_another_tag(void **state)
{
	struct answer *a = made(NOW, NOW + 3600, "answer a");
	struct answer *b = made(NOW, NOW + 3600, "answer b");
	struct answer *later = made(NOW - 1, NOW + 3600, "answer a");
	struct answer *same = made(NOW, NOW + 3600, "answer a");

	(void)state;
	assert_string_not_equal(answer_etag(a), answer_etag(b));
	assert_string_not_equal(answer_etag(a), answer_etag(later));
	assert_string_equal(answer_etag(a), answer_etag(same));
	answer_release(a);
	answer_release(b);
	answer_release(later);
	answer_release(same);
}

/* checklist 101: unsigned, and as ca/ocsp writes it */
static void
a_failure_is_what_the_rfc_says(void **state)
{
	static const enum ca_ocsp_status all[] = {CA_OCSP_MALFORMED_REQUEST,
	    CA_OCSP_INTERNAL_ERROR, CA_OCSP_TRY_LATER, CA_OCSP_UNAUTHORIZED};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct answer *answer = answer_failure(all[i]);
		struct ca_buf der = {0};

		assert_int_equal(ca_ocsp_error(all[i], &der, NULL), CA_OK);
		assert_int_equal(answer_status(answer), all[i]);
		assert_bytes(answer_der(answer), ca_view(&der));
		ca_buf_free(&der);
		answer_release(answer);
	}
	answer_release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_get_may_be_kept),
	    cmocka_unit_test(not_modified_says_for_how_long),
	    cmocka_unit_test(a_post_may_not),
	    cmocka_unit_test(max_age_ends_in_time),
	    cmocka_unit_test(what_ends_soon_is_not_kept),
	    cmocka_unit_test(another_answer_has_another_tag),
	    cmocka_unit_test(a_failure_is_what_the_rfc_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

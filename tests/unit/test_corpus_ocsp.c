/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OCSP messages that others test with: pyca's. Each has its verdict here, and
 * where it is not pyca's the rule that makes it so.
 */
#include "ca/ocsp.h"
#include "tests/fuzz/property.h"
#include "tests/unit/corpora.h"

struct verdict {
	const char *file;
	enum ca_status status;
	const char *words; /* in the reason */
};

/* checklist 103, 106, 120 */
static const struct verdict requests[] = {
    {"ocsp-army.inapplicable-req.der", CA_OK, NULL},
    {"ocsp-army.revoked-req.der", CA_OK, NULL},
    {"ocsp-army.valid-req.der", CA_OK, NULL},
    {"req-duplicate-ext.der", CA_MALFORMED, "twice"},
    {"req-ext-nonce.der", CA_OK, NULL},
    {"req-ext-unknown-oid.der", CA_OK, NULL},
    {"req-invalid-hash-alg.der", CA_OK, NULL}, /* reported, see below */
    {"req-multi-sha1.der", CA_OK, NULL},       /* pyca reads one alone */
    {"req-sha1.der", CA_OK, NULL},
};

static const struct verdict responses[] = {
    /* sha256WithRSAEncryption without NULL (RFC 4055 5). */
    {"ocsp-army.deps.mil-resp.der", CA_OK, NULL},
    {"resp-delegate-unknown-cert.der", CA_OK, NULL},
    {"resp-invalid-signature-oid.der", CA_REFUSED, "md2"},
    {"resp-responder-key-hash.der", CA_OK, NULL},
    {"resp-response-type-unknown-oid.der", CA_REFUSED, "response type"},
    {"resp-revoked-no-next-update.der", CA_OK, NULL},
    {"resp-revoked-reason.der", CA_OK, NULL},
    {"resp-revoked.der", CA_OK, NULL},
    {"resp-sct-extension.der", CA_OK, NULL},
    {"resp-sha256.der", CA_OK, NULL},
    {"resp-single-extension-reason.der", CA_OK, NULL},
    /* pyca reads it and says that nothing is in it. */
    {"resp-successful-no-response-bytes.der", CA_MALFORMED, "4.2.1"},
    {"resp-unauthorized.der", CA_OK, NULL},
    {"resp-unknown-extension.der", CA_OK, NULL},
    {"resp-unknown-hash-alg.der", CA_OK, NULL},
    {"resp-unknown-response-status.der", CA_MALFORMED, "responseStatus"},
};

static struct ca_buf
message(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "pyca/x509/ocsp/%s", name);
	return corpora_file(path);
}

static void
hold(const struct verdict *v, enum ca_status st, const struct ca_error *err)
{
	if (st != v->status || st != err->status ||
	    (st != CA_OK && strstr(err->msg, v->words) == NULL))
		fail_msg("%s: %d \"%s\"", v->file, st, err->msg);
}

static void
requests_are_read_or_refused(void **state)
{
	(void)state;
	need_corpora();
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct ca_buf der = message(requests[i].file);
		struct ca_ocsp_request request;
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_ocsp_request_parse(ca_view(&der), &request, &err);
		hold(&requests[i], st, &err);
		if (st == CA_OK)
			require_one_encoding(ca_view(&der));
		ca_buf_free(&der);
	}
}

static void
responses_are_read_or_refused(void **state)
{
	(void)state;
	need_corpora();
	for (size_t i = 0; i < COUNT(responses); i++) {
		struct ca_buf der = message(responses[i].file);
		struct ca_ocsp_response response;
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_ocsp_response_parse(ca_view(&der), &response, &err);
		hold(&responses[i], st, &err);
		if (st == CA_OK)
			require_one_encoding(ca_view(&der));
		ca_buf_free(&der);
	}
}

static struct ca_ocsp_response
parse_response(const char *name, struct ca_buf *der)
{
	struct ca_ocsp_response response;
	struct ca_error err = {0};

	*der = message(name);
	if (ca_ocsp_response_parse(ca_view(der), &response, &err) != CA_OK)
		fail_msg("%s: %s", name, err.msg);
	return response;
}

static void
what_they_say_is_read(void **state)
{
	struct ca_ocsp_response response;
	struct ca_ocsp_request request;
	struct ca_buf der;

	(void)state;
	need_corpora();
	der = message("req-invalid-hash-alg.der");
	assert_int_equal(
	    ca_ocsp_request_parse(ca_view(&der), &request, NULL), CA_OK);
	assert_int_equal(request.id[0].hash, CA_HASH_NONE);
	ca_buf_free(&der);
	der = message("req-multi-sha1.der");
	assert_int_equal(
	    ca_ocsp_request_parse(ca_view(&der), &request, NULL), CA_OK);
	assert_int_equal(request.count, 2);
	ca_buf_free(&der);
	response = parse_response("resp-revoked-reason.der", &der);
	assert_int_equal(response.answer[0].state, CA_OCSP_REVOKED);
	assert_int_equal(response.answer[0].reason, CA_REASON_SUPERSEDED);
	assert_int_equal(response.nonce.len, 16);
	ca_buf_free(&der);
	response = parse_response("resp-revoked-no-next-update.der", &der);
	assert_true(response.answer[0].next_update == INT64_MAX);
	ca_buf_free(&der);
	response = parse_response("resp-delegate-unknown-cert.der", &der);
	assert_int_equal(response.answer[0].state, CA_OCSP_UNKNOWN);
	assert_int_equal(response.responder_key.len, 20);
	ca_buf_free(&der);
	response = parse_response("resp-unknown-hash-alg.der", &der);
	assert_int_equal(response.answer[0].id.hash, CA_HASH_NONE);
	ca_buf_free(&der);
	response = parse_response("resp-unauthorized.der", &der);
	assert_int_equal(response.status, CA_OCSP_UNAUTHORIZED);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_read_or_refused),
	    cmocka_unit_test(responses_are_read_or_refused),
	    cmocka_unit_test(what_they_say_is_read),
	};

	return corpora_result(cmocka_run_group_tests(tests, NULL, NULL));
}

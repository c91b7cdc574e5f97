/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/ocsp.h"
#include "tests/unit/asn1.h"

/* The certificate asked about, its issuer, another authority, a responder. */
struct world {
	struct ca_buf issuer_der, cert_der, root_der, responder_der;
	struct ca_cert issuer, cert, root, responder;
};

static void
read_cert(const char *name, struct ca_buf *der, struct ca_cert *cert)
{
	struct ca_error err = {0};

	*der = vector(name);
	if (ca_cert_parse(ca_view(der), cert, &err) != CA_OK)
		fail_msg("%s: %s", name, err.msg);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	read_cert("cert/issuing.der", &w->issuer_der, &w->issuer);
	read_cert("cert/server.der", &w->cert_der, &w->cert);
	read_cert("cert/root.der", &w->root_der, &w->root);
	read_cert("ocsp/responder.der", &w->responder_der, &w->responder);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	ca_buf_free(&w->issuer_der);
	ca_buf_free(&w->cert_der);
	ca_buf_free(&w->root_der);
	ca_buf_free(&w->responder_der);
	free(w);
	return 0;
}

/* One second after the answer, and no forbearance. */
static struct ca_ocsp_question
ask(const struct world *w, const struct ca_ocsp_response *response)
{
	return (struct ca_ocsp_question){.cert = &w->cert,
	    .issuer = &w->issuer,
	    .now = response->answer[0].this_update + 1};
}

static struct ca_ocsp_response
parse(const struct ca_buf *der)
{
	struct ca_ocsp_response response;
	struct ca_error err = {0};

	if (ca_ocsp_response_parse(ca_view(der), &response, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return response;
}

/* The verdict is st, for a reason with these words. */
static void
hold(const char *name, const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, enum ca_status st,
    const char *words)
{
	struct ca_ocsp_verdict verdict = {.has_nonce = true};
	struct ca_ocsp_verdict before = verdict;
	struct ca_error err = {0};
	enum ca_status got;

	got = ca_ocsp_response_verify(response, question, &verdict, &err);
	if (got != st || err.status != st ||
	    (words != NULL && strstr(err.msg, words) == NULL) ||
	    strlen(err.msg) + 1 == sizeof(err.msg))
		fail_msg("%s: %d \"%s\"", name, got, err.msg);
	if (st != CA_OK)
		assert_memory_equal(&verdict, &before, sizeof(before));
}

/* ---- what openssl answered -------------------------------------------- */

static const struct {
	const char *name;
	enum ca_status status;
	const char *words;
} made[] = {
    {"ocsp/resp-good.der", CA_OK, NULL},
    {"ocsp/resp-sha256.der", CA_OK, NULL},
    {"ocsp/resp-nonce.der", CA_OK, NULL},
    {"ocsp/resp-several.der", CA_OK, NULL},
    {"ocsp/resp-key-id.der", CA_OK, NULL},
    {"ocsp/resp-issuer.der", CA_OK, NULL},
    {"ocsp/resp-no-next.der", CA_UNTRUSTED, "no nextUpdate"},
    {"ocsp/resp-no-certs.der", CA_UNTRUSTED, "came along"},
    {"ocsp/resp-bad-signature.der", CA_UNTRUSTED, "signature"},
    {"ocsp/resp-wrong-signer.der", CA_UNTRUSTED, "OCSPSigning"},
};

static void
what_openssl_answers_is_judged(void **state)
{
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = vector(made[i].name);
		struct ca_ocsp_response response = parse(&der);
		struct ca_ocsp_question question = ask(*state, &response);

		hold(made[i].name, &response, &question, made[i].status,
		    made[i].words);
		ca_buf_free(&der);
	}
}

static void
the_verdict_says_who_answered(void **state)
{
	struct world *w = *state;
	struct ca_buf by_delegate = vector("ocsp/resp-good.der");
	struct ca_buf by_issuer = vector("ocsp/resp-issuer.der");
	struct ca_ocsp_response response = parse(&by_delegate);
	struct ca_ocsp_question question = ask(w, &response);
	struct ca_ocsp_verdict verdict;

	assert_int_equal(
	    ca_ocsp_response_verify(&response, &question, &verdict, NULL),
	    CA_OK);
	assert_int_equal(verdict.answer.state, CA_OCSP_GOOD);
	assert_bytes(verdict.responder, w->responder.der);
	assert_true(verdict.responder_no_check);
	assert_false(verdict.has_nonce);
	response = parse(&by_issuer);
	question = ask(w, &response);
	assert_int_equal(
	    ca_ocsp_response_verify(&response, &question, &verdict, NULL),
	    CA_OK);
	assert_int_equal(verdict.responder.len, 0);
	assert_true(verdict.responder_no_check);
	ca_buf_free(&by_delegate);
	ca_buf_free(&by_issuer);
}

/* Every octet of what was signed counts; so does the status itself. */
static void
a_changed_answer_is_not_trusted(void **state)
{
	struct ca_buf der = vector("ocsp/resp-issuer.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(*state, &response);
	size_t at = (size_t)(response.answer[0].id.der.data - der.data) +
	    response.answer[0].id.der.len;

	hold("as it is", &response, &question, CA_OK, NULL);
	assert_int_equal(der.data[at], 0x80); /* good [0] */
	der.data[at] = 0x82;
	response = parse(&der);
	assert_int_equal(response.answer[0].state, CA_OCSP_UNKNOWN);
	hold("changed", &response, &question, CA_UNTRUSTED, "signature");
	ca_buf_free(&der);
}

/* ---- when ------------------------------------------------------------- */

/* checklist 107: this <= now < next, each by as much as the clocks may
 * differ. */
static void
answers_age(void **state)
{
	static const struct {
		int64_t after_this, after_next; /* one of them, 0: the other */
		int64_t skew;
		enum ca_status status;
		const char *words;
	} cases[] = {
	    {1, 0, 0, CA_OK, NULL},
	    {-1, 0, 0, CA_UNTRUSTED, "thisUpdate is"},
	    {-300, 0, 300, CA_OK, NULL},
	    {-301, 0, 300, CA_UNTRUSTED, "thisUpdate is"},
	    {0, -1, 0, CA_OK, NULL},
	    {0, 0, 0, CA_UNTRUSTED, "nextUpdate was"},
	    {0, 299, 300, CA_OK, NULL},
	    {0, 300, 300, CA_UNTRUSTED, "nextUpdate was"},
	};
	struct ca_buf der = vector("ocsp/resp-issuer.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(*state, &response);

	for (size_t i = 0; i < COUNT(cases); i++) {
		question.skew = cases[i].skew;
		question.now = cases[i].after_this != 0 ?
		    response.answer[0].this_update + cases[i].after_this :
		    response.answer[0].next_update + cases[i].after_next;
		hold("age", &response, &question, cases[i].status,
		    cases[i].words);
	}
	question.skew = 0;
	question.now = response.answer[0].this_update + 60;
	response.produced_at = question.now + 1;
	hold("tomorrow's", &response, &question, CA_UNTRUSTED, "producedAt is");
	ca_buf_free(&der);
}

static void
without_an_end_the_age_is_asked(void **state)
{
	struct ca_buf der = vector("ocsp/resp-no-next.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(*state, &response);
	int64_t since = response.answer[0].this_update;

	hold("no age", &response, &question, CA_UNTRUSTED, "no nextUpdate");
	question.skew = 300;
	hold("no age, but skew", &response, &question, CA_UNTRUSTED,
	    "no nextUpdate");
	question.skew = 0;
	question.max_age = 3600;
	question.now = since + 3599;
	hold("young", &response, &question, CA_OK, NULL);
	question.now = since + 3600;
	hold("old", &response, &question, CA_UNTRUSTED, "no nextUpdate");
	question.skew = 1;
	hold("not yet old", &response, &question, CA_OK, NULL);
	question.skew = -1;
	hold("skew below 0", &response, &question, CA_USAGE, "range");
	question.skew = INT64_MAX;
	hold("skew without end", &response, &question, CA_USAGE, "range");
	question.skew = 0;
	question.max_age = INT64_MAX;
	hold("age without end", &response, &question, CA_USAGE, "range");
	ca_buf_free(&der);
}

/* ---- of what ---------------------------------------------------------- */

/* checklist 104, CVE-2026-10098: a number that only begins alike. */
static void
another_certificate_is_not_answered(void **state)
{
	struct world *w = *state;
	struct ca_buf der = vector("ocsp/resp-good.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(w, &response);
	struct ca_cert cert = w->cert;
	uint8_t octets[24] = {0};

	question.cert = &cert;
	cert.serial.len--;
	hold("a prefix", &response, &question, CA_UNTRUSTED, "no answer");
	memcpy(octets + 1, w->cert.serial.data, w->cert.serial.len);
	cert.serial = (struct ca_bytes){octets, w->cert.serial.len + 1};
	hold("a zero before", &response, &question, CA_UNTRUSTED, "no answer");
	cert.serial = (struct ca_bytes){octets + 1, w->cert.serial.len + 1};
	hold("a zero behind", &response, &question, CA_UNTRUSTED, "no answer");
	octets[w->cert.serial.len] ^= 1;
	cert.serial.len--;
	hold("another", &response, &question, CA_UNTRUSTED, "no answer");
	octets[w->cert.serial.len] ^= 1;
	hold("the same", &response, &question, CA_OK, NULL);
	response.answer[0].id.serial_is_proper = false;
	hold("below 0", &response, &question, CA_UNTRUSTED, "no answer");
	ca_buf_free(&der);
}

/* checklist 101 */
static void
another_issuer_is_not_believed(void **state)
{
	struct world *w = *state;
	struct ca_buf der = vector("ocsp/resp-good.der");
	struct ca_buf own_der = vector("ocsp/resp-issuer.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_response own = parse(&own_der);
	struct ca_ocsp_question question = ask(w, &response);
	struct ca_cert other = w->issuer, cert = w->cert;

	question.issuer = &w->root;
	hold("root", &response, &question, CA_REFUSED, "issuer");
	/* the very name, and another key */
	other.spki = w->root.spki;
	question.issuer = &other;
	hold("another key", &response, &question, CA_UNTRUSTED,
	    "issuer's signature");
	hold("another key, by name", &own, &question, CA_UNTRUSTED,
	    "responder's signature");
	question.issuer = &w->issuer;
	question.cert = &cert;
	cert.serial_is_proper = false;
	hold("no serial", &response, &question, CA_REFUSED, "serial");
	/* the right number, under a certID of another issuer */
	question.cert = &w->cert;
	response.answer[0].id.key_hash = response.answer[0].id.name_hash;
	hold("another certID", &response, &question, CA_UNTRUSTED, "no answer");
	ca_buf_free(&der);
	ca_buf_free(&own_der);
}

static void
two_answers_are_none(void **state)
{
	struct ca_buf der = vector("ocsp/resp-several.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(*state, &response);

	hold("one of three", &response, &question, CA_OK, NULL);
	response.answer[2].id = response.answer[0].id;
	hold("two of three", &response, &question, CA_UNTRUSTED,
	    "more than one");
	ca_buf_free(&der);
}

/* checklist 105 */
static void
the_nonce_is_the_one_sent(void **state)
{
	struct ca_buf with_der = vector("ocsp/resp-nonce.der");
	struct ca_buf without_der = vector("ocsp/resp-good.der");
	struct ca_ocsp_response with = parse(&with_der);
	struct ca_ocsp_response without = parse(&without_der);
	struct ca_ocsp_question question = ask(*state, &with);
	struct ca_ocsp_verdict verdict;

	hold("nobody asked", &with, &question, CA_OK, NULL);
	question.nonce = with.nonce;
	hold("the same", &with, &question, CA_OK, NULL);
	question.nonce_needed = true;
	assert_int_equal(
	    ca_ocsp_response_verify(&with, &question, &verdict, NULL), CA_OK);
	assert_true(verdict.has_nonce);
	question.nonce.len--;
	hold("a part of it", &with, &question, CA_UNTRUSTED, "another request");
	question.nonce = BYTES("0123456789abcdef");
	hold("another", &with, &question, CA_UNTRUSTED, "another request");
	question.now = without.answer[0].this_update;
	hold("none", &without, &question, CA_UNTRUSTED, "does not have");
	question.nonce_needed = false;
	hold("none needed", &without, &question, CA_OK, NULL);
	question.nonce = (struct ca_bytes){0};
	question.nonce_needed = true;
	hold("needed, not sent", &with, &question, CA_UNTRUSTED,
	    "does not have");
	ca_buf_free(&with_der);
	ca_buf_free(&without_der);
}

static void
a_failure_is_no_answer(void **state)
{
	for (int i = CA_OCSP_MALFORMED_REQUEST; i <= CA_OCSP_UNAUTHORIZED;
	     i++) {
		struct ca_ocsp_response response;
		struct ca_ocsp_question question;
		struct ca_buf der = {0};

		if (ca_ocsp_status_name(i) == NULL)
			continue;
		assert_int_equal(
		    ca_ocsp_error((enum ca_ocsp_status)i, &der, NULL), CA_OK);
		response = parse(&der);
		assert_int_equal(response.status, i);
		question = ask(*state, &response);
		hold("failure", &response, &question,
		    i == CA_OCSP_TRY_LATER ? CA_BUSY : CA_REFUSED,
		    ca_ocsp_status_name(i));
		ca_buf_free(&der);
	}
}

/* ---- who did answer --------------------------------------------------- */

static void
with_certs(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, const struct ca_bytes *cert,
    size_t count, enum ca_status st, const char *words)
{
	struct ca_ocsp_response changed = *response;
	struct ca_buf certs = {0};

	for (size_t i = 0; i < count; i++)
		assert_int_equal(ca_buf_append(&certs, cert[i]), CA_OK);
	changed.certs = ca_view(&certs);
	hold("certs", &changed, question, st, words);
	ca_buf_free(&certs);
}

/* Wherever it stands among what came along, and whatever else did. */
static void
the_responder_is_found(void **state)
{
	struct world *w = *state;
	struct ca_buf der = vector("ocsp/resp-good.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_question question = ask(w, &response);
	const struct ca_bytes none = BYTES("\x30\0");
	const struct ca_bytes certs[] = {
	    none, w->cert.der, w->issuer.der, w->responder.der, w->root.der};

	with_certs(&response, &question, certs, COUNT(certs), CA_OK, NULL);
	with_certs(&response, &question, certs + 3, 2, CA_OK, NULL);
	with_certs(&response, &question, certs, 3, CA_UNTRUSTED, "came along");
	response.responder_name = w->cert.subject;
	with_certs(&response, &question, certs, COUNT(certs), CA_UNTRUSTED,
	    "OCSPSigning");
	response.responder_name = w->root.subject;
	with_certs(&response, &question, certs, COUNT(certs), CA_UNTRUSTED,
	    "another authority");
	ca_buf_free(&der);
}

/* ---- who may answer --------------------------------------------------- */

static void
may_not(struct ca_cert *responder, const struct world *w, int64_t now,
    const char *words)
{
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_ocsp_responder_check(responder, &w->issuer, now, &err);
	if (st != CA_UNTRUSTED || err.status != CA_UNTRUSTED ||
	    strstr(err.msg, words) == NULL)
		fail_msg("%s: %d \"%s\"", words, st, err.msg);
	*responder = w->responder;
}

static struct ca_ext *
extension(struct ca_cert *cert, enum ca_oid id)
{
	for (size_t i = 0; i < cert->exts.count; i++)
		if (cert->exts.list[i].id == id)
			return &cert->exts.list[i];
	fail_msg("no such extension");
	return NULL;
}

/* checklist 62, 109: RFC 6960 4.2.2.2, one rule after the other. */
static void
a_delegate_is_delegated(void **state)
{
	struct world *w = *state;
	struct ca_cert r = w->responder;
	int64_t now = r.not_before;
	struct ca_ext *ext;

	assert_int_equal(
	    ca_ocsp_responder_check(&r, &w->issuer, now, NULL), CA_OK);
	assert_int_equal(
	    ca_ocsp_responder_check(&r, &w->issuer, r.not_after, NULL), CA_OK);
	may_not(&r, w, r.not_before - 1, "valid from");
	may_not(&r, w, r.not_after + 1, "valid from");
	r.ext_key_usage.count = 0;
	may_not(&r, w, now, "OCSPSigning");
	r.ext_key_usage.oid[0] = ca_oid_der(CA_OID_ANY_EXT_KEY_USAGE);
	may_not(&r, w, now, "OCSPSigning");
	r.ext_key_usage.oid[0] = ca_oid_der(CA_OID_SERVER_AUTH);
	may_not(&r, w, now, "OCSPSigning");
	r.key_usage = CA_KU_KEY_ENCIPHERMENT;
	may_not(&r, w, now, "digitalSignature");
	r.issuer = w->root.subject;
	may_not(&r, w, now, "another authority");
	r.authority_key_id = w->root.subject_key_id;
	may_not(&r, w, now, "another authority");
	r.signature = w->cert.signature;
	may_not(&r, w, now, "signature");
	r.tbs = w->cert.tbs;
	may_not(&r, w, now, "signature");
	ext = extension(&r, CA_OID_OCSP_NO_CHECK);
	ext->id = CA_OID_UNKNOWN;
	ext->critical = true;
	may_not(&r, w, now, "critical");
	/* What may be absent. */
	r.has_key_usage = false;
	r.key_usage = 0;
	r.authority_key_id = (struct ca_bytes){0};
	assert_int_equal(
	    ca_ocsp_responder_check(&r, &w->issuer, now, NULL), CA_OK);
}

static void
answer_until(const struct ca_cert *responder, const struct ca_cert *issuer,
    int64_t now, int64_t next, const char *words)
{
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_ocsp_may_answer(responder, issuer, now, next, &err);
	if (st != (words == NULL ? CA_OK : CA_UNTRUSTED) || st != err.status ||
	    (words != NULL && strstr(err.msg, words) == NULL))
		fail_msg("%d \"%s\"", st, err.msg);
}

/* checklist 107: never past the end of the responder's certificate, nor of
 * its issuer's. */
static void
an_answer_ends_with_its_responder(void **state)
{
	struct world *w = *state;
	struct ca_cert r = w->responder, i = w->issuer;
	int64_t now = r.not_before;

	answer_until(&r, &i, now, r.not_after, NULL);
	answer_until(&r, &i, now, r.not_after + 1, "OCSP responder's");
	answer_until(&r, &i, now - 1, now, "valid from");
	answer_until(&r, &i, r.not_after + 1, r.not_after, "valid from");
	i.not_after = r.not_after - 1;
	answer_until(&r, &i, now, r.not_after, "issuer's certificate");
	i.not_after = now - 1;
	answer_until(&r, &i, now, now, "issuer's certificate");
	i = w->issuer;
	/* the issuer for itself, and for somebody else's */
	answer_until(&i, &i, now, i.not_after, NULL);
	answer_until(&i, &i, now, i.not_after + 1, "ends at");
	answer_until(&w->root, &i, now, now + 1, "another authority");
	answer_until(&w->cert, &i, now, now + 1, "OCSPSigning");
	/* its key under another name, and its name with another's key */
	i.subject = w->root.subject;
	answer_until(&i, &w->issuer, now, now + 1, "another authority");
	i = w->issuer;
	i.spki = w->root.spki;
	answer_until(&i, &w->issuer, now, now + 1, "another authority");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(what_openssl_answers_is_judged),
	    TEST(the_verdict_says_who_answered),
	    TEST(a_changed_answer_is_not_trusted),
	    TEST(answers_age),
	    TEST(without_an_end_the_age_is_asked),
	    TEST(another_certificate_is_not_answered),
	    TEST(another_issuer_is_not_believed),
	    TEST(two_answers_are_none),
	    TEST(the_nonce_is_the_one_sent),
	    TEST(a_failure_is_no_answer),
	    TEST(the_responder_is_found),
	    TEST(a_delegate_is_delegated),
	    TEST(an_answer_ends_with_its_responder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

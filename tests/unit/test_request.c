/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/request.h"

#include "ca/name.h"
#include "ca/pem.h"
#include "tests/unit/folder.h"

static struct wishes *
wish_of(enum ca_san_type type, const char *text)
{
	struct wishes *wishes = wishes_new();

	assert_non_null(wishes);
	if (text != NULL)
		WORKS(wishes_add(wishes, type, text, &err));
	return wishes;
}

static void
assert_name(struct ca_buf *name, const char *expected)
{
	struct ca_buf text = {0};

	WORKS(ca_name_check(ca_view(name), &err));
	assert_int_equal(ca_name_append_text(&text, ca_view(name)), CA_OK);
	assert_text(&text, expected);
	ca_buf_free(name);
}

/* ---- subjects ---- */

static void
a_subject_is_a_common_name_or_a_whole_one(void **state)
{
	struct ca_buf name = {0};

	(void)state;
	WORKS(request_subject("Lab Root CA", &name, &err));
	assert_name(&name, "CN=Lab Root CA");
	WORKS(request_subject("CN=Lab Root CA, O=Lab, C=DE", &name, &err));
	assert_int_equal(name.data[0], DER_SEQUENCE);
	ca_buf_free(&name);
	WORKS(request_subject("Universit\xc3\xa4t", &name, &err));
	ca_buf_free(&name);
	FAILS(request_subject("X=nothing", &name, &err), CA_USAGE, "X");
	assert_int_equal(name.len, 0);
}

static void
a_subject_that_cannot_be_is_refused(void **state)
{
	static const char *const texts[] = {"",
	    "0123456789012345678901234567890123456789012345678901234567890123x",
	    "a\xff", "CN=", "=x", "C=Germany"};
	struct ca_buf name = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ca_error err = {0};

		if (request_subject(texts[i], &name, &err) == CA_OK)
			fail_msg("'%s' is a subject", texts[i]);
		assert_true(err.msg[0] != '\0');
		assert_int_equal(name.len, 0);
	}
	ca_buf_free(&name);
}

static void
the_first_name_is_the_common_name(void **state)
{
	static const struct {
		enum ca_san_type type;
		const char *name, *subject;
	} cases[] = {{CA_SAN_DNS, "www.company.com", "CN=www.company.com"},
	    {CA_SAN_EMAIL, "jason@lab.example", "CN=jason@lab.example"},
	    {CA_SAN_IP, "10.0.0.1", ""}, {CA_SAN_URI, "https://a.example/", ""},
	    {CA_SAN_DNS, NULL, ""},
	    {CA_SAN_DNS,
		"a0123456789012345678901234567890123456789.b0123456789012345"
		".company.com",
		""}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wishes *wishes = wish_of(cases[i].type, cases[i].name);

		WORKS(wishes_subject(wishes, NULL, &err));
		assert_name(&wishes->subject, cases[i].subject);
		WORKS(wishes_subject(wishes, "Jason", &err));
		assert_name(&wishes->subject, "CN=Jason");
		wishes_free(wishes);
	}
	wishes_free(NULL);
}

/* ---- names ---- */

static void
a_name_is_read_or_refused(void **state)
{
	struct wishes *wishes = wish_of(CA_SAN_DNS, NULL);

	(void)state;
	WORKS(wishes_add(wishes, CA_SAN_IP, "::1", &err));
	assert_int_equal(wishes->sans[0].value.len, 16);
	FAILS(wishes_add(wishes, CA_SAN_IP, "10.0.0.256", &err), CA_USAGE,
	    "10.0.0.256");
	FAILS(wishes_add(wishes, CA_SAN_DNS, "a..b", &err), CA_REFUSED, "a..b");
	assert_int_equal(wishes->count, 1);
	/* What failed has left no part of itself behind. */
	WORKS(wishes_add(wishes, CA_SAN_DNS, "a.b", &err));
	assert_bytes(wishes->sans[1].value, BYTES("a.b"));
	wishes_free(wishes);
}

static void
there_is_a_limit_on_names(void **state)
{
	struct wishes *wishes = wish_of(CA_SAN_DNS, NULL);
	char name[32];

	(void)state;
	for (int i = 0; i < CA_SAN_MAX; i++) {
		(void)snprintf(name, sizeof(name), "host%d.example", i);
		WORKS(wishes_add(wishes, CA_SAN_DNS, name, &err));
	}
	FAILS(wishes_add(wishes, CA_SAN_DNS, "one.more", &err), CA_USAGE,
	    "more than|names");
	assert_bytes(wishes->sans[0].value, BYTES("host0.example"));
	wishes_free(wishes);
}

/* ---- requests ---- */

static struct ca_buf
make(const char *host)
{
	struct wishes *wishes = wish_of(CA_SAN_DNS, host);
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	struct ca_buf der = {0};

	WORKS(ca_rng_new(&rng, &err));
	WORKS(ca_key_generate(CA_KEY_ED25519, 0, rng, &key, &err));
	WORKS(wishes_subject(wishes, NULL, &err));
	WORKS(wishes_request(wishes, key, rng, &der, &err));
	ca_key_free(key);
	ca_rng_free(rng);
	wishes_free(wishes);
	return der;
}

static void
a_request_has_what_was_wished_for(void **state)
{
	struct ca_buf der = make("www.company.com");
	struct ca_csr csr;

	(void)state;
	WORKS(ca_csr_parse(ca_view(&der), &csr, &err));
	WORKS(ca_csr_verify(&csr, &err));
	assert_int_equal(csr.san_count, 1);
	assert_bytes(csr.sans[0].value, BYTES("www.company.com"));
	ca_buf_free(&der);
}

static void
a_request_is_read_from_pem_and_der(void **state)
{
	static const char *const labels[] = {
	    CA_PEM_REQUEST, CA_PEM_REQUEST_OLD};
	struct ca_buf der = make("www.company.com"), got = {0}, pem = {0};

	(void)state;
	write_file("a.csr", ca_view(&der));
	WORKS(request_read("a.csr", &got, &err));
	assert_bytes(ca_view(&got), ca_view(&der));
	ca_buf_free(&got);
	for (size_t i = 0; i < COUNT(labels); i++) {
		assert_int_equal(
		    ca_pem_append(&pem, labels[i], ca_view(&der)), CA_OK);
		write_file("a.csr", ca_view(&pem));
		WORKS(request_read("a.csr", &got, &err));
		assert_bytes(ca_view(&got), ca_view(&der));
		ca_buf_free(&got);
		ca_buf_free(&pem);
	}
	ca_buf_free(&der);
}

static void
what_is_no_request_is_told(void **state)
{
	struct ca_buf der = make("www.company.com"), pem = {0}, got = {0};
	struct ca_error said = {0};
	static uint8_t large[2 * CA_CSR_MAX + 1];

	(void)state;
	assert_int_equal(
	    ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&der)), CA_OK);
	write_file("a.csr", ca_view(&pem));
	assert_int_not_equal(request_read("a.csr", &got, &said), CA_OK);
	assert_says(said.msg, "a.csr: |CERTIFICATE|request");
	write_file("a.csr", BYTES(""));
	said = (struct ca_error){0};
	assert_int_not_equal(request_read("a.csr", &got, &said), CA_OK);
	assert_says(said.msg, "a.csr: ");
	write_file("a.csr", (struct ca_bytes){large, sizeof(large)});
	FAILS(request_read("a.csr", &got, &err), CA_REFUSED, "a.csr: larger");
	FAILS(request_read("none", &got, &err), CA_NOT_FOUND, "none: ");
	assert_int_equal(got.len, 0);
	ca_buf_free(&pem);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_subject_is_a_common_name_or_a_whole_one),
	    cmocka_unit_test(a_subject_that_cannot_be_is_refused),
	    cmocka_unit_test(the_first_name_is_the_common_name),
	    cmocka_unit_test(a_name_is_read_or_refused),
	    cmocka_unit_test(there_is_a_limit_on_names),
	    cmocka_unit_test(a_request_has_what_was_wished_for),
	    IN_FOLDER(a_request_is_read_from_pem_and_der),
	    IN_FOLDER(what_is_no_request_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pem.h"
#include "tests/unit/bytes.h"

/* 30 03 02 01 05 */
#define BODY "MAMCAQU="
#define DER "\x30\x03\x02\x01\x05"
#define BLOCK(label) \
	"-----BEGIN " label "-----\n" BODY "\n-----END " label "-----\n"
#define HEAD "-----BEGIN CERTIFICATE-----\n"
#define TAIL "-----END CERTIFICATE-----\n"

static enum ca_status
next(struct ca_bytes *text, struct ca_buf *der, struct ca_error *err)
{
	char label[CA_PEM_LABEL] = "untouched";
	enum ca_status st = ca_pem_next(text, label, der, err);

	assert_true(st == CA_OK || strcmp(label, "untouched") == 0);
	return st;
}

/* checklist 26 */
static void
tolerated_forms(void **state)
{
	(void)state;
	static const struct ca_bytes good[] = {LITERAL(BLOCK("CERTIFICATE")),
	    LITERAL("-----BEGIN CERTIFICATE-----\r\nMAMCAQU=\r\n"
		    "-----END CERTIFICATE-----\r\n"),
	    LITERAL(HEAD BODY "\n-----END CERTIFICATE-----"),
	    LITERAL(HEAD "MAMC\nAQU=\n" TAIL),
	    LITERAL(HEAD "M\nAMCAQ\n\nU\n=\n" TAIL),
	    LITERAL(HEAD "\n" BODY " \t\n\n" TAIL "\n\n"),
	    LITERAL("Certificate:\n    Data: x\n\n" BLOCK("CERTIFICATE")),
	    LITERAL("\xef\xbb\xbf" BLOCK("CERTIFICATE")),
	    LITERAL("- -----BEGIN X-----\n" BLOCK("CERTIFICATE"))};

	for (size_t i = 0; i < COUNT(good); i++) {
		char label[CA_PEM_LABEL] = "";
		struct ca_bytes text = good[i];
		struct ca_error err = {0};
		struct ca_buf der = {0};

		assert_true(ca_pem_is_pem(text));
		assert_int_equal(ca_pem_next(&text, label, &der, &err), CA_OK);
		assert_string_equal(label, CA_PEM_CERTIFICATE);
		assert_bytes(ca_view(&der), BYTES(DER));
		assert_int_equal(next(&text, &der, &err), CA_NOT_FOUND);
		assert_string_equal(err.msg, "");
		assert_int_equal(err.status, CA_OK);
		ca_buf_free(&der);
	}
}

/* checklist 26 */
static void
malformed_text_is_refused(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes text;
		const char *why;
	} bad[] = {{LITERAL(HEAD BODY "\n"), "no END line"},
	    {LITERAL(HEAD), "no END line"},
	    {LITERAL(HEAD BODY "\n" HEAD), "no END line"},
	    {LITERAL(HEAD BODY "\n-----END X509 CRL-----\n"), "another line"},
	    {LITERAL(HEAD BODY "\n-----END CERTIFICATE----\n"), "another line"},
	    {LITERAL(HEAD BODY "\n-----END CERTIFICATE----- x\n"),
		"another line"},
	    {LITERAL(HEAD BODY "\n-----\n"), "another line"},
	    {LITERAL(HEAD TAIL), "empty"}, {LITERAL(HEAD "\n" TAIL), "empty"},
	    {LITERAL(HEAD "MAMCAQU\n" TAIL), "breaks off"},
	    {LITERAL(HEAD "MAMCAQ\n" TAIL), "breaks off"},
	    {LITERAL(HEAD "MAMCAQV=\n" TAIL), "not base64"}, /* set bits */
	    {LITERAL(HEAD "MAMCAV==\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMCA===\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC=AQU\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMCAQU==\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMCAQU=MAMC\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC AQU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD " MAMCAQU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC\0AQU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC-AQU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC_QU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD "MAMC\xc3\xbcQU=\n" TAIL), "not base64"},
	    {LITERAL(HEAD BODY TAIL), "not base64"},
	    {LITERAL(HEAD BODY "\n\n-----BEGIN CERTIFICATE-----"),
		"no END line"},
	    {LITERAL("a\0b\n" HEAD BODY "\n" TAIL), "NUL"},
	    {LITERAL(TAIL HEAD BODY "\n" TAIL), "without its BEGIN"},
	    {LITERAL("-----BEGIN CERTIFICATE----\n" BODY "\n" TAIL),
		"no BEGIN line"},
	    {LITERAL("-----BEGIN -----\n" BODY "\n-----END -----\n"),
		"no BEGIN line"},
	    {LITERAL("-----BEGIN  A-----\n" BODY "\n-----END  A-----\n"),
		"no BEGIN line"},
	    {LITERAL("-----BEGIN A\x1b-----\n" BODY "\n-----END A\x1b-----\n"),
		"no BEGIN line"},
	    {LITERAL("-----BEGIN A-B-----\n" BODY "\n-----END A-B-----\n"),
		"no BEGIN line"},
	    {LITERAL(
		 "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		 "AAAAAAAAAAAAAAAA-----\n"),
		"no BEGIN line"},
	    {LITERAL("-----BEGIN RSA PRIVATE KEY-----\n"
		     "Proc-Type: 4,ENCRYPTED\n"
		     "DEK-Info: AES-256-CBC,00\n\n" BODY
		     "\n-----END RSA PRIVATE KEY-----\n"),
		"openssl pkcs8 -topk8"}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_bytes text = bad[i].text;
		struct ca_error err = {0};
		struct ca_buf der = {0};

		assert_int_equal(next(&text, &der, &err), CA_MALFORMED);
		assert_non_null(strstr(err.msg, bad[i].why));
		assert_bytes(text, bad[i].text);
		assert_int_equal(der.len, 0);
		assert_null(strstr(err.msg, "AMC"));
	}
}

static void
the_line_is_named(void **state)
{
	(void)state;
	struct ca_bytes text = BYTES(
	    HEAD BODY "\n" TAIL HEAD "MAMC\nMAMC\nAQU!\n" TAIL);
	struct ca_error err = {0};
	struct ca_buf der = {0};

	assert_int_equal(next(&text, &der, &err), CA_OK);
	assert_int_equal(next(&text, &der, &err), CA_MALFORMED);
	assert_non_null(strstr(err.msg, "line 4 of the CERTIFICATE block"));
	assert_bytes(ca_view(&der), BYTES(DER));
	ca_buf_free(&der);
}

static void
what_is_no_pem(void **state)
{
	(void)state;
	static const struct ca_bytes none[] = {LITERAL(""), LITERAL("\n"),
	    LITERAL(DER), LITERAL("x-----BEGIN CERTIFICATE-----\n"),
	    LITERAL(" -----BEGIN CERTIFICATE-----\n"), LITERAL("-----BEGIN"),
	    LITERAL("----BEGIN X-----\n")};

	for (size_t i = 0; i < COUNT(none); i++) {
		struct ca_bytes text = none[i];
		struct ca_error err = {0};
		struct ca_buf der = {0};

		assert_false(ca_pem_is_pem(text));
		assert_int_equal(next(&text, &der, &err), CA_NOT_FOUND);
		assert_int_equal(err.status, CA_OK);
	}
}

static void
blocks_come_one_by_one(void **state)
{
	(void)state;
	struct ca_bytes text = BYTES(
	    "root\n" BLOCK("CERTIFICATE") "\nleaf\n" BLOCK("X509 CRL")
		BLOCK("PUBLIC KEY") "the end\n");
	static const char *const labels[] = {
	    CA_PEM_CERTIFICATE, CA_PEM_CRL, CA_PEM_PUBLIC_KEY};
	struct ca_buf der = {0};

	for (size_t i = 0; i < COUNT(labels); i++) {
		char label[CA_PEM_LABEL];

		assert_int_equal(ca_pem_next(&text, label, &der, NULL), CA_OK);
		assert_string_equal(label, labels[i]);
		assert_int_equal(der.len, 5 * (i + 1));
	}
	assert_int_equal(next(&text, &der, NULL), CA_NOT_FOUND);
	ca_buf_free(&der);
}

static const char *const request_labels[] = {
    CA_PEM_REQUEST, CA_PEM_REQUEST_OLD, NULL};
static const char *const key_labels[] = {
    CA_PEM_KEY, CA_PEM_ENCRYPTED_KEY, NULL};

/* checklist 26 */
static void
one_object_is_wanted(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes file;
		enum ca_status st;
		const char *label; /* or part of the reason */
	} files[] = {
	    {LITERAL(BLOCK("CERTIFICATE REQUEST")), CA_OK, CA_PEM_REQUEST},
	    {LITERAL(BLOCK("NEW CERTIFICATE REQUEST")), CA_OK,
		CA_PEM_REQUEST_OLD},
	    {LITERAL("0x30 is not DER\n" BLOCK("CERTIFICATE REQUEST")), CA_OK,
		CA_PEM_REQUEST},
	    {LITERAL(DER), CA_OK, ""},
	    {LITERAL("\x30\x80\x00\x00"), CA_OK, ""}, /* for its reader */
	    {LITERAL(DER "\n"), CA_OK, ""},
	    {LITERAL(BLOCK("CERTIFICATE")), CA_MALFORMED,
		"a PEM block CERTIFICATE where a request (CERTIFICATE "
		"REQUEST) is wanted"},
	    {LITERAL(BLOCK("PRIVATE KEY")), CA_MALFORMED, "PRIVATE KEY"},
	    {LITERAL(BLOCK("CERTIFICATE REQUEST") BLOCK("CERTIFICATE REQUEST")),
		CA_MALFORMED, "more than one"},
	    {LITERAL(BLOCK("CERTIFICATE REQUEST") BLOCK("PRIVATE KEY")),
		CA_MALFORMED, "PRIVATE KEY"},
	    {LITERAL(BLOCK("CERTIFICATE REQUEST") "-----BEGIN X-----\n"),
		CA_MALFORMED, "no END"},
	    {LITERAL(BLOCK("CERTIFICATE REQUEST") "\0"), CA_MALFORMED, "NUL"},
	    {LITERAL("-----BEGIN CERTIFICATE REQUEST-----\n"), CA_MALFORMED,
		"no END"},
	    {LITERAL(""), CA_MALFORMED, "empty"},
	    {LITERAL("hello\n"), CA_MALFORMED, "neither PEM"},
	    {LITERAL(BODY "\n"), CA_MALFORMED, "neither PEM"},
	    {LITERAL("\xff\xfe-\0-\0"), CA_MALFORMED, "neither PEM"}};

	for (size_t i = 0; i < COUNT(files); i++) {
		char label[CA_PEM_LABEL] = "untouched";
		struct ca_error err = {0};
		struct ca_buf der = {0};

		assert_int_equal(ca_pem_single(files[i].file, request_labels,
				     "a request", label, &der, &err),
		    files[i].st);
		if (files[i].st == CA_OK) {
			assert_string_equal(label, files[i].label);
			assert_true(der.len >= 4);
		} else {
			assert_non_null(strstr(err.msg, files[i].label));
			assert_string_equal(label, "untouched");
			assert_int_equal(der.len, 0);
		}
		ca_buf_free(&der);
	}
}

static void
an_old_key_file_is_explained(void **state)
{
	(void)state;
	struct ca_error err = {0};
	struct ca_buf der = {0};

	assert_int_equal(ca_pem_single(BYTES(BLOCK("EC PRIVATE KEY")),
			     key_labels, "a private key", NULL, &der, &err),
	    CA_MALFORMED);
	assert_non_null(strstr(err.msg, "openssl pkcs8 -topk8"));
	assert_int_equal(ca_pem_single(BYTES(BLOCK("PRIVATE KEY")), key_labels,
			     "a private key", NULL, &der, NULL),
	    CA_OK);
	assert_bytes(ca_view(&der), BYTES(DER));
	ca_buf_free(&der);
}

static void
blocks_are_written(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	assert_int_equal(
	    ca_pem_append(&buf, CA_PEM_CERTIFICATE, BYTES(DER)), CA_OK);
	assert_text(&buf, BLOCK("CERTIFICATE"));
	/* RFC 4648 10 */
	assert_int_equal(ca_pem_append(&buf, "A", BYTES("foobar")), CA_OK);
	assert_int_equal(ca_pem_append(&buf, "A", BYTES("fooba")), CA_OK);
	assert_int_equal(ca_pem_append(&buf, "A", BYTES("foob")), CA_OK);
	assert_text(&buf,
	    "-----BEGIN A-----\nZm9vYmFy\n-----END A-----\n"
	    "-----BEGIN A-----\nZm9vYmE=\n-----END A-----\n"
	    "-----BEGIN A-----\nZm9vYg==\n-----END A-----\n");
	assert_int_equal(ca_pem_append(&buf, "A",
			     BYTES("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30"
				   "\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96"
				   "\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7"
				   "\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3"
				   "\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf")),
	    CA_OK);
	assert_text(&buf,
	    "-----BEGIN A-----\nABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr"
	    "stuvwxyz0123456789+/\n-----END A-----\n");
}

static void
any_length_survives(void **state)
{
	(void)state;
	uint8_t octets[300];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 151 + 7);
	for (size_t len = 1; len <= sizeof(octets); len++) {
		struct ca_buf text = {0}, der = {0};
		char label[CA_PEM_LABEL];
		struct ca_bytes view;
		size_t width = 0;

		assert_int_equal(ca_pem_append(&text, "SOME THING",
				     (struct ca_bytes){octets, len}),
		    CA_OK);
		for (size_t i = 0; i < text.len; i++) {
			width = text.data[i] == '\n' ? 0 : width + 1;
			assert_true(width <= 64);
		}
		view = ca_view(&text);
		assert_int_equal(ca_pem_next(&view, label, &der, NULL), CA_OK);
		assert_string_equal(label, "SOME THING");
		assert_bytes(ca_view(&der), (struct ca_bytes){octets, len});
		ca_buf_free(&text);
		ca_buf_free(&der);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tolerated_forms),
	    cmocka_unit_test(malformed_text_is_refused),
	    cmocka_unit_test(the_line_is_named),
	    cmocka_unit_test(what_is_no_pem),
	    cmocka_unit_test(blocks_come_one_by_one),
	    cmocka_unit_test(one_object_is_wanted),
	    cmocka_unit_test(an_old_key_file_is_explained),
	    cmocka_unit_test(blocks_are_written),
	    cmocka_unit_test(any_length_survives),
	};

	return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}

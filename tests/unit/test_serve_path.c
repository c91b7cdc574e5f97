/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "cli/serve/path.h"
#include "tests/unit/bytes.h"

static void
each_url_is_one_thing(void **state)
{
	static const struct {
		const char *url;
		enum path_kind kind;
		const char *name;
	} cases[] = {
	    {"/", PATH_OCSP, ""},
	    {"/ocsp", PATH_OCSP, ""},
	    {"/ocsp/", PATH_OCSP, ""},
	    {"/healthz", PATH_HEALTH, ""},
	    {"/metrics", PATH_METRICS, ""},
	    {"/crl/issuing.crl", PATH_CRL, "issuing"},
	    {"/crl/issuing.3-2.delta.crl", PATH_CRL, "issuing.3-2.delta"},
	    {"/crl/a%2Db.crl", PATH_CRL, "a-b"},
	    {"/ca/root.crt", PATH_CA_CERT, "root"},
	    {"/ca/root.pem", PATH_CA_PEM, "root"},
	    {"/ca/root.pem.crt", PATH_CA_CERT, "root.pem"},
	    {"/MA==", PATH_OCSP_IN_URL, ""},
	    {"/ocsp/anything", PATH_OCSP_IN_URL, ""},
	    {"/ocsp//", PATH_OCSP_IN_URL, ""},
	};
	struct path path;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		path_read(cases[i].url, &path);
		if (path.kind != cases[i].kind)
			fail_msg("%s is %d", cases[i].url, (int)path.kind);
		assert_string_equal(path.name, cases[i].name);
	}
}

/* RFC 9112 3.2.2: a target in absolute form */
static void
absolute_form_is_its_path(void **state)
{
	static const struct {
		const char *url;
		enum path_kind kind;
	} cases[] = {
	    {"http://x/healthz", PATH_HEALTH},
	    {"HTTP://status.example:8080/metrics", PATH_METRICS},
	    {"https://[::1]/crl/a.crl", PATH_CRL},
	    {"http://x", PATH_OCSP},
	    {"http://x/", PATH_OCSP},
	    {"http://x/MA==", PATH_OCSP_IN_URL},
	    {"http:///healthz", PATH_NONE},
	    {"http://", PATH_NONE},
	    {"http:/healthz", PATH_NONE},
	    {"ftp://x/healthz", PATH_NONE},
	    {"/http://x/healthz", PATH_NONE},
	    {"http://x/http://x/healthz", PATH_NONE},
	};
	struct path path;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		path_read(cases[i].url, &path);
		if (path.kind != cases[i].kind)
			fail_msg("%s is %d", cases[i].url, (int)path.kind);
	}
}

/* checklist 110: the URL of the responder ends in '/' */
static void
one_slash_before_base64_is_dropped(void **state)
{
	static const struct {
		const char *url, *rest;
	} cases[] = {
	    {"/ocsp/MA//MA", "MA//MA"},
	    {"/ocsp//MA//MA", "MA//MA"},
	    {"//MA//MA", "MA//MA"},
	    {"http://x//MA//", "MA//"},
	    {"//%4DA", "%4DA"},
	    {"/ocsp///MA", "/MA"},
	};
	struct path path;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		path_read(cases[i].url, &path);
		assert_int_equal(path.kind, PATH_OCSP_IN_URL);
		assert_bytes(path.rest, ca_text(cases[i].rest));
	}
	path_read("///MA", &path);
	assert_int_equal(path.kind, PATH_NONE);
}

static void
what_is_like_one_is_none(void **state)
{
	static const char *const urls[] = {"", "*", "healthz", "/healthz/",
	    "//healthz", "/Healthz", "/metrics2", "/crl", "/crl/", "/crl/.crl",
	    "/crl/issuing", "/crl/issuing.crt", "/crl/issuing.crl/",
	    "/crl/issuing%00.crl", "/crl/%2", "/crl/%zz.crl", "/ca/root.crl",
	    "/ca/.pem", "/ocsp2", "/favicon.ico", "/robots.txt", "/M.txt",
	    "/M%", "/M%00"};
	struct path path;

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		path_read(urls[i], &path);
		if (path.kind != PATH_NONE || path.name[0] != '\0')
			fail_msg("%s is %d", urls[i], (int)path.kind);
	}
}

/* What names a file elsewhere names nothing here: no file is opened, names
 * are compared with those that the ledger has. */
static void
dots_are_letters(void **state)
{
	struct path path;

	(void)state;
	path_read("/crl/..%2F..%2Fkeys%2Fissuing.crl", &path);
	assert_int_equal(path.kind, PATH_CRL);
	assert_string_equal(path.name, "../../keys/issuing");
}

/* checklist 110: a path of 1 MiB */
static void
long_is_too_long(void **state)
{
	const size_t mib = 1024 * 1024;
	char *url = malloc(mib + 1), name[300];
	struct path path;

	(void)state;
	assert_non_null(url);
	memset(url, 'M', mib);
	url[0] = '/';
	url[mib] = '\0';
	path_read(url, &path);
	assert_int_equal(path.kind, PATH_TOO_LONG);
	url[PATH_MAX_LENGTH + 1] = '\0';
	path_read(url, &path);
	assert_int_equal(path.kind, PATH_TOO_LONG);
	url[PATH_MAX_LENGTH] = '\0';
	path_read(url, &path);
	assert_int_equal(path.kind, PATH_OCSP_IN_URL);
	free(url);

	(void)snprintf(name, sizeof(name), "/crl/%.*s.crl", CRL_NAME - 5,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a"
	    "aaaaaaaaaaaaa");
	path_read(name, &path);
	assert_int_equal(path.kind, PATH_CRL);
	(void)snprintf(name, sizeof(name), "/crl/%.*s.crl", CRL_NAME - 4,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a"
	    "aaaaaaaaaaaaa");
	path_read(name, &path);
	assert_int_equal(path.kind, PATH_NONE);
}

static void
decodes_to(const char *text, struct ca_bytes expected)
{
	struct ca_buf der = {0};

	assert_int_equal(path_decode(ca_text(text), &der), CA_OK);
	assert_bytes(ca_view(&der), expected);
	ca_buf_free(&der);
}

/* checklist 110 */
static void
base64_comes_in_many_ways(void **state)
{
	(void)state;
	/* 0xfb 0xff 0xfe is "+//+" */
	decodes_to("+//+", BYTES("\xfb\xff\xfe"));
	decodes_to("%2B%2F%2F%2B", BYTES("\xfb\xff\xfe"));
	decodes_to("%2b//%2b", BYTES("\xfb\xff\xfe"));
	decodes_to("%4D%41%3d%3D", BYTES("0"));
	decodes_to("MA==", BYTES("0"));
	decodes_to("MA", BYTES("0"));
	decodes_to("MAM=", BYTES("0\x03"));
	decodes_to("MAM", BYTES("0\x03"));
	decodes_to("", BYTES(""));
}

static void
what_is_no_base64_is_refused(void **state)
{
	static const char *const texts[] = {"M", "MAAAM", "=",
	    "M=", "MA=", "MA===", "MAM==", "MA==MA==", "MA=M", "MAAA=", "MA-_",
	    "MA A", "MA\n", "MB==", "MAN=", "MA%", "MA%3", "MA%3g", "MA%00",
	    "MAM%3D%3D", "M\xc3\xa4"};
	struct ca_buf der = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (path_decode(ca_text(texts[i]), &der) != CA_MALFORMED)
			fail_msg("'%s' was taken", texts[i]);
	ca_buf_free(&der);
}

/* What was decoded before is gone. */
static void
decoding_replaces(void **state)
{
	struct ca_buf der = {0};

	(void)state;
	assert_int_equal(path_decode(ca_text("MAMKAQY="), &der), CA_OK);
	assert_int_equal(path_decode(ca_text("MA=="), &der), CA_OK);
	assert_bytes(ca_view(&der), BYTES("0"));
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_url_is_one_thing),
	    cmocka_unit_test(absolute_form_is_its_path),
	    cmocka_unit_test(one_slash_before_base64_is_dropped),
	    cmocka_unit_test(what_is_like_one_is_none),
	    cmocka_unit_test(dots_are_letters),
	    cmocka_unit_test(long_is_too_long),
	    cmocka_unit_test(base64_comes_in_many_ways),
	    cmocka_unit_test(what_is_no_base64_is_refused),
	    cmocka_unit_test(decoding_replaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

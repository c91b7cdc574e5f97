/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * note: the published example of another implementation, both ways; what is
 * no note; whose signature counts.
 */
#include "tests/unit/log_fixture.h"

#include "ca/sign.h"

/* The example of Go's sumdb/note package, key and text. */
#define NEUMANN \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PROBLEM                                                      \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define LINE                                                              \
	"\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8p" \
	"AcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
/* PKCS #8 around the example's seed. */
#define SECRET                                                             \
	"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20" \
	"\x81\x0a\x14\x02\xd5\x14\x6c\x8d\x84\xf2\x44\x33\x30\xf5\x40\x80" \
	"\xeb\xf9\x8e\xe1\x7d\x9c\x74\xf6\x25\x2f\xc5\xd5\xc7\x28\x31\x73"

static struct ca_note_key
key_of(const char *text)
{
	struct ca_note_key key = {0};
	struct ca_error err = {0};

	if (ca_note_key_parse(ca_text(text), &key, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return key;
}

static void
test_example(void **state)
{
	const struct ca_note_key key = key_of(NEUMANN);
	struct ca_signed_note note;
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(
	    ca_note_parse(ca_text(PROBLEM "\n" LINE), &note, &err), CA_OK);
	assert_int_equal(note.count, 1);
	assert_bytes(note.text, ca_text(PROBLEM));
	if (ca_note_verify(&note, &key, &err) != CA_OK)
		fail_msg("%s", err.msg);
}

/* Ed25519 is deterministic: ours is theirs, to the octet. */
static void
test_example_is_made_again(void **state)
{
	struct log_fixture *f = *state;
	const struct ca_note_key key = key_of(NEUMANN);
	struct ca_key *secret = NULL;
	struct ca_buf note = {0};
	struct ca_error err = {0};

	if (ca_key_from_pkcs8(BYTES(SECRET), f->rng, &secret, &err) != CA_OK)
		fail_msg("%s", err.msg);
	if (ca_note_sign(ca_text(PROBLEM), &key, secret, f->rng, &note, &err) !=
	    CA_OK)
		fail_msg("%s", err.msg);
	assert_text(&note, PROBLEM "\n" LINE);
	ca_key_free(secret);
}

static void
test_keys(void **state)
{
	static const char *const good[] = {NEUMANN,
	    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8Ou"
	    "An8"};
	static const struct {
		enum ca_status st;
		const char *text;
	} bad[] = {
	    {CA_MALFORMED, ""},
	    {CA_MALFORMED, "PeterNeumann"},
	    {CA_MALFORMED, "PeterNeumann+c74f20a3"},
	    {CA_MALFORMED, "PeterNeumann+c74f20a3+"},
	    {CA_MALFORMED, "PeterNeumann+c74f20a3+AR pc2Q"},
	    /* a wrong id, a long one, capitals, another name */
	    {CA_MALFORMED,
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izW"
		"y10TW"},
	    {CA_MALFORMED,
		"PeterNeumann+00c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4i"
		"zWy10TW"},
	    {CA_MALFORMED,
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izW"
		"y10TW"},
	    {CA_MALFORMED,
		"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izW"
		"y10TW"},
	    /* type 02; 31 octets; a space in the name */
	    {CA_REFUSED,
		"PeterNeumann+c74f20a3+AhpcWQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izW"
		"y10TW"},
	    {CA_REFUSED,
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izW"
		"y10Q="},
	    {CA_REFUSED,
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4iz"
		"Wy10TW"},
	    {CA_REFUSED,
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct ca_note_key key = key_of(good[i]);
		struct ca_buf text = {0};

		assert_int_equal(ca_note_key_append(&text, &key), CA_OK);
		assert_text(&text, good[i]);
	}
	/* A line of a file ends. */
	assert_string_equal(key_of(NEUMANN " \r\n").name, "PeterNeumann");
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_note_key key = {.name = "untouched"};
		struct ca_error err = {0};
		enum ca_status st = ca_note_key_parse(
		    ca_text(bad[i].text), &key, &err);

		if (st != bad[i].st)
			fail_msg("\"%s\": %d", bad[i].text, (int)st);
		assert_string_equal(key.name, "untouched");
	}
}

static void
test_names(void **state)
{
	static const uint8_t octets[CA_NOTE_KEY_LEN] = {1};
	static const char *const bad[] = {"", "a b", "a+b", "a\nb", "a\tb",
	    "a\xc2\xa0z", "a\xe3\x80\x80", "\xff", "a\xe2\x80\xa8"};
	const struct ca_bytes key = {octets, sizeof(octets)};
	struct ca_note_key ret;
	char name[CA_NOTE_NAME + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    ca_note_key_set(ca_text(bad[i]), key, &ret, NULL),
		    CA_REFUSED);
	memset(name, 'a', sizeof(name));
	assert_int_equal(
	    ca_note_key_set((struct ca_bytes){(uint8_t *)name, CA_NOTE_NAME},
		key, &ret, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_note_key_set((struct ca_bytes){(uint8_t *)name,
					     CA_NOTE_NAME - 1},
			     key, &ret, NULL),
	    CA_OK);
	assert_int_equal(
	    ca_note_key_set(
		ca_text("lab.example/gr\xc3\xbc\xc3\x9f"), key, &ret, NULL),
	    CA_OK);
}

#define SIG "\xe2\x80\x94 n AAAAAAA=\n" /* five octets */

static void
test_what_is_no_note(void **state)
{
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\n"),
	    LITERAL("\n\n"), LITERAL("text\n"), LITERAL("text\n\n"),
	    LITERAL("text\n" SIG), LITERAL("text\n\nSIG"),
	    LITERAL("text\n\n- n AAAAAAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94n AAAAAAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94 nAAAAAAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94  AAAAAAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94 n \n"),
	    LITERAL("text\n\n\xe2\x80\x94 n AAAAAA==\n"),
	    LITERAL("text\n\n\xe2\x80\x94 n AAAA AAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94 n+m AAAAAAA=\n"),
	    LITERAL("text\n\n\xe2\x80\x94 n AAAAAAA="),
	    LITERAL("text\n\n" SIG "\n"), LITERAL("text\n\n" SIG "more\n"),
	    LITERAL("te\x00xt\n\n" SIG), LITERAL("te\rxt\n\n" SIG),
	    LITERAL("te\xffxt\n\n" SIG)};
	struct ca_signed_note note;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};

		if (ca_note_parse(bad[i], &note, &err) != CA_MALFORMED)
			fail_msg("row %zu was taken", i);
		assert_non_null(strstr(err.msg, "note"));
	}
	assert_int_equal(
	    ca_note_parse(ca_text("a\n\nb\n\n" SIG SIG), &note, NULL), CA_OK);
	assert_bytes(note.text, ca_text("a\n\nb\n"));
	assert_int_equal(note.count, 2);
}

static void
test_number_of_signatures(void **state)
{
	struct ca_buf text = {0};
	struct ca_signed_note note;

	(void)state;
	assert_int_equal(ca_buf_append_text(&text, "text\n\n"), CA_OK);
	for (int i = 0; i < CA_NOTE_SIGNATURES; i++)
		assert_int_equal(ca_buf_append_text(&text, SIG), CA_OK);
	assert_int_equal(ca_note_parse(ca_view(&text), &note, NULL), CA_OK);
	assert_int_equal(note.count, CA_NOTE_SIGNATURES);
	assert_int_equal(ca_buf_append_text(&text, SIG), CA_OK);
	assert_int_equal(
	    ca_note_parse(ca_view(&text), &note, NULL), CA_MALFORMED);
	ca_buf_free(&text);
}

/* ---- whose signature counts ---- */

static enum ca_status
verdict(const char *text, const struct ca_note_key *key)
{
	struct ca_signed_note note;

	assert_int_equal(ca_note_parse(ca_text(text), &note, NULL), CA_OK);
	return ca_note_verify(&note, key, NULL);
}

static void
test_signatures(void **state)
{
	struct log_fixture *f = *state;
	const struct ca_note_key key = key_of(NEUMANN);

	/* Others' lines do not matter, before or behind. */
	assert_int_equal(verdict(PROBLEM "\n" SIG LINE SIG, &key), CA_OK);
	assert_int_equal(
	    verdict(
		PROBLEM "\n\xe2\x80\x94 PeterNeumann AAAAAAA=\n" LINE, &key),
	    CA_OK);
	/* The text changed; nobody we know; ours does not hold. */
	assert_int_equal(verdict("x" PROBLEM "\n" LINE, &key), CA_UNTRUSTED);
	assert_int_equal(verdict(PROBLEM "\n" SIG, &key), CA_UNTRUSTED);
	assert_int_equal(verdict(PROBLEM "\n" LINE, &f->key), CA_UNTRUSTED);
	/* One of ours that is broken spoils one that holds. */
	assert_int_equal(
	    verdict(
		PROBLEM "\n" LINE "\xe2\x80\x94 PeterNeumann x08gowA=\n", &key),
	    CA_UNTRUSTED);
}

static void
test_what_is_not_signed(void **state)
{
	struct log_fixture *f = *state;
	struct ca_note_key other = key_of(NEUMANN);
	struct ca_key *p256 = NULL;
	struct ca_buf buf = {0};
	struct ca_error err = {0};

	/* A SEQUENCE: what a certificate begins with. */
	assert_int_equal(ca_note_sign(ca_text("0text\n"), &f->key, f->secret,
			     f->rng, &buf, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_note_sign(ca_text("no newline"), &f->key, f->secret,
			     f->rng, &buf, NULL),
	    CA_MALFORMED);
	assert_int_equal(ca_note_sign(ca_text("text\n"), &other, f->secret,
			     f->rng, &buf, NULL),
	    CA_INTERNAL);
	assert_int_equal(
	    ca_key_generate(CA_KEY_P256, 0, f->rng, &p256, NULL), CA_OK);
	assert_int_equal(
	    ca_sign_note(ca_text("text\n"), p256, f->rng, &buf, &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "Ed25519"));
	assert_int_equal(
	    ca_sign_note(ca_text(""), f->secret, f->rng, &buf, NULL),
	    CA_REFUSED);
	assert_int_equal(buf.len, 0);
	ca_key_free(p256);
}

int
main(void)
{
#define WITH_KEY(test) \
	cmocka_unit_test_setup_teardown(test, make_log_key, drop_log_key)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_example),
	    WITH_KEY(test_example_is_made_again),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_what_is_no_note),
	    cmocka_unit_test(test_number_of_signatures),
	    WITH_KEY(test_signatures),
	    WITH_KEY(test_what_is_not_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

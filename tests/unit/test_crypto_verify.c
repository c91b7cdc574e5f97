/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/vectors/crypto/signatures.txt: signatures that hold and signatures that
 * must not (checklist 37, 38, 39), each with its verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"

#define SIGNED "Signet signs this."
#define VECTORS SIGNET_SOURCE_DIR "/tests/vectors/crypto/signatures.txt"
#define MAX_NAMED 128

struct named {
	char name[32];
	struct ca_buf der;
};

struct vectors {
	struct named keys[MAX_NAMED], algs[MAX_NAMED];
	size_t key_count, alg_count;
	unsigned cases, held;
};

static void
add(struct named *list, size_t *count, const char *name, const char *hex)
{
	assert_true(*count < MAX_NAMED);
	(void)snprintf(list[*count].name, sizeof(list[0].name), "%s", name);
	assert_int_equal(ca_hex_parse(&list[(*count)++].der, hex), CA_OK);
}

static struct ca_bytes
find(const struct named *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return ca_view(&list[i].der);
	fail_msg("no key or algorithm %s", name);
	return (struct ca_bytes){0};
}

static enum ca_status
status_of(const char *word)
{
	if (strcmp(word, "ok") == 0)
		return CA_OK;
	if (strcmp(word, "untrusted") == 0)
		return CA_UNTRUSTED;
	assert_string_equal(word, "refused");
	return CA_REFUSED;
}

/* VERDICT KEY ALG SIGNATURE WHY; the signature may be empty. */
static void
run_case(struct vectors *all, char *line)
{
	char verdict[16], key[32], alg[32];
	struct ca_bytes spki_der, alg_der;
	struct ca_buf signature = {0};
	struct ca_error err = {0};
	struct ca_sig_alg parsed;
	struct ca_spki spki;
	enum ca_status want, st;
	int used = 0;
	char *hex, *why;

	assert_int_equal(
	    sscanf(line, "%15s %31s %31s %n", verdict, key, alg, &used), 3);
	/* %n stands behind all white space, so count the blanks instead */
	hex = line + strlen(verdict) + strlen(key) + strlen(alg) + 3;
	why = strchr(hex, ' ');
	assert_non_null(why);
	*why++ = '\0';
	if (*hex != '\0')
		assert_int_equal(ca_hex_parse(&signature, hex), CA_OK);
	want = status_of(verdict);
	spki_der = find(all->keys, all->key_count, key);
	alg_der = find(all->algs, all->alg_count, alg);
	assert_int_equal(ca_spki_get(&spki_der, &spki, &err), CA_OK);
	assert_int_equal(ca_sig_alg_get(&alg_der, &parsed, &err), CA_OK);
	st = ca_crypto_verify(
	    &spki, &parsed, ca_text(SIGNED), ca_view(&signature), &err);
	if (st != want)
		fail_msg("%s %s %s (%s): %d '%s'", verdict, key, alg, why, st,
		    err.msg);
	assert_int_equal(err.status, st);
	all->cases++;
	all->held += st == CA_OK;
	ca_buf_free(&signature);
}

static void
run_line(struct vectors *all, char *line)
{
	char *name = strchr(line, ' '), *rest;

	assert_non_null(name);
	*name++ = '\0';
	if (strcmp(line, "case") == 0) {
		run_case(all, name);
		return;
	}
	rest = strchr(name, ' ');
	assert_non_null(rest);
	*rest++ = '\0';
	if (strcmp(line, "key") == 0)
		add(all->keys, &all->key_count, name, rest);
	else
		add(all->algs, &all->alg_count, name, rest);
}

static void
every_verdict(void **state)
{
	static struct vectors all;
	FILE *file = fopen(VECTORS, "r");
	char *line = NULL;
	size_t size = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && line[0] != '\0')
			run_line(&all, line);
	}
	free(line);
	(void)fclose(file);
	assert_in_range(all.cases, 250, 1000);
	assert_in_range(all.held, 50, 200);
	for (size_t i = 0; i < all.key_count; i++)
		ca_buf_free(&all.keys[i].der);
	for (size_t i = 0; i < all.alg_count; i++)
		ca_buf_free(&all.algs[i].der);
}

/* ---- keys that can be used, and keys that cannot ---- */

static enum ca_status
check(const char *hex, struct ca_error *err)
{
	struct ca_buf der = {0};
	struct ca_bytes in;
	struct ca_spki spki;
	enum ca_status st;

	*err = (struct ca_error){0};
	assert_int_equal(ca_hex_parse(&der, hex), CA_OK);
	in = ca_view(&der);
	assert_int_equal(ca_spki_get(&in, &spki, err), CA_OK);
	st = ca_crypto_check_public(&spki, err);
	/* What a signature shows is that the point is one of the curve. */
	if (st == CA_OK || strstr(err->msg, "the curve") == NULL)
		if (ca_crypto_check_proved(&spki, NULL) != st &&
		    strstr(err->msg, "on curve") == NULL)
			fail_msg("proved differs: %s", err->msg);
	ca_buf_free(&der);
	return st;
}

/* Every key of the file that is not odd can be used; checklist 37. */
static void
public_keys(void **state)
{
	static const char *const odd[] = {"off", "zero", "xp", "xbig", "odd",
	    "rsae1", "rsae2", "rsaeven", "rsaebig", "rsa511", "rsa4104"};
	FILE *file = fopen(VECTORS, "r");
	unsigned good = 0, bad = 0;
	char *line = NULL;
	size_t size = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		char name[32];
		enum ca_status want = CA_OK, st;
		struct ca_error err;
		char *hex = strrchr(line, ' ');

		if (sscanf(line, "key %31s ", name) != 1)
			continue;
		hex[strcspn(hex, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
			if (strstr(name, odd[i]) != NULL)
				want = CA_REFUSED;
		st = check(hex + 1, &err);
		if (st != want)
			fail_msg("%s: %d '%s'", name, st, err.msg);
		good += st == CA_OK;
		bad += st != CA_OK;
	}
	free(line);
	(void)fclose(file);
	assert_in_range(good, 20, 100);
	assert_in_range(bad, 30, 100);
}

static void
no_key_no_verdict(void **state)
{
	const struct ca_spki none = {0};
	const struct ca_sig_alg alg = {CA_SIG_ECDSA, CA_HASH_SHA256, 0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_crypto_check_public(&none, &err), CA_INTERNAL);
	assert_int_equal(ca_crypto_check_proved(&none, NULL), CA_INTERNAL);
	assert_int_equal(
	    ca_crypto_verify(&none, &alg, ca_text("a"), ca_text("b"), NULL),
	    CA_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_verdict),
	    cmocka_unit_test(public_keys),
	    cmocka_unit_test(no_key_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

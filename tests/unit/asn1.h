/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * asn1: DER spelled in a test, and DER read from tests/vectors.
 *
 * "30( 06(550403) 0c('x') )" is a SEQUENCE with the lengths counted: a tag
 * with '(' opens an element and ')' closes it, two hex digits are an octet,
 * text stands in single quotes. "30 80" is two octets, so that what is not
 * DER can be spelled as well.
 *
 * What this does not do: know that a tag or an OID means something.
 */
#ifndef TESTS_UNIT_ASN1_H
#define TESTS_UNIT_ASN1_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "ca/der.h"
#include "tests/unit/bytes.h"

static inline uint8_t
asn1_octet(const char *text)
{
	char pair[3] = {text[0], text[1], '\0'};
	char *end;
	unsigned long octet = strtoul(pair, &end, 16);

	if (end != pair + 2)
		fail_msg("not two hex digits: %.20s", text);
	return (uint8_t)octet;
}

/* Writes what text spells. */
static inline void
asn1_put(struct der_out *out, const char *text)
{
	while (*text != '\0') {
		if (isspace((unsigned char)*text)) {
			text++;
		} else if (*text == ')') {
			der_close(out);
			text++;
		} else if (*text == '\'') {
			size_t len = strcspn(++text, "'");

			der_put_raw(
			    out, (struct ca_bytes){(const uint8_t *)text, len});
			text += len + 1;
		} else {
			uint8_t octet = asn1_octet(text);

			text += 2;
			if (*text == '(') {
				der_open(out, octet);
				text++;
			} else {
				der_put_raw(out, (struct ca_bytes){&octet, 1});
			}
		}
	}
}

/* What text spells; free it. */
static inline struct ca_buf
asn1(const char *text)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	asn1_put(&out, text);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	return der;
}

/* Appends a file; false when it is not there. */
static inline bool
append_file(struct ca_buf *buf, const char *path)
{
	uint8_t block[4096];
	size_t len;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return false;
	while ((len = fread(block, 1, sizeof(block), file)) > 0)
		assert_int_equal(
		    ca_buf_append(buf, (struct ca_bytes){block, len}), CA_OK);
	fclose(file);
	return true;
}

/* tests/vectors/NAME; free it. */
static inline struct ca_buf
vector(const char *name)
{
	struct ca_buf buf = {0};
	char path[512];

	(void)snprintf(
	    path, sizeof(path), "%s/tests/vectors/%s", SIGNET_SOURCE_DIR, name);
	if (!append_file(&buf, path))
		fail_msg("%s: cannot be read", path);
	return buf;
}

/* Where the public corpora are; NULL when they are not here. */
static inline const char *
corpora(void)
{
	const char *folder = getenv("SIGNET_CORPORA");
	char path[512];
	FILE *file;

	if (folder == NULL || *folder == '\0')
		folder = SIGNET_CORPORA_DEFAULT;
	(void)snprintf(path, sizeof(path), "%s/README.md", folder);
	file = fopen(path, "rb");
	if (file == NULL)
		return NULL;
	fclose(file);
	return folder;
}

/* What main() returns then: CTest reports the test as skipped. */
static inline int
not_here(void)
{
	fprintf(stderr, "SKIP: no corpora in %s; SIGNET_CORPORA names them\n",
	    SIGNET_CORPORA_DEFAULT);
	return 77;
}

#endif

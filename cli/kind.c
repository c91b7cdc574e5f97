/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/kind.h"

#include <string.h>

#include "ca/der.h"
#include "ca/pem.h"

#define TAGS_MAX 8 /* elements that are looked at */

static const struct {
	const char *name, *hint;
} kinds[] = {
    [KIND_UNKNOWN] = {"something unknown", ""},
    [KIND_CERTIFICATE] = {"a certificate", "; see `signet show`"},
    [KIND_REQUEST] = {"a certificate request", "; see `signet csr show`"},
    [KIND_CRL] = {"a CRL", "; see `signet crl show`"},
    [KIND_PRIVATE_KEY] = {"a private key",
	"; `openssl pkey -noout -text_pub` shows its public half"},
    [KIND_PUBLIC_KEY] = {"a public key", ""},
    [KIND_PKCS12] = {"a PKCS #12 file",
	"; `openssl pkcs12 -nokeys` takes the certificate out"},
};

/* ---- PEM ---- */

static enum file_kind
kind_of_label(const char *label)
{
	static const struct {
		const char *end;
		enum file_kind kind;
	} labels[] = {{"CERTIFICATE REQUEST", KIND_REQUEST},
	    {"CERTIFICATE", KIND_CERTIFICATE}, {"X509 CRL", KIND_CRL},
	    {"PRIVATE KEY", KIND_PRIVATE_KEY}, {"PUBLIC KEY", KIND_PUBLIC_KEY}};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t len = strlen(label), end = strlen(labels[i].end);

		if (len >= end && strcmp(label + len - end, labels[i].end) == 0)
			return labels[i].kind;
	}
	return KIND_UNKNOWN;
}

/* ---- DER ---- */

/* The tags of the elements in a row, 0 behind the last. */
static void
take_tags(struct ca_bytes in, uint8_t tags[TAGS_MAX])
{
	struct ca_bytes element, content;

	memset(tags, 0, TAGS_MAX);
	for (size_t i = 0; i < TAGS_MAX; i++)
		if (!der_get_any(&in, &tags[i], &element, &content)) {
			tags[i] = 0;
			return;
		}
}

static bool
begins(const uint8_t tags[TAGS_MAX], const uint8_t *want, size_t count)
{
	return memcmp(tags, want, count) == 0;
}

static bool
is_time(uint8_t tag)
{
	return tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME;
}

/* What is signed, by the elements inside: behind the version the request has
 * name and key, the CRL algorithm, name and a time (RFC 2986, RFC 5280). */
static enum file_kind
kind_of_signed(struct ca_bytes tbs)
{
	static const uint8_t request[] = {
	    DER_INTEGER, DER_SEQUENCE, DER_SEQUENCE, DER_CONTEXT_CONS(0)};
	static const uint8_t certificate[] = {DER_CONTEXT_CONS(0), DER_INTEGER,
	    DER_SEQUENCE, DER_SEQUENCE, DER_SEQUENCE};
	static const uint8_t two[] = {DER_SEQUENCE, DER_SEQUENCE};
	uint8_t tags[TAGS_MAX];
	size_t from;

	take_tags(tbs, tags);
	if (begins(tags, request, sizeof(request)))
		return KIND_REQUEST;
	if (begins(tags, certificate, sizeof(certificate)))
		return KIND_CERTIFICATE;
	from = tags[0] == DER_INTEGER ? 1 : 0;
	if (!begins(tags + from, two, sizeof(two)))
		return KIND_UNKNOWN;
	if (is_time(tags[from + 2]))
		return KIND_CRL;
	/* of version 1 */
	return from == 1 && tags[3] == DER_SEQUENCE ? KIND_CERTIFICATE :
						      KIND_UNKNOWN;
}

static enum file_kind
kind_of_der(struct ca_bytes der)
{
	static const uint8_t encrypted[] = {DER_SEQUENCE, DER_OCTET_STRING, 0};
	static const uint8_t public[] = {DER_SEQUENCE, DER_BIT_STRING, 0};
	static const uint8_t is_signed[] = {
	    DER_SEQUENCE, DER_SEQUENCE, DER_BIT_STRING, 0};
	static const uint8_t pkcs8[] = {
	    DER_INTEGER, DER_SEQUENCE, DER_OCTET_STRING};
	static const uint8_t ec[] = {DER_INTEGER, DER_OCTET_STRING};
	static const uint8_t rsa[] = {
	    DER_INTEGER, DER_INTEGER, DER_INTEGER, DER_INTEGER, DER_INTEGER};
	struct ca_bytes in, tbs;
	uint8_t tags[TAGS_MAX];
	uint64_t version;

	if (!der_get(&der, DER_SEQUENCE, &in))
		return KIND_UNKNOWN;
	take_tags(in, tags);
	if (begins(tags, is_signed, sizeof(is_signed)))
		return der_get(&in, DER_SEQUENCE, &tbs) ? kind_of_signed(tbs) :
							  KIND_UNKNOWN;
	if (begins(tags, public, sizeof(public)))
		return KIND_PUBLIC_KEY;
	if (begins(tags, encrypted, sizeof(encrypted)) ||
	    begins(tags, pkcs8, sizeof(pkcs8)) ||
	    begins(tags, ec, sizeof(ec)) || begins(tags, rsa, sizeof(rsa)))
		return KIND_PRIVATE_KEY;
	/* PFX, RFC 7292 4 */
	if (der_get_uint(&in, &version) && version == 3 &&
	    tags[1] == DER_SEQUENCE)
		return KIND_PKCS12;
	return KIND_UNKNOWN;
}

/* ---- either ---- */

/* The label of the first block, "" for DER and for what cannot be read. */
static void
first_label(struct ca_bytes file, char label[CA_PEM_LABEL])
{
	struct ca_buf der = {0};

	if (!ca_pem_is_pem(file) ||
	    ca_pem_next(&file, label, &der, NULL) != CA_OK)
		label[0] = '\0';
	ca_buf_free(&der);
}

enum file_kind
kind_of(struct ca_bytes file)
{
	char label[CA_PEM_LABEL];
	enum file_kind kind = kind_of_der(file);

	if (kind != KIND_UNKNOWN)
		return kind;
	first_label(file, label);
	return kind_of_label(label);
}

enum ca_status
kind_check(struct ca_bytes file, enum file_kind wanted, struct ca_error *err)
{
	enum file_kind kind = kind_of(file);
	char label[CA_PEM_LABEL];

	if (kind == wanted || kind == KIND_UNKNOWN)
		return CA_OK;
	first_label(file, label);
	return ca_fail(err, CA_MALFORMED, "holds %s%s%s%s, not %s%s",
	    kinds[kind].name, label[0] != '\0' ? " (PEM: " : "", label,
	    label[0] != '\0' ? ")" : "", kinds[wanted].name, kinds[kind].hint);
}

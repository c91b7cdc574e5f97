/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A certificate that is taken has one encoding, all that was found in it
 * lies in it, and its TBS alone is read alike; one that is refused says why.
 */
#include "ca/cert.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_views_inside(const struct ca_cert *cert, struct ca_bytes der)
{
	struct ca_san_walk walk;
	struct ca_san san;
	size_t count = 0;

	require_inside(der, cert->tbs);
	require_inside(der, cert->signature);
	require_inside(cert->tbs, cert->serial);
	require_inside(cert->tbs, cert->issuer);
	require_inside(cert->tbs, cert->subject);
	require_inside(cert->tbs, cert->spki.der);
	require_inside(cert->tbs, cert->subject_key_id);
	require_inside(cert->tbs, cert->authority_key_id);
	require_inside(cert->tbs, cert->name_constraints);
	REQUIRE(cert->exts.count <= CA_EXT_MAX);
	for (size_t i = 0; i < cert->exts.count; i++) {
		require_inside(cert->tbs, cert->exts.list[i].oid);
		require_inside(cert->tbs, cert->exts.list[i].value);
	}
	REQUIRE(cert->san_count <= CA_SAN_READ_MAX);
	ca_san_walk(&walk, cert->sans);
	while (ca_san_next(&walk, &san)) {
		require_inside(cert->tbs, san.value);
		count++;
	}
	REQUIRE(count == cert->san_count);
	REQUIRE(cert->ext_key_usage.count <= CA_EXT_MAX_OIDS);
	for (size_t i = 0; i < cert->ext_key_usage.count; i++)
		require_inside(cert->tbs, cert->ext_key_usage.oid[i]);
}

/* What RFC 5280 4.2 says holds for whatever was taken. */
static void
require_sense(const struct ca_cert *cert)
{
	REQUIRE(cert->path_len == CA_PATH_LEN_NONE || cert->is_ca);
	REQUIRE(cert->path_len >= CA_PATH_LEN_NONE);
	REQUIRE(cert->has_key_usage == (cert->key_usage != 0));
	REQUIRE(cert->key_usage < 1 << 9);
	REQUIRE(cert->serial.len > 0);
	REQUIRE(!cert->serial_is_proper || cert->serial.len <= 20);
}

/* One that is trusted by itself: the same, whatever its signature is. */
static void
require_anchor(struct ca_bytes der, bool taken)
{
	struct ca_error err = {0};
	struct ca_cert anchor;
	enum ca_status st = ca_cert_parse_anchor(der, &anchor, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		REQUIRE(!taken);
		return;
	}
	require_views_inside(&anchor, der);
	require_sense(&anchor);
	require_one_encoding(der);
}

/* One that is looked at: laxity is told, and without any it is the same. */
static void
require_any(struct ca_bytes der, bool taken)
{
	struct ca_error err = {0};
	struct ca_cert any;
	enum ca_status st = ca_cert_parse_any(der, &any, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		REQUIRE(!taken);
		return;
	}
	REQUIRE(taken == (any.lax.reason[0] == '\0'));
	require_views_inside(&any, der);
	require_sense(&any);
	/* What is within an unknown algorithm's parameters nobody reads. */
	if (any.lax.reason[0] == '\0')
		require_one_encoding(der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes der = {data, size};
	struct ca_error err = {0};
	struct ca_cert cert, tbs;
	enum ca_status st;

	st = ca_cert_parse(der, &cert, &err);
	require_anchor(der, st == CA_OK);
	require_any(der, st == CA_OK);
	if (st != CA_OK) {
		require_reason(st, &err);
		/* The same bytes may be a TBS, which must not crash either. */
		err = (struct ca_error){0};
		st = ca_cert_parse_tbs(der, &tbs, &err);
		if (st == CA_OK)
			require_views_inside(&tbs, der);
		else
			require_reason(st, &err);
		return 0;
	}
	REQUIRE(size <= CA_CERT_MAX);
	require_views_inside(&cert, der);
	require_sense(&cert);
	require_one_encoding(der);
	REQUIRE(ca_cert_parse_tbs(cert.tbs, &tbs, NULL) == CA_OK);
	REQUIRE(tbs.san_count == cert.san_count);
	REQUIRE(tbs.exts.count == cert.exts.count);
	REQUIRE(tbs.not_before == cert.not_before);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool: what is handed in to be judged: certificates, anchors, CRLs and OCSP
 * answers from files, PEM (any number, with other blocks and text between
 * them) or DER (one; an OCSP answer is always DER).
 *
 * A file that cannot be read is an error, and so is one that holds nothing of
 * the kind. An object in it that our parsers refuse is left out, and told: of
 * two thousand CRLs, one by an algorithm of another age is no reason to look
 * at none.
 *
 * What this does not do: judge anything (ca/verify does).
 */
#ifndef CLI_POOL_H
#define CLI_POOL_H

#include "ca/cert.h"
#include "ca/crl.h"
#include "ca/ocsp.h"
#include "cli/text.h"

enum pool_kind {
	POOL_CERTS = 0,
	POOL_ANCHORS, /* by ca_cert_parse_anchor() */
	POOL_CRLS,
	POOL_OCSP
};

/* Of one kind, which with max is set before anything is added. The objects
 * are views into ders; of the three arrays one is used. */
struct pool {
	enum pool_kind kind;
	size_t max;       /* more are CA_USAGE */
	bool needs_first; /* the first of all is an error when refused */
	struct ca_buf *ders;
	struct ca_cert *certs;
	struct ca_crl *crls;
	struct ca_ocsp_response *ocsp;
	size_t count, room;
	struct text left_out; /* "FILE: number 2: why", a line each */
	size_t left_out_count;
};

/*
 * Adds what a file, or standard input for "-", holds. CA_MALFORMED when that
 * is something else; CA_UNTRUSTED for the first that is needed and refused
 * though it is well formed (CA_MALFORMED otherwise).
 */
CA_MUST_USE enum ca_status pool_read(
    struct pool *pool, const char *path, struct ca_error *err);
/* Adds a copy of one object; where it is from is for what is told. */
CA_MUST_USE enum ca_status pool_add(struct pool *pool, struct ca_bytes der,
    const char *where, struct ca_error *err);
void pool_done(struct pool *pool);

#endif

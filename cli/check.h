/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check: what is found out about a service, beyond what ca/verify judges: how
 * strong what was agreed on is, whether the certificates it shows are in this
 * home's ledger, what is wrong with the chain as it is sent, what became of our
 * own certificate; and how all of it is told.
 *
 * What this does not do: connect (cli/tls), judge a certificate (ca/verify),
 * ask for CRLs (cli/online).
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "ca/verify.h"
#include "cli/authority.h"
#include "cli/json.h"
#include "cli/online.h"
#include "cli/text.h"
#include "cli/tls.h"

#define CHECK_WEAK 128   /* bits: below it is named weak */
#define CHECK_BROKEN 112 /* bits: below it nobody should stay (SP 800-131A) */

/* ---- strength ---- */

struct check_strength {
	char name[80]; /* "rsa-1024"; "" when it is not known */
	bool known;    /* bits are */
	unsigned bits; /* of work for whoever breaks it, SP 800-57 part 1 */
	bool weak;     /* below CHECK_WEAK; RSA keys below 2048 */
	bool broken;   /* below CHECK_BROKEN */
};
/* RC4 has no bits left (RFC 7465). */
void check_cipher(const char *cipher, struct check_strength *ret);
/* A curve's name, or the bits of Diffie-Hellman's prime (then dh_bits is not
 * 0). */
void check_group(
    const char *group, unsigned dh_bits, struct check_strength *ret);
CA_MUST_USE enum ca_status check_key(
    const struct ca_spki *spki, struct check_strength *ret);

/* ---- the ledger ---- */

enum check_origin {
	CHECK_NOT_ASKED = 0, /* there is no ledger here */
	CHECK_OURS,          /* in the ledger, these very octets */
	CHECK_FOREIGN,       /* of others, for a name that is none of ours */
	CHECK_IMPOSTOR
};
struct check_standing {
	enum check_origin origin;
	bool revoked;     /* CHECK_OURS: the ledger says so, or a CRL */
	bool by_our_key;  /* CHECK_IMPOSTOR: its signature is */
	char state[12];   /* CHECK_OURS: as print_state() has it */
	char reason[400]; /* one line, safe for a terminal */
};
/* "not asked", "ours", "foreign", "impostor". */
const char *check_origin_name(enum check_origin origin);
/*
 * An impostor bears the name or the key identifier of an authority of this
 * home and is not in its ledger, or is for a name that this home issued and of
 * another issuer. The second is asked of a service's own certificate (own),
 * and of the host that was meant (NULL: none); a name whose every certificate
 * has ended may have gone to others.
 */
CA_MUST_USE enum ca_status check_ledger(struct authority *a,
    const struct ca_cert *cert, bool own, const char *host, int64_t now,
    struct check_standing *ret, struct ca_error *err);
/* One of our key that our authority's CRL or OCSP answer says is revoked is no
 * impostor, though it be missing in this ledger. */
void check_revoked(struct check_standing *standing);

/* ---- our own certificate ---- */

enum check_client {
	CHECK_CLIENT_UNASKED = 0, /* the server wants none */
	CHECK_CLIENT_TAKEN,       /* it went on: with ours, or without */
	CHECK_CLIENT_REFUSED,
	CHECK_CLIENT_UNKNOWN /* it hung up, or is silent */
};
struct check_talk {
	enum check_client client;
	char said[200]; /* by the server: an alert, or its first line; safe */
};

/* ---- all of it ---- */

struct check_report {
	const char *host, *port, *server_name; /* server_name may be NULL */
	const char *starttls;                  /* "smtp", or NULL */
	const char *staple;                    /* a line; "" for nothing */
	const struct tls_facts *facts;
	const struct check_talk *talk;
	struct check_strength cipher, group, key;
	/* The first sent_count of certs are those that the server sent and
	 * that can be read; number: the how manieth it sent, from 1. */
	const struct ca_cert *certs;
	const size_t *number;
	size_t sent_count;
	const struct check_standing *standing; /* of each that was sent */
	const char *no_ledger;                 /* why it was not asked */
	const struct ca_verify_question *ask;
	const struct ca_verdict *verdict;
	const struct online *online;   /* NULL: nobody was asked */
	const struct pool *left_out;   /* of certs: what cannot be read */
	const struct ca_error *broken; /* why there is no connection; or OK */
};

/* What is wrong with the chain as sent, a line each. */
void check_chain(const struct check_report *report, struct text *lines);
/* Why one should walk away, a line each; none: one may stay. */
void check_faults(const struct check_report *report, struct text *lines);
void check_print(
    const struct check_report *report, struct text *text, bool colour);
json_t *check_json(const struct check_report *report);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * online: what ca/verify needs and nobody has handed in, fetched over plain
 * http from where the certificates say it is: issuers that are missing
 * (authorityInfoAccess, caIssuers), OCSP answers, CRLs (each distribution
 * point, so the shard that a certificate names) and delta CRLs (freshestCRL).
 *
 *	struct online online = {.pools = {&certs, &anchors, &crls, &ocsp}};
 *
 *	ask.revocation = CA_REVOCATION_NAMED;
 *	st = online_gather(&online, &ask, &err);    fills the pools
 *	online_set(&ask, &online.pools);            the pools may have moved
 *	st = ca_verify(&ask, &verdict, &why);       decides
 *	online_print(&text, &online, colour);       what was asked, and came
 *	online_done(&online);
 *
 * First the path is completed, then each certificate below its anchor is
 * asked about; where nobody trusted stands above, nobody is asked. Every place
 * that a certificate names is reported, also those that are not asked (https,
 * LDAP) and why. What strangers send is bounded: see below.
 *
 * What this does not do: decide (ca/verify does); https, LDAP, proxies, a
 * cache; PKCS #7 bundles of issuers, indirect CRLs, the certificates of CRL
 * signers; keep anything between two runs.
 */
#ifndef CLI_ONLINE_H
#define CLI_ONLINE_H

#include "ca/verify.h"
#include "cli/http_client.h"
#include "cli/json.h"
#include "cli/pool.h"
#include "cli/text.h"

#define ONLINE_MAX_FETCHES 32 /* connections of one gathering */
#define ONLINE_MAX_ISSUERS 8  /* missing issuers fetched for one path */
#define ONLINE_MAX_REPORTS 96 /* lines; what is beyond is not asked */
#define ONLINE_MAX_REDIRECTS 3
#define ONLINE_MAX_CERT ((size_t)64 * 1024)       /* octets */
#define ONLINE_MAX_CRL ((size_t)64 * 1024 * 1024) /* octets */
#define ONLINE_MAX_ALL ((size_t)128 * 1024 * 1024)
#define ONLINE_CONNECT_MS 5000
#define ONLINE_EACH_MS 15000
#define ONLINE_WHOLE_MS 60000 /* when none is given */

enum online_kind {
	ONLINE_ISSUER = 0,
	ONLINE_OCSP,
	ONLINE_CRL,
	ONLINE_DELTA,
	ONLINE_KIND_COUNT
};
enum online_outcome {
	ONLINE_NOT_ASKED = 0, /* the reason says why */
	ONLINE_USED,          /* it came, and is in its pool */
	ONLINE_FAILED         /* it did not come, or is of no use */
};
struct online_report {
	enum online_kind kind;
	enum online_outcome outcome;
	/* As the certificate has it, to be made safe; {0} where it names no
	 * place. Owned by the structure below. */
	struct ca_buf url;
	struct ca_buf about; /* the subject of the certificate, as text */
	char reason[300];    /* one line: what came, or why nothing did */
	size_t octets;       /* of what came */
};

/* Borrowed, filled by whoever asks; certs begins with the leaf. */
struct online_pools {
	struct pool *certs, *anchors, *crls, *ocsp;
};

struct online {
	/* ---- set by the caller ---- */
	struct online_pools pools;
	int64_t whole_ms; /* for all of it; 0: ONLINE_WHOLE_MS */
	http_fetch fetch; /* NULL: http_ask() */
	void *fetch_ctx;
	/* ---- what came of it ---- */
	struct online_report report[ONLINE_MAX_REPORTS];
	size_t report_count;
	bool cut;            /* there would have been more reports */
	size_t issuer_count; /* missing issuers that were fetched and used */
	/* ---- its own ---- */
	int64_t end; /* of the time, as connection_now() */
	size_t fetch_count, octets;
};

/* The leaf, pool, anchors, CRLs and OCSP answers of a question, from pools. */
void online_set(
    struct ca_verify_question *ask, const struct online_pools *pools);
/*
 * Fetches for the question (its time, skew and purpose count; what pools hold
 * is taken from the pools, and its names are not looked at). CA_OK whatever
 * the servers did: the reports say it, ca_verify() judges. CA_USAGE for a
 * question ca_verify() refuses, CA_MEMORY, CA_INTERNAL.
 */
CA_MUST_USE enum ca_status online_gather(struct online *online,
    const struct ca_verify_question *ask, struct ca_error *err);
void online_done(struct online *online);
/*
 * For whoever asks for something else within the same bounds, after
 * online_begin(): a GET, redirects followed; 200 is the only status that is
 * taken. ret is replaced.
 */
void online_begin(struct online *online);
CA_MUST_USE enum ca_status online_get(struct online *online, const char *url,
    size_t max, struct ca_buf *ret, struct ca_error *err);

/* "issuer", "ocsp", "crl", "delta"; "used", "failed", "not asked". */
const char *online_kind_name(enum online_kind kind);
const char *online_outcome_name(enum online_outcome outcome);
/* A paragraph for each report, in at most 80 columns where the URL lets it. */
void online_print(struct text *text, const struct online *online, bool colour);
/* An array of {"kind", "about", "url", "outcome", "reason", "octets"}. */
json_t *online_json(const struct online *online);

#endif

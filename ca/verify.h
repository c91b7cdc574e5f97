/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify: whether a certificate is to be believed (RFC 5280 6; RFC 9525 for
 * names, RFC 9618 for policies, RFC 6960 for OCSP). Jason's three questions
 * (is it in date, is it for the name I meant, did someone I trust sign it),
 * and two more: is it for this purpose, has it been revoked.
 *
 *	struct ca_verify_question ask = {
 *	    .leaf = &leaf, .pool = pool, .pool_count = n,
 *	    .anchors = roots, .anchor_count = 1, .at = now,
 *	    .purpose = CA_PURPOSE_SERVER, .host = "company.com"};
 *	struct ca_verdict verdict;
 *
 *	st = ca_verify(&ask, &verdict, &err);
 *
 * The path from the leaf to an anchor is built over a pool in any order, by
 * key identifiers first, then by names, and tried until one holds; when none
 * does, the verdict is about the one that came nearest. Every search has a
 * bound; what goes beyond one is not trusted.
 *
 * Signatures are verified by ca/crypto; everything else is decided here.
 *
 * What this does not do: read files, ask a network, or know the time.
 * Indirect CRLs are not judged (with the reason), nor CRLs of whose signer
 * no certificate is there. A commonName is no host name, an emailAddress in
 * the subject no e-mail address (RFC 9525 2). Certificates and CRLs come
 * parsed: what ca_cert_parse() and ca_crl_parse() refuse (SHA-1, DSA, version
 * 1) cannot be part of an answer; an anchor may come from
 * ca_cert_parse_anchor().
 */
#ifndef CA_VERIFY_H
#define CA_VERIFY_H

#include "ca/base.h"
#include "ca/cert.h"
#include "ca/crl.h"
#include "ca/ocsp.h"

/* Certificates in a path, the leaf and the anchor among them. */
#define CA_VERIFY_MAX_CHAIN 16
#define CA_VERIFY_MAX_POOL 256
#define CA_VERIFY_MAX_ANCHORS 1024
#define CA_VERIFY_MAX_CRLS 4096
#define CA_VERIFY_MAX_OCSP 64
/* For one question, CRLs and their signers' paths included. */
#define CA_VERIFY_MAX_SIGNATURES 256
#define CA_VERIFY_MAX_STEPS 1024 /* certificates tried as an issuer */
#define CA_VERIFY_MAX_PATHS 64   /* whole paths looked at */
/* Policies at one height of a path, RFC 9618 4. */
#define CA_VERIFY_MAX_POLICIES 64

/* ---- the question ----------------------------------------------------- */

/*
 * What the leaf is to be used for. Its extKeyUsage, when it has one, names
 * the purpose itself: anyExtendedKeyUsage alone is not enough (RFC 5280
 * 4.2.1.12 allows that). In every certificate above, an extKeyUsage that has
 * neither the purpose nor anyExtendedKeyUsage refuses it. keyUsage, when
 * there, has a bit that the purpose needs. For server, client and email the
 * leaf is not an authority's certificate; for timestamp and ocsp it has an
 * extKeyUsage (RFC 3161 2.3, critical and for nothing else; RFC 6960
 * 4.2.2.2).
 */
enum ca_purpose {
	CA_PURPOSE_ANY = 0, /* not asked */
	CA_PURPOSE_SERVER,
	CA_PURPOSE_CLIENT,
	CA_PURPOSE_EMAIL,
	CA_PURPOSE_CODE,
	CA_PURPOSE_TIMESTAMP,
	CA_PURPOSE_OCSP,
	CA_PURPOSE_AUTHORITY, /* to sign certificates */
	CA_PURPOSE_CRL,       /* to sign CRLs */
	CA_PURPOSE_COUNT
};
/* "server", "client", "email", "code", "timestamp", "ocsp", "authority",
 * "crl", "any"; NULL for no purpose. */
const char *ca_purpose_name(int purpose);
bool ca_purpose_by_name(const char *name, enum ca_purpose *ret);

enum ca_revocation {
	/* Where a CRL of a certificate's issuer, or an OCSP answer about it,
	 * is given: then it must be good. Elsewhere it is not asked. */
	CA_REVOCATION_GIVEN = 0,
	CA_REVOCATION_LEAF, /* the leaf must be good; those above as given */
	CA_REVOCATION_ALL,  /* every certificate below the anchor */
	/* The leaf, and every certificate below the anchor that names where
	 * to ask (CRL distribution points, an OCSP responder), must be good;
	 * others as given. For those who have asked there. Then, and with
	 * ALL, the word of an OCSP delegate without ocspNoCheck is no good
	 * while nothing says that it is good itself. */
	CA_REVOCATION_NAMED,
	/* What is given and says revoked refuses; not to know does not, and
	 * is told ("soft fail"). */
	CA_REVOCATION_SOFT,
	CA_REVOCATION_NEVER /* not asked, whatever is given */
};

/* Everything is borrowed, and must outlive the verdict. */
struct ca_verify_question {
	const struct ca_cert *leaf;
	const struct ca_cert *pool; /* in any order; what is of no use waits */
	size_t pool_count;
	/*
	 * Trusted. Their validity, name constraints, path length, policy
	 * constraints and extKeyUsage hold for what is below (RFC 5937). A
	 * leaf that is itself an anchor, byte for byte, is trusted.
	 */
	const struct ca_cert *anchors;
	size_t anchor_count;
	int64_t at; /* Unix seconds */
	enum ca_purpose purpose;
	/*
	 * Each that is not NULL must be among the subjectAltNames. host: a
	 * name in A-labels or U-labels, a dot at the end allowed; ip:
	 * "192.0.2.1", "2001:db8::1"; email: "jason@company.com".
	 */
	const char *host, *ip, *email;
	/* user-initial-policy-set (RFC 5280 6.1.1 (c)); count 0: any-policy */
	struct ca_oid_list policies;
	bool explicit_policy, inhibit_mapping, inhibit_any; /* (e) to (g) */
	const struct ca_crl *crls;
	size_t crl_count;
	const struct ca_ocsp_response *ocsp;
	size_t ocsp_count;
	/* Why certificates and CRLs that were given could not be read, a line
	 * each; NULL: all were. The first is told where one is missed. */
	const char *unread_certs, *unread_crls;
	const char *unread_anchors; /* the same of what was to be trusted */
	enum ca_revocation revocation;
	int64_t skew;         /* for CRLs and OCSP: seconds clocks differ */
	int64_t ocsp_max_age; /* as in struct ca_ocsp_question */
	/*
	 * Do not ask for what RFC 5280 4.2 and 5.2 demand of whoever issues
	 * and 6.1 does not look at: extensions that must or must not be
	 * critical, a CRL's number; nor, for the purpose server, for what
	 * browsers and the CA/B Forum's Baseline Requirements (BR) do: an
	 * extKeyUsage, for one.
	 */
	bool lenient;
	/*
	 * A server of an authority that the public need not trust: key
	 * identifiers may be missing, name constraints not critical or with a
	 * dot in front of a dNSName, a root's authorityKeyIdentifier name more
	 * than the key; its extKeyUsage may be missing or critical, and its
	 * subjectAltName critical beside a subject. For other purposes that is
	 * never asked for.
	 */
	bool is_private;
};

/* ---- the answer ------------------------------------------------------- */

enum ca_outcome {
	CA_OUTCOME_NOT_ASKED = 0,
	CA_OUTCOME_HOLDS,
	CA_OUTCOME_FAILS
};

struct ca_finding {
	enum ca_outcome outcome;
	/* The certificate that decided; NULL when it was none. */
	const struct ca_cert *cert;
	/* "notAfter", "subjectAltName", "basicConstraints", ... */
	char field[40];
	/* One line: what was found and by which rule; also when it holds, and
	 * why it was not asked. */
	char reason[400];
};

struct ca_verdict {
	bool holds; /* all that was asked: CA_OK was returned */
	/* The leaf first. The anchor is last if the path is complete; else
	 * this is as far as it went. */
	const struct ca_cert *chain[CA_VERIFY_MAX_CHAIN];
	size_t chain_len;
	bool complete;
	/* When trust fails: somebody trusted may well stand above it, but a
	 * certificate on the way is not fit, by itself or for what it did. */
	bool is_unfit;
	struct ca_finding date;  /* is it in date */
	struct ca_finding name;  /* is it for the name I meant */
	struct ca_finding trust; /* did someone I trust sign it */
	struct ca_finding purpose;
	struct ca_finding revocation;
	/* When revocation fails for one that is revoked. */
	bool revoked;
	int64_t revoked_at;
	enum ca_reason revoked_reason;
	/* user-constrained-policy-set; OID content octets, and anyPolicy
	 * itself. Empty where no policy is valid for the whole path. */
	struct ca_oid_list policies;
};

/*
 * CA_OK: everything that was asked holds. CA_UNTRUSTED: something does not,
 * err has the first reason and ret all of them. CA_USAGE, with ret left alone:
 * a question that cannot be asked (no leaf, more than the bounds, a host that
 * is no host name, a time out of range). CA_MEMORY, CA_INTERNAL.
 */
CA_MUST_USE enum ca_status ca_verify(const struct ca_verify_question *ask,
    struct ca_verdict *ret, struct ca_error *err);

/*
 * Its issuer says where to ask whether it has been revoked: a CRL distribution
 * point, an OCSP responder. What cannot be read names a place, too.
 */
bool ca_verify_names_place(const struct ca_cert *cert);
/* "holds", "fails", "not asked". */
const char *ca_outcome_name(enum ca_outcome outcome);
/* Appends "CN=Lab Root CA: notAfter: ...", safe for a terminal. */
CA_MUST_USE enum ca_status ca_finding_append_text(
    struct ca_buf *buf, const struct ca_finding *finding);

/* ---- names, by themselves --------------------------------------------- */

/*
 * One dNSName of a certificate matches the host asked for (RFC 9525 6.3):
 * letters without regard to case, "*" only as the whole leftmost label and
 * for exactly one. host is in A-labels and lower case. A dNSName that is no
 * host name (an address, a NUL, "*.com") never matches; one that nobody
 * should issue, but that can be compared, letter by letter,
 * does: "a_b.com", "ab--c.com", "-a.com" (RFC 1034 3.5 notwithstanding).
 */
bool ca_verify_host_matches(struct ca_bytes dns_name, struct ca_bytes host);
/*
 * One rfc822Name matches (RFC 5280 7.5): the local part octet for octet, the
 * host without regard to case.
 */
bool ca_verify_email_matches(struct ca_bytes rfc822_name, struct ca_bytes mail);
/*
 * Appends the host as it is compared: A-labels, lower case, no dot at the
 * end. CA_USAGE for what is no host name, an address among it.
 */
CA_MUST_USE enum ca_status ca_verify_host_prepare(
    const char *host, struct ca_buf *ret, struct ca_error *err);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy: what a certificate may and will contain.
 *
 * One policy is one complete text file: no inheritance, no expansion, no
 * defaults from elsewhere. It is parsed and validated once, every fault with
 * file:line:column. The grammar is in docs/policy.md and, in short, here:
 *
 *   text     = { line }, '#' starts a comment outside quotes
 *   [policy]          description, validity, max-validity, backdate
 *   [key]             allow = type [>= bits] {, ...}
 *   [subject]         attribute = required | optional | fixed "text"
 *                     {, in subjectAltName}   (commonName alone)
 *   [subjectAltName]  require = type {"|" type} {, ...}: each group, one of
 *                     its types;  dns, email, ip, uri, upn =
 *                     any | pattern {, pattern}
 *   [extensions]      basicConstraints, keyUsage, extendedKeyUsage,
 *                     nameConstraints, certificatePolicies, ocspNoCheck
 *   [publish]         crl, freshest, ocsp, issuer = URL {, URL} with {issuer};
 *                     shards = N, and {shard} in crl and freshest
 *   [crl]             next-update, overlap, delta-next-update, never-issued =
 *                     unknown | revoked (authorities alone)
 *
 * Names. dns: "any" (each valid host name, no wildcard), "company.com" (that
 * name), ".company.com" (each name below), "*.company.com" (that literal
 * wildcard). email: "any", "@company.com" (a mailbox there), "@.company.com"
 * (at a host below), "jason@company.com". ip: "any" or prefixes. uri: "any"
 * or a prefix ending in '/'. upn: as email.
 *
 * What this does not do: read files, or know an issuer. Whether the issuer's
 * own certificate allows it all is ca/issuer's question.
 */
#ifndef CA_POLICY_H
#define CA_POLICY_H

#include "ca/base.h"
#include "ca/constraints.h"
#include "ca/ext.h"
#include "ca/san.h"
#include "ca/spki.h"

#define CA_POLICY_MAX_TEXT ((size_t)64 * 1024)
#define CA_POLICY_MAX_SUBJECT 24
#define CA_POLICY_MAX_PATTERNS 256
#define CA_POLICY_MAX_KEYS 16
#define CA_POLICY_MAX_REQUIRE 8
#define CA_POLICY_MAX_SHARDS 1024

/* Every key of the grammar but those of [subject], in canonical order. */
enum ca_policy_key {
	CA_POLICY_DESCRIPTION,
	CA_POLICY_VALIDITY,
	CA_POLICY_MAX_VALIDITY,
	CA_POLICY_BACKDATE,
	CA_POLICY_ALLOW,
	CA_POLICY_REQUIRE,
	CA_POLICY_DNS,
	CA_POLICY_EMAIL,
	CA_POLICY_IP,
	CA_POLICY_URI,
	CA_POLICY_UPN,
	CA_POLICY_BASIC_CONSTRAINTS,
	CA_POLICY_KEY_USAGE,
	CA_POLICY_EXT_KEY_USAGE,
	CA_POLICY_NAME_CONSTRAINTS,
	CA_POLICY_CERTIFICATE_POLICIES,
	CA_POLICY_OCSP_NO_CHECK,
	CA_POLICY_CRL,
	CA_POLICY_SHARDS,
	CA_POLICY_FRESHEST,
	CA_POLICY_OCSP,
	CA_POLICY_ISSUER,
	CA_POLICY_NEXT_UPDATE,
	CA_POLICY_OVERLAP,
	CA_POLICY_DELTA_NEXT_UPDATE,
	CA_POLICY_NEVER_ISSUED,
	CA_POLICY_KEY_COUNT
};

struct ca_key_rule {
	enum ca_key_type type;
	unsigned min_bits; /* RSA, else 0 */
};

enum ca_presence {
	CA_OPTIONAL,
	CA_REQUIRED,
	CA_FIXED
};

struct ca_subject_rule {
	enum ca_oid type;
	enum ca_presence presence;
	struct ca_bytes fixed; /* UTF-8, CA_FIXED alone */
	bool
	    in_san; /* commonName, emailAddress: must equal a name in the SAN */
	unsigned line;
};

struct ca_name_pattern {
	enum ca_san_type type;
	bool any;
	struct ca_bytes text; /* as written; ip: see octets */
	uint8_t octets[16];   /* ip */
	size_t octets_len;    /* 4 or 16 */
	unsigned prefix;
	unsigned line;
};

/* Read-only for everybody but ca_policy_parse(). */
struct ca_policy {
	struct ca_buf name; /* "server": the file's stem */
	struct ca_buf text; /* the whole file; views below point into it */
	uint8_t hash[32];   /* SHA-256 of text */
	struct ca_bytes description;
	int64_t validity, max_validity, backdate; /* seconds */
	struct ca_key_rule keys[CA_POLICY_MAX_KEYS];
	size_t key_count;
	struct ca_subject_rule subject[CA_POLICY_MAX_SUBJECT];
	size_t subject_count;
	/* Each group must be met, by a name of any of its types:
	 * a mask of 1 << enum ca_san_type. */
	uint32_t require[CA_POLICY_MAX_REQUIRE];
	size_t require_count;
	struct ca_name_pattern patterns[CA_POLICY_MAX_PATTERNS];
	size_t pattern_count;
	bool is_ca;
	int path_len, max_path_len; /* CA_PATH_LEN_NONE: no limit */
	bool basic_constraints_critical, key_usage_critical,
	    ext_key_usage_critical;
	uint16_t key_usage;
	struct ca_oid_list ext_key_usage; /* views into owned */
	struct ca_oid_list policies;
	struct ca_bytes cps;
	struct ca_buf name_constraints; /* extension value, or empty */
	bool ocsp_no_check;
	/* {issuer} in them, and {shard} in the first two */
	struct ca_url_list crl_urls, freshest_urls, ocsp_urls, issuer_urls;
	unsigned shards; /* 0: its certificates are in no partition */
	int64_t crl_next_update, crl_overlap; /* seconds; 0: not said */
	int64_t delta_next_update;
	/* OCSP calls a serial that was never issued revoked, not unknown. */
	bool never_issued_is_revoked;
	unsigned lines[CA_POLICY_KEY_COUNT]; /* where a key stands, 0: not */
	struct ca_buf owned; /* backing store of decoded views */
};

/*
 * Parses text. name is the policy's name (1 to 40 of [a-z0-9-], else
 * CA_USAGE), file what messages call it. Unknown or repeated section or key, a
 * missing one that is needed, a value that does not parse, a contradiction
 * (validity above max-validity, CA with a leaf's key usage, keyCertSign without
 * CA:TRUE, a wildcard pattern that is none, EKU serverAuth without any name
 * rule): CA_MALFORMED, the message begins "file:line:column: ". Columns count
 * characters from 1, a tab is one.
 */
CA_MUST_USE enum ca_status ca_policy_parse(struct ca_bytes text,
    const char *name, const char *file, struct ca_policy **ret,
    struct ca_error *err);
void ca_policy_free(struct ca_policy *policy);
/*
 * Appends the policy in canonical form: sections and keys in the order of the
 * grammar, one space around '=', no comments. It parses to the same policy.
 */
CA_MUST_USE enum ca_status ca_policy_append_text(
    struct ca_buf *buf, const struct ca_policy *policy);

/* "server.policy:12"; without the line when it is 0. */
#define CA_POLICY_PLACE 64
void ca_policy_place(
    const struct ca_policy *policy, unsigned line, char ret[CA_POLICY_PLACE]);
/* The rule for an attribute type; NULL when it is not listed. */
const struct ca_subject_rule *ca_policy_subject_rule(
    const struct ca_policy *policy, enum ca_oid type);
/*
 * The policy lists every attribute of an authority's name, a whole Name
 * element: a request's others are dropped, but an authority keeps its name for
 * ever. CA_REFUSED names the first that is not listed, and those that are.
 */
CA_MUST_USE enum ca_status ca_policy_takes_subject(
    const struct ca_policy *policy, struct ca_bytes subject,
    struct ca_error *err);
/* The types of names that may be there: a mask of 1 << enum ca_san_type. */
uint32_t ca_policy_allowed_types(const struct ca_policy *policy);
/* The partition that a certificate with this serial is in: the serial modulo
 * shards, and one; 0 when the policy has none. Serials are random, so they
 * fill alike. */
unsigned ca_policy_shard(
    const struct ca_policy *policy, struct ca_bytes serial);
/* It asserts the CA/B Forum's extended validation, 2.23.140.1.1. */
bool ca_policy_is_ev(const struct ca_policy *policy);

/* ---- what is asked for ---- */

enum ca_origin {
	CA_FROM_REQUEST, /* the key, names */
	CA_FROM_POLICY,
	CA_FROM_ISSUER,
	CA_FROM_OPTION, /* the operator's command line */
	CA_FROM_SIGNET, /* chosen here: serial, identifiers */
	CA_DROPPED      /* asked for and not granted; why says why */
};

/* A wish: what a request (or an operator) asks for. Views. */
struct ca_wish {
	struct ca_bytes subject; /* whole Name element */
	const struct ca_san *sans;
	size_t san_count;
	const struct ca_spki *spki;
	const struct ca_exts *exts; /* requested; reported, never used */
	/* The key was admitted once, and a signature by it was verified now:
	 * its strength is not judged again (ca/weakkey). */
	bool key_is_proved;
	/* A signature by the key was verified: a curve's point was shown to lie
	 * on it. */
	bool signature_holds;
	bool without_notes; /* nobody will read them */
	/* the operator's, for authorities alone */
	bool has_path_len;
	int path_len;
	/* extension value; {0}: the policy's. Refused beside the policy's. */
	struct ca_bytes name_constraints;
};

/* How the why of what was dropped ends when nothing is lost by it. */
#define CA_WHY_SAME "the policy gives the same"
/* One line of the story of a certificate's field; safe for a terminal. */
struct ca_note {
	enum ca_origin origin;
	char field[48];
	struct ca_buf text; /* what it is, or what was asked */
	char why[160];      /* "server.policy:12", "never copied from ..." */
};
#define CA_GRANT_MAX_NOTES 256

/* What will be in it. Free with ca_grant_done(). */
struct ca_grant {
	const struct ca_policy *policy; /* borrowed */
	struct ca_spki spki;            /* views into the wish's bytes */
	struct ca_buf subject;          /* whole Name element */
	struct ca_buf sans;             /* GeneralNames element, or empty */
	bool sans_critical;             /* when the subject is empty */
	uint16_t key_usage;             /* keyEncipherment kept for RSA alone */
	int path_len;                   /* authorities */
	struct ca_buf name_constraints;
	struct ca_note *notes;
	size_t note_count;
};

/*
 * Decides. The subject is built anew in the policy's order from the
 * attributes the policy lists (others are dropped, with a note); every name
 * wished for must be valid and allowed, else the whole request is refused;
 * required names and attributes must be there. The key's type and size must
 * be allowed; ca/weakkey is asked too. CA_REFUSED: what was found, the
 * policy's file:line, and what to do. Requested extensions other than
 * subjectAltName become CA_DROPPED notes; one that asks for what the policy
 * gives anyway says so; one that asks a leaf's policy for CA:TRUE, keyCertSign
 * or cRLSign refuses the request. Host names are lowered, a name that is there
 * twice is granted once. Notes are made for the key, the subject, the names and
 * what the policy puts into extensions; identifiers, URLs, serial and validity
 * are for the caller to tell, who knows the issuer.
 */
CA_MUST_USE enum ca_status ca_policy_admit(const struct ca_policy *policy,
    const struct ca_wish *wish, struct ca_grant *ret, struct ca_error *err);
void ca_grant_done(struct ca_grant *grant);
/* Adds a note; text is copied. Running out of room drops it silently. */
void ca_grant_note(struct ca_grant *grant, enum ca_origin origin,
    const char *field, struct ca_bytes text, const char *why);

/* ---- validity ---- */

/* What the operator asked for. Start from ca_term_none: nothing. */
struct ca_term {
	int64_t validity;   /* seconds, 0: not said */
	int64_t not_before; /* Unix seconds, INT64_MIN: not said */
	int64_t not_after;  /* the last second; INT64_MIN: not said */
};
extern const struct ca_term ca_term_none;
/*
 * N seconds of validity run from notBefore and end with the second N-1 later
 * (RFC 5280 4.1.2.5: both ends included). notBefore is now less backdate
 * when not asked for, and not earlier than not_earliest (the issuer's own
 * notBefore; INT64_MIN for none). CA_REFUSED: longer than max-validity, before
 * now - backdate or not_earliest, ended by now, a reversed period. CA_USAGE:
 * validity and not_after both, or a time outside the years 1 to 9999.
 */
CA_MUST_USE enum ca_status ca_policy_validity(const struct ca_policy *policy,
    const struct ca_term *term, int64_t now, int64_t not_earliest,
    int64_t *ret_not_before, int64_t *ret_not_after, struct ca_error *err);

#endif

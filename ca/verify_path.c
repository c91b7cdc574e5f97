/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One path, from the anchor down to the leaf: dates, what each certificate
 * may sign, path lengths, name constraints (RFC 5280 6.1.3 to 6.1.5).
 */
#include "ca/verify_part.h"

#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/time.h"
#include "ca/weakkey.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FIELD "nameConstraints"

/*
 * Names held against subtrees, in one question: enough for a certificate of
 * 100 names under 256 subtrees at every height of two paths.
 */
#define MAX_COMPARED ((size_t)1 << 20)

/* ---- in date ---------------------------------------------------------- */

static bool
check_date(const struct ca_cert *cert, int64_t at, struct ca_finding *finding)
{
	char text[CA_TIME_TEXT], now[CA_TIME_TEXT];

	ca_time_text(at, now);
	if (at < cert->not_before) {
		ca_time_text(cert->not_before, text);
		return verify_fails(finding, cert, "notBefore",
		    "it is valid from %s, and now it is %s (RFC 5280 "
		    "4.1.2.5): look at the clock, or wait",
		    text, now);
	}
	if (at > cert->not_after) {
		ca_time_text(cert->not_after, text);
		return verify_fails(finding, cert, "notAfter",
		    "it expired at %s, and now it is %s (RFC 5280 4.1.2.5): "
		    "it has to be renewed",
		    text, now);
	}
	return true;
}

bool
verify_dates(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_finding *finding)
{
	const struct ca_cert *first = path->cert[0];
	char text[CA_TIME_TEXT];

	for (size_t i = 0; i < path->len; i++) {
		if (!check_date(path->cert[i], ask->at, finding))
			return false;
		if (path->cert[i]->not_after < first->not_after)
			first = path->cert[i];
	}
	ca_time_text(first->not_after, text);
	verify_holds(finding, first, "notAfter",
	    path->len == 1 ? "it is valid until %s" :
			     "all are valid, the first to end until %s",
	    text);
	return true;
}

/* ---- who may sign ----------------------------------------------------- */

static bool
check_authority(const struct ca_cert *cert, struct ca_finding *finding)
{
	if (ca_exts_find(&cert->exts, CA_OID_BASIC_CONSTRAINTS) == NULL)
		return verify_fails(finding, cert, "basicConstraints",
		    "it is not there: it is no authority's certificate, and "
		    "yet signed one (RFC 5280 6.1.4 (k))");
	if (!cert->is_ca)
		return verify_fails(finding, cert, "basicConstraints",
		    "CA:FALSE: it is no authority's certificate, and yet "
		    "signed one (RFC 5280 6.1.4 (k))");
	if (cert->has_key_usage && (cert->key_usage & CA_KU_KEY_CERT_SIGN) == 0)
		return verify_fails(finding, cert, "keyUsage",
		    "keyCertSign is not there, and yet it signed a "
		    "certificate (RFC 5280 6.1.4 (n))");
	return true;
}

static bool
check_authorities(const struct verify_path *path, struct ca_finding *finding)
{
	for (size_t i = path->len - 1; i > 0; i--)
		if (!check_authority(path->cert[i], finding))
			return false;
	return true;
}

/* max_path_length, 6.1.4 (l) and (m). The anchor itself is no part of the
 * path, but what it says of the length holds. */
static bool
check_path_lens(const struct verify_path *path, struct ca_finding *finding)
{
	const struct ca_cert *bound = NULL;
	int left = INT_MAX;

	for (size_t i = path->len - 1; i > 0; i--) {
		const struct ca_cert *cert = path->cert[i];

		if (i < path->len - 1 && !verify_is_self_issued(cert)) {
			if (left == 0)
				return verify_fails(finding, bound,
				    "basicConstraints",
				    "pathLenConstraint %d: there are more "
				    "authorities below it (RFC 5280 6.1.4 "
				    "(l))",
				    bound->path_len);
			left--;
		}
		if (cert->path_len != CA_PATH_LEN_NONE &&
		    cert->path_len < left) {
			left = cert->path_len;
			bound = cert;
		}
	}
	return true;
}

/* ---- name constraints ------------------------------------------------- */

static bool
is_affordable(struct verify_budget *budget, const struct ca_cert *above,
    const struct ca_cert *cert)
{
	/* No subtree is of fewer than four octets; the subject is some names
	 * more. */
	size_t trees = above->name_constraints.len / 4 + 1;
	size_t cost = (trees < CA_CONSTRAINTS_MAX ? trees :
						    CA_CONSTRAINTS_MAX) *
	    (cert->san_count + 8);

	if (cost > MAX_COMPARED - budget->compared)
		return false;
	budget->compared += cost;
	return true;
}

static bool
check_constraints(struct verify_run *run, const struct ca_cert *above,
    const struct ca_cert *cert, bool is_leaf, struct ca_finding *finding)
{
	struct ca_error why = {0};
	enum ca_status st;

	if (!is_affordable(run->budget, above, cert))
		return verify_fails(finding, above, FIELD,
		    "more names and subtrees than are looked at (RFC 5280 "
		    "4.2.1.10)");
	st = ca_constraints_check_cert(
	    above->name_constraints, cert->subject, cert->sans, !is_leaf, &why);
	if (st == CA_OK)
		return true;
	(void)verify_goes_on(run->budget, st);
	if (st == CA_MALFORMED)
		return verify_fails(finding, above, FIELD, "%.300s",
		    strncmp(why.msg, FIELD ": ", strlen(FIELD ": ")) == 0 ?
			why.msg + strlen(FIELD ": ") :
			why.msg);
	return verify_fails(finding, cert, FIELD,
	    "an authority above it is not for this name: %.300s", why.msg);
}

/* Inherited: each certificate against every one above it. A self-issued one
 * inside the path is exempt (6.1.3 (b)). */
static bool
check_all_constraints(struct verify_run *run, const struct verify_path *path,
    struct ca_finding *finding)
{
	for (size_t i = path->len - 1; i-- > 0;) {
		const struct ca_cert *cert = path->cert[i];

		if (i > 0 && verify_is_self_issued(cert))
			continue;
		for (size_t above = path->len - 1; above > i; above--)
			if (path->cert[above]->name_constraints.len > 0 &&
			    !check_constraints(
				run, path->cert[above], cert, i == 0, finding))
				return false;
	}
	return true;
}

/* ---- keys that are broken --------------------------------------------- */

/* What is known of it, found out once; NULL: too many. is_proved: a signature
 * below it holds. */
static const struct verify_key *
look_at_key(
    struct verify_budget *budget, const struct ca_cert *cert, bool is_proved)
{
	struct verify_key *key;
	struct ca_error why = {0};
	enum ca_status st;

	for (size_t i = 0; i < budget->key_count; i++)
		if (budget->key[i].key == cert->spki.der.data)
			return &budget->key[i];
	if (budget->key_count == VERIFY_MAX_KEYS)
		return NULL;
	key = &budget->key[budget->key_count++];
	key->key = cert->spki.der.data;
	st = ca_weakkey_check_broken(&cert->spki, is_proved, &why);
	(void)verify_goes_on(budget, st);
	if (st != CA_OK)
		(void)snprintf(key->broken, sizeof(key->broken), "%.230s",
		    why.msg[0] != '\0' ? why.msg : "it cannot be used");
	return key;
}

/* Whoever can find the private key signs and decrypts in its name. The
 * anchor's is taken as it is. */
static bool
check_keys(struct verify_run *run, const struct verify_path *path,
    struct ca_finding *finding)
{
	for (size_t i = path->len - 1; i-- > 0;) {
		const struct verify_key *key = look_at_key(
		    run->budget, path->cert[i], i > 0);

		if (key == NULL)
			return verify_fails(finding, path->cert[i],
			    "subjectPublicKeyInfo",
			    "more than %d keys to look at: the search was "
			    "given up",
			    VERIFY_MAX_KEYS);
		if (key->broken[0] != '\0')
			return verify_fails(finding, path->cert[i],
			    "subjectPublicKeyInfo", "%s", key->broken);
	}
	return true;
}

/* ---- the whole -------------------------------------------------------- */

bool
verify_path_holds(struct verify_run *run, const struct verify_path *path,
    struct ca_finding *finding)
{
	for (size_t i = path->len; i-- > 0;)
		if (!verify_profile(run->ask, path, i, finding))
			return false;
	return check_authorities(path, finding) &&
	    check_path_lens(path, finding) &&
	    check_all_constraints(run, path, finding) &&
	    check_keys(run, path, finding);
}

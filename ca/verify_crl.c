/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the CRLs that were given say of a certificate (RFC 5280 6.3.3). */
#include "ca/verify_part.h"

#include "ca/name.h"
#include "ca/time.h"

#include <string.h>

#define MAX_POINTS 16  /* distribution points of one certificate */
#define MAX_SIGNERS 16 /* certificates tried for one CRL */
/* Certificates of an authority's own name between a CRL's signer and it. */
#define MAX_ROLLOVERS 8

/* One certificate that is asked about. */
struct asked {
	struct verify_run *run;
	const struct verify_path *path;
	size_t at;
	const struct ca_cert *cert, *issuer;
	struct verify_status *ret;
	uint16_t reasons; /* those that are known not to apply */
	int64_t as_of;    /* thisUpdate of the oldest that said so */
};

/* ---- is the CRL about it ---------------------------------------------- */

/*
 * The names of a DistributionPointName as the content of GeneralNames. One
 * that is relative to the issuer is put behind the issuer's name (4.2.1.13).
 */
static bool
append_point_names(
    struct ca_buf *buf, struct ca_bytes point, struct ca_bytes issuer)
{
	struct der_out out = {0};
	struct ca_bytes content, rdns;

	if (der_get(&point, DER_CONTEXT_CONS(0), &content))
		return ca_buf_append(buf, content) == CA_OK;
	if (!der_get(&point, DER_CONTEXT_CONS(1), &content) ||
	    !der_get(&issuer, DER_SEQUENCE, &rdns))
		return false;
	der_open(&out, DER_CONTEXT_CONS(4)); /* directoryName */
	der_open(&out, DER_SEQUENCE);
	der_put_raw(&out, rdns);
	der_put(&out, DER_SET, content);
	der_close(&out);
	der_close(&out);
	return der_finish(&out, buf) == CA_OK;
}

static bool
general_names_equal(const struct ca_san *a, const struct ca_san *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == CA_SAN_DIRECTORY)
		return ca_name_equal(a->value, b->value);
	return ca_bytes_equal(a->value, b->value);
}

/* One name stands in both. */
static bool
names_meet(struct ca_bytes a, struct ca_bytes b)
{
	struct ca_san name, other;
	struct ca_bytes rest;

	while (!der_at_end(a) && ca_san_get(&a, &name, NULL) == CA_OK)
		for (rest = b; !der_at_end(rest) &&
		     ca_san_get(&rest, &other, NULL) == CA_OK;)
			if (general_names_equal(&name, &other))
				return true;
	return false;
}

/* Without a point of the certificate's own, its issuer's name is one. */
static bool
point_meets(const struct asked *q, const struct ca_crl *crl,
    struct ca_bytes crl_point, const struct ca_dist_point *point)
{
	struct ca_buf listed = {0}, wanted = {0};
	struct der_out out = {0};
	bool meet;

	if (point != NULL) {
		meet = append_point_names(&wanted, point->name, crl->issuer);
	} else {
		der_put(&out, DER_CONTEXT_CONS(4), q->cert->issuer);
		meet = der_finish(&out, &wanted) == CA_OK;
	}
	meet = meet && append_point_names(&listed, crl_point, crl->issuer) &&
	    names_meet(ca_view(&listed), ca_view(&wanted));
	ca_buf_free(&listed);
	ca_buf_free(&wanted);
	return meet;
}

/*
 * 6.3.3 (b)(2) and (d): the scope covers the certificate, by this point (NULL:
 * none); ret_reasons are those it speaks of.
 */
static bool
is_in_scope(const struct asked *q, const struct ca_crl *crl,
    const struct ca_dist_point *point, uint16_t *ret_reasons)
{
	const struct ca_ext *ext = ca_exts_find(
	    &crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	struct ca_issuing_point scope = {0};
	uint16_t reasons = point != NULL ? point->reasons : CA_REASONS_ALL;

	if (ext != NULL && !ca_issuing_point_get(ext->value, &scope))
		return false;
	if (scope.indirect || scope.only_attribute ||
	    (scope.only_user && q->cert->is_ca) ||
	    (scope.only_ca && !q->cert->is_ca))
		return false;
	if (scope.name.len > 0 && !point_meets(q, crl, scope.name, point))
		return false;
	if (scope.reasons != 0)
		reasons &= scope.reasons;
	*ret_reasons = reasons & CA_REASONS_ALL;
	return true;
}

/* 5.2.1 and 5.2.3: what every CRL has, or is not as its issuer meant it. */
static bool
has_profile(const struct asked *q, const struct ca_crl *crl)
{
	const struct ca_ext *number = ca_exts_find(
	    &crl->exts, CA_OID_CRL_NUMBER);
	const struct ca_ext *key = ca_exts_find(
	    &crl->exts, CA_OID_AUTHORITY_KEY_IDENTIFIER);

	return q->run->ask->lenient ||
	    (number != NULL && !number->critical && key != NULL &&
		!key->critical);
}

static bool
conforms(struct asked *q, const struct ca_crl *crl)
{
	if (has_profile(q, crl))
		return true;
	verify_unknown(q->ret,
	    "the CRL's cRLNumber or authorityKeyIdentifier is not there, or "
	    "critical (RFC 5280 5.2.1, 5.2.3)");
	return false;
}

/* ---- may it be believed ----------------------------------------------- */

static bool
is_in_time(const struct asked *q, const struct ca_crl *crl)
{
	const struct ca_verify_question *ask = q->run->ask;

	return crl->this_update <= ask->at + ask->skew &&
	    crl->next_update >= ask->at - ask->skew;
}

/* The same, told. */
static bool
is_fresh(struct asked *q, const struct ca_crl *crl)
{
	const struct ca_verify_question *ask = q->run->ask;
	char text[CA_TIME_TEXT];

	if (crl->this_update > ask->at + ask->skew) {
		ca_time_text(crl->this_update, text);
		verify_unknown(q->ret,
		    "the CRL's thisUpdate %s is in the future (RFC 5280 "
		    "5.1.2.4)",
		    text);
		return false;
	}
	if (crl->next_update < ask->at - ask->skew) {
		ca_time_text(crl->next_update, text);
		verify_unknown(q->ret,
		    "the CRL's nextUpdate %s is past (RFC 5280 5.1.2.5): "
		    "fetch the next one",
		    text);
		return false;
	}
	return true;
}

static bool
may_sign_crls(const struct ca_cert *cert)
{
	return cert->has_key_usage ? (cert->key_usage & CA_KU_CRL_SIGN) != 0 :
				     cert->is_ca;
}

static bool
is_in_path(const struct asked *q, const struct ca_cert *cert)
{
	for (size_t i = q->at + 1; i < q->path->len; i++)
		if (ca_bytes_equal(q->path->cert[i]->der, cert->der))
			return true;
	return false;
}

/*
 * Who issued the authority issued it, too: by the key, for others may bear the
 * same name. Above a certificate that rolls the authority's key over stands
 * the authority itself.
 */
static bool
is_from_above(const struct asked *q, const struct ca_cert *cert)
{
	const struct verify_path *path = q->path;

	for (size_t i = q->at + 1; i + 1 < path->len; i++) {
		if (ca_name_equal(cert->issuer, path->cert[i + 1]->subject) &&
		    verify_cert_signature(
			q->run->budget, cert, &path->cert[i + 1]->spki))
			return true;
		if (!verify_is_self_issued(path->cert[i]))
			break;
	}
	return false;
}

/* An authority of its own name, by the look of them: the signature decides. */
static bool
may_have_signed(const struct ca_cert *by, const struct ca_cert *cert)
{
	if (by->subject_key_id.len > 0 && cert->authority_key_id.len > 0 &&
	    !ca_bytes_equal(by->subject_key_id, cert->authority_key_id))
		return false;
	return by->is_ca && ca_name_equal(by->subject, cert->issuer) &&
	    (!by->has_key_usage || (by->key_usage & CA_KU_KEY_CERT_SIGN) != 0);
}

/* Certificates of one name, each signed with the key of one behind it. */
struct rollovers {
	const struct ca_cert *cert[MAX_ROLLOVERS];
	size_t count;
};

static void
add_rollovers(
    const struct asked *q, const struct ca_cert *cert, struct rollovers *list)
{
	const struct ca_verify_question *ask = q->run->ask;

	for (size_t i = 0; i < ask->pool_count && list->count < MAX_ROLLOVERS;
	     i++) {
		const struct ca_cert *by = &ask->pool[i];
		bool is_new = may_have_signed(by, cert);

		for (size_t k = 0; k < list->count; k++)
			is_new = is_new && list->cert[k] != by;
		if (is_new &&
		    verify_cert_signature(q->run->budget, cert, &by->spki))
			list->cert[list->count++] = by;
	}
}

/*
 * Another certificate of the authority: its name, and signed with its key, or
 * with one that it rolled over to, or by who issued the authority's own. Any
 * other who bears the name is somebody else, whatever path there is to it.
 */
static bool
is_of_authority(const struct asked *q, const struct ca_cert *signer)
{
	struct rollovers list = {.cert = {signer}, .count = 1};

	for (size_t i = 0; i < list.count; i++) {
		const struct ca_cert *cert = list.cert[i];

		if (is_from_above(q, cert))
			return true;
		if (!verify_is_self_issued(cert))
			continue;
		if (verify_cert_signature(
			q->run->budget, cert, &q->issuer->spki))
			return true;
		add_rollovers(q, cert, &list);
	}
	return false;
}

static bool
signed_by(
    struct asked *q, const struct ca_crl *crl, const struct ca_cert *signer)
{
	return may_sign_crls(signer) &&
	    verify_crl_signature(q->run->budget, crl, &signer->spki);
}

/* The key it was signed with, of one who may (6.3.3 (f) and (g)); NULL. */
static const struct ca_spki *
find_signer(struct asked *q, const struct ca_crl *crl)
{
	const struct verify_path *path = q->path;
	const struct ca_verify_question *ask = q->run->ask;
	size_t tried = 0;

	for (size_t i = q->at + 1; i < path->len; i++)
		if (ca_name_equal(path->cert[i]->subject, crl->issuer) &&
		    signed_by(q, crl, path->cert[i]))
			return &path->cert[i]->spki;
	for (size_t i = 0; i < ask->pool_count && tried < MAX_SIGNERS; i++) {
		const struct ca_cert *signer = &ask->pool[i];

		if (!ca_name_equal(signer->subject, crl->issuer) ||
		    is_in_path(q, signer))
			continue;
		tried++;
		if (signed_by(q, crl, signer) && is_of_authority(q, signer) &&
		    verify_crl_signer(q->run, path, signer))
			return &signer->spki;
	}
	if (!may_sign_crls(q->issuer))
		verify_unknown(q->ret,
		    "the certificate of its issuer lacks cRLSign (RFC 5280 "
		    "4.2.1.3)");
	verify_unknown(q->ret,
	    "the CRL was not signed by its issuer, nor by another who may "
	    "(RFC 5280 6.3.3 (f), (g))");
	return NULL;
}

/* ---- delta CRLs ------------------------------------------------------- */

static bool
exts_equal(const struct ca_crl *a, const struct ca_crl *b, enum ca_oid id)
{
	const struct ca_ext *ext_a = ca_exts_find(&a->exts, id);
	const struct ca_ext *ext_b = ca_exts_find(&b->exts, id);

	if (ext_a == NULL || ext_b == NULL)
		return ext_a == ext_b;
	return ca_bytes_equal(ext_a->value, ext_b->value);
}

static bool
is_delta(const struct ca_crl *crl)
{
	return ca_exts_find(&crl->exts, CA_OID_DELTA_CRL_INDICATOR) != NULL;
}

/* Of the same issuer, scope and key. */
static bool
is_same_list(const struct ca_crl *a, const struct ca_crl *b)
{
	return ca_name_equal(a->issuer, b->issuer) &&
	    exts_equal(a, b, CA_OID_ISSUING_DISTRIBUTION_POINT) &&
	    exts_equal(a, b, CA_OID_AUTHORITY_KEY_IDENTIFIER);
}

/* 5.2.4: of the same list; its base is not after the complete one, and itself
 * is. */
static bool
is_delta_to(const struct ca_crl *delta, const struct ca_crl *crl)
{
	const struct ca_ext *ext = ca_exts_find(
	    &delta->exts, CA_OID_DELTA_CRL_INDICATOR);
	uint64_t base;

	return ext != NULL && ca_crl_number_get(ext->value, &base) &&
	    delta->has_number && crl->has_number &&
	    delta->number != UINT64_MAX && base <= crl->number &&
	    crl->number < delta->number && is_same_list(delta, crl);
}

/* The newest that can be believed; NULL. */
static const struct ca_crl *
find_delta(
    struct asked *q, const struct ca_crl *crl, const struct ca_spki *signer)
{
	const struct ca_verify_question *ask = q->run->ask;
	const struct ca_crl *best = NULL;

	for (size_t i = 0; i < ask->crl_count; i++) {
		const struct ca_crl *delta = &ask->crls[i];

		if (is_delta_to(delta, crl) && is_in_time(q, delta) &&
		    (best == NULL || best->number < delta->number) &&
		    verify_crl_signature(q->run->budget, delta, signer))
			best = delta;
	}
	return best;
}

/* ---- what it says ----------------------------------------------------- */

/* A delta takes off the list what was on hold, and no more (5.3.1). */
static bool
find_entry(const struct ca_crl *crl, const struct ca_crl *delta,
    struct ca_bytes serial, struct ca_crl_entry *ret)
{
	struct ca_crl_entry change;
	bool is_listed = ca_crl_find(crl, serial, ret);

	if (delta == NULL || !ca_crl_find(delta, serial, &change) ||
	    (is_listed && ret->reason != CA_REASON_CERTIFICATE_HOLD))
		return is_listed;
	*ret = change;
	return change.reason != CA_REASON_REMOVE_FROM_CRL;
}

/*
 * A hold is all that ends (5.3.1): by a complete CRL of the same issuer, scope
 * and key whose number is higher and whose date is not earlier, and that does
 * not list it. When any of that is not so, it stays.
 */
static bool
is_lifted(struct asked *q, const struct ca_crl *crl, const struct ca_crl *delta,
    const struct ca_crl_entry *entry, const struct ca_spki *signer)
{
	const struct ca_verify_question *ask = q->run->ask;
	const struct ca_crl *last = delta != NULL ? delta : crl;
	struct ca_crl_entry ignored;

	if (entry->reason != CA_REASON_CERTIFICATE_HOLD || !last->has_number)
		return false;
	for (size_t i = 0; i < ask->crl_count; i++) {
		const struct ca_crl *newer = &ask->crls[i];

		if (newer->has_number && newer->number != UINT64_MAX &&
		    newer->number > last->number &&
		    newer->this_update >= last->this_update &&
		    newer->this_update >= crl->this_update &&
		    !is_delta(newer) && is_same_list(newer, crl) &&
		    has_profile(q, newer) && is_in_time(q, newer) &&
		    verify_crl_signature(q->run->budget, newer, signer) &&
		    !find_entry(newer, find_delta(q, newer, signer),
			q->cert->serial, &ignored))
			return true;
	}
	return false;
}

/* False: it is revoked, and no other is to be asked. */
static bool
ask_crl(struct asked *q, const struct ca_crl *crl,
    const struct ca_dist_point *point)
{
	const struct ca_bytes serial = q->cert->serial;
	const struct ca_crl *delta;
	const struct ca_spki *signer;
	struct ca_crl_entry entry;
	uint16_t reasons;

	if (!is_in_scope(q, crl, point, &reasons)) {
		verify_unknown(q->ret,
		    "the CRL of its issuer is not about it: its "
		    "issuingDistributionPoint is for others (RFC 5280 6.3.3 "
		    "(b))");
		return true;
	}
	/* 6.3.3 (e): nothing it could add, unless it is as new or newer, or
	 * lists the certificate: one that stands in front of it in a file must
	 * not hide what it says. */
	if ((reasons & ~q->reasons) == 0 && crl->this_update < q->as_of &&
	    !ca_crl_find(crl, serial, &entry))
		return true;
	if (!conforms(q, crl) || !is_fresh(q, crl) ||
	    (signer = find_signer(q, crl)) == NULL)
		return true;
	delta = find_delta(q, crl, signer);
	if (!find_entry(crl, delta, serial, &entry)) {
		if (q->reasons == 0 || crl->this_update < q->as_of)
			q->as_of = crl->this_update;
		q->reasons |= reasons;
		return true;
	}
	if (is_lifted(q, crl, delta, &entry, signer))
		return true; /* the newer one says so itself */
	*q->ret = (struct verify_status){.state = VERIFY_REVOKED,
	    .revoked_at = entry.revoked_at,
	    .reason = entry.reason,
	    .why = "it stands on its issuer's CRL (RFC 5280 6.3.3)"};
	return false;
}

static bool
ask_crls(struct asked *q, const struct ca_dist_point *point)
{
	const struct ca_verify_question *ask = q->run->ask;

	for (size_t i = 0; i < ask->crl_count; i++) {
		const struct ca_crl *crl = &ask->crls[i];

		if (is_delta(crl) ||
		    !ca_name_equal(crl->issuer, q->cert->issuer))
			continue;
		if (!ask_crl(q, crl, point))
			return false;
	}
	return true;
}

/* Each point of the certificate, and then none (6.3.3, the end). */
static bool
ask_points(struct asked *q)
{
	const struct ca_ext *ext = ca_exts_find(
	    &q->cert->exts, CA_OID_CRL_DISTRIBUTION_POINTS);
	struct ca_bytes points = ext != NULL ? ext->value :
					       (struct ca_bytes){0};
	struct ca_dist_point point;

	for (size_t i = 0; i < MAX_POINTS; i++) {
		if (!ca_distribution_points_next(&points, &point))
			break;
		if (point.issuer.len > 0)
			verify_unknown(q->ret,
			    "its distribution point names another cRLIssuer: "
			    "indirect CRLs are not judged (RFC 5280 "
			    "4.2.1.13)");
		else if (!ask_crls(q, &point))
			return false;
	}
	return ask_crls(q, NULL);
}

static bool
is_given(const struct asked *q)
{
	const struct ca_verify_question *ask = q->run->ask;

	for (size_t i = 0; i < ask->crl_count; i++)
		if (ca_name_equal(ask->crls[i].issuer, q->cert->issuer))
			return true;
	return false;
}

static bool
has_complete(const struct asked *q)
{
	const struct ca_verify_question *ask = q->run->ask;

	for (size_t i = 0; i < ask->crl_count; i++)
		if (!is_delta(&ask->crls[i]) &&
		    ca_name_equal(ask->crls[i].issuer, q->cert->issuer))
			return true;
	return false;
}

void
verify_crl_status(struct verify_run *run, const struct verify_path *path,
    size_t at, struct verify_status *ret)
{
	struct asked q = {.run = run,
	    .path = path,
	    .at = at,
	    .cert = path->cert[at],
	    .issuer = path->cert[at + 1],
	    .ret = ret};

	if (!is_given(&q) || !ask_points(&q))
		return;
	if (q.reasons == CA_REASONS_ALL) {
		*ret = (struct verify_status){.state = VERIFY_GOOD,
		    .why = "it is not on its issuer's CRL (RFC 5280 6.3.3)"};
		return;
	}
	verify_unknown(ret,
	    has_complete(&q) ? "its issuer's CRLs are about some reasons only "
			       "(RFC 5280 5.2.5)" :
			       "of its issuer's CRLs only a delta is here, "
			       "without what it starts from (RFC 5280 5.2.4)");
}

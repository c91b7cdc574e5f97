/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/issuer.h"

#include <stdio.h>
#include <string.h>

#include "ca/ext.h"
#include "ca/lint.h"
#include "ca/name.h"
#include "ca/oid.h"
#include "ca/san.h"
#include "ca/time.h"

#define ID_MAX 40
#define LABEL 80 /* octets of a name in a message, with its NUL */
/* A responder's certificate that nobody can revoke lives no longer. */
#define NO_CHECK_MAX (90 * CA_DAY)

/* One question put to the chain, with what every answer needs to be told. */
struct ask {
	const struct ca_issuer *issuer;
	const struct ca_grant *grant;
	const struct ca_order *order;
	struct ca_san sans[CA_SAN_MAX];
	size_t san_count;
	char who[LABEL]; /* the new certificate */
};

/* ---- names for messages ----------------------------------------------- */

static void
copy_label(char label[LABEL], struct ca_buf *text)
{
	size_t len = text->len < LABEL - 1 ? text->len : LABEL - 1;

	if (len > 0)
		memcpy(label, text->data, len);
	label[len] = '\0';
	ca_buf_free(text);
}

static void
label_name(char label[LABEL], struct ca_bytes name)
{
	struct ca_buf text = {0};
	struct ca_attribute cn;

	if (ca_name_find(name, CA_OID_COMMON_NAME, &cn) == 0 ||
	    ca_attribute_append_utf8(&text, &cn) != CA_OK) {
		ca_buf_free(&text);
		if (ca_name_append_text(&text, name) != CA_OK)
			ca_buf_free(&text);
	}
	copy_label(label, &text);
}

/* The authority itself by its short name, those above it by their own. */
static void
label_link(char label[LABEL], const struct ca_issuer *issuer, size_t i)
{
	struct ca_buf text = {0};

	if (i != 0 || issuer->id == NULL) {
		label_name(label, issuer->chain[i]->subject);
		return;
	}
	if (ca_buf_append_text(&text, issuer->id) != CA_OK)
		ca_buf_free(&text);
	copy_label(label, &text);
}

static void
label_grant(struct ask *ask)
{
	struct ca_buf text = {0};

	if (ask->san_count == 0 ||
	    ca_san_append_value(&text, &ask->sans[0]) != CA_OK) {
		ca_buf_free(&text);
		label_name(ask->who, ca_view(&ask->grant->subject));
	} else {
		copy_label(ask->who, &text);
	}
	if (ask->who[0] == '\0')
		memcpy(ask->who, "certificate", sizeof("certificate"));
}

/* ---- the chain by itself ---------------------------------------------- */

static enum ca_status
check_is_authority(const struct ca_cert *cert, const char *name, uint16_t usage,
    struct ca_error *err)
{
	bool signs = usage == CA_KU_KEY_CERT_SIGN;

	if (!cert->is_ca)
		return ca_fail(err, CA_REFUSED,
		    "%s: its certificate is not an authority's "
		    "(basicConstraints without cA, RFC 5280 4.2.1.9): sign "
		    "with another one, see `signet ca list`",
		    name);
	if ((cert->key_usage & usage) == 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: its certificate lacks keyUsage %s (RFC 5280 4.2.1.3), "
		    "so it may not sign %s: use another authority, see "
		    "`signet ca list`",
		    name, signs ? "keyCertSign" : "cRLSign",
		    signs ? "certificates" : "CRLs");
	return CA_OK;
}

static enum ca_status
check_time(const struct ca_cert *cert, const char *name, int64_t now,
    struct ca_error *err)
{
	char at[CA_TIME_TEXT], limit[CA_TIME_TEXT];

	ca_time_text(now, at);
	if (now < cert->not_before) {
		ca_time_text(cert->not_before, limit);
		return ca_fail(err, CA_REFUSED,
		    "%s: its certificate is not valid before %s, and it is "
		    "%s (RFC 5280 6.1.3): check the clock, or wait",
		    name, limit, at);
	}
	if (now > cert->not_after) {
		ca_time_text(cert->not_after, limit);
		return ca_fail(err, CA_REFUSED,
		    "%s: its certificate expired %s, and it is %s (RFC 5280 "
		    "6.1.3): sign with another authority (--ca), or make a "
		    "new one with `signet ca add`",
		    name, limit, at);
	}
	return CA_OK;
}

static enum ca_status
check_chain(const struct ca_issuer *issuer, int64_t now, struct ca_error *err)
{
	for (size_t i = 0; i < issuer->chain_len; i++) {
		const struct ca_cert *cert = issuer->chain[i];
		enum ca_status st;
		char name[LABEL];

		label_link(name, issuer, i);
		if ((st = check_is_authority(
			 cert, name, CA_KU_KEY_CERT_SIGN, err)) != CA_OK ||
		    (st = check_time(cert, name, now, err)) != CA_OK)
			return st;
		if (i + 1 < issuer->chain_len &&
		    !ca_bytes_equal(
			cert->issuer, issuer->chain[i + 1]->subject))
			return ca_fail(err, CA_REFUSED,
			    "%s: the certificate above it in the ledger is "
			    "not its issuer's (RFC 5280 6.1.3: names must "
			    "chain): run `signet audit`",
			    name);
	}
	return CA_OK;
}

/* ---- the grant by itself ---------------------------------------------- */

/* "server.policy:12": where the policy says it, when it does. */
static const char *
policy_line(
    const struct ca_grant *grant, enum ca_policy_key key, char label[LABEL])
{
	const struct ca_policy *policy = grant->policy;
	struct ca_buf text = {0};

	if (ca_buf_append(&text, ca_view(&policy->name)) != CA_OK ||
	    ca_buf_append_text(&text, ".policy") != CA_OK ||
	    (policy->lines[key] != 0 &&
		ca_buf_printf(&text, ":%u", policy->lines[key]) != CA_OK))
		ca_buf_free(&text);
	copy_label(label, &text);
	return label;
}

static enum ca_status
check_authority_wish(const struct ask *ask, struct ca_error *err)
{
	const uint16_t both = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;
	const struct ca_grant *grant = ask->grant;
	char policy[LABEL];

	if (!grant->policy->is_ca && ask->issuer->chain_len == 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: %s is not an authority's policy, and nobody but an "
		    "authority signs for itself: name an issuer with --ca",
		    ask->who,
		    policy_line(grant, CA_POLICY_BASIC_CONSTRAINTS, policy));
	if (!grant->policy->is_ca)
		return CA_OK;
	if (ca_name_is_empty(ca_view(&grant->subject)))
		return ca_fail(err, CA_REFUSED,
		    "%s: an authority without a subject (RFC 5280 4.1.2.6): "
		    "give it a name",
		    ask->who);
	if ((grant->key_usage & both) != both)
		return ca_fail(err, CA_REFUSED,
		    "%s: %s makes an authority without keyUsage %s "
		    "(RFC 5280 4.2.1.3): add it to the policy",
		    ask->who, policy_line(grant, CA_POLICY_KEY_USAGE, policy),
		    (grant->key_usage & CA_KU_KEY_CERT_SIGN) == 0 ?
			"keyCertSign" :
			"cRLSign");
	return CA_OK;
}

static enum ca_status
check_usage(const struct ask *ask, struct ca_error *err)
{
	const struct ca_grant *grant = ask->grant;
	uint16_t unfit = ca_key_usage_unfit(&grant->spki, grant->key_usage);
	struct ca_buf text = {0};
	char words[LABEL], policy[LABEL];

	if (unfit == 0)
		return CA_OK;
	if (ca_key_usage_append_text(&text, unfit) != CA_OK)
		ca_buf_free(&text);
	copy_label(words, &text);
	return ca_fail(err, CA_REFUSED,
	    "%s: %s gives keyUsage %s, which a key of type %s cannot "
	    "have (RFC 3279 2.3, RFC 5480 3, RFC 8410 5): use another key, or "
	    "take the usage out of the policy",
	    ask->who, policy_line(grant, CA_POLICY_KEY_USAGE, policy), words,
	    ca_key_type_name(grant->spki.type));
}

static enum ca_status
check_responder(const struct ask *ask, struct ca_error *err)
{
	const struct ca_policy *policy = ask->grant->policy;
	const struct ca_order *order = ask->order;
	char name[LABEL];

	if (!policy->ocsp_no_check)
		return CA_OK;
	if (policy->is_ca ||
	    !ca_oid_list_has(
		&policy->ext_key_usage, ca_oid_der(CA_OID_OCSP_SIGNING)))
		return ca_fail(err, CA_REFUSED,
		    "%s: %s gives ocspNoCheck to what is no OCSP "
		    "responder (RFC 6960 4.2.2.2.1: a leaf with extKeyUsage "
		    "OCSPSigning): take it out of the policy",
		    ask->who,
		    policy_line(ask->grant, CA_POLICY_OCSP_NO_CHECK, name));
	if (order->not_after - order->not_before >= NO_CHECK_MAX)
		return ca_fail(err, CA_REFUSED,
		    "%s: a responder's certificate with ocspNoCheck for more "
		    "than 90 days (RFC 6960 4.2.2.2.1: nobody can revoke it, "
		    "so it must be short-lived): use --validity 90d or less",
		    ask->who);
	return CA_OK;
}

static enum ca_status
check_grant(const struct ask *ask, struct ca_error *err)
{
	enum ca_status st;

	if (ask->order->not_before > ask->order->not_after)
		return ca_fail(err, CA_REFUSED,
		    "%s: notAfter comes before notBefore (RFC 5280 4.1.2.5): "
		    "use a later --not-after",
		    ask->who);
	if ((st = check_authority_wish(ask, err)) != CA_OK ||
	    (st = check_usage(ask, err)) != CA_OK ||
	    (st = check_responder(ask, err)) != CA_OK)
		return st;
	return CA_OK;
}

/* ---- the grant under one certificate of the chain --------------------- */

static enum ca_status
check_period(const struct ask *ask, const struct ca_cert *above,
    const char *name, struct ca_error *err)
{
	char mine[CA_TIME_TEXT], limit[CA_TIME_TEXT];

	if (ask->order->not_after > above->not_after) {
		ca_time_text(ask->order->not_after, mine);
		ca_time_text(above->not_after, limit);
		return ca_fail(err, CA_REFUSED,
		    "%s: notAfter %s is after the issuer's (%s): a "
		    "certificate may not outlive its issuer (RFC 5280 6.1.3); "
		    "use --not-after %s",
		    ask->who, mine, name, limit);
	}
	if (ask->order->not_before < above->not_before) {
		ca_time_text(ask->order->not_before, mine);
		ca_time_text(above->not_before, limit);
		return ca_fail(err, CA_REFUSED,
		    "%s: notBefore %s is before the issuer's (%s): a "
		    "certificate may not be older than its issuer (RFC 5280 "
		    "6.1.3); use --not-before %s",
		    ask->who, mine, name, limit);
	}
	return CA_OK;
}

/*
 * pathLenConstraint counts the authorities that may stand between that
 * certificate and the leaf; self-issued ones are not counted (RFC 5280
 * 4.2.1.9). below is their number so far.
 */
static enum ca_status
check_path_len(const struct ask *ask, const struct ca_cert *above,
    const char *name, int below, struct ca_error *err)
{
	const struct ca_grant *grant = ask->grant;
	int room = above->path_len - below;

	if (above->path_len == CA_PATH_LEN_NONE)
		return CA_OK;
	if (grant->policy->is_ca)
		room--;
	if (room < 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: %s allows a path of %d authorities below it "
		    "(pathLenConstraint, RFC 5280 4.2.1.9), and this would be "
		    "one too many: use an authority further up (--from, --ca)",
		    ask->who, name, above->path_len);
	if (grant->policy->is_ca &&
	    (grant->path_len == CA_PATH_LEN_NONE || grant->path_len > room))
		return ca_fail(err, CA_REFUSED,
		    "%s: its path length must be %d or less, because %s has "
		    "pathLenConstraint %d (RFC 5280 4.2.1.9): use --path-len "
		    "%d",
		    ask->who, room, name, above->path_len, room);
	return CA_OK;
}

static enum ca_status
check_ext_key_usage(const struct ask *ask, const struct ca_cert *above,
    const char *name, struct ca_error *err)
{
	const struct ca_oid_list *mine = &ask->grant->policy->ext_key_usage;
	const struct ca_oid_list *limit = &above->ext_key_usage;

	if (limit->count == 0 ||
	    ca_oid_list_has(limit, ca_oid_der(CA_OID_ANY_EXT_KEY_USAGE)))
		return CA_OK;
	for (size_t i = 0; i < mine->count; i++) {
		struct ca_buf text = {0};
		char usage[LABEL], policy[LABEL];

		if (ca_oid_list_has(limit, mine->oid[i]))
			continue;
		if (ca_oid_append_text(&text, mine->oid[i]) != CA_OK)
			ca_buf_free(&text);
		copy_label(usage, &text);
		return ca_fail(err, CA_REFUSED,
		    "%s: %s gives extKeyUsage %s, which the "
		    "certificate of %s does not allow (RFC 5280 4.2.1.12): "
		    "sign with an authority that has it (--ca)",
		    ask->who,
		    policy_line(ask->grant, CA_POLICY_EXT_KEY_USAGE, policy),
		    usage, name);
	}
	return CA_OK;
}

static enum ca_status
check_identity(const struct ask *ask, const struct ca_cert *above,
    const char *name, struct ca_error *err)
{
	const struct ca_grant *grant = ask->grant;

	/* Content, not the element: rsaEncryption and id-RSASSA-PSS may name
	 * the same key. */
	if (grant->spki.type == above->spki.type &&
	    ca_bytes_equal(grant->spki.key, above->spki.key))
		return ca_fail(err, CA_REFUSED,
		    "%s: its key is the key of the authority %s (CA/B BR "
		    "6.1.1: an authority's key is certified for nothing "
		    "else): make a new key and a new request",
		    ask->who, name);
	/* It would be self-issued: a different kind of certificate, which
	 * path validation treats by other rules. */
	if (ca_bytes_equal(ca_view(&grant->subject), above->subject))
		return ca_fail(err, CA_REFUSED,
		    "%s: its subject is the name of the authority %s (RFC "
		    "5280 4.1.2.6: one name, one entity): choose another name",
		    ask->who, name);
	return CA_OK;
}

static enum ca_status
check_constraints(const struct ask *ask, const struct ca_cert *above,
    const char *name, struct ca_error *err)
{
	enum ca_status st;
	char whose[LABEL + 32];

	if (above->name_constraints.len == 0)
		return CA_OK;
	st = ca_constraints_check(above->name_constraints,
	    ca_view(&ask->grant->subject), ask->sans, ask->san_count, err);
	if (st != CA_OK) {
		(void)snprintf(
		    whose, sizeof(whose), "name constraints of %s", name);
		ca_fail_in(err, whose);
	}
	return st;
}

static enum ca_status
check_under(const struct ask *ask, struct ca_error *err)
{
	int below = 0;

	for (size_t i = 0; i < ask->issuer->chain_len; i++) {
		const struct ca_cert *above = ask->issuer->chain[i];
		enum ca_status st;
		char name[LABEL];

		label_link(name, ask->issuer, i);
		if ((st = check_period(ask, above, name, err)) != CA_OK ||
		    (st = check_path_len(ask, above, name, below, err)) !=
			CA_OK ||
		    (st = check_ext_key_usage(ask, above, name, err)) !=
			CA_OK ||
		    (st = check_identity(ask, above, name, err)) != CA_OK ||
		    (st = check_constraints(ask, above, name, err)) != CA_OK)
			return st;
		if (!ca_cert_is_self_issued(above))
			below++;
	}
	if (ask->grant->policy->is_ca && ask->issuer->chain_len >= CA_CHAIN_MAX)
		return ca_fail(err, CA_REFUSED,
		    "%s: %d authorities stand above it already, Signet's "
		    "limit: use an authority further up (--from)",
		    ask->who, CA_CHAIN_MAX);
	return CA_OK;
}

/* ---- public ----------------------------------------------------------- */

enum ca_status
ca_issuer_may_sign(const struct ca_issuer *issuer, const struct ca_grant *grant,
    const struct ca_order *order, int64_t now, struct ca_error *err)
{
	struct ask ask = {.issuer = issuer, .grant = grant, .order = order};
	enum ca_status st;

	if (issuer->chain_len > CA_CHAIN_MAX)
		return ca_fail(err, CA_INTERNAL,
		    "a chain of %zu authorities, the limit is %d",
		    issuer->chain_len, CA_CHAIN_MAX);
	if (grant->sans.len != 0 &&
	    (st = ca_san_parse(ca_view(&grant->sans), ask.sans, &ask.san_count,
		 err)) != CA_OK)
		return st;
	label_grant(&ask);
	if ((st = check_chain(issuer, now, err)) != CA_OK ||
	    (st = check_grant(&ask, err)) != CA_OK ||
	    (st = check_under(&ask, err)) != CA_OK)
		return st;
	return CA_OK;
}

enum ca_status
ca_issuer_may_list(const struct ca_issuer *issuer, int64_t this_update,
    int64_t next_update, struct ca_error *err)
{
	char name[LABEL];

	if (issuer->chain_len == 0)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: an authority without a certificate");
	label_link(name, issuer, 0);
	if (next_update <= this_update)
		return ca_fail(err, CA_REFUSED,
		    "%s: CRL: nextUpdate is not after thisUpdate (RFC 5280 "
		    "5.1.2.5): use a longer next-update",
		    name);
	return check_is_authority(issuer->chain[0], name, CA_KU_CRL_SIGN, err);
}

static bool
take_place(struct ca_bytes *url, const char *place)
{
	size_t len = strlen(place);

	if (url->len < len || memcmp(url->data, place, len) != 0)
		return false;
	url->data += len;
	url->len -= len;
	return true;
}

enum ca_status
ca_issuer_append_url(
    struct ca_buf *buf, struct ca_bytes url, const char *id, unsigned shard)
{
	enum ca_status st = CA_OK;

	while (st == CA_OK && url.len > 0) {
		if (take_place(&url, "{issuer}")) {
			st = ca_buf_append_text(buf, id);
			continue;
		}
		if (shard != 0 && take_place(&url, "{shard}")) {
			st = ca_buf_printf(buf, "%u", shard);
			continue;
		}
		st = ca_buf_append(buf, (struct ca_bytes){url.data, 1});
		url.data++;
		url.len--;
	}
	return st;
}

bool
ca_issuer_id_is_valid(const char *id)
{
	size_t len = 0;

	if (id == NULL || id[0] == '-')
		return false;
	for (; id[len] != '\0'; len++) {
		char c = id[len];

		if (len == ID_MAX ||
		    !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-'))
			return false;
	}
	return len > 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "cli/authority_internal.h"
#include "cli/check.h"
#include "cli/print.h"

#define HOST_MAX 320 /* octets: what is longer was never issued */

struct asking {
	struct authority *a;
	const struct ca_cert *cert;
	int64_t now;
	struct check_standing *ret;
	struct ca_error *err;
	/* ---- an authority of ours ---- */
	int64_t issuer; /* ledger_authority.id; 0 */
	char name[48];  /* "issuing" */
	bool is_signed; /* by its key */
	bool by_key_id; /* by that alone, under another name */
	/* ---- a row ---- */
	bool found;           /* with the serial, or the name */
	bool is_intended;     /* and these TBS octets */
	char what[200];       /* the name that was issued */
	struct ca_bytes host; /* that is looked for among a row's names */
	bool is_host;
};

const char *
check_origin_name(enum check_origin origin)
{
	static const char *const names[] = {[CHECK_NOT_ASKED] = "not asked",
	    [CHECK_OURS] = "ours",
	    [CHECK_FOREIGN] = "foreign",
	    [CHECK_IMPOSTOR] = "impostor"};

	return names[origin];
}

static enum ca_status
out_of_memory(struct ca_error *err)
{
	return ca_fail(err, CA_MEMORY, "out of memory");
}

/* ---- the very certificate ---- */

static enum ca_status
take_ours(void *ctx, const struct ledger_cert *row)
{
	struct asking *q = ctx;
	struct check_standing *ret = q->ret;

	ret->origin = CHECK_OURS;
	ret->revoked = row->revoked_at != LEDGER_NO_TIME;
	(void)snprintf(
	    ret->state, sizeof(ret->state), "%s", print_state(row, q->now));
	(void)snprintf(ret->reason, sizeof(ret->reason),
	    "in this ledger, issued by %.48s: %s", row->issuer_name,
	    ret->state);
	return CA_OK;
}

static enum ca_status
ask_for_itself(struct asking *q)
{
	uint8_t hash[CA_HASH_MAX];
	struct ledger_query query = {.der_hash = {hash, LEDGER_HASH_LEN}};
	enum ca_status st = ca_hash_bytes(
	    CA_HASH_SHA256, q->cert->der, hash, q->err);

	if (st != CA_OK)
		return st;
	return ledger_each_cert(
	    authority_ledger(q->a), &query, take_ours, q, q->err);
}

/* ---- one of our authorities' name on it ---- */

static enum ca_status
compare_authority(void *ctx, const struct ledger_authority *row)
{
	struct asking *q = ctx;
	struct ca_cert authority;
	bool name, key_id, is_signed;

	if (row->der.len == 0 ||
	    ca_cert_parse(row->der, &authority, NULL) != CA_OK)
		return CA_OK;
	name = ca_name_equal(q->cert->issuer, authority.subject);
	key_id = q->cert->authority_key_id.len > 0 &&
	    ca_bytes_equal(q->cert->authority_key_id, row->key_id);
	if (!name && !key_id)
		return CA_OK;
	is_signed = ca_cert_verify(q->cert, &authority.spki, NULL) == CA_OK;
	/* Of two of one name, the one whose key it is. */
	if (q->issuer != 0 && !is_signed)
		return CA_OK;
	q->issuer = row->id;
	q->is_signed = is_signed;
	q->by_key_id = !name;
	(void)snprintf(q->name, sizeof(q->name), "%s", row->name);
	return CA_OK;
}

static enum ca_status
compare_row(void *ctx, const struct ledger_cert *row)
{
	struct asking *q = ctx;

	q->found = true;
	q->is_intended = row->state == LEDGER_INTENDED &&
	    ca_bytes_equal(row->tbs, q->cert->tbs) && q->is_signed;
	if (q->is_intended) {
		q->ret->origin = CHECK_OURS;
		q->ret->revoked = row->revoked_at != LEDGER_NO_TIME;
		(void)snprintf(
		    q->ret->state, sizeof(q->ret->state), "intended");
		(void)snprintf(q->ret->reason, sizeof(q->ret->reason),
		    "intended by %.48s, and never recorded as issued: see "
		    "`signet audit`",
		    q->name);
	}
	return CA_OK;
}

/* In its name, and not in the ledger. */
static enum ca_status
ask_for_issuer(struct asking *q)
{
	struct ledger_query query = {.serial = q->cert->serial};
	enum ca_status st = ledger_each_authority(
	    authority_ledger(q->a), compare_authority, q, q->err);

	if (st != CA_OK || q->issuer == 0)
		return st;
	query.issuer = q->issuer;
	st = ledger_each_cert(
	    authority_ledger(q->a), &query, compare_row, q, q->err);
	if (st != CA_OK || q->is_intended)
		return st;
	q->ret->origin = CHECK_IMPOSTOR;
	q->ret->by_our_key = q->is_signed;
	(void)snprintf(q->ret->reason, sizeof(q->ret->reason),
	    "bears the %s of our authority %.48s and %s; %s",
	    q->by_key_id ? "key identifier" : "name", q->name,
	    q->found ? "a serial of this ledger, with other octets" :
		       "is not in this ledger",
	    q->is_signed ?
		"its signature is by our key: whoever made it has the key, or "
		"this ledger is not the newest" :
		"its signature is not by our key");
	return CA_OK;
}

/* ---- a name that was issued here, from others ---- */

static enum ca_status
find_host(void *ctx, const struct ledger_name *row)
{
	struct asking *q = ctx;

	if (strcmp(row->type, "dns") == 0 &&
	    (ca_bytes_equal(ca_text(row->value), q->host) ||
		ca_verify_host_matches(q->host, ca_text(row->value)) ||
		ca_verify_host_matches(ca_text(row->value), q->host)))
		q->is_host = true;
	return CA_OK;
}

static enum ca_status
take_name(void *ctx, const struct ledger_cert *row)
{
	struct asking *q = ctx;
	enum ca_status st = CA_OK;

	if (q->found)
		return CA_OK;
	q->is_host = q->host.len == 0;
	if (!q->is_host)
		st = ledger_each_name(
		    authority_ledger(q->a), row->id, find_host, q, q->err);
	if (st != CA_OK || !q->is_host)
		return st;
	q->found = true;
	(void)snprintf(q->name, sizeof(q->name), "%s", row->issuer_name);
	return CA_OK;
}

static enum ca_status
ask_for_pattern(struct asking *q, const char *name, bool is_literal)
{
	const struct ledger_query query = {.name = name,
	    .name_is_literal = is_literal,
	    .expires_after = q->now};

	if (q->found)
		return CA_OK;
	return ledger_each_cert(
	    authority_ledger(q->a), &query, take_name, q, q->err);
}

/* The host itself, the wildcard that covers it, and what it covers. */
static enum ca_status
ask_for_host(struct asking *q, const char *host)
{
	const char *dot = strchr(host, '.');
	struct ca_buf wildcard = {0};
	enum ca_status st;

	q->host = ca_text(host);
	st = ask_for_pattern(q, host, true);
	if (st == CA_OK && strncmp(host, "*.", 2) == 0 &&
	    strpbrk(host + 1, "*?") == NULL)
		st = ask_for_pattern(q, host, false);
	else if (st == CA_OK && dot != NULL) {
		if (ca_buf_printf(&wildcard, "*%s", dot) != CA_OK ||
		    ca_buf_text(&wildcard) == NULL)
			st = out_of_memory(q->err);
		else
			st = ask_for_pattern(q, ca_buf_text(&wildcard), true);
	}
	q->host = (struct ca_bytes){0};
	ca_buf_free(&wildcard);
	return st;
}

static enum ca_status
ask_for_name(struct asking *q, const char *type, const char *value)
{
	enum ca_status st;

	if (q->found || strlen(value) > HOST_MAX)
		return CA_OK;
	if (strcmp(type, "dns") == 0)
		st = ask_for_host(q, value);
	else if (strcmp(type, "ip") == 0 || strcmp(type, "email") == 0)
		st = ask_for_pattern(q, value, true);
	else
		return CA_OK;
	if (q->found)
		(void)snprintf(q->what, sizeof(q->what), "%s", value);
	return st;
}

static enum ca_status
ask_for_each(void *ctx, const struct ledger_name *rows, size_t count)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < count && st == CA_OK; i++)
		st = ask_for_name(ctx, rows[i].type, rows[i].value);
	return st;
}

static enum ca_status
ask_for_names(struct asking *q, const char *host)
{
	struct ca_buf issuer = {0};
	enum ca_status st = CA_OK;
	uint8_t octets[16];
	size_t len;

	q->found = false;
	if (host != NULL)
		st = ask_for_name(
		    q, ca_ip_parse(host, octets, &len) ? "ip" : "dns", host);
	if (st == CA_OK &&
	    (st = authority_names(q->cert, ask_for_each, q)) == CA_MEMORY)
		st = out_of_memory(q->err);
	if (st != CA_OK || !q->found)
		return st;
	if (ca_name_append_text(&issuer, q->cert->issuer) != CA_OK)
		st = out_of_memory(q->err);
	q->ret->origin = CHECK_IMPOSTOR;
	(void)snprintf(q->ret->reason, sizeof(q->ret->reason),
	    "%.100s was issued here, by %.48s, and this one is by a stranger: "
	    "%.120s",
	    q->what, q->name,
	    ca_buf_text(&issuer) != NULL ? ca_buf_text(&issuer) : "?");
	ca_buf_free(&issuer);
	return st;
}

/* Whoever took it back had given it. */
void
check_revoked(struct check_standing *standing)
{
	if (standing->origin != CHECK_IMPOSTOR || !standing->by_our_key)
		return;
	standing->origin = CHECK_OURS;
	standing->revoked = true;
	(void)snprintf(standing->state, sizeof(standing->state), "revoked");
	(void)snprintf(standing->reason, sizeof(standing->reason),
	    "signed by our key, and revoked; it is not in this ledger, which "
	    "may be an older copy");
}

enum ca_status
check_ledger(struct authority *a, const struct ca_cert *cert, bool own,
    const char *host, int64_t now, struct check_standing *ret,
    struct ca_error *err)
{
	struct asking q = {
	    .a = a, .cert = cert, .now = now, .ret = ret, .err = err};
	enum ca_status st;

	*ret = (struct check_standing){0};
	if ((st = ask_for_itself(&q)) != CA_OK ||
	    ret->origin != CHECK_NOT_ASKED)
		return st;
	if ((st = ask_for_issuer(&q)) != CA_OK ||
	    ret->origin != CHECK_NOT_ASKED)
		return st;
	ret->origin = CHECK_FOREIGN;
	(void)snprintf(ret->reason, sizeof(ret->reason),
	    "of another authority, and for no name that was issued here");
	return own ? ask_for_names(&q, host) : CA_OK;
}

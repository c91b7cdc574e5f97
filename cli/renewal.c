/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/renewal.h"

#include "cli/selection.h"

static enum ca_status
keep_text(struct ca_buf *buf, const char *text)
{
	enum ca_status st = ca_buf_append_text(buf, text != NULL ? text : "");

	if (st == CA_OK && ca_buf_text(buf) == NULL)
		st = CA_MEMORY;
	return st;
}

static enum ca_status
take(void *ctx, const struct ledger_cert *row)
{
	struct renewal *renewal = ctx;
	enum ca_status st;

	if ((st = keep_text(&renewal->subject, row->subject)) != CA_OK ||
	    (st = keep_text(&renewal->issuer, row->issuer_name)) != CA_OK ||
	    (st = keep_text(&renewal->policy, row->policy)) != CA_OK ||
	    (st = ca_buf_append(&renewal->request, row->request)) != CA_OK)
		return st;
	return ca_buf_append(&renewal->der, row->der);
}

/* The first name is what its files are called by; a subject alone otherwise. */
static enum ca_status
take_first_name(void *ctx, const struct ledger_name *row)
{
	struct ca_buf *name = ctx;

	return name->len > 0 ? CA_OK : keep_text(name, row->value);
}

static enum ca_status
load(struct authority *a, struct renewal *renewal, struct ca_error *err)
{
	struct ledger *ledger = authority_ledger(a);
	enum ca_status st;

	if ((st = ledger_cert_by_id(
		 ledger, renewal->row, take, renewal, err)) != CA_OK ||
	    (st = ledger_each_name(ledger, renewal->row, take_first_name,
		 &renewal->name, err)) != CA_OK)
		return st;
	if (renewal->name.len == 0)
		st = keep_text(&renewal->name, ca_buf_text(&renewal->subject));
	if (st == CA_OK && renewal->der.len == 0)
		st = ca_fail(err, CA_REFUSED,
		    "%s: was intended and never released: there is nothing to "
		    "renew; sign the request again (signet sign)",
		    ca_buf_text(&renewal->subject));
	if (st == CA_OK &&
	    (renewal->policy.len == 0 || renewal->request.len == 0))
		st = ca_fail(err, CA_REFUSED,
		    "%s: the ledger has no request and policy of it: it was "
		    "not made here; sign a request (signet sign)",
		    ca_buf_text(&renewal->subject));
	return st;
}

enum ca_status
renewal_load(
    struct authority *a, int64_t row, struct renewal *ret, struct ca_error *err)
{
	enum ca_status st;

	*ret = (struct renewal){.row = row};
	st = load(a, ret, err);
	if (st != CA_OK)
		renewal_done(ret);
	return st;
}

enum ca_status
renewal_find(const struct invocation *in, struct authority *a, const char *what,
    const char *verb, struct renewal *ret, struct ca_error *err)
{
	struct selection sel = {.now = authority_now(a)};
	enum ca_status st;

	*ret = (struct renewal){0};
	st = selection_add(in, a, what, SELECT_NEWEST, verb, &sel, err);
	if (st == CA_OK && sel.count > 1)
		st = ca_fail(err, CA_USAGE, "%.60s: say one certificate to %s",
		    what, verb);
	if (st == CA_OK)
		st = renewal_load(a, sel.items[0].row, ret, err);
	selection_done(&sel);
	return st;
}

void
renewal_done(struct renewal *renewal)
{
	ca_buf_free(&renewal->subject);
	ca_buf_free(&renewal->issuer);
	ca_buf_free(&renewal->policy);
	ca_buf_free(&renewal->name);
	ca_buf_free(&renewal->request);
	ca_buf_free(&renewal->der);
	*renewal = (struct renewal){0};
}

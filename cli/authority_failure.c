/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the ledger when a certificate could not be made. */
#include "cli/authority_press.h"

/* Nothing was signed; the ledger's message says the rest unless it does not
 * know either. */
static enum ca_status
say_unsure_intent(const struct press *press, const char *serial,
    const struct ca_error *inner, struct ca_error *err)
{
	if (!ledger_in_doubt(press->a->ledger))
		return ca_fail(err, inner->status, "%s", inner->msg);
	return ca_fail(err, inner->status,
	    "%s; nothing was signed: should `signet show %s` know this serial, "
	    "revoke it",
	    inner->msg, serial);
}

/* The key file of an authority-to-be is not made twice. */
static enum ca_status
say_what_stays(const struct press *press, const char *serial,
    const struct ca_error *inner, struct ca_error *err)
{
	const char *key = press->adding != NULL ? press->key_ref : NULL;

	if (ledger_in_doubt(press->a->ledger))
		return ca_fail(err, inner->status,
		    "%s; serial %s stays in the ledger, as intended or as "
		    "issued (`signet show %s` says which), no certificate was "
		    "released: revoke it",
		    inner->msg, serial, serial);
	return ca_fail(err, inner->status,
	    "%s; serial %s stays in the ledger as intended, no "
	    "certificate was released: `signet audit` lists it, `signet "
	    "revoke %s` ends it%s%s",
	    inner->msg, serial, serial,
	    key != NULL ? "; add the authority under another name, for its "
			  "key stays too: " :
			  "",
	    key != NULL ? key : "");
}

enum ca_status
press_say_failure(const struct press *press, bool intended,
    const struct ca_error *inner, struct ca_error *err)
{
	struct ca_buf hex = {0};
	const char *serial = NULL;
	enum ca_status st;

	if (ca_hex_append(&hex, ca_view(&press->out->serial)) == CA_OK)
		serial = ca_buf_text(&hex);
	if (serial == NULL)
		serial = "?";
	if (press->adding != NULL && press->adding->makes_home)
		st = ca_fail(err, inner->status, "%s", inner->msg);
	else if (intended)
		st = say_what_stays(press, serial, inner, err);
	else
		st = say_unsure_intent(press, serial, inner, err);
	ca_buf_free(&hex);
	return st;
}

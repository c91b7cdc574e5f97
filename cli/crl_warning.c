/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crl_warning.h"

#include "ca/time.h"

static enum ca_status
take_update(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->this_update;
	return CA_OK;
}

/* thisUpdate of the newest; LEDGER_NO_TIME when there is none. */
int64_t
crl_newest_update(struct authority *a, const struct signer *signer)
{
	const struct ledger_crl_query query = {
	    .issuer = signer->id, .kind = LEDGER_CRL_ANY, .without_der = true};
	int64_t ret = LEDGER_NO_TIME;

	if (ledger_find_crl(
		authority_ledger(a), &query, take_update, &ret, NULL) != CA_OK)
		return LEDGER_NO_TIME;
	return ret;
}

/* Some clients keep the one that seems newer. */
void
crl_warn_of_date(const struct term *term, struct authority *a,
    const struct signer *signer, int64_t before)
{
	char text[CA_TIME_TEXT];

	if (before == LEDGER_NO_TIME || before <= crl_newest_update(a, signer))
		return;
	ca_time_text(before, text);
	term_note(term,
	    "%s: its thisUpdate is before that of the CRL before it, %s; "
	    "--force-time is recorded",
	    signer->name, text);
}

static enum ca_status
take_freshest(void *ctx, const struct ledger_point *row)
{
	bool *found = ctx;

	*found = *found || row->freshest.len > 0;
	return CA_OK;
}

void
crl_warn_of_unread(
    const struct term *term, struct authority *a, const struct signer *signer)
{
	bool found = false;

	if (ledger_each_point(authority_ledger(a), signer->id, take_freshest,
		&found, NULL) != CA_OK ||
	    found)
		return;
	term_note(term,
	    "%s: no certificate says that there are delta CRLs ([publish] "
	    "freshest in its policy): nobody looks for this one, and `signet "
	    "serve` does not renew it",
	    signer->name);
}

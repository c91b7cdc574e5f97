/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_walk.h"
#include "db/ledger_pace.h"

#include <pthread.h>
#include <signal.h>

/* What one thread draws, and into what. */
struct half {
	struct ledger *ledger;
	int64_t issuer, cutoff;
	const struct ledger_cut *cut;
	struct ca_crl_writer *writer;
	pthread_t thread;
	enum ca_status st;
	struct ca_error err;
};

static enum ca_status
put_row(void *ctx, const struct ledger_revocation *row)
{
	struct half *half = ctx;
	const struct ca_crl_entry entry = {.serial = row->serial,
	    .revoked_at = row->revoked_at,
	    .reason = (enum ca_reason)row->reason,
	    .invalid_since = row->invalid_since};

	return ca_crl_put(half->writer, &entry, &half->err);
}

static void *
draw_upper(void *ctx)
{
	struct half *half = ctx;

	half->st = ledger_each_listed_from(half->ledger, half->issuer,
	    half->cut, half->cutoff, put_row, half, &half->err);
	return NULL;
}

/* Signals are the main thread's to wake up from. */
static bool
start(struct half *half)
{
	sigset_t all, before;
	bool runs;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	runs = pthread_create(&half->thread, NULL, draw_upper, half) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return runs;
}

static void
draw_all(struct half *half)
{
	half->st = ledger_each_listed(half->ledger, half->issuer, 0,
	    half->cutoff, put_row, half, &half->err);
}

/* The lower half here, and the upper one beside it. */
static void
draw_both(struct half *lower, struct ledger *twin)
{
	struct ca_crl_writer part;
	struct half upper = *lower;

	ca_crl_begin_part(&part, lower->writer);
	upper.ledger = twin;
	upper.writer = &part;
	if (!start(&upper)) {
		draw_all(lower);
		return;
	}
	lower->st = ledger_each_listed_below(lower->ledger, lower->issuer,
	    lower->cut, lower->cutoff, put_row, lower, &lower->err);
	(void)pthread_join(upper.thread, NULL);
	if (lower->st == CA_OK && upper.st != CA_OK) {
		lower->st = upper.st;
		lower->err = upper.err;
	}
	if (lower->st == CA_OK)
		lower->st = ca_crl_join(lower->writer, &part, &lower->err);
	ca_crl_discard(&part);
}

enum ca_status
authority_walk(struct ledger *ledger, int64_t issuer, int64_t cutoff,
    int64_t many, struct ca_crl_writer *writer, struct ca_error *err)
{
	struct ledger_cut cut;
	struct half half = {.ledger = ledger,
	    .issuer = issuer,
	    .cutoff = cutoff,
	    .cut = &cut,
	    .writer = writer};
	struct ledger *twin = NULL;
	enum ca_status st;

	if ((st = ledger_listed_cut(ledger, issuer, many, &cut, err)) != CA_OK)
		return st;
	if (cut.len > 0 && ledger_twin(ledger, &twin, NULL) == CA_OK) {
		ledger_keep_little(twin, true);
		draw_both(&half, twin);
	} else {
		draw_all(&half);
	}
	ledger_close(twin);
	if (half.st != CA_OK)
		return ca_fail(err, half.st, "%s", half.err.msg);
	return CA_OK;
}

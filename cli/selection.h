/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * selection: the certificates a person means by SERIAL|FILE|NAME. A name that
 * several bear is listed and asked about on a terminal; without one it is
 * refused, with the serials.
 *
 * What this does not do: anything to them.
 */
#ifndef CLI_SELECTION_H
#define CLI_SELECTION_H

#include "cli/cmd.h"
#include "cli/text.h"

struct selected {
	int64_t row; /* ledger_cert.id */
	int64_t lineage, renews;
	struct ca_buf serial; /* hex */
	struct ca_buf subject;
	struct ca_buf issuer; /* the authority's name */
	char state[12];
	bool is_issued;
	bool is_renewed; /* by another of the selection */
	int64_t not_after;
};

/* {0} is empty; set now before rows are taken. */
struct selection {
	struct selected *items;
	size_t count, room;
	int64_t now;
};

enum select_by {
	SELECT_ALL,   /* every certificate that bears the name is one more */
	SELECT_LINE,  /* those of one line count as one */
	SELECT_HELD,  /* those on hold come first */
	SELECT_NEWEST /* what another one of them renews is not meant, and
		       * what was never released where another was */
};

/* A ledger_cert_fn; ctx is the struct selection. */
CA_MUST_USE enum ca_status selection_take(
    void *ctx, const struct ledger_cert *row);
/* Adds what the word means. verb is for messages: "revoke". */
CA_MUST_USE enum ca_status selection_add(const struct invocation *in,
    struct authority *a, const char *what, enum select_by by, const char *verb,
    struct selection *ret, struct ca_error *err);
/* One line each: serial, state, end, subject; at most SELECTION_SHOWN, then
 * how many more. With numbers from 1 when numbered. */
#define SELECTION_SHOWN 50
void selection_lines(
    const struct selection *sel, bool numbered, struct text *ret);
/* "SERIAL, SERIAL, ...", the first eight, for an error message. */
void selection_serials(const struct selection *sel, struct text *ret);
/* The rows, for the authority's calls; calloc()ed, NULL without memory. */
int64_t *selection_rows(const struct selection *sel);
void selection_done(struct selection *sel);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signing: what `sign` and `renew` share: one command line, several
 * certificates for keys that others hold; planned or signed, written, told.
 *
 * The options are CMD_OPT_CA, CMD_OPTS_TERM, CMD_OPT_PASSIN and those of
 * SIGNING_OPTS.
 *
 * What this does not do: say which request, policy and file it is.
 */
#ifndef CLI_SIGNING_H
#define CLI_SIGNING_H

#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/json.h"

#define SIGNING_OPTS                                                        \
	{"out", OPT_TEXT, "FILE", "where the certificate goes (only one)"}, \
	    {"force", OPT_FLAG, NULL, "replace output files that exist"},   \
	    {"chain", OPT_FLAG, NULL,                                       \
		"leaf and intermediates in one file, for servers"},         \
	    {"plan", OPT_FLAG, NULL,                                        \
		"show what would be signed; sign nothing"},                 \
	{                                                                   \
		"json", OPT_FLAG, NULL, "with --plan: as JSON"              \
	}

/* One operand. */
struct signing_item {
	const char *operand;
	struct ca_buf stem; /* the file's name in --out-dir without .crt, with
			     * a NUL; empty when it has none */
	int64_t row;        /* what is renewed; 0 */
	struct ca_buf path; /* where its certificate goes */
	enum ca_status status; /* not CA_OK: nothing is to be done, err says */
	struct ca_error err;
};

struct signing {
	const struct invocation *in;
	struct authority *a;
	struct signer signer;
	struct issue_order order; /* request and renews: of the one in hand */
	struct ca_policy *policy; /* NULL, or what order.parsed is */
	enum file_existing existing;
	struct signing_item *items; /* one an operand */
	json_t *plans;
};

/* Checks the options, opens the home; signing_done() in any case. */
CA_MUST_USE enum ca_status signing_open(
    const struct invocation *in, struct signing *ret, struct ca_error *err);
/*
 * Where everything goes, before a passphrase is asked for: find fills an
 * item's stem and row. An item that it refuses is left to signing_each();
 * CA_USAGE when two outputs are one file or (reads_files: the operands are
 * files that are read in turn) one is an operand; and what
 * file_check_writable() refuses.
 */
CA_MUST_USE enum ca_status signing_places(struct signing *signing,
    enum ca_status (*find)(struct signing *signing, struct signing_item *item,
	struct ca_error *err),
    bool reads_files, struct ca_error *err);
/* Who signs: name, or NULL as signer_open() says; unlocked unless nothing is
 * to be signed. The one of the call before is kept when it is the same. */
CA_MUST_USE enum ca_status signing_by(
    struct signing *signing, const char *name, struct ca_error *err);
/* Plans or signs signing->order. */
CA_MUST_USE enum ca_status signing_one(struct signing *signing,
    const struct signing_item *item, struct ca_error *err);
/*
 * Calls one for each item. One that is refused does not stop the others; its
 * error is said, and the first decides the status. Then prints the plans.
 */
CA_MUST_USE enum ca_status signing_each(struct signing *signing,
    enum ca_status (*one)(struct signing *signing,
	const struct signing_item *item, struct ca_error *err),
    struct ca_error *err);
void signing_done(struct signing *signing);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * home: the folder an authority lives in.
 *
 *   ledger.db           the ledger (and ledger.db-wal, ledger.db.lock)
 *   keys/NAME.key       authorities' keys
 *   keys/NAME.ocsp.key  their OCSP responders' keys
 *   policies/X.policy   written by init, then the operator's
 *   crl/NAME.crl        the newest CRLs
 *   issued/             what `issue` made
 *   log/log.key         the transparency log's key
 *   log/checkpoint      the newest checkpoint of it
 *
 * Folders are 0700, files 0600.
 *
 * What this does not do: open the ledger (cli/authority).
 */
#ifndef CLI_HOME_H
#define CLI_HOME_H

#include "ca/base.h"
#include "ca/policy.h"

/* --home, else $SIGNET_HOME, else $XDG_DATA_HOME/signet, else
 * ~/.local/share/signet. Appends. CA_USAGE when none can be told. */
CA_MUST_USE enum ca_status home_find(
    const char *option, struct ca_buf *ret, struct ca_error *err);
/* Whether --home or $SIGNET_HOME names it. */
bool home_is_named(const char *option);
/* CA_REFUSED when something other than an empty folder lies there; CA_IO when
 * the folder above it, or the nearest that is there, may not be written to. */
CA_MUST_USE enum ca_status home_check_free(
    const char *home, struct ca_error *err);
/*
 * Makes a new home under a temporary name beside its place: the folders, an
 * empty ledger, and the shipped policies, narrowed to domains when there are
 * any. Appends the temporary folder's path to ret_staged. Refused as by
 * home_check_free(), so that two `init` at once cannot mix. Missing folders
 * above home are made. While *ret_lock (may be NULL) is open, the caller's to
 * close, home_sweep() knows that somebody is at work in it.
 */
CA_MUST_USE enum ca_status home_stage(const char *home,
    const char *const *domains, size_t domain_count, struct ca_buf *ret_staged,
    int *ret_lock, struct ca_error *err);
/* What an `init` of this home that was killed left beside it, perhaps a key
 * in it, is removed, and fn told. Where an `init` is at work it stays; what
 * cannot be told from a folder of somebody's stays too, and fn is told. */
typedef void home_left_fn(void *ctx, const char *path, bool removed);
void home_sweep(const char *home, home_left_fn *fn, void *ctx);
/* Puts a staged home into its place, in one rename; CA_REFUSED when another
 * `init` was first. */
CA_MUST_USE enum ca_status home_publish(
    const char *staged, const char *home, struct ca_error *err);
/* The folders alone, to be filled from a backup; whatever lies at home stays
 * there until home_publish() or home_exchange(). */
CA_MUST_USE enum ca_status home_stage_empty(const char *home,
    struct ca_buf *ret_staged, int *ret_lock, struct ca_error *err);
/* Puts a staged home into the place of the one that is there, in one rename;
 * appends where that one is now: HOME.replaced, HOME.replaced-2, ... */
CA_MUST_USE enum ca_status home_exchange(const char *staged, const char *home,
    struct ca_buf *ret_aside, struct ca_error *err);
/* Removes a staged home that is not to be. */
void home_discard(const char *staged);
/* It is a folder with a ledger: else CA_NOT_FOUND, naming `signet init` and
 * --home. CA_IO when it cannot be entered. Modes wider than 0700 are refused.
 */
CA_MUST_USE enum ca_status home_check(const char *home, struct ca_error *err);
/* CA_USAGE when what is written to path would take the place of the home's
 * own: its ledger, a key, a policy. */
CA_MUST_USE enum ca_status home_check_output(
    const char *home, const char *path, struct ca_error *err);
/* Appends home + "/" + part. */
CA_MUST_USE enum ca_status home_path(
    const char *home, const char *part, struct ca_buf *ret);
/* Appends what the ledger calls this file, its path from the home on; nothing
 * when it is not there or not within the home. */
CA_MUST_USE enum ca_status home_reference(
    const char *home, const char *path, struct ca_buf *ret);
/* Loads policies/NAME.policy. CA_NOT_FOUND lists the ones that are there. */
CA_MUST_USE enum ca_status home_policy(const char *home, const char *name,
    struct ca_policy **ret, struct ca_error *err);
/* The names of the policies, sorted. */
typedef void home_policy_fn(void *ctx, const char *name);
void home_each_policy(const char *home, home_policy_fn *fn, void *ctx);
/* Any policy that can be read puts the URL of an OCSP responder into the
 * certificates it allows. */
bool home_names_responder(const char *home);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/authority_backup.h"
#include "cli/authority_restore_parts.h"
#include "cli/file.h"
#include "cli/home.h"
#include "db/ledger_pace.h"

/* ---- where to ---- */

static enum ca_status
look_at_home(struct restore *restore, struct ca_error *err)
{
	struct ca_error inner = {0};
	struct stat info;
	enum ca_status st;

	if (home_check_free(restore->home, &inner) == CA_OK)
		return CA_OK;
	if ((st = home_check(restore->home, err)) == CA_OK)
		restore->is_there = true;
	if (st == CA_NOT_FOUND && lstat(restore->home, &info) == 0) {
		if (err != NULL)
			*err = (struct ca_error){0};
		st = ca_fail(err, CA_REFUSED,
		    "%s: is neither free nor a home with a ledger.db: move it "
		    "away, and restore again",
		    restore->home);
	}
	return st;
}

static void
tell_left(void *ctx, const char *path, bool removed)
{
	const struct restore *restore = ctx;
	struct ca_buf line = {0};

	if (ca_buf_printf(&line,
		removed ? "%s: what was left of a restore or init that was "
			  "killed is removed" :
			  "%s: perhaps left by a restore or init that was "
			  "killed: look, for keys may be in it, and remove it",
		path) == CA_OK &&
	    ca_buf_text(&line) != NULL)
		restore->order->note(restore->order->ctx, ca_buf_text(&line));
	ca_buf_free(&line);
}

/* ---- is it whole ---- */

struct verdict {
	char first[256]; /* fault */
};

static void
take_finding(void *ctx, enum audit_finding kind, int64_t row, const char *line)
{
	struct verdict *verdict = ctx;

	(void)row;
	if (kind == AUDIT_FAULT && verdict->first[0] == '\0')
		(void)snprintf(
		    verdict->first, sizeof(verdict->first), "%s", line);
}

static enum ca_status
audit_fresh(struct restore *restore, struct ca_error *err)
{
	struct verdict verdict = {{0}};
	struct audit_report report = {.finding = take_finding, .ctx = &verdict};
	struct ca_error inner = {0};
	enum ca_status st = authority_audit(restore->fresh, &report, &inner);

	if (st == CA_UNTRUSTED)
		return ca_fail(err, st,
		    "the backup's ledger does not hold: %zu fault%s, the "
		    "first: "
		    "%s",
		    report.faults, report.faults == 1 ? "" : "s",
		    verdict.first);
	return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
}

static enum ca_status
take_number(void *ctx, const struct ledger_authority *row)
{
	*(int64_t *)ctx = row->id;
	return CA_OK;
}

static enum ca_status
check_issuer(struct restore *restore, const struct backup_issuer *row,
    struct ca_error *err)
{
	struct ledger *ledger = restore->fresh->ledger;
	int64_t id = 0, next = 0;

	if (ledger_authority_by_name(
		ledger, row->name, take_number, &id, NULL) == CA_OK &&
	    ledger_next_crl_number(ledger, id, &next, NULL) == CA_OK &&
	    next - 1 == row->number)
		return CA_OK;
	return ca_fail(err, CA_UNTRUSTED,
	    BACKUP_MANIFEST ": authority %s has another CRL number in the "
			    "ledger",
	    row->name);
}

static enum ca_status
check_head(struct restore *restore, struct ca_error *err)
{
	const struct backup_manifest *manifest = &restore->manifest;
	struct ca_merkle_head head;
	int64_t size = 0;
	enum ca_status st;

	if ((st = ledger_log_size(restore->fresh->ledger, &size, err)) !=
		CA_OK ||
	    (st = backup_head(restore->fresh->ledger, size, &head, err)) !=
		CA_OK)
		return st;
	if (size != manifest->events ||
	    memcmp(head.root.octets, manifest->root, BACKUP_HASH) != 0)
		return ca_fail(err, CA_UNTRUSTED,
		    BACKUP_MANIFEST ": is of another ledger than the one that "
				    "is with it");
	for (size_t i = 0; i < manifest->issuer_count && st == CA_OK; i++)
		st = check_issuer(restore, &manifest->issuers[i], err);
	return st;
}

static enum ca_status
verify(struct restore *restore, struct ca_error *err)
{
	const struct authority_options options = {
	    .home = ca_buf_text(&restore->staged),
	    .world = restore->order->world,
	    .force_time = restore->order->force_time};
	enum ca_status st;

	if ((st = authority_open(&options, &restore->fresh, err)) != CA_OK ||
	    (st = authority_check_founded(restore->fresh, err)) != CA_OK ||
	    (st = audit_fresh(restore, err)) != CA_OK)
		return st;
	return check_head(restore, err);
}

/* ---- into its place ---- */

static enum ca_status
sync_staged(struct restore *restore, struct ca_error *err)
{
	static const char *const names[] = {
	    "ledger.db", "keys/x", "policies/x", "crl/x", "log/x"};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ca_buf path = {0};

		if (st == CA_OK)
			st = home_path(
			    ca_buf_text(&restore->staged), names[i], &path);
		if (st == CA_OK && ca_buf_text(&path) != NULL)
			st = file_sync_folder(ca_buf_text(&path), err);
		ca_buf_free(&path);
	}
	return st;
}

/* The ledger is whole in its file, and on the disk with all the others. */
static enum ca_status
finish_fresh(struct restore *restore, struct ca_error *err)
{
	ledger_checkpoint(restore->fresh->ledger);
	authority_close(restore->fresh);
	restore->fresh = NULL;
	return sync_staged(restore, err);
}

static enum ca_status
publish(
    struct restore *restore, struct restore_done *done, struct ca_error *err)
{
	const char *staged = ca_buf_text(&restore->staged);
	enum ca_status st;

	if (restore->order->stop != NULL &&
	    restore->order->stop(restore->order->ctx))
		return ca_fail(
		    err, CA_IO, "interrupted; the home is as it was");
	st = restore->is_there ?
	    home_exchange(staged, restore->home, &done->aside, err) :
	    home_publish(staged, restore->home, err);
	if (st != CA_OK)
		return st;
	ca_buf_free(&restore->staged); /* it is the home, or has become one */
	return file_sync_folder(restore->home, err);
}

static enum ca_status
carry_out(
    struct restore *restore, struct restore_done *done, struct ca_error *err)
{
	const struct backup_manifest *manifest = &restore->manifest;
	enum ca_status st;

	if ((st = restore_unpack(restore, err)) != CA_OK ||
	    (st = verify(restore, err)) != CA_OK ||
	    (st = restore_judge(restore, err)) != CA_OK)
		return st;
	done->time = manifest->time;
	done->events = manifest->events;
	done->certificates = manifest->certificates;
	done->files = manifest->file_count;
	if (restore->order->check)
		return CA_OK;
	if ((st = restore_record(restore, err)) != CA_OK ||
	    (st = finish_fresh(restore, err)) != CA_OK ||
	    (st = publish(restore, done, err)) != CA_OK)
		return st;
	done->rolled_back = restore->loss.is_any || restore->loss.unknown;
	return CA_OK;
}

static void
restore_close(struct restore *restore)
{
	authority_close(restore->fresh);
	/* Who waited to write to it finds that it was moved. */
	authority_close(restore->old);
	if (restore->staged.len > 0)
		home_discard(ca_buf_text(&restore->staged));
	if (restore->lock >= 0)
		(void)close(restore->lock);
	ca_buf_free(&restore->staged);
	backup_manifest_done(&restore->found);
	backup_manifest_done(&restore->manifest);
}

enum ca_status
authority_restore(const struct restore_order *order, struct restore_done *ret,
    struct ca_error *err)
{
	struct restore restore = {.order = order, .lock = -1};
	char *real = realpath(order->home, NULL);
	enum ca_status st = CA_OK;

	/* A link to a home stays one. */
	restore.home = real != NULL ? real : order->home;
	if (!order->check)
		st = look_at_home(&restore, err);
	if (st == CA_OK) {
		home_sweep(restore.home, tell_left, &restore);
		st = home_stage_empty(
		    restore.home, &restore.staged, &restore.lock, err);
	}
	if (st == CA_OK)
		st = carry_out(&restore, ret, err);
	restore_close(&restore);
	free(real);
	return st;
}

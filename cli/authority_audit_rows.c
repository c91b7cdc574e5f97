/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates' rows from the ledger to whoever judges them, and back. */
#include "cli/authority_audit_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"
#include "cli/crew.h"

#define JOBS 32 /* that are handed over at once */
#define POLICIES_MAX 256

/* One lot of the crew's. */
struct batch {
	struct audit_job jobs[JOBS];
	size_t count;
	struct crew_lot lot;
};

/* Batches go round: read < ring + told. */
struct rows {
	struct audit *audit;
	struct crew *crew;
	struct audit_bench *benches; /* a hand's, each */
	struct batch *batches;
	size_t ring, read, told;
	struct audit_policy *policies[POLICIES_MAX];
	size_t policy_count;
	int64_t last; /* row, for who wants to know how far it is */
};

/* ---- judging ---- */

static void
judge(void *ctx, size_t i, void *hand)
{
	struct batch *batch = ctx;

	audit_judge(&batch->jobs[i], hand);
}

static void
put_down(void *hand)
{
	(void)hand;
	ca_crypto_drop_tables();
}

/* ---- policies ---- */

static void
policy_free(struct audit_policy *policy)
{
	if (policy == NULL)
		return;
	ca_policy_free(policy->policy);
	ca_buf_free(&policy->name);
	ca_buf_free(&policy->fault);
	free(policy);
}

static bool
hash_is(struct ca_bytes data, struct ca_bytes expected)
{
	uint8_t hash[LEDGER_HASH_LEN];

	return authority_hash(data, hash, NULL) == CA_OK &&
	    ca_bytes_equal(expected, (struct ca_bytes){hash, sizeof(hash)});
}

static enum ca_status
read_policy(struct ledger *ledger, const struct ledger_cert *row,
    struct audit_policy *policy)
{
	struct ca_buf text = {0};
	struct ca_error inner = {0};
	enum ca_status st = CA_OK;

	if (ledger_get_policy(ledger, row->policy_hash, &text, NULL) != CA_OK)
		st = ca_buf_printf(
		    &policy->fault, "its policy's text is not in the ledger");
	else if (!hash_is(ca_view(&text), row->policy_hash))
		st = ca_buf_printf(
		    &policy->fault, "its policy's text was changed");
	else if (ca_policy_parse(ca_view(&text), row->policy, row->policy,
		     &policy->policy, &inner) != CA_OK)
		st = ca_buf_printf(
		    &policy->fault, "its policy: %.512s", inner.msg);
	ca_buf_free(&text);
	return st;
}

static struct audit_policy *
policy_new(struct ledger *ledger, const struct ledger_cert *row)
{
	struct audit_policy *policy = calloc(1, sizeof(*policy));

	if (policy == NULL)
		return NULL;
	if (ca_buf_append_text(&policy->name, row->policy) != CA_OK ||
	    read_policy(ledger, row, policy) != CA_OK ||
	    ca_buf_text(&policy->fault) == NULL) {
		policy_free(policy);
		return NULL;
	}
	/* What is no hash is no policy's. */
	if (row->policy_hash.len == LEDGER_HASH_LEN)
		memcpy(policy->hash, row->policy_hash.data, LEDGER_HASH_LEN);
	return policy;
}

static bool
is_policy_of(const struct audit_policy *policy, const struct ledger_cert *row)
{
	return ca_bytes_equal(row->policy_hash,
		   (struct ca_bytes){policy->hash, LEDGER_HASH_LEN}) &&
	    ca_bytes_equal(ca_view(&policy->name), ca_text(row->policy));
}

/* Read once, as there are few; and once a certificate where somebody wrote
 * more into the ledger than there ever were. */
static enum ca_status
set_policy(
    struct rows *rows, const struct ledger_cert *row, struct audit_job *job)
{
	struct audit_policy *policy;

	for (size_t i = 0; i < rows->policy_count; i++)
		if (is_policy_of(rows->policies[i], row)) {
			job->policy = rows->policies[i];
			return CA_OK;
		}
	if ((policy = policy_new(rows->audit->a->ledger, row)) == NULL)
		return CA_MEMORY;
	job->policy = policy;
	if (rows->policy_count < POLICIES_MAX)
		rows->policies[rows->policy_count++] = policy;
	else
		job->own = policy;
	return CA_OK;
}

/* ---- reading ---- */

/* There is room. */
static struct ca_bytes
keep(struct ca_buf *octets, struct ca_bytes view)
{
	struct ca_bytes kept = {octets->data + octets->len, view.len};

	if (view.len > 0)
		memcpy(octets->data + octets->len, view.data, view.len);
	octets->len += view.len;
	return kept;
}

static const char *
keep_text(struct ca_buf *octets, const char *text)
{
	const struct ca_bytes view = {(const uint8_t *)text, strlen(text) + 1};

	return (const char *)keep(octets, view).data;
}

static enum ca_status
keep_row(struct audit_job *job, const struct ledger_cert *from)
{
	struct ledger_cert *row = &job->row;
	struct ca_buf *octets = &job->octets;
	size_t room = from->serial.len + from->tbs.len + from->der.len +
	    from->request.len + from->spki_hash.len + from->tbs_hash.len +
	    from->der_hash.len + from->policy_hash.len + strlen(from->policy) +
	    strlen(from->subject) + 2;
	enum ca_status st = ca_buf_reserve(octets, room);

	if (st != CA_OK)
		return st;
	*row = *from;
	row->issuer_name = NULL;
	row->serial = keep(octets, from->serial);
	row->tbs = keep(octets, from->tbs);
	row->der = keep(octets, from->der);
	row->request = keep(octets, from->request);
	row->spki_hash = keep(octets, from->spki_hash);
	row->tbs_hash = keep(octets, from->tbs_hash);
	row->der_hash = keep(octets, from->der_hash);
	row->policy_hash = keep(octets, from->policy_hash);
	row->policy = keep_text(octets, from->policy);
	row->subject = keep_text(octets, from->subject);
	return CA_OK;
}

static enum ca_status
keep_name(void *ctx, const struct ledger_name *row)
{
	struct ca_buf *names = ctx;
	const struct ca_bytes type = {(const uint8_t *)row->type,
				  strlen(row->type) + 1},
			      value = {(const uint8_t *)row->value,
				  strlen(row->value) + 1};
	enum ca_status st = ca_buf_append(names, type);

	return st == CA_OK ? ca_buf_append(names, value) : st;
}

static enum ca_status
read_job(
    struct rows *rows, const struct ledger_cert *row, struct audit_job *job)
{
	struct ledger *ledger = rows->audit->a->ledger;
	enum ca_status st;

	job->octets.len = job->names.len = 0;
	job->before.len = job->after.len = 0;
	job->names_sound = false;
	job->status = CA_OK;
	job->signer = audit_signer(rows->audit, row->issuer);
	if ((st = keep_row(job, row)) != CA_OK ||
	    (st = set_policy(rows, row, job)) != CA_OK)
		return st;
	job->names_unread = ledger_each_name_checked(ledger, row->id, keep_name,
				&job->names, &job->names_sound, NULL) != CA_OK;
	return CA_OK;
}

/* ---- telling ---- */

static void
name_row(struct audit *audit, const struct ledger_cert *row)
{
	struct ca_buf serial = {0};
	const char *text = NULL;

	audit->row = row->id;
	if (ca_hex_append(&serial, row->serial) == CA_OK)
		text = ca_buf_text(&serial);
	(void)snprintf(audit->who, sizeof(audit->who), "%s (%.80s)",
	    text != NULL ? text : "?", row->subject);
	ca_buf_free(&serial);
}

static void
say_faults(struct audit *audit, const struct ca_buf *faults)
{
	const char *line = (const char *)faults->data;

	for (size_t at = 0; at < faults->len; at += strlen(line + at) + 1)
		audit_say(
		    audit, AUDIT_FAULT, audit->row, audit->who, line + at);
}

static enum ca_status
tell(struct rows *rows, struct audit_job *job)
{
	struct audit *audit = rows->audit;
	const struct ledger_cert *row = &job->row;
	enum ca_status st = job->status;

	if (st == CA_OK)
		st = audit_expect(audit, row);
	if (st != CA_OK)
		return st;
	name_row(audit, row);
	audit->report->certificates++;
	say_faults(audit, &job->before);
	if (job->parsed)
		audit_refs_row(audit, row, &job->cert, job->policy->policy);
	say_faults(audit, &job->after);
	if (row->state == LEDGER_INTENDED)
		audit_say(audit, AUDIT_ORPHAN, row->id, audit->who,
		    row->revoked_at == LEDGER_NO_TIME ?
			"was intended and never released: a signature may "
			"exist; revoke it to be sure (signet revoke SERIAL)" :
			"was intended and never released, and is revoked: "
			"nothing is left to do");
	audit_progress(audit, "certificates", row->id, rows->last);
	policy_free(job->own);
	job->own = NULL;
	return CA_OK;
}

/* The oldest that was not told of. */
static enum ca_status
tell_batch(struct rows *rows)
{
	struct batch *batch = &rows->batches[rows->told % rows->ring];
	enum ca_status st = CA_OK;

	crew_wait(rows->crew, &batch->lot);
	for (size_t i = 0; i < batch->count && st == CA_OK; i++)
		st = tell(rows, &batch->jobs[i]);
	batch->count = 0;
	rows->told++;
	return st;
}

/* ---- round the ring ---- */

static enum ca_status
hand_over(struct rows *rows)
{
	struct batch *batch = &rows->batches[rows->read % rows->ring];

	batch->lot = (struct crew_lot){
	    .work = judge, .ctx = batch, .count = batch->count};
	crew_give(rows->crew, &batch->lot);
	rows->read++;
	if (rows->read - rows->told == rows->ring)
		return tell_batch(rows);
	return CA_OK;
}

static enum ca_status
take_row(void *ctx, const struct ledger_cert *row)
{
	struct rows *rows = ctx;
	struct batch *batch = &rows->batches[rows->read % rows->ring];
	enum ca_status st;

	st = read_job(rows, row, &batch->jobs[batch->count]);
	if (st == CA_OK && ++batch->count == JOBS)
		st = hand_over(rows);
	return st;
}

static enum ca_status
walk(struct rows *rows, struct ca_error *err)
{
	const struct ledger_query all = {0};
	struct ledger *ledger = rows->audit->a->ledger;
	enum ca_status st;

	if ((st = ledger_last_cert(ledger, &rows->last, err)) != CA_OK ||
	    (st = ledger_each_cert(ledger, &all, take_row, rows, err)) != CA_OK)
		return st;
	if (rows->batches[rows->read % rows->ring].count > 0)
		st = hand_over(rows);
	while (rows->told < rows->read && st == CA_OK)
		st = tell_batch(rows);
	return st;
}

/* ---- the crew ---- */

static void
job_done(struct audit_job *job)
{
	ca_buf_free(&job->octets);
	ca_buf_free(&job->names);
	ca_buf_free(&job->before);
	ca_buf_free(&job->after);
	policy_free(job->own);
}

static void
rows_free(struct rows *rows)
{
	for (size_t i = 0; rows->batches != NULL && i < rows->ring; i++)
		for (size_t j = 0; j < JOBS; j++)
			job_done(&rows->batches[i].jobs[j]);
	for (size_t i = 0; i < rows->policy_count; i++)
		policy_free(rows->policies[i]);
	free(rows->batches);
	free(rows->benches);
	free(rows);
}

/* Alone it is the reader who judges, when he waits. */
static enum ca_status
start(struct rows *rows, size_t threads, struct ca_error *err)
{
	const struct crew_order order = {.threads = threads > 1 ? threads : 0,
	    .hands = rows->benches,
	    .hand_size = sizeof(*rows->benches),
	    .end = put_down};

	return crew_start(&order, &rows->crew, err);
}

enum ca_status
audit_rows(struct audit *audit, struct ca_error *err)
{
	size_t threads = audit->report->threads;
	struct rows *rows = calloc(1, sizeof(*rows));
	enum ca_status st;

	if (rows == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (threads == 0)
		threads = crew_processors();
	if (threads > CREW_MAX)
		threads = CREW_MAX;
	rows->audit = audit;
	rows->ring = 2 * threads + 2;
	rows->batches = calloc(rows->ring, sizeof(*rows->batches));
	rows->benches = calloc(threads, sizeof(*rows->benches));
	if (rows->batches == NULL || rows->benches == NULL) {
		rows_free(rows);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	if ((st = start(rows, threads, err)) == CA_OK)
		st = walk(rows, err);
	crew_end(rows->crew);
	rows_free(rows);
	return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
}

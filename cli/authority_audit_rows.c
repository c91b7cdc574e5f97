/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates' rows from the ledger to whoever judges them, and back. */
#include "cli/authority_audit_rows.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"

#define JOBS 32        /* that are handed over at once */
#define THREADS_MAX 64 /* more than anybody has for it */
#define POLICIES_MAX 256

struct batch {
	struct audit_job jobs[JOBS];
	size_t count;
	bool judged;
};

struct hand {
	struct crew *crew;
	pthread_t thread;
	struct audit_bench bench;
};

/* Batches go round: read < ring + told, taken <= read. */
struct crew {
	struct audit *audit;
	struct hand *hands; /* with no thread, the reader has the first's */
	size_t thread_count;
	struct batch *batches;
	size_t ring, read, taken, told;
	bool closing;
	pthread_mutex_t mutex;
	pthread_cond_t work, judged;
	struct audit_policy *policies[POLICIES_MAX];
	size_t policy_count;
	int64_t last; /* row, for who wants to know how far it is */
};

/* ---- judging ---- */

static void
judge(struct batch *batch, struct audit_bench *bench)
{
	for (size_t i = 0; i < batch->count; i++)
		audit_judge(&batch->jobs[i], bench);
}

static void *
work(void *ctx)
{
	struct hand *hand = ctx;
	struct crew *crew = hand->crew;

	(void)pthread_mutex_lock(&crew->mutex);
	for (;;) {
		struct batch *batch;

		while (crew->taken == crew->read && !crew->closing)
			(void)pthread_cond_wait(&crew->work, &crew->mutex);
		if (crew->taken == crew->read)
			break;
		batch = &crew->batches[crew->taken++ % crew->ring];
		(void)pthread_mutex_unlock(&crew->mutex);
		judge(batch, &hand->bench);
		(void)pthread_mutex_lock(&crew->mutex);
		batch->judged = true;
		(void)pthread_cond_signal(&crew->judged);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	ca_crypto_drop_tables();
	return NULL;
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
    struct crew *crew, const struct ledger_cert *row, struct audit_job *job)
{
	struct audit_policy *policy;

	for (size_t i = 0; i < crew->policy_count; i++)
		if (is_policy_of(crew->policies[i], row)) {
			job->policy = crew->policies[i];
			return CA_OK;
		}
	if ((policy = policy_new(crew->audit->a->ledger, row)) == NULL)
		return CA_MEMORY;
	job->policy = policy;
	if (crew->policy_count < POLICIES_MAX)
		crew->policies[crew->policy_count++] = policy;
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
    struct crew *crew, const struct ledger_cert *row, struct audit_job *job)
{
	struct ledger *ledger = crew->audit->a->ledger;
	enum ca_status st;

	job->octets.len = job->names.len = 0;
	job->before.len = job->after.len = 0;
	job->names_sound = false;
	job->status = CA_OK;
	job->signer = audit_signer(crew->audit, row->issuer);
	if ((st = keep_row(job, row)) != CA_OK ||
	    (st = set_policy(crew, row, job)) != CA_OK)
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
tell(struct crew *crew, struct audit_job *job)
{
	struct audit *audit = crew->audit;
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
	audit_progress(audit, "certificates", row->id, crew->last);
	policy_free(job->own);
	job->own = NULL;
	return CA_OK;
}

/* The oldest that was not told of. */
static enum ca_status
tell_batch(struct crew *crew)
{
	struct batch *batch = &crew->batches[crew->told % crew->ring];
	enum ca_status st = CA_OK;

	(void)pthread_mutex_lock(&crew->mutex);
	while (!batch->judged)
		(void)pthread_cond_wait(&crew->judged, &crew->mutex);
	(void)pthread_mutex_unlock(&crew->mutex);
	for (size_t i = 0; i < batch->count && st == CA_OK; i++)
		st = tell(crew, &batch->jobs[i]);
	batch->count = 0;
	batch->judged = false;
	crew->told++;
	return st;
}

/* ---- round the ring ---- */

static enum ca_status
hand_over(struct crew *crew)
{
	struct batch *batch = &crew->batches[crew->read % crew->ring];

	if (crew->thread_count == 0) {
		judge(batch, &crew->hands[0].bench);
		batch->judged = true;
	}
	(void)pthread_mutex_lock(&crew->mutex);
	crew->read++;
	(void)pthread_cond_signal(&crew->work);
	(void)pthread_mutex_unlock(&crew->mutex);
	if (crew->read - crew->told == crew->ring)
		return tell_batch(crew);
	return CA_OK;
}

static enum ca_status
take_row(void *ctx, const struct ledger_cert *row)
{
	struct crew *crew = ctx;
	struct batch *batch = &crew->batches[crew->read % crew->ring];
	enum ca_status st;

	st = read_job(crew, row, &batch->jobs[batch->count]);
	if (st == CA_OK && ++batch->count == JOBS)
		st = hand_over(crew);
	return st;
}

static enum ca_status
walk(struct crew *crew, struct ca_error *err)
{
	const struct ledger_query all = {0};
	struct ledger *ledger = crew->audit->a->ledger;
	enum ca_status st;

	if ((st = ledger_last_cert(ledger, &crew->last, err)) != CA_OK ||
	    (st = ledger_each_cert(ledger, &all, take_row, crew, err)) != CA_OK)
		return st;
	if (crew->batches[crew->read % crew->ring].count > 0)
		st = hand_over(crew);
	while (crew->told < crew->read && st == CA_OK)
		st = tell_batch(crew);
	return st;
}

/* ---- the crew ---- */

static size_t
count_processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

/* Signals are the main thread's to wake up from. Those that cannot be had are
 * done without: with none it is the reader who judges. */
static void
start(struct crew *crew, size_t threads)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (crew->thread_count < threads) {
		struct hand *hand = &crew->hands[crew->thread_count];

		hand->crew = crew;
		if (pthread_create(&hand->thread, NULL, work, hand) != 0)
			break;
		crew->thread_count++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
stop(struct crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->closing = true;
	crew->taken = crew->read;
	(void)pthread_cond_broadcast(&crew->work);
	(void)pthread_mutex_unlock(&crew->mutex);
	for (size_t i = 0; i < crew->thread_count; i++)
		(void)pthread_join(crew->hands[i].thread, NULL);
}

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
crew_free(struct crew *crew)
{
	for (size_t i = 0; crew->batches != NULL && i < crew->ring; i++)
		for (size_t j = 0; j < JOBS; j++)
			job_done(&crew->batches[i].jobs[j]);
	for (size_t i = 0; i < crew->policy_count; i++)
		policy_free(crew->policies[i]);
	(void)pthread_mutex_destroy(&crew->mutex);
	(void)pthread_cond_destroy(&crew->work);
	(void)pthread_cond_destroy(&crew->judged);
	free(crew->batches);
	free(crew->hands);
	free(crew);
}

enum ca_status
audit_rows(struct audit *audit, struct ca_error *err)
{
	size_t threads = audit->report->threads;
	struct crew *crew = calloc(1, sizeof(*crew));
	enum ca_status st;

	if (crew == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (threads == 0)
		threads = count_processors();
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	crew->audit = audit;
	(void)pthread_mutex_init(&crew->mutex, NULL);
	(void)pthread_cond_init(&crew->work, NULL);
	(void)pthread_cond_init(&crew->judged, NULL);
	crew->ring = 2 * threads + 2;
	crew->batches = calloc(crew->ring, sizeof(*crew->batches));
	crew->hands = calloc(threads, sizeof(*crew->hands));
	if (crew->batches == NULL || crew->hands == NULL) {
		crew_free(crew);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	if (threads > 1)
		start(crew, threads);
	st = walk(crew, err);
	stop(crew);
	ca_crypto_drop_tables();
	crew_free(crew);
	return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
}

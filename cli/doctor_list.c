/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The authorities' CRLs: in force, copied into the home, and those that their
 * certificates name. */
#include <stdio.h>

#include "ca/crl.h"
#include "ca/crypto.h"
#include "cli/doctor_part.h"
#include "cli/file.h"

/* ---- what the ledger has of one authority ---- */

struct lists {
	struct doctor *doctor;
	const struct doctor_authority *authority;
	bool delta;
	bool named;       /* certificates say where it is */
	bool complete;    /* there is to be one that is no partition's */
	int64_t earliest; /* nextUpdate of those that there are */
	size_t count, missing, ended;
};

static enum ca_status
take_end(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->next_update;
	return CA_OK;
}

static void
look_up(struct lists *lists, int64_t point)
{
	const struct ledger_crl_query query = {.issuer = lists->authority->id,
	    .point = point,
	    .kind = lists->delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL,
	    .without_der = true};
	struct doctor *doctor = lists->doctor;
	struct ca_error why = {0};
	int64_t end = 0;
	enum ca_status st = ledger_find_crl(
	    doctor_ledger(doctor), &query, take_end, &end, &why);

	if (st == CA_NOT_FOUND) {
		lists->missing++;
		return;
	}
	if (!doctor_took(doctor, st, &why))
		return;
	lists->count++;
	lists->ended += end <= doctor->now;
	if (lists->earliest == 0 || end < lists->earliest)
		lists->earliest = end;
}

static enum ca_status
take_point(void *ctx, const struct ledger_point *row)
{
	struct lists *lists = ctx;

	if (lists->delta && row->freshest.len == 0)
		return CA_OK;
	lists->named = true;
	if (row->shard > 0)
		look_up(lists, row->id);
	else
		lists->complete = true;
	return CA_OK;
}

static void
say_list(struct lists *lists, bool news)
{
	const struct doctor_authority *authority = lists->authority;
	const char *which = lists->delta ? "delta CRL" : "CRL";
	struct doctor_finding f = {.kind = DOCTOR_CRL,
	    .severity = DOCTOR_BAD,
	    .rule = "nextUpdate, RFC 5280 5.1.2.5",
	    .at = lists->earliest};

	text_add(&f.subject, "%s", authority->name);
	if (lists->ended > 0) {
		text_add(&f.what, "its %s ended at ", which);
		doctor_add_time(&f.what, lists->earliest);
		if (lists->ended > 1)
			text_add(&f.what, ", and %zu of its partitions",
			    lists->ended - 1);
	} else if (lists->missing > 0 && !lists->named) {
		f.severity = DOCTOR_NOTE;
		f.rule = "RFC 5280 3.3";
		text_add(&f.what, "has no %s yet", which);
	} else if (lists->missing > 0) {
		f.severity = lists->delta ? DOCTOR_SOON : DOCTOR_BAD;
		f.rule = "RFC 5280 4.2.1.13";
		text_add(&f.what, "%zu %s%s missing that certificates name",
		    lists->missing, which,
		    lists->missing > 1 ? "s are" : " is");
	} else if (news) {
		f.rule = "RFC 5280 3.3";
		text_add(&f.what,
		    "its %s does not say yet what was revoked or lifted",
		    which);
	} else {
		f.severity = DOCTOR_SOON;
		text_add(&f.what, "its %s is due: it ends at ", which);
		doctor_add_time(&f.what, lists->earliest);
	}
	text_add(&f.command, "signet crl --ca %s --due%s", authority->name,
	    lists->delta ? " --delta" : "");
	doctor_say(lists->doctor, &f);
}

/* What is due is decided where it is signed: as the policy's overlap says. */
static bool
is_due(struct lists *lists)
{
	struct doctor *doctor = lists->doctor;
	struct signer signer = {0};
	struct ca_error why = {0};
	bool due = false;
	enum ca_status st = signer_open(
	    doctor->a, lists->authority->name, &signer, &why);

	if (st == CA_OK)
		st = authority_crl_due(
		    doctor->a, &signer, lists->delta, &due, &why);
	signer_done(&signer);
	/* A policy that is gone or broken is told as such; when it is not
	 * known when to begin, the last quarter is. */
	if (st == CA_NOT_FOUND || st == CA_MALFORMED || st == CA_REFUSED)
		return lists->missing > 0 || lists->ended > 0;
	return doctor_took(doctor, st, &why) && due;
}

static void
check_list(
    struct doctor *doctor, const struct doctor_authority *authority, bool delta)
{
	struct lists lists = {.doctor = doctor,
	    .authority = authority,
	    .delta = delta,
	    .complete = !delta};
	struct ca_error why = {0};
	bool news = false;
	enum ca_status st;

	st = ledger_each_point(
	    doctor_ledger(doctor), authority->id, take_point, &lists, &why);
	if (st == CA_OK)
		st = ledger_has_news(doctor_ledger(doctor),
		    (struct ca_bytes){authority->spki_hash, LEDGER_HASH_LEN},
		    &news, &why);
	if (!doctor_took(doctor, st, &why) || (delta && !lists.named))
		return;
	if (lists.complete)
		look_up(&lists, 0);
	if (lists.count > 0)
		doctor_ends(doctor, delta ? "delta" : "crl", authority->name,
		    lists.earliest);
	/* A complete list that says too little is told already. */
	if (delta && news)
		return;
	if (lists.missing > 0 || lists.ended > 0 || is_due(&lists))
		say_list(&lists, news);
}

/* It signs no list any more. Where the one that says so of itself is missing,
 * that is its parent's finding. */
static void
check_unlisted(struct doctor *doctor, const struct doctor_authority *authority)
{
	struct doctor_finding f = {.kind = DOCTOR_CRL,
	    .severity = DOCTOR_NOTE,
	    .rule = "RFC 5280 3.3"};
	struct ca_error why = {0};
	int64_t count = 0;
	bool known = false;
	enum ca_status st = authority_unlisted(doctor->a, authority->id,
	    (struct ca_bytes){authority->spki_hash, LEDGER_HASH_LEN}, &count,
	    &known, &why);

	if (!doctor_took(doctor, st, &why) || count == 0)
		return;
	text_add(&f.subject, "%s", authority->name);
	text_add(&f.what,
	    "it is revoked, and so it signs no CRL: %lld that it issued %s "
	    "revoked since its last one, which no CRL will say",
	    (long long)count, count == 1 ? "was" : "were");
	doctor_say(doctor, &f);
}

void
doctor_check_lists(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (doctor->authorities[i].revoked) {
			check_unlisted(doctor, &doctor->authorities[i]);
		} else {
			check_list(doctor, &doctor->authorities[i], false);
			check_list(doctor, &doctor->authorities[i], true);
		}
}

/* ---- the copies ---- */

struct copy {
	struct doctor *doctor;
	const struct doctor_authority *authority;
	char part[CRL_NAME + 16]; /* "crl/issuing.crl" */
	struct ca_bytes hash;     /* of the file; {0}: there is none */
	int64_t older;            /* number of the CRL it is; 0: none of ours */
	int64_t number;           /* newest; 0: there is none */
	bool same, delta;
};

static enum ca_status
take_newest(void *ctx, const struct ledger_crl *row)
{
	struct copy *copy = ctx;

	copy->number = row->number;
	copy->same = ca_bytes_equal(row->hash, copy->hash);
	return CA_OK;
}

static enum ca_status
take_older(void *ctx, const struct ledger_crl *row)
{
	struct copy *copy = ctx;

	if (row->issuer == copy->authority->id)
		copy->older = row->number;
	return CA_OK;
}

static void
say_copy(const struct copy *copy)
{
	struct doctor_finding f = {.kind = DOCTOR_CRL_COPY,
	    .severity = copy->hash.len > 0 && copy->older == 0 ? DOCTOR_BAD :
								 DOCTOR_SOON,
	    .rule = "the newest in the ledger"};

	text_add(&f.subject, "%s", copy->part);
	if (copy->hash.len == 0)
		text_add(&f.what, "is not there");
	else if (copy->older == 0)
		text_add(&f.what, "is no CRL that was published here");
	else
		text_add(&f.what, "is CRL %lld; the newest is %lld",
		    (long long)copy->older, (long long)copy->number);
	text_add(&f.command, "signet crl --ca %s --due%s",
	    copy->authority->name, copy->delta ? " --delta" : "");
	doctor_say(copy->doctor, &f);
}

/* The hash of what lies there, whole or not, into ret. */
static struct ca_bytes
hash_of_file(const struct copy *copy, uint8_t ret[CA_HASH_MAX])
{
	struct ca_buf path = {0}, file = {0};
	struct ca_bytes hash = {0};
	enum ca_status st = file_read_regular(
	    doctor_path(&path, copy->doctor, copy->part), FILE_MAX_READ, &file,
	    NULL);

	if (st != CA_NOT_FOUND &&
	    ca_hash_bytes(CA_HASH_SHA256, ca_view(&file), ret, NULL) == CA_OK)
		hash = (struct ca_bytes){ret, LEDGER_HASH_LEN};
	ca_buf_free(&path);
	ca_buf_free(&file);
	return hash;
}

static void
check_copy(struct copy *copy, int64_t point, const char *name)
{
	const struct ledger_crl_query query = {.issuer = copy->authority->id,
	    .point = point,
	    .kind = copy->delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL,
	    .without_der = true};
	struct ledger *ledger = doctor_ledger(copy->doctor);
	uint8_t hash[CA_HASH_MAX];
	struct ca_error why = {0};
	enum ca_status st;

	copy->number = copy->older = 0;
	copy->same = false;
	(void)snprintf(copy->part, sizeof(copy->part), "crl/%s.crl", name);
	copy->hash = hash_of_file(copy, hash);
	st = ledger_find_crl(ledger, &query, take_newest, copy, &why);
	if (st == CA_NOT_FOUND || (st == CA_OK && copy->same))
		return;
	if (st == CA_OK && copy->hash.len > 0)
		st = ledger_each_crl_hashed(
		    ledger, copy->hash, take_older, copy, &why);
	if (doctor_took(copy->doctor, st, &why))
		say_copy(copy);
}

static enum ca_status
take_partition(void *ctx, const struct ledger_point *row)
{
	struct copy *copy = ctx;
	char name[CRL_NAME];

	if (row->shard == 0)
		return CA_OK;
	crl_name(
	    name, copy->authority->name, row->shard, row->earlier, copy->delta);
	check_copy(copy, row->id, name);
	return CA_OK;
}

void
doctor_check_copies(struct doctor *doctor)
{
	for (size_t i = 0; i < 2 * doctor->authority_count; i++) {
		struct copy copy = {.doctor = doctor,
		    .authority = &doctor->authorities[i / 2],
		    .delta = i % 2 == 1};
		struct ca_error why = {0};
		char name[CRL_NAME];

		crl_name(name, copy.authority->name, 0, 0, copy.delta);
		check_copy(&copy, 0, name);
		(void)doctor_took(doctor,
		    ledger_each_point(doctor_ledger(doctor), copy.authority->id,
			take_partition, &copy, &why),
		    &why);
	}
}

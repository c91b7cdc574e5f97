/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_fixture: a home with a root and an issuing authority in a folder
 * of its own, a world whose clock and randomness the test decides, requests,
 * and a second hand on the ledger that keeps none of its rules.
 *
 * What this does not do: the command line.
 */
#ifndef TESTS_AUTHORITY_FIXTURE_H
#define TESTS_AUTHORITY_FIXTURE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "ca/cert.h"
#include "ca/crl.h"
#include "ca/name.h"
#include "ca/time.h"
#include "cli/authority.h"
#include "cli/authority_log.h"
#include "cli/home.h"
#include "cli/request.h"
#include "tests/unit/bytes.h"

#define NOW INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define YEAR (365 * CA_DAY)

enum chance {
	CHANCE_GOOD,   /* another serial each time */
	CHANCE_REPEAT, /* the same for ever */
	CHANCE_ZERO,
	CHANCE_HIGH, /* the first octet above 7f: a number below zero */
	CHANCE_FAIL, /* an error, and no octet */
	CHANCE_SHORT /* an error after half of them */
};

struct lab {
	char folder[256], home[300], ledger_path[320];
	int64_t now;
	enum chance chance;
	size_t repeats; /* of CHANCE_REPEAT, before it is good again; 0: ever */
	size_t draws, waits;
	uint32_t drawn;
	struct world world;
	struct term term;
	struct pass pass;
	struct authority *a;
	struct signer signer; /* issuing, unlocked */
	struct ca_rng *rng;
	struct ca_error err;
};

/* It works, or says why not. */
#define LAB_OK(l, call)                                                        \
	do {                                                                   \
		enum ca_status st_;                                            \
                                                                               \
		(l)->err = (struct ca_error){0};                               \
		st_ = (call);                                                  \
		if (st_ != CA_OK)                                              \
			fail_msg("%s: %d: %s", #call, (int)st_, (l)->err.msg); \
	} while (0)

/* It fails so, and its one line has each of these words, which are parted by
 * '|': who, what was found, which rule, what to do. */
#define LAB_FAILS(l, call, status_, words)                                     \
	do {                                                                   \
		enum ca_status st_;                                            \
                                                                               \
		(l)->err = (struct ca_error){0};                               \
		st_ = (call);                                                  \
		if (st_ != (status_) || (l)->err.status != (status_))          \
			fail_msg("%s: status %d, set %d: %s", #call, (int)st_, \
			    (int)(l)->err.status, (l)->err.msg);               \
		lab_says((l)->err.msg, words);                                 \
	} while (0)

static inline void
lab_says(const char *msg, const char *words)
{
	char part[128];

	/* One line, and not one that was cut. */
	assert_true(strlen(msg) + 1 < sizeof(((struct ca_error *)0)->msg));
	while (*words != '\0') {
		size_t len = strcspn(words, "|");

		assert_true(len < sizeof(part));
		memcpy(part, words, len);
		part[len] = '\0';
		if (strstr(msg, part) == NULL)
			fail_msg("'%s' is not in: %s", part, msg);
		words += len + (words[len] == '|');
	}
}

/* ---- the world ---- */

static inline int64_t
lab_now(void *ctx)
{
	return ((struct lab *)ctx)->now;
}

static inline void
lab_wait_until(void *ctx, int64_t until)
{
	struct lab *l = ctx;

	l->waits++;
	if (until > l->now)
		l->now = until;
}

static inline enum ca_status
lab_random(void *ctx, uint8_t *out, size_t len, struct ca_error *err)
{
	struct lab *l = ctx;

	l->draws++;
	if (l->chance == CHANCE_REPEAT && l->repeats > 0 && --l->repeats == 0)
		l->chance = CHANCE_GOOD;
	memset(out, 0x41, l->chance == CHANCE_SHORT ? len / 2 : len);
	switch (l->chance) {
	case CHANCE_GOOD:
		l->drawn++;
		memcpy(out + 1, &l->drawn, sizeof(l->drawn));
		return CA_OK;
	case CHANCE_REPEAT:
		return CA_OK;
	case CHANCE_ZERO:
		memset(out, 0, len);
		return CA_OK;
	case CHANCE_HIGH:
		memset(out, 0xff, len);
		return CA_OK;
	default:
		return ca_fail(err, CA_INTERNAL,
		    "randomness: the kernel gave none; nothing was signed");
	}
}

/* ---- a second hand on the ledger ---- */

/* Runs SQL as one who has the file and keeps no rule. */
static inline void
lab_sql(struct lab *l, const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	(void)sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The one number a query gives. */
static inline int64_t
lab_count(struct lab *l, const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int64_t value;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return value;
}

static inline void
lab_dump_table(sqlite3 *db, const char *table, struct ca_buf *ret)
{
	sqlite3_stmt *stmt;
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		assert_int_equal(ca_buf_printf(ret, "\n%s", table), CA_OK);
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const uint8_t *data = sqlite3_column_blob(stmt, i);
			size_t len = (size_t)sqlite3_column_bytes(stmt, i);

			assert_int_equal(ca_buf_append_text(ret, "|"), CA_OK);
			assert_int_equal(
			    ca_hex_append(ret, (struct ca_bytes){data, len}),
			    CA_OK);
		}
	}
	(void)sqlite3_finalize(stmt);
}

/* Every row of every table: what "nothing was written" means. */
static inline struct ca_buf
lab_rows(struct lab *l)
{
	static const char *const tables[] = {"policy", "authority",
	    "certificate", "point", "name", "revocation", "blocked_key", "crl",
	    "key_file", "event"};
	struct ca_buf all = {0};
	sqlite3 *db;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	for (size_t i = 0; i < COUNT(tables); i++)
		lab_dump_table(db, tables[i], &all);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return all;
}

static inline void
lab_same_rows(struct lab *l, struct ca_buf *before)
{
	struct ca_buf after = lab_rows(l);

	assert_string_equal(ca_buf_text(&after), ca_buf_text(before));
	ca_buf_free(&after);
	ca_buf_free(before);
}

/* ---- a home ---- */

static inline void
lab_reopen(struct lab *l, bool force_time)
{
	const struct authority_options options = {.home = l->home,
	    .wait_ms = 10000,
	    .world = &l->world,
	    .force_time = force_time};

	signer_done(&l->signer);
	authority_close(l->a);
	l->a = NULL;
	LAB_OK(l, authority_open(&options, &l->a, &l->err));
}

/* By this authority from now on. */
static inline void
lab_as(struct lab *l, const char *name)
{
	signer_done(&l->signer);
	LAB_OK(l, signer_open(l->a, name, &l->signer, &l->err));
	LAB_OK(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err));
}

/* The clock may go far ahead from here on (checklist 16). */
static inline void
lab_years_pass(struct lab *l)
{
	lab_reopen(l, true);
	lab_as(l, "issuing");
}

/* parent NULL makes a root. */
static inline enum ca_status
lab_add(struct lab *l, const char *id, const char *name, struct signer *parent,
    const struct ca_term *term)
{
	struct authority_order order = {.id = id,
	    .policy = parent == NULL ? "root" : "intermediate",
	    .key_type = CA_KEY_ED25519,
	    .term = term != NULL ? *term : ca_term_none};
	struct ca_buf subject = {0};
	struct issued issued = {0};
	enum ca_status st;

	assert_int_equal(request_subject(name, &subject, NULL), CA_OK);
	order.subject = ca_view(&subject);
	st = authority_add(l->a, parent, &order, &l->pass, &issued, &l->err);
	assert_int_equal(st == CA_OK, issued.der.len > 0);
	issued_done(&issued);
	ca_buf_free(&subject);
	return st;
}

static inline const char *
lab_place(void)
{
	const char *base = getenv("TMPDIR");

	if (base != NULL)
		return base;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

/* An empty home. */
static inline int
lab_open_empty(void **state)
{
	struct lab *l = calloc(1, sizeof(*l));
	struct ca_buf staged = {0};

	*state = l;
	l->now = NOW;
	l->world = (struct world){.now = lab_now,
	    .random = lab_random,
	    .wait_until = lab_wait_until,
	    .ctx = l,
	    .actor = "tester"};
	l->pass = (struct pass){.term = &l->term, .no_passphrase = true};
	(void)snprintf(l->folder, sizeof(l->folder), "%.200s/authority.XXXXXX",
	    lab_place());
	if (mkdtemp(l->folder) == NULL)
		return -1;
	(void)snprintf(l->home, sizeof(l->home), "%s/home", l->folder);
	(void)snprintf(
	    l->ledger_path, sizeof(l->ledger_path), "%s/ledger.db", l->home);
	LAB_OK(l, home_stage(l->home, NULL, 0, &staged, NULL, &l->err));
	LAB_OK(l, home_publish(ca_buf_text(&staged), l->home, &l->err));
	ca_buf_free(&staged);
	LAB_OK(l, ca_rng_new(&l->rng, &l->err));
	lab_reopen(l, false);
	return 0;
}

/* With a root and an issuing authority, which signs. */
static inline int
lab_open(void **state)
{
	struct lab *l;

	if (lab_open_empty(state) != 0)
		return -1;
	l = *state;
	LAB_OK(l, lab_add(l, "root", "Lab Root CA", NULL, NULL));
	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "issuing", "Lab Issuing CA", &l->signer, NULL));
	lab_as(l, "issuing");
	return 0;
}

static inline void
lab_remove_files(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
}

static inline int
lab_close(void **state)
{
	struct lab *l = *state;
	int rc;

	signer_done(&l->signer);
	authority_close(l->a);
	ca_rng_free(l->rng);
	home_discard(l->home);
	lab_remove_files(l->folder);
	rc = rmdir(l->folder);
	free(l);
	return rc;
}

/* Changes a policy of this home: from, which must be there, to. */
static inline void
lab_change_policy(
    struct lab *l, const char *name, const char *from, const char *to)
{
	char path[400], text[16384];
	char *at;
	size_t len;
	FILE *file;

	(void)snprintf(
	    path, sizeof(path), "%s/policies/%s.policy", l->home, name);
	assert_non_null(file = fopen(path, "rb"));
	len = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[len] = '\0';
	assert_non_null(at = strstr(text, from));
	assert_non_null(file = fopen(path, "wb"));
	(void)fprintf(
	    file, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	assert_int_equal(fclose(file), 0);
}

/* ---- requests and certificates ---- */

static inline struct ca_key *
lab_key(struct lab *l)
{
	struct ca_key *key = NULL;

	LAB_OK(l, ca_key_generate(CA_KEY_ED25519, 0, l->rng, &key, &l->err));
	return key;
}

/* A request for one host name. */
static inline struct ca_buf
lab_request_with(struct lab *l, struct ca_key *key, const char *host)
{
	struct wishes *wishes = wishes_new();
	struct ca_buf der = {0};

	assert_non_null(wishes);
	LAB_OK(l, wishes_add(wishes, CA_SAN_DNS, host, &l->err));
	LAB_OK(l, wishes_subject(wishes, NULL, &l->err));
	LAB_OK(l, wishes_request(wishes, key, l->rng, &der, &l->err));
	wishes_free(wishes);
	return der;
}

static inline struct ca_buf
lab_request(struct lab *l, const char *host)
{
	struct ca_key *key = lab_key(l);
	struct ca_buf der = lab_request_with(l, key, host);

	ca_key_free(key);
	return der;
}

static inline struct issue_order
lab_order(const struct ca_buf *request)
{
	return (struct issue_order){.policy = "server",
	    .request = ca_view(request),
	    .term = ca_term_none};
}

/* With what is asked of it, and what comes of it. */
static inline enum ca_status
lab_issue_order(
    struct lab *l, const struct issue_order *order, struct issued *ret)
{
	return authority_issue(l->a, &l->signer, order, ret, &l->err);
}

/* A certificate for a host; its row. */
static inline int64_t
lab_issue(struct lab *l, const char *host)
{
	struct ca_buf request = lab_request(l, host);
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	int64_t row;

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	row = issued.row;
	issued_done(&issued);
	ca_buf_free(&request);
	return row;
}

/* An issue that fails: so, and with nothing in the hand. */
static inline void
lab_refuses(struct lab *l, const struct issue_order *order,
    enum ca_status status, const char *words)
{
	struct issued issued = {0};

	LAB_FAILS(l, lab_issue_order(l, order, &issued), status, words);
	assert_int_equal(issued.der.len, 0);
	assert_int_equal(issued.tbs.len, 0);
	assert_null(issued.policy);
}

/* The same, and not a row more or less. */
static inline void
lab_refuses_unwritten(struct lab *l, const struct issue_order *order,
    enum ca_status status, const char *words)
{
	struct ca_buf before = lab_rows(l);

	lab_refuses(l, order, status, words);
	lab_same_rows(l, &before);
}

/* The event of this kind is one too many for an index that is there for it:
 * what would write it fails. */
static inline void
lab_block(struct lab *l, const char *kind)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT max(sequence) FROM event WHERE kind = '%s'", kind);
	(void)snprintf(sql, sizeof(sql),
	    "CREATE UNIQUE INDEX planted ON event (kind)"
	    " WHERE kind = '%s' AND sequence >= %lld",
	    kind, (long long)lab_count(l, sql));
	lab_sql(l, sql);
}

static inline void
lab_unblock(struct lab *l)
{
	lab_sql(l, "DROP INDEX planted");
}

/* A row that was intended, and signed, and never became issued. */
static inline int64_t
lab_orphan(struct lab *l, const char *host)
{
	struct ca_buf request = lab_request(l, host);
	struct issue_order order = lab_order(&request);

	lab_block(l, "issued");
	lab_refuses(l, &order, CA_INTERNAL,
	    "stays in the ledger as intended|no certificate was released|"
	    "audit");
	lab_unblock(l);
	ca_buf_free(&request);
	return lab_count(l, "SELECT max(id) FROM certificate WHERE state = 1");
}

static inline bool
lab_revoke(struct lab *l, int64_t row, enum ca_reason reason)
{
	bool changed = false;

	LAB_OK(l,
	    authority_revoke(
		l->a, row, reason, LEDGER_NO_TIME, &changed, &l->err));
	return changed;
}

static inline struct ca_buf
lab_crl(struct lab *l)
{
	struct ca_buf der = {0};

	LAB_OK(l, authority_crl(l->a, &l->signer, 0, &der, &l->err));
	return der;
}

/* The log's key, which the first CRL makes otherwise. */
static inline void
lab_log(struct lab *l)
{
	LAB_OK(l, authority_log_open(l->a, NULL, &l->err));
}

/* Made, and gone again. */
static inline void
lab_publish(struct lab *l)
{
	struct ca_buf der = lab_crl(l);

	ca_buf_free(&der);
}

/* ---- audit ---- */

struct findings {
	struct audit_report report;
	size_t count;
	int64_t rows[16];
	char lines[16][400];
};

static inline void
lab_finding(void *ctx, enum audit_finding kind, int64_t row, const char *line)
{
	struct findings *f = ctx;

	(void)kind;
	if (f->count < COUNT(f->lines)) {
		f->rows[f->count] = row;
		(void)snprintf(
		    f->lines[f->count], sizeof(f->lines[0]), "%s", line);
	}
	f->count++;
}

static inline enum ca_status
lab_audit(struct lab *l, struct findings *f)
{
	*f = (struct findings){.report = {.finding = lab_finding, .ctx = f}};
	return authority_audit(l->a, &f->report, &l->err);
}

static inline void
lab_audit_clean(struct lab *l)
{
	struct findings f;
	enum ca_status st = lab_audit(l, &f);

	if (st != CA_OK)
		fail_msg("%s; first: %s", l->err.msg, f.lines[0]);
	assert_int_equal(f.count, 0);
}

/* There is a fault, about this row (-1: any), that says this. */
static inline void
lab_audit_finds(struct lab *l, int64_t row, const char *words)
{
	struct findings f;

	LAB_FAILS(
	    l, lab_audit(l, &f), CA_UNTRUSTED, "ledger|do not agree|restore");
	assert_true(f.report.faults > 0);
	for (size_t i = 0; i < f.count && i < COUNT(f.lines); i++)
		if ((row < 0 || f.rows[i] == row) &&
		    strstr(f.lines[i], words) != NULL)
			return;
	fail_msg("no finding on %lld says '%s'; the first of %zu: %lld %s",
	    (long long)row, words, f.count, (long long)f.rows[0], f.lines[0]);
}

#endif

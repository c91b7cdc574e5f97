/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The n-th allocation fails, n = 1 .. N, once and with all behind it: ours,
 * SQLite's and wolfSSL's (checklist 72). What is done says so or is done;
 * nothing is half done, and afterwards it works. That nothing leaks, the
 * sanitized run of this program says.
 */
#include "tests/unit/authority_fixture.h"

#include "cli/authority_log.h"
#include "tests/unit/refused_memory.h"

int wolfSSL_SetAllocators(
    void *(*)(size_t), void (*)(void *), void *(*)(void *, size_t));

#define ALLOCATIONS_MAX 20000U

/* ---- the libraries' memory ---- */

static sqlite3_mem_methods sqlite_memory;

static void *
sqlite_allocate(int size)
{
	return refused_memory_now() ? NULL : sqlite_memory.xMalloc(size);
}

static void *
sqlite_grow(void *old, int size)
{
	return refused_memory_now() ? NULL : sqlite_memory.xRealloc(old, size);
}

/* Before SQLite's first use. */
static int
install_sqlite_memory(void)
{
	sqlite3_mem_methods methods;
	int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);

	methods = sqlite_memory;
	methods.xMalloc = sqlite_allocate;
	methods.xRealloc = sqlite_grow;
	return rc != SQLITE_OK ? rc :
				 sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/* Here malloc() is the wrapped one. */
static void *
wolf_allocate(size_t size)
{
	return malloc(size);
}

static void
wolf_release(void *memory)
{
	free(memory);
}

static void *
wolf_grow(void *memory, size_t size)
{
	return realloc(memory, size);
}

/* ---- what is done ---- */

struct work {
	struct lab *l;
	struct ca_buf request;
	int64_t row; /* a certificate that is held and let go */
	size_t issued;
};

typedef enum ca_status step_fn(struct work *work, struct ca_error *err);

static enum ca_status
step_open(struct work *work, struct ca_error *err)
{
	const struct authority_options options = {
	    .home = work->l->home, .wait_ms = 10000, .world = &work->l->world};
	struct authority *a = NULL;
	enum ca_status st = authority_open(&options, &a, err);

	assert_int_equal(st == CA_OK, a != NULL);
	authority_close(a);
	return st;
}

static enum ca_status
step_unlock(struct work *work, struct ca_error *err)
{
	struct lab *l = work->l;
	struct signer signer = {0};
	enum ca_status st = signer_open(l->a, "issuing", &signer, err);

	if (st == CA_OK)
		st = signer_unlock(l->a, &signer, &l->pass, err);
	signer_done(&signer);
	return st;
}

static enum ca_status
step_plan(struct work *work, struct ca_error *err)
{
	const struct issue_order order = lab_order(&work->request);
	struct issued plan = {0};
	enum ca_status st = authority_plan(
	    work->l->a, &work->l->signer, &order, &plan, err);

	issued_done(&plan);
	return st;
}

static enum ca_status
step_issue(struct work *work, struct ca_error *err)
{
	const struct issue_order order = lab_order(&work->request);
	struct issued issued = {0};
	enum ca_status st = authority_issue(
	    work->l->a, &work->l->signer, &order, &issued, err);

	assert_int_equal(st == CA_OK, issued.der.len > 0);
	work->issued += st == CA_OK;
	issued_done(&issued);
	return st;
}

static enum ca_status
step_hold(struct work *work, struct ca_error *err)
{
	bool changed;
	enum ca_status st = authority_revoke(work->l->a, work->row,
	    CA_REASON_CERTIFICATE_HOLD, LEDGER_NO_TIME, &changed, err);

	return st == CA_OK ? authority_unhold(work->l->a, &work->row, 1, err) :
			     st;
}

static enum ca_status
publish(struct work *work, bool delta, struct ca_error *err)
{
	const struct crl_order order = {.delta = delta};
	struct ca_buf der = {0};
	int64_t number = 0;
	enum ca_status st = authority_publish(
	    work->l->a, &work->l->signer, &order, &number, &der, err);

	assert_int_equal(st == CA_OK, der.len > 0);
	ca_buf_free(&der);
	return st;
}

static enum ca_status
step_crl(struct work *work, struct ca_error *err)
{
	return publish(work, false, err);
}

static enum ca_status
step_delta(struct work *work, struct ca_error *err)
{
	return publish(work, true, err);
}

static enum ca_status
step_log(struct work *work, struct ca_error *err)
{
	struct ca_buf note = {0};
	enum ca_status st = authority_log_checkpoint(
	    work->l->a, &work->l->pass, &note, err);

	assert_int_equal(st == CA_OK, note.len > 0);
	ca_buf_free(&note);
	return st;
}

static enum ca_status
count_row(void *ctx, const struct ledger_cert *row)
{
	(void)row;
	++*(size_t *)ctx;
	return CA_OK;
}

static enum ca_status
step_find(struct work *work, struct ca_error *err)
{
	size_t seen = 0, count = 0;
	enum ca_status st = authority_find(
	    work->l->a, "www.company.com", count_row, &seen, &count, err);

	assert_true(st != CA_OK || (count > 0 && count == seen));
	return st;
}

static char last_fault[400];

static void
note_fault(void *ctx, enum audit_finding kind, int64_t row, const char *line)
{
	(void)ctx;
	(void)row;
	if (kind == AUDIT_FAULT)
		(void)snprintf(last_fault, sizeof(last_fault), "%s", line);
}

static enum ca_status
step_audit(struct work *work, struct ca_error *err)
{
	struct audit_report report = {.finding = note_fault};

	return authority_audit(work->l->a, &report, err);
}

/* ---- each allocation of it ---- */

static size_t
count_issued(struct lab *l)
{
	return (size_t)lab_count(
	    l, "SELECT count(*) FROM certificate WHERE state = 2");
}

/* The library may hide why; it is no verdict on what was asked. An audit that
 * could not look at something may raise the alarm. */
static bool
is_of_memory(enum ca_status st, step_fn *step)
{
	return st == CA_OK || st == CA_MEMORY || st == CA_INTERNAL ||
	    st == CA_IO || (st == CA_UNTRUSTED && step == step_audit);
}

static void
try_at(struct work *work, step_fn *step, const char *name, unsigned n)
{
	struct ca_error err = {0};
	enum ca_status st;

	atomic_store(&refused.happened, false);
	atomic_store(&refused.at, n);
	st = step(work, &err);
	atomic_store(&refused.at, 0);
	if (!is_of_memory(st, step) ||
	    (st != CA_OK && st != CA_MEMORY && err.msg[0] == '\0') ||
	    (st == CA_OK && err.status != CA_OK))
		fail_msg("%s, allocation %u: %d, %d: %s; %s", name, n, (int)st,
		    (int)err.status, err.msg, last_fault);
}

/* How many there are. */
static unsigned
exhaust(struct work *work, step_fn *step, const char *name, bool once)
{
	struct ca_error err = {0};
	unsigned n = 0, tried = 0;

	refused.once = once;
	do {
		size_t before = count_issued(work->l), mine = work->issued;

		/* An audit has thousands, and much the same for each row. */
		n += step == step_audit && n > 100 ? 97 : 1;
		tried++;
		try_at(work, step, name, n);
		assert_int_equal(
		    count_issued(work->l) - before, work->issued - mine);
	} while (atomic_load(&refused.happened) && n < ALLOCATIONS_MAX);
	assert_in_range(n, 2, ALLOCATIONS_MAX - 1);
	if (step(work, &err) != CA_OK)
		fail_msg("%s, afterwards: %s", name, err.msg);
	print_message("%s: %u allocations%s\n", name, tried - 1,
	    once ? "" : ", and all behind each");
	return tried - 1;
}

static void
each_allocation(void **state)
{
	static const struct {
		step_fn *step;
		const char *name;
	} steps[] = {
	    {step_open, "open"},
	    {step_unlock, "unlock"},
	    {step_plan, "plan"},
	    {step_issue, "issue"},
	    {step_hold, "hold and unhold"},
	    {step_crl, "crl"},
	    {step_delta, "delta"},
	    {step_log, "log"},
	    {step_find, "find"},
	    {step_audit, "audit"},
	};
	struct lab *l = *state;
	struct work work = {
	    .l = l, .request = lab_request(l, "www.company.com")};
	unsigned total = 0;

	work.row = lab_issue(l, "www.company.com");
	lab_publish(l);
	for (size_t i = 0; i < COUNT(steps); i++)
		for (int once = 0; once < 2; once++)
			total += exhaust(
			    &work, steps[i].step, steps[i].name, once == 1);
	print_message("%u allocations were refused\n", total);
	ca_buf_free(&work.request);
	lab_reopen(l, false);
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM crl a JOIN crl b"
			     " ON a.issuer = b.issuer AND a.id < b.id"
			     " AND a.number >= b.number"),
	    0);
	LAB_OK(l, step_audit(&(struct work){.l = l}, &l->err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		each_allocation, lab_open, lab_close),
	};

	if (install_sqlite_memory() != SQLITE_OK ||
	    wolfSSL_SetAllocators(wolf_allocate, wolf_release, wolf_grow) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

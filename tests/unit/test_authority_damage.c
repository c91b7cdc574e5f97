/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole authority's ledger.db with a bit flipped, or octets that are random
 * (checklist 83): opened, audited, listed, shown, published and issued from.
 * Nothing crashes, nothing hangs; what only reads leaves the file as it is;
 * and where an audit finds no fault, every column reads as it did before.
 * SIGNET_DAMAGE says how many files are tried.
 */
#include "tests/unit/audit_fixture.h"

#include <signal.h>

#define FILES 200
#define FILES_MAX 1000000
#define PATIENCE 60U /* seconds: an audit of this ledger takes hundredths */
#define PAGE 4096U

/* Which of them it is. */
static volatile sig_atomic_t trying;

/* ---- files ---- */

struct image {
	char path[400];
	uint8_t *data;
	size_t len;
};

static struct image
read_image(const char *path)
{
	struct image image = {0};
	FILE *file = fopen(path, "rb");
	long len;

	(void)snprintf(image.path, sizeof(image.path), "%s", path);
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = ftell(file);
	assert_true(len > 0);
	rewind(file);
	image.len = (size_t)len;
	assert_non_null(image.data = malloc(image.len));
	assert_int_equal(fread(image.data, 1, image.len, file), image.len);
	(void)fclose(file);
	return image;
}

static void
write_image(const struct image *image)
{
	FILE *file = fopen(image->path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(image->data, 1, image->len, file), image->len);
	assert_int_equal(fclose(file), 0);
}

static void
is_as_written(const struct image *image)
{
	struct image now = read_image(image->path);

	if (now.len != image->len || memcmp(now.data, image->data, now.len))
		fail_msg("file %d was written to", (int)trying);
	free(now.data);
}

static void
drop(const struct lab *l, const char *suffix)
{
	char path[400];

	(void)snprintf(path, sizeof(path), "%s%s", l->ledger_path, suffix);
	(void)unlink(path);
}

/* ---- what is damaged ---- */

/* Numbers that look random and are the same each time (xorshift). */
static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A quarter in the file's header and its schema, a quarter where a page says
 * what is in it; the rest anywhere. */
static size_t
any_place(uint32_t *seed, uint32_t which, size_t len)
{
	uint32_t any = next_random(seed), pages = (uint32_t)len / PAGE;

	switch (which % 4) {
	case 0:
		return any % (which % 8 == 0 ? 100U : PAGE);
	case 1:
		return (size_t)(any / 64 % pages) * PAGE + any % 64;
	default:
		return any % (uint32_t)len;
	}
}

/* Much of a page is empty, and there a flip is nothing. */
static size_t
place(const struct image *image, uint32_t which, uint32_t *seed)
{
	size_t at = any_place(seed, which, image->len);

	for (int i = 0; i < 8 && image->data[at] == 0; i++)
		at = any_place(seed, which, image->len);
	return at;
}

static void
damage(struct image *image, uint32_t which)
{
	uint32_t seed = 2463534242U ^ (which * 2654435761U);
	size_t at, count;

	(void)next_random(&seed);
	at = place(image, which, &seed);
	count = which % 10 == 9 ? 1 + next_random(&seed) % 64 : 0;
	if (count == 0)
		image->data[at] ^= (uint8_t)(1U << (next_random(&seed) % 8));
	for (size_t i = 0; i < count && at + i < image->len; i++)
		image->data[at + i] = (uint8_t)next_random(&seed);
}

/* ---- what is done with it ---- */

/* Every column but those of which nothing else in the ledger says the same
 * (cli/authority_audit.h). */
static const char *const witnessed[] = {
    "SELECT hash, name, text, created FROM policy",
    "SELECT id, name, parent, certificate, key_ref, key_id, spki_hash,"
    " created, crl_number FROM authority",
    "SELECT * FROM point",
    "SELECT id, issuer, serial, state, spki_hash, tbs_hash, der_hash,"
    " policy_hash, subject, not_before, not_after, lineage, point, created,"
    " request, tbs, der FROM certificate",
    "SELECT * FROM name",
    "SELECT certificate, issuer, serial_length, serial, not_after, partition,"
    " revoked_at FROM revocation",
    "SELECT * FROM blocked_key",
    "SELECT issuer, number, this_update, hash, der FROM crl",
    "SELECT sequence, time, kind, certificate, issuer_spki_hash, serial,"
    " object_hash, leaf FROM event",
    "SELECT * FROM tree",
    "SELECT id, origin, key, created FROM log_key",
    "SELECT size, note FROM checkpoint",
};

static void
dump_query(sqlite3 *db, const char *sql, struct ca_buf *ret)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const uint8_t *data = sqlite3_column_blob(stmt, i);
			size_t len = (size_t)sqlite3_column_bytes(stmt, i);

			assert_int_equal(
			    ca_buf_append_text(ret, i == 0 ? "\n" : "|"),
			    CA_OK);
			assert_int_equal(
			    ca_hex_append(ret, (struct ca_bytes){data, len}),
			    CA_OK);
		}
	if (sqlite3_finalize(stmt) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static struct ca_buf
dump(const struct lab *l)
{
	struct ca_buf all = {0};
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	for (size_t i = 0; i < COUNT(witnessed); i++)
		dump_query(db, witnessed[i], &all);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_non_null(ca_buf_text(&all));
	return all;
}

static enum ca_status
see_row(void *ctx, const struct ledger_cert *row)
{
	size_t *sum = ctx;

	/* A view too long is a fault of its own. */
	for (size_t i = 0; i < row->der.len; i++)
		*sum += row->der.data[i];
	return CA_OK;
}

/* Whatever the answer, it comes with a reason. */
static bool
answered(const char *what, enum ca_status st, const struct ca_error *err)
{
	if (st == CA_OK)
		return true;
	if (st != err->status || err->msg[0] == '\0' ||
	    strchr(err->msg, '\n') != NULL)
		fail_msg("file %d: %s: %d, %d: '%s'", (int)trying, what,
		    (int)st, (int)err->status, err->msg);
	return false;
}

/* Whether the audit found no fault. */
static bool
look(struct authority *a)
{
	const struct ledger_query all = {0}, revoked = {.revoked = 1};
	struct audit_report report = {0};
	struct ca_error err[4] = {0};
	size_t sum = 0, count = 0;
	struct ledger *ledger = authority_ledger(a);
	enum ca_status st;

	st = ledger_each_cert(ledger, &all, see_row, &sum, &err[0]);
	(void)answered("list", st, &err[0]);
	st = ledger_each_cert(ledger, &revoked, see_row, &sum, &err[1]);
	(void)answered("list --revoked", st, &err[1]);
	st = authority_find(a, "b.company.com", see_row, &sum, &count, &err[2]);
	(void)answered("show", st, &err[2]);
	st = authority_audit(a, &report, &err[3]);
	return answered("audit", st, &err[3]);
}

static bool
publish(
    struct authority *a, struct signer *signer, const struct crl_order *order)
{
	struct ca_error err = {0};
	int64_t number = 0;
	enum ca_status st = authority_publish(
	    a, signer, order, &number, NULL, &err);

	return answered(order->delta ? "delta" : "crl", st, &err);
}

static bool
issue(struct authority *a, struct signer *signer, const struct ca_buf *request)
{
	const struct issue_order order = lab_order(request);
	struct issued issued = {0};
	struct ca_error err = {0};
	enum ca_status st = authority_issue(a, signer, &order, &issued, &err);

	issued_done(&issued);
	return answered("issue", st, &err);
}

/* A list, a delta and a certificate, where it lets us; whether all three. */
static bool
sign(struct lab *l, struct authority *a, const struct ca_buf *request)
{
	const struct crl_order whole = {0}, delta = {.delta = true};
	struct signer signer = {0};
	struct ca_error err = {0};
	enum ca_status st = signer_open(a, "issuing", &signer, &err);
	bool done = false;

	if (st == CA_OK)
		st = signer_unlock(a, &signer, &l->pass, &err);
	if (answered("unlock", st, &err)) {
		done = publish(a, &signer, &whole);
		done = publish(a, &signer, &delta) && done;
		done = issue(a, &signer, request) && done;
	}
	signer_done(&signer);
	return done;
}

/* ---- all of them ---- */

static void
it_hangs(int signal)
{
	char text[] = "file 0000000 hangs\n";
	int which = trying;

	(void)signal;
	for (size_t at = 11; at > 4; at--, which /= 10)
		text[at] = (char)('0' + which % 10);
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

static uint32_t
how_many(void)
{
	const char *text = getenv("SIGNET_DAMAGE");
	unsigned long count = text != NULL ? strtoul(text, NULL, 10) : FILES;

	assert_in_range(count, 1, FILES_MAX);
	return (uint32_t)count;
}

struct trial {
	struct lab *l;
	struct ca_buf request, before;
	struct image good, file;
	uint32_t opened, clean, signed_with;
};

/* Another journal's mode is mended, an older version migrated. */
static bool
asks_to_be_written(const struct image *file, const struct image *good)
{
	return memcmp(file->data + 18, good->data + 18, 2) != 0 ||
	    memcmp(file->data + 60, good->data + 60, 4) != 0;
}

static void
try_file(struct trial *trial)
{
	struct lab *l = trial->l;
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 0, .world = &l->world};
	struct authority *a = NULL;
	struct ca_error err = {0};
	bool clean = false;

	drop(l, "-wal");
	drop(l, "-shm");
	write_image(&trial->file);
	if (answered("open", authority_open(&options, &a, &err), &err)) {
		trial->opened++;
		clean = look(a);
	}
	if (!asks_to_be_written(&trial->file, &trial->good))
		is_as_written(&trial->file);
	if (clean) {
		struct ca_buf now = dump(l);

		trial->clean++;
		if (strcmp(ca_buf_text(&now), ca_buf_text(&trial->before)) != 0)
			fail_msg("file %d: edited, and the audit is clean",
			    (int)trying);
		ca_buf_free(&now);
	}
	if (a != NULL && sign(l, a, &trial->request))
		trial->signed_with++;
	authority_close(a);
}

/* The last is whole: the test can tell. */
static void
try_files(struct trial *trial, uint32_t files)
{
	int64_t now = trial->l->now + 60;

	for (uint32_t i = 0; i <= files; i++) {
		memcpy(trial->file.data, trial->good.data, trial->good.len);
		if (i < files) {
			damage(&trial->file, i);
		} else {
			print_message("%u damaged files: %u opened, %u clean, "
				      "%u signed from\n",
			    files, trial->opened, trial->clean,
			    trial->signed_with);
			trial->opened = trial->clean = trial->signed_with = 0;
		}
		trying = (int)i;
		trial->l->now = now;
		(void)alarm(PATIENCE);
		try_file(trial);
		(void)alarm(0);
	}
	assert_int_equal(trial->clean, 1);
	assert_int_equal(trial->signed_with, 1);
}

static void
survives_damage(void **state)
{
	struct lab *l = *state;
	struct trial trial = {
	    .l = l, .request = lab_request(l, "c.company.com")};

	fill(l);
	signer_done(&l->signer);
	authority_close(l->a);
	l->a = NULL;
	lab_sql(l, "PRAGMA wal_checkpoint(TRUNCATE)");
	trial.before = dump(l);
	trial.good = read_image(l->ledger_path);
	trial.file = read_image(l->ledger_path);
	assert_true(signal(SIGALRM, it_hangs) != SIG_ERR);
	try_files(&trial, how_many());
	free(trial.good.data);
	free(trial.file.data);
	ca_buf_free(&trial.before);
	ca_buf_free(&trial.request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		survives_damage, lab_open, lab_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ledger in a folder of its own, and the shortest way to a row of each
 * kind. It does not check what it is not asked to.
 */
#ifndef TESTS_LEDGER_FIXTURE_H
#define TESTS_LEDGER_FIXTURE_H

#include "cli/authority_log.h"
#include "db/ledger.h"
#include "tests/unit/bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1700000000
#define YEAR (365 * 86400)

struct fixture {
	char folder[512];
	char path[600];
	struct ledger *ledger;
	struct ca_error err;
	int64_t root; /* an authority */
};

/* 32 octets, of which the first tells one from another. */
static inline struct ca_bytes
hash_of(uint8_t octet)
{
	static uint8_t hashes[256][LEDGER_HASH_LEN];

	hashes[octet][0] = octet;
	return (struct ca_bytes){hashes[octet], LEDGER_HASH_LEN};
}

#define assert_ok(f, call)                                 \
	do {                                               \
		(f)->err = (struct ca_error){0};           \
		if ((call) != CA_OK)                       \
			print_error("%s\n", (f)->err.msg); \
		assert_int_equal((f)->err.status, CA_OK);  \
	} while (0)

/* The call fails like this, with a line that says so. */
#define assert_fails(f, call, status_, part)                                \
	do {                                                                \
		(f)->err = (struct ca_error){0};                            \
		assert_int_equal(call, status_);                            \
		assert_int_equal((f)->err.status, status_);                 \
		if (strstr((f)->err.msg, part) == NULL)                     \
			fail_msg("'%s' is not in: %s", part, (f)->err.msg); \
	} while (0)

static inline struct ledger_options
options_of(const struct fixture *f)
{
	return (struct ledger_options){
	    .path = f->path, .wait_ms = 30000, .hasher = log_hasher()};
}

static inline void
reopen(struct fixture *f)
{
	struct ledger_options options = options_of(f);

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_ok(f, ledger_open(&options, &f->ledger, &f->err));
}

static inline void
put_policy(struct fixture *f)
{
	assert_ok(f,
	    ledger_put_policy(f->ledger, hash_of(0x50), "server",
		BYTES("[policy]\n"), NOW, &f->err));
}

static inline int64_t
add_authority(struct fixture *f, const char *name, int64_t parent)
{
	struct ledger_authority row = {
	    .name = name,
	    .parent = parent,
	    .key_ref = "keys/a.key",
	    .key_id = BYTES("0123456789"),
	    .spki_hash = hash_of(0x11),
	    .created = NOW,
	};
	int64_t id = 0;

	assert_ok(f, ledger_add_authority(f->ledger, &row, &id, &f->err));
	return id;
}

/* Thousands of syncs: in memory, where the system has files there. */
static inline const char *
find_place(void)
{
	const char *base = getenv("TMPDIR");

	if (base != NULL)
		return base;
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static inline int
make_folder(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	(void)snprintf(
	    f->folder, sizeof(f->folder), "%.400s/ledger.XXXXXX", find_place());
	if (mkdtemp(f->folder) == NULL)
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/ledger.db", f->folder);
	return 0;
}

/* With a policy and an authority in it. */
static inline int
make_ledger(void **state)
{
	struct ledger_options options;
	struct fixture *f;

	if (make_folder(state) != 0)
		return -1;
	f = *state;
	options = options_of(f);
	assert_ok(f, ledger_create(&options, &f->ledger, &f->err));
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	put_policy(f);
	f->root = add_authority(f, "root", 0);
	assert_ok(f, ledger_commit(f->ledger, &f->err));
	return 0;
}

static inline void
drop_file(const struct fixture *f, const char *name)
{
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	(void)unlink(path);
}

static inline int
drop_folder(void **state)
{
	static const char *const names[] = {"ledger.db", "ledger.db-wal",
	    "ledger.db-shm", "ledger.db-journal", "ledger.db.lock",
	    "ledger.db.new", "other.db", "other.db-wal", "other.db-shm",
	    "other.db.lock"};
	struct fixture *f = *state;
	int rc;

	ledger_close(f->ledger);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		drop_file(f, names[i]);
	rc = rmdir(f->folder);
	free(f);
	return rc;
}

/* A certificate to intend: everything but its serial is as good as another. */
static inline struct ledger_cert
cert_of(const struct fixture *f, struct ca_bytes serial)
{
	return (struct ledger_cert){
	    .issuer = f->root,
	    .serial = serial,
	    .tbs = BYTES("the bytes to be signed"),
	    .request = BYTES("a request"),
	    .spki_hash = hash_of(0x21),
	    .tbs_hash = hash_of(0x22),
	    .policy = "server",
	    .policy_hash = hash_of(0x50),
	    .subject = "CN=company.com",
	    .not_before = NOW,
	    .not_after = NOW + YEAR,
	    .created = NOW,
	};
}

/* Inside a transaction. */
static inline int64_t
intend(struct fixture *f, const struct ledger_cert *row)
{
	bool collision = true;
	int64_t id = 0;

	assert_ok(f, ledger_intend(f->ledger, row, &id, &collision, &f->err));
	assert_false(collision);
	return id;
}

static inline int64_t
intend_serial(struct fixture *f, struct ca_bytes serial)
{
	struct ledger_cert row = cert_of(f, serial);

	return intend(f, &row);
}

static inline void
begin(struct fixture *f)
{
	assert_ok(f, ledger_begin(f->ledger, &f->err));
}

static inline void
commit(struct fixture *f)
{
	assert_ok(f, ledger_commit(f->ledger, &f->err));
}

static inline bool
revoke_for(struct fixture *f, int64_t cert, int64_t when, int reason)
{
	struct ledger_revocation row = {.certificate = cert,
	    .revoked_at = when,
	    .reason = reason,
	    .invalid_since = LEDGER_NO_TIME};
	bool changed = false;

	assert_ok(f, ledger_revoke(f->ledger, &row, &changed, &f->err));
	return changed;
}

/* A row kept beyond the callback, its views as far as tests look at them. */
struct seen {
	size_t count;
	int64_t ids[64];
	struct ledger_cert last; /* numbers only */
	char serial[64], subject[64], der[64], tbs[64], issuer_name[32];
};

static inline void
keep_text(char *to, size_t size, struct ca_bytes from)
{
	assert_true(from.len < size);
	memset(to, 0, size);
	if (from.len > 0)
		memcpy(to, from.data, from.len);
}

static inline enum ca_status
see(void *ctx, const struct ledger_cert *row)
{
	struct seen *seen = ctx;

	if (seen->count < 64)
		seen->ids[seen->count] = row->id;
	seen->count++;
	seen->last = *row;
	keep_text(seen->serial, sizeof(seen->serial), row->serial);
	keep_text(seen->subject, sizeof(seen->subject), ca_text(row->subject));
	keep_text(seen->der, sizeof(seen->der), row->der);
	keep_text(seen->tbs, sizeof(seen->tbs), row->tbs);
	keep_text(seen->issuer_name, sizeof(seen->issuer_name),
	    ca_text(row->issuer_name));
	return CA_OK;
}

static inline size_t
find(struct fixture *f, const struct ledger_query *query, struct seen *seen)
{
	*seen = (struct seen){0};
	assert_ok(f, ledger_each_cert(f->ledger, query, see, seen, &f->err));
	return seen->count;
}

static inline size_t
count_certs(struct fixture *f)
{
	struct ledger_query all = {0};
	struct seen seen;

	return find(f, &all, &seen);
}

/* The exit status of a child that ran fn, 256 + the signal if one ended it. */
static inline int
in_child(int (*fn)(struct fixture *f), struct fixture *f)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/migrate.h"

#include "db/ledger_log.h"
#include "db/ledger_sql.h"
#include "db/schema.h"

int
migrate_newest(void)
{
	return ledger_schema_count == 0 ?
	    0 :
	    ledger_schemas[ledger_schema_count - 1].version;
}

static enum ca_status
read_number(
    struct ledger *ledger, const char *text, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, text);
	return sql_run_int(&sql, ret, NULL, err);
}

enum ca_status
migrate_read_version(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	return read_number(ledger, "PRAGMA user_version", ret, err);
}

static enum ca_status
fail_not_a_ledger(
    const struct ledger *ledger, const char *why, struct ca_error *err)
{
	return ca_fail(err, CA_REFUSED,
	    "ledger: %s: not a ledger of signet (%s)", ledger->path, why);
}

static enum ca_status
fail_newer(const struct ledger *ledger, int64_t version, struct ca_error *err)
{
	return ca_fail(err, CA_REFUSED,
	    "ledger: %s: version %lld, this signet knows up to %d: "
	    "use the newer signet",
	    ledger->path, (long long)version, migrate_newest());
}

enum ca_status
migrate_check(struct ledger *ledger, struct ca_error *err)
{
	struct ca_error inner = {0};
	int64_t application = 0, version = 0;
	enum ca_status st;

	st = read_number(ledger, "PRAGMA application_id", &application, &inner);
	if (st != CA_OK && sqlite3_errcode(ledger->db) == SQLITE_NOTADB)
		return fail_not_a_ledger(ledger, "no SQLite database", err);
	if (st != CA_OK)
		return ca_fail(err, st, "%s", inner.msg);
	if (application != LEDGER_APPLICATION_ID)
		return fail_not_a_ledger(ledger, "another application_id", err);
	if ((st = migrate_read_version(ledger, &version, err)) != CA_OK)
		return st;
	if (version > migrate_newest())
		return fail_newer(ledger, version, err);
	if (version < 1)
		return fail_not_a_ledger(ledger, "no version", err);
	ledger->version = (int)version;
	return CA_OK;
}

static const struct ledger_schema *
next_schema(int64_t version)
{
	for (size_t i = 0; i < ledger_schema_count; i++)
		if (ledger_schemas[i].version > version)
			return &ledger_schemas[i];
	return NULL;
}

static enum ca_status
run_script(struct ledger *ledger, const struct ledger_schema *schema,
    struct ca_error *err)
{
	int64_t version = 0;
	enum ca_status st;

	if ((st = sql_script(ledger, schema->sql, err)) != CA_OK ||
	    (st = ledger_log_fill(ledger, err)) != CA_OK ||
	    (st = migrate_read_version(ledger, &version, err)) != CA_OK)
		return st;
	if (version != schema->version)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: migration %d left version %lld", schema->version,
		    (long long)version);
	return CA_OK;
}

/* What is missing is asked again inside the transaction: another process may
 * have done it while this one waited. */
static enum ca_status
step_up(struct ledger *ledger, bool *ret_more, struct ca_error *err)
{
	const struct ledger_schema *schema;
	int64_t version = 0;
	enum ca_status st;

	if ((st = ledger_begin_any(ledger, err)) != CA_OK)
		return st;
	if ((st = migrate_read_version(ledger, &version, err)) != CA_OK)
		goto out;
	if (version > migrate_newest()) {
		st = fail_newer(ledger, version, err);
		goto out;
	}
	schema = next_schema(version);
	if (schema != NULL &&
	    ((st = run_script(ledger, schema, err)) != CA_OK ||
		(st = ledger_commit(ledger, err)) != CA_OK))
		goto out;
	ledger->version = schema != NULL ? schema->version : (int)version;
	*ret_more = schema != NULL;
out:
	ledger_rollback(ledger);
	return st;
}

enum ca_status
migrate_up(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st = CA_OK;
	bool more = true;

	while (more && st == CA_OK)
		st = step_up(ledger, &more, err);
	return st;
}

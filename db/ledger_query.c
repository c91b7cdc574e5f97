/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_name.h"
#include "db/ledger_sql.h"

#define SELECT_CERT                                                       \
	"SELECT c.id, c.issuer, a.name, c.serial, c.state, c.tbs, c.der," \
	" c.request, c.spki_hash, c.tbs_hash, c.der_hash, c.policy,"      \
	" c.policy_hash, c.subject, c.not_before, c.not_after, c.renews," \
	" c.lineage, c.created, r.revoked_at, r.reason, r.invalid_since," \
	" c.point"                                                        \
	" FROM certificate c JOIN authority a ON a.id = c.issuer"         \
	" LEFT JOIN revocation r ON r.certificate = c.id"

static enum ca_status
read_row(struct sql *sql, struct ledger_cert *cert, struct ca_error *err)
{
	int64_t state = sql_int(sql, 4);

	*cert = (struct ledger_cert){
	    .id = sql_int(sql, 0),
	    .issuer = sql_int(sql, 1),
	    .issuer_name = sql_text(sql, 2),
	    .serial = sql_serial(sql, 3),
	    .state = state == 2 ? LEDGER_ISSUED : LEDGER_INTENDED,
	    .tbs = sql_bytes(sql, 5),
	    .der = sql_bytes(sql, 6),
	    .request = sql_bytes(sql, 7),
	    .spki_hash = sql_hash(sql, 8),
	    .tbs_hash = sql_hash(sql, 9),
	    .der_hash = sql_hash(sql, 10),
	    .policy = sql_text(sql, 11),
	    .policy_hash = sql_hash(sql, 12),
	    .subject = sql_text(sql, 13),
	    .not_before = sql_int(sql, 14),
	    .not_after = sql_int(sql, 15),
	    .renews = sql_int(sql, 16),
	    .lineage = sql_int(sql, 17),
	    .created = sql_int(sql, 18),
	    .revoked_at = sql_time(sql, 19),
	    .reason = sql_reason(sql, 20),
	    .invalid_since = sql_time(sql, 21),
	    .point = sql_int(sql, 22),
	};
	if ((state != 1 && state != 2) || cert->serial.len == 0)
		sql->damaged = true;
	return sql_row_is_sound(sql, "certificate", err);
}

/* Hands the rows on; *ret_count says how many there were. Closes. */
static enum ca_status
walk(struct sql *sql, ledger_cert_fn *fn, void *ctx, size_t *ret_count,
    struct ca_error *err)
{
	struct ledger_cert cert;
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		if ((st = read_row(sql, &cert, err)) != CA_OK ||
		    (st = fn(ctx, &cert)) != CA_OK)
			break;
		++*ret_count;
	}
	sql_close(sql);
	return st;
}

enum ca_status
ledger_cert_by_id(struct ledger *ledger, int64_t id, ledger_cert_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;
	enum ca_status st;

	sql_open(&sql, ledger, SELECT_CERT " WHERE c.id = ?");
	sql_put_int(&sql, id);
	st = walk(&sql, fn, ctx, &count, err);
	if (st == CA_OK && count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "ledger: no certificate with id %lld", (long long)id);
	return st;
}

enum ca_status
ledger_cert_marks(struct ledger *ledger, int64_t id, ledger_cert_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool found = false;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT serial, tbs_hash, der_hash, created FROM certificate"
	    " WHERE id = ?");
	sql_put_int(&sql, id);
	if ((st = sql_next(&sql, &found, err)) == CA_OK && found) {
		const struct ledger_cert marks = {.id = id,
		    .serial = sql_serial(&sql, 0),
		    .tbs_hash = sql_hash(&sql, 1),
		    .der_hash = sql_hash(&sql, 2),
		    .created = sql_int(&sql, 3)};

		st = sql_row_is_sound(&sql, "certificate", err);
		if (st == CA_OK)
			st = fn(ctx, &marks);
	}
	sql_close(&sql);
	if (st == CA_OK && !found)
		st = ca_fail(err, CA_NOT_FOUND,
		    "ledger: no certificate with id %lld", (long long)id);
	return st;
}

/* ---- a query, put together from fixed terms ---- */

enum term {
	TERM_SELECT,
	TERM_ISSUER,
	TERM_SERIAL,
	TERM_SPKI,
	TERM_DER,
	TERM_LINEAGE,
	TERM_NAME,
	TERM_NAME_START,
	TERM_NAME_END,
	TERM_NAME_ANYWHERE,
	TERM_POLICY,
	TERM_INTENDED,
	TERM_ISSUED,
	TERM_REVOKED,
	TERM_NOT_REVOKED,
	TERM_ENDS_BETWEEN,
	TERM_ENDS_AFTER,
	TERM_AFTER,
	TERM_ORDER,
	TERM_LIMIT
};

/* What is a list of ids by itself is asked as one: the rows then come in
 * order of id without sorting them. */
static const char *const terms[] = {
    [TERM_SELECT] = SELECT_CERT " WHERE 1 = 1",
    [TERM_ISSUER] = " AND c.issuer = ?",
    [TERM_SERIAL] = " AND c.serial = ?",
    [TERM_SPKI] = " AND c.spki_hash = ?",
    [TERM_DER] = " AND c.der_hash = ?",
    [TERM_LINEAGE] = " AND c.lineage = ?",
    [TERM_NAME] = " AND c.id IN (SELECT n.certificate FROM name n"
		  " WHERE lower(n.value) = ?)",
    [TERM_NAME_START] = " AND c.id IN (SELECT n.certificate FROM name n"
			" WHERE lower(n.value) >= ? AND lower(n.value) < ?"
			" AND lower(n.value) LIKE ? ESCAPE '!')",
    [TERM_NAME_END] = " AND c.id IN (SELECT n.certificate FROM name n"
		      " WHERE n.backwards >= ? AND n.backwards < ?"
		      " AND n.backwards LIKE ? ESCAPE '!')",
    [TERM_NAME_ANYWHERE] = " AND c.id IN (SELECT n.certificate FROM name n"
			   " WHERE lower(n.value) LIKE ? ESCAPE '!')",
    [TERM_POLICY] = " AND c.policy = ?",
    [TERM_INTENDED] = " AND c.state = 1",
    [TERM_ISSUED] = " AND c.state = 2",
    [TERM_REVOKED] = " AND c.id IN (SELECT v.certificate FROM revocation v)",
    [TERM_NOT_REVOKED] = " AND r.certificate IS NULL",
    [TERM_ENDS_BETWEEN] = " AND c.id IN (SELECT e.id FROM certificate e"
			  " WHERE e.not_after >= ? AND e.not_after < ?)",
    [TERM_ENDS_AFTER] = " AND c.not_after >= ?",
    [TERM_AFTER] = " AND c.id > ?",
    [TERM_ORDER] = " ORDER BY c.id",
    [TERM_LIMIT] = " LIMIT ?",
};

enum value_kind {
	VALUE_INT,
	VALUE_TEXT,
	VALUE_BLOB
};

struct value {
	enum value_kind kind;
	int64_t number;
	struct ca_bytes bytes;
};

/* Each term of a query once, with at most three values. */
#define VALUES_MAX 20

struct statement {
	struct ca_buf text;
	struct value values[VALUES_MAX];
	size_t value_count;
	struct ledger_pattern pattern;
	enum ca_status st; /* sticky */
};

static void
add(struct statement *statement, enum term term)
{
	if (statement->st == CA_OK)
		statement->st = ca_buf_append_text(
		    &statement->text, terms[term]);
}

static void
add_value(struct statement *statement, struct value value)
{
	if (statement->value_count == VALUES_MAX)
		statement->st = CA_INTERNAL;
	else
		statement->values[statement->value_count++] = value;
}

static void
add_int(struct statement *statement, int64_t number)
{
	add_value(
	    statement, (struct value){.kind = VALUE_INT, .number = number});
}

static void
add_text(struct statement *statement, struct ca_bytes text)
{
	add_value(statement, (struct value){.kind = VALUE_TEXT, .bytes = text});
}

static void
add_blob(struct statement *statement, struct ca_bytes blob)
{
	add_value(statement, (struct value){.kind = VALUE_BLOB, .bytes = blob});
}

static void
add_name(struct statement *statement, const struct ledger_query *query,
    struct ca_error *err)
{
	static const enum term by_kind[] = {
	    [LEDGER_PATTERN_EXACT] = TERM_NAME,
	    [LEDGER_PATTERN_START] = TERM_NAME_START,
	    [LEDGER_PATTERN_END] = TERM_NAME_END,
	    [LEDGER_PATTERN_ANYWHERE] = TERM_NAME_ANYWHERE,
	};
	struct ledger_pattern *pattern = &statement->pattern;

	if (statement->st == CA_OK)
		statement->st = query->name_is_literal ?
		    ledger_pattern_literal(query->name, pattern, err) :
		    ledger_pattern_parse(query->name, pattern, err);
	if (statement->st != CA_OK)
		return;
	add(statement, by_kind[pattern->kind]);
	if (pattern->kind == LEDGER_PATTERN_START ||
	    pattern->kind == LEDGER_PATTERN_END) {
		add_text(statement, ca_view(&pattern->from));
		add_text(statement, ca_view(&pattern->to));
	}
	add_text(statement, ca_view(&pattern->like));
}

static void
add_exact(struct statement *statement, const struct ledger_query *query)
{
	if (query->issuer != 0) {
		add(statement, TERM_ISSUER);
		add_int(statement, query->issuer);
	}
	if (query->serial.len > 0) {
		add(statement, TERM_SERIAL);
		add_blob(statement, ledger_magnitude(query->serial));
	}
	if (query->spki_hash.len > 0) {
		add(statement, TERM_SPKI);
		add_blob(statement, query->spki_hash);
	}
	if (query->der_hash.len > 0) {
		add(statement, TERM_DER);
		add_blob(statement, query->der_hash);
	}
	if (query->lineage != 0) {
		add(statement, TERM_LINEAGE);
		add_int(statement, query->lineage);
	}
	if (query->policy != NULL) {
		add(statement, TERM_POLICY);
		add_text(statement, ca_text(query->policy));
	}
}

static void
add_states(struct statement *statement, const struct ledger_query *query)
{
	if (query->state == LEDGER_INTENDED)
		add(statement, TERM_INTENDED);
	if (query->state == LEDGER_ISSUED)
		add(statement, TERM_ISSUED);
	if (query->revoked > 0)
		add(statement, TERM_REVOKED);
	if (query->revoked < 0)
		add(statement, TERM_NOT_REVOKED);
}

static void
add_times(struct statement *statement, const struct ledger_query *query)
{
	int64_t after = query->expires_after, before = query->expires_before;

	if (before != 0) {
		add(statement, TERM_ENDS_BETWEEN);
		add_int(statement, after != 0 ? after : INT64_MIN);
		add_int(statement, before);
	} else if (after != 0) {
		add(statement, TERM_ENDS_AFTER);
		add_int(statement, after);
	}
}

static void
add_page(struct statement *statement, const struct ledger_query *query)
{
	if (query->after != 0) {
		add(statement, TERM_AFTER);
		add_int(statement, query->after);
	}
	add(statement, TERM_ORDER);
	if (query->limit > 0) {
		add(statement, TERM_LIMIT);
		add_int(statement, query->limit);
	}
}

static void
put_values(struct sql *sql, const struct statement *statement)
{
	for (size_t i = 0; i < statement->value_count; i++) {
		const struct value *value = &statement->values[i];

		if (value->kind == VALUE_INT)
			sql_put_int(sql, value->number);
		else if (value->kind == VALUE_TEXT)
			sql_put_string(sql, value->bytes);
		else
			sql_put_blob(sql, value->bytes);
	}
}

enum ca_status
ledger_each_cert(struct ledger *ledger, const struct ledger_query *query,
    ledger_cert_fn *fn, void *ctx, struct ca_error *err)
{
	struct statement statement = {0};
	struct sql sql;
	const char *text = NULL;
	size_t count = 0;
	enum ca_status st;

	add(&statement, TERM_SELECT);
	add_exact(&statement, query);
	if (query->name != NULL)
		add_name(&statement, query, err);
	add_states(&statement, query);
	add_times(&statement, query);
	add_page(&statement, query);
	if ((st = statement.st) == CA_OK &&
	    (text = ca_buf_text(&statement.text)) == NULL)
		st = CA_MEMORY;
	if (st != CA_OK) {
		(void)ca_fail(err, st, "ledger: the query cannot be built");
		goto out;
	}
	sql_open(&sql, ledger, text);
	put_values(&sql, &statement);
	st = walk(&sql, fn, ctx, &count, err);
out:
	ledger_pattern_done(&statement.pattern);
	ca_buf_free(&statement.text);
	return st;
}

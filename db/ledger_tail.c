/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_tail.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static enum witness_verdict
verdict_of(int rc)
{
	rc &= 0xff;
	return rc == SQLITE_ERROR || rc == SQLITE_NOTADB ? WITNESS_DIFFERS :
							   WITNESS_UNSURE;
}

/* One event of the file itself; tail->sequence 0: the newest. */
static enum witness_verdict
read_event(sqlite3 *db, int64_t sequence, struct ledger_tail *ret)
{
	static const char newest[] = "SELECT sequence, leaf FROM event"
				     " ORDER BY sequence DESC LIMIT 1";
	static const char one[] =
	    "SELECT sequence, leaf FROM event WHERE sequence = ?";
	sqlite3_stmt *stmt = NULL;
	enum witness_verdict verdict = WITNESS_UNSURE;
	int rc, size;

	rc = sqlite3_prepare_v2(
	    db, sequence == 0 ? newest : one, -1, &stmt, NULL);
	if (rc == SQLITE_OK && sequence != 0)
		rc = sqlite3_bind_int64(stmt, 1, sequence);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*ret = (struct ledger_tail){0};
	if (rc == SQLITE_ROW) {
		size = sqlite3_column_bytes(stmt, 1);
		if (size > 0 && (size_t)size <= sizeof(ret->leaf)) {
			ret->sequence = sqlite3_column_int64(stmt, 0);
			ret->size = (size_t)size;
			memcpy(
			    ret->leaf, sqlite3_column_blob(stmt, 1), ret->size);
			verdict = WITNESS_EXTENDS;
		}
	} else if (rc == SQLITE_DONE) {
		verdict = WITNESS_EXTENDS;
	} else {
		verdict = verdict_of(rc);
	}
	(void)sqlite3_finalize(stmt);
	return verdict;
}

enum witness_verdict
witness_compare(
    sqlite3 *db, const struct ledger_tail *seen, struct ledger_tail *ret)
{
	struct ledger_tail then;
	enum witness_verdict verdict = read_event(db, 0, ret);

	if (verdict != WITNESS_EXTENDS || seen->sequence == 0)
		return verdict;
	if (ret->sequence < seen->sequence)
		return WITNESS_DIFFERS;
	verdict = read_event(db, seen->sequence, &then);
	if (verdict == WITNESS_EXTENDS &&
	    (then.size != seen->size ||
		memcmp(then.leaf, seen->leaf, seen->size) != 0))
		return WITNESS_DIFFERS;
	return verdict;
}

/* A view is never torn: what is malformed in it was not written here. */
enum witness_verdict
witness_judge(
    sqlite3 *db, const struct ledger_tail *seen, struct ledger_tail *ret)
{
	const enum witness_verdict verdict = witness_compare(db, seen, ret);

	if (verdict == WITNESS_UNSURE &&
	    (sqlite3_errcode(db) & 0xff) == SQLITE_CORRUPT)
		return WITNESS_DIFFERS;
	return verdict;
}

/* ---- keeping ---- */

struct ledger_witness *
ledger_witness_new(void)
{
	struct ledger_witness *witness = calloc(1, sizeof(*witness));

	if (witness != NULL)
		(void)pthread_mutex_init(&witness->lock, NULL);
	return witness;
}

void
ledger_witness_free(struct ledger_witness *witness)
{
	if (witness == NULL)
		return;
	(void)pthread_mutex_destroy(&witness->lock);
	free(witness);
}

void
ledger_witness_get(struct ledger_witness *witness, struct ledger_tail *ret)
{
	(void)pthread_mutex_lock(&witness->lock);
	*ret = witness->tail;
	(void)pthread_mutex_unlock(&witness->lock);
}

static void
raise_to(struct ledger_witness *witness, const struct ledger_tail *tail)
{
	(void)pthread_mutex_lock(&witness->lock);
	if (tail->sequence > witness->tail.sequence)
		witness->tail = *tail;
	(void)pthread_mutex_unlock(&witness->lock);
}

/* What does not go on from what was seen is another's, and is no witness:
 * ledger_check_place() finds that. */
void
ledger_witness_look(struct ledger *ledger)
{
	struct ledger_tail seen, newest;

	if (ledger->mode == LEDGER_WRITING)
		return; /* what it added may be undone */
	ledger_witness_get(ledger->witness, &seen);
	if (witness_compare(ledger->db, &seen, &newest) == WITNESS_EXTENDS)
		raise_to(ledger->witness, &newest);
}

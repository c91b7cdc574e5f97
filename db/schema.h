/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The migrations of the ledger, compiled in from db/schema/NNN_*.sql: the
 * number is the version, the text is what brings a ledger of version - 1 to
 * it. The table is in rising order of version.
 *
 * This module does not run SQL: db/migrate does.
 */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stddef.h>

struct ledger_schema {
	int version;     /* from 1 */
	const char *sql; /* the file's text, NUL-terminated */
};

extern const struct ledger_schema ledger_schemas[];
extern const size_t ledger_schema_count;

#endif

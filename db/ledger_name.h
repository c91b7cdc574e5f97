/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_name: how a name is written for the search, and a pattern as LIKE.
 *
 * Case is folded for A to Z alone, as DNS does and as lower() of every SQL
 * engine agrees on. '*' stands for any characters, '?' for one; all others
 * for themselves. A text without '*' is no pattern.
 *
 * It does not check that a name is one.
 */
#ifndef DB_LEDGER_NAME_H
#define DB_LEDGER_NAME_H

#include "ca/base.h"

/* A pattern of LIKE is matched by trying: more is refused. */
#define LEDGER_PATTERN_STARS 4
#define LEDGER_PATTERN_LENGTH 512

enum ledger_pattern_kind {
	LEDGER_PATTERN_EXACT,   /* like is the value itself */
	LEDGER_PATTERN_START,   /* names from..to hold all that may match */
	LEDGER_PATTERN_END,     /* the same of names read backwards */
	LEDGER_PATTERN_ANYWHERE /* like alone */
};

struct ledger_pattern {
	enum ledger_pattern_kind kind;
	struct ca_buf like;     /* for LIKE ... ESCAPE '!' */
	struct ca_buf from, to; /* from <= name < to */
};

/* Appends the characters in reverse order, A to Z as a to z. */
CA_MUST_USE enum ca_status ledger_name_backwards(
    struct ca_buf *buf, const char *name);
/* CA_USAGE when it is too long or has too many '*'. */
CA_MUST_USE enum ca_status ledger_pattern_parse(
    const char *text, struct ledger_pattern *ret, struct ca_error *err);
/* A name that is no pattern, whatever is in it. */
CA_MUST_USE enum ca_status ledger_pattern_literal(
    const char *name, struct ledger_pattern *ret, struct ca_error *err);
void ledger_pattern_done(struct ledger_pattern *pattern);

#endif

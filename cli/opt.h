/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * opt: command line options from a constant table.
 *
 * "--name value", "--name=value", flags, and "--" before operands that begin
 * with '-'. "-" alone is an operand. An unknown option, a missing or extra
 * value, or a repeated one that is no list is CA_USAGE with a suggestion.
 *
 * What this does not do: short options, apart from -h; abbreviations.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "ca/base.h"

#define OPT_MAX_VALUES 4096 /* options given on one command line */

enum opt_kind {
	OPT_FLAG = 1,
	OPT_TEXT, /* at most once */
	OPT_LIST  /* may be repeated */
};

struct opt {
	const char *name; /* without dashes; NULL ends a table */
	enum opt_kind kind;
	const char *arg;  /* "FILE", for help; NULL for flags */
	const char *help; /* one line */
};

/* Parsed options; everything points into argv. {0} is empty. */
struct opts {
	const struct opt *table;
	const struct opt *common; /* the options every command has */
	const struct opt **given;
	const char **value;
	size_t count;
	const char **args; /* operands */
	size_t arg_count;
};

/* argv[0] is the first word after the command's name. */
CA_MUST_USE enum ca_status opt_parse(const struct opt *table,
    const struct opt *common, int argc, char **argv, struct opts *ret,
    struct ca_error *err);
void opt_done(struct opts *opts);
/* The name must be in a table; anything else is a fault of the program and
 * ends it. */
bool opt_flag(const struct opts *opts, const char *name);
const char *opt_text(const struct opts *opts, const char *name);
/* The i-th value of a list, NULL behind the last. */
const char *opt_item(const struct opts *opts, const char *name, size_t i);
size_t opt_count(const struct opts *opts, const char *name);

/* The candidate nearest to word (edit distance up to 2), or NULL. */
const char *opt_nearest(const char *word, const char *(*candidate)(size_t i));

#endif

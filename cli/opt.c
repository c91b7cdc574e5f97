/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 32
#define NEAR 2

/* ---- suggestions ---- */

/* Levenshtein's distance of two short words; far for long ones. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j - 1] + 1 < change)
				change = row[j - 1] + 1;
			if (row[j] + 1 < change)
				change = row[j] + 1;
			row[j] = change;
		}
	}
	return row[b_len];
}

const char *
opt_nearest(const char *word, const char *(*candidate)(size_t i))
{
	const char *best = NULL, *name;
	size_t least = NEAR + 1;

	for (size_t i = 0; (name = candidate(i)) != NULL; i++) {
		size_t d = distance(word, name);

		if (d < least) {
			least = d;
			best = name;
		}
	}
	return best;
}

static const char *
nearest_option(const struct opts *opts, const char *word)
{
	const struct opt *tables[2] = {opts->table, opts->common};
	const char *best = NULL;
	size_t least = NEAR + 1;

	for (size_t t = 0; t < 2; t++)
		for (const struct opt *o = tables[t]; o && o->name; o++)
			if (distance(word, o->name) < least) {
				least = distance(word, o->name);
				best = o->name;
			}
	return best;
}

/* ---- parsing ---- */

static const struct opt *
find_in(const struct opt *table, const char *name, size_t len)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strlen(table->name) == len &&
		    memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static const struct opt *
find_option(const struct opts *opts, const char *name, size_t len)
{
	const struct opt *found = find_in(opts->table, name, len);

	return found != NULL ? found : find_in(opts->common, name, len);
}

static bool
was_given(const struct opts *opts, const struct opt *option)
{
	for (size_t i = 0; i < opts->count; i++)
		if (opts->given[i] == option)
			return true;
	return false;
}

static enum ca_status
unknown(
    const struct opts *opts, const char *word, size_t len, struct ca_error *err)
{
	char name[WORD_MAX + 1];
	const char *near;

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, word);
	near = nearest_option(opts, name);
	if (near != NULL)
		return ca_fail(err, CA_USAGE,
		    "--%s: no such option; did you mean --%s?", name, near);
	return ca_fail(err, CA_USAGE, "--%s: no such option", name);
}

static enum ca_status
take_option(
    struct opts *opts, int argc, char **argv, int *at, struct ca_error *err)
{
	const char *word = argv[*at] + 2;
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct opt *option = find_option(opts, word, len);
	const char *value = "";

	if (option == NULL)
		return unknown(opts, word, len, err);
	if (option->kind == OPT_FLAG && equals != NULL)
		return ca_fail(
		    err, CA_USAGE, "--%s takes no value", option->name);
	if (option->kind != OPT_LIST && was_given(opts, option))
		return ca_fail(
		    err, CA_USAGE, "--%s is given twice", option->name);
	if (option->kind != OPT_FLAG) {
		if (equals == NULL && *at + 1 >= argc)
			return ca_fail(err, CA_USAGE, "--%s needs a value: %s",
			    option->name, option->arg);
		value = equals != NULL ? equals + 1 : argv[++*at];
	}
	if (opts->count == OPT_MAX_VALUES)
		return ca_fail(
		    err, CA_USAGE, "more than %d options", OPT_MAX_VALUES);
	opts->given[opts->count] = option;
	opts->value[opts->count++] = value;
	return CA_OK;
}

enum ca_status
opt_parse(const struct opt *table, const struct opt *common, int argc,
    char **argv, struct opts *ret, struct ca_error *err)
{
	size_t room = (size_t)argc + 1;
	enum ca_status st = CA_OK;
	bool operands_only = false;

	*ret = (struct opts){.table = table, .common = common};
	ret->given = calloc(room, sizeof(*ret->given));
	ret->value = calloc(room, sizeof(*ret->value));
	ret->args = calloc(room, sizeof(*ret->args));
	if (ret->given == NULL || ret->value == NULL || ret->args == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	for (int i = 0; i < argc && st == CA_OK; i++) {
		if (operands_only || argv[i][0] != '-' || argv[i][1] == '\0')
			ret->args[ret->arg_count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			operands_only = true;
		else if (argv[i][1] == '-')
			st = take_option(ret, argc, argv, &i, err);
		else
			st = ca_fail(err, CA_USAGE,
			    "%.40s: options begin with two dashes "
			    "here",
			    argv[i]);
	}
	if (st != CA_OK)
		opt_done(ret);
	return st;
}

void
opt_done(struct opts *opts)
{
	free(opts->given);
	free(opts->value);
	free(opts->args);
	*opts = (struct opts){0};
}

/* ---- asking ---- */

const char *
opt_item(const struct opts *opts, const char *name, size_t i)
{
	const struct opt *option = find_option(opts, name, strlen(name));

	if (option == NULL) {
		(void)fprintf(
		    stderr, "signet: no option --%s in the table\n", name);
		abort();
	}
	for (size_t k = 0; k < opts->count; k++)
		if (opts->given[k] == option && i-- == 0)
			return opts->value[k];
	return NULL;
}

size_t
opt_count(const struct opts *opts, const char *name)
{
	size_t count = 0;

	while (opt_item(opts, name, count) != NULL)
		count++;
	return count;
}

const char *
opt_text(const struct opts *opts, const char *name)
{
	return opt_item(opts, name, 0);
}

bool
opt_flag(const struct opts *opts, const char *name)
{
	return opt_item(opts, name, 0) != NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/selection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/print.h"

#define SERIALS_SHOWN 8 /* that an error message can hold */

/* ---- rows ---- */

static void
selected_done(struct selected *item)
{
	ca_buf_free(&item->serial);
	ca_buf_free(&item->subject);
	ca_buf_free(&item->issuer);
}

static enum ca_status
make_room(struct selection *sel)
{
	size_t room = 2 * sel->room + 16;
	struct selected *items;

	if (sel->count < sel->room)
		return CA_OK;
	items = realloc(sel->items, room * sizeof(*items));
	if (items == NULL)
		return CA_MEMORY;
	sel->items = items;
	sel->room = room;
	return CA_OK;
}

enum ca_status
selection_take(void *ctx, const struct ledger_cert *row)
{
	struct selection *sel = ctx;
	struct selected item = {.row = row->id,
	    .lineage = row->lineage,
	    .renews = row->renews,
	    .is_issued = row->state == LEDGER_ISSUED,
	    .not_after = row->not_after};
	enum ca_status st;

	(void)snprintf(
	    item.state, sizeof(item.state), "%s", print_state(row, sel->now));
	if ((st = make_room(sel)) != CA_OK ||
	    (st = ca_hex_append(&item.serial, row->serial)) != CA_OK ||
	    (st = ca_buf_append_text(&item.subject, row->subject)) != CA_OK ||
	    (st = ca_buf_append_text(&item.issuer, row->issuer_name)) !=
		CA_OK) {
		selected_done(&item);
		return st;
	}
	sel->items[sel->count++] = item;
	return CA_OK;
}

static void
drop(struct selection *sel, size_t i)
{
	selected_done(&sel->items[i]);
	sel->count--;
	memmove(&sel->items[i], &sel->items[i + 1],
	    (sel->count - i) * sizeof(*sel->items));
}

void
selection_done(struct selection *sel)
{
	while (sel->count > 0)
		drop(sel, sel->count - 1);
	free(sel->items);
	*sel = (struct selection){.now = sel->now};
}

int64_t *
selection_rows(const struct selection *sel)
{
	int64_t *rows = calloc(sel->count + 1, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < sel->count; i++)
		rows[i] = sel->items[i].row;
	return rows;
}

/* ---- as text ---- */

void
selection_lines(const struct selection *sel, bool numbered, struct text *ret)
{
	char until[CA_TIME_TEXT];

	for (size_t i = 0; i < sel->count && i < SELECTION_SHOWN; i++) {
		const struct selected *item = &sel->items[i];

		ca_time_text(item->not_after, until);
		if (numbered)
			text_add(ret, "%3zu ", i + 1);
		text_add(ret, "%.*s %-8s %.10s ", (int)item->serial.len,
		    (const char *)item->serial.data, item->state, until);
		text_add_safe(ret, ca_view(&item->subject));
		text_add(ret, "\n");
	}
	if (sel->count > SELECTION_SHOWN)
		text_add(
		    ret, "... and %zu more\n", sel->count - SELECTION_SHOWN);
}

void
selection_serials(const struct selection *sel, struct text *ret)
{
	for (size_t i = 0; i < sel->count && i < SERIALS_SHOWN; i++)
		text_add(ret, "%s%.*s", i > 0 ? ", " : "",
		    (int)sel->items[i].serial.len,
		    (const char *)sel->items[i].serial.data);
	if (sel->count > SERIALS_SHOWN)
		text_add(ret, ", ...");
}

/* ---- which of several ---- */

static bool
is_one_line(const struct selection *sel)
{
	for (size_t i = 1; i < sel->count; i++)
		if (sel->items[i].lineage != sel->items[0].lineage)
			return false;
	return true;
}

static bool
is_renewed(const struct selection *sel, const struct selected *item)
{
	for (size_t i = 0; i < sel->count; i++)
		if (sel->items[i].renews == item->row)
			return true;
	return false;
}

/* An orphan is in nobody's hands: the certificate it was to renew still is. */
static void
keep_issued(struct selection *sel)
{
	bool any = false;

	for (size_t i = 0; i < sel->count; i++)
		any |= sel->items[i].is_issued;
	for (size_t i = sel->count; i > 0 && any; i--)
		if (!sel->items[i - 1].is_issued)
			drop(sel, i - 1);
}

/* Marked first: each is renewed by one that is still there. */
static void
keep_newest(struct selection *sel)
{
	for (size_t i = 0; i < sel->count; i++)
		sel->items[i].is_renewed = is_renewed(sel, &sel->items[i]);
	for (size_t i = sel->count; i > 0; i--)
		if (sel->items[i - 1].is_renewed)
			drop(sel, i - 1);
}

/* "1 3", "2,4", "all"; chosen has room for sel->count. */
static bool
parse_answer(const char *text, const struct selection *sel, bool *chosen)
{
	if (strcmp(text, "all") == 0) {
		for (size_t i = 0; i < sel->count; i++)
			chosen[i] = true;
		return true;
	}
	while (*text != '\0') {
		unsigned long number;
		char *end;

		errno = 0;
		number = strtoul(text, &end, 10);
		if (errno != 0 || end == text || number < 1 ||
		    number > sel->count)
			return false;
		chosen[number - 1] = true;
		text = end + strspn(end, ", ");
	}
	return true;
}

static enum ca_status
keep_chosen(struct selection *sel, const char *answer, struct ca_error *err)
{
	bool *chosen = calloc(sel->count, sizeof(*chosen));
	enum ca_status st = CA_OK;

	if (chosen == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (!parse_answer(answer, sel, chosen))
		st = ca_fail(err, CA_USAGE,
		    "\"%.40s\": not an answer: a number, several like 1,3, or "
		    "all; nothing was done",
		    answer);
	for (size_t i = sel->count; i > 0 && st == CA_OK; i--)
		if (!chosen[i - 1])
			drop(sel, i - 1);
	free(chosen);
	if (st == CA_OK && sel->count == 0)
		st = ca_fail(err, CA_IO, "none was chosen; nothing was done");
	return st;
}

static enum ca_status
ask_which(const struct invocation *in, const char *what, const char *verb,
    struct selection *sel, struct ca_error *err)
{
	struct text page = {0}, question = {0};
	struct ca_buf answer = {0};
	enum ca_status st;

	selection_lines(sel, true, &page);
	term_page(text_get(&page));
	text_add(&question,
	    "%.60s: which to %s? (a number, several like 1,3, all, or Enter "
	    "for none)",
	    what, verb);
	st = term_ask_line(&in->term, text_get(&question), &answer, err);
	if (st == CA_OK && ca_buf_text(&answer) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	if (st == CA_OK)
		st = keep_chosen(sel, ca_buf_text(&answer), err);
	text_done(&page);
	text_done(&question);
	ca_buf_free(&answer);
	return st;
}

static enum ca_status
refuse_several(const char *what, const char *verb, const struct selection *sel,
    struct ca_error *err)
{
	struct text serials = {0};
	enum ca_status st;

	selection_serials(sel, &serials);
	st = ca_fail(err, CA_USAGE,
	    "%.60s: %zu certificates bear this name: %s; say which to %s by "
	    "its serial",
	    what, sel->count, text_get(&serials), verb);
	text_done(&serials);
	return st;
}

static enum ca_status
settle(const struct invocation *in, const char *what, enum select_by by,
    const char *verb, struct selection *sel, struct ca_error *err)
{
	if (by == SELECT_NEWEST) {
		keep_issued(sel);
		keep_newest(sel);
	}
	if (by == SELECT_LINE && is_one_line(sel))
		while (sel->count > 1)
			drop(sel, sel->count - 1);
	if (sel->count == 1)
		return CA_OK;
	return in->term.has_tty ? ask_which(in, what, verb, sel, err) :
				  refuse_several(what, verb, sel, err);
}

/* ---- the words of a command line ---- */

static bool
holds(const struct selection *sel, int64_t row)
{
	for (size_t i = 0; i < sel->count; i++)
		if (sel->items[i].row == row)
			return true;
	return false;
}

/* The same certificate by its file and its serial is one. */
static enum ca_status
move_all(struct selection *from, struct selection *to)
{
	for (size_t i = 0; i < from->count; i++) {
		if (holds(to, from->items[i].row))
			continue;
		if (make_room(to) != CA_OK)
			return CA_MEMORY;
		to->items[to->count++] = from->items[i];
		from->items[i] = (struct selected){0};
	}
	return CA_OK;
}

enum ca_status
selection_add(const struct invocation *in, struct authority *a,
    const char *what, enum select_by by, const char *verb,
    struct selection *ret, struct ca_error *err)
{
	struct selection sel = {.now = authority_now(a)};
	size_t count = 0;
	enum ca_status st;

	st = by == SELECT_HELD ?
	    authority_find_held(a, what, selection_take, &sel, &count, err) :
	    authority_find(a, what, selection_take, &sel, &count, err);
	if (st == CA_OK)
		st = settle(in, what, by, verb, &sel, err);
	if (st == CA_OK && move_all(&sel, ret) != CA_OK)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	selection_done(&sel);
	return st;
}

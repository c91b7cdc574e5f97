/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/retired.h"

#include <stdlib.h>

void
retired_add(struct retired *retired, struct body *body)
{
	struct body **list = reallocarray(
	    retired->list, retired->count + 1, sizeof(struct body *));

	if (list == NULL) {
		atomic_store(&body->ended, true);
		return;
	}
	retired->list = list;
	list[retired->count++] = body_hold(body);
}

/* Nobody takes hold of one that is in no list any more. */
static void
let_go(struct retired *retired)
{
	size_t kept = 0;

	for (size_t i = 0; i < retired->count; i++)
		if (atomic_load(&retired->list[i]->held) == 1)
			body_release(retired->list[i]);
		else
			retired->list[kept++] = retired->list[i];
	retired->count = kept;
}

void
retired_sweep(struct retired *retired)
{
	size_t octets = 0;

	let_go(retired);
	for (size_t i = retired->count; i-- > 0;) {
		octets += retired->list[i]->len;
		if (octets > retired->max)
			atomic_store(&retired->list[i]->ended, true);
	}
}

void
retired_done(struct retired *retired)
{
	for (size_t i = 0; i < retired->count; i++)
		body_release(retired->list[i]);
	free(retired->list);
	*retired = (struct retired){0};
}

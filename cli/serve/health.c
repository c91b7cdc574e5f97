/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/health.h"

#include "cli/serve/visit.h"
#include "cli/wire.h"

void
health_init(struct health *health)
{
	(void)pthread_mutex_init(&health->lock, NULL);
	health->faults = (struct ca_buf){0};
	health->heard = visit_clock();
}

bool
health_told(struct health *health, struct ca_bytes lines)
{
	bool news;

	(void)pthread_mutex_lock(&health->lock);
	news = !ca_bytes_equal(ca_view(&health->faults), lines);
	if (news) {
		ca_buf_clear(&health->faults);
		if (ca_buf_append(&health->faults, lines) != CA_OK)
			ca_buf_clear(&health->faults);
	}
	health->heard = visit_clock();
	(void)pthread_mutex_unlock(&health->lock);
	return news;
}

static bool
is_note(struct ca_bytes line)
{
	const struct ca_bytes note = ca_text(RESPONDERS_NOTE);

	return line.len >= note.len &&
	    ca_bytes_equal((struct ca_bytes){line.data, note.len}, note);
}

/* Line by line, so that nothing the page is made of is but a line. */
static enum ca_status
append_lines(struct ca_buf *ret, struct ca_bytes lines, size_t *ret_count)
{
	size_t start = 0;
	enum ca_status st;

	for (size_t i = 0; i <= lines.len; i++) {
		if (i < lines.len && lines.data[i] != '\n')
			continue;
		if (i > start) {
			const struct ca_bytes line = {
			    lines.data + start, i - start};

			if ((st = ca_buf_append_safe(ret, line)) != CA_OK ||
			    (st = ca_buf_append_text(ret, "\n")) != CA_OK)
				return st;
			*ret_count += !is_note(line);
		}
		start = i + 1;
	}
	return CA_OK;
}

enum ca_status
health_faults(struct health *health, struct ca_buf *ret, size_t *ret_count)
{
	size_t count = 0;
	int64_t silent;
	enum ca_status st;

	(void)pthread_mutex_lock(&health->lock);
	silent = visit_clock() - health->heard;
	st = append_lines(ret, ca_view(&health->faults), &count);
	(void)pthread_mutex_unlock(&health->lock);
	if (st == CA_OK && silent >= HEALTH_SILENCE) {
		st = ca_buf_printf(ret,
		    "the signer has said nothing for %lld seconds\n",
		    (long long)silent);
		count++;
	}
	if (st == CA_OK)
		*ret_count = count;
	return st;
}

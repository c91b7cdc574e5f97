/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/http_date.h"

#include <stdio.h>
#include <string.h>

#include "ca/time.h"

static const char *const weekdays[] = {
    "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void
http_date_text(int64_t time, char ret[HTTP_DATE_TEXT])
{
	char iso[CA_TIME_TEXT];
	int64_t day;
	int month;

	if (time < CA_TIME_MIN || time > CA_TIME_MAX)
		time = time < 0 ? CA_TIME_MIN : CA_TIME_MAX;
	ca_time_text(time, iso); /* YYYY-MM-DDTHH:MM:SSZ */
	/* 0001-01-01 was a Monday. */
	day = ((time - CA_TIME_MIN) / CA_DAY + 4) % 7;
	month = (iso[5] - '0') * 10 + iso[6] - '0';
	(void)snprintf(ret, HTTP_DATE_TEXT, "%s, %.2s %s %.4s %.8s GMT",
	    weekdays[day], iso + 8, months[month - 1], iso, iso + 11);
}

static bool
is_one_of(const char *text, const char *const *list, size_t count, size_t *ret)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, list[i], 3) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* The digits are judged by ca_time_parse(). */
bool
http_date_parse(const char *text, int64_t *ret_time)
{
	char iso[CA_TIME_TEXT];
	size_t weekday, month;

	if (strlen(text) != HTTP_DATE_TEXT - 1 ||
	    !is_one_of(text, weekdays, 7, &weekday) ||
	    strncmp(text + 3, ", ", 2) != 0 || text[7] != ' ' ||
	    !is_one_of(text + 8, months, 12, &month) || text[11] != ' ' ||
	    text[16] != ' ' || strcmp(text + 25, " GMT") != 0)
		return false;
	(void)snprintf(iso, sizeof(iso), "%.4s-%02zu-%.2sT%.8sZ", text + 12,
	    month + 1, text + 5, text + 17);
	return ca_time_parse(iso, 0, ret_time) == CA_OK;
}

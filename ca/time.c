/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/time.h"

#include <string.h>

#define SECONDS_A_YEAR (365 * CA_DAY)
#define DURATION_MAX (100 * SECONDS_A_YEAR)
#define DAYS_TO_1970 719162 /* from 0001-01-01 */
#define DAYS_IN_400_YEARS 146097
#define UTC_TIME_LEN 13         /* YYMMDDHHMMSSZ */
#define GENERALIZED_TIME_LEN 15 /* YYYYMMDDHHMMSSZ */

struct civil {
	int year, month, day; /* counted from 1 */
	int hour, minute, second;
};

static bool
is_leap_year(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* From the first day of the year to that of the month; 13: the next year's. */
static int
days_before_month(int year, int month)
{
	static const int days[13] = {
	    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

	return days[month - 1] + (month > 2 && is_leap_year(year));
}

static int
days_in_month(int year, int month)
{
	return days_before_month(year, month + 1) -
	    days_before_month(year, month);
}

/* From 0001-01-01 to the first day of the year. */
static int
days_before_year(int year)
{
	int y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

static bool
civil_is_real(const struct civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	    c->month <= 12 && c->day >= 1 &&
	    c->day <= days_in_month(c->year, c->month) && c->hour >= 0 &&
	    c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	    c->second >= 0 && c->second <= 59;
}

static int64_t
seconds_of_civil(const struct civil *c)
{
	int64_t days = days_before_year(c->year) - DAYS_TO_1970;

	days += days_before_month(c->year, c->month) + c->day - 1;
	return days * CA_DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

static bool
civil_of_seconds(int64_t time, struct civil *ret)
{
	int days, second;

	if (time < CA_TIME_MIN || time > CA_TIME_MAX)
		return false;
	days = (int)((time - CA_TIME_MIN) / CA_DAY);
	second = (int)((time - CA_TIME_MIN) % CA_DAY);
	/* Never too late, and at most a year, or a month, too early. */
	ret->year = (int)((int64_t)days * 400 / DAYS_IN_400_YEARS);
	if (ret->year < 1)
		ret->year = 1;
	while (days_before_year(ret->year + 1) <= days)
		ret->year++;
	days -= days_before_year(ret->year);
	ret->month = days / 31 + 1;
	if (days >= days_before_month(ret->year, ret->month + 1))
		ret->month++;
	ret->day = days - days_before_month(ret->year, ret->month) + 1;
	ret->hour = second / 3600;
	ret->minute = second / 60 % 60;
	ret->second = second % 60;
	return true;
}

static bool
read_digits(const uint8_t *p, size_t count, int *ret_value)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		value = value * 10 + (p[i] - '0');
	}
	*ret_value = value;
	return true;
}

/* MMDDHHMMSSZ, behind a year of two or four digits. */
static bool
read_behind_year(const uint8_t *p, struct civil *c)
{
	return read_digits(p, 2, &c->month) && read_digits(p + 2, 2, &c->day) &&
	    read_digits(p + 4, 2, &c->hour) &&
	    read_digits(p + 6, 2, &c->minute) &&
	    read_digits(p + 8, 2, &c->second) && p[10] == 'Z';
}

static bool
read_utc_time(struct ca_bytes content, int64_t *ret_time)
{
	struct civil c = {0};

	if (content.len != UTC_TIME_LEN ||
	    !read_digits(content.data, 2, &c.year) ||
	    !read_behind_year(content.data + 2, &c))
		return false;
	/* RFC 5280 4.1.2.5.1 */
	c.year += c.year >= 50 ? 1900 : 2000;
	if (!civil_is_real(&c))
		return false;
	*ret_time = seconds_of_civil(&c);
	return true;
}

static bool
read_generalized_time(struct ca_bytes content, struct civil *ret)
{
	return content.len == GENERALIZED_TIME_LEN &&
	    read_digits(content.data, 4, &ret->year) &&
	    read_behind_year(content.data + 4, ret) && civil_is_real(ret);
}

static bool
is_utc_time_year(int year)
{
	return year >= 1950 && year <= 2049;
}

bool
ca_time_get(struct ca_bytes *in, int64_t *ret_time)
{
	struct ca_bytes rest = *in, content;
	struct civil c = {0};

	if (der_get(&rest, DER_UTC_TIME, &content)) {
		if (!read_utc_time(content, ret_time))
			return false;
		*in = rest;
		return true;
	}
	if (!der_get(&rest, DER_GENERALIZED_TIME, &content) ||
	    !read_generalized_time(content, &c) || is_utc_time_year(c.year))
		return false;
	*in = rest;
	*ret_time = seconds_of_civil(&c);
	return true;
}

bool
ca_time_get_generalized(struct ca_bytes *in, int64_t *ret_time)
{
	struct ca_bytes rest = *in, content;
	struct civil c = {0};

	if (!der_get(&rest, DER_GENERALIZED_TIME, &content) ||
	    !read_generalized_time(content, &c))
		return false;
	*in = rest;
	*ret_time = seconds_of_civil(&c);
	return true;
}

static void
write_two_digits(uint8_t *p, int value)
{
	p[0] = (uint8_t)('0' + value / 10);
	p[1] = (uint8_t)('0' + value % 10);
}

/* The element, and how many octets it has. */
static size_t
write_civil(uint8_t *p, uint8_t tag, const struct civil *c)
{
	const uint8_t len = tag == DER_UTC_TIME ? UTC_TIME_LEN :
						  GENERALIZED_TIME_LEN;

	p[0] = tag;
	p[1] = len;
	p += 2 + len - UTC_TIME_LEN;
	if (tag != DER_UTC_TIME)
		write_two_digits(p - 2, c->year / 100);
	write_two_digits(p, c->year % 100);
	write_two_digits(p + 2, c->month);
	write_two_digits(p + 4, c->day);
	write_two_digits(p + 6, c->hour);
	write_two_digits(p + 8, c->minute);
	write_two_digits(p + 10, c->second);
	p[12] = 'Z';
	return (size_t)2 + len;
}

size_t
ca_time_octets(int64_t time, uint8_t ret[CA_TIME_OCTETS])
{
	struct civil c;

	if (!civil_of_seconds(time, &c))
		return 0;
	return write_civil(ret,
	    is_utc_time_year(c.year) ? DER_UTC_TIME : DER_GENERALIZED_TIME, &c);
}

static void
put_octets(struct der_out *out, const uint8_t *octets, size_t len)
{
	if (len == 0)
		der_put_failed(out, CA_INTERNAL);
	der_put_raw(out, (struct ca_bytes){octets, len});
}

void
ca_time_put(struct der_out *out, int64_t time)
{
	uint8_t octets[CA_TIME_OCTETS];

	put_octets(out, octets, ca_time_octets(time, octets));
}

void
ca_time_put_generalized(struct der_out *out, int64_t time)
{
	uint8_t octets[CA_TIME_OCTETS];
	struct civil c;
	size_t len = 0;

	if (civil_of_seconds(time, &c))
		len = write_civil(octets, DER_GENERALIZED_TIME, &c);
	put_octets(out, octets, len);
}

void
ca_time_text(int64_t time, char ret_text[CA_TIME_TEXT])
{
	uint8_t *p = (uint8_t *)ret_text;
	struct civil c;

	if (!civil_of_seconds(time, &c)) {
		memcpy(ret_text, "time out of range", 18);
		return;
	}
	memcpy(ret_text, "0000-00-00T00:00:00Z", CA_TIME_TEXT);
	write_two_digits(p, c.year / 100);
	write_two_digits(p + 2, c.year % 100);
	write_two_digits(p + 5, c.month);
	write_two_digits(p + 8, c.day);
	write_two_digits(p + 11, c.hour);
	write_two_digits(p + 14, c.minute);
	write_two_digits(p + 17, c.second);
}

static bool
read_clock(const uint8_t *p, struct civil *c)
{
	return (p[0] == 'T' || p[0] == ' ') &&
	    read_digits(p + 1, 2, &c->hour) && p[3] == ':' &&
	    read_digits(p + 4, 2, &c->minute) && p[6] == ':' &&
	    read_digits(p + 7, 2, &c->second) && p[9] == 'Z';
}

static bool
read_date_text(struct ca_bytes text, struct civil *c)
{
	const uint8_t *p = text.data;

	if (text.len != 10 && text.len != 20)
		return false;
	if (!read_digits(p, 4, &c->year) || p[4] != '-' ||
	    !read_digits(p + 5, 2, &c->month) || p[7] != '-' ||
	    !read_digits(p + 8, 2, &c->day))
		return false;
	if (text.len == 20 && !read_clock(p + 10, c))
		return false;
	return civil_is_real(c);
}

enum ca_status
ca_time_parse(const char *text, int64_t now, int64_t *ret_time)
{
	struct civil c = {0};
	int64_t seconds;

	if (text[0] == '+') {
		if (ca_duration_parse(text + 1, &seconds) != CA_OK ||
		    now < CA_TIME_MIN || now > CA_TIME_MAX - seconds)
			return CA_MALFORMED;
		*ret_time = now + seconds;
		return CA_OK;
	}
	if (!read_date_text(ca_text(text), &c))
		return CA_MALFORMED;
	*ret_time = seconds_of_civil(&c);
	return CA_OK;
}

/* Zero when the letter is no unit. */
static int64_t
seconds_of_unit(char letter)
{
	switch (letter) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return CA_DAY;
	case 'w':
		return 7 * CA_DAY;
	case 'y':
		return SECONDS_A_YEAR;
	default:
		return 0;
	}
}

enum ca_status
ca_duration_parse(const char *text, int64_t *ret_seconds)
{
	const char *p = text;
	int64_t count = 0, unit;

	if (strcmp(text, "0") == 0 || strcmp(text, "0s") == 0) {
		*ret_seconds = 0;
		return CA_OK;
	}
	/* No leading zero, so zero of another unit is refused here too. */
	if (*p < '1' || *p > '9')
		return CA_MALFORMED;
	for (; *p >= '0' && *p <= '9'; p++) {
		count = count * 10 + (*p - '0');
		if (count > DURATION_MAX)
			return CA_MALFORMED;
	}
	unit = seconds_of_unit(*p);
	if (unit == 0 || p[1] != '\0' || count > DURATION_MAX / unit)
		return CA_MALFORMED;
	*ret_seconds = count * unit;
	return CA_OK;
}

enum ca_status
ca_duration_append(struct ca_buf *buf, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
	    {CA_DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	uint64_t left = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
	enum ca_status st = CA_OK;
	int shown = 0;

	if (seconds == 0)
		return ca_buf_append_text(buf, "0 seconds");
	if (seconds < 0)
		st = ca_buf_append_text(buf, "-");
	for (size_t i = 0; i < 4 && shown < 2 && st == CA_OK; i++) {
		uint64_t count = left / (uint64_t)units[i].seconds;

		left %= (uint64_t)units[i].seconds;
		if (count == 0)
			continue;
		st = ca_buf_printf(buf, "%s%llu %s%s", shown > 0 ? " " : "",
		    (unsigned long long)count, units[i].name,
		    count == 1 ? "" : "s");
		shown++;
	}
	return st;
}

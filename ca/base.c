/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No certificate, list or file handled here comes near it. */
#define CA_BUF_MAX ((size_t)1 << 31)

/* len less the octets of a character that was cut in its middle. */
static size_t
whole_characters(const char *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)text[len - back];
		size_t wants = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if ((c & 0xc0) != 0x80)
			return wants > back ? len - back : len;
	}
	return len;
}

static int
fitting(const char *text, size_t room)
{
	size_t len = strnlen(text, room);

	return (int)(text[len] == '\0' ? len : whole_characters(text, len));
}

/* Octet by octet, so that the length stays. */
static void
make_printable(char *line)
{
	struct ca_bytes rest = ca_text(line);

	while (rest.len > 0) {
		uint32_t point = 0;
		size_t len = ca_utf8_get(rest, &point);
		bool fine = len > 0 && ca_char_is_printable(point);

		len = len > 0 ? len : 1;
		if (!fine)
			memset(line, '?', len);
		line += len;
		rest.data += len;
		rest.len -= len;
	}
}

void
ca_line_vprintf(char *line, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(line, size, format, args);

	if (len >= 0 && (size_t)len >= size)
		line[whole_characters(line, size - 1)] = '\0';
	make_printable(line);
}

enum ca_status
ca_fail(struct ca_error *err, enum ca_status st, const char *format, ...)
{
	va_list args;

	if (err == NULL || err->status != CA_OK)
		return st;
	va_start(args, format);
	ca_line_vprintf(err->msg, sizeof(err->msg), format, args);
	va_end(args);
	err->status = st;
	return st;
}

void
ca_fail_in(struct ca_error *err, const char *who)
{
	char inner[sizeof(err->msg)];

	if (err == NULL || err->status == CA_OK)
		return;
	memcpy(inner, err->msg, sizeof(inner));
	(void)snprintf(err->msg, sizeof(err->msg), "%.*s: %.*s",
	    fitting(who, 200), who, fitting(inner, 309), inner);
	make_printable(err->msg);
}

void
ca_fail_hint(struct ca_error *err, const char *hint)
{
	size_t used, room;

	if (err == NULL || err->status == CA_OK)
		return;
	used = strlen(err->msg);
	room = sizeof(err->msg) - used;
	if (room <= 3)
		return;
	(void)snprintf(
	    err->msg + used, room, "; %.*s", fitting(hint, room - 3), hint);
	make_printable(err->msg);
}

struct ca_bytes
ca_text(const char *text)
{
	struct ca_bytes bytes = {0};

	if (text != NULL) {
		bytes.data = (const uint8_t *)text;
		bytes.len = strlen(text);
	}
	return bytes;
}

struct ca_bytes
ca_view(const struct ca_buf *buf)
{
	struct ca_bytes bytes = {buf->data, buf->len};

	return bytes;
}

bool
ca_bytes_equal(struct ca_bytes a, struct ca_bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int
ca_bytes_compare(struct ca_bytes a, struct ca_bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.data, b.data, len);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

bool
ca_bytes_equal_secret(struct ca_bytes a, struct ca_bytes b)
{
	volatile uint8_t differ = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		differ = (uint8_t)(differ | (a.data[i] ^ b.data[i]));
	return differ == 0;
}

void
ca_wipe(void *data, size_t len)
{
	if (data != NULL && len > 0)
		explicit_bzero(data, len);
}

#define LARGE ((size_t)1024 * 1024)

/* realloc() would leave the old copy of a secret behind. */
static enum ca_status
move_to_larger(struct ca_buf *buf, size_t cap)
{
	uint8_t *larger = malloc(cap);

	if (larger == NULL)
		return CA_MEMORY;
	if (buf->len > 0)
		memcpy(larger, buf->data, buf->len);
	ca_wipe(buf->data, buf->cap);
	free(buf->data);
	buf->data = larger;
	buf->cap = cap;
	return CA_OK;
}

/* 0: it is there already. */
static size_t
wanted_cap(const struct ca_buf *buf, size_t extra)
{
	size_t cap = buf->cap < 64 ? 64 : buf->cap;

	if (buf->data != NULL && buf->cap - buf->len >= extra)
		return 0;
	/* A large list should not hold twice what it needs. */
	while (cap - buf->len < extra && cap < LARGE)
		cap *= 2;
	if (cap - buf->len < extra)
		cap += cap / 4;
	if (cap - buf->len < extra)
		cap = buf->len + extra;
	return cap;
}

enum ca_status
ca_buf_reserve(struct ca_buf *buf, size_t extra)
{
	size_t cap;

	if (extra > CA_BUF_MAX || buf->len > CA_BUF_MAX - extra)
		return CA_MEMORY;
	cap = wanted_cap(buf, extra);
	return cap == 0 ? CA_OK : move_to_larger(buf, cap);
}

enum ca_status
ca_buf_reserve_public(struct ca_buf *buf, size_t extra)
{
	uint8_t *larger;
	size_t cap;

	if (buf->len < LARGE)
		return ca_buf_reserve(buf, extra);
	if (extra > CA_BUF_MAX || buf->len > CA_BUF_MAX - extra)
		return CA_MEMORY;
	if ((cap = wanted_cap(buf, extra)) == 0)
		return CA_OK;
	if ((larger = realloc(buf->data, cap)) == NULL)
		return CA_MEMORY;
	buf->data = larger;
	buf->cap = cap;
	return CA_OK;
}

/* Room that was never written is given back where it is: nothing moves, and
 * no secret was in it. Else wiping the buffer would be what first takes it. */
void
ca_buf_trim(struct ca_buf *buf)
{
	uint8_t *trimmed;

	if (buf->len < LARGE || buf->cap == buf->len)
		return;
	trimmed = realloc(buf->data, buf->len);
	if (trimmed == NULL)
		return;
	buf->data = trimmed;
	buf->cap = buf->len;
}

enum ca_status
ca_buf_append(struct ca_buf *buf, struct ca_bytes more)
{
	enum ca_status st;

	if (more.len == 0)
		return CA_OK;
	if ((st = ca_buf_reserve(buf, more.len)) != CA_OK)
		return st;
	memcpy(buf->data + buf->len, more.data, more.len);
	buf->len += more.len;
	return CA_OK;
}

enum ca_status
ca_buf_append_text(struct ca_buf *buf, const char *text)
{
	return ca_buf_append(buf, ca_text(text));
}

enum ca_status
ca_buf_printf(struct ca_buf *buf, const char *format, ...)
{
	va_list args;
	enum ca_status st;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return CA_INTERNAL;
	if ((st = ca_buf_reserve(buf, (size_t)len + 1)) != CA_OK)
		return st;
	va_start(args, format);
	(void)vsnprintf(
	    (char *)buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return CA_OK;
}

const char *
ca_buf_text(struct ca_buf *buf)
{
	if (ca_buf_reserve(buf, 1) != CA_OK)
		return NULL;
	buf->data[buf->len] = '\0';
	return (const char *)buf->data;
}

void
ca_buf_clear(struct ca_buf *buf)
{
	ca_wipe(buf->data, buf->cap);
	buf->len = 0;
}

void
ca_buf_free(struct ca_buf *buf)
{
	if (buf == NULL)
		return;
	ca_wipe(buf->data, buf->cap);
	free(buf->data);
	*buf = (struct ca_buf){0};
}

enum ca_status
ca_hex_append(struct ca_buf *buf, struct ca_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	enum ca_status st = ca_buf_reserve(buf, bytes.len * 2);

	if (st != CA_OK)
		return st;
	for (size_t i = 0; i < bytes.len; i++) {
		buf->data[buf->len++] = (uint8_t)digits[bytes.data[i] >> 4];
		buf->data[buf->len++] = (uint8_t)digits[bytes.data[i] & 15];
	}
	return CA_OK;
}

int
ca_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static size_t
count_hex_digits(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ca_hex_digit(*text) >= 0;
	return count;
}

enum ca_status
ca_hex_parse(struct ca_buf *buf, const char *text)
{
	struct ca_buf out = {0};
	enum ca_status st = CA_MALFORMED;
	unsigned value = 0;
	size_t digits;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	digits = count_hex_digits(text);
	for (size_t i = digits % 2; *text != '\0'; text++) {
		int digit = ca_hex_digit(*text);
		uint8_t octet;

		if ((*text == ':' || *text == ' ') && i % 2 == 0 && i > 1 &&
		    ca_hex_digit(text[1]) >= 0)
			continue;
		if (digit < 0)
			goto out;
		value = (value << 4 | (unsigned)digit) & 0xff;
		octet = (uint8_t)value;
		if (++i % 2 == 0 &&
		    (st = ca_buf_append(&out, (struct ca_bytes){&octet, 1})) !=
			CA_OK)
			goto out;
		st = CA_MALFORMED;
	}
	if (digits > 0)
		st = ca_buf_append(buf, ca_view(&out));
out:
	ca_buf_free(&out);
	return st;
}

size_t
ca_utf8_get(struct ca_bytes text, uint32_t *ret_point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t lead = text.len > 0 ? text.data[0] : 0xff;
	size_t len = lead < 0x80 ? 1 :
	    lead >> 5 == 0x06    ? 2 :
	    lead >> 4 == 0x0e    ? 3 :
	    lead >> 3 == 0x1e    ? 4 :
				   0;
	uint32_t point = len == 1 ? lead : lead & (0x7fu >> len);

	if (len == 0 || len > text.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text.data[i] & 0x3f);
	}
	if (point < least[len] || !ca_char_is_valid(point))
		return 0;
	*ret_point = point;
	return len;
}

enum ca_status
ca_utf8_append(struct ca_buf *buf, uint32_t point)
{
	uint8_t octets[4];
	size_t len = point < 0x80 ? 1 :
	    point < 0x800         ? 2 :
	    point < 0x10000       ? 3 :
				    4;

	if (!ca_char_is_valid(point))
		return CA_MALFORMED;
	for (size_t i = len - 1; i > 0; i--) {
		octets[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	octets[0] = (uint8_t)(len == 1 ? point : (0xf00u >> len) | point);
	return ca_buf_append(buf, (struct ca_bytes){octets, len});
}

bool
ca_char_is_valid(uint32_t point)
{
	return point < 0xd800 || (point >= 0xe000 && point <= 0x10ffff);
}

bool
ca_char_is_printable(uint32_t point)
{
	/* Controls; what is invisible, or reorders the text around it;
	 * non-characters; private use; what is tagged or unassigned above. */
	static const struct {
		uint32_t first, last;
	} hidden[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x34f, 0x34f},
	    {0x61c, 0x61c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
	    {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
	    {0x2060, 0x206f}, {0x3164, 0x3164}, {0xd800, 0xf8ff},
	    {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0}, {0xfff0, 0xffff}, {0x1bca0, 0x1bca3},
	    {0x1d173, 0x1d17a}, {0x1fffe, 0x1ffff}, {0x2fffe, 0x2ffff},
	    {0x3fffe, UINT32_MAX}};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (point >= hidden[i].first && point <= hidden[i].last)
			return false;
	return true;
}

enum ca_status
ca_buf_append_safe(struct ca_buf *buf, struct ca_bytes text)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < text.len && st == CA_OK;) {
		uint32_t point = 0;
		struct ca_bytes rest = {text.data + i, text.len - i};
		size_t len = ca_utf8_get(rest, &point);

		if (len > 0 && ca_char_is_printable(point)) {
			rest.len = len;
			st = ca_buf_append(buf, rest);
			i += len;
			continue;
		}
		st = ca_buf_printf(buf, "\\x%02X", text.data[i]);
		i++;
	}
	return st;
}

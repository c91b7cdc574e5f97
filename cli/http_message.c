/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/http_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ca/uri.h"

#define PORT_MAX 65535
#define CHUNK_LINE_MAX 256 /* octets of a chunk's size and extensions */

static struct ca_bytes
skip(struct ca_bytes in, size_t count)
{
	return (struct ca_bytes){in.data + count, in.len - count};
}

static bool
is_word(struct ca_bytes text, const char *word)
{
	return text.len == strlen(word) &&
	    strncasecmp((const char *)text.data, word, text.len) == 0;
}

static size_t
span_until(struct ca_bytes text, const char *letters)
{
	size_t len = 0;

	while (len < text.len && strchr(letters, text.data[len]) == NULL)
		len++;
	return len;
}

/* ---- a URL ---- */

static enum ca_status
take_port(struct ca_bytes authority, struct http_place *place, const char *url,
    struct ca_error *err)
{
	const uint8_t *colon = memrchr(authority.data, ':', authority.len);
	const uint8_t *bracket = memrchr(authority.data, ']', authority.len);
	struct ca_bytes port;

	(void)snprintf(place->port, sizeof(place->port), "80");
	if (colon == NULL || (bracket != NULL && colon < bracket))
		return CA_OK;
	port = skip(authority, (size_t)(colon + 1 - authority.data));
	if (port.len >= sizeof(place->port))
		return ca_fail(err, CA_USAGE, "%.100s: no such port", url);
	memcpy(place->port, port.data, port.len);
	place->port[port.len] = '\0';
	if (strtol(place->port, NULL, 10) < 1 ||
	    strtol(place->port, NULL, 10) > PORT_MAX)
		return ca_fail(err, CA_USAGE, "%.100s: no such port", url);
	return CA_OK;
}

enum ca_status
http_place_parse(const char *url, struct http_place *ret, struct ca_error *err)
{
	struct ca_bytes text = ca_text(url), rest;
	struct http_place place = {0};
	struct ca_error inner = {0};
	struct ca_uri uri = {0};
	enum ca_status st;

	if (ca_uri_check(text, &inner) != CA_OK ||
	    ca_uri_parse(text, &uri, &inner) != CA_OK)
		return ca_fail(err, CA_USAGE, "%s", inner.msg);
	if (is_word(uri.scheme, "https"))
		return ca_fail(err, CA_USAGE,
		    "%.100s: asked over plain http alone: what comes is "
		    "signed itself (RFC 5280 8)",
		    url);
	if (!is_word(uri.scheme, "http") || uri.host.len == 0 ||
	    uri.host.len >= sizeof(place.host))
		return ca_fail(
		    err, CA_USAGE, "%.100s: not http://HOST[:PORT]/PATH", url);
	rest = skip(text, sizeof("http://") - 1);
	place.authority = (struct ca_bytes){rest.data, span_until(rest, "/?#")};
	place.target = skip(rest, place.authority.len);
	if (memchr(place.authority.data, '@', place.authority.len) != NULL ||
	    memchr(text.data, '#', text.len) != NULL)
		return ca_fail(err, CA_USAGE,
		    "%.100s: a user name or a fragment has no place here", url);
	memcpy(place.host, uri.host.data, uri.host.len);
	if ((st = take_port(place.authority, &place, url, err)) != CA_OK)
		return st;
	*ret = place;
	return CA_OK;
}

/* The letters of a URL are none that could end a line (ca_uri_check()). */
static enum ca_status
put_first_lines(
    struct ca_buf *buf, const struct http_place *place, const char *method)
{
	const bool rooted = place->target.len > 0 &&
	    place->target.data[0] == '/';

	return ca_buf_printf(buf,
	    "%s %s%.*s HTTP/1.1\r\n"
	    "Host: %.*s\r\n",
	    method, rooted ? "" : "/", (int)place->target.len,
	    place->target.len > 0 ? (const char *)place->target.data : "",
	    (int)place->authority.len, (const char *)place->authority.data);
}

static enum ca_status
put_last_lines(struct ca_buf *buf)
{
	return ca_buf_append_text(buf,
	    "User-Agent: signet\r\n"
	    "Connection: close\r\n"
	    "\r\n");
}

enum ca_status
http_put_get(struct ca_buf *buf, const struct http_place *place)
{
	enum ca_status st = put_first_lines(buf, place, "GET");

	return st != CA_OK ? st : put_last_lines(buf);
}

enum ca_status
http_put_post(struct ca_buf *buf, const struct http_place *place,
    const char *content_type, size_t length)
{
	enum ca_status st = put_first_lines(buf, place, "POST");

	if (st == CA_OK)
		st = ca_buf_printf(buf,
		    "Content-Type: %s\r\n"
		    "Content-Length: %zu\r\n",
		    content_type, length);
	return st != CA_OK ? st : put_last_lines(buf);
}

/* ---- an answer ---- */

void
http_answer_done(struct http_answer *answer)
{
	ca_buf_free(&answer->body);
	*answer = (struct http_answer){0};
}

/* What is read from the front of, and what was found in its head. */
struct reader {
	struct ca_bytes rest;
	bool at_end;
	size_t max;
	struct http_answer answer;
	bool has_length, chunked;
	size_t length;
	bool more; /* the end is not there yet */
	struct ca_error *err;
};

static enum ca_status
malformed(const struct reader *rd, const char *what)
{
	return ca_fail(rd->err, CA_MALFORMED,
	    "the answer is no HTTP/1.1: %s (RFC 9112)", what);
}

static enum ca_status
wait_for_more(struct reader *rd)
{
	if (rd->at_end)
		return malformed(rd, "it ends before its end");
	rd->more = true;
	return CA_OK;
}

static bool
is_printable_line(struct ca_bytes line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.data[i] < ' ' && line.data[i] != '\t') ||
		    line.data[i] == 0x7f)
			return false;
	return true;
}

/* A line without its end; false when its end has not come. */
static bool
take_line(struct ca_bytes *rest, struct ca_bytes *ret)
{
	const uint8_t *end = rest->len == 0 ?
	    NULL :
	    memchr(rest->data, '\n', rest->len);
	size_t len;

	if (end == NULL)
		return false;
	len = (size_t)(end - rest->data);
	*ret = (struct ca_bytes){rest->data, len};
	*rest = skip(*rest, len + 1);
	if (ret->len > 0 && ret->data[ret->len - 1] == '\r')
		ret->len--;
	return true;
}

static struct ca_bytes
trim(struct ca_bytes text)
{
	while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
		text = skip(text, 1);
	while (text.len > 0 &&
	    (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* HTTP/1.x SP 3DIGIT SP [ reason ] */
static enum ca_status
read_status(struct reader *rd, struct ca_bytes line)
{
	static const char form[] = "HTTP/1.0 200";
	const size_t len = sizeof(form) - 1;
	struct ca_bytes reason;

	if (line.len < len || memcmp(line.data, "HTTP/1.", 7) != 0 ||
	    (line.data[7] != '0' && line.data[7] != '1') ||
	    line.data[8] != ' ' || (line.len > len && line.data[len] != ' '))
		return malformed(rd, "its first line");
	rd->answer.status = 0;
	for (size_t i = 9; i < len; i++) {
		if (line.data[i] < '0' || line.data[i] > '9')
			return malformed(rd, "its first line");
		rd->answer.status = rd->answer.status * 10 + line.data[i] - '0';
	}
	reason = trim(skip(line, len));
	(void)snprintf(rd->answer.reason, sizeof(rd->answer.reason), "%.*s",
	    (int)reason.len, reason.len > 0 ? (const char *)reason.data : "");
	return CA_OK;
}

/* Digits of a base, and no more than fits a size_t twice over. */
static bool
read_number(struct ca_bytes text, unsigned base, size_t *ret)
{
	size_t value = 0;

	if (text.len == 0 || text.len > 15)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int digit = ca_hex_digit((char)text.data[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		value = value * base + (size_t)digit;
	}
	*ret = value;
	return true;
}

static enum ca_status
read_length(struct reader *rd, struct ca_bytes value)
{
	if (rd->has_length)
		return malformed(rd, "Content-Length twice");
	if (!read_number(value, 10, &rd->length))
		return malformed(rd, "Content-Length is no number");
	rd->has_length = true;
	return CA_OK;
}

static void
read_type(struct reader *rd, struct ca_bytes value)
{
	char *type = rd->answer.content_type;
	size_t len = span_until(value, "; \t");

	if (len >= sizeof(rd->answer.content_type))
		len = sizeof(rd->answer.content_type) - 1;
	memcpy(type, value.data, len);
	type[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (type[i] >= 'A' && type[i] <= 'Z')
			type[i] = (char)(type[i] + 'a' - 'A');
}

/* What is cut may name another place: rather none. */
static void
read_location(struct reader *rd, struct ca_bytes value)
{
	char *location = rd->answer.location;

	if (value.len >= sizeof(rd->answer.location))
		value.len = 0;
	memcpy(location, value.data, value.len);
	location[value.len] = '\0';
}

static enum ca_status
read_header(struct reader *rd, struct ca_bytes line)
{
	size_t len = span_until(line, ": \t");
	struct ca_bytes name = {line.data, len}, value;

	if (len == 0 || len == line.len || line.data[len] != ':')
		return malformed(rd, "a header line");
	value = trim(skip(line, len + 1));
	if (is_word(name, "content-length"))
		return read_length(rd, value);
	if (is_word(name, "transfer-encoding")) {
		if (rd->chunked || !is_word(value, "chunked"))
			return malformed(
			    rd, "a Transfer-Encoding unknown here");
		rd->chunked = true;
	}
	if (is_word(name, "content-encoding") && value.len > 0 &&
	    !is_word(value, "identity"))
		return ca_fail(rd->err, CA_REFUSED,
		    "the answer is compressed (Content-Encoding %.*s), which "
		    "was not asked for (RFC 9110 12.5.3)",
		    value.len > 40 ? 40 : (int)value.len,
		    (const char *)value.data);
	if (is_word(name, "content-type"))
		read_type(rd, value);
	if (is_word(name, "location"))
		read_location(rd, value);
	return CA_OK;
}

static enum ca_status
check_head(const struct reader *rd, size_t taken)
{
	if (taken <= HTTP_HEAD_MAX)
		return CA_OK;
	return ca_fail(rd->err, CA_REFUSED,
	    "the answer's head is above %zu octets", HTTP_HEAD_MAX);
}

static enum ca_status
read_head(struct reader *rd)
{
	const size_t all = rd->rest.len;
	struct ca_bytes line;
	enum ca_status st = CA_OK;

	for (int i = 0; st == CA_OK && i <= HTTP_LINES_MAX; i++) {
		bool whole = take_line(&rd->rest, &line);

		st = check_head(rd, whole ? all - rd->rest.len : all);
		if (st != CA_OK)
			return st;
		if (!whole)
			return wait_for_more(rd);
		if (!is_printable_line(line))
			return malformed(rd, "a control character in its head");
		if (i == 0)
			st = read_status(rd, line);
		else if (line.len == 0)
			return rd->has_length && rd->chunked ?
			    malformed(rd, "two lengths") :
			    CA_OK;
		else
			st = read_header(rd, line);
	}
	return st != CA_OK ?
	    st :
	    ca_fail(rd->err, CA_REFUSED,
		"the answer's head has more than %d lines", HTTP_LINES_MAX);
}

/* 100 Continue and its like stand in front of the answer. */
static enum ca_status
read_heads(struct reader *rd)
{
	enum ca_status st;

	for (int i = 0; i <= HTTP_INTERIM_MAX; i++) {
		rd->has_length = rd->chunked = false;
		rd->answer.content_type[0] = '\0';
		rd->answer.location[0] = '\0';
		st = read_head(rd);
		if (st != CA_OK || rd->more || rd->answer.status >= 200)
			return st;
		if (rd->answer.status == 101)
			break;
	}
	return malformed(rd, "nothing but interim answers");
}

static enum ca_status
take_body(struct reader *rd, size_t len)
{
	struct ca_buf *body = &rd->answer.body;
	enum ca_status st;

	if (len > rd->max || body->len > rd->max - len)
		return ca_fail(rd->err, CA_REFUSED,
		    "the answer is above %zu octets", rd->max);
	if (len > rd->rest.len)
		return wait_for_more(rd);
	st = ca_buf_append(body, (struct ca_bytes){rd->rest.data, len});
	if (st != CA_OK)
		return ca_fail(rd->err, st, "out of memory");
	rd->rest = skip(rd->rest, len);
	return CA_OK;
}

/* chunk = size [ ";" extensions ] CRLF data CRLF */
static enum ca_status
take_chunk(struct reader *rd, size_t *ret_len)
{
	struct ca_bytes line;
	enum ca_status st;

	if (!take_line(&rd->rest, &line))
		return rd->rest.len > CHUNK_LINE_MAX ?
		    malformed(rd, "a chunk's size") :
		    wait_for_more(rd);
	if (line.len > CHUNK_LINE_MAX || !is_printable_line(line) ||
	    !read_number(
		trim((struct ca_bytes){line.data, span_until(line, ";")}), 16,
		ret_len))
		return malformed(rd, "a chunk's size");
	if (*ret_len == 0)
		return CA_OK;
	st = take_body(rd, *ret_len);
	if (st != CA_OK || rd->more)
		return st;
	if (!take_line(&rd->rest, &line))
		return rd->rest.len > 1 ? malformed(rd, "a chunk's end") :
					  wait_for_more(rd);
	return line.len == 0 ? CA_OK : malformed(rd, "a chunk's end");
}

/* Trailers are passed over, within the bounds of a head. */
static enum ca_status
pass_trailers(struct reader *rd)
{
	const size_t all = rd->rest.len;
	struct ca_bytes line;
	enum ca_status st;

	for (int i = 0; i <= HTTP_LINES_MAX; i++) {
		bool whole = take_line(&rd->rest, &line);

		st = check_head(rd, whole ? all - rd->rest.len : all);
		if (st != CA_OK)
			return st;
		if (!whole)
			return wait_for_more(rd);
		if (line.len == 0)
			return CA_OK;
	}
	return malformed(rd, "its trailers");
}

/* Each chunk has an octet of the body's bound. */
static enum ca_status
read_chunks(struct reader *rd)
{
	enum ca_status st;
	size_t len = 1;

	while (len > 0) {
		st = take_chunk(rd, &len);
		if (st != CA_OK || rd->more)
			return st;
	}
	return pass_trailers(rd);
}

static enum ca_status
read_body(struct reader *rd)
{
	/* RFC 9112 6.3: these have none, whatever they say */
	if (rd->answer.status == 204 || rd->answer.status == 304)
		return CA_OK;
	if (rd->chunked)
		return read_chunks(rd);
	if (rd->has_length)
		return take_body(rd, rd->length);
	if (rd->rest.len > rd->max)
		return take_body(rd, rd->rest.len);
	return rd->at_end ? take_body(rd, rd->rest.len) : wait_for_more(rd);
}

enum ca_status
http_answer_read(struct ca_bytes in, bool at_end, size_t max,
    struct http_answer *ret, bool *ret_whole, struct ca_error *err)
{
	struct reader rd = {
	    .rest = in, .at_end = at_end, .max = max, .err = err};
	enum ca_status st = read_heads(&rd);

	if (st == CA_OK && !rd.more)
		st = read_body(&rd);
	if (st == CA_OK)
		*ret_whole = !rd.more;
	if (st == CA_OK && !rd.more)
		*ret = rd.answer;
	else
		http_answer_done(&rd.answer);
	return st;
}

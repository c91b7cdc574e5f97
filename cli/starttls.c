/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/starttls.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *port;
} protocols[STARTTLS_COUNT] = {
    [STARTTLS_NONE] = {NULL, "443"},
    [STARTTLS_SMTP] = {"smtp", "25"},
    [STARTTLS_IMAP] = {"imap", "143"},
    [STARTTLS_POP3] = {"pop3", "110"},
    [STARTTLS_POSTGRES] = {"postgres", "5432"},
    [STARTTLS_MYSQL] = {"mysql", "3306"},
};

const char *
starttls_name(int protocol)
{
	return protocol > 0 && protocol < STARTTLS_COUNT ?
	    protocols[protocol].name :
	    NULL;
}

bool
starttls_by_name(const char *name, enum starttls *ret)
{
	for (int i = 1; i < STARTTLS_COUNT; i++)
		if (strcasecmp(name, protocols[i].name) == 0) {
			*ret = (enum starttls)i;
			return true;
		}
	return false;
}

const char *
starttls_port(enum starttls protocol)
{
	return protocols[protocol].port;
}

/* ---- what is said ---- */

struct dialogue {
	const struct connection *connection;
	const char *protocol; /* "SMTP" */
	struct ca_error *err;
	uint8_t octets[STARTTLS_LINE_MAX];
	size_t len;  /* that came, and are not read yet */
	size_t line; /* octets of the line in front of them */
	size_t lines;
};

/* The line, or whatever came instead, as somebody may look at it. */
static enum ca_status
answers(struct dialogue *d, enum ca_status status, const char *what)
{
	struct ca_bytes said = {d->octets, d->line > 0 ? d->line : d->len};
	struct ca_buf safe = {0};

	while (said.len > 0 &&
	    (said.data[said.len - 1] == '\n' ||
		said.data[said.len - 1] == '\r'))
		said.len--;
	if (said.len > 200)
		said.len = 200;
	(void)!ca_buf_append_safe(&safe, said);
	(void)ca_fail(d->err, status, "%s: %s: \"%s\"", d->protocol, what,
	    ca_buf_text(&safe) != NULL ? ca_buf_text(&safe) : "?");
	ca_buf_free(&safe);
	return status;
}

/* More octets behind those that are there. */
static enum ca_status
hear(struct dialogue *d)
{
	size_t len = 0;
	enum ca_status st;

	if (d->len == sizeof(d->octets))
		return ca_fail(d->err, CA_MALFORMED,
		    "%s: a line of more than %d octets: not what this protocol "
		    "says",
		    d->protocol, STARTTLS_LINE_MAX);
	st = connection_receive(d->connection, d->octets + d->len,
	    sizeof(d->octets) - d->len, &len, d->err);
	if (st != CA_OK)
		return st;
	if (len == 0)
		return ca_fail(d->err, CA_IO,
		    "%s: the server hung up before TLS began", d->protocol);
	d->len += len;
	return CA_OK;
}

/* The next line is in front, with its end; the one before is gone. */
static enum ca_status
next_line(struct dialogue *d)
{
	const uint8_t *end;
	enum ca_status st;

	memmove(d->octets, d->octets + d->line, d->len - d->line);
	d->len -= d->line;
	d->line = 0;
	if (d->lines++ == STARTTLS_LINES_MAX)
		return ca_fail(d->err, CA_MALFORMED,
		    "%s: more than %d lines, and no go-ahead", d->protocol,
		    STARTTLS_LINES_MAX);
	while ((end = memchr(d->octets, '\n', d->len)) == NULL)
		if ((st = hear(d)) != CA_OK)
			return st;
	d->line = (size_t)(end - d->octets) + 1;
	return CA_OK;
}

static bool
begins(const struct dialogue *d, const char *word)
{
	const size_t len = strlen(word);

	return d->line >= len &&
	    strncasecmp((const char *)d->octets, word, len) == 0;
}

static enum ca_status
say(const struct dialogue *d, const char *line)
{
	return connection_send(d->connection, ca_text(line), d->err);
}

/* TLS begins here: nothing may stand behind the go-ahead. */
static enum ca_status
nothing_behind(struct dialogue *d)
{
	if (d->len == d->line)
		return CA_OK;
	memmove(d->octets, d->octets + d->line, d->len - d->line);
	d->len -= d->line;
	d->line = 0;
	return answers(d, CA_UNTRUSTED,
	    "something in the clear stands behind the go-ahead, put there by "
	    "somebody on the way (CVE-2011-0411)");
}

/* ---- SMTP, RFC 5321 4.2, RFC 3207 ---- */

/* All lines of one reply, "250-..." to "250 ..."; *ret_seen when one of them
 * is that keyword. */
static enum ca_status
smtp_reply(
    struct dialogue *d, const char *code, const char *keyword, bool *ret_seen)
{
	enum ca_status st;

	do {
		if ((st = next_line(d)) != CA_OK)
			return st;
		if (!begins(d, code) || d->line < 5)
			return answers(d, CA_IO,
			    d->octets[0] == '4' || d->octets[0] == '5' ?
				"the server will not" :
				"not what SMTP says here");
		if (keyword != NULL &&
		    strncasecmp((const char *)d->octets + 4, keyword,
			strlen(keyword)) == 0)
			*ret_seen = true;
	} while (d->octets[3] == '-');
	return CA_OK;
}

static enum ca_status
smtp(struct dialogue *d)
{
	bool offered = false;
	enum ca_status st;

	if ((st = smtp_reply(d, "220", NULL, NULL)) != CA_OK ||
	    (st = say(d, "EHLO signet.invalid\r\n")) != CA_OK ||
	    (st = smtp_reply(d, "250", "STARTTLS", &offered)) != CA_OK)
		return st;
	if (!offered)
		return ca_fail(d->err, CA_IO,
		    "SMTP: the server does not offer STARTTLS (RFC 3207 4)");
	if ((st = say(d, "STARTTLS\r\n")) != CA_OK)
		return st;
	return smtp_reply(d, "220", NULL, NULL);
}

/* ---- IMAP and POP3, RFC 2595 ---- */

static enum ca_status
imap(struct dialogue *d)
{
	enum ca_status st;

	if ((st = next_line(d)) != CA_OK)
		return st;
	if (!begins(d, "* OK"))
		return answers(d, CA_IO,
		    begins(d, "* PREAUTH") ?
			"logged in without TLS: STARTTLS is no more possible" :
			"not how an IMAP server greets");
	if ((st = say(d, "s1 STARTTLS\r\n")) != CA_OK)
		return st;
	do {
		if ((st = next_line(d)) != CA_OK)
			return st;
	} while (begins(d, "* ") && !begins(d, "* BYE"));
	return begins(d, "s1 OK") ? CA_OK :
				    answers(d, CA_IO, "the server will not");
}

static enum ca_status
pop3(struct dialogue *d)
{
	enum ca_status st;

	if ((st = next_line(d)) != CA_OK)
		return st;
	if (!begins(d, "+OK"))
		return answers(d, CA_IO, "not how a POP3 server greets");
	if ((st = say(d, "STLS\r\n")) != CA_OK || (st = next_line(d)) != CA_OK)
		return st;
	return begins(d, "+OK") ? CA_OK :
				  answers(d, CA_IO, "the server will not");
}

/* ---- PostgreSQL: SSLRequest, answered by one octet ---- */

static enum ca_status
postgres(struct dialogue *d)
{
	static const uint8_t request[] = {0, 0, 0, 8, 4, 210, 22, 47};
	enum ca_status st;

	if ((st = connection_send(d->connection,
		 (struct ca_bytes){request, sizeof(request)}, d->err)) !=
		CA_OK ||
	    (st = hear(d)) != CA_OK)
		return st;
	d->line = 1;
	if (d->octets[0] == 'S')
		return CA_OK;
	return answers(d, CA_IO,
	    d->octets[0] == 'N' ? "the server has no TLS" :
				  "not what PostgreSQL says here");
}

/* ---- MySQL, MariaDB: the greeting is a packet ---- */

#define PACKET_HEAD 4
#define CLIENT_SSL 0x0800U
#define CLIENT_PROTOCOL_41 0x0200U
#define CLIENT_SECURE_CONNECTION 0x8000U

/*
 * protocol 10, version NUL, thread (4), scramble (8), filler (1), capabilities,
 * the lower half, in little endian.
 */
static bool
offers_tls(const struct dialogue *d)
{
	const uint8_t *end = memchr(
	    d->octets + PACKET_HEAD + 1, '\0', d->line - PACKET_HEAD - 1);
	size_t at;

	if (d->octets[PACKET_HEAD] != 10 || end == NULL)
		return false;
	at = (size_t)(end - d->octets) + 1 + 4 + 8 + 1;
	return at + 2 <= d->line &&
	    ((d->octets[at] | (unsigned)d->octets[at + 1] << 8) & CLIENT_SSL) !=
	    0;
}

static enum ca_status
mysql(struct dialogue *d)
{
	static const unsigned wanted = CLIENT_PROTOCOL_41 | CLIENT_SSL |
	    CLIENT_SECURE_CONNECTION;
	uint8_t request[PACKET_HEAD + 32] = {32, 0, 0, 1};
	enum ca_status st;

	while (d->len < PACKET_HEAD + 2 || d->len < d->line) {
		if ((st = hear(d)) != CA_OK)
			return st;
		if (d->len >= PACKET_HEAD)
			d->line = PACKET_HEAD + d->octets[0] +
			    ((size_t)d->octets[1] << 8) +
			    ((size_t)d->octets[2] << 16);
		if (d->line > sizeof(d->octets) || d->line == PACKET_HEAD) {
			d->line = d->len;
			return answers(d, CA_MALFORMED, "not how MySQL greets");
		}
	}
	if (d->line < PACKET_HEAD + 2 || !offers_tls(d))
		return answers(d, CA_IO, "the server offers no TLS");
	request[PACKET_HEAD] = wanted & 0xff;
	request[PACKET_HEAD + 1] = wanted >> 8;
	request[PACKET_HEAD + 7] = 1;  /* packets of 16 MiB */
	request[PACKET_HEAD + 8] = 33; /* utf8_general_ci */
	return connection_send(
	    d->connection, (struct ca_bytes){request, sizeof(request)}, d->err);
}

enum ca_status
starttls_begin(enum starttls protocol, const struct connection *connection,
    struct ca_error *err)
{
	static const struct {
		const char *name;
		enum ca_status (*speak)(struct dialogue *d);
	} speakers[STARTTLS_COUNT] = {
	    [STARTTLS_SMTP] = {"SMTP", smtp},
	    [STARTTLS_IMAP] = {"IMAP", imap},
	    [STARTTLS_POP3] = {"POP3", pop3},
	    [STARTTLS_POSTGRES] = {"PostgreSQL", postgres},
	    [STARTTLS_MYSQL] = {"MySQL", mysql},
	};
	struct dialogue d = {.connection = connection, .err = err};
	enum ca_status st;

	/* STARTTLS_NONE says nothing. */
	if (speakers[protocol].speak == NULL)
		return CA_OK;
	d.protocol = speakers[protocol].name;
	st = speakers[protocol].speak(&d);
	return st == CA_OK ? nothing_behind(&d) : st;
}

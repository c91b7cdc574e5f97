/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What became of our certificate. A server of TLS 1.3 says so after the
 * handshake; nginx and Postfix only in their own protocol. So it is listened
 * to, then asked something harmless, and at last told goodbye, which every
 * server that has not refused us takes in.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/cmd_check.h"

#define GREETING_MS 500 /* that a server gets to speak first */
#define ANSWER_MS 5000  /* that it gets to answer */
#define GOODBYE_MS 3000 /* that it gets to say goodbye */
#define HEARD_MAX ((size_t)8192)

static bool
begins(struct ca_bytes said, const char *word)
{
	const size_t len = strlen(word);

	return said.len >= len &&
	    strncasecmp((const char *)said.data, word, len) == 0;
}

static bool
mentions(struct ca_bytes said, const char *words)
{
	return memmem(said.data, said.len, words, strlen(words)) != NULL;
}

/* nginx's 400 is about anything; its page says about what. */
static bool
is_refusal(struct ca_bytes said)
{
	static const char *const words[] = {
	    "4", "5", "* NO", "* BYE", "* BAD", "s2 NO", "s2 BAD", "-ERR"};

	if (begins(said, "HTTP/1."))
		return mentions(said, "SSL certificate") ||
		    mentions(said, " 495 ") || mentions(said, " 496 ");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (begins(said, words[i]))
			return true;
	return false;
}

/* The first line, and of nginx' page what it says of the certificate. */
static void
keep_said(struct ca_bytes said, struct check_talk *ret)
{
	const uint8_t *title = memmem(said.data, said.len, "<title>", 7);
	struct ca_buf safe = {0};
	size_t len = 0;

	if (begins(said, "HTTP/1.") && title != NULL && is_refusal(said)) {
		said.len -= (size_t)(title + 7 - said.data);
		said.data = title + 7;
	}
	while (len < said.len && strchr("\r\n<", said.data[len]) == NULL)
		len++;
	if (ca_buf_append_safe(&safe, (struct ca_bytes){said.data, len}) ==
		CA_OK &&
	    ca_buf_text(&safe) != NULL)
		(void)snprintf(
		    ret->said, sizeof(ret->said), "%.120s", ca_buf_text(&safe));
	ca_buf_free(&safe);
}

static enum ca_status
ask_something(struct tls *tls, enum starttls protocol, const char *host,
    struct ca_error *err)
{
	struct ca_buf line = {0};
	enum ca_status st;

	switch (protocol) {
	case STARTTLS_SMTP:
		st = ca_buf_append_text(&line, "EHLO signet.invalid\r\n");
		break;
	case STARTTLS_IMAP:
		st = ca_buf_append_text(&line, "s2 CAPABILITY\r\n");
		break;
	case STARTTLS_POP3:
		st = ca_buf_append_text(&line, "CAPA\r\n");
		break;
	default:
		st = ca_buf_printf(&line,
		    "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: signet\r\n"
		    "Connection: close\r\n\r\n",
		    host);
		break;
	}
	if (st != CA_OK)
		st = ca_fail(err, st, "out of memory");
	else if (tls_send(tls, ca_view(&line), NULL) != CA_OK)
		st = CA_OK; /* what it said is still to be heard */
	ca_buf_free(&line);
	return st;
}

static bool
is_over(const struct tls *tls)
{
	return tls_facts(tls)->hung_up || tls_facts(tls)->alert != TLS_NO_ALERT;
}

/* A head, and of a web server the page, or as much of it as comes. */
static enum ca_status
hear(struct tls *tls, int64_t ms, struct ca_buf *heard, struct ca_error *err)
{
	const int64_t end = connection_now() + ms;
	bool more = true;
	enum ca_status st = CA_OK;

	while (st == CA_OK && more && !is_over(tls) && heard->len < HEARD_MAX) {
		const int64_t left = end - connection_now();

		if (left <= 0)
			break;
		st = tls_receive(
		    tls, left, HEARD_MAX - heard->len, heard, &more, err);
		if (heard->len > 0 && !begins(ca_view(heard), "HTTP/1."))
			break;
	}
	return st;
}

static enum ca_status
converse(struct tls *tls, enum starttls protocol, const char *host,
    struct ca_buf *heard, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	if (protocol == STARTTLS_POSTGRES || protocol == STARTTLS_MYSQL)
		return CA_OK; /* they want to know who logs in */
	if (protocol == STARTTLS_NONE)
		st = hear(tls, GREETING_MS, heard, err);
	if (st != CA_OK || heard->len > 0 || is_over(tls))
		return st;
	if ((st = ask_something(tls, protocol, host, err)) == CA_OK)
		st = hear(tls, ANSWER_MS, heard, err);
	return st;
}

static void
conclude(const struct tls_facts *facts, struct ca_bytes heard, bool early_end,
    struct check_talk *ret)
{
	const char *name = tls_alert_name(facts->alert);

	if (facts->alert != TLS_NO_ALERT) {
		ret->client = CHECK_CLIENT_REFUSED;
		(void)snprintf(ret->said, sizeof(ret->said), "alert %d%s%s",
		    facts->alert, name != NULL ? " " : "",
		    name != NULL ? name : "");
		return;
	}
	if (heard.len > 0) {
		keep_said(heard, ret);
		ret->client = is_refusal(heard) ? CHECK_CLIENT_REFUSED :
						  CHECK_CLIENT_TAKEN;
		return;
	}
	/* In TLS 1.2 the server's last word is behind our certificate. */
	if (facts->complete &&
	    (strcmp(facts->version, "TLSv1.3") != 0 ||
		(facts->hung_up && !early_end))) {
		ret->client = CHECK_CLIENT_TAKEN;
		return;
	}
	ret->client = facts->refused ? CHECK_CLIENT_REFUSED :
				       CHECK_CLIENT_UNKNOWN;
	if (early_end || facts->hung_up)
		(void)snprintf(
		    ret->said, sizeof(ret->said), "it hung up without a word");
}

enum ca_status
cmd_check_talk(struct tls *tls, enum starttls protocol, const char *host,
    struct check_talk *ret, struct ca_error *err)
{
	const struct tls_facts *facts = tls_facts(tls);
	struct ca_buf heard = {0};
	bool early_end = false;
	enum ca_status st = CA_OK;

	if (!facts->asked) {
		if (facts->complete)
			tls_finish(tls, 0);
		return CA_OK;
	}
	if (facts->complete) {
		st = converse(tls, protocol, host, &heard, err);
		early_end = facts->hung_up && !facts->goodbye;
		if (st == CA_OK && !facts->hung_up)
			tls_finish(tls, GOODBYE_MS);
	}
	if (st == CA_OK)
		conclude(facts, ca_view(&heard), early_end, ret);
	ca_buf_free(&heard);
	return st;
}

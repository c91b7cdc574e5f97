/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * starttls: the few words in the clear that a server wants to hear before TLS
 * begins: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), PostgreSQL (SSLRequest)
 * and MySQL or MariaDB (SSLRequest in the connection phase).
 *
 * What comes in the clear behind the go-ahead is refused: somebody on the way
 * has put it there, to be taken for what was said within TLS
 * (CVE-2011-0411, CVE-2021-23222).
 *
 * What this does not do: TLS; log in; believe anything of what is said in the
 * clear, such as that there is no TLS.
 */
#ifndef CLI_STARTTLS_H
#define CLI_STARTTLS_H

#include "cli/connection.h"

#define STARTTLS_LINE_MAX 4096 /* octets of one line, CRLF among them */
#define STARTTLS_LINES_MAX 128 /* lines of one dialogue */

enum starttls {
	STARTTLS_NONE = 0,
	STARTTLS_SMTP,
	STARTTLS_IMAP,
	STARTTLS_POP3,
	STARTTLS_POSTGRES,
	STARTTLS_MYSQL,
	STARTTLS_COUNT
};
/* "smtp"; NULL for STARTTLS_NONE and what is none. */
const char *starttls_name(int protocol);
bool starttls_by_name(const char *name, enum starttls *ret);
/* Where the protocol is spoken: "25"; "443" for none. */
const char *starttls_port(enum starttls protocol);

/*
 * The dialogue, up to where TLS begins. CA_IO: the server will not, speaks
 * another protocol, hangs up or is silent. CA_MALFORMED: it is beyond the
 * bounds. CA_UNTRUSTED: somebody has put words behind its go-ahead.
 */
CA_MUST_USE enum ca_status starttls_begin(enum starttls protocol,
    const struct connection *connection, struct ca_error *err);

#endif

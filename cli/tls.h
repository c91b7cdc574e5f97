/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls: the client's side of TLS 1.3 and 1.2 (RFC 8446, 5246) on a connection
 * that is open, and what the server showed: what was agreed on, its chain as
 * sent, whether it asked for our certificate, and its alerts. The one file
 * that speaks TLS, by wolfSSL.
 *
 * wolfSSL's own judgement of the chain is not asked for: ca/verify judges.
 * What wolfSSL proves is that the server holds the key of the first
 * certificate, and that is so once complete, or refused, is set.
 *
 * Weak ciphers (3DES, RC4) and short keys are offered too, so that a server
 * that has nothing better is found out; nothing of worth is ever sent.
 *
 * What this does not do: judge; TLS 1.1 and older; resumption, renegotiation,
 * certificates asked for after the handshake; keep a second connection.
 */
#ifndef CLI_TLS_H
#define CLI_TLS_H

#include "ca/base.h"
#include "cli/connection.h"

#define TLS_CHAIN_MAX 9 /* certificates: wolfSSL takes no more */
#define TLS_NO_ALERT (-1)

struct tls_ask {
	struct connection *connection; /* its time is that of the handshake */
	const char *server_name;       /* RFC 6066 3; NULL: none is sent */
	/* What is shown when the server asks: certificates as PEM, ours first,
	 * and its key as PKCS #8. {0}: none. Borrowed until tls_open() ends. */
	struct ca_bytes chain, key;
	/* Only to see whether an OCSP answer is stapled (RFC 6066 8): TLS 1.2
	 * alone, where wolfSSL lets it be seen; what it makes of it, and with
	 * it the handshake, is no matter then. */
	bool staple;
};

struct tls_facts {
	bool complete;    /* the handshake is */
	char version[16]; /* "TLSv1.3"; "" as long as it is not known */
	char cipher[64];  /* "TLS13-AES128-GCM-SHA256" */
	char group[32];   /* "SECP256R1", "X25519"; "" when it is not told */
	unsigned dh_bits; /* of the prime, when it is Diffie-Hellman's; 0 */
	bool asked;       /* the server wants a certificate of ours */
	bool shown;       /* and was given one */
	/* TLS 1.2: it ended the handshake where it had ours, or none. Then it
	 * has proven to have its certificate's key, though complete is not
	 * set. */
	bool refused;
	int alert;            /* the fatal one that it sent; TLS_NO_ALERT */
	bool hung_up;         /* it has ended the connection, */
	bool goodbye;         /* and said so (close_notify) */
	struct ca_buf staple; /* the OCSP answer as it came; or empty */
	size_t cert_count;    /* as sent, its own first */
	struct ca_buf certs[TLS_CHAIN_MAX];
};

struct tls;

/*
 * The handshake. *ret is set, for tls_facts(), also when it fails after
 * something was heard. CA_IO: it ended, with the reason (an alert, silence, no
 * TLS) or more than wolfSSL takes; CA_REFUSED: the client's certificate and key
 * are not taken by wolfSSL; CA_UNTRUSTED: what the server said in it proves
 * false.
 */
CA_MUST_USE enum ca_status tls_open(
    const struct tls_ask *ask, struct tls **ret, struct ca_error *err);
/* As long as the tls; updated by what follows. */
const struct tls_facts *tls_facts(const struct tls *tls);

CA_MUST_USE enum ca_status tls_send(
    struct tls *tls, struct ca_bytes bytes, struct ca_error *err);
/*
 * What the server says within that time, appended: at most room octets. *ret
 * false: nothing came in time, or will any more (see the facts).
 */
CA_MUST_USE enum ca_status tls_receive(struct tls *tls, int64_t ms, size_t room,
    struct ca_buf *buf, bool *ret, struct ca_error *err);
/*
 * Says goodbye and waits so long for the server to do so, whatever was left of
 * the connection's time: a server of TLS 1.3 that refuses our certificate does
 * so after the handshake, and has said it by then.
 */
void tls_finish(struct tls *tls, int64_t ms);
/* NULL is fine. Closes nothing of the connection. */
void tls_close(struct tls *tls);

/* "unknown_ca" (RFC 8446 6); NULL for a number that is none. */
const char *tls_alert_name(int alert);
/* That the server ended the handshake by facts->alert: CA_IO. */
enum ca_status tls_alert_fail(
    const struct tls_facts *facts, struct ca_error *err);

#endif

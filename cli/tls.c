/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/cert.h"
#include "cli/tls.h"

#define FIRST_MAX 40        /* octets kept of what the server said first */
#define MIN_KEY_BITS 512    /* that are offered; what is weak is told */
#define MIN_EC_BITS 160     /* likewise */
#define RECORD_HANDSHAKE 22 /* RFC 8446 5.1 */
#define RECORD_ALERT 21
#define CERTIFICATE_STATUS 22 /* RFC 6066 8 */
#define STATUS_HEAD ((size_t)8)
#define MORE_MS 200    /* for the rest of a line that is no TLS */
#define LOOKS_MAX 4096 /* reads of one wait */

/* The best first; those at the end are there to be found out. Names that a
 * release of wolfSSL does not know are passed over. */
static const char ciphers[] =
    "TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
    "TLS13-AES128-GCM-SHA256:TLS13-AES128-CCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-CCM:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256:"
    "DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:"
    "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:"
    "AES256-SHA:AES128-SHA:"
    "ECDHE-ECDSA-DES-CBC3-SHA:ECDHE-RSA-DES-CBC3-SHA:EDH-RSA-DES-CBC3-SHA:"
    "ECDHE-ECDSA-RC4-SHA:ECDHE-RSA-RC4-SHA";

struct tls {
	struct connection *connection;
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	struct tls_facts facts;
	uint8_t first[FIRST_MAX]; /* what the server said first */
	size_t first_len;
	struct ca_error io; /* why nothing comes or goes any more */
	bool no_memory;
	bool has_answered; /* the server's hello */
	bool started;      /* wolfSSL_Init() */
};

/* ---- alerts ---- */

/* close_notify and user_canceled say that all is well. */
static void
note_alert(struct tls *tls)
{
	WOLFSSL_ALERT_HISTORY history;

	memset(&history, 0, sizeof(history));
	history.last_rx.code = TLS_NO_ALERT;
	if (wolfSSL_get_alert_history(tls->ssl, &history) != WOLFSSL_SUCCESS)
		return;
	if (history.last_rx.code > 0 && history.last_rx.code != user_canceled &&
	    history.last_rx.level == alert_fatal)
		tls->facts.alert = history.last_rx.code;
}

/* ---- what wolfSSL calls ---- */

/* That the time is over is no end: it may be asked again with more. */
static int
receive(WOLFSSL *ssl, char *buf, int size, void *ctx)
{
	struct tls *tls = ctx;
	struct ca_error why = {0};
	size_t len = 0;
	(void)ssl;

	if (connection_wait(tls->connection, POLLIN, &why) != CA_OK) {
		tls->io = why;
		return WOLFSSL_CBIO_ERR_WANT_READ;
	}
	if (connection_receive(tls->connection, (uint8_t *)buf, (size_t)size,
		&len, &why) != CA_OK) {
		tls->io = why;
		tls->facts.hung_up = true;
		return WOLFSSL_CBIO_ERR_CONN_RST;
	}
	if (len == 0) {
		tls->facts.hung_up = true;
		return WOLFSSL_CBIO_ERR_CONN_CLOSE;
	}
	for (size_t i = 0; i < len && tls->first_len < FIRST_MAX; i++)
		tls->first[tls->first_len++] = (uint8_t)buf[i];
	return (int)len;
}

static int
transmit(WOLFSSL *ssl, char *buf, int size, void *ctx)
{
	struct tls *tls = ctx;
	const struct ca_bytes bytes = {(const uint8_t *)buf, (size_t)size};
	(void)ssl;

	/* In TLS 1.2, behind the server's whole first flight. */
	if (size > 0 && buf[0] == RECORD_HANDSHAKE && tls->first_len > 0)
		tls->has_answered = true;
	return connection_send(tls->connection, bytes, &tls->io) == CA_OK ?
	    size :
	    WOLFSSL_CBIO_ERR_GENERAL;
}

/*
 * Called for each certificate, with all of them. wolfSSL's own list of the
 * chain (wolfSSL_get_peer_chain()) leaves out what is longer than 2048 octets,
 * be it the server's own. Whatever wolfSSL finds, ca/verify judges.
 */
static int
take_chain(int holds, WOLFSSL_X509_STORE_CTX *store)
{
	struct tls *tls = store->userCtx;
	struct tls_facts *facts = &tls->facts;
	(void)holds;

	if (facts->cert_count > 0)
		return 1;
	for (int i = 0; i < store->totalCerts && i < TLS_CHAIN_MAX; i++) {
		const WOLFSSL_BUFFER_INFO *one = &store->certs[i];
		const struct ca_bytes der = {one->buffer, one->length};

		if (ca_buf_append(&facts->certs[i], der) != CA_OK) {
			tls->no_memory = true;
			return 0;
		}
		facts->cert_count++;
	}
	return 1;
}

/* With a certificate of ours. */
static int
note_asked_and_shown(WOLFSSL *ssl, void *ctx)
{
	struct tls *tls = ctx;
	(void)ssl;

	tls->facts.asked = true;
	tls->facts.shown = true;
	return 1;
}

/* With none: 0, there is none now either. */
static int
note_asked(WOLFSSL *ssl, WOLFSSL_X509 **cert, WOLFSSL_EVP_PKEY **key)
{
	struct tls *tls = wolfSSL_get_ex_data(ssl, 0);
	(void)cert;
	(void)key;

	if (tls != NULL)
		tls->facts.asked = true;
	return 0;
}

/*
 * CertificateStatus ::= type (22), length (3), status_type ocsp (1), length of
 * the answer (3), the answer
 */
static void
take_staple(int sent, int version, int type, const void *octets, size_t len,
    WOLFSSL *ssl, void *ctx)
{
	struct tls *tls = ctx;
	const struct ca_bytes message = {octets, len};
	size_t said;
	(void)version;
	(void)ssl;

	if (sent || type != RECORD_HANDSHAKE || len <= STATUS_HEAD ||
	    message.data[0] != CERTIFICATE_STATUS || message.data[4] != 1 ||
	    tls->facts.staple.len > 0)
		return;
	said = ((size_t)message.data[5] << 16) |
	    ((size_t)message.data[6] << 8) | message.data[7];
	if (said == len - STATUS_HEAD &&
	    ca_buf_append(&tls->facts.staple,
		(struct ca_bytes){message.data + STATUS_HEAD, said}) != CA_OK)
		tls->no_memory = true;
}

/* ---- making it ---- */

static enum ca_status
library(int code, const char *what, struct ca_error *err)
{
	char text[WOLFSSL_MAX_ERROR_SZ] = "";

	wolfSSL_ERR_error_string_n((unsigned long)code, text, sizeof(text));
	return ca_fail(err, code == MEMORY_E ? CA_MEMORY : CA_INTERNAL,
	    "%s: wolfSSL %d, %s", what, code, text);
}

static enum ca_status
set_up_context(struct tls *tls, bool staple, struct ca_error *err)
{
	WOLFSSL_CTX *ctx;

	if (wolfSSL_Init() != WOLFSSL_SUCCESS)
		return ca_fail(err, CA_INTERNAL, "wolfSSL does not start");
	tls->started = true;
	tls->ctx = ctx = wolfSSL_CTX_new(
	    staple ? wolfTLSv1_2_client_method() : wolfTLS_client_method());
	if (ctx == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((!staple &&
		wolfSSL_CTX_SetMinVersion(ctx, WOLFSSL_TLSV1_2) !=
		    WOLFSSL_SUCCESS) ||
	    wolfSSL_CTX_set_cipher_list(ctx, ciphers) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_SetMinRsaKey_Sz(ctx, MIN_KEY_BITS) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_SetMinEccKey_Sz(ctx, MIN_EC_BITS) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_SetMinDhKey_Sz(ctx, MIN_KEY_BITS) != WOLFSSL_SUCCESS)
		return ca_fail(
		    err, CA_INTERNAL, "wolfSSL refuses what TLS is asked for");
	wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, take_chain);
	wolfSSL_CTX_SetIORecv(ctx, receive);
	wolfSSL_CTX_SetIOSend(ctx, transmit);
	wolfSSL_CTX_set_client_cert_cb(ctx, note_asked);
	return CA_OK;
}

/* The certificate callback is for those who have one: with it set and none,
 * wolfSSL breaks off. */
static enum ca_status
set_certificate(
    struct tls *tls, const struct tls_ask *ask, struct ca_error *err)
{
	int rc;

	if (ask->chain.len == 0)
		return CA_OK;
	rc = wolfSSL_CTX_use_certificate_chain_buffer(
	    tls->ctx, ask->chain.data, (long)ask->chain.len);
	if (rc == WOLFSSL_SUCCESS)
		rc = wolfSSL_CTX_use_PrivateKey_buffer(tls->ctx, ask->key.data,
		    (long)ask->key.len, WOLFSSL_FILETYPE_ASN1);
	if (rc != WOLFSSL_SUCCESS) {
		(void)library(rc, "this certificate and key", err);
		if (err != NULL)
			err->status = CA_REFUSED;
		return CA_REFUSED;
	}
	wolfSSL_CTX_set_cert_cb(tls->ctx, note_asked_and_shown, tls);
	return CA_OK;
}

static enum ca_status
set_up_session(struct tls *tls, const struct tls_ask *ask, struct ca_error *err)
{
	const char *name = ask->server_name;

	if ((tls->ssl = wolfSSL_new(tls->ctx)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	wolfSSL_SetCertCbCtx(tls->ssl, tls);
	wolfSSL_SetIOReadCtx(tls->ssl, tls);
	wolfSSL_SetIOWriteCtx(tls->ssl, tls);
	if (ask->staple &&
	    (wolfSSL_CTX_EnableOCSPStapling(tls->ctx) != WOLFSSL_SUCCESS ||
		wolfSSL_UseOCSPStapling(tls->ssl, WOLFSSL_CSR_OCSP, 0) !=
		    WOLFSSL_SUCCESS ||
		wolfSSL_set_msg_callback(tls->ssl, take_staple) !=
		    WOLFSSL_SUCCESS ||
		wolfSSL_set_msg_callback_arg(tls->ssl, tls) != WOLFSSL_SUCCESS))
		return ca_fail(err, CA_INTERNAL, "wolfSSL asks for no staple");
	if (wolfSSL_set_ex_data(tls->ssl, 0, tls) != WOLFSSL_SUCCESS)
		return ca_fail(err, CA_INTERNAL, "wolfSSL keeps no data");
	if (name != NULL &&
	    wolfSSL_UseSNI(tls->ssl, WOLFSSL_SNI_HOST_NAME, name,
		(unsigned short)strlen(name)) != WOLFSSL_SUCCESS)
		return ca_fail(err, CA_USAGE,
		    "%.100s: cannot be a server's name (RFC 6066 3)", name);
	return CA_OK;
}

/* ---- how the handshake went ---- */

static void
note_agreed(struct tls *tls)
{
	struct tls_facts *facts = &tls->facts;
	const char *group = wolfSSL_get_curve_name(tls->ssl);
	const char *cipher = wolfSSL_get_cipher_name(tls->ssl);
	int bits = wolfSSL_GetDhKey_Sz(tls->ssl);

	if (cipher == NULL || strcmp(cipher, "None") == 0)
		return;
	(void)snprintf(facts->version, sizeof(facts->version), "%s",
	    wolfSSL_get_version(tls->ssl));
	(void)snprintf(facts->cipher, sizeof(facts->cipher), "%s", cipher);
	facts->dh_bits = bits > 0 ? (unsigned)bits : 0;
	if (group != NULL && facts->dh_bits == 0)
		(void)snprintf(facts->group, sizeof(facts->group), "%s", group);
}

/* What wolfSSL has checked the server's key against is what is shown; of an
 * EdDSA certificate it keeps no copy to compare. */
static enum ca_status
check_first(const struct tls *tls, struct ca_error *err)
{
	WOLFSSL_X509 *cert = wolfSSL_get_peer_certificate(tls->ssl);
	struct ca_bytes der = {0};
	int len = 0;
	enum ca_status st = CA_OK;

	if (cert != NULL) {
		der.data = wolfSSL_X509_get_der(cert, &len);
		der.len = der.data != NULL && len > 0 ? (size_t)len : 0;
	}
	if (tls->facts.cert_count == 0)
		st = ca_fail(err, CA_UNTRUSTED,
		    "it shows no certificate: nobody knows who it is");
	else if (der.len > 0 &&
	    !ca_bytes_equal(der, ca_view(&tls->facts.certs[0])))
		st = ca_fail(err, CA_INTERNAL,
		    "wolfSSL has checked another certificate than it gave");
	wolfSSL_X509_free(cert);
	return st;
}

/* wolfSSL has taken as much as the head of a record. */
static void
hear_more(struct tls *tls)
{
	size_t len = 0;

	tls->connection->end = connection_now() + MORE_MS;
	if (connection_receive(tls->connection, tls->first + tls->first_len,
		FIRST_MAX - tls->first_len, &len, NULL) == CA_OK)
		tls->first_len += len;
}

static enum ca_status
not_tls(struct tls *tls, struct ca_error *err)
{
	struct ca_bytes said;
	struct ca_buf safe = {0};
	size_t len = 0;

	hear_more(tls);
	said = (struct ca_bytes){tls->first, tls->first_len};
	while (
	    len < said.len && said.data[len] != '\r' && said.data[len] != '\n')
		len++;
	(void)!ca_buf_append_safe(&safe, (struct ca_bytes){said.data, len});
	(void)ca_fail(err, CA_IO,
	    "it speaks no TLS there (RFC 8446 5.1): it begins with \"%.40s\"",
	    ca_buf_text(&safe) != NULL ? ca_buf_text(&safe) : "?");
	ca_buf_free(&safe);
	return CA_IO;
}

/* Whoever has a certificate and not its key. */
static bool
is_wrong_signature(const struct tls *tls, int code)
{
	return tls->facts.cert_count > 0 &&
	    (code == VERIFY_SIGN_ERROR || code == SIG_VERIFY_E ||
		code == BAD_PADDING_E || code == RSA_PAD_E ||
		code == PSS_SALTLEN_E);
}

/* It takes no id-RSASSA-PSS for a key that signs a handshake. */
static bool
is_pss_alone(const struct tls *tls)
{
	struct ca_cert cert;

	return tls->facts.cert_count > 0 &&
	    ca_cert_parse_any(ca_view(&tls->facts.certs[0]), &cert, NULL) ==
	    CA_OK &&
	    cert.spki.pss_only;
}

/* wolfSSL stumbles over whatever stands behind the last that it takes. */
static bool
is_long_chain(const struct tls *tls, int code)
{
	return tls->facts.cert_count == TLS_CHAIN_MAX &&
	    (code == MAX_CHAIN_ERROR || code == HANDSHAKE_SIZE_ERROR ||
		code == DECODE_E);
}

/* A rule of TLS is broken, or a bound of wolfSSL. */
static enum ca_status
explain_code(const struct tls *tls, int code, struct ca_error *err)
{
	if (is_wrong_signature(tls, code))
		return ca_fail(err, CA_UNTRUSTED,
		    "it has not the key of the certificate that it shows: the "
		    "handshake is signed by another key (RFC 8446 4.4.3, RFC "
		    "5246 7.4.3)");
	if (is_long_chain(tls, code))
		return ca_fail(err, CA_IO,
		    "it sends more than %d certificates: no more can be taken "
		    "here (wolfSSL's limit), and the handshake ends there",
		    TLS_CHAIN_MAX);
	if (code == HANDSHAKE_SIZE_ERROR && tls->facts.cipher[0] != '\0')
		return ca_fail(err, CA_IO,
		    "what it sends in one message, most likely its "
		    "certificates, is longer than can be taken here (wolfSSL's "
		    "limit)");
	if (code == VERSION_ERROR)
		return ca_fail(
		    err, CA_IO, "it speaks neither TLS 1.3 nor 1.2 (RFC 8996)");
	if (code != MEMORY_E && is_pss_alone(tls))
		return ca_fail(err, CA_IO,
		    "whether it has the key of the certificate that it shows "
		    "cannot be judged: it is for RSASSA-PSS alone "
		    "(wolfSSL's limit)");
	(void)library(code, "the handshake does not hold", err);
	if (err != NULL && err->status != CA_MEMORY)
		err->status = CA_UNTRUSTED;
	return code == MEMORY_E ? CA_MEMORY : CA_UNTRUSTED;
}

static enum ca_status
explain(struct tls *tls, int code, struct ca_error *err)
{
	const bool heard = tls->first_len > 0;

	if (tls->no_memory)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (tls->facts.alert != TLS_NO_ALERT)
		return tls_alert_fail(&tls->facts, err);
	if (heard && tls->first[0] != RECORD_HANDSHAKE &&
	    tls->first[0] != RECORD_ALERT)
		return not_tls(tls, err);
	if (tls->io.status != CA_OK && !tls->facts.hung_up)
		return ca_fail(err, tls->io.status, "%s (TLS %s)", tls->io.msg,
		    heard ? "had begun" : "was not answered");
	if (tls->facts.hung_up)
		return ca_fail(err, CA_IO, "the server hung up %s",
		    heard ? "within the handshake, and did not say why" :
			    "and said nothing: does it speak TLS there?");
	return explain_code(tls, code, err);
}

/*
 * Of TLS 1.2: it has asked for our certificate, and we have gone on. So what it
 * said up to then holds, its signature over the ephemeral key among it; with
 * RSA's key exchange nothing is signed.
 */
static bool
has_signed(const struct tls *tls)
{
	const struct tls_facts *facts = &tls->facts;

	return facts->asked && tls->has_answered &&
	    strcmp(facts->version, "TLSv1.2") == 0 &&
	    (strncmp(facts->cipher, "ECDHE-", 6) == 0 ||
		strncmp(facts->cipher, "DHE-", 4) == 0) &&
	    check_first(tls, NULL) == CA_OK;
}

static enum ca_status
shake_hands(struct tls *tls, struct ca_error *err)
{
	int rc = wolfSSL_connect(tls->ssl), code;
	enum ca_status st;

	note_agreed(tls);
	if (rc != WOLFSSL_SUCCESS) {
		code = wolfSSL_get_error(tls->ssl, rc);
		note_alert(tls);
		tls->facts.refused = has_signed(tls) &&
		    (tls->facts.alert != TLS_NO_ALERT || tls->facts.hung_up);
		return explain(tls, code, err);
	}
	if ((st = check_first(tls, err)) == CA_OK)
		tls->facts.complete = true;
	return st;
}

enum ca_status
tls_open(const struct tls_ask *ask, struct tls **ret, struct ca_error *err)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	enum ca_status st;

	if (tls == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	tls->connection = ask->connection;
	tls->facts.alert = TLS_NO_ALERT;
	if ((st = set_up_context(tls, ask->staple, err)) != CA_OK ||
	    (st = set_certificate(tls, ask, err)) != CA_OK ||
	    (st = set_up_session(tls, ask, err)) != CA_OK) {
		tls_close(tls);
		return st;
	}
	*ret = tls;
	return shake_hands(tls, err);
}

const struct tls_facts *
tls_facts(const struct tls *tls)
{
	return &tls->facts;
}

/* ---- afterwards ---- */

enum ca_status
tls_send(struct tls *tls, struct ca_bytes bytes, struct ca_error *err)
{
	int rc = wolfSSL_write(tls->ssl, bytes.data, (int)bytes.len);

	if (rc == (int)bytes.len)
		return CA_OK;
	note_alert(tls);
	return ca_fail(err, CA_IO, "what is sent does not reach the server");
}

/* Until that time, the connection's own end aside. */
static int
read_within(struct tls *tls, int64_t ms, uint8_t *ret, int room)
{
	const int64_t end = tls->connection->end;
	const int64_t wanted = connection_now() + ms;
	int rc;

	if (wanted < end)
		tls->connection->end = wanted;
	rc = wolfSSL_read(tls->ssl, ret, room);
	tls->connection->end = end;
	note_alert(tls);
	if (rc <= 0) {
		const int code = wolfSSL_get_error(tls->ssl, rc);

		tls->facts.goodbye |= code == WOLFSSL_ERROR_ZERO_RETURN;
		tls->facts.hung_up |= code != WOLFSSL_ERROR_WANT_READ;
	}
	return rc;
}

enum ca_status
tls_receive(struct tls *tls, int64_t ms, size_t room, struct ca_buf *buf,
    bool *ret, struct ca_error *err)
{
	uint8_t octets[4096];
	int rc = read_within(tls, ms, octets,
	    (int)(room < sizeof(octets) ? room : sizeof(octets)));

	*ret = rc > 0;
	if (rc <= 0)
		return CA_OK;
	if (ca_buf_append(buf, (struct ca_bytes){octets, (size_t)rc}) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* What the server still has to say is passed over. */
void
tls_finish(struct tls *tls, int64_t ms)
{
	const int64_t end = connection_now() + ms;
	uint8_t octets[4096];

	if (tls->facts.alert != TLS_NO_ALERT)
		return;
	tls->connection->end = end;
	(void)wolfSSL_shutdown(tls->ssl);
	for (size_t i = 0; i < LOOKS_MAX; i++) {
		const int64_t left = end - connection_now();

		if (left <= 0 ||
		    read_within(tls, left, octets, sizeof(octets)) <= 0)
			return;
	}
}

void
tls_close(struct tls *tls)
{
	if (tls == NULL)
		return;
	wolfSSL_free(tls->ssl);
	wolfSSL_CTX_free(tls->ctx);
	if (tls->started)
		(void)wolfSSL_Cleanup();
	for (size_t i = 0; i < TLS_CHAIN_MAX; i++)
		ca_buf_free(&tls->facts.certs[i]);
	ca_buf_free(&tls->facts.staple);
	free(tls);
}

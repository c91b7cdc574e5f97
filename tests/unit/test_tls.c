/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against servers of one connection, each a child on loopback that speaks
 * wolfSSL; and what wolfSSL does to those who trust it. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include "cli/tls.h"
#include "tests/unit/lab.h"
#include "tests/unit/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ca/pem.h"

#define IN_TIME 20000 /* ms: nobody waits for that */

struct service {
	struct ca_buf chain, key; /* PEM and PKCS #8 */
	struct ca_buf roots;      /* PEM; empty: it asks for nothing */
	int version;              /* 13, 12 */
	bool dribbles;            /* octet by octet */
	bool resets;              /* when it has heard something */
	bool is_silent;
	/* ---- when it runs ---- */
	pid_t pid;
	char port[8];
};

/* ---- the server ---- */

static int
send_slowly(WOLFSSL *ssl, char *buf, int size, void *ctx)
{
	const int fd = *(int *)ctx;
	(void)ssl;

	for (int i = 0; i < size; i++)
		if (send(fd, buf + i, 1, MSG_NOSIGNAL) != 1)
			return WOLFSSL_CBIO_ERR_GENERAL;
	return size;
}

/* The lab's certificates are of its own time. */
static int
take_any(int holds, WOLFSSL_X509_STORE_CTX *store)
{
	(void)holds;
	(void)store;
	return 1;
}

static WOLFSSL_CTX *
server_context(const struct service *service)
{
	WOLFSSL_CTX *ctx = wolfSSL_CTX_new(service->version == 13 ?
		wolfTLSv1_3_server_method() :
		wolfTLSv1_2_server_method());

	if (wolfSSL_CTX_use_certificate_chain_buffer(ctx, service->chain.data,
		(long)service->chain.len) != WOLFSSL_SUCCESS ||
	    wolfSSL_CTX_use_PrivateKey_buffer(ctx, service->key.data,
		(long)service->key.len,
		WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS)
		_exit(2);
	if (service->roots.len == 0)
		return ctx;
	if (wolfSSL_CTX_load_verify_buffer(ctx, service->roots.data,
		(long)service->roots.len,
		WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
		_exit(2);
	wolfSSL_CTX_set_verify(ctx,
	    WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	    take_any);
	return ctx;
}

/* Takes what the client says, and says goodbye when it does. */
static void
speak(const struct service *service, int fd)
{
	WOLFSSL *ssl = wolfSSL_new(server_context(service));
	char octets[512];

	(void)wolfSSL_set_fd(ssl, fd);
	if (service->dribbles) {
		wolfSSL_SSLSetIOSend(ssl, send_slowly);
		wolfSSL_SetIOWriteCtx(ssl, &fd);
	}
	if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS) {
		while (wolfSSL_read(ssl, octets, sizeof(octets)) > 0)
			(void)wolfSSL_write(ssl, "heard", 5);
		(void)wolfSSL_shutdown(ssl);
	}
	/* What it said last is read before the connection is gone. */
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, octets, sizeof(octets)) > 0)
		continue;
}

static void
serve(const struct service *service, int listening)
{
	const struct linger at_once = {1, 0};
	const int fd = accept(listening, NULL, NULL), on = 1;
	char octet;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (service->resets || service->is_silent) {
		(void)!read(fd, &octet, 1);
		if (service->resets)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			    sizeof(at_once));
		else
			while (read(fd, &octet, 1) > 0)
				continue;
		(void)close(fd);
		_exit(0);
	}
	(void)wolfSSL_Init();
	speak(service, fd);
	_exit(0);
}

static void
start(struct service *service)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(service->port, sizeof(service->port), "%u",
	    (unsigned)ntohs(address.sin_port));
	service->pid = fork();
	assert_true(service->pid >= 0);
	if (service->pid == 0)
		serve(service, fd);
	(void)close(fd);
}

static void
stop(struct service *service)
{
	int status = 1;

	assert_int_equal(waitpid(service->pid, &status, 0), service->pid);
	assert_int_equal(status, 0);
	ca_buf_free(&service->chain);
	ca_buf_free(&service->key);
	ca_buf_free(&service->roots);
}

/* ---- certificates ---- */

static void
add_pem(struct ca_buf *pem, const struct lab_cert *cert)
{
	assert_int_equal(
	    ca_pem_append(pem, CA_PEM_CERTIFICATE, ca_view(&cert->der)), CA_OK);
}

/* The leaf, and who signed it; its key. */
static struct service
service_of(struct lab *lab, int version)
{
	struct service service = {.version = version};

	ca_buf_free(&lab->leaf.der);
	lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
	add_pem(&service.chain, &lab->leaf);
	add_pem(&service.chain, &lab->mid);
	LAB_OK(ca_key_to_pkcs8(lab->leaf.key, &service.key, &lab_err));
	return service;
}

/* ---- the client ---- */

static enum ca_status
dial(const struct service *service, struct connection *connection,
    struct tls_ask *ask, struct tls **ret, struct ca_error *err)
{
	*connection = (struct connection){
	    .host = "127.0.0.1", .port = service->port, .fd = -1};
	LAB_OK(connection_open(connection, IN_TIME, IN_TIME, &lab_err));
	ask->connection = connection;
	if (ask->server_name == NULL)
		ask->server_name = "company.com";
	return tls_open(ask, ret, err);
}

static void
hang_up(struct service *service, struct connection *connection, struct tls *tls)
{
	tls_close(tls);
	connection_close(connection);
	stop(service);
}

/* ---- tests ---- */

/* The chain is as it was sent, whatever wolfSSL makes of it: it knows no root,
 * and the leaf's dates are long past or not. */
static void
takes_the_chain_and_judges_nothing(void **state)
{
	struct lab *lab = *state;

	for (int version = 12; version <= 13; version++) {
		struct service service = service_of(lab, version);
		struct connection connection;
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		const struct tls_facts *facts;

		start(&service);
		LAB_OK(dial(&service, &connection, &ask, &tls, &lab_err));
		facts = tls_facts(tls);
		assert_true(facts->complete);
		assert_string_equal(
		    facts->version, version == 13 ? "TLSv1.3" : "TLSv1.2");
		assert_true(
		    facts->cipher[0] != '\0' && facts->group[0] != '\0');
		assert_false(facts->asked || facts->shown || facts->hung_up);
		assert_int_equal(facts->alert, TLS_NO_ALERT);
		assert_int_equal(facts->cert_count, 2);
		assert_true(ca_bytes_equal(
		    ca_view(&facts->certs[0]), ca_view(&lab->leaf.der)));
		assert_true(ca_bytes_equal(
		    ca_view(&facts->certs[1]), ca_view(&lab->mid.der)));
		tls_finish(tls, IN_TIME);
		assert_true(facts->hung_up && facts->goodbye);
		hang_up(&service, &connection, tls);
	}
}

/* wolfSSL holds the constraint of a sub-authority against the common names of
 * authorities, and refuses this chain (-198) when it is asked. */
static void
takes_a_constrained_authority(void **state)
{
	struct lab *lab = *state;
	struct service service;
	struct connection connection;
	struct tls_ask ask = {0};
	struct tls *tls = NULL;

	lab_constraint(&lab->mid.grant, false, "company.com");
	ca_buf_free(&lab->mid.der);
	lab_issue(lab, &lab->mid, &lab->by_root, lab->root.key);
	service = service_of(lab, 13);
	start(&service);
	LAB_OK(dial(&service, &connection, &ask, &tls, &lab_err));
	assert_true(tls_facts(tls)->complete);
	hang_up(&service, &connection, tls);
}

/* Whoever has only the certificate is not taken for its holder; of each kind
 * of key wolfSSL has another word for it. */
static void
refuses_who_has_not_the_key(void **state)
{
	static const enum ca_key_type types[] = {CA_KEY_P256, CA_KEY_RSA};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(types); i++) {
		struct lab lab;
		struct service service;
		struct connection connection;
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		struct ca_error err = {0};
		enum ca_status st;

		lab_open(&lab, types[i / 2]);
		lab_authorities(&lab);
		service = service_of(&lab, i % 2 == 0 ? 13 : 12);
		ca_buf_free(&service.key);
		LAB_OK(ca_key_to_pkcs8(lab.mid.key, &service.key, &lab_err));
		start(&service);
		st = dial(&service, &connection, &ask, &tls, &err);
		if (st != CA_UNTRUSTED ||
		    strstr(err.msg, "has not the key") == NULL)
			fail_msg("%zu: %d: %s", i, (int)st, err.msg);
		assert_non_null(tls);
		assert_false(tls_facts(tls)->complete);
		hang_up(&service, &connection, tls);
		lab_close(&lab);
	}
}

/* wolfSSL takes nine, and has no word for the tenth. */
static void
tells_of_a_chain_that_is_too_long(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < 4; i++) {
		struct service service = service_of(lab, i % 2 == 0 ? 13 : 12);
		struct connection connection;
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		struct ca_error err = {0};
		enum ca_status st;

		for (size_t sent = 2; sent < TLS_CHAIN_MAX + i / 2; sent++)
			add_pem(&service.chain, &lab->mid);
		start(&service);
		st = dial(&service, &connection, &ask, &tls, &err);
		assert_int_equal(tls_facts(tls)->cert_count, TLS_CHAIN_MAX);
		if (i / 2 == 0)
			assert_int_equal(st, CA_OK);
		else
			assert_int_equal(st, CA_IO);
		if (i / 2 == 1 &&
		    strstr(err.msg, "more than 9 certificates") == NULL)
			fail_msg("%s", err.msg);
		hang_up(&service, &connection, tls);
	}
}

/*
 * After a refusal wolfSSL_get_verify_result() is 0 (all is well), on either
 * side; what a server of TLS 1.3 refuses it refuses after the handshake. The
 * alert is what counts, and it is there once tls_finish() is over.
 */
static void
hears_a_refusal(void **state)
{
	struct lab *lab = *state;

	for (int version = 12; version <= 13; version++) {
		struct service service = service_of(lab, version);
		struct connection connection;
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		struct ca_error err = {0};
		enum ca_status st;

		add_pem(&service.roots, &lab->root);
		start(&service);
		st = dial(&service, &connection, &ask, &tls, &err);
		assert_non_null(tls);
		assert_int_equal(st, version == 13 ? CA_OK : CA_IO);
		tls_finish(tls, IN_TIME);
		assert_true(tls_facts(tls)->asked);
		assert_false(tls_facts(tls)->shown);
		/* wolfSSL's own servers of TLS 1.2 only hang up. */
		if (version == 13) {
			assert_int_equal(tls_facts(tls)->alert, 116);
		} else {
			assert_true(tls_facts(tls)->hung_up);
			assert_false(tls_facts(tls)->goodbye);
		}
		assert_int_equal(tls_facts(tls)->cert_count, 2);
		hang_up(&service, &connection, tls);
	}
}

static void
shows_a_certificate_when_asked(void **state)
{
	struct lab *lab = *state;

	for (int version = 12; version <= 13; version++) {
		struct service service = service_of(lab, version);
		struct connection connection;
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		struct ca_buf heard = {0};
		bool came = false;

		/* Its own will do: the server looks at no purpose. */
		add_pem(&service.roots, &lab->root);
		add_pem(&service.roots, &lab->mid);
		ask.chain = ca_view(&service.chain);
		ask.key = ca_view(&service.key);
		start(&service);
		LAB_OK(dial(&service, &connection, &ask, &tls, &lab_err));
		assert_true(tls_facts(tls)->asked && tls_facts(tls)->shown);
		LAB_OK(tls_send(tls, BYTES("hello"), &lab_err));
		LAB_OK(tls_receive(tls, IN_TIME, 100, &heard, &came, &lab_err));
		assert_true(came);
		assert_true(ca_bytes_equal(ca_view(&heard), BYTES("heard")));
		assert_int_equal(tls_facts(tls)->alert, TLS_NO_ALERT);
		hang_up(&service, &connection, tls);
		ca_buf_free(&heard);
	}
}

static void
nothing(int number)
{
	(void)number;
}

/* Octet by octet, and interrupted all the time. */
static void
bears_pieces_and_signals(void **state)
{
	struct lab *lab = *state;
	struct service service = service_of(lab, 13);
	const struct sigaction action = {.sa_handler = nothing};
	const struct itimerval often = {{0, 500}, {0, 500}}, never = {0};
	struct sigaction before;
	struct connection connection;
	struct tls_ask ask = {0};
	struct tls *tls = NULL;

	service.dribbles = true;
	start(&service);
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	LAB_OK(dial(&service, &connection, &ask, &tls, &lab_err));
	tls_finish(tls, IN_TIME);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	assert_true(tls_facts(tls)->complete && tls_facts(tls)->goodbye);
	hang_up(&service, &connection, tls);
}

/* No SIGPIPE, whose default ends the process. */
static void
survives_who_hangs_up(void **state)
{
	struct lab *lab = *state;
	struct service service = service_of(lab, 13);
	struct connection connection;
	struct tls_ask ask = {0};
	struct tls *tls = NULL;

	(void)signal(SIGPIPE, SIG_DFL);
	service.resets = true;
	start(&service);
	assert_int_equal(dial(&service, &connection, &ask, &tls, NULL), CA_IO);
	assert_true(tls_facts(tls)->hung_up);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tls_send(tls, BYTES("hello"), NULL), CA_IO);
	tls_finish(tls, IN_TIME);
	hang_up(&service, &connection, tls);
}

static void
waits_no_longer_than_it_may(void **state)
{
	struct lab *lab = *state;
	struct service service = service_of(lab, 13);
	struct connection connection = {
	    .host = "127.0.0.1", .port = service.port, .fd = -1};
	struct tls_ask ask = {
	    .connection = &connection, .server_name = "company.com"};
	struct tls *tls = NULL;

	service.is_silent = true;
	start(&service);
	LAB_OK(connection_open(&connection, IN_TIME, 50, &lab_err));
	LAB_SAYS(tls_open(&ask, &tls, &lab_err), CA_IO,
	    "no answer in time (TLS was not answered)");
	hang_up(&service, &connection, tls);
}

/* Neither we nor wolfSSL leave the key behind. */
static void
leaves_no_key(void **state)
{
	static const enum ca_key_type types[] = {
	    CA_KEY_RSA, CA_KEY_P256, CA_KEY_ED25519};
	struct lab *lab = *state;

	for (size_t i = 0; i < COUNT(types); i++) {
		struct service service = service_of(lab, 13);
		struct connection connection;
		struct ca_key *key = NULL;
		struct ca_buf pkcs8 = {0}, own = {0};
		struct tls_ask ask = {0};
		struct tls *tls = NULL;
		struct secret secret;

		add_pem(&service.roots, &lab->root);
		add_pem(&service.roots, &lab->mid);
		start(&service);
		lab_key(lab, &lab->leaf, types[i]);
		ca_buf_free(&lab->leaf.der);
		lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
		key = lab->leaf.key;
		LAB_OK(ca_key_to_pkcs8(key, &pkcs8, &lab_err));
		add_pem(&own, &lab->leaf);
		add_pem(&own, &lab->mid);
		secret = secret_of(key);
		ask.chain = ca_view(&own);
		ask.key = ca_view(&pkcs8);
		LAB_OK(dial(&service, &connection, &ask, &tls, &lab_err));
		assert_true(tls_facts(tls)->shown);
		assert_true(count_in_memory(&secret) > 1);
		ca_buf_free(&pkcs8);
		ca_key_free(key);
		lab->leaf.key = NULL;
		tls_finish(tls, IN_TIME);
		print_message("%s\n", ca_key_type_name(types[i]));
		hang_up(&service, &connection, tls);
		assert_int_equal(count_in_memory(&secret), 0);
		ca_buf_free(&own);
		lab_key(lab, &lab->leaf, CA_KEY_P256);
		ca_buf_free(&lab->leaf.der);
	}
}

static void
refuses_a_key_that_is_none(void **state)
{
	struct lab *lab = *state;
	struct service service = service_of(lab, 13);
	struct tls_ask ask = {
	    .chain = ca_view(&service.chain), .key = BYTES("no key")};
	struct connection connection = {.fd = -1};
	struct tls *tls = NULL;

	ask.connection = &connection;
	assert_int_equal(tls_open(&ask, &tls, NULL), CA_REFUSED);
	assert_null(tls);
	tls_close(NULL);
	ca_buf_free(&service.chain);
	ca_buf_free(&service.key);
}

static void
names_alerts(void **state)
{
	(void)state;
	assert_string_equal(tls_alert_name(48), "unknown_ca");
	assert_string_equal(tls_alert_name(116), "certificate_required");
	assert_null(tls_alert_name(TLS_NO_ALERT));
	assert_null(tls_alert_name(255));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		takes_the_chain_and_judges_nothing, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		takes_a_constrained_authority, lab_setup, lab_teardown),
	    cmocka_unit_test(refuses_who_has_not_the_key),
	    cmocka_unit_test_setup_teardown(
		tells_of_a_chain_that_is_too_long, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		hears_a_refusal, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		shows_a_certificate_when_asked, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		bears_pieces_and_signals, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		survives_who_hangs_up, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		waits_no_longer_than_it_may, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		leaves_no_key, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		refuses_a_key_that_is_none, lab_setup, lab_teardown),
	    cmocka_unit_test(names_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

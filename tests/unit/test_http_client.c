/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against servers of one connection, each a child on loopback. */
#include "cli/http_client.h"
#include "tests/unit/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	pid_t pid;
	unsigned port;
	char url[64];
};

static int
listen_on_loopback(int family, unsigned *ret_port)
{
	struct sockaddr_in v4 = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 :
						       (struct sockaddr *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, address, len) != 0 || listen(fd, 1) != 0 ||
	    getsockname(fd, address, &len) != 0)
		return -1;
	*ret_port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

/* Reads a request: a GET, or a POST to the last octet of its body, which is
 * "body". */
static void
read_request(int fd)
{
	static const char get[] = "GET /ocsp HTTP/1.1\r\nHost: ";
	char buf[2048] = "";
	size_t len = 0;

	while (
	    strstr(buf, buf[0] == 'G' ? "\r\n\r\n" : "\r\n\r\nbody") == NULL) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - 1 - len);

		if (n <= 0)
			_exit(1);
		len += (size_t)n;
		buf[len] = '\0';
	}
	if (strncmp(buf, get, strlen(get)) == 0 &&
	    strstr(buf, "Content-") == NULL)
		return;
	if (strncmp(buf, "POST /ocsp HTTP/1.1\r\nHost: ", 27) != 0 ||
	    strstr(buf, "\r\nContent-Type: text/x\r\n") == NULL ||
	    strstr(buf, "\r\nContent-Length: 4\r\n") == NULL)
		_exit(1);
}

/* Gives this answer in pieces of so many octets, then waits for the other end
 * to hang up, or (stay false) hangs up first. */
static void
serve(int listening, const char *answer, size_t piece, bool stay)
{
	int fd = accept(listening, NULL, NULL);
	size_t len = strlen(answer);
	char octet;

	read_request(fd);
	for (size_t at = 0; at < len; at += piece)
		if (send(fd, answer + at, len - at < piece ? len - at : piece,
			MSG_NOSIGNAL) < 0)
			break;
	if (stay)
		(void)!read(fd, &octet, 1);
	_exit(0);
}

static struct server
start(int family, const char *answer, size_t piece, bool stay)
{
	struct server server = {0};
	int fd = listen_on_loopback(family, &server.port);

	if (fd < 0)
		return server;
	(void)snprintf(server.url, sizeof(server.url), "http://%s:%u/ocsp",
	    family == AF_INET ? "127.0.0.1" : "[::1]", server.port);
	server.pid = fork();
	assert_true(server.pid >= 0);
	if (server.pid == 0)
		serve(fd, answer, piece, stay);
	(void)close(fd);
	return server;
}

static void
stop(struct server *server)
{
	int status = 1;

	assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
	assert_int_equal(status, 0);
}

static enum ca_status
ask(const char *url, struct http_answer *ret, struct ca_error *err)
{
	const struct http_ask post = {.url = url,
	    .content_type = "text/x",
	    .body = BYTES("body"),
	    .connect_ms = 2000,
	    .whole_ms = 20000,
	    .max = 4096};

	return http_ask(&post, ret, err);
}

static void
expect_hello(int family, const char *text, size_t piece, bool stay)
{
	struct server server = start(family, text, piece, stay);
	struct http_answer answer = {0};
	struct ca_error err = {0};

	if (server.pid == 0)
		skip(); /* no IPv6 here */
	if (ask(server.url, &answer, &err) != CA_OK)
		fail_msg("%s: %s", server.url, err.msg);
	assert_int_equal(answer.status, 200);
	assert_bytes(ca_view(&answer.body), ca_text("hello"));
	http_answer_done(&answer);
	stop(&server);
}

static void
reads_an_answer_of_a_length(void **state)
{
	(void)state;
	expect_hello(AF_INET,
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 4096, true);
	expect_hello(AF_INET,
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1, true);
}

static void
gets(void **state)
{
	struct server server = start(AF_INET,
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 4096, true);
	const struct http_ask get = {
	    .url = server.url, .connect_ms = 2000, .whole_ms = 20000, .max = 5};
	struct http_answer answer = {0};
	struct ca_error err = {0};

	(void)state;
	if (http_fetch_plainly(NULL, &get, &answer, &err) != CA_OK)
		fail_msg("%s", err.msg);
	assert_bytes(ca_view(&answer.body), ca_text("hello"));
	http_answer_done(&answer);
	stop(&server);
}

/* Far longer than what is read at once, on a connection that stays open. */
static void
reads_a_long_answer_in_chunks(void **state)
{
	const size_t count = 300, size = 1000;
	struct ca_buf text = {0};
	struct http_answer answer = {0};
	struct ca_error err = {0};
	struct server server;
	struct http_ask get = {
	    .connect_ms = 2000, .whole_ms = 20000, .max = count * size};

	(void)state;
	assert_int_equal(ca_buf_append_text(&text,
			     "HTTP/1.1 200 OK\r\n"
			     "Transfer-Encoding: chunked\r\n\r\n"),
	    CA_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(ca_buf_printf(&text, "%zx\r\n%0*zu\r\n", size,
				     (int)size, i),
		    CA_OK);
	assert_int_equal(ca_buf_append_text(&text, "0\r\n\r\n"), CA_OK);
	server = start(AF_INET, ca_buf_text(&text), 1400, true);
	get.url = server.url;
	if (http_ask(&get, &answer, &err) != CA_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(answer.body.len, count * size);
	for (size_t i = 0; i < count; i++) {
		char end[8];

		(void)snprintf(end, sizeof(end), "%07zu", i);
		assert_memory_equal(
		    answer.body.data + (i + 1) * size - 7, end, 7);
	}
	http_answer_done(&answer);
	stop(&server);
	ca_buf_free(&text);
}

static void
reads_an_answer_in_chunks(void **state)
{
	(void)state;
	expect_hello(AF_INET,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "4\r\nhell\r\n1\r\no\r\n0\r\n\r\n",
	    3, true);
}

static void
reads_to_the_end_of_the_connection(void **state)
{
	(void)state;
	expect_hello(AF_INET, "HTTP/1.0 200 OK\r\n\r\nhello", 4096, false);
}

static void
speaks_ipv6(void **state)
{
	(void)state;
	expect_hello(AF_INET6,
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 4096, true);
}

static void
expect_failure(
    const char *text, bool stay, enum ca_status status, const char *words)
{
	struct server server = start(AF_INET, text, 4096, stay);
	struct http_answer answer = {0};
	struct ca_error err = {0};

	assert_int_equal(ask(server.url, &answer, &err), status);
	if (strstr(err.msg, words) == NULL)
		fail_msg("%s", err.msg);
	assert_null(answer.body.data);
	stop(&server);
}

static void
refuses_a_bad_answer(void **state)
{
	(void)state;
	expect_failure("", false, CA_MALFORMED, "127.0.0.1: ");
	expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
	    false, CA_MALFORMED, "it ends before its end");
	expect_failure("220 mail.lab.example ESMTP\r\n", true, CA_MALFORMED,
	    "no HTTP/1.1");
	expect_failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "4\r\nhell\r\n1\r\n",
	    false, CA_MALFORMED, "it ends before its end");
	expect_failure("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n"
		       "Content-Length: 1\r\n\r\nx",
	    true, CA_REFUSED, "compressed (Content-Encoding br)");
	expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 4097\r\n\r\n", true,
	    CA_REFUSED, "above 4096 octets");
}

/* The kernel takes the connection and nobody the request. */
static void
does_not_wait_for_ever(void **state)
{
	struct http_ask post = {.content_type = "text/x",
	    .body = BYTES("body"),
	    .connect_ms = 1000,
	    .whole_ms = 50,
	    .max = 4096};
	struct http_answer answer = {0};
	struct ca_error err = {0};
	char url[64];
	unsigned port;
	int fd = listen_on_loopback(AF_INET, &port);

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	post.url = url;
	assert_int_equal(http_ask(&post, &answer, &err), CA_IO);
	assert_non_null(strstr(err.msg, "no answer in time"));
	(void)close(fd);
	/* and now there is nobody */
	err = (struct ca_error){0};
	assert_int_equal(http_ask(&post, &answer, &err), CA_IO);
	assert_non_null(strstr(err.msg, "refused"));
}

static void
refuses_a_bad_url(void **state)
{
	struct http_answer answer = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ask("https://127.0.0.1/", &answer, &err), CA_USAGE);
	assert_non_null(strstr(err.msg, "plain http"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_an_answer_of_a_length),
	    cmocka_unit_test(gets),
	    cmocka_unit_test(reads_an_answer_in_chunks),
	    cmocka_unit_test(reads_a_long_answer_in_chunks),
	    cmocka_unit_test(reads_to_the_end_of_the_connection),
	    cmocka_unit_test(speaks_ipv6),
	    cmocka_unit_test(refuses_a_bad_answer),
	    cmocka_unit_test(does_not_wait_for_ever),
	    cmocka_unit_test(refuses_a_bad_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

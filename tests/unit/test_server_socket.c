/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "cli/server_socket.h"
#include "tests/unit/folder.h"

static void
url_of(int fd, char *ret, size_t size)
{
	struct ca_buf url = {0};

	WORKS(server_socket_url(fd, &url, &err));
	(void)snprintf(ret, size, "%s", ca_buf_text(&url));
	ca_buf_free(&url);
}

/* Whether a client gets through to it. */
static bool
connects(int listener)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	int fd, rc;

	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&address, &len), 0);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	rc = connect(fd, (struct sockaddr *)&address, len);
	(void)close(fd);
	return rc == 0;
}

static void
port_0_is_one_the_kernel_chose(void **state)
{
	struct server_sockets sockets = {0};
	char url[80];
	int port = 0;

	(void)state;
	WORKS(server_socket_bind(&sockets, "127.0.0.1:0", &err));
	url_of(sockets.fds[0], url, sizeof(url));
	assert_int_equal(sscanf(url, "http://127.0.0.1:%d/", &port), 1);
	assert_true(port > 0);
	/* Bound is not yet open. */
	assert_false(connects(sockets.fds[0]));
	WORKS(server_socket_listen(&sockets, &err));
	assert_true(connects(sockets.fds[0]));
	assert_true((fcntl(sockets.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
	assert_true((fcntl(sockets.fds[0], F_GETFL) & O_NONBLOCK) != 0);
	server_socket_close(&sockets);
	assert_int_equal(sockets.count, 0);
}

static void
several_addresses_of_both_families(void **state)
{
	struct server_sockets sockets = {0};
	char url[80], same[80];
	int port = 0;

	(void)state;
	WORKS(server_socket_bind(&sockets, "localhost:0", &err));
	url_of(sockets.fds[0], url, sizeof(url));
	assert_int_equal(sscanf(url, "http://127.0.0.1:%d/", &port), 1);
	if (server_socket_bind(&sockets, "[::1]:0", NULL) != CA_OK) {
		server_socket_close(&sockets);
		print_message("there is no IPv6 here\n");
		skip();
	}
	url_of(sockets.fds[1], url, sizeof(url));
	assert_memory_equal(url, "http://[::1]:", 13);
	WORKS(server_socket_listen(&sockets, &err));
	assert_true(connects(sockets.fds[0]) && connects(sockets.fds[1]));
	server_socket_close(&sockets);

	/* Every IPv4 address and every IPv6 one, side by side. */
	WORKS(server_socket_bind(&sockets, "0.0.0.0:0", &err));
	url_of(sockets.fds[0], url, sizeof(url));
	assert_int_equal(sscanf(url, "http://0.0.0.0:%d/", &port), 1);
	(void)snprintf(same, sizeof(same), "[::]:%d", port);
	WORKS(server_socket_bind(&sockets, same, &err));
	WORKS(server_socket_listen(&sockets, &err));
	server_socket_close(&sockets);
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = {"", ":", "8080", ":8080",
	    "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1",
	    "127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:65536",
	    "127.0.0.1:99999999999999999999", "127.1:80", "1.2.3.4.5:80",
	    "example.com:80", "*:80", "::1:80", "[::1]", "[::1]80", "[::1:80",
	    "[]:80", "[127.0.0.1]:80", "[::1%lo]:80", " 127.0.0.1:80",
	    "http://127.0.0.1:80",
	    "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80"};
	struct server_sockets sockets = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		FAILS(server_socket_bind(&sockets, wrong[i], &err), CA_USAGE,
		    "--listen|127.0.0.1:8080|[::1]:8080|every");
	assert_int_equal(sockets.count, 0);
}

static void
what_cannot_be_had_says_who_to_ask(void **state)
{
	struct server_sockets sockets = {0}, second = {0};
	char url[80], where[40], words[120];
	int port = 0;

	(void)state;
	WORKS(server_socket_bind(&sockets, "127.0.0.1:0", &err));
	WORKS(server_socket_listen(&sockets, &err));
	url_of(sockets.fds[0], url, sizeof(url));
	assert_int_equal(sscanf(url, "http://127.0.0.1:%d/", &port), 1);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%d", port);
	(void)snprintf(
	    words, sizeof(words), "%s|another program|ss |:%d'", where, port);
	FAILS(server_socket_bind(&second, where, &err), CA_IO, words);
	/* TEST-NET-1: no machine has it. */
	FAILS(server_socket_bind(&second, "192.0.2.1:0", &err), CA_IO,
	    "192.0.2.1:0|interface|ip address");
	assert_int_equal(second.count, 0);
	server_socket_close(&sockets);
}

/* Two that were bound before either listened: the second is told. */
static void
who_listens_second_is_told(void **state)
{
	struct server_sockets first = {0}, second = {0};
	char url[80], where[80];
	int port = 0;

	(void)state;
	WORKS(server_socket_bind(&first, "127.0.0.1:0", &err));
	url_of(first.fds[0], url, sizeof(url));
	assert_int_equal(sscanf(url, "http://127.0.0.1:%d/", &port), 1);
	(void)snprintf(where, sizeof(where), "127.0.0.1:%d", port);
	WORKS(server_socket_bind(&second, where, &err));
	WORKS(server_socket_listen(&first, &err));
	FAILS(server_socket_listen(&second, &err), CA_IO, "another program");
	server_socket_close(&first);
	server_socket_close(&second);
}

static void
there_is_a_limit(void **state)
{
	struct server_sockets sockets = {0};

	(void)state;
	for (int i = 0; i < SERVER_SOCKETS_MAX; i++)
		WORKS(server_socket_bind(&sockets, "127.0.0.1:0", &err));
	FAILS(server_socket_bind(&sockets, "127.0.0.1:0", &err), CA_USAGE,
	    "more than");
	server_socket_close(&sockets);
}

/* ---- handed over ---- */

/* In a process of its own, where 3 and 4 are what the manager would give: a
 * listening TCP socket, and one of the file system. */
static int
in_child(const char *pid, const char *count, bool listening,
    int (*check)(enum ca_status st, struct server_sockets *, const char *why))
{
	pid_t child;
	int status = 0;

	if (under_valgrind())
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct server_sockets made = {0}, got = {0};
		struct sockaddr_un local = {
		    .sun_family = AF_UNIX, .sun_path = "front.sock"};
		struct ca_error err = {0};
		char self[32];
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		enum ca_status st;

		(void)snprintf(self, sizeof(self), "%ld", (long)getpid());
		if (server_socket_bind(&made, "127.0.0.1:0", NULL) != CA_OK ||
		    bind(fd, (struct sockaddr *)&local, sizeof(local)) != 0 ||
		    (listening &&
			(server_socket_listen(&made, NULL) != CA_OK ||
			    listen(fd, 1) != 0)) ||
		    (fd = fcntl(fd, F_DUPFD, 20)) < 0 ||
		    dup2(made.fds[0], 3) != 3 || dup2(fd, 4) != 4 ||
		    setenv("LISTEN_PID", pid != NULL ? pid : self, 1) != 0 ||
		    setenv("LISTEN_FDS", count, 1) != 0 ||
		    setenv("LISTEN_FDNAMES", "http:local", 1) != 0)
			_exit(99);
		(void)close(5);
		st = server_socket_inherit(&got, &err);
		if (getenv("LISTEN_PID") != NULL ||
		    getenv("LISTEN_FDS") != NULL ||
		    getenv("LISTEN_FDNAMES") != NULL)
			_exit(98);
		_exit(check(st, &got, err.msg));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	(void)unlink("front.sock");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

static int
two_came(enum ca_status st, struct server_sockets *got, const char *why)
{
	struct ca_buf urls = {0};

	(void)why;
	if (st != CA_OK || got->count != 2 || got->fds[0] != 3 ||
	    got->fds[1] != 4)
		return 1;
	for (size_t i = 0; i < 2; i++)
		if ((fcntl(got->fds[i], F_GETFD) & FD_CLOEXEC) == 0 ||
		    (fcntl(got->fds[i], F_GETFL) & O_NONBLOCK) == 0 ||
		    server_socket_url(got->fds[i], &urls, NULL) != CA_OK)
			return 2;
	return strncmp(ca_buf_text(&urls), "http://127.0.0.1:", 17) == 0 &&
		strstr(ca_buf_text(&urls), "/unix:front.sock") != NULL ?
	    0 :
	    3;
}

static int
none_came(enum ca_status st, struct server_sockets *got, const char *why)
{
	(void)why;
	return st == CA_OK && got->count == 0 ? 0 : 1;
}

static int
it_is_refused(enum ca_status st, struct server_sockets *got, const char *why)
{
	(void)got;
	return st == CA_USAGE && strstr(why, "LISTEN_FDS") != NULL ? 0 : 1;
}

static void
sockets_are_handed_over(void **state)
{
	(void)state;
	assert_int_equal(in_child(NULL, "2", true, two_came), 0);
	assert_int_equal(in_child(NULL, "0", true, none_came), 0);
	/* For another process. */
	assert_int_equal(in_child("1", "2", true, none_came), 0);
	assert_int_equal(in_child("x", "2", true, none_came), 0);
}

static void
what_is_no_listening_socket_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "3", "-1", "17", "x", "", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(
		    in_child(NULL, wrong[i], true, it_is_refused), 0);
	assert_int_equal(in_child(NULL, "2", false, it_is_refused), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(port_0_is_one_the_kernel_chose),
	    cmocka_unit_test(several_addresses_of_both_families),
	    cmocka_unit_test(what_is_no_address_is_refused),
	    cmocka_unit_test(what_cannot_be_had_says_who_to_ask),
	    cmocka_unit_test(who_listens_second_is_told),
	    cmocka_unit_test(there_is_a_limit),
	    IN_FOLDER(sockets_are_handed_over),
	    IN_FOLDER(what_is_no_listening_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

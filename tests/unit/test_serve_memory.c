/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An OCSP answer out of the cache, to a connection that is kept open, allocates
 * nothing: neither here, nor in libmicrohttpd, nor in SQLite, which is asked
 * whether anything was committed since. (What was, is looked at by a connection
 * of its own, for all the answers that follow.)
 */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "cli/serve/http.h"
#include "tests/unit/ledger_fixture.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_MALLOC 0
#endif
#endif
#ifndef HAS_OWN_MALLOC
#define HAS_OWN_MALLOC 1
#endif

#define TURNS 200
#define REQUEST "a request, as the cache sees it: octets"

static atomic_uint allocations;

#if HAS_OWN_MALLOC
/* In the place of the C library's, for every library of this process. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *data, size_t size);

void *
malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(count, size);
}

void *
realloc(void *data, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(data, size);
}
#endif

struct server {
	struct front front;
	struct worker worker;
	struct MHD_Daemon *daemon;
	struct sockaddr_in where;
};

static void
put_answer(struct server *s)
{
	const int64_t now = (int64_t)time(NULL);
	const struct answer_order order = {.der = BYTES("an answer"),
	    .cacheable = true,
	    .now = now,
	    .this_update = now,
	    .next_update = now + 3600};
	const struct status_fact fact = {
	    .issuer = 1, .serial = {1}, .serial_len = 1};
	struct cache_since since = {0};
	struct answer *answer = answer_new(&order);
	struct ca_error err = {0};

	assert_non_null(answer);
	assert_int_equal(
	    worker_generation(&s->worker, &since.generation, &err), CA_OK);
	cache_put(s->front.cache, ca_text(REQUEST), answer, &fact, &since);
	answer_release(answer);
}

static void
start_server(struct server *s, struct ledger *ledger)
{
	struct http_options options = {.connections = 8, .idle_seconds = 60};
	socklen_t len = sizeof(s->where);

	metrics_init(&s->front.metrics);
	health_init(&s->front.health);
	visits_init(&s->front.visits, 60, 1024);
	s->front.cache = cache_new(1024 * 1024);
	assert_non_null(s->front.cache);
	s->worker.front = &s->front;
	s->worker.ledger = ledger;
	put_answer(s);
	s->where.sin_family = AF_INET;
	s->where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	options.listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(options.listen_fd, (struct sockaddr *)&s->where,
			     sizeof(s->where)),
	    0);
	assert_int_equal(listen(options.listen_fd, 8), 0);
	assert_int_equal(
	    getsockname(options.listen_fd, (struct sockaddr *)&s->where, &len),
	    0);
	s->daemon = http_start(&s->worker, &options);
	assert_non_null(s->daemon);
}

static void
stop_server(struct server *s)
{
	MHD_stop_daemon(s->daemon);
	ca_buf_free(&s->worker.request);
	cache_free(s->front.cache);
}

static int
join(const struct server *s)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&s->where, sizeof(s->where)),
	    0);
	return fd;
}

/* Until the answer's last octet is there. */
static void
ask(int fd, const char *request)
{
	char response[2048];
	size_t len = 0;

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL),
	    (ssize_t)strlen(request));
	do {
		ssize_t got = recv(
		    fd, response + len, sizeof(response) - 1 - len, 0);

		assert_true(got > 0);
		len += (size_t)got;
		response[len] = '\0';
	} while (len < 9 || strcmp(response + len - 9, "an answer") != 0);
	assert_int_equal(strncmp(response, "HTTP/1.1 200", 12), 0);
}

static void
make_post(char *ret, size_t size)
{
	(void)snprintf(ret, size,
	    "POST /ocsp HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n"
	    "Content-Type: application/ocsp-request\r\n\r\n%s",
	    strlen(REQUEST), REQUEST);
}

static const char get[] =
    "GET /ocsp/YSByZXF1ZXN0LCBhcyB0aGUgY2FjaGUgc2VlcyBpdDogb2N0ZXRz "
    "HTTP/1.1\r\nHost: a\r\n\r\n";

static unsigned
count_allocations(struct server *s, const char *request)
{
	int fd = join(s);
	unsigned before;

	/* The connection, its buffer, the response. */
	for (int i = 0; i < 3; i++)
		ask(fd, request);
	before = atomic_load(&allocations);
	for (int i = 0; i < TURNS; i++)
		ask(fd, request);
	before = atomic_load(&allocations) - before;
	(void)close(fd);
	return before;
}

static void
a_hit_allocates_nothing(void **state)
{
	struct fixture *f = *state;
	static struct server s;
	char post[512];
	unsigned count;

	if (!HAS_OWN_MALLOC)
		skip();
	make_post(post, sizeof(post));
	start_server(&s, f->ledger);
	assert_int_equal(count_allocations(&s, post), 0);
	assert_int_equal(count_allocations(&s, get), 0);
	/* It would be noticed: a connection takes some. */
	count = atomic_load(&allocations);
	(void)count_allocations(&s, get);
	assert_true(atomic_load(&allocations) > count);
	stop_server(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_hit_allocates_nothing, make_ledger, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

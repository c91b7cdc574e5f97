/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cli/notify.h"
#include "tests/unit/folder.h"

/* The manager's end, under a path of this folder or an abstract name. */
static int
manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    strlen(name))),
	    0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void
assert_told(int fd, const char *state)
{
	char got[64] = "";
	ssize_t len = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_int_equal(len, strlen(state));
	assert_string_equal(got, state);
}

static void
clear(void)
{
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

static void
tell(const char *name)
{
	struct notify notify = {0};
	int fd = manager(name);

	assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
	WORKS(notify_open(&notify, &err));
	assert_int_equal(notify.watchdog_ms, 30000);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	notify_send(&notify, "READY=1");
	assert_told(fd, "READY=1");
	notify_send(&notify, "STOPPING=1");
	assert_told(fd, "STOPPING=1");
	/* A manager that went away is no fault of the service. */
	(void)close(fd);
	notify_send(&notify, "WATCHDOG=1");
	notify_close(&notify);
}

static void
a_manager_is_told(void **state)
{
	char path[300], abstract[64];

	(void)snprintf(
	    path, sizeof(path), "%s/notify", ((struct folder *)*state)->path);
	(void)snprintf(
	    abstract, sizeof(abstract), "@signet-test-%ld", (long)getpid());
	tell(path);
	tell(abstract);
}

/* It does not wait: what the manager does not read is lost. */
static void
a_manager_that_does_not_read_is_not_waited_for(void **state)
{
	struct notify notify = {0};
	char path[300];
	int fd;

	(void)snprintf(
	    path, sizeof(path), "%s/notify", ((struct folder *)*state)->path);
	fd = manager(path);
	WORKS(notify_open(&notify, &err));
	for (int i = 0; i < 10000; i++)
		notify_send(&notify, "WATCHDOG=1");
	notify_close(&notify);
	(void)close(fd);
}

static void
nobody_asked_to_be_told(void **state)
{
	struct notify notify = {0};

	(void)state;
	clear();
	notify_send(&notify, "READY=1");
	WORKS(notify_open(&notify, &err));
	assert_false(notify.is_open);
	assert_int_equal(notify.watchdog_ms, 0);
	notify_send(&notify, "READY=1");
	notify_close(&notify);
	notify_close(&notify);
}

static void
a_manager_that_cannot_be_reached_is_an_error(void **state)
{
	static const char too_long[] =
	    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char *const names[] = {"/nonexistent/notify", "notify",
	    "/", "@", "vsock:2:1234", too_long};
	struct notify notify = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
		FAILS(notify_open(&notify, &err), CA_IO, "NOTIFY_SOCKET");
		assert_null(getenv("NOTIFY_SOCKET"));
	}
}

static void
the_watchdog_may_be_anothers(void **state)
{
	struct notify notify = {0};
	char self[32];

	(void)state;
	clear();
	(void)snprintf(self, sizeof(self), "%ld", (long)getpid());
	assert_int_equal(setenv("WATCHDOG_USEC", "2000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	WORKS(notify_open(&notify, &err));
	assert_int_equal(notify.watchdog_ms, 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "2000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", self, 1), 0);
	WORKS(notify_open(&notify, &err));
	assert_int_equal(notify.watchdog_ms, 2000);
	assert_int_equal(setenv("WATCHDOG_USEC", "rubbish", 1), 0);
	WORKS(notify_open(&notify, &err));
	assert_int_equal(notify.watchdog_ms, 0);
	notify_close(&notify);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(a_manager_is_told),
	    IN_FOLDER(a_manager_that_does_not_read_is_not_waited_for),
	    cmocka_unit_test(nobody_asked_to_be_told),
	    cmocka_unit_test(a_manager_that_cannot_be_reached_is_an_error),
	    cmocka_unit_test(the_watchdog_may_be_anothers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

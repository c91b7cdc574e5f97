/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/front_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "signet-front"
#define HANDED_MAX (WIRE_PAIRS_MAX + SERVER_SOCKETS_MAX)
#define ABOVE 64 /* where no descriptor lies that is to be set up */
#define ENVIRONMENT_MAX 64
#define SEND_TIMEOUT 5 /* seconds; who takes no answer for so long is gone */

_Static_assert(WIRE_FIRST_FD + HANDED_MAX < ABOVE, "descriptors overlap");

/* ---- the program ---- */

enum ca_status
front_process_find(struct ca_buf *ret, struct ca_error *err)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *slash;
	enum ca_status st = CA_OK;

	self[len > 0 ? len : 0] = '\0';
	if ((slash = strrchr(self, '/')) != NULL) {
		st = ca_buf_printf(
		    ret, "%.*s/" NAME, (int)(slash - self), self);
		if (st == CA_OK && ca_buf_text(ret) != NULL &&
		    access(ca_buf_text(ret), X_OK) == 0)
			return CA_OK;
		ca_buf_clear(ret);
	}
	if (st == CA_OK)
		st = ca_buf_printf(ret, "%s/" NAME, SIGNET_LIBEXECDIR);
	if (st != CA_OK || ca_buf_text(ret) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (access(ca_buf_text(ret), X_OK) == 0)
		return CA_OK;
	return ca_fail(err, CA_IO,
	    NAME ": the program that speaks HTTP is neither beside signet nor "
		 "in %s: install both, from one build",
	    SIGNET_LIBEXECDIR);
}

/* ---- its environment ---- */

/* What libraries, sanitizers and the test's clock read. A passphrase that
 * --passin env: names is not among them. */
static bool
is_handed_on(const char *variable)
{
	static const char *const names[] = {"PATH=", "HOME=", "LANG=", "LC_",
	    "TZ=", "TERM=", "NO_COLOR=", "TMPDIR=", "LD_LIBRARY_PATH=",
	    "LD_PRELOAD=", "FAKETIME", "DONT_FAKE_", "NO_FAKE_",
	    "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
	    "TSAN_OPTIONS="};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void
choose_environment(char *ret[static ENVIRONMENT_MAX])
{
	size_t count = 0;

	for (char **e = environ; *e != NULL; e++)
		if (count < ENVIRONMENT_MAX - 1 && is_handed_on(*e))
			ret[count++] = *e;
	ret[count] = NULL;
}

/* ---- its descriptors ---- */

static enum ca_status
open_pair(int ret[2], struct ca_error *err)
{
	const struct timeval patience = {SEND_TIMEOUT, 0};
	const int size = 2 * (int)WIRE_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) != 0)
		return ca_fail(err, CA_IO, "socket pair: %s", strerror(errno));
	for (int i = 0; i < 2; i++)
		(void)setsockopt(
		    ret[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(
	    ret[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return CA_OK;
}

/* Copies high above, so that dup2() to the final numbers hits none of
 * them. */
struct handed {
	int fds[HANDED_MAX];
	size_t count;
};

static enum ca_status
hand(struct handed *handed, int fd, struct ca_error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);

	if (copy < 0)
		return ca_fail(
		    err, CA_IO, "too many files are open: %s", strerror(errno));
	handed->fds[handed->count++] = copy;
	return CA_OK;
}

static enum ca_status
make_pairs(struct front_process *front, size_t workers, struct handed *handed,
    struct ca_error *err)
{
	for (size_t i = 0; i < workers; i++) {
		int ends[2];
		enum ca_status st;

		if ((st = open_pair(ends, err)) != CA_OK)
			return st;
		front->pairs[front->count++] = ends[0];
		st = hand(handed, ends[1], err);
		(void)close(ends[1]);
		if (st != CA_OK)
			return st;
	}
	return CA_OK;
}

/* ---- starting it ---- */

static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int rc;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	/* Stays ignored: a client that went away ends nobody. */
	(void)sigdelset(&all, SIGPIPE);
	if ((rc = posix_spawnattr_setsigmask(attributes, &none)) != 0 ||
	    (rc = posix_spawnattr_setsigdefault(attributes, &all)) != 0 ||
	    (rc = posix_spawnattr_setpgroup(attributes, 0)) != 0)
		return rc;
	return posix_spawnattr_setflags(attributes,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
		POSIX_SPAWN_SETPGROUP);
}

static int
spawn(const char *program, char *const *argv, const struct handed *handed,
    pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *environment[ENVIRONMENT_MAX];
	int rc;

	choose_environment(environment);
	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attributes)) != 0)
		goto out_actions;
	rc = set_attributes(&attributes);
	for (size_t i = 0; i < handed->count && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(
		    &actions, handed->fds[i], WIRE_FIRST_FD + (int)i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(
		    &actions, WIRE_FIRST_FD + (int)handed->count);
	if (rc == 0)
		rc = posix_spawn(
		    ret, program, &actions, &attributes, argv, environment);
	(void)posix_spawnattr_destroy(&attributes);
out_actions:
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum ca_status
start(const char *home, struct front_process *front,
    const struct handed *handed, struct ca_error *err)
{
	char pairs[16], listeners[16];
	char *argv[] = {(char *)(uintptr_t)NAME, (char *)(uintptr_t)home, pairs,
	    listeners, NULL};
	struct ca_buf program = {0};
	enum ca_status st;
	int rc;

	(void)snprintf(pairs, sizeof(pairs), "%zu", front->count);
	(void)snprintf(
	    listeners, sizeof(listeners), "%zu", handed->count - front->count);
	if ((st = front_process_find(&program, err)) != CA_OK)
		goto out;
	rc = spawn(ca_buf_text(&program), argv, handed, &front->pid);
	if (rc != 0)
		st = ca_fail(err, CA_IO, "%s: cannot be started: %s",
		    ca_buf_text(&program), strerror(rc));
out:
	ca_buf_free(&program);
	return st;
}

enum ca_status
front_process_start(const char *home, size_t workers,
    const struct server_sockets *sockets, struct front_process *ret,
    struct ca_error *err)
{
	struct front_process front = {0};
	struct handed handed = {0};
	enum ca_status st;

	st = make_pairs(&front, workers, &handed, err);
	for (size_t i = 0; i < sockets->count && st == CA_OK; i++)
		st = hand(&handed, sockets->fds[i], err);
	if (st == CA_OK)
		st = start(home, &front, &handed, err);
	for (size_t i = 0; i < handed.count; i++)
		(void)close(handed.fds[i]);
	if (st != CA_OK) {
		for (size_t i = 0; i < front.count; i++)
			(void)close(front.pairs[i]);
		return st;
	}
	*ret = front;
	return CA_OK;
}

void
front_process_abandon(struct front_process *front)
{
	for (size_t i = 0; i < front->count; i++)
		(void)close(front->pairs[i]);
	if (front->pid > 0) {
		(void)kill(front->pid, SIGKILL);
		while (waitpid(front->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	*front = (struct front_process){0};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SBIN "/usr/local/sbin:/usr/sbin:/sbin"
#define ENVIRONMENT_MAX 64

/* ---- where it is ---- */

static enum ca_status
find_in(const char *path, const char *name, struct ca_buf *ret)
{
	while (*path != '\0') {
		int len = (int)strcspn(path, ":");
		size_t before = ret->len;
		enum ca_status st;

		/* An empty part would be the folder one stands in. */
		if (len > 0) {
			st = ca_buf_printf(ret, "%.*s/%s", len, path, name);
			if (st != CA_OK || ca_buf_text(ret) == NULL)
				return CA_MEMORY;
			if (access((const char *)ret->data + before, X_OK) == 0)
				return CA_OK;
			ret->len = before;
		}
		path += len + (path[len] == ':');
	}
	return CA_NOT_FOUND;
}

enum ca_status
program_find(const char *name, struct ca_buf *ret, struct ca_error *err)
{
	const char *path = getenv("PATH");
	enum ca_status st = find_in(path != NULL ? path : "", name, ret);

	if (st == CA_NOT_FOUND)
		st = find_in(SBIN, name, ret);
	if (st == CA_NOT_FOUND)
		return ca_fail(err, st, "%s: is not installed", name);
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

/* ---- what it is given ---- */

static bool
is_handed_on(const char *variable)
{
	static const char *const names[] = {
	    "PATH=", "HOME=", "USER=", "LOGNAME=", "TZ=", "TERM=", "TMPDIR=",
	    "JAVA_HOME=", "LD_LIBRARY_PATH=", "LD_PRELOAD=", "FAKETIME",
	    "DONT_FAKE_", "NO_FAKE_"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void
choose_environment(const char *more, const char *ret[static ENVIRONMENT_MAX])
{
	size_t count = 0;

	for (char **e = environ; *e != NULL; e++)
		if (count < ENVIRONMENT_MAX - 3 && is_handed_on(*e))
			ret[count++] = *e;
	ret[count++] = "LC_ALL=C";
	if (more != NULL)
		ret[count++] = more;
	ret[count] = NULL;
}

/* Its three streams are files in memory: none of them waits for another. */
struct streams {
	int fd[3];
};

static enum ca_status
open_streams(
    struct streams *streams, struct ca_bytes input, struct ca_error *err)
{
	size_t done = 0;

	for (int i = 0; i < 3; i++)
		streams->fd[i] = -1;
	for (int i = 0; i < 3; i++)
		if ((streams->fd[i] = memfd_create("program", MFD_CLOEXEC)) < 0)
			return ca_fail(err, CA_IO,
			    "a file in memory cannot be made: %s",
			    strerror(errno));
	while (done < input.len) {
		ssize_t put = write(
		    streams->fd[0], input.data + done, input.len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return ca_fail(err, CA_IO,
			    "a file in memory cannot be written: %s",
			    strerror(errno));
		done += (size_t)put;
	}
	(void)lseek(streams->fd[0], 0, SEEK_SET);
	return CA_OK;
}

static void
close_streams(const struct streams *streams)
{
	for (int i = 0; i < 3; i++)
		if (streams->fd[i] >= 0)
			(void)close(streams->fd[i]);
}

/* ---- running it ---- */

static int
set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int rc;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if ((rc = posix_spawnattr_setsigmask(attributes, &none)) != 0 ||
	    (rc = posix_spawnattr_setsigdefault(attributes, &all)) != 0)
		return rc;
	return posix_spawnattr_setflags(
	    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* posix_spawn() writes to neither array, and wants them writable. */
static char *const *
writable(const char *const *words)
{
	return (char *const *)(uintptr_t)words;
}

static int
spawn(const char *path, const struct program_call *call,
    const struct streams *streams, pid_t *ret)
{
	const char *argv[PROGRAM_WORDS_MAX + 1] = {call->name};
	const char *environment[ENVIRONMENT_MAX];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int rc;

	for (size_t i = 0; i < PROGRAM_WORDS_MAX - 1 && call->words[i] != NULL;
	     i++)
		argv[i + 1] = call->words[i];
	choose_environment(call->variable, environment);
	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attributes)) != 0)
		goto out_actions;
	rc = set_attributes(&attributes);
	for (int i = 0; i < 3 && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(
		    &actions, streams->fd[i], i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (rc == 0)
		rc = posix_spawn(ret, path, &actions, &attributes,
		    writable(argv), writable(environment));
	(void)posix_spawnattr_destroy(&attributes);
out_actions:
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum ca_status
read_stream(int fd, struct ca_buf *ret, struct ca_error *err)
{
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t got;

	if (size < 0 || (size_t)size > PROGRAM_SAID_MAX)
		return ca_fail(
		    err, CA_IO, "said more than %zu octets", PROGRAM_SAID_MAX);
	if (ca_buf_reserve(ret, (size_t)size + 1) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	got = pread(fd, ret->data + ret->len, (size_t)size, 0);
	if (got != size)
		return ca_fail(err, CA_IO, "what it said cannot be read");
	ret->len += (size_t)size;
	return CA_OK;
}

/* ---- why it failed ---- */

/* The first line that speaks of an error, else the last that says anything. */
static struct ca_bytes
telling_line(struct ca_bytes said)
{
	struct ca_bytes ret = {0};

	while (said.len > 0) {
		const uint8_t *end = memchr(said.data, '\n', said.len);
		struct ca_bytes line = {said.data,
		    end != NULL ? (size_t)(end - said.data) : said.len};

		if (line.len > 0)
			ret = line;
		if (memmem(line.data, line.len, "rror", 4) != NULL)
			return line;
		said.data += line.len + (end != NULL);
		said.len -= line.len + (end != NULL);
	}
	return ret;
}

static enum ca_status
blame(const char *name, int status, const struct streams *streams,
    struct ca_error *err)
{
	const size_t own = strlen(name) + 2;
	struct ca_buf said = {0};
	struct ca_bytes line;
	enum ca_status st;

	/* keytool complains on its standard output. */
	if (read_stream(streams->fd[2], &said, NULL) != CA_OK ||
	    (said.len == 0 &&
		read_stream(streams->fd[1], &said, NULL) != CA_OK))
		ca_buf_clear(&said);
	line = telling_line(ca_view(&said));
	/* "certutil: " is said here. */
	if (line.len > own && memcmp(line.data, name, own - 2) == 0 &&
	    line.data[own - 2] == ':') {
		line.data += own;
		line.len -= own;
	}
	if (WIFSIGNALED(status))
		st = ca_fail(err, CA_IO, "%s: was ended by signal %d", name,
		    WTERMSIG(status));
	else
		st = ca_fail(err, CA_IO, "%s: failed with exit code %d: %.*s",
		    name, WEXITSTATUS(status), (int)line.len,
		    line.len > 0 ? (const char *)line.data : "");
	ca_buf_free(&said);
	return st;
}

enum ca_status
program_run(
    const struct program_call *call, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf path = {0};
	struct streams streams = {{-1, -1, -1}};
	enum ca_status st;
	int rc, status = 0;
	pid_t pid = -1;

	if ((st = program_find(call->name, &path, err)) != CA_OK ||
	    (st = open_streams(&streams, call->input, err)) != CA_OK)
		goto out;
	if ((rc = spawn(ca_buf_text(&path), call, &streams, &pid)) != 0) {
		st = ca_fail(err, CA_IO, "%s: cannot be started: %s",
		    call->name, strerror(rc));
		goto out;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		st = blame(call->name, status, &streams, err);
	else if (ret != NULL &&
	    (st = read_stream(streams.fd[1], ret, err)) != CA_OK)
		ca_fail_in(err, call->name);
out:
	close_streams(&streams);
	ca_buf_free(&path);
	return st;
}

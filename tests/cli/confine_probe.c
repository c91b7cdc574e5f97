/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loaded into the program by LD_PRELOAD: when the command has done its work,
 * and is as confined as it was while it worked, this tries what CONFINE_PROBE
 * lists, and says in the file CONFINE_REPORT what became of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORT_FD 901 /* above all that the program opens */

/* Opened while it may be. */
__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("CONFINE_REPORT");
	int fd = path != NULL ?
	    open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) :
	    -1;

	if (fd >= 0) {
		(void)dup3(fd, REPORT_FD, O_CLOEXEC);
		(void)close(fd);
	}
}

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static int
try_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd;
}

static int
try_program(void)
{
	char *const argv[] = {(char *)"true", NULL}, *const none[] = {NULL};

	return execve("/bin/true", argv, none);
}

static int
core_is_off(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
		prctl(PR_GET_DUMPABLE) == 0 ?
	    -1 :
	    0;
}

/* Below 0: it was not let. */
static int
try(const char *what, const char *path)
{
	if (strcmp(what, "read") == 0)
		return try_open(path, O_RDONLY);
	if (strcmp(what, "list") == 0)
		return try_open(path, O_RDONLY | O_DIRECTORY);
	if (strcmp(what, "write") == 0)
		return try_open(path, O_WRONLY);
	if (strcmp(what, "make") == 0)
		return try_open(path, O_WRONLY | O_CREAT);
	if (strcmp(what, "chmod") == 0)
		return chmod(path, 0600);
	if (strcmp(what, "remove") == 0)
		return unlink(path);
	if (strcmp(what, "socket") == 0)
		return try_socket(AF_INET, SOCK_STREAM);
	if (strcmp(what, "unix") == 0)
		return try_socket(AF_UNIX, SOCK_DGRAM);
	if (strcmp(what, "listen") == 0)
		return listen(try_socket(AF_INET, SOCK_STREAM), 1);
	if (strcmp(what, "process") == 0)
		return (int)fork();
	if (strcmp(what, "core") == 0)
		return core_is_off();
	if (strcmp(what, "ptrace") == 0)
		return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	if (strcmp(what, "program") == 0)
		return try_program();
	errno = EINVAL;
	return -1;
}

__attribute__((destructor)) static void
act(void)
{
	const char *list = getenv("CONFINE_PROBE");
	pid_t self = getpid();
	char word[600];

	for (; list != NULL && *list != '\0'; list += strcspn(list, " ")) {
		char *path;
		size_t len;
		int got;

		list += strspn(list, " ");
		len = strcspn(list, " ");
		if (len == 0 || len >= sizeof(word))
			break;
		memcpy(word, list, len);
		word[len] = '\0';
		if ((path = strchr(word, ':')) != NULL)
			*path++ = '\0';
		(void)dprintf(REPORT_FD, "%s%s%s ", word, path ? ":" : "",
		    path ? path : "");
		errno = 0;
		got = try(word, path != NULL ? path : "");
		if (getpid() != self)
			_exit(0);
		(void)dprintf(REPORT_FD, "%s\n",
		    got >= 0            ? "let" :
			errno == EACCES ? "denied" :
			errno == 0      ? "off" :
					  strerrorname_np(errno));
	}
}

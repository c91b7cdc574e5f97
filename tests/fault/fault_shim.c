/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loaded into a program (LD_PRELOAD), makes one of its calls that change the
 * disk fail: the FAULT_AT-th, counted from 1 over all of them.
 *
 * FAULT_KIND:
 *   kill    the process is gone before the call
 *   torn    half of a write is done, of any other call all; then it is gone
 *   short   half of a write is done, and it says so; other calls are not met
 *   enospc, edquot, eio   it fails so, once
 *   full    it and all later ones that need room fail with ENOSPC
 *   broken  it and all later ones fail with EIO
 *
 * FAULT_LOG gets a line for each call that was met: its number, its name, and
 * what it was about; with FAULT_AT=0 for every call.
 *
 * What this does not do: meet what the C library calls within itself (stdio),
 * what is written through a mapping, and standard error.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_FD 900 /* above all that the program opens */
#define WHAT 512

enum kind {
	KIND_NONE,
	KIND_KILL,
	KIND_TORN,
	KIND_SHORT,
	KIND_ENOSPC,
	KIND_EDQUOT,
	KIND_EIO,
	KIND_FULL,
	KIND_BROKEN
};

static const char *const kinds[] = {"none", "kill", "torn", "short", "enospc",
    "edquot", "eio", "full", "broken"};

static struct {
	enum kind kind;
	int at, log;
	atomic_int calls;
} fault = {.log = -1};

__attribute__((constructor)) static void
begin(void)
{
	const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT");
	const char *log = getenv("FAULT_LOG");
	int fd;

	if (kind == NULL || at == NULL || log == NULL)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			fault.kind = (enum kind)i;
	fault.at = (int)strtol(at, NULL, 10);
	fd = (int)syscall(SYS_openat, AT_FDCWD, log,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	fault.log = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, LOG_FD);
	(void)syscall(SYS_close, fd);
}

/* ---- what happens now ---- */

static void
tell(int number, const char *call, const char *what)
{
	char line[WHAT + 64];
	int len = snprintf(
	    line, sizeof(line), "%d %s %s\n", number, call, what);

	if (len > 0)
		(void)syscall(SYS_write, fault.log, line, (size_t)len);
}

/* A filter of system calls cannot refuse the trap. */
static void
die(void)
{
	(void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
	__builtin_trap();
}

static void
name_of(int fd, char *ret)
{
	char link[64];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, ret, WHAT - 1);
	ret[len > 0 ? len : 0] = '\0';
}

/* What is to happen to this call; room: whether a full disk refuses it,
 * divides: whether half of it can be done. */
static enum kind
meets(const char *call, const char *what, bool room, bool divides)
{
	int number;

	if (fault.log < 0)
		return KIND_NONE;
	number = atomic_fetch_add(&fault.calls, 1) + 1;
	if (fault.at == 0) {
		tell(number, call, what);
		return KIND_NONE;
	}
	if (number < fault.at || (fault.kind == KIND_SHORT && !divides) ||
	    (number > fault.at && fault.kind < KIND_FULL) ||
	    (fault.kind == KIND_FULL && !room))
		return KIND_NONE;
	tell(number, call, what);
	if (fault.kind == KIND_KILL)
		die();
	return fault.kind;
}

static int
error_of(enum kind kind)
{
	switch (kind) {
	case KIND_ENOSPC:
	case KIND_FULL:
		return ENOSPC;
	case KIND_EDQUOT:
		return EDQUOT;
	case KIND_EIO:
	case KIND_BROKEN:
		return EIO;
	default:
		return 0;
	}
}

/* Of a call that is no write: CALL is done, unless it is to fail. */
#define MEET(name, what, room, call)                              \
	do {                                                      \
		enum kind kind_ = meets(name, what, room, false); \
		int error_ = error_of(kind_), rc_;                \
                                                                  \
		if (error_ != 0) {                                \
			errno = error_;                           \
			return -1;                                \
		}                                                 \
		rc_ = (int)(call);                                \
		if (kind_ == KIND_TORN)                           \
			die();                                    \
		return rc_;                                       \
	} while (0)

#define MEET_FD(name, fd, room, call)          \
	do {                                   \
		char what_[WHAT];              \
                                               \
		name_of(fd, what_);            \
		MEET(name, what_, room, call); \
	} while (0)

/* ---- writes ---- */

ssize_t
write(int fd, const void *data, size_t len)
{
	char what[WHAT];
	enum kind kind;

	if (fd == STDERR_FILENO)
		return syscall(SYS_write, fd, data, len);
	name_of(fd, what);
	kind = meets("write", what, true, len > 1);
	if (error_of(kind) != 0) {
		errno = error_of(kind);
		return -1;
	}
	if (len > 1 && (kind == KIND_TORN || kind == KIND_SHORT))
		len /= 2;
	len = (size_t)syscall(SYS_write, fd, data, len);
	if (kind == KIND_TORN)
		die();
	return (ssize_t)len;
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	char what[WHAT];
	enum kind kind;

	name_of(fd, what);
	kind = meets("pwrite", what, true, len > 1);
	if (error_of(kind) != 0) {
		errno = error_of(kind);
		return -1;
	}
	if (len > 1 && (kind == KIND_TORN || kind == KIND_SHORT))
		len /= 2;
	len = (size_t)syscall(SYS_pwrite64, fd, data, len, at);
	if (kind == KIND_TORN)
		die();
	return (ssize_t)len;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite64(fd, data, len, at);
}

int
ftruncate64(int fd, off64_t size)
{
	MEET_FD("ftruncate", fd, true, syscall(SYS_ftruncate, fd, size));
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

/* ---- syncs ---- */

int
fsync(int fd)
{
	MEET_FD("fsync", fd, false, syscall(SYS_fsync, fd));
}

int
syncfs(int fd)
{
	MEET_FD("syncfs", fd, false, syscall(SYS_syncfs, fd));
}

int
fdatasync(int fd)
{
	MEET_FD("fdatasync", fd, false, syscall(SYS_fdatasync, fd));
}

/* ---- names ---- */

static int
open_at(int folder, const char *path, int flags, mode_t mode)
{
	if ((flags & O_CREAT) == 0 && (flags & O_TMPFILE) != O_TMPFILE)
		return (int)syscall(SYS_openat, folder, path, flags, mode);
	MEET((flags & O_TMPFILE) == O_TMPFILE ? "tmpfile" : "open", path, true,
	    syscall(SYS_openat, folder, path, flags, mode));
}

#define OPEN_AT(folder, path, flags)                        \
	do {                                                \
		mode_t mode_;                               \
		va_list list_;                              \
                                                            \
		va_start(list_, flags);                     \
		mode_ = va_arg(list_, mode_t);              \
		va_end(list_);                              \
		return open_at(folder, path, flags, mode_); \
	} while (0)

int
open64(const char *path, int flags, ...)
{
	OPEN_AT(AT_FDCWD, path, flags);
}

int
open(const char *path, int flags, ...)
{
	OPEN_AT(AT_FDCWD, path, flags);
}

int
openat64(int folder, const char *path, int flags, ...)
{
	OPEN_AT(folder, path, flags);
}

int
openat(int folder, const char *path, int flags, ...)
{
	OPEN_AT(folder, path, flags);
}

/* The C library's own, which makes up the name. */
static void *
real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	return found;
}

int
mkostemp64(char *path, int flags)
{
	int (*make)(char *, int);

	*(void **)&make = real("mkostemp64");
	MEET("mkostemp", path, true, make(path, flags));
}

int
mkostemp(char *path, int flags)
{
	return mkostemp64(path, flags);
}

static bool
refuses_folder(enum kind kind)
{
	errno = error_of(kind);
	return errno != 0;
}

char *
mkdtemp(char *path)
{
	enum kind kind = meets("mkdtemp", path, true, false);
	char *(*make)(char *);

	if (refuses_folder(kind))
		return NULL;
	*(void **)&make = real("mkdtemp");
	path = make(path);
	if (kind == KIND_TORN)
		die();
	return path;
}

int
mkdir(const char *path, mode_t mode)
{
	MEET("mkdir", path, true, syscall(SYS_mkdir, path, mode));
}

int
rmdir(const char *path)
{
	MEET("rmdir", path, false, syscall(SYS_rmdir, path));
}

int
link(const char *from, const char *to)
{
	MEET("link", to, true, syscall(SYS_link, from, to));
}

int
linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	MEET("linkat", to, true,
	    syscall(SYS_linkat, from_fd, from, to_fd, to, flags));
}

int
rename(const char *from, const char *to)
{
	MEET("rename", to, false, syscall(SYS_rename, from, to));
}

int
renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	MEET("renameat2", to, false,
	    syscall(SYS_renameat2, from_fd, from, to_fd, to, flags));
}

int
unlink(const char *path)
{
	MEET("unlink", path, false, syscall(SYS_unlink, path));
}

int
unlinkat(int folder, const char *path, int flags)
{
	MEET("unlinkat", path, false,
	    syscall(SYS_unlinkat, folder, path, flags));
}

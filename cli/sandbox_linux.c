/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/sandbox.h"
#include "cli/sandbox_calls.h"

/* ---- Landlock, which has no calls in the C library ---- */

/* As of version 6 of the kernel's interface; <linux/landlock.h> may be older
 * than the kernel. */
struct ruleset {
	uint64_t fs, net, scoped;
};

#define RIGHT_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define NET_BIND_TCP UINT64_C(1)            /* version 4 */
#define NET_CONNECT_TCP UINT64_C(2)
#define SCOPE_ABSTRACT UINT64_C(1) /* version 6: no other's socket names */
#define SCOPE_SIGNAL UINT64_C(2)

#define RIGHTS_READ LANDLOCK_ACCESS_FS_READ_FILE
#define RIGHTS_WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE)
#define RIGHTS_FOLDER                                               \
	(LANDLOCK_ACCESS_FS_READ_DIR | RIGHTS_READ | RIGHTS_WRITE | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)

static long
create_ruleset(const struct ruleset *rules, size_t size, uint32_t flags)
{
	return syscall(SYS_landlock_create_ruleset, rules, size, flags);
}

/* What this version can deny is denied, but for what is allowed below. */
static struct ruleset
denied(enum sandbox_role role, long version, size_t *ret_size)
{
	struct ruleset rules = {.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

	*ret_size = sizeof(rules.fs);
	if (version >= 2)
		rules.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		rules.fs |= RIGHT_TRUNCATE;
	if (version >= 4) {
		rules.net = NET_BIND_TCP | NET_CONNECT_TCP;
		*ret_size += sizeof(rules.net);
	}
	if (version >= 5)
		rules.fs |= RIGHT_IOCTL_DEV;
	if (version >= 6) {
		/* The signer tells the front to end. */
		rules.scoped = SCOPE_ABSTRACT |
		    (role == SANDBOX_FRONT ? SCOPE_SIGNAL : 0);
		*ret_size += sizeof(rules.scoped);
	}
	return rules;
}

struct allowed {
	const char *folder, *name;
	uint64_t rights;
	bool needed;
};

static enum ca_status
allow(int ruleset, const struct ruleset *rules, const struct allowed *what,
    struct ca_error *err)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = what->rights & rules->fs};
	struct ca_buf path = {0};
	const char *text = NULL;
	enum ca_status st = CA_OK;

	if (ca_buf_printf(&path, "%s%s", what->folder, what->name) == CA_OK)
		text = ca_buf_text(&path);
	if (text == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	rule.parent_fd = open(text, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		if (errno != ENOENT || what->needed)
			st = ca_fail(err, CA_IO, "%s: cannot be opened: %s",
			    text, strerror(errno));
		goto out;
	}
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) != 0)
		st = ca_fail(
		    err, CA_IO, "%s: Landlock: %s", text, strerror(errno));
	(void)close(rule.parent_fd);
out:
	ca_buf_free(&path);
	return st;
}

static enum ca_status
allow_files(enum sandbox_role role, const char *home, int ruleset,
    const struct ruleset *rules, struct ca_error *err)
{
	const struct allowed signer[] = {
	    {home, "", RIGHTS_FOLDER, true},
	    /* A generator of random numbers is seeded again. */
	    {"/dev/", "urandom", RIGHTS_READ, false},
	    {"/dev/", "random", RIGHTS_READ, false},
	};
	const struct allowed front[] = {
	    {home, "/ledger.db", RIGHTS_READ, true},
	    {home, "/ledger.db-wal", RIGHTS_READ, false},
	    {home, "/ledger.db-shm", RIGHTS_READ | RIGHTS_WRITE, false},
	    {"/dev/", "urandom", RIGHTS_READ, false},
	};
	/* A sanitizer looks at the process' own maps when it ends. */
	const struct allowed sanitizer = {
	    "/proc", "", RIGHTS_READ | LANDLOCK_ACCESS_FS_READ_DIR, false};
	const struct allowed *list = role == SANDBOX_SIGNER ? signer : front;
	size_t count = role == SANDBOX_SIGNER ?
	    sizeof(signer) / sizeof(signer[0]) :
	    sizeof(front) / sizeof(front[0]);
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < count && st == CA_OK; i++)
		st = allow(ruleset, rules, &list[i], err);
	if (st == CA_OK && SANDBOX_SANITIZED)
		st = allow(ruleset, rules, &sanitizer, err);
	return st;
}

#define NO_LANDLOCK                                                         \
	"this kernel offers no Landlock: which files are read and written " \
	"is not confined\n"

/* Old kernels have none, some boot without, some containers forbid it. */
static bool
is_not_offered(int error)
{
	return error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

static enum ca_status
confine_files(enum sandbox_role role, const char *home, struct ca_buf *ret_note,
    struct ca_error *err)
{
	long version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules;
	enum ca_status st;
	size_t size;
	int fd;

	if (version < 0 && is_not_offered(errno))
		return ca_buf_append_text(ret_note, NO_LANDLOCK);
	if (version < 0)
		return ca_fail(err, CA_IO, "Landlock: %s", strerror(errno));
	rules = denied(role, version, &size);
	if ((fd = (int)create_ruleset(&rules, size, 0)) < 0)
		return ca_fail(err, CA_IO, "Landlock: %s", strerror(errno));
	st = allow_files(role, home, fd, &rules, err);
	if (st == CA_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		st = ca_fail(err, CA_IO, "Landlock: %s", strerror(errno));
	(void)close(fd);
	return st;
}

/* ---- a command that runs once ---- */

#define RIGHTS_OF_FILES (RIGHTS_READ | RIGHTS_WRITE | RIGHT_IOCTL_DEV)

static const struct {
	unsigned access;
	uint64_t rights;
} meanings[] = {
    {SANDBOX_READ, RIGHTS_READ | LANDLOCK_ACCESS_FS_READ_DIR},
    {SANDBOX_LIST, LANDLOCK_ACCESS_FS_READ_DIR},
    {SANDBOX_WRITE, RIGHTS_WRITE},
    {SANDBOX_MAKE,
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE},
    {SANDBOX_FOLDERS,
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	    LANDLOCK_ACCESS_FS_REFER},
    {SANDBOX_TERMINAL, RIGHT_IOCTL_DEV},
};

static uint64_t
rights_of(unsigned access)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if ((access & meanings[i].access) != 0)
			rights |= meanings[i].rights;
	return rights;
}

/* What cannot be opened here cannot be opened later either, and the command
 * says so in its own words. A pipe lies on no file system: the kernel takes no
 * rule for it (EBADFD) and lets it through. */
static bool
is_let(
    int ruleset, const struct ruleset *rules, const char *path, unsigned access)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = rights_of(access) & rules->fs};
	struct stat info;
	bool done;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return true;
	if (fstat(rule.parent_fd, &info) != 0 || !S_ISDIR(info.st_mode))
		rule.allowed_access &= RIGHTS_OF_FILES;
	done = rule.allowed_access == 0 ||
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) == 0 ||
	    errno == EBADFD;
	(void)close(rule.parent_fd);
	return done;
}

/* What names of hosts are looked up with, and the libraries that do it. */
static const char *const resolver[] = {"/etc/resolv.conf", "/etc/hosts",
    "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/etc/protocols", "/etc/networks", "/etc/ld.so.cache", "/lib", "/lib64",
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/gnu/store",
    "/run/systemd/resolve"};

static bool
are_let(int ruleset, const struct ruleset *rules,
    const struct sandbox_place *places, size_t count, bool network)
{
	for (size_t i = 0; i < count; i++)
		if (!is_let(ruleset, rules, places[i].path, places[i].access))
			return false;
	for (size_t i = 0;
	     network && i < sizeof(resolver) / sizeof(resolver[0]); i++)
		if (!is_let(ruleset, rules, resolver[i], SANDBOX_READ))
			return false;
	return is_let(ruleset, rules, "/dev/urandom", SANDBOX_READ) &&
	    is_let(ruleset, rules, "/dev/random", SANDBOX_READ) &&
	    (!SANDBOX_SANITIZED ||
		is_let(ruleset, rules, "/proc", SANDBOX_READ));
}

static enum ca_status
confine_files_once(const struct sandbox_place *places, size_t count,
    bool network, struct ca_buf *ret_note)
{
	long version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules;
	size_t size;
	bool done;
	int fd, error;

	if (version < 0)
		return ca_buf_append_text(ret_note, NO_LANDLOCK);
	rules = denied(SANDBOX_FRONT, version, &size);
	if (network)
		rules.net &= NET_BIND_TCP;
	fd = (int)create_ruleset(&rules, size, 0);
	done = fd >= 0 && are_let(fd, &rules, places, count, network) &&
	    syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	error = errno;
	if (fd >= 0)
		(void)close(fd);
	if (done)
		return CA_OK;
	return ca_buf_printf(ret_note,
	    "Landlock: %s: which files are read and written is not confined\n",
	    strerror(error));
}

enum ca_status
sandbox_enter_once(const struct sandbox_place *places, size_t count,
    bool network, struct ca_buf *ret_note, struct ca_error *err)
{
	enum ca_status st;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ca_buf_printf(ret_note,
		    "privileges cannot be given up: %s: nothing is confined\n",
		    strerror(errno));
	st = confine_files_once(places, count, network, ret_note);
	if (st != CA_OK)
		return ca_fail(err, st, "out of memory");
	return sandbox_confine_calls_once(network, ret_note, err);
}

/* ---- all of it ---- */

/* A sanitizer that looks for leaks traces this process. */
void
sandbox_guard_memory(void)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	if (!SANDBOX_SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum ca_status
sandbox_enter(enum sandbox_role role, const char *home, struct ca_buf *ret_note,
    struct ca_error *err)
{
	const struct rlimit none = {0, 0};
	enum ca_status st;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    (!SANDBOX_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return ca_fail(err, CA_IO, "privileges cannot be given up: %s",
		    strerror(errno));
	if ((st = confine_files(role, home, ret_note, err)) != CA_OK)
		return st;
	return sandbox_confine_calls(role, ret_note, err);
}

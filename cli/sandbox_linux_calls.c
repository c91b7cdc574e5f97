/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "cli/sandbox_calls.h"

/* ---- the lists ---- */

/* Memory, time, signals, files that Landlock lets through, descriptors that
 * are open. A name that this machine or libseccomp does not know is passed
 * over. */
static const char *const both[] = {"access", "brk", "clock_getres",
    "clock_gettime", "clock_nanosleep", "close", "close_range", "dup", "dup2",
    "dup3", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
    "epoll_wait", "eventfd2", "exit", "exit_group", "faccessat", "faccessat2",
    "fadvise64", "fcntl", "fcntl64", "fstat", "fstat64", "fstatat64", "fstatfs",
    "fstatfs64", "ftruncate", "ftruncate64", "futex", "futex_time64", "getcpu",
    "getcwd", "getdents64", "getegid", "getegid32", "geteuid", "geteuid32",
    "getgid", "getgid32", "getpeername", "getpid", "getppid", "getrandom",
    "getrlimit", "getrusage", "getsockname", "getsockopt", "gettid",
    "gettimeofday", "getuid", "getuid32", "lseek", "_llseek", "lstat",
    "lstat64", "madvise", "membarrier", "mlock", "mlock2", "mremap", "munlock",
    "munmap", "nanosleep", "newfstatat", "open", "openat", "pipe2", "poll",
    "ppoll", "ppoll_time64", "pread64", "preadv", "pselect6", "pwrite64",
    "pwritev", "read", "readlink", "readlinkat", "readv", "recvfrom", "recvmsg",
    "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
    "sched_getaffinity", "sched_yield", "select", "sendmsg", "sendto",
    "set_robust_list", "setsockopt", "shutdown", "sigaltstack", "sigreturn",
    "stat", "stat64", "statfs", "statfs64", "statx", "sysinfo", "tgkill",
    "time", "times", "ugetrlimit", "umask", "uname", "write", "writev", NULL};

static const char *const signer_alone[] = {"chmod", "fallocate", "fchmod",
    "fchmodat", "fchown", "fchown32", "fdatasync", "flock", "fsync", "link",
    "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat",
    "utimensat", "wait4", "waitid", NULL};

static const char *const front_alone[] = {
    "accept", "accept4", "sched_setaffinity", "sendfile", "sendfile64", NULL};

/* No mistake and no library would ask for these. */
static const char *const ends_all[] = {"add_key", "bpf", "chroot",
    "delete_module", "execve", "execveat", "finit_module", "fork",
    "init_module", "io_uring_setup", "kcmp", "kexec_file_load", "kexec_load",
    "keyctl", "memfd_create", "mount", "move_mount", "open_by_handle_at",
    "perf_event_open", "pidfd_getfd", "pivot_root", "process_madvise",
    "process_vm_readv", "process_vm_writev", "reboot", "request_key", "setgid",
    "setns", "setresgid", "setresuid", "setuid", "swapon", "umount2", "unshare",
    "userfaultfd", "vfork", NULL};

static const char *const ends_both[] = {
    "bind", "connect", "listen", "socket", "socketpair", NULL};

static const char *const ends_signer[] = {"accept", "accept4", NULL};

static const char *const ends_unless_sanitized[] = {"ptrace", NULL};

/* Of a command that runs once. A library may ask for a socket, to a daemon
 * that knows names or keeps a log, and does without. */
static const char *const once_no_network[] = {
    "bind", "connect", "socket", "socketpair", NULL};

/* The modes of files, which Landlock lets be changed, and memory that is
 * shared with others. */
static const char *const once_denied[] = {"accept", "accept4", "chmod", "chown",
    "chown32", "fchmodat", "fchmodat2", "fchownat", "futimesat", "lchown",
    "lchown32", "listen", "lremovexattr", "lsetxattr", "msgget",
    "pidfd_send_signal", "removexattr", "rt_sigqueueinfo", "semget", "setxattr",
    "shmat", "shmget", "utime", "utimensat", "utimes", NULL};

/* ---- the filter ---- */

static int
add_list(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
	int rc = 0;

	for (; *names != NULL && rc == 0; names++) {
		int number = seccomp_syscall_resolve_name(*names);

		if (number != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(filter, action, number, 0);
	}
	return rc;
}

/* One call, when this argument, of these bits, is this. */
static int
add_when(scmp_filter_ctx filter, uint32_t action, const char *name,
    unsigned argument, uint64_t mask, uint64_t value)
{
	int number = seccomp_syscall_resolve_name(name);
	const struct scmp_arg_cmp when = SCMP_CMP(
	    argument, SCMP_CMP_MASKED_EQ, mask, value);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add(filter, action, number, 1, when);
}

static int
allow_when(scmp_filter_ctx filter, const char *name, unsigned argument,
    uint64_t mask, uint64_t value)
{
	return add_when(filter, SCMP_ACT_ALLOW, name, argument, mask, value);
}

static int
deny_when(scmp_filter_ctx filter, const char *name, unsigned argument,
    uint64_t mask, uint64_t value)
{
	return add_when(
	    filter, SCMP_ACT_ERRNO(EACCES), name, argument, mask, value);
}

static int
add_conditions(scmp_filter_ctx filter, enum sandbox_role role)
{
	const uint64_t all = UINT32_MAX;
	int rc;

	/* No memory that was written becomes a program. */
	if ((rc = allow_when(filter, "mmap", 2, PROT_EXEC, 0)) != 0 ||
	    (rc = allow_when(filter, "mmap2", 2, PROT_EXEC, 0)) != 0 ||
	    (rc = allow_when(filter, "mprotect", 2, PROT_EXEC, 0)) != 0 ||
	    /* Of this process alone. */
	    (rc = allow_when(filter, "prlimit64", 0, all, 0)) != 0 ||
	    (rc = allow_when(filter, "ioctl", 1, all, FIONREAD)) != 0 ||
	    (rc = allow_when(filter, "ioctl", 1, all, FIONBIO)) != 0 ||
	    (rc = allow_when(filter, "prctl", 0, all, PR_SET_NAME)) != 0)
		return rc;
	/* A thread; clone3() hides its flags, and who is told that there is
	 * none takes clone(). */
	if ((rc = allow_when(filter, "clone", 0, CLONE_THREAD, CLONE_THREAD)) !=
		0 ||
	    role == SANDBOX_FRONT)
		return rc;
	if ((rc = allow_when(filter, "kill", 1, all, SIGTERM)) != 0)
		return rc;
	return allow_when(filter, "kill", 1, all, SIGKILL);
}

static int
fill(scmp_filter_ctx filter, enum sandbox_role role)
{
	int rc;

	if ((rc = add_list(filter, SCMP_ACT_KILL_PROCESS, ends_all)) != 0 ||
	    (rc = add_list(filter, SCMP_ACT_KILL_PROCESS, ends_both)) != 0)
		return rc;
	if (role == SANDBOX_SIGNER &&
	    (rc = add_list(filter, SCMP_ACT_KILL_PROCESS, ends_signer)) != 0)
		return rc;
	if (SANDBOX_SANITIZED)
		return 0;
	if ((rc = add_list(
		 filter, SCMP_ACT_KILL_PROCESS, ends_unless_sanitized)) != 0 ||
	    (rc = add_list(filter, SCMP_ACT_ALLOW, both)) != 0 ||
	    (rc = add_conditions(filter, role)) != 0)
		return rc;
	return add_list(filter, SCMP_ACT_ALLOW,
	    role == SANDBOX_SIGNER ? signer_alone : front_alone);
}

/* Names are looked up by libraries that are loaded for it: with network,
 * memory may become a program. */
static int
fill_once(scmp_filter_ctx filter, bool network)
{
	const uint64_t all = UINT32_MAX;
	int rc;

	if ((rc = add_list(filter, SCMP_ACT_KILL_PROCESS, ends_all)) != 0 ||
	    (rc = add_list(filter, SCMP_ACT_ERRNO(EACCES), once_denied)) != 0 ||
	    (!network &&
		(rc = add_list(
		     filter, SCMP_ACT_ERRNO(EACCES), once_no_network)) != 0) ||
	    /* Words put into the terminal, for the shell that comes after. */
	    (rc = deny_when(filter, "ioctl", 1, all, TIOCSTI)) != 0 ||
	    (rc = deny_when(filter, "ioctl", 1, all, TIOCLINUX)) != 0)
		return rc;
	if (SANDBOX_SANITIZED)
		return 0;
	if ((rc = add_list(
		 filter, SCMP_ACT_KILL_PROCESS, ends_unless_sanitized)) != 0 ||
	    (rc = deny_when(filter, "clone", 0, CLONE_THREAD, 0)) != 0)
		return rc;
	rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
	    seccomp_syscall_resolve_name("clone3"), 0);
	if (rc != 0 || network)
		return rc;
	if ((rc = deny_when(filter, "mmap", 2, PROT_EXEC, PROT_EXEC)) != 0 ||
	    (rc = deny_when(filter, "mmap2", 2, PROT_EXEC, PROT_EXEC)) != 0)
		return rc;
	return deny_when(filter, "mprotect", 2, PROT_EXEC, PROT_EXEC);
}

static bool
calls_can_be_confined(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

#define NO_SECCOMP \
	"this kernel offers no seccomp: system calls are not confined\n"

enum ca_status
sandbox_confine_calls(
    enum sandbox_role role, struct ca_buf *ret_note, struct ca_error *err)
{
	scmp_filter_ctx filter;
	int rc;

	if (!calls_can_be_confined())
		return ca_buf_append_text(ret_note, NO_SECCOMP);
	filter = seccomp_init(
	    SANDBOX_SANITIZED ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS));
	if (filter == NULL)
		return ca_fail(err, CA_MEMORY, "seccomp: out of memory");
	/* A tree instead of a list: what is called often is found soon. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if ((rc = fill(filter, role)) == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc != 0)
		return ca_fail(err, CA_IO, "seccomp: %s", strerror(-rc));
	return CA_OK;
}

enum ca_status
sandbox_confine_calls_once(
    bool network, struct ca_buf *ret_note, struct ca_error *err)
{
	scmp_filter_ctx filter;
	int rc;

	if (!calls_can_be_confined())
		return ca_buf_append_text(ret_note, NO_SECCOMP);
	if ((filter = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
		return ca_fail(err, CA_MEMORY, "seccomp: out of memory");
	if ((rc = fill_once(filter, network)) == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc != 0)
		return ca_buf_printf(ret_note,
		    "seccomp: %s: system calls are not confined\n",
		    strerror(-rc));
	return CA_OK;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every probe runs in a process of its own, inside the sandbox: it says by its
 * exit code, or by the signal that ended it, what it was let do.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cli/file.h"
#include "cli/sandbox.h"
#include "tests/unit/authority_fixture.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum verdict {
	DONE = 10,   /* it was let */
	DENIED,      /* it failed, and the process goes on */
	ENDED,       /* the kernel ended the process */
	NOT_OFFERED, /* this kernel cannot deny it */
	BROKEN       /* something else went wrong */
};

struct place {
	struct lab *lab;
	const char *home;
	int listener; /* with a connection waiting */
};

typedef enum verdict probe_fn(struct place *p);

/* ---- running one ---- */

/* before() is what a process does while it may. */
static enum verdict
inside(struct place *p, enum sandbox_role role, probe_fn *before, probe_fn *fn)
{
	struct ca_buf note = {0};
	struct ca_error err = {0};
	enum verdict verdict;

	if (before != NULL && before(p) != DONE)
		return BROKEN;
	if (sandbox_enter(role, p->home, &note, &err) != CA_OK) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return BROKEN;
	}
	verdict = note.len > 0 ? NOT_OFFERED : fn(p);
	ca_buf_free(&note);
	return verdict;
}

static enum verdict
outcome(struct place *p, enum sandbox_role role, probe_fn *before, probe_fn *fn)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit((int)inside(p, role, before, fn));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? ENDED : BROKEN;
	return (enum verdict)WEXITSTATUS(status);
}

static void
expect(struct place *p, enum sandbox_role role, probe_fn *before, probe_fn *fn,
    enum verdict expected, const char *what)
{
	enum verdict got = outcome(p, role, before, fn);

	if (got == NOT_OFFERED) {
		print_message("this kernel does not offer all of it\n");
		skip();
	}
	if (got != expected)
		fail_msg("%s: verdict %d, expected %d", what, got, expected);
}

#define SIGNER(p, fn, verdict) \
	expect(p, SANDBOX_SIGNER, NULL, fn, verdict, "signer: " #fn)
#define FRONT(p, fn, verdict) \
	expect(p, SANDBOX_FRONT, NULL, fn, verdict, "front: " #fn)

static int
open_place(void **state)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct place *p = calloc(1, sizeof(*p));
	void *lab = NULL;

	assert_non_null(p);
	if (lab_open(&lab) != 0)
		return -1;
	p->lab = lab;
	p->home = p->lab->home;
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(p->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(p->listener, 8), 0);
	*state = p;
	return 0;
}

static int
close_place(void **state)
{
	struct place *p = *state;
	void *lab = p->lab;

	(void)close(p->listener);
	free(p);
	return lab_close(&lab);
}

/* ---- what both may not do ---- */

static enum verdict
probe_socket(struct place *p)
{
	(void)p;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? DONE : DENIED;
}

static enum verdict
probe_unix_socket(struct place *p)
{
	int fds[2];

	(void)p;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 ? DONE : DENIED;
}

static enum verdict
probe_connect(struct place *p)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	return getsockname(p->listener, (struct sockaddr *)&address, &len) ==
		    0 &&
		connect(p->listener, (struct sockaddr *)&address, len) == 0 ?
	    DONE :
	    DENIED;
}

static enum verdict
probe_bind(struct place *p)
{
	const struct sockaddr_in address = {.sin_family = AF_INET};

	return bind(p->listener, (const struct sockaddr *)&address,
		   sizeof(address)) == 0 ?
	    DONE :
	    DENIED;
}

static enum verdict
probe_program(struct place *p)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL};
	char *const none[] = {NULL};

	(void)p;
	(void)execve("/bin/true", argv, none);
	return DENIED;
}

static enum verdict
probe_trace(struct place *p)
{
	(void)p;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? DONE : DENIED;
}

static enum verdict
probe_process(struct place *p)
{
	pid_t pid = fork();

	(void)p;
	if (pid == 0)
		_exit(0);
	return pid > 0 ? DONE : DENIED;
}

static enum verdict
probe_written_code(struct place *p)
{
	(void)p;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ?
	    DONE :
	    DENIED;
}

static enum verdict
try_open(const char *folder, const char *name, int flags)
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((fd = open(path, flags | O_CLOEXEC, 0600)) >= 0) {
		(void)close(fd);
		return DONE;
	}
	return errno == EACCES ? DENIED : BROKEN;
}

static enum verdict
probe_read_outside(struct place *p)
{
	(void)p;
	return try_open("/etc", "passwd", O_RDONLY);
}

static enum verdict
probe_list_outside(struct place *p)
{
	return try_open(p->lab->folder, ".", O_RDONLY | O_DIRECTORY);
}

static enum verdict
probe_make_outside(struct place *p)
{
	return try_open(p->lab->folder, "planted", O_WRONLY | O_CREAT);
}

static enum verdict
probe_leave_by_link(struct place *p)
{
	return try_open(p->home, "crl/out", O_RDONLY);
}

/* No look into it from outside, and no way back. */
static enum verdict
probe_process_state(struct place *p)
{
	struct rlimit core = {1, 1};

	(void)p;
	if (prctl(PR_SET_NAME, "probe", 0, 0, 0) != 0 ||
	    getrlimit(RLIMIT_CORE, &core) != 0)
		return BROKEN;
	return core.rlim_cur == 0 && core.rlim_max == 0 ? DENIED : DONE;
}

static void
neither_may_leave(void **state)
{
	struct place *p = *state;
	static const enum sandbox_role roles[] = {
	    SANDBOX_SIGNER, SANDBOX_FRONT};
	char link[400];

	(void)snprintf(link, sizeof(link), "%s/crl/out", p->home);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	for (size_t i = 0; i < COUNT(roles); i++) {
		enum sandbox_role role = roles[i];

		expect(p, role, NULL, probe_socket, ENDED, "socket");
		expect(p, role, NULL, probe_unix_socket, ENDED, "socketpair");
		expect(p, role, NULL, probe_connect, ENDED, "connect");
		expect(p, role, NULL, probe_bind, ENDED, "bind");
		expect(p, role, NULL, probe_program, ENDED, "execve");
		expect(p, role, NULL, probe_read_outside, DENIED, "read");
		expect(p, role, NULL, probe_list_outside, DENIED, "list");
		expect(p, role, NULL, probe_make_outside, DENIED, "make");
		expect(p, role, NULL, probe_leave_by_link, DENIED, "link");
		expect(p, role, NULL, probe_process_state, DENIED, "core");
		/* A sanitizer's own needs: cli/sandbox_calls.h. */
		if (SANITIZED)
			continue;
		expect(p, role, NULL, probe_trace, ENDED, "ptrace");
		expect(p, role, NULL, probe_process, DENIED, "fork");
		expect(p, role, NULL, probe_written_code, DENIED, "mmap");
	}
}

/* The same calls work without it: the probes above can fail. */
static enum verdict
outside(struct place *p, probe_fn *fn)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit((int)fn(p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : ENDED;
}

static void
before_it_they_may(void **state)
{
	struct place *p = *state;

	assert_int_equal(outside(p, probe_socket), DONE);
	assert_int_equal(outside(p, probe_unix_socket), DONE);
	assert_int_equal(outside(p, probe_process), DONE);
	assert_int_equal(outside(p, probe_read_outside), DONE);
	assert_int_equal(outside(p, probe_list_outside), DONE);
	assert_int_equal(outside(p, probe_make_outside), DONE);
	/* The program itself ends with 0, which is no verdict. */
	assert_int_equal(outside(p, probe_program), 0);
}

/* ---- the signer ---- */

/* Opens the home before, as `serve` does. */
static enum verdict
prepare_signer(struct place *p)
{
	struct lab *l = p->lab;
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};

	/* What the parent has open is the parent's. */
	l->a = NULL;
	l->signer = (struct signer){0};
	if (authority_open(&options, &l->a, &l->err) != CA_OK ||
	    signer_open(l->a, "issuing", &l->signer, &l->err) != CA_OK ||
	    signer_unlock(l->a, &l->signer, &l->pass, &l->err) != CA_OK)
		return BROKEN;
	return DONE;
}

static enum verdict
probe_sign_and_publish(struct place *p)
{
	struct lab *l = p->lab;
	struct ca_buf der = {0};
	char path[400];

	if (authority_crl(l->a, &l->signer, 0, &der, &l->err) != CA_OK) {
		(void)fprintf(stderr, "%s\n", l->err.msg);
		return DENIED;
	}
	(void)snprintf(path, sizeof(path), "%s/crl/issuing.crl", l->home);
	for (int i = 0; i < 2; i++)
		if (file_write(path, ca_view(&der), FILE_PUBLIC, FILE_REPLACE,
			&l->err) != CA_OK) {
			(void)fprintf(stderr, "%s\n", l->err.msg);
			return DENIED;
		}
	ca_buf_free(&der);
	signer_done(&l->signer);
	authority_close(l->a);
	return DONE;
}

/* A connection that was not open before. */
static enum verdict
probe_open_the_ledger(struct place *p)
{
	struct lab *l = p->lab;
	const struct ledger_options options = {
	    .path = l->ledger_path, .wait_ms = 10000};
	struct ledger *ledger = NULL;

	if (ledger_open(&options, &ledger, &l->err) != CA_OK ||
	    ledger_begin(ledger, &l->err) != CA_OK ||
	    ledger_commit(ledger, &l->err) != CA_OK)
		return DENIED;
	ledger_close(ledger);
	return DONE;
}

static enum verdict
probe_read_a_policy(struct place *p)
{
	return try_open(p->home, "policies/server.policy", O_RDONLY);
}

static enum verdict
probe_new_key(struct place *p)
{
	struct lab *l = p->lab;
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;

	if (try_open("/dev", "urandom", O_RDONLY) != DONE ||
	    ca_rng_new(&rng, &l->err) != CA_OK ||
	    ca_key_generate(CA_KEY_P256, 0, rng, &key, &l->err) != CA_OK)
		return DENIED;
	ca_key_free(key);
	ca_rng_free(rng);
	return DONE;
}

static enum verdict
probe_accept(struct place *p)
{
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	return fd >= 0 ? DONE : DENIED;
}

static enum verdict
probe_special_file(struct place *p)
{
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/fifo", p->home);
	return mkfifo(path, 0600) == 0 ? DONE : DENIED;
}

static enum verdict
probe_signal(struct place *p)
{
	(void)p;
	/* To itself, of no effect: it is about whether it may be sent. */
	(void)signal(SIGTERM, SIG_IGN);
	if (kill(getpid(), SIGTERM) != 0)
		return BROKEN;
	return SANITIZED || kill(getpid(), SIGWINCH) != 0 ? DENIED : DONE;
}

static void *
thread(void *ctx)
{
	*(bool *)ctx = true;
	return NULL;
}

static enum verdict
probe_thread(struct place *p)
{
	bool ran = false;
	pthread_t id;

	(void)p;
	if (pthread_create(&id, NULL, thread, &ran) != 0 ||
	    pthread_join(id, NULL) != 0)
		return DENIED;
	return ran ? DONE : BROKEN;
}

static void
the_signer_keeps_what_it_needs(void **state)
{
	struct place *p = *state;

	expect(p, SANDBOX_SIGNER, prepare_signer, probe_sign_and_publish, DONE,
	    "sign and publish");
	SIGNER(p, probe_open_the_ledger, DONE);
	SIGNER(p, probe_read_a_policy, DONE);
	SIGNER(p, probe_new_key, DONE);
	SIGNER(p, probe_thread, DONE);
	SIGNER(p, probe_signal, DENIED);
	SIGNER(p, probe_accept, ENDED);
	SIGNER(p, probe_special_file, DENIED);
	lab_audit_clean(p->lab);
}

/* ---- the front ---- */

static enum verdict
probe_read_the_ledger(struct place *p)
{
	struct lab *l = p->lab;
	const struct ledger_options options = {
	    .path = l->ledger_path, .wait_ms = 10000, .read_only = true};
	struct ledger *ledger = NULL;
	struct ledger_status status;
	const uint8_t serial[] = {1};

	if (ledger_open(&options, &ledger, &l->err) != CA_OK ||
	    ledger_cert_status(ledger, 2,
		(struct ca_bytes){serial, sizeof(serial)}, &status,
		&l->err) != CA_OK) {
		(void)fprintf(stderr, "%s\n", l->err.msg);
		return DENIED;
	}
	ledger_close(ledger);
	return DONE;
}

static enum verdict
probe_write_the_ledger(struct place *p)
{
	return try_open(p->home, "ledger.db", O_RDWR);
}

static enum verdict
probe_write_the_log(struct place *p)
{
	return try_open(p->home, "ledger.db-wal", O_RDWR);
}

static enum verdict
probe_read_a_key(struct place *p)
{
	return try_open(p->home, "keys/issuing.key", O_RDONLY);
}

static enum verdict
probe_make_in_home(struct place *p)
{
	return try_open(p->home, "crl/planted.crl", O_WRONLY | O_CREAT);
}

static enum verdict
probe_listen(struct place *p)
{
	return listen(p->listener, 1) == 0 ? DONE : DENIED;
}

static void
the_front_keeps_what_it_needs(void **state)
{
	struct place *p = *state;
	struct sockaddr_in address = {0};
	socklen_t len = sizeof(address);
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    getsockname(p->listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
	FRONT(p, probe_accept, DONE);
	(void)close(client);
	FRONT(p, probe_read_the_ledger, DONE);
	FRONT(p, probe_thread, DONE);
	FRONT(p, probe_write_the_ledger, DENIED);
	FRONT(p, probe_write_the_log, DENIED);
	FRONT(p, probe_read_a_key, DENIED);
	FRONT(p, probe_read_a_policy, DENIED);
	FRONT(p, probe_make_in_home, DENIED);
	FRONT(p, probe_listen, ENDED);
	if (!SANITIZED)
		FRONT(p, probe_signal, BROKEN);
}

/* ---- as an ordinary user, and what is missing ---- */

#define NOBODY 65534

static enum verdict
become_nobody(struct place *p)
{
	(void)p;
	return setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		setresuid(NOBODY, NOBODY, NOBODY) == 0 ?
	    DONE :
	    BROKEN;
}

static enum verdict
probe_write_twice(struct place *p)
{
	struct ca_error err = {0};
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/file", p->home);
	for (int i = 0; i < 2; i++)
		if (file_write(path, ca_text("x"), FILE_PUBLIC, FILE_REPLACE,
			&err) != CA_OK) {
			(void)fprintf(stderr, "%s\n", err.msg);
			return DENIED;
		}
	return DONE;
}

static void
an_ordinary_user_has_it_too(void **state)
{
	struct place *p = *state;
	char folder[400], file[420];

	if (geteuid() != 0) {
		print_message("every test here is one\n");
		skip();
	}
	(void)snprintf(folder, sizeof(folder), "%s/own", p->lab->folder);
	(void)snprintf(file, sizeof(file), "%s/file", folder);
	assert_int_equal(chmod(p->lab->folder, 0711), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chown(folder, NOBODY, NOBODY), 0);
	p->home = folder;
	expect(p, SANDBOX_SIGNER, become_nobody, probe_write_twice, DONE,
	    "an ordinary user writes");
	expect(p, SANDBOX_SIGNER, become_nobody, probe_read_outside, DENIED,
	    "an ordinary user reads elsewhere");
	expect(p, SANDBOX_SIGNER, become_nobody, probe_socket, ENDED,
	    "an ordinary user's socket");
	p->home = p->lab->home;
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
a_home_that_is_not_there_is_an_error(void **state)
{
	struct place *p = *state;
	enum verdict got;

	p->home = "/nonexistent/home";
	got = outcome(p, SANDBOX_SIGNER, NULL, probe_socket);
	if (got == NOT_OFFERED)
		skip();
	assert_int_equal(got, BROKEN);
	p->home = p->lab->home;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		before_it_they_may, open_place, close_place),
	    cmocka_unit_test_setup_teardown(
		neither_may_leave, open_place, close_place),
	    cmocka_unit_test_setup_teardown(
		the_signer_keeps_what_it_needs, open_place, close_place),
	    cmocka_unit_test_setup_teardown(
		the_front_keeps_what_it_needs, open_place, close_place),
	    cmocka_unit_test_setup_teardown(
		an_ordinary_user_has_it_too, open_place, close_place),
	    cmocka_unit_test_setup_teardown(
		a_home_that_is_not_there_is_an_error, open_place, close_place),
	};

	/* Its own calls would be confined with those of the test. */
	if (under_valgrind())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

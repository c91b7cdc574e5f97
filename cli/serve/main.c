/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signet-front: the process of `signet serve` that the network talks to. It
 * is started with the descriptors that cli/wire.h names, has no key and
 * writes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/sandbox.h"
#include "cli/serve/http.h"
#include "cli/wire.h"
#include "db/ledger_pace.h"
#include "db/ledger_witness.h"

#define LISTENERS_MAX 16
#define DAEMONS_MAX (LISTENERS_MAX + WIRE_PAIRS_MAX)
#define USAGE 2
/* Milliseconds that a look at the ledger waits for whoever recovers its log;
 * those who write do not keep readers waiting. */
#define LEDGER_WAIT 2000
/* Milliseconds between looks at what is due; while draining, at what is
 * left. */
#define TICK 1000
#define DRAIN_TICK 50

struct options {
	const char *home;
	unsigned pairs, listeners;
	unsigned idle, request, patience, tend, connections;
	unsigned reading, rate, retired;
};

struct process {
	struct options options;
	struct front front;
	struct worker keeper; /* this thread's */
	struct worker workers[DAEMONS_MAX];
	struct MHD_Daemon *daemons[DAEMONS_MAX];
	size_t count; /* of daemons, a worker each */
	int signals, lost;
	int64_t tended; /* monotonic seconds */
	bool draining;
};

/* ---- arguments -------------------------------------------------------- */

static bool
read_number(const char *text, unsigned max, unsigned *ret)
{
	unsigned long value;
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (*end != '\0' || errno != 0 || value < 1 || value > max)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool
read_option(const char *name, const char *value, struct options *options)
{
	const struct {
		const char *name;
		unsigned max, *ret;
	} known[] = {
	    {"--idle", 3600, &options->idle},
	    {"--request", 3600, &options->request},
	    {"--patience", 3600, &options->patience},
	    {"--tend", 3600, &options->tend},
	    {"--reading", 3600, &options->reading},
	    {"--rate", INT32_MAX, &options->rate},
	    {"--retired", 4096, &options->retired},
	    {"--connections", FRONT_CONNECTIONS_MAX, &options->connections},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return read_number(value, known[i].max, known[i].ret);
	return false;
}

static bool
read_arguments(int argc, char **argv, struct options *options)
{
	*options = (struct options){.idle = FRONT_IDLE,
	    .request = FRONT_REQUEST,
	    .patience = FRONT_PATIENCE,
	    .tend = FRONT_TEND,
	    .reading = FRONT_READING,
	    .rate = FRONT_READING_RATE,
	    .retired = FRONT_RETIRED,
	    .connections = FRONT_CONNECTIONS_MAX};
	if (argc < 4 ||
	    !read_number(argv[2], WIRE_PAIRS_MAX, &options->pairs) ||
	    !read_number(argv[3], LISTENERS_MAX, &options->listeners))
		return false;
	options->home = argv[1];
	for (int i = 4; i < argc; i += 2)
		if (!read_option(argv[i], argv[i + 1], options))
			return false;
	return true;
}

static bool
has_descriptors(const struct options *options)
{
	const int count = (int)(options->pairs + options->listeners);

	for (int fd = WIRE_FIRST_FD; fd < WIRE_FIRST_FD + count; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
			return false;
	return true;
}

/* ---- made ready ------------------------------------------------------- */

/* As many descriptors as are allowed, and no more connections than they
 * suffice for. */
static void
raise_limits(struct options *options)
{
	const rlim_t most = FRONT_CONNECTIONS_MAX + FRONT_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max < most ? limit.rlim_max : most;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < options->connections + FRONT_DESCRIPTORS)
		options->connections = limit.rlim_cur > 2 * FRONT_DESCRIPTORS ?
		    (unsigned)limit.rlim_cur - FRONT_DESCRIPTORS :
		    FRONT_DESCRIPTORS;
}

static enum ca_status
open_worker(
    struct process *process, struct worker *worker, struct ca_error *err)
{
	struct ledger_options options = {.wait_ms = LEDGER_WAIT,
	    .read_only = true,
	    .witness = process->front.witness};
	struct ca_buf path = {0};
	uint64_t ignored;
	enum ca_status st = CA_MEMORY;

	worker->front = &process->front;
	if (ca_buf_printf(&path, "%s/ledger.db", process->options.home) ==
		CA_OK &&
	    (options.path = ca_buf_text(&path)) != NULL)
		st = ledger_open(&options, &worker->ledger, err);
	ca_buf_free(&path);
	if (st == CA_OK) {
		ledger_keep_little(worker->ledger, true);
		st = worker_generation(worker, &ignored, err);
	}
	return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
}

static enum ca_status
open_events(struct process *process, struct ca_error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* `ulimit -f`: the ledger's index */
	process->lost = eventfd(0, EFD_CLOEXEC);
	process->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || process->lost < 0 ||
	    process->signals < 0)
		return ca_fail(err, CA_IO, "signals: %s", strerror(errno));
	return CA_OK;
}

static enum ca_status
make_front(
    const struct options *options, struct front *front, struct ca_error *err)
{
	health_init(&front->health);
	responder_ends_init(&front->responder_ends);
	metrics_init(&front->metrics);
	visits_init(&front->visits, options->reading, options->rate);
	front->witness = ledger_witness_new();
	front->cache = cache_new(FRONT_CACHE_MAX);
	front->lists = lists_new((size_t)options->retired << 20);
	front->malformed = answer_failure(CA_OCSP_MALFORMED_REQUEST);
	front->try_later = answer_failure(CA_OCSP_TRY_LATER);
	if (front->witness == NULL || front->cache == NULL ||
	    front->lists == NULL || front->malformed == NULL ||
	    front->try_later == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* What the kernel does not offer, the signer says for both. */
static enum ca_status
confine(const struct options *options, struct ca_error *err)
{
	struct ca_buf note = {0};
	enum ca_status st = sandbox_enter(
	    SANDBOX_FRONT, options->home, &note, err);

	ca_buf_free(&note);
	return st;
}

/*
 * The handles that are used are opened within the sandbox: outside it, SQLite
 * would hold a descriptor that may write the log. The one before makes the log
 * and the index beside it be there, for the sandbox to let through.
 */
static enum ca_status
open_workers(struct process *process, struct ca_error *err)
{
	const unsigned pairs = process->options.pairs;
	const unsigned listeners = process->options.listeners;
	struct worker outside = {.keeps = true};
	enum ca_status st;

	process->keeper.keeps = true;
	process->count = (size_t)(pairs + listeners - 1) / listeners *
	    listeners;
	if ((st = open_worker(process, &outside, err)) == CA_OK &&
	    (st = confine(&process->options, err)) == CA_OK)
		st = open_worker(process, &process->keeper, err);
	for (size_t i = 0; i < process->count && st == CA_OK; i++)
		st = open_worker(process, &process->workers[i], err);
	ledger_close(outside.ledger);
	return st;
}

static enum ca_status
start_asking(struct process *process, struct ca_error *err)
{
	const struct ask_options options = {.first_fd = WIRE_FIRST_FD,
	    .pairs = process->options.pairs,
	    .cache = process->front.cache,
	    .health = &process->front.health,
	    .ends = &process->front.responder_ends,
	    .generation = &process->front.generation,
	    .lost_fd = process->lost};

	return ask_start(&options, &process->front.ask, err);
}

/* Each daemon closes the listening socket it has: a copy each. */
static enum ca_status
start_daemons(struct process *process, struct ca_error *err)
{
	const struct options *given = &process->options;
	const int first = WIRE_FIRST_FD + (int)given->pairs;

	for (size_t i = 0; i < process->count; i++) {
		const struct http_options options = {
		    .listen_fd = fcntl(first + (int)(i % given->listeners),
			F_DUPFD_CLOEXEC, first),
		    .connections = given->connections /
			(unsigned)process->count,
		    .idle_seconds = given->idle};

		if (options.listen_fd >= 0)
			process->daemons[i] = http_start(
			    &process->workers[i], &options);
		if (process->daemons[i] == NULL)
			return ca_fail(err, CA_IO,
			    "the HTTP server cannot be started: %s",
			    strerror(errno));
	}
	for (unsigned i = 0; i < given->listeners; i++)
		(void)close(first + (int)i);
	return CA_OK;
}

static enum ca_status
start(struct process *process, struct ca_error *err)
{
	const struct wire_head ready = {.kind = WIRE_READY};
	enum ca_status st;

	raise_limits(&process->options);
	if ((st = open_events(process, err)) != CA_OK ||
	    (st = make_front(&process->options, &process->front, err)) !=
		CA_OK ||
	    (st = open_workers(process, err)) != CA_OK ||
	    (st = start_asking(process, err)) != CA_OK ||
	    (st = start_daemons(process, err)) != CA_OK)
		return st;
	return wire_send(WIRE_FIRST_FD, &ready, (struct ca_bytes){0}, err);
}

/* ---- running ---------------------------------------------------------- */

/* A ledger that cannot be read is what /healthz says. */
static void
count_certificates(struct process *process)
{
	struct worker *keeper = &process->keeper;
	atomic_bool *lost = &process->front.ledger_lost;
	struct ca_error ignored = {0};
	uint64_t generation = 0;
	enum ca_status st;

	st = worker_generation(keeper, &generation, &ignored);
	atomic_store(lost, ledger_was_replaced(keeper->ledger));
	if (st == CA_OK &&
	    metrics_count(&process->front.metrics, keeper->ledger, generation,
		&ignored) != CA_OK)
		return;
}

static void
do_due(struct process *process)
{
	struct front *front = &process->front;
	const int64_t now = visit_clock();

	lists_sweep(front->lists);
	visits_reap(&front->visits, process->options.request);
	ask_expire(front->ask, process->options.patience);
	if (process->draining)
		visits_dismiss(&front->visits, FRONT_GRACE);
	if (process->tended == 0 ||
	    now - process->tended >= process->options.tend) {
		process->tended = now;
		ask_tend(front->ask);
	}
	count_certificates(process);
}

/* A connection that the kernel has made is one that a client may have asked
 * on. */
static void
let_in(struct MHD_Daemon *daemon, int *patience_ms)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
	    daemon, MHD_DAEMON_INFO_LISTEN_FD);
	struct pollfd fd = {.events = POLLIN};

	if (info == NULL)
		return;
	fd.fd = info->listen_fd;
	while (*patience_ms > 0 && poll(&fd, 1, 0) > 0) {
		(void)nanosleep(&pause, NULL);
		--*patience_ms;
	}
}

/* No new connections; those that are open end when they are answered. */
static void
drain(struct process *process)
{
	int patience_ms = FRONT_LAST;

	process->draining = true;
	atomic_store(&process->front.draining, true);
	for (size_t i = 0; i < process->count; i++)
		let_in(process->daemons[i], &patience_ms);
	for (size_t i = 0; i < process->count; i++) {
		MHD_socket fd = MHD_quiesce_daemon(process->daemons[i]);

		if (fd != MHD_INVALID_SOCKET)
			(void)close(fd);
	}
}

static void
take_signal(struct process *process)
{
	struct signalfd_siginfo info;

	if (read(process->signals, &info, sizeof(info)) !=
	    (ssize_t)sizeof(info))
		return;
	if (process->draining)
		_exit(1); /* told twice */
	drain(process);
}

/* Until nobody is left to be answered. */
static void
run(struct process *process)
{
	struct pollfd fds[] = {
	    {.fd = process->signals, .events = POLLIN},
	    {.fd = process->lost, .events = POLLIN},
	    {.fd = WIRE_FIRST_FD, .events = POLLRDHUP},
	};

	while (!process->draining || visits_count(&process->front.visits) > 0) {
		do_due(process);
		if (poll(fds, 3, process->draining ? DRAIN_TICK : TICK) < 0)
			continue;
		/* Without the signer nothing can be answered. */
		if (fds[1].revents != 0 || fds[2].revents != 0)
			_exit(1);
		if (fds[0].revents != 0)
			take_signal(process);
	}
}

static void
stop(struct process *process)
{
	struct front *front = &process->front;

	for (size_t i = 0; i < process->count; i++)
		if (process->daemons[i] != NULL)
			MHD_stop_daemon(process->daemons[i]);
	ask_stop(front->ask);
	for (size_t i = 0; i < process->count; i++) {
		ledger_close(process->workers[i].ledger);
		ca_buf_free(&process->workers[i].request);
	}
	ledger_close(process->keeper.ledger);
	ledger_witness_free(front->witness);
	cache_free(front->cache);
	lists_free(front->lists);
	answer_release(front->malformed);
	answer_release(front->try_later);
}

int
main(int argc, char **argv)
{
	static struct process process; /* large, and zero */
	struct ca_error err = {0};

	if (!read_arguments(argc, argv, &process.options) ||
	    !has_descriptors(&process.options)) {
		(void)fprintf(stderr,
		    "signet-front: this is a part of `signet serve`, which "
		    "starts it\n");
		return USAGE;
	}
	if (start(&process, &err) != CA_OK) {
		(void)fprintf(stderr, "signet-front: %s\n", err.msg);
		_exit(1);
	}
	run(&process);
	stop(&process);
	return 0;
}

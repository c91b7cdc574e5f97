/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ca/time.h"
#include "cli/authority_log.h"
#include "cli/authority_status.h"
#include "cli/cmd.h"
#include "cli/crl_copy.h"
#include "cli/front_process.h"
#include "cli/notify.h"
#include "cli/sandbox.h"
#include "cli/server_socket.h"
#include "cli/signer_loop.h"
#include "cli/text.h"
#include "db/ledger_pace.h"

#define LISTEN_DEFAULT "127.0.0.1:8080"
#define OCSP_VALIDITY_DEFAULT "12h"
#define OCSP_VALIDITY_MIN INT64_C(60)
#define OCSP_VALIDITY_MAX (30 * CA_DAY)
#define DRAIN_MS 20000
#define LINGER_MS 5000

static const struct opt options[] = {
    {"listen", OPT_LIST, "ADDR:PORT",
	"where to listen, may be repeated (127.0.0.1:8080)"},
    {"no-ca-key", OPT_FLAG, NULL,
	"leave the authorities' keys locked: no CRL is published"},
    CMD_OPT_PASSIN,
    {"ocsp-validity", OPT_TEXT, "TIME",
	"how long an OCSP answer may be believed (12h)"},
    {"workers", OPT_TEXT, "COUNT",
	"threads that serve, 1 to 16 (one a processor)"},
    {0}};

struct service {
	const struct invocation *in;
	char actor[64];
	struct world world;
	/* Who answers; who is tended, by another thread, and has the
	 * authorities' keys. */
	struct authority *a, *tended_a;
	struct responders *responders, *tended;
	struct term nobody; /* at the terminal */
	struct ca_buf held; /* the passphrase, for keys that come later */
	struct pass late;   /* opens them */
	bool is_open;       /* the keys that were there are */
	struct server_sockets sockets;
	struct notify notify;
	struct front_process front;
	struct ca_buf warned; /* of its keys, lines */
	struct crl_copies copies;
	struct text line;  /* said when it is ready */
	struct ca_buf url; /* of its first socket */
	int64_t validity;
	size_t workers;
	bool keep_ca_keys;
};

/* ---- what is asked for ---- */

static size_t
count_processors(void)
{
	cpu_set_t set;
	int count;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	count = CPU_COUNT(&set);
	if (count < 1)
		return 1;
	return count < WIRE_PAIRS_MAX ? (size_t)count : WIRE_PAIRS_MAX;
}

static enum ca_status
read_options(struct service *s, struct ca_error *err)
{
	const struct opts *opts = &s->in->opts;
	const char *validity = opt_text(opts, "ocsp-validity");
	const char *workers = opt_text(opts, "workers");
	char *end;

	if (validity == NULL)
		validity = OCSP_VALIDITY_DEFAULT;
	if (ca_duration_parse(validity, &s->validity) != CA_OK ||
	    s->validity < OCSP_VALIDITY_MIN || s->validity > OCSP_VALIDITY_MAX)
		return ca_fail(err, CA_USAGE,
		    "--ocsp-validity %.40s: a duration from 1m to 30d: 12h",
		    validity);
	s->workers = count_processors();
	if (workers != NULL) {
		errno = 0;
		s->workers = strtoul(workers, &end, 10);
		if (errno != 0 || *workers < '0' || *workers > '9' ||
		    *end != '\0' || s->workers < 1 ||
		    s->workers > WIRE_PAIRS_MAX)
			return ca_fail(err, CA_USAGE,
			    "--workers %.40s: a number, 1 to %d", workers,
			    WIRE_PAIRS_MAX);
	}
	s->keep_ca_keys = !opt_flag(opts, "no-ca-key");
	return CA_OK;
}

/* What the service manager opened, and what --listen says; where neither is,
 * the default. */
static enum ca_status
open_sockets(struct service *s, struct ca_error *err)
{
	const struct opts *opts = &s->in->opts;
	enum ca_status st = server_socket_inherit(&s->sockets, err);
	const char *where;

	for (size_t i = 0;
	     st == CA_OK && (where = opt_item(opts, "listen", i)) != NULL; i++)
		st = server_socket_bind(&s->sockets, where, err);
	if (st == CA_OK && s->sockets.count == 0)
		st = server_socket_bind(&s->sockets, LISTEN_DEFAULT, err);
	return st;
}

/* ---- the home and its keys ---- */

/* The user's name is looked up now: the sandbox has no way to the files and
 * services that know it. */
static enum ca_status
open_home(struct service *s, struct ca_error *err)
{
	const struct authority_options open = {.home = s->in->home,
	    .wait_ms = s->in->wait_ms,
	    .world = &s->world,
	    .force_time = opt_flag(&s->in->opts, "force-time")};
	enum ca_status st;

	s->world = *world_real();
	(void)snprintf(s->actor, sizeof(s->actor), "%s", world_actor());
	s->world.actor = s->actor;
	if ((st = authority_open(&open, &s->a, err)) != CA_OK ||
	    (st = authority_open(&open, &s->tended_a, err)) != CA_OK)
		return st;
	ledger_keep_little(authority_ledger(s->a), true);
	ledger_keep_little(authority_ledger(s->tended_a), true);
	return authority_check_founded(s->a, err);
}

static void
warn(void *ctx, const char *line)
{
	const struct service *s = ctx;

	term_note(&s->in->term, "%s", line);
}

static void
warn_of_key(void *ctx, const char *line)
{
	struct service *s = ctx;

	warn(s, line);
	if (s->is_open)
		return;
	/* It would be said twice then, which is no fault. */
	if (ca_buf_printf(&s->warned, "%s\n", line) != CA_OK)
		ca_buf_clear(&s->warned);
}

/*
 * What comes later is opened with the same passphrase, which adds nothing to
 * the keys it has opened already. Where the authorities' are to stay locked it
 * is forgotten: it might be theirs, too.
 */
static enum ca_status
open_keys(struct service *s, struct ca_error *err)
{
	const struct responders_options open = {.pass = &s->in->pass,
	    .late = &s->late,
	    .with_ca_keys = s->keep_ca_keys,
	    .validity = s->validity,
	    .warn = warn_of_key,
	    .ctx = s};
	struct ca_error why = {0};
	enum ca_status st;

	s->late = (struct pass){.term = &s->nobody, .held = &s->held};
	if ((st = responders_open(s->tended_a, &open, &s->tended, err)) ==
		CA_OK &&
	    s->keep_ca_keys)
		pass_hold(&s->in->pass, &s->held);
	/* Below, the sandbox makes no folder. */
	if (st == CA_OK && s->keep_ca_keys &&
	    authority_log_open(s->tended_a, &s->in->pass, &why) != CA_OK)
		warn(s, why.msg);
	if (s->in->pass.kept != NULL)
		ca_buf_free(s->in->pass.kept);
	s->is_open = true;
	if (st != CA_OK)
		return st;
	return responders_copy(s->tended, s->a, &s->responders, err);
}

/* ---- the front ---- */

static enum ca_status
start_front(struct service *s, struct ca_error *err)
{
	enum ca_status st;

	if ((st = server_socket_listen(&s->sockets, err)) != CA_OK ||
	    (st = front_process_start(s->in->home, s->workers, &s->sockets,
		 &s->front, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < s->sockets.count; i++) {
		text_add(&s->line, i == 0 ? "serving " : " and ");
		text_status(&s->line,
		    server_socket_url(s->sockets.fds[i], &s->line.buf, err));
	}
	st = server_socket_url(s->sockets.fds[0], &s->url, err);
	text_add(&s->line, " (crl, ca, ocsp, healthz, metrics)\n");
	/* They are the front's alone now. */
	server_socket_close(&s->sockets);
	return st;
}

static enum ca_status
say_ready(void *ctx, struct ca_error *err)
{
	struct service *s = ctx;
	enum ca_status st = text_print(&s->line, err);

	if (st == CA_OK)
		term_next(&s->in->term,
		    "curl %shealthz, and name this server in the policies' "
		    "[publish]: docs/serve.md",
		    ca_buf_text(&s->url));
	return st;
}

/* ---- at work ---- */

/* What was published here, or by a process that died before it copied it. */
static void
tend_copies(void *ctx, void (*fault)(void *to, const char *line), void *to)
{
	struct service *s = ctx;

	crl_copy_tend(&s->copies, s->tended_a, fault, to);
}

/* Blocked, and read from a descriptor: no handler interrupts a signature. */
static enum ca_status
open_signals(int *ret, struct ca_error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	/* Whoever ignores it is not told of a child's end. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return ca_fail(err, CA_IO, "signals: %s", strerror(errno));
	return CA_OK;
}

static enum ca_status
confine(struct service *s, struct ca_error *err)
{
	struct ca_buf note = {0};
	enum ca_status st = sandbox_enter(
	    SANDBOX_SIGNER, s->in->home, &note, err);
	char *line, *end;

	if (st != CA_OK || note.len == 0 || ca_buf_text(&note) == NULL)
		goto out;
	for (line = (char *)note.data; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		term_note(&s->in->term, "%s", line);
	}
out:
	ca_buf_free(&note);
	return st;
}

static enum ca_status
work(struct service *s, struct ca_error *err)
{
	struct signer_loop loop = {.responders = s->responders,
	    .tended = s->tended,
	    .signals = -1,
	    .drain_ms = DRAIN_MS,
	    .linger_ms = LINGER_MS,
	    .notify = &s->notify,
	    .ready = say_ready,
	    .tend = tend_copies,
	    .note = warn,
	    .noted = ca_view(&s->warned),
	    .ctx = s};
	enum ca_status st;

	if ((st = open_signals(&loop.signals, err)) != CA_OK ||
	    (st = start_front(s, err)) != CA_OK)
		goto out;
	memcpy(loop.pairs, s->front.pairs, sizeof(loop.pairs));
	loop.count = s->front.count;
	loop.front = s->front.pid;
	if ((st = confine(s, err)) != CA_OK)
		front_process_abandon(&s->front);
	else
		st = signer_loop_run(&loop, err);
	/* Not to be closed, then. */
	if (loop.tends_on) {
		s->tended = NULL;
		s->tended_a = NULL;
	}
out:
	if (loop.signals >= 0)
		(void)close(loop.signals);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct service s = {.in = in};
	enum ca_status st;

	if ((st = read_options(&s, err)) != CA_OK ||
	    (st = open_sockets(&s, err)) != CA_OK ||
	    (st = open_home(&s, err)) != CA_OK ||
	    (st = notify_open(&s.notify, err)) != CA_OK ||
	    (st = open_keys(&s, err)) != CA_OK)
		goto out;
	st = work(&s, err);
out:
	responders_close(s.responders);
	responders_close(s.tended);
	authority_close(s.a);
	authority_close(s.tended_a);
	ca_buf_free(&s.held);
	text_done(&s.line);
	ca_buf_free(&s.warned);
	ca_buf_free(&s.url);
	notify_close(&s.notify);
	server_socket_close(&s.sockets);
	return st;
}

const struct command cmd_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve CRLs, certificates and OCSP over HTTP",
    .about =
	"Serves what relying parties need, for every authority of the home: "
	"CRLs at /crl/NAME.crl, the authorities' certificates at "
	"/ca/NAME.crt and /ca/NAME.pem, OCSP at / and /ocsp (GET and POST), "
	"/healthz and /metrics. What another process issues, revokes or "
	"publishes counts from the next answer on, and so do authorities and "
	"responders that are added.\n\n"
	"Two processes do it: signet-front, which speaks to the network and "
	"has no key, and this one, the signer, which has the keys and no "
	"network, and signs what the ledger says. OCSP wants a responder's "
	"key and certificate: signet ocsp init makes them.\n\n"
	"With the authorities' keys at hand (--passin, unencrypted keys), "
	"CRLs and the responders' certificates are renewed before they end. "
	"With --no-ca-key those keys stay locked, what was published is "
	"served, and /healthz and /metrics say when it grows old.\n\n"
	"SIGTERM and Ctrl-C let the answers that are under way finish. Under "
	"systemd it is a service of Type=notify with socket activation; "
	"docs/serve.md has the units.",
    .examples =
	"  signet serve\n"
	"  signet serve --listen 0.0.0.0:80 --listen '[::]:80' --no-ca-key\n"
	"  signet serve --listen 127.0.0.1:0 --passin file:pass\n",
    .options = options,
    .max_args = 0,
    .needs = CMD_UNCONFINED,
    .run = run,
};

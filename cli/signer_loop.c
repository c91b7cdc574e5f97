/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signer_loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OTHER_MS 1000     /* between two notes */
#define REPEAT_MS 60000   /* a note that was given is given again */
#define ALIVE_MS 60000    /* a front that asks nothing for so long hangs */
#define FAULTS_MAX 32768U /* octets of TEND's answer */
#define NEVER INT64_MAX

/* What is known while it runs. Times are now_ms(). */
struct state {
	struct signer_loop *loop;
	struct ca_buf question;
	struct ca_buf faults, said; /* of this TEND, of the one before */
	bool is_ready, is_stopping, is_killed, has_ended;
	int ended; /* wait status */
	int64_t kill_at;
	int64_t heard, signalled; /* from the front; to the watchdog */
	char noted[sizeof(((struct ca_error *)0)->msg)];
	int64_t noted_at;
};

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whoever asks may make as many of them as he likes. */
static void
note(struct state *s, const char *line)
{
	int64_t pause = strcmp(line, s->noted) == 0 ? REPEAT_MS : OTHER_MS;
	int64_t now = now_ms();

	if (s->loop->note == NULL ||
	    (s->noted[0] != '\0' && now < s->noted_at + pause))
		return;
	(void)snprintf(s->noted, sizeof(s->noted), "%s", line);
	s->noted_at = now;
	s->loop->note(s->loop->ctx, line);
}

/* ---- the front ---- */

static void
stop(struct state *s)
{
	struct signer_loop *loop = s->loop;

	if (s->is_stopping) {
		s->kill_at = now_ms();
		return;
	}
	s->is_stopping = true;
	s->kill_at = now_ms() + loop->drain_ms;
	if (loop->notify != NULL)
		notify_send(loop->notify, "STOPPING=1");
	if (loop->front > 0 && !s->has_ended)
		(void)kill(loop->front, SIGTERM);
}

static void
reap(struct state *s, int flags)
{
	pid_t got;

	if (s->loop->front <= 0 || s->has_ended)
		return;
	do
		got = waitpid(s->loop->front, &s->ended, flags);
	while (got < 0 && errno == EINTR);
	/* A child that cannot be waited for is none. */
	s->has_ended = got != 0;
}

static void
kill_when_late(struct state *s)
{
	if (s->has_ended || s->is_killed || s->loop->front <= 0 ||
	    now_ms() < s->kill_at)
		return;
	s->is_killed = true;
	(void)kill(s->loop->front, SIGKILL);
}

static void
take_signals(struct state *s)
{
	struct signalfd_siginfo info;

	while (read(s->loop->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s, WNOHANG);
		else
			stop(s);
	}
}

/* ---- what it asks ---- */

static enum ca_status
answer_ocsp(struct state *s, int fd, struct ca_error *err)
{
	struct status_answer answer = {0};
	struct wire_head head = {.kind = WIRE_OCSP};
	enum ca_status st;

	st = responders_answer(
	    s->loop->responders, ca_view(&s->question), &answer);
	if (st != CA_OK) {
		(void)ca_fail(err, st, "out of memory");
		goto out;
	}
	/* Of what a client did wrong, the front counts how often. */
	if ((answer.status == CA_OCSP_TRY_LATER ||
		answer.status == CA_OCSP_INTERNAL_ERROR) &&
	    answer.why != NULL)
		note(s, answer.why);
	head.status = (uint32_t)answer.status;
	head.cacheable = answer.cacheable;
	head.this_update = answer.this_update;
	head.next_update = answer.next_update;
	head.fact = answer.fact;
	st = wire_send(fd, &head, ca_view(&answer.der), err);
out:
	status_answer_done(&answer);
	return st;
}

/* Said once, when it begins; /healthz goes on saying it. */
static void
take_fault(void *ctx, const char *line)
{
	struct state *s = ctx;
	size_t start = s->faults.len;
	const char *before = ca_buf_text(&s->said), *text;

	if (start + strlen(line) + 1 > FAULTS_MAX ||
	    ca_buf_printf(&s->faults, "%s\n", line) != CA_OK ||
	    (text = ca_buf_text(&s->faults)) == NULL)
		return;
	if ((before == NULL || strstr(before, text + start) == NULL) &&
	    s->loop->note != NULL)
		s->loop->note(s->loop->ctx, line);
}

static enum ca_status
tend(struct state *s, int fd, struct ca_error *err)
{
	const struct wire_head head = {.kind = WIRE_TEND};
	struct ca_error inner = {0};
	struct ca_buf swap;

	ca_buf_clear(&s->faults);
	if (responders_tend(s->loop->responders, take_fault, s, &inner) !=
	    CA_OK)
		take_fault(s, inner.msg);
	/* What a replaced ledger says is copied to nobody. */
	else if (s->loop->tend != NULL)
		s->loop->tend(s->loop->ctx, take_fault, s);
	swap = s->said;
	s->said = s->faults;
	s->faults = swap;
	return wire_send(fd, &head, ca_view(&s->said), err);
}

static enum ca_status
become_ready(struct state *s, struct ca_error *err)
{
	struct signer_loop *loop = s->loop;
	enum ca_status st = CA_OK;

	if (s->is_ready)
		return CA_OK;
	s->is_ready = true;
	if (loop->ready != NULL)
		st = loop->ready(loop->ctx, err);
	if (st == CA_OK && loop->notify != NULL)
		notify_send(loop->notify, "READY=1");
	return st;
}

static enum ca_status
answer(struct state *s, int fd, uint32_t kind, struct ca_error *err)
{
	switch (kind) {
	case WIRE_OCSP:
		return answer_ocsp(s, fd, err);
	case WIRE_TEND:
		return tend(s, fd, err);
	default:
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: a message of kind %lu, which there is not",
		    (unsigned long)kind);
	}
}

/* ---- the loop ---- */

static void
close_pair(struct state *s, size_t i)
{
	(void)close(s->loop->pairs[i]);
	s->loop->pairs[i] = -1;
}

/* A front that sends nonsense, or takes no answer, loses that pair; one whose
 * end is closed has said goodbye. */
static enum ca_status
serve_pair(struct state *s, size_t i, struct ca_error *err)
{
	int fd = s->loop->pairs[i];
	struct ca_error inner = {0};
	struct wire_head head;
	enum ca_status st;

	st = wire_receive(fd, 0, &head, &s->question, &inner);
	if (st == CA_BUSY)
		return CA_OK;
	s->heard = now_ms();
	if (st == CA_OK && head.kind == WIRE_READY)
		return become_ready(s, err);
	if (st == CA_OK)
		st = answer(s, fd, head.kind, &inner);
	if (st == CA_OK)
		return CA_OK;
	if (st == CA_MALFORMED)
		note(s, inner.msg);
	close_pair(s, i);
	return CA_OK;
}

static bool
has_pairs(const struct signer_loop *loop)
{
	for (size_t i = 0; i < loop->count; i++)
		if (loop->pairs[i] >= 0)
			return true;
	return false;
}

static void
feed_watchdog(struct state *s)
{
	const struct notify *notify = s->loop->notify;
	int64_t now = now_ms();

	if (notify == NULL || notify->watchdog_ms == 0 ||
	    now < s->signalled + notify->watchdog_ms / 2 ||
	    now > s->heard + ALIVE_MS)
		return;
	s->signalled = now;
	notify_send(notify, "WATCHDOG=1");
}

/* How long nothing needs to be done; -1: for ever. */
static int
idle_ms(const struct state *s)
{
	const struct notify *notify = s->loop->notify;
	int64_t wake = s->is_killed ? NEVER : s->kill_at, left;

	if (notify != NULL && notify->watchdog_ms > 0 &&
	    s->signalled + notify->watchdog_ms / 2 < wake)
		wake = s->signalled + notify->watchdog_ms / 2;
	if (wake == NEVER)
		return -1;
	left = wake - now_ms();
	if (left < 0)
		return 0;
	return left < INT32_MAX ? (int)left : INT32_MAX;
}

static enum ca_status
wait_and_serve(struct state *s, struct ca_error *err)
{
	struct signer_loop *loop = s->loop;
	struct pollfd ready[WIRE_PAIRS_MAX + 1] = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < loop->count; i++)
		ready[i] = (struct pollfd){loop->pairs[i], POLLIN, 0};
	ready[loop->count] = (struct pollfd){loop->signals, POLLIN, 0};
	if (poll(ready, (nfds_t)loop->count + 1, idle_ms(s)) < 0) {
		if (errno == EINTR)
			return CA_OK;
		return ca_fail(err, CA_IO, "poll: %s", strerror(errno));
	}
	for (size_t i = 0; i < loop->count && st == CA_OK; i++)
		if (loop->pairs[i] >= 0 && ready[i].revents != 0)
			st = serve_pair(s, i, err);
	if (ready[loop->count].revents != 0)
		take_signals(s);
	feed_watchdog(s);
	/* It has closed them all: it ends, or is made to. */
	if (!has_pairs(loop) && s->kill_at == NEVER)
		s->kill_at = now_ms() + loop->linger_ms;
	kill_when_late(s);
	return st;
}

static enum ca_status
verdict(const struct state *s, struct ca_error *err)
{
	const char *when = s->is_ready ? "" : " before it listened";

	/* Told to while it started, before it listens to SIGTERM. */
	if (s->is_stopping && (s->is_killed || !s->is_ready))
		return CA_OK;
	if (WIFEXITED(s->ended) && WEXITSTATUS(s->ended) == 0 && s->is_stopping)
		return CA_OK;
	if (WIFEXITED(s->ended))
		return ca_fail(err, CA_IO,
		    "the front ended%s with exit code %d: nothing is served "
		    "any more; start `signet serve` again",
		    when, WEXITSTATUS(s->ended));
	return ca_fail(err, CA_IO,
	    "the front was ended%s by signal %d (%s): nothing is served any "
	    "more; start `signet serve` again",
	    when, WTERMSIG(s->ended), strsignal(WTERMSIG(s->ended)));
}

enum ca_status
signer_loop_run(struct signer_loop *loop, struct ca_error *err)
{
	struct state s = {.loop = loop,
	    .kill_at = NEVER,
	    .heard = now_ms(),
	    .signalled = now_ms()};
	enum ca_status st = ca_buf_append(&s.said, loop->noted);

	if (st != CA_OK)
		(void)ca_fail(err, st, "out of memory");
	while (
	    st == CA_OK && !s.has_ended && (loop->front > 0 || has_pairs(loop)))
		st = wait_and_serve(&s, err);
	for (size_t i = 0; i < loop->count; i++)
		if (loop->pairs[i] >= 0)
			close_pair(&s, i);
	if (st != CA_OK && loop->front > 0 && !s.has_ended) {
		(void)kill(loop->front, SIGKILL);
		reap(&s, 0);
	}
	if (st == CA_OK && loop->front > 0)
		st = verdict(&s, err);
	if (s.is_stopping && s.is_killed && loop->note != NULL)
		loop->note(loop->ctx, "the front was still busy and was ended");
	ca_buf_free(&s.question);
	ca_buf_free(&s.faults);
	ca_buf_free(&s.said);
	return st;
}

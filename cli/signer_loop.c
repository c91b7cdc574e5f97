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

#include "cli/signer_tend.h"

#define OTHER_MS 1000   /* between two notes */
#define REPEAT_MS 60000 /* a note that was given is given again */
#define ALIVE_MS 60000  /* a front that asks nothing for so long hangs */
/* A front that asks for what is due waits for it as long: it may have but one
 * pair to ask for answers, too. */
#define TEND_MS 100
#define TEND_LONG_MS 120000 /* a turn that takes so long hangs */
#define NEVER INT64_MAX

/* What is known while it runs. Times are now_ms(). */
struct state {
	struct signer_loop *loop;
	struct ca_buf question;
	struct signer_tend *tend; /* may be NULL */
	struct signer_tend_found found;
	size_t tend_pair; /* waits for it, until .. */
	int64_t tend_until;
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
	head.edition = responders_edition(s->loop->responders);
	st = wire_send(fd, &head, ca_view(&answer.der), err);
out:
	status_answer_done(&answer);
	return st;
}

/* Said once, when it begins; /healthz goes on saying it. */
static void
note_new(struct state *s, struct ca_buf *faults, struct ca_buf *before)
{
	const char *old = ca_buf_text(before);
	char *line = ca_buf_text(faults) != NULL ? (char *)faults->data : NULL;
	char *end;

	while (line != NULL && s->loop->note != NULL &&
	    (end = strchr(line, '\n')) != NULL) {
		const char after = end[1];

		end[1] = '\0';
		if (old == NULL || strstr(old, line) == NULL) {
			*end = '\0';
			s->loop->note(s->loop->ctx, line);
			*end = '\n';
		}
		end[1] = after;
		line = end + 1;
	}
}

static void
take_found(struct state *s)
{
	struct signer_tend_found found;

	if (!signer_tend_take(s->tend, &found))
		return;
	note_new(s, &found.faults, &s->found.faults);
	signer_tend_found_done(&s->found);
	s->found = found;
}

static bool
says(struct ca_buf *lines, const char *line)
{
	const char *text = ca_buf_text(lines);

	return text != NULL && strstr(text, line) != NULL;
}

/* What is answered from now on is of this edition or a later one. */
static enum ca_status
send_found(struct state *s, size_t pair, struct ca_error *err)
{
	struct responders *responders = s->loop->responders;
	struct wire_head head = {.kind = WIRE_TEND};
	struct ca_buf lines = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ca_buf_append(&lines, ca_view(&s->found.faults));
	/* Where this fails, so does the other look, as a rule. */
	if (responders_look(responders, &head.edition, &inner) != CA_OK) {
		head.edition = responders_edition(responders);
		note(s, inner.msg);
		if (st == CA_OK && !says(&lines, inner.msg))
			st = ca_buf_printf(&lines, "%s\n", inner.msg);
	}
	if (st == CA_OK && s->tend != NULL &&
	    signer_tend_busy(s->tend) > TEND_LONG_MS)
		st = ca_buf_append_text(&lines,
		    "signer: what is due, CRLs and responders' certificates, "
		    "has been under way for more than two minutes: if no "
		    "other `signet` holds the ledger, start this server "
		    "again\n");
	head.faults = (uint32_t)lines.len;
	if (st == CA_OK)
		st = ca_buf_append(&lines, ca_view(&s->found.ends));
	if (st == CA_OK)
		st = wire_send(
		    s->loop->pairs[pair], &head, ca_view(&lines), err);
	else
		(void)ca_fail(err, st, "out of memory");
	ca_buf_free(&lines);
	return st;
}

static enum ca_status
tend(struct state *s, size_t pair, struct ca_error *err)
{
	/* One waits already. */
	if (s->tend == NULL || s->tend_until != NEVER)
		return send_found(s, pair, err);
	signer_tend_ask(s->tend);
	s->tend_pair = pair;
	s->tend_until = now_ms() + TEND_MS;
	return CA_OK;
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
answer(struct state *s, size_t pair, uint32_t kind, struct ca_error *err)
{
	switch (kind) {
	case WIRE_OCSP:
		return answer_ocsp(s, s->loop->pairs[pair], err);
	case WIRE_TEND:
		return tend(s, pair, err);
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
	if (s->tend_pair == i)
		s->tend_until = NEVER;
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
		st = answer(s, i, head.kind, &inner);
	if (st == CA_OK)
		return CA_OK;
	if (st == CA_MALFORMED)
		note(s, inner.msg);
	close_pair(s, i);
	return CA_OK;
}

/* Told to whoever waits for it, if somebody does. */
static void
finish_tend(struct state *s, bool has_ended)
{
	struct ca_error ignored = {0};

	if (has_ended)
		take_found(s);
	if (s->tend_until == NEVER || (!has_ended && now_ms() < s->tend_until))
		return;
	s->tend_until = NEVER;
	if (send_found(s, s->tend_pair, &ignored) != CA_OK)
		close_pair(s, s->tend_pair);
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

	if (notify == NULL || notify->watchdog_ms == 0 || !s->is_ready ||
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

	if (notify != NULL && notify->watchdog_ms > 0 && s->is_ready &&
	    s->signalled + notify->watchdog_ms / 2 < wake)
		wake = s->signalled + notify->watchdog_ms / 2;
	if (s->tend_until < wake)
		wake = s->tend_until;
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
	struct pollfd ready[WIRE_PAIRS_MAX + 2] = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < loop->count; i++)
		ready[i] = (struct pollfd){loop->pairs[i], POLLIN, 0};
	ready[loop->count] = (struct pollfd){loop->signals, POLLIN, 0};
	ready[loop->count + 1] = (struct pollfd){
	    s->tend != NULL ? signer_tend_fd(s->tend) : -1, POLLIN, 0};
	if (poll(ready, (nfds_t)loop->count + 2, idle_ms(s)) < 0) {
		if (errno == EINTR)
			return CA_OK;
		return ca_fail(err, CA_IO, "poll: %s", strerror(errno));
	}
	for (size_t i = 0; i < loop->count && st == CA_OK; i++)
		if (loop->pairs[i] >= 0 && ready[i].revents != 0)
			st = serve_pair(s, i, err);
	finish_tend(s, ready[loop->count + 1].revents != 0);
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

static enum ca_status
begin_to_tend(struct state *s, struct ca_error *err)
{
	const struct signer_tend_options options = {
	    .responders = s->loop->tended,
	    .more = s->loop->tend,
	    .ctx = s->loop->ctx};

	if (options.responders == NULL)
		return CA_OK;
	return signer_tend_start(&options, &s->tend, err);
}

/* What was not done is done by whoever comes next: a turn is cut off by
 * nothing but the end of the process. */
static void
end_it(struct state *s)
{
	struct signer_loop *loop = s->loop;

	for (size_t i = 0; i < loop->count; i++)
		if (loop->pairs[i] >= 0)
			close_pair(s, i);
	loop->tends_on = !signer_tend_stop(s->tend, loop->linger_ms);
	if (loop->note == NULL)
		return;
	if (loop->tends_on)
		loop->note(
		    loop->ctx, "what was due was still under way and was left");
	if (s->is_stopping && s->is_killed)
		loop->note(loop->ctx, "the front was still busy and was ended");
}

enum ca_status
signer_loop_run(struct signer_loop *loop, struct ca_error *err)
{
	struct state s = {.loop = loop,
	    .kill_at = NEVER,
	    .tend_until = NEVER,
	    .heard = now_ms(),
	    .signalled = now_ms()};
	enum ca_status st = ca_buf_append(&s.found.faults, loop->noted);

	if (st != CA_OK)
		(void)ca_fail(err, st, "out of memory");
	else
		st = begin_to_tend(&s, err);
	while (
	    st == CA_OK && !s.has_ended && (loop->front > 0 || has_pairs(loop)))
		st = wait_and_serve(&s, err);
	if (st != CA_OK && loop->front > 0 && !s.has_ended) {
		(void)kill(loop->front, SIGKILL);
		reap(&s, 0);
	}
	if (st == CA_OK && loop->front > 0)
		st = verdict(&s, err);
	end_it(&s);
	ca_buf_free(&s.question);
	signer_tend_found_done(&s.found);
	return st;
}

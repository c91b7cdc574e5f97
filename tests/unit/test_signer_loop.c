/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The test is the front: it asks, and lies, at one end of the socket pairs;
 * the loop runs in a thread at the other.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "cli/signer_loop.h"
#include "tests/unit/status_fixture.h"

#define PAIRS 3
#define PATIENCE 20000 /* ms, for what must come */

struct theatre {
	struct desk *desk;
	struct authority *other;  /* another process' hand on the home */
	struct authority *tended; /* the tending thread's */
	struct holder cert;
	struct signer_loop loop;
	int ends[PAIRS]; /* the front's */
	pthread_t thread;
	bool runs;
	enum ca_status st;
	struct ca_error err;
	pthread_mutex_t gate;
	size_t readies, notes;
	char noted[512];
	struct wire_head head; /* of the last answer */
	struct ca_buf payload;
};

static enum ca_status
on_ready(void *ctx, struct ca_error *err)
{
	(void)err;
	((struct theatre *)ctx)->readies++;
	return CA_OK;
}

static void
on_note(void *ctx, const char *line)
{
	struct theatre *t = ctx;

	t->notes++;
	(void)snprintf(t->noted, sizeof(t->noted), "%s", line);
}

static void
open_pairs(struct theatre *t)
{
	/* A second is long for a test, and short for a busy machine. */
	const struct timeval patience = {1, 0};
	const int size = 2 * (int)WIRE_MAX;

	for (int i = 0; i < PAIRS; i++) {
		int fds[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds),
		    0);
		for (int j = 0; j < 2; j++)
			assert_int_equal(setsockopt(fds[j], SOL_SOCKET,
					     SO_SNDBUF, &size, sizeof(size)),
			    0);
		assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO,
				     &patience, sizeof(patience)),
		    0);
		t->loop.pairs[i] = fds[0];
		t->ends[i] = fds[1];
	}
	t->loop.count = PAIRS;
}

static int
open_theatre(void **state)
{
	struct theatre *t = calloc(1, sizeof(*t));
	struct authority_options options = {.wait_ms = 10000};
	void *desk = NULL;

	assert_non_null(t);
	if (desk_setup(&desk) != 0)
		return -1;
	t->desk = desk;
	t->cert = holder_of(
	    t->desk->l, lab_issue(t->desk->l, "a.example"), "issuing");
	options.home = t->desk->l->home;
	options.world = &t->desk->l->world;
	LAB_OK(t->desk->l, authority_open(&options, &t->other, &t->err));
	LAB_OK(t->desk->l, authority_open(&options, &t->tended, &t->err));
	t->loop = (struct signer_loop){.signals = -1,
	    .drain_ms = PATIENCE,
	    .linger_ms = PATIENCE,
	    .ready = on_ready,
	    .note = on_note,
	    .ctx = t};
	open_pairs(t);
	*state = t;
	return 0;
}

static void
ignore(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

/* The keys are opened and closed here: tables for them are the thread's. */
static void *
run_loop(void *ctx)
{
	struct theatre *t = ctx;
	const struct responders_options options = {
	    .pass = &t->desk->l->pass, .validity = 12 * HOUR, .warn = ignore};

	t->loop.responders = t->loop.tended = NULL;
	t->st = responders_open(t->tended, &options, &t->loop.tended, &t->err);
	if (t->st == CA_OK)
		t->st = responders_copy(t->loop.tended, t->desk->l->a,
		    &t->loop.responders, &t->err);
	if (t->st == CA_OK)
		t->st = signer_loop_run(&t->loop, &t->err);
	responders_close(t->loop.responders);
	responders_close(t->loop.tended);
	t->loop.tended = NULL;
	return NULL;
}

static void
begin(struct theatre *t)
{
	assert_int_equal(pthread_create(&t->thread, NULL, run_loop, t), 0);
	t->runs = true;
}

static void
close_end(struct theatre *t, int i)
{
	if (t->ends[i] >= 0)
		(void)close(t->ends[i]);
	t->ends[i] = -1;
}

/* The front goes away, and the loop ends by itself. */
static void
finish(struct theatre *t)
{
	for (int i = 0; i < PAIRS; i++)
		close_end(t, i);
	if (t->runs)
		(void)pthread_join(t->thread, NULL);
	t->runs = false;
}

static int
close_theatre(void **state)
{
	struct theatre *t = *state;
	void *desk = t->desk;

	finish(t);
	holder_done(&t->cert);
	ca_buf_free(&t->payload);
	authority_close(t->other);
	authority_close(t->tended);
	free(t);
	return desk_teardown(&desk);
}

#define IN_THEATRE(test) \
	cmocka_unit_test_setup_teardown(test, open_theatre, close_theatre)

/* ---- the front's part ---- */

static void
say(struct theatre *t, int i, uint32_t kind, struct ca_bytes payload)
{
	const struct wire_head head = {.kind = kind};

	LAB_OK(t->desk->l,
	    wire_send(t->ends[i], &head, payload, &t->desk->l->err));
}

static void
hear(struct theatre *t, int i, uint32_t kind)
{
	LAB_OK(t->desk->l,
	    wire_receive(
		t->ends[i], PATIENCE, &t->head, &t->payload, &t->desk->l->err));
	assert_int_equal(t->head.kind, kind);
}

static void
hear_the_end(struct theatre *t, int i)
{
	LAB_FAILS(t->desk->l,
	    wire_receive(
		t->ends[i], PATIENCE, &t->head, &t->payload, &t->desk->l->err),
	    CA_IO, "socket pair");
}

/* What the answer says of the one certificate that was asked for, and that
 * the head says the same. */
static enum ca_ocsp_state
ask(struct theatre *t, int i)
{
	struct ca_buf request = question(
	    &t->cert, CA_HASH_SHA1, (struct ca_bytes){0});
	const struct ca_ocsp_question asked = {.cert = t->cert.cert,
	    .issuer = t->cert.above,
	    .now = t->desk->l->now};
	struct ca_ocsp_response response;
	struct ca_ocsp_verdict verdict;
	struct lab *l = t->desk->l;

	say(t, i, WIRE_OCSP, ca_view(&request));
	ca_buf_free(&request);
	hear(t, i, WIRE_OCSP);
	assert_int_equal(t->head.status, CA_OCSP_SUCCESSFUL);
	LAB_OK(l,
	    ca_ocsp_response_parse(ca_view(&t->payload), &response, &l->err));
	LAB_OK(
	    l, ca_ocsp_response_verify(&response, &asked, &verdict, &l->err));
	assert_true(t->head.cacheable == 1);
	assert_int_equal(t->head.this_update, verdict.answer.this_update);
	assert_int_equal(t->head.next_update, verdict.answer.next_update);
	assert_bytes(
	    ((struct ca_bytes){t->head.fact.serial, t->head.fact.serial_len}),
	    t->cert.cert->serial);
	return verdict.answer.state;
}

/* An answer that is none of a certificate's state. */
static void
ask_and_be_refused(
    struct theatre *t, int i, struct ca_bytes payload, enum ca_ocsp_status why)
{
	struct ca_ocsp_response response;

	say(t, i, WIRE_OCSP, payload);
	hear(t, i, WIRE_OCSP);
	assert_int_equal(t->head.status, why);
	assert_int_equal(t->head.cacheable, 0);
	assert_int_equal(t->head.fact.issuer, 0);
	LAB_OK(t->desk->l,
	    ca_ocsp_response_parse(
		ca_view(&t->payload), &response, &t->desk->l->err));
	assert_int_equal(response.tbs.len, 0);
}

/* ---- honest questions ---- */

static void
every_pair_is_answered(void **state)
{
	struct theatre *t = *state;

	begin(t);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < PAIRS; i++)
			assert_int_equal(ask(t, i), CA_OCSP_GOOD);
	assert_true(t->head.fact.known);
	assert_true(t->head.fact.revoked_at == LEDGER_NO_TIME);
	finish(t);
	assert_int_equal(t->st, CA_OK);
	assert_int_equal(t->notes, 0);
}

/* checklist 108 */
static void
what_another_process_revokes_is_in_the_next_answer(void **state)
{
	struct theatre *t = *state;
	bool changed = false;

	begin(t);
	assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
	LAB_OK(t->desk->l,
	    authority_revoke(t->other, t->cert.row, CA_REASON_KEY_COMPROMISE,
		LEDGER_NO_TIME, &changed, &t->desk->l->err));
	assert_int_equal(ask(t, 0), CA_OCSP_REVOKED);
	assert_int_equal(ask(t, 1), CA_OCSP_REVOKED);
	assert_int_equal(t->head.fact.revoked_at, t->desk->l->now);
	assert_int_equal(t->head.fact.reason, CA_REASON_KEY_COMPROMISE);
}

static void
ready_is_said_once(void **state)
{
	struct theatre *t = *state;

	begin(t);
	say(t, 0, WIRE_READY, ca_text(""));
	say(t, 1, WIRE_READY, ca_text("with words"));
	say(t, 0, WIRE_READY, ca_text(""));
	/* What comes behind them is answered. */
	assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
	assert_int_equal(ask(t, 1), CA_OCSP_GOOD);
	finish(t);
	assert_int_equal(t->readies, 1);
}

/* The keys of the authorities are not at hand here, and there is no CRL. */
static void
tending_names_the_faults(void **state)
{
	struct theatre *t = *state;
	size_t notes;

	begin(t);
	say(t, 0, WIRE_TEND, ca_text(""));
	hear(t, 0, WIRE_TEND);
	assert_true(t->head.faults > 0);
	assert_true(t->head.faults < t->payload.len);
	assert_int_equal(t->payload.data[t->head.faults - 1], '\n');
	lab_says(ca_buf_text(&t->payload), "issuing|CRL");
	say(t, 0, WIRE_TEND, ca_text("and words that nobody reads"));
	hear(t, 0, WIRE_TEND);
	lab_says(ca_buf_text(&t->payload), "issuing|CRL");
	finish(t);
	/* Each was noted when it began, and not again. */
	notes = 0;
	for (size_t i = 0; i < t->head.faults; i++)
		notes += t->payload.data[i] == '\n';
	assert_int_equal(t->notes, notes);
}

/* What is due takes as long as it takes: who asks for it is told what is known,
 * and answers are given meanwhile. */
static void
wait_for_the_gate(
    void *ctx, void (*fault)(void *to, const char *line), void *to)
{
	struct theatre *t = ctx;

	(void)pthread_mutex_lock(&t->gate);
	fault(to, "this took its time");
	(void)pthread_mutex_unlock(&t->gate);
}

static void
tending_keeps_no_answer_waiting(void **state)
{
	struct theatre *t = *state;

	assert_int_equal(pthread_mutex_init(&t->gate, NULL), 0);
	assert_int_equal(pthread_mutex_lock(&t->gate), 0);
	t->loop.tend = wait_for_the_gate;
	begin(t);
	say(t, 0, WIRE_TEND, ca_text(""));
	assert_int_equal(ask(t, 1), CA_OCSP_GOOD);
	/* On its own pair, too: the turn is still under way. */
	hear(t, 0, WIRE_TEND);
	assert_int_equal(t->head.faults, 0);
	assert_int_equal(t->payload.len, 0);
	assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
	assert_int_equal(pthread_mutex_unlock(&t->gate), 0);
	say(t, 0, WIRE_TEND, ca_text(""));
	say(t, 1, WIRE_TEND, ca_text(""));
	hear(t, 0, WIRE_TEND);
	hear(t, 1, WIRE_TEND);
	for (int i = 0; i < 100 && t->head.faults == 0; i++) {
		say(t, 1, WIRE_TEND, ca_text(""));
		hear(t, 1, WIRE_TEND);
	}
	lab_says(ca_buf_text(&t->payload), "this took its time");
	/* Behind the faults: when each responder ends. */
	lab_says(ca_buf_text(&t->payload) + t->head.faults, "issuing ");
	finish(t);
	assert_int_equal(t->st, CA_OK);
	assert_false(t->loop.tends_on);
}

/* ---- a front that lies ---- */

/* What the front puts into a head is nothing the signer looks at. */
static void
a_head_that_says_good_makes_nothing_good(void **state)
{
	struct theatre *t = *state;
	struct ca_buf request = question(
	    &t->cert, CA_HASH_SHA256, (struct ca_bytes){0});
	const struct wire_head head = {.kind = WIRE_OCSP,
	    .status = CA_OCSP_SUCCESSFUL,
	    .cacheable = 1,
	    .this_update = 1,
	    .next_update = INT64_MAX,
	    .fact = {.issuer = 2, .known = true, .revoked_at = LEDGER_NO_TIME}};
	struct ca_ocsp_response response;
	struct lab *l = t->desk->l;

	(void)lab_revoke(l, t->cert.row, CA_REASON_SUPERSEDED);
	begin(t);
	LAB_OK(l, wire_send(t->ends[0], &head, ca_view(&request), &l->err));
	ca_buf_free(&request);
	hear(t, 0, WIRE_OCSP);
	LAB_OK(l,
	    ca_ocsp_response_parse(ca_view(&t->payload), &response, &l->err));
	assert_int_equal(response.answer[0].state, CA_OCSP_REVOKED);
	assert_int_equal(t->head.fact.revoked_at, l->now);
	assert_true(t->head.next_update < INT64_MAX);
}

static void
garbage_is_answered_unsigned(void **state)
{
	struct theatre *t = *state;
	static const uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x00};
	uint8_t *large = calloc(1, CA_OCSP_MAX + 1);

	assert_non_null(large);
	begin(t);
	ask_and_be_refused(
	    t, 0, (struct ca_bytes){0}, CA_OCSP_MALFORMED_REQUEST);
	ask_and_be_refused(
	    t, 0, ca_text("sign this"), CA_OCSP_MALFORMED_REQUEST);
	ask_and_be_refused(t, 0, (struct ca_bytes){der, sizeof(der)},
	    CA_OCSP_MALFORMED_REQUEST);
	ask_and_be_refused(t, 0, (struct ca_bytes){large, CA_OCSP_MAX + 1},
	    CA_OCSP_UNAUTHORIZED);
	/* A TBS instead of a request: nothing is signed that was sent. */
	ask_and_be_refused(t, 0, t->cert.cert->tbs, CA_OCSP_MALFORMED_REQUEST);
	assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
	free(large);
}

/* A request about a certificate of this serial, from a changed copy of a real
 * one: the serial is its last element. */
static void
change_serial(struct ca_buf *request, struct ca_bytes serial)
{
	for (size_t i = 0; i + serial.len <= request->len; i++)
		if (memcmp(request->data + i, serial.data, serial.len) == 0) {
			request->data[i + serial.len - 1] ^= 1;
			return;
		}
	fail_msg("the serial is not in the request");
}

static void
change_issuer(struct ca_buf *request, struct ca_bytes serial)
{
	for (size_t i = 4; i + serial.len <= request->len; i++)
		if (memcmp(request->data + i, serial.data, serial.len) == 0) {
			/* Octets of the key's hash, before the INTEGER. */
			request->data[i - 4] ^= 1;
			return;
		}
	fail_msg("the serial is not in the request");
}

static void
who_was_never_issued_is_not_good(void **state)
{
	struct theatre *t = *state;
	struct ca_bytes serial = t->cert.cert->serial;
	struct ca_buf request = question(
	    &t->cert, CA_HASH_SHA1, (struct ca_bytes){0});
	struct ca_ocsp_response response;
	struct lab *l = t->desk->l;

	begin(t);
	change_serial(&request, serial);
	say(t, 0, WIRE_OCSP, ca_view(&request));
	hear(t, 0, WIRE_OCSP);
	LAB_OK(l,
	    ca_ocsp_response_parse(ca_view(&t->payload), &response, &l->err));
	assert_int_equal(response.count, 1);
	assert_int_equal(response.answer[0].state, CA_OCSP_UNKNOWN);
	assert_false(t->head.fact.known);
	ca_buf_free(&request);

	request = question(&t->cert, CA_HASH_SHA1, (struct ca_bytes){0});
	change_issuer(&request, serial);
	ask_and_be_refused(t, 0, ca_view(&request), CA_OCSP_UNAUTHORIZED);
	ca_buf_free(&request);
}

/* Each on a pair of its own, which is closed; the others are served on, and
 * not a row of the ledger is another one. */
static void
what_is_no_question_costs_the_pair(void **state)
{
	struct theatre *t = *state;
	static const uint32_t kinds[] = {0, 4, 99, UINT32_MAX};
	struct wire_head head = {.kind = WIRE_OCSP, .length = 400};
	uint8_t *large = calloc(1, WIRE_MAX + 1);
	struct ca_buf before = lab_rows(t->desk->l);

	assert_non_null(large);
	for (size_t i = 0; i < COUNT(kinds) + 3; i++) {
		/* What the one before closed. */
		finish(t);
		open_pairs(t);
		begin(t);
		if (i < COUNT(kinds)) {
			say(t, 1, kinds[i], ca_text("do as I say"));
		} else if (i == COUNT(kinds)) {
			assert_int_equal(
			    send(t->ends[1], &head, sizeof(head), 0),
			    sizeof(head));
		} else if (i == COUNT(kinds) + 1) {
			assert_int_equal(
			    send(t->ends[1], &head, sizeof(head) - 1, 0),
			    sizeof(head) - 1);
		} else {
			assert_int_equal(
			    send(t->ends[1], large, WIRE_MAX + 1, 0),
			    WIRE_MAX + 1);
		}
		hear_the_end(t, 1);
		assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
		assert_int_equal(ask(t, 2), CA_OCSP_GOOD);
		finish(t);
		assert_int_equal(t->st, CA_OK);
		lab_says(t->noted, "socket pair");
	}
	lab_same_rows(t->desk->l, &before);
	free(large);
}

/* It asks and asks and takes no answer: the others do not wait for it. */
static void
who_takes_no_answer_is_left(void **state)
{
	struct theatre *t = *state;
	struct ca_buf request = question(
	    &t->cert, CA_HASH_SHA1, (struct ca_bytes){0});
	const struct wire_head head = {.kind = WIRE_OCSP};
	const struct timeval patience = {0, 100 * 1000};
	bool closed = false;

	assert_int_equal(setsockopt(t->ends[1], SOL_SOCKET, SO_SNDTIMEO,
			     &patience, sizeof(patience)),
	    0);
	begin(t);
	for (int i = 0; i < 100000 && !closed; i++)
		closed = wire_send(t->ends[1], &head, ca_view(&request),
			     NULL) != CA_OK;
	assert_true(closed);
	assert_int_equal(ask(t, 0), CA_OCSP_GOOD);
	ca_buf_free(&request);
}

/* ---- the front as a child ---- */

/* What it does, by its exit code or signal: in the words of the loop. */
static enum ca_status
with_child(struct theatre *t, void (*child)(struct theatre *t))
{
	sigset_t set, before;
	enum ca_status st;

	if (under_valgrind())
		skip();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGCHLD);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
	t->loop.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	assert_true(t->loop.signals >= 0);
	t->loop.responders = t->desk->responders;
	t->loop.front = fork();
	assert_true(t->loop.front >= 0);
	if (t->loop.front == 0) {
		for (int i = 0; i < PAIRS; i++)
			(void)close(t->loop.pairs[i]);
		child(t);
		_exit(0);
	}
	for (int i = 0; i < PAIRS; i++)
		close_end(t, i);
	t->err = (struct ca_error){0};
	st = signer_loop_run(&t->loop, &t->err);
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	(void)close(t->loop.signals);
	t->loop.signals = -1;
	t->loop.front = 0;
	return st;
}

static void
child_fails(struct theatre *t)
{
	(void)t;
	_exit(3);
}

static void
child_crashes_when_ready(struct theatre *t)
{
	const struct wire_head head = {.kind = WIRE_READY};

	(void)signal(SIGUSR1, SIG_DFL);
	if (wire_send(t->ends[0], &head, ca_text(""), NULL) == CA_OK)
		(void)raise(SIGUSR1);
}

static void
child_leaves(struct theatre *t)
{
	(void)t;
	_exit(0);
}

/* It has the signer stopped, is asked to drain, asks once more, and ends. */
static void
child_drains(struct theatre *t)
{
	const struct wire_head head = {.kind = WIRE_TEND};
	struct ca_error err = {0};
	sigset_t set;
	int got = 0;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)kill(getppid(), SIGTERM);
	if (sigwait(&set, &got) != 0 || got != SIGTERM ||
	    wire_send(t->ends[2], &head, ca_text(""), &err) != CA_OK ||
	    wire_receive(t->ends[2], PATIENCE, &t->head, &t->payload, &err) !=
		CA_OK)
		_exit(4);
	_exit(0);
}

/* It dies of SIGTERM, as one that is not up yet. */
static void
child_is_not_up(struct theatre *t)
{
	sigset_t set;

	(void)t;
	(void)kill(getppid(), SIGTERM);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		(void)pause();
}

/* Blocked since before the fork: it never sees that it is asked to. */
static void
child_stays(struct theatre *t)
{
	(void)t;
	(void)kill(getppid(), SIGTERM);
	for (;;)
		(void)pause();
}

static void
child_closes_and_stays(struct theatre *t)
{
	for (int i = 0; i < PAIRS; i++)
		close_end(t, i);
	for (;;)
		(void)pause();
}

static void
a_front_that_dies_is_an_error(void **state)
{
	struct theatre *t = *state;

	assert_int_equal(with_child(t, child_fails), CA_IO);
	lab_says(t->err.msg, "front|before it listened|exit code 3|serve");
	open_pairs(t);
	assert_int_equal(with_child(t, child_leaves), CA_IO);
	lab_says(t->err.msg, "front|exit code 0");
	open_pairs(t);
	assert_int_equal(with_child(t, child_crashes_when_ready), CA_IO);
	lab_says(t->err.msg, "front|signal|nothing is served");
	assert_null(strstr(t->err.msg, "before"));
}

static void
a_front_drains_and_the_end_is_well(void **state)
{
	struct theatre *t = *state;

	assert_int_equal(with_child(t, child_drains), CA_OK);
	open_pairs(t);
	assert_int_equal(with_child(t, child_is_not_up), CA_OK);
}

static void
a_front_that_does_not_drain_is_ended(void **state)
{
	struct theatre *t = *state;

	t->loop.drain_ms = 50;
	assert_int_equal(with_child(t, child_stays), CA_OK);
	lab_says(t->noted, "busy|ended");
}

static void
a_front_that_hangs_without_pairs_is_ended(void **state)
{
	struct theatre *t = *state;

	t->loop.linger_ms = 50;
	assert_int_equal(with_child(t, child_closes_and_stays), CA_IO);
	lab_says(t->err.msg, "front|signal 9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_THEATRE(every_pair_is_answered),
	    IN_THEATRE(what_another_process_revokes_is_in_the_next_answer),
	    IN_THEATRE(ready_is_said_once),
	    IN_THEATRE(tending_names_the_faults),
	    IN_THEATRE(tending_keeps_no_answer_waiting),
	    IN_THEATRE(a_head_that_says_good_makes_nothing_good),
	    IN_THEATRE(garbage_is_answered_unsigned),
	    IN_THEATRE(who_was_never_issued_is_not_good),
	    IN_THEATRE(what_is_no_question_costs_the_pair),
	    IN_THEATRE(who_takes_no_answer_is_left),
	    IN_THEATRE(a_front_that_dies_is_an_error),
	    IN_THEATRE(a_front_drains_and_the_end_is_well),
	    IN_THEATRE(a_front_that_does_not_drain_is_ended),
	    IN_THEATRE(a_front_that_hangs_without_pairs_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "ca/note.h"
#include "ca/time.h"
#include "cli/authority_restore.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/interrupt.h"

struct reading {
	const struct term *term;
	int fd;
	struct interrupts interrupts;
};

static enum ca_status
read_piece(void *ctx, uint8_t *data, size_t room, size_t *ret_len,
    struct ca_error *err)
{
	struct reading *reading = ctx;

	*ret_len = 0;
	while (*ret_len < room) {
		ssize_t len = read(
		    reading->fd, data + *ret_len, room - *ret_len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return ca_fail(
			    err, CA_IO, "cannot be read: %s", strerror(errno));
		if (len == 0)
			break;
		*ret_len += (size_t)len;
	}
	return CA_OK;
}

static void
tell(void *ctx, const char *line)
{
	const struct reading *reading = ctx;

	term_note(reading->term, "%s", line);
}

static bool
was_stopped(void *ctx)
{
	const struct reading *reading = ctx;

	return interrupts_came(&reading->interrupts);
}

static void
report(const struct invocation *in, const struct restore_done *done, bool check)
{
	char when[CA_TIME_TEXT];

	ca_time_text(done->time, when);
	term_note(&in->term,
	    "%s: backup of %s: %" PRId64 " events, %" PRId64
	    " certificates, %zu files, all of it holds",
	    in->opts.args[0], when, done->events, done->certificates,
	    done->files);
	if (check)
		return;
	term_note(&in->term, "restored to %s", in->home);
	if (done->aside.len > 0)
		term_note(&in->term,
		    "the home that it replaced is now %.*s: with its keys, and "
		    "its issued/",
		    (int)done->aside.len, (const char *)done->aside.data);
	if (!done->rolled_back)
		return;
	term_note(&in->term,
	    "what was signed, revoked or published after the backup is not in "
	    "it; CRL numbers go on above what can have been published, and an "
	    "event, backup-restored, says so");
	term_note(&in->term,
	    "compare it with a checkpoint that was kept elsewhere: signet "
	    "audit --against CHECKPOINT; revoke again what was revoked; then "
	    "publish CRLs at once");
	term_next(&in->term, "signet crl --all --bundle --out all.crl.pem");
}

static enum ca_status
restore(const struct invocation *in, struct reading *reading,
    struct ca_bytes against, struct ca_error *err)
{
	const struct restore_order order = {.home = in->home,
	    .wait_ms = in->wait_ms,
	    .force_time = opt_flag(&in->opts, "force-time"),
	    .read = read_piece,
	    .note = tell,
	    .stop = was_stopped,
	    .ctx = reading,
	    .against = against,
	    .accept_rollback = opt_flag(&in->opts, "accept-rollback"),
	    .check = opt_flag(&in->opts, "check")};
	struct restore_done done = {0};
	enum ca_status st;

	interrupts_hold(&reading->interrupts);
	if ((st = authority_restore(&order, &done, err)) == CA_OK)
		report(in, &done, order.check);
	interrupts_release(&reading->interrupts);
	ca_buf_free(&done.aside);
	return st;
}

static enum ca_status
open_backup(const char *path, int *ret_fd, struct ca_error *err)
{
	if (strcmp(path, "-") == 0) {
		*ret_fd = STDIN_FILENO;
		return CA_OK;
	}
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*ret_fd >= 0)
		return CA_OK;
	return ca_fail(err, errno == ENOENT ? CA_NOT_FOUND : CA_IO, "%s: %s",
	    path, strerror(errno));
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	const char *path = in->opts.args[0];
	const char *against = opt_text(&in->opts, "against");
	struct reading reading = {.term = &in->term, .fd = -1};
	struct ca_buf checkpoint = {0};
	enum ca_status st = CA_OK;

	if (against != NULL)
		st = file_read(against, CA_NOTE_MAX, &checkpoint, err);
	if (st == CA_OK &&
	    (st = open_backup(path, &reading.fd, err)) == CA_OK &&
	    (st = restore(in, &reading, ca_view(&checkpoint), err)) != CA_OK &&
	    st != CA_BUSY)
		ca_fail_in(err, path);
	if (reading.fd > STDIN_FILENO)
		(void)close(reading.fd);
	ca_buf_free(&checkpoint);
	return st;
}

static const struct opt options[] = {
    {"against", OPT_TEXT, "CHECKPOINT",
	"a checkpoint of the log that was kept elsewhere: the backup must not "
	"be older"},
    {"accept-rollback", OPT_FLAG, NULL,
	"forget what came after the backup; it is recorded"},
    {"check", OPT_FLAG, NULL, "verify FILE, and change nothing"}, {0}};

const struct command cmd_restore = {
    .name = "restore",
    .operands = "FILE",
    .summary = "put a backup in the place of a home",
    .about =
	"Unpacks the backup beside the home, verifies every hash, and audits "
	"its ledger; only then is it put in place, in one rename. What is "
	"damaged, cut off or not as `signet backup` writes it changes "
	"nothing. - is standard input.\n\n"
	"History goes forward: where the home that is there, or the "
	"checkpoint given, has what the backup lacks, that is refused (exit "
	"3), and told how much would be forgotten. With --accept-rollback the "
	"home is kept aside, as HOME.replaced, and an event says what "
	"happened. CRL numbers never fall: they go on above those of the "
	"replaced home or, where there is none to ask, as if a CRL had been "
	"published each second since the backup.\n\n"
	"Stop `signet serve` first, and publish CRLs at once.",
    .examples = "  signet restore /media/usb/lab-2027-01-31.tar\n"
		"  signet restore lab.tar --check --against lab.checkpoint\n"
		"  age -d -i age.key lab.tar.age | signet restore -\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_NEW_HOME,
    .run = run,
};

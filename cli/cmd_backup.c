/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_backup.h"
#include "cli/cmd.h"
#include "cli/file_stream.h"
#include "cli/home.h"

struct writing {
	const struct term *term;
	struct file_stream stream;
};

static enum ca_status
write_piece(void *ctx, struct ca_bytes data, struct ca_error *err)
{
	struct writing *writing = ctx;

	return file_stream_write(&writing->stream, data, err);
}

static void
tell(void *ctx, const char *line)
{
	const struct writing *writing = ctx;

	term_note(writing->term, "%s", line);
}

static void
report(const struct invocation *in, const struct writing *writing,
    const struct backup_done *done)
{
	const char *path = in->opts.args[0];

	term_note(&in->term,
	    "%s: %" PRId64 " events, %" PRId64
	    " certificates, %zu files, %" PRId64 " octets",
	    strcmp(path, "-") == 0 ? "standard output" : path, done->events,
	    done->certificates, done->files, writing->stream.written);
	if (strcmp(path, "-") != 0)
		term_next(&in->term, "signet restore %s --check", path);
}

/* Where there is room for the backup there is some for its ledger. */
static enum ca_status
scratch_of(
    const struct invocation *in, struct ca_buf *ret, struct ca_error *err)
{
	const char *path = in->opts.args[0];
	enum ca_status st = strcmp(path, "-") == 0 ?
	    ca_buf_append_text(ret, in->home) :
	    file_folder(path, ret);

	if (st == CA_OK && ca_buf_text(ret) == NULL)
		st = CA_MEMORY;
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

static enum ca_status
write_backup(
    const struct invocation *in, struct authority *a, struct ca_error *err)
{
	struct writing writing = {.term = &in->term};
	struct backup_order order = {
	    .write = write_piece, .note = tell, .ctx = &writing};
	struct backup_done done = {0};
	struct ca_buf scratch = {0};
	enum ca_status st;

	if ((st = scratch_of(in, &scratch, err)) != CA_OK)
		goto out;
	order.scratch = ca_buf_text(&scratch);
	if ((st = file_stream_open(&writing.stream, in->opts.args[0],
		 opt_flag(&in->opts, "force") ? FILE_REPLACE : FILE_KEEP,
		 err)) == CA_OK &&
	    (st = authority_backup(a, &order, &done, err)) == CA_OK &&
	    (st = file_stream_finish(&writing.stream, err)) == CA_OK)
		report(in, &writing, &done);
	file_stream_done(&writing.stream);
out:
	ca_buf_free(&scratch);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct authority *a = NULL;
	enum ca_status st;

	if ((st = home_check_output(in->home, in->opts.args[0], err)) !=
		CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	st = write_backup(in, a, err);
	authority_close(a);
	return st;
}

static const struct opt options[] = {
    {"force", OPT_FLAG, NULL, "replace FILE, atomically, if it exists"}, {0}};

const struct command cmd_backup = {
    .name = "backup",
    .operands = "FILE",
    .summary = "copy the whole authority into one file",
    .about =
	"Ledger, keys, policies, published CRLs, the log's key and its newest "
	"checkpoint, of one moment, while others sign: a tar file (0600), "
	"whose MANIFEST says what is in it. - is standard output. Keys stay "
	"as they are, encrypted or not. issued/ is not in it: its keys are "
	"their owners'.\n\n"
	"Whoever has the file and the passphrases is the authority.",
    .examples = "  signet backup /media/usb/lab-2027-01-31.tar\n"
		"  signet backup - | age -r age1... > lab.tar.age\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_WRITES_OPERANDS,
    .run = run,
};

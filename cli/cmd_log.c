/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log checkpoint, key, prove, prove-consistency: what the home's log says. */
#include "ca/proof.h"
#include "cli/authority_log.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/selection.h"
#include "cli/text.h"

#define OPT_OUT                                                              \
	{                                                                    \
		"out", OPT_TEXT, "FILE",                                     \
		    "where to; replaced atomically; default standard output" \
	}
#define OPT_PASSIN                                                          \
	{                                                                   \
		"passin", OPT_TEXT, "SOURCE",                               \
		    "passphrase of log/log.key, where somebody gave it one" \
	}

static const struct opt make_options[] = {OPT_OUT, OPT_PASSIN, {0}};
static const struct opt key_options[] = {
    {"new", OPT_FLAG, NULL, "make another key in place of one that was lost"},
    {0}};

/* What a command of this file hands out, made by fn. */
typedef enum ca_status make_fn(const struct invocation *in, struct authority *a,
    struct ca_buf *ret, struct ca_error *err);

static enum ca_status
make(const struct invocation *in, make_fn *fn, struct ca_error *err)
{
	const char *out = opt_text(&in->opts, "out");
	struct authority *a = NULL;
	struct ca_buf made = {0};
	enum ca_status st;

	out = out != NULL ? out : "-";
	if ((st = file_check_writable(out, FILE_REPLACE, err)) != CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK ||
	    (st = fn(in, a, &made, err)) != CA_OK)
		goto out;
	st = file_write(out, ca_view(&made), FILE_PUBLIC, FILE_REPLACE, err);
out:
	authority_close(a);
	ca_buf_free(&made);
	return st;
}

/* ---- checkpoint ---- */

static enum ca_status
make_checkpoint(const struct invocation *in, struct authority *a,
    struct ca_buf *ret, struct ca_error *err)
{
	enum ca_status st = authority_log_checkpoint(a, &in->pass, ret, err);

	return st == CA_OK ? authority_log_copy(a, err) : st;
}

static enum ca_status
run_checkpoint(const struct invocation *in, struct ca_error *err)
{
	return make(in, make_checkpoint, err);
}

const struct command cmd_log_checkpoint = {
    .name = "log checkpoint",
    .operands = "",
    .summary = "sign how many events there are, and which",
    .about = "Every event of the ledger (intended, issued, revoked, unheld, "
	     "CRL published, authority added, policy changed, ...) is an entry "
	     "of a transparency log, a Merkle tree as in RFC 9162. A "
	     "checkpoint is its size and root, signed with the log's own key "
	     "(C2SP tlog-checkpoint). Whoever keeps one elsewhere can show "
	     "later that nothing before it was changed or taken away: signet "
	     "audit --against FILE, signet log prove-consistency FILE.\n\n"
	     "One is made with every CRL; the newest is in the home as "
	     "log/checkpoint.",
    .examples = "  signet log checkpoint --out /media/usb/lab.checkpoint\n",
    .options = make_options,
    .max_args = 0,
    .run = run_checkpoint,
};

/* ---- key ---- */

static enum ca_status
print_key(struct authority *a, struct ca_error *err)
{
	struct ca_note_key key;
	struct text text = {0};
	enum ca_status st = authority_log_key(a, &key, err);

	if (st != CA_OK)
		return st;
	text_status(&text, ca_note_key_append(&text.buf, &key));
	text_add(&text, "\n");
	return text_print(&text, err);
}

static enum ca_status
run_key(const struct invocation *in, struct ca_error *err)
{
	struct ca_error ignored = {0};
	struct ca_note_key key;
	struct authority *a = NULL;
	enum ca_status st;

	if ((st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	if (opt_flag(&in->opts, "new"))
		st = authority_log_rekey(a, err);
	else if (authority_log_key(a, &key, &ignored) == CA_NOT_FOUND)
		st = authority_log_open(a, NULL, err);
	if (st == CA_OK)
		st = print_key(a, err);
	authority_close(a);
	return st;
}

const struct command cmd_log_key = {
    .name = "log key",
    .operands = "",
    .summary = "what checkpoints and proofs are verified with",
    .about = "One line, NAME+ID+BASE64 (C2SP signed-note): give it to "
	     "whoever is to verify, over a channel that they trust, and they "
	     "give it to `signet log verify --key`. With --new the log goes "
	     "on under another key, which is an entry of it; checkpoints of "
	     "the key before are verified with that one.",
    .examples = "  signet log key > lab.log-key\n",
    .options = key_options,
    .max_args = 0,
    .run = run_key,
};

/* ---- prove ---- */

static enum ca_status
prove(const struct invocation *in, struct authority *a, struct ca_buf *ret,
    struct ca_error *err)
{
	struct selection sel = {0};
	enum ca_status st = selection_add(
	    in, a, in->opts.args[0], SELECT_NEWEST, "log prove", &sel, err);

	if (st == CA_OK && sel.count != 1)
		st = ca_fail(err, CA_USAGE,
		    "%.100s: is the name of %zu certificates: say which, by "
		    "its serial (signet list)",
		    in->opts.args[0], sel.count);
	if (st == CA_OK)
		st = authority_log_prove(
		    a, sel.items[0].row, &in->pass, ret, err);
	selection_done(&sel);
	return st;
}

static enum ca_status
run_prove(const struct invocation *in, struct ca_error *err)
{
	return make(in, prove, err);
}

const struct command cmd_log_prove = {
    .name = "log prove",
    .operands = "SERIAL|FILE|NAME",
    .summary = "prove that a certificate is in the log",
    .about = "One file with all that `signet log verify` needs elsewhere, "
	     "without this home: the certificate, its entry, the way from "
	     "there to the root, and a checkpoint (C2SP tlog-proof). The "
	     "newest checkpoint that has the entry is taken; where none has, "
	     "one is made.",
    .examples = "  signet log prove company.crt --out company.tlog-proof\n",
    .options = make_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_prove,
};

/* ---- prove-consistency ---- */

static enum ca_status
prove_consistency(const struct invocation *in, struct authority *a,
    struct ca_buf *ret, struct ca_error *err)
{
	const char *path = in->opts.args[0];
	struct ca_buf earlier = {0};
	enum ca_status st = file_read(path, CA_NOTE_MAX, &earlier, err);

	if (st != CA_OK)
		return st;
	st = authority_log_prove_consistency(
	    a, ca_view(&earlier), &in->pass, ret, err);
	if (st == CA_MALFORMED || st == CA_UNTRUSTED)
		ca_fail_in(err, path);
	ca_buf_free(&earlier);
	return st;
}

static enum ca_status
run_prove_consistency(const struct invocation *in, struct ca_error *err)
{
	return make(in, prove_consistency, err);
}

const struct command cmd_log_prove_consistency = {
    .name = "log prove-consistency",
    .operands = "CHECKPOINT",
    .summary = "prove that the log goes on from an earlier checkpoint",
    .about = "One file with the earlier checkpoint, the present one, and the "
	     "proof (RFC 9162 2.1.4) that the log of the one begins with that "
	     "of the other: nothing was changed, put in between or taken "
	     "away. Exit 5 when it is not so.",
    .examples = "  signet log prove-consistency lab.checkpoint --out "
		"lab.consistency\n",
    .options = make_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_prove_consistency,
};

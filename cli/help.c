/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "ca/crypto.h"

#define WIDTH 78
#define OPTION_COLUMN 28

/* Words of text, wrapped; the cursor stands at column. "\n" breaks a
 * paragraph. */
static void
put_wrapped(struct ca_buf *out, const char *text, size_t column, size_t indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > WIDTH) {
			(void)ca_buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			(void)ca_buf_append_text(out, " ");
			column++;
		}
		(void)ca_buf_append(
		    out, (struct ca_bytes){(const uint8_t *)text, len});
		column += len;
		text += len;
		if (*text == '\n') {
			(void)ca_buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (*text != '\0')
			text++;
	}
	(void)ca_buf_append_text(out, "\n");
}

static enum ca_status
finish(struct ca_buf *out, struct ca_error *err)
{
	enum ca_status st = cmd_put(ca_view(out), err);

	ca_buf_free(out);
	return st;
}

enum ca_status
help_overview(const struct command *const *commands, struct ca_error *err)
{
	struct ca_buf out = {0};

	(void)ca_buf_append_text(&out,
	    "signet: a small certificate authority\n\n"
	    "usage: signet COMMAND [options] [operands]\n\n");
	for (; *commands != NULL; commands++)
		(void)ca_buf_printf(&out, "  %-14s %s\n", (*commands)->name,
		    (*commands)->summary);
	(void)ca_buf_append_text(&out,
	    "  help           help for a command: signet help sign\n"
	    "  version        the versions of signet and its libraries\n"
	    "\n"
	    "begin:   signet init \"Lab Root CA\"\n"
	    "         signet ca add issuing \"Lab Issuing CA\"\n"
	    "sign:    signet sign company.csr --policy server --out "
	    "company.crt\n"
	    "client:  signet issue client jason@lab.example --p12 "
	    "jason.p12\n"
	    "revoke:  signet revoke jason@lab.example\n"
	    "publish: signet crl --all --bundle --out all.crl.pem\n"
	    "\n"
	    "exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 not "
	    "found,\n"
	    "            5 not trusted, 75 busy\n");
	return finish(&out, err);
}

static void
put_options(struct ca_buf *out, const struct opt *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		struct ca_buf left = {0};
		size_t column = OPTION_COLUMN;

		(void)ca_buf_printf(&left, "  --%s%s%s", options->name,
		    options->arg != NULL ? " " : "",
		    options->arg != NULL ? options->arg : "");
		(void)ca_buf_printf(
		    out, "%-*s", OPTION_COLUMN - 1, ca_buf_text(&left));
		if (left.len >= OPTION_COLUMN - 1)
			(void)ca_buf_printf(
			    out, "\n%*s", OPTION_COLUMN - 1, "");
		(void)ca_buf_append_text(out, " ");
		put_wrapped(out, options->help, column, OPTION_COLUMN);
		ca_buf_free(&left);
	}
}

enum ca_status
help_command(const struct command *command, const struct opt *common,
    struct ca_error *err)
{
	struct ca_buf out = {0};

	(void)ca_buf_printf(&out, "signet %s: %s\n\nusage: signet %s%s%s%s\n",
	    command->name, command->summary, command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->options != NULL ? " [options]" : "");
	if (command->about != NULL) {
		(void)ca_buf_append_text(&out, "\n");
		put_wrapped(&out, command->about, 0, 0);
	}
	if (command->options != NULL && command->options->name != NULL) {
		(void)ca_buf_append_text(&out, "\noptions:\n");
		put_options(&out, command->options);
	}
	(void)ca_buf_append_text(&out, "\noptions of every command:\n");
	put_options(&out, common);
	if (command->examples != NULL)
		(void)ca_buf_printf(&out, "\nexamples:\n%s", command->examples);
	return finish(&out, err);
}

enum ca_status
help_version(const char *option, struct ca_error *err)
{
	struct ca_buf out = {0};

	if (option != NULL && strcmp(option, "--json") == 0)
		(void)ca_buf_printf(&out,
		    "{\"version\": 1, \"signet\": \"%s\", "
		    "\"wolfssl\": \"%s\", \"sqlite\": "
		    "\"%s\"}\n",
		    SIGNET_VERSION, ca_crypto_version(),
		    ledger_engine_version());
	else if (option != NULL)
		return ca_fail(
		    err, CA_USAGE, "version %.40s: only --json", option);
	else
		(void)ca_buf_printf(&out, "signet %s (wolfSSL %s, SQLite %s)\n",
		    SIGNET_VERSION, ca_crypto_version(),
		    ledger_engine_version());
	return finish(&out, err);
}

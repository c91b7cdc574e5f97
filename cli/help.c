/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "ca/crypto.h"
#include "cli/text.h"

#define WIDTH 78
#define OPTION_COLUMN 28

/* Words of text, wrapped; the cursor stands at column. "\n" breaks a
 * paragraph. */
static void
put_wrapped(struct text *out, const char *text, size_t column, size_t indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > WIDTH) {
			text_add(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			text_add(out, " ");
			column++;
		}
		text_add(out, "%.*s", (int)len, text);
		column += len;
		text += len;
		if (*text == '\n') {
			text_add(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (*text != '\0')
			text++;
	}
	text_add(out, "\n");
}

enum ca_status
help_overview(const struct command *const *commands, struct ca_error *err)
{
	struct text out = {0};

	text_add(&out,
	    "signet: a small certificate authority\n\n"
	    "usage: signet COMMAND [options] [operands]\n\n");
	for (; *commands != NULL; commands++)
		text_add(&out, "  %-14s %s\n", (*commands)->name,
		    (*commands)->summary);
	text_add(&out,
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
	    "renew:   signet renew company.com --out company.crt --force\n"
	    "publish: signet crl --all --bundle --out all.crl.pem\n"
	    "\n"
	    "exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 not "
	    "found,\n"
	    "            5 not trusted, 75 busy\n");
	return text_print(&out, err);
}

static void
put_options(struct text *out, const struct opt *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		struct text left = {0};
		size_t column = OPTION_COLUMN;

		text_add(&left, "  --%s%s%s", options->name,
		    options->arg != NULL ? " " : "",
		    options->arg != NULL ? options->arg : "");
		text_add(out, "%-*s", OPTION_COLUMN - 1, text_get(&left));
		if (left.buf.len >= OPTION_COLUMN - 1)
			text_add(out, "\n%*s", OPTION_COLUMN - 1, "");
		text_add(out, " ");
		put_wrapped(out, options->help, column, OPTION_COLUMN);
		text_done(&left);
	}
}

enum ca_status
help_command(const struct command *command, const struct opt *common,
    struct ca_error *err)
{
	struct text out = {0};

	text_add(&out, "signet %s: %s\n\nusage: signet %s%s%s%s\n",
	    command->name, command->summary, command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->options != NULL ? " [options]" : "");
	if (command->about != NULL) {
		text_add(&out, "\n");
		put_wrapped(&out, command->about, 0, 0);
	}
	if (command->options != NULL && command->options->name != NULL) {
		text_add(&out, "\noptions:\n");
		put_options(&out, command->options);
	}
	text_add(&out, "\noptions of every command:\n");
	put_options(&out, common);
	if (command->examples != NULL)
		text_add(&out, "\nexamples:\n%s", command->examples);
	return text_print(&out, err);
}

enum ca_status
help_version(const char *option, struct ca_error *err)
{
	struct text out = {0};

	if (option != NULL && strcmp(option, "--json") == 0)
		text_add(&out,
		    "{\"version\": 1, \"signet\": \"%s\", "
		    "\"wolfssl\": \"%s\", \"sqlite\": "
		    "\"%s\"}\n",
		    SIGNET_VERSION, ca_crypto_version(),
		    ledger_engine_version());
	else if (option != NULL)
		return ca_fail(
		    err, CA_USAGE, "version %.40s: only --json", option);
	else
		text_add(&out, "signet %s (wolfSSL %s, SQLite %s)\n",
		    SIGNET_VERSION, ca_crypto_version(),
		    ledger_engine_version());
	return text_print(&out, err);
}

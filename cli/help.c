/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "ca/crypto.h"
#include "cli/text.h"

#define OPTION_COLUMN 28
#define NAME_WIDTH 21

enum ca_status
help_overview(const struct command *const *commands, struct ca_error *err)
{
	struct text out = {0};

	text_add(&out,
	    "signet: a small certificate authority\n\n"
	    "usage: signet COMMAND [options] [operands]\n\n");
	for (; *commands != NULL; commands++)
		text_add(&out, "  %-*s %s\n", NAME_WIDTH, (*commands)->name,
		    (*commands)->summary);
	text_add(&out,
	    "  help                  help for a command: signet help sign\n"
	    "  version               the versions of signet and its libraries\n"
	    "  completion            completes words in bash, zsh or fish\n"
	    "\n"
	    "begin:   signet init \"Lab Root CA\"\n"
	    "         signet ca add issuing \"Lab Issuing CA\"\n"
	    "sign:    signet sign company.csr --policy server --out "
	    "company.crt\n"
	    "client:  signet issue client jason@lab.example --p12 "
	    "jason.p12\n"
	    "revoke:  signet revoke jason@lab.example\n"
	    "renew:   signet renew company.com --out company.crt --force\n"
	    "verify:  signet verify company.crt --host company.com\n"
	    "publish: signet crl --all --bundle --out all.crl.pem\n"
	    "         signet ocsp init --all, then signet serve\n"
	    "keep:    signet backup lab.tar, and signet restore lab.tar\n"
	    "\n"
	    "exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 not "
	    "found,\n"
	    "            5 not trusted, 75 busy\n");
	return text_print(&out, err);
}

bool
help_is_group(const struct command *const *commands, const char *word)
{
	size_t len = strlen(word);

	for (; len > 0 && *commands != NULL; commands++)
		if (strncmp((*commands)->name, word, len) == 0 &&
		    (*commands)->name[len] == ' ')
			return true;
	return false;
}

/* The commands that begin with the word; the name of the last. */
static const char *
put_group(
    struct text *out, const struct command *const *commands, const char *word)
{
	const char *last = word;

	for (; *commands != NULL; commands++) {
		const struct command *one[2] = {*commands, NULL};

		if (!help_is_group(one, word))
			continue;
		last = one[0]->name;
		text_add(out, "  %-*s %s\n", NAME_WIDTH, last, one[0]->summary);
	}
	return last;
}

enum ca_status
help_group(const struct command *const *commands, const char *word,
    struct ca_error *err)
{
	struct text out = {0};
	const char *last;

	text_add(&out, "signet %s: a second word says what\n\n", word);
	last = put_group(&out, commands, word);
	text_add(&out, "\nmore: signet help %s\n", last);
	return text_print(&out, err);
}

enum ca_status
help_itself(const char *word, struct ca_error *err)
{
	static const struct {
		const char *word, *text;
	} pages[] = {
	    {"help",
		"signet help: help for a command\n\n"
		"usage: signet help [COMMAND]\n"
		"       signet COMMAND --help\n\n"
		"signet help alone lists the commands.\n"},
	    {"version",
		"signet version: the versions of signet and its libraries\n\n"
		"usage: signet version [--json]\n"},
	    {"completion",
		"signet completion: completes words in bash, zsh or fish\n\n"
		"usage: signet completion bash|zsh|fish\n\n"
		"Prints the shell's script, which asks this program what may "
		"stand where the\ncursor is: commands, options, their values, "
		"the home's policies, files.\n\n"
		"examples:\n"
		"  . <(signet completion bash)              in ~/.bashrc\n"
		"  source <(signet completion zsh)          in ~/.zshrc, "
		"behind compinit\n"
		"  signet completion fish | source          in config.fish\n"},
	};
	struct text out = {0};

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(word, pages[i].word) == 0)
			text_add(&out, "%s", pages[i].text);
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
		text_add_wrapped(out, options->help, column, OPTION_COLUMN);
		text_done(&left);
	}
}

enum ca_status
help_command(const struct command *const *commands,
    const struct command *command, const struct opt *common,
    struct ca_error *err)
{
	struct text out = {0};

	text_add(&out, "signet %s: %s\n\nusage: signet %s%s%s%s\n",
	    command->name, command->summary, command->name,
	    command->operands[0] != '\0' ? " " : "", command->operands,
	    command->options != NULL ? " [options]" : "");
	if (command->about != NULL) {
		text_add(&out, "\n");
		text_add_wrapped(&out, command->about, 0, 0);
	}
	if (help_is_group(commands, command->name)) {
		text_add(&out, "\nwith a second word:\n");
		(void)put_group(&out, commands, command->name);
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

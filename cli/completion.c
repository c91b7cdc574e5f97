/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "ca/ext.h"
#include "ca/spki.h"
#include "cli/home.h"
#include "cli/starttls.h"
#include "cli/text.h"

/* ---- what is asked, and what is answered ---- */

struct line {
	const struct command *const *commands;
	const struct opt *common;
	const char *word;   /* as far as it goes */
	const char *prefix; /* "--policy=" in front of a value, or "" */
	size_t prefix_len;
	const char *home; /* --home, where it was given */
	struct text out;
};

static bool
is_begun(const struct line *line, const char *candidate)
{
	return strncmp(candidate, line->word, strlen(line->word)) == 0;
}

static void
offer(struct line *line, const char *candidate, const char *about)
{
	if (!is_begun(line, candidate))
		return;
	text_add(&line->out, "%.*s%s", (int)line->prefix_len, line->prefix,
	    candidate);
	if (about != NULL)
		text_add(&line->out, "\t%s", about);
	text_add(&line->out, "\n");
}

static void
offer_policy(void *ctx, const char *name)
{
	offer(ctx, name, NULL);
}

static void
offer_policies(struct line *line)
{
	struct ca_buf home = {0};

	if (home_find(line->home, &home, NULL) == CA_OK &&
	    ca_buf_text(&home) != NULL)
		home_each_policy(ca_buf_text(&home), offer_policy, line);
	ca_buf_free(&home);
}

/* ---- values ---- */

static const char *const key_types[] = {"ecdsa-p256", "ecdsa-p384",
    "ecdsa-p521", "rsa-3072", "rsa-4096", "rsa-2048", "ed25519", "ed448", NULL};
static const char *const sources[] = {"env:", "file:", "fd:", "stdin", NULL};
static const char *const kdfs[] = {"scrypt", "pbkdf2", NULL};
static const char *const formats[] = {"pem", "der", "fingerprint", NULL};
static const char *const stores[] = {"system", "nss", "java", NULL};
static const char *const hashes[] = {"sha1", "sha256", NULL};
static const char *const purposes[] = {"server", "client", "email", "code",
    "timestamp", "ocsp", "authority", "crl", "any", NULL};
static const char *const narrowings[] = {"dns:", "email:", "ip:", NULL};

/* By what help calls the value; of several options of a name the value tells
 * them apart. */
static const struct {
	const char *option, *arg; /* NULL: any */
	const char *const *words;
} choices[] = {
    {NULL, "TYPE", key_types},
    {NULL, "SOURCE", sources},
    {NULL, "KDF", kdfs},
    {"format", "FORMAT", formats},
    {NULL, "STORE", stores},
    {"hash", "NAME", hashes},
    {"purpose", "WORD", purposes},
    {NULL, "TYPE:VALUE", narrowings},
};

static void
offer_reasons(struct line *line)
{
	for (int reason = CA_REASON_UNSPECIFIED;
	     reason <= CA_REASON_AA_COMPROMISE; reason++)
		if (ca_reason_name(reason) != NULL &&
		    reason != CA_REASON_REMOVE_FROM_CRL)
			offer(line, ca_reason_name(reason), NULL);
}

static void
offer_value(struct line *line, const struct opt *option)
{
	static const char *const files[] = {
	    "FILE", "CERT", "KEY", "CHECKPOINT", NULL};
	const char *arg = option->arg;

	for (size_t i = 0; files[i] != NULL; i++)
		if (strcmp(arg, files[i]) == 0)
			text_add(&line->out, "/files\n");
	if (strcmp(arg, "DIR") == 0)
		text_add(&line->out, "/folders\n");
	if (strcmp(arg, "REASON") == 0)
		offer_reasons(line);
	if (strcmp(option->name, "policy") == 0)
		offer_policies(line);
	for (int i = 1; i < STARTTLS_COUNT && strcmp(arg, "PROTOCOL") == 0; i++)
		offer(line, starttls_name(i), NULL);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if ((choices[i].option == NULL ||
			strcmp(choices[i].option, option->name) == 0) &&
		    strcmp(choices[i].arg, arg) == 0)
			for (size_t k = 0; choices[i].words[k] != NULL; k++)
				offer(line, choices[i].words[k], NULL);
}

/* ---- options ---- */

static const struct opt *
find_in(const struct opt *table, const char *name, size_t len)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strlen(table->name) == len &&
		    memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

/* The option that a word names, up to its '='; NULL for none. */
static const struct opt *
option_of(
    const struct line *line, const struct command *command, const char *word)
{
	const struct opt *ret = NULL;
	size_t len;

	if (strncmp(word, "--", 2) != 0)
		return NULL;
	len = strcspn(word + 2, "=");
	if (command != NULL)
		ret = find_in(command->options, word + 2, len);
	return ret != NULL ? ret : find_in(line->common, word + 2, len);
}

static bool
was_given(const struct opt *option, int count, char **words)
{
	for (int i = 0; i < count; i++)
		if (strncmp(words[i], "--", 2) == 0 &&
		    strlen(option->name) == strcspn(words[i] + 2, "=") &&
		    strncmp(option->name, words[i] + 2, strlen(option->name)) ==
			0)
			return option->kind != OPT_LIST;
	return false;
}

static void
offer_options(
    struct line *line, const struct opt *table, int count, char **words)
{
	for (; table != NULL && table->name != NULL; table++) {
		struct text word = {0};

		text_add(&word, "--%s", table->name);
		if (!was_given(table, count, words))
			offer(line, text_get(&word), table->help);
		text_done(&word);
	}
}

/* ---- commands and operands ---- */

/* The words that may stand behind first ("ca" for "add" and "list"); NULL: in
 * the first place, each once. */
static void
offer_commands(struct line *line, const char *first)
{
	const struct command *const *all = line->commands;
	const size_t skip = first != NULL ? strlen(first) + 1 : 0;
	char last[64] = "";

	for (size_t i = 0; all[i] != NULL; i++) {
		const char *name = all[i]->name;
		const bool group = strchr(name + skip, ' ') != NULL;
		char word[64];

		if (first != NULL &&
		    (strncmp(name, first, skip - 1) != 0 ||
			name[skip - 1] != ' '))
			continue;
		(void)snprintf(word, sizeof(word), "%.*s",
		    (int)strcspn(name + skip, " "), name + skip);
		if (strcmp(word, last) != 0)
			offer(line, word,
			    group ? "a second word says what" :
				    all[i]->summary);
		(void)snprintf(last, sizeof(last), "%s", word);
	}
	if (first != NULL)
		return;
	offer(line, "help", "help for a command");
	offer(line, "version", "the versions of signet and its libraries");
	offer(line, "completion", "completes words in a shell");
}

static void
offer_operands(struct line *line, const struct command *command)
{
	static const char *const files[] = {
	    "FILE", "CSR", "CERT", "CHECKPOINT", "DIR", NULL};

	for (size_t i = 0; files[i] != NULL; i++)
		if (strstr(command->operands, files[i]) != NULL) {
			text_add(&line->out, "/files\n");
			break;
		}
	if (strcmp(command->name, "issue") == 0)
		offer_policies(line);
	offer_commands(line, command->name);
}

/* ---- the line ---- */

/* The longest command that these words begin with. */
static const struct command *
command_of(const struct line *line, const char *first, const char *second)
{
	const struct command *ret = NULL;

	for (size_t i = 0; line->commands[i] != NULL; i++) {
		const char *name = line->commands[i]->name;
		const size_t len = strlen(first);

		if (strcmp(name, first) == 0 && ret == NULL)
			ret = line->commands[i];
		if (second != NULL && strncmp(name, first, len) == 0 &&
		    name[len] == ' ' && strcmp(name + len + 1, second) == 0)
			ret = line->commands[i];
	}
	return ret;
}

/* Of the words in front of the last, those that are neither options nor their
 * values: the first two. Returns how many there are. */
static int
find_operands(struct line *line, int count, char **words, const char *ret[2])
{
	const struct command *command = NULL;
	int found = 0;

	for (int i = 0; i < count; i++) {
		const struct opt *option = option_of(line, command, words[i]);

		if (option == NULL && strncmp(words[i], "--", 2) != 0) {
			if (found < 2)
				ret[found] = words[i];
			found++;
			command = command_of(
			    line, ret[0], found > 1 ? ret[1] : NULL);
			continue;
		}
		if (option == NULL || option->kind == OPT_FLAG ||
		    strchr(words[i], '=') != NULL)
			continue;
		if (strcmp(option->name, "home") == 0 && i + 1 < count)
			line->home = words[i + 1];
		i++;
	}
	return found;
}

static void
complete_behind_command(
    struct line *line, const struct command *command, int count, char **words)
{
	const struct opt *option = option_of(line, command, line->word);
	const char *equals = strchr(line->word, '=');

	if (option != NULL && option->kind != OPT_FLAG && equals != NULL) {
		line->prefix = line->word;
		line->prefix_len = (size_t)(equals + 1 - line->word);
		line->word = equals + 1;
		offer_value(line, option);
		return;
	}
	option = count > 0 ? option_of(line, command, words[count - 1]) : NULL;
	if (option != NULL && option->kind != OPT_FLAG &&
	    strchr(words[count - 1], '=') == NULL) {
		offer_value(line, option);
	} else if (line->word[0] == '-') {
		if (command != NULL)
			offer_options(line, command->options, count, words);
		offer_options(line, line->common, count, words);
	} else if (command != NULL) {
		offer_operands(line, command);
	}
}

static void
offer_shells(struct line *line)
{
	offer(line, "bash", NULL);
	offer(line, "zsh", NULL);
	offer(line, "fish", NULL);
}

static void
complete(struct line *line, int count, char **words)
{
	const char *first[2] = {NULL, NULL};
	const int found = find_operands(line, count, words, first);
	const struct command *command = found > 0 ?
	    command_of(line, first[0], first[1]) :
	    NULL;
	const bool value = count > 0 &&
	    option_of(line, command, words[count - 1]) != NULL &&
	    option_of(line, command, words[count - 1])->kind != OPT_FLAG;

	if (command == NULL && line->word[0] != '-' && !value) {
		if (found == 0)
			offer_commands(line, NULL);
		else if (strcmp(first[0], "completion") == 0 && found == 1)
			offer_shells(line);
		else if (strcmp(first[0], "help") == 0)
			offer_commands(line, found > 1 ? first[1] : NULL);
		else if (found == 1)
			offer_commands(line, first[0]);
		return;
	}
	complete_behind_command(line, command, count, words);
}

enum ca_status
completion_words(const struct command *const *commands,
    const struct opt *common, int argc, char **argv, struct ca_error *err)
{
	struct line line = {
	    .commands = commands, .common = common, .word = "", .prefix = ""};

	if (argc > COMPLETION_WORDS_MAX)
		return ca_fail(err, CA_USAGE,
		    "completion words: more than %d words",
		    COMPLETION_WORDS_MAX);
	if (argc > 0)
		line.word = argv[argc - 1];
	complete(&line, argc > 0 ? argc - 1 : 0, argv);
	return text_print(&line.out, err);
}

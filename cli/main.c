/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/completion.h"
#include "cli/confine.h"
#include "cli/help.h"
#include "cli/home.h"
#include "cli/sandbox.h"
#include "cli/text.h"

#define WAIT_DEFAULT 60
#define WAIT_MAX 86400
#define LEADING_MAX 32 /* words of options before the command */

static const struct command *const commands[] = {&cmd_init, &cmd_ca_add,
    &cmd_ca_list, &cmd_key_new, &cmd_key_passphrase, &cmd_csr_new,
    &cmd_csr_show, &cmd_sign, &cmd_issue, &cmd_renew, &cmd_rekey, &cmd_list,
    &cmd_show, &cmd_revoke, &cmd_unhold, &cmd_crl, &cmd_crl_show,
    &cmd_crl_verify, &cmd_ocsp_init, &cmd_ocsp_respond, &cmd_ocsp_query,
    &cmd_roots_export, &cmd_roots_install, &cmd_roots_uninstall,
    &cmd_roots_status, &cmd_verify, &cmd_check, &cmd_serve, &cmd_audit,
    &cmd_doctor, &cmd_log_checkpoint, &cmd_log_prove,
    &cmd_log_prove_consistency, &cmd_log_verify, &cmd_log_key, &cmd_backup,
    &cmd_restore, NULL};

/* Options of every command. */
static const struct opt common[] = {
    {"home", OPT_TEXT, "DIR",
	"the authority's folder (else $SIGNET_HOME, else ~/.local/share/"
	"signet)"},
    {"wait", OPT_TEXT, "SECONDS", "how long to queue for other processes (60)"},
    {"force-time", OPT_FLAG, NULL,
	"sign although the clock went back, or far ahead"},
    {"quiet", OPT_FLAG, NULL, "no notes and no next steps"},
    {"no-color", OPT_FLAG, NULL, "no colours (also: NO_COLOR)"},
    {"help", OPT_FLAG, NULL, "help for this command"}, {0}};

static const struct {
	enum ca_status status;
	int code;
} exit_codes[] = {
    {CA_OK, 0},
    {CA_USAGE, 2},
    {CA_MALFORMED, 1},
    {CA_REFUSED, 3},
    {CA_NOT_FOUND, 4},
    {CA_UNTRUSTED, 5},
    {CA_BUSY, 75},
    {CA_IO, 1},
    {CA_MEMORY, 1},
    {CA_INTERNAL, 1},
};

int
cmd_exit_code(enum ca_status status)
{
	for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
		if (exit_codes[i].status == status)
			return exit_codes[i].code;
	return 1;
}

enum ca_status
cmd_open(
    const struct invocation *in, struct authority **ret, struct ca_error *err)
{
	const struct authority_options options = {.home = in->home,
	    .wait_ms = in->wait_ms,
	    .world = &in->world,
	    .force_time = opt_flag(&in->opts, "force-time")};
	enum ca_status st = authority_open(&options, ret, err);

	if (st != CA_OK)
		return st;
	if ((st = authority_check_founded(*ret, err)) != CA_OK) {
		authority_close(*ret);
		*ret = NULL;
	}
	return st;
}

/* ---- finding the command ---- */

/* "ca add" takes two words, "sign" one; how many, or 0. */
static int
words_matched(const struct command *command, int argc, char **argv)
{
	const char *space = strchr(command->name, ' ');
	size_t len;

	if (argc < 1)
		return 0;
	if (space == NULL)
		return strcmp(command->name, argv[0]) == 0 ? 1 : 0;
	len = (size_t)(space - command->name);
	if (argc < 2 || strlen(argv[0]) != len ||
	    memcmp(command->name, argv[0], len) != 0)
		return 0;
	return strcmp(space + 1, argv[1]) == 0 ? 2 : 0;
}

/* "crl show" before "crl". */
static const struct command *
find_command(int argc, char **argv, int *ret_words)
{
	const struct command *ret = NULL;

	*ret_words = 0;
	for (size_t i = 0; commands[i] != NULL; i++) {
		int words = words_matched(commands[i], argc, argv);

		if (words > *ret_words) {
			*ret_words = words;
			ret = commands[i];
		}
	}
	return ret;
}

static const char *
command_name(size_t i)
{
	static const char *const more[] = {"help", "version", "completion"};
	const size_t count = sizeof(commands) / sizeof(commands[0]) - 1;

	if (i < count)
		return commands[i]->name;
	return i - count < 3 ? more[i - count] : NULL;
}

/* "ca" alone: what begins with it, or NULL when nothing does. */
static const char *
group_members(const char *word, struct text *out)
{
	size_t len = strlen(word);

	for (size_t i = 0; len > 0 && commands[i] != NULL; i++)
		if (strncmp(commands[i]->name, word, len) == 0 &&
		    commands[i]->name[len] == ' ')
			text_add(out, "%s`signet %s`",
			    out->buf.len > 0 ? " or " : "", commands[i]->name);
	return out->buf.len > 0 ? text_get(out) : NULL;
}

static const char *
nearest_command(int argc, char **argv)
{
	char words[64];
	const char *near = opt_nearest(argv[0], command_name);

	if (near != NULL || argc < 2)
		return near;
	(void)snprintf(words, sizeof(words), "%.30s %.30s", argv[0], argv[1]);
	return opt_nearest(words, command_name);
}

static enum ca_status
unknown_command(int argc, char **argv, struct ca_error *err)
{
	struct text group = {0};
	const char *members = group_members(argv[0], &group);
	const char *near = nearest_command(argc, argv);
	enum ca_status st;

	if (members != NULL)
		st = ca_fail(err, CA_USAGE,
		    "%.30s: a second word is wanted: %s", argv[0], members);
	else if (argv[0][0] == '-')
		st = ca_fail(err, CA_USAGE,
		    "%.30s: there is no command; `signet help` lists them",
		    argv[0]);
	else if (near != NULL)
		st = ca_fail(err, CA_USAGE,
		    "%.30s: no such command; did you mean `signet %s`?",
		    argv[0], near);
	else
		st = ca_fail(err, CA_USAGE,
		    "\"%.30s\": no such command; `signet help` lists them",
		    argv[0]);
	text_done(&group);
	return st;
}

/* ---- running it ---- */

static enum ca_status
parse_wait(const char *text, int64_t *ret_ms, struct ca_error *err)
{
	char *end;
	long seconds = WAIT_DEFAULT;

	if (text != NULL) {
		errno = 0;
		seconds = strtol(text, &end, 10);
		if (errno != 0 || *text == '\0' || *end != '\0' ||
		    seconds < 0 || seconds > WAIT_MAX)
			return ca_fail(err, CA_USAGE,
			    "--wait %s: a number of seconds, 0 to "
			    "%d",
			    text, WAIT_MAX);
	}
	*ret_ms = (int64_t)seconds * 1000;
	return CA_OK;
}

static bool
has_option(const struct command *command, const char *name)
{
	for (const struct opt *o = command->options; o != NULL && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return true;
	return false;
}

static enum ca_status
check_operands(const struct invocation *in, struct ca_error *err)
{
	const struct command *c = in->command;

	if ((int)in->opts.arg_count < c->min_args)
		return ca_fail(err, CA_USAGE,
		    "something is missing: signet %s %s (see "
		    "`signet help %s`)",
		    c->name, c->operands, c->name);
	if (c->max_args >= 0 && (int)in->opts.arg_count > c->max_args)
		return ca_fail(err, CA_USAGE,
		    "%.60s: one word too many: signet %s%s%s (see "
		    "`signet help %s`)",
		    in->opts.args[c->max_args], c->name,
		    c->operands[0] != '\0' ? " " : "", c->operands, c->name);
	return CA_OK;
}

static enum ca_status
check_outputs(const struct invocation *in, struct ca_error *err)
{
	static const char *const outputs[] = {"out", "key-out", "p12"};
	enum ca_status st = CA_OK;

	for (size_t i = 0;
	     i < sizeof(outputs) / sizeof(outputs[0]) && st == CA_OK; i++) {
		const char *path = has_option(in->command, outputs[i]) ?
		    opt_text(&in->opts, outputs[i]) :
		    NULL;

		if (path != NULL)
			st = home_check_output(in->home, path, err);
	}
	return st;
}

static enum ca_status
run(struct invocation *in, struct ca_buf *home, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	enum ca_status st;

	term_init(
	    &in->term, opt_flag(opts, "quiet"), opt_flag(opts, "no-color"));
	in->term.home = opt_text(opts, "home");
	if (opt_flag(opts, "help"))
		return help_command(commands, in->command, common, err);
	if ((st = check_operands(in, err)) != CA_OK ||
	    (st = parse_wait(opt_text(opts, "wait"), &in->wait_ms, err)) !=
		CA_OK ||
	    (st = home_find(opt_text(opts, "home"), home, err)) != CA_OK)
		return st;
	if ((in->home = ca_buf_text(home)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = check_outputs(in, err)) != CA_OK)
		return st;
	in->pass.term = &in->term;
	in->pass.kept = &in->kept;
	if (has_option(in->command, "passin"))
		in->pass.passin = opt_text(opts, "passin");
	if (has_option(in->command, "passout"))
		in->pass.passout = opt_text(opts, "passout");
	if (has_option(in->command, "no-passphrase"))
		in->pass.no_passphrase = opt_flag(opts, "no-passphrase");
	if (has_option(in->command, "json"))
		in->json = opt_flag(opts, "json");
	if ((st = confine(in, err)) != CA_OK)
		return st;
	return in->command->run(in, err);
}

/* How many words of options stand before the command. */
static int
count_leading(int argc, char **argv)
{
	int i = 0;

	while (
	    i < argc && strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0') {
		const struct opt *o = common;

		while (o->name != NULL && strcmp(o->name, argv[i] + 2) != 0)
			o++;
		i += o->name != NULL && o->kind != OPT_FLAG ? 2 : 1;
	}
	return i < argc ? i : 0;
}

static enum ca_status
run_command(struct invocation *in, int argc, char **argv, struct ca_error *err)
{
	struct ca_buf home = {0};
	enum ca_status st;

	st = opt_parse(
	    in->command->options, common, argc, argv, &in->opts, err);
	if (st == CA_OK)
		st = run(in, &home, err);
	opt_done(&in->opts);
	ca_buf_free(&in->kept);
	ca_buf_free(&home);
	return st;
}

/* `signet --home DIR list` is `signet list --home DIR`: the words in front of
 * the command are put behind it. argv is our own to reorder. */
static enum ca_status
find_and_run(struct invocation *in, int argc, char **argv, struct ca_error *err)
{
	int leading = count_leading(argc, argv), words = 0;
	char *front[LEADING_MAX];
	enum ca_status st;

	if (leading > LEADING_MAX)
		return ca_fail(err, CA_USAGE,
		    "more than %d words of options before the "
		    "command",
		    LEADING_MAX);
	/* Read here for their errors alone. */
	if ((st = opt_parse(NULL, common, leading, argv, &in->opts, err)) !=
	    CA_OK)
		return st;
	opt_done(&in->opts);
	in->command = find_command(argc - leading, argv + leading, &words);
	if (in->command == NULL)
		return unknown_command(argc - leading, argv + leading, err);
	memcpy(front, argv, (size_t)leading * sizeof(*argv));
	memmove(argv, argv + leading, (size_t)words * sizeof(*argv));
	memcpy(argv + words, front, (size_t)leading * sizeof(*argv));
	return run_command(in, argc - words, argv + words, err);
}

/* Not in the table of commands: they need no home and no options. */
static bool
is_word_of_its_own(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "version") == 0 ||
	    strcmp(word, "completion") == 0;
}

/* `signet completion bash`, and what that script asks. */
static enum ca_status
completion(int argc, char **argv, struct ca_error *err)
{
	if (argc > 1 && strcmp(argv[0], "words") == 0 &&
	    strcmp(argv[1], "--") == 0)
		return completion_words(
		    commands, common, argc - 2, argv + 2, err);
	if (argc != 1)
		return ca_fail(err, CA_USAGE,
		    "completion: which shell's? signet completion bash, zsh "
		    "or fish");
	return completion_script(argv[0], err);
}

/* `signet help`, `signet help sign`, `signet help ca`. */
static enum ca_status
help(int argc, char **argv, struct ca_error *err)
{
	const struct command *command;
	int words = 0;

	if (argc == 0)
		return help_overview(commands, err);
	if (argc == 1 && is_word_of_its_own(argv[0]))
		return help_itself(argv[0], err);
	command = find_command(argc, argv, &words);
	if (command == NULL && argc == 1 && help_is_group(commands, argv[0]))
		return help_group(commands, argv[0], err);
	if (command == NULL)
		return unknown_command(argc, argv, err);
	if (argc > words)
		return ca_fail(err, CA_USAGE,
		    "%.30s: one word too many: signet help %s", argv[words],
		    command->name);
	return help_command(commands, command, common, err);
}

static enum ca_status
dispatch(int argc, char **argv, struct term *term, struct ca_error *err)
{
	struct invocation in = {0};
	enum ca_status st;

	if (argc == 0)
		return help_overview(commands, err);
	if (argc == 2 && strcmp(argv[1], "--help") == 0 &&
	    (is_word_of_its_own(argv[0]) || help_is_group(commands, argv[0])))
		return help(1, argv, err);
	if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 ||
	    strcmp(argv[0], "-h") == 0)
		return help(argc - 1, argv + 1, err);
	if (strcmp(argv[0], "version") == 0 ||
	    strcmp(argv[0], "--version") == 0)
		return help_version(argc > 1 ? argv[1] : NULL, err);
	if (strcmp(argv[0], "completion") == 0)
		return completion(argc - 1, argv + 1, err);
	in.term = *term;
	st = find_and_run(&in, argc, argv, err);
	*term = in.term;
	return st;
}

/* 0, 1 and 2 exist, so that no file becomes them; one that was closed can
 * neither be read nor written, also where there is no /dev. */
static bool
guard_process(void)
{
	sandbox_guard_memory();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* `ulimit -f`: EFBIG says it */
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			return false;
	return true;
}

/* wolfSSL takes a megabyte or two for an operation with a key, in small pieces,
 * and gives them back: not to the system, of which the next would have to get
 * them page by page. What was secret in them has been wiped. */
static void
keep_pages(void)
{
	(void)mallopt(M_TOP_PAD, 1 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 22);
}

int
main(int argc, char **argv)
{
	struct term term;
	struct ca_error err = {0};
	enum ca_status st;

	keep_pages();
	if (!guard_process())
		return cmd_exit_code(CA_IO);
	term_init(&term, false, false);
	st = dispatch(argc - 1, argv + 1, &term, &err);
	if (st != CA_OK)
		term_error(&term, &err);
	return cmd_exit_code(st);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/opt.h"

#include <signal.h>

#include "tests/unit/folder.h"

static const struct opt table[] = {{"out", OPT_TEXT, "FILE", "where to"},
    {"dns", OPT_LIST, "NAME", "a host"}, {"plan", OPT_FLAG, NULL, "sign not"},
    {0}};
static const struct opt common[] = {{"home", OPT_TEXT, "DIR", "the home"},
    {"quiet", OPT_FLAG, NULL, "say less"}, {0}};

static enum ca_status
parse(struct opts *ret, struct ca_error *err, const char *const *words)
{
	char *argv[16];
	int argc = 0;

	for (; words[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc];
	argv[argc] = NULL;
	return opt_parse(table, common, argc, argv, ret, err);
}

#define PARSE(ret, ...) \
	parse(ret, &err, (const char *const[]){__VA_ARGS__, NULL})
#define REFUSED(words, ...)                                        \
	do {                                                       \
		struct opts opts = {0};                            \
                                                                   \
		FAILS(PARSE(&opts, __VA_ARGS__), CA_USAGE, words); \
		assert_null(opts.given);                           \
		assert_null(opts.args);                            \
	} while (0)

static void
every_form_is_read(void **state)
{
	struct opts opts;

	(void)state;
	WORKS(PARSE(&opts, "a", "--out", "x", "--dns=one", "-", "--dns", "two",
	    "--plan", "--home=", "--", "--quiet", "--"));
	assert_string_equal(opt_text(&opts, "out"), "x");
	assert_string_equal(opt_text(&opts, "home"), "");
	assert_int_equal(opt_count(&opts, "dns"), 2);
	assert_string_equal(opt_item(&opts, "dns", 0), "one");
	assert_string_equal(opt_item(&opts, "dns", 1), "two");
	assert_null(opt_item(&opts, "dns", 2));
	assert_true(opt_flag(&opts, "plan"));
	assert_false(opt_flag(&opts, "quiet"));
	assert_int_equal(opts.arg_count, 4);
	assert_string_equal(opts.args[0], "a");
	assert_string_equal(opts.args[1], "-");
	assert_string_equal(opts.args[2], "--quiet");
	assert_string_equal(opts.args[3], "--");
	opt_done(&opts);
	opt_done(&opts);
}

static void
nothing_is_nothing(void **state)
{
	struct opts opts;
	char *none[] = {NULL};

	(void)state;
	WORKS(opt_parse(table, common, 0, none, &opts, &err));
	assert_int_equal(opts.arg_count, 0);
	assert_null(opt_text(&opts, "out"));
	assert_int_equal(opt_count(&opts, "dns"), 0);
	opt_done(&opts);
	WORKS(opt_parse(NULL, NULL, 0, none, &opts, &err));
	opt_done(&opts);
}

/* The first = parts; what follows is the value. */
static void
a_value_may_look_like_anything(void **state)
{
	struct opts opts;

	(void)state;
	WORKS(PARSE(&opts, "--out=a=b", "--dns", "--plan", "--dns="));
	assert_string_equal(opt_text(&opts, "out"), "a=b");
	assert_string_equal(opt_item(&opts, "dns", 0), "--plan");
	assert_string_equal(opt_item(&opts, "dns", 1), "");
	assert_false(opt_flag(&opts, "plan"));
	opt_done(&opts);
}

/* checklist 117 */
static void
what_is_wrong_is_said(void **state)
{
	(void)state;
	REFUSED("--outt: no such option|did you mean --out?", "--outt", "x");
	REFUSED("--hme: no such option|did you mean --home?", "--hme=x");
	REFUSED("--verbose: no such option", "--verbose");
	REFUSED("--Plan: no such option|--plan?", "--Plan");
	REFUSED("no such option", "--=x");
	REFUSED("--out needs a value: FILE", "a", "--out");
	REFUSED("--plan takes no value", "--plan=yes");
	REFUSED("--out is given twice", "--out", "a", "--out=b");
	REFUSED("--plan is given twice", "--plan", "--plan");
	REFUSED("-x: options begin with two dashes", "-x");
	REFUSED("no such option",
	    "--"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void
too_many_are_refused(void **state)
{
	static char word[] = "--dns=a";
	static char *argv[OPT_MAX_VALUES + 2];
	struct opts opts;

	(void)state;
	for (size_t i = 0; i <= OPT_MAX_VALUES; i++)
		argv[i] = word;
	WORKS(opt_parse(table, common, OPT_MAX_VALUES, argv, &opts, &err));
	assert_int_equal(opts.count, OPT_MAX_VALUES);
	opt_done(&opts);
	FAILS(opt_parse(table, common, OPT_MAX_VALUES + 1, argv, &opts, &err),
	    CA_USAGE, "more than 4096 options");
}

static const char *
verb(size_t i)
{
	static const char *const verbs[] = {"sign", "show", "list", NULL};

	return verbs[i];
}

static void
the_nearest_is_named(void **state)
{
	static const struct {
		const char *word, *nearest;
	} cases[] = {{"sing", "sign"}, {"sgn", "sign"}, {"lists", "list"},
	    {"sho", "show"}, {"sign", "sign"}, {"issue", NULL}, {"xyz", NULL},
	    {"signsignsignsignsignsignsignsignsign", NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = opt_nearest(cases[i].word, verb);

		if (cases[i].nearest == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].nearest);
	}
}

/* A name that is in no table is a fault of the program. */
static void
an_option_that_cannot_be_ends_the_program(void **state)
{
	struct opts opts;
	int status = 0;
	pid_t pid;

	(void)state;
	WORKS(PARSE(&opts, "--plan"));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka would catch it. */
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		(void)opt_flag(&opts, "plna");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	opt_done(&opts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_form_is_read),
	    cmocka_unit_test(nothing_is_nothing),
	    cmocka_unit_test(a_value_may_look_like_anything),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(too_many_are_refused),
	    cmocka_unit_test(the_nearest_is_named),
	    cmocka_unit_test(an_option_that_cannot_be_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

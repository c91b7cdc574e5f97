/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/home.h"

#include "db/ledger.h"
#include "tests/unit/folder.h"

static const char *const shipped[] = {
    "client", "ev-server", "intermediate", "ocsp-responder", "root", "server"};

static const char *const variables[] = {"SIGNET_HOME", "XDG_DATA_HOME", "HOME"};

/* ---- where it is ---- */

static void
the_first_that_is_said_is_it(void **state)
{
	static const struct {
		const char *option, *signet, *xdg, *home, *found;
	} cases[] = {{"a", "b", "/c", "/d", "a"}, {"a/", NULL, NULL, NULL, "a"},
	    {"/", NULL, NULL, NULL, "/"}, {NULL, "b//", "/c", "/d", "b"},
	    {NULL, NULL, "/c", "/d", "/c/signet"},
	    {NULL, "", "/c", "/d", "/c/signet"},
	    {NULL, NULL, "relative", "/d", "/d/.local/share/signet"},
	    {NULL, NULL, NULL, "/d/", "/d/.local/share/signet"}};
	char *saved[COUNT(variables)];
	struct ca_buf got = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(variables); i++)
		saved[i] = getenv(variables[i]) != NULL ?
		    strdup(getenv(variables[i])) :
		    NULL;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *values[] = {
		    cases[i].signet, cases[i].xdg, cases[i].home};

		for (size_t k = 0; k < COUNT(variables); k++) {
			(void)unsetenv(variables[k]);
			if (values[k] != NULL)
				(void)setenv(variables[k], values[k], 1);
		}
		WORKS(home_find(cases[i].option, &got, &err));
		assert_text(&got, cases[i].found);
	}
	FAILS(home_find("", &got, &err), CA_USAGE, "--home|empty");
	for (size_t k = 0; k < COUNT(variables); k++)
		(void)unsetenv(variables[k]);
	FAILS(home_find(NULL, &got, &err), CA_USAGE, "--home|SIGNET_HOME");
	for (size_t i = 0; i < COUNT(variables); i++) {
		if (saved[i] != NULL)
			(void)setenv(variables[i], saved[i], 1);
		free(saved[i]);
	}
	ca_buf_free(&got);
}

/* ---- making one ---- */

static void
make_home(const char *home, const char *const *domains, size_t count)
{
	struct ca_buf staged = {0};

	WORKS(home_stage(home, domains, count, &staged, NULL, &err));
	WORKS(home_publish(ca_buf_text(&staged), home, &err));
	ca_buf_free(&staged);
}

static mode_t
mode_of(const char *path)
{
	struct stat info;

	if (lstat(path, &info) != 0)
		fail_msg("%s: not there", path);
	return info.st_mode & 07777;
}

static size_t
files_here(void)
{
	DIR *dir = opendir(".");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count - 2;
}

static void
a_new_home_is_private_and_whole(void **state)
{
	static const char *const folders[] = {
	    "lab", "lab/keys", "lab/policies", "lab/crl", "lab/issued"};
	const struct ledger_options options = {.path = "lab/ledger.db"};
	mode_t before = umask(0);
	struct ledger *ledger = NULL;

	(void)state;
	make_home("lab", NULL, 0);
	(void)umask(before);
	assert_int_equal(files_here(), 1);
	for (size_t i = 0; i < COUNT(folders); i++)
		assert_int_equal(mode_of(folders[i]), 0700);
	assert_int_equal(mode_of("lab/ledger.db"), 0600);
	for (size_t i = 0; i < COUNT(shipped); i++) {
		struct ca_policy *policy = NULL;
		char path[100];

		(void)snprintf(
		    path, sizeof(path), "lab/policies/%s.policy", shipped[i]);
		assert_int_equal(mode_of(path), 0600);
		WORKS(home_policy("lab", shipped[i], &policy, &err));
		ca_policy_free(policy);
	}
	WORKS(home_check("lab", &err));
	WORKS(ledger_open(&options, &ledger, &err));
	ledger_close(ledger);
	home_discard("lab");
}

static void
domains_narrow_the_policies(void **state)
{
	static const char *const domains[] = {"lab.example"};
	struct ca_policy *policy = NULL;

	(void)state;
	make_home("lab", domains, 1);
	WORKS(home_policy("lab", "server", &policy, &err));
	assert_true(policy->pattern_count > 0);
	for (size_t i = 0; i < policy->pattern_count; i++)
		if (policy->patterns[i].type == CA_SAN_DNS)
			assert_false(policy->patterns[i].any);
	ca_policy_free(policy);
	WORKS(home_policy("lab", "root", &policy, &err));
	assert_true(policy->name_constraints.len > 0);
	ca_policy_free(policy);
	home_discard("lab");
}

static void
a_bad_domain_leaves_nothing(void **state)
{
	static const char *const domains[] = {"not a domain"};
	struct ca_buf staged = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_not_equal(
	    home_stage("lab", domains, 1, &staged, NULL, &err), CA_OK);
	assert_says(err.msg, "not a domain");
	assert_int_equal(staged.len, 0);
	assert_int_equal(files_here(), 0);
	ca_buf_free(&staged);
}

static void
what_lies_there_is_not_touched(void **state)
{
	struct ca_buf staged = {0}, got;

	(void)state;
	write_file("file", BYTES("mine"));
	FAILS(home_stage("file", NULL, 0, &staged, NULL, &err), CA_REFUSED,
	    "file|exists already|new folder|--home");
	assert_int_equal(mkdir("full", 0700), 0);
	write_file("full/a", BYTES("mine"));
	FAILS(home_stage("full", NULL, 0, &staged, NULL, &err), CA_REFUSED,
	    "full|exists already|not empty|--home");
	assert_int_equal(symlink("nowhere", "link"), 0);
	FAILS(home_stage("link", NULL, 0, &staged, NULL, &err), CA_REFUSED,
	    "link|a symbolic link to what is not there|--home");
	FAILS(home_stage("file/lab", NULL, 0, &staged, NULL, &err), CA_IO,
	    "file");
	got = read_file("full/a");
	assert_text(&got, "mine");
	assert_int_equal(unlink("full/a"), 0);
	assert_int_equal(rmdir("full"), 0);
	assert_int_equal(files_here(), 2);
	assert_int_equal(staged.len, 0);
}

/* An empty folder may become a home, and stays when it does not. */
static void
an_empty_folder_is_taken(void **state)
{
	static const char *const bad[] = {"not a domain"};
	struct ca_buf staged = {0};

	(void)state;
	assert_int_equal(mkdir("lab", 0755), 0);
	assert_int_not_equal(
	    home_stage("lab", bad, 1, &staged, NULL, NULL), CA_OK);
	assert_int_equal(mode_of("lab"), 0755);
	WORKS(home_stage("lab", NULL, 0, &staged, NULL, &err));
	assert_int_equal(mode_of("lab"), 0755);
	WORKS(home_publish(ca_buf_text(&staged), "lab", &err));
	assert_int_equal(mode_of("lab"), 0700);
	WORKS(home_check("lab", &err));
	ca_buf_free(&staged);
	home_discard("lab");
}

static void
folders_above_are_made(void **state)
{
	(void)state;
	make_home("a/b/lab", NULL, 0);
	assert_int_equal(mode_of("a/b"), 0700);
	WORKS(home_check("a/b/lab", &err));
	home_discard("a/b/lab");
	assert_int_equal(rmdir("a/b"), 0);
	assert_int_equal(rmdir("a"), 0);
}

/* Two at once: the second is refused, and what it made can go. */
static void
of_two_at_once_one_is_first(void **state)
{
	struct ca_buf one = {0}, two = {0};

	(void)state;
	WORKS(home_stage("lab", NULL, 0, &one, NULL, &err));
	WORKS(home_stage("lab", NULL, 0, &two, NULL, &err));
	assert_string_not_equal(ca_buf_text(&one), ca_buf_text(&two));
	WORKS(home_publish(ca_buf_text(&one), "lab", &err));
	FAILS(home_publish(ca_buf_text(&two), "lab", &err), CA_REFUSED,
	    "lab|another init was first");
	home_discard(ca_buf_text(&two));
	assert_int_equal(files_here(), 1);
	WORKS(home_check("lab", &err));
	ca_buf_free(&one);
	ca_buf_free(&two);
	home_discard("lab");
}

static void
note_left(void *ctx, const char *path, bool removed)
{
	(void)path;
	*(int *)ctx += removed ? 1 : 100;
}

/* What somebody has made bears no lock; what is in the making holds it. */
static void
what_was_left_is_swept(void **state)
{
	struct ca_buf dead = {0}, alive = {0}, other = {0};
	int lock = -1, told = 0;

	(void)state;
	WORKS(home_stage("lab", NULL, 0, &dead, NULL, &err));
	WORKS(home_stage("lab", NULL, 0, &alive, &lock, &err));
	WORKS(home_stage("lab2", NULL, 0, &other, NULL, &err));
	home_sweep("lab", note_left, &told);
	assert_int_equal(told, 1);
	assert_int_equal(files_here(), 2);
	home_sweep("lab", note_left, &told);
	assert_int_equal(told, 1);
	WORKS(home_publish(ca_buf_text(&alive), "lab", &err));
	assert_int_equal(close(lock), 0);
	assert_int_equal(rename("lab", "lab.new-backup"), 0);
	home_sweep("./lab", note_left, &told);
	assert_int_equal(told, 101);
	assert_int_equal(files_here(), 2);
	home_discard("lab.new-backup");
	home_discard(ca_buf_text(&other));
	ca_buf_free(&dead);
	ca_buf_free(&alive);
	ca_buf_free(&other);
}

static void
its_own_files_are_no_output(void **state)
{
	static const char *const own[] = {"lab/ledger.db",
	    "./lab/issued/../ledger.db-wal", "lab//ledger.db.lock",
	    "lab/keys/a.key", "lab/policies/root.policy"};
	static const char *const fine[] = {"-", "", "lab/keys/new.key",
	    "lab/issued/a.crt", "lab/crl/a.crl", "lab/ledger.database",
	    "lab/issued/ledger.db", "none/ledger.db", "ledger.db"};

	(void)state;
	make_home("lab", NULL, 0);
	write_file("lab/keys/a.key", BYTES("x"));
	for (size_t i = 0; i < COUNT(own); i++)
		FAILS(home_check_output("lab", own[i], &err), CA_USAGE,
		    "of the home itself");
	for (size_t i = 0; i < COUNT(fine); i++)
		WORKS(home_check_output("lab", fine[i], &err));
	home_discard("lab");
}

/* ---- using one ---- */

/* "lab" and what is in it, for somebody who may not enter it. */
static void
another_users_home_is_not_called_missing(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	make_home("lab", NULL, 0);
	if (root) {
		assert_int_equal(chmod(".", 0755), 0);
		assert_int_equal(seteuid(65534), 0);
	} else {
		assert_int_equal(chmod("lab", 0), 0);
	}
	FAILS(home_check("lab", &err), CA_IO, "lab: |Permission denied");
	FAILS(home_check("lab/below", &err), CA_IO,
	    "lab/below: |Permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
	else
		assert_int_equal(chmod("lab", 0700), 0);
	WORKS(home_check("lab", &err));
	home_discard("lab");
}

static void
what_is_no_home_is_told(void **state)
{
	(void)state;
	FAILS(
	    home_check("none", &err), CA_NOT_FOUND, "none|signet init|--home");
	write_file("file", BYTES("x"));
	FAILS(home_check("file", &err), CA_NOT_FOUND,
	    "file|is a file|in another: signet init NAME --home DIR");
	FAILS(home_check("/dev/null", &err), CA_NOT_FOUND,
	    "/dev/null|is no folder|in another: signet init NAME --home DIR");
	assert_int_equal(mkdir("full", 0700), 0);
	write_file("full/a", BYTES("mine"));
	FAILS(home_check("full", &err), CA_NOT_FOUND,
	    "full|other things|ledger.db|in another: signet init NAME --home "
	    "DIR");
	assert_int_equal(unlink("full/a"), 0);
	assert_int_equal(rmdir("full"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	FAILS(home_check("folder", &err), CA_NOT_FOUND,
	    "folder|not a home|ledger.db|signet init|--home");
	assert_int_equal(rmdir("folder"), 0);
	make_home("lab", NULL, 0);
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod("lab", 0700 | bit), 0);
		FAILS(home_check("lab", &err), CA_REFUSED,
		    "lab|lets others in|chmod 700 lab");
	}
	assert_int_equal(chmod("lab", 0700), 0);
	home_discard("lab");
}

static void
a_policy_that_is_not_there_is_told(void **state)
{
	static const char *const names[] = {"sever", "", ".", "..",
	    "../policies/server", "server.policy", ".hidden"};
	struct ca_policy *policy = NULL;

	(void)state;
	make_home("lab", NULL, 0);
	write_file("lab/policies/note.txt", BYTES("x"));
	for (size_t i = 0; i < COUNT(names); i++)
		FAILS(home_policy("lab", names[i], &policy, &err), CA_NOT_FOUND,
		    "there are: client, ev-server, intermediate, "
		    "ocsp-responder, root, server");
	FAILS(home_policy("lab", "../s2", &policy, &err), CA_NOT_FOUND,
	    "policy ../s2: |without a path");
	write_file("lab/policies/server.policy", BYTES("[policy]\nx = 1\n"));
	FAILS(home_policy("lab", "server", &policy, &err), CA_MALFORMED,
	    "lab/policies/server.policy:2:1: ");
	assert_null(policy);
	home_discard("lab");
}

static void
paths_are_joined(void **state)
{
	struct ca_buf got = {0};

	(void)state;
	assert_int_equal(home_path("lab", "keys/root.key", &got), CA_OK);
	assert_text(&got, "lab/keys/root.key");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_that_is_said_is_it),
	    IN_FOLDER(a_new_home_is_private_and_whole),
	    IN_FOLDER(domains_narrow_the_policies),
	    IN_FOLDER(a_bad_domain_leaves_nothing),
	    IN_FOLDER(what_lies_there_is_not_touched),
	    IN_FOLDER(an_empty_folder_is_taken),
	    IN_FOLDER(folders_above_are_made),
	    IN_FOLDER(of_two_at_once_one_is_first),
	    IN_FOLDER(its_own_files_are_no_output),
	    IN_FOLDER(what_was_left_is_swept),
	    IN_FOLDER(another_users_home_is_not_called_missing),
	    IN_FOLDER(what_is_no_home_is_told),
	    IN_FOLDER(a_policy_that_is_not_there_is_told),
	    cmocka_unit_test(paths_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program: other programs' verdicts, in a folder that is gone afterwards.
 *
 * What this does not do: shells. A program is named with its arguments, runs
 * in the folder, and what it says on both outputs is kept.
 */
#ifndef TESTS_UNIT_PROGRAM_H
#define TESTS_UNIT_PROGRAM_H

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/bytes.h"

#define PROGRAM_OUTPUT_MAX ((size_t)1 << 20)

extern char **environ;

/* Where the test stands: a new folder, made the working directory. */
struct folder {
	char path[256];
	int before; /* the working directory to go back to */
};

static inline struct folder
folder_open(void)
{
	struct folder f;
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(f.path, sizeof(f.path), "%s/signet-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f.path));
	f.before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.before >= 0);
	assert_int_equal(chdir(f.path), 0);
	return f;
}

/* Removes the folder with the files in it. */
static inline void
folder_close(struct folder *f)
{
	DIR *dir = opendir(f->path);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			assert_int_equal(
			    unlinkat(dirfd(dir), entry->d_name, 0), 0);
	(void)closedir(dir);
	assert_int_equal(fchdir(f->before), 0);
	(void)close(f->before);
	assert_int_equal(rmdir(f->path), 0);
}

static inline void
write_file(const char *name, struct ca_bytes content)
{
	FILE *out = fopen(name, "wb");

	assert_non_null(out);
	assert_int_equal(
	    fwrite(content.data, 1, content.len, out), content.len);
	assert_int_equal(fclose(out), 0);
}

/* The whole file, which must be there; free it. */
static inline struct ca_buf
read_file(const char *name)
{
	struct ca_buf content = {0};
	FILE *in = fopen(name, "rb");

	if (in == NULL)
		fail_msg("%s: not there", name);
	assert_int_equal(ca_buf_reserve(&content, PROGRAM_OUTPUT_MAX), CA_OK);
	content.len = fread(content.data, 1, PROGRAM_OUTPUT_MAX, in);
	assert_true(content.len < PROGRAM_OUTPUT_MAX);
	(void)fclose(in);
	return content;
}

/* The program's exit code; 127 when it is not installed. What it printed is
 * in the file "output". */
static inline int
run(const char *const *argv)
{
	posix_spawn_file_actions_t files;
	char *args[32];
	size_t count = 0;
	int status = 0;
	pid_t pid;

	for (; argv[count] != NULL && count + 1 < COUNT(args); count++)
		args[count] = (char *)(uintptr_t)argv[count];
	args[count] = NULL;
	assert_int_equal(posix_spawn_file_actions_init(&files), 0);
	assert_int_equal(posix_spawn_file_actions_addopen(
			     &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
	    0);
	assert_int_equal(posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
			     "output", O_WRONLY | O_CREAT | O_TRUNC, 0600),
	    0);
	assert_int_equal(posix_spawn_file_actions_adddup2(
			     &files, STDOUT_FILENO, STDERR_FILENO),
	    0);
	if (posix_spawnp(&pid, args[0], &files, NULL, args, environ) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return 127;
	}
	posix_spawn_file_actions_destroy(&files);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* RUN("openssl", "version") */
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

/* It must end well; what it said is shown when it does not. */
#define ASSERT_RUNS(...)                                                     \
	do {                                                                 \
		int code_ = RUN(__VA_ARGS__);                                \
                                                                             \
		if (code_ != 0) {                                            \
			struct ca_buf said_ = read_file("output");           \
                                                                             \
			fail_msg("exit %d: %s", code_, ca_buf_text(&said_)); \
		}                                                            \
	} while (0)

static inline void
need_program(const char *name, const char *harmless)
{
	if (RUN(name, harmless) == 127) {
		print_message("%s is not installed\n", name);
		skip();
	}
}

#endif

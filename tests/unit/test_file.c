/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/folder.h"

static void
assert_file(const char *name, const char *content, mode_t mode)
{
	struct ca_buf got = read_file(name);
	struct stat info;

	assert_int_equal(lstat(name, &info), 0);
	assert_true(S_ISREG(info.st_mode));
	assert_int_equal(info.st_mode & 07777, mode);
	assert_int_equal(info.st_nlink, 1);
	assert_text(&got, content);
}

/* What lies in the folder, "." and ".." apart. */
static size_t
files_here(void)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	return count;
}

/* ---- writing ---- */

static void
writes_a_file_and_leaves_no_other(void **state)
{
	(void)state;
	WORKS(file_write("a", BYTES("one"), FILE_PUBLIC, FILE_KEEP, &err));
	assert_file("a", "one", 0644);
	WORKS(file_write("a", BYTES("two"), FILE_PUBLIC, FILE_REPLACE, &err));
	assert_file("a", "two", 0644);
	WORKS(file_write("b", BYTES(""), FILE_PRIVATE, FILE_REPLACE, &err));
	assert_file("b", "", 0600);
	assert_int_equal(files_here(), 2);
}

/* checklist 41: whatever the umask, and whatever was there before. */
static void
a_private_file_is_private(void **state)
{
	static const mode_t masks[] = {0, 022, 077, 0277};

	(void)state;
	for (size_t i = 0; i < COUNT(masks); i++) {
		mode_t before = umask(masks[i]);

		WORKS(file_write(
		    "key", BYTES("k"), FILE_PRIVATE, FILE_KEEP, &err));
		(void)umask(before);
		assert_int_equal(chmod("key", 0666), 0);
		(void)umask(0);
		WORKS(file_write(
		    "key", BYTES("m"), FILE_PRIVATE, FILE_REPLACE, &err));
		(void)umask(before);
		assert_file("key", "m", 0600);
		assert_int_equal(unlink("key"), 0);
	}
}

static void
what_is_there_is_kept(void **state)
{
	(void)state;
	write_file("a", BYTES("mine"));
	FAILS(file_write("a", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_REFUSED, "a: exists already");
	FAILS(file_check_writable("a", FILE_KEEP, &err), CA_REFUSED, "--force");
	WORKS(file_check_writable("a", FILE_REPLACE, &err));
	WORKS(file_check_writable("b", FILE_KEEP, &err));
	WORKS(file_check_writable("-", FILE_KEEP, &err));
	assert_int_equal(files_here(), 1);
}

/* checklist 85 */
static void
what_is_planted_is_refused(void **state)
{
	struct ca_buf got;

	(void)state;
	write_file("target", BYTES("precious"));
	assert_int_equal(symlink("target", "link"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	FAILS(file_write("link", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_REFUSED, "link: exists");
	FAILS(file_write("dangling", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_REFUSED, "dangling: exists");
	FAILS(file_write("fifo", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_REFUSED, "fifo: exists");
	FAILS(file_write("fifo", BYTES("x"), FILE_PUBLIC, FILE_REPLACE, &err),
	    CA_REFUSED, "fifo: is not a regular file");
	FAILS(file_write("folder", BYTES("x"), FILE_PUBLIC, FILE_REPLACE, &err),
	    CA_REFUSED, "folder: is not a regular file");
	/* A link is replaced, never followed. */
	WORKS(
	    file_write("link", BYTES("new"), FILE_PUBLIC, FILE_REPLACE, &err));
	assert_file("link", "new", 0644);
	WORKS(file_write(
	    "dangling", BYTES("new"), FILE_PUBLIC, FILE_REPLACE, &err));
	assert_file("dangling", "new", 0644);
	assert_int_equal(access("nowhere", F_OK), -1);
	got = read_file("target");
	assert_text(&got, "precious");
	assert_int_equal(rmdir("folder"), 0);
}

static void
a_folder_that_is_not_there_is_named(void **state)
{
	(void)state;
	write_file("file", BYTES("x"));
	FAILS(file_write("no/a", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_NOT_FOUND, "the folder no does not exist");
	FAILS(file_write("file/a", BYTES("x"), FILE_PUBLIC, FILE_KEEP, &err),
	    CA_NOT_FOUND, "the folder file does not exist");
	FAILS(
	    file_check_writable("no/a", FILE_KEEP, &err), CA_NOT_FOUND, "no/a");
}

/* It is tried, and leaves nothing. */
static void
what_cannot_be_written_is_known_before(void **state)
{
	static const char *const names[] = {"", "a/", ".", "/", "a/.."};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		FAILS(file_check_writable(names[i], FILE_KEEP, &err), CA_USAGE,
		    "name");
		FAILS(file_write(names[i], BYTES("x"), FILE_PUBLIC,
			  FILE_REPLACE, &err),
		    CA_USAGE, "name");
	}
	FAILS(file_check_writable("/proc/a", FILE_KEEP, &err), CA_IO, "/proc");
	FAILS(file_check_writable("/dev/stdout", FILE_REPLACE, &err), CA_USAGE,
	    "say -");
	WORKS(file_check_writable("a", FILE_KEEP, &err));
	WORKS(file_check_writable("a", FILE_REPLACE, &err));
	assert_int_equal(files_here(), 0);
}

/* checklist 84: at every size that is short, old is old and no other file. */
static void
a_full_disk_leaves_what_was_there(void **state)
{
	static const uint8_t large[100000];
	const struct ca_bytes content = {large, sizeof(large)};
	struct rlimit limit, saved;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	write_file("old", BYTES("old"));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	for (rlim_t size = 0; size < sizeof(large); size += 9999) {
		limit = saved;
		limit.rlim_cur = size;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		FAILS(file_write("new", content, FILE_PRIVATE, FILE_KEEP, &err),
		    CA_IO, "new: cannot be written");
		FAILS(
		    file_write("old", content, FILE_PUBLIC, FILE_REPLACE, &err),
		    CA_IO, "half-written");
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
		assert_int_equal(files_here(), 1);
	}
	assert_file("old", "old", 0644);
	WORKS(file_write("old", content, FILE_PUBLIC, FILE_REPLACE, &err));
}

/* checklist 84: whoever reads sees the one or the other, whole. */
static void
a_reader_never_sees_a_part(void **state)
{
	static uint8_t a[40000], b[70000];
	pid_t writer;
	int status;

	(void)state;
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	WORKS(file_write("crl", (struct ca_bytes){a, sizeof(a)}, FILE_PUBLIC,
	    FILE_REPLACE, &err));
	writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		enum ca_status st = CA_OK;

		for (int i = 0; i < 60 && st == CA_OK; i++)
			st = file_write("crl",
			    i % 2 ? (struct ca_bytes){a, sizeof(a)} :
				    (struct ca_bytes){b, sizeof(b)},
			    FILE_PUBLIC, FILE_REPLACE, NULL);
		_exit(st == CA_OK ? 0 : 1);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		struct ca_buf got = {0};

		WORKS(file_read("crl", sizeof(b), &got, &err));
		assert_true(got.len == sizeof(a) || got.len == sizeof(b));
		assert_int_equal(got.data[0], got.len == sizeof(a) ? 'a' : 'b');
		assert_int_equal(got.data[0], got.data[got.len - 1]);
		ca_buf_free(&got);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(files_here(), 1);
}

/* Of many that would make the same file, one does. */
static void
one_of_many_makes_the_file(void **state)
{
	pid_t writers[8];
	int made = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(writers); i++) {
		writers[i] = fork();
		assert_true(writers[i] >= 0);
		if (writers[i] == 0)
			_exit(file_write("key", BYTES("k"), FILE_PRIVATE,
				  FILE_KEEP, NULL) == CA_OK);
	}
	for (size_t i = 0; i < COUNT(writers); i++) {
		int status = 0;

		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		made += WEXITSTATUS(status);
	}
	assert_int_equal(made, 1);
	assert_file("key", "k", 0600);
	assert_int_equal(files_here(), 1);
}

/* ---- reading ---- */

static void
reads_up_to_a_limit(void **state)
{
	struct ca_buf got = {0};

	(void)state;
	write_file("a", BYTES("12345"));
	WORKS(file_read("a", 5, &got, &err));
	assert_text(&got, "12345");
	FAILS(file_read("a", 4, &got, &err), CA_REFUSED, "a: larger than 4");
	ca_buf_free(&got);
	/* Behind what is there. */
	assert_int_equal(ca_buf_append_text(&got, "0"), CA_OK);
	WORKS(file_read("a", 5, &got, &err));
	assert_text(&got, "012345");
	FAILS(
	    file_read("b", 5, &got, &err), CA_NOT_FOUND, "b: cannot be opened");
	FAILS(file_read(".", 5, &got, &err), CA_IO, ".: is a folder");
	ca_buf_free(&got);
}

static void
reads_a_pipe_and_standard_input(void **state)
{
	int ends[2], saved = dup(STDIN_FILENO);
	struct ca_buf got = {0};
	char name[64];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], "piped", 5), 5);
		assert_int_equal(close(ends[1]), 0);
		assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
		(void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
		WORKS(file_read(i == 0 ? "-" : name, 100, &got, &err));
		assert_text(&got, "piped");
		assert_int_equal(close(ends[0]), 0);
	}
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	(void)close(saved);
}

/* checklist 41, 85: an alarm ends what waits for a FIFO's writer. */
static void
a_secret_is_a_file_of_ones_own(void **state)
{
	struct ca_buf got = {0};

	(void)state;
	write_file("key", BYTES("secret"));
	assert_int_equal(chmod("key", 0600), 0);
	WORKS(file_read_secret("key", 100, &got, &err));
	assert_text(&got, "secret");
	assert_int_equal(chmod("key", 0400), 0);
	WORKS(file_read_secret("key", 100, &got, &err));
	assert_text(&got, "secret");
	for (mode_t bit = 1; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod("key", 0600 | bit), 0);
		FAILS(file_read_secret("key", 100, &got, &err), CA_REFUSED,
		    "chmod 600 key");
	}
	assert_int_equal(chmod("key", 0600), 0);
	if (geteuid() == 0 && chown("key", 4711, (gid_t)-1) == 0)
		FAILS(file_read_secret("key", 100, &got, &err), CA_REFUSED,
		    "belongs to another user");
	FAILS(file_read_secret("none", 100, &got, &err), CA_NOT_FOUND, "none");
	FAILS(file_read_secret(".", 100, &got, &err), CA_IO, "folder");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	(void)alarm(10);
	FAILS(file_read_secret("fifo", 100, &got, &err), CA_REFUSED,
	    "fifo: a key must be a regular file");
	FAILS(file_read_regular("fifo", 100, &got, &err), CA_REFUSED,
	    "fifo: must be a regular file");
	(void)alarm(0);
	FAILS(file_read_regular("/dev/null", 100, &got, &err), CA_REFUSED,
	    "regular file");
	FAILS(file_read_regular("-", 100, &got, &err), CA_NOT_FOUND, "-");
	WORKS(file_read_regular("key", 100, &got, &err));
	assert_text(&got, "secret");
	FAILS(file_read_secret("/dev/null", 100, &got, &err), CA_REFUSED,
	    "regular file");
	assert_int_equal(got.len, 0);
	ca_buf_free(&got);
}

/* ---- folders and names ---- */

static void
makes_folders(void **state)
{
	struct stat info;
	mode_t before = umask(0);

	(void)state;
	WORKS(file_make_folder("f", &err));
	(void)umask(before);
	assert_int_equal(stat("f", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0700);
	WORKS(file_make_folder("f", &err));
	write_file("a", BYTES("x"));
	FAILS(file_make_folder("a", &err), CA_IO, "a: cannot be made");
	FAILS(file_make_folder("x/y", &err), CA_IO, "x/y: cannot be made");
	assert_true(file_exists("a"));
	file_remove("a");
	assert_false(file_exists("a"));
	file_remove("a");
	assert_int_equal(rmdir("f"), 0);
}

static void
joins_and_cuts_names(void **state)
{
	static const struct {
		const char *path, *suffix, *stem;
	} stems[] = {{"a/b/www.csr", ".csr", "www"},
	    {"www.csr", ".pem", "www.csr"}, {".csr", ".csr", ".csr"},
	    {"a/", ".csr", ""}, {"www", "", "www"}};
	struct ca_buf got = {0};

	(void)state;
	assert_int_equal(file_join(&got, "/a", "b"), CA_OK);
	assert_text(&got, "/a/b");
	assert_int_equal(file_join(&got, "/a/", "b"), CA_OK);
	assert_text(&got, "/a/b");
	for (size_t i = 0; i < COUNT(stems); i++) {
		assert_int_equal(
		    file_stem(&got, stems[i].path, stems[i].suffix), CA_OK);
		assert_text(&got, stems[i].stem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(writes_a_file_and_leaves_no_other),
	    IN_FOLDER(a_private_file_is_private),
	    IN_FOLDER(what_is_there_is_kept),
	    IN_FOLDER(what_is_planted_is_refused),
	    IN_FOLDER(a_folder_that_is_not_there_is_named),
	    IN_FOLDER(what_cannot_be_written_is_known_before),
	    IN_FOLDER(a_full_disk_leaves_what_was_there),
	    IN_FOLDER(a_reader_never_sees_a_part),
	    IN_FOLDER(one_of_many_makes_the_file),
	    IN_FOLDER(reads_up_to_a_limit),
	    IN_FOLDER(reads_a_pipe_and_standard_input),
	    IN_FOLDER(a_secret_is_a_file_of_ones_own),
	    IN_FOLDER(makes_folders),
	    cmocka_unit_test(joins_and_cuts_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz target once over every file of the files and folders named, so
 * that a corpus is replayed by any compiler, in plain CTest. A folder that is
 * missing or empty is a failure: a replay of nothing would always pass.
 *
 * This program does not mutate anything: the `fuzz` preset does.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* libFuzzer's own default for the longest input is smaller. */
#define INPUT_MAX ((size_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path)
{
	uint8_t *data = NULL;
	size_t len;
	FILE *f;

	f = fopen(path, "rb");
	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	data = malloc(INPUT_MAX);
	if (data == NULL)
		abort();
	len = fread(data, 1, INPUT_MAX, f);
	fclose(f);

	/* An exact allocation: a sanitizer sees the first byte too far. */
	uint8_t *exact = malloc(len != 0 ? len : 1);
	if (exact == NULL)
		abort();
	memcpy(exact, data, len);
	free(data);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 1;
}

static int
replay_folder(const char *path)
{
	struct dirent **names = NULL;
	int count, done = 0;

	count = scandir(path, &names, NULL, alphasort);
	if (count < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		char *file = NULL;

		if (names[i]->d_name[0] != '.') {
			if (asprintf(&file, "%s/%s", path, names[i]->d_name) <
			    0)
				abort();
			/* The name of the input that crashes is the last. */
			fprintf(stderr, "%s\n", file);
			if (done >= 0)
				done = replay_file(file) < 0 ? -1 : done + 1;
		}
		free(file);
		free(names[i]);
	}
	free(names);
	return done;
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int done;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			done = replay_folder(argv[i]);
		else
			done = replay_file(argv[i]);
		if (done < 0)
			return EXIT_FAILURE;
		total += done;
	}
	if (total == 0) {
		fprintf(stderr, "%s: no input to replay\n", argv[0]);
		return EXIT_FAILURE;
	}
	fprintf(stderr, "%d inputs replayed\n", total);
	return EXIT_SUCCESS;
}

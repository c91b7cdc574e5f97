/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/passphrase.h"
#include "cli/secret.h"

#define FILE_MAX ((size_t)4 * PASSPHRASE_MAX)

static enum ca_status
first_line(struct ca_bytes text, int skip, struct ca_buf *ret)
{
	size_t len = 0;

	while (skip-- > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);

		/* Only one line there: it serves for both. */
		if (end == NULL || end + 1 == text.data + text.len)
			break;
		text.len -= (size_t)(end + 1 - text.data);
		text.data = end + 1;
	}
	while (len < text.len && text.data[len] != '\n')
		len++;
	if (len > 0 && text.data[len - 1] == '\r')
		len--;
	return ca_buf_append(ret, (struct ca_bytes){text.data, len});
}

static enum ca_status
from_env(const char *name, struct ca_buf *ret, struct ca_error *err)
{
	const char *value = getenv(name);

	if (value == NULL)
		return ca_fail(err, CA_USAGE,
		    "env:%s: this variable is not set in the "
		    "environment",
		    name);
	return ca_buf_append_text(ret, value);
}

static enum ca_status
from_file(const char *path, int skip, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf text = {0};
	struct ca_error inner = {0};
	enum ca_status st = file_read(path, FILE_MAX, &text, &inner);

	secret_lock(ca_view(&text));
	if (st == CA_REFUSED)
		st = CA_USAGE;
	if (st != CA_OK)
		(void)ca_fail(err, st, "%s", inner.msg);
	else
		st = first_line(ca_view(&text), skip, ret);
	ca_buf_free(&text);
	return st;
}

/* Octet by octet: what follows the line is somebody else's. */
static enum ca_status
from_descriptor(int fd, struct ca_buf *ret, struct ca_error *err)
{
	for (;;) {
		uint8_t octet;
		ssize_t got = read(fd, &octet, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ca_fail(err, CA_USAGE,
			    "fd:%d: cannot be read: %s", fd, strerror(errno));
		if (got == 0 || octet == '\n')
			break;
		/* One more shows that it is too long. */
		if (ret->len > PASSPHRASE_MAX)
			break;
		if (ca_buf_append(ret, (struct ca_bytes){&octet, 1}) != CA_OK)
			return ca_fail(err, CA_MEMORY, "out of memory");
	}
	if (ret->len > 0 && ret->data[ret->len - 1] == '\r')
		ret->len--;
	return CA_OK;
}

static enum ca_status
parse_descriptor(const char *text, int *ret_fd, struct ca_error *err)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0' || fd < 0 ||
	    fd > 1 << 20)
		return ca_fail(err, CA_USAGE,
		    "fd:%s: not the number of an open descriptor", text);
	*ret_fd = (int)fd;
	return CA_OK;
}

static enum ca_status
read_source(const char *option, const char *source, int skip,
    struct ca_buf *ret, struct ca_error *err)
{
	int fd = -1;
	enum ca_status st;

	if (strncmp(source, "env:", 4) == 0)
		return from_env(source + 4, ret, err);
	if (strncmp(source, "file:", 5) == 0)
		return from_file(source + 5, skip, ret, err);
	if (strcmp(source, "stdin") == 0)
		return from_descriptor(STDIN_FILENO, ret, err);
	if (strncmp(source, "fd:", 3) == 0) {
		st = parse_descriptor(source + 3, &fd, err);
		return st == CA_OK ? from_descriptor(fd, ret, err) : st;
	}
	if (strncmp(source, "pass:", 5) == 0)
		return ca_fail(err, CA_USAGE,
		    "%s pass:...: everybody on this machine could "
		    "read it in the process list; use env:NAME, "
		    "file:PATH, fd:N or stdin",
		    option);
	/* What was given is not repeated: it may be the passphrase itself. */
	return ca_fail(err, CA_USAGE,
	    "%s: wants the place of the passphrase: env:NAME, file:PATH, fd:N "
	    "or stdin",
	    option);
}

static enum ca_status
from_source(const char *option, const char *source, int skip,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf got = {0};
	enum ca_status st;

	/* One more than is taken, see from_descriptor(). */
	if (secret_reserve(&got, PASSPHRASE_MAX + 2) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = read_source(option, source, skip, &got, err);
	if (st == CA_OK && got.len > PASSPHRASE_MAX)
		st = ca_fail(err, CA_USAGE,
		    "%s %.40s: a passphrase has at most %d octets", option,
		    source, PASSPHRASE_MAX);
	if (st == CA_OK &&
	    (secret_reserve(ret, PASSPHRASE_MAX + 2) != CA_OK ||
		ca_buf_append(ret, ca_view(&got)) != CA_OK))
		st = ca_fail(err, CA_MEMORY, "out of memory");
	ca_buf_free(&got);
	return st;
}

/* A stream gives its line once; one command may open several keys. */
static bool
is_stream(const char *source)
{
	return strcmp(source, "stdin") == 0 || strncmp(source, "fd:", 3) == 0;
}

enum ca_status
pass_for_opening(const struct pass *pass, const char *what, struct ca_buf *ret,
    struct ca_error *err)
{
	enum ca_status st;

	if (pass->held != NULL && pass->held->len == 0)
		return ca_fail(err, CA_USAGE,
		    "%s: is encrypted, and no passphrase is at hand", what);
	if (pass->held != NULL)
		return ca_buf_append(ret, ca_view(pass->held));
	if (pass->passin == NULL)
		return term_ask_passphrase(pass->term, what, false, ret, err);
	if (pass->kept == NULL || !is_stream(pass->passin))
		return from_source("--passin", pass->passin, 0, ret, err);
	if (pass->kept->len == 0 &&
	    (st = from_source("--passin", pass->passin, 0, pass->kept, err)) !=
		CA_OK)
		return st;
	return ca_buf_append(ret, ca_view(pass->kept));
}

void
pass_hold(const struct pass *pass, struct ca_buf *ret)
{
	enum ca_status st = CA_OK;

	if (pass->passin == NULL)
		return;
	if (!is_stream(pass->passin))
		st = from_source("--passin", pass->passin, 0, ret, NULL);
	else if (pass->kept != NULL)
		st = ca_buf_append(ret, ca_view(pass->kept));
	if (st != CA_OK)
		ca_buf_free(ret);
	else
		secret_lock(ca_view(ret));
}

/* The same for every source; a terminal asks again instead. */
static enum ca_status
check_new(const char *passout, struct ca_bytes phrase, struct ca_error *err)
{
	const char *fault = passphrase_fault(phrase);

	if (phrase.len == 0)
		return ca_fail(err, CA_USAGE,
		    "--passout %.40s: the passphrase is empty; for an "
		    "unencrypted key say --no-passphrase",
		    passout);
	if (fault != NULL)
		return ca_fail(
		    err, CA_USAGE, "--passout %.40s: %s", passout, fault);
	return CA_OK;
}

enum ca_status
pass_for_new(const struct pass *pass, const char *what, struct ca_buf *ret,
    bool *ret_none, struct ca_error *err)
{
	bool same = pass->passin != NULL && pass->passout != NULL &&
	    strcmp(pass->passin, pass->passout) == 0;
	struct ca_buf got = {0};
	enum ca_status st;

	*ret_none = pass->no_passphrase;
	if (pass->no_passphrase) {
		if (pass->passout != NULL)
			return ca_fail(err, CA_USAGE,
			    "--no-passphrase and --passout exclude "
			    "each other");
		return CA_OK;
	}
	if (pass->settled != NULL)
		return ca_buf_append(ret, ca_view(pass->settled));
	if (pass->passout == NULL)
		return term_ask_passphrase(pass->term, what, true, ret, err);
	st = from_source("--passout", pass->passout, same ? 1 : 0, &got, err);
	if (st == CA_OK)
		st = check_new(pass->passout, ca_view(&got), err);
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&got));
	ca_buf_free(&got);
	return st;
}

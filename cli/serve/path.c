/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/path.h"
#include "ca/base64.h"

#include <string.h>
#include <strings.h>

/* ---- characters ------------------------------------------------------- */

/* Takes one character, undoing %XX. False at the end, and for a '%' that two
 * hex digits do not follow: then in is not empty. */
static bool
take_char(struct ca_bytes *in, uint8_t *ret)
{
	size_t taken = 1;
	int high, low;

	if (in->len == 0)
		return false;
	*ret = in->data[0];
	if (*ret == '%') {
		if (in->len < 3 ||
		    (high = ca_hex_digit((char)in->data[1])) < 0 ||
		    (low = ca_hex_digit((char)in->data[2])) < 0)
			return false;
		*ret = (uint8_t)(high << 4 | low);
		taken = 3;
	}
	in->data += taken;
	in->len -= taken;
	return true;
}

/* ---- base64 ----------------------------------------------------------- */

/* Padding is either missing or whole. */
static enum ca_status
complete(struct ca_base64 *in)
{
	enum ca_status st = CA_OK;

	if (in->letters != 0 && in->padding > 0)
		return CA_MALFORMED;
	while (in->letters != 0 && st == CA_OK)
		st = ca_base64_read(in, ca_text("="));
	return st;
}

/* RFC 4648 4. The alphabet for URLs of section 5 is not what RFC 6960 A.1
 * says, and no client is known to use it. */
enum ca_status
path_decode(struct ca_bytes rest, struct ca_buf *ret)
{
	struct ca_base64 in = {0};
	enum ca_status st;
	uint8_t c = 0;

	ca_buf_clear(ret);
	if ((st = ca_buf_reserve(ret, rest.len)) != CA_OK)
		return st;
	in.octets = *ret; /* read where they are wanted */
	while (st == CA_OK && take_char(&rest, &c))
		st = ca_base64_read(&in, (struct ca_bytes){&c, 1});
	if (st == CA_OK)
		st = rest.len == 0 ? complete(&in) : CA_MALFORMED;
	*ret = in.octets;
	if (st != CA_OK)
		ca_buf_clear(ret);
	return st;
}

/* ---- routes ----------------------------------------------------------- */

static bool
drop_prefix(const char **url, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*url, prefix, len) != 0)
		return false;
	*url += len;
	return true;
}

/* The name without the suffix; with a NUL, too long or empty it is none. */
static bool
read_name(const char *text, const char *suffix, char ret[CRL_NAME])
{
	char name[CRL_NAME];
	struct ca_bytes in = ca_text(text);
	size_t len = 0, tail = strlen(suffix);
	uint8_t c = 0;

	while (take_char(&in, &c)) {
		if (c == '\0' || len == CRL_NAME - 1)
			return false;
		name[len++] = (char)c;
	}
	if (in.len != 0 || len <= tail ||
	    memcmp(name + len - tail, suffix, tail) != 0)
		return false;
	memcpy(ret, name, len - tail);
	ret[len - tail] = '\0';
	return true;
}

static enum path_kind
read_named(const char *url, char ret[CRL_NAME])
{
	if (drop_prefix(&url, "/crl/"))
		return read_name(url, ".crl", ret) ? PATH_CRL : PATH_NONE;
	if (!drop_prefix(&url, "/ca/"))
		return PATH_NONE;
	if (read_name(url, ".crt", ret))
		return PATH_CA_CERT;
	return read_name(url, ".pem", ret) ? PATH_CA_PEM : PATH_NONE;
}

/* Base64 of a DER SEQUENCE starts with 'M', whatever its length: whoever
 * asks for another page that is not here is told so. */
static bool
may_be_request(const char *rest)
{
	struct ca_bytes in = ca_text(rest);
	uint8_t first = 0, c = 0;

	if (!take_char(&in, &first) || first != 'M')
		return false;
	while (take_char(&in, &c))
		if (ca_base64_value(c) < 0 && c != '=')
			return false;
	return in.len == 0;
}

static enum path_kind
read_exact(const char *url)
{
	static const struct {
		const char *url;
		enum path_kind kind;
	} known[] = {
	    {"/", PATH_OCSP},
	    {"/ocsp", PATH_OCSP},
	    {"/ocsp/", PATH_OCSP},
	    {"/healthz", PATH_HEALTH},
	    {"/metrics", PATH_METRICS},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(url, known[i].url) == 0)
			return known[i].kind;
	return PATH_NONE;
}

/* The path of an absolute-form target, which a server has to take as if it
 * were the path alone (RFC 9112 3.2.2); "" of a URL that names no host (RFC
 * 9110 4.2.1). Another is given back as it is. */
static const char *
path_of_target(const char *target)
{
	const char *at = target;

	if (strncasecmp(at, "http://", 7) == 0)
		at += 7;
	else if (strncasecmp(at, "https://", 8) == 0)
		at += 8;
	else
		return target;
	if (*at == '/' || *at == '\0')
		return "";
	at += strcspn(at, "/");
	return *at == '\0' ? "/" : at;
}

/* A client whose URL of the responder ends in '/' adds another (RFC 6960
 * A.1); base64 of a request does not start with one. */
static void
drop_slash(const char **rest)
{
	if ((*rest)[0] == '/' && (*rest)[1] != '\0')
		++*rest;
}

static bool
drop_ocsp(const char **url)
{
	const char *rest = *url;

	if (drop_prefix(&rest, "/ocsp/")) {
		drop_slash(&rest);
	} else {
		if (!drop_prefix(&rest, "/"))
			return false;
		drop_slash(&rest);
		if (!may_be_request(rest))
			return false;
	}
	*url = rest;
	return true;
}

void
path_read(const char *url, struct path *ret)
{
	*ret = (struct path){0};
	if (strnlen(url, PATH_MAX_LENGTH + 1) > PATH_MAX_LENGTH) {
		ret->kind = PATH_TOO_LONG;
		return;
	}
	url = path_of_target(url);
	if ((ret->kind = read_exact(url)) != PATH_NONE ||
	    (ret->kind = read_named(url, ret->name)) != PATH_NONE)
		return;
	if (drop_ocsp(&url)) {
		ret->kind = PATH_OCSP_IN_URL;
		ret->rest = ca_text(url);
	}
}

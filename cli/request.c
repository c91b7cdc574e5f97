/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/request.h"

#include <stdlib.h>
#include <string.h>

#include "ca/name.h"
#include "ca/pem.h"
#include "cli/file.h"
#include "cli/kind.h"

#define COMMON_NAME_MAX 64 /* RFC 5280 app. A, ub-common-name */

enum ca_status
request_read(const char *path, struct ca_buf *ret, struct ca_error *err)
{
	static const char *const labels[] = {
	    CA_PEM_REQUEST, CA_PEM_REQUEST_OLD, NULL};
	struct ca_buf file = {0};
	enum ca_status st;

	/* Twice the limit: base64 and text around it. */
	if ((st = file_read(path, 2 * CA_CSR_MAX, &file, err)) != CA_OK)
		goto out;
	st = kind_check(ca_view(&file), KIND_REQUEST, err);
	if (st == CA_OK)
		st = ca_pem_single(ca_view(&file), labels,
		    "a certificate request", NULL, ret, err);
	if (st != CA_OK)
		ca_fail_in(
		    err, strcmp(path, "-") == 0 ? "standard input" : path);
out:
	ca_buf_free(&file);
	return st;
}

enum ca_status
request_subject(const char *text, struct ca_buf *ret, struct ca_error *err)
{
	struct der_out out = {0};
	struct ca_buf name = {0};
	enum ca_status st;

	if (strchr(text, '=') != NULL)
		return ca_name_parse(text, ret, err);
	der_open(&out, DER_SEQUENCE);
	st = ca_name_put(&out, CA_OID_COMMON_NAME, ca_text(text), err);
	der_close(&out);
	if (st == CA_OK)
		st = der_finish(&out, &name);
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&name));
	der_discard(&out);
	ca_buf_free(&name);
	return st;
}

struct wishes *
wishes_new(void)
{
	return calloc(1, sizeof(struct wishes));
}

void
wishes_free(struct wishes *wishes)
{
	if (wishes == NULL)
		return;
	for (size_t i = 0; i < CA_SAN_MAX; i++)
		ca_buf_free(&wishes->values[i]);
	ca_buf_free(&wishes->subject);
	free(wishes);
}

enum ca_status
wishes_add(struct wishes *wishes, enum ca_san_type type, const char *text,
    struct ca_error *err)
{
	struct ca_buf *value = &wishes->values[wishes->count];
	enum ca_status st;

	if (wishes->count == CA_SAN_MAX)
		return ca_fail(err, CA_USAGE,
		    "more than %d names in one request, the limit: make "
		    "several",
		    CA_SAN_MAX);
	st = ca_san_from_text(type, text, value, err);
	if (st != CA_OK)
		return st;
	/* Room for the NUL now: the view must not move later. */
	if (ca_buf_text(value) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	wishes->sans[wishes->count] = (struct ca_san){
	    .type = type, .value = ca_view(value)};
	wishes->count++;
	return CA_OK;
}

enum ca_status
wishes_subject(struct wishes *wishes, const char *text, struct ca_error *err)
{
	static const uint8_t empty[2] = {DER_SEQUENCE, 0};
	const struct ca_san *first = &wishes->sans[0];

	if (text != NULL)
		return request_subject(text, &wishes->subject, err);
	if (wishes->count > 0 && first->value.len <= COMMON_NAME_MAX &&
	    (first->type == CA_SAN_DNS || first->type == CA_SAN_EMAIL ||
		first->type == CA_SAN_UPN))
		return request_subject(
		    ca_buf_text(&wishes->values[0]), &wishes->subject, err);
	return ca_buf_append(
	    &wishes->subject, (struct ca_bytes){empty, sizeof(empty)});
}

enum ca_status
wishes_request(const struct wishes *wishes, struct ca_key *key,
    struct ca_rng *rng, struct ca_buf *ret_der, struct ca_error *err)
{
	return ca_csr_build(key, ca_view(&wishes->subject), wishes->sans,
	    wishes->count, rng, ret_der, err);
}

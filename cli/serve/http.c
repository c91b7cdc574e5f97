/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/http.h"

#include <stdlib.h>
#include <string.h>

#include "cli/serve/condition.h"

/* ---- what is refused -------------------------------------------------- */

#define GIVEN                                                               \
	"there are /crl/NAME.crl, /ca/NAME.crt, /ca/NAME.pem, /ocsp (POST " \
	"application/ocsp-request, or GET /ocsp/BASE64), /healthz and "     \
	"/metrics"

static const struct http_refusal
    not_found = {MHD_HTTP_NOT_FOUND, "nothing is here; " GIVEN, NULL},
    get_alone = {MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are for this",
	"GET, HEAD"},
    post_alone = {MHD_HTTP_METHOD_NOT_ALLOWED,
	"an OCSP request is sent here by POST; " GIVEN, "POST"},
    path_too_long = {MHD_HTTP_URI_TOO_LONG,
	"the path is longer than 4096 characters: send the OCSP request by "
	"POST (RFC 6960 A.1)",
	NULL},
    not_base64 = {MHD_HTTP_BAD_REQUEST,
	"the path behind /ocsp/ is not the base64 of an OCSP request (RFC "
	"6960 A.1)",
	NULL},
    no_length = {MHD_HTTP_LENGTH_REQUIRED,
	"a POST has a Content-Length or is chunked (RFC 9110 8.6)", NULL},
    bad_length = {MHD_HTTP_BAD_REQUEST,
	"Content-Length is not a number, is there twice, or comes with "
	"Transfer-Encoding (RFC 9112 6.3)",
	NULL},
    two_hosts = {MHD_HTTP_BAD_REQUEST, "Host is there twice (RFC 9112 3.2)",
	NULL},
    too_large = {MHD_HTTP_CONTENT_TOO_LARGE,
	"the body has more than 65536 octets", NULL},
    wrong_type = {MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
	"the body's Content-Type is not application/ocsp-request (RFC 6960 "
	"A.1)",
	NULL},
    encoded = {MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
	"the body has a Content-Encoding: send it as it is", NULL},
    transfer_coding = {MHD_HTTP_NOT_IMPLEMENTED,
	"of the transfer codings, chunked alone is known (RFC 9112 6.1)", NULL},
    unavailable = {MHD_HTTP_SERVICE_UNAVAILABLE,
	"this cannot be answered at the moment", NULL};

/* ---- sent ------------------------------------------------------------- */

bool
http_is_last(const struct worker *worker)
{
	return atomic_load_explicit(
	    &worker->front->draining, memory_order_relaxed);
}

enum MHD_Result
http_send(struct worker *worker, struct visit *visit, unsigned code,
    struct MHD_Response *response)
{
	/* Where it does not fit, the connection ends a little later. */
	if (response != NULL && http_is_last(worker))
		(void)body_add(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return http_send_shared(worker, visit, code, response);
}

enum MHD_Result
http_send_shared(struct worker *worker, struct visit *visit, unsigned code,
    struct MHD_Response *response)
{
	if (response == NULL) /* memory is short: the connection ends */
		return MHD_NO;
	visit_answered(visit);
	metrics_code(&worker->front->metrics, code);
	return MHD_queue_response(visit->connection, code, response);
}

static bool
add_refusal(struct MHD_Response *response, const struct http_refusal *why,
    bool body_is_read)
{
	return body_add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
		   "text/plain; charset=utf-8") &&
	    body_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
	    (why->allow == NULL ||
		body_add(response, MHD_HTTP_HEADER_ALLOW, why->allow)) &&
	    (why->code != MHD_HTTP_SERVICE_UNAVAILABLE ||
		body_add(response, MHD_HTTP_HEADER_RETRY_AFTER, "5")) &&
	    (body_is_read ||
		body_add(response, MHD_HTTP_HEADER_CONNECTION, "close"));
}

static enum MHD_Result
refuse(struct worker *worker, struct visit *visit,
    const struct http_refusal *why, bool body_is_read)
{
	struct MHD_Response *response = NULL;
	struct ca_buf text = {0};
	enum MHD_Result result;

	if (ca_buf_printf(&text, "%s\n", why->text) == CA_OK)
		response = MHD_create_response_from_buffer(
		    text.len, text.data, MHD_RESPMEM_MUST_COPY);
	ca_buf_free(&text);
	if (response != NULL && !add_refusal(response, why, body_is_read)) {
		MHD_destroy_response(response);
		response = NULL;
	}
	result = http_send(worker, visit, why->code, response);
	if (response != NULL)
		MHD_destroy_response(response);
	return result;
}

enum MHD_Result
http_refuse(
    struct worker *worker, struct visit *visit, const struct http_refusal *why)
{
	return refuse(worker, visit, why, true);
}

enum MHD_Result
http_unavailable(struct worker *worker, struct visit *visit)
{
	return refuse(worker, visit, &unavailable, true);
}

/* ---- the request's head ----------------------------------------------- */

static const char *
header(const struct visit *visit, const char *name)
{
	return MHD_lookup_connection_value(
	    visit->connection, MHD_HEADER_KIND, name);
}

struct tags {
	const char *field[CONDITION_MAX_FIELDS];
	size_t count;
};

static enum MHD_Result
take_tags(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct tags *tags = ctx;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_IF_NONE_MATCH) == 0 &&
	    tags->count < CONDITION_MAX_FIELDS)
		tags->field[tags->count++] = value != NULL ? value : "";
	return MHD_YES;
}

bool
http_is_known(const struct visit *visit, const char *etag, int64_t modified)
{
	struct tags tags = {0};
	/* In that second something else may come yet with the same date. */
	const bool dated = modified != 0 && modified < (int64_t)time(NULL);

	(void)MHD_get_connection_values(
	    visit->connection, MHD_HEADER_KIND, take_tags, &tags);
	return condition_holds(tags.field, tags.count,
	    dated ? header(visit, MHD_HTTP_HEADER_IF_MODIFIED_SINCE) : NULL,
	    etag, modified);
}

/* Its first word is the type; parameters do not matter. */
static bool
is_ocsp_request(const char *type)
{
	static const char wanted[] = "application/ocsp-request";
	const size_t len = sizeof(wanted) - 1;

	return type != NULL && strncasecmp(type, wanted, len) == 0 &&
	    (type[len] == '\0' || strchr("; \t", type[len]) != NULL);
}

/* What the head says of the body. */
struct announced {
	const char *coding, *size; /* the fields, NULL if absent */
	int fields;                /* how many of them there are */
	int hosts;                 /* likewise */
	uint64_t length;           /* unless chunked */
};

static enum MHD_Result
take_field(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct announced *announced = ctx;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
		announced->size = value;
	else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
		announced->coding = value;
	else {
		announced->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
		return MHD_YES;
	}
	announced->fields++;
	return MHD_YES;
}

/* More than one field, of whatever kind: two readers may disagree where the
 * body ends, and take the rest for another request. */
static const struct http_refusal *
read_announced(const struct visit *visit, struct announced *ret)
{
	char *end;

	*ret = (struct announced){0};
	(void)MHD_get_connection_values(
	    visit->connection, MHD_HEADER_KIND, take_field, ret);
	if (ret->hosts > 1)
		return &two_hosts;
	if (ret->fields == 0)
		return NULL;
	if (ret->fields > 1 || (ret->size == NULL && ret->coding == NULL))
		return &bad_length;
	if (ret->coding != NULL)
		return strcasecmp(ret->coding, "chunked") == 0 ?
		    NULL :
		    &transfer_coding;
	if (ret->size[0] < '0' || ret->size[0] > '9')
		return &bad_length;
	ret->length = strtoull(ret->size, &end, 10);
	return *end == '\0' ? NULL : &bad_length;
}

static const struct http_refusal *
judge_method(const struct visit *visit, const char *method)
{
	switch (visit->path.kind) {
	case PATH_TOO_LONG:
		return &path_too_long;
	case PATH_NONE:
		return &not_found;
	case PATH_OCSP:
		return strcmp(method, "POST") == 0 ? NULL : &post_alone;
	default:
		return visit->get ? NULL : &get_alone;
	}
}

static const struct http_refusal *
judge_body(const struct visit *visit, const struct announced *announced)
{
	if (announced->length > FRONT_BODY_MAX)
		return &too_large;
	if (visit->path.kind != PATH_OCSP)
		return NULL;
	if (announced->fields == 0)
		return &no_length;
	if (!is_ocsp_request(header(visit, MHD_HTTP_HEADER_CONTENT_TYPE)))
		return &wrong_type;
	if (header(visit, MHD_HTTP_HEADER_CONTENT_ENCODING) != NULL)
		return &encoded;
	return NULL;
}

/* A client that is still sending would not see an answer that comes before
 * it is done and is followed by a reset: of what is bounded, the end is
 * waited for. */
static enum MHD_Result
take_head(struct worker *worker, struct visit *visit, const char *method)
{
	const struct http_refusal *framing;
	struct announced announced;

	framing = read_announced(visit, &announced);
	if (framing != NULL)
		return refuse(worker, visit, framing, false);
	visit->refusal = judge_method(visit, method);
	if (visit->refusal == NULL)
		visit->refusal = judge_body(visit, &announced);
	if (visit->refusal != NULL && announced.fields > 0 &&
	    (announced.length > FRONT_SKIP_MAX ||
		header(visit, MHD_HTTP_HEADER_EXPECT) != NULL))
		return refuse(worker, visit, visit->refusal, false);
	return MHD_YES;
}

/* ---- the body, and the end -------------------------------------------- */

/* What is refused makes room for others at once. */
static void
refuse_body(struct visit *visit, const struct http_refusal *why)
{
	visit->refusal = why;
	visit_forget(visit);
}

static enum MHD_Result
take_body(struct visit *visit, struct ca_bytes piece)
{
	/* A GET's body means nothing (RFC 9110 9.3.1). */
	bool keep = visit->refusal == NULL && !visit->get;

	if (keep && visit->body.len + piece.len > FRONT_BODY_MAX)
		refuse_body(visit, &too_large);
	else if (keep && visit_keep(visit, piece) != CA_OK)
		refuse_body(visit, &unavailable);
	else if (keep)
		return MHD_YES;
	visit->skipped += piece.len;
	return visit->skipped <= FRONT_SKIP_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result
answer(struct worker *worker, struct visit *visit)
{
	enum ca_status st;

	switch (visit->path.kind) {
	case PATH_OCSP:
		return http_ocsp(worker, visit, ca_view(&visit->body));
	case PATH_OCSP_IN_URL:
		st = path_decode(visit->path.rest, &worker->request);
		if (st == CA_MALFORMED)
			return http_refuse(worker, visit, &not_base64);
		if (st != CA_OK)
			return http_unavailable(worker, visit);
		return http_ocsp(worker, visit, ca_view(&worker->request));
	case PATH_CRL:
		return http_crl(worker, visit);
	case PATH_CA_CERT:
	case PATH_CA_PEM:
		return http_ca(worker, visit);
	case PATH_HEALTH:
		return http_health(worker, visit);
	case PATH_METRICS:
		return http_metrics(worker, visit);
	default:
		return http_refuse(worker, visit, &not_found);
	}
}

/* ---- callbacks -------------------------------------------------------- */

/* Called with the head, with each piece of the body, at the end with neither,
 * and once more when a suspended connection is resumed. */
static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **request)
{
	struct worker *worker = ctx;
	struct visit *visit = *request;

	(void)version;
	if (visit == NULL) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

		if (info == NULL || (visit = info->socket_context) == NULL)
			return MHD_NO;
		*request = visit;
		visit_begin(visit);
		visit->get = strcmp(method, "GET") == 0 ||
		    strcmp(method, "HEAD") == 0;
		path_read(url, &visit->path);
		return take_head(worker, visit, method);
	}
	if (*upload_size > 0) {
		const struct ca_bytes piece = {
		    (const uint8_t *)upload, *upload_size};

		*upload_size = 0;
		return take_body(visit, piece);
	}
	if (visit->answer != NULL)
		return http_ocsp_answer(worker, visit, visit->answer);
	if (visit->refusal != NULL)
		return http_refuse(worker, visit, visit->refusal);
	return answer(worker, visit);
}

/* Called with the first line; what is returned is *request of handle(). */
static void *
begun(void *ctx, const char *url, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	(void)ctx;
	(void)url;
	if (info != NULL && info->socket_context != NULL)
		visit_head(info->socket_context);
	return NULL;
}

static void
completed(void *ctx, struct MHD_Connection *connection, void **request,
    enum MHD_RequestTerminationCode code)
{
	(void)ctx;
	(void)connection;
	(void)code;
	if (*request != NULL)
		visit_end(*request);
	*request = NULL;
}

static void
connected(void *ctx, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct worker *worker = ctx;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*context != NULL)
			visit_free(*context);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		*context = visit_new(
		    &worker->front->visits, connection, (int)info->connect_fd);
}

/* path_decode() undoes what is escaped. */
static size_t
leave_escaped(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

struct MHD_Daemon *
http_start(struct worker *worker, const struct http_options *options)
{
	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
		MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO,
	    0, NULL, NULL, handle, worker, MHD_OPTION_LISTEN_SOCKET,
	    (MHD_socket)options->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
	    options->connections, MHD_OPTION_CONNECTION_TIMEOUT,
	    options->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    FRONT_CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, begun, NULL,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, connected, worker, MHD_OPTION_END);
}

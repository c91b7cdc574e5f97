/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/http_message.h"
#include "tests/unit/bytes.h"

/* ---- places ---- */

static void
finds_the_place(void **state)
{
	static const struct {
		const char *url, *host, *port, *authority, *target;
	} cases[] = {
	    {"http://pki.lab.example/ocsp", "pki.lab.example", "80",
		"pki.lab.example", "/ocsp"},
	    {"HTTP://pki.lab.example", "pki.lab.example", "80",
		"pki.lab.example", ""},
	    {"http://pki.lab.example:8080?x=1", "pki.lab.example", "8080",
		"pki.lab.example:8080", "?x=1"},
	    {"http://127.0.0.1:1/", "127.0.0.1", "1", "127.0.0.1:1", "/"},
	    {"http://[::1]/a//b", "::1", "80", "[::1]", "/a//b"},
	    {"http://[::1]:65535/a", "::1", "65535", "[::1]:65535", "/a"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_place place;
		struct ca_error err = {0};

		if (http_place_parse(cases[i].url, &place, &err) != CA_OK)
			fail_msg("%s: %s", cases[i].url, err.msg);
		assert_string_equal(place.host, cases[i].host);
		assert_string_equal(place.port, cases[i].port);
		assert_bytes(place.authority, ca_text(cases[i].authority));
		assert_bytes(place.target, ca_text(cases[i].target));
	}
}

static void
refuses_what_is_no_place(void **state)
{
	static const struct {
		const char *url, *why;
	} cases[] = {
	    {"https://pki.lab.example/ocsp", "plain http"},
	    {"ftp://pki.lab.example/ocsp", "http://HOST"},
	    {"mailto:jason@lab.example", "http://HOST"},
	    {"pki.lab.example/ocsp", "uri"},
	    {"http:///ocsp", "host"},
	    {"http://pki.lab.example:0/", "no such port"},
	    {"http://pki.lab.example:65536/", "no such port"},
	    {"http://pki.lab.example:999999/", "uri"},
	    {"http://pki.lab.example:x/", "uri"},
	    {"http://jason@pki.lab.example/", "a user name"},
	    {"http://pki.lab.example/#x", "a fragment"},
	    {"http://pki.lab.example/a b", "uri"},
	    {"http://pki.lab.example/\r\nX: y", "uri"},
	    {"http://pki_lab.example/", "host"},
	    {"", "uri"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_place place;
		struct ca_error err = {0};

		assert_int_equal(
		    http_place_parse(cases[i].url, &place, &err), CA_USAGE);
		if (strstr(err.msg, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].url, err.msg);
	}
}

static void
writes_a_request(void **state)
{
	struct http_place place;
	struct ca_buf out = {0};

	(void)state;
	assert_int_equal(
	    http_place_parse("http://[::1]:8080?x", &place, NULL), CA_OK);
	assert_int_equal(
	    http_put_post(&out, &place, "application/ocsp-request", 7), CA_OK);
	assert_text(&out,
	    "POST /?x HTTP/1.1\r\n"
	    "Host: [::1]:8080\r\n"
	    "Content-Type: application/ocsp-request\r\n"
	    "Content-Length: 7\r\n"
	    "User-Agent: signet\r\n"
	    "Connection: close\r\n"
	    "\r\n");
	assert_int_equal(
	    http_place_parse("http://company.com/a.crl", &place, NULL), CA_OK);
	assert_int_equal(http_put_get(&out, &place), CA_OK);
	assert_text(&out,
	    "GET /a.crl HTTP/1.1\r\n"
	    "Host: company.com\r\n"
	    "User-Agent: signet\r\n"
	    "Connection: close\r\n"
	    "\r\n");
}

/* ---- answers ---- */

#define MAX ((size_t)16)

struct expected {
	const char *text, *body, *type;
	int status;
};

static const struct expected answers[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", "", 200},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more", "hello", "",
	200},
    {"HTTP/1.0 404 Not Found\r\nContent-Length:0\r\n\r\n", "", "", 404},
    {"HTTP/1.1 200\nCONTENT-LENGTH:\t5 \n\nhello", "hello", "", 200},
    {"HTTP/1.1 200 OK\r\nContent-Type: Application/OCSP-Response; x=y\r\n"
     "Content-Length: 1\r\n\r\nx",
	"x", "application/ocsp-response", 200},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nContent-Length: 9\r\n"
     "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
	"hi", "", 200},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
     "3\r\nhel\r\n02;name=\"x\"\r\nlo\r\n0\r\n\r\n",
	"hello", "", 200},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "A\r\n0123456789\r\n6\r\nabcdef\r\n000\r\nTrailer: x\r\n\r\n",
	"0123456789abcdef", "", 200},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "", "", 304},
    {"HTTP/1.1 204 No Content\r\n\r\n", "", "", 204},
};

static void
reads_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct http_answer answer = {0};
		struct ca_error err = {0};
		bool whole = false;

		if (http_answer_read(ca_text(answers[i].text), false, MAX,
			&answer, &whole, &err) != CA_OK)
			fail_msg("%zu: %s", i, err.msg);
		assert_true(whole);
		assert_int_equal(answer.status, answers[i].status);
		assert_bytes(ca_view(&answer.body), ca_text(answers[i].body));
		assert_string_equal(answer.content_type, answers[i].type);
		http_answer_done(&answer);
	}
}

/* Each prefix wants more, and at the end of the connection is none. */
static void
waits_for_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct ca_bytes text = ca_text(answers[i].text);
		bool whole = false;

		for (size_t len = 0; len < text.len && !whole; len++) {
			struct ca_bytes part = {text.data, len};
			struct http_answer answer = {0};
			struct ca_error err = {0};

			assert_int_equal(http_answer_read(part, false, MAX,
					     &answer, &whole, &err),
			    CA_OK);
			if (whole) {
				http_answer_done(&answer);
				break;
			}
			assert_int_equal(http_answer_read(part, true, MAX,
					     &answer, &whole, &err),
			    CA_MALFORMED);
		}
	}
}

static void
takes_the_end_of_the_connection_for_the_end(void **state)
{
	struct ca_bytes text = ca_text("HTTP/1.0 200 OK\r\n\r\nhello");
	struct http_answer answer = {0};
	bool whole = true;

	(void)state;
	assert_int_equal(
	    http_answer_read(text, false, MAX, &answer, &whole, NULL), CA_OK);
	assert_false(whole);
	assert_int_equal(
	    http_answer_read(text, true, MAX, &answer, &whole, NULL), CA_OK);
	assert_true(whole);
	assert_bytes(ca_view(&answer.body), ca_text("hello"));
	http_answer_done(&answer);
}

static void
refuses_what_two_would_read_differently(void **state)
{
	static const struct {
		const char *text;
		enum ca_status status;
	} cases[] = {
	    {"SSH-2.0-OpenSSH_9.2\r\n", CA_MALFORMED},
	    {"HTTP/2.0 200 OK\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1 20 OK\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1 2000 OK\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1  200 OK\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1 200 O\001K\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n"
	     "\r\nx",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
	     "Transfer-Encoding: chunked\r\n\r\nx",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	     "Transfer-Encoding: chunked\r\n\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nno header\r\n\r\nx", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n", CA_REFUSED},
	    {"HTTP/1.1 200 OK\r\n\r\n0123456789abcdef!", CA_REFUSED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n",
		CA_REFUSED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "10\r\n0123456789abcdef\r\n1\r\n",
		CA_REFUSED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "ffffffffffffffff\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	     "2\r\nhello\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
		CA_MALFORMED},
	    {"HTTP/1.1 101 Switching\r\n\r\n", CA_MALFORMED},
	    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	     "Content-Length: 1\r\n\r\nx",
		CA_REFUSED},
	    {"HTTP/1.1 200 OK\r\nContent-Encoding: identity, br\r\n"
	     "Content-Length: 1\r\n\r\nx",
		CA_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct http_answer answer = {0};
		struct ca_error err = {0};
		bool whole = false;
		enum ca_status st = http_answer_read(
		    ca_text(cases[i].text), false, MAX, &answer, &whole, &err);

		if (st != cases[i].status)
			fail_msg("%zu: %d: %s", i, (int)st, err.msg);
		assert_null(answer.body.data);
	}
}

static void
expect_location(const char *header, const char *expected)
{
	struct http_answer answer = {0};
	struct ca_buf text = {0};
	bool whole = false;

	assert_int_equal(ca_buf_printf(&text,
			     "HTTP/1.1 103 Early\r\nLocation: /early\r\n\r\n"
			     "HTTP/1.1 302 Found\r\n%s"
			     "Content-Encoding: Identity\r\n"
			     "Content-Length: 0\r\n\r\n",
			     header),
	    CA_OK);
	assert_int_equal(
	    http_answer_read(ca_view(&text), false, MAX, &answer, &whole, NULL),
	    CA_OK);
	assert_true(whole);
	assert_int_equal(answer.status, 302);
	assert_string_equal(answer.location, expected);
	http_answer_done(&answer);
	ca_buf_free(&text);
}

/* One that is cut would be another place. */
static void
reads_the_location_or_none(void **state)
{
	char large[1100] = "Location: ", expected[1025] = "";

	(void)state;
	expect_location(
	    "Location:  http://x.example/a b \r\n", "http://x.example/a b");
	expect_location("", "");
	expect_location("Location:\r\n", "");
	memset(large + strlen(large), 'y', 1024);
	memcpy(expected, large + 10, 1024);
	memcpy(large + 10 + 1024, "\r\n", 3);
	expect_location(large, expected);
	large[10 + 1024] = 'y';
	memcpy(large + 10 + 1025, "\r\n", 3);
	expect_location(large, "");
}

/* The head's octets and lines, interim answers, a chunk's size line. */
static void
is_bounded(void **state)
{
	struct ca_buf text = {0};
	struct http_answer answer = {0};
	bool whole = false;

	(void)state;
	for (int i = 0; i <= HTTP_INTERIM_MAX; i++)
		assert_int_equal(
		    ca_buf_append_text(&text, "HTTP/1.1 100 Continue\r\n\r\n"),
		    CA_OK);
	assert_int_equal(
	    http_answer_read(ca_view(&text), false, MAX, &answer, &whole, NULL),
	    CA_MALFORMED);
	ca_buf_clear(&text);
	assert_int_equal(
	    ca_buf_append_text(&text, "HTTP/1.1 200 OK\r\n"), CA_OK);
	for (int i = 0; i < HTTP_LINES_MAX; i++)
		assert_int_equal(ca_buf_append_text(&text, "X: y\r\n"), CA_OK);
	assert_int_equal(
	    http_answer_read(ca_view(&text), false, MAX, &answer, &whole, NULL),
	    CA_REFUSED);
	ca_buf_clear(&text);
	assert_int_equal(
	    ca_buf_append_text(&text, "HTTP/1.1 200 OK\r\nX: "), CA_OK);
	while (text.len <= HTTP_HEAD_MAX)
		assert_int_equal(ca_buf_append_text(&text, "y"), CA_OK);
	assert_int_equal(
	    http_answer_read(ca_view(&text), false, MAX, &answer, &whole, NULL),
	    CA_REFUSED);
	ca_buf_clear(&text);
	assert_int_equal(ca_buf_append_text(&text,
			     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
			     "\r\n1;"),
	    CA_OK);
	for (int i = 0; i < 300; i++)
		assert_int_equal(ca_buf_append_text(&text, "y"), CA_OK);
	assert_int_equal(
	    http_answer_read(ca_view(&text), false, MAX, &answer, &whole, NULL),
	    CA_MALFORMED);
	ca_buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_place),
	    cmocka_unit_test(refuses_what_is_no_place),
	    cmocka_unit_test(writes_a_request),
	    cmocka_unit_test(reads_an_answer),
	    cmocka_unit_test(waits_for_the_rest),
	    cmocka_unit_test(takes_the_end_of_the_connection_for_the_end),
	    cmocka_unit_test(refuses_what_two_would_read_differently),
	    cmocka_unit_test(reads_the_location_or_none),
	    cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

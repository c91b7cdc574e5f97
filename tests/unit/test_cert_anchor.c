/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is read for the sake of anchors, and of those who are looked at: the
 * roots of this system, all of them, and certificates changed by an octet.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "ca/cert.h"
#include "ca/pem.h"
#include "tests/unit/asn1.h"
#include "tests/unit/bytes.h"

#define STORE "/usr/share/ca-certificates/mozilla"
#define FILE_MAX ((size_t)64 * 1024)

static struct ca_buf
read_file(const char *folder, const char *name)
{
	struct ca_buf file = {0};
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s: not there", path);
	assert_int_equal(ca_buf_reserve(&file, FILE_MAX), CA_OK);
	file.len = fread(file.data, 1, FILE_MAX, f);
	assert_int_equal(fclose(f), 0);
	return file;
}

/* Lax or not; false when it could not be read. */
static bool
read_root(const char *name, size_t *lax)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_buf file = read_file(STORE, name), der = {0};
	struct ca_cert cert = {0};
	struct ca_error err = {0};
	bool is_read;

	assert_int_equal(
	    ca_pem_single(ca_view(&file), labels, name, NULL, &der, &err),
	    CA_OK);
	is_read = ca_cert_parse_anchor(ca_view(&der), &cert, &err) == CA_OK;
	if (!is_read)
		print_error("%s: %s\n", name, err.msg);
	else if (cert.lax.reason[0] != '\0')
		assert_int_not_equal(
		    ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	*lax += is_read && cert.lax.reason[0] != '\0';
	ca_buf_free(&file);
	ca_buf_free(&der);
	return is_read;
}

static void
every_root_of_this_system_is_read(void **state)
{
	(void)state;
	DIR *folder = opendir(STORE);
	size_t count = 0, unread = 0, lax = 0;
	struct dirent *entry;

	if (folder == NULL) {
		print_message("no folder " STORE "\n");
		skip();
	}
	while ((entry = readdir(folder)) != NULL) {
		if (strstr(entry->d_name, ".crt") == NULL)
			continue;
		count++;
		unread += !read_root(entry->d_name, &lax);
	}
	assert_int_equal(closedir(folder), 0);
	print_message("%zu roots, of them %zu laxly\n", count, lax);
	assert_int_equal(unread, 0);
	assert_true(count > 100);
}

/* A curve that we do not use: dates and names can be read, and why not. */
static void
other_curves_can_be_looked_at(void **state)
{
	(void)state;
	static const char *const curves[] = {
	    "P-224", "brainpoolP256r1", "secp256k1"};

	for (size_t i = 0; i < COUNT(curves); i++) {
		struct ca_cert cert = {0};
		struct ca_error err = {0};
		struct ca_buf der;
		char name[64];

		(void)snprintf(
		    name, sizeof(name), "cert/curve-%s.der", curves[i]);
		der = vector(name);
		assert_int_equal(
		    ca_cert_parse(ca_view(&der), &cert, NULL), CA_REFUSED);
		assert_int_equal(
		    ca_cert_parse_anchor(ca_view(&der), &cert, NULL),
		    CA_REFUSED);
		assert_int_equal(
		    ca_cert_parse_any(ca_view(&der), &cert, &err), CA_OK);
		assert_int_equal(cert.san_count, 1);
		assert_int_equal(cert.spki.type, CA_KEY_NONE);
		assert_string_equal(cert.lax.field, "subjectPublicKeyInfo");
		assert_non_null(strstr(cert.lax.reason, curves[i]));
		assert_int_not_equal(
		    ca_cert_verify(&cert, &cert.spki, NULL), CA_OK);
		ca_buf_free(&der);
	}
}

/* What is strict is so for everybody: no DER, no certificate. */
static void
all_else_is_as_strict(void **state)
{
	(void)state;
	struct ca_buf der = vector("cert/server.der");
	struct ca_cert cert = {0};

	assert_int_equal(ca_cert_parse_any(ca_view(&der), &cert, NULL), CA_OK);
	assert_string_equal(cert.lax.reason, "");
	for (size_t i = 0; i < der.len; i++) {
		enum ca_status strict, any;

		der.data[i] ^= 0x01;
		strict = ca_cert_parse(ca_view(&der), &cert, NULL);
		any = ca_cert_parse_any(ca_view(&der), &cert, NULL);
		/* Laxity is told, and there is none without. */
		if (any == CA_OK)
			assert_int_equal(
			    strict == CA_OK, cert.lax.reason[0] == '\0');
		else
			assert_int_not_equal(strict, CA_OK);
		der.data[i] ^= 0x01;
	}
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_root_of_this_system_is_read),
	    cmocka_unit_test(other_curves_can_be_looked_at),
	    cmocka_unit_test(all_else_is_as_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

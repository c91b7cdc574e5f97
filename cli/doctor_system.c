/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program stands on: the disk, and the library that computes. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "ca/crypto.h"
#include "cli/doctor_part.h"
#include "cli/file.h"

/* ---- the disk ---- */

void
doctor_check_disk(struct doctor *doctor)
{
	struct doctor_finding f = {.kind = DOCTOR_DISK,
	    .rule = "nothing is signed that cannot be recorded"};
	struct statvfs disk;
	uint64_t room;

	if (statvfs(doctor->home, &disk) != 0)
		return;
	room = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (room >= DOCTOR_DISK_SOON)
		return;
	f.severity = room < DOCTOR_DISK_BAD ? DOCTOR_BAD : DOCTOR_SOON;
	text_add(&f.subject, "disk");
	text_add(&f.what, "%llu MiB are free where the home is",
	    (unsigned long long)(room >> 20));
	text_add(&f.command, "df -h ");
	doctor_add_path(&f.command, doctor, "");
	doctor_say(doctor, &f);
}

/* ---- wolfSSL ---- */

/* Debian mends its 5.5.4 under the same number; elsewhere a release is what
 * it says. */
#define MENDED "5.5.4"
#define PACKAGE "5.5.4-2+deb12u"
#define PACKAGE_LEAST 3
#define RELEASE_LEAST   \
	{               \
		5, 9, 4 \
	}
#define STATUS_FILE "/var/lib/dpkg/status"

enum doctor_library
doctor_library_judge(const char *version, const char *package)
{
	static const unsigned least[3] = RELEASE_LEAST;
	unsigned is[3] = {0}, update = 0;
	const size_t len = strlen(version);

	/* Not the one that is installed: built by somebody. */
	if (strncmp(package, version, len) == 0 && package[len] == '-') {
		if (strncmp(package, PACKAGE, strlen(PACKAGE)) == 0)
			return sscanf(package + strlen(PACKAGE), "%4u",
				   &update) == 1 &&
				update >= PACKAGE_LEAST ?
			    DOCTOR_LIBRARY_GOOD :
			    DOCTOR_LIBRARY_OLD;
		if (strcmp(package, "5.5.4-2") == 0)
			return DOCTOR_LIBRARY_OLD;
	}
	if (sscanf(version, "%4u.%4u.%4u", &is[0], &is[1], &is[2]) != 3)
		return DOCTOR_LIBRARY_UNKNOWN;
	for (size_t i = 0; i < 3; i++)
		if (is[i] != least[i])
			return is[i] > least[i] ? DOCTOR_LIBRARY_GOOD :
			    package[0] != '\0'  ? DOCTOR_LIBRARY_UNKNOWN :
						  DOCTOR_LIBRARY_OLD;
	return DOCTOR_LIBRARY_GOOD;
}

/* A line of it, with what is behind the key; {0}: another. */
static struct ca_bytes
value_of(struct ca_bytes line, const char *key)
{
	const size_t len = strlen(key);

	if (line.len < len || memcmp(line.data, key, len) != 0)
		return (struct ca_bytes){0};
	return (struct ca_bytes){line.data + len, line.len - len};
}

static bool
is_library(struct ca_bytes name)
{
	static const char stem[] = "libwolfssl";

	if (name.len <= strlen(stem) ||
	    memcmp(name.data, stem, strlen(stem)) != 0)
		return false;
	for (size_t i = strlen(stem); i < name.len; i++)
		if (name.data[i] < '0' || name.data[i] > '9')
			return false;
	return true;
}

enum ca_status
doctor_library_package(struct ca_bytes status, struct ca_buf *ret)
{
	bool ours = false, installed = false;

	while (status.len > 0) {
		const uint8_t *end = memchr(status.data, '\n', status.len);
		struct ca_bytes line = {status.data,
		    end != NULL ? (size_t)(end - status.data) : status.len};
		struct ca_bytes value;

		status.data += line.len + (end != NULL);
		status.len -= line.len + (end != NULL);
		if ((value = value_of(line, "Package: ")).len > 0)
			ours = is_library(value);
		if (line.len == 0)
			ours = installed = false;
		if ((value = value_of(line, "Status: ")).len > 0)
			installed = ca_bytes_equal(
			    value, ca_text("install ok installed"));
		value = value_of(line, "Version: ");
		if (value.len > 0 && ours && installed)
			return ca_buf_append(ret, value);
	}
	return CA_OK;
}

void
doctor_check_library(struct doctor *doctor)
{
	const char *version = ca_crypto_version(), *text;
	struct doctor_finding f = {.kind = DOCTOR_LIBRARY};
	struct ca_buf status = {0}, package = {0};
	enum doctor_library judged;

	/* Another system has no such list. */
	if (file_read_regular(STATUS_FILE, FILE_MAX_READ, &status, NULL) !=
		CA_OK ||
	    doctor_library_package(ca_view(&status), &package) != CA_OK)
		ca_buf_clear(&package);
	text = ca_buf_text(&package);
	judged = doctor_library_judge(version, text != NULL ? text : "");
	if (judged != DOCTOR_LIBRARY_GOOD) {
		f.severity = judged == DOCTOR_LIBRARY_OLD ? DOCTOR_SOON :
							    DOCTOR_NOTE;
		f.rule = "5.9.4, or 5.5.4-2+deb12u3 of Debian, or newer";
		text_add(&f.subject, "wolfssl");
		text_add(&f.what, "%s%s%s%s is older than what is mended",
		    version, package.len > 0 ? " (package " : "",
		    package.len > 0 ? text : "", package.len > 0 ? ")" : "");
		if (judged == DOCTOR_LIBRARY_UNKNOWN)
			text_add(
			    &f.what, ", unless whoever made the package did");
		if (package.len > 0)
			text_add(&f.command, "apt-get install libwolfssl35");
		doctor_say(doctor, &f);
	}
	ca_buf_free(&status);
	ca_buf_free(&package);
}

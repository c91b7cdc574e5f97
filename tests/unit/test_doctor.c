/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of cli/doctor no command line reaches. */
#include "cli/doctor_part.h"

#include <string.h>

#include "tests/unit/bytes.h"

static void
test_library(void **state)
{
	static const struct {
		const char *version, *package;
		enum doctor_library judged;
	} cases[] = {
	    {"5.5.4", "5.5.4-2+deb12u3", DOCTOR_LIBRARY_GOOD},
	    {"5.5.4", "5.5.4-2+deb12u10", DOCTOR_LIBRARY_GOOD},
	    {"5.5.4", "5.5.4-2+deb12u2", DOCTOR_LIBRARY_OLD},
	    {"5.5.4", "5.5.4-2+deb12u", DOCTOR_LIBRARY_OLD},
	    {"5.5.4", "5.5.4-2", DOCTOR_LIBRARY_OLD},
	    {"5.5.4", "5.5.4-3", DOCTOR_LIBRARY_UNKNOWN},
	    {"5.7.2", "5.7.2-0.1+deb13u1", DOCTOR_LIBRARY_UNKNOWN},
	    /* What runs is not the package's. */
	    {"5.5.4", "5.5.40-1", DOCTOR_LIBRARY_UNKNOWN},
	    {"5.5.4", "", DOCTOR_LIBRARY_OLD},
	    {"5.9.3", "", DOCTOR_LIBRARY_OLD},
	    {"4.10.9", "", DOCTOR_LIBRARY_OLD},
	    {"5.9.4", "", DOCTOR_LIBRARY_GOOD},
	    {"5.10.0", "", DOCTOR_LIBRARY_GOOD},
	    {"6.0.0", "5.5.4-2", DOCTOR_LIBRARY_GOOD},
	    {"main", "", DOCTOR_LIBRARY_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (doctor_library_judge(cases[i].version, cases[i].package) !=
		    cases[i].judged)
			fail_msg("%s, package %s: judged otherwise",
			    cases[i].version, cases[i].package);
}

static void
test_package(void **state)
{
	static const struct {
		const char *status, *version;
	} cases[] = {
	    {"Package: libwolfssl35\nStatus: install ok installed\n"
	     "Version: 5.5.4-2+deb12u3\n\nPackage: x\n",
		"5.5.4-2+deb12u3"},
	    {"Package: a\nStatus: install ok installed\nVersion: 1\n\n"
	     "Package: libwolfssl42\nStatus: install ok installed\n"
	     "Version: 5.7.2-1",
		"5.7.2-1"},
	    {"Package: libwolfssl35\nStatus: deinstall ok config-files\n"
	     "Version: 5.5.4-2\n\nPackage: z\n"
	     "Status: install ok installed\nVersion: 2\n",
		""},
	    {"Package: libwolfssl-dev\nStatus: install ok installed\n"
	     "Version: 5.5.4-2\n",
		""},
	    {"Package: libwolfssl\nStatus: install ok installed\n"
	     "Version: 5.5.4-2\n",
		""},
	    {"Package: libwolfssl35", ""},
	    {"\n\n\n", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf version = {0};

		assert_int_equal(
		    doctor_library_package(ca_text(cases[i].status), &version),
		    CA_OK);
		assert_string_equal(ca_buf_text(&version), cases[i].version);
		ca_buf_free(&version);
	}
}

static void
test_soon(void **state)
{
	struct doctor doctor = {0};

	(void)state;
	assert_int_equal(doctor_soon(&doctor, 30, 900), 30);
	assert_int_equal(doctor_soon(&doctor, 30, 90), 30);
	assert_int_equal(doctor_soon(&doctor, 30, 89), 29);
	assert_int_equal(doctor_soon(&doctor, 30, INT64_MAX), 30);
	doctor.within = 45;
	assert_int_equal(doctor_soon(&doctor, 30, 9), 45);
}

/* Findings for people and programs: what is in them reaches no terminal. */
static void
test_words(void **state)
{
	const char *accept[] = {"crl", "policy:a"};
	struct doctor doctor = {.accept = accept, .accept_count = 2};
	struct doctor_finding crl = {
	    .kind = DOCTOR_CRL, .severity = DOCTOR_BAD};
	struct doctor_finding copy = {
	    .kind = DOCTOR_CRL_COPY, .severity = DOCTOR_SOON};
	struct doctor_finding policy = {
	    .kind = DOCTOR_POLICY, .severity = DOCTOR_BAD, .rule = "r"};
	const struct doctor_page page = {.home = "a b", .notes = true};
	struct text text = {0};

	(void)state;
	text_add(&crl.subject, "x");
	text_add(&copy.subject, "x");
	text_add(&policy.subject, "ab");
	text_add(&policy.what, "\033[2J");
	text_add(&policy.command, "signet list");
	doctor_say(&doctor, &crl);
	doctor_say(&doctor, &copy);
	doctor_say(&doctor, &policy);
	assert_int_equal(doctor_count(&doctor, DOCTOR_BAD), 1);
	assert_int_equal(doctor_count(&doctor, DOCTOR_SOON), 1);
	assert_int_equal(doctor_count(&doctor, DOCTOR_NOTE), 1);
	doctor_print(&doctor, &page, &text);
	assert_null(strchr(text_get(&text), '\033'));
	assert_non_null(
	    strstr(text_get(&text), ": signet --home \"a b\" list\n"));
	assert_non_null(strstr(text_get(&text), "NOTE x: , accepted\n"));
	text_done(&text);
	doctor_done(&doctor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_library),
	    cmocka_unit_test(test_package),
	    cmocka_unit_test(test_soon),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

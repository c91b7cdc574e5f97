/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * analysed: what a program that reads the source cannot know, put in front of
 * each file when it does.
 *
 * ca_fail() gives back what it is given, policy_fail() an error: without that,
 * each path behind an error is also followed as if there had been none.
 *
 * What this does not do: change what is compiled.
 */
#include "ca/base.h"

#define ca_fail(err, status, ...) \
	((void)ca_fail(err, status, __VA_ARGS__), (status))

#if __has_include("ca/policy_parse.h")
#include "ca/policy_parse.h"

#define policy_fail(reader, at, ...) \
	((void)policy_fail(reader, at, __VA_ARGS__), CA_MALFORMED)
#endif

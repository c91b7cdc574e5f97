/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verdict: what ca/verify found, as people and as programs read it: each
 * question with its answer, the certificate and field that decided, and the
 * reason; then the chain and one line that sums it up.
 *
 * What this does not do: decide anything.
 */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "ca/verify.h"
#include "cli/json.h"
#include "cli/text.h"

/* Lines of at most 80 columns; names that are longer by themselves aside. */
void verdict_print(struct text *text, const struct ca_verify_question *ask,
    const struct ca_verdict *verdict, bool colour);
/* The same without the line that sums it up. */
void verdict_answers(struct text *text, const struct ca_verify_question *ask,
    const struct ca_verdict *verdict, bool colour);
/* What does not hold, a line each: "it is not in date". */
void verdict_faults(struct text *lines, const struct ca_verdict *verdict);
/* The line alone: "trusted (not asked: ...)", "not trusted: it is not in
 * date; ..." */
void verdict_line(
    struct text *text, const struct ca_verdict *verdict, bool colour);
/* An object; the caller may put more into it. */
json_t *verdict_json(
    const struct ca_verify_question *ask, const struct ca_verdict *verdict);

#endif

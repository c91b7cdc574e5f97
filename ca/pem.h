/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pem: RFC 7468 text around DER.
 *
 * Strict where it matters: BEGIN and END labels must match, the base64 has
 * no foreign characters and canonical padding, a NUL byte or a missing END is
 * an error. Tolerant where files differ in practice: CRLF, trailing white
 * space, blank lines, and text before the first and between blocks (as
 * openssl and easy-rsa write it).
 *
 * What this does not do: RFC 1421 headers ("Proc-Type: 4,ENCRYPTED"): refused
 * with a message that says how to convert the file.
 */
#ifndef CA_PEM_H
#define CA_PEM_H

#include "ca/base.h"

#define CA_PEM_LABEL 64
#define CA_PEM_MAX_BLOCKS 100000

#define CA_PEM_CERTIFICATE "CERTIFICATE"
#define CA_PEM_REQUEST "CERTIFICATE REQUEST"
#define CA_PEM_REQUEST_OLD "NEW CERTIFICATE REQUEST"
#define CA_PEM_CRL "X509 CRL"
#define CA_PEM_KEY "PRIVATE KEY"
#define CA_PEM_ENCRYPTED_KEY "ENCRYPTED PRIVATE KEY"
#define CA_PEM_PUBLIC_KEY "PUBLIC KEY"

/* The text holds "-----BEGIN " at the start of some line. */
bool ca_pem_is_pem(struct ca_bytes text);
/*
 * Takes the next block off the front of text. CA_NOT_FOUND (err untouched)
 * when there is none left, CA_MALFORMED with the line number otherwise.
 * ret_der is appended to; free it.
 */
CA_MUST_USE enum ca_status ca_pem_next(struct ca_bytes *text,
    char ret_label[CA_PEM_LABEL], struct ca_buf *ret_der, struct ca_error *err);
/*
 * The one object a file must hold: DER as it is, or exactly one PEM block
 * with one of the labels (a NULL-terminated list). Several blocks, another
 * label (named in the message), or none: CA_MALFORMED. what names the
 * expected thing in messages ("a certificate request"). ret_label may be
 * NULL; it is "" for DER.
 */
CA_MUST_USE enum ca_status ca_pem_single(struct ca_bytes file,
    const char *const *labels, const char *what, char ret_label[CA_PEM_LABEL],
    struct ca_buf *ret_der, struct ca_error *err);
/* Appends a block, 64 characters a line. */
CA_MUST_USE enum ca_status ca_pem_append(
    struct ca_buf *buf, const char *label, struct ca_bytes der);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_check: what the files of `signet check` share.
 *
 * What this does not do: anything for another command.
 */
#ifndef CLI_CMD_CHECK_H
#define CLI_CMD_CHECK_H

#include "cli/check.h"
#include "cli/cmd.h"
#include "cli/starttls.h"

/*
 * What became of our certificate, or of having none, once a handshake is over
 * or was ended by an alert. It is listened to for some seconds at most.
 */
CA_MUST_USE enum ca_status cmd_check_talk(struct tls *tls,
    enum starttls protocol, const char *host, struct check_talk *ret,
    struct ca_error *err);

/*
 * A second connection, to see whether an OCSP answer is stapled: put into ocsp
 * when it says revoked. ret is a line for people, "" when there is nothing to
 * tell. That it cannot be seen is CA_OK.
 */
CA_MUST_USE enum ca_status cmd_check_staple(const struct connection *place,
    enum starttls protocol, const char *server_name, int64_t timeout_ms,
    const struct ca_verify_question *ask, struct pool *ocsp, char ret[300],
    struct ca_error *err);

/*
 * The client's certificates as PEM and its key as PKCS #8, from --cert and
 * --key. CA_USAGE when they do not belong together, or one is missing.
 */
CA_MUST_USE enum ca_status cmd_check_credentials(const struct invocation *in,
    struct ca_buf *ret_chain, struct ca_buf *ret_key, struct ca_error *err);

#endif

-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Version 2: a CRL's row stays for ever, its DER until nobody needs it
-- (ledger_add_crl). Those that still have theirs are few: the newest of each
-- list; those that do not grow with every CRL.

CREATE INDEX crl_kept ON crl (issuer, point, number) WHERE der IS NOT NULL;

PRAGMA user_version = 2;

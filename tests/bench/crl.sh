#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A CRL of N entries (default 10^6): seconds and peak memory of `signet crl`,
# of the delta CRL after it, and of both as Signet reads them.
#
#   tests/bench/crl.sh [N] [SIGNET]
#
# The rows are put into the ledger by sqlite3: what is measured is the list.
set -euo pipefail

count=${1:-1000000}
signet=$(readlink -f "${2:-$(dirname "$0")/../../build/release/signet}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export SIGNET_HOME=$scratch/home
"$signet" init "Bench Root" --key ecdsa-p256 --no-passphrase --quiet
"$signet" ca add issuing "Bench CA" --key ecdsa-p256 --no-passphrase --quiet

# fill FIRST LAST: revoked rows, serials of 17 octets as Signet draws them.
fill() {
	sqlite3 home/ledger.db >/dev/null <<-END
		PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
		BEGIN;
		WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL
			SELECT i + 1 FROM n WHERE i < $2)
		INSERT INTO certificate (id, issuer, serial, state, spki_hash,
			tbs_hash, subject, not_before, not_after, lineage,
			created, tbs)
		SELECT 10 + i, 2, cast(x'41' || randomblob(16) AS BLOB), 1, zeroblob(32),
			zeroblob(32), 'CN=bench', unixepoch() - 86400,
			unixepoch() + 31536000, 10 + i, unixepoch(), x'3000'
		FROM n;
		INSERT INTO revocation (certificate, issuer, serial_length,
			serial, not_after, revoked_at, reason)
		SELECT id, issuer, length(serial), serial, not_after,
			unixepoch() - 60, 4
		FROM certificate WHERE id BETWEEN 10 + $1 AND 10 + $2
		ORDER BY issuer, serial;
		COMMIT;
	END
}

# measure LABEL FILE COMMAND...: beside the size of the output.
measure() {
	local label=$1 file=$2 size seconds kib
	shift 2
	/usr/bin/time -f '%e %M' -o measured "$@" >/dev/null
	read -r seconds kib <measured
	size=$(stat -c %s "$file")
	printf '%-30s %7s s  peak %6d KiB  output %6d KiB  beyond %6d KiB\n' \
	    "$label" "$seconds" "$kib" $((size / 1024)) $((kib - size / 1024))
}

fill 1 "$count"
measure "crl, $count entries" home/crl/issuing.crl \
    "$signet" crl --quiet --der --out list.crl
fill $((count + 1)) $((count + 1000))
sleep 1
measure "crl --delta, 1000 new" home/crl/issuing.delta.crl \
    "$signet" crl --delta --quiet --der --out delta.crl
measure "crl verify" home/crl/issuing.crl "$signet" crl verify list.crl
measure "openssl crl (reads it)" home/crl/issuing.crl \
    openssl crl -inform DER -in list.crl -noout -lastupdate

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A CRL of N entries (default 10^6): seconds, processor seconds and peak memory
# of `signet crl`, side by side with `openssl ca -gencrl` and `cfssl gencrl`
# where they are installed; then of the list after one more revocation, of the
# delta CRL after it, of the list as it is read, and of one in which the serials
# do not rise.
#
#   tests/bench/crl.sh [N] [SIGNET]
#
# The rows are put into the ledger by sqlite3, and the same serials into the
# peers' files: what is measured is the list. Three rounds (BENCH_ROUNDS), of
# which the shortest counts.
set -euo pipefail

count=${1:-1000000}
signet=$(readlink -f "${2:-$(dirname "$0")/../../build/release/signet}")
rounds=${BENCH_ROUNDS:-3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
export SIGNET_HOME=$scratch/home
"$signet" init "Bench Root" --key ecdsa-p256 --no-passphrase --quiet
"$signet" ca add issuing "Bench CA" --key ecdsa-p256 --no-passphrase --quiet

# fill FIRST LAST: revoked rows, serials of 17 octets as Signet draws them, the
# dates all over a year.
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
			unixepoch() - 60 - id * 7919 % 31536000, 4
		FROM certificate WHERE id BETWEEN 10 + $1 AND 10 + $2
		ORDER BY issuer, serial;
		COMMIT;
	END
}

# The same for the peers: an index.txt, and decimal numbers a line.
fill_peers() {
	sqlite3 -separator "$(printf '\t')" home/ledger.db >index.txt <<-'END'
		SELECT 'R', substr(strftime('%Y%m%d%H%M%SZ', not_after, 'unixepoch'), 3),
			substr(strftime('%Y%m%d%H%M%SZ', revoked_at, 'unixepoch'), 3)
				|| ',superseded',
			hex(serial), 'unknown', '/CN=bench'
		FROM revocation;
	END
	cut -f 4 index.txt | python3 -c 'import sys
for line in sys.stdin: print(int(line, 16))' >serials
	sqlite3 home/ledger.db "SELECT writefile('ca.der', c.der) FROM authority a
		JOIN certificate c ON c.id = a.certificate WHERE a.id = 2" >/dev/null
	openssl x509 -inform DER -in ca.der -out ca.pem
	printf 604800 >seconds
	echo 01 >crlnumber
	cat >ca.cnf <<-END
		[ca]
		default_ca = bench
		[bench]
		database = index.txt
		crlnumber = crlnumber
		certificate = ca.pem
		private_key = home/keys/issuing.key
		default_md = sha256
		default_crl_days = 7
		crl_extensions = extensions
		[extensions]
		authorityKeyIdentifier = keyid
	END
}

# measure LABEL FILE COMMAND...: beside the size of the output. The shortest
# seconds so far are in best[LABEL].
declare -A best
measure() {
	local label=$1 file=$2 size seconds user system kib
	shift 2
	if ! /usr/bin/time -f '%e %U %S %M' -o measured "$@" \
	    >"$file.stdout" 2>errors; then
		cat errors >&2
		return 1
	fi
	[ -s "$file" ] || mv "$file.stdout" "$file"
	rm -f "$file.stdout"
	read -r seconds user system kib <measured
	size=$(stat -c %s "$file")
	printf '%-27s %6s s  cpu %5s s  peak %7d KiB  output %6d  beyond %6d\n' \
	    "$label" "$seconds" \
	    "$(awk "BEGIN { printf \"%.2f\", $user + $system }")" \
	    "$kib" $((size / 1024)) $((kib - size / 1024))
	if [ -z "${best[$label]:-}" ] ||
	    awk "BEGIN { exit !($seconds < ${best[$label]}) }"; then
		best[$label]=$seconds
	fi
}

# shuffle LIST: the same entries in any order, signed again.
shuffle() {
	python3 - "$1" <<-'END'
		import random, sys

		def content(der, at):
		    """Where the content of the element at starts and ends."""
		    length, start = der[at + 1], at + 2
		    if length >= 0x80:
		        start += length & 0x7f
		        length = int.from_bytes(der[at + 2:start], "big")
		    return start, start + length

		der = open(sys.argv[1], "rb").read()
		tbs = content(der, 0)[0]
		at, tbs_end = content(der, tbs)
		for _ in range(5):    # version, signature, issuer, two dates
		    at = content(der, at)[1]
		start, end = content(der, at)
		entries = []
		while start < end:
		    after = content(der, start)[1]
		    entries.append(der[start:after])
		    start = after
		random.Random(1).shuffle(entries)
		alg = content(der, tbs_end)[1]
		open("tbs", "wb").write(
		    der[tbs:end - sum(map(len, entries))] + b"".join(entries)
		    + der[end:tbs_end])
		open("alg", "wb").write(der[tbs_end:alg])
	END
	openssl dgst -sha256 -sign home/keys/issuing.key -out signature tbs
	python3 - <<-'END'
		def wrap(tag, content):
		    length = len(content).to_bytes(4, "big").lstrip(b"\0")
		    if len(content) >= 0x80:
		        length = bytes([0x80 | len(length)]) + length
		    return bytes([tag]) + length + content

		tbs, alg, signature = (
		    open(name, "rb").read() for name in ("tbs", "alg", "signature"))
		open("shuffled.crl", "wb").write(
		    wrap(0x30, tbs + alg + wrap(3, b"\0" + signature)))
	END
}

# A new list must be a later one, by a second.
crl_signet() {
	rm -f list.crl
	sleep 1
	measure signet list.crl "$signet" crl --quiet --der --out list.crl
}

crl_openssl() {
	rm -f openssl.pem
	measure openssl openssl.pem \
	    openssl ca -batch -config ca.cnf -gencrl -out openssl.pem
}

crl_cfssl() {
	command -v cfssl >/dev/null || return 0
	rm -f cfssl.b64
	measure cfssl cfssl.b64 cfssl gencrl serials ca.pem \
	    home/keys/issuing.key seconds
}

compare() {
	local peer
	for peer in openssl cfssl; do
		if [ -z "${best[$peer]:-}" ]; then
			echo "$peer: not installed, left out"
			continue
		fi
		awk "BEGIN { printf \"$peer: %.2f s, %.1f times signet's %.2f s\\n\",
		    ${best[$peer]}, ${best[$peer]} / ${best[signet]}, ${best[signet]} }"
	done
}

fill 1 "$count"
fill_peers
echo "crl, $count entries (KiB)"
for ((round = 0; round < rounds; round++)); do
	crl_signet
	crl_openssl
	crl_cfssl
done
[ "$(sqlite3 home/ledger.db 'SELECT min(entries), max(entries) FROM crl')" = \
    "$count|$count" ] || { echo "a list has not all $count entries" >&2; exit 1; }
compare
fill $((count + 1)) $((count + 1))
sleep 1
rm -f list.crl
measure "crl, 1 new" list.crl "$signet" crl --quiet --der --out list.crl
fill $((count + 2)) $((count + 1001))
sleep 1
measure "crl --delta, 1000 new" delta.crl \
    "$signet" crl --delta --quiet --der --out delta.crl
measure "crl verify" list.crl "$signet" crl verify list.crl
measure "openssl crl (reads it)" list.crl \
    openssl crl -inform DER -in list.crl -noout -lastupdate
shuffle list.crl
measure "crl verify, in any order" shuffled.crl \
    "$signet" crl verify shuffled.crl

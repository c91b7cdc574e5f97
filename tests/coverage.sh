#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# coverage.sh LABEL [CORPUS]: how much of ca/, db/ and cli/ runs in the tests
# of one label (fuzz, unit, cli), by clang's own count. With CORPUS, a folder
# with one folder for each target, the fuzz targets run on that.
#
#   cmake --preset coverage && cmake --build --preset coverage
#   tests/coverage.sh fuzz
#
# A table of files and of folders; build/coverage/html/ has the lines. It
# judges nothing: a line that ran may be as wrong as one that did not.
set -euo pipefail
export LC_ALL=C

label=${1:?coverage.sh LABEL [CORPUS]}
corpus=$(realpath -m "${2:-tests/fuzz/corpus}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/coverage
raw=$build/raw
rm -rf "$raw"
mkdir -p "$raw"

# Each library of clang has its version in its name.
tool() {
	command -v "$1" || command -v "$1-$(clang -dumpversion | cut -d. -f1)" ||
	    { echo "coverage.sh: $1 is not installed" >&2; exit 1; }
}
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)

export LLVM_PROFILE_FILE=$PWD/$raw/%p-%m.profraw
objects=()
if [ "$label" = fuzz ]; then
	for target in "$build"/tests/replay_*; do
		noun=${target##*/replay_}
		"$target" "$corpus/$noun" >/dev/null 2>&1 ||
		    echo "coverage.sh: $target failed" >&2
		objects+=(-object "$target")
	done
else
	ctest --test-dir "$build" -L "^$label\$" -j "$(nproc)" >&2 || true
	for target in "$build"/tests/test_* "$build"/signet{,-front}; do
		[ ! -x "$target" ] || objects+=(-object "$target")
	done
fi
find "$raw" -name '*.profraw' >"$build/raw.txt"
"$profdata" merge -sparse -f "$build/raw.txt" -o "$build/all.profdata"

objects=("${objects[@]:1}") # the first stands by itself
# The build leaves its own place out of what it makes, so it is given here.
"$cov" show "${objects[@]}" -instr-profile="$build/all.profdata" \
    -path-equivalence="./$build/.,$PWD" -format=html \
    -output-dir="$build/html" >/dev/null
"$cov" export "${objects[@]}" -instr-profile="$build/all.profdata" \
    -summary-only |
    jq -r '.data[0].files[] | .filename |= sub("^.*/[.]/"; "") |
	select(.filename | test("^(ca|db|cli)/")) |
	[.filename, .summary.lines.count,
	 .summary.lines.covered, .summary.branches.count,
	 .summary.branches.covered] | @tsv' |
    awk -F '\t' '
	function row(name, lines, ran, branches, taken) {
		printf "%-36s %6d lines %5.1f %%  %6d branches %5.1f %%\n",
		    name, lines, lines ? 100 * ran / lines : 0, branches,
		    branches ? 100 * taken / branches : 0
	}
	{
		row($1, $2, $3, $4, $5)
		folder = $1
		sub(/\/[^\/]*$/, "", folder)
		l[folder] += $2; r[folder] += $3; b[folder] += $4; t[folder] += $5
	}
	END {
		print ""
		for (folder in l)
			row(folder "/", l[folder], r[folder], b[folder], t[folder])
	}'

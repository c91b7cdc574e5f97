#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The same source gives the same program, wherever it is built.

build_in() {
	mkdir -p "$1"
	tar cf - -C "$SIGNET_SOURCE" CMakeLists.txt CMakePresets.json \
	    ca cli db policies | tar xf - -C "$1"
	cd "$1"
	cmake --preset release -D BUILD_TESTING=OFF
	cmake --build --preset release
}

@test "two folders, one program" {
	build_in "$BATS_TEST_TMPDIR/a"
	build_in "$BATS_TEST_TMPDIR/longer/folder"
	cmp "$BATS_TEST_TMPDIR/a/build/release/signet" \
	    "$BATS_TEST_TMPDIR/longer/folder/build/release/signet"
}

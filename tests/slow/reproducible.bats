#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The same source gives the same programs, wherever they are built.

build_in() {
	mkdir -p "$1"
	tar cf - -C "$SIGNET_SOURCE" CMakeLists.txt CMakePresets.json \
	    ca cli db policies | tar xf - -C "$1"
	cd "$1"
	cmake --preset release -D BUILD_TESTING=OFF
	cmake --build --preset release
}

@test "two folders, the same two programs" {
	build_in "$BATS_TEST_TMPDIR/a"
	build_in "$BATS_TEST_TMPDIR/longer/folder"
	local program
	for program in signet signet-front; do
		cmp "$BATS_TEST_TMPDIR/a/build/release/$program" \
		    "$BATS_TEST_TMPDIR/longer/folder/build/release/$program"
	done
}

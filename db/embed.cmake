# SPDX-License-Identifier: GPL-3.0-or-later
#
# Turns text files into a C table, at build time:
#   cmake -D KIND=schema|policies -D OUT=file.c -D DIR=folder -P embed.cmake
# Bytes are written one by one, so that no text needs escaping and none is
# longer than a C string literal may be.

if(KIND STREQUAL "schema")
	set(header "db/schema.h")
	set(type "ledger_schema")
	set(table "ledger_schemas")
	set(count "ledger_schema_count")
	set(pattern "*.sql")
elseif(KIND STREQUAL "policies")
	set(header "cli/policies_embedded.h")
	set(type "embedded_policy")
	set(table "embedded_policies")
	set(count "embedded_policy_count")
	set(pattern "*.policy")
else()
	message(FATAL_ERROR "embed.cmake: KIND is '${KIND}', expected schema or"
		" policies")
endif()

file(GLOB files LIST_DIRECTORIES FALSE "${DIR}/${pattern}")
list(SORT files)

set(texts "")
set(rows "")
set(index 0)
set(last 0)
foreach(file IN LISTS files)
	get_filename_component(name "${file}" NAME_WE)
	if(KIND STREQUAL "schema")
		if(NOT name MATCHES "^0*([1-9][0-9]*)_")
			message(FATAL_ERROR "${file}: a migration is named"
				" NNN_what.sql, NNN from 001")
		endif()
		set(key "${CMAKE_MATCH_1}")
		math(EXPR expected "${last} + 1")
		if(NOT key EQUAL expected)
			message(FATAL_ERROR "${file}: migration ${key} stands"
				" where ${expected} was expected")
		endif()
		set(last "${key}")
	else()
		set(key "\"${name}\"")
	endif()
	file(READ "${file}" hex HEX)
	# A line of the text is a line of the array.
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes
		"${hex}")
	if(bytes MATCHES "'.x00'")
		message(FATAL_ERROR "${file}: holds a NUL byte")
	endif()
	string(REPLACE "'\\x0a'," "'\\n',\n\t" bytes "${bytes}")
	string(APPEND texts
		"static const char text_${index}[] = {\n\t${bytes}0};\n\n")
	string(APPEND rows "\t{${key}, text_${index}},\n")
	math(EXPR index "${index} + 1")
endforeach()

# A table of no rows still needs an element: C has no empty array.
if(index EQUAL 0)
	set(rows "\t{0, 0},\n")
endif()

file(WRITE "${OUT}" "/* Generated from ${pattern}; do not edit. */
#include \"${header}\"

${texts}const struct ${type} ${table}[] = {
${rows}};

const size_t ${count} = ${index};
")

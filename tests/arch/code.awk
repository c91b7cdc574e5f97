# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints C source with comments and the insides of strings blanked, line by
# line as FILE:LINE:code, so that a rule about calls does not trip over prose.
# It does not expand macros or splice lines.

FNR == 1 {
	comment = 0
}

{
	out = ""
	text = $0
	while (text != "") {
		if (comment) {
			end = index(text, "*/")
			if (!end)
				break
			text = substr(text, end + 2)
			comment = 0
			out = out " "
			continue
		}
		if (substr(text, 1, 2) == "/*") {
			comment = 1
			text = substr(text, 3)
			continue
		}
		if (substr(text, 1, 2) == "//")
			break
		char = substr(text, 1, 1)
		if (char == "\"" || char == "'") {
			out = out char char
			text = substr(text, 2)
			while (text != "" && substr(text, 1, 1) != char)
				text = substr(text,
				    substr(text, 1, 1) == "\\" ? 3 : 2)
			text = substr(text, 2)
			continue
		}
		out = out char
		text = substr(text, 2)
	}
	print FILENAME ":" FNR ":" out
}

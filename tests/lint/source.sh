#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# source.sh ROOT: the form of the files: licence line, purpose, sizes, lengths of functions,
# clang-format, white space, and words that have no place in a tree that others read.
set -u
ROOT=${1:?usage: source.sh ROOT}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
cd "$ROOT" || exit 1

FILE_MAX=500     # lines of a C file
FUNCTION_MAX=60  # lines of a function; twice that in tests: a table-driven one is mostly table
PARAMETERS_MAX=6 # and the error
LINE_MAX=100     # columns, tabs of 8

# Every file of the project but licence, seeds and goldens; built and hidden trees left out.
all_files() {
	find . \( -path './.git' -o -path './build*' -o -path './tests/fuzz/corpus' \
		-o -name __pycache__ \) -prune -o -type f -print |
		sed 's,^\./,,' | grep -Ev '^LICENSE$|\.golden$|\.swp$|~$|\.orig$|\.rej$' | sort
}

c_files() {
	all_files | grep '\.[ch]$'
}

spdx_line() {
	local file first
	while IFS= read -r file; do
		first=$(head -n 2 "$file")
		[[ $first == *"SPDX-License-Identifier: GPL-2.0-or-later"* ]] ||
			echo "$file: no SPDX line on top"
	done < <(all_files | grep -E '\.(c|h|sh|py|build|txt)$|^(dev|tests/.*run|\.ci/run)$|meson\.build$' |
		grep -v '^meson_options\.txt$')
}

# What stands at the top is named in ARCHITECTURE.md; a test that writes where it was started shows here.
top() {
	find . -mindepth 1 -maxdepth 1 ! -name '.*' ! -name 'build*' -printf '%f\n' | sort |
		grep -Evx 'README\.md|ARCHITECTURE\.md|CONTRIBUTING\.md|LICENSE|meson\.build|meson_options\.txt|dev|core|tracefs|bpf|backends|sinks|tui|cli|themes|tests|docs' |
		sed 's/$/: does not belong at the top/'
	true
}

# Behind the licence line stands a comment: what the file is for.
purpose() {
	c_files | while IFS= read -r file; do
		awk 'NR == 1 && $0 != "/* SPDX-License-Identifier: GPL-2.0-or-later */" { bad = 1 }
			NR == 2 && $0 !~ /^\/\*/ { bad = 1 }
			NR == 2 { exit }
			END { exit bad || NR < 2 }' "$file" ||
			echo "$file: must open with the SPDX line and a comment of its purpose"
	done
}

# #ifndef and #define of one name that ends in the name of the file.
guards() {
	c_files | grep '\.h$' | while IFS= read -r file; do
		want=$(basename "$file" | tr 'a-z.-' 'A-Z__')
		awk -v want="$want" '
			$1 == "#ifndef" { name = $2; getline; ok = $1 == "#define" && $2 == name; exit }
			END { exit !(ok && substr(name, length(name) - length(want) + 1) == want) }' "$file" ||
			echo "$file: the include guard must end in $want"
	done
}

file_sizes() {
	c_files | xargs -r wc -l | awk -v max="$FILE_MAX" '$2 != "total" && $1 > max {
		print $2 ": " $1 " lines, more than " max }'
}

function_sizes() {
	c_files | xargs -r ctags -x --_xformat='%{line} %{end} %{input} %{name} %{signature}' \
		--kinds-C=f 2>/dev/null |
		awk -v max="$FUNCTION_MAX" -v params="$PARAMETERS_MAX" '
			$2 - $1 + 1 > ($3 ~ /^tests\// ? 2 * max : max) {
				print $3 ":" $1 ": " $4 " has " $2 - $1 + 1 " lines, more than " max }
			{
				text = $0
				# A place on the screen is three numbers, and one thing.
				sub(/int y, *int x, *int width,/, "place,", text)
				sub(/^[^(]*/, "", text)
				sub(/, *struct err *\* *[a-z_]*\)$/, ")", text)
				depth = 0; count = 1
				for (i = 1; i <= length(text); i++) {
					c = substr(text, i, 1)
					depth += (c == "(") - (c == ")")
					count += c == "," && depth == 1
				}
				if (count > params)
					print $3 ":" $1 ": " $4 " has " count " parameters"
			}'
}

formatted() {
	c_files | xargs -r clang-format --dry-run -Werror 2>&1 |
		awk -F: '/error:/ && $1 != file {
			file = $1
			print file ":" $2 ": the first place not as clang-format would have it" }'
}

white_space() {
	all_files | grep -Ev '\.(png|dat)$' | xargs -r awk -v max="$LINE_MAX" '
		/[ \t]$/ { print FILENAME ":" FNR ": white space at the end" }
		/\r/ { print FILENAME ":" FNR ": carriage return" }
		FILENAME ~ /\.[ch]$/ {
			line = $0; width = 0
			for (i = 1; i <= length(line); i++)
				width = substr(line, i, 1) == "\t" ? width + 8 - width % 8 : width + 1
			if (width > max && line !~ /"/)
				print FILENAME ":" FNR ": " width " columns"
		}'
	all_files | while IFS= read -r file; do
		[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at the end"
	done
}

comments() {
	c_files | xargs -r awk '
		{
			line = $0
			gsub(/"([^"\\]|\\.)*"/, "", line)
			if (line ~ /(^|[ \t;{}])\/\//)
				print FILENAME ":" FNR ": comments are /* */ only"
		}'
}

# Promises nobody keeps, and paths of somebody's machine.
words() {
	# The letters in brackets keep this file out of its own net. Tests may name the home of x.
	all_files | xargs -r grep -nE '\b(TO[D]O|FIX[M]E|X[X]X|not yet implemente[d])\b'
	all_files | xargs -r grep -nE '(^|[[:space:]"'\''=(:])/(hom[e]|roo[t]|wor[k]|User[s])/[a-zA-Z]' |
		grep -v '/hom[e]/x[/"]'
	true
}

check "every file says its licence" spdx_line
check "every C file says its purpose" purpose
check "nothing at the top but rooms and their map" top
check "include guards are named after the file" guards
check "no C file has more than $FILE_MAX lines" file_sizes
if have ctags && ctags --version | grep -q Universal; then
	check "no function has more than $FUNCTION_MAX lines or $PARAMETERS_MAX parameters" \
		function_sizes
else
	skip "lengths of functions" "universal-ctags is not installed"
fi
if have clang-format; then
	check "every C file is in form (./dev fmt)" formatted
else
	skip "form of C files" "clang-format is not installed"
fi
check "no stray white space, no line too long" white_space
check "comments are /* */" comments
check "no promises and no foreign paths" words
tap_end

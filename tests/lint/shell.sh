#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# shell.sh ROOT: shellcheck over every shell script, and Python that compiles.
set -u
ROOT=${1:?usage: shell.sh ROOT}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
cd "$ROOT" || exit 1

files() {
	find dev .ci tests docs -type f ! -path '*/corpus/*' ! -name '*.[ch]' 2>/dev/null | sort
}

by_shebang() { # REGEX
	files | while IFS= read -r file; do
		head -n 1 "$file" | grep -qE "$1" && echo "$file"
	done
}

lint_shell() {
	local list
	mapfile -t list < <(by_shebang '^#!.*[/ ](ba)?sh( |$)|^# shellcheck shell=')
	[ ${#list[@]} -gt 0 ] || { echo "no script found"; return; }
	shellcheck --severity=warning "${list[@]}"
}

compile_python() {
	by_shebang '^#!.*python3' | while IFS= read -r file; do
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file"
	done
}

executable() {
	by_shebang '^#!' | while IFS= read -r file; do
		[ -x "$file" ] || echo "$file: has #! and is not executable"
	done
}

if have shellcheck; then
	check "shellcheck has nothing to say" lint_shell
else
	skip "shellcheck" "shellcheck is not installed"
fi
check "Python compiles" compile_python
check "scripts are executable" executable
tap_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# selftest.sh ROOT: proves that the checks of the tree catch what they are for. Each case
# makes a small tree with one violation and wants the named check to fail for it, and a
# tree without one to pass.
set -u
ROOT=${1:?usage: selftest.sh ROOT}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$ROOT/tests/lint/tap.sh"

TREE=$(mktemp -d) || exit 1
trap 'rm -rf "$TREE"' EXIT

put() { # PATH LINE...: a C file with the lines the checks ask of all
	local path=$TREE/$1
	shift
	mkdir -p "$(dirname "$path")"
	{
		echo '/* SPDX-License-Identifier: GPL-2.0-or-later */'
		echo '/* a file of the self-test */'
		printf '%s\n' "$@"
	} >"$path"
}

good_tree() {
	rm -rf "${TREE:?}"/*
	cp "$ROOT/.clang-format" "$TREE/"
	put core/a.h '#ifndef CORE_A_H' '#define CORE_A_H' 'int a(void);' '#endif'
	put core/a.c '#include "core/a.h"' '' '#include <fcntl.h>' '' 'int a(void)' '{' \
		'	return open("/", O_RDONLY | O_CLOEXEC);' '}'
	put backends/backend.h '#ifndef BACKENDS_BACKEND_H' '#define BACKENDS_BACKEND_H' '#endif'
	put tui/view.c '#include "backends/backend.h"'
	put cli/main.c '#include <stdio.h>' '#include "core/a.h"'
}

# caught SCRIPT CASE FILE LINE...: FILE with these lines makes CASE fail, and nothing else.
caught() {
	local script=$1 case=$2 file=$3 out
	shift 3
	good_tree
	put "$file" "$@"
	out=$(bash "$ROOT/tests/lint/$script" "$TREE" 2>&1)
	if ! grep -q "^not ok .*$case" <<<"$out" || ! grep -q "^# $file" <<<"$out"; then
		echo "not caught: $file: $*"
		echo "$out"
	fi
}

clean() { # SCRIPT
	local out
	good_tree
	out=$(bash "$ROOT/tests/lint/$1" "$TREE" 2>&1) || echo "$out"
}

L=layering.sh S=source.sh
check "a good tree passes layering" clean $L
check "a good tree passes the form" clean $S
check "a file that a test left at the top" caught $S "at the top" config '[ui]'
check "core must not include tracefs" caught $L "rooms include" core/b.c '#include "tracefs/x.h"'
check "core must not include a room that is there" \
	caught $L "rooms include" core/b.c '#include "backends/backend.h"'
check "sinks must not include backends" \
	caught $L "rooms include" sinks/b.c '#include "backends/backend.h"'
check "tui takes no other header of backends" \
	caught $L "rooms include" tui/b.c '#include "cli/main.c"'
check "includes are written from the root" caught $L "rooms include" core/b.c '#include "a.h"'
check "no way around by .." caught $L "rooms include" core/b.c '#include "core/../cli/main.c"'
check "spaces do not hide an include" \
	caught $L "rooms include" core/b.c ' # include	"cli/main.c"'
check "curses has one place" caught $L "libraries" tui/view2.c '#include <ncursesw/curses.h>'
check "libtraceevent has one place" caught $L "libraries" tracefs/b.c '#include <event-parse.h>'
check "libtracefs has its room" caught $L "libraries" backends/b.c '#include <tracefs.h>'
check "libbpf has its place" caught $L "libraries" core/b.c '#include <bpf/libbpf.h>'
check "libtracecmd is for tests" caught $L "libraries" tracefs/b.c '#include <trace-cmd.h>'
check "printf below cli" caught $L "prints" core/b.c 'void b(void)' '{' '	printf("x");' '}'
check "exit below cli" caught $L "prints" sinks/b.c 'void b(void)' '{' '	exit(1);' '}'
check "standard error below cli" \
	caught $L "prints" core/b.c 'void b(void)' '{' '	fputs("x", stderr);' '}'
check "open without O_CLOEXEC" \
	caught $L "close-on-exec" core/b.c 'int b(void)' '{' '	return open("/",' '		O_RDONLY);' '}'
check "fopen without e" \
	caught $L "close-on-exec" core/b.c 'void b(void)' '{' '	fopen("/", "r");' '}'
check "a file of 501 lines" caught $S "lines" core/b.c "$(printf 'int a;\n%.0s' {1..501})"
if have ctags; then
	check "a function of 61 lines" caught $S "no function" core/b.c 'void b(void)' '{' \
		"$(printf '\tb();\n%.0s' {1..60})" '}'
	check "a function of seven parameters" caught $S "no function" core/b.c \
		'void b(int a, int b, int c, int d, int e, int f, int (*g)(int, int))' '{' '}'
else
	skip "lengths of functions" "universal-ctags is not installed"
fi
if have clang-format; then
	check "a file out of form" caught $S "in form" core/b.c 'int  b ;'
else
	skip "a file out of form" "clang-format is not installed"
fi
check "white space at the end" caught $S "white space" core/b.c 'int b; '
check "a line of 101 columns" caught $S "white space" core/b.c "$(printf 'int b%097d;' 0)"
check "a comment of two slashes" caught $S "comments" core/b.c 'int b; // no'
check "a promise" caught $S "promises" core/b.c "/* TO""DO: b */"
check "a foreign path" caught $S "promises" core/b.c 'char *b = "/ho''me/me/b";'
check "a header with another guard" caught $S "guards" core/b.h '#ifndef CORE_C_H' '#define CORE_C_H' '#endif'
no_licence() {
	good_tree
	echo 'int b;' >"$TREE/core/b.c"
	bash "$ROOT/tests/lint/$S" "$TREE" | grep -q '^# core/b.c: no SPDX' || echo "not caught"
}
check "a file without a licence" no_licence
tap_end

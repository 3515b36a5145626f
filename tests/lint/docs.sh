#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs.sh ROOT PROGRAM: the man page, the completion and --help name the same commands and
# options; the man pages render without a warning; the README keeps its size and its top.
set -u
ROOT=${1:?usage: docs.sh ROOT PROGRAM}
PROGRAM=${2:?usage: docs.sh ROOT PROGRAM}
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
cd "$ROOT" || exit 1

README_MAX=120
MAN=docs/tapdeck.1
COMPLETION=docs/tapdeck.bash-completion

help_text() {
	local command
	"$PROGRAM" --help
	for command in $(help_commands); do "$PROGRAM" "$command" --help; done
}

# The commands are what stands indented by two under "Commands:" or its like.
help_commands() {
	"$PROGRAM" --help | awk 'tolower($1) ~ /^commands:?$/ { on = 1; next }
		/^[^ \t]/ { on = 0 }
		on && /^ +[a-z]/ { print $1 }' | sort -u
}

# Long and short options that open a line: "  -e, --events TRACER" or "  --json".
help_options() {
	help_text | grep -E '^ +-' | grep -oE '^ +-[^ ]*( *,? *--[a-z-]+)?' |
		grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,' | sort -u
}

man_options() {
	sed -n '/^\.SH OPTIONS/,/^\.SH /p' $MAN | grep -E '^\.(B|BR|BI|RB)? *"?\\-' |
		sed 's/\\-/-/g' | grep -oE -- '(^|[ ,"])--?[a-zA-Z][a-z-]*' | tr -d ' ,"' | sort -u
}

man_commands() {
	sed -n '/^\.SH COMMANDS/,/^\.SH /p' $MAN | sed -n 's/^\.BR\{0,1\} "\{0,1\}tapdeck \([a-z]*\).*/\1/p' |
		sort -u
}

completion_words() { # NAME of the variable
	sed -n "s/^[[:space:]]*local .*\\b$1='\\([^']*\\)'.*/\\1/p" $COMPLETION | tr ' ' '\n' |
		grep . | sort -u
}

same() { # WHAT, LIST A, LIST B: says which words are in one alone
	local what=$1
	[ -n "$2" ] || echo "$what: the first list is empty"
	diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") |
		sed -n "s/^< /$what: only --help has /p; s/^> /$what: --help lacks /p"
	true
}

man_renders() {
	groff -man -Tutf8 -ww -z "$MAN" docs/tapdeck-filter.7 docs/tapdeck-bpf.7 2>&1
	true
}

readme_size() {
	local lines
	lines=$(wc -l <README.md)
	[ "$lines" -le "$README_MAX" ] || echo "README.md has $lines lines, more than $README_MAX"
}

readme_top() {
	local top
	top=$(head -n 20 README.md)
	[[ $top == *"sudo ./dev run"* ]] || echo "README.md: no 'sudo ./dev run' on top"
	[[ $top == *"sudo ./dev test"* ]] || echo "README.md: no 'sudo ./dev test' on top"
}

# What the page on BPF programs is to say of those built in, as the program says it.
bpf_tracers() {
	XDG_CONFIG_HOME=/nonexistent "$PROGRAM" list 'bpf:*' | awk '
		function safe(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/"/, "\\(dq", s); return s }
		/^bpf:/ { name = $1 }
		/^    events: / { print ".TP\n.BR " name " \" (events)\""; print safe(substr($0, 13)) }
		/^    table, counted in the kernel: / {
			print ".TP\n.BR " name " \" (table)\""; print safe(substr($0, 35)) }
		/^    cost: / { print "Cost: " safe(substr($0, 11)) "." }
		/^    option / {
			option = substr($0, 12); help = option
			sub(/  .*/, "", option); sub(/^[^=]*=[^ ]*  /, "", help)
			value = option; sub(/=.*/, "", option); sub(/^[^=]*/, "", value)
			print ".br\n.IR " option " \"" safe(value) ":\""; print safe(help)
		}'
}

bpf_tracers_said() {
	diff <(bpf_tracers) <(sed -n '/^\.SH BUILT-IN TRACERS/,/^\.SH /p' docs/tapdeck-bpf.7 | sed '1d;$d') |
		sed -n 's/^< /docs\/tapdeck-bpf.7 lacks: /p; s/^> /only docs\/tapdeck-bpf.7 has: /p'
}

bpf_keys_said() {
	same 'keys of manifests' \
		"$(sed -n '/^} keys\[\]/,/^};/p; /^static const struct {/,/^};/p' bpf/manifest.c |
			grep -oE '\{ "[a-z]+"' | tr -d '{ "' | sort -u)" \
		"$(sed -n '/^\.SH MANIFEST/,/^\.SH EX/p' docs/tapdeck-bpf.7 | grep -E '^\.B[IR] ' |
			sed 's/^\.BI \([a-z]*\).*/\1/; s/^\.BR //; s/" = .*//; s/", "//g' | tr ' ' '\n' |
			grep -E '^[a-z]+$' | sort -u)" | sed 's/--help/bpf\/manifest.c/g'
}

# Options and tracers that the pages and --help name for example are there.
bpf_examples() {
	local known name
	known=$(bpf_tracers | sed -n 's/^\.BR bpf:\([a-z_0-9]*\) .*/\1/p; s/^\.IR \([a-z_]*\) .*/ \1/p' |
		awk '/^[^ ]/ { t = $1; print t } /^ / { print t "." $1 }')
	for name in $({ cat README.md docs/*.[17] && help_text; } |
		grep -oE 'bpf:[a-z_]+\.[a-z_]+=' | sed 's/bpf://; s/=//' | sort -u); do
		[[ $name == calls.* ]] || grep -qx "$name" <<<"$known" || echo "there is no option bpf:$name"
	done
	sed -n '/^\[tracer bpf:/,/^\.EE/p' docs/*.[17] | sed 's/^\[tracer bpf:\(.*\)\]/+ \1/; s/ = .*//' |
		grep -v '^\.' | awk '/^\+/ { t = $2; next } { print t "." $1 }' | while read -r name; do
		grep -qx "$name" <<<"$known" || echo "there is no option bpf:$name"
	done
}

# completes WORD WANTED [BEFORE...]: what bash would offer behind "tapdeck BEFORE... WORD".
completes() {
	local word=$1 wanted=$2 reply
	shift 2
	reply=$(bash -c '
		source "$1"
		shift
		COMP_WORDS=(tapdeck "$@") COMP_CWORD=$#
		_tapdeck
		printf "%s\n" "${COMPREPLY[@]}"' _ "$COMPLETION" "$@" "$word" 2>&1)
	grep -qxF -- "$wanted" <<<"$reply" || echo "'$*' '$word' offers: $reply"
}

check "man page options are those of --help" same options "$(help_options)" "$(man_options)"
check "man page commands are those of --help" same commands "$(help_commands)" "$(man_commands)"
check "completion options are those of --help" \
	same options "$(help_options)" "$(completion_words options)"
check "completion commands are those of --help" \
	same commands "$(help_commands)" "$(completion_words commands)"
check "completion offers commands" completes st stream
check "completion offers options" completes --js --json stream
check "completion offers files" completes READ README.md
if have groff; then
	check "the man page renders without a warning" man_renders
else
	skip "the man page renders" "groff is not installed"
fi
check "the page on BPF has all keys of manifests" bpf_keys_said
if "$PROGRAM" list bpf:exec >/dev/null 2>&1; then
	check "the page on BPF says of the tracers what they say" bpf_tracers_said
	check "options of BPF programs in examples are there" bpf_examples
else
	skip "the page on BPF says of the tracers what they say" "built without BPF"
	skip "options of BPF programs in examples are there" "built without BPF"
fi
check "README.md has at most $README_MAX lines" readme_size
check "README.md opens with the two commands" readme_top
tap_end

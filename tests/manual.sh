# tests/manual.sh: runs the examples of a manual page.  Sourced after lib.sh.
# shellcheck shell=bash

# manual PAGE [RUNNER]: in the EXAMPLES of man/PAGE, a literal line "$ COMMAND" is run
# in $T (by "RUNNER COMMAND"; default: bash -c) and must print exactly the lines below
# it, up to the next command or the end of the display.
manual()
{
	local page=$1 runner=${2:-bash -c} n=0 command
	if ! command -v mandoc >/dev/null; then
		skip "examples of $page: no mandoc"
		return
	fi
	rm -rf "$T/manual"
	mkdir "$T/manual"
	# In each display the indentation is that of its first line; a file a command.
	mandoc -Tascii -Owidth=300 "$HERE/man/$page" | col -b -x | awk -v dir="$T/manual" '
		/^[A-Z]/ { on = $0 == "EXAMPLES"; file = ""; next }
		!on { next }
		/^ *\$ / { n++; indent = index($0, "$") - 1; file = sprintf("%s/%03d", dir, n)
			print substr($0, indent + 3) >file ".cmd"; printf "" >file ".want"; next }
		/^$/ { file = ""; next }
		file != "" { print substr($0, indent + 1) >file ".want" }'
	for command in "$T"/manual/*.cmd; do
		[ -e "$command" ] || break
		n=$((n + 1))
		(cd "$T" && $runner "$(cat "$command")") >"$T/manual/out" 2>&1 </dev/null
		check "example $n of $page: $(cut -c 1-50 "$command")" \
			diff "${command%.cmd}.want" "$T/manual/out"
	done
	[ "$n" -gt 0 ] || fail "$page has no examples that can be run"
}

# tests/rules.sh: the rules, read from the sources.  Sourced in the source tree.
# shellcheck shell=bash

# rule_rows: a line for each row of the tables in lib/judge/check_*.c: id, switch (or -),
# file:line, function, what it says; separated by tabs.
rule_rows()
{
	awk '
		/^\t\{ "(KSR|SKR|PLAN)-[A-Z-]+", "/ {
			split($0, part, "\"")
			id = part[2]; what = part[4]; line = FNR
			next
		}
		id != "" {
			match($0, /[a-z_]+/)
			judge = substr($0, RSTART, RLENGTH)
			word = "-"
			if (match($0, /SWITCH\([a-z_]+, [a-z_]+\)/)) {
				word = substr($0, RSTART + 7, RLENGTH - 8)
				sub(/, /, "_policy.", word)
			}
			printf "%s\t%s\t%s:%d\t%s\t%s\n", id, word, FILENAME, line, judge, what
			id = ""
		}' lib/judge/check_*.c
}

# The rules that are no row of a table: id, switch, where they are judged, function, what.
rule_others()
{
	local id word file judge what
	while IFS='|' read -r id word file judge what; do
		printf '%s\t%s\t%s:%s\t%s\t%s\n' "$id" "$word" "$file" \
			"$(grep -n "\"$id\"" "$file" | head -n 1 | cut -d : -f 1)" "$judge" "$what"
	done <<-END
		KSR-XML|-|lib/model/ksr.c|ksr_parse|well-formed XML, and no document type
		KSR-SCHEMA|-|lib/model/ksr.c|ksr_parse|a request as ksr(5) describes it
		SKR-XML|-|lib/model/skr.c|skr_parse|well-formed XML, and no document type
		SKR-SCHEMA|-|lib/model/skr.c|skr_parse|a response as ksr(5) describes it
		PLAN-SLOTS|ksk_policy.check_plan_slots|lib/judge/plan.c|plan_build|the schema and the keys fit the request, and are confirmed
	END
}

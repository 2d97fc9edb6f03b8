# tests/zsks.sh: quarters of ZSKs, their key list and their policy.  Sourced after lib.sh.
# shellcheck shell=bash

# zsks D ALGORITHM ZONE [QUARTERS]: in the folder D the keys zsk-YYYY-MM-DD.pem, active for a quarter each, the
# first from October 2026 on; their list D/list; D/policy.yaml with D as key_dir.
zsks()
{
	local i day names=()
	mkdir -p "$1"
	"$TESTS/mint" policy --dir "$1" --zone "$3" --algorithm "$2" ksk-1 >"$1/policy.yaml" || return 1
	rm -f "$1/ksk-1.pem"
	printf "zsk:\n  domain: '%s'\n  algorithm: %s\n  key_dir: %s\n" "$3" "$2" "$1" >>"$1/policy.yaml"
	: >"$1/list"
	for ((i = 0; i < ${4:-4}; i++)); do
		day=$(date -u -d "2026-10-01 $((3 * i)) months" +%F)
		names+=("zsk-$day")
		zskline "$day" "$2" "$3" >>"$1/list"
	done
	"$TESTS/mint" keys --dir "$1" --algorithm "$2" "${names[@]}"
}

# zskline DAY ALGORITHM ZONE [UNTIL [FLAGS]]: the key list's line of zsk-DAY.
zskline()
{
	printf '%s\tzsk-%s\t-\tzsk\t%s\t-\t-\t-\t%s\t%s\t%s\t-\n' "$3" "$1" "$2" "$1" \
		"${4:-$(date -u -d "$1 3 months" +%F)}" "${5:-pP}"
}

# slots FILE: of each slot of a request the number of its keys, on one line.
slots()
{
	ksr-show "$1" | awk '$1 ~ /^[0-9]+$/ { printf "%s%d", sep, split($4, keys, ","); sep = " " }'
}

# names FILE: of each slot the days of the keys zsk-DAY in it, a line a slot.
names()
{
	awk '/<RequestBundle/ { n++ } match($0, /<Key keyIdentifier="[^"]*"/) {
		name = substr($0, RSTART + 20, RLENGTH - 21); sub(/^zsk-/, "", name)
		list[n] = list[n] " " name } END { for (i = 1; i <= n; i++) print i list[i] }' "$1" |
		while read -r n rest; do
			# shellcheck disable=SC2086
			echo "$n $(printf '%s\n' $rest | sort | xargs)"
		done
}

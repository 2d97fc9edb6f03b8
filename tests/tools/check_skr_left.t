# examples/check_skr_left: the four answers of a plugin.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
PATH=$HERE/examples:$PATH
# From 12 days ago on: 89 days are left; and one that is over.
"$TESTS/mint" ceremony --dir now --algorithm ECDSAP256SHA256 --start "$(date -u -d '12 days ago' +%F)"
"$TESTS/mint" ceremony --dir old --algorithm ECDSAP256SHA256 --start "$(date -u -d '200 days ago' +%F)"

# answer STATUS PATTERN NAME ARGUMENT...: this status, and one line of this form.
answer()
{
	local want=$1 pattern=$2 name=$3
	shift 3
	run check_skr_left "$@"
	expect "$want" "$name"
	check "$name: one line" test "$(wc -l <out)" -eq 1 -a ! -s err
	check "$name: its line" grep -qE -- "^SKR $pattern\$" out
}
line='left 8[89] days \([0-9]+ s\), until 20[0-9T:-]+Z\|left=[0-9]+s'
answer 0 "OK - $line" "enough is left" now/skr.xml
answer 0 "OK - $line" "thresholds below it" -w P80D -c P70D now/skr.xml
answer 1 "WARNING - $line" "below -w" -w P100D now/skr.xml
answer 2 "CRITICAL - $line" "below -c" -w P110D -c P100D now/skr.xml
answer 2 'CRITICAL - left 0 days \(0 s\), nothing holds at .*\|left=0s' "over" old/skr.xml
answer 2 'CRITICAL - skr-show: now/ksr.xml:3: SKR-SCHEMA: .*' "no response" now/ksr.xml
: >empty
answer 2 'CRITICAL - skr-show: empty: SKR-XML: .*' "empty" empty
cp now/ksr.xml 'a|b'
answer 2 'CRITICAL - skr-show: a/b:3: [^|]*' "no data for graphs in a name" 'a|b'
answer 3 'UNKNOWN - skr-show: nowhere: No such file or directory' "no file" nowhere
answer 3 'UNKNOWN - skr-show: --warn takes .*' "no duration" -w 14 now/skr.xml
for arguments in "" "-" "-x" "now/skr.xml now/skr.xml" "-w"; do
	# shellcheck disable=SC2086
	run check_skr_left $arguments </dev/null
	expect 3 "usage: '$arguments'"
	check "usage: '$arguments': its line" grep -qx 'SKR UNKNOWN - usage: .*' out
done
done_testing

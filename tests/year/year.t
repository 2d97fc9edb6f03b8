# A year on real servers, as pipes/quarter.t has a quarter: four quarters, of both shapes of zones, with both
# algorithms, the ZSKs on a token and in files.  Takes some minutes: "make check-year".
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/zsks.sh"
. "$HERE/tests/year.sh"
cd "$T" || exit 1
new_token main
engine

while read -r d shape zone alg holder; do
	check "$d: keys" story "$d" "$shape" "$zone" "$alg" "$holder"
	check "$d: the quarter before" sitting "$d" 0 2026q4
	check "$d: servers" prepare "$d"
	check "$d: Knot DNS takes response 0" knot_takes "$d" "$d/0.skr"
	for n in 1 2 3 4; do
		check "$d: quarter $n" sitting "$d" $n 2027q$n
		check "$d: Knot DNS takes response $n" knot_takes "$d" "$d/$n.skr"
		cp -r "$d/knot" "$d/knot.early"
		boundaries "$d" $n
		[ $n -lt 4 ] || the_end "$d" $n
		[ $n -gt 1 ] || controls "$d" $n
		by_itself "$d" $n
		rm -r "$d/knot"
		mv "$d/knot.early" "$d/knot"
	done
done <<'END'
root_token root . RSASHA256 token
tld_files tld test RSASHA256 files
root_files root . ECDSAP256SHA256 files
tld_token tld test ECDSAP256SHA256 token
END

done_testing

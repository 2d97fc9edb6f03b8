# A quarter on real servers: its requests, its responses, and at each boundary of a slot the zone signed, verified,
# served by three servers and validated by two validators; what must not be believed is not.
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/zsks.sh"
. "$HERE/tests/year.sh"
cd "$T" || exit 1
new_token main
engine

# The root's shape with ZSKs on a token, that of a TLD with ZSKs in files.
check "root: keys" story root root . RSASHA256 token
check "tld: keys" story tld tld test ECDSAP256SHA256 files
for d in root tld; do
	check "$d: the quarter before" sitting $d 0 2026q4
	check "$d: the quarter" sitting $d 1 2027q1
	check "$d: servers" prepare $d
	for n in 0 1; do
		check "$d: Knot DNS takes response $n" knot_takes $d $d/$n.skr
	done
	cp -r $d/knot $d/knot.early
	boundaries $d 1
	the_end $d 1
	controls $d 1
done
by_itself root 1

done_testing

# The samples of testdata/: each bad one is refused for exactly the rules that its index
# names, each good one passes unchanged; and so do new ones with new keys.
# shellcheck shell=bash
. "$(dirname "$0")/../lib.sh"
DATA=$HERE/testdata
MINT=$TESTS/mint
cd "$T" || exit 1

# judge KIND ARGUMENT...: by the tool for this kind of document.
judge()
{
	local tool=$1-check
	shift
	run timeout 20 "$tool" "$@"
}

# all_broken NAME FILE KIND "RULE..." ARGUMENT...: exactly these rules; "-": none.
all_broken()
{
	local name=$1 file=$2 kind=$3 want
	if [ "$4" = - ]; then
		accepted "${@:1:3}" "${@:5}"
		return
	fi
	want=$(tr ' ' '\n' <<<"$4" | sort -u | tr '\n' ' ')
	shift 4
	judge "$kind" "$@" "$file"
	broke "${want% }" "$name"
}

# accepted NAME FILE KIND ARGUMENT...: exit 0 and the same bytes.
accepted()
{
	local name=$1 file=$2 kind=$3
	shift 3
	judge "$kind" "$@" "$file"
	if [ "$status" -eq 0 ] && cmp -s "$T/out" "$file"; then
		pass "$name"
	else
		fail "$name: exit $status"
	fi
}

# ceremony FOLDER TIME: its request and its response pass; another anchor's does not.
ceremony()
{
	accepted "$1: request" "$1/ksr.xml" ksr --policy "$1/policy.yaml" \
		--previous "$1/prev.xml" --time "$2"
	accepted "$1: response" "$1/skr.xml" skr --policy "$1/policy.yaml" \
		--previous "$1/prev.xml" --ksr "$1/ksr.xml" --anchor "$1/ksk.ds" --time "$2"
}

cd "$DATA" || exit 1
while IFS=$'\t' read -r file kind rules arguments meaning; do
	# shellcheck disable=SC2086
	all_broken "$file: $meaning" "bad/$file" "$kind" "$rules" $arguments
done <bad/INDEX
check "every bad file is in the index" \
	diff <(cut -f 1 bad/INDEX | sort) <(cd bad && printf "%s\n" *.xml | sort)
for rule in KSR-XML KSR-SCHEMA SKR-XML SKR-SCHEMA \
	$(grep -hoE '^	\{ "(KSR|SKR)-[A-Z-]+"' "$HERE"/lib/judge/*.c | grep -oE '(KSR|SKR)-[A-Z-]+' | sort -u); do
	check "$rule has a file" grep -qE "	([A-Z -]* )?$rule( [A-Z -]*)?	" bad/INDEX
done

ceremony good 2026-12-02
ceremony good/ec 2026-12-02
ceremony good/ed 2026-12-02
while IFS=$'\t' read -r file kind rules arguments meaning; do
	# shellcheck disable=SC2086
	accepted "$file: $meaning" "good/more/$file" "$kind" $arguments
done <good/more/INDEX
check "every such file is in the index" \
	diff <(cut -f 1 good/more/INDEX | sort) <(cd good/more && printf "%s\n" *.xml | sort)
all_broken "control: the anchor of another ceremony" good/skr.xml skr "SKR-ANCHOR SKR-KSKS" \
	--policy good/policy.yaml --first --ksr good/ksr.xml --anchor good/ec/ksk.ds

while IFS=$'\t' read -r file meaning; do
	judge ksr --policy good/ec/policy.yaml --first "hostile/$file"
	refused 1 ': KSR-(XML|SCHEMA): ' "hostile $file: $meaning"
	judge skr --policy good/ec/policy.yaml --first --no-anchor "hostile/$file"
	refused 1 ': SKR-(XML|SCHEMA): ' "hostile $file, as a response"
done <hostile/INDEX
check "every hostile file is in the index" \
	diff <(cut -f 1 hostile/INDEX | sort) <(cd hostile && printf "%s\n" *.xml | sort)

# A document that ends early, at many a byte.
size=$(stat -c %s good/ec/ksr.xml)
early=0
for ((at = 0; at < size - 1; at += 101)); do
	head -c $at good/ec/ksr.xml >"$T/early.xml"
	judge ksr --policy good/ec/policy.yaml --first "$T/early.xml"
	{ [ "$status" -eq 1 ] && [ ! -s "$T/out" ] && grep -q 'KSR-XML' "$T/err"; } ||
		fail "cut at byte $at: exit $status"
	early=$((early + 1))
done
pass "a request cut at $early places"

# The same documents, written in other legal ways.
while IFS=$'\t' read -r form meaning; do
	"$MINT" legal --form "$form" --in good/ec/ksr.xml >"$T/legal.xml"
	accepted "a request with $meaning" "$T/legal.xml" ksr --policy good/ec/policy.yaml \
		--previous good/ec/prev.xml --time 2026-12-02
	check "a request with $meaning: other bytes" \
		test "$form" = offset -o "$(cmp -s "$T/legal.xml" good/ec/ksr.xml; echo $?)" = 1
	[ "$form" = signers ] && continue	# of a request only
	"$MINT" legal --form "$form" --in good/ec/skr.xml >"$T/legal.xml"
	accepted "a response with $meaning" "$T/legal.xml" skr --policy good/ec/policy.yaml \
		--previous good/ec/prev.xml --ksr good/ec/ksr.xml --anchor good/ec/ksk.ds
done < <("$MINT" legal --form list)

# New ceremonies: every algorithm, a zone below the root, every quarter of a year.
cd "$T" || exit 1
for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	check "$a: made" "$MINT" ceremony --dir $a --algorithm $a --zone ceremony.example
	ceremony $a 2026-12-02
done
for start in 2027-04-01 2027-07-01 2027-10-01 2028-04-01; do
	check "$start: made" "$MINT" ceremony --dir $start --algorithm ED25519 --start $start
	ceremony $start $start
done

# Every case once more, with new keys of another algorithm.
A=ED25519
M=$T/again
check "a ceremony for the cases" "$MINT" ceremony --dir "$M" --algorithm $A
cd "$M" || exit 1
while IFS=$'\t' read -r name kind rules arguments meaning; do
	case $name,$kind in
	KSR-*,ksr | KSR-*,text)
		kind=ksr
		"$MINT" ksr --dir . --algorithm $A --break "$name" >"${name/\//-}.xml"
		;;
	*)
		kind=skr
		"$MINT" skr --dir . --ksr ksr.xml --break "$name" >"${name/\//-}.xml"
		;;
	esac
	# shellcheck disable=SC2086
	all_broken "$A: $name" "${name/\//-}.xml" $kind "$rules" $arguments
done < <("$MINT" cases --algorithm $A)

# What mint itself refuses.
cd "$T" || exit 1
run "$MINT" ksr --dir keys --break KSR-NO/such
refused 2 'no such case' "mint: an unknown case"
run "$MINT" ksr --dir keys --algorithm ED25519 --break KSR-POLICY-ALG/size
refused 2 'does not exist with this algorithm' "mint: a case of RSA with another algorithm"
run "$MINT" nothing
refused 2 "no command 'nothing'" "mint: an unknown command"
check "mint: private keys are for the owner alone" test "$(stat -c %a again/ksk-1.pem)" = 600
check "mint: same keys, same request" cmp <("$MINT" ksr --dir again --algorithm $A) again/ksr.xml

done_testing

# assurance: every rule has its row, code, switch, paragraph, samples and unit test.
. "$(dirname "$0")/../lib.sh"
cd "$HERE" || exit 1

run tests/assurance "$BIN/.."
expect 0 "each rule has all that it needs"
[ "$status" -eq 0 ] || grep -F '(none)' "$T/out" | sed 's/^/# /'
check "there are rules" test "$(grep -c ' | ' "$T/out")" -ge 30
check "KSR-CHAIN-KEYS has two rows" test "$(grep -c '^KSR-CHAIN-KEYS | ' "$T/out")" -eq 2

# What is missing is noticed: in a copy of what is read, one thing less each time.
mkdir "$T/build"
empty=$(awk 'END { print $3 }' "$T/out")
ln -s "$TESTS" "$T/build/tests"
lacking()
{
	local name=$1
	shift
	rm -rf "$T/tree"
	mkdir -p "$T/tree/testdata/bad"
	cp -r lib src man tests "$T/tree"
	cp testdata/bad/INDEX "$T/tree/testdata/bad"
	(cd "$T/tree" && "$@")
	run "$T/tree/tests/assurance" "$T/build"
	expect 1 "$name"
	check "$name: one more cell is empty" \
		test "$(awk 'END { print $3 }' "$T/out")" -gt "$empty"
}
lacking "no paragraph" sed -i 's/^\.It KSR-DOMAIN .*/.It Nothing/' man/ksr-rules.7
lacking "no sample" sed -i '/^KSR-DOMAIN-/d' testdata/bad/INDEX
lacking "no unit test" sed -i 's/"KSR-DOMAIN"/"NOTHING"/' tests/unit/*.c
lacking "no such switch in the manual" sed -i 's/^\.It Ic check_domain .*/.It Ic nothing/' man/ksr-policy.5
lacking "a rule that is in no table" sed -i '1s/^/static const char *id = "KSR-SECRET";\n/' lib/judge/plan.c
printf 'KSR-DOMAIN\trequest_policy.check_domain\tcheck_domain\tSURVIVES\n' >"$T/build/mutation.txt"
lacking "a mutant that survives" true

done_testing

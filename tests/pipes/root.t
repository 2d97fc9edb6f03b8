# The root zone's own published KSRs and SKRs: what each breaks, and no more.
# They are read from the folder that KSR_DATA names.
. "$(dirname "$0")/../lib.sh"

if [ -z "${KSR_DATA:-}" ]; then
	skip "KSR_DATA is not set: the published files of the root zone are not here"
	done_testing
	exit
fi
R=$KSR_DATA/root
cd "$T" || exit 1

# ds FILE TAG DIGEST: an anchor file.
ds()
{
	echo ". 172800 IN DS $2 8 2 $3" >"$1"
}
ds ksk1.ds 5017 F40FACFD24EBF0BA0665356B13A568631BB46D01D7C079D65CECD4286057B2F0
ds 2010.ds 19036 49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5
ds 2017.ds 20326 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D

# policy FILE WORD...: a policy of defaults but for these words of request_policy.
policy()
{
	local f=$1
	shift
	echo "request_policy:" >"$f"
	printf '  %s\n' "signature_check_expire_horizon: false" "$@" >>"$f"
}
policy default.yaml

run ksr-check --policy default.yaml --previous "$R/skr-root-2017-q1-0.xml" --anchor 2010.ds \
	"$R/ksr-root-2017-q2-0.xml"
expect 0 "2017-q2 breaks nothing"
check "2017-q2 is passed on byte for byte" cmp "$T/out" "$R/ksr-root-2017-q2-0.xml"

run ksr-check --policy default.yaml --previous "$R/skr-root-2017-q1-0.xml" --anchor 2017.ds \
	"$R/ksr-root-2017-q2-0.xml"
broke "SKR-ANCHOR" "2017-q2 after an SKR that the anchor does not name"

run ksr-check --policy default.yaml --previous "$R/skr-root-2017-q1-0.xml" \
	"$R/ksr-root-2017-q2-0.xml"
refused 2 "nothing to authenticate it with" "2017-q2 after an SKR without any anchor"

run ksr-check --policy default.yaml --previous "$R/skr-root-2017-q1-0.xml" \
	--unauthenticated-previous "$R/ksr-root-2017-q2-0.xml"
expect 0 "2017-q2 after an SKR that is taken as it is"

# On the day of that ceremony the horizon holds too; a year later it does not.
echo '{}' >horizon.yaml
run ksr-check --policy horizon.yaml --time 2017-02-02 --previous "$R/skr-root-2017-q1-0.xml" \
	--anchor 2010.ds "$R/ksr-root-2017-q2-0.xml"
expect 0 "2017-q2 on 2 February 2017"
run ksr-check --policy horizon.yaml --time 2016-12-01 --previous "$R/skr-root-2017-q1-0.xml" \
	--anchor 2010.ds "$R/ksr-root-2017-q2-0.xml"
broke "KSR-POLICY-SIG-HORIZON" "2017-q2 too early"
run ksr-check --policy horizon.yaml --previous "$R/skr-root-2017-q1-0.xml" --anchor 2010.ds \
	"$R/ksr-root-2017-q2-0.xml"
broke "KSR-POLICY-SIG-HORIZON" "2017-q2 today"

# RSA-1024, and bundles that end one second short of what their own policy says.
run ksr-check --policy default.yaml --first "$R/ksr-root-2016-q3-0.xml"
broke "KSR-POLICY-ALG KSR-POLICY-SIG-OVERLAP KSR-POLICY-SIG-VALIDITY" "2016-q3"
off2016="signature_algorithms_match_zsk_policy check_bundle_overlap signature_validity_match_zsk_policy"

# Besides: a policy with exponent 3 for keys with 65537.
after=(--previous "$R/skr-root-2009-q4-2.xml" --anchor ksk1.ds)
run ksr-check --policy default.yaml "${after[@]}" "$R/ksr-root-2010-q1-0.xml"
broke "KSR-BUNDLE-KEYS KSR-CHAIN-OVERLAP KSR-POLICY-ALG KSR-POLICY-SIG-OVERLAP KSR-POLICY-SIG-VALIDITY" \
	"2010-q1 after 2009-q4"
off2010="$off2016 keys_match_zsk_policy check_chain_overlap"

# exactly NAME WORDS ARGUMENT...: accepted with these switches off, refused with any
# one of them on again.
exactly()
{
	local name=$1 words=$2 on w
	shift 2
	policy off.yaml
	for w in $words; do echo "  $w: false"; done >>off.yaml
	run ksr-check --policy off.yaml "$@"
	expect 0 "$name with exactly its switches off"
	for on in $words; do
		grep -v "  $on:" off.yaml >on.yaml
		run ksr-check --policy on.yaml "$@"
		refused 1 "KSR-" "$name with $on on again"
	done
}
exactly 2016-q3 "$off2016" --first "$R/ksr-root-2016-q3-0.xml"
exactly 2010-q1 "$off2010" "${after[@]}" "$R/ksr-root-2010-q1-0.xml"

# The other way for 2010: say what its policy says.
policy exponent.yaml "rsa_exponent_match_zsk_policy: false" "rsa_approved_exponents: [3, 65537]" \
	"rsa_approved_key_sizes: [1024]" "check_bundle_overlap: false" \
	"signature_validity_match_zsk_policy: false" "check_chain_overlap: false"
run ksr-check --policy exponent.yaml "${after[@]}" "$R/ksr-root-2010-q1-0.xml"
expect 0 "2010-q1 with exponent 3 approved"
check "... with a warning for each key" \
	grep -q 'warning: KSR-BUNDLE-KEYS: .*exponent' "$T/err"

# Every published SKR verifies against its anchor and against no other: with another, no bundle
# is signed by a key that it names, and the KSK that stands there is a stranger.
printf 'response_policy:\n  num_bundles: 6\n' >six.yaml
while read -r skr anchor policy expected; do
	for a in ksk1 2010 2017; do
		more=()
		[ -z "$expected" ] || [ "$a" = 2017 ] || more=(--expect "$expected")
		run skr-check --policy "$policy" --first --anchor "$a.ds" "${more[@]}" \
			"$R/skr-root-$skr.xml"
		if [ "$a" = "$anchor" ]; then
			expect 0 "SKR $skr against $a"
			check "SKR $skr is passed on byte for byte" cmp "$T/out" "$R/skr-root-$skr.xml"
		else
			broke "SKR-ANCHOR SKR-KSKS" "SKR $skr against $a"
		fi
	done
done <<-END
	2009-q4-2 ksk1 six.yaml
	2010-q1-0 ksk1 default.yaml
	2017-q1-0 2010 default.yaml
	2017-q2-0 2010 default.yaml
	2017-q3-0-c_to_d 2010 default.yaml 2017.ds
END
run skr-check --policy default.yaml --first --anchor ksk1.ds "$R/skr-root-2009-q4-2.xml"
broke "SKR-COUNT" "SKR 2009-q4 has six bundles"

run skr-check --policy default.yaml --previous "$R/skr-root-2017-q1-0.xml" \
	--ksr "$R/ksr-root-2017-q2-0.xml" --anchor 2010.ds "$R/skr-root-2017-q2-0.xml"
expect 0 "SKR 2017-q2 answers KSR 2017-q2 after SKR 2017-q1"
run skr-check --policy default.yaml --first --ksr "$R/ksr-root-2017-q2-0.xml" --anchor 2010.ds \
	"$R/skr-root-2017-q1-0.xml"
broke "SKR-MATCH" "SKR 2017-q1 does not answer KSR 2017-q2"

# The SKR that pre-published the KSK of 2017: nobody's key until somebody says that it is expected.
q3=(--previous "$R/skr-root-2017-q2-0.xml" --anchor 2010.ds "$R/skr-root-2017-q3-0-c_to_d.xml")
run skr-check --policy default.yaml "${q3[@]}"
broke "SKR-KSKS" "SKR 2017-q3 after SKR 2017-q2, with a KSK that nobody named"
run skr-check --policy default.yaml --expect 2017.ds "${q3[@]}"
expect 0 "SKR 2017-q3 after SKR 2017-q2, with the KSK of 2017 expected"
run skr-check --policy default.yaml --anchor 2017.ds "${q3[@]}"
expect 0 "the same with both KSKs as anchors"
q3[1]=$R/skr-root-2017-q1-0.xml
run skr-check --policy default.yaml --expect 2017.ds "${q3[@]}"
broke "KSR-CHAIN-KEYS KSR-CHAIN-OVERLAP SKR-COVERAGE" "SKR 2017-q3 after SKR 2017-q1"

# No cache could fail: TTLs of up to six days in the zone, and two of its DNSKEY records, in all quarters
# that follow each other; up to ten days at most, while the retiring ZSK stands in slot 1.
after=(--previous "$R/skr-root-2017-q1-0.xml" --anchor 2010.ds "$R/skr-root-2017-q2-0.xml")
run skr-check --policy default.yaml --ttl P6D --propagation PT1H --skew PT1H "${after[@]}"
expect 0 "no cache could fail in 2017-q2, after 2017-q1"
run skr-check --policy default.yaml --ttl P9DT23H "${after[@]}"
expect 0 "... nor with TTLs of ten days less the propagation"
run skr-check --policy default.yaml --ttl P9DT23H0M1S "${after[@]}"
broke "SKR-TIMELINE" "... and a second more"
check "... and who fails, when" grep -qE "2017-q2-0\.xml:[0-9]+: SKR-TIMELINE: bundle 2 \(.*at 2017-04-11T01:00:00Z \
a cache may hold a signature by key 61045 \(.*\), served at 2017-04-01T00:59:59Z, and this set, served at 2017-04-11T01:00:00Z," \
	<(tr -d '\n' <"$T/err")
for delay in "--propagation P3DT23H" "--skew P1D"; do
	read -ra option <<<"$delay"
	run skr-check --policy default.yaml --ttl P6D "${option[@]}" "${after[@]}"
	expect 0 "2017-q2 with $delay"
done
run skr-check --policy default.yaml --ttl P6D --propagation P8D --skew P1D "${after[@]}"
broke "SKR-TIMELINE" "2017-q2 with servers that lag a week"
after=(--previous "$R/skr-root-2017-q2-0.xml" --anchor 2010.ds --expect 2017.ds "$R/skr-root-2017-q3-0-c_to_d.xml")
run skr-check --policy default.yaml --ttl P6D "${after[@]}"
expect 0 "nor in 2017-q3, after 2017-q2"
for q in 2009-q4-2 2010-q1-0 2017-q1-0; do
	policy=default.yaml anchor=2010.ds
	case $q in
	20[01]*) anchor=ksk1.ds ;;
	esac
	[ $q = 2009-q4-2 ] && policy=six.yaml
	[ $q = 2017-q1-0 ] && anchor=2010.ds
	run skr-check --policy $policy --first --ttl P6D --anchor $anchor "$R/skr-root-$q.xml"
	expect 0 "nor in $q by itself"
done

done_testing

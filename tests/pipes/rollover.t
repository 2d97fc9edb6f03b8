# A KSK rollover over seven quarters, as validators that follow RFC 5011 see it: every schema of the
# sample policy in turn, each response the previous one of the next, from one anchor at the start;
# then two algorithms in one zone.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
new_token hsm
check "the old KSK" new_key hsm ksk-2024 01 rsa:2048
check "the new KSK" new_key hsm ksk-2027 02 rsa:2048
sed "s|module: .*|module: $MODULE|" "$HERE/testdata/policy.yaml" >policy.yaml

# ds LABEL: its DS line, by somebody else's eyes on the token.
ds()
{
	pkcs11-tool --module "$MODULE" --token-label hsm --read-object --type pubkey --label "$1" \
		--output-file "$1.der" >/dev/null 2>&1 &&
		"$TESTS/mint" ds --pubkey "$1.der" --zone . --algorithm RSASHA256 "$1" >"$1.ds"
}
check "the anchor of the old KSK" ds ksk-2024
check "the anchor of the new KSK" ds ksk-2027
cat ksk-2024.ds ksk-2027.ds >both.ds

# quarter N START SCHEMA WANT: sign it; WANT is what the table says of the KSKs of slots 1, 2 and 9.
# The signer is given the old anchor, once: everything later follows from what was published.
chain=(--first)
known=(--anchor ksk-2024.ds)
quarter()
{
	local now
	now=$(date -u -d "$2 30 days ago" +%F)
	"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start "$2" >"$1.ksr"
	run skr-sign --policy policy.yaml "${chain[@]}" "${known[@]}" --time "$now" --schema "$3" \
		--plan-ok "$3" --pin-fd 3 --output "$1.skr" <"$1.ksr" 3<<<1234
	expect 0 "quarter $1 under $3"
	run skr-check --policy policy.yaml "${chain[@]}" --anchor both.ds --time "$now" \
		--ksr "$1.ksr" "$1.skr"
	expect 0 "quarter $1 is accepted"
	check "quarter $1: the KSKs of slots 1, 2 and 9" test "$4" = "$(skr-show "$1.skr" |
		awk '$1 == 1 || $1 == 2 || $1 == 9 { print $NF }' |
		sed -E 's/[0-9]{5}\(ksk-20(2[47])\)/\1/g' | tr '\n' ' ' | sed 's/ $//')"
	chain=(--previous "$1.skr")
	known=()
}

# The keys of a slot stand in the order of their rdata, so the two names come sorted.
both()
{
	skr-show 2.skr | grep -q 'ksk-2024.*ksk-2027'
}

quarter 1 2027-01-01 normal "24/S 24/S 24/S"
now=2027-03-02
"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start 2027-04-01 >2.ksr
run skr-sign --policy policy.yaml "${chain[@]}" --time $now --schema pre-publish \
	--plan-ok pre-publish --pin-fd 3 --output 2.skr <2.ksr 3<<<1234
expect 0 "quarter 2 under pre-publish"
if both; then
	B="24/S,27/P" R="24/P,27/S"
else
	B="27/P,24/S" R="27/S,24/P"
fi
V="27/S,24/RS"		# flags 385 come last
run skr-check --policy policy.yaml "${chain[@]}" --anchor ksk-2024.ds --time $now --ksr 2.ksr 2.skr
broke SKR-KSKS "quarter 2 has a KSK that the old anchor does not name"
run skr-check --policy policy.yaml "${chain[@]}" --anchor ksk-2024.ds --expect ksk-2027.ds --time $now \
	--ksr 2.ksr 2.skr
expect 0 "... and that may be expected"
rm 2.skr
quarter 2 2027-04-01 pre-publish "24/S $B $B"
quarter 3 2027-07-01 publish+ "$B $B $B"

# Too early: the new KSK has not been published for PublishSafety.
sed 's/^  publish_safety: .*/  publish_safety: P120D/' policy.yaml >careful.yaml
"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start 2027-10-01 >early.ksr
run skr-sign --policy careful.yaml --previous 2.skr --anchor both.ds --time 2027-09-01 \
	--schema rollover --plan-ok rollover --pin-fd 3 <early.ksr 3<<<1234
refused 1 "KSR-CHAIN-OVERLAP" "a quarter left out"

# Nor is a validator left behind: not by a KSK that nobody has seen, as in quarter 2, ...
"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start 2027-04-01 >hasty.ksr
run skr-sign --policy policy.yaml --previous 1.skr --time 2027-03-02 --schema rollover --plan-ok rollover \
	--pin-fd 3 <hasty.ksr 3<<<1234
broke PLAN-TRUST "a rollover without any pre-publication"
check "... from the second slot on" test "$(grep -c 'PLAN-TRUST: schema rollover, slot [2-9]:' err)" -eq 4
check "... until 31 days after the last set without it" grep -q 'trusted from 2027-05-13T00:00:00Z on' err

quarter 4 2027-10-01 rollover "$B $R $R"
quarter 5 2028-01-01 rollover+ "$R $R $R"
quarter 6 2028-04-01 revoke "$R $V 27/S"
# ... nor by a revocation that is gone before all have seen it, nor by a key that comes back.
awk '
	/^  revoke:/ { inside = 1 }
	/^  revoke\+:/ { inside = late = 0 }
	inside && /^    3:/ { late = 1 }
	late && /revoke: ksk-2024/ { next }
	late && /sign:/ { print "      sign: ksk-2027"; next }
	{ print }' policy.yaml >short.yaml
run skr-sign --policy short.yaml --previous 5.skr --time 2028-03-02 --schema revoke --plan-ok revoke \
	--pin-fd 3 <6.ksr 3<<<1234
broke PLAN-REVOKE "a revocation of one slot"
"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start 2028-07-01 >7.ksr
run skr-sign --policy policy.yaml --previous 6.skr --time 2028-06-01 --schema rollover+ --plan-ok rollover+ \
	--pin-fd 3 <7.ksr 3<<<1234
broke PLAN-REVOKE "the revoked KSK comes back"
quarter 7 2028-07-01 revoke+ "27/S 27/S 27/S"

run skr-check --policy policy.yaml --previous 5.skr --anchor ksk-2024.ds --time 2028-03-01 \
	--ksr 6.ksr 6.skr
refused 1 "SKR-ANCHOR" "after the rollover the old anchor is not enough"

# The revoked form has a tag of its own, which ldns computes alike.
skr-show --rr 6.skr | awk '$4 == "DNSKEY" && $5 == 385' | head -n 1 >revoked.key
tag=$(ldns-key2ds -n -f -2 revoked.key 2>/dev/null | awk '{ print $5 }')
check "the revoked KSK's tag is the one that ldns computes" \
	grep -q "$(printf %05d "$tag")(ksk-2024)/RS" <(skr-show 6.skr)

# Two algorithms: a second KSK joins, of ECDSA, published or signing from outside the set.
check "an ECDSA KSK" new_key hsm ksk-ec 03 EC:prime256v1
sed '/^keys:/a\  ksk-ec:\n    label: ksk-ec\n    algorithm: ECDSAP256SHA256' policy.yaml >two.yaml
{
	echo "  two:"
	for i in 1 2 3 4 5 6 7 8 9; do echo "    $i: { sign: [ksk-2027, ksk-ec] }"; done
	echo "  outside:"
	for i in 1 2 3 4 5 6 7 8 9; do echo "    $i: { sign: ksk-2027, sign_only: ksk-ec }"; done
} >schemas.more
sed -i '/^schemas:/r schemas.more' two.yaml
pkcs11-tool --module "$MODULE" --token-label hsm --read-object --type pubkey --label ksk-ec \
	--output-file ec.der >/dev/null 2>&1
for form in ds dnskey; do
	"$TESTS/mint" $form --pubkey ec.der --zone . --algorithm ECDSAP256SHA256 ksk-ec >ksk-ec.$form
done
"$TESTS/mint" ksr --dir zsks --zone . --algorithm RSASHA256 --start 2028-10-01 >8.ksr
eight=(--policy two.yaml --previous 7.skr --time 2028-09-01)
for schema in two outside; do
	run skr-sign "${eight[@]}" --anchor ksk-2027.ds --schema $schema --plan-ok $schema --pin-fd 3 \
		--output $schema.skr <8.ksr 3<<<1234
	expect 0 "signed by two algorithms: $schema"
done
eight+=(--ksr 8.ksr --anchor ksk-2027.ds)
run skr-check "${eight[@]}" --expect ksk-ec.ds two.skr
expect 0 "two algorithms are accepted"
check "both sign each slot" test "$(skr-show --rr two.skr | grep -cE 'RRSIG DNSKEY (8|13) ')" -eq 18
run skr-check "${eight[@]}" two.skr
broke SKR-KSKS "two algorithms, and the second KSK a stranger"
run skr-check "${eight[@]}" outside.skr
broke SKR-VERIFY "a signature of a key that is nowhere"
run skr-check "${eight[@]}" --keys ksk-ec.dnskey outside.skr
expect 0 "a signature of a key that --keys gives"
check "the table says that it signs from outside" grep -q '(ksk-ec)/N' <(skr-show outside.skr)

done_testing

# The ZSK operator takes a response: with the request that he sent, the response before and a pinned
# anchor, each of the ways to be given another one is refused, and nothing reaches the name server.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
MINT=$TESTS/mint

# accept SKR ARGUMENT...: the procedure of skr-check(1): what passes becomes zone records.
accept()
{
	local skr=$1
	shift
	skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds "$@" "$skr" |
		skr-export --format zone --slot 5
}

# only RULES NAME ARGUMENT...: refused by exactly these; and through the pipe nothing comes.
only()
{
	local rules=$1 name=$2
	shift 2
	run skr-check "$@"
	broke "$rules" "$name"
	skr-check "$@" 2>/dev/null | skr-export --format zone >records 2>pipe.err
	check "$name: nothing for the name server" test ! -s records -a "${PIPESTATUS[1]}" -eq 1
}

# bad CASE: the response broken by it, as bad.xml.
bad()
{
	"$MINT" skr --dir . --ksr ksr.xml --break "$1" >bad.xml
}

for a in RSASHA256 ECDSAP256SHA256 ED25519; do
	"$MINT" ceremony --dir "$T/$a" --algorithm "$a" --zone accept.test || exit 1
	cd "$T/$a" || exit 1
	all=(--policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds)
	run accept skr.xml
	expect 0 "$a: the answer is taken"
	check "$a: ... and its slot comes out" diff "$T/out" <(skr-export --format zone --slot 5 skr.xml)

	bad SKR-ANCHOR/one
	only "SKR-ANCHOR SKR-KSKS" "$a: a foreign KSK" "${all[@]}" bad.xml
	only SKR-ANCHOR "$a: ... which may stand there, and is no anchor" "${all[@]}" \
		--expect SKR-ANCHOR-one.ds bad.xml
	bad SKR-ANCHOR/all
	only SKR-ANCHOR "$a: a foreign KSK in the place of ours, which was announced" --policy policy.yaml \
		--first --ksr ksr.xml --anchor ksk.ds --expect SKR-ANCHOR-all.ds bad.xml
	bad SKR-VERIFY/foreign
	only SKR-VERIFY "$a: a foreign KSK that signs in the name of ours" "${all[@]}" bad.xml
	bad SKR-KSKS/injected
	only SKR-KSKS "$a: an injected SEP key" "${all[@]}" bad.xml
	bad SKR-KSKS/revoked-nobody
	only SKR-KSKS "$a: an injected SEP key, revoked" "${all[@]}" bad.xml
	bad SKR-MATCH/extra
	only SKR-MATCH "$a: a key that nobody asked for" "${all[@]}" bad.xml
	check "$a: ... named" grep -qE "bundle 5 .*: key [0-9]+ \(zsk-stranger\) was not requested" "$T/err"
	bad SKR-MATCH/missing
	only SKR-MATCH "$a: a key that was asked for is gone" "${all[@]}" bad.xml

	# Whoever drops a bundle breaks two rules; each of them would do alone.
	bad SKR-COUNT/eight
	only "SKR-COUNT SKR-MATCH" "$a: a dropped bundle" "${all[@]}" bad.xml
	sed '/^response_policy:/,/num_bundles/s/num_bundles:.*/num_bundles: 8/' policy.yaml >eight.yaml
	only SKR-MATCH "$a: ... where eight would do" --policy eight.yaml --previous prev.xml --ksr ksr.xml \
		--anchor ksk.ds bad.xml
	only SKR-COUNT "$a: ... where no request is given" --policy policy.yaml --previous prev.xml \
		--anchor ksk.ds bad.xml
	perl -0pe 's/ *<ResponseBundle.*?<\/ResponseBundle>\n//s' skr.xml >first.xml
	perl -0pe 'my $n = 0; s/( *<ResponseBundle.*?<\/ResponseBundle>\n)/++$n == 5 ? "" : $1/ges' skr.xml >fifth.xml
	run skr-check "${all[@]}" first.xml
	check "$a: the first bundle dropped ($(rules))" test "$status" -eq 1 -a ! -s out
	only SKR-MATCH "$a: the fifth bundle dropped, where eight would do" --policy eight.yaml \
		--previous prev.xml --ksr ksr.xml --anchor ksk.ds fifth.xml
	bad SKR-MATCH/order
	only "KSR-POLICY-SAFETY SKR-MATCH" "$a: two bundles in another order" "${all[@]}" bad.xml
	sed '/^request_policy:/a\  check_keys_publish_safety: false\n  check_keys_retire_safety: false' policy.yaml >order.yaml
	only SKR-MATCH "$a: ... where nothing else looks at their order" --policy order.yaml \
		--previous prev.xml --ksr ksr.xml --anchor ksk.ds bad.xml
	bad SKR-MATCH/shorter
	only SKR-MATCH "$a: a shortened bundle" "${all[@]}" bad.xml
	bad SKR-MATCH/times
	only SKR-MATCH "$a: a longer bundle" "${all[@]}" bad.xml
	bad SKR-VERIFY/outlives
	only SKR-VERIFY "$a: a signature that outlives its bundle" "${all[@]}" bad.xml
	check "$a: ... said so" grep -qE \
		"bundle 5 .*: signature of key [0-9]+: expiration 2027-04-02T00:00:00Z is not the bundle's" "$T/err"
	bad SKR-VERIFY/replayed
	only SKR-VERIFY "$a: the signature of the slot before" "${all[@]}" bad.xml

	# Another quarter's answer, sound in itself: the one before again, and the next one.
	"$MINT" ksr --dir . --algorithm "$a" --zone accept.test --start 2027-04-01 >next.ksr.xml
	"$MINT" skr --dir . --ksr next.ksr.xml >next.xml
	run skr-check --policy policy.yaml --previous skr.xml --ksr next.ksr.xml --anchor ksk.ds next.xml
	expect 0 "$a: the answer of the next quarter, to its request"
	for f in prev.xml next.xml; do
		only SKR-MATCH "$a: another quarter's answer: $f" --policy policy.yaml --first --ksr ksr.xml \
			--anchor ksk.ds $f
		run skr-check "${all[@]}" $f
		check "$a: ... and in full ($(rules))" \
			test "$status" -eq 1 -a ! -s out -a "$(rules | grep -c SKR-MATCH)" -eq 1
	done
	"$MINT" ksr --dir . --algorithm "$a" --zone accept.test --id 11111111-2222-4333-8444-555555555555 >again.ksr.xml
	"$MINT" skr --dir . --ksr again.ksr.xml >again.xml
	only SKR-MATCH "$a: the answer to an earlier request for the same quarter" "${all[@]}" again.xml
	only "KSR-CHAIN-KEYS KSR-CHAIN-OVERLAP" "$a: the right answer after the wrong one" --policy policy.yaml --previous skr.xml \
		--ksr ksr.xml --anchor ksk.ds skr.xml
done

done_testing

# skr-check: every rule and no other, every legal form byte for byte, every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1

judge()
{
	run skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds "$@"
}

# A good response, and where it comes from.
judge skr.xml
passed skr.xml "a file"
check "a good response: not a word" test ! -s err
judge <skr.xml
passed skr.xml "standard input"
judge - <skr.xml
passed skr.xml "standard input by its name"
run skr-check -p policy.yaml -P prev.xml --ksr ksr.xml skr.xml
passed skr.xml "options by letter, the policy's anchors"
run skr-check --policy policy.yaml --first skr.xml
passed skr.xml "without request and previous SKR"
judge --time 2000-01-01 skr.xml
passed skr.xml "--time, on which nothing depends"
check "--time is a warning" \
	grep -qx "skr-check: warning: judged as of 2000-01-01, a time given by hand" err

# Every case of every rule; those of the signatures with every algorithm.
for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	mkdir "$a"
	"$MINT" ceremony --dir "$a" --algorithm "$a"
	cd "$a" || exit 1
	run skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor ksk.ds skr.xml
	passed skr.xml "$a: a good response"
	"$MINT" cases --algorithm "$a" >list
	while IFS=$'\t' read -r name kind rules arguments what; do
		case $a:$kind:$name in
		RSASHA256:skr:* | RSASHA256:text:SKR-*) ;;
		*:skr:SKR-VERIFY/* | *:skr:SKR-ANCHOR/* | *:skr:SKR-KSKS/* | *:skr:SKR-ALG/*) ;;
		*) continue ;;
		esac
		read -ra arguments <<<"$arguments"
		# An answer to a broken request is judged beside that request.
		for f in "${arguments[@]}"; do
			case $f in
			KSR-*.xml)
				broken=${f%.xml}
				"$MINT" ksr --dir . --algorithm "$a" \
					--break "${broken%-*}/${broken##*-}" >"$f"
				;;
			esac
		done
		"$MINT" skr --dir . --ksr ksr.xml --break "$name" >bad.xml
		run skr-check "${arguments[@]}" bad.xml
		if [ "$rules" = - ]; then
			passed bad.xml "$a: $name: $what"
			continue
		fi
		broke "$(tr ' ' '\n' <<<"$rules" | sort -u | tr '\n' ' ' | sed 's/ $//')" \
			"$a: $name: $what"
	done <list
	cd "$T" || exit 1
done
for rule in $(grep -ohE '"(SKR|KSR-CHAIN|KSR-POLICY)-[A-Z-]+"' "$HERE"/lib/judge/check_{skr,chain,safety,timeline}.c | tr -d '"' | sort -u); do
	check "$rule has a case" grep -qE "^$rule/.*	skr	" RSASHA256/list
done

# bad CASE: the response broken by it, as bad.xml.
bad()
{
	"$MINT" skr --dir . --ksr ksr.xml --break "$1" >bad.xml
}
bad SKR-VERIFY/tampered
judge bad.xml
check "a finding has its line, rule, bundle, key and facts" grep -qE \
	"^skr-check: bad\.xml:[0-9]+: SKR-VERIFY: bundle [0-9] \([0-9a-f-]{36}\): key [0-9]+ \(ksk-1\): signature does not verify \(RFC 4035 5\.3\.3\)$" err
bad SKR-MATCH/id
run skr-check --policy policy.yaml --previous prev.xml bad.xml
passed bad.xml "without --ksr, SKR-MATCH is not judged"
run skr-check --policy policy.yaml --first --ksr prev.ksr.xml skr.xml
broke SKR-MATCH "the answer to another request"
run skr-check --policy policy.yaml --previous skr.xml --ksr ksr.xml skr.xml
broke "KSR-CHAIN-KEYS KSR-CHAIN-OVERLAP" "after itself"

# with NAME SECTION WORD: the policy with this word in front of those of a section.
with()
{
	sed "/^$2:/a\\  $3" policy.yaml >"$1"
}
# Each switch turns off its rule, and says so.
while read -r rule case section word; do
	"$MINT" skr --dir . --ksr ksr.xml --break "$case" >bad.xml
	read -ra arguments <<<"$(awk -F'\t' -v n="$case" '$1 == n { print $4 }' RSASHA256/list)"
	arguments=("${arguments[@]:2}")
	cp RSASHA256/KSR-*.xml .
	case $rule in
	KSR-CHAIN-*) arguments=(--previous prev.xml) ;;
	SKR-COUNT) arguments=(--previous prev.xml) ;;
	esac
	run skr-check --policy policy.yaml "${arguments[@]}" bad.xml
	broke "$rule" "$case, before its switch is turned off"
	with off.yaml "$section" "$word: false"
	run skr-check --policy off.yaml "${arguments[@]}" bad.xml
	passed bad.xml "$word: false"
	check "$word: false is a warning" \
		grep -qx "skr-check: off.yaml: warning: $rule: switched off by $section.$word" err
done <<-END
	SKR-COUNT SKR-COUNT/eight response_policy check_skr_count
	SKR-MATCH SKR-MATCH/id response_policy check_skr_match
	SKR-ANCHOR SKR-ANCHOR/one response_policy check_skr_anchor
	KSR-CHAIN-KEYS KSR-CHAIN-KEYS/answered request_policy check_chain_keys
	KSR-CHAIN-OVERLAP KSR-CHAIN-OVERLAP/answered request_policy check_chain_overlap
END
with off.yaml response_policy "validate_signatures: false"
bad SKR-VERIFY/ttl
run skr-check --policy off.yaml --previous prev.xml bad.xml
broke SKR-VERIFY "validate_signatures: false has no effect on a response"

# SKR-TIMELINE: asked for by any of its options, the others then as in the manual.
"$MINT" skr --dir . --ksr ksr.xml --break SKR-TIMELINE/removed >removed.xml
past=(--policy policy.yaml --previous prev.xml --anchor ksk.ds)
run skr-check "${past[@]}" removed.xml
passed removed.xml "SKR-TIMELINE is not asked for"
check "... and not a word is said of it" test ! -s err
for option in "--ttl PT0S" "--propagation PT0S" "--skew PT0S" "--ttl P6D --propagation PT1H --skew PT1H"; do
	read -ra words <<<"$option"
	run skr-check "${past[@]}" "${words[@]}" removed.xml
	broke SKR-TIMELINE "a ZSK that goes a slot too early, with $option"
	run skr-check "${past[@]}" "${words[@]}" skr.xml
	passed skr.xml "a good response with $option"
done
run skr-check "${past[@]}" --ttl P9DT23H skr.xml
passed skr.xml "--ttl and the default of --propagation, exactly"
run skr-check "${past[@]}" --ttl P9DT23H --propagation PT1H1S skr.xml
broke SKR-TIMELINE "... and a second more"
run skr-check "${past[@]}" --propagation P3DT23H --skew PT0S skr.xml
passed skr.xml "--propagation and the default of --ttl, exactly"
run skr-check "${past[@]}" --propagation P4DT1S --skew PT0S skr.xml
broke SKR-TIMELINE "... and a second more"
with off.yaml response_policy "check_skr_timeline: false"
run skr-check --policy off.yaml "${past[@]:2}" --ttl P6D removed.xml
passed removed.xml "check_skr_timeline: false"
check "check_skr_timeline: false is a warning" grep -qx \
	"skr-check: off.yaml: warning: SKR-TIMELINE: switched off by response_policy.check_skr_timeline" err

# Other ways to write the same.
for form in $("$MINT" legal --form list | cut -f 1); do
	"$MINT" legal --form "$form" --in skr.xml >legal.xml
	judge legal.xml
	if [ "$form" = signers ]; then
		broke SKR-SCHEMA "a Signer, which only a request may have"
	else
		passed legal.xml "legal: $form"
	fi
	"$MINT" legal --form "$form" --in ksr.xml >legal.xml
	run skr-check --policy policy.yaml --previous prev.xml --ksr legal.xml skr.xml
	passed skr.xml "legal request: $form"
done

# What means harm is refused at once, and cannot act on the terminal.
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in skr.xml >hostile.xml
	run timeout 20 skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml \
		--anchor ksk.ds hostile.xml
	refused 1 ': (SKR-[A-Z-]+): ' "hostile: $form"
	refute "hostile: $form: only printable ASCII" grep -q '[^ -~]' err
done
size=$(stat -c %s skr.xml)
good=0
for ((n = 0; n < size - 1; n += 499)); do
	head -c $n skr.xml >cut.xml
	judge cut.xml
	[ "$status" -eq 1 ] && [ ! -s out ] && [ "$(rules)" = SKR-XML ] && good=$((good + 1))
done
check "a response cut anywhere is SKR-XML" test $good -eq $(((size + 497) / 499))

# The files beside it.
"$MINT" skr --dir . --ksr prev.ksr.xml --break SKR-VERIFY/tampered >bad-prev.xml
run skr-check --policy policy.yaml --previous bad-prev.xml --ksr ksr.xml skr.xml
broke SKR-VERIFY "a previous SKR with a bad signature"
run skr-check --policy policy.yaml --previous bad-prev.xml --unauthenticated-previous skr.xml
broke SKR-VERIFY "... is not taken without an anchor either"
bad SKR-MATCH/id
run skr-check --policy policy.yaml --previous bad-prev.xml --ksr ksr.xml bad.xml
broke "SKR-MATCH SKR-VERIFY" "a bad response after a bad one: both are said"
run skr-check --policy policy.yaml --previous prev.ksr.xml skr.xml
broke SKR-SCHEMA "a KSR as previous SKR"
run skr-check --policy policy.yaml --previous /dev/null skr.xml
broke SKR-XML "an empty previous SKR"
judge ksr.xml
broke SKR-SCHEMA "a KSR as response"
for f in /dev/null policy.yaml; do
	run skr-check --policy policy.yaml --previous prev.xml --ksr $f skr.xml
	broke KSR-XML "$f as request"
done
run skr-check --policy policy.yaml --previous prev.xml --ksr skr.xml skr.xml
broke KSR-SCHEMA "an SKR as request"

# Anchors.
sed '/ds_sha256:/d' policy.yaml >no-ds.yaml
run skr-check --policy no-ds.yaml --first skr.xml
refused 2 "skr.xml: nothing to authenticate it with: give --anchor.*--no-anchor" "no anchor at all"
run skr-check --policy no-ds.yaml --first --no-anchor skr.xml
passed skr.xml "--no-anchor"
check "--no-anchor is a warning" \
	grep -q "^skr-check: skr.xml: warning: SKR-ANCHOR: not authenticated by any anchor" err
run skr-check --policy no-ds.yaml --previous prev.xml --no-anchor skr.xml
refused 2 "prev.xml: nothing to authenticate it with" "--no-anchor does not hold for the previous SKR"
run skr-check --policy no-ds.yaml --previous prev.xml --no-anchor --unauthenticated-previous skr.xml
passed skr.xml "--no-anchor --unauthenticated-previous"
check "... are two warnings" test "$(grep -c "warning: SKR-ANCHOR" err)" -eq 2
bad SKR-ANCHOR/all
run skr-check --policy policy.yaml --previous prev.xml --no-anchor bad.xml
broke KSR-POLICY-SAFETY "--no-anchor: a foreign KSK after the previous SKR's"
run skr-check --policy policy.yaml --first --no-anchor bad.xml
passed bad.xml "--no-anchor --first: nobody is named, nobody is asked for"
run skr-check --policy policy.yaml --first bad.xml
broke "SKR-ANCHOR SKR-KSKS" "the policy's ds_sha256 are anchors"
"$MINT" dnskey --dir . --algorithm RSASHA256 ksk-1 >ksk.dnskey
"$MINT" ds --dir . --algorithm RSASHA256 other >other.ds
{ echo "; a comment"; echo; sed 's/ 172800 IN / /' ksk.ds; } >short.ds
sed 's/^/\xef\xbb\xbf/; s/$/\r/' ksk.ds >mark.ds
cat other.ds ksk.ds >both.ds
{ cat ksk.ds; sed 's/ 8 2 / 8 1 /; s/.\{24\}$//' ksk.ds; } >sha1.ds
for anchor in ksk.dnskey short.ds mark.ds both.ds sha1.ds; do
	run skr-check --policy no-ds.yaml --first --anchor $anchor skr.xml
	passed skr.xml "--anchor $anchor"
done
check "a DS of another type is passed over with a warning" \
	grep -q "^skr-check: sha1.ds:2: warning: a DS of digest type 1 is passed over" err
run skr-check --policy policy.yaml --first --anchor other.ds skr.xml
broke "SKR-ANCHOR SKR-KSKS" "another key's anchor, in place of the policy's"
sed 's/^\./example./' ksk.ds >owner.ds
run skr-check --policy policy.yaml --first --anchor owner.ds skr.xml
broke "SKR-ANCHOR SKR-KSKS" "the anchor of another zone"
awk '{ $5 = $5 + 1; print }' ksk.ds >tag.ds
run skr-check --policy policy.yaml --first --anchor tag.ds skr.xml
broke "SKR-ANCHOR SKR-KSKS" "an anchor with another tag"
read -r _ _ _ _ tag algorithm _ digest <ksk.ds
cat >ksk-anchor.xml <<END
<TrustAnchor id="1" source="nowhere"><Zone>.</Zone>
<KeyDigest id="K1" validFrom="2026-01-01T00:00:00+00:00"><KeyTag>$tag</KeyTag>
<Algorithm>$algorithm</Algorithm><DigestType>2</DigestType><Digest>$digest</Digest></KeyDigest>
</TrustAnchor>
END
run skr-check --policy no-ds.yaml --first --anchor ksk-anchor.xml skr.xml
passed skr.xml "--anchor with trust-anchor XML"
sed 's/2026-01-01T/2027-01-02T/' ksk-anchor.xml >late.xml
run skr-check --policy no-ds.yaml --first --anchor late.xml skr.xml
broke SKR-ANCHOR "an anchor that is valid from the second slot on"
check "... breaks the first bundle only" test "$(grep -c "SKR-ANCHOR: bundle 1 " err):$(grep -c SKR-ANCHOR: err)" = 1:1
sed 's/Algorithm>/Algo>/g' ksk-anchor.xml >odd.xml
sed 's/257 3/256 3/' ksk.dnskey >zsk.dnskey
head -c 60 ksk.ds >cut.ds
for anchor in /dev/null policy.yaml skr.xml odd.xml zsk.dnskey cut.ds nowhere .; do
	run skr-check --policy policy.yaml --first --anchor $anchor skr.xml
	refused 2 "^skr-check: $anchor(:[0-9]+)*: " "$anchor as file of anchors"
done

# Two KSKs, of which one is an anchor; and the revoked form of one.
"$MINT" keys --dir . --algorithm RSASHA256 ksk-2
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1,ksk-2 >two.xml
"$MINT" ds --dir . --algorithm RSASHA256 ksk-2 >two.ds
for anchor in "ksk.ds --expect two.ds" "two.ds --expect ksk.ds" "ksk.ds --anchor two.ds"; do
	# shellcheck disable=SC2086
	run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor $anchor two.xml
	passed two.xml "two KSKs, with $anchor"
done
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1 --revoke ksk-2 >revoked.xml
run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor ksk.ds --expect two.ds revoked.xml
passed revoked.xml "a revoked KSK beside the anchor"
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1 --publish ksk-2 >published.xml
run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor ksk.ds --expect two.ds published.xml
passed published.xml "a published KSK beside the anchor"
run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor two.ds --expect ksk.ds published.xml
broke SKR-ANCHOR "an anchor that stands in the set and does not sign"

# Files that cannot be read.
ln -s loop loop
for f in nowhere . ksr.xml/inside loop; do
	judge $f
	refused 2 "^skr-check: $f: [A-Z]" "$f as response"
	run skr-check --policy policy.yaml --previous $f --ksr ksr.xml skr.xml
	refused 2 "^skr-check: $f: [A-Z]" "$f as previous SKR"
	run skr-check --policy policy.yaml --previous prev.xml --ksr $f skr.xml
	refused 2 "^skr-check: $f: [A-Z]" "$f as request"
	run skr-check --policy $f --previous prev.xml --ksr ksr.xml skr.xml
	refused 2 "^skr-check: $f: " "$f as policy"
done
judge <.
refused 2 "^skr-check: -: Is a directory" "a folder as standard input"
judge </dev/null
broke SKR-XML "empty standard input"
judge <&-
refused 2 "^skr-check: -: Bad file descriptor" "closed standard input"

# Output that cannot be written.
skr-check --policy policy.yaml --first skr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^skr-check: standard output: No space left on device$" "a full disk"
skr-check --policy policy.yaml --first skr.xml >&- 2>err
status=$?
refused 2 "^skr-check: standard output: Bad file descriptor$" "closed standard output"
skr-check --policy policy.yaml --first --no-anchor skr.xml >out 2>/dev/full
status=$?
: >err
expect 2 "warnings that nobody can read"
check "... and nothing is passed on" test ! -s out
bad SKR-VERIFY/tampered
set -o pipefail
skr-check --policy policy.yaml --previous prev.xml bad.xml 2>err | skr-show >out 2>show.err
status=$?
set +o pipefail
broke SKR-VERIFY "in a pipe"
check "... and the next tool says that nothing came" grep -qx "skr-show: -: SKR-XML: empty" show.err

# Sizes.
most=$(stat -c %s skr.xml prev.xml ksr.xml | sort -n | tail -n 1)
judge --max-bytes "$most" skr.xml
passed skr.xml "--max-bytes, exactly"
run skr-check --policy policy.yaml --first --max-bytes $((size - 1)) skr.xml
broke SKR-XML "--max-bytes, one less"
{ cat ksk.ds; head -c 1048576 /dev/zero | tr '\0' '\n'; } >long.ds
run skr-check --policy policy.yaml --first --anchor long.ds skr.xml
refused 2 "long.ds: File too large" "--max-bytes holds for anchors too"
run skr-check --policy policy.yaml --first --anchor long.ds --max-bytes 2000000 skr.xml
passed skr.xml "... and raises the limit for them"
{ cat skr.xml; head -c $((1048576 - size)) /dev/zero | tr '\0' '\n'; } >full.xml
judge full.xml
passed full.xml "one MiB"
echo >>full.xml
judge full.xml
broke SKR-XML "one byte more than one MiB"
judge --max-bytes 1048577 full.xml
passed full.xml "one byte more, as asked for"

# JSON.
judge --json skr.xml
passed skr.xml "--json"
check "--json: an accepted response" json err '$j->{tool} eq "skr-check" && $j->{verdict} eq "accept" &&
	join(" ", sort keys %$j) eq "findings tool verdict" && !@{$j->{findings}}'
judge -j bad.xml
expect 1 "--json: a refused response"
check "--json: nothing on standard output" test ! -s out
check "--json: its findings" json err '$j->{verdict} eq "refuse" &&
	!grep({ join(" ", sort keys %$_) ne "column input level line rule text" } @{$j->{findings}}) &&
	grep({ $_->{level} eq "broken" && $_->{rule} eq "SKR-VERIFY" && $_->{input} eq "bad.xml" &&
	$_->{line} > 0 } @{$j->{findings}}) == 1'
judge --json nowhere
check "--json: a fault" json err '$j->{verdict} eq "fault" && grep({ $_->{level} eq "fault" &&
	!defined $_->{rule} && $_->{input} eq "nowhere" } @{$j->{findings}}) == 1'
run skr-check --json --policy policy.yaml --first --no-anchor skr.xml
check "--json: a warning" json err '$j->{verdict} eq "accept" && $j->{findings}[0]{level} eq "warning" &&
	$j->{findings}[0]{rule} eq "SKR-ANCHOR"'

# The policy in force.
run skr-check --policy policy.yaml --show-policy
expect 0 "--show-policy"
check "--show-policy begins with the digest" test "$(head -n 1 out)" = "# $(sha256sum policy.yaml)"
cp out shown.yaml
run skr-check --policy shown.yaml --previous prev.xml --ksr ksr.xml skr.xml
passed skr.xml "what it shows judges as the policy does"

usage "no arguments" "--policy is missing"
usage "neither --first nor --previous" "give --previous FILE, or say --first" --policy policy.yaml skr.xml
usage "both --first and --previous" "exclude each other" --policy policy.yaml --first --previous prev.xml skr.xml
usage "both --anchor and --no-anchor" "exclude each other" --policy policy.yaml --first --anchor ksk.ds --no-anchor skr.xml
usage "an unknown option" "no-such-option" --policy policy.yaml --first --no-such-option skr.xml
usage "a repeated option" "--ksr is given twice" --policy policy.yaml --first --ksr ksr.xml --ksr ksr.xml skr.xml
usage "a missing argument" "--ksr needs FILE" --policy policy.yaml --first --ksr
usage "an argument too many" "--no-anchor takes no argument" --policy policy.yaml --first --no-anchor=yes skr.xml
usage "two operands" "extra operand" --policy policy.yaml --first skr.xml skr.xml
many=()
for ((n = 0; n < 17; n++)); do many+=(--expect ksk.ds); done
usage "17 files of KSKs" "--expect may be given 16 times" --policy policy.yaml --first "${many[@]}" skr.xml
run skr-check --policy policy.yaml --first "${many[@]:2}" skr.xml
passed skr.xml "16 files of KSKs"
usage "--time" "--time takes" --policy policy.yaml --first --time yesterday skr.xml
usage "--ttl" "take a duration" --policy policy.yaml --first --ttl 6 skr.xml
usage "--zsk-use alone" "goes with --ttl" --policy policy.yaml --first --zsk-use zsk skr.xml
usage "--max-bytes" "--max-bytes takes" --policy policy.yaml --first --max-bytes 0 skr.xml

cp policy.yaml root.yaml
manual skr-check.1

done_testing

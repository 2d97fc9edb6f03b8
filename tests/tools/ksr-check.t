# ksr-check: every rule and no other, every legal form byte for byte, every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
NOW=2026-12-02			# thirty days before the request begins
"$MINT" ceremony --dir . || exit 1

judge()
{
	run ksr-check --policy policy.yaml --previous prev.xml --time $NOW "$@"
}

# A good request, and where it comes from.
judge ksr.xml
passed ksr.xml "a file"
judge <ksr.xml
passed ksr.xml "standard input"
judge - <ksr.xml
passed ksr.xml "standard input by its name"
run ksr-check -p policy.yaml -P prev.xml -t ${NOW}T12:00:00Z ksr.xml
passed ksr.xml "options by letter"
run ksr-check --policy policy.yaml --first --time $NOW ksr.xml
passed ksr.xml "--first"
run ksr-check --pol policy.yaml --fir --time $NOW ksr.xml
passed ksr.xml "abbreviated options"

# The clock: without --time it is today, and nothing is said about it.
"$MINT" ksr --dir . --start "$(date -u +%Y-%m-15)" >today.xml
run ksr-check --policy policy.yaml --first today.xml
passed today.xml "a request of this month, as of now"
check "as of now: not a word" test ! -s err
run ksr-check --policy policy.yaml --first --time now today.xml
passed today.xml "--time now"
check "--time is a warning" grep -q "^ksr-check: warning: judged as of now, a time given by hand$" err
"$MINT" ksr --dir . --start 2020-01-01 >old.xml
run ksr-check --policy policy.yaml --first old.xml
broke KSR-POLICY-SIG-HORIZON "a request of 2020, as of now"

# Every case of every rule; those that see keys and signatures with every algorithm.
for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	mkdir "$a"
	"$MINT" ceremony --dir "$a" --algorithm "$a"
	cd "$a" || exit 1
	run ksr-check --policy policy.yaml --previous prev.xml --time $NOW ksr.xml
	passed ksr.xml "$a: a good request"
	"$MINT" cases --algorithm "$a" >list
	while IFS=$'\t' read -r name kind rules arguments what; do
		case $a:$kind:$name in
		RSASHA256:ksr:* | RSASHA256:text:KSR-*) ;;
		RSASHA512:ksr:KSR-KEY-QUALITY/*) continue ;;	# the same keys
		*:ksr:KSR-BUNDLE-POP/* | *:ksr:KSR-BUNDLE-KEYS/* | *:ksr:KSR-POLICY-ALG/*) ;;
		*:ksr:KSR-BUNDLE-TAGS/* | *:ksr:KSR-KEY-QUALITY/*) ;;
		*) continue ;;
		esac
		"$MINT" ksr --dir . --algorithm "$a" --break "$name" >bad.xml
		read -ra arguments <<<"$arguments"
		run ksr-check "${arguments[@]}" bad.xml
		if [ "$rules" = - ]; then
			passed bad.xml "$a: $name: $what"
			continue
		fi
		broke "$(tr ' ' '\n' <<<"$rules" | sort -u | tr '\n' ' ' | sed 's/ $//')" \
			"$a: $name: $what"
	done <list
	cd "$T" || exit 1
done
"$MINT" ksr --dir . --ttl 3600 >ttl.xml
judge ttl.xml
broke KSR-BUNDLE-TTL "a TTL that is not the policy's"
check "a finding has its line, rule, bundle, key and facts" grep -qE \
	"^ksr-check: ttl\.xml:[0-9]+: KSR-BUNDLE-TTL: bundle 2 \([0-9a-f-]{36}\): key [0-9]+ \(zsk-[0-9-]+\): TTL 3600, the policy says 172800$" err
for rule in $(grep -ohE '"KSR-[A-Z-]+"' "$HERE"/lib/judge/check_{ksr,keys,policy,chain}.c | tr -d '"' | sort -u); do
	[ "$rule" = KSR-BUNDLE-TTL ] && continue
	check "$rule has a case" grep -qE "^$rule/.*	ksr	" RSASHA256/list
done
check "... and is said for every key of every bundle" test "$(grep -c KSR-BUNDLE-TTL err)" -eq 11

# with NAME SECTION WORD: the policy with this word in front of those of a section.
with()
{
	sed "/^$2:/a\\  $3" policy.yaml >"$1"
}
with ttl.yaml request_policy "dns_ttl: 3600"
run ksr-check --policy ttl.yaml --previous prev.xml --time $NOW ttl.xml
passed ttl.xml "the TTL of dns_ttl"

# Each switch turns off its rule, and says so.
while read -r rule word more; do
	name=$(awk -F'\t' -v r="$rule" '$2 == "ksr" && $3 == r && index($1, r "/") == 1 { print $1; exit }' \
		RSASHA256/list)
	if [ "$rule" = KSR-BUNDLE-TTL ]; then
		cp ttl.xml bad.xml
		arguments=(--previous prev.xml --time "$NOW")
	else
		"$MINT" ksr --dir . --break "$name" >bad.xml
		read -ra arguments <<<"$(awk -F'\t' -v n="$name" '$1 == n { print $4 }' RSASHA256/list)"
		arguments=("${arguments[@]:2}")
	fi
	with off.yaml request_policy "$word: false"
	[ -z "$more" ] || sed -i "/^request_policy:/a\\  $more: false" off.yaml
	run ksr-check --policy off.yaml "${arguments[@]}" bad.xml
	passed bad.xml "$word: false"
	check "$word: false is a warning" \
		grep -qx "ksr-check: off.yaml: warning: $rule: switched off by request_policy.$word" err
done <<-END
	KSR-DOMAIN check_domain
	KSR-ID check_id
	KSR-BUNDLE-KEYS keys_match_zsk_policy
	KSR-BUNDLE-TTL check_bundle_ttl
	KSR-BUNDLE-POP validate_signatures
	KSR-BUNDLE-COUNT check_bundle_count check_keys_match_ksk_operator_policy
	KSR-BUNDLE-CYCLE-DURATION check_cycle_length
	KSR-POLICY-KEYS check_keys_match_ksk_operator_policy
	KSR-POLICY-ALG signature_algorithms_match_zsk_policy
	KSR-POLICY-SIG-OVERLAP check_bundle_overlap
	KSR-POLICY-SIG-VALIDITY signature_validity_match_zsk_policy
	KSR-POLICY-SIG-HORIZON signature_check_expire_horizon
	KSR-POLICY-BUNDLE-INTERVALS check_bundle_intervals
	KSR-CHAIN-KEYS check_chain_keys
	KSR-CHAIN-OVERLAP check_chain_overlap
END
"$MINT" ksr --dir . --break KSR-BUNDLE-KEYS/exponent >bad.xml
with off.yaml request_policy "rsa_exponent_match_zsk_policy: false"
run ksr-check --policy off.yaml --previous prev.xml --time $NOW bad.xml
passed bad.xml "rsa_exponent_match_zsk_policy: false"
check "... with a warning for the key" grep -q "warning: KSR-BUNDLE-KEYS: key .*: exponent" err
for word in max_signature_validity min_signature_validity max_validity_overlap min_validity_overlap; do
	sed "s/  $word: .*/  $word: PT0S/" policy.yaml >none.yaml
	run ksr-check --policy none.yaml --previous prev.xml --time $NOW ksr.xml
	passed ksr.xml "$word: PT0S"
	check "$word: PT0S is a warning" grep -q "warning: KSR-POLICY-SIG-.*: ksk_policy sets no" err
done

# Other ways to write the same.
for form in $("$MINT" legal --form list | cut -f 1); do
	"$MINT" legal --form "$form" --in ksr.xml >legal.xml
	judge legal.xml
	passed legal.xml "legal: $form"
done

# What means harm is refused at once, and cannot act on the terminal.
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in ksr.xml >hostile.xml
	run timeout 20 ksr-check --policy policy.yaml --previous prev.xml --time $NOW hostile.xml
	refused 1 ': (KSR-[A-Z-]+): ' "hostile: $form"
	refute "hostile: $form: only printable ASCII" grep -q '[^ -~]' err
done
size=$(stat -c %s ksr.xml)
good=0
for ((n = 0; n < size - 1; n += 499)); do
	head -c $n ksr.xml >cut.xml
	judge cut.xml
	[ "$status" -eq 1 ] && [ ! -s out ] && [ "$(rules)" = KSR-XML ] && good=$((good + 1))
done
check "a request cut anywhere is KSR-XML" test $good -eq $(((size + 497) / 499))

# The previous SKR.
"$MINT" skr --dir . --ksr prev.ksr.xml --break SKR-VERIFY/tampered >bad-prev.xml
run ksr-check --policy policy.yaml --previous bad-prev.xml --time $NOW ksr.xml
broke SKR-VERIFY "a previous SKR with a bad signature"
run ksr-check --policy policy.yaml --previous bad-prev.xml --unauthenticated-previous --time $NOW ksr.xml
broke SKR-VERIFY "... is not taken without an anchor either"
check "... and its line is that of its file" grep -q "^ksr-check: bad-prev.xml:[0-9]*: SKR-VERIFY: " err
run ksr-check --policy policy.yaml --previous bad-prev.xml --time $NOW ttl.xml
broke "KSR-BUNDLE-TTL SKR-VERIFY" "a bad request after a bad previous SKR: both are said"
run ksr-check --policy policy.yaml --previous prev.ksr.xml --time $NOW ksr.xml
broke SKR-SCHEMA "a KSR as previous SKR"
run ksr-check --policy policy.yaml --previous /dev/null --time $NOW ksr.xml
broke SKR-XML "an empty previous SKR"
run ksr-check --policy policy.yaml --previous policy.yaml --time $NOW ksr.xml
broke SKR-XML "a previous SKR that is no XML"
judge skr.xml
broke KSR-SCHEMA "an SKR as request"

# Anchors.
sed '/ds_sha256:/d' policy.yaml >no-ds.yaml
run ksr-check --policy no-ds.yaml --previous prev.xml --time $NOW ksr.xml
refused 2 "prev.xml: nothing to authenticate it with: give --anchor" "no anchor at all"
run ksr-check --policy no-ds.yaml --previous prev.xml --unauthenticated-previous --time $NOW ksr.xml
passed ksr.xml "--unauthenticated-previous"
check "... is a warning" grep -q "^ksr-check: prev.xml: warning: SKR-ANCHOR: not authenticated" err
"$MINT" dnskey --dir . --algorithm RSASHA256 ksk-1 >ksk.dnskey
"$MINT" ds --dir . --algorithm RSASHA256 other >other.ds
read -r _ _ _ _ tag algorithm _ digest <ksk.ds
cat >ksk.xml <<END
<?xml version="1.0" encoding="UTF-8"?>
<TrustAnchor id="1" source="nowhere">
  <Zone>.</Zone>
  <KeyDigest id="K1" validFrom="2026-01-01T00:00:00+00:00">
    <KeyTag>$tag</KeyTag><Algorithm>$algorithm</Algorithm><DigestType>2</DigestType>
    <Digest>$digest</Digest>
  </KeyDigest>
</TrustAnchor>
END
for anchor in ksk.ds ksk.dnskey ksk.xml; do
	run ksr-check --policy no-ds.yaml --previous prev.xml --anchor $anchor --time $NOW ksr.xml
	passed ksr.xml "--anchor $anchor"
done
sed 's/2026-01-01T/2026-10-02T/' ksk.xml >late.xml
run ksr-check --policy no-ds.yaml --previous prev.xml --anchor late.xml --time $NOW ksr.xml
broke SKR-ANCHOR "an anchor that was not valid yet"
sed 's/validFrom/validUntil="2026-12-20T00:00:00Z" validFrom/' ksk.xml >gone.xml
run ksr-check --policy no-ds.yaml --previous prev.xml --anchor gone.xml --time $NOW ksr.xml
broke SKR-ANCHOR "an anchor that was valid no longer"
run ksr-check --policy policy.yaml --previous prev.xml --anchor other.ds --time $NOW ksr.xml
broke SKR-ANCHOR "another key's anchor, in place of the policy's"
run ksr-check --policy policy.yaml --previous prev.xml --anchor other.ds --anchor ksk.ds --time $NOW ksr.xml
passed ksr.xml "two files of anchors"
with off.yaml response_policy "check_skr_anchor: false"
run ksr-check --policy off.yaml --previous prev.xml --anchor other.ds --time $NOW ksr.xml
passed ksr.xml "check_skr_anchor: false"
for anchor in /dev/null policy.yaml ksr.xml nowhere .; do
	run ksr-check --policy policy.yaml --previous prev.xml --anchor $anchor --time $NOW ksr.xml
	refused 2 "^ksr-check: $anchor(:[0-9]+)*: " "$anchor as file of anchors"
done

# Files that cannot be read.
ln -s loop loop
for f in nowhere . ksr.xml/inside loop; do
	run ksr-check --policy policy.yaml --previous prev.xml --time $NOW $f
	refused 2 "^ksr-check: $f: [A-Z]" "$f as request"
	run ksr-check --policy policy.yaml --previous $f --time $NOW ksr.xml
	refused 2 "^ksr-check: $f: [A-Z]" "$f as previous SKR"
	run ksr-check --policy $f --previous prev.xml --time $NOW ksr.xml
	refused 2 "^ksr-check: $f: " "$f as policy"
done
judge <.
refused 2 "^ksr-check: -: Is a directory" "a folder as standard input"
judge </dev/null
broke KSR-XML "empty standard input"
judge <&-
refused 2 "^ksr-check: -: Bad file descriptor" "closed standard input"
run ksr-check --policy /dev/null --previous prev.xml ksr.xml
refused 2 "^ksr-check: /dev/null: " "an empty policy"
echo "request_policy: {no_such_word: 1}" >bad.yaml
run ksr-check --policy bad.yaml --previous prev.xml ksr.xml
refused 2 "^ksr-check: bad.yaml:1:18: " "a policy with an unknown word"

# Output that cannot be written.
ksr-check --policy policy.yaml --previous prev.xml --time $NOW ksr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^ksr-check: standard output: No space left on device$" "a full disk"
ksr-check --policy policy.yaml --previous prev.xml --time $NOW ksr.xml >&- 2>err
status=$?
refused 2 "^ksr-check: standard output: Bad file descriptor$" "closed standard output"
ksr-check --policy policy.yaml --previous prev.xml --time $NOW ksr.xml >out 2>/dev/full
status=$?
: >err
expect 2 "warnings that nobody can read"
check "... and nothing is passed on" test ! -s out
set -o pipefail
ksr-check --policy policy.yaml --previous prev.xml --time $NOW ttl.xml 2>err | cat >out
status=$?
set +o pipefail
broke KSR-BUNDLE-TTL "in a pipe"

# Sizes.
run ksr-check --policy policy.yaml --first --time $NOW --max-bytes "$size" ksr.xml
passed ksr.xml "--max-bytes, exactly"
run ksr-check --policy policy.yaml --first --time $NOW --max-bytes $((size - 1)) ksr.xml
broke KSR-XML "--max-bytes, one less"
check "... and how to raise it is said" grep -q "more than $((size - 1)) bytes (--max-bytes" err
judge --max-bytes "$size" ksr.xml
broke SKR-XML "--max-bytes holds for the previous SKR too"
{ cat ksr.xml; head -c $((1048576 - size)) /dev/zero | tr '\0' '\n'; } >full.xml
judge full.xml
passed full.xml "one MiB"
echo >>full.xml
judge full.xml
broke KSR-XML "one byte more than one MiB"
judge --max-bytes 1048577 full.xml
passed full.xml "one byte more, as asked for"

# JSON.
judge --json ksr.xml
passed ksr.xml "--json"
check "--json: an accepted request" json err '$j->{tool} eq "ksr-check" && $j->{verdict} eq "accept" &&
	join(" ", sort keys %$j) eq "findings tool verdict" && @{$j->{findings}} == 1 &&
	$j->{findings}[0]{level} eq "warning"'
run ksr-check -j --policy policy.yaml --first today.xml
check "--json: nothing to say" json err '$j->{verdict} eq "accept" && !@{$j->{findings}}'
judge --json ttl.xml
expect 1 "--json: a refused request"
check "--json: nothing on standard output" test ! -s out
check "--json: its findings" json err '$j->{verdict} eq "refuse" &&
	!grep({ join(" ", sort keys %$_) ne "column input level line rule text" } @{$j->{findings}}) &&
	grep({ $_->{level} eq "broken" && $_->{rule} eq "KSR-BUNDLE-TTL" && $_->{input} eq "ttl.xml" &&
	$_->{line} > 0 && $_->{column} == 0 } @{$j->{findings}}) == 11'
judge --json nowhere
check "--json: a fault" json err '$j->{verdict} eq "fault" && grep({ $_->{level} eq "fault" &&
	!defined $_->{rule} && $_->{input} eq "nowhere" } @{$j->{findings}}) == 1'
"$MINT" hostile --form escapes --in ksr.xml >hostile.xml
judge --json hostile.xml
check "--json: hostile text" json err '$j->{verdict} eq "refuse"'

# The policy in force.
run ksr-check --policy policy.yaml --show-policy
expect 0 "--show-policy"
check "--show-policy begins with the digest" test "$(head -n 1 out)" = "# $(sha256sum policy.yaml)"
check "--show-policy shows defaults" grep -q "signature_horizon_days: 180" out
cp out shown.yaml
run ksr-check --policy shown.yaml --show-policy
check "what it shows is that policy" diff <(tail -n +2 shown.yaml) <(tail -n +2 out)
run ksr-check --policy shown.yaml --previous prev.xml --time $NOW ksr.xml
passed ksr.xml "and judges as it does"
run ksr-check --policy nowhere --show-policy
refused 2 "^ksr-check: nowhere: " "--show-policy without a policy"
ksr-check --policy policy.yaml --show-policy >/dev/full 2>err
status=$?
: >out
refused 2 "standard output: No space left" "--show-policy on a full disk"

usage "no arguments" "--policy is missing"
usage "no --policy" "--policy is missing" --first ksr.xml
usage "neither --first nor --previous" "give --previous FILE, or say --first" --policy policy.yaml ksr.xml
usage "both --first and --previous" "exclude each other" --policy policy.yaml --first --previous prev.xml ksr.xml
usage "an unknown option" "no-such-option" --policy policy.yaml --first --no-such-option ksr.xml
usage "an unknown letter" "-x" --policy policy.yaml --first -x ksr.xml
usage "an ambiguous option" "ambiguous" --policy policy.yaml --p prev.xml ksr.xml
usage "a repeated option" "--policy is given twice" --policy policy.yaml -p policy.yaml --first ksr.xml
usage "a repeated flag" "--first is given twice" --policy policy.yaml --first --first ksr.xml
usage "a missing argument" "--previous needs FILE" --policy policy.yaml --previous
usage "an argument too many" "--first takes no argument" --policy policy.yaml --first=yes ksr.xml
usage "two operands" "extra operand" --policy policy.yaml --first ksr.xml ksr.xml
many=()
for ((n = 0; n < 17; n++)); do many+=(--anchor ksk.ds); done
usage "17 anchors" "16 times" --policy policy.yaml --previous prev.xml "${many[@]}" ksr.xml
run ksr-check --policy policy.yaml --previous prev.xml --time $NOW "${many[@]:2}" ksr.xml
passed ksr.xml "16 anchors"
usage "--time ''" "--time needs T, and what is given is empty" --policy policy.yaml --first --time "" ksr.xml
for t in tomorrow 2026-13-01 2026-12-02T00:00:00+01:00 2026-12-02T24:00:00Z 1764633600; do
	usage "--time '$t'" "--time takes" --policy policy.yaml --first --time "$t" ksr.xml
done
usage "--max-bytes ''" "--max-bytes needs N, and what is given is empty" --policy policy.yaml --first --max-bytes "" ksr.xml
for n in 0 -1 1k 0x10 2147483648 99999999999999999999; do
	usage "--max-bytes '$n'" "--max-bytes takes" --policy policy.yaml --first --max-bytes "$n" ksr.xml
done

cp policy.yaml root.yaml
manual ksr-check.1

done_testing

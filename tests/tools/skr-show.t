# skr-show: table, JSON and records of a response, and every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1

# table: the rows that the JSON of the last run amounts to, without padding and KSKs.
table()
{
	perl -MJSON::PP -e '
		local $/; my $n = 0;
		for my $b (@{JSON::PP->new->decode(<STDIN>)->{bundles}}) {
			print join(" ", ++$n, map({ s/Z$//r } $b->{inception}, $b->{expiration}),
			    join(",", map { sprintf "%05d", $_->{tag} }
			    grep { $_->{flags} == 256 } @{$b->{keys}})), "\n";
		}' <"$T/out"
}

# values ELEMENT FILE: what stands in these elements, one a line.
values()
{
	grep -oE "<$1>[^<]*" "$2" | sed 's/.*>//'
}

run skr-show skr.xml
expect 0 "a table"
check "a table: not a word on stderr" test ! -s err
cp out table.txt
check "its first line" grep -qxE \
	"SKR $(grep -oE '<KSR id="[^"]*' skr.xml | cut -d '"' -f 2)  serial 1  domain \\." <(head -n 1 out)
check "its second line" test "$(sed -n 2p out)" = "sha256 $(sha256sum <skr.xml | cut -c 1-64)"
check "its heading" grep -qxE "#  Inception +Expiration +ZSK Tags +KSK Tag\(CKA_LABEL\)" out
tag=$(awk '{ printf "%05d", $5 }' ksk.ds)
check "nine bundles, all signed by the KSK" test "$(grep -cE "^[1-9]  20.* $tag\(ksk-1\)/S$" out)" -eq 9
check "the columns stand below each other" test "$(tail -n +4 out | awk '{
	print index($0, "(ksk-1)") }' | sort -u | wc -l)" -eq 1
run skr-show <skr.xml
check "standard input" cmp out table.txt
run skr-show - <skr.xml
check "standard input by its name" cmp out table.txt

# What a KSK does in a slot.
"$MINT" keys --dir . --algorithm RSASHA256 ksk-2
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1 --publish ksk-2 >published.xml
run skr-show published.xml
check "P: published only" test "$(grep -cE '[0-9]{5}\(ksk-2\)/P(,|$)' out)" -eq 9
check "... beside S" test "$(grep -cE "$tag\(ksk-1\)/S(,|$)" out)" -eq 9
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1 --revoke ksk-2 >revoked.xml
run skr-show revoked.xml
check "RS: revoked, and signs" test "$(grep -cE '[0-9]{5}\(ksk-2\)/RS(,|$)' out)" -eq 9
perl -0pe 's/ *<Signature keyIdentifier="ksk-2">.*?<\/Signature>\n//sg' revoked.xml >mute.xml
run skr-show mute.xml
check "R: revoked, and does not sign" test "$(grep -cE '[0-9]{5}\(ksk-2\)/R(,|$)' out)" -eq 9
"$MINT" skr --dir . --ksr ksr.xml --ksk ksk-1,ksk-2 >two.xml
perl -0pe 's/ *<Key keyIdentifier="ksk-2".*?<\/Key>\n//sg' two.xml >hidden.xml
run skr-show hidden.xml
check "N: signs without standing in the set" test "$(grep -cE '[0-9]{5}\(ksk-2\)/N(,|$)' out)" -eq 9
perl -0pe 's/ *<Key keyIdentifier="zsk.*?<\/Key>\n//sg' skr.xml >no-zsk.xml
run skr-show no-zsk.xml
check "no ZSK" test "$(grep -cE ' - .*ksk-1' out)" -eq 9

run skr-show --json skr.xml
expect 0 "--json"
check "--json and the table tell the same" diff <(table) \
	<(tail -n +4 table.txt | tr -s ' ' | cut -d ' ' -f 1-4)
check "--json: members" json out 'join(" ", sort keys %$j) eq
	"bundles domain id ksk_policy serial sha256 type zsk_policy" && $j->{type} eq "SKR"'
check "--json: both policies" json out '$j->{ksk_policy}{retire_safety} eq "P28D" &&
	$j->{zsk_policy}{retire_safety} eq "P10D" && keys %{$j->{ksk_policy}} == 7'
check "--json: no signers" json out '!grep { @{$_->{signers}} } @{$j->{bundles}}'
cp out skr.json
for pair in PublicKey:public_key SignatureData:signature; do
	check "--json: every ${pair%:*}" diff <(values "${pair%:*}" skr.xml | sort) \
		<(grep -oE "\"${pair#*:}\":\"[^\"]*" skr.json | cut -d '"' -f 4 | sort)
done

run skr-show --rr skr.xml
expect 0 "--rr"
check "--rr: every key" diff <(values PublicKey skr.xml | sort) \
	<(awk '$4 == "DNSKEY" { print $8 }' out | sort)
check "--rr: every signature" diff <(values SignatureData skr.xml | sort) \
	<(awk '$4 == "RRSIG" { print $13 }' out | sort)
check "--rr: the KSK as anybody else writes it" \
	grep -qxF "$("$MINT" dnskey --dir . --algorithm RSASHA256 ksk-1)" out
if command -v ldns-key2ds >/dev/null; then
	grep 'DNSKEY 257' out | sort -u >ksk.dnskey
	check "--rr: ldns makes the DS of it" diff <(ldns-key2ds -n -2 ksk.dnskey | tr '\t' ' ') ksk.ds
fi

# The time that is left: nine slots from 2027-01-01 on, the last one until 2027-04-12.
run skr-show --left --time 2027-01-01 skr.xml
expect 0 "--left"
check "--left: the line" test "$(cat out)" = "left 101 days (8726400 s), until 2027-04-12T00:00:00Z"
check "--left: not a word on stderr" test ! -s err
run skr-show --left -t 2027-03-29T00:00:00Z - <skr.xml
expect 0 "--left: the default threshold, exactly"
run skr-show --left --time 2027-03-29T00:00:01Z skr.xml
expect 1 "--left: one second less"
check "... shows the time" test "$(cat out)" = "left 13 days (1209599 s), until 2027-04-12T00:00:00Z"
check "... and says why" grep -qx "skr-show: skr.xml: less than P14D is left" err
run skr-show --left --warn P3W --time 2027-03-29 skr.xml
expect 1 "--left: --warn, above what is left"
run skr-show --left --warn PT1S --time 2027-04-11T23:59:59Z skr.xml
expect 0 "--left: the last second"
for t in 2026-12-31T23:59:59Z 2027-04-12; do
	run skr-show --left --warn PT0S --time $t skr.xml
	expect 1 "--left: nothing holds at $t"
	check "... shows it" grep -qE '^left 0 days \(0 s\), nothing holds at 20' out
	check "... and says so" grep -q '^skr-show: skr.xml: no bundle holds at 20' err
done
perl -0pe 's/ *<ResponseBundle id="[^"]*">\s*<Inception>2027-0(1-31|2-10).*?<\/ResponseBundle>\n//sg' \
	skr.xml >gap.xml
run skr-show --left --time 2027-01-01 gap.xml
check "--left: up to a gap" test "$(cat out)" = "left 41 days (3542400 s), until 2027-02-11T00:00:00Z"
run skr-show --left skr.xml
check "--left: as of now" test "$status" -le 1 -a "$(wc -l <out)" -eq 1
run skr-show --left ksr.xml
broke SKR-SCHEMA "--left: a KSR"
skr-show --left --time 2027-01-01 skr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^skr-show: skr.xml: standard output: No space left" "--left: a full disk"

# It judges nothing, and nothing in a document acts on the terminal.
"$MINT" skr --dir . --ksr ksr.xml --break SKR-VERIFY/tampered >bad.xml
run skr-show bad.xml
expect 0 "a bad signature is shown"
sed 's/"ksk-1"/"k 1\&#27;[2J,\&#9;\&#xe4;"/' skr.xml >odd.xml
run skr-show odd.xml
refused 1 "SKR-XML" "an escape in a label is no XML"
sed 's/"ksk-1"/"k%1 \&#x9b;2J,\&#xe4;"/' skr.xml >odd.xml
run skr-show odd.xml
check "an odd label" grep -qF "(k%251%20%C2%9B2J,%C3%A4)/S" out
for form in $("$MINT" legal --form list | cut -f 1); do
	[ "$form" = signers ] && continue
	"$MINT" legal --form "$form" --in skr.xml >legal.xml
	run skr-show legal.xml
	check "legal: $form" diff <(tail -n +3 table.txt) <(tail -n +3 out)
done
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in skr.xml >hostile.xml
	run timeout 20 skr-show hostile.xml
	refute "hostile: $form: only printable ASCII" grep -q '[^ -~]' out err
	check "hostile: $form: shown or refused" test "$status" -le 1
	[ "$status" -eq 0 ] || refused 1 '^skr-show: hostile.xml.*: SKR-(XML|SCHEMA): ' "hostile: $form"
done

# What is served and held when.
run skr-show --timeline --previous prev.xml skr.xml
expect 0 "--timeline"
# rows PATTERN...: are the rows of the table of this form, in this order?
rows()
{
	local n=0 p
	for p; do
		n=$((n + 1))
		sed -n "$((n + 2))p" out | tr -s ' ' | grep -qxE "$p" || return 1
	done
}
t='T0[0-2]:00:00'
check "--timeline: the change of ZSKs" rows \
	"2027-01-01$t 2027-01-01$t p9 p9 ([0-9]{5}),[0-9]{5} ([0-9]{5}),[0-9]{5}" \
	"2027-01-01$t 2027-01-03$t 1 p9,1 ([0-9]{5}) ([0-9]{5}),[0-9]{5}" \
	"2027-01-03$t 2027-01-07$t 1 1 ([0-9]{5}) ([0-9]{5}),[0-9]{5}" \
	"2027-01-07$t 2027-01-11$t 1 1 ([0-9]{5}) [0-9]{5}" \
	"2027-01-11$t 2027-01-13$t 2 1,2 ([0-9]{5}) [0-9]{5}"
check "--timeline: each interval begins as the one before ends" \
	awk 'NR > 3 && $1 != until { exit 1 } { until = $2 }' out
check "--timeline: the end" test "$(tail -n 1 out | tr -s " " | cut -d " " -f 1-5)" = \
	"2027-04-12T00:00:00 2027-04-18T00:00:00 - - -"
run skr-show --timeline --ttl PT0S --propagation PT0S --skew PT0S skr.xml
check "--timeline: a DNSKEY TTL alone" rows \
	"2027-01-01T00:00:00 2027-01-11T00:00:00 1 1 ([0-9]{5}) [0-9]{5}" \
	"2027-01-11T00:00:00 2027-01-13T00:00:00 2 1,2 ([0-9]{5}) [0-9]{5}"
"$MINT" skr --dir . --ksr ksr.xml --break SKR-TIMELINE/kept >kept.xml
run skr-show --timeline --zsk-use SKR-TIMELINE-kept.zsk kept.xml
check "--timeline --zsk-use: two that sign" grep -qE \
	"^2027-02-20T01:00:00 2027-02-22T02:00:00 6 5,6 [0-9]{5},[0-9]{5} [0-9]{5},[0-9]{5}$" <(tr -s " " <out)
run skr-show --timeline kept.xml
check "--timeline: without it the slots tell otherwise" grep -qE \
	"^2027-02-20T01:00:00 2027-02-22T02:00:00 6 5,6 [0-9]{5} [0-9]{5}$" <(tr -s " " <out)
"$MINT" skr --dir . --ksr ksr.xml --break SKR-TIMELINE/doubtful >doubt.xml
run skr-show --timeline doubt.xml
check "--timeline: a doubtful slot" grep -qE " 5 4,5 [?] " <(tr -s " " <out)
run skr-show --timeline --previous skr.xml skr.xml
refused 1 "^skr-show: skr.xml:[0-9]+: bundle 1 is out of order$" "--timeline after itself"
run skr-show --timeline --previous ksr.xml skr.xml
refused 1 "^skr-show: ksr.xml:[0-9]+: SKR-SCHEMA: " "--timeline after a request"
"$MINT" skr --dir . --ksr ksr.xml --break SKR-TIMELINE/unknown >unknown.xml
run skr-show --timeline --zsk-use SKR-TIMELINE-unknown.zsk skr.xml
refused 1 "SKR-TIMELINE-unknown.zsk:2: key 'zsk-of-nobody' stands in no bundle" "--timeline, an unknown key"
run skr-show --timeline --zsk-use nowhere skr.xml
refused 2 "nowhere: No such file" "--timeline, no such file"
run skr-show --timeline --previous nowhere skr.xml
refused 2 "nowhere: No such file" "--timeline, no such response"

# Refused.
run skr-show ksr.xml
broke SKR-SCHEMA "a KSR"
run skr-show policy.yaml
broke SKR-XML "no XML"
run skr-show </dev/null
broke SKR-XML "empty"
head -c 3000 skr.xml >cut.xml
run skr-show cut.xml
broke SKR-XML "a part of a response"
size=$(stat -c %s skr.xml)
run skr-show --max-bytes $((size - 1)) skr.xml
broke SKR-XML "--max-bytes, one less"
run skr-show --max-bytes "$size" skr.xml
expect 0 "--max-bytes, exactly"

# Could not tell.
ln -s loop loop
for f in nowhere . skr.xml/inside loop; do
	run skr-show $f
	refused 2 "^skr-show: $f: [A-Z]" "$f"
done
run skr-show <&-
refused 2 "^skr-show: -: Bad file descriptor" "closed standard input"
skr-show skr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^skr-show: skr.xml: standard output: No space left" "a full disk"
skr-show skr.xml >&- 2>err
status=$?
refused 2 "^skr-show: skr.xml: standard output: Bad file descriptor" "closed standard output"

usage "two forms" "exclude each other" --rr --json skr.xml
usage "--left and a form" "exclude each other" --left --json skr.xml
usage "--warn without --left" "go with --left" --warn P7D skr.xml
usage "--time without --left" "go with --left" --rr --time 2027-01-01 skr.xml
usage "--warn without a duration" "--warn takes" --left --warn 14 skr.xml
usage "--time without a time" "--time takes" --left --time yesterday skr.xml
usage "--timeline and a form" "exclude each other" --timeline --json skr.xml
usage "--ttl without --timeline" "go with --timeline" --ttl P2D skr.xml
usage "--previous without --timeline" "go with --timeline" --left --previous prev.xml skr.xml
usage "--skew without a duration" "take a duration" --timeline --skew 1h skr.xml
usage "a form of ksr-show" "no such option" --format bind skr.xml
usage "an unknown option" "no such option" --policy x skr.xml
usage "a repeated option" "--rr is given twice" --rr --rr skr.xml
usage "two operands" "extra operand" skr.xml skr.xml
usage "--max-bytes without a number" "--max-bytes takes" --max-bytes 0 skr.xml

cp policy.yaml root.yaml
manual skr-show.1

done_testing

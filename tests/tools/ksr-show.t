# ksr-show: table, JSON and records of a request, and every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$(dirname "$0")/../texts.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1

# table: the rows that the JSON of the last run amounts to, without padding.
table()
{
	perl -MJSON::PP -e '
		local $/; my $n = 0;
		for my $b (@{JSON::PP->new->decode(<STDIN>)->{bundles}}) {
			print join(" ", ++$n, map({ s/Z$//r } $b->{inception}, $b->{expiration}),
			    join(",", map { sprintf "%05d", $_->{tag} } @{$b->{keys}}), "-"), "\n";
		}' <"$T/out"
}

# values ELEMENT FILE: what stands in these elements, one a line.
values()
{
	grep -oE "<$1>[^<]*" "$2" | sed 's/.*>//'
}

run ksr-show ksr.xml
expect 0 "a table"
check "a table: not a word on stderr" test ! -s err
cp out table.txt
check "its first line" grep -qxE \
	"KSR $(grep -oE '<KSR id="[^"]*' ksr.xml | cut -d '"' -f 2)  serial 1  domain \\." <(head -n 1 out)
check "its second line" test "$(sed -n 2p out)" = "sha256 $(sha256sum <ksr.xml | cut -c 1-64)"
check "its heading" grep -qxE "#  Inception +Expiration +ZSK Tags +KSK Tag\(CKA_LABEL\)" out
check "a line a bundle" test "$(wc -l <out)" -eq 12
check "the columns stand below each other" test "$(tail -n +3 out | awk '{
	print index($0, NR == 1 ? "KSK" : " -") + (NR > 1) }' | sort -u | wc -l)" -eq 1
run ksr-show <ksr.xml
check "standard input" cmp out table.txt
run ksr-show - <ksr.xml
check "standard input by its name" cmp out table.txt

run ksr-show --json ksr.xml
expect 0 "--json"
check "--json and the table tell the same" diff <(table) <(tail -n +4 table.txt | tr -s ' ')
check "--json: members" json out 'join(" ", sort keys %$j) eq
	"bundles domain id serial sha256 type zsk_policy" && $j->{type} eq "KSR" &&
	$j->{serial} eq "1" && $j->{domain} eq "."'
check "--json: the policy" json out '$j->{zsk_policy}{publish_safety} eq "P10D" &&
	$j->{zsk_policy}{max_validity_overlap} eq "P12D" && keys %{$j->{zsk_policy}} == 7 &&
	$j->{zsk_policy}{algorithms}[0]{size} == 2048 &&
	$j->{zsk_policy}{algorithms}[0]{exponent} == 65537'
check "--json: a bundle" json out 'my $b = $j->{bundles}[0]; join(" ", sort keys %$b) eq
	"expiration id inception keys signatures signers" && @{$b->{signers}} == 0 &&
	join(" ", sort keys %{$b->{keys}[0]}) eq "algorithm flags identifier protocol public_key tag ttl" &&
	join(" ", sort keys %{$b->{signatures}[0]}) eq "algorithm expiration identifier inception labels original_ttl signature signer tag ttl"'
cp out ksr.json
for pair in PublicKey:public_key SignatureData:signature; do
	check "--json: every ${pair%:*}" diff <(values "${pair%:*}" ksr.xml | sort) \
		<(grep -oE "\"${pair#*:}\":\"[^\"]*" ksr.json | cut -d '"' -f 4 | sort)
done
run ksr-show -j <ksr.xml
check "-j" cmp out ksr.json
"$MINT" legal --form signers --in ksr.xml >signers.xml
run ksr-show -j signers.xml
check "--json: signers" json out '!grep { @{$_->{signers}} != 1 } @{$j->{bundles}}'

run ksr-show --rr ksr.xml
expect 0 "--rr"
check "--rr: a comment a bundle" test "$(grep -cE '^; bundle [1-9]: 20[0-9TZ:-]{18} to 20[0-9TZ:-]{18}$' out)" -eq 9
check "--rr: every key" diff <(values PublicKey ksr.xml | sort) \
	<(awk '$4 == "DNSKEY" { print $8 }' out | sort)
check "--rr: every signature" diff <(values SignatureData ksr.xml | sort) \
	<(awk '$4 == "RRSIG" { print $13 }' out | sort)
check "--rr: times as in zone files" grep -qE '^\. 172800 IN RRSIG DNSKEY 8 0 172800 20[0-9]{12} 20[0-9]{12} [0-9]+ \. ' out
if command -v ldns-key2ds >/dev/null; then
	grep DNSKEY out | grep -v RRSIG | while read -r line; do
		echo "$line" >one
		ldns-key2ds -f -n -2 one
	done >ds
	check "--rr: ldns reads each key, and finds the tags of the request" \
		diff <(grep -oE 'keyTag="[0-9]+' ksr.xml | cut -d '"' -f 2 | sort) <(awk '{ print $5 }' ds | sort)
fi

# As text for other signers.
samples KeySigningRequest ksr
for form in bind knot; do
	run ksr-show --format $form ksr.xml
	expect 0 "--format $form"
	check "--format $form: in the form of the samples" textform $form KeySigningRequest <out
	check "--format $form: every key, and no signature" diff <(values PublicKey ksr.xml) \
		<(awk '!/^;/ { print $4 == "DNSKEY" ? $8 : $0 }' out)
	check "--format $form: each bundle begins at its inception" \
		diff <(grep '^;' out | sed '$d' | if [ $form = knot ]; then
			cut -d ' ' -f 4 | sed 's/^/@/' | date -u -f - +%FT%TZ
		else
			cut -d ' ' -f 4 | sed -E 's/(....)(..)(..)(..)(..)(..)/\1-\2-\3T\4:\5:\6Z/'
		fi) <(ksr-show --rr ksr.xml | sed -n 's/^; bundle .: \(.*\) to .*/\1/p')
	mv out $form.txt
	ksr-show --format $form <ksr.xml >again
	check "--format $form: same request, same bytes" cmp again $form.txt
done
keymgr=$(PATH=$PATH:/usr/sbin type -P keymgr)
if [ -z "$keymgr" ]; then
	skip "no keymgr"
else
	mkdir -p kasp
	printf '%s\n' "database:" "    storage: $T/kasp" "policy:" "  - id: ksk" \
		"    algorithm: RSASHA256" "    manual: on" "    offline-ksk: on" "zone:" \
		'  - domain: "."' "    dnssec-signing: on" "    dnssec-policy: ksk" >knot.conf
	"$keymgr" -c knot.conf . generate algorithm=RSASHA256 size=2048 ksk=yes zsk=no \
		created=20261201 publish=20261201 ready=20261201 active=20261201 >keymgr.log 2>&1
	run "$keymgr" -c knot.conf . sign-ksr knot.txt
	expect 0 "keymgr signs it"
	check "keymgr: a response, nine slots signed" test "$(grep -c '^\..* RRSIG DNSKEY ' out)" -eq 9
	check "keymgr: of its own grammar" textform knot SignedKeyResponse <out
	# As ksr-show(1) and skr-import(1) say; where it no longer holds, they have to say something else.
	timeout 60 "$keymgr" -c knot.conf . sign-ksr bind.txt 2>keymgr.log | head -n 1 >first
	check "keymgr takes the times of BIND's form for seconds" \
		grep -qE '^;; SignedKeyResponse 1\.0 20270101000000 \(644303-' first
	check "... and says nothing" test ! -s keymgr.log
fi
perl -0pe 's/<Inception>2027-01-11T/<Inception>2027-01-01T/' ksr.xml >disorder.xml
run ksr-show --format bind disorder.xml
broke "" "--format: two bundles that begin at once"
check "... said with its place" grep -qE '^ksr-show: disorder.xml:[0-9]+: bundle 2 begins no later' err

# Other algorithms and zones.
for a in RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	"$MINT" ksr --dir $a --algorithm $a --zone example.org >$a.xml
	run ksr-show --json $a.xml
	expect 0 "$a"
	check "$a: its size" json out 'my $g = $j->{zsk_policy}{algorithms}[0]; $g->{size} > 0 &&
		defined($g->{exponent}) == ($g->{algorithm} == 10) && $j->{domain} =~ /^example\.org/'
	run ksr-show --rr $a.xml
	check "$a: records" grep -q '^example\.org\. 172800 IN DNSKEY 256 3 ' out
done
"$MINT" many --dir many --bundles 120
run ksr-show many/ksr.xml
check "120 bundles: numbers of three digits" grep -qE '^120  20' out
check "120 bundles: in columns" grep -qE '^1    20' out

# It judges nothing, and nothing in a document acts on the terminal.
"$MINT" ksr --dir . --break KSR-BUNDLE-POP/tampered >bad.xml
run ksr-show bad.xml
expect 0 "a bad signature is shown"
sed 's/<KSR id="[^"]*"/<KSR id="a%b c\&#x9b;2J\&#xe4;"/' ksr.xml >odd.xml
run ksr-show odd.xml
check "an odd id" grep -qE '^KSR a%25b%20c%C2%9B2J%C3%A4  serial' out
run ksr-show --json odd.xml
check "an odd id as JSON" json out '$j->{id} eq "a%b c\x{9b}2J\x{e4}"'
for form in $("$MINT" legal --form list | cut -f 1); do
	"$MINT" legal --form "$form" --in ksr.xml >legal.xml
	run ksr-show legal.xml
	check "legal: $form" diff <(tail -n +3 table.txt) <(tail -n +3 out)
done
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in ksr.xml >hostile.xml
	run timeout 20 ksr-show hostile.xml
	refute "hostile: $form: only printable ASCII" grep -q '[^ -~]' out err
	check "hostile: $form: shown or refused" test "$status" -le 1
	[ "$status" -eq 0 ] || refused 1 '^ksr-show: hostile.xml.*: KSR-(XML|SCHEMA): ' "hostile: $form"
done

# Refused.
run ksr-show skr.xml
broke KSR-SCHEMA "an SKR"
run ksr-show policy.yaml
broke KSR-XML "no XML"
run ksr-show </dev/null
broke KSR-XML "empty"
head -c 3000 ksr.xml >cut.xml
run ksr-show cut.xml
broke KSR-XML "a part of a request"
size=$(stat -c %s ksr.xml)
run ksr-show --max-bytes $((size - 1)) ksr.xml
broke KSR-XML "--max-bytes, one less"
run ksr-show --max-bytes "$size" ksr.xml
expect 0 "--max-bytes, exactly"

# Could not tell.
ln -s loop loop
for f in nowhere . ksr.xml/inside loop; do
	run ksr-show $f
	refused 2 "^ksr-show: $f: [A-Z]" "$f"
done
run ksr-show <&-
refused 2 "^ksr-show: -: Bad file descriptor" "closed standard input"
ksr-show ksr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^ksr-show: ksr.xml: standard output: No space left" "a full disk"
ksr-show ksr.xml >&- 2>err
status=$?
refused 2 "^ksr-show: ksr.xml: standard output: Bad file descriptor" "closed standard output"

usage "two forms" "exclude each other" --json --rr ksr.xml
usage "a form and a text" "exclude each other" --json --format bind ksr.xml
usage "a form of other tools" "--format takes bind or knot" --format zone ksr.xml
usage "options of skr-show" "no such option" --left ksr.xml
usage "an unknown option" "no such option" --xml ksr.xml
usage "a repeated option" "--json is given twice" --json -j ksr.xml
usage "two operands" "extra operand" ksr.xml ksr.xml
usage "--max-bytes without a number" "--max-bytes takes" --max-bytes x ksr.xml
usage "--max-bytes without argument" "--max-bytes needs" --max-bytes

manual ksr-show.1

done_testing

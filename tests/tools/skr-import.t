# skr-import: the texts of BIND and of Knot DNS, and what must not become a response.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1

# import FORM ARGUMENT...: with the request and the anchor of the ceremony.
import()
{
	local form=$1
	shift
	run skr-import --policy policy.yaml --format "$form" --ksr ksr.xml --anchor ksk.ds "$@"
}

# What we have written as text is the same response again, for every algorithm and odd names.
while read -r a zone; do
	"$MINT" ceremony --dir "$a" --algorithm "$a" --zone "$zone"
	(cd "$a" && skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml skr.xml >skr.good) || exit 1
	for form in bind knot; do
		skr-export --format $form "$a"/skr.xml >"$a"/$form.txt
		run skr-import --policy "$a"/policy.yaml --format $form --ksr "$a"/ksr.xml "$a"/$form.txt
		expect 0 "$a, $zone: $form"
		check "$a, $zone: $form: not a word" test ! -s err
		cp out "$a"/$form.xml
		run skr-check --policy "$a"/policy.yaml --previous "$a"/prev.xml --ksr "$a"/ksr.xml \
			--anchor "$a"/ksk.ds "$a"/$form.xml
		expect 0 "$a, $zone: $form: it answers the request as the first one did"
		check "$a, $zone: $form: the same text again" cmp "$a"/$form.txt <(skr-export --format $form "$a"/$form.xml)
	done
	check "$a, $zone: both texts give one document" cmp "$a"/bind.xml "$a"/knot.xml
done <<'END'
RSASHA256 .
RSASHA512 co.test
ECDSAP256SHA256 example.org
ECDSAP384SHA384 a-label-of-sixty-three-octets-which-is-as-long-as-a-label-may-b.test
ED25519 Mixed.Case.Test
ED448 dot\.and\032space\;semicolon.test
END
for form in bind knot; do
	skr-export --format $form skr.xml >$form.txt
	ksr-show --format $form ksr.xml >$form.ksr
done
import bind bind.txt
cp out want.xml
check "all but the names of the KSKs is as it was" diff \
	<(sed 's/keyIdentifier="[^"]*"//' skr.xml | grep -vE '</?Response' | tail -n +20) \
	<(sed 's/keyIdentifier="[^"]*"//' want.xml | grep -vE '</?Response' | tail -n +20)
import bind <bind.txt
check "standard input" cmp out want.xml
import bind - <bind.txt
check "standard input by its name" cmp out want.xml
sed 's/$/\r/' bind.txt >crlf.txt
import bind crlf.txt
check "other line ends" cmp out want.xml

# The request as text; none; without it the ids are made of the text.
import bind --max-bytes 2000000 bind.txt
expect 0 "a larger limit"
run skr-import -p policy.yaml --format bind --ksr bind.ksr --anchor ksk.ds bind.txt
expect 0 "the request as text"
check "the request as text: not a word" test ! -s err
cp out one.xml
run skr-import -p policy.yaml --format bind --no-ksr --anchor ksk.ds bind.txt
expect 0 "no request"
check "no request: said" grep -qx \
	"skr-import: bind.txt: warning: not compared with any request, as asked for" err
check "no request: the same document" cmp out one.xml
check "ids are those of RFC 9562, version 8" test \
	"$(grep -cE '(KSR|Bundle) id="[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"' one.xml)" -eq 10
check "ids differ" test "$(grep -oE ' id="[^"]*"' one.xml | sort -u | wc -l)" -eq 10
run skr-check --policy policy.yaml --previous prev.xml --anchor ksk.ds one.xml
expect 0 "no request: a sound response"
run skr-check --policy policy.yaml --first --ksr ksr.xml --anchor ksk.ds one.xml
broke SKR-MATCH "no request: it is not known as the answer to one"

# Files that the programs themselves have written.
if [ -z "${KSR_DATA:-}" ]; then
	skip "KSR_DATA is not set: no files of dnssec-ksr and keymgr here"
else
	for f in bind:11: bind:11:-ecdsa knot:14: knot:14:-ecdsa; do
		IFS=: read -r form n a <<<"$f"
		data=$KSR_DATA/interop
		run skr-import --policy policy.yaml --format "$form" --ksr "$data/$form-ksr$a.txt" --no-anchor \
			"$data/$form-skr$a.txt"
		expect 0 "$form-skr$a.txt"
		check "$form-skr$a.txt: every set" test "$(grep -c '<ResponseBundle ' out)" -eq "$n"
		check "$form-skr$a.txt: what is left out is said, if there is" test \
			"$(grep -cE 'warning: 40 records CDS, CDNSKEY and RRSIG over them are left out' err)" -eq \
			"$(grep -c 'IN.CDS.*' "$data/$form-skr$a.txt" | sed 's/^[1-9].*/1/')"
		cp out sample.xml
		printf 'response_policy:\n  num_bundles: %s\n' "$n" >sample.yaml
		run skr-check --policy sample.yaml --first --no-anchor sample.xml
		expect 0 "$form-skr$a.txt: skr-check accepts it"
		if [ "$form" = knot ]; then
			run skr-import --policy policy.yaml --format bind --no-ksr --no-anchor "$data/$form-skr$a.txt"
			broke "" "$form-skr$a.txt is not of BIND's form"
		fi
		run skr-import --policy policy.yaml --format "$form" --no-ksr --anchor ksk.ds "$data/$form-skr$a.txt"
		broke "SKR-ANCHOR SKR-KSKS" "$form-skr$a.txt: another anchor"
		run skr-import --policy policy.yaml --format "$form" --no-ksr --no-anchor "$data/$form-ksr$a.txt"
		broke "" "$form-ksr$a.txt is a request"
		check "$form-ksr$a.txt: said" grep -q "ksr$a.txt:1: this is a request, not a response" err
	done
fi

"$MINT" cases >list
# Every case of a rule that a text can break, and no other rule.
while read -r name rules; do
	"$MINT" skr --dir . --ksr ksr.xml --break "$name" >bad.xml
	read -ra expected <<<"$(awk -F'\t' -v n="$name" '$1 == n { print $4 }' list | grep -oE -- '--expect [^ ]*')"
	for form in bind knot; do
		skr-export --format $form bad.xml >bad.txt
		import $form "${expected[@]}" bad.txt
		if [ "$rules" = - ]; then
			expect 0 "$form: $name"
		else
			broke "$rules" "$form: $name"
		fi
	done
done <<'END'
SKR-VERIFY/tampered SKR-VERIFY
SKR-VERIFY/ttl SKR-VERIFY
SKR-VERIFY/original-ttl SKR-VERIFY
SKR-VERIFY/labels SKR-VERIFY
SKR-VERIFY/signer SKR-VERIFY
SKR-VERIFY/set SKR-VERIFY
SKR-VERIFY/replayed SKR-VERIFY
SKR-VERIFY/foreign SKR-VERIFY
SKR-VERIFY/second SKR-VERIFY
SKR-VERIFY/stray SKR-VERIFY
SKR-VERIFY/sign-only SKR-VERIFY
SKR-ANCHOR/one SKR-ANCHOR
SKR-ANCHOR/all SKR-ANCHOR
SKR-ANCHOR/zsk SKR-ANCHOR SKR-KSKS
SKR-KSKS/injected SKR-KSKS
SKR-KSKS/revoked-nobody SKR-KSKS
SKR-KSKS/flags-sep SKR-KSKS
SKR-KSKS/zsk SKR-KSKS
SKR-KSKS/unexpected SKR-KSKS
SKR-KSKS/expected -
SKR-ALG/unsigned SKR-ALG
SKR-ALG/signed -
END
# What a text alone can be judged by has no rule of its own.
while read -r name pattern; do
	"$MINT" skr --dir . --ksr ksr.xml --break "$name" >bad.xml
	skr-export --format knot bad.xml >bad.txt
	import knot bad.txt
	broke "" "$name"
	check "$name: said with its place" grep -qE "^skr-import: bad.txt:[0-9]+: $pattern" err
done <<'END'
SKR-VERIFY/inception no signature holds from 20[-0-9TZ:]+, the time of its header, until the next
SKR-MATCH/extra key [0-9]+ stands there at 2027-[-0-9TZ:]+ and was not requested
SKR-MATCH/missing key [0-9]+ \(.*\) was requested for 2027-[-0-9TZ:]+ and is missing
END
skr-export --format knot --slot 1 skr.xml | sed '$d' >gap.txt
skr-export --format knot skr.xml | awk '/^;; .* 1801353600/ { on = 1 } on' >>gap.txt
run skr-import --policy policy.yaml --format knot --no-ksr --anchor ksk.ds gap.txt
broke SKR-COVERAGE "two sets are missing"
check "... of which the first one says so too" grep -q \
	"gap.txt:1: no signature holds from 2027-01-01T00:00:00Z, the time of its header, until the next" err

# The request.
skr-export --format knot --slot 3 skr.xml >part.txt
import knot part.txt
broke "" "a part of the answer"
check "a part: the beginning is missing" grep -q \
	"part.txt:1: it begins at 2027-01-21T00:00:00Z, the request at 2027-01-01T00:00:00Z" err
check "a part: later keys are missing" grep -qE "part.txt:1: key [0-9]+ .* was requested for 2027-03-22T" err
# Without the slot of the last set nothing tells, where its keys are those of the one before.
head -n "$(awk '/^;;/ { n++ } n == 8 { print NR - 1; exit }' knot.txt)" knot.txt |
	cat - <(tail -n 1 knot.txt) >short.txt
import knot short.txt
broke "" "the last two sets are missing: the new ZSK is"
skr-export --format knot prev.xml >prev.txt
import knot prev.txt
broke "" "the answer of another quarter"
run skr-import --policy policy.yaml --format knot --ksr prev.ksr.xml --anchor ksk.ds knot.txt
broke "" "another request"
run skr-import --policy policy.yaml --format knot --ksr ECDSAP256SHA256/ksr.xml --anchor ksk.ds knot.txt
broke "" "the request of another zone"
check "another zone: said" grep -q "knot.txt:2: a foreign owner: \., not example.org\." err
run skr-import --policy policy.yaml --format knot --ksr bind.ksr --anchor ksk.ds knot.txt
expect 0 "Knot takes the times of BIND's headers too"
run skr-import --policy policy.yaml --format bind --ksr knot.ksr --anchor ksk.ds bind.txt
broke "" "BIND takes only its own"
run skr-import --policy policy.yaml --format knot --ksr knot.txt --anchor ksk.ds knot.txt
broke "" "a response as request"
check "a response as request: said" grep -q "knot.txt:1: this is a response, not a request" err
run skr-import --policy policy.yaml --format knot --ksr skr.xml --anchor ksk.ds knot.txt
broke KSR-SCHEMA "an SKR as request"
run skr-import --policy policy.yaml --format knot --ksr /dev/null --anchor ksk.ds knot.txt
broke "" "an empty request"

# Dirt: each is refused by what is wrong with it, in its line.
dirt()
{
	local form=$1 line=$2 why=$3
	import "$form" dirt.txt
	broke "" "$form: $why"
	check "$form: $why: said" grep -qE "^skr-import: dirt.txt:$line: $why" err
}
sed 1d bind.txt >dirt.txt
dirt bind 1 "no header before the first record"
sed '$d' bind.txt >dirt.txt
dirt bind "[0-9]+" "the last line, 'generated at', is missing: a part of a response"
sed '$d' knot.txt >dirt.txt
dirt knot "[0-9]+" "the last line, 'generated at', is missing: a part of a response"
sed '1s/1\.0/1.1/' bind.txt >dirt.txt
dirt bind 1 "a header of version '1.1', not 1.0"
sed '2s/^\./example./' bind.txt >dirt.txt
dirt bind 2 "a foreign owner"
sed '2s/^\. /@ /' bind.txt >dirt.txt
dirt bind 2 "the owner '@' is not an absolute domain name"
sed '2s/ IN / /' bind.txt >dirt.txt
dirt bind 2 "the class IN is missing behind the TTL"
sed '2s/ 172800 / /' knot.txt >dirt.txt
dirt knot 2 "no TTL"
sed '2s/=*$/!/' bind.txt >dirt.txt
dirt bind 2 "a DNSKEY whose key is not base64"
sed '2s/8 Aw/8 ( Aw/' bind.txt >dirt.txt
dirt bind 2 "parentheses: in this form a record is one line"
sed '2s/8 Aw/8 ( Aw/' knot.txt >dirt.txt
dirt knot 2 "a parenthesis that is still open at a header"
sed '2s/DNSKEY/SOA/' bind.txt >dirt.txt
dirt bind 2 "a record SOA has no place in a response"
cp knot.txt dirt.txt
dirt bind 1 "a header whose time is not YYYYMMDDhhmmss: '1798761600'"
cat bind.txt bind.txt >dirt.txt
dirt bind "[0-9]+" "a header behind the last line"
printf ';; \033[31m\n' | cat - bind.txt >dirt.txt
dirt bind 1 "a byte 1B: no such text has it"
{ cat bind.txt; printf '\0'; } >dirt.txt
dirt bind "[0-9]+" "a byte 00: no such text has it"
refute "only printable ASCII goes to the terminal" grep -q '[^ -~]' err
for f in /dev/null skr.xml policy.yaml; do
	import bind $f
	broke "" "$f as response"
done
import bind </dev/null
broke "" "empty standard input"
check "empty standard input: said" grep -qx "skr-import: -: empty" err
size=$(stat -c %s bind.txt)
good=0
for ((n = 0; n < size - 40; n += 1499)); do
	head -c $n bind.txt >cut.txt
	import bind cut.txt
	[ "$status" -eq 1 ] && [ ! -s out ] && [ -z "$(rules)" ] && good=$((good + 1))
done
check "a text cut anywhere is none" test $good -eq $(((size - 40 + 1498) / 1499))
import bind --max-bytes $((size - 1)) bind.txt
broke "" "--max-bytes, one less"
{ head -n 4 bind.txt; yes '. 172800 IN DNSKEY 256 3 99 AA==' | head -c 40000000; } >huge.txt
import bind --max-bytes 100000000 huge.txt
broke "" "a huge text"
check "a huge text: it ends early" test "$(wc -l <err)" -le 205

# Knot DNS's own signer, as the operator of a KSK: the text of our request, and its answer.
keymgr=$(PATH=$PATH:/usr/sbin type -P keymgr)
knot()
{
	"$keymgr" -c "$1/knot.conf" "$2" "${@:3}"
}
# configure FOLDER ZONE ALGORITHM
configure()
{
	mkdir -p "$1/kasp"
	printf '%s\n' "database:" "    storage: $T/$1/kasp" "policy:" "  - id: offline" \
		"    algorithm: $3" "    manual: on" "    offline-ksk: on" "    dnskey-ttl: 172800" \
		"    propagation-delay: 1h" "    rrsig-lifetime: 21d" "    rrsig-refresh: 10d" "zone:" \
		"  - domain: \"$2\"" "    dnssec-signing: on" "    dnssec-policy: offline" >"$1"/knot.conf
}
start=$(date -u -d '3 days' +%F)
while read -r a zone; do
	d=k-$a
	"$MINT" ceremony --dir "$d" --algorithm "$a" --zone "$zone" --start "$start"
	ksr-show --format knot "$d"/ksr.xml >"$d"/ksr.txt
	configure "$d" "$zone" "$a"
	check "$a: keymgr makes a KSK" knot "$d" "$zone" generate algorithm="$a" ksk=yes created=t-0 publish=t-0 \
		ready=t-0 active=t-0
	knot "$d" "$zone" ds | head -n 1 >"$d"/knot.ds
	run knot "$d" "$zone" sign-ksr "$d"/ksr.txt
	expect 0 "$a: keymgr signs the request"
	cp out "$d"/skr.txt
	# answer ARGUMENT...: what becomes of it.
	answer()
	{
		run skr-import --policy policy.yaml --format knot "$@"
	}
	answer --ksr "$d"/ksr.xml --anchor "$d"/knot.ds "$d"/skr.txt
	expect 0 "$a: we take its answer"
	check "$a: not a word" test ! -s err
	cp out "$d"/knot.xml
	check "$a: every signature is there" test "$(grep -c '<SignatureData>' "$d"/knot.xml)" -eq \
		"$(grep -c 'RRSIG' "$d"/skr.txt)"
	printf 'response_policy:\n  num_bundles: %s\n' "$(grep -c '<ResponseBundle ' "$d"/knot.xml)" >"$d"/knot.yaml
	run skr-check --policy "$d"/knot.yaml --first --anchor "$d"/knot.ds "$d"/knot.xml
	expect 0 "$a: skr-check accepts it"
	run skr-show "$d"/knot.xml
	check "$a: skr-show has its slots, each signed" test "$(grep -cE '^ ?[0-9].*\([0-9+]+\)/S$' out)" -eq \
		"$(grep -c '<ResponseBundle ' "$d"/knot.xml)"
	check "$a: from 90 minutes before" grep -qE "^1 +$(date -u -d "$start - 90 minutes" +%FT%T) " out
	# and back: Knot on the other side takes our text of it, and verifies
	skr-export --format knot "$d"/knot.xml >"$d"/back.txt
	mkdir "$d/zsk"
	configure "$d/zsk" "$zone" "$a"
	run knot "$d/zsk" "$zone" import-skr "$d"/back.txt
	expect 0 "$a: keymgr imports what we export of it"
	answer --no-ksr --anchor "$d"/knot.ds "$d"/back.txt
	expect 0 "$a: so do we"
	answer --ksr "$d"/ksr.xml --anchor "$d"/knot.ds "$d"/back.txt
	broke "" "$a: its sets begin 90 minutes before those of the request"
	# Controls.
	answer --ksr "$d"/ksr.xml --anchor "$d"/ksk.ds "$d"/skr.txt
	broke "SKR-ANCHOR SKR-KSKS" "$a: another anchor"
	perl -0pe 's/(RRSIG DNSKEY [^(]*\(\s+\S+ \S+ \S+\s+)(\S)/$1 . ($2 eq "A" ? "B" : "A")/e' "$d"/skr.txt >"$d"/bad.txt
	answer --ksr "$d"/ksr.xml --anchor "$d"/knot.ds "$d"/bad.txt
	broke SKR-VERIFY "$a: a tampered answer"
	run knot "$d/zsk" "$zone" import-skr "$d"/bad.txt
	check "$a: a tampered answer, to keymgr" test "$status" -ne 0
	"$MINT" ksr --dir "$d" --algorithm "$a" --zone "$zone" --start "$(date -u -d "$start 90 days" +%F)" >"$d"/next.xml
	answer --ksr "$d"/next.xml --anchor "$d"/knot.ds "$d"/skr.txt
	broke "" "$a: the answer to another request"
	sed 2d "$d"/ksr.txt >"$d"/fewer.txt
	run knot "$d" "$zone" sign-ksr "$d"/fewer.txt
	expect 0 "$a: keymgr signs a request that lost a key on its way"
	cp out "$d"/fewer.skr
	answer --ksr "$d"/ksr.xml --anchor "$d"/knot.ds "$d"/fewer.skr
	broke "" "$a: we do not take its answer"
	check "$a: said with key and time" grep -qE \
		"fewer.skr:1: key [0-9]+ \(zsk-[-0-9]+\) was requested for ${start}T00:00:00Z and is missing" err
	sed 's/ DNSKEY 256 / DNSKEY 257 /' "$d"/ksr.txt >"$d"/sep.txt
	run knot "$d" "$zone" sign-ksr "$d"/sep.txt
	cp out "$d"/sep.skr
	answer --ksr "$d"/ksr.xml --anchor "$d"/knot.ds "$d"/sep.skr
	check "$a: a request whose ZSKs became KSKs ($(head -c 60 "$T/err"))" test "$status" -eq 1 -a ! -s out
done < <([ -n "$keymgr" ] && cat <<'END'
ECDSAP256SHA256 example.org
RSASHA256 .
ED25519 dot\.and\032space.test
END
)
[ -n "$keymgr" ] || skip "no keymgr"

# Anchors, asked for by name.
sed '/ds_sha256:/d' policy.yaml >no-ds.yaml
run skr-import --policy no-ds.yaml --format bind --ksr ksr.xml bind.txt
refused 2 "bind.txt: nothing to authenticate it with: give --anchor.*--no-anchor" "no anchor at all"
run skr-import --policy no-ds.yaml --format bind --ksr ksr.xml --no-anchor bind.txt
expect 0 "--no-anchor"
check "--no-anchor is a warning" grep -qx \
	"skr-import: bind.txt: warning: SKR-ANCHOR: not authenticated by any anchor, as asked for" err
run skr-import --policy policy.yaml --format bind --ksr ksr.xml bind.txt
expect 0 "the anchors of the policy"
run skr-import --policy policy.yaml --format bind --ksr ksr.xml --anchor ECDSAP256SHA256/ksk.ds bind.txt
broke "SKR-ANCHOR SKR-KSKS" "the anchor of another zone"
sed '1s/^response_policy:/&\n  check_skr_anchor: false/' policy.yaml >off.yaml
grep -q check_skr_anchor off.yaml || printf 'response_policy:\n  check_skr_coverage: false\n' >off.yaml
run skr-import --policy off.yaml --format knot --no-ksr --no-anchor knot.txt
expect 0 "a switch that is off"
check "... is a warning" grep -q "off.yaml: warning: SKR-[A-Z]*: switched off by response_policy.check_skr_" err

# JSON.
import bind --json bind.txt
expect 0 "--json"
check "--json: accepted" grep -qx '{"tool":"skr-import","verdict":"accept","findings":\[\]}' err
sed 1d bind.txt >dirt.txt
import bind -j dirt.txt
expect 1 "--json: refused"
check "--json: a finding without a rule" grep -q '"level":"broken","rule":null,"input":"dirt.txt","line":1,' err

# Could not tell.
for f in nowhere . knot.txt/inside; do
	import knot $f
	refused 2 "^skr-import: $f: [A-Z]" "$f as response"
	run skr-import --policy policy.yaml --format knot --ksr $f knot.txt
	refused 2 "^skr-import: $f: [A-Z]" "$f as request"
	run skr-import --policy $f --format knot --ksr ksr.xml knot.txt
	refused 2 "^skr-import: $f: cannot be read: [A-Z]" "$f as policy"
	run skr-import --policy policy.yaml --format knot --ksr ksr.xml --anchor $f knot.txt
	refused 2 "^skr-import: $f: [A-Z]" "$f as anchors"
	run skr-import --policy policy.yaml --format knot --ksr ksr.xml --expect $f knot.txt
	refused 2 "^skr-import: $f: [A-Z]" "$f as expected keys"
done
import knot <&-
refused 2 "^skr-import: -: Bad file descriptor" "closed standard input"
skr-import --policy policy.yaml --format bind --ksr ksr.xml bind.txt >/dev/full 2>err
status=$?
: >out
refused 2 "^skr-import: standard output: No space left on device$" "a full disk"
skr-import --policy policy.yaml --format bind --ksr ksr.xml bind.txt >&- 2>err
status=$?
refused 2 "^skr-import: standard output: Bad file descriptor$" "closed standard output"

usage "no policy" "--policy is missing" --format bind --no-ksr bind.txt
usage "no form" "--format is missing" --policy policy.yaml --no-ksr bind.txt
usage "an unknown form" "--format takes bind or knot" --policy policy.yaml --format zone --no-ksr bind.txt
usage "neither --ksr nor --no-ksr" "give --ksr FILE, or say --no-ksr" --policy policy.yaml --format bind bind.txt
usage "both" "exclude each other" --policy policy.yaml --format bind --ksr ksr.xml --no-ksr bind.txt
usage "both --anchor and --no-anchor" "exclude each other" --policy policy.yaml --format bind --no-ksr \
	--anchor ksk.ds --no-anchor bind.txt
usage "two operands" "extra operand" --policy policy.yaml --format bind --no-ksr bind.txt bind.txt
usage "--max-bytes without a number" "--max-bytes takes" --policy policy.yaml --format bind --no-ksr --max-bytes 0 bind.txt

cp policy.yaml root.yaml
manual skr-import.1

done_testing

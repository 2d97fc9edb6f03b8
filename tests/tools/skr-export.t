# skr-export: the three texts, the choice of slots, and every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$(dirname "$0")/../texts.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1

# values ELEMENT FILE: what stands in these elements, one a line.
values()
{
	grep -oE "<$1>[^<]*" "$2" | sed 's/.*>//'
}

# same NAME: are the records of the last run those of the response?
same()
{
	check "$1: every key" diff <(values PublicKey skr.xml) <(awk '$4 == "DNSKEY" { print $8 }' out)
	check "$1: every signature" diff <(values SignatureData skr.xml) \
		<(awk '$4 == "RRSIG" { print $13 }' out)
	check "$1: nothing else" test -z "$(grep -vE '^;; |^\. 172800 IN (DNSKEY|RRSIG DNSKEY) ' out)"
}

run skr-export --format zone skr.xml
expect 0 "zone"
check "zone: not a word on stderr" test ! -s err
same zone
check "zone: no comments" test "$(grep -c ';' out)" -eq 0
check "zone: the records of skr-show" diff <(skr-show --rr skr.xml | grep -v '^;') out
for form in bind knot; do
	run skr-export --format $form skr.xml
	expect 0 "$form"
	same $form
	check "$form: in the form of the samples" textform $form SignedKeyResponse <out
	check "$form: nine headers and the end" test "$(grep -c '^;; SignedKeyResponse 1\.0 ' out)" -eq 10
	cp out $form.txt
	run skr-export --format $form - <skr.xml
	check "$form: standard input, same bytes" cmp out $form.txt
done
samples SignedKeyResponse skr
check "bind: the first header" grep -qxF \
	";; SignedKeyResponse 1.0 20270101000000 (Fri Jan  1 00:00:00 2027)" <(head -n 1 bind.txt)
check "knot: the first header" grep -qxF \
	";; SignedKeyResponse 1.0 1798761600 (2027-01-01T00:00:00Z) =========" <(head -n 1 knot.txt)
check "bind: the last line" grep -q \
	'^;; SignedKeyResponse 1\.0 generated at Mon Apr 12 00:00:00 2027 by ksrkit' <(tail -n 1 bind.txt)
check "knot: the last line" grep -q \
	'^;; SignedKeyResponse 1\.0 generated at 2027-04-12T00:00:00Z by ksrkit' <(tail -n 1 knot.txt)
sed '$d' bind.txt >cut.txt
refute "the grammar misses the last line" textform bind SignedKeyResponse <cut.txt
refute "the grammar tells the two apart" textform bind SignedKeyResponse <knot.txt

# One slot.
for n in 1 5 9; do
	run skr-export --format zone --slot $n skr.xml
	check "slot $n" diff <(skr-show --rr skr.xml |
		awk -v n=$n '/^; bundle/ { on = $3 == n ":" } on && !/^;/') out
	cp out slot-$n
done
run skr-export --format knot --slot 5 skr.xml
check "slot 5 for knot" textform knot SignedKeyResponse <out
check "slot 5 for knot: its header and its end" diff <(grep "^;" out | sed "s/ksrkit .*/ksrkit/") - <<'END'
;; SignedKeyResponse 1.0 1802217600 (2027-02-10T00:00:00Z) =========
;; SignedKeyResponse 1.0 generated at 2027-03-03T00:00:00Z by ksrkit
END
# The last slot with inception <= T < expiration.
while read -r t n; do
	run skr-export --format zone --at "$t" skr.xml
	check "at $t: slot $n" cmp out "slot-$n"
done <<'END'
2027-01-01 1
2027-01-10T23:59:59Z 1
2027-02-10 5
2027-02-19T23:59:59Z 5
2027-03-22T00:00:00Z 9
2027-04-11T23:59:59Z 9
END
for t in 2026-12-31T23:59:59Z 2027-04-12 1970-01-01; do
	run skr-export --format zone --at $t skr.xml
	broke "" "at $t: none"
	check "at $t: said in one line" grep -qxE "skr-export: skr.xml: no slot is in force at ${t%%T*}T.*Z" err
done
run skr-export --format bind --slot 10 skr.xml
broke "" "slot 10: there are 9"
check "slot 10: said" grep -qx "skr-export: skr.xml: no slot 10: there are 9" err

# Every algorithm and odd names, in Knot DNS: it verifies what it imports.
keymgr=$(PATH=$PATH:/usr/sbin type -P keymgr)
knot()
{
	"$keymgr" -c "$1/knot.conf" "$2" "$3" "$4"
}
while read -r a zone; do
	"$MINT" ceremony --dir "$a" --algorithm "$a" --zone "$zone"
	for form in bind knot; do
		run skr-export --format $form "$a"/skr.xml
		check "$a, $zone: $form" textform $form SignedKeyResponse <out
	done
	mv out "$a"/skr.txt
	if [ -z "$keymgr" ]; then
		skip "no keymgr"
		continue
	fi
	mkdir "$a/kasp"
	printf '%s\n' "database:" "    storage: $T/$a/kasp" "policy:" "  - id: offline" \
		"    algorithm: $a" "    manual: on" "    offline-ksk: on" "zone:" \
		"  - domain: \"$zone\"" "    dnssec-signing: on" "    dnssec-policy: offline" >"$a"/knot.conf
	perl -pe 's/ (\S)(\S*)$/" " . ($1 eq "A" ? "B" : "A") . $2/e if / RRSIG /' "$a"/skr.txt >"$a"/tampered.txt
	run knot "$a" "$zone" import-skr "$a"/tampered.txt
	check "$a: keymgr refuses a tampered one" test "$status" -ne 0
	sed '$d' "$a"/skr.txt >"$a"/cut.txt
	run knot "$a" "$zone" import-skr "$a"/cut.txt
	check "$a: keymgr refuses one without its end" test "$status" -ne 0
	run knot "$a" "$zone" import-skr "$a"/skr.txt
	expect 0 "$a: keymgr imports it"
	run knot "$a" "$zone" show-offline 0
	check "$a: keymgr holds nine slots" test "$(grep -c '^;; Offline records for ' out)" -eq 9
	check "$a: keymgr holds every signature" diff <(values SignatureData "$a"/skr.xml) \
		<(perl -0ne 's/;[^\n]*//g; while (/RRSIG\s+DNSKEY[^(]*\(([^)]*)\)/g) {
			my @f = split " ", $1; print @f[3..$#f], "\n" }' out)
done <<'END'
RSASHA256 .
RSASHA512 co.test
ECDSAP256SHA256 example.org
ECDSAP384SHA384 a.b.c.d.test
ED25519 Mixed.Case.Test
ED448 xn--bcher-kva.test
END

# A zone with the records of the slot in force, signed by its ZSK.
begin=$(date -u -d '12 days ago' +%F)
"$MINT" ceremony --dir z --zone example.org --algorithm ECDSAP256SHA256 --start "$begin"
skr-export --format zone --at now z/skr.xml >z/slot
printf '%s\n' "example.org. 3600 IN SOA ns host 1 3600 900 864000 300" \
	"example.org. 3600 IN NS ns.example.net." "www.example.org. 3600 IN TXT text" |
	cat - z/slot >z/unsigned
key=$("$MINT" bind --dir z --zone example.org --algorithm ECDSAP256SHA256 "zsk-$begin")
check "a zone with the slot in force" \
	sh -c "cd z && dnssec-signzone -q -x -P -o example.org -f signed unsigned $key >/dev/null"
check "ldns-verify-zone accepts it" ldns-verify-zone -k z/ksk.ds z/signed
check "dnssec-verify accepts it" dnssec-verify -q -o example.org z/signed
refute "another anchor does not do" ldns-verify-zone -k ksk.ds z/signed
refute "nor a later day" \
	ldns-verify-zone -t "$(date -u -d "$begin 32 days" +%Y%m%d%H%M%S)" -k z/ksk.ds z/signed

# It judges nothing but what its form cannot say.
"$MINT" skr --dir . --ksr ksr.xml --break SKR-VERIFY/tampered >bad.xml
run skr-export --format bind bad.xml
expect 0 "a bad signature is passed on"
perl -0pe 's/<Inception>2027-01-11T/<Inception>2027-01-01T/' skr.xml >disorder.xml
for form in bind knot; do
	run skr-export --format $form disorder.xml
	broke "" "$form: two slots that begin at once"
	check "$form: said with its place" grep -qE \
		'^skr-export: disorder.xml:[0-9]+: bundle 2 begins no later than the one before' err
done
run skr-export --format zone disorder.xml
expect 0 "zone: two slots that begin at once"
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in skr.xml >hostile.xml
	run timeout 20 skr-export --format bind hostile.xml
	check "hostile: $form: exported or refused" test "$status" -le 1
	refute "hostile: $form: only printable ASCII" grep -q '[^ -~]' out err
	[ "$status" -eq 0 ] || refused 1 '^skr-export: hostile.xml' "hostile: $form"
done

# Refused.
run skr-export --format bind ksr.xml
broke SKR-SCHEMA "a KSR"
run skr-export --format bind policy.yaml
broke SKR-XML "no XML"
run skr-export --format bind </dev/null
broke SKR-XML "empty"
perl -0pe 's/<ResponseBundle.*<\/ResponseBundle>//s' skr.xml >none.xml
run skr-export --format bind none.xml
broke SKR-SCHEMA "no bundle"
head -c 3000 skr.xml >cut.xml
run skr-export --format bind cut.xml
broke SKR-XML "a part of a response"
size=$(stat -c %s skr.xml)
run skr-export --format zone --max-bytes $((size - 1)) skr.xml
broke SKR-XML "--max-bytes, one less"
run skr-export --format zone --max-bytes "$size" skr.xml
expect 0 "--max-bytes, exactly"

# Could not tell.
for f in nowhere . skr.xml/inside; do
	run skr-export --format zone $f
	refused 2 "^skr-export: $f: [A-Z]" "$f"
done
run skr-export --format zone <&-
refused 2 "^skr-export: -: Bad file descriptor" "closed standard input"
skr-export --format zone skr.xml >/dev/full 2>err
status=$?
: >out
refused 2 "^skr-export: skr.xml: standard output: No space left" "a full disk"

usage "no form" "--format is missing" skr.xml
usage "an unknown form" "--format takes zone, bind or knot" --format BIND skr.xml
usage "two choices" "exclude each other" --format zone --slot 1 --at now skr.xml
usage "slot 0" "--slot takes" --format zone --slot 0 skr.xml
usage "a slot that is no number" "--slot takes" --format zone --slot 1st skr.xml
usage "a time that is none" "--at takes" --format zone --at 2027-02-30 skr.xml
usage "two operands" "extra operand" --format zone skr.xml skr.xml
usage "--max-bytes without a number" "--max-bytes takes" --format zone --max-bytes 0 skr.xml

cp policy.yaml root.yaml
manual skr-export.1

done_testing

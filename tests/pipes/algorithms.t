# Every algorithm with every shape of zone name, the root, two labels, a long name with escapes: requested,
# signed on a token, accepted and exported; judged by other people's validators: a zone with our DNSKEY RRset and RRSIGs in it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../zsks.sh"
cd "$T" || exit 1
new_token hsm

# A quarter that began 12 days ago: its second slot is in force now.
START=$(date -u -d '12 days ago' +%F)

# dnskey_sigs FILE: the data of its RRSIGs over DNSKEY, one a line.
dnskey_sigs()
{
	awk '$4 == "RRSIG" && $5 == "DNSKEY" { s = ""; for (i = 13; i <= NF; i++) s = s $i; print s }' \
		"$1" | sort
}

# request D ALGORITHM ZONE: what the ZSK operator sends, D/ksr.xml, by ksr-create: with the ZSKs of D, a cycle of
# 90 days each, after D/prev.xml.
request()
{
	local until later days
	mapfile -t days < <(basename -s .pem -a "$1"/zsk-*.pem | sed 's/^zsk-//' | sort)
	until=$(date -u -d "$START 90 days" +%F)
	later=$(date -u -d "$START 180 days" +%F)
	printf "zsk:\n  domain: '%s'\n  algorithm: %s\n  cycle: P90D\n  key_dir: %s\n" "$3" "$2" "$1" \
		>>"$1/policy.yaml"
	{
		zskline "${days[1]}" "$2" "$3" "$START"
		zskline "${days[2]}" "$2" "$3" "$until"
		zskline "${days[3]}" "$2" "$3" "$later" |
			awk -v from="$until" 'BEGIN { FS = OFS = "\t" } { $9 = from; print }'
	} >"$1/list"
	ksr-create --policy "$1/policy.yaml" --previous "$1/prev.xml" --start "$START" "$1/list" >"$1/ksr.xml"
}

# story D ALGORITHM ZONE ID: a request, signed on the token; D/skr.xml by skr-sign, accepted.
story()
{
	"$TESTS/mint" ceremony --dir "$1" --ksk "$1" --algorithm "$2" --zone "$3" --start "$START" \
		--module "$MODULE" &&
		softhsm2-util --import "$1/$1.pem" --token hsm --label "$1" --id "$4" --pin 1234 &&
		rm -f "$1/ksr.xml" "$1/skr.xml" &&
		request "$1" "$2" "$3" &&
		skr-sign --policy "$1/policy.yaml" --previous "$1/prev.xml" --schema normal \
			--plan-ok normal --pin-fd 3 --output "$1/signed.xml" <"$1/ksr.xml" 3<<<1234 &&
		skr-check --policy "$1/policy.yaml" --previous "$1/prev.xml" --ksr "$1/ksr.xml" \
			--anchor "$1/ksk.ds" "$1/signed.xml" >"$1/skr.xml"
}

# bare ZONE: the records of a small zone, but for its DNSKEYs.
bare()
{
	local at=${1%.}.
	local in=${at#.}
	echo "$at 3600 IN SOA ns.$in host.$in 1 3600 900 864000 300"
	echo "$at 3600 IN NS ns.$in"
	echo "ns.$in 3600 IN A 192.0.2.1"
	echo "www.$in 3600 IN TXT \"text\""
}

# kzone ZONE FILE [TIME]: is it sound for Knot DNS, its signatures too?
kzone()
{
	kzonecheck -o "$1" -d on -t "$(date -u -d "${3:-now}" +%s)" "$2"
}

# refute_all NAME DS ZONE FILE: none of the three takes it.
refute_all()
{
	refute "$1, to ldns-verify-zone" ldns "$2" "$4"
	refute "$1, to dnssec-verify" dnssec-verify -q -o "$3" "$4"
	refute "$1, to kzonecheck" kzone "$3" "$4"
}

# publish D ZONE RECORDS OUT OPTION: the zone with these DNSKEY records, signed by its ZSK.
# With -x the RRSIGs over DNSKEY that are given are kept; with -z the ZSK makes one.
publish()
{
	local key
	rm -f "$1"/K*
	key=$("$TESTS/mint" bind --dir "$1" --zone "$2" --algorithm "$ALG" "zsk-$START") || return 1
	bare "$2" >"$1/bare"
	cat "$1/bare" "$3" >"$1/unsigned"
	(cd "$1" && dnssec-signzone -q "$5" -P -o "$2" -f "../$4" unsigned "$key") >/dev/null
}

ldns()
{
	ldns-verify-zone -k "$1" "$2"
}

# Whole zones, with all that must be refused.
n=0
while read -r ALG zone; do
	n=$((n + 1))
	d=ksk-$ALG-$n
	what="$ALG, ${zone:0:12}"
	check "$ALG, $zone: requested, signed on the token, accepted" story "$d" "$ALG" "$zone" "$(printf %02x $n)"
	check "$what: the slot in force is the second" diff <(skr-export --format zone --at now "$d/skr.xml") \
		<(skr-export --format zone --slot 2 "$d/skr.xml")
	skr-export --format zone --at now "$d/skr.xml" >"$d/slot"
	check "$what: a zone with its records" publish "$d" "$zone" "$d/slot" zone -x
	check "$what: ldns-verify-zone accepts it" ldns "$d/ksk.ds" zone
	check "$what: dnssec-verify accepts it" dnssec-verify -q -o "$zone" zone
	rm -f plain
	named-compilezone -q -i none -k ignore -o plain "$zone" zone
	check "$what: kzonecheck accepts it" kzone "$zone" plain
	check "$what: the RRSIG in the zone is the one that we made, byte for byte" \
		test "$(dnskey_sigs plain)" = "$(dnskey_sigs "$d/slot")"

	# What must be refused.
	"$TESTS/mint" keys --dir other --algorithm "$ALG" "other-$ALG"
	"$TESTS/mint" ds --dir other --zone "$zone" --algorithm "$ALG" "other-$ALG" >other.ds
	refute "$what: another anchor" ldns other.ds zone
	refute "$what: a day before its inception" \
		ldns-verify-zone -t "$(date -u -d "$START 9 days" +%Y%m%d%H%M%S)" -k "$d/ksk.ds" zone
	refute "$what: a day after its expiration" \
		ldns-verify-zone -t "$(date -u -d "$START 32 days" +%Y%m%d%H%M%S)" -k "$d/ksk.ds" zone
	# The RRset alone is all that lapses: the rest of the zone was signed this hour.
	refute "$what: a day before its inception, to kzonecheck" kzone "$zone" plain "$START 9 days"
	awk '$4 == "RRSIG" { c = substr($NF, 11, 1) == "A" ? "B" : "A"
		$NF = substr($NF, 1, 10) c substr($NF, 12) } { print }' "$d/slot" >"$d/tampered"
	awk '!($4 == "RRSIG" && $5 == "DNSKEY")' plain >stripped
	cat <(grep RRSIG "$d/slot") stripped >whole
	check "$what: the control is whole where it is not tampered with" ldns "$d/ksk.ds" whole
	cat <(grep RRSIG "$d/tampered") stripped >tampered
	refute_all "$what: a tampered RRSIG" "$d/ksk.ds" "$zone" tampered
	refute_all "$what: no RRSIG" "$d/ksk.ds" "$zone" stripped
	skr-export --format zone --slot 9 "$d/skr.xml" >"$d/slot9"
	cat <(grep RRSIG "$d/slot9") stripped >wrong
	refute_all "$what: the RRSIG of another slot" "$d/ksk.ds" "$zone" wrong
	grep -v RRSIG "$d/slot" >"$d/keys"
	check "$what: a zone whose ZSK alone signs the DNSKEYs" \
		publish "$d" "$zone" "$d/keys" zskonly -z
	refute "$what: it is no answer" ldns "$d/ksk.ds" zskonly
done < <(for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	cat <<END
$a .
$a co.test
$a Dot\\.and\\032Space.semi\\;colon.a-label-of-sixty-three-octets-which-is-as-long-as-a-label-may-b.test
END
done)

done_testing

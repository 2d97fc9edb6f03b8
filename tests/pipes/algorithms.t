# Every algorithm and every shape of zone name, signed on a token, and judged by other
# people's validators: a zone with our DNSKEY RRset and RRSIGs in it.
. "$(dirname "$0")/../lib.sh"
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

# story D ALGORITHM ZONE: a ceremony, signed on the token; D/skr.xml by skr-sign.
story()
{
	"$TESTS/mint" ceremony --dir "$1" --ksk "$1" --algorithm "$2" --zone "$3" --start "$START" \
		--module "$MODULE" &&
		softhsm2-util --import "$1/$1.pem" --token hsm --label "$1" --id "$4" --pin 1234 &&
		rm -f "$1/skr.xml" &&
		skr-sign --policy "$1/policy.yaml" --previous "$1/prev.xml" --schema normal \
			--plan-ok normal --pin-fd 3 --output "$1/skr.xml" <"$1/ksr.xml" 3<<<1234
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

# slot D N: the DNSKEYs and RRSIGs of slot N.
slot()
{
	skr-show --rr "$1/skr.xml" | awk -v n="$2" '/^; bundle/ { on = $3 == n ":" } on && !/^;/'
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

n=0
while read -r ALG zone; do
	n=$((n + 1))
	d=$(printf 'ksk-%s' "$ALG")
	check "$ALG, $zone: signed on the token" story "$d" "$ALG" "$zone" "0$n"
	slot "$d" 2 >"$d/slot"
	check "$ALG: a zone with slot 2" publish "$d" "$zone" "$d/slot" zone -x
	check "$ALG: ldns-verify-zone accepts it" ldns "$d/ksk.ds" zone
	check "$ALG: dnssec-verify accepts it" dnssec-verify -q -o "$zone" zone
	rm -f plain
	named-compilezone -q -i none -k ignore -o plain "$zone" zone
	check "$ALG: the RRSIG in the zone is the one that we made, byte for byte" \
		test "$(dnskey_sigs plain)" = "$(dnskey_sigs "$d/slot")"

	# What must be refused.
	"$TESTS/mint" keys --dir other --algorithm "$ALG" "other-$ALG"
	"$TESTS/mint" ds --dir other --zone "$zone" --algorithm "$ALG" "other-$ALG" >other.ds
	refute "$ALG: another anchor" ldns other.ds zone
	refute "$ALG: a day before its inception" \
		ldns-verify-zone -t "$(date -u -d "$START 9 days" +%Y%m%d%H%M%S)" -k "$d/ksk.ds" zone
	refute "$ALG: a day after its expiration" \
		ldns-verify-zone -t "$(date -u -d "$START 32 days" +%Y%m%d%H%M%S)" -k "$d/ksk.ds" zone
	awk '$4 == "RRSIG" { c = substr($NF, 11, 1) == "A" ? "B" : "A"
		$NF = substr($NF, 1, 10) c substr($NF, 12) } { print }' "$d/slot" >"$d/tampered"
	awk '!($4 == "RRSIG" && $5 == "DNSKEY")' plain >stripped
	grep RRSIG "$d/tampered" | cat stripped - >tampered
	refute "$ALG: a tampered RRSIG, to ldns" ldns "$d/ksk.ds" tampered
	refute "$ALG: a tampered RRSIG, to dnssec-verify" dnssec-verify -q -o "$zone" tampered
	slot "$d" 9 >"$d/slot9"
	grep RRSIG "$d/slot9" | cat stripped - >wrong
	refute "$ALG: the RRSIG of another slot" ldns "$d/ksk.ds" wrong
	grep -v RRSIG "$d/slot" >"$d/keys"
	check "$ALG: a zone whose ZSK alone signs the DNSKEYs" \
		publish "$d" "$zone" "$d/keys" zskonly -z
	refute "$ALG: it is no answer" ldns "$d/ksk.ds" zskonly
done <<'END'
RSASHA256 .
RSASHA512 co.test
ECDSAP256SHA256 example.co.test
ECDSAP384SHA384 a-label-of-sixty-three-octets-which-is-as-long-as-a-label-may-b.test
ED25519 Mixed.Case.Test
ED448 dot\.and\032space.test
END

done_testing

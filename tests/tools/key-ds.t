# key-ds: DNSKEY to DS, CDS and CDNSKEY; other people's programs make the same.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint

# fields: the records on standard input, a blank between fields, hex in capitals, no TTL.
fields()
{
	awk '{ ttl = $2 ~ /^[0-9]+$/; $1 = tolower($1); if (ttl) $2 = ""; $NF = toupper($NF); $0 = $0; $1 = $1; print }'
}

for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	"$MINT" keys --dir . --algorithm $a $a
	"$MINT" dnskey --dir . --algorithm $a --zone Example.org --ttl 7200 $a >$a.dnskey
	cat $a.dnskey >>all.dnskey
	run key-ds --digest both $a.dnskey
	expect 0 "$a"
	check "$a: two lines, with owner, TTL and class" \
		test "$(grep -cE '^example\.org\. 7200 IN DS [0-9]+ [0-9]+ [24] [0-9A-F]+$' out)" -eq 2
	check "$a: as ldns-key2ds" diff <(fields <out) \
		<({ ldns-key2ds -n -2 $a.dnskey; ldns-key2ds -n -4 $a.dnskey; } | fields)
	check "$a: as dnssec-dsfromkey" diff <(fields <out) \
		<(dnssec-dsfromkey -a SHA-256 -a SHA-384 -f $a.dnskey example.org | fields)
	run key-ds --cds --digest sha384 $a.dnskey
	check "$a: CDS as dnssec-dsfromkey" diff <(fields <out) \
		<(dnssec-dsfromkey -C -a SHA-384 -f $a.dnskey example.org | fields)
	run key-ds --cdnskey $a.dnskey
	expect 0 "$a --cdnskey"
	check "$a: CDNSKEY is the DNSKEY" diff out <(sed 's/DNSKEY/CDNSKEY/' $a.dnskey)
	"$MINT" ds --dir . --algorithm $a --zone example.org $a >anchor.ds
	check "$a: SHA-256 by default, on standard input" \
		diff <(key-ds <$a.dnskey | fields) <(fields <anchor.ds)
done

# Which lines are made, and in which order.
kinds()
{
	awk '{ print $4 ($4 == "CDNSKEY" ? "" : $7) }' out | uniq | xargs
}
run key-ds all.dnskey
expect 0 "six keys"
check "six keys: a line each" test "$(wc -l <out)" -eq 6
check "six keys: in their order" diff <(awk '{ print $6 }' out) <(awk '{ print $7 }' all.dnskey)
run key-ds --digest sha256 ED448.dnskey
check "--digest sha256" test "$(kinds)" = "DS2"
run key-ds --digest sha384 ED448.dnskey
check "--digest sha384" test "$(kinds)" = "DS4"
run key-ds --cds ED448.dnskey
check "--cds" test "$(kinds)" = "CDS2"
run key-ds --cds --cdnskey ED448.dnskey
check "--cds --cdnskey" test "$(kinds)" = "CDS2 CDNSKEY"
run key-ds --cds --cdnskey --digest both ED448.dnskey
check "all of them" test "$(kinds)" = "CDS2 CDS4 CDNSKEY"
run key-ds --digest both --cds --cdnskey all.dnskey
cat >zone <<'END'
$ORIGIN example.org.
@ 3600 IN SOA ns hostmaster 1 3600 600 86400 300
@ 3600 IN NS ns
ns 3600 IN A 127.0.0.1
END
cat all.dnskey out >>zone
check "named reads them in a zone" named-checkzone -q example.org zone

# The TTL.
sed 's/ 7200 / /' ED25519.dnskey >none.dnskey
for t in 0 1 2147483647; do
	run key-ds --ttl $t --cds --cdnskey ED25519.dnskey
	check "--ttl $t" test "$(awk '{ print $2 }' out | xargs)" = "$t $t"
done
run key-ds none.dnskey
check "a key without a TTL" grep -q '^example\.org\. 3600 IN DS' out
run key-ds --cdnskey none.dnskey
check "a key without a TTL: CDNSKEY" grep -q '^example\.org\. 3600 IN CDNSKEY' out

# Comments, empty lines, other forms of a line.
{
	printf '; made by hand\n\n  ; blank before\n'
	sed 's/ IN / in /; s/$/ ; id/; s/$/\r/' ED25519.dnskey
} >odd.dnskey
run key-ds odd.dnskey
check "comments" diff out <(key-ds ED25519.dnskey)
run key-ds - <odd.dnskey
check "standard input by its name" diff out <(key-ds ED25519.dnskey)

# Refused, and by line.
run key-ds </dev/null
refused 1 '^key-ds: -: empty$' "empty input"
echo "; nothing" >empty
run key-ds empty
refused 1 '^key-ds: empty: no DNSKEY record in it$' "no key"
{ cat ED25519.dnskey; echo "nonsense"; cat ED448.dnskey; } >bad
run key-ds bad
refused 1 '^key-ds: bad:2: not a DNSKEY record' "a bad line among good ones"
tag=$(key-ds ED25519.dnskey | awk '{ print $5 }')
sed 's/ 257 / 256 /' ED25519.dnskey >zsk
run key-ds zsk
refused 1 "^key-ds: zsk:1: key $((tag - 1)) has flags 256: no SEP flag" "a ZSK"
sed 's/ 257 / 385 /' ED25519.dnskey >revoked
run key-ds revoked
refused 1 "^key-ds: revoked:1: key [0-9]+ is revoked" "a revoked key"
cat ED25519.dnskey zsk revoked >three
run key-ds three
refused 1 'three:3: .* revoked' "all that is wrong is said: the last"
refused 1 'three:2: .* no SEP' "all that is wrong is said: the first"
cat ED25519.dnskey ED25519.dnskey >twice
run key-ds twice
refused 1 "twice:2: key $tag stands in line 1 already" "a key twice"
sed 's/ 15 / 5 /' ED25519.dnskey >old
run key-ds old
refused 1 'old:1: .*algorithm 5 is not supported' "a deprecated algorithm"
echo 'example.org. DNSKEY 257 3 15 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' >weak
run key-ds weak
refused 1 'weak:1: key [0-9]+: its point has a small order' "a key of small order"
"$MINT" ds --dir . --algorithm ED25519 ED25519 >a.ds
run key-ds a.ds
refused 1 'a.ds:1: not a DNSKEY record' "a DS"
printf 'x\0\n' >nul
run key-ds nul
refused 1 'nul: a NUL byte' "a NUL byte"
run key-ds --max-bytes 20 all.dnskey
refused 1 'all.dnskey: more than 20 bytes' "--max-bytes"
run key-ds --max-bytes "$(wc -c <all.dnskey)" all.dnskey
expect 0 "just --max-bytes"

# Could not tell.
run key-ds missing
refused 2 '^key-ds: missing: No such file' "no file"
run key-ds --digest sha1 all.dnskey
refused 2 '--digest takes sha256, sha384 or both.*usage' "SHA-1"
run key-ds --cdnskey --digest sha256 all.dnskey
refused 2 '--cdnskey has no digest' "--cdnskey with --digest alone"
for t in -1 2147483648 99999999999 1h; do
	run key-ds --ttl "$t" all.dnskey
	refused 2 '--ttl takes a number' "--ttl '$t'"
done
run key-ds --ttl '' all.dnskey
refused 2 '--ttl needs N, and what is given is empty' "--ttl ''"
run key-ds --max-bytes 0 all.dnskey
refused 2 '--max-bytes takes' "--max-bytes 0"
run key-ds all.dnskey bad
refused 2 usage "two files"
run key-ds --sha256
refused 2 usage "an unknown option"
key-ds all.dnskey >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"

# The manual.
cat >ksk.dnskey <<'END'
example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
END
sed 's/257/256/' ksk.dnskey >zsk.dnskey
"$MINT" ceremony --dir .
manual key-ds.1

done_testing

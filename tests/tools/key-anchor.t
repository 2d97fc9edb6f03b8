# key-anchor: trust anchors, each form read by the programs that it is for.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
xml=(--format xml --from 2027-01-01 --source http://example.com/anchors.xml)

for a in RSASHA256 RSASHA512 ECDSAP256SHA256 ECDSAP384SHA384 ED25519 ED448; do
	"$MINT" keys --dir . --algorithm $a $a
	"$MINT" dnskey --dir . --algorithm $a $a >$a.dnskey
	cat $a.dnskey >>all.dnskey
done
tags=$(key-ds all.dnskey | awk '{ print $5 }')
first=$(head -n 1 <<<"$tags")
second=$(sed -n 2p <<<"$tags")

# XML: well-formed, and valid by the grammar of RFC 9718 2.1.1, written anew.
cat >anchor.rng <<'END'
<grammar xmlns="http://relaxng.org/ns/structure/1.0"
    datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><element name="TrustAnchor">
	<attribute name="id"/><attribute name="source"/>
	<element name="Zone"><text/></element>
	<oneOrMore><element name="KeyDigest">
		<attribute name="id"/>
		<attribute name="validFrom"><data type="dateTime"/></attribute>
		<optional><attribute name="validUntil"><data type="dateTime"/></attribute></optional>
		<element name="KeyTag"><data type="unsignedShort"/></element>
		<element name="Algorithm"><data type="unsignedByte"/></element>
		<element name="DigestType"><data type="unsignedByte"/></element>
		<element name="Digest"><data type="hexBinary"/></element>
		<optional>
			<element name="PublicKey"><data type="base64Binary"/></element>
			<element name="Flags"><data type="unsignedShort"/></element>
		</optional>
	</element></oneOrMore>
</element></start>
</grammar>
END
for form in xml xml7958; do
	run key-anchor "${xml[@]:2}" --format $form --until 2028-01-01T12:00:00 all.dnskey
	expect 0 "$form"
	cp out $form.out
	check "$form: valid" xmllint --noout --relaxng anchor.rng $form.out
	check "$form: one for each key, in their order" diff <(echo "$tags") \
		<(grep -oE '<KeyTag>[0-9]+' $form.out | cut -d '>' -f 2)
	check "$form: the digests" diff <(key-ds all.dnskey | awk '{ print $8 }') \
		<(grep -oE '<Digest>[0-9A-F]+' $form.out | cut -d '>' -f 2)
	check "$form: from" test "$(grep -c ' validFrom="2027-01-01T00:00:00+00:00"' $form.out)" -eq 6
	check "$form: until" test "$(grep -c ' validUntil="2028-01-01T12:00:00+00:00">' $form.out)" -eq 6
	check "$form: ids differ" test "$(grep -oE 'KeyDigest id="[^"]*' $form.out | sort -u | wc -l)" -eq 6
	run key-anchor "${xml[@]:2}" --format $form --until 2028-01-01T12:00:00 <all.dnskey
	check "$form: the same again" cmp out $form.out
done
check "xml: the keys" diff <(awk '{ print $8 }' all.dnskey) \
	<(grep -oE '<PublicKey>[^<]+' xml.out | cut -d '>' -f 2)
check "xml: their flags" test "$(grep -c '^<Flags>257</Flags>$' xml.out)" -eq 6
check "xml7958: neither" test -z "$(grep -E 'PublicKey|Flags' xml7958.out)"
check "--id is made" grep -qE '<TrustAnchor id="[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}" ' xml.out
run key-anchor "${xml[@]}" --id 'a "b" & <c>' all.dnskey
cp out odd.xml
check "--id is escaped" test "$(xmllint --xpath 'string(/TrustAnchor/@id)' odd.xml)" = 'a "b" & <c>'
check "no --until, no limit" test -z "$(grep validUntil odd.xml)"

# Dates of single keys.
run key-anchor "${xml[@]}" --from "$second=2026-06-01" --until "$first=2027-06-01T00:00:00Z" all.dnskey
expect 0 "dates by tag"
cp out dates.xml
of()
{
	xmllint --xpath "string(/TrustAnchor/KeyDigest[KeyTag=$1]/@$2)" dates.xml
}
check "--from with a tag" test "$(of "$second" validFrom)" = 2026-06-01T00:00:00+00:00
check "--from without" test "$(of "$first" validFrom)" = 2027-01-01T00:00:00+00:00
check "--until with a tag" test "$(of "$first" validUntil)" = 2027-06-01T00:00:00+00:00
check "--until of the others" test -z "$(of "$second" validUntil)"

# Our own judge takes the XML as anchors, and not those of another key.
"$MINT" ceremony --dir .
skr-show --rr skr.xml | grep 'DNSKEY 257' | sort -u >ksk.dnskey
for form in xml xml7958 ds; do
	args=(--format "$form")
	[ $form = ds ] || args=(--format "$form" --from 2026-01-01 --source s)
	key-anchor "${args[@]}" ksk.dnskey >good.anchor
	key-anchor "${args[@]}" RSASHA512.dnskey >other.anchor
	run skr-check --policy policy.yaml --previous prev.xml --ksr ksr.xml --anchor good.anchor skr.xml
	expect 0 "skr-check takes $form"
	run skr-check --policy policy.yaml --first --anchor other.anchor skr.xml
	refused 1 'SKR-ANCHOR' "skr-check refuses $form of another key"
done
key-anchor "${xml[@]}" --until 2027-01-02 ksk.dnskey >day.anchor
run skr-check --policy policy.yaml --first --anchor day.anchor skr.xml
broke SKR-ANCHOR "skr-check refuses XML that is valid for a day"

# BIND's form; a zone whose name has all that a quoted string could trip over.
for form in bind bind-initial; do
	run key-anchor --format $form all.dnskey
	expect 0 "$form"
	cp out $form.conf
	check "$form: named-checkconf" named-checkconf $form.conf
	check "$form: six anchors" test "$(grep -cE "^    \"\\.\" (static|initial)-ds [0-9]+ [0-9]+ 2 \"[0-9A-F]{64}\";\$" $form.conf)" -eq 6
done
sed '1s/2 "[0-9A-F]*/2 "00/; s/ 2 "/ 2 "0/' bind.conf >broken.conf
refute "named-checkconf: a wrong digest" named-checkconf broken.conf
printf '%s\n' 'a"b{}#//\\c\010.example. DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=' >name.dnskey
run key-anchor --format bind name.dnskey
cp out name.conf
check "bind: an odd name" named-checkconf name.conf
run key-anchor "${xml[@]}" name.dnskey
cp out name.xml
check "xml: an odd name" test "$(xmllint --xpath 'string(/TrustAnchor/Zone)' name.xml)" = \
	"$(key-ds name.dnskey | cut -d ' ' -f 1)"

# Programs in the background, ended at the latest with the test.
servers=()
at_exit=stop
stop()
{
	[ ${#servers[@]} -eq 0 ] || { kill "${servers[@]}"; wait "${servers[@]}"; } 2>/dev/null
	servers=()
}

# unbound-anchor fetches the document, and the signature of a CA of our own, from a server of
# our own: openssl speaks TLS, perl the little HTTP.
certificate()
{
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" &&
		openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
			-extfile <(echo "keyUsage=digitalSignature") -out "$1.pem"
}
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj "/CN=CA" -days 2
	certificate server /CN=localhost
	certificate signer /CN=signer/emailAddress=dnssec@iana.org
} >openssl.log 2>&1
# Before, it asks for the keys of the root zone: nobody.
printf 'server:\n\tlocal-zone: "." always_refuse\n' >nobody.conf
mkfifo requests replies
cat >http.pl <<'END'
$| = 1;
while (<STDIN>) {
	$file = $1 if m{^GET \S*/(root-anchors\.\w+) };
	next unless /^\r?\n$/ && $file;
	open my $f, "<:raw", $file or die;
	my $text = do { local $/; <$f> };
	printf "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length $text, $text;
	$file = undef;
}
END
# fetched ARGUMENT...: the DS lines that unbound-anchor has from key-anchor with these.
fetched()
{
	key-anchor --source https://localhost/ "$@" all.dnskey >root-anchors.xml || return 1
	openssl smime -sign -binary -in root-anchors.xml -signer signer.pem -inkey signer.key \
		-outform DER -out root-anchors.p7s || return 1
	for _ in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		perl http.pl >replies <requests 2>/dev/null &
		servers=($!)
		openssl s_server -quiet -accept 127.0.0.1:$port -cert server.pem -key server.key \
			<replies >requests 2>/dev/null &
		servers+=($!)
		sleep 0.3
		kill -0 "${servers[@]}" 2>/dev/null && break
		stop
	done
	rm -f root.key
	timeout 30 unbound-anchor -F -C nobody.conf -c ca.pem -a root.key -u 127.0.0.1 -P "$port" \
		>fetch.log 2>&1
	stop
	grep -v '^;' root.key | sort
}
PATH=$PATH:/usr/sbin
ds()
{
	key-ds all.dnskey | sed 's/^\. [0-9]* /. /' | sort
}
for form in xml xml7958; do
	check "unbound-anchor takes $form" diff <(ds) <(fetched --format $form --from 2020-01-01)
done
check "unbound-anchor heeds the dates" diff <(ds | grep -v "DS \($first\|$second\) ") \
	<(fetched --format xml --from 2020-01-01 --until "$first=2021-01-01" --from "$second=2100-01-01")

# A signed zone, a resolver with our DS lines, and delv with the trust-anchors statement.
# resolver ANCHORS: on $port, for example.org.
resolver()
{
	local i
	for i in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 20000))
		cat >unbound.conf <<-END
			server:
				directory: "$T"
				chroot: ""
				username: ""
				pidfile: ""
				interface: 127.0.0.1
				port: $port
				do-daemonize: no
				use-syslog: no
				module-config: "validator iterator"
				trust-anchor-file: "$1"
			remote-control:
				control-enable: no
			auth-zone:
				name: example.org
				zonefile: "signed"
				for-downstream: no
				for-upstream: yes
		END
		unbound-checkconf unbound.conf >checkconf.log 2>&1 || return 1
		unbound -d -c unbound.conf >unbound.log 2>&1 &
		servers=($!)
		for _ in {1..50}; do
			kill -0 "${servers[@]}" 2>/dev/null || break
			dig +tries=1 +time=1 @127.0.0.1 -p "$port" . NS +norecurse >/dev/null 2>&1 && return 0
			sleep 0.1
		done
		stop
	done
	return 1
}
answer()
{
	dig +tries=2 +time=5 +dnssec @127.0.0.1 -p "$port" example.org SOA
}
trusted()
{
	delv -a "$1" +root=example.org @127.0.0.1 -p "$port" example.org SOA 2>&1 | grep -q '^; fully validated'
}
cat >zone <<'END'
$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
END
key=$(dnssec-keygen -q -a ECDSAP256SHA256 -f KSK example.org)
other=$(dnssec-keygen -q -a ECDSAP256SHA256 -f KSK example.org)
cat "$key.key" >>zone
dnssec-signzone -q -P -z -o example.org -f signed zone "$key" >sign.log 2>&1
for k in key other; do
	key-anchor --format ds "${!k}.key" >$k.ds
	key-anchor --format bind "${!k}.key" >$k.bind
	key-anchor --format bind-initial "${!k}.key" >$k.initial
done
check "unbound starts with our DS lines" resolver key.ds
check "unbound validates" grep -qE '^;; flags:.* ad[ ;]' <(answer)
check "delv validates: bind" trusted key.bind
check "delv validates: bind-initial" trusted key.initial
refute "delv: another key" trusted other.bind
refute "delv: another key, bind-initial" trusted other.initial
stop
check "unbound starts with another key's" resolver other.ds
check "unbound: then the zone is bogus" grep -q 'status: SERVFAIL' <(answer)
stop
echo ". IN DS nonsense" >bad.ds
refute "unbound-checkconf: a bad line" resolver bad.ds

# Refused.
run key-anchor --format ds </dev/null
refused 1 '^key-anchor: -: empty$' "empty input"
sed 's/ 257 / 385 /' ED448.dnskey >revoked
cat ED25519.dnskey revoked >two
run key-anchor --format bind two
refused 1 '^key-anchor: two:2: key [0-9]+ is revoked' "a revoked key"
sed 's/^\./example.org./' ED448.dnskey >elsewhere
cat ED25519.dnskey elsewhere >zones
run key-anchor "${xml[@]}" zones
refused 1 'zones:2: key [0-9]+ is of another zone' "two zones in XML"
run key-anchor --format ds zones
expect 0 "two zones as DS lines"
run key-anchor --format xml --source s --from "$first=2027-01-01" all.dnskey
refused 1 "all.dnskey:2: key $second: no --from is for it" "a key without a date"
run key-anchor "${xml[@]}" --until 2027-01-01 all.dnskey
refused 1 'all.dnskey:6: key [0-9]+: --until is not after --from' "no time between them"
run key-anchor "${xml[@]}" --until 2027-01-01T00:00:01 all.dnskey
expect 0 "a second between them"
run key-anchor "${xml[@]}" --from 99=2027-01-01 --until 98=2027-01-01 ED448.dnskey
refused 1 'ED448.dnskey: --from: no key has the tag 99' "a tag that no key has"
refused 1 'ED448.dnskey: --until: no key has the tag 98' "a tag that no key has, --until"
run key-anchor --format ds --max-bytes 9 all.dnskey
refused 1 'more than 9 bytes' "--max-bytes"

# Could not tell.
run key-anchor all.dnskey
refused 2 '--format' "no --format"
run key-anchor --format json all.dnskey
refused 2 '--format takes xml, xml7958, ds, bind or bind-initial' "another format"
run key-anchor --format xml --source s all.dnskey
refused 2 'XML needs --from and --source' "no --from"
run key-anchor --format xml7958 --from now all.dnskey
refused 2 'XML needs --from and --source' "no --source"
for o in --from=2027-01-01 --until=2027-01-01 --id=x --source=x; do
	run key-anchor --format bind "$o" all.dnskey
	refused 2 'are for XML' "$o with bind"
done
for d in x 1= =2027-01-01 65536=2027-01-01 -1=2027-01-01 1x=2027-01-01 2027-02-30; do
	run key-anchor --format xml --source s "--from=$d" all.dnskey
	refused 2 '--from takes \[TAG=\]DATE' "--from $d"
	run key-anchor "${xml[@]}" "--until=$d" all.dnskey
	refused 2 '--until takes \[TAG=\]DATE' "--until $d"
done
run key-anchor "${xml[@]}" --from 2027-01-02 all.dnskey
refused 2 'each tag once' "--from twice"
run key-anchor "${xml[@]}" --until 5=2028-01-02 --until 5=2029-01-01 all.dnskey
refused 2 'each tag once' "--until twice for a tag"
run key-anchor "${xml[@]}" --id $'a\nb' all.dnskey
refused 2 '--id takes printable ASCII' "an id of two lines"
run key-anchor --format xml --from now --source '' all.dnskey
refused 2 '--source needs .*, and what is given is empty' "an empty source"
run key-anchor --format ds --max-bytes x all.dnskey
refused 2 '--max-bytes takes' "--max-bytes x"
run key-anchor --format ds missing
refused 2 'missing: No such file' "no file"
key-anchor --format ds all.dnskey >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"

# The manual.
cat >ksk.dnskey <<'END'
example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
END
cat >both.dnskey <<'END'
example.com. 3600 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
example.com. 3600 IN DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=
END
manual key-anchor.1

done_testing

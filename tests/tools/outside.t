# Whatever a tool reads from outside, by whatever option: what is no such thing at all ends soon, in
# little memory, with exit 1 or 2, nothing on standard output, and a line that names the input.  (The documents
# themselves, and what is nearly right, are in hostile.t and in the tests of the tools.)  A tool of the
# Makefile and an option that takes a file are here, or named as reading none.
# shellcheck shell=bash
. "$(dirname "$0")/../lib.sh"
. "$HERE/tests/backup.sh"
MINT=$TESTS/mint
NOW=2026-12-02
case $BIN in
*/san/*) slow=5 ;;
*) slow=1 ;;
esac
cd "$T" || exit 1

# Good ones of all that is read.
"$MINT" ceremony --dir c --algorithm ED25519 --slots 1 >/dev/null
new_token one && new_key one ksk-1 01 EC:edwards25519 && extractable one zsk 02 EC:prime256v1
echo 1234 >pin
cp c/ksr.xml c/skr.xml c/prev.xml c/ksk.ds .
sed "s|^\( *module:\).*|\1 $MODULE|" c/policy.yaml >policy.yaml
cp c/zsk-2027-01-01.pem zsk.pem
chmod 600 policy.yaml zsk.pem
key-list --module "$MODULE" --token one --pin-fd 3 3<pin >list
printf -- '- - %s\n' "$(cat ksk.ds)" >parent
key=$(sed -n 's/.*<Key keyIdentifier="\([^"]*\)".*/\1/p' ksr.xml | head -n 1)
echo "$key - -" >uses
: >history
ksr-show --format bind ksr.xml >bind.text
ksr-show --format knot ksr.xml >knot.text
skr-export --format bind skr.xml >skr.text
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.pem -out cert.pem -subj /CN=a -days 3650 2>/dev/null
chmod 600 rsa.pem
skr-seal --output sealed --certificate cert.pem --no-anchor skr.xml 2>/dev/null
cms=$(printf '%s\n' sealed/*.cms | head -n 1)
share-split --needed 2 --shares 2 --output s 2>/dev/null
echo 'a long enough passphrase' >phrase
chmod 600 phrase
back_up backup one < <(line zsk 02)
archive=$(ls backup/*.tar.gz)
sum=$(cut -c -64 backup/*.sha256sum)
token="--module $MODULE --token one --pin-fd 3"
gate="--policy policy.yaml --time $NOW"
seal="--output new --certificate cert.pem --no-anchor"
open="--key rsa.pem --no-anchor --any-set"
part="backup-restore --digest $sum $token --dry-run"

# A line a place: the tool and its arguments.  @FILE is what is replaced, a good one of its kind; <@FILE
# is standard input.
cat >places <<END
ksr-create --time $NOW --first --cycle 2027q1 --policy @policy.yaml
ksr-create $gate --cycle 2027q1 --key-file zsk.pem --unauthenticated-previous --previous @prev.xml
ksr-create $gate --cycle 2027q1 --key-file zsk.pem --previous prev.xml --anchor @ksk.ds
ksr-create $gate --first --cycle 2027q1 --key-file @zsk.pem
ksr-create $gate --first --cycle 2027q1 --key-file zsk.pem --from-bind @bind.text
ksr-create $gate --first --cycle 2027q1 --key-file zsk.pem --from-knot @knot.text
ksr-create $gate --first --cycle 2027q1 --key-file zsk.pem --zsk-use @uses
ksr-create $gate --first --cycle 2027q1 --hsm soft @list
ksr-create $gate --first --cycle 2027q1 --hsm soft <@list
ksr-check --time $NOW --first --policy @policy.yaml ksr.xml
ksr-check $gate --unauthenticated-previous --previous @prev.xml ksr.xml
ksr-check $gate --previous prev.xml --anchor @ksk.ds ksr.xml
ksr-check $gate --first --zsk-use @uses ksr.xml
ksr-check $gate --first --history @history ksr.xml
ksr-check $gate --first @ksr.xml
ksr-check $gate --first <@ksr.xml
ksr-show @ksr.xml
ksr-show <@ksr.xml
skr-sign --first --schema normal --policy @policy.yaml <ksr.xml
skr-sign $gate --schema normal --unauthenticated-previous --previous @prev.xml <ksr.xml
skr-sign $gate --schema normal --previous prev.xml --anchor @ksk.ds <ksr.xml
skr-sign $gate --schema normal --first --zsk-use @uses <ksr.xml
skr-sign $gate --schema normal --first --history @history <ksr.xml
skr-sign $gate --schema normal --first --ds @parent <ksr.xml
skr-sign $gate --schema normal --first <@ksr.xml
skr-check --time $NOW --first --no-anchor --policy @policy.yaml skr.xml
skr-check $gate --no-anchor --previous @prev.xml --unauthenticated-previous skr.xml
skr-check $gate --first --anchor @ksk.ds skr.xml
skr-check $gate --first --no-anchor --ds @parent skr.xml
skr-check $gate --first --no-anchor --ksr @ksr.xml skr.xml
skr-check $gate --first --no-anchor --expect @ksk.ds skr.xml
skr-check $gate --first --no-anchor --keys @ksk.ds skr.xml
skr-check $gate --first --no-anchor --ttl P1D --zsk-use @uses skr.xml
skr-check $gate --first --no-anchor @skr.xml
skr-check $gate --first --no-anchor <@skr.xml
skr-show @skr.xml
skr-show <@skr.xml
skr-show --timeline --previous @prev.xml skr.xml
skr-show --timeline --zsk-use @uses skr.xml
skr-export --format bind @skr.xml
skr-export --format bind <@skr.xml
skr-import --format bind --no-ksr --no-anchor --policy @policy.yaml skr.text
skr-import --policy policy.yaml --format bind --no-anchor --ksr @ksr.xml skr.text
skr-import --policy policy.yaml --format bind --no-ksr --anchor @ksk.ds skr.text
skr-import --policy policy.yaml --format bind --no-ksr --no-anchor --expect @ksk.ds skr.text
skr-import --policy policy.yaml --format bind --no-ksr --no-anchor @skr.text
skr-import --policy policy.yaml --format knot --no-ksr --no-anchor <@skr.text
skr-seal --output new --no-anchor --certificate @cert.pem skr.xml
skr-seal --output new --certificate cert.pem --anchor @ksk.ds skr.xml
skr-seal --output new --no-anchor --passphrase-file @phrase skr.xml
skr-seal $seal @skr.xml
skr-seal $seal <@skr.xml
skr-open --no-anchor --any-set --key @rsa.pem $cms
skr-open --no-anchor --any-set --passphrase-file @phrase $cms
skr-open --key rsa.pem --any-set --anchor @ksk.ds $cms
skr-open --key rsa.pem --no-anchor --manifest @sealed/manifest $cms
skr-open $open @$cms
skr-open $open <@$cms
key-ds @ksk.ds
key-ds <@ksk.ds
key-anchor --format ds @ksk.ds
key-anchor --format ds <@ksk.ds
key-generate --role ksk --key ksk-2 --pin-fd 3 --policy @policy.yaml
key-generate --role ksk $token --label a --zone . --algorithm 15 --record @list
key-generate --role zsk --policy policy.yaml --hsm soft --pin-fd 3 --count 1 --skr @skr.xml
key-list --policy @policy.yaml --pin-fd 3
key-list $token --record @list
key-list $token --unused-in @skr.xml
key-list $token --compare @list
key-purge $token --no-keep --policy @policy.yaml list
key-purge $token --policy policy.yaml --keep @skr.xml list
key-purge $token --policy policy.yaml --no-keep @list
key-purge $token --policy policy.yaml --no-keep <@list
key-import $token --role zsk --policy @policy.yaml zsk.pem
key-import $token --role zsk --zone . --algorithm 15 @zsk.pem
key-dnskey --pin-fd 3 --key ksk-1 --policy @policy.yaml
key-dnskey $token --key ksk-1 --zone . --role ksk --record @list
key-dnskey $token @list
key-dnskey $token <@list
key-csr --key ksk-1 --pin-fd 3 --policy @policy.yaml
backup-create --output into --needed 2 --shares 3 --policy @policy.yaml --pin-fd 3 <list
backup-create --output into --needed 2 --shares 3 $token <@list
backup-check @$archive
backup-copy @$archive copies
backup-restore --digest $sum --share backup/zsk --policy @policy.yaml --pin-fd 3 backup
$part --share @$(ls backup/*-1.share) --share $(ls backup/*-3.share) backup
$part @$archive
share-split --output new --needed 2 --shares 2 --pin --policy @policy.yaml
share-join --set @s.shares s-1.share s-2.share
share-join --no-set @s-1.share s-2.share
doc-hash @ksr.xml
doc-hash <@ksr.xml
doc-confirm --expect $sum <@ksr.xml
END

# Options with the name of a file that are no input: a module is loaded, a file is made, a name only.
others='module|output|sheet'
# And those whose every byte is taken as it is: the file that goes into a backup.
raw='backup-create --file'

mkdir folder copies into
: >empty
printf '\0' >nul
printf 'a line\nanother\0\nand one more\n' >line-with-nul
printf '\377\376\300\200\355\240\200\364\220\200\200 \302\n' >bad-utf8
perl -e 'srand 7; print map { chr rand 256 } 1 .. 5000' >noise
perl -e 'print " " x 50_000_000' >blanks
perl -e 'print "\n" x 50_000_000' >lines
perl -e 'print "-" x 50_000_000' >long

# try DIRT TOOL ARGUMENT...: with this in the place; $called is how the tool calls it.
try()
{
	local dirt=$1 word in=/dev/null
	shift
	local words=()
	called=
	for word; do
		case $word in
		'<@'*) in=$dirt called=- ;;
		'<'*) in=${word#<} ;;
		*'@'*) words+=("${word%%@*}$dirt") called=$dirt ;;
		*) words+=("$word") ;;
		esac
	done
	rm -rf new
	run "$TESTS/bounded" cost "${words[@]}" <"$in" 3<pin
}

# refusal DIRT TOOL: was it refused as it should?  Else why.
refusal()
{
	local ms kib size
	size=$(stat -L -c %s "$1")
	[ -f "$1" ] || size=0
	read -r ms kib <cost
	why=
	case $2:$1:$status in
	# What is hashed may be anything.
	doc-hash:folder:2 | doc-hash:empty:1) ;;
	doc-hash:*:0) return ;;
	[a-z]*:*:[12]) ;;
	*) why="exit $status" ;;
	esac
	[ ! -s out ] || why="$why bytes on stdout"
	[ ! -e new ] && [ -z "$(ls -A into)" ] || why="$why something is made"
	[ "$ms" -le $((slow * (1500 + size / 20000))) ] || why="$why $ms ms"
	[ "$slow" -gt 1 ] || [ "$kib" -le $((64 * 1024 + 3 * size / 1024)) ] || why="$why $kib KiB"
	grep -qE "^$2: ($called|standard input)(:|\$|/)" err || why="$why no line that names $called: $(head -n 1 err)"
	[ "$(grep -vc ': warning: ' err)" -le 32 ] || why="$why $(wc -l <err) lines"
	! LC_ALL=C grep -qaP '[^\x20-\x7e]' err || why="$why bytes that are not printable"
	[ -z "$why" ]
}

while read -r place; do
	bad=
	read -ra words <<<"$place"
	for dirt in empty nul line-with-nul bad-utf8 noise folder blanks lines long; do
		# A history begins empty.
		case "$place $dirt" in *'--history '*' empty') continue ;; esac
		for attempt in 1 2 3; do
			try $dirt "${words[@]}"
			refusal $dirt "${words[0]}" && break
		done
		[ -z "$why" ] || bad="$bad $dirt: $why;"
	done
	place=${place//$T\//}
	if [ -z "$bad" ]; then
		pass "$place"
	else
		fail "$place:$bad"
	fi
done <places

# Every tool, and each of its options that takes what is outside.
make -s -C "$HERE" --no-print-directory --eval 'print-tools: ; @echo $(TOOLS)' print-tools | tr ' ' '\n' | sort >tools
check "the Makefile names tools" test "$(wc -l <tools)" -gt 20
check "every tool is fed" diff tools <(cut -d ' ' -f 1 places | sort -u)
missing=
while read -r tool; do
	run "$tool" --help
	while read -r option; do
		grep -qE "^$tool .*$option [^ ]*@" places || [ "$tool $option" = "$raw" ] || missing="$missing $tool $option"
	done < <(sed 1d out | grep -oE -- '--[a-z-]+ (FILE|SKR|\[N=\]FILE|KEY)( |$)' |
		sed 's/ .*//' | grep -vxE -- "--($others)")
done <tools
check "every option that names a file is fed:$missing" test -z "$missing"
grep -v '^share-join --set' places >fewer
refute "control: an option that is not fed is noticed" grep -q '^share-join .*--set [^ ]*@' fewer
try empty ksr-show @ksr.xml
check "control: what is refused as it should" refusal empty ksr-show
try "$T/ksr.xml" ksr-show @ksr.xml
refute "control: what is accepted is noticed" refusal ksr.xml ksr-show

done_testing

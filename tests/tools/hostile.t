# Hostile bytes through the tools that read XML: each ends soon, in little memory, with
# exit 1, nothing on standard output and a bounded number of printable lines, one a finding.
# What testdata.t runs (testdata/bad, and testdata/hostile through the judges) is not
# repeated.  Bounds: a second of wall time and one more for each 25 MB that are read; 64
# MiB and eight times what is read.  Under sanitizers: five times as long, any memory, and
# what is over the default limit is not read.
# shellcheck shell=bash
. "$(dirname "$0")/../lib.sh"
MINT=$TESTS/mint
MAX=1048576
NOW=2026-12-02
LINES_MAX=2000
case $BIN in
*/san/*) slow=5 ;;
*) slow=1 ;;
esac
cd "$T" || exit 1

# A small ceremony, its HSM's module a file that must not be touched.
"$MINT" ceremony --dir c --algorithm ED25519 --slots 1 --module "$T/module.so" >/dev/null
cp c/ksr.xml c/skr.xml .
chmod 600 c/policy.yaml
tools="ksr-check skr-check ksr-show skr-show skr-sign"

# invoke TOOL FILE OPTION...: the tool reads this file and what else it needs.
invoke()
{
	local tool=$1 file=$2
	shift 2
	case $tool in
	ksr-check) set -- --policy c/policy.yaml --time $NOW --first "$@" "$file" ;;
	skr-check) set -- --policy c/policy.yaml --time $NOW --first --no-anchor "$@" "$file" ;;
	skr-sign) set -- --policy c/policy.yaml --time $NOW --first --schema normal --pin-fd 3 "$@" ;;
	*) set -- "$@" "$file" ;;
	esac
	case $tool in
	skr-sign) run "$TESTS/bounded" cost skr-sign "$@" <"$file" 3</dev/null ;;
	*) run "$TESTS/bounded" cost "$tool" "$@" </dev/null ;;
	esac
}

printable()
{
	! LC_ALL=C grep -qaP '[^\x20-\x7e]' "$1"
}

# bounded SIZE: was the last run within the bounds for so many bytes?
bounded()
{
	local ms kib
	read -r ms kib <cost
	[ "$ms" -le $((slow * (1000 + $1 / 25000))) ] || why="$ms ms"
	[ "$slow" -gt 1 ] || [ "$kib" -le $((64 * 1024 + 8 * $1 / 1024)) ] || why="$kib KiB"
	[ -z "$why" ]
}

# well_refused TOOL: exit 1, and no more said than there is to say; else why.
well_refused()
{
	local lines
	lines=$(wc -l <err)
	[ "$status" -eq 1 ] || why="exit $status"
	[ ! -s out ] || why="bytes on stdout"
	[ "$lines" -ge 1 ] && [ "$lines" -le $LINES_MAX ] || why="$lines lines"
	printable err || why="bytes that are not printable"
	! grep -qvE "^$1: .*(warning|(KSR|SKR|PLAN)-[A-Z-]+): " err || why="a line that is no finding"
	! grep -q 'module\.so' err || why="the token was reached"
	[ -z "$why" ]
}

# harmless NAME FILE OPTION...: by all $tools.  A busy machine has three tries at the time.
harmless()
{
	local name=$1 file=$2 size tool try why bad=
	shift 2
	size=$(stat -L -c %s "$file")
	[ "$size" -le $MAX ] || [ "$*" != "" ] || size=$MAX
	for tool in $tools; do
		for try in 1 2 3; do
			why=
			invoke "$tool" "$file" "$@"
			bounded "$size" && break
		done
		well_refused "$tool"
		[ -z "$why" ] || bad="$bad $tool: $why (try $try);"
	done
	if [ -z "$bad" ]; then
		pass "$name"
	else
		fail "$name:$bad"
	fi
}

# Controls: what passes, and that the helpers notice what they are for.
invoke ksr-check ksr.xml
check "control: the request passes" cmp out ksr.xml
invoke skr-check skr.xml
check "control: the response passes" cmp out skr.xml
why=
"$TESTS/bounded" cost sleep $((2 * slow))
refute "control: what is too slow is noticed" bounded 100
if [ $slow -eq 1 ]; then
	why=
	"$TESTS/bounded" cost perl -e '$x = "x" x 100_000_000'
	refute "control: what is too large is noticed" bounded 100
fi
printf 'a\033[2Jb\n' >escaped
refute "control: an escape sequence is noticed" printable escaped

# Small documents, a line each: what it is, a tab, and the perl that makes it from $_, a
# good request.
cat >small <<'END'
a DOCTYPE and nothing else	s/<KSR/<!DOCTYPE KSR>$&/
a DOCTYPE behind a comment	s/<KSR/<!-- <KSR> --><!DOCTYPE KSR []>$&/
an internal entity, harmless and used	s/<KSR/<!DOCTYPE KSR [<!ENTITY a "0">]>$&/; s/172800/17280&a;/
an attribute from a DTD	s/<KSR/<!DOCTYPE KSR [<!ATTLIST KSR id CDATA "dtd">]>$&/
an entity that names a FIFO	s/<KSR/<!DOCTYPE KSR [<!ENTITY f SYSTEM "file:\/\/$T\/bait">]>$&/; s/172800/&f;/
an entity that names a FIFO by its path	s/<KSR/<!DOCTYPE KSR [<!ENTITY f SYSTEM "$T\/bait">]>$&/; s/172800/&f;/
a parameter entity that names a FIFO	s/<KSR/<!DOCTYPE KSR [<!ENTITY % f SYSTEM "$T\/bait"> %f;]>$&/
a DTD in a FIFO	s/<KSR/<!DOCTYPE KSR SYSTEM "$T\/bait">$&/
a public DTD in a FIFO	s/<KSR/<!DOCTYPE KSR PUBLIC "-\/\/W3C\/\/DTD XHTML 1.0\/\/EN" "$T\/bait">$&/
an inclusion of a FIFO	s/172800/<xi:include xmlns:xi="http:\/\/www.w3.org\/2001\/XInclude" href="$T\/bait" parse="text"\/>/
a schema location	s/<KSR/$& xmlns:xsi="http:\/\/www.w3.org\/2001\/XMLSchema-instance" xsi:noNamespaceSchemaLocation="$T\/bait"/
a style sheet, and a tag too many	s/<KSR/<?xml-stylesheet href="$T\/bait"?>$&/; $_ .= "<a\/>"
an undefined entity	s/172800/&nbsp;/
a recursive entity	s/<KSR/<!DOCTYPE KSR [<!ENTITY a "&b;"><!ENTITY b "&a;">]>$&/; s/172800/&a;/
a NUL at the beginning	$_ = "\0$_"
a NUL in a tag	s/<Key /<Key\0 /
a NUL in a value	s/172800/1728\x{0}00/
a NUL at the end	$_ .= "\0"
a NUL as a reference	s/172800/&#0;172800/
an escape as a reference	s/172800/&#27;172800/
a reference beyond Unicode	s/172800/&#x110000;/
a reference that overflows	s/172800/&#4294967345;/
an overlong <	s/<Request>/\xc0\xbcRequest>/
an overlong NUL	s/172800/\xc0\x80/
a surrogate	s/172800/\xed\xa0\x80/
a pair of surrogates	s/172800/\xed\xa0\x80\xed\xb0\x80/
beyond Unicode in UTF-8	s/172800/\xf4\x90\x80\x80/
six bytes of UTF-8	s/172800/\xfc\x80\x80\x80\x80\x80/
a lone continuation	s/172800/\x80/
a character that is cut	s/172800/\xe2\x82/
a character that is cut by the end	$_ .= "\xe2\x82"
U+FFFE	s/172800/\xef\xbf\xbe/
Latin-1 undeclared	s/keyIdentifier="/$&\xe9/
Latin-1 declared	s/UTF-8/ISO-8859-1/; s/keyIdentifier="/$&\xe9/
Latin-1 declared, ASCII only	s/UTF-8/ISO-8859-1/
US-ASCII declared, and more	s/UTF-8/US-ASCII/; s/keyIdentifier="/$&\xc3\xa9/
UTF-7 declared	s/UTF-8/UTF-7/; s/172800/+ADE-72800/
UTF-16 declared in UTF-8	s/UTF-8/UTF-16/
an unknown encoding	s/UTF-8/x-none/
an empty encoding	s/UTF-8//
two encodings	s/encoding="UTF-8"/$& encoding="UTF-16"/
a second byte-order mark	$_ = "\xef\xbb\xbf\xef\xbb\xbf$_"
XML 1.1	s/version="1.0"/version="1.1"/
40,000 attributes	$a = join " ", map { "a$_=\"\"" } 1 .. 40_000; s/<KSR/$& $a/
40,000 namespaces	$a = join " ", map { "xmlns:a$_=\"b$_\"" } 1 .. 40_000; s/<KSR/$& $a/
100 attributes on each of 500 elements	$a = "<a " . join(" ", map { "a$_=\"\"" } 1 .. 100) . "/>"; s/<Request>/$& . $a x 500/e
100,000 elements inside each other	$_ = "<a>" x 100_000 . "<\/a>" x 100_000
300,000 elements that stay open	$_ = "<a>" x 300_000
17 elements inside each other	s/<Request>/$& . "<a>" x 16 . "<\/a>" x 16/e
20,000 namespaces inside each other	$_ = join "", map { "<a xmlns:b$_=\"c\">" } 1 .. 20_000
a tag of 1,000,000 bytes	$_ = "<" . "a" x 1_000_000 . "\/>"
a number of 900,000 digits	s/172800/"9" x 900_000/e
a number of 900,000 zeros, and then too many	s/172800/"0" x 900_000 . "4294967296"/e
a serial of 1,900 digits	s/serial="\d+"/"serial=\"" . "9" x 1900 . "\""/e
a duration of 900,000 digits	s/P10D/"P" . "9" x 900_000 . "D"/e
a time of 900,000 digits	s/<Inception>/$& . "9" x 900_000/e
a name of 2,000 labels	s/domain="."/"domain=\"" . "a." x 1_000 . "\""/e
a key of 1,000,000 characters	s/<PublicKey>/$& . "A" x 1_000_000/e
1,000,000 ampersands	$_ = "<KSR>" . "&" x 1_000_000
1,000,000 times <	$_ = "<" x 1_000_000
500,000 times <!	$_ = "<!" x 500_000
500,000 times ]]	$_ = "<KSR><![CDATA[" . "]]" x 500_000
250,000 times <!--	$_ = "<!--" x 250_000
a quote that does not end	s/id="/id="<KSR id='/; s/" domain//
100,000 comments	s/<Request>/$& . "<!---->" x 100_000 . "<a\/>"/e
60,000 elements of no use	s/<Request>/$& . "<Request\/>" x 60_000/e
3,500 keys in a bundle	s/(<Key .*?<\/Key>\s*)/$1 x 3_500/se
1,500 signatures in a bundle	s/(<Signature .*?<\/Signature>\s*)/$1 x 1_500/se
9,000 signers and no key	s/<Key .*<\/Signature>/"<Signer keyIdentifier=\"a\"\/>" x 9_000/se
3,500 keys that are none	s/(<Key .*?)<TTL>.*?<\/Key>\s*/"$1<TTL\/><Flags\/><Protocol\/><Algorithm\/><PublicKey\/><\/Key>" x 3_500/se
20,000 algorithms	s/(<SignatureAlgorithm .*<\/SignatureAlgorithm>)/"<SignatureAlgorithm algorithm=\"8\"><EdDSA size=\"0\"\/><\/SignatureAlgorithm>" x 11_000/se
END

# make FILE PERL: from the good request.
make()
{
	T=$T perl -e 'undef $/; ($T = $ENV{T}) =~ s/([^\w\/])/$1/g;
		open F, "<", "ksr.xml"; $_ = <F>; eval $ARGV[1]; die $@ if $@;
		open O, ">", $ARGV[0] or die; print O $_; close O or die' "$@"
}
mkfifo bait

while IFS=$'\t' read -r name code; do
	make doc.xml "$code"
	refute "$name: is another document" cmp -s doc.xml ksr.xml
	harmless "$name" doc.xml
done <small

# Other encodings, declared as what they are or as nothing, with and without their mark.
sed 's/ encoding="UTF-8"//' ksr.xml >plain.xml
for e in UTF-16 UTF-16LE UTF-16BE UTF-32 UTF-32LE UTF-32BE IBM037 EBCDIC-US UTF-7; do
	sed "s/UTF-8/$e/" ksr.xml | iconv -f UTF-8 -t $e >doc.xml || fail "no iconv to $e"
	harmless "$e, declared" doc.xml
	iconv -f UTF-8 -t $e plain.xml >doc.xml
	# UTF-7 of ASCII is ASCII but for a few characters.
	cmp -s doc.xml plain.xml || harmless "$e, not declared" doc.xml
done

# What testdata/ has, through the tools that testdata.t does not use.
tools="ksr-show skr-show skr-sign"
for f in "$HERE"/testdata/hostile/*.xml; do
	harmless "${f##*/}, shown and signed" "$f"
done

# Large ones.  As they come they are refused unread; with a larger limit they are read.
cat >large <<'END'
50 MB of spaces	$_ = " " x 50_000_000
50 MB of spaces in a tag	$_ = "<KSR" . " " x 50_000_000 . ">"
50 MB of line ends before a tag too many	s/<Request>/$& . "\n" x 50_000_000 . "<a\/>"/e
50 MB of spaces at the end, and a letter	$_ .= " " x 50_000_000 . "x"
50 MB of spaces in a key, and a letter	s/<PublicKey>/$& . " " x 50_000_000 . "x"/e
10 MB of one tag	$_ = "<" . "a" x 10_000_000 . "\/>"
10 MB of one attribute	$_ = "<KSR id=\"" . "a" x 10_000_000 . "\"\/>"
10 MB of one comment	$_ = "<!--" . "a" x 10_000_000 . "--><KSR\/>"
10 MB of one instruction	$_ = "<?a " . "a" x 10_000_000 . "?><KSR\/>"
10 MB of one CDATA section	$_ = "<KSR><![CDATA[" . "a" x 10_000_000 . "]]><\/KSR>"
10 MB of one DOCTYPE	$_ = "<!DOCTYPE KSR [" . "<!ENTITY a \"b\">" x 700_000 . "]><KSR\/>"
10 MB of one name of a DOCTYPE	$_ = "<!DOCTYPE " . "a" x 10_000_000 . "><KSR\/>"
10 MB of one key	s/<PublicKey>[^<]*/"<PublicKey>" . "AAAA" x 2_500_000/e
10 MB of one number	s/172800/"1" x 10_000_000/e
10 MB of character references	$_ = "<KSR>" . "&#65;" x 2_000_000 . "<\/KSR>"
10 MB of entities	$_ = "<KSR>" . "&amp;" x 2_000_000 . "<\/KSR>"
10 MB of comments	s/<Request>/$& . "<!---->" x 1_400_000 . "<a\/>"/e
10 MB of instructions	s/<Request>/$& . "<?a b?>" x 1_400_000 . "<a\/>"/e
10 MB of elements	$_ = "<KSR>" . "<a\/>" x 2_500_000 . "<\/KSR>"
10 MB of elements inside each other	$_ = "<a>" x 1_400_000 . "<\/a>" x 1_400_000
10 MB of <	$_ = "<" x 10_000_000
END
while IFS=$'\t' read -r name code; do
	make doc.xml "$code"
	tools="ksr-check skr-check ksr-show skr-show skr-sign"
	harmless "$name, unread" doc.xml
	tools="ksr-check skr-show"
	[ $slow -gt 1 ] || harmless "$name, read" doc.xml --max-bytes 100000000
	rm -f doc.xml
done <large

key='<Key keyIdentifier="k" keyTag="1"><TTL>1</TTL><Flags>256</Flags><Protocol>3</Protocol>'
key+='<Algorithm>15</Algorithm><PublicKey>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</PublicKey></Key>'
make doc.xml "s{<Key .*</Key>}{'$key' x 500_000}se"
tools="ksr-check skr-check ksr-show skr-show skr-sign"
harmless "half a million keys, unread" doc.xml
tools="ksr-check ksr-show skr-sign"
[ $slow -gt 1 ] || harmless "half a million keys, read" doc.xml --max-bytes 100000000
rm -f doc.xml

# What is as the schema says, and is judged.
tools="ksr-check skr-sign"
make doc.xml 's/(<RequestBundle .*<\/RequestBundle>\s*)/$1 x 700/se'
harmless "700 bundles of one id" doc.xml
make doc.xml 's/(<RequestBundle id=")(.*<\/RequestBundle>\s*)/join "", map { "$1$_-$2" } 1 .. 700/se'
harmless "700 bundles of the same key" doc.xml
make doc.xml 's/<Key .*<\/Key>/join "", map { my $k = $&; $k =~ s{\d+(?=" keyTag)}{$_}; $k } 1 .. 800/se'
harmless "800 times the same key" doc.xml
make doc.xml 's/<Signature .*<\/Signature>/my $s = $&; (my $bad = $s) =~ s{<Labels>0}{<Labels>1}; $s x 499 . $bad/se'
harmless "499 times the same signature, and a bad one" doc.xml
# RSA keys of any modulus, each of them at hand of all others: 85 kB.
cat >rsa.pl <<'END'
use MIME::Base64;
srand 1;
($key) = /(<Key .*?<\/Key>)/s;
$key =~ s/<Algorithm>15/<Algorithm>8/;
sub rsa {
	my $n = join "", "\xc1", (map { chr rand 256 } 1 .. 126), "\x5b";
	my ($k, $b) = ($key, encode_base64("\3\1\0\1$n", ""));
	$k =~ s/<PublicKey>[^<]*/<PublicKey>$b/;
	$k =~ s/keyIdentifier="/$&$_[0]-/;
	return $k;
}
s/<Key .*<\/Key>/join "", map { rsa($_) } 1 .. 200/se;
END
make doc.xml "$(cat rsa.pl)"
harmless "200 RSA keys with small factors" doc.xml

# Nothing that a document names is opened, nor the module of the HSM, but by skr-sign, which loads it meanwhile.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	for code in 's/<KSR/<!DOCTYPE KSR [<!ENTITY f SYSTEM "$T\/secret"> %f;]>$&/; s/172800/&f;/' \
		's/<KSR/<!DOCTYPE KSR SYSTEM "$T\/secret">$&/' \
		's/<KSR/<?xml-stylesheet href="secret"?><?xml-model href="secret"?>$&/' \
		's/172800/<xi:include xmlns:xi="http:\/\/www.w3.org\/2001\/XInclude" href="secret"\/>/'; do
		echo 172800 >secret
		make doc.xml "$code"
		for tool in ksr-check skr-check ksr-show skr-show skr-sign; do
			names='secret|module\.so|socket'
			case $tool in
			ksr-check | skr-check) set -- --policy c/policy.yaml --first doc.xml ;;
			skr-sign) names='secret|socket' && set -- --policy c/policy.yaml --first --schema normal ;;
			*) set -- doc.xml ;;
			esac
			LSAN_OPTIONS=detect_leaks=0 run strace -f -e trace=file,network -o trace "$tool" "$@" <doc.xml
			if grep -q execve trace && ! grep -qE "$names" trace; then
				pass "$tool opens nothing that is named: $code"
			else
				fail "$tool opens what is named: $code"
			fi
		done
	done
else
	skip "no strace"
fi

# Cut at every byte, by the library; at every 37th, by the tools.
for k in ksr skr; do
	check "$k: cut at every byte" "$TESTS/cut" $k $k.xml
	bad=0
	cuts=0
	last=$(($(stat -c %s $k.xml) - 2))
	for ((at = 0; at <= last; at += 37 * slow)); do
		for tool in $k-check $k-show; do
			why=
			head -c $at $k.xml >cut.xml
			invoke "$tool" cut.xml
			well_refused "$tool" || bad=$((bad + 1))
			[ "$(grep -cv ': warning: ' err)" -eq 1 ] || bad=$((bad + 1))
			cuts=$((cuts + 1))
		done
	done
	check "$k: cut at $cuts places by the tools" test $bad -eq 0
done

# Behind the document: nothing but white space, comments and instructions.
for tail in x '<' '&' '&amp;' ']]>' '<a/>' '</KSR>' '<!DOCTYPE KSR>' '<?xml version="1.0"?>' '<!-- --' \
	$'\xef\xbb\xbf' $'\x1a' $'\xff'; do
	{ cat ksr.xml; printf '%s' "$tail"; } >doc.xml
	tools="ksr-check ksr-show"
	harmless "behind the document: $(printf '%q' "$tail")" doc.xml
done
{ cat ksr.xml; printf ' \r\n\t<!-- a --><?a b?> '; } >doc.xml
invoke ksr-check doc.xml
check "control: white space, a comment and an instruction may follow" cmp out doc.xml

# Input that is no file.
run timeout 10 bash -c 'yes | ksr-check --policy c/policy.yaml --first'
refused 1 'KSR-XML: more than 1048576 bytes' "standard input that never ends"
run timeout 10 bash -c 'yes "<KSR/>" | skr-sign --policy c/policy.yaml --first --schema normal'
refused 1 'KSR-XML: more than 1048576 bytes' "standard input that never ends, to be signed"
for tool in ksr-check skr-check ksr-show skr-show; do
	why=
	invoke $tool /dev/zero
	bounded $MAX
	refused 1 'more than 1048576 bytes' "$tool: /dev/zero $why"
	check "$tool: /dev/zero, within the bounds" test -z "$why"
	invoke $tool /dev/null
	refused 1 'empty' "$tool: /dev/null"
	invoke $tool c
	refused 2 'Is a directory' "$tool: a directory"
	invoke $tool no/such
	refused 2 'No such file' "$tool: no file"
	: >bait &
	invoke $tool bait
	refused 1 'empty' "$tool: a FIFO with nothing in it"
	wait
done
cat ksr.xml >bait &
invoke ksr-check bait
check "a FIFO with a request in it" cmp out ksr.xml
wait
run ksr-check --policy c/policy.yaml --first <c
refused 2 'Is a directory' "a directory as standard input"

# What comes from outside is escaped: no byte of it acts on a terminal, none ends a line.
# C1 controls, an override of direction, a line separator, DEL, and a forged line.
evil='\&#10;ksr-check: fine\&#13;\&#9;\&#127;\&#x9b;31m\&#x202e;\&#x2028;\&#x1F511;\\%n%s'
raw=$'\xc2\x9b31m\xe2\x80\xae\xe2\x80\xa8\x7f\\\\%n%s'

# clean NAME TOOL: stderr is lines of this tool and nothing else, in printable ASCII.
clean()
{
	local why=
	printable err || why="stderr has other bytes"
	! grep -qv "^$2: " err || why="a line of its own"
	[ -s err ] || [ -s out ] || why="nothing said"
	[ "$status" -le 1 ] || why="exit $status"
	if [ -n "$why" ]; then
		fail "$1: $why"
	else
		pass "$1"
	fi
}

clean_json()
{
	if printable "$3" && perl -MJSON::PP -e 'undef $/; decode_json(<>)' "$3" 2>/dev/null; then
		pass "$1"
	else
		fail "$1: $2 is not printable JSON"
	fi
}

# escaped NAME KIND FILE: the judge and the show tool of this kind, in every form.
escaped()
{
	local name=$1 k=$2 file=$3 form
	invoke "$k-check" "$file"
	clean "$name: $k-check" "$k-check"
	invoke "$k-check" "$file" --json
	clean_json "$name: $k-check --json" "$k-check" err
	for form in "" --json --rr; do
		# shellcheck disable=SC2086
		invoke "$k-show" "$file" $form
		clean "$name: $k-show $form" "$k-show"
		check "$name: $k-show $form, printable" printable out
		[ "$form$status" != --json0 ] || clean_json "$name: $k-show JSON" "$k-show" out
	done
}

places=(
	's/(<KSR id=")/\1EVIL/' 's/(domain=")/\1EVIL/' 's/(serial=")/\1EVIL/'
	's/(Bundle id=")/\1EVIL/' 's/(<Key keyIdentifier=")/\1EVIL/' 's/(keyTag=")/\1EVIL/'
	's/(<Signature keyIdentifier=")/\1EVIL/' 's/keyIdentifier="/&EVIL/' 's/(algorithm=")/\1EVIL/'
	's/(size=")/\1EVIL/' 's/<(TTL|Flags|Protocol|Algorithm|Labels|OriginalTTL|KeyTag)>/&EVIL/'
	's/<(Inception|Expiration|SignatureInception|SignatureExpiration)>/&EVIL/'
	's/<(TypeCovered|SignersName|PublicKey|SignatureData)>/&EVIL/'
	's/<(PublishSafety|MaxSignatureValidity)>/&EVIL/' 's/<(Request|Response)>/&EVIL/'
)
n=0
for place in "${places[@]}"; do
	n=$((n + 1))
	for k in ksr skr; do
		sed -E "${place//EVIL/$evil}" $k.xml >doc.xml
		refute "place $n of $k: references put in" cmp -s doc.xml $k.xml
		escaped "place $n, references" $k doc.xml
		sed -E "${place//EVIL/$raw}" $k.xml >doc.xml
		escaped "place $n, raw" $k doc.xml
	done
	sed -E "${place//EVIL/$evil}" ksr.xml >doc.xml
	sed -i 's/domain="\."/domain="example."/' doc.xml	# one rule is broken at least
	invoke skr-sign doc.xml
	clean "place $n: skr-sign" skr-sign
done

# Where a request, and the response before it, are compared with each other.
sed -E "s/(id=\"|keyIdentifier=\")/\1$evil/" skr.xml >doc.xml
sed -E "s/(id=\"|keyIdentifier=\")/\1$evil/" ksr.xml >request.xml
run skr-check --policy c/policy.yaml --first --anchor c/ksk.ds --ksr ksr.xml doc.xml
clean "a response to another request" skr-check
run skr-check --policy c/policy.yaml --first --anchor c/ksk.ds --ksr request.xml skr.xml
clean "a request of another response" skr-check
run ksr-check --policy c/policy.yaml --unauthenticated-previous --previous doc.xml request.xml
clean "the previous response" ksr-check

# Names of elements, attributes, targets and files, which are letters of any alphabet.
for code in 's/<Request>/<\xd7\x9e\xe2\xb0\x80>$&/' 's/<KSR/$& \xd7\x9e\xe2\xb0\x80="1"/' \
	's/<KSR/<?\xd7\x9e?>$&/; s/<Request>/$&\x01/' 's/<\/KSR>/<\/\xd7\x9e>/' \
	's/<KSR/$& xmlns:\xd7\x9e="\x7f"/; s/<Request>/<\xd7\x9e:Request>/' 's/172800/&\xd7\x9e;/' \
	's/UTF-8/\xc2\x9bUTF-8/' 's/version="1.0"/version="\xc2\x9b1.0"/' 's/<KSR/<!DOCTYPE \xd7\x9e>$&/'; do
	make doc.xml "$code"
	escaped "a name: $code" ksr doc.xml
done
odd=$'a\033]0;owned\a\n\xe2\x80\xae\x7f.xml'
make "$odd" 's/serial="/$&x/'
escaped "a file's name" ksr "$odd"
cp ksr.xml "$odd"
escaped "a good file's name" ksr "$odd"

done_testing

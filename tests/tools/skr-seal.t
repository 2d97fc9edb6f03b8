# skr-seal: what it makes, to whom, and every way to fail.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$(dirname "$0")/../sealing.sh"
cd "$T" || exit 1
MINT=$TESTS/mint
"$MINT" ceremony --dir . || exit 1
SET=$(sha256sum skr.xml | cut -c -64)

# values ELEMENT FILE: what stands in these elements, one a line.
values()
{
	grep -oE "<$1>[^<]*" "$2" | sed 's/.*>//'
}

# quiet NAME: nothing on stdout and stderr of the last run.
quiet()
{
	check "$1: not a word" test ! -s out -a ! -s err
}

# A passphrase for each slot.
run skr-seal --anchor ksk.ds --passphrases-per-slot --sheet sheet --output sealed skr.xml
expect 0 "a passphrase for each slot"
quiet "a passphrase for each slot"
check "nine files and the manifest" test "$(find sealed -type f | wc -l)" -eq 10
check "named by zone and times" diff <(cd sealed && ls -- *.cms) - <<'END'
root-20270101000000-20270122000000.cms
root-20270111000000-20270201000000.cms
root-20270121000000-20270211000000.cms
root-20270131000000-20270221000000.cms
root-20270210000000-20270303000000.cms
root-20270220000000-20270313000000.cms
root-20270302000000-20270323000000.cms
root-20270312000000-20270402000000.cms
root-20270322000000-20270412000000.cms
END
check "sha256sum checks the manifest" sh -c 'cd sealed && sha256sum --strict -c manifest'
check "the manifest names the set" grep -qx "# set $SET" sealed/manifest
check "... and how it is released" grep -qx "# release slot by slot" sealed/manifest
check "... and every slot" test "$(grep -cE '^# slot [1-9] 2027-' sealed/manifest)" -eq 9
check "the sheet is its owner's" test "$(stat -c %a sheet)" = 600
phrases sheet phrases
check "nine passphrases of sixteen words" test "$(cat phrases/? | awk 'NF == 16' | sort -u | wc -l)" -eq 9
check "in lower case" grep -qxE '[a-z ]+' phrases/4
check "no line of the sheet is longer than paper is wide" test "$(wc -L <sheet)" -le 80

# The stock command opens each; what is inside.
for n in 1 5 9; do
	stock "$(nth sealed $n)" -pwri_password "$(cat phrases/$n)" >content 2>err
	check "openssl opens slot $n with its passphrase" test -s content
	sed '/^$/q' content >header
	sed '1,/^$/d' content >one.xml
	check "slot $n: the header" diff <(sed 's/^envelope: [0-9a-f]\{64\}$/envelope: HEX/' header) <(
		skr-show skr.xml | awk -v n=$n -v set="$SET" '$1 == n { print "ksrkit-sealed 1\nzone: ."
		print "slot: " n " of 9\ninception: " $2 "Z\nexpiration: " $3 "Z\nset: " set
		print "envelope: HEX\n" }')
	check "slot $n: one bundle" diff <(skr-export --format zone --slot $n skr.xml) \
		<(skr-export --format zone one.xml)
	check "slot $n: its original id" diff <(grep -o '<KSR [^>]*>' skr.xml) \
		<(grep -o '<KSR [^>]*>' one.xml)
	check "slot $n: the bundle's original id" test "$(grep -o 'Bundle id="[^"]*"' one.xml)" = \
		"$(grep -o 'Bundle id="[^"]*"' skr.xml | sed -n ${n}p)"
done
stock "$(nth sealed 2)" -pwri_password "$(cat phrases/3)" >content 2>err
refute "openssl does not open slot 2 with the passphrase of slot 3" test -s content
openssl cms -cmsout -print -inform DER -in "$(nth sealed 1)" >structure
check "AuthEnvelopedData, as openssl sees it" grep -q 'd.authEnvelopedData' structure
check "... with AES-256-GCM" grep -q 'algorithm: aes-256-gcm' structure
openssl asn1parse -inform DER -in "$(nth sealed 1)" >structure
check "... PBKDF2 with HMAC-SHA256" grep -q ':hmacWithSHA256$' structure
check "... and 1300000 iterations" grep -qE 'INTEGER +:13D620$' structure
run skr-seal --anchor ksk.ds --passphrases-per-slot --sheet sheet2 --output sealed2 skr.xml
phrases sheet2 phrases2
check "another run, other passphrases" test "$(cat phrases/? phrases2/? | sort -u | wc -l)" -eq 18

# Certificates: one a slot, of each kind; then with passphrases beside them.
certificates=()
for n in 1 2 3 4 5 6 7 8 9; do
	case $n in 1) kind=rsa ;; 2) kind=p384 ;; *) kind=p256 ;; esac
	party "c$n" $kind
	certificates+=(--certificate "$n=c$n.pem")
done
run skr-seal --anchor ksk.ds "${certificates[@]}" --output certs skr.xml
expect 0 "a certificate for each slot"
quiet "a certificate for each slot"
for n in 1 2 3; do
	stock "$(nth certs $n)" -recip c$n.pem -inkey c$n.key >content 2>err
	check "openssl opens slot $n with its key" test -s content
	stock "$(nth certs $n)" -inkey c$n.key >content 2>err
	check "... also without the certificate" test -s content
	stock "$(nth certs $n)" -inkey c4.key >content 2>err
	refute "... but not with the key of slot 4" test -s content
done
run skr-seal --anchor ksk.ds "${certificates[@]}" --certificate 1=c9.pem --output two skr.xml
broke "" "a certificate for two slots"
check "... is said of both" test "$(grep -cE '^skr-seal: c9.pem: one key for more than one slot' err)" -eq 2
party spare p256
run skr-seal --anchor ksk.ds "${certificates[@]}" --certificate 1=spare.pem --passphrases-per-slot \
	--sheet sheet3 --output both skr.xml
expect 0 "certificates and passphrases"
phrases sheet3 phrases3
for how in "-inkey c1.key" "-inkey spare.key"; do
	# shellcheck disable=SC2086
	stock "$(nth both 1)" $how >content 2>err
	check "both: openssl opens it, $how" test -s content
done
stock "$(nth both 1)" -pwri_password "$(cat phrases3/1)" >content 2>err
check "both: openssl opens it with the passphrase" test -s content

# Without control over the release: only by that name.
run skr-seal --anchor ksk.ds --certificate spare.pem --output all skr.xml
broke "" "one certificate for all slots"
check "... says why" grep -q 'no control over their release (--no-release-control)' err
run skr-seal --anchor ksk.ds --certificate spare.pem --no-release-control --output all skr.xml
expect 0 "--no-release-control"
check "... is said" grep -q '^skr-seal: skr.xml: warning: no release control' err
check "... and stands in the manifest" grep -qx "# release together" all/manifest
(umask 077 && echo "a rather long passphrase" >pass && echo short >short)
run skr-seal --anchor ksk.ds --passphrase-file pass --output one skr.xml
broke "" "one passphrase for all slots"
run skr-seal --anchor ksk.ds --whole --passphrase-file pass --output one skr.xml
expect 0 "the whole response"
quiet "the whole response"
stock one/root-20270101000000-20270412000000-whole.cms -pwri_password "$(cat pass)" >content
check "the whole response: the same bytes inside" cmp <(sed '1,/^$/d' content) skr.xml
run skr-seal --anchor ksk.ds --whole --passphrase-file short --output brief skr.xml
expect 0 "a short passphrase"
check "... is worth a warning" grep -q 'warning: a passphrase of only 5 characters' err
run skr-seal --anchor ksk.ds --certificate 1=spare.pem --output some skr.xml
broke "" "a slot for nobody"
check "... is named" grep -qx 'skr-seal: skr.xml: slot 2 is sealed to nobody' err
run skr-seal --anchor ksk.ds "${certificates[@]}" --certificate 10=spare.pem --output ten skr.xml
broke "" "a certificate for slot 10"
run skr-seal --anchor ksk.ds --whole --certificate 1=spare.pem --output ten skr.xml
broke "" "--whole and slot 1"

# A pipe, another zone.
"$MINT" ceremony --dir z --zone "a/b.Example.ORG" --algorithm ECDSAP256SHA256
run skr-seal --anchor z/ksk.ds --passphrases-per-slot --sheet z/sheet --output z/sealed <z/skr.xml
expect 0 "a zone with a strange name, from standard input"
check "... in a file name of plain letters" test -e z/sealed/a%2Fb.example.org-20270101000000-20270122000000.cms

# Only what verifies is sealed.
"$MINT" skr --dir . --ksr ksr.xml --break SKR-VERIFY/tampered >bad.xml
# leaves NAME RULES ARGUMENT...: refused by these rules, and nothing is left behind.
leaves()
{
	local name=$1 rules=$2
	shift 2
	run skr-seal --passphrases-per-slot --sheet never.sheet --output never "$@"
	broke "$rules" "$name"
	check "$name: nothing is left" test -z "$(find . -name 'never*' -o -name '.ksrkit-*')"
}
leaves "a bad signature" SKR-VERIFY --anchor ksk.ds bad.xml
leaves "another anchor" SKR-ANCHOR --anchor z/ksk.ds skr.xml
leaves "a request" SKR-SCHEMA --anchor ksk.ds ksr.xml
leaves "empty" SKR-XML --anchor ksk.ds /dev/null
head -c 5000 skr.xml >cut.xml
leaves "a part of one" SKR-XML --anchor ksk.ds cut.xml
leaves "too large" SKR-XML --anchor ksk.ds --max-bytes 1000 skr.xml
for form in $("$MINT" hostile --form list | cut -f 1); do
	"$MINT" hostile --form "$form" --in skr.xml >hostile.xml
	run timeout 20 skr-seal --whole --certificate spare.pem --no-anchor --output "h-$form" hostile.xml
	check "hostile: $form: sealed or refused" test "$status" -le 1
	[ "$status" -eq 0 ] || refused 1 '^skr-seal: ' "hostile: $form"
done
run skr-seal --whole --certificate spare.pem --no-anchor --output loose bad.xml
broke SKR-VERIFY "--no-anchor: the signatures are judged all the same"
run skr-seal --whole --certificate spare.pem --no-anchor --output loose skr.xml
expect 0 "--no-anchor"
check "--no-anchor: is said" grep -q 'warning: SKR-ANCHOR' err

# Could not tell, or not do.
# fails NAME PATTERN ARGUMENT...: exit 2, that on stderr, and nothing is left behind.
fails()
{
	local name=$1 pattern=$2
	shift 2
	run skr-seal --anchor ksk.ds "$@" skr.xml
	refused 2 "$pattern" "$name"
	check "$name: nothing is left" test -z "$(find . -name 'never*' -o -name '.ksrkit-*')"
}
fails "the folder exists" '^skr-seal: sealed: cannot be made: File exists' --whole --certificate spare.pem --output sealed
fails "the sheet exists" '^skr-seal: sheet: no sheet: File exists' --passphrases-per-slot --sheet sheet --output never
fails "no such parent" '^skr-seal: nowhere/never: cannot be made' --whole --certificate spare.pem --output nowhere/never
fails "no such certificate" '^skr-seal: nowhere.pem: No such file' --whole --certificate nowhere.pem --output never
fails "no certificate" '^skr-seal: skr.xml: no X.509 certificate' --whole --certificate skr.xml --output never
fails "a key in its place" '^skr-seal: c1.key: no X.509' --whole --certificate c1.key --output never
openssl req -x509 -newkey rsa:1024 -nodes -keyout small.key -out small.pem -subj /CN=small 2>/dev/null
fails "a small key" 'neither RSA with 2048' --whole --certificate small.pem --output never
openssl req -x509 -key spare.key -out signs.pem -subj /CN=signs -addext keyUsage=digitalSignature 2>/dev/null
fails "a certificate for signatures" 'keyUsage' --whole --certificate signs.pem --output never
chmod 644 short
fails "a passphrase for all to read" 'its owner alone' --whole --passphrase-file short --output never
fails "no terminal to ask at" 'no passphrase: No such device' --whole --passphrase --output never </dev/null
if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null; then
	skip "the limit of locked memory: needs root and setpriv"
else
	run sh -c 'ulimit -l 0; exec setpriv --bounding-set -all --inh-caps -all skr-seal --anchor ksk.ds --passphrases-per-slot --sheet never.sheet --output never skr.xml'
	refused 2 '^skr-seal: no memory can be locked for keys' "no memory can be locked"
fi
trap '' XFSZ
run sh -c 'ulimit -f 3; exec skr-seal --anchor ksk.ds --passphrases-per-slot --sheet never.sheet --output never skr.xml'
refused 2 'cannot make the sealed files: File too large' "a full disk"
check "a full disk: nothing is left" test -z "$(find . -name 'never*' -o -name '.ksrkit-*')"
trap - XFSZ

usage "no output" "--output is missing" --anchor ksk.ds --certificate spare.pem skr.xml
usage "to nobody" "seal it to whom" --anchor ksk.ds --output never skr.xml
usage "no anchor" "give the --anchor" --certificate spare.pem --output never skr.xml
usage "two anchors" "exclude each other" --anchor ksk.ds --no-anchor --whole --certificate spare.pem --output never
usage "a sheet of nothing" "--sheet goes with" --anchor ksk.ds --certificate spare.pem --sheet s --output never
usage "whole and each" "exclude each other" --anchor ksk.ds --whole --passphrases-per-slot --output never
usage "two passphrases" "exclude each other" --anchor ksk.ds --passphrase --passphrase-file pass --output never
usage "whole, uncontrolled" "no slots to control" --anchor ksk.ds --whole --certificate spare.pem --no-release-control --output never

# At the terminal: the sheet is shown there and nowhere else; a passphrase is asked for twice.
if ! type -P expect >/dev/null; then
	skip "the terminal: no expect"
else
	cat >tty.exp <<-'END'
		set timeout 60
		log_file -noappend tty.log
		spawn -noecho sh -c $::env(COMMAND)
		expect {
			-re "Passphrase: $" { send "$::env(FIRST)\r"; exp_continue }
			"again: " { send "$::env(SECOND)\r"; exp_continue }
			timeout { exit 99 }
			eof
		}
		exit [lindex [wait] 3]
	END
	# at_terminal FIRST SECOND COMMAND: its status
	at_terminal()
	{
		FIRST=$1 SECOND=$2 COMMAND=$3 timeout 90 "$(type -P expect)" tty.exp >/dev/null 2>&1
	}
	at_terminal x x 'skr-seal --anchor ksk.ds --passphrases-per-slot --output shown skr.xml >out 2>err'
	check "the sheet at the terminal: done" test $? -eq 0 -a -d shown
	quiet "the sheet at the terminal"
	tr -d '\r' <tty.log >shown.sheet
	phrases shown.sheet shown.phrases
	stock "$(nth shown 7)" -pwri_password "$(cat shown.phrases/7)" >content 2>err
	check "what was shown opens slot 7" test -s content
	at_terminal "blue horses run" "blue horses run" \
		'skr-seal --anchor ksk.ds --whole --passphrase --output asked skr.xml >out 2>err'
	check "a passphrase typed twice: done" test $? -eq 0 -a -d asked
	refute "... and never shown" grep -q "blue horses" tty.log
	stock asked/*.cms -pwri_password "blue horses run" >content
	check "... opens it" test -s content
	at_terminal "blue horses run" "blue horses ran" \
		'skr-seal --anchor ksk.ds --whole --passphrase --output never skr.xml >out 2>err'
	check "two different ones: refused" test $? -eq 1 -a ! -e never
	check "... and said" grep -qx 'skr-seal: the passphrases differ' err
fi

manual skr-seal.1
done_testing

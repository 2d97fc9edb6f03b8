# share-join: what makes the secret, and what is told by its number before.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$T" || exit 1

share-split --needed 3 --holder Anna --holder Bert --holder Carl --holder Dora --output s
share-split --needed 3 --shares 4 --output t
share-split --needed 2 --shares 2 --pin --output p

run share-join --set s.shares s-1.share s-2.share s-4.share
expect 0 "three of four"
check "64 hex digits" grep -qxE '[0-9a-f]{64}' out
check "the log says who" test "$(grep -c 'taken$' err)" -eq 3
cp out secret
refute "... and not what" grep -qE '[0-9a-f]{16}' err
run share-join --no-set s-1.share s-2.share s-4.share
check "without the record" cmp out secret
check "... it knows no names" grep -qx 'share-join: share 4 of 4, 3 needed: taken' err
run share-join --set s.shares s-4.share s-3.share s-2.share s-1.share
check "more than are needed" cmp out secret
run share-join --set p.shares p-1.share p-2.share
check "a PIN" grep -qxE '[0-9]{16}' out

# Told by number, all of them.
run share-join --set s.shares s-1.share s-2.share
refused 1 '^share-join: 2 shares: 3 are needed$' "too few"
run share-join --set s.shares s-1.share t-2.share s-3.share
refused 1 '^share-join: t-2.share: share 2 belongs to another set: [0-9a-f]{16}, not [0-9a-f]{16}$' "a foreign share"
run share-join --no-set s-1.share t-2.share s-3.share
refused 1 '^share-join: t-2.share: share 2 belongs to another set' "a foreign share, without the record"
run share-join --set t.shares s-1.share s-2.share t-3.share
refused 1 's-1.share: share 1 belongs to another set' "two foreign shares: the first"
refused 1 's-2.share: share 2 belongs to another set' "two foreign shares: the second"
run share-join --set s.shares s-1.share s-2.share s-1.share
refused 1 's-1.share: share 1 is there already, from s-1.share' "a share twice"
run share-join --set p.shares s-1.share s-2.share s-3.share
refused 1 'share 1 belongs to another set' "the record of another set"

# reword N FILE: another word of the list in line 8 (its second word), whatever stands there.
reword()
{
	awk 'NR == 8 { $3 = $3 == "adviser" ? "aggregate" : "adviser" } { print }' "$1"
}
reword s-2.share >damaged
run share-join --set s.shares s-1.share damaged s-3.share
refused 1 '^share-join: damaged:8: line 1 of its words: its words and its last word' "a wrong word"
sed '9s/[a-zA-Z]*$//' s-2.share >short
run share-join --set s.shares s-1.share short s-3.share
refused 1 '^share-join: short:9: line 2 of its words: ' "a word is missing"
sed '10s/ \([a-zA-Z][a-zA-Z]*\) \([a-zA-Z][a-zA-Z]*\) / \2 \1 /' s-2.share >swapped
run share-join --set s.shares s-1.share swapped s-3.share
refused 1 'swapped:10: line 3 of its words: a word has its place one before or after' "two words swapped"
sed '10s/ \([a-zA-Z][a-zA-Z]*\) \([a-zA-Z][a-zA-Z]*\) / \1 ksrkit /' s-2.share >unknown
run share-join --set s.shares s-1.share unknown s-3.share
refused 1 'unknown:10: line 3 of its words: it has a word that is not in the list' "no such word"
refute "a word is not repeated on the screen" grep -q "$(awk 'NR == 9 { print $2 }' s-2.share)" err
sed 10d s-2.share >gone
run share-join --set s.shares s-1.share gone s-3.share
refused 1 'gone:10: line 3 of its words: another line of words is expected here' "a line is missing"
head -n 12 s-2.share >shorter
run share-join --set s.shares s-1.share shorter s-3.share
refused 1 'shorter: damaged: its (check value does not match|lines are not all there)' "a share that was cut"
sed 's/^share 2 of 4/share 1 of 4/' s-2.share >renamed
run share-join --set s.shares s-1.share renamed s-3.share
refused 1 "renamed: its line 'share 1 of 4, 3 needed' is 'share 2 of 4, 3 needed' by its words" "the number was changed"

# A share that its holder made up: sound in itself, and with the right set: only the record knows.
cat >forge.c <<'END'
#include <string.h>
#include "act/share.h"
#include "base/report.h"
int
main(int argc, char *argv[])
{
	struct report	 rep = REPORT_EMPTY;
	struct share	 s = { .m = 0 };
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;

	if (argc != 2 || buf_load(&in, argv[1], SHARE_TEXT_MAX) == -1 ||
	    share_parse(&s, &in, argv[1], &rep) != ACCEPT || share_room(&out) == -1)
		return 1;
	s.body.text[7] ^= 1;
	return share_print(&out, &s, "Bert") == -1 || buf_write(&out, 1) == -1;
}
END
sanitize=
nm "$BIN/share-join" | grep -q __asan && sanitize=-fsanitize=address,undefined
# shellcheck disable=SC2086
if "${CC:-cc}" -D_GNU_SOURCE $sanitize -I"$HERE/lib" -o forge forge.c "$BIN/../libksr.a" -lcrypto >forge.log 2>&1 &&
	LSAN_OPTIONS=detect_leaks=0 ./forge s-2.share >forged; then
	run share-join --set s.shares s-1.share forged s-3.share
	refused 1 '^share-join: forged: share 2 is not the one that was made: the record has another digest for it$' "a share that was made up"
	run share-join --no-set s-1.share forged s-3.share
	refused 1 '^share-join: these shares do not make what was split' "... and without the record"
else
	fail "no share can be forged: $(head -n 3 forge.log)"
fi

# Dirt.
: >empty
head -c 300000 /dev/zero >zeros
head -c 300000 /dev/urandom >noise
yes 'ksrkit share 1' | head -c 3000 >repeated
for f in empty zeros noise repeated secret /dev/null "$BIN/share-join"; do
	run share-join --set s.shares s-1.share "$f" s-3.share
	refused 1 'empty|not a share|is expected here' "$f is no share"
	run share-join --set "$f" s-1.share s-2.share s-3.share
	case $status in
	1 | 2) pass "$f is no record" ;;
	*) fail "$f as a record: exit $status" ;;
	esac
done
run share-join --set s.shares s-1.share . s-3.share
refused 2 '^share-join: \.: Is a directory' "a folder"
run share-join --set s.shares s-1.share nofile s-3.share
refused 2 '^share-join: nofile: No such file' "no file"
mkfifo pipe
run share-join --set s.shares s-1.share pipe s-3.share
refused 1 '^share-join: pipe: empty' "a pipe that nobody writes to"
run share-join --set nofile s-1.share
refused 2 '^share-join: nofile: No such file' "no record"
{ cat s.shares; echo more; } >longer
run share-join --set longer s-1.share
refused 1 '^share-join: longer:8: something stands behind the record|longer.*: something stands behind' "more than a record"
sed 's/^share 2/share 3/' s.shares >disorder
run share-join --set disorder s-1.share
refused 1 "disorder:6: 'share 2 DIGEST HOLDER' is expected" "a record out of order"
sed 's/, 3 needed/, 5 needed/' s.shares >impossible
run share-join --set impossible s-1.share
refused 1 "impossible:4: 'shares N, M needed' is expected" "5 of 4"
printf 'a long passphrase\na long passphrase\n' >pass
share-split --needed 2 --shares 2 --passphrase-fd 3 --output c 3<pass
sed 's/^share 1 of/share 2 of/' c-1.share >cover
run share-join --set c.shares --passphrase-fd 3 cover c-2.share 3<pass
refused 1 'cover: the share inside is not the one that its cover names' "another cover"
sed '10s/[A-Z]/*/' c-1.share >dirty
run share-join --set c.shares --passphrase-fd 3 dirty c-2.share 3<pass
refused 1 'dirty: a sealed share, but damaged' "a byte that is no base64"
n=$(($(wc -l <c-1.share) - 3))
sed "${n}y/ABCDEFGHIJKLM/BCDEFGHIJKLMA/" c-1.share >flipped
run share-join --set c.shares --passphrase-fd 3 flipped c-2.share 3<pass
refused 1 '^share-join: flipped: ' "changed inside"
run share-join --set c.shares --passphrase-fd 3 c-1.share c-2.share 3<empty
refused 2 'no passphrase for share 1 of 2' "no passphrase"

# Output and usage.
share-join --set s.shares s-1.share s-2.share s-3.share >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left' "a full disk"
share-join --set s.shares s-1.share s-2.share s-3.share >&- 2>err
status=$?
refused 2 'standard output: Bad file' "standard output is closed"
run share-join s-1.share s-2.share s-3.share
refused 2 'give the record of the --set, or say --no-set.*usage' "no record, and not said"
run share-join --set s.shares --no-set s-1.share
refused 2 usage "both"
run share-join --no-set --passphrase-fd 2 s-1.share
refused 2 '--passphrase-fd takes' "descriptor 2"
run setsid share-join --set s.shares
refused 2 'no share can be asked for at the terminal' "no terminal to ask at"

# At the terminal.
expect_program=$(type -P expect)
# person COMMAND SCRIPT: the person's answers in expect's language.
person()
{
	cat >person.exp <<-END
		set timeout 20
		log_user 0
		log_file -a -noappend screen
		spawn -noecho sh -c "{ $1; } >out 2>err; echo \\\$? >status"
		$2
		expect { timeout { exit 99 } eof }
	END
	: >status
	"$expect_program" person.exp || echo "# the person waited in vain"
	status=$(cat status)
}
if [ -z "$expect_program" ]; then
	skip "the questions: no expect"
else
	person "share-join --set s.shares | tee secret2" '
		expect "Share 1 of the 3 needed: its file, or the number of a sheet to type: " { send "s-4.share\r" }
		expect "Share 2 of the 3 needed: " { send "t-1.share\r" }
		expect "share 1 belongs to another set"
		expect "Share 2 of the 3 needed: " { send "nofile\r" }
		expect "No such file"
		expect "Share 2 of the 3 needed: " { send "s-2.share\r" }
		expect "Share 3 of the 3 needed: " { send "s-1.share\r" }'
	check "file by file, wrong ones asked for again" cmp secret secret2
	check "the log says who" grep -q 'share 4 of 4, 3 needed (Dora): taken' err
	person "share-join --set s.shares | cat" '
		expect "Share 1 of the 3 needed: " { send "t-1.share\r" }
		expect "Share 1 of the 3 needed: " { send "t-2.share\r" }
		expect "Share 1 of the 3 needed: " { send "t-3.share\r" }'
	check "three wrong ones are enough" grep -q '^share-join: t-3.share: share 3 belongs to another set' err
	check "... and nothing comes out" test ! -s out

	# A sheet, typed: line 2 with a mistake first.
	type=$(awk 'NR > 7 { $1 = ""; sub("^ ", ""); n++
		if (n == 2) print "expect \"line 2: \" { send \"aardvark adroitness\\r\" }; expect \"do not agree\""
		printf "expect \"Carl, share 3, line %d: \" { send \"%s\\r\" }\n", n, $0 }' s-3.share)
	person "share-join --set s.shares s-1.share s-2.share s-3.share | cmp - secret" ''
	person "share-join --set s.shares | tee secret3" '
		expect "Share 1 of the 3 needed: " { send "s-4.share\r" }
		expect "Share 2 of the 3 needed: " { send "3\r" }
		'"$type"'
		expect "Share 3 of the 3 needed: " { send "s-1.share\r" }'
	check "a sheet typed in" cmp secret secret3
	refute "its words are not shown" grep -q "$(awk 'NR == 10 { print $2, $3 }' s-3.share)" screen
	person "share-join --set c.shares | cat" '
		expect "Share 1 of the 2 needed: " { send "c-1.share\r" }
		expect "Passphrase for share 1 of 2, 2 needed: " { send "a long passphrase\r" }
		expect "Share 2 of the 2 needed: " { send "c-2.share\r" }
		expect "Passphrase for share 2 of 2, 2 needed: " { send "a long passphrase\r" }'
	check "sealed shares" grep -qxE '[0-9a-f]{64}' out
	refute "no passphrase is shown" grep -q 'a long' screen
	cat >tty.exp <<-'END'
		set timeout 20
		log_user 0
		spawn -noecho sh -c "share-join --set s.shares s-1.share s-2.share s-4.share 2>err; echo \$? >status"
		expect { timeout { exit 99 } eof }
	END
	"$expect_program" tty.exp
	status=$(cat status)
	: >out
	refused 2 'standard output is a terminal' "the secret is not for eyes"
fi

# The manual.
share-split --needed 2 --holder Anna --holder Bert --holder "Carl C." --output gate
manual share-join.1

done_testing

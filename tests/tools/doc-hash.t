#!/usr/bin/env bash
# doc-hash: the three forms, the way back, and what is refused.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"

cd "$T" || exit 1
EMPTY='is empty'
VECTOR=d9f3e4e9ed8ed27d7d3d8cfc2d05f4f0470dbd22ac238d0c9ac728d1e2908a9b
WORDS="sugar vertigo tonic ultimate tunnel microwave standard insincere
klaxon crucifix offload Wilmington button almighty upshot upcoming
dashboard asteroid skullcap candidate ribcage cannonball optic article
pupil retraction breadline scavenger tiger millionaire Oakland Norwegian"

# Against sha256sum, which is not ours.
printf 'abc' >abc
head -c 5000000 /dev/urandom >big
run doc-hash abc big
expect 0 "two files"
check "first lines are those of sha256sum" diff <(grep '  ' out) <(sha256sum abc big)
check "seven lines a file, one between" test "$(wc -l <out)" -eq 15
check "an empty line between files" test -z "$(sed -n 8p out)"
check "pairs are the hex with colons" test \
	"$(sed -n 2,3p out | tr -d ':\n')" = "$(head -n 1 out | cut -c 1-64)"
check "words lead back" test \
	"$(sed -n 4,7p out | doc-hash --words)" = "$(head -n 1 out | cut -c 1-64)"
check "nothing on stderr" test ! -s err

run doc-hash <abc
expect 0 "stdin"
check "stdin is named -" test "$(head -n 1 out)" = "$(sha256sum <abc)"
run doc-hash - <abc
expect 0 "operand -"
check "operand - is stdin" test "$(head -n 1 out)" = "$(sha256sum <abc)"
check "a pipe in pieces" test "$( (printf a; sleep 0.1; printf bc) | doc-hash)" = "$(doc-hash <abc)"

for name in $'new\nline' $'back\\slash' $'carriage\rreturn' ' space ' $'gr\xc3\xbcn' ./-x; do
	cp abc "$name"
	doc-hash "$name" | head -n 1 >line
	check "name escaped as by sha256sum: $(printf %q "$name")" cmp line <(sha256sum "$name")
	check "sha256sum -c reads it: $(printf %q "$name")" sha256sum -c line
done
for name in $'esc\e[2J' $'del\x7f' $'csi\xc2\x9b'; do
	cp abc "$name"
	run doc-hash "$name"
	refused 2 'the name has control characters' "a name that acts on a terminal: $(printf %q "$name")"
	refute "and the message does not either" grep -q '[^ -~]' err
done

# Sizes around the block of the hash and of the reader.
for size in 1 55 56 63 64 65 65535 65536 65537; do
	head -c "$size" big >sized
	check "$size bytes" test "$(doc-hash sized | head -n 1)" = "$(sha256sum sized)"
done

# A sparse file stands for a device: streamed, in little memory.
truncate -s 300M sparse
if ! ldd "$BIN/doc-hash" | grep -q libasan; then
	run bash -c 'ulimit -v 100000; exec doc-hash sparse'
	expect 0 "300 MB in less memory"
	check "300 MB: the right digest" test "$(head -n 1 out)" = "$(sha256sum sparse)"
	check "no progress where stderr is no terminal" test ! -s err
else
	skip "memory limit: the sanitizer needs more"
fi
if command -v script >/dev/null; then
	script -qec 'doc-hash sparse' typescript >/dev/null </dev/null
	check "progress at a terminal" grep -q 'doc-hash: 256 MiB' typescript
fi
head -c 1048576 big >device
if loop=$(losetup --find --show device 2>/dev/null); then
	run doc-hash "$loop"
	expect 0 "block device"
	check "block device: the right digest" test \
		"$(head -c 64 out)" = "$(sha256sum <device | head -c 64)"
	losetup -d "$loop"
else
	skip "block device: no loop device to be had"
fi

# The way back.
# shellcheck disable=SC2086
run doc-hash --words $WORDS
expect 0 "words as operands"
check "words as operands: hex" test "$(cat out)" = "$VECTOR"
run doc-hash -w "$WORDS"
expect 0 "words in one operand"
check "words in one operand: hex" test "$(cat out)" = "$VECTOR"
run doc-hash --words <<<"${WORDS^^}"
expect 0 "words on stdin, upper case"
check "words on stdin: hex" test "$(cat out)" = "$VECTOR"
run doc-hash --words "${VECTOR^^}"
expect 0 "hex for words"
check "hex for words: hex" test "$(cat out)" = "$VECTOR"
run doc-hash --words "${WORDS/tonic/tunic}"
refused 1 '^doc-hash: word 3: "tunic" is not in the word list$' "a wrong word, by position"
check "and no other complaint" test "$(wc -l <err)" -eq 1
run doc-hash --words "${WORDS/sugar vertigo/vertigo sugar}"
refused 1 '^doc-hash: word 2: "sugar" has its place one before or after' "swapped words"
check "two words are named" test "$(wc -l <err)" -eq 2
run doc-hash --words "${WORDS% *}"
refused 1 '31 of 32 words' "a word missing at the end"
run doc-hash --words "$WORDS sugar"
refused 1 'more than 32 words' "a word too many"
run doc-hash --words ""
refused 1 'no word and no digit' "an empty operand"
run doc-hash --words </dev/null
refused 1 'no word and no digit' "no words on stdin"
run doc-hash --words < <(printf 'sugar\0vertigo')
refused 1 'NUL byte' "words with a NUL byte"
run doc-hash --words < <(yes sugar vertigo)
refused 2 'File too large' "words without end"
run doc-hash --words $'su\e[2Jgar'
refused 1 '.' "words with an escape sequence"
refute "no escape sequence on stderr" grep -q $'\e' err

# Refused and faulty input.
run doc-hash </dev/null
refused 1 "^doc-hash: -: $EMPTY$" "empty stdin"
: >empty
run doc-hash abc empty
refused 1 "^doc-hash: empty: $EMPTY$" "an empty file: nothing of the others is printed"
run doc-hash abc none empty
refused 2 '^doc-hash: none: No such file or directory$' "a missing file outweighs an empty one"
check "both are named" test "$(wc -l <err)" -eq 2
run doc-hash "$T"
refused 2 '^doc-hash: .*: Is a directory$' "a folder"
check "one line" test "$(wc -l <err)" -eq 1
run doc-hash - - <abc
refused 1 "$EMPTY" "stdin twice"
run doc-hash <&-
refused 2 '^doc-hash: -: Bad file descriptor$' "stdin closed"
if [ "$(id -u)" -ne 0 ]; then
	chmod 0 big
	run doc-hash big
	refused 2 'Permission denied' "a file that may not be read"
fi

status=$(doc-hash abc 2>err >/dev/full; echo $?)
: >out
refused 2 '^doc-hash: standard output: No space left on device$' "a full disk"
status=$(doc-hash abc 2>err >&-; echo $?)
refused 2 '^doc-hash: standard output: Bad file descriptor$' "stdout closed"
status=$( { doc-hash abc 2>err; echo $? >status; } | true; cat status)
check "a reader that went away: 0 or 2, never a signal" test "$status" -eq 0 -o "$status" -eq 2

# Options.
run doc-hash --help
expect 0 "--help"
check "help starts with the usage" grep -q '^usage: doc-hash ' out
run doc-hash --version
expect 0 "--version"
check "version" grep -Eq '^doc-hash \(ksrkit\) [0-9.]+$' out
for bad in --nope -x "--words --words" "-ww" --words=1; do
	# shellcheck disable=SC2086
	run doc-hash $bad abc
	refused 2 '; usage: doc-hash ' "usage: $bad"
	check "one line: $bad" test "$(wc -l <err)" -eq 1
done
status=$(doc-hash --help 2>err >/dev/full; echo $?)
: >out
refused 2 'standard output' "--help to a full disk"

# The manual.
doc-hash abc | head -n 7 >heard.txt
printf 'any request\n' >ksr.xml
manual doc-hash.1
done_testing

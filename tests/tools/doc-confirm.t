#!/usr/bin/env bash
# doc-confirm: what passes, what does not, at a real pseudo-terminal.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"

cd "$T" || exit 1
head -c 70000 /dev/urandom >in
: >empty
HEX=$(sha256sum in | head -c 64)
WORDS=$(doc-hash in | tail -n 4 | tr '\n' ' ')
WORDS=${WORDS% }
OTHER=$(sha256sum empty | head -c 64)

# A shell at a terminal of its own runs the command; a person waits for the question and
# types the answer.  Its stdout, stderr and status are those of run; $T/screen is what the
# terminal showed, with the state of its echo at the end.
cat >person.exp <<'END'
set timeout 20
log_user 0
log_file -a -noappend screen
spawn -noecho bash -c "trap : INT; {\n$env(COMMAND)\n} >out 2>err; echo \$? >status; stty -a </dev/tty >/dev/tty"
if {$env(EARLY) ne ""} { send -- $env(EARLY); sleep 0.3 }
expect {
	"refuses: " { send -- $env(ANSWER); exp_continue }
	timeout { exit 99 }
	eof
}
END
expect_program=$(type -P expect)	# lib.sh has a function of that name
person()
{
	rm -f screen status out err
	EARLY=${EARLY-} ANSWER=$1 COMMAND=$2 "$expect_program" person.exp ||
		echo "# the person waited in vain"
	status=$(cat status 2>/dev/null || echo 99)
}

# passed NAME: exit 0 and the same bytes.
passed()
{
	if [ "$status" = 0 ] && cmp -s in out; then
		pass "$1"
	else
		fail "$1: exit $status, $(wc -c <out) bytes"
	fi
}

if [ -z "$expect_program" ]; then
	skip "the questions: no expect"
else
	person $'Yes\r' 'doc-confirm <in'
	passed "Yes"
	check "no message" test ! -s err
	check "the terminal shows the line of sha256sum" grep -q "^$HEX  -" screen
	check "and the words" grep -q "^$(doc-hash in | sed -n 7p)" screen
	person $'Yes\r' 'doc-confirm --name ksr.xml <in'
	passed "Yes, with a name"
	check "the name is shown" grep -q "^$HEX  ksr.xml" screen
	person "$HEX"$'\r' 'doc-confirm <in'
	passed "hex"
	person "${HEX^^}"$'\r' 'doc-confirm <in'
	passed "hex in upper case"
	person "$(sed 's/../&:/g; s/:$//' <<<"$HEX")"$'\r' 'doc-confirm <in'
	passed "pairs"
	person "$WORDS"$'\r' 'doc-confirm <in'
	passed "words"
	person "${WORDS,,}"$'\r' 'doc-confirm <in'
	passed "words in lower case"
	person $'Yes\r' 'cat in | doc-confirm | cat'
	passed "in the middle of a pipe"

	for answer in yes YES y no '' ' Yes' 'Yes ' 'Yes.' 'YesYes' 'Yes Yes' "$OTHER" "${HEX%?}" "${HEX}0" \
	    "${WORDS% *}" "$WORDS sugar" "${WORDS#* }" "Yes $WORDS"; do
		person "$answer"$'\r' 'doc-confirm <in'
		refused 1 '^doc-confirm: -: ' "refused: '$(cut -c 1-20 <<<"$answer")'"
	done
	person $'no\r' 'doc-confirm --name ksr.xml <in'
	refused 1 '^doc-confirm: ksr.xml: not confirmed: the answer is neither "Yes" nor a digest$' "no"
	person $'\x04' 'doc-confirm <in'
	refused 1 'not confirmed: no answer' "end of input"
	person $'Yes\x04\x04' 'doc-confirm <in'
	refused 1 'not confirmed: no answer' "Yes without its line end"
	person "$(head -c 1100 /dev/zero | tr '\0' a)"$'\r' 'doc-confirm <in'
	refused 1 'the answer is too long' "an answer without end"

	third=$(cut -d ' ' -f 3 <<<"$WORDS")
	other=aardvark
	[ "$third" != $other ] || other=absurd
	wrong=$(awk -v w=$other '{ $3 = w; print }' <<<"$WORDS")
	person "$wrong"$'\r' 'doc-confirm <in'
	refused 1 "^doc-confirm: -: word 3: heard \"[a-z]*\", is \"$third\"\$" "a wrong word, by position"
	check "that and nothing else" test "$(wc -l <err)" -eq 1

	EARLY=$'Yes\r' person $'no\r' 'sleep 1; doc-confirm <in'
	refused 1 'not confirmed' "a Yes from before the question"

	person $'\x03' 'doc-confirm <in'
	check "interrupted: died of it" test "$status" -eq 130
	check "interrupted: nothing on stdout" test ! -s out
	check "interrupted: the terminal echoes" grep -Eq '(^|[^-])\<echo\>' screen
	refute "control: not without echo" grep -Eq -- '-echo\>' screen
	person $'Ye\x03' 'cat in | doc-confirm | cat'
	check "interrupted in a pipe: nothing on stdout" test ! -s out

	person $'Yes\r' 'doc-confirm <empty'
	refused 1 '^doc-confirm: -: is empty$' "empty input is not even asked about"
	refute "no question" grep -q refuses screen
	person $'Yes\r' 'doc-confirm <in >/dev/full'
	refused 2 'standard output: No space left' "a full disk"
	person $'Yes\r' "doc-confirm --name \$'a\\e[2J' <in"
	refused 2 'name has control characters' "a name that acts on the terminal"
fi

run setsid -w doc-confirm <in
refused 2 '^doc-confirm: no terminal to ask at' "no terminal"

run doc-confirm --expect "$HEX" <in
passed "--expect hex"
run setsid -w doc-confirm --expect "$WORDS" <in
passed "--expect words, without a terminal"
run doc-confirm --expect "$OTHER" <in
refused 1 '^doc-confirm: -: byte 1: heard e3, is ' "--expect something else"
run doc-confirm --expect "$HEX" < <(cat in; echo)
refused 1 'byte 1: ' "one more byte in the document"
run doc-confirm --expect "${HEX%??}" <in
refused 1 '31 of 32 bytes' "--expect a part"
run doc-confirm --expect " " <in
refused 1 'no word and no digit' "--expect nothing"
run doc-confirm --expect "" <in
refused 2 '--expect needs DIGEST, and what is given is empty' "--expect not even that"
run doc-confirm --expect Yes <in
refused 1 'not in the word list' "--expect Yes"
run doc-confirm --expect "$OTHER" <empty
refused 1 'is empty' "empty input, although the digest is right"
run doc-confirm --expect "$HEX" --name ksr.xml </dev/null
refused 1 '^doc-confirm: ksr.xml: is empty$' "empty input, by name"
run doc-confirm --expect "$HEX" <&-
refused 2 'Bad file descriptor' "stdin closed"
run doc-confirm --expect "$HEX" <"$T"
refused 2 'Is a directory' "a folder"

# The limit, at its edge.
head -c 1048576 /dev/zero >in
run doc-confirm --expect "$(sha256sum <in | head -c 64)" <in
passed "just the limit"
printf x >>in
run doc-confirm --expect "$(sha256sum <in | head -c 64)" <in
refused 2 'has more than 1048576 bytes \(--max-bytes\)' "one byte above the limit"
run doc-confirm --max-bytes 1048577 --expect "$(sha256sum <in | head -c 64)" <in
passed "the limit raised"
run doc-confirm --max-bytes 10 --expect "$(sha256sum <in | head -c 64)" <in
refused 2 'has more than 10 bytes' "the limit lowered"
for n in 0 -1 +1 1k '' ' 1' 1073741825 99999999999999999999999; do
	run doc-confirm --max-bytes "$n" --expect "$HEX" <in
	refused 2 '; usage: doc-confirm ' "--max-bytes '$n'"
done

for bad in --nope "--name a --name b" "--expect" "extra" "--expect a --expect a"; do
	# shellcheck disable=SC2086
	run doc-confirm $bad <in
	refused 2 '; usage: doc-confirm ' "usage: $bad"
	check "one line: $bad" test "$(wc -l <err)" -eq 1
done
run doc-confirm --help
expect 0 "--help"
run doc-confirm --version
expect 0 "--version"
check "version" grep -Eq '^doc-confirm \(ksrkit\) [0-9.]+$' out

# The manual; where it asks, the answer is Yes.
printf 'any request\n' >ksr.xml
example()
{
	person $'Yes\r' "$1"
	cat out err
}
if [ -n "$expect_program" ]; then
	manual doc-confirm.1 example
fi
done_testing

# The manual: a page for each tool, with all of its options, and every rule in some page.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
cd "$HERE" || exit 1
if ! command -v mandoc >/dev/null; then
	skip "no mandoc"
	done_testing
	exit
fi
version=$(sed -n 's/^VERSION[[:space:]]*= *//p' Makefile)

# page FILE: as it is read, without overstrikes.
page()
{
	mandoc -Tascii -Owidth=200 "$1" | perl -pe 's/.\x08//g'
}

# section NAME: this section of the page in $T/page.
section()
{
	awk -v name="$1" '/^[A-Z]/ { on = $0 == name } on' "$T/page"
}

# named OPTION: does standard input have it as a word of its own?
named()
{
	grep -qE -- "(^|[^[:alnum:]-])$1([^[:alnum:]-]|\$)"
}

sections="NAME SYNOPSIS DESCRIPTION EXIT STATUS EXAMPLES DIAGNOSTICS SEE ALSO STANDARDS SECURITY CONSIDERATIONS"
for program in "$BIN"/*; do
	tool=${program##*/}
	run "$tool" --help
	expect 0 "$tool --help"
	check "$tool --help: on standard output only" test -s "$T/out" -a ! -s "$T/err"
	check "$tool --help: begins with the usage" grep -q "^usage: $tool" <(head -n 1 "$T/out")
	grep -oE '^ +(-[A-Za-z], )?--[a-z-]+' "$T/out" | tr -d ',' >"$T/options"
	run "$tool" -h
	expect 0 "$tool -h"
	run "$tool" --version
	expect 0 "$tool --version"
	check "$tool --version: its name and version" test "$(cat "$T/out")" = "$tool (ksrkit) $version"
	check "$tool --version: nothing on stderr" test ! -s "$T/err"
	run "$tool" -V
	expect 0 "$tool -V"
	"$tool" --help >/dev/full 2>"$T/err"
	status=$?
	: >"$T/out"
	refused 2 "^$tool: standard output: No space left" "$tool --help on a full disk"

	check "$tool has a page" test -f "man/$tool.1"
	[ -f "man/$tool.1" ] || continue
	page "man/$tool.1" >"$T/page"
	check "$tool(1): its sections" test "$(grep -E '^[A-Z]' "$T/page" | grep -vE '\([157]\)|^ksrkit' | xargs)" = "$sections"
	check "$tool(1): its name" grep -qE "^ +$tool - [[:alnum:]]" "$T/page"
	while read -r short long; do
		[ -n "$long" ] || { long=$short; short=; }
		check "$tool(1): ${short:+$short, }$long is described" \
			grep -qE "^ +${short:+$short, }$long( |\$)" < <(section DESCRIPTION)
		check "$tool(1): $long is in the synopsis" named "$long" < <(section SYNOPSIS)
	done <"$T/options"
	while read -r option; do
		check "$tool(1): $option exists" grep -qE -- "(^| )$option\$" "$T/options"
	done < <(grep -E '^\.It Fl' "man/$tool.1" | grep -oE -- '-[a-z-]+' | sed 's/^/-/')
	for n in 0 1 2; do
		check "$tool(1): exit status $n" grep -qE "^ +$n " < <(section "EXIT STATUS")
	done
	check "$tool is in ksr-ceremony(7)" grep -q "^\.It Xr $tool 1\$" man/ksr-ceremony.7
done

for file in man/*.[157]; do
	check "$file: lint" mandoc -Tlint -W warning "$file"
	title=${file#man/}
	check "$file: its title" grep -qx "\.Dt $(echo "${title%.*}" | tr '[:lower:]' '[:upper:]') ${title##*.}" "$file"
	while read -r xref; do
		case $xref in
		ksr*|skr*|key-*|backup-*|share-*|doc-*|log-*)
			check "$file: $xref exists" test -f "man/$xref" ;;
		esac
	done < <(sed -n 's/^\.Xr \([a-z-]*\) \([157]\).*/\1.\2/p' "$file" | sort -u)
done

# Rules: each is in the pages of the tools that judge by it, and no page has another.
grep -ohE '"(KSR|SKR|PLAN)-[A-Z-]+[A-Z]"' lib/*/*.c src/*/*.c | tr -d '"' | sort -u >"$T/rules"
check "there are rules" test "$(wc -l <"$T/rules")" -ge 25
while read -r rule; do
	case $rule in
	KSR-POLICY-SAFETY) pages="skr-check skr-sign" ;;	# it is judged on the response
	KSR-*) pages="ksr-check skr-sign" ;;
	SKR-*) pages="skr-check skr-sign" ;;
	*) pages="skr-sign" ;;
	esac
	for p in $pages; do
		check "$rule is in $p(1)" grep -qE "^\.It $rule( Pq|\$)" "man/$p.1"
	done
	check "$rule has one paragraph in ksr-rules(7)" \
		test "$(grep -cE "^\.It $rule( Pq|\$)" man/ksr-rules.7)" -eq 1
	check "$rule: its danger, origin and cure" test "$(awk -v rule="$rule" '
		/^\.It/ { on = $2 == rule } on && /^(Danger|From|When broken):/ { n++ }
		END { print n }' man/ksr-rules.7)" = 3
done <"$T/rules"
for file in man/*.1 man/*.7; do
	grep -ohE '\b(KSR|SKR|PLAN)-[A-Z-]+[A-Z]\b' "$file" | grep -vxE '[KS]+R-(CHECK|SHOW|SIGN|EXPORT|SEAL|SEALED|OPEN|IMPORT|CREATE|CEREMONY|RULES)' |
		sort -u >"$T/mentioned"
	check "$file: no rule that does not exist" test -z "$(comm -23 "$T/mentioned" "$T/rules")"
done

# The policy: each of its words is in the page.
echo '{}' >"$T/empty.yaml"
run ksr-check --policy "$T/empty.yaml" --show-policy
for word in $(grep -oE '^ *[a-z_]+:' "$T/out" | tr -d ' :'); do
	check "ksr-policy(5): $word" grep -qE "^\.(It Ic|Ss) $word( |\$)" man/ksr-policy.5
done

# The signer's examples get no farther than a token, so they stand here; the other tools'
# are in their tests.
"$TESTS/mint" ceremony --dir "$T"
cp "$T/policy.yaml" "$T/root.yaml"
manual skr-sign.1

# The ceremonies of ksr-ceremony(7), from an empty token on, with a person at the terminal; all on
# one day, which a request of three quarters ahead does not fit.
mkdir -p "$T/sources/testdata" "$T/ceremony"
cd "$T/ceremony" || exit 1
sed 's/signature_horizon_days: .*/signature_horizon_days: 400/' "$HERE/testdata/policy.yaml" \
	>"$T/sources/testdata/policy.yaml"
for quarter in prev.ksr:2027-01-01 ksr:2027-04-01 ksr-2:2027-07-01; do
	"$TESTS/mint" ksr --dir "$T/zsk" --start "${quarter#*:}" >"${quarter%:*}.xml"
done
"$TESTS/mint" ds --dir "$T/zsk" ksk-new >new.ds
cat >ceremony.sh <<-'END'
	for tool in ksr-check skr-check skr-sign; do
		eval "$tool() { command $tool --time 2026-12-02 \"\$@\"; }"
	done
	sources=../sources
	set -ex
END
awk '/^\.Sh/ { on = /EXAMPLES/ } /^\.Ed/ { show = 0 } show { print } on && /^\.Bd/ { show = 1 }' \
	"$HERE/man/ksr-ceremony.7" | sed 's/\\e/\\/g; s/\\&//g' >>ceremony.sh
cat >person.exp <<-'END'
	set timeout 60
	log_user 0
	log_file -a -noappend screen
	spawn -noecho bash -c "bash ceremony.sh; echo \$? >status"
	expect {
		"refuses: " { send "Yes\r"; exp_continue }
		"User PIN of token root: " { send "1234\r"; exp_continue }
		"Security officer's PIN of token root: " { send "5678\r"; exp_continue }
		"Type its name to sign: " { send "normal\r"; exp_continue }
		timeout { exit 99 }
		eof
	}
END
if ! type -P expect >/dev/null; then
	skip "the examples of ksr-ceremony(7): no expect"
else
	"$(type -P expect)" person.exp
	check "ksr-ceremony(7): every command of its examples succeeds" test "$(cat status)" = 0
	[ "$(cat status)" = 0 ] || tail -n 5 screen | sed 's/^/# /'
	check "ksr-ceremony(7): the plans were confirmed" test "$(grep -o 'name to sign: ' screen | wc -l)" -eq 4
	check "ksr-ceremony(7): each response is in the history" test "$(wc -l <history)" -eq 4
	for skr in prev skr skr-2 fallback; do
		check "ksr-ceremony(7): $skr.xml" grep -q "$(sha256sum $skr.xml | cut -c -64)" history
	done
fi

done_testing

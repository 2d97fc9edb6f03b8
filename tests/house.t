# The house itself: what every file of it keeps to.
. "$(dirname "$0")/lib.sh"
cd "$HERE" || exit 1
CC=${CC:-cc}

# Layers: base knows nobody, model knows base, and so on; src includes lib, never the
# other way round.
may()
{
	case $1 in
	base) echo base ;;
	model) echo base model ;;
	judge) echo base model judge ;;
	act) echo base model judge act ;;
	token) echo base model judge act token ;;
	esac
}
for layer in base model judge act token; do
	allowed=$(may $layer | tr ' ' '|')
	grep -hoE '^#include "[a-z0-9_]+/' "lib/$layer"/*.[ch] | sort -u | sed 's/.*"//; s/\///' \
		>"$T/layers"
	refute "lib/$layer includes only what it may" grep -vxE "$allowed" "$T/layers"
done

read -ra p11 <<<"$(pkg-config --cflags p11-kit-1)"
for h in lib/*/*.h; do
	check "$h compiles alone" "$CC" -std=c11 -D_GNU_SOURCE -Ilib "${p11[@]}" -fsyntax-only -x c "$h"
done
refute "no header shows a foreign library" \
	grep -lE '#include <(libxml|ldns|libp11|yaml|openssl)' lib/base/*.h lib/model/*.h lib/judge/*.h \
	lib/act/*.h lib/token/token.h lib/token/sign.h

refute "lib/ prints nothing by itself" \
	grep -nE '\b(printf|puts|perror|exit|abort)\(' lib/model/*.c lib/judge/*.c lib/token/*.c

# No word of a policy is read and then obeyed by nobody: each member of its structures is used
# outside of lib/model.  A copy of the header marks them deprecated, and the compiler tells who
# uses which.  Those that have no effect are warned of, but for what people write for people.
mkdir -p "$T/dep/model"
perl -0pe 's{(struct (?:request_policy|response_policy|ksk_policy|hsm|ksk|schema_slot|zsk_section|policy) \{.*?\n\};)}
	{$1 =~ s/(\w+)(\[\w+\])?;/$1$2 __attribute__((deprecated));/gr}sge' lib/model/policy.h >"$T/dep/model/policy.h"
read -ra flags <<<"$(pkg-config --cflags libcrypto libxml-2.0 ldns libarchive libp11 p11-kit-1)"
for c in lib/judge/*.c lib/act/*.c lib/token/*.c src/*/*.c; do
	"$CC" -std=c11 -D_GNU_SOURCE -DVERSION='""' -I"$T/dep" -Ilib -I"${BIN%/bin}/gen" "${flags[@]}" \
		-fsyntax-only -Wdeprecated-declarations "$c" 2>>"$T/uses" || fail "$c does not compile"
done
grep -nE '^	.*__attribute__' "$T/dep/model/policy.h" | sed -E 's/^([0-9]+):.*\W(\w+)(\[\w+\])? __attribute__.*/\1 \2/' >"$T/members"
check "the policy has members" test "$(wc -l <"$T/members")" -gt 100
while read -r line name; do
	# clang says nothing of offsetof.
	grep -qE "policy\.h:$line:.*(declared here|marked deprecated here)" "$T/uses" ||
		grep -qE "\bSWITCH\(\w+, $name\)" lib/judge/*.c || echo "$name"
done <"$T/members" | sort | tr '\n' ' ' >"$T/idle"
# policy_schema() finds schemas.
check "each word of a policy has an effect, or is warned of: without are $(cat "$T/idle")" \
	test "$(cat "$T/idle")" = "cds description may_accept nschemas schemas "

# Only tools that need a token can reach one, and no process maps a library that it has no use for.
reaches()
{
	nm "$1" | grep -q PKCS11_CTX_load
}
more=$(ldd "$BIN/skr-check" | grep -E 'libxml2|libasan')	# SHARED=1, SAN=1
for tool in "$BIN"/*; do
	case ${tool##*/} in
	ksr-create | skr-sign | skr-open | share-split | backup-create | backup-restore | key-generate | \
		key-list | key-purge | key-import | key-dnskey | key-csr)
		check "${tool##*/} can reach a token" reaches "$tool" ;;
	*) refute "${tool##*/} can reach no token" reaches "$tool" ;;
	esac
	[ -n "$more" ] ||
		refute "${tool##*/} maps libcrypto and the C library alone" \
			sh -c "ldd $tool | grep -vE '(linux-vdso|ld-linux.*|lib(c|m|crypto))\.so\.'"
done

# "-" is no name of what a tool creates; all of them say so alike.
refute "each --output is of a name" sh -c \
	"grep -hE '\"output\", \"[A-Z]+\", ' src/*/*.c | grep -v OPTION_CREATES"

# A screen for a function.
long=$(awk 'FNR == 1 { s = 0 } /^\{/ { s = FNR } /^\}/ { if (s && FNR - s > 60) print FILENAME ":" s; s = 0 }' \
	lib/*/*.c src/*/*.c tests/*/*.c)
check "no function is longer than 60 lines $long" test -z "$long"

refute "no private key in the tree" git grep -lI 'BEGIN .*PRIVATE[ ]KEY' -- . ':!tests/house.t' ':!tests/mint'

if command -v shellcheck >/dev/null; then
	check "shellcheck is content" shellcheck -x -s bash -e SC1090,SC1091,SC2016,SC2034,SC2154 \
		tests/lib.sh tests/*.t tests/*/*.t .ci/run .ci/packages tests/pipes/demo examples/check_skr_left \
		examples/release/release-push examples/release/rehearse examples/release/slot-install examples/release/slot-receive examples/release/*.conf
else
	skip "no shellcheck"
fi

done_testing

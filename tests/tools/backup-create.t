# backup-create: what goes into a backup, what is refused, and that nothing is left of what failed.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../manual.sh"
. "$HERE/tests/backup.sh"
cd "$T" || exit 1
echo 1234 >pin
echo 5678 >so-pin

new_token one
export MODULE
extractable one ksk 01 rsa:2048
extractable one zsk 02 EC:prime256v1
extractable one p384 03 EC:secp384r1
extractable one ed 04 EC:edwards25519
new_key one fixed 05 rsa:2048
{ line ksk 01; line zsk 02; } >keys
line ed 04 >edwards
line fixed 05 >fixed.line
line p384 03 >p384.line

objects one
cp objects.one before
printf 'hello\n' >notes.txt
back_up all one --file notes.txt < <(cat keys p384.line)
expect 0 "three keys"
check "the digest on stderr is that of the archive" \
	test "$(head -c 64 err)" = "$(sha256sum all/*.tar.gz | head -c 64)"
check "... in pairs and words, too" diff <(tail -n +2 err) <(doc-hash all/*.tar.gz | tail -n +2)
check "the record names the archive of each key" \
	test "$(cut -f 12 out | grep -c '^key-backup-20..-..-...tar.gz$')" -eq 3
check "... and what the token says of it" grep -qP '^-\tzsk\t02\t-\tECDSAP256SHA256\t256\t.*\tpPsx\t' out
check "the archive and the shares are their owner's alone" \
	test "$(stat -c %a all/*.tar.gz all/*.share | sort -u)" = 600
check "sha256sum -c" sh -c "cd all && sha256sum --quiet -c ./*.sha256sum"
check "gzip and tar know it" sh -c "gzip -t all/*.tar.gz && tar tzf all/*.tar.gz | grep -q '/keys/0003$'"
check "what goes along is in it" sh -c "tar xzOf all/*.tar.gz --wildcards '*/files/notes.txt' | cmp - notes.txt"
check "backup-check finds it sound" backup-check all
objects one
check "the token is as it was" cmp before objects.one
share-join --set all/*.shares all/*-1.share all/*-2.share >key 2>/dev/null
check "the shares make a key" grep -qxE '[0-9a-f]{64}' key
refute "which is not in the archive" sh -c "zcat all/*.tar.gz | grep -qa $(cat key)"
# OpenSSL unwraps it, too: what was wrapped is PKCS#8.
cat >unwrap.c <<'END'
#include <stdio.h>
#include <openssl/evp.h>
int
main(int argc, char *argv[])
{
	unsigned char	 key[32], in[4096], out[4096];
	EVP_CIPHER_CTX	*c = EVP_CIPHER_CTX_new();
	int		 n = (int)fread(in, 1, sizeof(in), stdin), len = 0, i;

	for (i = 0; i < 32; i++)
		sscanf(argv[1] + 2 * i, "%2hhx", &key[i]);
	EVP_CIPHER_CTX_set_flags(c, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (argc != 2 || EVP_DecryptInit_ex(c, EVP_aes_256_wrap_pad(), NULL, key, NULL) != 1 ||
	    EVP_DecryptUpdate(c, out, &len, in, n) != 1)
		return 1;
	EVP_CIPHER_CTX_free(c);
	return fwrite(out, 1, (size_t)len, stdout) != (size_t)len;
}
END
"${CC:-cc}" -o unwrap unwrap.c -lcrypto
check "stock RFC 5649 opens it" sh -c "tar xzOf all/*.tar.gz --wildcards '*/keys/0001' |
	./unwrap $(cat key) | openssl pkcs8 -inform DER -nocrypt -out key.pem"
pkcs11-tool --module "$MODULE" --token-label one --read-object --type pubkey --id 01 --output-file key.pub >/dev/null 2>&1
check "... and it is the key" sh -c "openssl pkey -in key.pem -pubout -outform DER | cmp - key.pub"
back_up all one <keys
refused 2 'exists; nothing is overwritten, and a day has one backup' "another one on the same day"

# Refused, by name, and all of them.
nothing()
{
	check "$2: nothing was made" test -z "$(ls -A "$1")"
}
back_up no one <edwards
refused 1 '^backup-create: -:1: key ed cannot be backed up: the token cannot wrap a key of this kind; name it with --public-only' "an Edwards key"
nothing no "an Edwards key"
back_up no one < <(cat edwards fixed.line keys)
refused 1 'key ed cannot be backed up: the token cannot wrap' "two that cannot be: one"
refused 1 'key fixed cannot be backed up: it is not extractable' "two that cannot be: the other"
nothing no "two that cannot be"
back_up public one --public-only ed --public-only fixed < <(cat edwards fixed.line keys)
expect 0 "--public-only"
run backup-check public
check "... says so" grep -q '2 keys wrapped, 2 with the public half only' out
back_up no one --public-only nobody <keys
refused 1 '--public-only nobody: no line has this label' "--public-only of no line"
back_up no one < <(line other 09)
refused 1 'key other is not on token one' "a key that is not there"
back_up no one < <(line ksk 02)
refused 1 'key ksk is not on token one' "a label with another's id"
back_up no one < <(cat keys keys)
refused 1 'key .* is named twice' "a key twice"
{ echo '# token one serial ffff model m firmware 1'; cat keys; echo '# keys 2'; } >foreign
back_up no one <foreign
refused 1 'key ksk is of token one serial ffff, not of this one' "the list of another token"
back_up no one </dev/null
expect 2 "no lines"
back_up no one < <(echo '# nothing')
check "no key-list line: exit $status" test "$status" -ne 0
back_up no one < <(echo 'nonsense')
refused 2 '-:1: ' "no key-list line"
nothing no "all of them"

# Keys for trusted wrapping keys alone.
cat >trusted.c <<'END'
#include <dlfcn.h>
#include <string.h>
#include <p11-kit/pkcs11.h>
int
main(int argc, char *argv[])
{
	void		*h = dlopen(argv[1], RTLD_NOW);
	CK_FUNCTION_LIST *f;
	CK_SLOT_ID	 s[8];
	CK_ULONG	 n = 8, bits = 2048;
	CK_SESSION_HANDLE ss;
	CK_OBJECT_HANDLE a, b;
	CK_BBOOL	 y = 1;
	CK_MECHANISM	 m = { CKM_RSA_PKCS_KEY_PAIR_GEN, 0, 0 };
	CK_C_GetFunctionList g;
	CK_DATE		 from = { "2027", "01", "01" }, until = { "2028", "02", "03" };
	CK_ATTRIBUTE	 pub[] = { { CKA_TOKEN, &y, 1 }, { CKA_MODULUS_BITS, &bits, sizeof(bits) },
	    { CKA_PUBLIC_EXPONENT, "\1\0\1", 3 }, { CKA_LABEL, "guarded", 7 }, { CKA_ID, "\x0a", 1 },
	    { CKA_START_DATE, &from, sizeof(from) }, { CKA_END_DATE, &until, sizeof(until) } };
	CK_ATTRIBUTE	 priv[] = { { CKA_TOKEN, &y, 1 }, { CKA_SENSITIVE, &y, 1 }, { CKA_PRIVATE, &y, 1 },
	    { CKA_EXTRACTABLE, &y, 1 }, { CKA_WRAP_WITH_TRUSTED, &y, 1 }, { CKA_SIGN, &y, 1 },
	    { CKA_LABEL, "guarded", 7 }, { CKA_ID, "\x0a", 1 },
	    { CKA_START_DATE, &from, sizeof(from) }, { CKA_END_DATE, &until, sizeof(until) } };

	*(void **)&g = dlsym(h, "C_GetFunctionList");
	if (argc != 2 || g(&f) != CKR_OK || f->C_Initialize(NULL) != CKR_OK ||
	    f->C_GetSlotList(1, s, &n) != CKR_OK ||
	    f->C_OpenSession(s[0], 6, 0, 0, &ss) != CKR_OK ||
	    f->C_Login(ss, CKU_USER, (CK_UTF8CHAR *)"1234", 4) != CKR_OK ||
	    f->C_GenerateKeyPair(ss, &m, pub, 7, priv, 10, &a, &b) != CKR_OK)
		return 1;
	return 0;
}
END
# shellcheck disable=SC2046
"${CC:-cc}" -o trusted trusted.c $(pkg-config --cflags p11-kit-1) -ldl
check "a key for trusted wrapping keys alone" ./trusted "$MODULE"
line guarded 0a >guarded.line
back_up no one <guarded.line
refused 1 'key guarded cannot be backed up: it leaves the token under a trusted key only: the security officer is needed \(--trusted\)' "without the officer"
back_up no one --trusted --so-pin-fd 4 <guarded.line 4<pin
refused 2 'token one serial .*: the security officer cannot log in: his PIN was tried once \(C_Login: CKR_PIN_INCORRECT\)' "the officer's PIN is wrong"
nothing no "the officer's PIN is wrong"
back_up trusted.d one --trusted --so-pin-fd 4 < <(cat guarded.line keys) 4<so-pin
expect 0 "with the officer"
check "the attribute is kept" sh -c "tar xzOf trusted.d/*.tar.gz --wildcards '*/manifest' | grep -q 'wrap-with-trusted,dated verify'"
check "and the dates" grep -qP '\tguarded\t0a\t.*\t2027-01-01\t2028-02-03\t' out
objects one
refute "no secret key is left" grep -q 'Secret Key' objects.one

# The policy goes along, but not with a PIN.
cat >policy.yaml <<END
hsm:
  soft:
    module: $MODULE
END
run backup-create --output no --needed 2 --shares 2 --policy policy.yaml --token one --pin-fd 3 <keys 3<pin
expect 0 "by the policy"
check "it is in the archive" sh -c "tar xzOf no/*.tar.gz --wildcards '*/files/policy.yaml' | cmp - policy.yaml"
rm no/*
for word in pin so_pin; do
	{ cat policy.yaml; echo "    $word: 1234"; } >with.yaml
	chmod 600 with.yaml
	run backup-create --output no --needed 2 --shares 2 --policy with.yaml --token one --pin-fd 3 <keys 3<pin
	refused 1 'with.yaml: hsm soft: it holds a PIN, which is not for a backup' "a policy with $word"
done
mkdir other
echo x >other/notes.txt
back_up no one --file notes.txt --file other/notes.txt <keys
refused 2 'other/notes.txt: another file of this name goes along already' "two files of one name"
cp notes.txt 'a b'
back_up no one --file 'a b' <keys
refused 2 'a b: a file of this name cannot go along' "a name with a blank"
back_up no one --file nofile <keys
refused 2 'nofile: No such file' "a file that is not there"
nothing no "none of them"

# Faults.
run backup-create --output no --needed 2 --shares 2 --module "$MODULE" --token one --pin-fd 3 <keys 3<so-pin
refused 2 'the PIN is wrong; it was tried once' "a wrong PIN"
rm -f no/*
run backup-create --output nowhere --needed 2 --shares 2 --module "$MODULE" --token one --pin-fd 3 <keys 3<pin
refused 2 '^backup-create: nowhere: No such file' "no folder"
run backup-create --output no --needed 2 --shares 2 --module /nowhere.so --token one --pin-fd 3 <keys 3<pin
refused 2 nowhere.so "no module"
run backup-create --output no --needed 2 --shares 2 --module "$MODULE" --token none --pin-fd 3 <keys 3<pin
refused 2 'no token none' "no token"
nothing no "faults"
: >"no/key-backup-$(date -u +%F)-2.share"
back_up no one <keys
refused 2 'share: exists; nothing is overwritten' "a share is there"
check "nothing else was made" test "$(find no -type f | wc -l)" -eq 1
rm no/*
usage()
{
	local why=$1
	shift
	run backup-create --output no "$@" <keys
	refused 2 "$why.*usage" "$*"
}
usage 'give the --policy' --needed 2 --shares 2
usage 'give --needed' --module "$MODULE" --token one
usage '--so-pin-fd is for --trusted' --needed 2 --shares 2 --module "$MODULE" --token one --so-pin-fd 3
usage '--so-pin-fd takes' --so-pin-fd 0
back_up no one operand <keys
refused 2 usage "an operand"
backup-create --output no --needed 2 --shares 2 --module "$MODULE" --token one --pin-fd 3 <keys 3<pin >/dev/full 2>err
status=$?
: >out
refused 2 'standard output: No space left on device \(the backup is there\)' "a full disk for the record"
check "... and it is" backup-check no
rm no/*
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
	# Each of the two syncs of a file: three shares, the record, the archive, the sum.
	for n in 1 4 7 9 11 12; do
		LSAN_OPTIONS=detect_leaks=0 run strace -f -o trace -e trace=fsync -e inject=fsync:error=ENOSPC:when=$n \
			backup-create --output no --needed 2 --shares 3 --module "$MODULE" --token one --pin-fd 3 <keys 3<pin
		refused 2 'No space left' "a full disk at sync $n"
		nothing no "a full disk at sync $n"
	done
else
	skip "a full disk: nothing can be traced here"
fi

mkdir backup again
manual backup-create.1

done_testing

/*
 * rawwrap create MODULE TOKEN COUNT: COUNT extractable RSA-2048 pairs onto a token.
 * rawwrap wrap MODULE TOKEN: each private key of the token is wrapped, and written to standard output.
 * rawwrap unwrap MODULE TOKEN: what came so on standard input is unwrapped, the public half of each
 * created, a signature made, and verified.  PIN on descriptor 3.
 */
#include "raw.h"

#define MAX	2000
#define PAD	((CK_MECHANISM_TYPE)0x210a)

static CK_BBOOL		 yes = CK_TRUE, no = CK_FALSE;

static void
create(CK_SESSION_HANDLE s, long count)
{
	CK_MECHANISM	 m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	unsigned char	 e[] = { 1, 0, 1 };
	CK_ULONG	 bits = 2048;
	CK_OBJECT_HANDLE public, private;
	char		 label[32], id[8];
	long		 i;

	for (i = 1; i <= count; i++) {
		CK_ULONG	 len = (CK_ULONG)snprintf(label, sizeof(label), "many-%04ld", i);
		CK_ATTRIBUTE	 pub[] = { { CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 },
		    { CKA_MODULUS_BITS, &bits, sizeof(bits) }, { CKA_PUBLIC_EXPONENT, e, sizeof(e) },
		    { CKA_LABEL, label, len }, { CKA_ID, id, 2 } };
		CK_ATTRIBUTE	 priv[] = { { CKA_TOKEN, &yes, 1 }, { CKA_SENSITIVE, &yes, 1 },
		    { CKA_EXTRACTABLE, &yes, 1 }, { CKA_SIGN, &yes, 1 },
		    { CKA_LABEL, label, len }, { CKA_ID, id, 2 } };

		id[0] = (char)(0x10 + i / 256);
		id[1] = (char)(i % 256);
		must(f->C_GenerateKeyPair(s, &m, pub, 6, priv, 6, &public, &private),
		    "C_GenerateKeyPair");
	}
}

static CK_ULONG
find(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE v[MAX])
{
	CK_ATTRIBUTE	 a[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_TOKEN, &yes, 1 } };
	CK_ULONG	 n = 0;

	must(f->C_FindObjectsInit(s, a, 2), "C_FindObjectsInit");
	must(f->C_FindObjects(s, v, MAX, &n), "C_FindObjects");
	must(f->C_FindObjectsFinal(s), "C_FindObjectsFinal");
	return n;
}

static CK_OBJECT_HANDLE
wrapping_key(CK_SESSION_HANDLE s)
{
	static unsigned char value[32] = { 1, 2, 3 };
	CK_OBJECT_CLASS	 class = CKO_SECRET_KEY;
	CK_KEY_TYPE	 type = CKK_AES;
	CK_ATTRIBUTE	 a[] = { { CKA_CLASS, &class, sizeof(class) },
	    { CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &no, 1 }, { CKA_WRAP, &yes, 1 },
	    { CKA_UNWRAP, &yes, 1 }, { CKA_VALUE, value, sizeof(value) } };
	CK_OBJECT_HANDLE key;

	must(f->C_CreateObject(s, a, 6, &key), "C_CreateObject");
	return key;
}

static void
wrap(CK_SESSION_HANDLE s)
{
	static CK_OBJECT_HANDLE v[MAX];
	static unsigned char out[2048];
	CK_MECHANISM	 m = { PAD, NULL, 0 };
	CK_OBJECT_HANDLE key = wrapping_key(s);
	CK_ULONG	 n = find(s, CKO_PRIVATE_KEY, v), i, len;

	for (i = 0; i < n; i++) {
		len = sizeof(out);
		must(f->C_WrapKey(s, &m, key, v[i], out, &len), "C_WrapKey");
		fwrite(&len, sizeof(len), 1, stdout);
		fwrite(out, len, 1, stdout);
	}
}

static void
restore(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char *data, CK_ULONG len, CK_ULONG i)
{
	static unsigned char digest[51], sig[256], modulus[512], exponent[16];
	CK_OBJECT_CLASS	 class = CKO_PRIVATE_KEY, pubclass = CKO_PUBLIC_KEY;
	CK_KEY_TYPE	 type = CKK_RSA;
	CK_MECHANISM	 m = { PAD, NULL, 0 }, rsa = { CKM_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE private, public;
	CK_ULONG	 siglen = sizeof(sig);
	char		 label[32];
	int		 n = snprintf(label, sizeof(label), "raw-%04lu", i);
	CK_ATTRIBUTE	 a[] = { { CKA_CLASS, &class, sizeof(class) },
	    { CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, 1 },
	    { CKA_SENSITIVE, &yes, 1 }, { CKA_SIGN, &yes, 1 }, { CKA_LABEL, label, (CK_ULONG)n },
	    { CKA_ID, &i, 2 } };
	CK_ATTRIBUTE	 p[] = { { CKA_MODULUS, modulus, sizeof(modulus) },
	    { CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	    { CKA_CLASS, &pubclass, sizeof(pubclass) }, { CKA_KEY_TYPE, &type, sizeof(type) },
	    { CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 }, { CKA_LABEL, label, (CK_ULONG)n },
	    { CKA_ID, &i, 2 } };

	must(f->C_UnwrapKey(s, &m, key, data, len, a, 7, &private), "C_UnwrapKey");
	must(f->C_GetAttributeValue(s, private, p, 2), "C_GetAttributeValue");
	must(f->C_CreateObject(s, p, 8, &public), "C_CreateObject");
	must(f->C_SignInit(s, &rsa, private), "C_SignInit");
	must(f->C_Sign(s, digest, sizeof(digest), sig, &siglen), "C_Sign");
	must(f->C_VerifyInit(s, &rsa, public), "C_VerifyInit");
	must(f->C_Verify(s, digest, sizeof(digest), sig, siglen), "C_Verify");
}

int
main(int argc, char *argv[])
{
	static unsigned char	 wrapped[2048];
	CK_SESSION_HANDLE	 s;
	CK_OBJECT_HANDLE	 key;
	CK_ULONG		 i, len;

	if (argc < 4) {
		fputs("usage: rawwrap create|wrap|unwrap MODULE TOKEN [COUNT]\n", stderr);
		return 2;
	}
	s = raw_open(argv[2], argv[3]);
	if (strcmp(argv[1], "create") == 0 && argc == 5)
		create(s, atol(argv[4]));
	else if (strcmp(argv[1], "wrap") == 0)
		wrap(s);
	else if (strcmp(argv[1], "unwrap") == 0) {
		key = wrapping_key(s);
		for (i = 0; fread(&len, sizeof(len), 1, stdin) == 1 && len <= sizeof(wrapped) &&
		    fread(wrapped, len, 1, stdin) == 1; i++)
			restore(s, key, wrapped, len, i);
	}
	return fflush(stdout) != 0;
}

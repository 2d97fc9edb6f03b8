/*
 * fillkeys MODULE TOKEN COUNT: COUNT more P-256 key pairs on a token, labelled other-1 and so on
 * (PIN on descriptor 3): a token that has been in use for years.
 */
#include "raw.h"

static void
generate(CK_SESSION_HANDLE session, long i)
{
	static CK_BYTE	 p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	CK_BBOOL	 yes = CK_TRUE;
	CK_MECHANISM	 how = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	char		 label[32];
	CK_ATTRIBUTE	 pub[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) }, { CKA_LABEL, label, 0 },
		{ CKA_ID, &i, sizeof(i) }, { CKA_EC_PARAMS, p256, sizeof(p256) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
	};
	CK_ATTRIBUTE	 priv[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) }, { CKA_LABEL, label, 0 },
		{ CKA_ID, &i, sizeof(i) }, { CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) }, { CKA_SIGN, &yes, sizeof(yes) },
	};
	CK_OBJECT_HANDLE a, b;

	pub[1].ulValueLen = priv[1].ulValueLen =
	    (CK_ULONG)snprintf(label, sizeof(label), "other-%ld", i);
	must(f->C_GenerateKeyPair(session, &how, pub, 5, priv, 6, &a, &b), "C_GenerateKeyPair");
}

int
main(int argc, char *argv[])
{
	CK_SESSION_HANDLE session;
	long		 i, n;

	if (argc != 4 || (n = atol(argv[3])) <= 0) {
		fputs("usage: fillkeys MODULE TOKEN COUNT 3<PINFILE\n", stderr);
		return 2;
	}
	session = raw_open(argv[1], argv[2]);
	for (i = 1; i <= n; i++)
		generate(session, i);
	f->C_Finalize(NULL);
	return 0;
}

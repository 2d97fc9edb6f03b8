/*
 * rawgenerate MODULE TOKEN COUNT: COUNT P-256 key pairs with the attributes that key-generate gives
 * them, and nothing else (PIN on descriptor 3).
 */
#include "raw.h"

static CK_BBOOL		 yes = CK_TRUE, no = CK_FALSE;

static void
generate(CK_SESSION_HANDLE session, unsigned i)
{
	static CK_BYTE	 p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
	static CK_DATE	 start = { "2027", "01", "01" }, end = { "2027", "04", "01" };
	CK_MECHANISM	 how = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	unsigned char	 id[10] = { 0x20, 0x27, 1, 1, 0, 0, 0, 0, (unsigned char)(i >> 8),
			     (unsigned char)i };
	char		 label[64];
	CK_ATTRIBUTE	 pub[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 }, { CKA_ENCRYPT, &no, 1 },
		{ CKA_VERIFY_RECOVER, &no, 1 }, { CKA_WRAP, &no, 1 }, { CKA_DERIVE, &no, 1 },
		{ CKA_LABEL, label, 0 }, { CKA_ID, id, sizeof(id) },
		{ CKA_START_DATE, &start, sizeof(start) }, { CKA_END_DATE, &end, sizeof(end) },
		{ CKA_EC_PARAMS, p256, sizeof(p256) },
	};
	CK_ATTRIBUTE	 priv[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &yes, 1 }, { CKA_SENSITIVE, &yes, 1 },
		{ CKA_EXTRACTABLE, &no, 1 }, { CKA_SIGN, &yes, 1 }, { CKA_DECRYPT, &no, 1 },
		{ CKA_LABEL, label, 0 }, { CKA_ID, id, sizeof(id) },
		{ CKA_SIGN_RECOVER, &no, 1 }, { CKA_UNWRAP, &no, 1 }, { CKA_DERIVE, &no, 1 },
		{ CKA_START_DATE, &start, sizeof(start) }, { CKA_END_DATE, &end, sizeof(end) },
	};
	CK_OBJECT_HANDLE a, b;

	pub[6].ulValueLen = priv[6].ulValueLen = (CK_ULONG)snprintf(label, sizeof(label),
	    "example.org-zsk-ecdsap256sha256-2027-01-01-%u", i);
	must(f->C_GenerateKeyPair(session, &how, pub, sizeof(pub) / sizeof(pub[0]), priv,
	    sizeof(priv) / sizeof(priv[0]), &a, &b), "C_GenerateKeyPair");
}

int
main(int argc, char *argv[])
{
	CK_SESSION_HANDLE	 session;
	unsigned		 i, n;

	if (argc != 4) {
		fputs("usage: rawgenerate MODULE TOKEN COUNT\n", stderr);
		return 2;
	}
	session = raw_open(argv[1], argv[2]);
	n = (unsigned)strtoul(argv[3], NULL, 10);
	for (i = 1; i <= n; i++)
		generate(session, i);
	f->C_Finalize(NULL);
	return 0;
}

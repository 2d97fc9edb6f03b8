/*
 * rawgenerate MODULE TOKEN COUNT: COUNT P-256 key pairs with the attributes that key-generate gives
 * them, and nothing else (PIN on descriptor 3).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST	*f;
static CK_BBOOL		 yes = CK_TRUE, no = CK_FALSE;

static void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "rawgenerate: %s: 0x%lx\n", what, rv);
	exit(1);
}

static CK_SESSION_HANDLE
open_token(const char *module, const char *label)
{
	CK_C_INITIALIZE_ARGS	 args = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList	 getlist = NULL;
	CK_SLOT_ID		 slots[64];
	CK_ULONG		 n = 64, i;
	CK_TOKEN_INFO		 info;
	CK_SESSION_HANDLE	 session = 0;
	char			 pin[64] = "";
	void			*h = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	if (h != NULL)
		*(void **)&getlist = dlsym(h, "C_GetFunctionList");
	if (getlist == NULL || read(3, pin, sizeof(pin) - 1) <= 0) {
		fputs("rawgenerate: no module or no PIN\n", stderr);
		exit(1);
	}
	pin[strcspn(pin, "\n")] = '\0';
	must(getlist(&f), "C_GetFunctionList");
	must(f->C_Initialize(&args), "C_Initialize");
	must(f->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (i = 0; i < n; i++) {
		must(f->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
		if (strncmp((const char *)info.label, label, strlen(label)) == 0)
			break;
	}
	must(i < n ? CKR_OK : CKR_TOKEN_NOT_PRESENT, label);
	must(f->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	    &session), "C_OpenSession");
	must(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)), "C_Login");
	return session;
}

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
	session = open_token(argv[1], argv[2]);
	n = (unsigned)strtoul(argv[3], NULL, 10);
	for (i = 1; i <= n; i++)
		generate(session, i);
	f->C_Finalize(NULL);
	return 0;
}

/*
 * fillkeys MODULE TOKEN COUNT: COUNT more P-256 key pairs on a token, labelled other-1 and so on
 * (PIN on descriptor 3): a token that has been in use for years.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST	*f;

static void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "fillkeys: %s: 0x%lx\n", what, rv);
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
		fputs("fillkeys: no module or no PIN\n", stderr);
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
	session = open_token(argv[1], argv[2]);
	for (i = 1; i <= n; i++)
		generate(session, i);
	f->C_Finalize(NULL);
	return 0;
}

/*
 * raw: what every yardstick on PKCS#11 begins with: a module, a token by its label, the PIN on
 * descriptor 3.  What fails ends the program.
 */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST	*f;

static inline void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "%s: 0x%lx\n", what, rv);
	exit(1);
}

static inline void
raw_load(const char *module)
{
	CK_C_INITIALIZE_ARGS	 args = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList	 getlist = NULL;
	void			*h = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	if (h != NULL)
		*(void **)&getlist = dlsym(h, "C_GetFunctionList");
	if (getlist == NULL) {
		fprintf(stderr, "%s: no module\n", module);
		exit(1);
	}
	must(getlist(&f), "C_GetFunctionList");
	must(f->C_Initialize(&args), "C_Initialize");
}

static inline CK_SLOT_ID
raw_slot(const char *label)
{
	CK_SLOT_ID	 slots[64];
	CK_ULONG	 n = 64, i;
	CK_TOKEN_INFO	 info;

	must(f->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (i = 0; i < n; i++) {
		must(f->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
		if (strncmp((const char *)info.label, label, strlen(label)) == 0)
			break;
	}
	must(i < n ? CKR_OK : CKR_TOKEN_NOT_PRESENT, label);
	return slots[i];
}

/* A read-write session, logged in. */
static inline CK_SESSION_HANDLE
raw_open(const char *module, const char *label)
{
	CK_SESSION_HANDLE	 session = 0;
	char			 pin[64] = "";

	raw_load(module);
	must(f->C_OpenSession(raw_slot(label), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	    &session), "C_OpenSession");
	must(read(3, pin, sizeof(pin) - 1) > 0 ? CKR_OK : CKR_PIN_INVALID, "no PIN on descriptor 3");
	pin[strcspn(pin, "\n")] = '\0';
	must(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)), "C_Login");
	return session;
}

#endif

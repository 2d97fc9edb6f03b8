/*
 * rawlist MODULE TOKEN: every object of a token found and read as far as a key-list line of an
 * EC key needs it, and its label and id printed; nothing is joined, sorted or checked (PIN on descriptor 3).
 */
#include "raw.h"

static CK_ULONG
length(const CK_ATTRIBUTE *a)
{
	return a->ulValueLen == CK_UNAVAILABLE_INFORMATION ? 0 : a->ulValueLen;
}

static void
read_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	static CK_BYTE	 label[1024], id[1024], params[512], point[512], modulus[2048], date[2][8];
	CK_OBJECT_CLASS	 class = 0;
	CK_KEY_TYPE	 type = 0;
	CK_BBOOL	 b[3];
	CK_ATTRIBUTE	 a[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_LABEL, label, sizeof(label) }, { CKA_ID, id, sizeof(id) },
		{ CKA_SENSITIVE, &b[0], 1 }, { CKA_EXTRACTABLE, &b[1], 1 },
		{ CKA_WRAP_WITH_TRUSTED, &b[2], 1 }, { CKA_MODULUS, modulus, sizeof(modulus) },
		{ CKA_EC_PARAMS, params, sizeof(params) }, { CKA_EC_POINT, point, sizeof(point) },
	};
	CK_ATTRIBUTE	 d[] = { { CKA_START_DATE, date[0], 8 }, { CKA_END_DATE, date[1], 8 } };
	CK_RV		 rv = f->C_GetAttributeValue(session, object, a, 10);
	CK_ULONG	 i;

	/* a half does not have what belongs to the other */
	if (rv != CKR_ATTRIBUTE_TYPE_INVALID)
		must(rv, "C_GetAttributeValue");
	if (class == CKO_PUBLIC_KEY)
		must(f->C_GetAttributeValue(session, object, d, 2), "C_GetAttributeValue");
	printf("%.*s\t", (int)length(&a[2]), label);
	for (i = 0; i < length(&a[3]); i++)
		printf("%02x", id[i]);
	putchar('\n');
}

int
main(int argc, char *argv[])
{
	CK_OBJECT_HANDLE objects[1024];
	CK_SESSION_HANDLE session;
	CK_ULONG	 n, i;

	if (argc != 3) {
		fputs("usage: rawlist MODULE TOKEN 3<PINFILE\n", stderr);
		return 2;
	}
	session = raw_open(argv[1], argv[2]);
	must(f->C_FindObjectsInit(session, NULL, 0), "C_FindObjectsInit");
	do {
		must(f->C_FindObjects(session, objects, 1024, &n), "C_FindObjects");
		for (i = 0; i < n; i++)
			read_object(session, objects[i]);
	} while (n > 0);
	must(f->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	f->C_Finalize(NULL);
	return 0;
}

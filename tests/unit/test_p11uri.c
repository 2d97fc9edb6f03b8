#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <p11-kit/uri.h>

#include "token/p11uri.h"

static const char *
refusal(const char *text, enum p11uri_use use)
{
	struct p11uri	 u = P11URI_EMPTY;
	const char	*why = NULL;

	if (p11uri_parse(&u, text, use, &why) == 0) {
		p11uri_clear(&u);
		return "";
	}
	CU_ASSERT_PTR_NULL(u.token);	/* unchanged */
	return why;
}

static void
test_token(void)
{
	struct p11uri	 u = P11URI_EMPTY;
	const char	*why;

	CU_ASSERT_EQUAL_FATAL(p11uri_parse(&u, "pkcs11:token=Root%20KSK%201;serial=00aB;"
	    "model=M%2f1;manufacturer=Some%3BOne?pin-source=file:/run/p%20in", P11URI_TOKEN,
	    &why), 0);
	CU_ASSERT_STRING_EQUAL(u.token, "Root KSK 1");
	CU_ASSERT_STRING_EQUAL(u.serial, "00aB");
	CU_ASSERT_STRING_EQUAL(u.model, "M/1");
	CU_ASSERT_STRING_EQUAL(u.manufacturer, "Some;One");
	CU_ASSERT_STRING_EQUAL(u.pin_file, "/run/p in");
	CU_ASSERT_PTR_NULL(u.object);
	CU_ASSERT_PTR_NULL(u.id);
	CU_ASSERT_TRUE(p11uri_fits(&u, "Root KSK 1", "00aB", "M/1", "Some;One"));
	CU_ASSERT_FALSE(p11uri_fits(&u, "Root KSK 2", "00aB", "M/1", "Some;One"));
	CU_ASSERT_FALSE(p11uri_fits(&u, "Root KSK 1", "00ab", "M/1", "Some;One"));
	CU_ASSERT_FALSE(p11uri_fits(&u, "Root KSK 1", "00aB", "M/", "Some;One"));
	CU_ASSERT_FALSE(p11uri_fits(&u, "Root KSK 1", "00aB", "M/1", ""));
	p11uri_clear(&u);
	CU_ASSERT_PTR_NULL(u.token);
	CU_ASSERT_TRUE(p11uri_fits(&u, "any", "any", "any", "any"));
}

static void
test_key(void)
{
	struct p11uri	 u = P11URI_EMPTY;
	const char	*why;

	CU_ASSERT_EQUAL_FATAL(p11uri_parse(&u, "pkcs11:token=T;object=ksk%2D1;id=%00%01%ff;"
	    "type=private", P11URI_KEY, &why), 0);
	CU_ASSERT_STRING_EQUAL(u.token, "T");
	CU_ASSERT_STRING_EQUAL(u.object, "ksk-1");
	CU_ASSERT_EQUAL_FATAL(u.idlen, 3);
	CU_ASSERT_EQUAL(memcmp(u.id, "\0\1\377", 3), 0);
	CU_ASSERT_PTR_NULL(u.pin_file);
	p11uri_clear(&u);
}

static void
test_pin_source(void)
{
	static const struct { const char *source, *path; } cases[] = {
		{ "file:/a/b", "/a/b" },
		{ "file:///a/b", "/a/b" },
		{ "/a/b", "/a/b" },
		{ "a/b", NULL },
		{ "file:a", NULL },
		{ "file://host/a", NULL },
		{ "//host/a", NULL },
		{ "%7Ccat%20/a", NULL },
		{ "http://x/a", NULL },
		{ "/", NULL },
	};
	struct p11uri	 u = P11URI_EMPTY;
	const char	*why;
	char		 text[100];
	size_t		 i;
	int		 rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "pkcs11:token=T?pin-source=%s", cases[i].source);
		rc = p11uri_parse(&u, text, P11URI_TOKEN, &why);
		CU_ASSERT_EQUAL(rc, cases[i].path == NULL ? -1 : 0);
		if (rc == 0 && cases[i].path != NULL)
			CU_ASSERT_STRING_EQUAL(u.pin_file, cases[i].path);
		p11uri_clear(&u);
	}
}

static void
test_refused(void)
{
	static const struct {
		const char	*text;
		enum p11uri_use	 use;
		const char	*why;
	} cases[] = {
		{ "",					P11URI_TOKEN, "start" },
		{ "token=T",				P11URI_TOKEN, "start" },
		{ "pkcs11:",				P11URI_TOKEN, "nothing" },
		{ "pkcs11:token",			P11URI_TOKEN, "no value" },
		{ "pkcs11:token=T;",			P11URI_TOKEN, "no value" },
		{ "pkcs11:token=T?",			P11URI_TOKEN, "no value" },
		{ "pkcs11:token=T;;serial=1",		P11URI_TOKEN, "no value" },
		{ "pkcs11:token=",			P11URI_TOKEN, "empty" },
		{ "pkcs11:token=%20%20",		P11URI_TOKEN, "empty" },
		{ "pkcs11:token=Root KSK",		P11URI_TOKEN, "encoded" },
		{ "pkcs11:object= ",			P11URI_KEY, "encoded" },
		{ "pkcs11:id=\n",			P11URI_KEY, "encoded" },
		{ "pkcs11:token=\303\251",		P11URI_TOKEN, "encoded" },
		{ "pkcs11:token=A;token=B",		P11URI_TOKEN, "twice" },
		{ "pkcs11:?pin-source=/a&pin-source=/b", P11URI_TOKEN, "twice" },
		{ "pkcs11:token=T?pin-value=1234",	P11URI_TOKEN, "pin-value" },
		{ "pkcs11:token=T;pin-value=1234",	P11URI_TOKEN, "pin-value" },
		{ "pkcs11:object=T?pin-value=1234",	P11URI_KEY, "pin-value" },
		{ "pkcs11:tokens=T",			P11URI_TOKEN, "unknown" },
		{ "pkcs11:x-vendor=T",			P11URI_TOKEN, "unknown" },
		{ "pkcs11:slot-id=1",			P11URI_TOKEN, "unknown" },
		{ "pkcs11:token=T?module-path=/x.so",	P11URI_TOKEN, "unknown" },
		{ "pkcs11:pin-source=/a",		P11URI_TOKEN, "unknown" },
		{ "pkcs11:serial=1?token=T",		P11URI_TOKEN, "unknown" },
		{ "pkcs11:token=T;object=k",		P11URI_TOKEN, "no meaning" },
		{ "pkcs11:token=T;id=%01",		P11URI_TOKEN, "no meaning" },
		{ "pkcs11:object=k?pin-source=/a",	P11URI_KEY, "no meaning" },
		{ "pkcs11:object=k;type=cert",		P11URI_KEY, "type" },
		{ "pkcs11:object=k%00l",		P11URI_KEY, "NUL" },
		{ "pkcs11:token=%00",			P11URI_TOKEN, "NUL" },
		{ "pkcs11:token=T;serial=1%002",	P11URI_TOKEN, "NUL" },
		{ "pkcs11:?pin-source=/a%00b",		P11URI_TOKEN, "NUL" },
		{ "pkcs11:object=k%0",			P11URI_KEY, "well-formed" },
		{ "pkcs11:token=%zz",			P11URI_TOKEN, "well-formed" },
		{ "pkcs11:token=012345678901234567890123456789012", P11URI_TOKEN, "no token" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strstr(refusal(cases[i].text, cases[i].use), cases[i].why) == NULL) {
			CU_FAIL("refused for another reason, or not at all");
			fprintf(stderr, "%s: %s\n", cases[i].text,
			    refusal(cases[i].text, cases[i].use));
		}
	CU_ASSERT_STRING_EQUAL(refusal("pkcs11:token=01234567890123456789012345678901",
	    P11URI_TOKEN), "");
}

static void
test_long(void)
{
	char	*text = malloc(5001);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'a', 5000);
	text[5000] = '\0';
	memcpy(text, "pkcs11:object=", 14);
	CU_ASSERT_PTR_NOT_NULL(strstr(refusal(text, P11URI_KEY), "long"));
	text[4096] = '\0';
	CU_ASSERT_STRING_EQUAL(refusal(text, P11URI_KEY), "");
	free(text);
}

/* A field of CK_TOKEN_INFO against a string of ours. */
static bool
same_field(const char *ours, const unsigned char *field, size_t size)
{
	size_t	 n = ours == NULL ? 0 : strlen(ours), i;

	if (ours == NULL)
		return field[0] == '\0';
	for (i = n; i < size; i++)
		if (field[i] != ' ')
			return false;
	return n <= size && memcmp(ours, field, n) == 0;
}

static bool
same_value(const void *ours, size_t len, const CK_ATTRIBUTE *a)
{
	return ours == NULL ? a == NULL :
	    a != NULL && a->ulValueLen == len && memcmp(ours, a->pValue, len) == 0;
}

/* What we take, p11-kit takes, and reads it as we do.  True if it was taken. */
static bool
compare(const char *text, enum p11uri_use use)
{
	struct p11uri	 u = P11URI_EMPTY;
	P11KitUri	*uri = p11_kit_uri_new();
	const CK_TOKEN_INFO *info;
	const char	*why;
	bool		 same = false;

	if (p11uri_parse(&u, text, use, &why) == -1) {
		p11_kit_uri_free(uri);
		return false;
	}
	if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri) == P11_KIT_URI_OK &&
	    !p11_kit_uri_any_unrecognized(uri)) {
		info = p11_kit_uri_get_token_info(uri);
		same = same_field(u.token, info->label, sizeof(info->label)) &&
		    same_field(u.serial, info->serialNumber, sizeof(info->serialNumber)) &&
		    same_field(u.model, info->model, sizeof(info->model)) &&
		    same_field(u.manufacturer, info->manufacturerID,
		    sizeof(info->manufacturerID)) &&
		    same_value(u.object, u.object == NULL ? 0 : strlen(u.object),
		    p11_kit_uri_get_attribute(uri, CKA_LABEL)) &&
		    same_value(u.id, u.idlen, p11_kit_uri_get_attribute(uri, CKA_ID)) &&
		    (u.pin_file == NULL) == (p11_kit_uri_get_pin_source(uri) == NULL) &&
		    (u.pin_file == NULL ||
		    strstr(p11_kit_uri_get_pin_source(uri), u.pin_file) != NULL);
	}
	if (!same)
		fprintf(stderr, "read otherwise: %s\n", text);
	CU_ASSERT_TRUE(same);
	p11uri_clear(&u);
	p11_kit_uri_free(uri);
	return true;
}

/* Random URIs of random parts, so that many of them are sound and many not quite. */
static void
test_oracle(void)
{
	static const char *const parts[] = { "token=", "serial=", "model=", "manufacturer=",
	    "object=", "id=", "type=private", "type=public", "pin-source=/", "pin-source=file:///",
	    ";", ";", ";", "?", "&", "a", "b%20", "%41", "%e9", "%7", "%00", "%ff", "0123456789",
	    "=", "/", "%2F", ":", "x-", "pin-value=" };
	char		 text[400];
	size_t		 taken = 0, i, j, n;

	srand(7512);
	for (i = 0; i < 400000; i++) {
		strcpy(text, "pkcs11:");
		n = (size_t)(rand() % 12 + 1);
		for (j = 0; j < n; j++)
			strcat(text, parts[(size_t)rand() % (sizeof(parts) / sizeof(parts[0]))]);
		taken += compare(text, P11URI_TOKEN) + compare(text, P11URI_KEY);
	}
	CU_ASSERT_TRUE(taken > 1000);
}

int
main(void)
{
	CU_pSuite	 s;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("p11uri", NULL, NULL)) == NULL ||
	    CU_add_test(s, "which token", test_token) == NULL ||
	    CU_add_test(s, "which key", test_key) == NULL ||
	    CU_add_test(s, "where the PIN is", test_pin_source) == NULL ||
	    CU_add_test(s, "what is refused", test_refused) == NULL ||
	    CU_add_test(s, "long input", test_long) == NULL ||
	    CU_add_test(s, "as p11-kit reads them", test_oracle) == NULL)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() > 0;
}

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/base64.h"

/* Does the text decode to exactly these bytes? */
static int
gives(const char *text, const char *bytes, size_t len)
{
	unsigned char	*got;
	size_t		 n = 0;
	int		 same;

	if ((got = base64_decode(text, strlen(text), &n)) == NULL)
		return 0;
	same = n == len && memcmp(got, bytes, len) == 0 && got[n] == '\0';
	free(got);
	return same;
}

static int
refused(const char *text)
{
	unsigned char	*got;
	size_t		 n = 7;

	errno = 0;
	got = base64_decode(text, strlen(text), &n);
	free(got);
	return got == NULL && errno == EINVAL && n == 7;
}

/* RFC 4648 10 */
static void
test_decode(void)
{
	CU_ASSERT(gives("Zg==", "f", 1));
	CU_ASSERT(gives("Zm8=", "fo", 2));
	CU_ASSERT(gives("Zm9v", "foo", 3));
	CU_ASSERT(gives("Zm9vYg==", "foob", 4));
	CU_ASSERT(gives("Zm9vYmE=", "fooba", 5));
	CU_ASSERT(gives("Zm9vYmFy", "foobar", 6));
	CU_ASSERT(gives("AAAA", "\0\0\0", 3));
	CU_ASSERT(gives("////", "\xff\xff\xff", 3));
	CU_ASSERT(gives("++++", "\xfb\xef\xbe", 3));
}

static void
test_white_space(void)
{
	CU_ASSERT(gives("\n  Zm9v\r\n\tYmFy \n", "foobar", 6));
	CU_ASSERT(gives("Z m\n9\tv Y\rg = =", "foob", 4));
	CU_ASSERT(gives("Zm9vY\nmFyZm9vYmFy", "foobarfoobar", 12));
}

static void
test_refused(void)
{
	static const char *const bad[] = {
		"", " ", "\n", "=", "==", "===", "====", "Z", "Zg", "Zg=", "Zg===", "Zm8",
		"Zm8==", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zg==Zm9v", "Zg=Z", "Z===",
		"!!!", "!!!!", "Zm9v!", "Zm9v-_==", "Zm9vYg==x", "Zm9v\vYmFy", "Zm9v\f",
		"Zh==", "Zn==", "Zm9=", "Zm+=", "Zm9vYh==", "Zm\xc3\xa4", "Zm9v,YmFy"
	};
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!refused(bad[i]))
			CU_FAIL(bad[i]);
	CU_ASSERT_PTR_NULL(base64_decode("Zm9v\0Zm8=", 9, &i));
}

/* Every length, every byte value, there and back; long texts cross the chunks. */
static void
test_encode(void)
{
	unsigned char	 bytes[2000];
	struct buf	 b = BUF_EMPTY;
	size_t		 n, i;
	int		 wrong = 0;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	for (n = 1; n <= sizeof(bytes); n++) {
		b.len = 0;
		CU_ASSERT_EQUAL_FATAL(base64_encode(&b, bytes, n), 0);
		wrong += b.len != (n + 2) / 3 * 4;
		wrong += !gives((const char *)b.data, (const char *)bytes, n);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	b.len = 0;
	CU_ASSERT_EQUAL(base64_encode(&b, "foobar", 5), 0);
	CU_ASSERT_STRING_EQUAL((const char *)b.data, "Zm9vYmE=");
	CU_ASSERT_EQUAL(base64_encode(&b, "", 0), 0);
	CU_ASSERT_EQUAL(b.len, 8);
	buf_free(&b);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("base64", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_decode);
	CU_ADD_TEST(s, test_white_space);
	CU_ADD_TEST(s, test_refused);
	CU_ADD_TEST(s, test_encode);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

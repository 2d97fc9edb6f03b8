#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <CUnit/Basic.h>

#include "base/digest.h"
#include "base/words.h"

static void
test_known(void)
{
	CU_ASSERT_STRING_EQUAL(words_word(0x00, 0), "aardvark");
	CU_ASSERT_STRING_EQUAL(words_word(0x00, 1), "adroitness");
	CU_ASSERT_STRING_EQUAL(words_word(0xff, 30), "Zulu");
	CU_ASSERT_STRING_EQUAL(words_word(0xff, 31), "Yucatan");
	CU_ASSERT_EQUAL(words_byte("sugar", 5, 0), 0xd9);
	CU_ASSERT_EQUAL(words_byte("SuGaR", 5, 2), 0xd9);
	CU_ASSERT_EQUAL(words_byte("vertigo", 7, 1), 0xf3);
	CU_ASSERT_EQUAL(words_byte("sugary", 5, 0), 0xd9);	/* only 5 count */
}

static void
test_refused(void)
{
	CU_ASSERT_EQUAL(words_byte("sugar", 5, 1), -2);
	CU_ASSERT_EQUAL(words_byte("vertigo", 7, 0), -2);
	CU_ASSERT_EQUAL(words_byte("sugar", 4, 0), -1);
	CU_ASSERT_EQUAL(words_byte("sugary", 6, 0), -1);
	CU_ASSERT_EQUAL(words_byte("", 0, 0), -1);
	CU_ASSERT_EQUAL(words_byte("sugar\0", 6, 0), -1);
}

/* Both columns, there and back, and no word is in both. */
static void
test_all(void)
{
	int	 byte, column, wrong = 0;
	size_t	 len;

	for (byte = 0; byte < 256; byte++)
		for (column = 0; column < 2; column++) {
			const char	*w = words_word((unsigned char)byte, (size_t)column);

			len = strlen(w);
			if (len < 4 || len > 11 || words_byte(w, len, (size_t)column) != byte ||
			    words_byte(w, len, (size_t)column + 1) != -2 ||
			    words_byte(w, len, (size_t)column + 30) != byte)
				wrong++;
			for (; *w != '\0'; w++)
				if (!isalpha((unsigned char)*w))
					wrong++;
		}
	CU_ASSERT_EQUAL(wrong, 0);
}

/* The list is in alphabetic order but for one pair, so a slip in the table shows. */
static void
test_order(void)
{
	int	 byte, column, wrong = 0;

	for (byte = 1; byte < 256; byte++)
		for (column = 0; column < 2; column++)
			if (strcasecmp(words_word((unsigned char)(byte - 1), (size_t)column),
			    words_word((unsigned char)byte, (size_t)column)) >= 0)
				wrong++;
	CU_ASSERT_EQUAL(wrong, 1);
	CU_ASSERT_STRING_EQUAL(words_word(0x09, 1), "applicant");
	CU_ASSERT_STRING_EQUAL(words_word(0x0a, 1), "Apollo");
}

/* Spelling: the digest of the published list, a line "two three" for each byte. */
static void
test_spelling(void)
{
	unsigned char	 d[DIGEST_SIZE];
	struct buf	 b = BUF_EMPTY;
	char		 hex[DIGEST_HEX];
	int		 byte;

	for (byte = 0; byte < 256; byte++)
		CU_ASSERT_EQUAL(buf_printf(&b, "%s %s\n", words_word((unsigned char)byte, 0),
		    words_word((unsigned char)byte, 1)), 0);
	CU_ASSERT_EQUAL(digest_bytes(d, b.data, b.len), 0);
	CU_ASSERT_STRING_EQUAL(digest_hex(hex, d),
	    "f816e91d6148165fc67361aa1886eb71ad6b19c9d65673ca40fa96e160f02f5a");
	buf_free(&b);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("words", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_known);
	CU_ADD_TEST(s, test_refused);
	CU_ADD_TEST(s, test_all);
	CU_ADD_TEST(s, test_order);
	CU_ADD_TEST(s, test_spelling);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/digest.h"

#define HEX	"d9f3e4e9ed8ed27d7d3d8cfc2d05f4f0470dbd22ac238d0c9ac728d1e2908a9b"
#define REST	"tonic ultimate tunnel microwave standard insincere\n" \
	"klaxon crucifix offload Wilmington button almighty upshot upcoming\n" \
	"dashboard asteroid skullcap candidate ribcage cannonball optic article\n" \
	"pupil retraction breadline scavenger tiger millionaire Oakland Norwegian"
#define WORDS	"sugar vertigo " REST

static unsigned char	d[DIGEST_SIZE];

static int
setup(void)
{
	return digest_from_hex(d, HEX);
}

/* FIPS 180-2, appendix B. */
static void
test_sha256(void)
{
	unsigned char	 out[DIGEST_SIZE], piped[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	int		 p[2], null;

	CU_ASSERT_EQUAL(digest_bytes(out, "abc", 3), 0);
	CU_ASSERT_STRING_EQUAL(digest_hex(hex, out),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CU_ASSERT_EQUAL_FATAL(pipe(p), 0);
	CU_ASSERT_EQUAL(write(p[1], "abc", 3), 3);
	close(p[1]);
	CU_ASSERT_EQUAL(digest_fd(piped, p[0]), 0);
	CU_ASSERT_EQUAL(memcmp(out, piped, DIGEST_SIZE), 0);
	errno = 0;
	CU_ASSERT_EQUAL(digest_fd(piped, p[0]), -1);	/* at its end: nothing */
	CU_ASSERT_EQUAL(errno, ENODATA);
	CU_ASSERT_EQUAL(memcmp(out, piped, DIGEST_SIZE), 0);
	close(p[0]);
	null = open("/", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(digest_fd(piped, null), -1);
	CU_ASSERT_EQUAL(errno, EISDIR);
	close(null);
}

static uint64_t	ticked;
static int	ticks;

static void
tick(uint64_t bytes)
{
	ticked = bytes;
	ticks++;
}

static void
test_tick(void)
{
	unsigned char	 out[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	FILE		*fp = tmpfile();

	CU_ASSERT_PTR_NOT_NULL_FATAL(fp);
	CU_ASSERT_EQUAL(ftruncate(fileno(fp), (off_t)130 << 20), 0);
	CU_ASSERT_EQUAL(digest_stream(out, fileno(fp), tick), 0);
	CU_ASSERT_EQUAL(ticks, 2);
	CU_ASSERT_EQUAL(ticked, UINT64_C(128) << 20);
	CU_ASSERT_STRING_EQUAL(digest_hex(hex, out),
	    "2d665b3d82bc27e12ad1e3f47ddaf8fa5b6e81b6fd4816f11f6e84857444f1b1");
	fclose(fp);
}

static void
test_hex(void)
{
	unsigned char	 out[DIGEST_SIZE], same[DIGEST_SIZE];
	char		 text[DIGEST_HEX], hex[80];
	size_t		 i;

	memset(out, 7, sizeof(out));
	memset(same, 7, sizeof(same));
	CU_ASSERT_STRING_EQUAL(digest_hex(text, d), HEX);
	for (i = 0; i < 64; i++) {
		strcpy(hex, HEX);
		hex[i] = 'g';
		CU_ASSERT_EQUAL(digest_from_hex(out, hex), -1);
		hex[i] = '\0';
		CU_ASSERT_EQUAL(digest_from_hex(out, hex), -1);
	}
	CU_ASSERT_EQUAL(digest_from_hex(out, HEX "0"), -1);
	CU_ASSERT_EQUAL(digest_from_hex(out, HEX " "), -1);
	CU_ASSERT_EQUAL(digest_from_hex(out, " " HEX), -1);
	CU_ASSERT_EQUAL(memcmp(out, same, DIGEST_SIZE), 0);
	for (i = 0; i < 64; i++)
		hex[i] = HEX[i] >= 'a' ? (char)(HEX[i] - 'a' + 'A') : HEX[i];
	hex[64] = '\0';
	CU_ASSERT_EQUAL(digest_from_hex(out, hex), 0);
	CU_ASSERT_EQUAL(memcmp(out, d, DIGEST_SIZE), 0);
}

static void
test_print(void)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL(digest_print(&b, d, "ksr.xml"), 0);
	CU_ASSERT_STRING_EQUAL((char *)b.data, HEX "  ksr.xml\n"
	    "d9:f3:e4:e9:ed:8e:d2:7d:7d:3d:8c:fc:2d:05:f4:f0\n"
	    "47:0d:bd:22:ac:23:8d:0c:9a:c7:28:d1:e2:90:8a:9b\n"
	    "sugar vertigo " REST "\n");
	buf_free(&b);
	CU_ASSERT_EQUAL(digest_print(&b, d, "a\nb\\c\rd"), 0);
	CU_ASSERT_EQUAL(strncmp((char *)b.data, "\\" HEX "  a\\nb\\\\c\\rd\n", 78), 0);
	CU_ASSERT_EQUAL(b.data[78], 'd');
	buf_free(&b);
	CU_ASSERT_EQUAL(digest_print(&b, d, "gr\303\274n"), 0);
	buf_free(&b);
	CU_ASSERT_EQUAL(digest_print(&b, d, "a\033[2J"), -1);
	CU_ASSERT_EQUAL(digest_print(&b, d, "a\177"), -1);
	CU_ASSERT_EQUAL(digest_print(&b, d, "a\302\233"), -1);
	CU_ASSERT_EQUAL(b.len, 0);
	buf_free(&b);
}

static const char *
mistakes(const char *heard)
{
	static char	 text[8192];
	struct buf	 why = BUF_EMPTY;
	int		 rc;

	rc = digest_heard(&why, d, heard);
	CU_ASSERT_TRUE(rc == 0 ? why.len == 0 : rc == 1 && why.len > 0);
	CU_ASSERT_TRUE_FATAL(why.len < sizeof(text));
	memcpy(text, why.len > 0 ? (char *)why.data : "", why.len + 1);
	buf_free(&why);
	return text;
}

static void
test_heard(void)
{
	CU_ASSERT_STRING_EQUAL(mistakes(HEX), "");
	CU_ASSERT_STRING_EQUAL(mistakes(WORDS), "");
	CU_ASSERT_STRING_EQUAL(mistakes("\tSUGAR\r\n VERTIGO " REST "\n"), "");
	CU_ASSERT_STRING_EQUAL(mistakes(
	    "D9:F3:E4:E9:ED:8E:D2:7D:7D:3D:8C:FC:2D:05:F4:F0"
	    " 470d bd22 ac23 8d0c 9ac7 28d1 e290 8a9b\n"), "");
}

static void
test_heard_words_wrong(void)
{
	CU_ASSERT_STRING_EQUAL(mistakes("sugar Yucatan " REST),
	    "word 2: heard \"Yucatan\", is \"vertigo\"\n");
	CU_ASSERT_STRING_EQUAL(mistakes("sugar vertgo " REST),
	    "word 2: \"vertgo\" is not in the word list\n");
	CU_ASSERT_STRING_EQUAL(mistakes("vertigo sugar " REST),
	    "word 1: \"vertigo\" has its place one before or after: a word is missing, doubled or "
	    "swapped\n"
	    "word 2: \"sugar\" has its place one before or after: a word is missing, doubled or "
	    "swapped\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(mistakes("sugar " REST), "31 of 32 words\n"));
	CU_ASSERT_STRING_EQUAL(mistakes("sugar vertigo"), "2 of 32 words\n");
	CU_ASSERT_STRING_EQUAL(mistakes(WORDS " sugar"), "more than 32 words\n");
	CU_ASSERT_STRING_EQUAL(mistakes(""), "no word and no digit\n");
	CU_ASSERT_STRING_EQUAL(mistakes(" \n"), "no word and no digit\n");
	CU_ASSERT_STRING_EQUAL(mistakes("Yes"),
	    "word 1: \"Yes\" is not in the word list\n1 of 32 words\n");
	CU_ASSERT_STRING_EQUAL(mistakes("\033[2Jabcdefghijklmnopqrstuvwxyz"),
	    "byte 1: \"?[\" is not a pair of hex digits\n"
	    "byte 2: \"2J\" is not a pair of hex digits\n"
	    "byte 6: \"gh\" is not a pair of hex digits\n"
	    "byte 7: \"ij\" is not a pair of hex digits\n"
	    "byte 8: \"kl\" is not a pair of hex digits\n"
	    "byte 9: \"mn\" is not a pair of hex digits\n"
	    "byte 10: \"op\" is not a pair of hex digits\n"
	    "byte 11: \"qr\" is not a pair of hex digits\n"
	    "byte 12: \"st\" is not a pair of hex digits\n"
	    "byte 13: \"uv\" is not a pair of hex digits\n"
	    "byte 14: \"wx\" is not a pair of hex digits\n"
	    "byte 15: \"yz\" is not a pair of hex digits\n"
	    "byte 3: heard ab, is e4\nbyte 4: heard cd, is e9\nbyte 5: heard ef, is ed\n"
	    "15 of 32 bytes\n");
}

static void
test_heard_hex_wrong(void)
{
	char	 hex[80];

	CU_ASSERT_STRING_EQUAL(mistakes(HEX "00"), "more than 32 bytes\n");
	CU_ASSERT_STRING_EQUAL(mistakes(HEX ":0"), "more than 32 bytes\n");
	strcpy(hex, HEX);
	hex[9] = '0';
	hex[63] = 'c';
	CU_ASSERT_STRING_EQUAL(mistakes(hex),
	    "byte 5: heard e0, is ed\nbyte 32: heard 9c, is 9b\n");
	hex[62] = '\0';
	CU_ASSERT_STRING_EQUAL(mistakes(hex), "byte 5: heard e0, is ed\n31 of 32 bytes\n");
	strcpy(hex, HEX);
	hex[63] = '\0';
	CU_ASSERT_STRING_EQUAL(mistakes(hex),
	    "byte 32: \"9\" is not a pair of hex digits\n");
}

/* One wrong byte at each position, in both forms, is found at that position. */
static void
test_heard_each(void)
{
	unsigned char	 other[DIGEST_SIZE];
	struct buf	 b = BUF_EMPTY;
	char		 want[32], hex[DIGEST_HEX], *words;
	size_t		 i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		memcpy(other, d, DIGEST_SIZE);
		other[i] ^= 1;
		CU_ASSERT_EQUAL_FATAL(digest_print(&b, other, "-"), 0);
		words = strchr(strchr(strchr((char *)b.data, '\n') + 1, '\n') + 1, '\n') + 1;
		snprintf(want, sizeof(want), "word %zu: heard", i + 1);
		CU_ASSERT_PTR_EQUAL(strstr(mistakes(words), want), mistakes(words));
		snprintf(want, sizeof(want), "byte %zu: heard", i + 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(mistakes(digest_hex(hex, other)), want));
		buf_free(&b);
	}
}

static void
test_from_text(void)
{
	unsigned char	 out[DIGEST_SIZE];
	struct buf	 why = BUF_EMPTY;

	memset(out, 7, sizeof(out));
	CU_ASSERT_EQUAL(digest_from_text(out, &why, WORDS " sugar"), -1);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, "sugar sugar"), -1);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, "d9 f"), -1);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, ""), -1);
	CU_ASSERT_EQUAL(out[0], 7);
	CU_ASSERT_STRING_EQUAL((char *)why.data, "more than 32 words\n"
	    "word 2: \"sugar\" has its place one before or after: a word is missing, doubled or "
	    "swapped\n"
	    "byte 2: \"f\" is not a pair of hex digits\n"
	    "no word and no digit\n");
	buf_free(&why);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, "sugar VERTIGO tonic"), 3);
	CU_ASSERT_EQUAL(memcmp(out, d, 3), 0);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, "fa:ce"), 2);
	CU_ASSERT_EQUAL(out[0], 0xfa);
	CU_ASSERT_EQUAL(digest_from_text(out, &why, WORDS), DIGEST_SIZE);
	CU_ASSERT_EQUAL(memcmp(out, d, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL(why.len, 0);
	buf_free(&why);
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("digest", setup, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_sha256);
	CU_ADD_TEST(s, test_tick);
	CU_ADD_TEST(s, test_hex);
	CU_ADD_TEST(s, test_print);
	CU_ADD_TEST(s, test_heard);
	CU_ADD_TEST(s, test_heard_words_wrong);
	CU_ADD_TEST(s, test_heard_hex_wrong);
	CU_ADD_TEST(s, test_heard_each);
	CU_ADD_TEST(s, test_from_text);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

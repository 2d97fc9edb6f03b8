#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/json.h"
#include "fixture.h"

static const char *
json(const char *text)
{
	static struct buf b;

	b.len = 0;
	CU_ASSERT_EQUAL_FATAL(json_string(&b, text), 0);
	CU_ASSERT_EQUAL(strlen((char *)b.data), b.len);
	return (const char *)b.data;
}

#define SAME(text, expected)	CU_ASSERT_STRING_EQUAL(json(text), expected)

static void
test_ascii(void)
{
	char	 text[2] = "", expected[16];
	int	 c;

	SAME(NULL, "null");
	SAME("", "\"\"");
	SAME("null", "\"null\"");
	SAME("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	for (c = 1; c < 0x80; c++) {
		text[0] = (char)c;
		if (c == '"' || c == '\\')
			snprintf(expected, sizeof(expected), "\"\\%c\"", c);
		else if (c < 0x20 || c == 0x7f)
			snprintf(expected, sizeof(expected), "\"\\u%04x\"", (unsigned)c);
		else
			snprintf(expected, sizeof(expected), "\"%c\"", c);
		SAME(text, expected);
	}
}

static void
encode(char out[5], uint32_t c)
{
	if (c < 0x80)
		snprintf(out, 5, "%c", (int)c);
	else if (c < 0x800)
		snprintf(out, 5, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
	else if (c < 0x10000)
		snprintf(out, 5, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
		    (int)(0x80 | (c & 0x3f)));
	else
		snprintf(out, 5, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
		    (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

/* RFC 8259 7: beyond U+FFFF a pair of surrogates. */
static void
test_points(void)
{
	char		 text[5], expected[32];
	uint32_t	 c;

	for (c = 0x80; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		encode(text, c);
		if (c < 0x10000)
			snprintf(expected, sizeof(expected), "\"\\u%04x\"", c);
		else
			snprintf(expected, sizeof(expected), "\"\\u%04x\\u%04x\"",
			    0xd7c0 + (c >> 10), 0xdc00 | (c & 0x3ff));
		CU_ASSERT_STRING_EQUAL_FATAL(json(text), expected);
	}
	SAME("\xed\x9f\xbf\xee\x80\x80", "\"\\ud7ff\\ue000\"");
	SAME("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\"\\ud800\\udc00\\udbff\\udfff\"");
}

#define BAD	"\\ufffd"

static void
test_bad_utf8(void)
{
	SAME("\x80", "\"" BAD "\"");
	SAME("\xff", "\"" BAD "\"");
	SAME("\xc3", "\"" BAD "\"");			/* cut short by the end of the text */
	SAME("\xe2\x82", "\"" BAD BAD "\"");
	SAME("\xf0\x9f\x98", "\"" BAD BAD BAD "\"");
	SAME("\xc3(", "\"" BAD "(\"");
	SAME("\xe2\x82z", "\"" BAD BAD "z\"");
	SAME("\xc0\xaf", "\"" BAD BAD "\"");		/* overlong */
	SAME("\xc1\xbf", "\"" BAD BAD "\"");
	SAME("\xe0\x9f\xbf", "\"" BAD BAD BAD "\"");
	SAME("\xf0\x8f\xbf\xbf", "\"" BAD BAD BAD BAD "\"");
	SAME("\xed\xa0\x80", "\"" BAD BAD BAD "\"");	/* a surrogate */
	SAME("\xed\xbf\xbf", "\"" BAD BAD BAD "\"");
	SAME("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"");
	SAME("\xf8\x88\x80\x80\x80", "\"" BAD BAD BAD BAD BAD "\"");
	SAME("\xc3\xb6\xc3", "\"\\u00f6" BAD "\"");
}

/* Printable ASCII alone, whatever goes in, and a string that ends where it should. */
static void
test_random(void)
{
	char		 text[64];
	const char	*p;
	size_t		 i, n;

	for (n = 0; n < 5000; n++) {
		pseudo_random_bytes((unsigned char *)text, sizeof(text));
		text[pseudo_random() % sizeof(text)] = '\0';
		p = json(text);
		CU_ASSERT_EQUAL_FATAL(p[0], '"');
		for (i = 1; p[i] != '"' && p[i] != '\0'; i++) {
			CU_ASSERT_TRUE(p[i] >= 0x20 && p[i] < 0x7f);
			if (p[i] == '\\')
				i++;
		}
		CU_ASSERT_STRING_EQUAL_FATAL(p + i, "\"");
	}
}

static void
test_append(void)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL(json_string(&b, "a"), 0);
	CU_ASSERT_EQUAL(json_string(&b, NULL), 0);
	CU_ASSERT_EQUAL(json_string(&b, "b"), 0);
	CU_ASSERT_STRING_EQUAL((char *)b.data, "\"a\"null\"b\"");
	buf_free(&b);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_ascii), TEST(test_points), TEST(test_bad_utf8), TEST(test_random),
		TEST(test_append),
	};

	return run_tests("json", tests, sizeof(tests) / sizeof(tests[0]));
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <ldns/ldns.h>

#include "fixture.h"
#include "model/dname.h"

static const char *
round_trip(const char *text)
{
	static char	 out[DNAME_TEXT];
	struct dname	 name;

	if (dname_parse(&name, text) == -1)
		return "refused";
	return dname_format(out, &name);
}

static unsigned
labels(const char *text)
{
	struct dname	 name;

	return dname_parse(&name, text) == -1 ? 999 : dname_labels(&name);
}

static bool
same(const char *a, const char *b)
{
	struct dname	 x, y;

	return dname_parse(&x, a) == 0 && dname_parse(&y, b) == 0 && dname_equal(&x, &y);
}

static void
test_plain(void)
{
	struct dname	 name;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&name, "."), 0);
	CU_ASSERT_EQUAL(name.len, 1);
	CU_ASSERT_EQUAL(name.wire[0], 0);
	CU_ASSERT_STRING_EQUAL(round_trip("."), ".");
	CU_ASSERT_EQUAL_FATAL(dname_parse(&name, "Www.EXAMPLE"), 0);
	CU_ASSERT_EQUAL_FATAL(name.len, 13);
	CU_ASSERT_EQUAL(memcmp(name.wire, "\003www\007example", 13), 0);
	CU_ASSERT_STRING_EQUAL(round_trip("AZaz09-_.[]{}~"), "azaz09-_.[]{}~.");
}

static void
test_equal(void)
{
	CU_ASSERT_TRUE(same("www.example", "WWW.EXAMPLE."));
	CU_ASSERT_TRUE(same("\\087ww", "www"));
	CU_ASSERT_TRUE(same(".", "."));
	CU_ASSERT_FALSE(same("a.b", "a\\.b"));
	CU_ASSERT_FALSE(same("a", "a.a"));
	CU_ASSERT_FALSE(same("ab", "ac"));
	/* Only A to Z fold (RFC 4034 6.2): not [ to {, nor letters beyond ASCII. */
	CU_ASSERT_FALSE(same("[", "{"));
	CU_ASSERT_FALSE(same("@", "`"));
	CU_ASSERT_FALSE(same("\\196", "\\228"));
}

static void
test_escapes(void)
{
	CU_ASSERT_STRING_EQUAL(round_trip("a\\.b.c"), "a\\.b.c.");
	CU_ASSERT_STRING_EQUAL(round_trip("a\\046b"), "a\\.b.");
	CU_ASSERT_STRING_EQUAL(round_trip("\\\\"), "\\\\.");
	CU_ASSERT_STRING_EQUAL(round_trip("\\097\\065"), "aa.");
	CU_ASSERT_STRING_EQUAL(round_trip("\\000\\031\\032\\127\\255"), "\\000\\031\\032\\127\\255.");
	CU_ASSERT_STRING_EQUAL(round_trip("\\\"\\(\\)\\;\\@\\$"), "\\\"\\(\\)\\;\\@\\$.");
	CU_ASSERT_STRING_EQUAL(round_trip("\\a\\B"), "ab.");
}

static void
test_bad(void)
{
	static const char *const bad[] = {
		"", "..", ".a", "a..", "a..b", "...", "\\256", "\\999", "a\\", "a.\\", "\\2", "\\25",
		"\\25x", "\\2x5",
	};
	struct dname	 name;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (dname_parse(&name, bad[i]) != -1)
			printf("[%s] ", bad[i]);
		CU_ASSERT_EQUAL(dname_parse(&name, bad[i]), -1);
	}
}

/* RFC 1035 2.3.4: 63 bytes a label, 255 a name. */
static void
test_limits(void)
{
	char		 text[4 * 260], one[65];
	struct dname	 name;
	size_t		 i;

	memset(one, 'a', 64);
	one[64] = '\0';
	CU_ASSERT_EQUAL(dname_parse(&name, one), -1);
	CU_ASSERT_EQUAL(dname_parse(&name, one + 1), 0);
	CU_ASSERT_EQUAL(name.len, 65);
	snprintf(text, sizeof(text), "%s.%s.%s.%s", one + 1, one + 1, one + 1, one + 3);
	CU_ASSERT_EQUAL(dname_parse(&name, text), 0);
	CU_ASSERT_EQUAL(name.len, 255);
	CU_ASSERT_EQUAL(dname_labels(&name), 4);
	strcat(text, ".");
	CU_ASSERT_EQUAL(dname_parse(&name, text), 0);
	snprintf(text, sizeof(text), "%s.%s.%s.%s", one + 1, one + 1, one + 1, one + 2);
	CU_ASSERT_EQUAL(dname_parse(&name, text), -1);
	for (i = 0; i < 128; i++)
		memcpy(text + 2 * i, "a.", 3);
	CU_ASSERT_EQUAL(dname_parse(&name, text), -1);
	CU_ASSERT_EQUAL(dname_parse(&name, text + 2), 0);
	CU_ASSERT_EQUAL(dname_labels(&name), 127);
	/* The longest text there is. */
	for (i = 0; i < 63; i++)
		memcpy(text + 4 * i, "\\001", 5);
	CU_ASSERT_EQUAL(dname_parse(&name, text), 0);
	strcat(text, "\\001");
	CU_ASSERT_EQUAL(dname_parse(&name, text), -1);
}

static void
test_labels(void)
{
	CU_ASSERT_EQUAL(labels("."), 0);
	CU_ASSERT_EQUAL(labels("example"), 1);
	CU_ASSERT_EQUAL(labels("a.b.c.d"), 4);
	CU_ASSERT_EQUAL(labels("a\\.b"), 1);
	/* RFC 4034 3.1.3: a leading * counts for nothing, and only a leading one. */
	CU_ASSERT_EQUAL(labels("*."), 0);
	CU_ASSERT_EQUAL(labels("*.example.com"), 2);
	CU_ASSERT_EQUAL(labels("\\042.example.com"), 2);
	CU_ASSERT_EQUAL(labels("a.*.com"), 3);
	CU_ASSERT_EQUAL(labels("**.com"), 2);
	CU_ASSERT_EQUAL(labels("*a.com"), 2);
}

/* What we write ldns reads, and the other way round, to the same wire form. */
static void
agree(const struct dname *name)
{
	char		 text[DNAME_TEXT], *theirs;
	struct dname	 again;
	ldns_rdf	*rdf = NULL;

	CU_ASSERT_TRUE(strlen(dname_format(text, name)) < DNAME_TEXT);
	CU_ASSERT_EQUAL_FATAL(dname_parse(&again, text), 0);
	CU_ASSERT_TRUE(dname_equal(&again, name));
	CU_ASSERT_EQUAL_FATAL(ldns_str2rdf_dname(&rdf, text), LDNS_STATUS_OK);
	CU_ASSERT_EQUAL_FATAL(ldns_rdf_size(rdf), name->len);
	CU_ASSERT_EQUAL(memcmp(ldns_rdf_data(rdf), name->wire, name->len), 0);
	theirs = must(ldns_rdf2str(rdf));
	CU_ASSERT_EQUAL_FATAL(dname_parse(&again, theirs), 0);
	CU_ASSERT_TRUE(dname_equal(&again, name));
	free(theirs);
	ldns_rdf_deep_free(rdf);
}

/* Labels of any bytes, up to the longest name. */
static void
random_name(struct dname *name)
{
	size_t	 i, left = 1 + pseudo_random() % (DNAME_WIRE - 1), n;

	name->len = 0;
	while (left >= 2) {
		n = 1 + pseudo_random() % 63;
		if (n > left - 1)
			n = left - 1;
		name->wire[name->len++] = (unsigned char)n;
		for (i = 0; i < n; i++) {
			unsigned char	 c = (unsigned char)pseudo_random();

			name->wire[name->len++] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		}
		left -= n + 1;
	}
	name->wire[name->len++] = 0;
}

static void
test_agree(void)
{
	struct dname	 name;
	unsigned	 c, i;

	for (c = 0; c < 256; c++) {
		if (c >= 'A' && c <= 'Z')
			continue;
		name.len = 4;
		memcpy(name.wire, "\002ax", 4);
		name.wire[2] = (unsigned char)c;
		agree(&name);
	}
	for (i = 0; i < 2000; i++) {
		random_name(&name);
		agree(&name);
	}
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_plain), TEST(test_equal), TEST(test_escapes), TEST(test_bad),
		TEST(test_limits), TEST(test_labels), TEST(test_agree),
	};

	return run_tests("dname", tests, sizeof(tests) / sizeof(tests[0]));
}

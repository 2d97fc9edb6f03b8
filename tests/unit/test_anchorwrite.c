#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/anchorwrite.h"
#include "fixture.h"
#include "model/anchor.h"

/* The keys of RFC 8080 6.1 and RFC 6605 6.1. */
#define ED	"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4="
#define P256	"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
#define TEXT	"example.com. 7 IN DNSKEY 257 3 15 " ED "\nexample.com. DNSKEY 257 3 13 " P256 "\n"
#define HEX	"3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B"

static const struct term terms[] = { { 0, INT64_MAX }, { 1485993600, ISOTIME_MAX } };
static struct sepkeys	keys;
static struct buf	out;

static void
load(const char *text)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;

	sepkeys_clear(&keys);
	if (buf_puts(&b, text) == -1 || sepkeys_parse(&keys, &b, "file", &rep) != ACCEPT)
		exit(1);
	buf_free(&b);
	report_free(&rep);
}

static const char *
xml(const struct anchor_head *head)
{
	out.len = 0;
	CU_ASSERT_EQUAL(anchorwrite_xml(&out, &keys, terms, head), 0);
	return (char *)out.data;
}

/* What was written, as it is read; n anchors. */
static struct anchors
read_back(size_t n)
{
	struct anchors	 anchors = ANCHORS_EMPTY;
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL_FATAL(anchors_parse(&anchors, &out, "out", &rep), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL_FATAL(anchors.n, n);
	report_free(&rep);
	return anchors;
}

static void
test_xml(void)
{
	const struct anchor_head plain = { "id", "http://example.com/", false };
	struct anchors	 anchors;

	load("example.com. 7 IN DNSKEY 257 3 15 " ED);
	CU_ASSERT_STRING_EQUAL(xml(&plain), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<TrustAnchor id=\"id\" source=\"http://example.com/\">\n<Zone>example.com.</Zone>\n"
	    "<KeyDigest id=\"K3613-3AA5AB37EFCE57F7\" validFrom=\"1970-01-01T00:00:00+00:00\">\n"
	    "<KeyTag>3613</KeyTag>\n<Algorithm>15</Algorithm>\n<DigestType>2</DigestType>\n"
	    "<Digest>" HEX "</Digest>\n<PublicKey>" ED "</PublicKey>\n<Flags>257</Flags>\n"
	    "</KeyDigest>\n</TrustAnchor>\n");
	load(TEXT);
	xml(&plain);
	anchors = read_back(2);
	CU_ASSERT_PTR_EQUAL(anchors_find(&anchors, &keys.v[0].key, &keys.v[0].owner), &anchors.v[0]);
	CU_ASSERT_PTR_EQUAL(anchors_find(&anchors, &keys.v[1].key, &keys.v[1].owner), &anchors.v[1]);
	CU_ASSERT_EQUAL(anchors.v[0].valid_from, 0);
	CU_ASSERT_EQUAL(anchors.v[0].valid_until, INT64_MAX);
	CU_ASSERT_EQUAL(anchors.v[1].valid_from, 1485993600);
	CU_ASSERT_EQUAL(anchors.v[1].valid_until, ISOTIME_MAX);
	anchors_clear(&anchors);
}

static void
test_older_xml(void)
{
	const struct anchor_head older = { "id", "source", true };
	struct anchors	 anchors;

	load(TEXT);
	CU_ASSERT_PTR_NULL(strstr(xml(&older), "PublicKey"));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "Flags"));
	anchors = read_back(2);
	CU_ASSERT_PTR_NOT_NULL(anchors_find(&anchors, &keys.v[1].key, &keys.v[1].owner));
	anchors_clear(&anchors);
}

/* The id that is made: the shape of a UUID of version 8; the same of the same alone. */
static void
test_id(void)
{
	const struct anchor_head one = { NULL, "one", false }, other = { NULL, "other", false };
	char		 first[64];
	const char	*id;

	load(TEXT);
	id = strstr(xml(&one), " id=\"") + 5;
	CU_ASSERT_EQUAL(strspn(id, "0123456789abcdef-"), 36);
	CU_ASSERT_TRUE(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
	CU_ASSERT_EQUAL(id[14], '8');
	CU_ASSERT_PTR_NOT_NULL(strchr("89ab", id[19]));
	memcpy(first, id, 36);
	id = strstr(xml(&one), " id=\"") + 5;
	CU_ASSERT_EQUAL(memcmp(id, first, 36), 0);
	id = strstr(xml(&other), " id=\"") + 5;
	CU_ASSERT_NOT_EQUAL(memcmp(id, first, 36), 0);
	load("example.com. DNSKEY 257 3 15 " ED);
	id = strstr(xml(&one), " id=\"") + 5;
	CU_ASSERT_NOT_EQUAL(memcmp(id, first, 36), 0);
}

/* What XML, and a quoted string of named.conf, need to be escaped. */
static void
test_escapes(void)
{
	const struct anchor_head odd = { "a\"&<>'b", "&amp;", false };
	struct anchors	 anchors;

	load("a&<>b.example. DNSKEY 257 3 15 " ED);
	CU_ASSERT_PTR_NOT_NULL(strstr(xml(&odd),
	    "id=\"a&quot;&amp;&lt;&gt;'b\" source=\"&amp;amp;\">\n<Zone>a&amp;&lt;&gt;b.example.<"));
	anchors = read_back(1);
	CU_ASSERT_PTR_NOT_NULL(anchors_find(&anchors, &keys.v[0].key, &keys.v[0].owner));
	anchors_clear(&anchors);
}

static void
test_ds(void)
{
	struct anchors	 anchors;

	load(TEXT);
	out.len = 0;
	CU_ASSERT_EQUAL(anchorwrite_ds(&out, &keys), 0);
	CU_ASSERT_EQUAL(strncmp((char *)out.data, "example.com. 7 IN DS 3613 15 2 " HEX "\n"
	    "example.com. 3600 IN DS 55648 13 2 ", 130), 0);
	anchors = read_back(2);
	CU_ASSERT_PTR_NOT_NULL(anchors_find(&anchors, &keys.v[1].key, &keys.v[1].owner));
	anchors_clear(&anchors);
}

static void
test_bind(void)
{
	load("example.com. 7 IN DNSKEY 257 3 15 " ED);
	out.len = 0;
	CU_ASSERT_EQUAL(anchorwrite_bind(&out, &keys, false), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data,
	    "trust-anchors {\n    \"example.com.\" static-ds 3613 15 2 \"" HEX "\";\n};\n");
	out.len = 0;
	CU_ASSERT_EQUAL(anchorwrite_bind(&out, &keys, true), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data,
	    "trust-anchors {\n    \"example.com.\" initial-ds 3613 15 2 \"" HEX "\";\n};\n");
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_xml), TEST(test_older_xml), TEST(test_id), TEST(test_escapes),
		TEST(test_ds), TEST(test_bind),
	};
	int		 rv;

	rv = run_tests("anchorwrite", tests, sizeof(tests) / sizeof(tests[0]));
	sepkeys_clear(&keys);
	buf_free(&out);
	return rv;
}

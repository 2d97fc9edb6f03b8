/* What stands in a sealed slot, its file's name, and the manifest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/sealform.h"
#include "fixture.h"

#define A64	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HEADER								\
	"ksrkit-sealed 1\n"						\
	"zone: example.org.\n"						\
	"slot: 2 of 9\n"						\
	"inception: 2030-01-01T00:00:00Z\n"				\
	"expiration: 2030-01-22T00:00:00Z\n"				\
	"set: " A64 "\n"						\
	"envelope: " B64 "\n"						\
	"\n"
#define MANIFEST							\
	"# ksrkit-sealed-set 1\n"					\
	"# zone .\n"							\
	"# set " A64 "\n"						\
	"# release slot by slot\n"					\
	"# slots 2\n"							\
	"# slot 1 2030-01-01T00:00:00Z 2030-01-22T00:00:00Z\n"		\
	B64 "  root-20300101000000-20300122000000.cms\n"		\
	"# slot 2 2030-01-11T00:00:00Z 2030-02-01T00:00:00Z\n"		\
	A64 "  root-20300111000000-20300201000000.cms\n"		\
	"# end 2\n"

static struct seal_part
part(const char *zone, size_t slot)
{
	struct seal_part p = { .slot = slot, .slots = 9, .inception = START,
		.expiration = START + VALIDITY };

	CU_ASSERT_EQUAL_FATAL(dname_parse(&p.zone, zone), 0);
	memset(p.set, 0xaa, sizeof(p.set));
	return p;
}

static const char *
read_header(const char *text, struct seal_part *p, size_t *body)
{
	unsigned char	 envelope[DIGEST_SIZE];

	return seal_header_read(p, envelope, body, text, strlen(text));
}

static void
test_header(void)
{
	const struct seal_part p = part("example.org", 2);
	struct seal_part back;
	unsigned char	 envelope[DIGEST_SIZE], seen[DIGEST_SIZE];
	struct buf	 b = BUF_EMPTY;
	size_t		 body;

	memset(envelope, 0xbb, sizeof(envelope));
	CU_ASSERT_EQUAL_FATAL(seal_header_write(&b, &p, envelope), 0);
	CU_ASSERT_STRING_EQUAL(b.data, HEADER);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, "<KSR"), 0);
	CU_ASSERT_PTR_NULL(seal_header_read(&back, seen, &body, b.data, b.len));
	CU_ASSERT_EQUAL(body, strlen(HEADER));
	CU_ASSERT_EQUAL(memcmp(seen, envelope, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(back.set, p.set, DIGEST_SIZE), 0);
	CU_ASSERT_TRUE(dname_equal(&back.zone, &p.zone));
	CU_ASSERT_EQUAL(back.slot, 2);
	CU_ASSERT_EQUAL(back.slots, 9);
	CU_ASSERT_EQUAL(back.inception, START);
	CU_ASSERT_EQUAL(back.expiration, START + VALIDITY);
	buf_free(&b);
}

/* One replacement in a text; what comes of it is good until the next call. */
static const char *
changed(const char *text, const char *from, const char *to)
{
	static char	 out[8192];
	const char	*at = must(strstr(text, from));

	snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

static void
test_header_refused(void)
{
	static const char *const changes[][3] = {
		{ "sealed 1", "sealed 2", "begin with" },
		{ "zone: ", "Zone: ", "zone" },
		{ "example.org.", "Example.org.", "zone" },
		{ "example.org.", "example.org", "zone" },
		{ "example.org.", "", "zone" },
		{ "example.org.", "a..b.", "zone" },
		{ "2 of 9", "0 of 9", "slot" },
		{ "2 of 9", "10 of 9", "slot" },
		{ "2 of 9", "02 of 9", "slot" },
		{ "2 of 9", "2 of 99999", "slot" },
		{ "2 of 9", "2 of all", "slot" },
		{ "2 of 9", "2  of 9", "slot" },
		{ "2 of 9", "allof 9", "slot" },
		{ "01-01T00:00:00Z", "01-01T00:00:00+00:00", "inception" },
		{ "01-01T00:00:00Z", "02-30T00:00:00Z", "inception" },
		{ "01-22T", "01-01T", "expiration" },
		{ "aaaa", "AAAA", "set" },
		{ "aaaa", "aaa", "set" },
		{ "bbbb", "bbbg", "envelope" },
		{ "bbbb\n\n", "bbbb\nmore: yes\n\n", "empty line" },
		{ "bbbb\n\n", "bbbb\n", "empty line" },
		{ "slot: 2 of 9\n", "", "slot" },
	};
	struct seal_part p;
	size_t		 body, i;
	const char	*why;

	CU_ASSERT_PTR_NULL(read_header(HEADER, &p, &body));
	CU_ASSERT_PTR_NULL(read_header(changed(HEADER, "2 of", "all of"), &p, &body));
	CU_ASSERT_EQUAL(p.slot, 0);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		why = read_header(changed(HEADER, changes[i][0], changes[i][1]), &p, &body);
		CU_ASSERT_PTR_NOT_NULL(why);
		if (why == NULL || strstr(why, changes[i][2]) == NULL)
			printf("[%s: %s]", changes[i][1], why == NULL ? "taken" : why);
		CU_ASSERT_TRUE(why != NULL && strstr(why, changes[i][2]) != NULL);
	}
	for (i = 0; i < strlen(HEADER); i++) {
		unsigned char	 envelope[DIGEST_SIZE];

		CU_ASSERT_PTR_NOT_NULL(seal_header_read(&p, envelope, &body, HEADER, i));
	}
}

static void
test_names(void)
{
	static const char *const names[][2] = {
		{ ".", "root-20300101000000-20300122000000.cms" },
		{ "root", "root.-20300101000000-20300122000000.cms" },
		{ "Example.ORG", "example.org-20300101000000-20300122000000.cms" },
		{ "-a.test", "%2Da.test-20300101000000-20300122000000.cms" },
		{ "_dmarc.test", "_dmarc.test-20300101000000-20300122000000.cms" },
		{ "a/b.test", "a%2Fb.test-20300101000000-20300122000000.cms" },
		{ "a\\.b.test", "a%5C.b.test-20300101000000-20300122000000.cms" },
		{ "a\\032b.test", "a%5C032b.test-20300101000000-20300122000000.cms" },
	};
	char		 name[SEAL_NAME], zone[256];
	struct seal_part p;
	size_t		 i, len;
	int64_t		 from, until;
	bool		 whole;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		p = part(names[i][0], 1);
		CU_ASSERT_EQUAL(seal_name(name, &p), 0);
		CU_ASSERT_STRING_EQUAL(name, names[i][1]);
		CU_ASSERT_EQUAL(seal_name_read(name, &len, &from, &until, &whole), 0);
		CU_ASSERT_EQUAL(len, strlen(names[i][1]) - 34);
		CU_ASSERT_EQUAL(from, START);
		CU_ASSERT_EQUAL(until, START + VALIDITY);
		CU_ASSERT_FALSE(whole);
	}
	p = part(".", 0);
	CU_ASSERT_EQUAL(seal_name(name, &p), 0);
	CU_ASSERT_STRING_EQUAL(name, "root-20300101000000-20300122000000-whole.cms");
	CU_ASSERT_EQUAL(seal_name_read(name, &len, &from, &until, &whole), 0);
	CU_ASSERT_TRUE(whole);
	memset(zone, 'a', sizeof(zone));
	for (i = 50; i < 250; i += 50)
		zone[i] = '.';
	zone[250] = '\0';
	p = part(zone, 1);
	CU_ASSERT_EQUAL(seal_name(name, &p), -1);
	zone[210] = '\0';
	p = part(zone, 0);
	CU_ASSERT_EQUAL(seal_name(name, &p), 0);
}

static void
test_names_refused(void)
{
	static const char *const bad[] = {
		"", ".cms", "-whole.cms", "manifest", "sheet.cms", "a-20300101000000.cms",
		"root-20300101000000-20300122000000", "root-20300101000000-20300122000000.cms.bak",
		"root-2030010100000-20300122000000.cms", "root-20301301000000-20300122000000.cms",
		"-20300101000000-20300122000000.cms", "root-20300101000000-2030012200000x.cms",
		"root-20300101000000-20300122000000-Whole.cms",
	};
	size_t		 i, len;
	int64_t		 from, until;
	bool		 whole;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(seal_name_read(bad[i], &len, &from, &until, &whole), -1);
}

static void
test_manifest(void)
{
	struct seal_manifest *m = NULL;
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_PTR_NULL_FATAL(seal_manifest_read(&m, MANIFEST, strlen(MANIFEST)));
	CU_ASSERT_EQUAL(m->zone.len, 1);
	CU_ASSERT_EQUAL(m->slots, 2);
	CU_ASSERT_EQUAL(m->n, 2);
	CU_ASSERT_FALSE(m->together);
	CU_ASSERT_EQUAL(m->set[0], 0xaa);
	CU_ASSERT_EQUAL(m->v[0].digest[31], 0xbb);
	CU_ASSERT_EQUAL(m->v[1].slot, 2);
	CU_ASSERT_EQUAL(m->v[1].inception, START + INTERVAL);
	CU_ASSERT_EQUAL(m->v[1].expiration, START + INTERVAL + VALIDITY);
	CU_ASSERT_EQUAL(seal_manifest_write(&b, m), 0);
	CU_ASSERT_STRING_EQUAL(b.data, MANIFEST);
	seal_manifest_free(m);
	seal_manifest_free(NULL);
	buf_free(&b);
}

static void
test_manifest_refused(void)
{
	static const char *const changes[][2] = {
		{ "sealed-set 1", "sealed-set 2" },
		{ "zone .", "zone ..", },
		{ "slot by slot", "someday" },
		{ "# slots 2", "# slots 3" },
		{ "# slots 2", "# slots 1" },
		{ "# slots 2", "# slots 0" },
		{ "# slots 2", "# slots all" },
		{ "# slot 2 ", "# slot 1 " },
		{ "# slot 1 ", "# slot all " },
		{ "# end 2", "# end 1" },
		{ "# end 2\n", "# end 2\n\n" },
		{ "# end 2\n", "" },
		{ "  root-20300101", " root-20300101" },
		{ "  root-20300101", "  r00t-20300101" },
		{ "  root-20300101", "  root-20300102" },
		{ "# slot 2 2030-01-11T00:00:00Z ", "# slot 2 2030-01-11T00:00:00Z" },
		{ "bbb", "bbB" },
	};
	struct seal_manifest *m = NULL;
	size_t		 i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char	*text = changed(MANIFEST, changes[i][0], changes[i][1]);

		CU_ASSERT_PTR_NOT_NULL(seal_manifest_read(&m, text, strlen(text)));
	}
	for (i = 0; i < strlen(MANIFEST); i++)
		CU_ASSERT_PTR_NOT_NULL(seal_manifest_read(&m, MANIFEST, i));
	CU_ASSERT_PTR_NULL(m);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_header),
		TEST(test_header_refused),
		TEST(test_names),
		TEST(test_names_refused),
		TEST(test_manifest),
		TEST(test_manifest_refused),
	};

	return run_tests("sealform", tests, sizeof(tests) / sizeof(tests[0]));
}

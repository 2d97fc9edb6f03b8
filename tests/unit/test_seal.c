/* A response sealed slot by slot to passphrases, found again, opened, and held to its claims. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "act/seal.h"
#include "fixture.h"

#define FOLDER	"sealed"
#define USED	3			/* slots: each passphrase takes its time */

static struct world		*world;
static struct buf		 bytes;
static struct skr		*skr;
static struct sheet		*sheet;
static struct seal_manifest	*manifest;

static struct seal_order
order(void)
{
	return (struct seal_order){ .skr = skr, .bytes = &bytes, .sheet = sheet };
}

static void
setup(void)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL_FATAL(chdir(work_folder()), 0);
	CU_ASSERT_EQUAL_FATAL(cms_init(), 0);
	world = must(world_new());
	while (world->skr->bundles.n > USED)
		bundle_clear(&world->skr->bundles.v[--world->skr->bundles.n]);
	CU_ASSERT_EQUAL_FATAL(skr_write(&bytes, world->skr), 0);
	CU_ASSERT_EQUAL_FATAL(skr_parse(&skr, &bytes, "skr.xml", &rep), ACCEPT);
	sheet = must(sheet_new(USED));
	report_free(&rep);
}

/* Judged with this verdict, and this said. */
static void
judged(const struct seal_order *o, enum verdict want, const char *said)
{
	struct report	 rep = REPORT_EMPTY;

	CU_ASSERT_EQUAL(seal_judge(o, &rep), want);
	if (said == NULL) {
		CU_ASSERT_EQUAL(rep.count, 0);
	} else {
		CU_ASSERT_TRUE(report_has(&rep, want == ACCEPT ? WARNING : BROKEN, NULL, said));
	}
	report_free(&rep);
}

static void
test_judge(void)
{
	struct seal_order o = order();
	struct secret	 pass = SECRET_EMPTY;
	int64_t		 kept = skr->bundles.v[1].inception, until = skr->bundles.v[1].expiration;

	judged(&o, ACCEPT, NULL);
	o.sheet = NULL;
	judged(&o, REFUSE, "slot 2 is sealed to nobody");
	CU_ASSERT_EQUAL_FATAL(secret_set(&pass, "one for all", 11), 0);
	o.passphrase = &pass;
	judged(&o, REFUSE, "one passphrase for all slots");
	o.together = true;
	judged(&o, ACCEPT, "no release control");
	o.together = false;
	o.whole = true;
	judged(&o, ACCEPT, NULL);
	o = order();
	skr->bundles.v[1].inception = skr->bundles.v[0].inception;
	skr->bundles.v[1].expiration = skr->bundles.v[0].expiration;
	judged(&o, REFUSE, "slots 1 and 2 have the same times");
	skr->bundles.v[1].inception = until;
	skr->bundles.v[1].expiration = kept;
	judged(&o, REFUSE, "slot 2 expires before it begins");
	skr->bundles.v[1].inception = kept;
	skr->bundles.v[1].expiration = until;
	secret_free(&pass);
}

static void
test_make(void)
{
	const struct seal_order o = order();
	struct report	 rep = REPORT_EMPTY;
	struct newdir	 dir = NEWDIR_EMPTY;

	CU_ASSERT_EQUAL_FATAL(newdir_begin(&dir, FOLDER), 0);
	CU_ASSERT_EQUAL_FATAL(seal_make(&manifest, &o, &dir, &rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(newdir_settle(&dir), 0);
	newdir_free(&dir);
	CU_ASSERT_EQUAL(manifest->n, USED);
	CU_ASSERT_EQUAL(manifest->slots, USED);
	CU_ASSERT_EQUAL(memcmp(manifest->set, skr->digest, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL(rep.count, 0);
	report_free(&rep);
}

/* Where nothing can be written, that is said and there is no manifest. */
static void
test_make_fails(void)
{
	const struct seal_order o = order();
	struct report	 rep = REPORT_EMPTY;
	struct newdir	 dir = NEWDIR_EMPTY;
	struct seal_manifest *m = NULL;

	CU_ASSERT_EQUAL_FATAL(newdir_begin(&dir, "other"), 0);
	CU_ASSERT_EQUAL_FATAL(rmdir(dir.temp), 0);
	CU_ASSERT_EQUAL(seal_make(&m, &o, &dir, &rep), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "No such file"));
	CU_ASSERT_PTR_NULL(m);
	newdir_free(&dir);
	report_free(&rep);
}

static void
found(int64_t at, const char *zone, enum verdict want, const char *said)
{
	struct report	 rep = REPORT_EMPTY;
	struct dname	 name;
	char		*path = NULL;

	if (zone != NULL && dname_parse(&name, zone) == -1)
		CU_FAIL_FATAL("zone");
	CU_ASSERT_EQUAL(seal_find(&path, FOLDER, zone == NULL ? NULL : &name, at, &rep), want);
	if (want == ACCEPT) {
		CU_ASSERT_STRING_EQUAL(path, said);
	} else {
		CU_ASSERT_TRUE(report_has(&rep, want == REFUSE ? BROKEN : FAULTY, NULL, said));
	}
	free(path);
	report_free(&rep);
}

#define ONE	FOLDER "/root-20300101000000-20300122000000.cms"
#define TWO	FOLDER "/root-20300111000000-20300201000000.cms"
#define THREE	FOLDER "/root-20300121000000-20300211000000.cms"
#define ALIEN	FOLDER "/a.test-20300101000000-20300122000000.cms"

static void
test_find(void)
{
	found(START, NULL, ACCEPT, ONE);
	found(START + INTERVAL - 1, ".", ACCEPT, ONE);
	found(START + INTERVAL, NULL, ACCEPT, TWO);
	found(START + 2 * INTERVAL + VALIDITY - 1, NULL, ACCEPT, THREE);
	found(START + 2 * INTERVAL + VALIDITY, NULL, REFUSE, "no sealed slot for");
	found(START - 1, NULL, REFUSE, "no sealed slot for");
	found(START, "test", REFUSE, "no sealed slot for");
	CU_ASSERT_EQUAL_FATAL(symlink("nothing", ALIEN), 0);
	found(START, NULL, FAULT, "choose with --zone");
	found(START, "a.test", ACCEPT, ALIEN);
	found(START, ".", ACCEPT, ONE);
	CU_ASSERT_EQUAL_FATAL(unlink(ALIEN), 0);
}

/* Opens the file with the passphrase of slot n; the content, and the envelope. */
static void
open_slot(struct buf *content, unsigned char *envelope, const char *path, size_t n,
    enum verdict want)
{
	const struct secret pass = sheet_passphrase(sheet, n - 1);
	const struct cms_opener o = { .passphrase = &pass };
	struct report	 rep = REPORT_EMPTY;
	struct buf	 sealed = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(buf_load(&sealed, path, 1 << 20), 0);
	CU_ASSERT_EQUAL_FATAL(cms_open(content, envelope, &sealed, path, &o, &rep), want);
	buf_free(&sealed);
	report_free(&rep);
}

static void
taken(const struct buf *content, const unsigned char *envelope, struct seal_claim c,
    enum verdict want, const char *said)
{
	struct report	 rep = REPORT_EMPTY;
	struct skr	*one = NULL;
	struct buf	 document = BUF_EMPTY;

	CU_ASSERT_EQUAL(seal_take(&one, &document, content, envelope, &c, "sealed", &rep), want);
	CU_ASSERT_EQUAL(one == NULL, want != ACCEPT);
	CU_ASSERT_EQUAL(document.data == NULL, want != ACCEPT);
	if (want != ACCEPT && !report_has(&rep, BROKEN, NULL, said)) {
		printf("[not said: %s]", said);
		CU_FAIL("another reason");
	}
	if (one != NULL) {
		CU_ASSERT_EQUAL(one->bundles.n, 1);
		CU_ASSERT_EQUAL(one->bundles.v[0].inception, START + INTERVAL);
		CU_ASSERT_STRING_EQUAL(one->bundles.v[0].id, skr->bundles.v[1].id);
		CU_ASSERT_STRING_EQUAL(one->id, skr->id);
		CU_ASSERT_EQUAL(one->serial, skr->serial);
	}
	skr_free(one);
	buf_free(&document);
	report_free(&rep);
}

/* Replace one text in the content. */
static struct buf
edited(const struct buf *content, const char *from, const char *to)
{
	const char	*at = must(strstr((const char *)content->data, from));
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(buf_append(&b, content->data,
	    (size_t)(at - (const char *)content->data)), 0);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, to), 0);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&b, at + strlen(from)), 0);
	return b;
}

static void
test_take(void)
{
	static const char *const changes[][3] = {
		{ "sealed 1", "sealed 3", "does not begin with" },
		{ "zone: .", "zone: test.", "of another zone than its header" },
		{ "inception: 2030-01-11", "inception: 2030-01-12", "not the times of its header" },
		{ "slot: 2", "slot: all", "not the response that its header names" },
		{ "envelope: ", "envelope:", "no good envelope" },
	};
	static const char right[] = "root-20300111000000-20300201000000.cms";
	const struct seal_claim any = { .at = -1 };
	struct seal_claim c = { .name = right, .manifest = manifest, .set = skr->digest,
			     .zone = &skr->name, .at = START + INTERVAL };
	unsigned char	 envelope[DIGEST_SIZE], other[DIGEST_SIZE];
	struct buf	 content = BUF_EMPTY;
	struct dname	 zone;
	size_t		 i;

	open_slot(&content, envelope, TWO, 1, REFUSE);
	open_slot(&content, envelope, TWO, 2, ACCEPT);
	taken(&content, envelope, any, ACCEPT, NULL);
	taken(&content, envelope, c, ACCEPT, NULL);
	memcpy(other, envelope, sizeof(other));
	other[31] ^= 1;
	taken(&content, other, c, REFUSE, "recipients are not those");
	taken(&content, envelope, (struct seal_claim){ .name = "x.cms", .at = -1 }, REFUSE,
	    "renamed: what is inside is called root-20300111");
	taken(&content, envelope, (struct seal_claim){ .set = other, .at = -1 }, REFUSE,
	    "of another set");
	CU_ASSERT_EQUAL_FATAL(dname_parse(&zone, "test"), 0);
	taken(&content, envelope, (struct seal_claim){ .zone = &zone, .at = -1 }, REFUSE,
	    "it is of zone .");
	taken(&content, envelope, (struct seal_claim){ .at = START + INTERVAL - 1 }, REFUSE,
	    "it is not for 2030-01-10T23:59:59Z");
	taken(&content, envelope, (struct seal_claim){ .at = START + INTERVAL + VALIDITY },
	    REFUSE, "it is not for");
	manifest->set[0] ^= 1;
	taken(&content, envelope, c, REFUSE, "of another set");
	manifest->set[0] ^= 1;
	manifest->slots++;
	taken(&content, envelope, c, REFUSE, "the manifest has 4");
	manifest->slots--;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct buf	 b = edited(&content, changes[i][0], changes[i][1]);

		taken(&b, envelope, any, REFUSE, changes[i][2]);
		buf_free(&b);
	}
	buf_wipe(&content);
}

static void
listed(const char *path, const char *name, enum verdict want, const char *said)
{
	const struct seal_claim c = { .name = name, .manifest = manifest, .at = -1 };
	struct report	 rep = REPORT_EMPTY;
	struct buf	 sealed = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(buf_load(&sealed, path, 1 << 20), 0);
	CU_ASSERT_EQUAL(seal_listed(&c, &sealed, path, &rep), want);
	CU_ASSERT_TRUE(want == ACCEPT || report_has(&rep, BROKEN, NULL, said));
	sealed.data[sealed.len / 2] ^= 1;
	CU_ASSERT_EQUAL(seal_listed(&c, &sealed, path, &rep), REFUSE);
	buf_free(&sealed);
	report_free(&rep);
}

static void
test_listed(void)
{
	listed(ONE, strchr(ONE, '/') + 1, ACCEPT, NULL);
	listed(ONE, NULL, ACCEPT, NULL);
	listed(ONE, strchr(TWO, '/') + 1, REFUSE, "its digest is another");
	listed(ONE, "root.cms", REFUSE, "not in the manifest");
}

static void
clear(void)
{
	seal_manifest_free(manifest);
	sheet_free(sheet);
	skr_free(skr);
	buf_free(&bytes);
	world_free(world);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(setup),
		TEST(test_judge),
		TEST(test_make),
		TEST(test_make_fails),
		TEST(test_find),
		TEST(test_take),
		TEST(test_listed),
		TEST(clear),
	};

	return run_tests("seal", tests, sizeof(tests) / sizeof(tests[0]));
}

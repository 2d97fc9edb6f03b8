#include <errno.h>

#include <CUnit/Basic.h>

#include "model/skr.h"
#include "sample.h"

struct change {
	const char	*from, *to;
};

static struct report	 rep = REPORT_EMPTY;

/* The verdict on a text; the report is left for a look until the next call. */
static enum verdict
parse(struct skr **out, const char *text)
{
	struct buf	 in = borrow(text);

	report_free(&rep);
	rep = (struct report)REPORT_EMPTY;
	return skr_parse(out, &in, "in.xml", &rep);
}

static struct skr *
sample(void)
{
	struct skr	*s = NULL;

	CU_ASSERT_EQUAL_FATAL(parse(&s, SKR_SAMPLE), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	return s;
}

static char *
written(const struct skr *s)
{
	struct buf	 b = BUF_EMPTY;

	CU_ASSERT_EQUAL_FATAL(skr_write(&b, s), 0);
	return (char *)b.data;
}

static void
test_fields(void)
{
	struct skr	*s = sample(), *bare;
	struct buf	 in = borrow(SKR_SAMPLE);
	unsigned char	 digest[DIGEST_SIZE];
	const struct bundle *b;

	CU_ASSERT_STRING_EQUAL(s->input, "in.xml");
	CU_ASSERT_STRING_EQUAL(s->id, "doc-1");
	CU_ASSERT_EQUAL(s->serial, 7);
	CU_ASSERT_STRING_EQUAL(s->domain, ".");
	CU_ASSERT(s->name.len == 1 && s->name.wire[0] == 0);
	CU_ASSERT_EQUAL(digest_bytes(digest, in.data, in.len), 0);
	CU_ASSERT_EQUAL(memcmp(digest, s->digest, DIGEST_SIZE), 0);
	CU_ASSERT_EQUAL_FATAL(skr_parse_undigested(&bare, &in, "in.xml", &rep), ACCEPT);
	memset(digest, 0, sizeof(digest));
	CU_ASSERT_EQUAL(memcmp(digest, bare->digest, DIGEST_SIZE), 0);
	CU_ASSERT_STRING_EQUAL(bare->id, s->id);
	skr_free(bare);
	CU_ASSERT_EQUAL(s->ksk.publish_safety, 864000);
	CU_ASSERT_EQUAL(s->ksk.min_validity_overlap, 32400);
	CU_ASSERT_EQUAL_FATAL(s->ksk.nalgs, 1);
	CU_ASSERT_EQUAL(s->ksk.algs[0].algorithm, 15);
	CU_ASSERT_EQUAL(s->ksk.algs[0].family, FAMILY_EDDSA);
	CU_ASSERT_EQUAL(s->ksk.algs[0].bits, 256);
	CU_ASSERT_EQUAL(s->zsk.publish_safety, 86400);
	CU_ASSERT_EQUAL(s->zsk.retire_safety, 2 * 86400);
	CU_ASSERT_EQUAL(s->zsk.max_signature_validity, 3 * 86400);
	CU_ASSERT_EQUAL(s->zsk.min_signature_validity, 4 * 86400);
	CU_ASSERT_EQUAL(s->zsk.max_validity_overlap, 5 * 86400);
	CU_ASSERT_EQUAL(s->zsk.min_validity_overlap, 6 * 86400);
	CU_ASSERT_EQUAL_FATAL(s->zsk.nalgs, 1);
	CU_ASSERT_EQUAL(s->zsk.algs[0].exponent, 3);
	CU_ASSERT_EQUAL_FATAL(s->bundles.n, 1);
	b = s->bundles.v;
	CU_ASSERT(b->nkeys == 2 && b->nsigs == 1 && b->nsigners == 0);
	CU_ASSERT_STRING_EQUAL(b->keys[0].identifier, "ksk-1");
	CU_ASSERT_EQUAL(b->keys[0].flags, 257);
	CU_ASSERT_EQUAL(b->keys[0].tag, 20326);
	CU_ASSERT_EQUAL(b->sigs[0].tag, 20326);
	skr_free(s);
}

static void
refuse_each(const struct change *bad, size_t n, const char *rule)
{
	struct skr	*s;
	char		*text;
	size_t		 i;

	for (i = 0; i < n; i++) {
		s = NULL;
		text = replaced(SKR_SAMPLE, bad[i].from, bad[i].to);
		if (parse(&s, text) != REFUSE || s != NULL || rep.count != 1 ||
		    strcmp(rep.findings[0].rule, rule) != 0) {
			CU_FAIL(bad[i].to);
			report_print(&rep, bad[i].to, stderr);
		}
		free(text);
	}
}

static void
test_schema(void)
{
	static const struct change bad[] = {
		{ "2030-01-01T00:00:00Z", "2030-01-01T00:00:00-08:00" },
		{ "algorithm=\"15\"", "algorithm=\"16\"" },
		{ "algorithm=\"15\"", "algorithm=\"13\"" },
		{ "algorithm=\"15\"", "algorithm=\"8\"" },
		{ "<EdDSA size=\"256\"/>", "<EdDSA size=\"255\"/>" },
		{ "<Flags>257", "<Flags>65792" },
		{ "<PublicKey>" RSA_KEY, "<PublicKey>AwEAAYC=" },
		{ "<KSK>", "<KSK/><KSK>" },
		{ "<ZSK>", "<Zsk/><ZSK>" },
		{ "<Response timestamp", "<Response stamp" },
		{ "<Key ", "<Signer keyIdentifier=\"ksk-1\"/><Key " },
		{ "</Response>", "</Response><Request/>" },
		{ "<ResponseBundle id=\"bundle-1\">", "<RequestBundle id=\"bundle-1\">\n</RequestBundle>"
		    "<ResponseBundle id=\"bundle-1\">" }
	};

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "SKR-SCHEMA");
}

static void
test_xml(void)
{
	static const struct change bad[] = {
		{ "<KSR ", "<!DOCTYPE KSR><KSR " }, { "doc-1", "&e;" }, { "doc-1", "\xff" },
		{ "UTF-8", "UTF-16" }, { "</KSR>", "" }, { "</KSR>\n", "</KSR>\n." }
	};

	refuse_each(bad, sizeof(bad) / sizeof(bad[0]), "SKR-XML");
}

static void
test_wrong_kind(void)
{
	struct skr	*s = NULL;

	CU_ASSERT_EQUAL(parse(&s, KSR_SAMPLE), REFUSE);
	CU_ASSERT_EQUAL_FATAL(rep.count, 1);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].rule, "SKR-SCHEMA");
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text, "this is a KSR: a Request, not a Response");
	CU_ASSERT_PTR_NULL(s);
}

static void
test_write(void)
{
	struct skr	*s = sample(), *again = NULL;
	struct bundle	*b = &s->bundles.v[0];
	char		*first = written(s), *second;
	struct key	 key = b->keys[0];

	CU_ASSERT_EQUAL(strncmp(first, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<KSR id=\"doc-1\" domain=\".\" serial=\"7\">\n  <Response>\n    <ResponsePolicy>\n"
	    "      <KSK>\n        <PublishSafety>P10D</PublishSafety>\n", 150), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "<EdDSA size=\"256\"/>"));
	CU_ASSERT_PTR_NULL(strchr(first, '\''));
	b->keys[0] = b->keys[1];
	b->keys[1] = key;
	second = written(s);
	CU_ASSERT_STRING_EQUAL(first, second);
	CU_ASSERT_STRING_EQUAL(b->keys[1].identifier, "ksk-1");
	free(second);
	CU_ASSERT_EQUAL_FATAL(parse(&again, first), ACCEPT);
	second = written(again);
	CU_ASSERT_STRING_EQUAL(first, second);
	free(second);
	free(first);
	skr_free(again);
	skr_free(s);
}

static void
test_write_fails(void)
{
	struct skr	*s = sample();
	struct buf	 b = BUF_EMPTY;

	s->bundles.v[0].sigs[0].signer[0] = '\x02';
	errno = 0;
	CU_ASSERT_EQUAL(skr_write(&b, s), -1);
	CU_ASSERT_EQUAL(errno, EINVAL);
	buf_free(&b);
	skr_free(s);
	skr_free(NULL);
}

static void
same_bundle(const struct bundle *a, struct bundle *b)
{
	struct bundle	 sorted = *a;
	size_t		 i;

	CU_ASSERT_STRING_EQUAL(a->id, b->id);
	CU_ASSERT(a->inception == b->inception && a->expiration == b->expiration);
	CU_ASSERT_EQUAL_FATAL(a->nkeys, b->nkeys);
	CU_ASSERT_EQUAL_FATAL(a->nsigs, b->nsigs);
	CU_ASSERT_EQUAL(bundle_sort(&sorted), 0);
	for (i = 0; i < a->nkeys; i++) {
		CU_ASSERT_STRING_EQUAL(sorted.keys[i].identifier, b->keys[i].identifier);
		CU_ASSERT(key_same(&sorted.keys[i], &b->keys[i]));
		CU_ASSERT_EQUAL(sorted.keys[i].ttl, b->keys[i].ttl);
		CU_ASSERT_EQUAL(sorted.keys[i].tag, b->keys[i].tag);
		CU_ASSERT_EQUAL(b->keys[i].tag, key_tag(&b->keys[i]));
	}
	for (i = 0; i < a->nsigs; i++) {
		const struct sig *x = &sorted.sigs[i], *y = &b->sigs[i];

		CU_ASSERT_STRING_EQUAL(x->identifier, y->identifier);
		CU_ASSERT_STRING_EQUAL(x->signer, y->signer);
		CU_ASSERT(x->ttl == y->ttl && x->original_ttl == y->original_ttl);
		CU_ASSERT(x->inception == y->inception && x->expiration == y->expiration);
		CU_ASSERT(x->tag == y->tag && x->algorithm == y->algorithm);
		CU_ASSERT(x->labels == y->labels && x->len == y->len);
		CU_ASSERT_EQUAL(memcmp(x->data, y->data, y->len), 0);
		CU_ASSERT_PTR_NOT_NULL(bundle_key_of(b, y));
	}
}

static void
same_policy(const struct sigpolicy *a, const struct sigpolicy *b)
{
	size_t		 i;

	CU_ASSERT(a->publish_safety == b->publish_safety && a->retire_safety == b->retire_safety);
	CU_ASSERT(a->max_signature_validity == b->max_signature_validity);
	CU_ASSERT(a->min_signature_validity == b->min_signature_validity);
	CU_ASSERT(a->max_validity_overlap == b->max_validity_overlap);
	CU_ASSERT(a->min_validity_overlap == b->min_validity_overlap);
	CU_ASSERT_EQUAL_FATAL(a->nalgs, b->nalgs);
	for (i = 0; i < a->nalgs; i++)
		CU_ASSERT(a->algs[i].algorithm == b->algs[i].algorithm &&
		    a->algs[i].family == b->algs[i].family &&
		    a->algs[i].bits == b->algs[i].bits &&
		    a->algs[i].exponent == b->algs[i].exponent);
}

/* A published response read, written and read again is the same in every field. */
static void
round_trip(const char *path)
{
	struct skr	*s = NULL, *again = NULL;
	struct buf	 in = BUF_EMPTY;
	char		*first, *second;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(buf_load(&in, path, (size_t)1 << 20), 0);
	CU_ASSERT_EQUAL_FATAL(parse(&s, (const char *)in.data), ACCEPT);
	first = written(s);
	CU_ASSERT_EQUAL_FATAL(parse(&again, first), ACCEPT);
	CU_ASSERT_STRING_EQUAL(s->id, again->id);
	CU_ASSERT_STRING_EQUAL(s->domain, again->domain);
	CU_ASSERT(s->serial == again->serial && dname_equal(&s->name, &again->name));
	same_policy(&s->ksk, &again->ksk);
	same_policy(&s->zsk, &again->zsk);
	CU_ASSERT_EQUAL_FATAL(s->bundles.n, again->bundles.n);
	for (i = 0; i < s->bundles.n; i++)
		same_bundle(&s->bundles.v[i], &again->bundles.v[i]);
	second = written(again);
	CU_ASSERT_STRING_EQUAL(first, second);
	free(first);
	free(second);
	skr_free(again);
	skr_free(s);
	buf_free(&in);
}

static void
test_real(void)
{
	static const char *const names[] = {
		"skr-root-2009-q4-2.xml", "skr-root-2010-q1-0.xml", "skr-root-2017-q1-0.xml",
		"skr-root-2017-q2-0.xml", "skr-root-2017-q3-0-c_to_d.xml"
	};
	const char	*data = getenv("KSR_DATA");
	char		*path;
	size_t		 i;

	if (data == NULL) {
		printf("skipped: KSR_DATA is not set; ");
		return;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CU_ASSERT_NOT_EQUAL_FATAL(asprintf(&path, "%s/root/%s", data, names[i]), -1);
		round_trip(path);
		free(path);
	}
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("skr", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_fields);
	CU_ADD_TEST(s, test_schema);
	CU_ADD_TEST(s, test_xml);
	CU_ADD_TEST(s, test_wrong_kind);
	CU_ADD_TEST(s, test_write);
	CU_ADD_TEST(s, test_write_fails);
	CU_ADD_TEST(s, test_real);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	report_free(&rep);
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

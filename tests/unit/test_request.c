#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h>

#include <CUnit/Basic.h>

#include "act/request.h"
#include "fixture.h"

static struct zsk_section section = {
	.domain = (char *)(uintptr_t)"Example.Test", .algorithm = ECDSAP256SHA256, .ttl = 172800,
	.slots = SLOTS, .interval = INTERVAL, .validity = VALIDITY,
	.publish_safety = 10 * DAY, .retire_safety = 10 * DAY,
	.max_signature_validity = 21 * DAY, .min_signature_validity = 21 * DAY,
	.max_validity_overlap = 12 * DAY, .min_validity_overlap = 9 * DAY,
	.label = (char *)(uintptr_t)"{n}",
};
static struct keypair	 pairs[3];

static const char *
pem(const char *name, const struct keypair *p)
{
	const char	*path;
	char		*text;
	BIO		*bio = must(BIO_new(BIO_s_mem()));
	long		 len;

	if (PEM_write_bio_PKCS8PrivateKey(bio, p->private, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	len = BIO_get_mem_data(bio, &text);
	path = work_file(name, text, (size_t)len);
	if (chmod(path, 0600) == -1)
		abort();
	BIO_free(bio);
	return path;
}

/* Three keys, each active for a quarter; laid out over the second one's. */
struct stage {
	struct zsks	 keys;
	struct cycle	 cycle;
	struct lineup	 lineup;
	struct report	 report;
	struct request	 request;
};

static void
set(struct stage *s, const char *id)
{
	struct request_spec spec = { .id = id, .serial = 3, .made = NOW, .input = "the request" };
	static const char *const names[] = { "a.pem", "b.pem", "c.pem" };
	size_t	 i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(zsks_add_file(&s->keys, pem(names[i], &pairs[i]), &section,
		    &s->report), ACCEPT);
		s->keys.v[i].from = START + ((int64_t)i - 1) * 90 * DAY;
		s->keys.v[i].until = s->keys.v[i].from + 90 * DAY;
	}
	CU_ASSERT_EQUAL_FATAL(schedule_cycles(&s->cycle, 1, &section, START, "p", &s->report), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(lineup_by_spans(&s->lineup, &s->keys, &section, &s->cycle, 1, 0,
	    &s->report), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(request_lay_out(&s->request, &spec, &s->keys, &s->lineup, &s->report),
	    ACCEPT);
}

static void
strike(struct stage *s)
{
	request_clear(&s->request);
	lineup_clear(&s->lineup);
	zsks_clear(&s->keys);
	report_free(&s->report);
}

static enum verdict
prove(struct stage *s)
{
	struct proof	*all[3 * SLOTS];
	size_t		 i;

	for (i = 0; i < s->request.n; i++)
		all[i] = &s->request.proofs[i];
	return proofs_make(all, proofs_unite(all, s->request.n), &s->keys, &s->report);
}

static bool
is_uuid(const char *id, char version)
{
	return strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36 && id[8] == '-' &&
	    id[13] == '-' && id[18] == '-' && id[23] == '-' && id[14] == version &&
	    strchr("89ab", id[19]) != NULL;
}

static void
test_layout(void)
{
	struct stage	 s;
	const struct ksr *k;
	size_t		 i, j;

	set(&s, NULL);
	k = s.request.ksr;
	CU_ASSERT_TRUE(is_uuid(k->id, '4'));
	CU_ASSERT_EQUAL(k->serial, 3);
	CU_ASSERT_STRING_EQUAL(k->domain, "Example.Test");
	CU_ASSERT_EQUAL(k->zsk.max_validity_overlap, 12 * DAY);
	CU_ASSERT_EQUAL_FATAL(k->zsk.nalgs, 1);
	CU_ASSERT_EQUAL(k->zsk.algs[0].algorithm, ECDSAP256SHA256);
	CU_ASSERT_EQUAL(k->zsk.algs[0].bits, 256);
	CU_ASSERT_EQUAL_FATAL(k->bundles.n, SLOTS);
	CU_ASSERT_EQUAL(s.request.n, 11);
	for (i = 0; i < SLOTS; i++) {
		const struct bundle *b = &k->bundles.v[i];

		CU_ASSERT_TRUE(is_uuid(b->id, '8'));
		CU_ASSERT_EQUAL(b->inception, START + (int64_t)i * INTERVAL);
		CU_ASSERT_EQUAL(b->expiration, b->inception + VALIDITY);
		CU_ASSERT_EQUAL(b->nkeys, i == 0 || i == 8 ? 2 : 1);
		CU_ASSERT_EQUAL(b->nsigs, b->nkeys);
		for (j = 0; j < b->nsigs; j++) {
			CU_ASSERT_EQUAL(b->sigs[j].inception, NOW - HOUR);
			CU_ASSERT_EQUAL(b->sigs[j].expiration, NOW - HOUR + VALIDITY);
			CU_ASSERT_EQUAL(b->sigs[j].labels, 2);
			CU_ASSERT_PTR_NOT_NULL(bundle_key_of(b, &b->sigs[j]));
		}
	}
	strike(&s);
}

static void
test_made(void)
{
	struct stage	 s;
	struct buf	 out = BUF_EMPTY;
	struct ksr	*k = NULL;
	struct verifier	*v = must(verifier_new());
	size_t		 i, j;

	set(&s, "an id");
	CU_ASSERT_EQUAL(prove(&s), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(request_write(&out, &s.request), 0);
	CU_ASSERT_EQUAL_FATAL(ksr_parse(&k, &out, "out", &s.report), ACCEPT);
	CU_ASSERT_STRING_EQUAL(k->id, "an id");
	for (i = 0; i < k->bundles.n; i++)
		for (j = 0; j < k->bundles.v[i].nsigs; j++) {
			const struct bundle *b = &k->bundles.v[i];

			CU_ASSERT_EQUAL(rrsig_verify(v, &b->sigs[j], bundle_key_of(b, &b->sigs[j]),
			    &k->name, b), 1);
		}
	ksr_free(k);
	verifier_free(v);
	buf_free(&out);
	strike(&s);
}

/* Two keys in the first slot and in the last, and the second one alone in between: five signatures. */
static void
test_unite(void)
{
	struct stage	 s;
	struct proof	*all[3 * SLOTS], *first;
	size_t		 i;

	set(&s, NULL);
	for (i = 0; i < s.request.n; i++)
		all[i] = &s.request.proofs[i];
	CU_ASSERT_EQUAL(proofs_unite(all, 0), 0);
	CU_ASSERT_EQUAL_FATAL(proofs_unite(all, s.request.n), 5);
	for (i = 0; i < 5; i++) {
		CU_ASSERT_PTR_EQUAL(all[i], &s.request.proofs[i < 3 ? i : i + 6]);
		CU_ASSERT_PTR_NULL(all[i]->like);
	}
	first = all[2];
	for (i = 3; i < 9; i++) {
		CU_ASSERT_PTR_EQUAL(s.request.proofs[i].like, first);
		CU_ASSERT_EQUAL(s.request.proofs[i].zsk, first->zsk);
		CU_ASSERT_EQUAL(s.request.proofs[i].data.len, first->data.len);
		CU_ASSERT_EQUAL(memcmp(s.request.proofs[i].data.data, first->data.data,
		    first->data.len), 0);
	}
	strike(&s);
}

/* One byte of the data, or another key with the same data: not the same signature. */
static void
test_not_alike(void)
{
	struct stage	 s;
	struct proof	*all[2];

	set(&s, NULL);
	all[0] = &s.request.proofs[2];
	all[1] = &s.request.proofs[3];
	all[1]->data.data[all[1]->data.len - 1] ^= 1;
	CU_ASSERT_EQUAL(proofs_unite(all, 2), 2);
	all[1]->data.data[all[1]->data.len - 1] ^= 1;
	all[1]->data.len--;
	CU_ASSERT_EQUAL(proofs_unite(all, 2), 2);
	all[1]->data.len++;
	all[1]->zsk++;
	CU_ASSERT_EQUAL(proofs_unite(all, 2), 2);
	CU_ASSERT_PTR_NULL(all[1]->like);
	all[1]->zsk--;
	CU_ASSERT_EQUAL(proofs_unite(all, 2), 1);
	CU_ASSERT_PTR_EQUAL(s.request.proofs[3].like, &s.request.proofs[2]);
	strike(&s);
}

/* The same id, the same bundles; another one, all others. */
static void
test_ids(void)
{
	struct stage	 a, b, c;
	size_t		 i, j;

	set(&a, "x");
	set(&b, "x");
	set(&c, "y");
	for (i = 0; i < SLOTS; i++) {
		CU_ASSERT_STRING_EQUAL(a.request.ksr->bundles.v[i].id, b.request.ksr->bundles.v[i].id);
		for (j = 0; j < SLOTS; j++) {
			CU_ASSERT_STRING_NOT_EQUAL(a.request.ksr->bundles.v[i].id,
			    c.request.ksr->bundles.v[j].id);
			CU_ASSERT(i == j || strcmp(a.request.ksr->bundles.v[i].id,
			    a.request.ksr->bundles.v[j].id) != 0);
		}
	}
	strike(&a);
	strike(&b);
	strike(&c);
}

static void
test_times(void)
{
	struct stage	 s;
	struct request_spec spec = { .id = "x", .made = ISOTIME_MAX, .input = "i" };
	struct request	 r = REQUEST_EMPTY;

	set(&s, "x");
	CU_ASSERT_EQUAL(request_lay_out(&r, &spec, &s.keys, &s.lineup, &s.report), FAULT);
	spec.made = 0;
	CU_ASSERT_EQUAL(request_lay_out(&r, &spec, &s.keys, &s.lineup, &s.report), FAULT);
	CU_ASSERT_PTR_NULL(r.ksr);
	spec.made = HOUR;
	CU_ASSERT_EQUAL(request_lay_out(&r, &spec, &s.keys, &s.lineup, &s.report), ACCEPT);
	request_clear(&r);
	request_clear(&r);
	strike(&s);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_layout), TEST(test_made), TEST(test_unite), TEST(test_not_alike), TEST(test_ids), TEST(test_times),
	};
	size_t	 i;
	int	 rv;

	for (i = 0; i < 3; i++)
		keypair_make(&pairs[i], ECDSAP256SHA256, DNSKEY_ZSK, "pair");
	rv = run_tests("request", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < 3; i++)
		keypair_clear(&pairs[i]);
	return rv;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "model/bundle.h"

static void
fill(struct key *k, const char *identifier, uint16_t flags, const void *public, size_t len)
{
	k->flags = flags;
	k->protocol = DNSKEY_PROTOCOL;
	k->algorithm = RSASHA256;
	k->ttl = 60;
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->identifier = strdup(identifier));
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->public = malloc(len + 1));
	memcpy(k->public, public, len);
	k->len = len;
}

static void
add_key(struct bundle *b, const char *identifier, uint16_t flags, const void *public, size_t len)
{
	struct key	*k = bundle_add_key(b);

	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	fill(k, identifier, flags, public, len);
}

static void
add_sig(struct bundle *b, const char *identifier, uint16_t tag, uint8_t algorithm)
{
	struct sig	*s = bundle_add_sig(b);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->identifier = strdup(identifier));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->signer = strdup("."));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->data = (unsigned char *)strdup("foob"));
	s->len = 4;
	s->tag = tag;
	s->algorithm = algorithm;
}

/* Elements come zeroed, and stay what they are while the array grows. */
static void
test_grow(void)
{
	struct bundles	 all = { NULL, 0 };
	struct sigpolicy p = { .nalgs = 0 };
	struct bundle	*b;
	struct sigalg	*a;
	size_t		 i, wrong = 0;
	char		 id[32];

	for (i = 0; i < 100; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(b = bundles_add(&all));
		wrong += b != &all.v[i] || b->id != NULL || b->nkeys != 0 || b->line != 0;
		b->line = i;
		CU_ASSERT_PTR_NOT_NULL_FATAL(a = sigpolicy_add(&p));
		wrong += a != &p.algs[i] || a->bits != 0 || a->family != FAMILY_NONE;
		a->bits = (unsigned)i;
		snprintf(id, sizeof(id), "%zu", i);
		add_key(&all.v[0], id, 256, "x", 1);
		add_sig(&all.v[0], id, (uint16_t)i, 8);
	}
	for (i = 0; i < 100; i++)
		wrong += all.v[i].line != i || p.algs[i].bits != i ||
		    strtoul(all.v[0].keys[i].identifier, NULL, 10) != i ||
		    all.v[0].sigs[i].tag != i;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(all.n == 100 && p.nalgs == 100);
	CU_ASSERT(all.v[0].nkeys == 100 && all.v[0].nsigs == 100);
	bundles_clear(&all);
	sigpolicy_clear(&p);
	CU_ASSERT(all.v == NULL && all.n == 0 && p.algs == NULL && p.nalgs == 0);
}

/* RFC 4034 6.3: as octets from the left, and what ends first comes first. */
static void
test_sort(void)
{
	static const char *const keys[] = { "a", "b", "c", "d", "e" };
	static const char *const sigs[] = { "s", "t", "u", "v" };
	struct bundle	 b = { .nkeys = 0 };
	size_t		 i;

	add_key(&b, "e", 257, "\x03", 1);
	add_key(&b, "d", 256, "\xff", 1);
	add_key(&b, "b", 256, "\x03\x00", 2);
	add_key(&b, "c", 256, "\x03\x01", 2);
	add_key(&b, "a", 256, "\x03", 1);
	add_sig(&b, "v", 65535, 8);
	add_sig(&b, "u", 300, 13);
	add_sig(&b, "s", 5, 13);
	add_sig(&b, "t", 300, 8);
	CU_ASSERT_EQUAL(bundle_sort(&b), 0);
	for (i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(b.keys[i].identifier, keys[i]);
	for (i = 0; i < 4; i++)
		CU_ASSERT_STRING_EQUAL(b.sigs[i].identifier, sigs[i]);
	bundle_clear(&b);
	CU_ASSERT_EQUAL(bundle_sort(&b), 0);
}

/* By identifier, algorithm and the tag that the key really has, whatever is stated. */
static void
test_key_of(void)
{
	struct bundle	 b = { .nkeys = 0 };
	struct sig	 s = { .algorithm = RSASHA256 };
	char		 k[] = "k", z[] = "z";

	add_key(&b, "k", 257, "\x03\x01\x00\x01\x81", 5);
	add_key(&b, "k", 385, "\x03\x01\x00\x01\x81", 5);
	b.keys[0].tag = 1;
	s.identifier = k;
	s.tag = key_tag(&b.keys[0]);
	CU_ASSERT_NOT_EQUAL(s.tag, key_tag(&b.keys[1]));
	CU_ASSERT_PTR_EQUAL(bundle_key_of(&b, &s), &b.keys[0]);
	s.tag = key_tag(&b.keys[1]);
	CU_ASSERT_PTR_EQUAL(bundle_key_of(&b, &s), &b.keys[1]);
	s.tag = 1;
	CU_ASSERT_PTR_NULL(bundle_key_of(&b, &s));
	s.tag = key_tag(&b.keys[0]);
	s.algorithm = RSASHA512;
	CU_ASSERT_PTR_NULL(bundle_key_of(&b, &s));
	s.algorithm = RSASHA256;
	s.identifier = z;
	CU_ASSERT_PTR_NULL(bundle_key_of(&b, &s));
	bundle_clear(&b);
}

static void
test_print(void)
{
	struct bundle	 b = { .nkeys = 0 };
	struct buf	 out = BUF_EMPTY;
	struct dname	 owner;
	struct sig	*s;

	add_key(&b, "k", 257, "foo", 3);
	add_sig(&b, "k", 20326, 8);
	s = &b.sigs[0];
	s->ttl = 3600;
	s->original_ttl = 7200;
	s->labels = 1;
	s->inception = 1893456000;
	s->expiration = 1895270400;
	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, "Test"), 0);
	CU_ASSERT_EQUAL(bundle_print_rrs(&out, &b, &owner), 0);
	CU_ASSERT_STRING_EQUAL((const char *)out.data,
	    "test. 60 IN DNSKEY 257 3 8 Zm9v\n"
	    "test. 3600 IN RRSIG DNSKEY 8 1 7200 20300122000000 20300101000000 20326 . Zm9vYg==\n");
	free(s->signer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->signer = strdup("a..b"));
	CU_ASSERT_EQUAL(bundle_print_rrs(&out, &b, &owner), -1);
	buf_free(&out);
	bundle_clear(&b);
}

static void
test_copy(void)
{
	struct sigpolicy from = { .publish_safety = 1, .retire_safety = 2,
	    .max_signature_validity = 3, .min_signature_validity = 4,
	    .max_validity_overlap = 5, .min_validity_overlap = 6, .line = 7 };
	struct sigpolicy to = { .nalgs = 0 };
	struct sigalg	*a;
	size_t		 i;

	for (i = 0; i < 3; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(a = sigpolicy_add(&from));
		*a = (struct sigalg){ 8, FAMILY_RSA, 1024 + (unsigned)i, 3, i };
	}
	CU_ASSERT_EQUAL_FATAL(sigpolicy_copy(&to, &from), 0);
	CU_ASSERT_PTR_NOT_EQUAL(to.algs, from.algs);
	CU_ASSERT(to.publish_safety == 1 && to.retire_safety == 2);
	CU_ASSERT(to.max_signature_validity == 3 && to.min_signature_validity == 4);
	CU_ASSERT(to.max_validity_overlap == 5 && to.min_validity_overlap == 6 && to.line == 7);
	CU_ASSERT_EQUAL_FATAL(to.nalgs, 3);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(to.algs[i].bits, 1024 + i);
	/* The copy can grow as the original can. */
	for (i = 0; i < 6; i++)
		CU_ASSERT_PTR_NOT_NULL_FATAL(sigpolicy_add(&to));
	CU_ASSERT(to.algs[2].bits == 1026 && from.nalgs == 3);
	sigpolicy_clear(&to);
	sigpolicy_clear(&from);
}

/* Each algorithm, size and exponent once. */
static void
test_of_keys(void)
{
	static unsigned char rsa3[] = { 1, 3, 0x80, 1 }, rsa5[] = { 1, 5, 0x80, 1 }, ec[64];
	const struct key keys[] = {
		{ .algorithm = 8, .public = rsa3, .len = 4 }, { .algorithm = 13, .public = ec, .len = 64 },
		{ .algorithm = 8, .public = rsa3, .len = 4 }, { .algorithm = 8, .public = rsa5, .len = 4 },
	};
	const struct key bad = { .algorithm = 13, .public = ec, .len = 63 };
	struct sigpolicy p = { .nalgs = 0 };
	size_t		 i;

	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(sigpolicy_add_key(&p, &keys[i]), 0);
	CU_ASSERT_EQUAL(sigpolicy_add_key(&p, &bad), -1);
	CU_ASSERT_EQUAL_FATAL(p.nalgs, 3);
	CU_ASSERT(p.algs[0].algorithm == 8 && p.algs[0].family == FAMILY_RSA);
	CU_ASSERT(p.algs[0].bits == 16 && p.algs[0].exponent == 3);
	CU_ASSERT(p.algs[1].algorithm == 13 && p.algs[1].family == FAMILY_ECDSA);
	CU_ASSERT(p.algs[1].bits == 256 && p.algs[1].exponent == 0);
	CU_ASSERT(p.algs[2].algorithm == 8 && p.algs[2].exponent == 5);
	sigpolicy_clear(&p);
}

/* The last slot with inception <= time < expiration. */
static void
test_at(void)
{
	struct bundle	 slots[] = {
		{ .inception = 10, .expiration = 30 }, { .inception = 20, .expiration = 25 },
		{ .inception = 40, .expiration = 40 }, { .inception = 40, .expiration = 50 },
	};
	const struct bundles all = { slots, 4 }, none = { NULL, 0 };

	CU_ASSERT_PTR_NULL(bundles_at(&all, 9));
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 10), &slots[0]);
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 19), &slots[0]);
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 20), &slots[1]);
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 24), &slots[1]);
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 25), &slots[0]);
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 29), &slots[0]);
	CU_ASSERT_PTR_NULL(bundles_at(&all, 30));
	CU_ASSERT_PTR_EQUAL(bundles_at(&all, 40), &slots[3]);
	CU_ASSERT_PTR_NULL(bundles_at(&all, 50));
	CU_ASSERT_PTR_NULL(bundles_at(&none, 0));
}

int
main(void)
{
	CU_pSuite	 s;
	unsigned	 failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite("bundle", NULL, NULL)) == NULL)
		return 1;
	CU_ADD_TEST(s, test_grow);
	CU_ADD_TEST(s, test_sort);
	CU_ADD_TEST(s, test_key_of);
	CU_ADD_TEST(s, test_print);
	CU_ADD_TEST(s, test_copy);
	CU_ADD_TEST(s, test_of_keys);
	CU_ADD_TEST(s, test_at);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

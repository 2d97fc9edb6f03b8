#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "fixture.h"
#include "judge/rrsig.h"

#define TTL	172800

static void
fail(const char *what)
{
	fprintf(stderr, "fixture: %s failed\n", what);
	exit(1);
}

void *
must(void *p)
{
	if (p == NULL)
		fail("allocation");
	return p;
}

char *
copy_of(const char *text)
{
	return must(strdup(text));
}

int
run_tests(const char *suite, const struct test *tests, size_t n)
{
	CU_pSuite	 s;
	unsigned	 failed;
	size_t		 i;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    (s = CU_add_suite(suite, NULL, NULL)) == NULL)
		return 1;
	for (i = 0; i < n; i++)
		if (CU_add_test(s, tests[i].name, tests[i].run) == NULL)
			return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed == 0 ? 0 : 1;
}

static char	folder[64];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_folder(void)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
work_folder(void)
{
	if (folder[0] == '\0') {
		strcpy(folder, "/tmp/ksrkit-unit.XXXXXX");
		if (mkdtemp(folder) == NULL || atexit(remove_folder) != 0)
			fail("mkdtemp");
	}
	return folder;
}

const char *
work_file(const char *name, const void *data, size_t len)
{
	static char	 ring[4][128];
	static unsigned	 next;
	char		*path = ring[next++ % 4];
	FILE		*fp;

	snprintf(path, sizeof(ring[0]), "%s/%s", work_folder(), name);
	if ((fp = fopen(path, "w")) == NULL || fwrite(data, 1, len, fp) != len ||
	    fclose(fp) != 0)
		fail("writing a file");
	return path;
}

const char *
data_file(const char *name)
{
	static char	 path[512];
	const char	*data = getenv("KSR_DATA");

	if (data == NULL) {
		printf("(skipped: KSR_DATA is not set) ");
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/%s", data, name);
	return path;
}

unsigned
pseudo_random(void)
{
	static uint64_t	 x = UINT64_C(0x9e3779b97f4a7c15);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned)(x >> 32);
}

void
pseudo_random_bytes(unsigned char *p, size_t len)
{
	while (len-- > 0)
		*p++ = (unsigned char)pseudo_random();
}

/* RFC 3110 2 */
static void
rsa_public(struct key *key, const EVP_PKEY *pkey)
{
	BIGNUM		*n = NULL, *e = NULL;
	size_t		 elen;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		fail("EVP_PKEY_get_bn_param");
	elen = (size_t)BN_num_bytes(e);
	key->len = 1 + elen + (size_t)BN_num_bytes(n);
	key->public = must(malloc(key->len));
	key->public[0] = (unsigned char)elen;
	BN_bn2bin(e, key->public + 1);
	BN_bn2bin(n, key->public + 1 + elen);
	BN_free(n);
	BN_free(e);
}

/* The point without its leading 04 (RFC 6605 4), or the raw key (RFC 8080 3). */
static void
short_public(struct key *key, const EVP_PKEY *pkey)
{
	unsigned char	 raw[128];
	size_t		 len = sizeof(raw), skip = 0;

	if (algorithm_family(key->algorithm) == FAMILY_EDDSA) {
		if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
			fail("EVP_PKEY_get_raw_public_key");
	} else {
		if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, raw,
		    sizeof(raw), &len) != 1)
			fail("EVP_PKEY_get_octet_string_param");
		skip = 1;
	}
	key->len = len - skip;
	key->public = must(malloc(key->len));
	memcpy(key->public, raw + skip, key->len);
}

static EVP_PKEY *
generate_rsa(unsigned bits, unsigned long exponent)
{
	EVP_PKEY_CTX	*ctx = must(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL));
	EVP_PKEY	*pkey = NULL;
	BIGNUM		*e = must(BN_new());

	if (BN_set_word(e, exponent) != 1 || EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1 ||
	    EVP_PKEY_keygen(ctx, &pkey) != 1)
		fail("RSA key generation");
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
generate(unsigned algorithm)
{
	switch (algorithm) {
	case ECDSAP256SHA256:
		return must(EVP_EC_gen("P-256"));
	case ECDSAP384SHA384:
		return must(EVP_EC_gen("P-384"));
	case ED25519:
		return must(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	case ED448:
		return must(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"));
	}
	return generate_rsa(2048, 65537);
}

static void
finish(struct keypair *p, unsigned algorithm, unsigned flags, const char *identifier)
{
	p->key = (struct key){
		.identifier = copy_of(identifier), .ttl = TTL, .flags = (uint16_t)flags,
		.protocol = DNSKEY_PROTOCOL, .algorithm = (uint8_t)algorithm,
	};
	if (algorithm_family(algorithm) == FAMILY_RSA)
		rsa_public(&p->key, p->private);
	else
		short_public(&p->key, p->private);
	p->key.tag = key_tag(&p->key);
}

void
keypair_make(struct keypair *p, unsigned algorithm, unsigned flags, const char *identifier)
{
	p->private = generate(algorithm);
	finish(p, algorithm, flags, identifier);
}

void
keypair_make_rsa(struct keypair *p, unsigned algorithm, unsigned bits, unsigned long exponent)
{
	p->private = generate_rsa(bits, exponent);
	finish(p, algorithm, DNSKEY_ZSK, "rsa");
}

void
keypair_clear(struct keypair *p)
{
	EVP_PKEY_free(p->private);
	key_clear(&p->key);
	p->private = NULL;
}

struct key
revoked_key(const struct key *key)
{
	struct key	 k = *key;

	k.flags |= DNSKEY_REVOKE;
	k.tag = key_tag(&k);
	return k;
}

struct key *
put_key(struct bundle *b, const struct key *key)
{
	struct key	*k = must(bundle_add_key(b));

	if (key_copy(k, key) == -1)
		fail("key_copy");
	return k;
}

/* DER to r | s (RFC 6605 4). */
static void
flatten(struct sig *s, const unsigned char *der, size_t len)
{
	ECDSA_SIG	*es = must(d2i_ECDSA_SIG(NULL, &der, (long)len));
	size_t		 half = algorithm_siglen(s->algorithm) / 2;

	s->len = 2 * half;
	s->data = must(malloc(s->len));
	if (BN_bn2binpad(ECDSA_SIG_get0_r(es), s->data, (int)half) == -1 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(es), s->data + half, (int)half) == -1)
		fail("BN_bn2binpad");
	ECDSA_SIG_free(es);
}

static const EVP_MD *
digest_for(unsigned algorithm)
{
	switch (algorithm) {
	case ECDSAP384SHA384:
		return EVP_sha384();
	case RSASHA512:
		return EVP_sha512();
	case ED25519:
	case ED448:
		return NULL;
	}
	return EVP_sha256();
}

void
sign_bytes(struct sig *s, const struct keypair *p, const struct buf *data)
{
	EVP_MD_CTX	*ctx = must(EVP_MD_CTX_new());
	unsigned char	 out[1024];
	size_t		 len = sizeof(out);

	if (EVP_DigestSignInit(ctx, NULL, digest_for(p->key.algorithm), NULL, p->private) != 1 ||
	    EVP_DigestSign(ctx, out, &len, data->data, data->len) != 1)
		fail("EVP_DigestSign");
	EVP_MD_CTX_free(ctx);
	free(s->data);
	if (algorithm_family(p->key.algorithm) == FAMILY_ECDSA) {
		flatten(s, out, len);
		return;
	}
	s->data = must(malloc(len));
	memcpy(s->data, out, len);
	s->len = len;
}

void
sign_again(struct sig *s, const struct keypair *p, const char *zone, const struct bundle *b)
{
	struct buf	 data = BUF_EMPTY;
	struct dname	 owner;

	if (dname_parse(&owner, zone) == -1 ||
	    rrsig_data(&data, s, &owner, b->keys, b->nkeys) == -1)
		fail("rrsig_data");
	sign_bytes(s, p, &data);
	buf_free(&data);
}

struct sig *
put_sig(struct bundle *b, const struct keypair *p, const struct key *as, const char *zone)
{
	struct sig	*s = must(bundle_add_sig(b));
	struct dname	 owner;

	if (dname_parse(&owner, zone) == -1)
		fail("dname_parse");
	s->identifier = copy_of(as->identifier);
	s->signer = copy_of(zone);
	s->ttl = s->original_ttl = as->ttl;
	s->inception = b->inception;
	s->expiration = b->expiration;
	s->tag = as->tag;
	s->algorithm = as->algorithm;
	s->labels = (uint8_t)dname_labels(&owner);
	sign_again(s, p, zone, b);
	return s;
}

struct sig *
put_proof(struct bundle *b, const struct keypair *p, const struct key *as, const char *zone)
{
	struct sig	*s = put_sig(b, p, as, zone);

	s->inception = MADE;
	s->expiration = MADE + VALIDITY;
	sign_again(s, p, zone, b);
	return s;
}

/* The limits that the slots keep exactly. */
static void
fill_policy(struct sigpolicy *p)
{
	p->publish_safety = p->retire_safety = 10 * DAY;
	p->min_signature_validity = p->max_signature_validity = VALIDITY;
	p->min_validity_overlap = 9 * DAY;
	p->max_validity_overlap = 12 * DAY;
	*(struct sigalg *)must(sigpolicy_add(p)) = (struct sigalg){
		ECDSAP256SHA256, FAMILY_ECDSA, 256, 0, 7
	};
}

/* One cycle: ZSKs before (in its first slot), now, and next (in its last). */
static void
fill_bundles(struct bundles *all, const char *prefix, int64_t start, const struct key *before,
    const struct key *now, const struct key *next, const struct key *ksk)
{
	struct bundle	*b;
	unsigned	 i;

	for (i = 0; i < SLOTS; i++) {
		b = must(bundles_add(all));
		if (asprintf(&b->id, "%s-%u", prefix, i + 1) == -1)
			fail("asprintf");
		b->inception = start + (int64_t)i * INTERVAL;
		b->expiration = b->inception + VALIDITY;
		b->line = 100 * (i + 1);
		if (i == 0)
			put_key(b, before);
		put_key(b, now);
		if (i == SLOTS - 1)
			put_key(b, next);
		if (ksk != NULL)
			put_key(b, ksk);
	}
}

const struct keypair *
pair_of(const struct world *w, const struct key *key)
{
	size_t	 i;

	for (i = 0; i < PAIRS; i++)
		if (key_same_public(&w->pairs[i].key, key))
			return &w->pairs[i];
	fail("no private half: pair_of");
	return NULL;
}

static void
drop_sigs(struct bundle *b)
{
	while (b->nsigs > 0)
		sig_clear(&b->sigs[--b->nsigs]);
	free(b->sigs);
	b->sigs = NULL;
}

void
sign_request(struct world *w)
{
	struct bundle	*b;
	size_t		 i, j;

	for (i = 0; i < w->ksr->bundles.n; i++) {
		b = &w->ksr->bundles.v[i];
		drop_sigs(b);
		for (j = 0; j < b->nkeys; j++)
			put_proof(b, pair_of(w, &b->keys[j]), &b->keys[j], w->ksr->domain);
	}
}

void
sign_response(struct world *w, struct skr *skr)
{
	struct bundle	*b;
	size_t		 i;

	for (i = 0; i < skr->bundles.n; i++) {
		b = &skr->bundles.v[i];
		drop_sigs(b);
		put_sig(b, &w->pairs[KSK], &w->pairs[KSK].key, skr->domain);
	}
}

static struct skr *
make_skr(const struct world *w, const char *id, const char *input)
{
	struct skr	*skr = must(calloc(1, sizeof(*skr)));
	bool		 old = strcmp(id, "request-1") == 0;

	skr->input = copy_of(input);
	skr->id = copy_of(id);
	skr->serial = old ? 1 : 2;
	skr->domain = copy_of(".");
	dname_parse(&skr->name, ".");
	fill_policy(&skr->ksk);
	fill_policy(&skr->zsk);
	if (old)
		fill_bundles(&skr->bundles, "old", START - SLOTS * INTERVAL,
		    &w->pairs[ZSK_BEFORE].key, &w->pairs[ZSK_OLD].key, &w->pairs[ZSK_NOW].key,
		    &w->pairs[KSK].key);
	else
		fill_bundles(&skr->bundles, "new", START, &w->pairs[ZSK_OLD].key,
		    &w->pairs[ZSK_NOW].key, &w->pairs[ZSK_NEXT].key, &w->pairs[KSK].key);
	return skr;
}

static struct ksr *
make_ksr(const struct world *w)
{
	struct ksr	*ksr = must(calloc(1, sizeof(*ksr)));

	ksr->input = copy_of("ksr.xml");
	ksr->id = copy_of("request-2");
	ksr->serial = 2;
	ksr->domain = copy_of(".");
	dname_parse(&ksr->name, ".");
	fill_policy(&ksr->zsk);
	fill_bundles(&ksr->bundles, "new", START, &w->pairs[ZSK_OLD].key, &w->pairs[ZSK_NOW].key,
	    &w->pairs[ZSK_NEXT].key, NULL);
	return ksr;
}

static void
make_anchor(struct anchors *anchors, const struct key *key)
{
	char		 name[] = "anchor";
	struct anchor	 a = {
		.tag = key->tag, .algorithm = key->algorithm,
		.valid_from = INT64_MIN, .valid_until = INT64_MAX, .name = name,
	};

	dname_parse(&a.owner, ".");
	if (key_ds(a.digest, key, &a.owner) == -1 || anchors_add(anchors, &a) == -1)
		fail("anchors_add");
}

/*
 * No two tags near each other: that of a KSK once revoked, which is 128 or 129 more, is
 * then no other key's either.
 */
static bool
tags_differ(const struct world *w)
{
	uint16_t	 apart;
	size_t		 i, j;

	for (i = 0; i < PAIRS; i++)
		for (j = 0; j < i; j++) {
			apart = (uint16_t)(w->pairs[i].key.tag - w->pairs[j].key.tag);
			if (apart < 300 || apart > 65536 - 300)
				return false;
		}
	return true;
}

static void
make_pairs(struct world *w)
{
	static const char *const names[PAIRS] = {
		"zsk-before", "zsk-old", "zsk-now", "zsk-next", "ksk", "ksk-other"
	};
	size_t		 i;

	do {
		for (i = 0; i < PAIRS; i++) {
			keypair_clear(&w->pairs[i]);
			keypair_make(&w->pairs[i], ECDSAP256SHA256,
			    i < KSK ? DNSKEY_ZSK : DNSKEY_KSK, names[i]);
		}
	} while (!tags_differ(w));
}

struct world *
world_new(void)
{
	struct world	*w = must(calloc(1, sizeof(*w)));

	make_pairs(w);
	w->policy = must(policy_default());
	w->policy->request.approved_algorithms.v[0] = ECDSAP256SHA256;
	w->ksr = make_ksr(w);
	w->previous = make_skr(w, "request-1", "previous.xml");
	w->skr = make_skr(w, "request-2", "skr.xml");
	sign_request(w);
	sign_response(w, w->previous);
	sign_response(w, w->skr);
	make_anchor(&w->anchors, &w->pairs[KSK].key);
	make_anchor(&w->expected, &w->pairs[KSK].key);
	make_anchor(&w->expected, &w->pairs[KSK_OTHER].key);
	w->held[0] = &w->pairs[KSK].key;
	w->subject = (struct subject){
		.policy = w->policy, .ksr = w->ksr, .skr = w->skr, .previous = w->previous,
		.anchors = &w->anchors, .held = w->held, .nheld = 1, .now = NOW, .sign_at = NOW,
		.verifier = must(verifier_new()), .report = &w->report,
	};
	return w;
}

void
world_free(struct world *w)
{
	size_t	 i;

	for (i = 0; i < PAIRS; i++)
		keypair_clear(&w->pairs[i]);
	verifier_free(w->subject.verifier);
	report_free(&w->report);
	anchors_clear(&w->expected);
	anchors_clear(&w->anchors);
	zsk_uses_free(w->zsk_uses);
	history_free(w->history);
	skr_free(w->skr);
	skr_free(w->previous);
	ksr_free(w->ksr);
	policy_free(w->policy);
	free(w);
}

bool
report_has(const struct report *r, enum level level, const char *rule, const char *text)
{
	size_t	 i;

	for (i = 0; i < r->count; i++)
		if (r->findings[i].level == level && (rule == NULL ||
		    (r->findings[i].rule != NULL && strcmp(r->findings[i].rule, rule) == 0)) &&
		    strstr(r->findings[i].text, text) != NULL)
			return true;
	return false;
}

size_t
report_count(const struct report *r, enum level level)
{
	size_t	 i, n = 0;

	for (i = 0; i < r->count; i++)
		n += r->findings[i].level == level;
	return n;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *
broken_rules(const struct report *r)
{
	static char	 out[1024];
	const char	**ids = must(calloc(r->count + 1, sizeof(*ids)));
	size_t		 i, n = 0, len = 0;

	for (i = 0; i < r->count; i++)
		if (r->findings[i].level == BROKEN)
			ids[n++] = r->findings[i].rule;
	qsort(ids, n, sizeof(*ids), compare_texts);
	out[0] = '\0';
	for (i = 0; i < n && len < sizeof(out); i++)
		if (i == 0 || strcmp(ids[i], ids[i - 1]) != 0)
			len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s",
			    i == 0 ? "" : " ", ids[i]);
	free(ids);
	return out;
}

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <ldns/ldns.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "fixture.h"
#include "judge/rrsig.h"

#define ZONE	"example.com"

static const unsigned algorithms[] = { 8, 10, 13, 14, 15, 16 };
#define NALGORITHMS	(sizeof(algorithms) / sizeof(algorithms[0]))

static struct keypair	ksks[NALGORITHMS];	/* made once: RSA takes its time */
static struct keypair	zsks[2];
static struct verifier	*verifier;

/* A set of three keys, signed by the KSK of this algorithm. */
static struct bundle
signed_bundle(const struct keypair *ksk, const char *zone)
{
	struct bundle	 b = { .inception = START, .expiration = START + VALIDITY };

	put_key(&b, &zsks[0].key);
	put_key(&b, &ksk->key);
	put_key(&b, &zsks[1].key);
	put_sig(&b, ksk, &ksk->key, zone);
	return b;
}

/* Our verdict, without a trace in OpenSSL's queue of errors. */
static int
ours(const struct bundle *b, const struct key *key, const char *zone)
{
	struct dname	 owner;
	int		 rv;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, zone), 0);
	ERR_clear_error();
	rv = rrsig_verify(verifier, &b->sigs[0], key, &owner, b);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	return rv;
}

/* What we print, as ldns reads it: the DNSKEYs and the RRSIG. */
static void
ldns_records(const struct bundle *b, const char *zone, ldns_rr_list *keys, ldns_rr **rrsig)
{
	struct buf	 text = BUF_EMPTY;
	struct dname	 owner;
	char		*line, *rest;
	ldns_rr		*rr;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, zone), 0);
	CU_ASSERT_EQUAL_FATAL(bundle_print_rrs(&text, b, &owner), 0);
	rest = (char *)text.data;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		rr = NULL;
		CU_ASSERT_EQUAL_FATAL(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL),
		    LDNS_STATUS_OK);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY)
			ldns_rr_list_push_rr(keys, rr);
		else
			*rrsig = rr;
	}
	buf_free(&text);
}

/* Someone else's verifier, over the same records. */
static bool
theirs(const struct bundle *b, const char *zone)
{
	ldns_rr_list	*keys = must(ldns_rr_list_new());
	ldns_rr		*rrsig = NULL;
	bool		 good;

	ldns_records(b, zone, keys, &rrsig);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rrsig);
	good = ldns_verify_rrsig_keylist_notime(keys, rrsig, keys, NULL) == LDNS_STATUS_OK;
	ldns_rr_free(rrsig);
	ldns_rr_list_deep_free(keys);
	return good;
}

static void
test_agree(void)
{
	static const char *const zones[] = { ".", "com", "Example.COM", "a\\.b.\\001.example" };
	struct bundle	 b;
	size_t		 i, j;

	for (i = 0; i < NALGORITHMS; i++)
		for (j = 0; j < sizeof(zones) / sizeof(zones[0]); j++) {
			b = signed_bundle(&ksks[i], zones[j]);
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, zones[j]), 1);
			CU_ASSERT_TRUE(theirs(&b, zones[j]));
			b.sigs[0].data[b.sigs[0].len / 2] ^= 1;
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, zones[j]), 0);
			CU_ASSERT_FALSE(theirs(&b, zones[j]));
			bundle_clear(&b);
		}
}

/* A set that ldns made and signed, in our terms. */
static struct bundle
from_ldns(const ldns_rr *dnskey, const ldns_rr *rrsig)
{
	struct bundle	 b = { .id = NULL };
	struct key	 key = {
		.flags = 257, .protocol = 3, .ttl = 3600,
		.algorithm = ldns_rdf2native_int8(ldns_rr_dnskey_algorithm(dnskey)),
		.public = ldns_rdf_data(ldns_rr_dnskey_key(dnskey)),
		.len = ldns_rdf_size(ldns_rr_dnskey_key(dnskey)),
	};
	struct sig	*s;

	put_key(&b, &key);
	s = must(bundle_add_sig(&b));
	s->algorithm = ldns_rdf2native_int8(ldns_rr_rrsig_algorithm(rrsig));
	s->labels = ldns_rdf2native_int8(ldns_rr_rrsig_labels(rrsig));
	s->original_ttl = ldns_rdf2native_int32(ldns_rr_rrsig_origttl(rrsig));
	s->expiration = ldns_rdf2native_int32(ldns_rr_rrsig_expiration(rrsig));
	s->inception = ldns_rdf2native_int32(ldns_rr_rrsig_inception(rrsig));
	s->tag = ldns_rdf2native_int16(ldns_rr_rrsig_keytag(rrsig));
	s->len = ldns_rdf_size(ldns_rr_rrsig_sig(rrsig));
	s->data = must(malloc(s->len));
	memcpy(s->data, ldns_rdf_data(ldns_rr_rrsig_sig(rrsig)), s->len);
	return b;
}

/* The other way round: their signer, our verifier. */
static void
test_ldns_signs(void)
{
	ldns_key_list	*list;
	ldns_key	*key;
	ldns_rr_list	*set, *sigs;
	ldns_rr		*rr;
	struct bundle	 b;
	size_t		 i;

	for (i = 0; i < NALGORITHMS; i++) {
		key = must(ldns_key_new_frm_algorithm((ldns_signing_algorithm)algorithms[i], 2048));
		ldns_key_set_pubkey_owner(key, must(ldns_dname_new_frm_str(ZONE)));
		ldns_key_set_flags(key, 257);
		ldns_key_set_inception(key, 1000000);
		ldns_key_set_expiration(key, 4294967295U);
		rr = must(ldns_key2rr(key));
		ldns_rr_set_ttl(rr, 3600);
		ldns_key_set_keytag(key, ldns_calc_keytag(rr));
		list = must(ldns_key_list_new());
		ldns_key_list_push_key(list, key);
		set = must(ldns_rr_list_new());
		ldns_rr_list_push_rr(set, rr);
		sigs = must(ldns_sign_public(set, list));
		CU_ASSERT_EQUAL_FATAL(ldns_rr_list_rr_count(sigs), 1);
		b = from_ldns(rr, ldns_rr_list_rr(sigs, 0));
		CU_ASSERT_EQUAL(ours(&b, &b.keys[0], ZONE), 1);
		b.sigs[0].inception--;
		CU_ASSERT_EQUAL(ours(&b, &b.keys[0], ZONE), 0);
		bundle_clear(&b);
		ldns_rr_list_deep_free(sigs);
		ldns_rr_list_deep_free(set);
		ldns_key_list_free(list);
	}
}

static void	tag(struct bundle *b) { b->sigs[0].tag ^= 1; }
static void	labels(struct bundle *b) { b->sigs[0].labels--; }
static void	more_labels(struct bundle *b) { b->sigs[0].labels = 255; }
static void	original_ttl(struct bundle *b) { b->sigs[0].original_ttl++; }
static void	expiration(struct bundle *b) { b->sigs[0].expiration++; }
static void	inception(struct bundle *b) { b->sigs[0].inception -= 65536; }
static void	algorithm(struct bundle *b) { b->sigs[0].algorithm ^= 2; }
static void	flags(struct bundle *b) { b->keys[0].flags ^= 1; }
static void	revoked(struct bundle *b) { b->keys[1].flags |= DNSKEY_REVOKE; }
static void	protocol(struct bundle *b) { b->keys[0].protocol = 2; }
static void	key_algorithm(struct bundle *b) { b->keys[2].algorithm++; }
static void	first_byte(struct bundle *b) { b->keys[0].public[0] ^= 128; }
static void	last_byte(struct bundle *b) { b->keys[2].public[b->keys[2].len - 1] ^= 1; }
static void	shorter(struct bundle *b) { b->keys[2].len--; }
static void	missing(struct bundle *b) { key_clear(&b->keys[--b->nkeys]); }
static void	added(struct bundle *b) { put_key(b, &ksks[0].key)->flags = 256; }
static void	empty(struct bundle *b) { while (b->nkeys > 0) missing(b); }

/* Whatever the signature is made over: a change is refused, and for its own sake. */
static void
test_tamper(void)
{
	static void	 (*const ways[])(struct bundle *) = {
		tag, labels, more_labels, original_ttl, expiration, inception, algorithm, flags,
		revoked, protocol, key_algorithm, first_byte, last_byte, shorter, missing, added,
		empty,
	};
	struct bundle	 b;
	size_t		 i, j;

	for (i = 0; i < NALGORITHMS; i++)
		for (j = 0; j < sizeof(ways) / sizeof(ways[0]); j++) {
			b = signed_bundle(&ksks[i], ZONE);
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 1);
			ways[j](&b);
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
			bundle_clear(&b);
		}
}

/* What it is not made over: TTLs as written, tags as stated, identifiers, bundle times. */
static void
test_indifferent(void)
{
	struct bundle	 b = signed_bundle(&ksks[2], ZONE);

	b.keys[0].ttl = 1;
	b.keys[0].tag++;
	b.sigs[0].ttl = 7;
	b.inception = b.expiration = 0;
	CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, ZONE), 1);
	CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, "EXAMPLE.com."), 1);
	CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, "example.net"), 0);
	CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, "a.example.com"), 0);
	CU_ASSERT_EQUAL(ours(&b, &zsks[0].key, ZONE), 0);
	bundle_clear(&b);
}

static void
test_every_byte(void)
{
	struct bundle	 b;
	size_t		 i, j;

	for (i = 0; i < NALGORITHMS; i++) {
		b = signed_bundle(&ksks[i], ZONE);
		for (j = 0; j < b.sigs[0].len; j++) {
			b.sigs[0].data[j] ^= (unsigned char)(1U << (j & 7));
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
			b.sigs[0].data[j] ^= (unsigned char)(1U << (j & 7));
		}
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 1);
		bundle_clear(&b);
	}
}

static void
test_lengths(void)
{
	static const unsigned char zeros[1024];
	struct bundle	 b;
	unsigned char	*data;
	size_t		 i, len, cut;

	for (i = 0; i < NALGORITHMS; i++) {
		b = signed_bundle(&ksks[i], ZONE);
		data = b.sigs[0].data;
		len = b.sigs[0].len;
		for (cut = 0; cut < len; cut++) {
			b.sigs[0].len = cut;
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
		}
		/* A zero before or behind it: the same number, or more than the signature. */
		b.sigs[0].data = must(calloc(1, len + 2));
		b.sigs[0].len = len + 1;
		memcpy(b.sigs[0].data + 1, data, len);
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
		memcpy(b.sigs[0].data, data, len);
		b.sigs[0].data[len] = 0;
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
		memcpy(b.sigs[0].data, zeros, len);
		b.sigs[0].len = len;
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
		memset(b.sigs[0].data, 255, len);
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 0);
		free(data);
		bundle_clear(&b);
	}
}

static struct buf
data_of(const struct sig *s, const char *zone, const struct key *keys, size_t n)
{
	struct buf	 b = BUF_EMPTY;
	struct dname	 owner;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, zone), 0);
	CU_ASSERT_EQUAL_FATAL(rrsig_data(&b, s, &owner, keys, n), 0);
	return b;
}

/* RFC 4034 3.1.8.1, byte for byte. */
static void
test_data(void)
{
	static const unsigned char expected[] =
	    "\x00\x30\x0d\x01\x00\x02\xa3\x00\x65\x43\x21\x00\x01\x02\x03\x04\xab\xcd"
	    "\003abc\000"
	    "\003abc\000\x00\x30\x00\x01\x00\x02\xa3\x00\x00\x06\x01\x00\x03\x0d\x07\x08"
	    "\003abc\000\x00\x30\x00\x01\x00\x02\xa3\x00\x00\x05\x01\x01\x03\x0d\x01";
	unsigned char	 one[] = { 1 }, two[] = { 7, 8 };
	const struct key keys[] = {
		{ .flags = 257, .protocol = 3, .algorithm = 13, .public = one, .len = 1 },
		{ .flags = 256, .protocol = 3, .algorithm = 13, .public = two, .len = 2, .ttl = 9 },
	};
	const struct sig sig = {
		.algorithm = 13, .labels = 1, .original_ttl = 172800, .expiration = 0x65432100,
		.inception = 0x01020304, .tag = 0xabcd, .ttl = 1,
	};
	struct buf	 b = data_of(&sig, "ABC", keys, 2);

	CU_ASSERT_EQUAL_FATAL(b.len, sizeof(expected) - 1);
	CU_ASSERT_EQUAL(memcmp(b.data, expected, b.len), 0);
	buf_free(&b);
}

static bool
same_data(const struct sig *s, const struct key *a, size_t na, const struct key *b, size_t nb)
{
	struct buf	 x = data_of(s, ZONE, a, na), y = data_of(s, ZONE, b, nb);
	bool		 same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;

	buf_free(&x);
	buf_free(&y);
	return same;
}

/* In any order, and however often a key stands there (RFC 2181 5). */
static void
test_order(void)
{
	struct bundle	 b = signed_bundle(&ksks[2], ZONE);
	struct key	 k[5] = { b.keys[2], b.keys[0], b.keys[1], b.keys[0], b.keys[2] };
	struct bundle	 mixed = b;

	CU_ASSERT_TRUE(same_data(&b.sigs[0], b.keys, 3, k, 3));
	CU_ASSERT_TRUE(same_data(&b.sigs[0], b.keys, 3, k, 5));
	k[3].ttl++;				/* no part of the rdata */
	CU_ASSERT_TRUE(same_data(&b.sigs[0], b.keys, 3, k, 5));
	CU_ASSERT_FALSE(same_data(&b.sigs[0], b.keys, 3, k, 2));
	mixed.keys = k;
	mixed.nkeys = 5;
	CU_ASSERT_EQUAL(ours(&mixed, &ksks[2].key, ZONE), 1);
	k[3].flags |= DNSKEY_REVOKE;
	CU_ASSERT_FALSE(same_data(&b.sigs[0], b.keys, 3, k, 5));
	CU_ASSERT_EQUAL(ours(&mixed, &ksks[2].key, ZONE), 0);
	bundle_clear(&b);
}

/* Appended, or the buffer as it was. */
static void
test_append(void)
{
	struct bundle	 b = signed_bundle(&ksks[2], ZONE);
	struct buf	 out = BUF_EMPTY, alone = data_of(&b.sigs[0], ZONE, b.keys, 3);
	struct key	 huge = { .len = 65532 };
	struct dname	 owner;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, ZONE), 0);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&out, "before"), 0);
	CU_ASSERT_EQUAL(rrsig_data(&out, &b.sigs[0], &owner, &huge, 1), -1);
	b.sigs[0].labels = 3;
	CU_ASSERT_EQUAL(rrsig_data(&out, &b.sigs[0], &owner, b.keys, 3), -1);
	CU_ASSERT_STRING_EQUAL((char *)out.data, "before");
	CU_ASSERT_EQUAL(out.len, 6);
	b.sigs[0].labels = 2;
	CU_ASSERT_EQUAL(rrsig_data(&out, &b.sigs[0], &owner, b.keys, 3), 0);
	CU_ASSERT_EQUAL_FATAL(out.len, 6 + alone.len);
	CU_ASSERT_EQUAL(memcmp(out.data + 6, alone.data, alone.len), 0);
	buf_free(&out);
	buf_free(&alone);
	bundle_clear(&b);
}

/* The owner as it is signed; the signer's name stays. */
static void
signed_owner(const char *zone, unsigned count, const char *expected)
{
	const struct sig sig = { .algorithm = 13, .labels = (uint8_t)count };
	struct buf	 b = data_of(&sig, zone, &zsks[0].key, 1);
	struct dname	 signer, owner;

	CU_ASSERT_EQUAL(dname_parse(&signer, zone), 0);
	CU_ASSERT_EQUAL(dname_parse(&owner, expected), 0);
	CU_ASSERT_EQUAL_FATAL(b.len, 18 + signer.len + owner.len + 10 + 4 + zsks[0].key.len);
	CU_ASSERT_EQUAL(memcmp(b.data + 18, signer.wire, signer.len), 0);
	CU_ASSERT_EQUAL(memcmp(b.data + 18 + signer.len, owner.wire, owner.len), 0);
	buf_free(&b);
}

/* RFC 4035 5.3.2 */
static void
test_wildcard(void)
{
	struct bundle	 b;
	unsigned	 i;

	signed_owner("a.bb.ccc", 3, "a.bb.ccc");
	signed_owner("a.bb.ccc", 2, "*.bb.ccc");
	signed_owner("a.bb.ccc", 1, "*.ccc");
	signed_owner("a.bb.ccc", 0, "*.");
	signed_owner("*.bb.ccc", 2, "*.bb.ccc");
	signed_owner("*.bb.ccc", 1, "*.ccc");
	signed_owner("*.bb.ccc", 0, "*.");
	signed_owner(".", 0, ".");
	for (i = 0; i <= 3; i++) {
		b = signed_bundle(&ksks[2], "a.bb.ccc");
		b.sigs[0].labels = (uint8_t)i;
		sign_again(&b.sigs[0], &ksks[2], "a.bb.ccc", &b);
		CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, "a.bb.ccc"), 1);
		CU_ASSERT_TRUE(theirs(&b, "a.bb.ccc"));
		b.sigs[0].labels = 4;
		CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, "a.bb.ccc"), 0);
		bundle_clear(&b);
	}
}

/* A key of these bytes never verifies anything, and is no failure of ours. */
static void
hopeless(unsigned number, const unsigned char *bytes, size_t len, size_t siglen)
{
	unsigned char	*copy = must(malloc(len + 1));
	struct key	 key = { .flags = 257, .protocol = 3, .public = copy, .len = len,
	    .algorithm = (uint8_t)number };
	struct sig	 s = { .algorithm = key.algorithm, .labels = 2, .len = siglen };
	struct bundle	 b = { .keys = &key, .nkeys = 1, .sigs = &s, .nsigs = 1 };

	memcpy(copy, bytes, len);
	s.data = must(malloc(siglen + 1));
	memset(s.data, 1, siglen);
	CU_ASSERT_EQUAL(ours(&b, &key, ZONE), 0);
	CU_ASSERT_EQUAL(ours(&b, &key, ZONE), 0);
	free(s.data);
	free(copy);
}

/* RFC 3110 2 and beyond: moduli of any length and parity, exponents of any value. */
static void
test_bad_rsa(void)
{
	static const char *const short_ones[] = {
		"\001", "\002\003", "\003\001\000\001", "\001\003", "\377\003\005", "\001\001\377",
	};
	unsigned char	 p[5000];
	size_t		 len;

	for (len = 0; len < sizeof(short_ones) / sizeof(short_ones[0]); len++)
		hopeless(8, (const unsigned char *)short_ones[len], strlen(short_ones[len]), 256);
	hopeless(8, (const unsigned char *)"", 0, 256);
	hopeless(8, (const unsigned char *)"\000\000\001", 3, 256);
	hopeless(8, (const unsigned char *)"\000\000\000\377\377", 5, 256);
	hopeless(8, (const unsigned char *)"\000\377\377\001\377", 5, 256);
	hopeless(8, (const unsigned char *)"\001\003\000\000\000", 5, 256);
	for (len = 1; len < 4096; len += len < 70 ? 1 : 331) {
		memset(p, 0xff, sizeof(p));
		memcpy(p, "\001\003", 2);
		hopeless(8, p, 2 + len, len);
		hopeless(10, p, 2 + len, len);
		p[1 + len] = 0xfe;		/* even */
		hopeless(8, p, 2 + len, len);
		p[1] = 0;			/* an exponent of zero, of one */
		hopeless(10, p, 2 + len, len);
		p[1] = 1;
		hopeless(8, p, 2 + len, len);
		memset(p + 2, 0, len);		/* a modulus of zero, of one */
		hopeless(8, p, 2 + len, len);
		p[1 + len] = 1;
		hopeless(8, p, 2 + len, len);
	}
	memset(p, 0xff, sizeof(p));		/* an exponent of 255 bytes */
	hopeless(8, p, 512, 256);
}

/* An RSA pair with the exponent 2^bits + add, which put_sig can sign with. */
static struct keypair
long_exponent(int bits, unsigned long add)
{
	struct keypair	 p = { .key = { .flags = 257, .protocol = 3, .algorithm = 8 } };
	EVP_PKEY_CTX	*ctx = must(EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL));
	BIGNUM		*e = must(BN_new()), *n = NULL;
	int		 elen;

	CU_ASSERT_FATAL(BN_set_bit(e, bits) == 1 && BN_add_word(e, add) == 1);
	CU_ASSERT_FATAL(EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 1024) == 1 &&
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1 &&
	    EVP_PKEY_generate(ctx, &p.private) == 1 &&
	    EVP_PKEY_get_bn_param(p.private, OSSL_PKEY_PARAM_RSA_N, &n) == 1);
	elen = BN_num_bytes(e);
	p.key.len = 1 + (size_t)elen + 128;
	p.key.public = must(malloc(p.key.len));
	p.key.public[0] = (unsigned char)elen;
	CU_ASSERT_FATAL(BN_bn2bin(e, p.key.public + 1) == elen);
	CU_ASSERT_FATAL(BN_bn2bin(n, p.key.public + 1 + elen) == 128);
	p.key.identifier = copy_of("long");
	p.key.tag = key_tag(&p.key);
	BN_free(e);
	BN_free(n);
	EVP_PKEY_CTX_free(ctx);
	return p;
}

/* Exponents of up to 64 bits are taken; what is longer costs more than it is worth. */
static void
test_long_exponent(void)
{
	struct keypair	 p;
	struct bundle	 b;
	int		 bits;

	for (bits = 62; bits <= 66; bits++) {
		p = long_exponent(bits, 1);
		b = signed_bundle(&p, ZONE);
		CU_ASSERT_EQUAL(ours(&b, &p.key, ZONE), bits < 64);
		CU_ASSERT_TRUE(theirs(&b, ZONE));
		bundle_clear(&b);
		keypair_clear(&p);
	}
}

static void
test_bad_curves(void)
{
	unsigned char	 p[200];
	size_t		 len;

	for (len = 0; len < sizeof(p); len++) {
		pseudo_random_bytes(p, sizeof(p));
		hopeless(13, p, len, 64);
		hopeless(14, p, len, 96);
		if (len != 32)
			hopeless(15, p, len, 64);
		if (len != 57)
			hopeless(16, p, len, 114);
	}
	memset(p, 0, sizeof(p));
	hopeless(13, p, 64, 64);
	hopeless(14, p, 96, 96);
	memset(p, 255, sizeof(p));
	hopeless(13, p, 64, 64);
	hopeless(14, p, 96, 96);
	hopeless(15, p, 32, 64);
	hopeless(16, p, 57, 114);
	hopeless(0, p, 64, 64);
	hopeless(5, p, 64, 64);
	hopeless(12, p, 64, 64);
	hopeless(253, p, 64, 64);
}

/* A point one bit off the curve: a key of the right length that is none. */
static void
test_off_curve(void)
{
	struct bundle	 b;
	size_t		 i;

	for (i = 2; i < 4; i++) {
		b = signed_bundle(&ksks[i], ZONE);
		b.keys[1].public[b.keys[1].len - 1] ^= 1;
		sign_again(&b.sigs[0], &ksks[i], ZONE, &b);
		CU_ASSERT_EQUAL(ours(&b, &b.keys[1], ZONE), 0);
		CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), 1);
		bundle_clear(&b);
	}
}

/* The same bytes under another algorithm are another key; under other flags the same. */
static void
test_other_algorithm(void)
{
	struct bundle	 b = signed_bundle(&ksks[0], ZONE);
	struct key	 as_512 = ksks[0].key, old = revoked_key(&ksks[0].key);

	CU_ASSERT_EQUAL(ours(&b, &ksks[0].key, ZONE), 1);
	as_512.algorithm = RSASHA512;
	CU_ASSERT_EQUAL(ours(&b, &as_512, ZONE), 0);
	b.sigs[0].algorithm = RSASHA512;
	CU_ASSERT_EQUAL(ours(&b, &as_512, ZONE), 0);
	/* Signed with SHA-256 under an algorithm of SHA-512. */
	sign_again(&b.sigs[0], &ksks[0], ZONE, &b);
	CU_ASSERT_EQUAL(ours(&b, &as_512, ZONE), 0);
	CU_ASSERT_EQUAL(ours(&b, &ksks[0].key, ZONE), 0);
	b.sigs[0].algorithm = RSASHA256;
	sign_again(&b.sigs[0], &ksks[0], ZONE, &b);
	CU_ASSERT_EQUAL(ours(&b, &old, ZONE), 1);
	bundle_clear(&b);
}

/* Good and bad in turns, a thousand times: the key kept once, nothing left behind. */
static void
test_many(void)
{
	struct bundle	 b;
	size_t		 i, n, before = 0;

	for (i = 0; i < NALGORITHMS; i++) {
		b = signed_bundle(&ksks[i], ZONE);
		for (n = 0; n < 1010; n++) {
			if (n == 10)
				before = mallinfo2().uordblks;
			b.sigs[0].data[9] ^= 4 * (n & 1);
			CU_ASSERT_EQUAL(ours(&b, &ksks[i].key, ZONE), (n & 1) == 0);
			b.sigs[0].data[9] ^= 4 * (n & 1);
		}
		CU_ASSERT_TRUE(mallinfo2().uordblks < before + 4096);
		bundle_clear(&b);
	}
}

static void
test_no_signature(void)
{
	struct sig	 none = { .algorithm = 13, .labels = 2 };
	struct bundle	 b = { .sigs = &none, .nsigs = 1 };

	CU_ASSERT_EQUAL(ours(&b, &ksks[2].key, ZONE), 0);
	none.algorithm = 8;
	CU_ASSERT_EQUAL(ours(&b, &ksks[0].key, ZONE), 0);
	verifier_free(NULL);
}

/* Any message, and the key as others write it. */
static void
test_message(void)
{
	struct buf	 message = BUF_EMPTY, der = BUF_EMPTY;
	unsigned char	*theirs_der;
	struct key	 bad;
	struct sig	 s;
	size_t		 i;
	int		 len;

	CU_ASSERT_EQUAL(buf_puts(&message, "a challenge"), 0);
	for (i = 0; i < NALGORITHMS; i++) {
		const struct key *k = &ksks[i].key;

		s = (struct sig){ .algorithm = k->algorithm };
		sign_bytes(&s, &ksks[i], &message);
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challenge", 11, s.data, s.len), 1);
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challengf", 11, s.data, s.len), 0);
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challenge", 10, s.data, s.len), 0);
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challenge", 11, s.data, s.len - 1), 0);
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challenge", 11, s.data, 0), 0);
		CU_ASSERT_EQUAL(message_verify(verifier, &ksks[(i + 1) % NALGORITHMS].key,
		    "a challenge", 11, s.data, s.len), 0);
		s.data[s.len / 2] ^= 1;
		CU_ASSERT_EQUAL(message_verify(verifier, k, "a challenge", 11, s.data, s.len), 0);
		sig_clear(&s);
		theirs_der = NULL;
		len = i2d_PUBKEY(ksks[i].private, &theirs_der);
		der.len = 0;
		CU_ASSERT_EQUAL(key_spki(&der, verifier, k), 0);
		CU_ASSERT_EQUAL_FATAL((int)der.len, len);
		CU_ASSERT_EQUAL(memcmp(der.data, theirs_der, der.len), 0);
		OPENSSL_free(theirs_der);
		bad = *k;
		bad.len = 1;
		CU_ASSERT_EQUAL(key_spki(&der, verifier, &bad), -1);
		CU_ASSERT_EQUAL(message_verify(verifier, &bad, "x", 1, (const unsigned char *)"y", 1), 0);
	}
	buf_free(&message);
	buf_free(&der);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_agree), TEST(test_message), TEST(test_ldns_signs), TEST(test_tamper), TEST(test_indifferent),
		TEST(test_every_byte), TEST(test_lengths), TEST(test_data), TEST(test_order),
		TEST(test_append), TEST(test_wildcard), TEST(test_bad_rsa), TEST(test_bad_curves),
		TEST(test_long_exponent),
		TEST(test_off_curve), TEST(test_other_algorithm), TEST(test_many),
		TEST(test_no_signature),
	};
	size_t		 i;
	int		 rv;

	for (i = 0; i < NALGORITHMS; i++)
		keypair_make(&ksks[i], algorithms[i], DNSKEY_KSK, "ksk");
	keypair_make(&zsks[0], ECDSAP256SHA256, DNSKEY_ZSK, "zsk-1");
	keypair_make(&zsks[1], ED25519, DNSKEY_ZSK, "zsk-2");
	verifier = must(verifier_new());
	rv = run_tests("rrsig", tests, sizeof(tests) / sizeof(tests[0]));
	verifier_free(verifier);
	for (i = 0; i < NALGORITHMS; i++)
		keypair_clear(&ksks[i]);
	keypair_clear(&zsks[0]);
	keypair_clear(&zsks[1]);
	return rv;
}

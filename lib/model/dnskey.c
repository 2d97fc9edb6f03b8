#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "model/dnskey.h"

struct algorithm_fact {
	unsigned	 number;
	const char	*name;
	enum family	 family;
	unsigned	 bits;		/* 0: as the key says */
	size_t		 siglen;	/* 0: as the key says */
	size_t		 keylen;	/* of the public key field; 0: as the key says */
};

/* IANA, DNS Security Algorithm Numbers; a family marks those we support. */
static const struct algorithm_fact facts[] = {
	{ 1,  "RSAMD5",			FAMILY_NONE,	0, 0, 0 },
	{ 3,  "DSA",			FAMILY_NONE,	0, 0, 0 },
	{ 5,  "RSASHA1",		FAMILY_NONE,	0, 0, 0 },
	{ 6,  "DSA-NSEC3-SHA1",		FAMILY_NONE,	0, 0, 0 },
	{ 7,  "RSASHA1-NSEC3-SHA1",	FAMILY_NONE,	0, 0, 0 },
	{ 8,  "RSASHA256",		FAMILY_RSA,	0, 0, 0 },
	{ 10, "RSASHA512",		FAMILY_RSA,	0, 0, 0 },
	{ 12, "ECC-GOST",		FAMILY_NONE,	0, 0, 0 },
	{ 13, "ECDSAP256SHA256",	FAMILY_ECDSA,	256, 64, 64 },
	{ 14, "ECDSAP384SHA384",	FAMILY_ECDSA,	384, 96, 96 },
	{ 15, "ED25519",		FAMILY_EDDSA,	256, 64, 32 },
	{ 16, "ED448",			FAMILY_EDDSA,	456, 114, 57 },
};

static const struct algorithm_fact *
fact(unsigned algorithm)
{
	size_t	 i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].number == algorithm)
			return &facts[i];
	return NULL;
}

enum family
algorithm_family(unsigned algorithm)
{
	const struct algorithm_fact *f = fact(algorithm);

	return f == NULL ? FAMILY_NONE : f->family;
}

const char *
algorithm_name(unsigned algorithm)
{
	const struct algorithm_fact *f = fact(algorithm);

	return f == NULL ? NULL : f->name;
}

int
algorithm_number(const char *mnemonic)
{
	unsigned long	 n;
	char		*end;
	size_t		 i;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (strcasecmp(facts[i].name, mnemonic) == 0)
			return (int)facts[i].number;
	if (*mnemonic < '0' || *mnemonic > '9' || strlen(mnemonic) > 3)
		return -1;
	n = strtoul(mnemonic, &end, 10);
	return *end != '\0' || n > 255 ? -1 : (int)n;
}

bool
algorithm_deprecated(unsigned algorithm)
{
	const struct algorithm_fact *f = fact(algorithm);

	return f != NULL && f->family == FAMILY_NONE;
}

unsigned
algorithm_bits(unsigned algorithm)
{
	const struct algorithm_fact *f = fact(algorithm);

	return f == NULL ? 0 : f->bits;
}

size_t
algorithm_siglen(unsigned algorithm)
{
	const struct algorithm_fact *f = fact(algorithm);

	return f == NULL ? 0 : f->siglen;
}

int
key_copy(struct key *to, const struct key *from)
{
	struct key	 k = *from;

	k.identifier = NULL;
	k.public = NULL;
	if (from->identifier != NULL &&
	    (k.identifier = strdup(from->identifier)) == NULL)
		goto fail;
	if (from->len > 0) {
		if ((k.public = malloc(from->len)) == NULL)
			goto fail;
		memcpy(k.public, from->public, from->len);
	}
	*to = k;
	return 0;
 fail:
	key_clear(&k);
	return -1;
}

void
key_clear(struct key *key)
{
	free(key->identifier);
	free(key->public);
	memset(key, 0, sizeof(*key));
}

static void
header(unsigned char out[4], const struct key *key, uint16_t flags)
{
	out[0] = (unsigned char)(flags >> 8);
	out[1] = (unsigned char)flags;
	out[2] = key->protocol;
	out[3] = key->algorithm;
}

bool
key_same_public(const struct key *a, const struct key *b)
{
	return a->algorithm == b->algorithm && a->len == b->len &&
	    (a->len == 0 || memcmp(a->public, b->public, a->len) == 0);
}

bool
key_same(const struct key *a, const struct key *b)
{
	return a->flags == b->flags && a->protocol == b->protocol && key_same_public(a, b);
}

int
key_compare(const struct key *a, const struct key *b)
{
	unsigned char	 ha[4], hb[4];
	size_t		 min = a->len < b->len ? a->len : b->len;
	int		 c;

	header(ha, a, a->flags);
	header(hb, b, b->flags);
	if ((c = memcmp(ha, hb, sizeof(ha))) != 0)
		return c;
	if (min > 0 && (c = memcmp(a->public, b->public, min)) != 0)
		return c;
	return (a->len > b->len) - (a->len < b->len);
}

bool
key_revoked(const struct key *key)
{
	return (key->flags & DNSKEY_REVOKE) != 0;
}

bool
key_is_sep(const struct key *key)
{
	return (key->flags & DNSKEY_SEP) != 0;
}

int
key_rdata(struct buf *buf, const struct key *key)
{
	unsigned char	 head[4];

	header(head, key, key->flags);
	if (buf_append(buf, head, sizeof(head)) == -1)
		return -1;
	return buf_append(buf, key->public, key->len);
}

/* The sum of the octets as numbers of 16 bits, four of them at a time, in two lanes. */
static uint64_t
sum_of_pairs(const unsigned char *p, size_t len)
{
	const uint64_t	 lanes = UINT64_C(0x0000ffff0000ffff);
	uint64_t	 sum = 0, eight;

	for (; len >= sizeof(eight); p += sizeof(eight), len -= sizeof(eight)) {
		memcpy(&eight, p, sizeof(eight));
		eight = be64toh(eight);
		sum += (eight & lanes) + (eight >> 16 & lanes);
	}
	sum = (sum >> 32) + (sum & UINT32_MAX);
	for (; len >= 2; p += 2, len -= 2)
		sum += (uint64_t)p[0] << 8 | p[1];
	return len == 0 ? sum : sum + ((uint64_t)p[0] << 8);
}

/* RFC 4034 appendix B; the special case of algorithm 1 is B.1. */
static uint16_t
tag_with_flags(const struct key *key, uint16_t flags)
{
	unsigned char	 head[4];
	uint64_t	 sum = 0;
	size_t		 i;

	if (key->algorithm == 1) {
		for (i = key->len < 3 ? key->len : key->len - 3; i + 1 < key->len; i++)
			sum = sum << 8 | key->public[i];
		return (uint16_t)sum;
	}
	header(head, key, flags);
	sum = sum_of_pairs(head, sizeof(head)) + sum_of_pairs(key->public, key->len);
	sum += sum >> 16 & 0xffff;
	return (uint16_t)sum;
}

uint16_t
key_tag(const struct key *key)
{
	return tag_with_flags(key, key->flags);
}

uint16_t
key_tag_revoked(const struct key *key)
{
	return tag_with_flags(key, (uint16_t)(key->flags | DNSKEY_REVOKE));
}

/* RFC 3110 2: the length of the exponent in one byte, or in three. */
static int
rsa_size(const struct key *key, unsigned *bits, uint64_t *exponent)
{
	const unsigned char *p = key->public;
	size_t		 len = key->len, elen, i;
	uint64_t	 e = 0;
	unsigned	 b;

	if (len < 1)
		return -1;
	elen = *p++;
	len--;
	if (elen == 0) {
		if (len < 2)
			return -1;
		elen = (size_t)p[0] << 8 | p[1];
		p += 2;
		len -= 2;
	}
	if (elen == 0 || elen >= len)
		return -1;
	for (i = 0; i < elen; i++)
		e = e > UINT64_MAX >> 8 ? UINT64_MAX : e << 8 | p[i];
	p += elen;
	len -= elen;
	for (; len > 0 && *p == 0; len--)
		p++;
	if (len == 0 || len > 8192)
		return -1;
	for (b = 8; (*p >> (b - 1) & 1) == 0; b--)
		;
	*bits = (unsigned)(len - 1) * 8 + b;
	*exponent = e;
	return 0;
}

int
key_size(const struct key *key, unsigned *bits, uint64_t *exponent)
{
	const struct algorithm_fact *f = fact(key->algorithm);

	switch (key->algorithm) {
	case 1:
	case 5:
	case 7:
	case RSASHA256:
	case RSASHA512:
		return rsa_size(key, bits, exponent);
	}
	if (f == NULL || f->keylen == 0 || key->len != f->keylen)
		return -1;
	*bits = f->bits;
	*exponent = 0;
	return 0;
}

int
key_ds(unsigned char out[DIGEST_SIZE], const struct key *key, const struct dname *owner)
{
	struct buf	 b = BUF_EMPTY;
	int		 rv = -1;

	if (buf_append(&b, owner->wire, owner->len) == 0 && key_rdata(&b, key) == 0)
		rv = digest_bytes(out, b.data, b.len);
	buf_free(&b);
	return rv;
}

int
key_print(struct buf *buf, const struct key *key, const struct dname *owner)
{
	char	 name[DNAME_TEXT];

	if (buf_printf(buf, "%s %u IN DNSKEY %u %u %u ", dname_format(name, owner),
	    key->ttl, key->flags, key->protocol, key->algorithm) == -1 ||
	    base64_encode(buf, key->public, key->len) == -1)
		return -1;
	return buf_puts(buf, "\n");
}

/* What a signature over a DNSKEY RRset is made over. */

#include <stdlib.h>
#include <string.h>

#include "judge/rrsig.h"

#define TYPE_DNSKEY	48
#define CLASS_IN	1
#define RDATA_MAX	65535

static void
put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void
put32(unsigned char *p, uint64_t v)
{
	put16(p, (unsigned)(v >> 16 & 0xffff));
	put16(p + 2, (unsigned)(v & 0xffff));
}

static int
compare_keys(const void *a, const void *b)
{
	return key_compare(*(const struct key *const *)a, *(const struct key *const *)b);
}

/* RFC 4034 3.1, without the signer's name and the signature. */
static int
put_rrsig(struct buf *out, const struct sig *sig)
{
	unsigned char	 p[18];

	put16(p, TYPE_DNSKEY);
	p[2] = sig->algorithm;
	p[3] = sig->labels;
	put32(p + 4, sig->original_ttl);
	put32(p + 8, (uint64_t)sig->expiration);
	put32(p + 12, (uint64_t)sig->inception);
	put16(p + 16, sig->tag);
	return buf_append(out, p, sizeof(p));
}

/* RFC 4034 6.2; "*." for an owner with more labels than the RRSIG says (RFC 4035 5.3.2). */
static int
canonical_owner(struct dname *out, const struct dname *owner, unsigned labels)
{
	unsigned	 have = dname_labels(owner);
	size_t		 i = 0;

	if (labels > have)
		return -1;
	*out = *owner;
	if (labels == have)
		return 0;
	/* An owner that begins with * has one more than that counts. */
	if (owner->wire[0] == 1 && owner->wire[1] == '*')
		i = 2;
	for (; have > labels; have--)
		i += 1 + (size_t)owner->wire[i];
	out->wire[0] = 1;
	out->wire[1] = '*';
	memcpy(out->wire + 2, owner->wire + i, owner->len - i);
	out->len = owner->len - i + 2;
	return 0;
}

static int
put_key(struct buf *out, const struct dname *owner, uint32_t ttl, const struct key *key)
{
	unsigned char	 p[10];

	if (key->len > RDATA_MAX - 4)
		return -1;
	put16(p, TYPE_DNSKEY);
	put16(p + 2, CLASS_IN);
	put32(p + 4, ttl);
	put16(p + 8, (unsigned)key->len + 4);
	if (buf_append(out, owner->wire, owner->len) == -1 ||
	    buf_append(out, p, sizeof(p)) == -1)
		return -1;
	return key_rdata(out, key);
}

int
rrsig_data(struct buf *out, const struct sig *sig, const struct dname *owner,
    const struct key *keys, size_t nkeys)
{
	const struct key **order = NULL;
	struct dname	 name;
	size_t		 i, start = out->len;
	int		 rv = -1;

	if ((order = calloc(nkeys + 1, sizeof(*order))) == NULL)
		return -1;
	for (i = 0; i < nkeys; i++)
		order[i] = &keys[i];
	qsort(order, nkeys, sizeof(*order), compare_keys);
	if (canonical_owner(&name, owner, sig->labels) == -1 ||
	    put_rrsig(out, sig) == -1 ||
	    buf_append(out, owner->wire, owner->len) == -1)
		goto out;
	for (i = 0; i < nkeys; i++) {
		/* An RRset has no duplicates (RFC 2181 5). */
		if (i > 0 && key_compare(order[i - 1], order[i]) == 0)
			continue;
		if (put_key(out, &name, sig->original_ttl, order[i]) == -1)
			goto out;
	}
	rv = 0;
 out:
	if (rv == -1 && out->data != NULL) {
		out->len = start;
		out->data[start] = '\0';
	}
	free(order);
	return rv;
}

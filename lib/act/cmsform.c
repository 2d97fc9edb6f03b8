#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "act/cmsform.h"

#define SEQUENCE	0x30
#define SET		0x31
#define INTEGER		0x02
#define OCTETS		0x04
#define BITS		0x03
#define CONTEXT0	0x80		/* [0] IMPLICIT of a string */
#define CONTEXT0C	0xa0		/* [0] of something constructed */
#define CONTEXT1C	0xa1
#define CONTEXT3C	0xa3

#define WRAPPED_PWRI	(3 * CMS_BLOCK)	/* RFC 3211 2.3.1: 4 + 32 bytes and padding */
#define WRAPPED_EC	40		/* RFC 3394 2.2.1: 32 + 8 */
#define HEADS		256		/* bytes that all heads and fixed pieces take at most */
#define LENGTH_MAX	0xffffff
#define RSA_LEAST	256		/* bytes of a modulus */
#define RSA_MOST	512

struct piece {
	const char	*bytes;
	size_t		 len;
};
#define PIECE(s)	{ s, sizeof(s) - 1 }

/* id-ct-authEnvelopedData, RFC 5083 2 */
static const struct piece oid_message = PIECE("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17");
/* version 0 */
static const struct piece version0 = PIECE("\x02\x01\x00");
static const struct piece version3 = PIECE("\x02\x01\x03");
/* id-data */
static const struct piece oid_data = PIECE("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
/* id-aes256-GCM, and an ICV of 16 bytes, RFC 5084 3.2 */
static const struct piece oid_gcm = PIECE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e");
static const struct piece icv16 = PIECE("\x02\x01\x10");
/* id-PBKDF2, and its PRF hmacWithSHA256, RFC 8018 A.2 and B.1.2 */
static const struct piece oid_pbkdf2 = PIECE("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");
static const struct piece prf = PIECE("\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09\x05\x00");
/* id-alg-PWRI-KEK, RFC 5652 6.2.4 and RFC 3211; aes256-CBC */
static const struct piece oid_pwri = PIECE("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x09");
static const struct piece oid_cbc = PIECE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a");
/* RSAES-OAEP, hash and MGF1 with SHA-256, no label, RFC 4055 4 */
static const struct piece oaep = PIECE("\x30\x3c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07"
    "\x30\x2f\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
    "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
    "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00");
/* the sender's algorithm: id-ecPublicKey, RFC 5753 3.1.1 */
static const struct piece ec_public = PIECE("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01");
/* dhSinglePass-stdDH-sha256kdf-scheme and -sha384kdf-scheme with id-aes256-wrap, RFC 5753 7.1.4 */
static const struct piece ecdh256 = PIECE("\x30\x15\x06\x06\x2b\x81\x04\x01\x0b\x01"
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d");
static const struct piece ecdh384 = PIECE("\x30\x15\x06\x06\x2b\x81\x04\x01\x0b\x02"
    "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d");

size_t
cms_point_size(enum cms_kind kind)
{
	return kind == CMS_EC256 ? 65 : kind == CMS_EC384 ? 97 : 0;
}

/*
 * Writing goes from the end to the front: then the length of an element is known when its
 * head is written.
 */
struct writer {
	unsigned char	*data;
	size_t		 at;		/* what is written begins here */
	bool		 full;
};

static void
put(struct writer *w, const void *data, size_t len)
{
	if (w->full || len > w->at) {
		w->full = true;
		return;
	}
	w->at -= len;
	if (len > 0)
		memcpy(w->data + w->at, data, len);
}

static void
put_piece(struct writer *w, const struct piece *p)
{
	put(w, p->bytes, p->len);
}

/* The head of the element that ends at "end". */
static void
put_head(struct writer *w, unsigned tag, size_t end)
{
	unsigned char	 head[5] = { (unsigned char)tag };
	size_t		 len = end - w->at, n = 1;

	if (len > LENGTH_MAX) {
		w->full = true;
		return;
	}
	if (len > 0x7f)
		head[n++] = len > 0xffff ? 0x83 : len > 0xff ? 0x82 : 0x81;
	if (len > 0xffff)
		head[n++] = (unsigned char)(len >> 16);
	if (len > 0xff)
		head[n++] = (unsigned char)(len >> 8);
	head[n++] = (unsigned char)len;
	put(w, head, n);
}

static void
put_string(struct writer *w, unsigned tag, const void *data, size_t len)
{
	size_t		 end = w->at;

	put(w, data, len);
	put_head(w, tag, end);
}

static void
put_number(struct writer *w, uint32_t n)
{
	const unsigned char b[5] = { 0, (unsigned char)(n >> 24), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n };
	size_t		 i = 0;

	while (i < 4 && b[i] == 0 && b[i + 1] < 0x80)
		i++;
	put_string(w, INTEGER, b + i, sizeof(b) - i);
}

static void
put_passphrase(struct writer *w, const struct cms_info *i)
{
	size_t		 end = w->at, alg, params;

	put_string(w, OCTETS, i->key, i->keylen);
	alg = params = w->at;
	put_string(w, OCTETS, i->iv, CMS_BLOCK);
	put_piece(w, &oid_cbc);
	put_head(w, SEQUENCE, params);
	put_piece(w, &oid_pwri);
	put_head(w, SEQUENCE, alg);
	alg = params = w->at;
	put_piece(w, &prf);
	put_number(w, i->iterations);
	put_string(w, OCTETS, i->salt, CMS_SALT);
	put_head(w, SEQUENCE, params);
	put_piece(w, &oid_pbkdf2);
	put_head(w, CONTEXT0C, alg);
	put_piece(w, &version0);
	put_head(w, CONTEXT3C, end);
}

static void
put_rsa(struct writer *w, const struct cms_info *i)
{
	size_t		 end = w->at;

	put_string(w, OCTETS, i->key, i->keylen);
	put_piece(w, &oaep);
	put(w, i->name, i->namelen);
	put_piece(w, &version0);
	put_head(w, SEQUENCE, end);
}

static void
put_ec(struct writer *w, const struct cms_info *i)
{
	size_t		 end = w->at, inner;

	put_string(w, OCTETS, i->key, i->keylen);
	put(w, i->name, i->namelen);
	put_head(w, SEQUENCE, end);
	put_head(w, SEQUENCE, end);
	put_piece(w, i->kind == CMS_EC256 ? &ecdh256 : &ecdh384);
	inner = w->at;
	put(w, i->point, i->pointlen);
	put(w, "", 1);				/* no unused bits */
	put_head(w, BITS, inner);
	put_piece(w, &ec_public);
	put_head(w, CONTEXT1C, inner);
	put_head(w, CONTEXT0C, inner);
	put_piece(w, &version3);
	put_head(w, CONTEXT1C, end);
}

/* What the writer has, to the end of "out"; the writer is at its end. */
static int
deliver(struct buf *out, struct writer *w, size_t room)
{
	int	 rc = w->full ? -1 : buf_append(out, w->data + w->at, room - w->at);

	free(w->data);
	return rc;
}

int
cms_write_info(struct buf *out, const struct cms_info *i)
{
	size_t		 room = i->namelen + i->pointlen + i->keylen + HEADS;
	struct writer	 w = { malloc(room), room, false };

	if (w.data == NULL)
		return -1;
	if (i->kind == CMS_PASSPHRASE)
		put_passphrase(&w, i);
	else if (i->kind == CMS_RSA)
		put_rsa(&w, i);
	else
		put_ec(&w, i);
	return deliver(out, &w, room);
}

int
cms_write(struct buf *out, const struct cms_form *f)
{
	size_t		 room = f->setlen + f->contentlen + HEADS, end, params;
	struct writer	 w = { malloc(room), room, false };

	if (w.data == NULL)
		return -1;
	put_string(&w, OCTETS, f->tag, CMS_TAG);
	end = w.at;
	put_string(&w, CONTEXT0, f->content, f->contentlen);
	params = w.at;
	put_piece(&w, &icv16);
	put_string(&w, OCTETS, f->nonce, CMS_NONCE);
	put_head(&w, SEQUENCE, params);
	put_piece(&w, &oid_gcm);
	put_head(&w, SEQUENCE, params);
	put_piece(&w, &oid_data);
	put_head(&w, SEQUENCE, end);
	put_string(&w, SET, f->set, f->setlen);
	put_piece(&w, &version0);
	put_head(&w, SEQUENCE, room);
	put_head(&w, CONTEXT0C, room);
	put_piece(&w, &oid_message);
	put_head(&w, SEQUENCE, room);
	return deliver(out, &w, room);
}

/* Reading: a stretch of bytes, shortened from its front.  Each returns whether it could. */
struct der {
	const unsigned char *p;
	size_t		 n;
};

/* An element with this tag, and a length in its only form (X.690 10.1). */
static bool
take(struct der *d, unsigned tag, struct der *inner)
{
	size_t		 len, head = 2, extra = 0, i;

	if (d->n < 2 || d->p[0] != tag)
		return false;
	len = d->p[1];
	if (len > 0x7f) {
		extra = len & 0x7f;
		if (extra < 1 || extra > 3 || d->n < 2 + extra)
			return false;
		for (i = 0, len = 0; i < extra; i++)
			len = len << 8 | d->p[2 + i];
		if (len < 0x80 || len >> (8 * (extra - 1)) == 0)
			return false;
		head += extra;
	}
	if (len > d->n - head)
		return false;
	inner->p = d->p + head;
	inner->n = len;
	d->p += head + len;
	d->n -= head + len;
	return true;
}

static bool
take_piece(struct der *d, const struct piece *piece)
{
	if (d->n < piece->len || memcmp(d->p, piece->bytes, piece->len) != 0)
		return false;
	d->p += piece->len;
	d->n -= piece->len;
	return true;
}

/* An OCTET STRING of this length. */
static bool
take_string(struct der *d, size_t len, const unsigned char **out)
{
	struct der	 s;

	if (!take(d, OCTETS, &s) || s.n != len)
		return false;
	*out = s.p;
	return true;
}

static bool
take_number(struct der *d, uint32_t *out)
{
	struct der	 n;
	uint32_t	 v = 0;

	if (!take(d, INTEGER, &n) || n.n == 0 || n.n > 4 || n.p[0] > 0x7f ||
	    (n.n > 1 && n.p[0] == 0 && n.p[1] < 0x80))
		return false;
	while (n.n-- > 0)
		v = v << 8 | *n.p++;
	*out = v;
	return true;
}

static bool
read_passphrase(struct der d, struct cms_info *i)
{
	struct der	 alg, params;

	i->kind = CMS_PASSPHRASE;
	i->keylen = WRAPPED_PWRI;
	return take_piece(&d, &version0) && take(&d, CONTEXT0C, &alg) &&
	    take_piece(&alg, &oid_pbkdf2) && take(&alg, SEQUENCE, &params) && alg.n == 0 &&
	    take_string(&params, CMS_SALT, &i->salt) && take_number(&params, &i->iterations) &&
	    take_piece(&params, &prf) && params.n == 0 &&
	    take(&d, SEQUENCE, &alg) && take_piece(&alg, &oid_pwri) &&
	    take(&alg, SEQUENCE, &params) && alg.n == 0 && take_piece(&params, &oid_cbc) &&
	    take_string(&params, CMS_BLOCK, &i->iv) && params.n == 0 &&
	    take_string(&d, i->keylen, &i->key) && d.n == 0;
}

/* IssuerAndSerialNumber, RFC 5652 10.2.4: looked at as a whole. */
static bool
take_name(struct der *d, struct cms_info *i)
{
	const unsigned char *begin = d->p;
	struct der	 name, part;

	if (!take(d, SEQUENCE, &name) || !take(&name, SEQUENCE, &part) ||
	    !take(&name, INTEGER, &part) || name.n != 0)
		return false;
	i->name = begin;
	i->namelen = (size_t)(d->p - begin);
	return true;
}

static bool
read_rsa(struct der d, struct cms_info *i)
{
	struct der	 key;

	i->kind = CMS_RSA;
	if (!take_piece(&d, &version0) || !take_name(&d, i) || !take_piece(&d, &oaep) ||
	    !take(&d, OCTETS, &key) || key.n < RSA_LEAST || key.n > RSA_MOST || d.n != 0)
		return false;
	i->key = key.p;
	i->keylen = key.n;
	return true;
}

/* The sender's point: OriginatorIdentifierOrKey, RFC 5652 6.2.2. */
static bool
take_point(struct der *d, struct cms_info *i)
{
	struct der	 outer, inner, bits;

	if (!take(d, CONTEXT0C, &outer) || !take(&outer, CONTEXT1C, &inner) || outer.n != 0 ||
	    !take_piece(&inner, &ec_public) || !take(&inner, BITS, &bits) || inner.n != 0 ||
	    bits.n < 2 || bits.p[0] != 0 || bits.p[1] != 4)
		return false;
	i->point = bits.p + 1;
	i->pointlen = bits.n - 1;
	return true;
}

static bool
read_ec(struct der d, struct cms_info *i)
{
	struct der	 list, one;

	i->keylen = WRAPPED_EC;
	if (!take_piece(&d, &version3) || !take_point(&d, i))
		return false;
	if (take_piece(&d, &ecdh256))
		i->kind = CMS_EC256;
	else if (take_piece(&d, &ecdh384))
		i->kind = CMS_EC384;
	else
		return false;
	return i->pointlen == cms_point_size(i->kind) && take(&d, SEQUENCE, &list) && d.n == 0 &&
	    take(&list, SEQUENCE, &one) && list.n == 0 && take_name(&one, i) &&
	    take_string(&one, i->keylen, &i->key) && one.n == 0;
}

/* The order of a SET OF (X.690 11.6). */
int
cms_compare(const void *a, size_t alen, const void *b, size_t blen)
{
	int	 c = memcmp(a, b, alen < blen ? alen : blen);

	return c != 0 ? c : (alen > blen) - (alen < blen);
}

/* The recipients; NULL, or what is wrong with them. */
static const char *
read_set(struct cms_form *f, struct der set)
{
	const unsigned char *last = NULL;
	size_t		 lastlen = 0;
	struct der	 d;
	bool		 ok;

	for (f->n = 0; set.n > 0; f->n++) {
		const unsigned char *begin = set.p;
		struct cms_info	*i;

		if (f->n == CMS_RECIPIENTS)
			return "it has too many recipients";
		i = &f->infos[f->n];
		memset(i, 0, sizeof(*i));
		if (take(&set, CONTEXT3C, &d))
			ok = read_passphrase(d, i);
		else if (take(&set, CONTEXT1C, &d))
			ok = read_ec(d, i);
		else
			ok = take(&set, SEQUENCE, &d) && read_rsa(d, i);
		if (!ok)
			return "a recipient is not of a form that is written here";
		if (last != NULL && cms_compare(last, lastlen, begin, (size_t)(set.p - begin)) >= 0)
			return "its recipients are not in their order";
		last = begin;
		lastlen = (size_t)(set.p - begin);
	}
	return f->n == 0 ? "it has no recipient" : NULL;
}

const char *
cms_read(struct cms_form *f, const void *data, size_t len)
{
	struct der	 all = { data, len }, d, set, content, alg, params, bytes;

	if (!take(&all, SEQUENCE, &d) || !take_piece(&d, &oid_message))
		return "it is no CMS message of the type AuthEnvelopedData";
	if (all.n != 0)
		return "something follows the message";
	if (!take(&d, CONTEXT0C, &content) || d.n != 0 || !take(&content, SEQUENCE, &d) ||
	    content.n != 0 || !take_piece(&d, &version0) || !take(&d, SET, &set) ||
	    !take(&d, SEQUENCE, &content) || !take_string(&d, CMS_TAG, &f->tag) || d.n != 0 ||
	    !take_piece(&content, &oid_data) || !take(&content, SEQUENCE, &alg) ||
	    !take_piece(&alg, &oid_gcm) || !take(&alg, SEQUENCE, &params) || alg.n != 0 ||
	    !take_string(&params, CMS_NONCE, &f->nonce) || !take_piece(&params, &icv16) ||
	    params.n != 0 || !take(&content, CONTEXT0, &bytes) || content.n != 0)
		return "it is not of the form that is written here";
	f->set = set.p;
	f->setlen = set.n;
	f->content = bytes.p;
	f->contentlen = bytes.n;
	return read_set(f, set);
}

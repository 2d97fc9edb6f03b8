#include <string.h>

#include <openssl/crypto.h>

#include "model/softkey.h"

/* PKCS#8 is written from its end to its beginning, so that each length is known when it is due. */
struct writer {
	unsigned char	*start;
	unsigned char	*p;		/* the first byte written; NULL: no room */
};

#define ROOM	((size_t)4 << 10)	/* RSA-4096 takes some 2,400 bytes */

/* Whole elements: AlgorithmIdentifiers of RFC 8017 A.1, RFC 5480 2.1.1 and RFC 8410 3. */
static const unsigned char rsa[] = {
	0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
};
static const unsigned char p256[] = {
	0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
};
static const unsigned char p384[] = {
	0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22
};
static const unsigned char ed25519[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70 };
static const unsigned char ed448[] = { 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71 };
static const unsigned char zero[] = { 0x02, 0x01, 0x00 };	/* versions */
static const unsigned char one[] = { 0x02, 0x01, 0x01 };

static void
put(struct writer *w, const void *data, size_t len)
{
	if (w->p == NULL || (size_t)(w->p - w->start) < len) {
		w->p = NULL;
		return;
	}
	w->p -= len;
	memcpy(w->p, data, len);
}

/* The head of an element that ends at "end" and begins here. */
static void
head(struct writer *w, unsigned char tag, const unsigned char *end)
{
	unsigned char	 h[4];
	size_t		 len, n = 0;

	if (w->p == NULL)
		return;
	len = (size_t)(end - w->p);
	h[n++] = tag;
	if (len >= 0x100) {
		h[n++] = 0x82;
		h[n++] = (unsigned char)(len >> 8);
	} else if (len >= 0x80) {
		h[n++] = 0x81;
	}
	h[n++] = (unsigned char)len;
	put(w, h, n);
}

static void
put_rsa(struct writer *w, const struct softkey *k)
{
	const unsigned char	*data, *end = w->p, *last;
	size_t			 len;
	int			 i;

	for (i = SOFTKEY_QI; i >= SOFTKEY_N && w->p != NULL; i--) {
		data = softkey_number(k, (enum softkey_part)i, &len);
		last = w->p;
		put(w, data, len);
		if (data[0] >= 0x80)
			put(w, "", 1);		/* else it would be negative */
		head(w, 0x02, last);
	}
	put(w, zero, sizeof(zero));
	head(w, 0x30, end);
}

static void
put_ecdsa(struct writer *w, const struct softkey *k)
{
	const unsigned char	*data, *end = w->p, *last;
	const struct key	*public = softkey_public(k);
	size_t			 len;

	put(w, public->public, public->len);
	put(w, "\x00\x04", 2);			/* no unused bits; a point in full */
	head(w, 0x03, end);
	head(w, 0xa1, end);
	last = w->p;
	data = softkey_number(k, SOFTKEY_SECRET, &len);
	put(w, data, len);
	head(w, 0x04, last);
	put(w, one, sizeof(one));
	head(w, 0x30, end);
}

static void
put_edwards(struct writer *w, const struct softkey *k)
{
	const unsigned char	*data, *end = w->p;
	size_t			 len;

	data = softkey_number(k, SOFTKEY_SECRET, &len);
	put(w, data, len);
	head(w, 0x04, end);
}

int
softkey_der(const struct softkey *k, unsigned char **der, size_t *len)
{
	const struct { const unsigned char *id; size_t len; } ids[] = {
		[RSASHA256] = { rsa, sizeof(rsa) }, [RSASHA512] = { rsa, sizeof(rsa) },
		[ECDSAP256SHA256] = { p256, sizeof(p256) },
		[ECDSAP384SHA384] = { p384, sizeof(p384) },
		[ED25519] = { ed25519, sizeof(ed25519) }, [ED448] = { ed448, sizeof(ed448) },
	};
	unsigned char	*room = OPENSSL_secure_malloc(ROOM), *out = NULL, *end;
	unsigned	 algorithm = softkey_public(k)->algorithm;
	struct writer	 w;
	int		 rv = -1;

	if (room == NULL)
		return -1;
	w.start = room;
	w.p = end = room + ROOM;
	switch (algorithm_family(algorithm)) {
	case FAMILY_ECDSA:
		put_ecdsa(&w, k);
		break;
	case FAMILY_EDDSA:
		put_edwards(&w, k);
		break;
	default:
		put_rsa(&w, k);
	}
	head(&w, 0x04, end);
	put(&w, ids[algorithm].id, ids[algorithm].len);
	put(&w, zero, sizeof(zero));
	head(&w, 0x30, end);
	if (w.p != NULL && (out = OPENSSL_secure_malloc((size_t)(end - w.p))) != NULL) {
		*len = (size_t)(end - w.p);
		memcpy(out, w.p, *len);
		*der = out;
		rv = 0;
	}
	OPENSSL_secure_clear_free(room, ROOM);
	return rv;
}

void
softkey_der_free(unsigned char *der, size_t len)
{
	OPENSSL_secure_clear_free(der, len);
}

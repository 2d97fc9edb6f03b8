#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/isotime.h"
#include "model/softkey_parse.h"

#define INTEGER		0x02		/* DER, ITU-T X.690 8.1.2 */
#define BIT_STRING	0x03
#define OCTET_STRING	0x04
#define OBJECT_ID	0x06
#define SEQUENCE	0x30
#define EXPLICIT_0	0xa0
#define EXPLICIT_1	0xa1

#define NUMBER_MAX	((size_t)1 << 10)	/* bytes of one number: RSA-8192 */

static const char other_kind[] = "a key of a kind or curve that DNSSEC does not have";

struct der {
	const unsigned char	*p;
	size_t			 len;
};

/* Object identifiers of RFC 8017 A.1, RFC 5480 2.1.1 and RFC 8410 3, without their heads. */
static const struct kind {
	const char	*oid;
	size_t		 len;
	const char	*curve;		/* parameters of the first */
	size_t		 curvelen;
	unsigned	 algorithm;
} kinds[] = {
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9, NULL, 0, 0 },
	{ "\x2a\x86\x48\xce\x3d\x02\x01", 7, "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8,
	    ECDSAP256SHA256 },
	{ "\x2a\x86\x48\xce\x3d\x02\x01", 7, "\x2b\x81\x04\x00\x22", 5, ECDSAP384SHA384 },
	{ "\x2b\x65\x70", 3, NULL, 0, ED25519 },
	{ "\x2b\x65\x71", 3, NULL, 0, ED448 },
};

/* Take one element with this tag from the front; 0, or -1. */
static int
take(struct der *in, unsigned tag, struct der *out)
{
	size_t	 len, n, i;

	if (in->len < 2 || in->p[0] != tag)
		return -1;
	len = in->p[1];
	n = 0;
	if (len >= 0x80) {
		n = len & 0x7f;
		if (n == 0 || n > 3 || in->len < 2 + n)
			return -1;
		for (i = len = 0; i < n; i++)
			len = len << 8 | in->p[2 + i];
	}
	if (len > in->len - 2 - n)
		return -1;
	out->p = in->p + 2 + n;
	out->len = len;
	in->p = out->p + len;
	in->len -= 2 + n + len;
	return 0;
}

static bool
is(const struct der *d, const char *bytes, size_t len)
{
	return d->len == len && memcmp(d->p, bytes, len) == 0;
}

/* Take a small version number; -1: none. */
static int
take_version(struct der *in)
{
	struct der	 d;

	return take(in, INTEGER, &d) == 0 && d.len == 1 && d.p[0] < 0x80 ? d.p[0] : -1;
}

static int
keep(struct parts *n, enum softkey_part part, const unsigned char *p, size_t len)
{
	for (; part != SOFTKEY_SECRET && len > 0 && *p == 0; len--)
		p++;
	if (len == 0 || len > NUMBER_MAX || n->part[part].data != NULL ||
	    (n->part[part].data = OPENSSL_secure_malloc(len)) == NULL)
		return -1;
	memcpy(n->part[part].data, p, len);
	n->part[part].len = len;
	return 0;
}

/* RFC 8017 A.1.2; of two primes only. */
static int
take_rsa(struct parts *n, struct der in)
{
	struct der	 seq, d;
	int		 i;

	if (take(&in, SEQUENCE, &seq) == -1 || in.len != 0 || take_version(&seq) != 0)
		return -1;
	for (i = SOFTKEY_N; i <= SOFTKEY_QI; i++)
		if (take(&seq, INTEGER, &d) == -1 || (d.len > 0 && d.p[0] >= 0x80) ||
		    keep(n, (enum softkey_part)i, d.p, d.len) == -1)
			return -1;
	return seq.len == 0 ? 0 : -1;
}

/* An EC number in the full width of its field. */
static int
keep_scalar(struct parts *n, const unsigned char *p, size_t len)
{
	unsigned char	 full[48] = { 0 };
	size_t		 width = algorithm_bits(n->algorithm) / 8;
	int		 rv;

	for (; len > width && *p == 0; len--)
		p++;
	if (len == 0 || len > width)
		return -1;
	memcpy(full + width - len, p, len);
	rv = keep(n, SOFTKEY_SECRET, full, width);
	OPENSSL_cleanse(full, sizeof(full));
	return rv;
}

static unsigned
curve_algorithm(const struct der *oid)
{
	size_t	 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].curve != NULL && is(oid, kinds[i].curve, kinds[i].curvelen))
			return kinds[i].algorithm;
	return 0;
}

/* RFC 5915 3: the curve may be stated here, the public point too. */
static int
take_ec(struct parts *n, struct der in, const char **why)
{
	struct der	 seq, secret, d, oid;

	if (take(&in, SEQUENCE, &seq) == -1 || in.len != 0 || take_version(&seq) != 1 ||
	    take(&seq, OCTET_STRING, &secret) == -1)
		return -1;
	if (take(&seq, EXPLICIT_0, &d) == 0) {
		if (take(&d, OBJECT_ID, &oid) == -1)
			return -1;
		if (curve_algorithm(&oid) == 0)
			*why = other_kind;
		if (curve_algorithm(&oid) == 0 || (n->algorithm != 0 && n->algorithm != curve_algorithm(&oid)))
			return -1;
		n->algorithm = curve_algorithm(&oid);
	}
	if (n->algorithm == 0 || keep_scalar(n, secret.p, secret.len) == -1)
		return -1;
	if (take(&seq, EXPLICIT_1, &d) == -1)
		return seq.len == 0 ? 0 : -1;
	/* no unused bits, and a point in full: 4, x, y */
	if (seq.len != 0 || take(&d, BIT_STRING, &oid) == -1 || oid.len < 2 || oid.p[0] != 0 ||
	    oid.p[1] != 4)
		return -1;
	n->pointlen = oid.len - 2;
	if ((n->point = OPENSSL_secure_malloc(n->pointlen + 1)) == NULL)
		return -1;
	memcpy(n->point, oid.p + 2, n->pointlen);
	return 0;
}

/* RFC 8410 7: an octet string in the octet string. */
static int
take_edwards(struct parts *n, struct der in)
{
	struct der	 d;

	if (take(&in, OCTET_STRING, &d) == -1 || in.len != 0 ||
	    d.len != (algorithm_bits(n->algorithm) + 7) / 8)
		return -1;
	return keep(n, SOFTKEY_SECRET, d.p, d.len);
}

/* RFC 5958 2.  Attributes and a public key may follow; they are not needed. */
static int
take_pkcs8(struct parts *n, struct der in, const char **why)
{
	struct der	 seq, alg, oid, curve = { NULL, 0 }, octets;
	size_t		 i;
	int		 version;

	if (take(&in, SEQUENCE, &seq) == -1 || in.len != 0)
		return -1;
	if (((version = take_version(&seq)) != 0 && version != 1) ||
	    take(&seq, SEQUENCE, &alg) == -1 || take(&alg, OBJECT_ID, &oid) == -1 ||
	    take(&seq, OCTET_STRING, &octets) == -1)
		return -1;
	(void)take(&alg, OBJECT_ID, &curve);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (is(&oid, kinds[i].oid, kinds[i].len) && (kinds[i].curve == NULL ||
		    is(&curve, kinds[i].curve, kinds[i].curvelen)))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0])) {
		*why = other_kind;
		return -1;
	}
	n->algorithm = kinds[i].algorithm;
	switch (algorithm_family(n->algorithm)) {
	case FAMILY_ECDSA:
		return take_ec(n, octets, why);
	case FAMILY_EDDSA:
		return take_edwards(n, octets);
	default:
		return take_rsa(n, octets);
	}
}

/* A passphrase is never asked for here. */
static int
no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int
parse_pem(struct parts *n, const char *text, size_t len, const char **why)
{
	BIO		*bio = BIO_new_mem_buf(text, (int)len);
	unsigned char	*der = NULL, *more = NULL;
	char		*name = NULL, *next = NULL;
	long		 derlen = 0, morelen = 0;
	struct der	 in;
	int		 rv = -1;

	*why = "no private key in PEM";
	if (memmem(text, len, "ENCRYPTED", 9) != NULL) {
		*why = "a private key under a passphrase: not asked for here";
		goto out;
	}
	if (bio == NULL || PEM_bytes_read_bio_secmem(&der, &derlen, &name, PEM_STRING_EVP_PKEY,
	    bio, no_passphrase, NULL) != 1)
		goto out;
	if (PEM_bytes_read_bio_secmem(&more, &morelen, &next, PEM_STRING_EVP_PKEY, bio,
	    no_passphrase, NULL) == 1) {
		*why = "more than one private key";
		goto out;
	}
	*why = "a damaged private key";
	in.p = der;
	in.len = (size_t)derlen;
	if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
		rv = take_pkcs8(n, in, why);
	else if (strcmp(name, PEM_STRING_RSA) == 0)
		rv = take_rsa(n, in);
	else if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0)
		rv = take_ec(n, in, why);
 out:
	OPENSSL_secure_clear_free(der, (size_t)derlen);
	OPENSSL_secure_clear_free(more, (size_t)morelen);
	OPENSSL_secure_free(name);
	OPENSSL_secure_free(next);
	BIO_free(bio);
	ERR_clear_error();
	return rv;
}

static const struct {			/* the lines with secrets in a K*.private */
	const char		*word;
	enum softkey_part	 part;
} words[] = {
	{ "Modulus", SOFTKEY_N }, { "PublicExponent", SOFTKEY_E }, { "PrivateExponent", SOFTKEY_D },
	{ "Prime1", SOFTKEY_P }, { "Prime2", SOFTKEY_Q }, { "Exponent1", SOFTKEY_DP },
	{ "Exponent2", SOFTKEY_DQ }, { "Coefficient", SOFTKEY_QI }, { "PrivateKey", SOFTKEY_SECRET },
};

/* Base64 of one number, decoded within the secure heap. */
static int
keep_base64(struct parts *n, enum softkey_part part, const char *text, size_t len)
{
	unsigned char	*out;
	int		 got, rv = -1;

	if (len == 0 || len % 4 != 0 || len > 2 * NUMBER_MAX ||
	    (out = OPENSSL_secure_malloc(len)) == NULL)
		return -1;
	got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	/* what stands for the padding is counted as zero bytes */
	got -= (text[len - 1] == '=') + (text[len - 2] == '=');
	if (got > 0 && part == SOFTKEY_SECRET &&
	    algorithm_family(n->algorithm) == FAMILY_ECDSA)
		rv = keep_scalar(n, out, (size_t)got);
	else if (got > 0)
		rv = keep(n, part, out, (size_t)got);
	OPENSSL_secure_clear_free(out, len);
	return rv;
}

/* "YYYYMMDDhhmmss", UTC. */
static int
parse_stamp(int64_t *out, const char *text, size_t len)
{
	char	 iso[ISOTIME_SIZE];

	if (len != 14)
		return -1;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4, text + 6,
	    text + 8, text + 10, text + 12);
	return isotime_parse(out, iso);
}

static bool
word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* One "Word: value"; words that are not known here are none of our business. */
static int
parse_word(struct parts *n, const char *word, size_t wlen, const char *val, size_t len,
    const char **why)
{
	size_t	 i;

	*why = "a line that a K*.private cannot have";
	if (word_is(word, wlen, "Activate"))
		return parse_stamp(&n->from, val, len);
	if (word_is(word, wlen, "Inactive"))
		return parse_stamp(&n->until, val, len);
	if (word_is(word, wlen, "Engine") || word_is(word, wlen, "Label")) {
		*why = "the key is not in this file but on a token";
		return -1;
	}
	if (word_is(word, wlen, "Algorithm")) {
		if (n->algorithm != 0 || len == 0)
			return -1;
		for (i = 0; i < len && val[i] >= '0' && val[i] <= '9' && n->algorithm < 256; i++)
			n->algorithm = n->algorithm * 10 + (unsigned)(val[i] - '0');
		*why = "of an algorithm that is not supported";
		return algorithm_family(n->algorithm) == FAMILY_NONE ? -1 : 0;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (word_is(word, wlen, words[i].word))
			return keep_base64(n, words[i].part, val, len);
	return 0;
}

static int
parse_bind(struct parts *n, const char *text, size_t len, const char **why)
{
	const char	*end = text + len, *line, *stop, *colon, *val, *last;

	for (line = text; line < end; line = stop + 1) {
		if ((stop = memchr(line, '\n', (size_t)(end - line))) == NULL)
			stop = end;
		last = stop > line && stop[-1] == '\r' ? stop - 1 : stop;
		if (last == line || *line == ';')
			continue;
		*why = "a line without a colon";
		if ((colon = memchr(line, ':', (size_t)(last - line))) == NULL)
			return -1;
		for (val = colon + 1; val < last && *val == ' '; val++)
			;
		while (last > val && last[-1] == ' ')
			last--;
		if (line == text) {
			*why = "not of format v1.2 or v1.3";
			if (last - val != 4 ||
			    (memcmp(val, "v1.2", 4) != 0 && memcmp(val, "v1.3", 4) != 0))
				return -1;
		} else if (parse_word(n, line, (size_t)(colon - line), val, (size_t)(last - val),
		    why) == -1)
			return -1;
	}
	*why = "no Algorithm";
	return n->algorithm == 0 ? -1 : 0;
}

/* Each part that its kind of key needs, and no other. */
static int
complete(const struct parts *n)
{
	bool	 rsa = n->algorithm == 0 || algorithm_family(n->algorithm) == FAMILY_RSA;
	int	 i;

	for (i = SOFTKEY_N; i <= SOFTKEY_QI; i++)
		if ((n->part[i].data != NULL) != rsa)
			return -1;
	if ((n->part[SOFTKEY_SECRET].data != NULL) == rsa)
		return -1;
	return rsa || n->part[SOFTKEY_SECRET].len == (algorithm_bits(n->algorithm) + 7) / 8 ?
	    0 : -1;
}

int
parts_parse(struct parts *n, const char *text, size_t len, const char **why)
{
	static const char	 bind[] = "Private-key-format:";
	int			 rv;

	memset(n, 0, sizeof(*n));
	n->from = INT64_MIN;
	n->until = INT64_MAX;
	if (len >= sizeof(bind) - 1 && memcmp(text, bind, sizeof(bind) - 1) == 0)
		rv = parse_bind(n, text, len, why);
	else if (memmem(text, len, "-----BEGIN ", 11) != NULL)
		rv = parse_pem(n, text, len, why);
	else {
		*why = "neither a private key in PEM nor a K*.private";
		return -1;
	}
	if (rv == 0 && complete(n) == -1) {
		*why = "a part of the private key is missing, or too much";
		rv = -1;
	}
	return rv;
}

void
parts_clear(struct parts *n)
{
	int	 i;

	for (i = 0; i < SOFTKEY_NONE; i++)
		OPENSSL_secure_clear_free(n->part[i].data, n->part[i].len);
	OPENSSL_secure_clear_free(n->point, n->pointlen);
	memset(n, 0, sizeof(*n));
}

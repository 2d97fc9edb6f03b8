#include <stdlib.h>
#include <string.h>

#include "token/internal.h"
#include "token/values.h"

CK_RV
object_get(const struct token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    void *val, size_t *len)
{
	CK_ATTRIBUTE	 a = { type, val, *len };
	CK_RV		 rv;

	if ((rv = t->module->f->C_GetAttributeValue(t->session, object, &a, 1)) != CKR_OK)
		return rv;
	if (a.ulValueLen > *len)	/* also (CK_ULONG)-1: not available */
		return CKR_ATTRIBUTE_TYPE_INVALID;
	*len = a.ulValueLen;
	return CKR_OK;
}

bool
object_true(const struct token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL	 b = CK_FALSE;
	size_t		 len = sizeof(b);

	return object_get(t, object, type, &b, &len) == CKR_OK && len == sizeof(b) &&
	    b != CK_FALSE;
}

struct curve {
	unsigned	 algorithm;
	size_t		 len;
	const char	*params;	/* CKA_EC_PARAMS in DER */
};

/* Named by object identifier, or by a PrintableString (PKCS#11 3.0, 6.3.3). */
static const struct curve curves[] = {
	{ ECDSAP256SHA256, 10, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07" },
	{ ECDSAP384SHA384, 7, "\x06\x05\x2b\x81\x04\x00\x22" },
	{ ED25519, 5, "\x06\x03\x2b\x65\x70" },
	{ ED25519, 14, "\x13\x0c" "edwards25519" },
	{ ED25519, 11, "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01" },
	{ ED448, 5, "\x06\x03\x2b\x65\x71" },
	{ ED448, 12, "\x13\x0a" "edwards448" },
};

const char *
curve_params(unsigned algorithm, size_t *len)
{
	size_t	 i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].algorithm == algorithm) {
			*len = curves[i].len;
			return curves[i].params;
		}
	return NULL;
}

unsigned
curve_algorithm(const unsigned char *params, size_t len)
{
	size_t	 i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].len == len && memcmp(curves[i].params, params, len) == 0)
			return curves[i].algorithm;
	return 0;
}

bool
object_fits(const struct token *t, CK_OBJECT_HANDLE object, unsigned algorithm,
    const char **why)
{
	struct values	 v;

	values_read(&v, t, object, OF_KEYS);
	return values_fit(&v, algorithm, why);
}

static void
strip_zeros(const unsigned char **p, size_t *len)
{
	for (; *len > 0 && **p == 0; (*len)--)
		(*p)++;
}

/* RFC 3110 2: length of the exponent in one byte, or zero and two, exponent, modulus. */
int
key_from_rsa(struct key *key, const unsigned char *n, size_t nlen, const unsigned char *e,
    size_t elen)
{
	unsigned char	*out;
	size_t		 head;

	strip_zeros(&n, &nlen);
	strip_zeros(&e, &elen);
	if (nlen == 0 || elen == 0 || elen > UINT16_MAX)
		return 0;
	head = elen < 256 ? 1 : 3;
	if ((out = malloc(head + elen + nlen)) == NULL)
		return -1;
	out[0] = head == 1 ? (unsigned char)elen : 0;
	if (head == 3) {
		out[1] = (unsigned char)(elen >> 8);
		out[2] = (unsigned char)elen;
	}
	memcpy(out + head, e, elen);
	memcpy(out + head + elen, n, nlen);
	key->public = out;
	key->len = head + elen + nlen;
	return 1;
}

/*
 * CKA_EC_POINT is a DER OCTET STRING, but some modules give the bare point: the
 * lengths tell them apart.  DNSSEC wants X and Y without the 04 before them
 * (RFC 6605 4), and the Edwards point as it is (RFC 8080 3).
 */
int
key_from_point(struct key *key, const unsigned char *p, size_t len, const char **why)
{
	size_t	 want, lead;

	if (len == 0)
		return 0;
	lead = algorithm_family(key->algorithm) == FAMILY_ECDSA ? 1 : 0;
	want = key->algorithm == ED448 ? 57 : key->algorithm == ED25519 ? 32 :
	    algorithm_bits(key->algorithm) / 4;
	if (len == want + lead + 2 && p[0] == 0x04 && p[1] == want + lead) {
		p += 2;
		len -= 2;
	}
	if (len != want + lead || (lead == 1 && p[0] != 0x04)) {
		*why = "its CKA_EC_POINT is not an uncompressed point of the curve";
		return -1;
	}
	if ((key->public = malloc(want)) == NULL)
		return -1;
	memcpy(key->public, p + lead, want);
	key->len = want;
	return 1;
}

int
object_public(const struct token *t, CK_OBJECT_HANDLE object, struct key *key,
    const char **why)
{
	struct values	 v;

	values_read(&v, t, object, OF_KEYS);
	return values_public(&v, key, why);
}

#include <stdlib.h>
#include <string.h>

#include "token/values.h"

#define AS_TYPE(name, room)	{ CKA_##name, NULL, room },

static const CK_ATTRIBUTE	 wanted[ATTRIBUTE_COUNT] = { ATTRIBUTES(AS_TYPE) };

static void
reset(struct values *v)
{
	unsigned char	*p = v->room;
	size_t		 i;

	for (i = 0; i < ATTRIBUTE_COUNT; i++) {
		v->a[i] = wanted[i];
		v->a[i].pValue = p;
		p += (wanted[i].ulValueLen + 8) & ~(CK_ULONG)7;
	}
}

static void
forget(struct values *v, size_t from)
{
	size_t	 i;

	for (i = from; i < ATTRIBUTE_COUNT; i++)
		v->a[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
}

bool
of_attributes(CK_RV rv)
{
	return rv == CKR_OK || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
	    rv == CKR_BUFFER_TOO_SMALL;
}

/* One by one, for modules that stop at the first attribute that they do not have. */
static CK_RV
read_singly(struct values *v, const struct token *t, CK_OBJECT_HANDLE object, size_t n)
{
	CK_RV	 rv;
	size_t	 i;

	for (i = 0; i < n; i++) {
		v->a[i].ulValueLen = wanted[i].ulValueLen;
		rv = t->module->f->C_GetAttributeValue(t->session, object, &v->a[i], 1);
		if (!of_attributes(rv))
			return rv;
		if (rv != CKR_OK)
			v->a[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
	}
	return CKR_OK;
}

/* What an object does not have is marked by the module (PKCS#11 5.7.5). */
CK_RV
values_read(struct values *v, const struct token *t, CK_OBJECT_HANDLE object, size_t n)
{
	CK_RV	 rv;
	size_t	 i;

	reset(v);
	rv = t->module->f->C_GetAttributeValue(t->session, object, v->a, n);
	for (i = 0; of_attributes(rv) && i < n; i++)
		if (v->a[i].ulValueLen == wanted[i].ulValueLen) {
			rv = read_singly(v, t, object, n);
			break;
		}
	if (of_attributes(rv))
		rv = CKR_OK;
	forget(v, rv == CKR_OK ? n : 0);
	return rv;
}

bool
values_has(const struct values *v, size_t i)
{
	return v->a[i].ulValueLen < wanted[i].ulValueLen;
}

bool
values_true(const struct values *v, size_t i)
{
	return values_has(v, i) && v->a[i].ulValueLen == sizeof(CK_BBOOL) &&
	    *(CK_BBOOL *)v->a[i].pValue != CK_FALSE;
}

bool
values_ulong(const struct values *v, size_t i, CK_ULONG *out)
{
	if (!values_has(v, i) || v->a[i].ulValueLen != sizeof(*out))
		return false;
	memcpy(out, v->a[i].pValue, sizeof(*out));
	return true;
}

bool
values_equal(const struct values *v, size_t i, const void *bytes, size_t len)
{
	return values_has(v, i) && v->a[i].ulValueLen == len &&
	    memcmp(v->a[i].pValue, bytes, len) == 0;
}

bool
values_fit(const struct values *v, unsigned algorithm, const char **why)
{
	CK_KEY_TYPE	 type, want;

	switch (algorithm_family(algorithm)) {
	case FAMILY_RSA:
		want = CKK_RSA;
		break;
	case FAMILY_ECDSA:
		want = CKK_EC;
		break;
	case FAMILY_EDDSA:
		want = CKK_EC_EDWARDS;
		break;
	default:
		*why = "the algorithm is not supported";
		return false;
	}
	if (!values_ulong(v, AT_KEY_TYPE, &type)) {
		*why = "its CKA_KEY_TYPE cannot be read";
		return false;
	}
	if (type != want) {
		*why = type == CKK_RSA ? "it is an RSA key" : type == CKK_EC ? "it is an EC key" :
		    type == CKK_EC_EDWARDS ? "it is an Edwards key" : "its type is another";
		return false;
	}
	if (want != CKK_RSA && (!values_has(v, AT_EC_PARAMS) || curve_algorithm(
	    v->a[AT_EC_PARAMS].pValue, v->a[AT_EC_PARAMS].ulValueLen) != algorithm)) {
		*why = "its curve is another";
		return false;
	}
	return true;
}

int
values_public(const struct values *v, struct key *key, const char **why)
{
	const CK_ATTRIBUTE *n = &v->a[AT_MODULUS], *e = &v->a[AT_PUBLIC_EXPONENT];
	const CK_ATTRIBUTE *p = &v->a[AT_EC_POINT];
	uint64_t	 exponent;
	unsigned	 bits;
	int		 rc = 0;

	*why = "out of memory";
	if (algorithm_family(key->algorithm) != FAMILY_RSA) {
		if (values_has(v, AT_EC_POINT))
			rc = key_from_point(key, p->pValue, p->ulValueLen, why);
	} else if (values_has(v, AT_MODULUS) && values_has(v, AT_PUBLIC_EXPONENT))
		rc = key_from_rsa(key, n->pValue, n->ulValueLen, e->pValue, e->ulValueLen);
	if (rc == 1 && key_size(key, &bits, &exponent) == -1) {
		*why = "its public key is not one of the algorithm";
		rc = -1;
	}
	if (rc != 1) {
		free(key->public);
		key->public = NULL;
		key->len = 0;
	}
	return rc;
}

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/isotime.h"
#include "model/keylist.h"
#include "token/half.h"
#include "token/values.h"

#define MAX_OBJECTS	100000
#define BATCH		1024		/* handles that C_FindObjects is asked for at a time */

/* A copy with a NUL behind it, which is not counted. */
static int
copy_value(unsigned char **out, size_t *len, const struct values *v, size_t i)
{
	if (!values_has(v, i) || v->a[i].ulValueLen == 0)
		return 0;
	if ((*out = malloc(v->a[i].ulValueLen + 1)) == NULL)
		return -1;
	*len = v->a[i].ulValueLen;
	memcpy(*out, v->a[i].pValue, *len);
	(*out)[*len] = '\0';
	return 0;
}

/* "YYYYMMDD"; anything else, as "00000000", is no date. */
static bool
parse_date(int64_t *out, const unsigned char *d)
{
	char	 text[11];

	snprintf(text, sizeof(text), "%.4s-%.2s-%.2s", (const char *)d, (const char *)d + 4,
	    (const char *)d + 6);
	return strlen(text) == 10 && isotime_option(out, text) == 0;
}

/*
 * Apart from the rest: SoftHSM's answer to a private half with dates is an error, at
 * which it stops.
 */
CK_RV
half_dates(struct half *h, const struct token *t)
{
	unsigned char	 from[9] = "", until[9] = "";
	CK_ATTRIBUTE	 a[] = { { CKA_START_DATE, from, 9 }, { CKA_END_DATE, until, 9 } };
	CK_FUNCTION_LIST *f = t->module->f;
	CK_RV		 rv = CKR_OK, one;
	size_t		 i;

	if (f->C_GetAttributeValue(t->session, h->object, a, 2) != CKR_OK)
		for (i = 0; i < 2; i++) {
			a[i].ulValueLen = 9;
			one = f->C_GetAttributeValue(t->session, h->object, &a[i], 1);
			if (one != CKR_OK)
				a[i].ulValueLen = 0;
			if (!of_attributes(one))
				rv = one;
		}
	if (a[0].ulValueLen == 8)
		parse_date(&h->from, from);
	if (a[1].ulValueLen == 8)
		parse_date(&h->until, until);
	if (h->until <= h->from) {
		h->strange = "its dates make no sense";
		h->from = KEYLIST_ALWAYS;
		h->until = KEYLIST_FOREVER;
	}
	return rv;
}

static const char *
other_class(CK_OBJECT_CLASS class)
{
	switch (class) {
	case CKO_DATA:
		return "data";
	case CKO_CERTIFICATE:
		return "certificate";
	case CKO_SECRET_KEY:
		return "secret key";
	case CKO_HW_FEATURE:
		return "hardware feature";
	case CKO_DOMAIN_PARAMETERS:
		return "domain parameters";
	}
	return "object of an unknown class";
}

/* Which algorithm, by type and curve; RSASHA256 stands for both of RSA; 0: none. */
static uint8_t
algorithm_of(const struct half *h, const struct values *v)
{
	unsigned	 algorithm;

	if (h->type == CKK_RSA)
		return RSASHA256;
	if ((h->type != CKK_EC && h->type != CKK_EC_EDWARDS) || !values_has(v, AT_EC_PARAMS))
		return 0;
	algorithm = curve_algorithm(v->a[AT_EC_PARAMS].pValue, v->a[AT_EC_PARAMS].ulValueLen);
	if ((algorithm_family(algorithm) == FAMILY_ECDSA) != (h->type == CKK_EC))
		return 0;
	return (uint8_t)algorithm;
}

/* The public key, where the object tells; -1: out of memory. */
static int
take_public(struct half *h, const struct values *v)
{
	const char	*why = NULL;
	uint64_t	 exponent;
	unsigned	 bits;
	int		 rc = 0;

	if (h->type == CKK_RSA && values_has(v, AT_MODULUS) && values_has(v, AT_PUBLIC_EXPONENT))
		rc = key_from_rsa(&h->public, v->a[AT_MODULUS].pValue,
		    v->a[AT_MODULUS].ulValueLen, v->a[AT_PUBLIC_EXPONENT].pValue,
		    v->a[AT_PUBLIC_EXPONENT].ulValueLen);
	else if (h->type != CKK_RSA && values_has(v, AT_EC_POINT))
		rc = key_from_point(&h->public, v->a[AT_EC_POINT].pValue,
		    v->a[AT_EC_POINT].ulValueLen, &why);
	if (rc == -1 && why == NULL)
		return -1;
	if (rc == -1 || (rc == 1 && key_size(&h->public, &bits, &exponent) == -1)) {
		h->strange = "its public key is not one of its algorithm";
		free(h->public.public);
		h->public.public = NULL;
		h->public.len = 0;
	}
	return 0;
}

static int
take_key(struct half *h, const struct values *v)
{
	static const struct { size_t at; unsigned flag; } flags[] = {
		{ AT_SENSITIVE, KEY_SENSITIVE }, { AT_EXTRACTABLE, KEY_EXTRACTABLE },
		{ AT_WRAP_WITH_TRUSTED, KEY_TRUSTED_WRAP }
	};
	bool	 private = h->class == CKO_PRIVATE_KEY;
	size_t	 i;

	if ((h->public.algorithm = algorithm_of(h, v)) == 0) {
		h->foreign = private ? "private key of another kind" : "public key of another kind";
		return 0;
	}
	h->public.protocol = DNSKEY_PROTOCOL;
	h->flags = private ? KEY_PRIVATE : KEY_PUBLIC;
	for (i = 0; private && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (values_true(v, flags[i].at))
			h->flags |= flags[i].flag;
	return take_public(h, v);
}

/* Over all that was read: a change of any of it shows. */
static int
take_digest(struct half *h, const struct values *v)
{
	struct buf	 all = BUF_EMPTY;
	size_t		 i;
	int		 rv = 0;

	for (i = 0; rv == 0 && i < ATTRIBUTE_COUNT; i++)
		if (values_has(v, i) && (buf_append(&all, &v->a[i].type, sizeof(v->a[i].type)) == -1 ||
		    buf_append(&all, &v->a[i].ulValueLen, sizeof(v->a[i].ulValueLen)) == -1 ||
		    buf_append(&all, v->a[i].pValue, v->a[i].ulValueLen) == -1))
			rv = -1;
	if (rv == 0 && (buf_append(&all, &h->from, sizeof(h->from)) == -1 ||
	    buf_append(&all, &h->until, sizeof(h->until)) == -1))
		rv = -1;
	if (rv == 0)
		rv = digest_bytes(h->digest, all.data, all.len);
	buf_free(&all);
	return rv;
}

/* A value that is there, but longer than the room for it. */
static bool
too_long(const struct half *h, const struct token *t, const struct values *v, size_t i)
{
	CK_ATTRIBUTE	 a = { v->a[i].type, NULL, 0 };

	return !values_has(v, i) &&
	    t->module->f->C_GetAttributeValue(t->session, h->object, &a, 1) == CKR_OK &&
	    a.ulValueLen != CK_UNAVAILABLE_INFORMATION && a.ulValueLen > 0;
}

/* 1: taken; 0: no object of the token itself; -1: out of memory. */
static int
half_take(struct half *h, const struct token *t, const struct values *v)
{
	if (values_has(v, AT_TOKEN) && !values_true(v, AT_TOKEN))
		return 0;
	if (copy_value(&h->label, &h->labellen, v, AT_LABEL) == -1 ||
	    copy_value(&h->id, &h->idlen, v, AT_ID) == -1)
		return -1;
	h->type = CK_UNAVAILABLE_INFORMATION;
	values_ulong(v, AT_KEY_TYPE, &h->type);
	if (h->class != CKO_PRIVATE_KEY && h->class != CKO_PUBLIC_KEY)
		h->foreign = other_class(h->class);
	else if (take_key(h, v) == -1)
		return -1;
	if (h->labellen > 0 && strlen((char *)h->label) != h->labellen)
		h->odd = "a NUL byte in its label";
	else if (too_long(h, t, v, AT_LABEL) || too_long(h, t, v, AT_ID))
		h->odd = "its label or id is too long";
	return take_digest(h, v) == -1 ? -1 : 1;
}

static enum verdict
half_read(struct halves *all, const struct token *t, CK_OBJECT_HANDLE object,
    struct values *v, struct report *rep)
{
	struct half	*h;
	char		 name[CKR_SIZE];
	CK_RV		 rv;

	if ((rv = values_read(v, t, object, ATTRIBUTE_COUNT)) != CKR_OK)
		return report_fault(rep, NULL, "%s: an object cannot be read: "
		    "C_GetAttributeValue: %s", t->where, ckr_name(rv, name));
	if ((h = array_add(&all->v, all->n, sizeof(*h))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	h->object = object;
	all->n++;
	h->from = KEYLIST_ALWAYS;
	h->until = KEYLIST_FOREVER;
	if (!values_ulong(v, AT_CLASS, &h->class))
		return report_fault(rep, NULL, "%s: an object without CKA_CLASS", t->where);
	if (h->class == CKO_PUBLIC_KEY && (rv = half_dates(h, t)) != CKR_OK)
		return report_fault(rep, NULL, "%s: the dates of an object cannot be read: "
		    "C_GetAttributeValue: %s", t->where, ckr_name(rv, name));
	switch (half_take(h, t, v)) {
	case -1:
		return report_fault(rep, NULL, "out of memory");
	case 0:
		all->n--;
	}
	return ACCEPT;
}

/* The handles of all objects; -1: the report says why not. */
static enum verdict
find_all(CK_OBJECT_HANDLE **out, size_t *n, const struct token *t, struct report *rep)
{
	CK_FUNCTION_LIST	*f = t->module->f;
	CK_OBJECT_HANDLE	*v = NULL, *more;
	CK_ULONG		 got = 0;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	*n = 0;
	if ((rv = f->C_FindObjectsInit(t->session, NULL, 0)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_FindObjectsInit: %s", t->where,
		    ckr_name(rv, name));
	do {
		if (*n > MAX_OBJECTS ||
		    (more = reallocarray(v, *n + BATCH, sizeof(*v))) == NULL)
			break;
		v = more;
		got = 0;
		rv = f->C_FindObjects(t->session, v + *n, BATCH, &got);
		*n += got <= BATCH ? got : 0;
	} while (rv == CKR_OK && got > 0 && got <= BATCH);
	f->C_FindObjectsFinal(t->session);
	*out = v;
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: C_FindObjects: %s", t->where,
		    ckr_name(rv, name));
	if (got == 0)
		return ACCEPT;
	return report_fault(rep, NULL, "%s: C_FindObjects: %s", t->where, got > BATCH ?
	    "more objects than it had room for" : *n > MAX_OBJECTS ? "too many objects" :
	    "out of memory");
}

enum verdict
halves_read(struct halves *out, const struct token *t, struct report *rep)
{
	CK_OBJECT_HANDLE *objects = NULL;
	struct values	*v = NULL;
	enum verdict	 verdict;
	size_t		 n, i;

	verdict = find_all(&objects, &n, t, rep);
	if (verdict == ACCEPT && (v = malloc(sizeof(*v))) == NULL)
		verdict = report_fault(rep, NULL, "out of memory");
	for (i = 0; verdict == ACCEPT && i < n; i++)
		verdict = half_read(out, t, objects[i], v, rep);
	if (verdict != ACCEPT)
		halves_clear(out);
	free(objects);
	free(v);
	return verdict;
}

void
halves_clear(struct halves *h)
{
	size_t	 i;

	for (i = 0; i < h->n; i++) {
		free(h->v[i].label);
		free(h->v[i].id);
		free(h->v[i].public.public);
	}
	free(h->v);
	*h = (struct halves)HALVES_EMPTY;
}

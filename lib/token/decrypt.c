#include <stdlib.h>
#include <string.h>

#include "token/decrypt.h"
#include "token/internal.h"
#include "token/p11uri.h"

#define SCHEME		"pkcs11:"

struct decrypter {
	const struct token *token;
	CK_OBJECT_HANDLE key;
	enum cms_kind	 kind;
	size_t		 size;		/* of an RSA modulus, in bytes */
};

/* Add an attribute to the URI. */
static void
add_attribute(char *uri, const char *attribute, size_t len)
{
	if (strcmp(uri, SCHEME) != 0)
		strcat(uri, ";");
	strncat(uri, attribute, len);
}

static bool
is_of_key(const char *attribute)
{
	return strncmp(attribute, "object=", 7) == 0 || strncmp(attribute, "id=", 3) == 0 ||
	    strncmp(attribute, "type=", 5) == 0;
}

int
decrypter_uris(char **token, char **key, const char *uri)
{
	size_t		 room = strlen(uri) + sizeof(SCHEME) + 1, len;
	const char	*p = strncmp(uri, SCHEME, strlen(SCHEME)) == 0 ? uri + strlen(SCHEME) : uri;
	char		*t = calloc(1, room), *k = calloc(1, room);

	if (t == NULL || k == NULL) {
		free(t);
		free(k);
		return -1;
	}
	strcpy(t, SCHEME);
	strcpy(k, SCHEME);
	for (; *p != '\0' && *p != '?'; p += len + (p[len] == ';')) {
		len = strcspn(p, ";?");
		add_attribute(is_of_key(p) ? k : t, p, len);
	}
	strcat(t, p);			/* the query: how to get the PIN */
	if (strcmp(t, SCHEME) == 0) {	/* says nothing of its token */
		free(t);
		t = NULL;
	}
	*token = t;
	*key = k;
	return 0;
}

static enum verdict
fault_rv(const struct token *t, const char *what, CK_RV rv, struct report *rep)
{
	char	 name[CKR_SIZE];

	return report_fault(rep, NULL, "%s: %s: %s", t->where, what, ckr_name(rv, name));
}

static enum verdict
find_key(struct decrypter *d, const struct p11uri *uri, struct report *rep)
{
	CK_FUNCTION_LIST *f = d->token->module->f;
	CK_OBJECT_CLASS	 class = CKO_PRIVATE_KEY;
	CK_OBJECT_HANDLE found[2];
	CK_ATTRIBUTE	 a[3] = { { CKA_CLASS, &class, sizeof(class) } };
	CK_ULONG	 n = 1, got = 0, more = 0;
	CK_RV		 rv;

	if (uri->object != NULL)
		a[n++] = (CK_ATTRIBUTE){ CKA_LABEL, uri->object, strlen(uri->object) };
	if (uri->id != NULL)
		a[n++] = (CK_ATTRIBUTE){ CKA_ID, uri->id, uri->idlen };
	if ((rv = f->C_FindObjectsInit(d->token->session, a, n)) != CKR_OK)
		return fault_rv(d->token, "C_FindObjectsInit", rv, rep);
	rv = f->C_FindObjects(d->token->session, found, 2, &got);
	if (rv == CKR_OK && got == 1)
		rv = f->C_FindObjects(d->token->session, found + 1, 1, &more);
	f->C_FindObjectsFinal(d->token->session);
	if (rv != CKR_OK)
		return fault_rv(d->token, "C_FindObjects", rv, rep);
	if (got + more != 1)
		return report_fault(rep, NULL, "%s: %s private key of that name", d->token->where,
		    got == 0 ? "no" : "more than one");
	d->key = found[0];
	return ACCEPT;
}

/* The bytes of the key's modulus; 0: it cannot be read. */
static size_t
modulus_size(const struct decrypter *d)
{
	unsigned char	 modulus[1024];
	size_t		 len = sizeof(modulus), zeros = 0;

	if (object_get(d->token, d->key, CKA_MODULUS, modulus, &len) != CKR_OK)
		return 0;
	while (zeros < len && modulus[zeros] == 0)
		zeros++;
	return len - zeros;
}

/* What kind of key it is, and that it may do this. */
static enum verdict
judge_key(struct decrypter *d, struct report *rep)
{
	const struct token *t = d->token;
	const char	*why;
	CK_KEY_TYPE	 type = 0;
	size_t		 len = sizeof(type);
	CK_RV		 rv;

	if ((rv = object_get(t, d->key, CKA_KEY_TYPE, &type, &len)) != CKR_OK)
		return fault_rv(t, "CKA_KEY_TYPE of the key", rv, rep);
	if (type == CKK_RSA)
		d->kind = CMS_RSA;
	else if (type == CKK_EC && object_fits(t, d->key, ECDSAP256SHA256, &why))
		d->kind = CMS_EC256;
	else if (type == CKK_EC && object_fits(t, d->key, ECDSAP384SHA384, &why))
		d->kind = CMS_EC384;
	else
		return report_fault(rep, NULL, "%s: the key is neither RSA nor EC on P-256 or "
		    "P-384", t->where);
	if (d->kind == CMS_RSA && (d->size = modulus_size(d)) == 0)
		return report_fault(rep, NULL, "%s: the key's modulus cannot be read", t->where);
	if (!object_true(t, d->key, d->kind == CMS_RSA ? CKA_DECRYPT : CKA_DERIVE))
		return report_fault(rep, NULL, "%s: the key may not %s", t->where,
		    d->kind == CMS_RSA ? "decrypt (CKA_DECRYPT)" : "derive (CKA_DERIVE)");
	if (object_true(t, d->key, CKA_ALWAYS_AUTHENTICATE))
		return report_fault(rep, NULL, "%s: the key wants the PIN for every use "
		    "(CKA_ALWAYS_AUTHENTICATE)", t->where);
	return ACCEPT;
}

enum verdict
decrypter_find(struct decrypter **out, struct tokens *ts, struct token *t, const char *text,
    struct report *rep)
{
	struct p11uri	 uri = P11URI_EMPTY;
	struct decrypter *d;
	const char	*why;
	enum verdict	 v;

	if (strcmp(text, SCHEME) == 0)
		return report_fault(rep, NULL, "name the key by object or id (RFC 7512)");
	if (p11uri_parse(&uri, text, P11URI_KEY, &why) == -1)
		return report_fault(rep, NULL, "%s: %s (RFC 7512)", text, why);
	if ((d = calloc(1, sizeof(*d))) == NULL)
		v = report_fault(rep, NULL, "out of memory");
	else if (uri.object == NULL && uri.id == NULL)
		v = report_fault(rep, NULL, "name the key by object or id (RFC 7512)");
	else {
		d->token = t;
		if ((v = token_login(ts, t, rep)) == ACCEPT &&
		    (v = find_key(d, &uri, rep)) == ACCEPT)
			v = judge_key(d, rep);
	}
	p11uri_clear(&uri);
	if (v == ACCEPT)
		*out = d;
	else
		free(d);
	return v;
}

/* Answers that speak of what was to be decrypted, not of the token. */
static bool
about_data(CK_RV rv)
{
	return rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE ||
	    rv == CKR_DATA_INVALID || rv == CKR_DATA_LEN_RANGE ||
	    rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_GENERAL_ERROR ||
	    rv == CKR_FUNCTION_FAILED;
}

static CK_RV
decrypt(const struct decrypter *d, CK_MECHANISM *m, const unsigned char *in, size_t inlen,
    unsigned char *out, CK_ULONG *len, bool *begun)
{
	CK_FUNCTION_LIST *f = d->token->module->f;
	CK_RV		 rv;

	if ((rv = f->C_DecryptInit(d->token->session, m, d->key)) != CKR_OK)
		return rv;
	*begun = true;
	return f->C_Decrypt(d->token->session, (CK_BYTE_PTR)(uintptr_t)in, inlen, out, len);
}

/* Raw RSA; what is left out in front is put back, then OAEP undone here. */
static enum verdict
use_raw(const struct decrypter *d, const unsigned char *in, size_t inlen, unsigned char *out,
    struct report *rep)
{
	CK_MECHANISM	 raw = { CKM_RSA_X_509, NULL, 0 };
	unsigned char	*block = secret_pages(d->size);
	CK_ULONG	 len = d->size;
	bool		 begun = false;
	enum verdict	 v = REFUSE;
	CK_RV		 rv;

	if (block == NULL)
		return report_fault(rep, NULL, "no memory can be locked for keys");
	rv = decrypt(d, &raw, in, inlen, block, &len, &begun);
	if (rv == CKR_OK && len <= d->size) {
		memmove(block + d->size - len, block, len);
		memset(block, 0, d->size - len);
		v = cms_oaep(out, block, d->size) == 0 ? ACCEPT : REFUSE;
	} else if (!begun || !about_data(rv))
		v = fault_rv(d->token, begun ? "C_Decrypt" : "C_DecryptInit", rv, rep);
	secret_pages_free(block, d->size);
	return v;
}

/* SoftHSM and others take SHA-1 alone for OAEP, and say so in different words. */
static enum verdict
use_rsa(const struct decrypter *d, const unsigned char *in, size_t inlen, unsigned char *out,
    size_t room, size_t *outlen, struct report *rep)
{
	CK_RSA_PKCS_OAEP_PARAMS	 params = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
				     NULL, 0 };
	CK_MECHANISM	 oaep = { CKM_RSA_PKCS_OAEP, &params, sizeof(params) };
	CK_ULONG	 len = room;
	bool		 begun = false;
	CK_RV		 rv;

	rv = decrypt(d, &oaep, in, inlen, out, &len, &begun);
	if (rv == CKR_OK) {
		*outlen = len;
		return ACCEPT;
	}
	if (begun)
		return about_data(rv) ? REFUSE : fault_rv(d->token, "C_Decrypt", rv, rep);
	*outlen = CMS_KEY;
	return use_raw(d, in, inlen, out, rep);
}

/* The X coordinate out of the session's object that it was derived into. */
static enum verdict
take_secret(const struct decrypter *d, CK_OBJECT_HANDLE object, unsigned char *out, size_t want,
    struct report *rep)
{
	size_t		 len = want;
	CK_RV		 rv = object_get(d->token, object, CKA_VALUE, out, &len);

	if (rv != CKR_OK)
		return fault_rv(d->token, "CKA_VALUE of the shared secret", rv, rep);
	memmove(out + want - len, out, len);
	memset(out, 0, want - len);
	return ACCEPT;
}

static CK_RV
derive(const struct decrypter *d, const unsigned char *point, size_t len, size_t want,
    CK_OBJECT_HANDLE *object)
{
	CK_ECDH1_DERIVE_PARAMS	 params = { .kdf = CKD_NULL, .ulPublicDataLen = len,
				     .pPublicData = (CK_BYTE_PTR)(uintptr_t)point };
	CK_MECHANISM	 ecdh = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	CK_OBJECT_CLASS	 class = CKO_SECRET_KEY;
	CK_KEY_TYPE	 type = CKK_GENERIC_SECRET;
	CK_ULONG	 size = want;
	CK_BBOOL	 yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE	 a[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE_LEN, &size, sizeof(size) },
		{ CKA_TOKEN, &no, sizeof(no) },
		{ CKA_SENSITIVE, &no, sizeof(no) },
		{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
	};

	return d->token->module->f->C_DeriveKey(d->token->session, &ecdh, d->key, a,
	    sizeof(a) / sizeof(a[0]), object);
}

/* Some tokens want the point as it is, some as an OCTET STRING in DER. */
static enum verdict
use_ec(const struct decrypter *d, const unsigned char *in, size_t inlen, unsigned char *out,
    size_t *outlen, struct report *rep)
{
	unsigned char	 der[CMS_POINT_MAX + 2] = { 0x04, (unsigned char)inlen };
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
	size_t		 want = inlen / 2;
	enum verdict	 v;
	CK_RV		 rv;

	memcpy(der + 2, in, inlen);
	rv = derive(d, in, inlen, want, &object);
	if (rv != CKR_OK)
		rv = derive(d, der, inlen + 2, want, &object);
	if (rv != CKR_OK)
		return about_data(rv) ? REFUSE : fault_rv(d->token, "C_DeriveKey", rv, rep);
	v = take_secret(d, object, out, want, rep);
	d->token->module->f->C_DestroyObject(d->token->session, object);
	*outlen = want;
	return v;
}

static enum verdict
use(void *arg, const unsigned char *in, size_t inlen, unsigned char *out, size_t room,
    size_t *len, struct report *rep)
{
	const struct decrypter *d = arg;

	if (room < CMS_POINT_MAX || room < d->size || inlen > room)
		return report_fault(rep, NULL, "no room for the key");
	return d->kind == CMS_RSA ? use_rsa(d, in, inlen, out, room, len, rep) :
	    use_ec(d, in, inlen, out, len, rep);
}

struct cms_holder
decrypter_holder(struct decrypter *d)
{
	return (struct cms_holder){ d->kind, d->size, d, use };
}

void
decrypter_free(struct decrypter *d)
{
	free(d);
}

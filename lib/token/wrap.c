#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/isotime.h"
#include "judge/rrsig.h"
#include "token/internal.h"
#include "token/wrap.h"

/* RFC 5649: KWP of PKCS#11 3.0; older modules have it under the number of PAD, or PKCS#7 padding. */
#define MECH_KWP	((CK_MECHANISM_TYPE)0x210b)
#define MECH_PAD	((CK_MECHANISM_TYPE)0x210a)
#define TEMPLATE_MAX	32
#define WRAPPED_MAX	8192
#define POINT_MAX	100

struct wrapper {
	struct tokens		*tokens;
	struct token		*token;
	CK_MECHANISM		 mechanism;
	CK_SESSION_HANDLE	 session;
	CK_OBJECT_HANDLE	 key;
	bool			 trusted;
	bool			 undated;	/* it has refused dates */
	bool			 uncopied;	/* it copies no object from a session to the token */
};

struct template {
	CK_ATTRIBUTE	 a[TEMPLATE_MAX];
	CK_ULONG	 n;
};

static const CK_BBOOL	yes = CK_TRUE, no = CK_FALSE;

static void
add(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	t->a[t->n++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, len };
}

static void
add_flag(struct template *t, CK_ATTRIBUTE_TYPE type, bool value)
{
	add(t, type, value ? &yes : &no, sizeof(CK_BBOOL));
}

static const char *
name_of(const struct keyline *l)
{
	return l->label == NULL ? "-" : l->label;
}

static CK_FUNCTION_LIST *
functions(const struct wrapper *w)
{
	return w->token->module->f;
}

static const struct {
	CK_MECHANISM_TYPE	 type;
	const char		*name;
} ways[] = { { MECH_KWP, "kwp" }, { MECH_PAD, "pad" } };

/* The first mechanism that both wraps and unwraps. */
static const char *
find_way(const struct token *t, CK_MECHANISM_TYPE *type)
{
	CK_MECHANISM_INFO	 info;
	size_t			 i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		memset(&info, 0, sizeof(info));
		if (t->module->f->C_GetMechanismInfo(t->id, ways[i].type, &info) == CKR_OK &&
		    (info.flags & CKF_WRAP) != 0 && (info.flags & CKF_UNWRAP) != 0) {
			*type = ways[i].type;
			return ways[i].name;
		}
	}
	return NULL;
}

const char *
wrapper_way(const struct token *t, struct report *rep)
{
	CK_MECHANISM_TYPE	 type;
	const char		*name = find_way(t, &type);

	if (name == NULL)
		report_broken(rep, NULL, NULL, "%s: its module cannot wrap and unwrap keys under "
		    "AES (neither CKM_AES_KEY_WRAP_KWP nor CKM_AES_KEY_WRAP_PAD); nothing was "
		    "touched", t->where);
	return name;
}

/* The AES key as an object of the session; public, since the officer sees no private ones. */
static CK_RV
create_key(struct wrapper *w, const struct secret *key, bool trusted)
{
	static const CK_OBJECT_CLASS	 class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE	 type = CKK_AES;
	struct template			 t = { .n = 0 };

	add(&t, CKA_CLASS, &class, sizeof(class));
	add(&t, CKA_KEY_TYPE, &type, sizeof(type));
	add_flag(&t, CKA_TOKEN, false);
	add_flag(&t, CKA_PRIVATE, !trusted);
	add_flag(&t, CKA_SENSITIVE, true);
	add_flag(&t, CKA_EXTRACTABLE, false);
	add_flag(&t, CKA_WRAP, true);
	add_flag(&t, CKA_UNWRAP, true);
	add_flag(&t, CKA_ENCRYPT, false);
	add_flag(&t, CKA_DECRYPT, false);
	if (trusted)
		add_flag(&t, CKA_TRUSTED, true);
	add(&t, CKA_VALUE, key->text, key->len);
	return functions(w)->C_CreateObject(w->session, t.a, t.n, &w->key);
}

static CK_RV
open_session(struct wrapper *w)
{
	return functions(w)->C_OpenSession(w->token->id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
	    NULL, &w->session);
}

/*
 * The officer alone may say "trusted", and logs in only where no session is read-only; so all are
 * closed first.  His object belongs to this session, which outlives his login: then the user logs in.
 */
static enum verdict
create_trusted(struct wrapper *w, const struct secret *key, const struct secret *pin,
    struct report *rep)
{
	struct token	*t = w->token;
	char		 name[CKR_SIZE];
	CK_RV		 rv;

	if (t->logged_in)
		return report_fault(rep, NULL, "%s: the user is logged in before the officer",
		    t->where);
	if (t->session != CK_INVALID_HANDLE)
		functions(w)->C_CloseAllSessions(t->id);
	t->session = CK_INVALID_HANDLE;
	if ((rv = open_session(w)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_OpenSession for writing: %s", t->where,
		    ckr_name(rv, name));
	rv = functions(w)->C_Login(w->session, CKU_SO, (CK_UTF8CHAR *)pin->text, pin->len);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: the security officer cannot log in: his PIN was "
		    "tried once (C_Login: %s)", t->where, ckr_name(rv, name));
	rv = create_key(w, key, true);
	functions(w)->C_Logout(w->session);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: the security officer cannot put a trusted key "
		    "on it (C_CreateObject: %s)", t->where, ckr_name(rv, name));
	w->trusted = true;
	/* not through libp11, which knows nothing of all this */
	rv = functions(w)->C_OpenSession(t->id, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: C_OpenSession: %s", t->where,
		    ckr_name(rv, name));
	return ACCEPT;
}

static enum verdict
create_plain(struct wrapper *w, const struct secret *key, struct report *rep)
{
	char	 name[CKR_SIZE];
	CK_RV	 rv;

	if (token_login(w->tokens, w->token, rep) != ACCEPT)
		return FAULT;
	if ((rv = open_session(w)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_OpenSession for writing: %s", w->token->where,
		    ckr_name(rv, name));
	if ((rv = create_key(w, key, false)) != CKR_OK)
		return report_fault(rep, NULL, "%s: the wrapping key cannot be put on it "
		    "(C_CreateObject: %s)", w->token->where, ckr_name(rv, name));
	return ACCEPT;
}

/* RFC 5649 in software. */
static int
software_wrap(unsigned char *out, size_t room, size_t *len, const struct secret *key,
    const unsigned char *in, size_t n)
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 part = 0, rest = 0, rc = -1;

	if (ctx == NULL || n + 16 > room)
		goto out;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_EncryptInit_ex(ctx, EVP_aes_256_wrap_pad(), NULL, (unsigned char *)key->text,
	    NULL) == 1 && EVP_EncryptUpdate(ctx, out, &part, in, (int)n) == 1 && part > 0 &&
	    EVP_EncryptFinal_ex(ctx, out + part, &rest) == 1) {
		*len = (size_t)(part + rest);
		rc = 0;
	}
 out:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* A key that protects nothing, unwrapped from software's wrapping, and wrapped again. */
static enum verdict
try_throwaway(struct wrapper *w, const struct secret *key, struct report *rep)
{
	static const CK_OBJECT_CLASS	 class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE	 type = CKK_AES;
	unsigned char			 value[32], in[64], out[WRAPPED_MAX];
	struct template			 t = { .n = 0 };
	CK_OBJECT_HANDLE		 object = CK_INVALID_HANDLE;
	CK_ULONG			 outlen = sizeof(out);
	char				 name[CKR_SIZE];
	size_t				 inlen;
	CK_RV				 rv;

	if (RAND_priv_bytes(value, sizeof(value)) != 1 ||
	    software_wrap(in, sizeof(in), &inlen, key, value, sizeof(value)) == -1)
		return report_fault(rep, NULL, "AES key wrap failed in software");
	add(&t, CKA_CLASS, &class, sizeof(class));
	add(&t, CKA_KEY_TYPE, &type, sizeof(type));
	add_flag(&t, CKA_TOKEN, false);
	add_flag(&t, CKA_EXTRACTABLE, true);
	rv = functions(w)->C_UnwrapKey(w->session, &w->mechanism, w->key, in, inlen, t.a, t.n,
	    &object);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: its key wrapping is not that of RFC 5649 "
		    "(C_UnwrapKey of a throw-away key: %s); nothing was touched", w->token->where,
		    ckr_name(rv, name));
	rv = functions(w)->C_WrapKey(w->session, &w->mechanism, w->key, object, out, &outlen);
	functions(w)->C_DestroyObject(w->session, object);
	if (rv != CKR_OK || outlen != inlen || memcmp(in, out, inlen) != 0)
		return report_fault(rep, NULL, "%s: its key wrapping is not that of RFC 5649 "
		    "(C_WrapKey of a throw-away key: %s); nothing was touched", w->token->where,
		    rv == CKR_OK ? "other bytes" : ckr_name(rv, name));
	return ACCEPT;
}

static enum verdict
set_up(struct wrapper *w, const struct secret *key, token_pin_fn *so_pin, void *arg,
    struct report *rep)
{
	struct secret	 pin = SECRET_EMPTY;
	enum verdict	 v;

	if (so_pin == NULL)
		v = create_plain(w, key, rep);
	else if (so_pin(arg, w->token->label, &pin) == -1)
		v = report_fault(rep, NULL, "%s: cannot get the security officer's PIN: %s",
		    w->token->where, strerror(errno));
	else if ((v = create_trusted(w, key, &pin, rep)) == ACCEPT)
		v = token_login(w->tokens, w->token, rep);
	secret_free(&pin);
	return v == ACCEPT ? try_throwaway(w, key, rep) : v;
}

enum verdict
wrapper_open(struct wrapper **out, struct tokens *ts, struct token *t, const struct secret *key,
    token_pin_fn *so_pin, void *arg, struct report *rep)
{
	struct wrapper	*w;
	enum verdict	 v;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	w->tokens = ts;
	w->token = t;
	w->session = CK_INVALID_HANDLE;
	w->key = CK_INVALID_HANDLE;
	if (find_way(t, &w->mechanism.mechanism) == NULL)
		v = wrapper_way(t, rep) == NULL ? REFUSE : FAULT;
	else
		v = set_up(w, key, so_pin, arg, rep);
	if (v != ACCEPT) {
		wrapper_close(w);
		return v;
	}
	*out = w;
	return ACCEPT;
}

void
wrapper_close(struct wrapper *w)
{
	if (w == NULL)
		return;
	if (w->key != CK_INVALID_HANDLE)
		functions(w)->C_DestroyObject(w->session, w->key);
	if (w->session != CK_INVALID_HANDLE)
		functions(w)->C_CloseSession(w->session);
	free(w);
}

/* Why this key cannot leave the token; NULL: the token itself failed. */
static const char *
refusal(const struct wrapper *w, CK_OBJECT_HANDLE key, CK_RV rv)
{
	CK_BBOOL	 extractable = CK_TRUE;
	size_t		 len = sizeof(extractable);

	/* a token that is gone says nothing of the key */
	if (object_get(w->token, key, CKA_EXTRACTABLE, &extractable, &len) == CKR_OK &&
	    extractable == CK_FALSE)
		return "it is not extractable";
	if (!w->trusted && object_true(w->token, key, CKA_WRAP_WITH_TRUSTED))
		return "it leaves the token under a trusted key only: the security officer is needed "
		    "(--trusted)";
	switch (rv) {
	case CKR_KEY_NOT_WRAPPABLE:
	case CKR_KEY_UNEXTRACTABLE:
	case CKR_KEY_SIZE_RANGE:
	case CKR_MECHANISM_INVALID:
	case CKR_KEY_TYPE_INCONSISTENT:
	case CKR_FUNCTION_NOT_SUPPORTED:
		return "the token cannot wrap a key of this kind";
	default:
		return NULL;
	}
}

enum verdict
wrapper_wrap(struct wrapper *w, const struct holding *h, struct buf *out, const char **why,
    struct report *rep)
{
	unsigned char	 wrapped[WRAPPED_MAX];
	CK_ULONG	 len = sizeof(wrapped);
	char		 name[CKR_SIZE];
	CK_RV		 rv;

	if (h->private_object == CK_INVALID_HANDLE) {
		*why = "its private half is not there";
		return REFUSE;
	}
	rv = functions(w)->C_WrapKey(w->session, &w->mechanism, w->key, h->private_object, wrapped,
	    &len);
	if (rv != CKR_OK) {
		if ((*why = refusal(w, h->private_object, rv)) != NULL)
			return REFUSE;
		return report_fault(rep, NULL, "key %s: %s: C_WrapKey: %s", name_of(&h->line),
		    w->token->where, ckr_name(rv, name));
	}
	if (buf_append(out, wrapped, len) == -1)
		return report_fault(rep, NULL, "out of memory");
	return ACCEPT;
}

#define FLAGS_MAX	12

struct flag {
	enum backup_attribute	 bit;
	CK_ATTRIBUTE_TYPE	 type;
};

static const struct flag private_flags[] = {
	{ ATTR_SIGN, CKA_SIGN }, { ATTR_SIGN_RECOVER, CKA_SIGN_RECOVER },
	{ ATTR_DECRYPT, CKA_DECRYPT }, { ATTR_UNWRAP, CKA_UNWRAP }, { ATTR_DERIVE, CKA_DERIVE },
	{ ATTR_PRIVATE, CKA_PRIVATE }, { ATTR_MODIFIABLE, CKA_MODIFIABLE },
	{ ATTR_SENSITIVE, CKA_SENSITIVE }, { ATTR_EXTRACTABLE, CKA_EXTRACTABLE },
	{ ATTR_WRAP_WITH_TRUSTED, CKA_WRAP_WITH_TRUSTED },
	{ ATTR_ALWAYS_AUTHENTICATE, CKA_ALWAYS_AUTHENTICATE }, { 0, 0 }
};
static const struct flag public_flags[] = {
	{ ATTR_VERIFY, CKA_VERIFY }, { ATTR_VERIFY_RECOVER, CKA_VERIFY_RECOVER },
	{ ATTR_ENCRYPT, CKA_ENCRYPT }, { ATTR_WRAP, CKA_WRAP }, { ATTR_DERIVE, CKA_DERIVE },
	{ ATTR_PRIVATE, CKA_PRIVATE }, { ATTR_MODIFIABLE, CKA_MODIFIABLE }, { 0, 0 }
};

/* Those that are true: read in one call, or one by one where the token does not have them all. */
static unsigned
flags_of(const struct wrapper *w, CK_OBJECT_HANDLE object, const struct flag *flags)
{
	CK_BBOOL	 value[FLAGS_MAX];
	CK_ATTRIBUTE	 a[FLAGS_MAX];
	unsigned	 set = 0;
	size_t		 i, n;
	bool		 all;

	for (n = 0; n < FLAGS_MAX && flags[n].bit != 0; n++) {
		value[n] = CK_FALSE;
		a[n] = (CK_ATTRIBUTE){ flags[n].type, &value[n], sizeof(value[n]) };
	}
	all = functions(w)->C_GetAttributeValue(w->session, object, a, n) == CKR_OK;
	for (i = 0; i < n; i++)
		if (all ? a[i].ulValueLen == sizeof(value[i]) && value[i] != CK_FALSE :
		    object_true(w->token, object, flags[i].type))
			set |= flags[i].bit;
	return set;
}

void
wrapper_attributes(const struct wrapper *w, const struct holding *h, struct backup_key *k)
{
	k->private = k->wrapped ? flags_of(w, h->private_object, private_flags) : 0;
	k->public = h->public_object != CK_INVALID_HANDLE ?
	    flags_of(w, h->public_object, public_flags) : 0;
}

struct dates {
	CK_DATE	 start, end;
	bool	 has_start, has_end;
};

static bool
date_of(CK_DATE *d, int64_t t)
{
	char	 text[ISOTIME_SIZE];

	if (t < 0 || t > ISOTIME_MAX)
		return false;
	isotime_rrsig(text, t);
	memcpy(d->year, text, 4);
	memcpy(d->month, text + 4, 2);
	memcpy(d->day, text + 6, 2);
	return true;
}

/* Name, dates and whether it is to stay: the same for both halves. */
static void
add_common(struct template *t, const struct keyline *l, const struct dates *d, bool stay)
{
	add_flag(t, CKA_TOKEN, stay);
	if (l->label != NULL)
		add(t, CKA_LABEL, l->label, strlen(l->label));
	if (l->idlen > 0)
		add(t, CKA_ID, l->id, l->idlen);
	if (d->has_start)
		add(t, CKA_START_DATE, &d->start, sizeof(d->start));
	if (d->has_end)
		add(t, CKA_END_DATE, &d->end, sizeof(d->end));
}

static struct dates
dates_of(const struct wrapper *w, const struct keyline *l, unsigned attributes)
{
	struct dates	 d = { .has_start = false };

	if (!w->undated && (attributes & ATTR_DATED) != 0) {
		d.has_start = date_of(&d.start, l->from);
		d.has_end = date_of(&d.end, l->until);
	}
	return d;
}

static CK_KEY_TYPE
key_type(const struct key *k)
{
	switch (algorithm_family(k->algorithm)) {
	case FAMILY_RSA:
		return CKK_RSA;
	case FAMILY_ECDSA:
		return CKK_EC;
	default:
		return CKK_EC_EDWARDS;
	}
}

/* What a token says of an attribute that it does not have, or not in this place. */
static bool
dislikes(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	    rv == CKR_ATTRIBUTE_READ_ONLY || rv == CKR_TEMPLATE_INCONSISTENT;
}

static const char *
explain(CK_RV rv)
{
	return rv == CKR_WRAPPED_KEY_INVALID || rv == CKR_WRAPPED_KEY_LEN_RANGE ?
	    " (what was wrapped is damaged, or under another key)" : ckr_hint(rv);
}

static CK_RV
unwrap(struct wrapper *w, const struct keyline *l, const struct backup_key *k,
    const struct buf *wrapped, bool stay, CK_OBJECT_HANDLE *object)
{
	static const CK_OBJECT_CLASS	 class = CKO_PRIVATE_KEY;
	const CK_KEY_TYPE		 type = key_type(&k->key);
	const struct dates		 d = dates_of(w, l, k->private);
	struct template			 t = { .n = 0 };
	size_t				 i;

	add(&t, CKA_CLASS, &class, sizeof(class));
	add(&t, CKA_KEY_TYPE, &type, sizeof(type));
	add_common(&t, l, &d, stay);
	/* what is off by itself and not known everywhere is only named where it is on */
	for (i = 0; private_flags[i].bit != 0; i++)
		if ((k->private & private_flags[i].bit) != 0 ||
		    (private_flags[i].bit != ATTR_WRAP_WITH_TRUSTED &&
		    private_flags[i].bit != ATTR_ALWAYS_AUTHENTICATE &&
		    private_flags[i].bit != ATTR_MODIFIABLE))
			add_flag(&t, private_flags[i].type, (k->private & private_flags[i].bit) != 0);
	return functions(w)->C_UnwrapKey(w->session, &w->mechanism, w->key, wrapped->data,
	    wrapped->len, t.a, t.n, object);
}

/* RFC 3110 2 */
static void
add_rsa(struct template *t, const struct key *k)
{
	size_t	 elen = k->public[0], skip = 1;

	if (elen == 0) {
		elen = (size_t)k->public[1] << 8 | k->public[2];
		skip = 3;
	}
	add(t, CKA_PUBLIC_EXPONENT, k->public + skip, elen);
	add(t, CKA_MODULUS, k->public + skip + elen, k->len - skip - elen);
}

/* A DER OCTET STRING of the point, with 04 before x and y. */
static size_t
octet_string(unsigned char out[POINT_MAX + 3], const struct key *k)
{
	size_t	 lead = algorithm_family(k->algorithm) == FAMILY_ECDSA ? 1 : 0;

	out[0] = 0x04;
	out[1] = (unsigned char)(k->len + lead);
	out[2] = 0x04;
	memcpy(out + 2 + lead, k->public, k->len);
	return 2 + lead + k->len;
}

static CK_RV
create_public(struct wrapper *w, const struct keyline *l, const struct backup_key *k, bool stay,
    CK_OBJECT_HANDLE *object)
{
	static const CK_OBJECT_CLASS	 class = CKO_PUBLIC_KEY;
	const CK_KEY_TYPE		 type = key_type(&k->key);
	const struct dates		 d = dates_of(w, l, k->public);
	unsigned char			 point[POINT_MAX + 3];
	struct template			 t = { .n = 0 };
	const char			*params;
	size_t				 i, len;

	add(&t, CKA_CLASS, &class, sizeof(class));
	add(&t, CKA_KEY_TYPE, &type, sizeof(type));
	add_common(&t, l, &d, stay);
	for (i = 0; public_flags[i].bit != 0; i++)
		if (public_flags[i].bit != ATTR_MODIFIABLE || (k->public & ATTR_MODIFIABLE) != 0)
			add_flag(&t, public_flags[i].type, (k->public & public_flags[i].bit) != 0);
	if (type == CKK_RSA)
		add_rsa(&t, &k->key);
	else if ((params = curve_params(k->key.algorithm, &len)) != NULL && k->key.len < POINT_MAX) {
		add(&t, CKA_EC_PARAMS, params, len);
		add(&t, CKA_EC_POINT, point, octet_string(point, &k->key));
	}
	return functions(w)->C_CreateObject(w->session, t.a, t.n, object);
}

/* Once without dates, where it was they that the token did not like. */
static bool
without_dates(struct wrapper *w, CK_RV rv, unsigned attributes, struct report *rep)
{
	if (w->undated || (attributes & ATTR_DATED) == 0 || !dislikes(rv))
		return false;
	w->undated = true;
	report_warning(rep, NULL, NULL, "%s: it keeps no dates: only the key-list line has them",
	    w->token->where);
	return true;
}

/*
 * From the session onto the token.  A module that is killed while it makes an object in many steps leaves
 * part of one; a copy of a whole one it makes in few.  Where it cannot, *object is 0.
 */
static CK_RV
settle(struct wrapper *w, CK_OBJECT_HANDLE *object)
{
	CK_ATTRIBUTE	 a = { CKA_TOKEN, (void *)(uintptr_t)&yes, sizeof(yes) };
	CK_OBJECT_HANDLE copy = CK_INVALID_HANDLE;
	CK_RV		 rv;

	rv = functions(w)->C_CopyObject(w->session, *object, &a, 1, &copy);
	functions(w)->C_DestroyObject(w->session, *object);
	*object = CK_INVALID_HANDLE;
	if (rv == CKR_OK)
		*object = copy;
	else if (dislikes(rv) || rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_ACTION_PROHIBITED ||
	    rv == CKR_FUNCTION_FAILED || rv == CKR_GENERAL_ERROR) {
		w->uncopied = true;
		rv = CKR_OK;
	}
	return rv;
}

struct making {				/* of one half */
	struct wrapper		*w;
	const struct keyline	*line;
	const struct backup_key	*key;
	const struct buf	*wrapped;	/* NULL: the public half */
	unsigned		 attributes;
};

static CK_RV
make(const struct making *m, bool stay, CK_OBJECT_HANDLE *object)
{
	return m->wrapped != NULL ? unwrap(m->w, m->line, m->key, m->wrapped, stay, object) :
	    create_public(m->w, m->line, m->key, stay, object);
}

static CK_RV
make_half(const struct making *m, bool stay, CK_OBJECT_HANDLE *object, struct report *rep)
{
	bool	 copied = stay && !m->w->uncopied;
	CK_RV	 rv;

	*object = CK_INVALID_HANDLE;
	rv = make(m, stay && !copied, object);
	if (rv != CKR_OK && without_dates(m->w, rv, m->attributes, rep))
		rv = make(m, stay && !copied, object);
	if (rv == CKR_OK && copied && (rv = settle(m->w, object)) == CKR_OK &&
	    *object == CK_INVALID_HANDLE)
		rv = make(m, true, object);
	return rv;
}

enum verdict
wrapper_unwrap(struct wrapper *w, const struct keyline *l, const struct backup_key *k,
    const struct buf *wrapped, bool stay, struct unwrapped *out, struct report *rep)
{
	const struct making	 m = { w, l, k, wrapped, k->private };
	CK_OBJECT_HANDLE	 object;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	if ((rv = make_half(&m, stay, &object, rep)) != CKR_OK)
		return report_fault(rep, NULL, "key %s: %s: C_UnwrapKey: %s%s", name_of(l),
		    w->token->where, ckr_name(rv, name), explain(rv));
	out->private_object = object;
	return ACCEPT;
}

enum verdict
wrapper_public(struct wrapper *w, const struct keyline *l, const struct backup_key *k, bool stay,
    struct unwrapped *out, struct report *rep)
{
	const struct making	 m = { w, l, k, NULL, k->public };
	CK_OBJECT_HANDLE	 object;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	if ((rv = make_half(&m, stay, &object, rep)) != CKR_OK)
		return report_fault(rep, NULL, "key %s: %s: C_CreateObject of its public half: %s%s",
		    name_of(l), w->token->where, ckr_name(rv, name), explain(rv));
	out->public_object = object;
	return ACCEPT;
}

/* Is the object's label and id that of one of the lines? */
static bool
is_named(const struct wrapper *w, CK_OBJECT_HANDLE object, const struct keyline *const *lines,
    size_t n)
{
	char		 label[512];
	unsigned char	 id[512];
	size_t		 labellen = sizeof(label), idlen = sizeof(id), i;

	if (object_get(w->token, object, CKA_LABEL, label, &labellen) != CKR_OK ||
	    object_get(w->token, object, CKA_ID, id, &idlen) != CKR_OK)
		return false;
	for (i = 0; i < n; i++)
		if (lines[i]->label != NULL && strlen(lines[i]->label) == labellen &&
		    memcmp(lines[i]->label, label, labellen) == 0 && lines[i]->idlen == idlen &&
		    (idlen == 0 || memcmp(lines[i]->id, id, idlen) == 0))
			return true;
	return false;
}

/* Up to "max" objects of sessions, of which no other program sees any: they are ours, or nobody's. */
static CK_RV
find_of_sessions(struct wrapper *w, CK_OBJECT_HANDLE *v, CK_ULONG max, CK_ULONG *n)
{
	CK_ATTRIBUTE	 a = { CKA_TOKEN, (void *)(uintptr_t)&no, sizeof(no) };
	CK_RV		 rv;

	if ((rv = functions(w)->C_FindObjectsInit(w->session, &a, 1)) != CKR_OK)
		return rv;
	rv = functions(w)->C_FindObjects(w->session, v, max, n);
	functions(w)->C_FindObjectsFinal(w->session);
	return rv;
}

enum verdict
wrapper_sweep(struct wrapper *w, const struct keyline *const *lines, size_t n, struct report *rep)
{
	CK_OBJECT_HANDLE	 v[64];
	CK_ULONG		 found = 0, i;
	char			 name[CKR_SIZE];
	unsigned		 swept = 0;
	CK_RV			 rv;

	if ((rv = find_of_sessions(w, v, sizeof(v) / sizeof(v[0]), &found)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_FindObjects: %s", w->token->where,
		    ckr_name(rv, name));
	for (i = 0; i < found; i++)
		if (v[i] != w->key && is_named(w, v[i], lines, n) &&
		    functions(w)->C_DestroyObject(w->session, v[i]) == CKR_OK)
			swept++;
	if (swept > 0)
		report_warning(rep, NULL, NULL, "%s: %u object%s of a restore that was killed: removed",
		    w->token->where, swept, swept == 1 ? "" : "s");
	return ACCEPT;
}

int
wrapper_drop(struct wrapper *w, struct unwrapped *u)
{
	int	 rc = 0;

	if (u->private_object != CK_INVALID_HANDLE &&
	    functions(w)->C_DestroyObject(w->session, u->private_object) != CKR_OK)
		rc = -1;
	if (u->public_object != CK_INVALID_HANDLE &&
	    functions(w)->C_DestroyObject(w->session, u->public_object) != CKR_OK)
		rc = -1;
	*u = (struct unwrapped){ 0, 0 };
	return rc;
}

/*
 * What is signed as a proof: an RRSIG as no zone can have it, expired in 1970 and of a name that does
 * not exist (RFC 6761 6.4), so that the signature is of no use to anybody.
 */
struct proof {
	struct token_key	 key;
	struct bundle		 bundle;
	struct sig		 sig;
	struct buf		 data;
};

static const char	proof_owner[] = "restored.invalid.";

static enum verdict
proof_prepare(struct proof *p, struct sign_job *job, const struct wrapper *w,
    const struct backup_key *k, const struct unwrapped *u, const struct dname *owner,
    struct report *rep)
{
	uint64_t	 exponent;
	unsigned	 bits;

	p->key.token = w->token;
	p->key.private = u->private_object;
	p->key.public = k->key;
	p->key.public.flags = DNSKEY_KSK;
	p->key.public.protocol = DNSKEY_PROTOCOL;
	if (key_size(&k->key, &bits, &exponent) == -1)
		return report_fault(rep, NULL, "not a key of its algorithm");
	p->key.siglen = algorithm_siglen(k->key.algorithm);
	if (p->key.siglen == 0)
		p->key.siglen = (bits + 7) / 8;
	p->bundle.keys = &p->key.public;
	p->bundle.nkeys = 1;
	p->sig.algorithm = k->key.algorithm;
	p->sig.labels = 2;
	p->sig.tag = key_tag(&p->key.public);
	if (rrsig_data(&p->data, &p->sig, owner, p->bundle.keys, 1) == -1)
		return report_fault(rep, NULL, "out of memory");
	*job = (struct sign_job){ .key = &p->key, .data = p->data.data, .len = p->data.len };
	return ACCEPT;
}

/* The halves on the token against the backup: as far as they tell. */
static enum verdict
proof_compare(const struct wrapper *w, const struct keyline *l, const struct backup_key *k,
    CK_OBJECT_HANDLE object, struct report *rep)
{
	struct key	 is = { .algorithm = k->key.algorithm };
	const char	*why = NULL;
	enum verdict	 v = ACCEPT;
	int		 rc;

	if (object == CK_INVALID_HANDLE)
		return ACCEPT;
	if ((rc = object_public(w->token, object, &is, &why)) == -1)
		v = report_fault(rep, NULL, "key %s: %s: %s", name_of(l), w->token->where, why);
	else if (rc == 1 && !key_same_public(&is, &k->key))
		v = report_fault(rep, NULL, "key %s: %s: its public key is not that of the backup",
		    name_of(l), w->token->where);
	key_clear(&is);
	return v;
}

static enum verdict
proof_judge(struct proof *p, const struct sign_job *job, const struct wrapper *w,
    const struct keyline *l, struct verifier *verifier, const struct dname *owner,
    struct report *rep)
{
	p->sig.data = job->sig;
	p->sig.len = job->siglen;
	switch (rrsig_verify(verifier, &p->sig, &p->key.public, owner, &p->bundle)) {
	case 1:
		return ACCEPT;
	case 0:
		return report_fault(rep, NULL, "key %s: %s: its signature does not verify with the "
		    "public key of the backup", name_of(l), w->token->where);
	default:
		return report_fault(rep, NULL, "key %s: its signature cannot be verified",
		    name_of(l));
	}
}

enum verdict
wrapper_prove(struct wrapper *w, const struct keyline *const *lines,
    const struct backup_key *const *keys, const struct unwrapped *u, size_t n, struct report *rep)
{
	struct verifier	*verifier = verifier_new();
	struct proof	*p = calloc(n + 1, sizeof(*p));
	struct sign_job	*jobs = calloc(n + 1, sizeof(*jobs));
	enum verdict	 v = ACCEPT;
	struct dname	 owner;
	size_t		 i;

	if (verifier == NULL || p == NULL || jobs == NULL || dname_parse(&owner, proof_owner) == -1)
		v = report_fault(rep, NULL, "out of memory");
	for (i = 0; v == ACCEPT && i < n; i++)
		v = proof_prepare(&p[i], &jobs[i], w, keys[i], &u[i], &owner, rep);
	if (v == ACCEPT && n > 0)
		v = tokens_sign(w->tokens, jobs, n, rep);
	for (i = 0; v == ACCEPT && i < n; i++) {
		v = proof_judge(&p[i], &jobs[i], w, lines[i], verifier, &owner, rep);
		if (v == ACCEPT)
			v = proof_compare(w, lines[i], keys[i], u[i].private_object, rep);
		if (v == ACCEPT)
			v = proof_compare(w, lines[i], keys[i], u[i].public_object, rep);
	}
	for (i = 0; i < n && p != NULL && jobs != NULL; i++) {
		buf_free(&p[i].data);
		free(jobs[i].sig);
	}
	free(jobs);
	free(p);
	verifier_free(verifier);
	return v;
}

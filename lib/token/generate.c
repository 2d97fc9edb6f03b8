#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "model/keylist.h"
#include "token/generate.h"
#include "token/internal.h"

#define TEMPLATE_MAX	32
#define POINT_MAX	100		/* OCTET STRING of 4, x, y on P-384 */

/* What a token may not know, and a pair can be without. */
enum { WITH_TRUSTED = 1, WITH_NO = 2, WITH_DATES = 4, WITH_ALL = 7 };

struct generator {
	struct tokens		*tokens;
	struct token		*token;
	CK_SESSION_HANDLE	 session;
	unsigned		 with;		/* what it took so far */
	bool			 proven;	/* it has taken one pair like that */
	unsigned		 warned;
	unsigned		 without;	/* what it is not even asked for */
	bool			 printable;	/* Edwards curves by their name */
};

struct template {
	CK_ATTRIBUTE	 a[TEMPLATE_MAX];
	CK_ULONG	 n;
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

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

/* Of a time that is a day's 00:00; the end is the day on which the key is no longer active. */
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

struct dates {
	CK_DATE	 start;
	CK_DATE	 end;
	bool	 has_start;
	bool	 has_end;
};

static void
add_dates(struct template *t, const struct dates *d)
{
	if (d->has_start)
		add(t, CKA_START_DATE, &d->start, sizeof(d->start));
	if (d->has_end)
		add(t, CKA_END_DATE, &d->end, sizeof(d->end));
}

static struct dates
dates_of(const struct pairspec *s)
{
	struct dates	 d;

	d.has_start = s->from != KEYLIST_ALWAYS && date_of(&d.start, s->from);
	d.has_end = s->until != KEYLIST_FOREVER && date_of(&d.end, s->until);
	return d;
}

/* A private half: it signs, and does nothing else; it stays on the token. */
static void
add_private(struct template *t, const struct pairspec *s, const struct dates *d, unsigned with)
{
	add_flag(t, CKA_TOKEN, true);
	add_flag(t, CKA_PRIVATE, true);
	add_flag(t, CKA_SENSITIVE, true);
	add_flag(t, CKA_EXTRACTABLE, s->extractable);
	add_flag(t, CKA_SIGN, true);
	if ((with & WITH_NO) != 0) {
		add_flag(t, CKA_DECRYPT, false);
		add_flag(t, CKA_SIGN_RECOVER, false);
		add_flag(t, CKA_UNWRAP, false);
		add_flag(t, CKA_DERIVE, false);
	}
	if (s->extractable && (with & WITH_TRUSTED) != 0)
		add_flag(t, CKA_WRAP_WITH_TRUSTED, true);
	add(t, CKA_LABEL, s->label, strlen(s->label));
	add(t, CKA_ID, s->id, s->idlen);
	if ((with & WITH_DATES) != 0)
		add_dates(t, d);
}

static void
add_public(struct template *t, const struct pairspec *s, const struct dates *d, unsigned with)
{
	add_flag(t, CKA_TOKEN, true);
	add_flag(t, CKA_VERIFY, true);
	if ((with & WITH_NO) != 0) {
		add_flag(t, CKA_ENCRYPT, false);
		add_flag(t, CKA_VERIFY_RECOVER, false);
		add_flag(t, CKA_WRAP, false);
		add_flag(t, CKA_DERIVE, false);
	}
	add(t, CKA_LABEL, s->label, strlen(s->label));
	add(t, CKA_ID, s->id, s->idlen);
	if ((with & WITH_DATES) != 0)
		add_dates(t, d);
}

/* By object identifier; an Edwards curve also by name (PKCS#11 3.0, 6.3.3). */
static void
add_curve(struct template *t, unsigned algorithm, bool printable)
{
	switch (algorithm) {
	case ECDSAP256SHA256:
		add(t, CKA_EC_PARAMS, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
		break;
	case ECDSAP384SHA384:
		add(t, CKA_EC_PARAMS, "\x06\x05\x2b\x81\x04\x00\x22", 7);
		break;
	case ED25519:
		if (printable)
			add(t, CKA_EC_PARAMS, "\x13\x0c" "edwards25519", 14);
		else
			add(t, CKA_EC_PARAMS, "\x06\x03\x2b\x65\x70", 5);
		break;
	default:
		if (printable)
			add(t, CKA_EC_PARAMS, "\x13\x0a" "edwards448", 12);
		else
			add(t, CKA_EC_PARAMS, "\x06\x03\x2b\x65\x71", 5);
	}
}

/* The bytes of an exponent, big-endian. */
static size_t
exponent_bytes(unsigned char out[8], uint64_t e)
{
	size_t	 n = 0;
	int	 i;

	for (i = 7; i >= 0; i--)
		if (n > 0 || (e >> 8 * i & 0xff) != 0)
			out[n++] = (unsigned char)(e >> 8 * i);
	return n;
}

static CK_RV
generate_pair(struct generator *g, const struct pairspec *s, unsigned with,
    CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	CK_MECHANISM	 m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	struct template	 pub = { .n = 0 }, priv = { .n = 0 };
	struct dates	 d = dates_of(s);
	unsigned char	 e[8];
	CK_ULONG	 bits = s->bits;

	add_public(&pub, s, &d, with);
	add_private(&priv, s, &d, with);
	switch (algorithm_family(s->algorithm)) {
	case FAMILY_RSA:
		m.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
		add(&pub, CKA_MODULUS_BITS, &bits, sizeof(bits));
		add(&pub, CKA_PUBLIC_EXPONENT, e, exponent_bytes(e, s->exponent));
		break;
	case FAMILY_EDDSA:
		m.mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN;
		/* FALLTHROUGH */
	default:
		add_curve(&pub, s->algorithm, g->printable);
	}
	return g->token->module->f->C_GenerateKeyPair(g->session, &m, pub.a, pub.n, priv.a, priv.n,
	    public, private);
}

/* It does not like what it was asked for, rather than not to be asked. */
static bool
dislikes(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	    rv == CKR_ATTRIBUTE_READ_ONLY || rv == CKR_TEMPLATE_INCONSISTENT ||
	    rv == CKR_DOMAIN_PARAMS_INVALID || rv == CKR_CURVE_NOT_SUPPORTED ||
	    rv == CKR_ARGUMENTS_BAD || rv == CKR_FUNCTION_FAILED || rv == CKR_GENERAL_ERROR;
}

typedef CK_RV	 attempt_fn(struct generator *, const struct pairspec *, unsigned with,
		    const struct softkey *, CK_OBJECT_HANDLE *, CK_OBJECT_HANDLE *);

static CK_RV
attempt_generate(struct generator *g, const struct pairspec *s, unsigned with,
    const struct softkey *k, CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	(void)k;
	return generate_pair(g, s, with, public, private);
}

/*
 * The most that the token takes: at the first pair all that can be left out is, one after the other
 * and then together; later pairs are like the first.
 */
static CK_RV
attempt(struct generator *g, attempt_fn *fn, const struct pairspec *s, const struct softkey *k,
    CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	static const unsigned orders[] = {
		WITH_ALL, WITH_NO | WITH_TRUSTED, WITH_DATES | WITH_TRUSTED, WITH_NO | WITH_DATES,
		WITH_TRUSTED, WITH_NO, WITH_DATES, 0
	};
	bool		 edwards = algorithm_family(s->algorithm) == FAMILY_EDDSA;
	CK_RV		 rv, first = CKR_GENERAL_ERROR;
	size_t		 i;
	int		 form, tries = 0;

	if (g->proven)
		return fn(g, s, g->with, k, public, private);
	for (form = 0; form < (edwards ? 2 : 1); form++) {
		g->printable = form == 1;
		for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			if (!s->extractable && (orders[i] & WITH_TRUSTED) == 0)
				continue;	/* it is not in the template anyway */
			if ((orders[i] & g->without) != 0)
				continue;
			rv = fn(g, s, orders[i], k, public, private);
			if (rv == CKR_OK) {
				g->with = orders[i];
				g->proven = true;
				return rv;
			}
			if (tries++ == 0)
				first = rv;
			if (!dislikes(rv))
				return rv;
		}
	}
	return first;
}

static void
warn_without(struct generator *g, const struct pairspec *s, struct report *rep)
{
	bool	 dated = s->from != KEYLIST_ALWAYS || s->until != KEYLIST_FOREVER;

	if ((g->with & WITH_DATES) == 0 && dated && (g->warned & WITH_DATES) == 0) {
		report_warning(rep, NULL, NULL, "%s: it keeps no dates: only the key-list line has "
		    "them", g->token->where);
		g->warned |= WITH_DATES;
	}
	if ((g->with & WITH_NO) == 0 && (g->warned & WITH_NO) == 0) {
		report_warning(rep, NULL, NULL, "%s: it cannot be told that a key is for signatures "
		    "alone", g->token->where);
		g->warned |= WITH_NO;
	}
	if (s->extractable && (g->with & WITH_TRUSTED) == 0 && (g->warned & WITH_TRUSTED) == 0) {
		report_warning(rep, NULL, NULL, "%s: it has no CKA_WRAP_WITH_TRUSTED: any wrapping "
		    "key takes these keys out", g->token->where);
		g->warned |= WITH_TRUSTED;
	}
}

static const char *
explain(CK_RV rv)
{
	return rv == CKR_MECHANISM_INVALID ? " (it does not make keys of this kind)" : ckr_hint(rv);
}

/*
 * tpm2-pkcs11 says no to CKA_DECRYPT or CKA_ENCRYPT false after it has made the key, and leaves that in the
 * TPM, which has room for three.
 */
static unsigned
known_refusals(const struct token *t)
{
	static const char	 tpm[] = "TPM2.0 Cryptoki";
	CK_INFO			 info;

	if (t->module->f->C_GetInfo(&info) == CKR_OK &&
	    memcmp(info.libraryDescription, tpm, sizeof(tpm) - 1) == 0)
		return WITH_NO;
	return 0;
}

enum verdict
generator_open(struct generator **out, struct tokens *ts, struct token *t, struct report *rep)
{
	struct generator	*g;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	if (token_login(ts, t, rep) != ACCEPT)
		return FAULT;
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	g->tokens = ts;
	g->token = t;
	g->without = known_refusals(t);
	rv = t->module->f->C_OpenSession(t->id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	    &g->session);
	if (rv != CKR_OK) {
		free(g);
		return report_fault(rep, NULL, "%s: C_OpenSession: %s%s", t->where,
		    ckr_name(rv, name), explain(rv));
	}
	*out = g;
	return ACCEPT;
}

/* From two handles to a pair with its public key. */
static enum verdict
take_pair(struct generator *g, const struct pairspec *s, struct tokenpair *p, struct report *rep)
{
	const char	*why = NULL;
	int		 rv;

	p->public.algorithm = (uint8_t)s->algorithm;
	rv = object_public(g->token, p->public_object, &p->public, &why);
	if (rv == 0)
		rv = object_public(g->token, p->private_object, &p->public, &why);
	if (rv != 1)
		return report_fault(rep, NULL, "key %s: %s: %s", s->label, g->token->where,
		    rv == 0 ? "its public half does not tell its key" : why);
	if ((p->public.identifier = strdup(s->label)) == NULL)
		return report_fault(rep, NULL, "out of memory");
	p->public.flags = s->flags;
	p->public.protocol = DNSKEY_PROTOCOL;
	p->public.tag = key_tag(&p->public);
	return ACCEPT;
}

/* The token must have made what it was asked for. */
static enum verdict
check_pair(struct generator *g, const struct pairspec *s, const struct tokenpair *p,
    struct report *rep)
{
	uint64_t	 exponent = 0;
	unsigned	 bits = 0;

	if (key_size(&p->public, &bits, &exponent) == -1 ||
	    (algorithm_family(s->algorithm) == FAMILY_RSA &&
	    (bits != s->bits || exponent != s->exponent)))
		return report_fault(rep, NULL, "key %s: %s: it made another key than it was asked for "
		    "(%u bits)", s->label, g->token->where, bits);
	if (!object_true(g->token, p->private_object, CKA_SENSITIVE))
		return report_fault(rep, NULL, "key %s: %s: it made a key that is not sensitive",
		    s->label, g->token->where);
	if (!s->extractable && object_true(g->token, p->private_object, CKA_EXTRACTABLE))
		return report_fault(rep, NULL, "key %s: %s: it made a key that is extractable",
		    s->label, g->token->where);
	return ACCEPT;
}

static enum verdict
finish(struct generator *g, const struct pairspec *s, struct tokenpair *p, struct tokenpair *out,
    struct report *rep)
{
	if (take_pair(g, s, p, rep) != ACCEPT || check_pair(g, s, p, rep) != ACCEPT) {
		(void)generator_drop(g, p, rep);
		return FAULT;
	}
	warn_without(g, s, rep);
	*out = *p;
	return ACCEPT;
}

enum verdict
generator_make(struct generator *g, const struct pairspec *s, struct tokenpair *out,
    struct report *rep)
{
	struct tokenpair		 p = { .private_object = CK_INVALID_HANDLE };
	CK_OBJECT_HANDLE	 public = CK_INVALID_HANDLE, private = CK_INVALID_HANDLE;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	rv = attempt(g, attempt_generate, s, NULL, &public, &private);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "key %s: %s: C_GenerateKeyPair: %s%s", s->label,
		    g->token->where, ckr_name(rv, name), explain(rv));
	p.public_object = public;
	p.private_object = private;
	return finish(g, s, &p, out, rep);
}

static void
add_number(struct template *t, CK_ATTRIBUTE_TYPE type, const struct softkey *k,
    enum softkey_part part)
{
	const unsigned char	*data;
	size_t			 len;

	data = softkey_number(k, part, &len);
	add(t, type, data, len);
}

static void
add_private_value(struct template *t, const struct softkey *k, bool printable)
{
	unsigned	 algorithm = softkey_public(k)->algorithm;

	if (algorithm_family(algorithm) == FAMILY_RSA) {
		add_number(t, CKA_MODULUS, k, SOFTKEY_N);
		add_number(t, CKA_PUBLIC_EXPONENT, k, SOFTKEY_E);
		add_number(t, CKA_PRIVATE_EXPONENT, k, SOFTKEY_D);
		add_number(t, CKA_PRIME_1, k, SOFTKEY_P);
		add_number(t, CKA_PRIME_2, k, SOFTKEY_Q);
		add_number(t, CKA_EXPONENT_1, k, SOFTKEY_DP);
		add_number(t, CKA_EXPONENT_2, k, SOFTKEY_DQ);
		add_number(t, CKA_COEFFICIENT, k, SOFTKEY_QI);
	} else {
		add_curve(t, algorithm, printable);
		add_number(t, CKA_VALUE, k, SOFTKEY_SECRET);
	}
}

/* CKA_EC_POINT is a DER OCTET STRING: of 4, x and y, or of an Edwards point as it is. */
static size_t
ec_point(unsigned char out[POINT_MAX], const struct key *k)
{
	size_t	 lead = algorithm_family(k->algorithm) == FAMILY_ECDSA ? 1 : 0, n = 0;

	out[n++] = 0x04;
	out[n++] = (unsigned char)(k->len + lead);
	if (lead == 1)
		out[n++] = 0x04;
	memcpy(out + n, k->public, k->len);
	return n + k->len;
}

static CK_RV
attempt_import(struct generator *g, const struct pairspec *s, unsigned with,
    const struct softkey *k, CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	CK_FUNCTION_LIST	*f = g->token->module->f;
	CK_OBJECT_CLASS		 class = CKO_PRIVATE_KEY, public_class = CKO_PUBLIC_KEY;
	CK_KEY_TYPE		 type = CKK_RSA;
	struct template		 pub = { .n = 0 }, priv = { .n = 0 };
	struct dates		 d = dates_of(s);
	unsigned char		 point[POINT_MAX];
	CK_RV			 rv;

	if (algorithm_family(s->algorithm) != FAMILY_RSA)
		type = algorithm_family(s->algorithm) == FAMILY_ECDSA ? CKK_EC : CKK_EC_EDWARDS;
	add(&priv, CKA_CLASS, &class, sizeof(class));
	add(&priv, CKA_KEY_TYPE, &type, sizeof(type));
	add_private(&priv, s, &d, with);
	add_private_value(&priv, k, g->printable);
	add(&pub, CKA_CLASS, &public_class, sizeof(public_class));
	add(&pub, CKA_KEY_TYPE, &type, sizeof(type));
	add_public(&pub, s, &d, with);
	if (type == CKK_RSA) {
		add_number(&pub, CKA_MODULUS, k, SOFTKEY_N);
		add_number(&pub, CKA_PUBLIC_EXPONENT, k, SOFTKEY_E);
	} else {
		add_curve(&pub, s->algorithm, g->printable);
		add(&pub, CKA_EC_POINT, point, ec_point(point, softkey_public(k)));
	}
	if ((rv = f->C_CreateObject(g->session, priv.a, priv.n, private)) != CKR_OK)
		return rv;
	if ((rv = f->C_CreateObject(g->session, pub.a, pub.n, public)) != CKR_OK) {
		if (f->C_DestroyObject(g->session, *private) != CKR_OK)
			return CKR_DEVICE_ERROR;	/* no further attempt on top of it */
		*private = CK_INVALID_HANDLE;
	}
	return rv;
}

enum verdict
generator_import(struct generator *g, const struct pairspec *spec, const struct softkey *k,
    struct tokenpair *out, struct report *rep)
{
	struct pairspec		 s = *spec;
	struct tokenpair		 p = { .private_object = CK_INVALID_HANDLE };
	CK_OBJECT_HANDLE	 public = CK_INVALID_HANDLE, private = CK_INVALID_HANDLE;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	s.algorithm = softkey_public(k)->algorithm;
	if (key_size(softkey_public(k), &s.bits, &s.exponent) == -1)
		return report_fault(rep, NULL, "key %s: not a key of its algorithm", s.label);
	rv = attempt(g, attempt_import, &s, k, &public, &private);
	if (rv == CKR_KEY_SIZE_RANGE || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
	    rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_DOMAIN_PARAMS_INVALID)
		return report_broken(rep, NULL, NULL, "key %s: %s: it takes no such key "
		    "(C_CreateObject: %s)", s.label, g->token->where, ckr_name(rv, name));
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "key %s: %s: C_CreateObject: %s%s", s.label,
		    g->token->where, ckr_name(rv, name), explain(rv));
	p.public_object = public;
	p.private_object = private;
	if (finish(g, &s, &p, &p, rep) != ACCEPT)
		return FAULT;
	if (!key_same_public(&p.public, softkey_public(k))) {
		report_fault(rep, NULL, "key %s: %s: what reads back is another key", s.label,
		    g->token->where);
		(void)generator_drop(g, &p, rep);
		return FAULT;
	}
	*out = p;
	return ACCEPT;
}

enum verdict
generator_prove(struct generator *g, const struct tokenpair *p, const struct softkey *k,
    struct report *rep)
{
	static const unsigned char	 message[] = "ksrkit: does the private half sign?";
	struct token_key		 key = { .token = g->token, .private = p->private_object };
	struct sign_job			 job = { .key = &key, .data = message,
					     .len = sizeof(message) };
	unsigned			 bits;
	uint64_t			 exponent;
	enum verdict			 v;

	key.public = p->public;
	if (key_size(&p->public, &bits, &exponent) == -1)
		return report_fault(rep, NULL, "key %s: not a key of its algorithm",
		    p->public.identifier);
	key.siglen = algorithm_siglen(p->public.algorithm);
	if (key.siglen == 0)
		key.siglen = (bits + 7) / 8;
	v = tokens_sign(g->tokens, &job, 1, rep);
	if (v == ACCEPT && !softkey_verify(k, message, sizeof(message), job.sig, job.siglen))
		v = report_fault(rep, NULL, "key %s: %s: its signature does not verify",
		    p->public.identifier, g->token->where);
	free(job.sig);
	return v;
}

enum verdict
generator_drop(struct generator *g, struct tokenpair *p, struct report *rep)
{
	CK_FUNCTION_LIST	*f = g->token->module->f;
	const char		*label = p->public.identifier;
	enum verdict		 v = ACCEPT;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	if (label == NULL)
		label = "without a name";
	if (p->private_object != CK_INVALID_HANDLE &&
	    (rv = f->C_DestroyObject(g->session, p->private_object)) != CKR_OK)
		v = report_fault(rep, NULL, "key %s: %s: its private half is still there: %s", label,
		    g->token->where, ckr_name(rv, name));
	if (p->public_object != CK_INVALID_HANDLE &&
	    (rv = f->C_DestroyObject(g->session, p->public_object)) != CKR_OK)
		v = report_fault(rep, NULL, "key %s: %s: its public half is still there: %s", label,
		    g->token->where, ckr_name(rv, name));
	key_clear(&p->public);
	memset(p, 0, sizeof(*p));
	return v;
}

void
generator_close(struct generator *g)
{
	if (g == NULL)
		return;
	g->token->module->f->C_CloseSession(g->session);
	free(g);
}

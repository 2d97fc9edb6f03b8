#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/dnskeyline.h"
#include "token/internal.h"
#include "token/p11uri.h"
#include "token/values.h"

#define MAX_OBJECTS	64		/* with one label; more than two halves are a fault */
#define MAX_EACH	4		/* objects to list for each wanted key; two are its own */

struct hit {				/* a wanted key on one token */
	CK_OBJECT_HANDLE	 private;
	CK_OBJECT_HANDLE	 public;
	struct key		 key;	/* .public non-NULL: read from the public half */
	struct key		 own;	/* the same from the private one */
	const char		*own_why;	/* non-NULL: what that has is no such key */
	char			*label;	/* CKA_LABEL, of the private half if there is one; NULL: none */
	bool			 may_sign;	/* CKA_SIGN */
	bool			 asks;	/* CKA_ALWAYS_AUTHENTICATE */
	bool			 bad;	/* what is wrong with it has been said */
	bool			 inside;	/* searched after login */
};

struct wish {				/* a wanted key */
	const struct ksk	*ksk;
	struct spot		 at;
	struct p11uri		 uri;
	const char		*label;	/* NULL: the id alone names it */
	bool			 look;	/* tokens_look: not to sign, and it may be missing */
	struct hit		*hits;	/* one a token */
};

static enum verdict
wish_init(struct wish *w, const struct tokens *ts, const struct ksk *ksk,
    struct report *rep)
{
	const char	*why;

	w->ksk = ksk;
	w->at.input = ts->policy->input;
	w->at.line = ksk->line;
	w->label = ksk->label != NULL ? ksk->label : ksk->name;
	if (ksk->uri != NULL) {
		if (p11uri_parse(&w->uri, ksk->uri, P11URI_KEY, &why) == -1)
			return report_fault(rep, &w->at, "key %s: uri: %s (RFC 7512)",
			    ksk->name, why);
		if (w->uri.object != NULL)
			w->label = w->uri.object;
		else if (w->uri.id != NULL)
			w->label = NULL;
	}
	if ((w->hits = calloc(ts->n, sizeof(*w->hits))) == NULL)
		return report_fault(rep, &w->at, "out of memory");
	return ACCEPT;
}

static void
hit_clear(struct hit *hit)
{
	key_clear(&hit->key);
	key_clear(&hit->own);
	free(hit->label);
	*hit = (struct hit){ .inside = false };
}

static void
wish_clear(struct wish *w, size_t ntokens)
{
	size_t	 i;

	for (i = 0; w->hits != NULL && i < ntokens; i++)
		hit_clear(&w->hits[i]);
	free(w->hits);
	p11uri_clear(&w->uri);
}

/*
 * All objects that the template fits, whatever their class: a find reads every object
 * of the token, so one serves for both halves.  *n is max where there are as many, or more.
 */
static CK_RV
find_objects(const struct token *t, CK_ATTRIBUTE *template, CK_ULONG size,
    CK_OBJECT_HANDLE *objects, size_t max, size_t *n)
{
	CK_FUNCTION_LIST	*f = t->module->f;
	CK_ULONG		 got;
	CK_RV			 rv;

	*n = 0;
	if ((rv = f->C_FindObjectsInit(t->session, template, size)) != CKR_OK)
		return rv;
	do {
		got = 0;
		rv = f->C_FindObjects(t->session, objects + *n, max - *n, &got);
		*n = got < max - *n ? *n + got : max;
	} while (rv == CKR_OK && got > 0 && *n < max);
	f->C_FindObjectsFinal(t->session);
	return rv;
}

/* The label that may name the key; the private half's goes first.  0, or -1: out of memory. */
static int
take_label(struct hit *hit, const struct values *v, bool private)
{
	const CK_ATTRIBUTE	*a = &v->a[AT_LABEL];

	if ((!private && hit->label != NULL) || !values_has(v, AT_LABEL) || a->ulValueLen == 0 ||
	    memchr(a->pValue, '\0', a->ulValueLen) != NULL)
		return 0;
	free(hit->label);
	return (hit->label = strndup(a->pValue, a->ulValueLen)) != NULL ? 0 : -1;
}

/* What a half tells of the key.  0; or -1, *why. */
static int
take_half(struct hit *hit, const struct values *v, CK_OBJECT_HANDLE object, bool private,
    const char **why)
{
	*why = "out of memory";
	if (take_label(hit, v, private) == -1)
		return -1;
	if (!private) {
		hit->public = object;
		return values_public(v, &hit->key, why) == -1 ? -1 : 0;
	}
	hit->private = object;
	hit->may_sign = values_true(v, AT_SIGN);
	hit->asks = values_true(v, AT_ALWAYS_AUTHENTICATE);
	if (values_public(v, &hit->own, why) == -1)
		hit->own_why = *why;
	return 0;
}

/* One half into its place in the hit; a second one of its kind is a fault. */
static enum verdict
take_object(const struct token *t, const struct wish *w, CK_OBJECT_HANDLE object,
    const struct values *v, struct hit *hit, struct report *rep)
{
	CK_OBJECT_CLASS		 class;
	const char		*why;

	if (!values_ulong(v, AT_CLASS, &class))
		return report_fault(rep, &w->at, "key %s: %s: CKA_CLASS cannot be read",
		    w->ksk->name, t->where);
	if (class != CKO_PRIVATE_KEY && class != CKO_PUBLIC_KEY)
		return ACCEPT;
	if ((class == CKO_PRIVATE_KEY ? hit->private : hit->public) != CK_INVALID_HANDLE)
		return report_fault(rep, &w->at, "key %s: %s: it stands twice on one token",
		    w->ksk->name, t->where);
	if (!values_fit(v, w->ksk->algorithm, &why))
		return report_fault(rep, &w->at, "key %s: %s: the policy says %s, but %s",
		    w->ksk->name, t->where, algorithm_name(w->ksk->algorithm), why);
	hit->key.algorithm = hit->own.algorithm = w->ksk->algorithm;
	if (take_half(hit, v, object, class == CKO_PRIVATE_KEY, &why) == -1)
		return report_fault(rep, &w->at, "key %s: %s: %s", w->ksk->name, t->where, why);
	return ACCEPT;
}

static bool
fits_token(const struct wish *w, const struct token *t)
{
	return p11uri_fits(&w->uri, t->label, t->serial, t->model, t->manufacturer);
}

/* Search one token for one key, as it is, logged in or not. */
static enum verdict
search(const struct token *t, const struct wish *w, struct hit *hit, struct report *rep)
{
	CK_OBJECT_HANDLE	 objects[MAX_OBJECTS];
	CK_ATTRIBUTE		 a[2];
	struct values		 values;
	enum verdict		 v = ACCEPT;
	char			 name[CKR_SIZE];
	CK_ULONG		 na = 0;
	size_t			 n, i;
	CK_RV			 rv;

	hit_clear(hit);
	hit->inside = t->logged_in;
	if (!fits_token(w, t))
		return ACCEPT;
	if (w->label != NULL)
		a[na++] = (CK_ATTRIBUTE){ CKA_LABEL, (void *)(uintptr_t)w->label,
		    strlen(w->label) };
	if (w->uri.id != NULL)
		a[na++] = (CK_ATTRIBUTE){ CKA_ID, w->uri.id, w->uri.idlen };
	if ((rv = find_objects(t, a, na, objects, MAX_OBJECTS, &n)) != CKR_OK)
		return report_fault(rep, &w->at, "key %s: %s: C_FindObjects: %s",
		    w->ksk->name, t->where, ckr_name(rv, name));
	if (n >= MAX_OBJECTS)
		return report_fault(rep, &w->at, "key %s: %s: too many objects of that name",
		    w->ksk->name, t->where);
	for (i = 0; i < n && v == ACCEPT; i++) {
		if ((rv = values_read(&values, t, objects[i], OF_KEYS)) != CKR_OK)
			return report_fault(rep, &w->at, "key %s: %s: C_GetAttributeValue: %s",
			    w->ksk->name, t->where, ckr_name(rv, name));
		v = take_object(t, w, objects[i], &values, hit, rep);
	}
	return v;
}

/* What C_FindObjects would compare: exact bytes (PKCS#11 5.7.7). */
static bool
fits_object(const struct wish *w, const struct values *v)
{
	return (w->label == NULL || values_equal(v, AT_LABEL, w->label, strlen(w->label))) &&
	    (w->uri.id == NULL || values_equal(v, AT_ID, w->uri.id, w->uri.idlen));
}

/* One object of the token, shown to all who may want it. */
static enum verdict
offer(const struct token *t, size_t which, CK_OBJECT_HANDLE object, const struct values *values,
    struct wish *wishes, size_t n, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < n; i++) {
		struct wish	*w = &wishes[i];
		struct hit	*hit = &w->hits[which];

		if (hit->bad || !fits_token(w, t) || !fits_object(w, values))
			continue;
		hit->bad = take_object(t, w, object, values, hit, rep) != ACCEPT;
		if (hit->bad)
			v = FAULT;
	}
	return v;
}

/*
 * Where several keys are wanted of a token that has little else, one list of all its objects serves for them
 * all.  Each is searched for by itself (*done is false) where there is more, or an object that cannot be read:
 * it need not be one of ours.
 */
static enum verdict
search_list(const struct token *t, size_t which, struct wish *wishes, size_t n, bool *done,
    struct report *rep)
{
	size_t			 max = n * MAX_EACH + 1, found, i;
	CK_OBJECT_HANDLE	*objects = calloc(max, sizeof(*objects));
	struct values		 values;
	enum verdict		 v = ACCEPT;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	*done = true;
	if (objects == NULL)
		return report_fault(rep, NULL, "out of memory");
	if ((rv = find_objects(t, NULL, 0, objects, max, &found)) != CKR_OK) {
		v = report_fault(rep, NULL, "%s: C_FindObjects: %s", t->where, ckr_name(rv, name));
		goto out;
	}
	*done = found < max;
	for (i = 0; i < n; i++)
		wishes[i].hits[which].inside = t->logged_in;
	for (i = 0; *done && i < found; i++)
		if (values_read(&values, t, objects[i], OF_KEYS) == CKR_OK)
			v = verdict_worse(v, offer(t, which, objects[i], &values, wishes, n, rep));
		else if (v == ACCEPT)
			*done = false;
 out:
	free(objects);
	return v;
}

/* Search token number which for all keys. */
static enum verdict
search_all(const struct token *t, size_t which, struct wish *wishes, size_t n,
    struct report *rep)
{
	enum verdict	 v = ACCEPT;
	bool		 done = false;
	size_t		 i;

	if (n > 1)
		v = search_list(t, which, wishes, n, &done, rep);
	for (i = 0; !done && i < n; i++)
		v = verdict_worse(v, search(t, &wishes[i], &wishes[i].hits[which], rep));
	return v;
}

/*
 * The look from outside: what each token shows without login.  The only token
 * there is needs none of it, and is logged in to at once.
 */
static enum verdict
survey(struct tokens *ts, struct wish *wishes, size_t n, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	struct token	*t;
	char		 name[CKR_SIZE];
	size_t		 j;
	CK_RV		 rv;

	for (j = 0; j < ts->n; j++) {
		t = ts->v[j];
		if (t->dead)
			continue;
		if ((rv = token_open(t)) != CKR_OK) {
			t->dead = true;
			tokens_absent(ts, t->hsm, rep, "%s: C_OpenSession: %s", t->where,
			    ckr_name(rv, name));
			continue;
		}
		if (ts->n == 1 && token_login(ts, t, rep) != ACCEPT)
			return FAULT;
		v = verdict_worse(v, search_all(t, j, wishes, n, rep));
	}
	return v;
}

/* How soon a token is asked for a key: those that show it, those open already, the rest. */
static int
turn(const struct token *t, const struct hit *hit)
{
	return hit->public != CK_INVALID_HANDLE || hit->private != CK_INVALID_HANDLE ? 0 :
	    t->logged_in ? 1 : 2;
}

/*
 * The token that serves: the first in the policy's order that has the private half.
 * *out is ts->n if none has.
 */
static enum verdict
choose(struct tokens *ts, struct wish *w, size_t *out, struct report *rep)
{
	struct token	*t;
	struct hit	*hit;
	size_t		 j;
	int		 pass;

	for (pass = 0; pass < 3; pass++)
		for (j = 0; j < ts->n; j++) {
			t = ts->v[j];
			hit = &w->hits[j];
			if (t->dead || turn(t, hit) > pass ||
			    !fits_token(w, t))
				continue;
			if (hit->private == CK_INVALID_HANDLE && !hit->inside &&
			    (token_login(ts, t, rep) != ACCEPT ||
			    search(t, w, hit, rep) != ACCEPT))
				return FAULT;
			if (hit->private != CK_INVALID_HANDLE) {
				*out = j;
				return ACCEPT;
			}
		}
	*out = ts->n;
	return ACCEPT;
}

/* The same for a key that is only looked at: any half of it, and no login. */
static size_t
sight(const struct tokens *ts, const struct wish *w)
{
	size_t	 j;

	for (j = 0; j < ts->n; j++)
		if (turn(ts->v[j], &w->hits[j]) == 0)
			break;
	return j;
}

/* The line that says why there is no key, and a line for each HSM not asked. */
static enum verdict
missing(const struct tokens *ts, const struct wish *w, struct report *rep)
{
	size_t	 i, halves = 0, asked = 0;

	for (i = 0; i < ts->n; i++) {
		if (!ts->v[i]->dead)
			asked++;
		if (w->hits[i].public != CK_INVALID_HANDLE) {
			report_fault(rep, &w->at, "key %s: %s: only its public half is there",
			    w->ksk->name, ts->v[i]->where);
			halves++;
		}
	}
	if (halves == 0 && (asked > 0 || ts->nabsent == 0))
		report_fault(rep, &w->at, "key %s: on none of %zu tokens (%s)", w->ksk->name,
		    asked, w->label != NULL ? w->label : "by its id");
	for (i = 0; i < ts->nabsent; i++)
		report_fault(rep, &w->at, "key %s: hsm %s could not be asked: %s",
		    w->ksk->name, ts->absent[i].hsm->name, ts->absent[i].why);
	return FAULT;
}

/* The public half from the policy's file, for a token that keeps none. */
static enum verdict
public_from_file(struct key *key, const struct wish *w, const struct token *t,
    struct report *rep)
{
	const char	*path = w->ksk->dnskey;
	struct key	 file = { 0 };
	struct dname	 owner;
	unsigned	 bits;
	uint64_t	 exponent;

	if (path == NULL)
		return report_fault(rep, &w->at, "key %s: %s: it has no public half, and no "
		    "dnskey file is given", w->ksk->name, t->where);
	if (dnskey_file_load(&file, &owner, path) == -1)
		return report_fault(rep, &w->at, "key %s: %s: %s", w->ksk->name, path,
		    errno == EINVAL ? "not one DNSKEY line" : strerror(errno));
	if (file.algorithm != key->algorithm || key_size(&file, &bits, &exponent) == -1) {
		key_clear(&file);
		return report_fault(rep, &w->at, "key %s: %s: not a key of %s", w->ksk->name,
		    path, algorithm_name(key->algorithm));
	}
	key->public = file.public;
	key->len = file.len;
	file.public = NULL;
	key_clear(&file);
	return ACCEPT;
}

/*
 * The public key: from the public half, else from the private one (RSA), else
 * from the file.  Where both halves tell, they must agree.
 */
static enum verdict
get_public(struct key *key, const struct wish *w, const struct token *t,
    const struct hit *hit, struct report *rep)
{
	const struct key *from = hit->key.public != NULL ? &hit->key : &hit->own;

	key->algorithm = w->ksk->algorithm;
	if (hit->own_why != NULL)
		return report_fault(rep, &w->at, "key %s: %s: %s", w->ksk->name, t->where,
		    hit->own_why);
	if (from->public == NULL)
		return public_from_file(key, w, t, rep);
	if (hit->key.public != NULL && hit->own.public != NULL &&
	    !key_same_public(&hit->own, &hit->key))
		return report_fault(rep, &w->at, "key %s: %s: its two halves are of different keys",
		    w->ksk->name, t->where);
	if ((key->public = malloc(from->len)) == NULL)
		return report_fault(rep, &w->at, "out of memory");
	memcpy(key->public, from->public, from->len);
	key->len = from->len;
	return ACCEPT;
}

/* CKA_LABEL, where the key was found by its id; else the label that found it. */
static char *
get_label(const struct wish *w, const struct hit *hit)
{
	return strdup(w->label != NULL ? w->label : hit->label != NULL ? hit->label :
	    w->ksk->label != NULL ? w->ksk->label : w->ksk->name);
}

static enum verdict
may_sign(const struct wish *w, const struct token *t, const struct hit *hit,
    struct report *rep)
{
	if (!hit->may_sign)
		return report_fault(rep, &w->at, "key %s: %s: it may not sign (CKA_SIGN)",
		    w->ksk->name, t->where);
	if (hit->asks)
		return report_fault(rep, &w->at, "key %s: %s: it wants the PIN for every "
		    "signature (CKA_ALWAYS_AUTHENTICATE)", w->ksk->name, t->where);
	return ACCEPT;
}

static enum verdict
make_key(struct token_key *k, const struct wish *w, struct token *t,
    const struct hit *hit, struct report *rep)
{
	uint64_t	 exponent;
	unsigned	 bits;

	if ((!w->look && may_sign(w, t, hit, rep) != ACCEPT) ||
	    get_public(&k->public, w, t, hit, rep) != ACCEPT)
		return FAULT;
	if ((k->public.identifier = get_label(w, hit)) == NULL)
		return report_fault(rep, &w->at, "out of memory");
	k->token = t;
	k->private = hit->private;
	k->public.flags = DNSKEY_KSK;
	k->public.protocol = DNSKEY_PROTOCOL;
	k->public.tag = key_tag(&k->public);
	k->siglen = algorithm_siglen(k->public.algorithm);
	if (k->siglen == 0) {
		if (key_size(&k->public, &bits, &exponent) == -1)
			return report_fault(rep, &w->at, "key %s: %s: not an RSA public key",
			    w->ksk->name, t->where);
		k->siglen = (bits + 7) / 8;
	}
	return ACCEPT;
}

/* One label, one key: every token that shows it must show the same. */
static enum verdict
compare(const struct tokens *ts, const struct wish *w, const struct token_key *k,
    struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < ts->n; j++)
		if (w->hits[j].key.public != NULL &&
		    !key_same_public(&w->hits[j].key, &k->public))
			v = report_fault(rep, &w->at, "key %s: %s and %s have different keys",
			    w->ksk->name, k->token->where, ts->v[j]->where);
	return v;
}

static enum verdict
grant(struct tokens *ts, struct wish *w, struct token_key **out, struct report *rep)
{
	struct token_key	*k = NULL, **keys;
	enum verdict		 v = FAULT;
	size_t			 j;

	if (w->look)
		j = sight(ts, w);
	else if (choose(ts, w, &j, rep) != ACCEPT)
		return FAULT;
	if (j == ts->n)
		return w->look ? ACCEPT : missing(ts, w, rep);
	keys = reallocarray(ts->keys, ts->nkeys + 1, sizeof(*keys));
	if (keys != NULL)
		ts->keys = keys;
	if (keys == NULL || (k = calloc(1, sizeof(*k))) == NULL)
		return report_fault(rep, &w->at, "out of memory");
	if ((v = make_key(k, w, ts->v[j], &w->hits[j], rep)) == ACCEPT)
		v = compare(ts, w, k, rep);
	if (v != ACCEPT) {
		key_clear(&k->public);
		free(k);
		return v;
	}
	ts->keys[ts->nkeys++] = *out = k;
	return ACCEPT;
}

static enum verdict
find(struct tokens *ts, const struct ksk *const *wanted, size_t n, bool look,
    struct token_key **out, struct report *rep)
{
	struct wish		*wishes = NULL;
	struct token_key	**found = NULL;
	enum verdict		 v = FAULT;
	size_t			 i;

	if ((wishes = calloc(n + 1, sizeof(*wishes))) == NULL ||
	    (found = calloc(n + 1, sizeof(struct token_key *))) == NULL) {
		report_fault(rep, NULL, "out of memory");
		goto out;
	}
	for (i = 0, v = ACCEPT; i < n; i++) {
		wishes[i].look = look;
		v = verdict_worse(v, wish_init(&wishes[i], ts, wanted[i], rep));
	}
	if (v == ACCEPT)
		v = survey(ts, wishes, n, rep);
	/* a refused PIN ends it: the other tokens are not given guesses */
	for (i = 0; v == ACCEPT && i < n; i++)
		v = grant(ts, &wishes[i], &found[i], rep);
	if (v == ACCEPT)
		memcpy(out, found, n * sizeof(struct token_key *));
 out:
	for (i = 0; wishes != NULL && i < n; i++)
		wish_clear(&wishes[i], ts->n);
	free(wishes);
	free(found);
	return v;
}

enum verdict
tokens_find(struct tokens *ts, const struct ksk *const *wanted, size_t n,
    struct token_key **out, struct report *rep)
{
	return find(ts, wanted, n, false, out, rep);
}

enum verdict
tokens_look(struct tokens *ts, const struct ksk *const *wanted, size_t n,
    struct token_key **out, struct report *rep)
{
	return find(ts, wanted, n, true, out, rep);
}

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/dnskeyline.h"
#include "token/internal.h"
#include "token/p11uri.h"

#define MAX_OBJECTS	64		/* with one label; more than two halves are a fault */

struct hit {				/* a wanted key on one token */
	CK_OBJECT_HANDLE	 private;
	CK_OBJECT_HANDLE	 public;
	struct key		 key;	/* .public non-NULL: read from the public half */
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
wish_clear(struct wish *w, size_t ntokens)
{
	size_t	 i;

	for (i = 0; w->hits != NULL && i < ntokens; i++)
		key_clear(&w->hits[i].key);
	free(w->hits);
	p11uri_clear(&w->uri);
}

/*
 * All objects with the label or id, whatever their class: a find reads every object
 * of the token, so one serves for both halves.
 */
static CK_RV
find_objects(const struct token *t, const struct wish *w, CK_OBJECT_HANDLE *objects,
    CK_ULONG *n)
{
	CK_FUNCTION_LIST	*f = t->module->f;
	CK_ATTRIBUTE		 a[2];
	CK_ULONG		 na = 0, got;
	CK_RV			 rv;

	if (w->label != NULL)
		a[na++] = (CK_ATTRIBUTE){ CKA_LABEL, (void *)(uintptr_t)w->label,
		    strlen(w->label) };
	if (w->uri.id != NULL)
		a[na++] = (CK_ATTRIBUTE){ CKA_ID, w->uri.id, w->uri.idlen };
	*n = 0;
	if ((rv = f->C_FindObjectsInit(t->session, a, na)) != CKR_OK)
		return rv;
	do {
		got = 0;
		rv = f->C_FindObjects(t->session, objects + *n, MAX_OBJECTS - *n, &got);
		*n += got;
	} while (rv == CKR_OK && got > 0 && *n < MAX_OBJECTS);
	f->C_FindObjectsFinal(t->session);
	return rv;
}

/* One half into its place in the hit; a second one of its kind is a fault. */
static enum verdict
take_object(const struct token *t, const struct wish *w, CK_OBJECT_HANDLE object,
    struct hit *hit, struct report *rep)
{
	CK_OBJECT_CLASS		 class = 0;
	CK_OBJECT_HANDLE	*half;
	const char		*why;
	size_t			 len = sizeof(class);

	if (object_get(t, object, CKA_CLASS, &class, &len) != CKR_OK || len != sizeof(class))
		return report_fault(rep, &w->at, "key %s: %s: CKA_CLASS cannot be read",
		    w->ksk->name, t->where);
	if (class != CKO_PRIVATE_KEY && class != CKO_PUBLIC_KEY)
		return ACCEPT;
	half = class == CKO_PRIVATE_KEY ? &hit->private : &hit->public;
	if (*half != CK_INVALID_HANDLE)
		return report_fault(rep, &w->at, "key %s: %s: it stands twice on one token",
		    w->ksk->name, t->where);
	if (!object_fits(t, object, w->ksk->algorithm, &why))
		return report_fault(rep, &w->at, "key %s: %s: the policy says %s, but %s",
		    w->ksk->name, t->where, algorithm_name(w->ksk->algorithm), why);
	*half = object;
	return ACCEPT;
}

/* Search one token for one key, as it is, logged in or not. */
static enum verdict
search(const struct token *t, const struct wish *w, struct hit *hit, struct report *rep)
{
	CK_OBJECT_HANDLE	 objects[MAX_OBJECTS];
	const char		*why = NULL;
	enum verdict		 v = ACCEPT;
	char			 name[CKR_SIZE];
	CK_ULONG		 n, i;
	CK_RV			 rv;

	key_clear(&hit->key);
	*hit = (struct hit){ .inside = t->logged_in };
	if (!p11uri_fits(&w->uri, t->label, t->serial, t->model, t->manufacturer))
		return ACCEPT;
	if ((rv = find_objects(t, w, objects, &n)) != CKR_OK)
		return report_fault(rep, &w->at, "key %s: %s: C_FindObjects: %s",
		    w->ksk->name, t->where, ckr_name(rv, name));
	if (n >= MAX_OBJECTS)
		return report_fault(rep, &w->at, "key %s: %s: too many objects of that name",
		    w->ksk->name, t->where);
	for (i = 0; i < n && v == ACCEPT; i++)
		v = take_object(t, w, objects[i], hit, rep);
	if (v != ACCEPT || hit->public == CK_INVALID_HANDLE)
		return v;
	hit->key.algorithm = w->ksk->algorithm;
	if (object_public(t, hit->public, &hit->key, &why) == -1)
		return report_fault(rep, &w->at, "key %s: %s: %s", w->ksk->name, t->where, why);
	return ACCEPT;
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
	size_t		 i, j;
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
		for (i = 0; i < n; i++)
			v = verdict_worse(v, search(t, &wishes[i], &wishes[i].hits[j], rep));
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
			    !p11uri_fits(&w->uri, t->label, t->serial, t->model,
			    t->manufacturer))
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
	struct key	 own = { .algorithm = w->ksk->algorithm };
	const char	*why = NULL;
	enum verdict	 v = FAULT;

	key->algorithm = w->ksk->algorithm;
	if (hit->private != CK_INVALID_HANDLE &&
	    object_public(t, hit->private, &own, &why) == -1) {
		report_fault(rep, &w->at, "key %s: %s: %s", w->ksk->name, t->where, why);
	} else if (hit->key.public == NULL && own.public == NULL) {
		v = public_from_file(key, w, t, rep);
	} else if (hit->key.public != NULL && own.public != NULL &&
	    !key_same_public(&own, &hit->key)) {
		report_fault(rep, &w->at, "key %s: %s: its two halves are of different keys",
		    w->ksk->name, t->where);
	} else if (hit->key.public == NULL) {
		key->public = own.public;
		key->len = own.len;
		own.public = NULL;
		v = ACCEPT;
	} else if ((key->public = malloc(hit->key.len)) == NULL) {
		report_fault(rep, &w->at, "out of memory");
	} else {
		memcpy(key->public, hit->key.public, hit->key.len);
		key->len = hit->key.len;
		v = ACCEPT;
	}
	key_clear(&own);
	return v;
}

/* CKA_LABEL, where the key was found by its id; else the label that found it. */
static char *
get_label(const struct wish *w, const struct token *t, const struct hit *hit)
{
	char	 label[256];
	size_t	 len = sizeof(label) - 1;

	if (w->label != NULL)
		return strdup(w->label);
	if (object_get(t, hit->private != CK_INVALID_HANDLE ? hit->private : hit->public,
	    CKA_LABEL, label, &len) != CKR_OK || len == 0 || memchr(label, '\0', len) != NULL)
		return strdup(w->ksk->label != NULL ? w->ksk->label : w->ksk->name);
	return strndup(label, len);
}

static enum verdict
may_sign(const struct wish *w, const struct token *t, const struct hit *hit,
    struct report *rep)
{
	if (!object_true(t, hit->private, CKA_SIGN))
		return report_fault(rep, &w->at, "key %s: %s: it may not sign (CKA_SIGN)",
		    w->ksk->name, t->where);
	if (object_true(t, hit->private, CKA_ALWAYS_AUTHENTICATE))
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
	if ((k->public.identifier = get_label(w, t, hit)) == NULL)
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

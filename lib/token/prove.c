#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "token/prove.h"

static enum verdict
no_memory(struct report *report)
{
	return report_fault(report, NULL, "out of memory");
}

/* RFC 7512 2.3: what is not unreserved is encoded, whatever it is. */
static int
put_bytes(struct buf *out, const char *name, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t	 i;

	if (buf_printf(out, "%s%s=", out->len > strlen("pkcs11:") ? ";" : "", name) == -1)
		return -1;
	for (i = 0; i < len; i++)
		if ((isalnum(p[i]) || strchr("-._~", p[i]) != NULL) && p[i] != '\0') {
			if (buf_append(out, &p[i], 1) == -1)
				return -1;
		} else if (buf_printf(out, "%%%02X", p[i]) == -1)
			return -1;
	return 0;
}

static int
put_text(struct buf *out, const char *name, const char *text)
{
	return text == NULL || *text == '\0' ? 0 : put_bytes(out, name, text, strlen(text));
}

/* The URI that names a key of the list.  0, or -1: out of memory. */
static int
key_uri(struct buf *out, const struct keyline *line, const struct keylist *list)
{
	const struct keytoken *t = line->token < list->ntokens ? &list->tokens[line->token] : NULL;

	if (buf_puts(out, "pkcs11:") == -1 ||
	    (t != NULL && (put_text(out, "token", t->label) == -1 ||
	    put_text(out, "serial", t->serial) == -1)) ||
	    put_text(out, "object", line->label) == -1)
		return -1;
	return line->idlen == 0 ? 0 : put_bytes(out, "id", line->id, line->idlen);
}

/* What tokens_find is to look for; its texts belong to the wish. */
struct wish {
	struct ksk	 ksk;
	struct buf	 uri;
};

static int
make_wish(struct wish *w, const struct zsk *k, const struct keylist *list)
{
	w->ksk = (struct ksk){ .name = k->name, .label = k->name, .algorithm = k->algorithm,
	    .valid_from = INT64_MIN, .valid_until = INT64_MAX };
	if (key_uri(&w->uri, k->line, list) == -1)
		return -1;
	w->ksk.uri = (char *)w->uri.data;
	return 0;
}

/* The key that was found is the one of the line. */
static enum verdict
take_key(struct zsk *k, const struct token_key *found, const struct zsk_section *z,
    struct report *report)
{
	const struct keyline *line = k->line;
	uint64_t	 exponent;
	unsigned	 bits = 0;

	if (zsk_set_public(k, token_key_public(found), z) == -1)
		return no_memory(report);
	if (key_size(&k->key, &bits, &exponent) == -1 || (line->bits != 0 && line->bits != bits) ||
	    (line->tag != -1 && line->tag != k->key.tag))
		return report_broken(report, &k->at, "KSR-BUNDLE-KEYS", "key %s: on %s it has %u bits "
		    "and tag %u, the line says otherwise", k->name, token_key_where(found), bits,
		    k->key.tag);
	return ACCEPT;
}

static enum verdict
find(struct token_key **out, struct tokens *tokens, struct zsks *keys, const size_t *which,
    struct wish *wishes, size_t n, const struct zsk_section *z, struct report *report)
{
	const struct ksk **ksks = calloc(n + 1, sizeof(*ksks));
	struct token_key **found = calloc(n + 1, sizeof(struct token_key *));
	enum verdict	 v = FAULT;
	size_t		 i;

	if (ksks == NULL || found == NULL)
		no_memory(report);
	else {
		for (i = 0; i < n; i++)
			ksks[i] = &wishes[i].ksk;
		v = tokens_find(tokens, ksks, n, found, report);
		for (i = 0; i < n && v != FAULT; i++) {
			out[which[i]] = found[i];
			v = verdict_worse(v, take_key(&keys->v[which[i]], found[i], z, report));
		}
	}
	free(ksks);
	free(found);
	return v;
}

enum verdict
prove_find(struct token_key **out, struct tokens *tokens, struct zsks *keys, const bool *wanted,
    const struct keylist *list, const struct zsk_section *z, struct report *report)
{
	struct wish	*wishes = calloc(keys->n + 1, sizeof(*wishes));
	size_t		*which = calloc(keys->n + 1, sizeof(*which)), n = 0, i;
	enum verdict	 v = ACCEPT;

	if (wishes == NULL || which == NULL)
		v = no_memory(report);
	for (i = 0; i < keys->n && v == ACCEPT; i++) {
		if (!wanted[i])
			continue;
		if (make_wish(&wishes[n], &keys->v[i], list) == -1)
			v = no_memory(report);
		which[n++] = i;
	}
	if (v == ACCEPT)
		v = find(out, tokens, keys, which, wishes, n, z, report);
	for (i = 0; i < n; i++)
		buf_free(&wishes[i].uri);
	free(wishes);
	free(which);
	return v;
}

struct proving {
	struct sign_job	*jobs;
	struct proof	**of;		/* [job] */
	prove_take_fn	*take;
	void		*arg;
};

static void
take_signature(void *arg, struct sign_job *job)
{
	struct proving	*w = arg;
	struct proof	*p = w->of[job - w->jobs];

	p->made = job->sig;
	p->len = job->siglen;
	job->sig = NULL;
	w->take(w->arg, p);
}

enum verdict
prove_make(struct proof *const *proofs, size_t n, struct token_key *const *keys,
    struct tokens *tokens, prove_take_fn *take, void *arg, struct report *report)
{
	struct proving	 w = { .take = take, .arg = arg };
	enum verdict	 v;
	size_t		 i, m = 0;

	w.jobs = calloc(n + 1, sizeof(*w.jobs));
	w.of = calloc(n + 1, sizeof(struct proof *));
	if (w.jobs == NULL || w.of == NULL) {
		v = no_memory(report);
		goto out;
	}
	for (i = 0; i < n; i++) {
		if (keys[proofs[i]->zsk] == NULL)
			continue;
		w.of[m] = proofs[i];
		w.jobs[m++] = (struct sign_job){ .key = keys[proofs[i]->zsk],
		    .data = proofs[i]->data.data, .len = proofs[i]->data.len };
	}
	v = tokens_sign_each(tokens, w.jobs, m, take_signature, &w, report);
 out:
	free(w.jobs);
	free(w.of);
	return v;
}

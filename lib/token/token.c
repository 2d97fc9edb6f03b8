#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "token/internal.h"
#include "token/p11uri.h"

void
tokens_absent(struct tokens *ts, const struct hsm *hsm, struct report *rep,
    const char *fmt, ...)
{
	struct spot	 at = { ts->policy->input, hsm->line, 0 };
	struct absent	*a;
	char		 why[WHY_SIZE];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	report_warning(rep, &at, NULL, "hsm %s: %s", hsm->name, why);
	a = reallocarray(ts->absent, ts->nabsent + 1, sizeof(*a));
	if (a == NULL)
		return;			/* then it is named once only */
	ts->absent = a;
	a += ts->nabsent++;
	a->hsm = hsm;
	memcpy(a->why, why, sizeof(a->why));
}

/* The same variables with the same values, in whatever order. */
static bool
same_environment(const struct hsm *a, const struct hsm *b)
{
	size_t	 i, j;

	if (a->nenv != b->nenv)
		return false;
	for (i = 0; i < a->nenv; i++) {
		for (j = 0; j < b->nenv; j++)
			if (strcmp(a->env[i].name, b->env[j].name) == 0 &&
			    strcmp(a->env[i].value, b->env[j].value) == 0)
				break;
		if (j == b->nenv)
			return false;
	}
	return true;
}

/* The module of each section, once however many sections name it; none is loaded.  0, or -1. */
static int
assign_modules(struct tokens *ts)
{
	struct module	*m, *new;
	size_t		 i, j;

	for (i = 0; i < ts->policy->nhsms; i++) {
		new = &ts->modules[ts->nmodules++];
		if (module_prepare(new, &ts->policy->hsms[i]) == -1)
			return -1;
		ts->of[i] = new;
		for (j = 0; new->path != NULL && j + 1 < ts->nmodules; j++) {
			m = &ts->modules[j];
			if (m->path == NULL || strcmp(m->path, new->path) != 0)
				continue;
			ts->of[i] = m;
			module_unload(new);
			ts->nmodules--;
			break;
		}
	}
	return 0;
}

static struct tokens *
tokens_new(const struct policy *policy)
{
	struct tokens	*ts;

	if ((ts = calloc(1, sizeof(*ts))) == NULL)
		return NULL;
	ts->policy = policy;
	ts->modules = calloc(policy->nhsms + 1, sizeof(*ts->modules));
	ts->of = calloc(policy->nhsms + 1, sizeof(struct module *));
	if (ts->modules != NULL && ts->of != NULL && assign_modules(ts) == 0)
		return ts;
	tokens_close(ts);
	return NULL;
}

static void *
load_modules(void *arg)
{
	struct tokens	*ts = arg;
	size_t		 i;

	for (i = 0; i < ts->nmodules; i++)
		if (module_load(&ts->modules[i]) == -1)
			ts->nomem = true;
	ts->loaded = true;
	return NULL;
}

struct tokens *
tokens_begin(const struct policy *policy)
{
	struct tokens	*ts;

	if (policy->nhsms == 0 || (ts = tokens_new(policy)) == NULL)
		return NULL;
	ts->loading = thread_beside(&ts->loader, 1, load_modules, ts) == 0;
	return ts;
}

/* Loaded in the end, by whatever thread. */
static void
wait_for_modules(struct tokens *ts)
{
	if (ts->loading)
		pthread_join(ts->loader, NULL);
	ts->loading = false;
}

/* Take over the tokens that fit and that no earlier section has; -1: out of memory. */
static int
select_tokens(struct tokens *ts, const struct hsm *hsm, struct module *m,
    const struct p11uri *uri, size_t *fit)
{
	struct token	*t, **v;
	size_t		 i;

	*fit = 0;
	v = reallocarray(ts->v, ts->n + m->ntokens + 1, sizeof(*v));
	if (v == NULL)
		return -1;
	ts->v = v;
	for (i = 0; i < m->ntokens; i++) {
		t = &m->tokens[i];
		if (!p11uri_fits(uri, t->label, t->serial, t->model, t->manufacturer))
			continue;
		(*fit)++;
		if (t->hsm != NULL)
			continue;
		if (uri->pin_file != NULL && (t->pin_file = strdup(uri->pin_file)) == NULL)
			return -1;
		t->hsm = hsm;
		ts->v[ts->n++] = t;
	}
	return 0;
}

static enum verdict
open_section(struct tokens *ts, const struct hsm *hsm, struct module *m, struct report *rep)
{
	struct spot	 at = { ts->policy->input, hsm->line, 0 };
	struct p11uri	 uri = P11URI_EMPTY;
	enum verdict	 v = ACCEPT;
	const char	*why;
	size_t		 fit;

	if (hsm->uri != NULL && p11uri_parse(&uri, hsm->uri, P11URI_TOKEN, &why) == -1)
		return report_fault(rep, &at, "hsm %s: uri: %s (RFC 7512)", hsm->name, why);
	if (!same_environment(m->hsm, hsm))
		v = report_fault(rep, &at, "hsm %s: the module of hsm %s with another env",
		    hsm->name, m->hsm->name);
	else if (m->why[0] != '\0')
		tokens_absent(ts, hsm, rep, "its module cannot be used: %s", m->why);
	else if (select_tokens(ts, hsm, m, &uri, &fit) == -1)
		v = report_fault(rep, &at, "out of memory");
	else if (m->ntokens == 0)
		tokens_absent(ts, hsm, rep, "its module shows no initialised token");
	else if (fit == 0)
		tokens_absent(ts, hsm, rep, "its uri fits none of %zu initialised tokens",
		    m->ntokens);
	p11uri_clear(&uri);
	return v;
}

static enum verdict
open_sections(struct tokens *ts, struct report *rep)
{
	struct spot	 at = { ts->policy->input, 0, 0 };
	size_t		 i;

	wait_for_modules(ts);
	if (!ts->loaded)
		load_modules(ts);
	if (ts->nomem)
		return report_fault(rep, &at, "out of memory");
	for (i = 0; i < ts->policy->nhsms; i++)
		if (open_section(ts, &ts->policy->hsms[i], ts->of[i], rep) != ACCEPT)
			return FAULT;
	if (ts->n == 0)
		return report_fault(rep, &at, "no token of any hsm section can be used");
	return ACCEPT;
}

enum verdict
tokens_open(struct tokens **out, const struct policy *policy, token_pin_fn *pin,
    void *arg, struct report *rep)
{
	struct spot	 at = { policy->input, 0, 0 };
	struct tokens	*ts = *out;

	*out = NULL;
	if (policy->nhsms == 0)
		return report_fault(rep, &at, "no hsm section, so no token to use");
	if (ts == NULL && (ts = tokens_new(policy)) == NULL)
		return report_fault(rep, &at, "out of memory");
	ts->pin = pin;
	ts->pin_arg = arg;
	if (open_sections(ts, rep) != ACCEPT) {
		tokens_close(ts);
		return FAULT;
	}
	*out = ts;
	return ACCEPT;
}

const struct key *
token_key_public(const struct token_key *k)
{
	return &k->public;
}

const char *
token_key_where(const struct token_key *k)
{
	return k->token->where;
}

void
tokens_close(struct tokens *ts)
{
	size_t	 i;

	if (ts == NULL)
		return;
	wait_for_modules(ts);
	for (i = 0; i < ts->nkeys; i++) {
		key_clear(&ts->keys[i]->public);
		free(ts->keys[i]);
	}
	free(ts->keys);
	for (i = 0; ts->modules != NULL && i < ts->nmodules; i++)
		module_unload(&ts->modules[i]);
	free(ts->modules);
	free(ts->of);
	free(ts->absent);
	free(ts->v);
	free(ts);
}

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The module of a section, loaded once however many sections name it. */
static enum verdict
get_module(struct tokens *ts, const struct hsm *hsm, struct module **out,
    struct report *rep)
{
	struct spot	 at = { ts->policy->input, hsm->line, 0 };
	struct module	*m = NULL;
	char		*path = module_path(hsm->module);
	size_t		 i;

	for (i = 0; path != NULL && i < ts->nmodules; i++)
		if (ts->modules[i].path != NULL && strcmp(ts->modules[i].path, path) == 0)
			m = &ts->modules[i];
	free(path);
	if (m != NULL && !same_environment(m->hsm, hsm))
		return report_fault(rep, &at, "hsm %s: the module of hsm %s with another env",
		    hsm->name, m->hsm->name);
	if (m == NULL) {
		m = &ts->modules[ts->nmodules++];
		if (module_load(m, hsm) == -1)
			return report_fault(rep, &at, "out of memory");
	}
	*out = m;
	return ACCEPT;
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
open_section(struct tokens *ts, const struct hsm *hsm, struct report *rep)
{
	struct spot	 at = { ts->policy->input, hsm->line, 0 };
	struct p11uri	 uri = P11URI_EMPTY;
	struct module	*m = NULL;
	enum verdict	 v = FAULT;
	const char	*why;
	size_t		 fit;

	if (hsm->uri != NULL && p11uri_parse(&uri, hsm->uri, P11URI_TOKEN, &why) == -1)
		return report_fault(rep, &at, "hsm %s: uri: %s (RFC 7512)", hsm->name, why);
	if (get_module(ts, hsm, &m, rep) != ACCEPT)
		goto out;
	v = ACCEPT;
	if (m->why[0] != '\0')
		tokens_absent(ts, hsm, rep, "its module cannot be used: %s", m->why);
	else if (select_tokens(ts, hsm, m, &uri, &fit) == -1)
		v = report_fault(rep, &at, "out of memory");
	else if (m->ntokens == 0)
		tokens_absent(ts, hsm, rep, "its module shows no initialised token");
	else if (fit == 0)
		tokens_absent(ts, hsm, rep, "its uri fits none of %zu initialised tokens",
		    m->ntokens);
 out:
	p11uri_clear(&uri);
	return v;
}

enum verdict
tokens_open(struct tokens **out, const struct policy *policy, token_pin_fn *pin,
    void *arg, struct report *rep)
{
	struct spot	 at = { policy->input, 0, 0 };
	struct tokens	*ts = NULL;
	enum verdict	 v = FAULT;
	size_t		 i;

	if (policy->nhsms == 0)
		return report_fault(rep, &at, "no hsm section, so no token to use");
	if ((ts = calloc(1, sizeof(*ts))) == NULL ||
	    (ts->modules = calloc(policy->nhsms, sizeof(*ts->modules))) == NULL) {
		report_fault(rep, &at, "out of memory");
		goto out;
	}
	ts->policy = policy;
	ts->pin = pin;
	ts->pin_arg = arg;
	for (i = 0; i < policy->nhsms; i++)
		if (open_section(ts, &policy->hsms[i], rep) != ACCEPT)
			goto out;
	if (ts->n == 0) {
		report_fault(rep, &at, "no token of any hsm section can be used");
		goto out;
	}
	*out = ts;
	ts = NULL;
	v = ACCEPT;
 out:
	tokens_close(ts);
	return v;
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
	for (i = 0; i < ts->nkeys; i++) {
		key_clear(&ts->keys[i]->public);
		free(ts->keys[i]);
	}
	free(ts->keys);
	for (i = 0; i < ts->nmodules; i++)
		module_unload(&ts->modules[i]);
	free(ts->modules);
	free(ts->absent);
	free(ts->v);
	free(ts);
}

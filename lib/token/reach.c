#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tty.h"
#include "token/internal.h"
#include "token/p11uri.h"
#include "token/reach.h"

int
reach_option(struct reach *r, const struct options *o, int id, const char *arg)
{
	char	*end;
	long	 fd;

	switch (id) {
	case REACH_MODULE:
		r->module = arg;
		return 1;
	case REACH_TOKEN:
		return options_add(o, "token", arg, r->tokens, &r->ntokens, REACH_MAX) == -1 ? -1 : 1;
	case REACH_HSM:
		return options_add(o, "hsm", arg, r->hsms, &r->nhsms, REACH_MAX) == -1 ? -1 : 1;
	case REACH_PIN_FD:
		fd = strtol(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end != '\0' || fd < 3 || fd > 1023) {
			options_usage(o, "--pin-fd takes the number of an open descriptor from 3 up");
			return -1;
		}
		r->pin_fd = (int)fd;
		return 1;
	}
	return 0;
}

int
reach_complete(const struct reach *r, const struct options *o, const char *policy)
{
	if (r->module != NULL && r->nhsms > 0)
		options_usage(o, "--module and --hsm exclude each other");
	else if (r->module == NULL && policy == NULL)
		options_usage(o, "give the --policy that names the token, or its --module");
	else
		return 0;
	return -1;
}

static int
get_pin(void *arg, const char *token, struct secret *pin)
{
	const struct reach *r = arg;
	char		 question[128];

	if (r->pin_fd != -1)
		return secret_read(pin, r->pin_fd);
	snprintf(question, sizeof(question), "User PIN of token %s: ", token);
	return tty_ask_secret(question, pin);
}

/* One section of that name into the policy of our own. */
static enum verdict
take_section(struct policy *own, const struct policy *policy, const char *name,
    struct report *rep)
{
	const struct spot at = { policy->input, 0, 0 };
	size_t	 i;

	for (i = 0; i < own->nhsms; i++)
		if (strcmp(own->hsms[i].name, name) == 0)
			return report_fault(rep, &at, "hsm %s: named twice", name);
	for (i = 0; i < policy->nhsms; i++)
		if (strcmp(policy->hsms[i].name, name) == 0) {
			own->hsms[own->nhsms++] = policy->hsms[i];
			return ACCEPT;
		}
	return report_fault(rep, &at, "no section hsm.%s", name);
}

/*
 * A policy with the sections in question and nothing else, for tokens_open.  It
 * borrows all that its sections point to.
 */
static enum verdict
select_sections(struct reach *r, const struct policy *policy, struct report *rep)
{
	const struct spot at = { policy == NULL ? NULL : policy->input, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (r->module == NULL && policy == NULL)
		return report_fault(rep, NULL, "neither a policy nor a module names a token");
	if ((r->own = calloc(1, sizeof(*r->own))) == NULL ||
	    (r->own->hsms = calloc((policy == NULL ? 0 : policy->nhsms) + 1,
	    sizeof(*r->own->hsms))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	if (r->module != NULL) {
		r->own->hsms[r->own->nhsms++] = (struct hsm){
			.name = (char *)(uintptr_t)r->module, .module = (char *)(uintptr_t)r->module,
		};
		return ACCEPT;
	}
	r->own->input = policy->input;
	r->own->private = policy->private;
	for (i = 0; i < r->nhsms; i++)
		v = verdict_worse(v, take_section(r->own, policy, r->hsms[i], rep));
	if (r->nhsms == 0 && policy->nhsms > 1 && r->ntokens == 0)
		return report_fault(rep, &at, "%zu hsm sections: choose with --hsm NAME",
		    policy->nhsms);
	if (r->nhsms == 0 && policy->nhsms > 0) {
		memcpy(r->own->hsms, policy->hsms, policy->nhsms * sizeof(*policy->hsms));
		r->own->nhsms = policy->nhsms;
	}
	return v == ACCEPT ? policy_may_login(r->own, rep) : v;
}

/* The one token of a section. */
static enum verdict
by_section(struct token **out, const struct tokens *ts, const struct hsm *hsm,
    struct report *rep)
{
	const struct spot at = { ts->policy->input, hsm->line, 0 };
	size_t	 i, n = 0;

	for (i = 0; i < ts->n; i++)
		if (ts->v[i]->hsm == hsm) {
			*out = ts->v[i];
			n++;
		}
	if (n == 1)
		return ACCEPT;
	if (n == 0)
		return report_fault(rep, &at, "hsm %s: it has no token of its own that can be used",
		    hsm->name);
	for (i = 0; i < ts->n; i++)
		if (ts->v[i]->hsm == hsm)
			report_fault(rep, &at, "hsm %s: %s", hsm->name, ts->v[i]->where);
	return report_fault(rep, &at, "hsm %s: %zu tokens: choose with --token", hsm->name, n);
}

static bool
token_fits(const struct token *t, const char *name, const struct p11uri *uri)
{
	if (strncmp(name, "pkcs11:", 7) != 0)
		return strcmp(t->label, name) == 0;
	return p11uri_fits(uri, t->label, t->serial, t->model, t->manufacturer);
}

/* The one token of that label or URI. */
static enum verdict
by_name(struct token **out, const struct tokens *ts, const char *name, struct report *rep)
{
	struct p11uri	 uri = P11URI_EMPTY;
	const char	*why;
	enum verdict	 v = FAULT;
	size_t		 i, n = 0;

	if (strncmp(name, "pkcs11:", 7) == 0 &&
	    p11uri_parse(&uri, name, P11URI_TOKEN, &why) == -1)
		return report_fault(rep, NULL, "--token %s: %s (RFC 7512)", name, why);
	for (i = 0; i < ts->n; i++)
		if (token_fits(ts->v[i], name, &uri)) {
			*out = ts->v[i];
			n++;
		}
	if (n == 0)
		report_fault(rep, NULL, "no token %s: it is none of the %zu that are there", name,
		    ts->n);
	else if (n > 1)
		report_fault(rep, NULL, "%zu tokens are %s: name one by a URI with its serial", n,
		    name);
	else
		v = ACCEPT;
	if (v == ACCEPT && uri.pin_file != NULL) {
		free((*out)->pin_file);
		(*out)->pin_file = uri.pin_file;
		uri.pin_file = NULL;
	}
	p11uri_clear(&uri);
	return v;
}

/* Of the tokens that are there, those that were named, in the order in which they were. */
static enum verdict
select_named(struct tokens *ts, const struct reach *r, struct report *rep)
{
	size_t		 i, j, n = r->ntokens > 0 ? r->ntokens : r->own->nhsms;
	struct token	**v;
	enum verdict	 verdict = ACCEPT;

	if ((v = calloc(n, sizeof(struct token *))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	for (i = 0; i < n; i++)
		verdict = verdict_worse(verdict, r->ntokens > 0 ?
		    by_name(&v[i], ts, r->tokens[i], rep) :
		    by_section(&v[i], ts, &r->own->hsms[i], rep));
	for (i = 0; verdict == ACCEPT && i < n; i++)
		for (j = 0; j < i; j++)
			if (v[i] == v[j])
				verdict = report_fault(rep, NULL, "%s: named twice", v[i]->where);
	if (verdict != ACCEPT) {
		free(v);
		return verdict;
	}
	free(ts->v);
	ts->v = v;
	ts->n = n;
	return ACCEPT;
}

enum verdict
reach_begin(struct reach *r, const struct policy *policy, struct report *rep)
{
	if (select_sections(r, policy, rep) != ACCEPT)
		return FAULT;
	r->begun = tokens_begin(r->own);
	return ACCEPT;
}

enum verdict
reach_open(struct tokens **out, struct reach *r, const struct policy *policy, struct report *rep)
{
	struct tokens	*ts = r->begun;

	r->begun = NULL;
	if ((r->own == NULL && select_sections(r, policy, rep) != ACCEPT) ||
	    tokens_open(&ts, r->own, get_pin, r, rep) != ACCEPT)
		return FAULT;
	if (select_named(ts, r, rep) != ACCEPT) {
		tokens_close(ts);
		return FAULT;
	}
	*out = ts;
	return ACCEPT;
}

enum verdict
reach_open_one(struct tokens **out, struct token **one, struct reach *r, const struct policy *policy,
    struct report *rep)
{
	struct tokens	*ts = NULL;

	if (reach_open(&ts, r, policy, rep) != ACCEPT)
		return FAULT;
	if (ts->n != 1) {
		report_fault(rep, NULL, "name one token: there are %zu", ts->n);
		tokens_close(ts);
		return FAULT;
	}
	*out = ts;
	*one = ts->v[0];
	return ACCEPT;
}

void
reach_free(struct reach *r)
{
	tokens_close(r->begun);
	r->begun = NULL;
	if (r->own != NULL)
		free(r->own->hsms);
	free(r->own);
	r->own = NULL;
}

size_t
tokens_count(const struct tokens *ts)
{
	return ts->n;
}

struct token *
tokens_get(const struct tokens *ts, size_t i)
{
	return ts->v[i];
}

const char *
token_label(const struct token *t)
{
	return t->label;
}

const char *
token_where(const struct token *t)
{
	return t->where;
}

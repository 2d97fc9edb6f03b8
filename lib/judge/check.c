#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/isotime.h"
#include "judge/rules.h"

enum verdict
broken_document(const struct subject *s, const char *input, unsigned long line,
    const char *rule, const char *fmt, ...)
{
	const struct spot at = { input, line, 0 };
	char		 text[1024];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return report_broken(s->report, &at, rule, "%s", text);
}

enum verdict
broken_bundle(const struct subject *s, const char *input, const char *rule,
    const struct bundles *b, size_t i, unsigned long line, const char *fmt, ...)
{
	const struct spot at = { input, line != 0 ? line : b->v[i].line, 0 };
	char		 text[1024];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return report_broken(s->report, &at, rule, "bundle %zu (%s): %s", i + 1,
	    b->v[i].id, text);
}

const char *
show_duration(int64_t seconds)
{
	static _Thread_local char ring[4][ISOTIME_SIZE];
	static _Thread_local unsigned next;
	char		*out = ring[next++ % 4];
	char		 plain[ISOTIME_SIZE];

	if (seconds >= 0)
		return isoduration_format(out, seconds);
	snprintf(out, ISOTIME_SIZE, "-%.30s", isoduration_format(plain, -seconds));
	return out;
}

const char *
show_time(int64_t t)
{
	static _Thread_local char ring[4][ISOTIME_SIZE];
	static _Thread_local unsigned next;

	return isotime_format(ring[next++ % 4], t, "Z");
}

uint32_t
dnskey_ttl(const struct policy *policy)
{
	return (uint32_t)(policy->request.dns_ttl != 0 ? policy->request.dns_ttl :
	    policy->ksk.ttl);
}

const struct key *
bundle_find(const struct bundle *set, const struct key *key)
{
	size_t	 i;

	for (i = 0; i < set->nkeys; i++)
		if (key_same(&set->keys[i], key))
			return &set->keys[i];
	return NULL;
}

/* The ZSKs of an algorithm in one bundle: how many, the first and the second. */
static size_t
zsks(const struct bundle *b, uint8_t algorithm, const struct key *out[2])
{
	size_t	 i, n = 0;

	for (i = 0; i < b->nkeys; i++) {
		if (b->keys[i].algorithm != algorithm || key_is_sep(&b->keys[i]))
			continue;
		if (n < 2)
			out[n] = &b->keys[i];
		n++;
	}
	return n;
}

const struct key *
active_zsk(const struct bundles *b, size_t slot, uint8_t algorithm)
{
	const struct key *two[2], *active = NULL;
	size_t		 i, n;
	bool		 first, second;

	for (i = 0; i <= slot && i < b->n; i++) {
		n = zsks(&b->v[i], algorithm, two);
		if (n == 1) {
			active = two[0];
			continue;
		}
		if (n != 2)
			return NULL;
		if (i == 0 && b->n > 1) {
			first = bundle_find(&b->v[1], two[0]) != NULL;
			second = bundle_find(&b->v[1], two[1]) != NULL;
			active = first == second ? NULL : first ? two[0] : two[1];
		} else if (active != NULL)
			active = bundle_find(&b->v[i], active);
		if (active == NULL)
			return NULL;
	}
	return active;
}

static bool
switched_off(const struct check *c, const struct policy *policy)
{
	return c->word != NULL && !*(const bool *)((const char *)policy + c->offset);
}

static enum verdict
run(const struct subject *s, const struct check_table *table)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < table->n; i++) {
		const struct check *c = &table->rows[i];
		const struct spot at = { s->policy->input, 0, 0 };

		if (switched_off(c, s->policy))
			report_warning(s->report, &at, c->id, "switched off by %s", c->word);
		else
			v = verdict_worse(v, c->judge(s));
	}
	return v;
}

enum verdict
check_request(const struct subject *s)
{
	struct subject	 r = *s;
	enum verdict	 v;

	/* The rules of the chain judge the answer where there is one. */
	r.skr = NULL;
	v = run(&r, &ksr_rules);
	v = verdict_worse(v, run(&r, &policy_rules));
	if (r.previous != NULL)
		v = verdict_worse(v, run(&r, &chain_rules));
	return v;
}

enum verdict
check_previous(const struct subject *s)
{
	struct subject	 p = *s;
	enum verdict	 v;

	p.skr = s->previous;
	p.ksr = NULL;
	p.previous = NULL;
	v = run(&p, &verify_rules);
	if (p.anchors != NULL)
		v = verdict_worse(v, run(&p, &anchor_rules));
	return v;
}

enum verdict
check_response(const struct subject *s)
{
	enum verdict	 v;

	v = run(s, &verify_rules);
	v = verdict_worse(v, run(s, &skr_rules));
	if (s->ksr != NULL)
		v = verdict_worse(v, run(s, &match_rules));
	if (s->anchors != NULL)
		v = verdict_worse(v, run(s, &anchor_rules));
	if (s->previous != NULL)
		v = verdict_worse(v, run(s, &chain_rules));
	return v;
}

enum verdict
check_token(const struct subject *s)
{
	return s->previous == NULL ? ACCEPT : run(s, &token_rules);
}

const struct check_table *const *
check_tables(void)
{
	static const struct check_table *const all[] = {
		&ksr_rules, &policy_rules, &chain_rules, &token_rules,
		&verify_rules, &skr_rules, &match_rules, &anchor_rules, NULL
	};

	return all;
}

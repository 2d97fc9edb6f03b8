#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/isotime.h"
#include "base/mutant.h"
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

static bool
switched_off(const struct check *c, const struct policy *policy)
{
	return c->word != NULL && !*(const bool *)((const char *)policy + c->offset);
}

/* Once for a run, however many documents the rule would be judged on. */
static void
warn_switched_off(const struct subject *s, const struct check *c)
{
	const struct spot at = { s->policy->input, 0, 0 };
	char		 text[128];
	size_t		 i;

	snprintf(text, sizeof(text), "switched off by %s", c->word);
	for (i = 0; i < s->report->count; i++) {
		const struct finding *f = &s->report->findings[i];

		if (f->level == WARNING && f->rule == c->id && strcmp(f->text, text) == 0)
			return;
	}
	report_warning(s->report, &at, c->id, "%s", text);
}

static enum verdict
run(const struct subject *s, const struct check_table *table)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < table->n; i++) {
		const struct check *c = &table->rows[i];

		if (switched_off(c, s->policy))
			warn_switched_off(s, c);
		else if (!mutant(c->id, c->what))
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
	v = verdict_worse(v, run(&r, &key_rules));
	v = verdict_worse(v, run(&r, &zsk_safety_rules));
	v = verdict_worse(v, run(&r, &policy_rules));
	if (r.previous != NULL)
		v = verdict_worse(v, run(&r, &chain_rules));
	return v;
}

/* An old word: SKR-VERIFY is judged all the same. */
static void
warn_without_effect(const struct subject *s)
{
	const struct spot at = { s->policy->input, 0, 0 };

	if (!s->policy->response.validate_signatures)
		report_warning(s->report, &at, "SKR-VERIFY",
		    "response_policy.validate_signatures cannot switch it off");
}

enum verdict
check_previous(const struct subject *s)
{
	struct subject	 p = *s;
	enum verdict	 v;

	p.skr = s->previous;
	p.ksr = NULL;
	p.previous = NULL;
	warn_without_effect(s);
	v = run(&p, &verify_rules);
	if (p.anchors != NULL)
		v = verdict_worse(v, run(&p, &anchor_rules));
	return v;
}

enum verdict
check_response(const struct subject *s)
{
	enum verdict	 v;

	if (s->previous == NULL)
		warn_without_effect(s);
	v = run(s, &verify_rules);
	v = verdict_worse(v, run(s, &count_rules));
	v = verdict_worse(v, run(s, &skr_rules));
	v = verdict_worse(v, run(s, &ksk_rules));
	v = verdict_worse(v, run(s, &ksk_safety_rules));
	if (s->ksr != NULL)
		v = verdict_worse(v, run(s, &match_rules));
	if (s->anchors != NULL)
		v = verdict_worse(v, run(s, &anchor_rules));
	if (s->previous != NULL)
		v = verdict_worse(v, run(s, &chain_rules));
	if (s->delays != NULL)
		v = verdict_worse(v, run(s, &timeline_rules));
	return v;
}

enum verdict
check_imported(const struct subject *s)
{
	enum verdict	 v;

	warn_without_effect(s);
	v = run(s, &verify_rules);
	v = verdict_worse(v, run(s, &skr_rules));
	v = verdict_worse(v, run(s, &ksk_rules));
	if (s->anchors != NULL)
		v = verdict_worse(v, run(s, &anchor_rules));
	return v;
}

enum verdict
check_token(const struct subject *s)
{
	return verdict_worse(run(s, &token_rules), run(s, &held_rules));
}

enum verdict
check_plan(const struct subject *s)
{
	struct subject	 p = *s;
	enum verdict	 v;

	p.anchors = NULL;		/* whom validators trust is PLAN-TRUST here */
	v = run(s, &plan_rules);
	v = verdict_worse(v, run(s, &count_rules));
	v = verdict_worse(v, run(s, &skr_rules));
	v = verdict_worse(v, run(s, &ksk_safety_rules));
	if (s->delays != NULL)
		v = verdict_worse(v, run(&p, &timeline_rules));
	return v;
}

const struct check_table *const *
check_tables(void)
{
	static const struct check_table *const all[] = {
		&ksr_rules, &key_rules, &zsk_safety_rules, &policy_rules, &chain_rules, &token_rules, &held_rules,
		&verify_rules, &count_rules, &skr_rules, &ksk_rules, &ksk_safety_rules, &match_rules,
		&anchor_rules, &timeline_rules, &plan_rules, NULL
	};

	return all;
}

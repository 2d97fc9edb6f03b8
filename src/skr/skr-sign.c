/*
 * skr-sign: sign a Key Signing Request with the KSKs on the tokens of the policy.
 * Everything is judged before a terminal or token is opened, and again after; no
 * byte is written before all of it has been verified.  Only the tokens' modules are
 * loaded while the request, read to its end, is being judged.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/show.h"
#include "base/secret.h"
#include "base/tty.h"
#include "judge/inputs.h"
#include "judge/plan.h"
#include "token/sign.h"

enum { OPT_OUTPUT = INPUT_OWN, OPT_PIN_FD, OPT_PLAN_OK };

static const struct option_spec specs[] = {
	INPUT_SPECS,
	INPUT_REQUEST_SPECS,
	INPUT_DELAY_SPECS,
	INPUT_DS_SPEC,
	{ 's', "schema", "NAME", 0, "the schema of the policy to sign under" },
	{ OPT_OUTPUT, "output", "FILE", OPTION_CREATES, "write a new file, instead of standard output" },
	{ OPT_PIN_FD, "pin-fd", "N", 0, "read PINs from descriptor N, a line for each token" },
	{ OPT_PLAN_OK, "plan-ok", "NAME", 0,
	    "the plan of this schema is confirmed: do not ask" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-sign", "Sign a Key Signing Request with the KSKs on the policy's tokens.",
	specs, NULL, 0, 0
};

struct ceremony {
	struct inputs	 in;
	const char	*schema;
	const char	*plan_ok;	/* NULL: ask at the terminal */
	const char	*output;	/* NULL: standard output */
	int		 pin_fd;	/* -1: ask at the terminal */
	struct ksr	*ksr;
	struct plan	*plan;
	struct tokens	*tokens;
	struct ksk	*chain;		/* the previous SKR's signers that are not in the plan */
	size_t		 nchain;
	struct token_key **keys;	/* of the plan, then of the chain */
	struct signing	*signing;
	struct skr	*skr;
};

static int
get_pin(void *arg, const char *token, struct secret *pin)
{
	const struct ceremony *c = arg;
	char		 question[128];

	if (c->pin_fd != -1)
		return secret_read(pin, c->pin_fd);
	snprintf(question, sizeof(question), "User PIN of token %s: ", token);
	return tty_ask_secret(question, pin);
}

/* What stands before a terminal or token is opened: the request, the policy, the plan. */
static enum verdict
judge_request(struct ceremony *c)
{
	struct inputs	*in = &c->in;
	struct buf	 buf = BUF_EMPTY;
	struct subject	 s;
	enum verdict	 v, w;

	v = inputs_read(in, &buf, "-", "KSR-XML");
	if ((w = verdict_worse(v, inputs_policy(in))) == ACCEPT)
		c->tokens = tokens_begin(in->policy);
	if (v == ACCEPT)
		v = ksr_parse(&c->ksr, &buf, "-", &in->report);
	buf_free(&buf);
	if (w != FAULT)
		w = inputs_load(in, true);
	if ((w = verdict_worse(v, w)) != ACCEPT)
		return w;
	if (in->policy->trust == TRUST_DS && in->policy->ksk.check_plan_trust && in->parent == NULL)
		return report_fault(&in->report, NULL, "trust is ds in the policy: give --ds FILE "
		    "with what the parent publishes");
	s = inputs_subject(in);
	s.ksr = c->ksr;
	v = check_request(&s);
	w = plan_build(&c->plan, in->policy, c->schema, &c->ksr->bundles, &in->report);
	if (w == ACCEPT)
		w = plan_judge_wishes(c->plan, &c->ksr->bundles, c->ksr->input, in->policy,
		    &in->report);
	return verdict_worse(v, w);
}

static enum verdict
judge_signers_name(struct ceremony *c)
{
	const struct spot at = { c->in.policy->input, 0, 0 };
	struct dname	 name;

	if (dname_parse(&name, c->in.policy->ksk.signers_name) == 0 &&
	    dname_equal(&name, &c->ksr->name))
		return ACCEPT;
	return report_broken(&c->in.report, &at, "KSR-DOMAIN",
	    "signers_name is '%s', the request is for '%s'", c->in.policy->ksk.signers_name,
	    c->ksr->domain);
}

static enum verdict
judge_output(struct ceremony *c)
{
	const struct spot at = { c->output, 0, 0 };

	if (c->output == NULL || (access(c->output, F_OK) == -1 && errno == ENOENT))
		return ACCEPT;
	return report_fault(&c->in.report, &at, "%s", access(c->output, F_OK) == 0 ?
	    "exists; nothing is overwritten" : strerror(errno));
}

static bool
in_plan(const struct plan *plan, const char *label)
{
	size_t	 i;

	for (i = 0; i < plan->nksks; i++)
		if (strcmp(plan->ksks[i]->label, label) == 0)
			return true;
	return false;
}

/* The KSKs that signed the previous SKR's last bundle, where the plan does not name them. */
static enum verdict
chain_keys(struct ceremony *c)
{
	const struct bundles *b;
	size_t		 i, j;

	if (c->in.previous == NULL || !c->in.policy->request.check_chain_keys_in_hsm)
		return ACCEPT;
	b = &c->in.previous->bundles;
	if ((c->chain = calloc(b->v[b->n - 1].nsigs + 1, sizeof(*c->chain))) == NULL)
		return report_fault(&c->in.report, NULL, "out of memory");
	for (i = 0; i < b->v[b->n - 1].nsigs; i++) {
		const struct sig *s = &b->v[b->n - 1].sigs[i];

		if (in_plan(c->plan, s->identifier))
			continue;
		for (j = 0; j < c->in.policy->nkeys; j++)
			if (strcmp(c->in.policy->keys[j].label, s->identifier) == 0)
				break;
		if (j < c->in.policy->nkeys)
			c->chain[c->nchain++] = c->in.policy->keys[j];
		else
			c->chain[c->nchain++] = (struct ksk){
				.name = s->identifier, .label = s->identifier,
				.algorithm = s->algorithm,
				.valid_from = INT64_MIN, .valid_until = INT64_MAX,
			};
	}
	return ACCEPT;
}

static enum verdict
find_keys(struct ceremony *c)
{
	size_t		 i, n = c->plan->nksks;
	const struct ksk **wanted;
	enum verdict	 v;

	c->keys = calloc(n + c->nchain + 1, sizeof(struct token_key *));
	wanted = calloc(n + c->nchain + 1, sizeof(*wanted));
	if (c->keys == NULL || wanted == NULL)
		v = report_fault(&c->in.report, NULL, "out of memory");
	else {
		for (i = 0; i < n; i++)
			wanted[i] = c->plan->ksks[i];
		for (i = 0; i < c->nchain; i++)
			wanted[n + i] = &c->chain[i];
		v = tokens_find(c->tokens, wanted, n, c->keys, &c->in.report);
		if (v == ACCEPT)
			v = tokens_look(c->tokens, wanted + n, c->nchain, c->keys + n,
			    &c->in.report);
	}
	free(wanted);
	return v;
}

/* The first n keys found, in place of anchors: the plan's own, then those of the chain. */
static enum verdict
anchors_of_keys(struct ceremony *c, struct anchors *own, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++) {
		const struct key *k = c->keys[i] == NULL ? NULL : token_key_public(c->keys[i]);
		struct anchor	 a = {
			.tagless = true, .valid_from = INT64_MIN, .valid_until = INT64_MAX,
		};

		if (k == NULL)
			continue;
		a.name = k->identifier;
		if (key_ds(a.digest, k, &c->ksr->name) == -1 || anchors_add(own, &a) == -1)
			return report_fault(&c->in.report, NULL, "out of memory");
	}
	return ACCEPT;
}

/* The previous SKR must be ours: where no anchor says so, by the keys on the token. */
static enum verdict
judge_previous(struct ceremony *c, struct subject *s)
{
	struct anchors	 own = ANCHORS_EMPTY;
	struct subject	 p = *s;
	enum verdict	 v;

	if (s->previous == NULL || s->anchors != NULL || c->in.o.unauthenticated)
		return ACCEPT;
	p.anchors = &own;
	if ((v = anchors_of_keys(c, &own, c->plan->nksks + c->nchain)) == ACCEPT)
		v = check_previous(&p);
	anchors_clear(&own);
	return v;
}

/* What only the token can tell: its keys are the configured ones, and those of before. */
static enum verdict
judge_keys(struct ceremony *c)
{
	struct subject	 s = inputs_subject(&c->in);
	size_t		 i, n = c->plan->nksks + c->nchain;
	const struct key **held;
	enum verdict	 v = ACCEPT;

	if ((held = calloc(n + 1, sizeof(*held))) == NULL)
		return report_fault(&c->in.report, NULL, "out of memory");
	for (i = 0; i < n; i++) {
		if (c->keys[i] == NULL)
			continue;	/* of the chain, on no token: check_token says so */
		held[s.nheld++] = token_key_public(c->keys[i]);
		if (i < c->plan->nksks)
			v = verdict_worse(v, plan_prove_key(c->plan->ksks[i], held[s.nheld - 1],
			    &c->ksr->name, c->in.policy, &c->in.report));
	}
	s.held = held;
	s.ksr = c->ksr;
	v = verdict_worse(v, check_token(&s));
	v = verdict_worse(v, judge_previous(c, &s));
	free(held);
	return v;
}

/* What the operator should know before the plan is confirmed: on stderr it stands when all is over. */
static int
print_warnings(struct buf *out, const struct ceremony *c)
{
	size_t	 i;

	for (i = 0; i < c->in.report.count; i++) {
		const struct finding *f = &c->in.report.findings[i];

		if (f->level == WARNING && buf_printf(out, "warning: %s%s%s\n",
		    f->rule != NULL ? f->rule : "", f->rule != NULL ? ": " : "", f->text) == -1)
			return -1;
	}
	return 0;
}

/* What the operator is asked to confirm: the slots to be made, and from what. */
static int
print_plan(struct buf *out, const struct ceremony *c)
{
	const struct policy *policy = c->in.policy;
	char		 hex[DIGEST_HEX];

	if (buf_printf(out, "policy    %s  %s\n", digest_hex(hex, policy->digest),
	    policy->input) == -1 || (c->in.previous == NULL ?
	    buf_puts(out, "previous  none (--first)\n") :
	    buf_printf(out, "previous  %s  %s\n", digest_hex(hex, c->in.previous->digest),
	    c->in.o.previous)) == -1 ||
	    buf_printf(out, "request   %s\n", digest_hex(hex, c->ksr->digest)) == -1 ||
	    show_table(out, &signing_response(c->signing)->bundles) == -1 ||
	    print_warnings(out, c) == -1)
		return -1;
	return buf_printf(out, "\nSchema %s.  ", c->schema);
}

static enum verdict
ask_plan(struct ceremony *c, const char *plan)
{
	char	 typed[256];

	if (tty_show(plan) == -1 ||
	    tty_ask("Type its name to sign: ", typed, sizeof(typed)) == -1)
		return report_fault(&c->in.report, NULL, "the plan cannot be confirmed at the "
		    "terminal: %s (--plan-ok NAME in scripts)", strerror(errno));
	if (strcmp(typed, c->schema) == 0)
		return ACCEPT;
	return report_broken(&c->in.report, NULL, "PLAN-SLOTS",
	    "the plan was not confirmed: '%s' is not its name", typed);
}

static enum verdict
confirm_plan(struct ceremony *c)
{
	struct buf	 plan = BUF_EMPTY;
	enum verdict	 v;

	if (c->plan_ok != NULL && strcmp(c->plan_ok, c->schema) == 0)
		return ACCEPT;
	if (c->plan_ok != NULL)
		return report_broken(&c->in.report, NULL, "PLAN-SLOTS",
		    "--plan-ok names '%s', the schema is '%s'", c->plan_ok, c->schema);
	if (print_plan(&plan, c) == -1)
		v = report_fault(&c->in.report, NULL, "out of memory");
	else
		v = ask_plan(c, (const char *)plan.data);
	buf_free(&plan);
	return v;
}

/* Those of its keys that sign without being published. */
static size_t
extra_keys(const struct ceremony *c, struct key *extra)
{
	size_t	 i, n = 0;

	for (i = 0; i < c->plan->nksks; i++)
		extra[n++] = *token_key_public(c->keys[i]);
	return n;
}

/* The plan, by the response that it would make. */
static enum verdict
judge_plan(struct ceremony *c)
{
	struct subject	 s = inputs_subject(&c->in);
	struct key	*extra;
	enum verdict	 v;

	if ((extra = calloc(c->plan->nksks + 1, sizeof(*extra))) == NULL)
		return report_fault(&c->in.report, NULL, "out of memory");
	s.skr = signing_response(c->signing);
	s.ksr = c->ksr;
	s.plan = c->plan;
	s.extra = extra;
	s.nextra = extra_keys(c, extra);
	v = check_plan(&s);
	free(extra);
	return v;
}

/* The finished bytes, read back and judged as anybody else would. */
static enum verdict
judge_response(struct ceremony *c, const struct buf *buf)
{
	struct subject	 s = inputs_subject(&c->in);
	struct anchors	 own = ANCHORS_EMPTY;
	struct key	*extra;
	struct skr	*skr = NULL;
	enum verdict	 v;

	if ((extra = calloc(c->plan->nksks + 1, sizeof(*extra))) == NULL)
		return report_fault(&c->in.report, NULL, "out of memory");
	v = skr_parse(&skr, buf, "the response", &c->in.report);
	if (v == ACCEPT && (v = anchors_of_keys(c, &own, c->plan->nksks)) == ACCEPT) {
		s.skr = skr;
		s.ksr = c->ksr;
		s.anchors = &own;
		s.extra = extra;
		s.nextra = extra_keys(c, extra);
		v = check_response(&s);
	}
	anchors_clear(&own);
	skr_free(skr);
	free(extra);
	return v;
}

/* The KSKs that stand revoked in the response, by the DS that they had. */
static enum verdict
revoked_keys(struct ceremony *c, unsigned char out[][DIGEST_SIZE], size_t *n)
{
	const struct plan *p = c->plan;
	bool		 revoked;
	size_t		 i, j, m;

	for (i = *n = 0; i < p->nksks; i++) {
		revoked = false;
		for (j = 0; j < p->nslots; j++)
			for (m = 0; m < p->slots[j].n; m++)
				revoked |= p->slots[j].entries[m].key == i &&
				    p->slots[j].entries[m].revoked;
		if (revoked && key_ds(out[(*n)++], token_key_public(c->keys[i]), &c->ksr->name) == -1)
			return report_fault(&c->in.report, NULL, "out of memory");
	}
	return ACCEPT;
}

/* In the history before anybody sees it: a response that is out is never unknown. */
static enum verdict
record(struct ceremony *c, const struct buf *out)
{
	unsigned char	 digest[DIGEST_SIZE], (*revoked)[DIGEST_SIZE];
	struct history_line line = {
		.when = c->in.now, .id = c->ksr->id, .ksr = c->ksr->digest, .skr = digest,
		.known = c->in.history,
	};
	enum verdict	 v;

	if (digest_bytes(digest, out->data, out->len) == -1)
		return report_fault(&c->in.report, NULL, "no digest can be made");
	if ((revoked = calloc(c->plan->nksks + 1, sizeof(*revoked))) == NULL)
		return report_fault(&c->in.report, NULL, "out of memory");
	line.revoked = (const unsigned char (*)[DIGEST_SIZE])revoked;
	if ((v = revoked_keys(c, revoked, &line.nrevoked)) == ACCEPT)
		v = history_append(c->in.o.history, &line, &c->in.report);
	free(revoked);
	return v;
}

static enum verdict
sign(struct ceremony *c, struct buf *out)
{
	struct inputs	*in = &c->in;
	enum verdict	 v;

	if ((v = judge_request(c)) != ACCEPT || (v = judge_signers_name(c)) != ACCEPT ||
	    (v = judge_output(c)) != ACCEPT ||
	    (v = policy_may_login(in->policy, &in->report)) != ACCEPT ||
	    (v = chain_keys(c)) != ACCEPT ||
	    (v = tokens_open(&c->tokens, in->policy, get_pin, c, &in->report)) != ACCEPT ||
	    (v = find_keys(c)) != ACCEPT || (v = judge_keys(c)) != ACCEPT ||
	    (v = signing_prepare(&c->signing, c->ksr, c->plan, in->policy, c->keys,
	    &in->report)) != ACCEPT || (v = judge_plan(c)) != ACCEPT ||
	    (v = confirm_plan(c)) != ACCEPT ||
	    (v = signing_make(c->signing, &c->skr, c->tokens, in->verifier,
	    &in->report)) != ACCEPT)
		return v;
	if (skr_write(out, c->skr) == -1)
		return report_fault(&in->report, NULL, "cannot write the response: %s",
		    strerror(errno));
	if ((v = judge_response(c, out)) == ACCEPT && in->o.history != NULL)
		v = record(c, out);
	return v;
}

/* Only a response that nothing speaks against is written. */
static enum verdict
deliver(struct ceremony *c, enum verdict v, const struct buf *out)
{
	const char	*where = c->output == NULL ? "standard output" : c->output;
	int		 rv;

	if ((v = inputs_report(&c->in, v)) != ACCEPT)
		return v;
	rv = c->output == NULL ? buf_write(out, STDOUT_FILENO) : buf_create(out, c->output, 0644);
	if (rv == 0)
		return ACCEPT;
	fprintf(stderr, "%s: %s: %s\n", tool.name, where, strerror(errno));
	return FAULT;
}

static enum verdict
run(struct ceremony *c)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v;

	v = sign(c, &out);
	signing_free(c->signing);
	free(c->keys);
	tokens_close(c->tokens);
	v = deliver(c, v, &out);
	skr_free(c->skr);
	free(c->chain);
	plan_free(c->plan);
	ksr_free(c->ksr);
	buf_free(&out);
	return v;
}

static int
take_option(struct ceremony *c, const struct options *o, int id, const char *arg)
{
	char	*end;
	long	 fd;

	switch (id) {
	case 's':
		c->schema = arg;
		return 0;
	case OPT_OUTPUT:
		c->output = arg;
		return 0;
	case OPT_PLAN_OK:
		c->plan_ok = arg;
		return 0;
	case OPT_PIN_FD:
		fd = strtol(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end != '\0' || fd < 3 || fd > 1023) {
			options_usage(o, "--pin-fd takes the number of an open descriptor from 3 up");
			return -1;
		}
		c->pin_fd = (int)fd;
		return 0;
	}
	return input_option(&c->in.o, o, id, arg) == -1 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	struct ceremony	 c = { .in = { .tool = "skr-sign", .o = INPUT_OPTIONS_EMPTY },
			     .pin_fd = -1 };
	struct options	 o;
	const char	*arg;
	enum verdict	 v;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&c, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (input_complete(&c.in.o, &o) == -1)
		return FAULT;
	if (c.schema == NULL && !c.in.o.show_policy)
		return (int)options_usage(&o, "give the --schema to sign under");
	if (c.in.o.show_policy)
		v = inputs_report(&c.in, inputs_show_policy(&c.in));
	else
		v = run(&c);
	inputs_free(&c.in);
	return (int)v;
}

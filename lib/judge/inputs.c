#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/input.h"
#include "base/isotime.h"
#include "judge/inputs.h"
#include "judge/parent.h"

static int
take_delay(struct input_options *in, const struct options *o, int64_t *out, const char *arg)
{
	in->timeline = true;
	if (isoduration_parse(out, arg, true) == 0)
		return 1;
	options_usage(o, DELAYS_USAGE);
	return -1;
}

int
input_option(struct input_options *in, const struct options *o, int id, const char *arg)
{
	int64_t		 t;

	switch (id) {
	case 'p':
		in->policy = arg;
		return 1;
	case 'P':
		in->previous = arg;
		return 1;
	case INPUT_FIRST:
		in->first = true;
		return 1;
	case INPUT_ANCHOR:
		return options_add(o, "anchor", arg, in->anchors, &in->nanchors, INPUT_ANCHORS) == -1 ?
		    -1 : 1;
	case INPUT_UNAUTHENTICATED:
		in->unauthenticated = true;
		return 1;
	case 't':
		in->time = arg;
		if (isotime_option(&t, arg) == 0)
			return 1;
		options_usage(o, "--time takes YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD or now");
		return -1;
	case INPUT_ZSK_USE:
		in->zsk_use = arg;
		return 1;
	case INPUT_HISTORY:
		in->history = arg;
		return 1;
	case INPUT_AGAIN:
		in->again = arg;
		return 1;
	case INPUT_TTL:
		return take_delay(in, o, &in->delays.ttl, arg);
	case INPUT_PROPAGATION:
		return take_delay(in, o, &in->delays.propagation, arg);
	case INPUT_SKEW:
		return take_delay(in, o, &in->delays.skew, arg);
	case INPUT_DS:
		in->ds = arg;
		return 1;
	case INPUT_MAX_BYTES:
		if (input_size(&in->max_bytes, arg) == 0)
			return 1;
		options_usage(o, INPUT_SIZE_USAGE);
		return -1;
	case 'j':
		in->json = true;
		return 1;
	case INPUT_SHOW_POLICY:
		in->show_policy = true;
		return 1;
	}
	return 0;
}

int
input_complete(const struct input_options *in, const struct options *o)
{
	if (in->again != NULL && in->history == NULL) {
		options_usage(o, "--again goes with --history");
		return -1;
	}
	if (in->show_policy || in->first != (in->previous != NULL))
		return 0;
	options_usage(o, in->first ? "--first and --previous exclude each other" :
	    "give --previous FILE, or say --first if there is none");
	return -1;
}

/* What the policy itself pins: the ds_sha256 of its keys. */
static int
anchors_of_policy(struct anchors *anchors, const struct policy *policy)
{
	size_t		 i;

	for (i = 0; i < policy->nkeys; i++) {
		const struct ksk *k = &policy->keys[i];
		struct anchor	 a = {
			.algorithm = k->algorithm, .tagless = true, .name = k->name,
			.valid_from = INT64_MIN, .valid_until = INT64_MAX,
		};

		if (!k->has_ds)
			continue;
		memcpy(a.digest, k->ds_sha256, sizeof(a.digest));
		if (anchors_add(anchors, &a) == -1)
			return -1;
	}
	return 0;
}

enum verdict
inputs_anchors(struct inputs *in, struct anchors *anchors, const char *path)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if (buf_load(&buf, path, in->o.max_bytes) == -1)
		v = report_fault(&in->report, &at, "%s", strerror(errno));
	else
		v = anchors_parse(anchors, &buf, path, &in->report);
	buf_free(&buf);
	return v;
}

static enum verdict
load_anchors(struct inputs *in)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (in->o.nanchors == 0 && anchors_of_policy(&in->anchors, in->policy) == -1)
		return report_fault(&in->report, NULL, "out of memory");
	for (i = 0; i < in->o.nanchors; i++)
		v = verdict_worse(v, inputs_anchors(in, &in->anchors, in->o.anchors[i]));
	return v;
}

enum verdict
inputs_read(struct inputs *in, struct buf *buf, const char *path, const char *rule)
{
	return input_read(buf, path, in->o.max_bytes, rule, &in->report);
}

static enum verdict
load_previous(struct inputs *in, bool token)
{
	const struct spot at = { in->o.previous, 0, 0 };
	struct subject	 s;
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if ((v = inputs_read(in, &buf, in->o.previous, "SKR-XML")) == ACCEPT)
		v = skr_parse(&in->previous, &buf, in->o.previous, &in->report);
	buf_free(&buf);
	if (v != ACCEPT)
		return v;
	s = inputs_subject(in);
	if (in->o.unauthenticated) {
		report_warning(&in->report, &at, "SKR-ANCHOR",
		    "not authenticated by any anchor, as asked for");
		s.anchors = NULL;
	} else if (in->anchors.n == 0) {
		if (!token)
			return report_fault(&in->report, &at, "nothing to authenticate it with: "
			    "give --anchor, or ds_sha256 in the policy, or say "
			    "--unauthenticated-previous");
		s.anchors = NULL;
	}
	return check_previous(&s);
}

/* What --zsk-use, --history and --ds name. */
static enum verdict
load_records(struct inputs *in)
{
	if (in->o.zsk_use != NULL &&
	    (in->zsk_uses = zsk_uses_load(in->o.zsk_use, &in->report)) == NULL)
		return FAULT;
	if (in->o.history != NULL &&
	    (in->history = history_load(in->o.history, &in->report)) == NULL)
		return FAULT;
	if (in->o.ds != NULL && (in->parent = parent_load(in->o.ds, &in->report)) == NULL)
		return FAULT;
	return ACCEPT;
}

enum verdict
inputs_policy(struct inputs *in)
{
	if (in->policy != NULL)
		return ACCEPT;
	in->now = time(NULL);
	if (in->o.time != NULL) {
		if (isotime_option(&in->now, in->o.time) == -1)
			return report_fault(&in->report, NULL, "bad time");
		report_warning(&in->report, NULL, NULL,
		    "judged as of %s, a time given by hand", in->o.time);
	}
	if (in->o.policy != NULL)
		in->policy = policy_load(in->o.policy, &in->report);
	else if ((in->policy = policy_default()) == NULL)
		report_fault(&in->report, NULL, "out of memory");
	return in->policy != NULL ? ACCEPT : FAULT;
}

enum verdict
inputs_load(struct inputs *in, bool token)
{
	enum verdict	 v;

	if ((v = inputs_policy(in)) != ACCEPT)
		return v;
	if ((in->verifier = verifier_new()) == NULL)
		return report_fault(&in->report, NULL, "out of memory");
	v = verdict_worse(load_anchors(in), load_records(in));
	if (v == ACCEPT && in->o.previous != NULL)
		v = load_previous(in, token);
	return v;
}

struct subject
inputs_subject(struct inputs *in)
{
	return (struct subject){
		.policy = in->policy,
		.previous = in->previous,
		.anchors = in->anchors.n > 0 ? &in->anchors : NULL,
		.trust = in->o.nanchors > 0 ? &in->anchors : NULL,
		.parent = in->parent,
		.zsk_uses = in->zsk_uses,
		.delays = in->o.timeline ? &in->o.delays : NULL,
		.history = in->history,
		.again = in->o.again,
		.now = in->now,
		.by_hand = in->o.time != NULL,
		.sign_at = in->o.sign_at != 0 ? in->o.sign_at : in->now,
		.verifier = in->verifier,
		.report = &in->report,
	};
}

enum verdict
inputs_need_anchor(struct inputs *in, struct subject *s, const char *path, bool none)
{
	const struct spot at = { path, 0, 0 };

	if (none) {
		report_warning(&in->report, &at, "SKR-ANCHOR",
		    "not authenticated by any anchor, as asked for");
		s->anchors = NULL;
		return ACCEPT;
	}
	if (s->anchors != NULL)
		return ACCEPT;
	return report_fault(&in->report, &at, "nothing to authenticate it with: give --anchor, "
	    "or ds_sha256 in the policy, or say --no-anchor");
}

enum verdict
inputs_show_policy(struct inputs *in)
{
	struct buf	 out = BUF_EMPTY;
	char		 hex[DIGEST_HEX];
	enum verdict	 v = FAULT;

	if ((in->policy = policy_load(in->o.policy, &in->report)) == NULL)
		return FAULT;
	if (buf_printf(&out, "# %s  %s\n", digest_hex(hex, in->policy->digest),
	    in->o.policy) == -1 || policy_print(&out, in->policy) == -1)
		report_fault(&in->report, NULL, "out of memory");
	else if (buf_write(&out, STDOUT_FILENO) == -1)
		report_fault(&in->report, NULL, "standard output: %s", strerror(errno));
	else
		v = ACCEPT;
	buf_free(&out);
	return v;
}

enum verdict
inputs_report(struct inputs *in, enum verdict v)
{
	int	 rv;

	v = verdict_worse(v, report_verdict(&in->report));
	rv = in->o.json ? report_json(&in->report, in->tool, stderr) :
	    report_print(&in->report, in->tool, stderr);
	return rv == -1 ? FAULT : v;
}

enum verdict
inputs_pass(struct inputs *in, enum verdict v, const struct buf *buf)
{
	v = inputs_report(in, v);
	if (v == ACCEPT && buf_write(buf, STDOUT_FILENO) == -1) {
		fprintf(stderr, "%s: standard output: %s\n", in->tool, strerror(errno));
		v = FAULT;
	}
	return v;
}

void
inputs_free(struct inputs *in)
{
	verifier_free(in->verifier);
	history_free(in->history);
	parent_free(in->parent);
	zsk_uses_free(in->zsk_uses);
	skr_free(in->previous);
	anchors_clear(&in->anchors);
	policy_free(in->policy);
	report_free(&in->report);
}

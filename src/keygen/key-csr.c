/*
 * key-csr: a certificate request for a key signing key, signed by the key itself on its token, with
 * its DS record in the subject.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/csr.h"
#include "act/keyoptions.h"
#include "base/secret.h"
#include "token/reach.h"

enum { OPT_SUBJECT = OPTION_ID, OPT_ZONE, OPT_ALGORITHM };

static const struct option_spec specs[] = {
	{ 'k', "key", "LABEL", OPTION_REQUIRED, "the key by its label, or by its name in the policy" },
	{ 'p', "policy", "FILE", 0, "the policy that names the token and its keys" },
	REACH_SPECS,
	{ OPT_SUBJECT, "subject", "/O=NAME/...", 0, "what stands before the DS record" },
	{ OPT_ZONE, "zone", "NAME", 0, "the zone (signers_name of the policy)" },
	{ OPT_ALGORITHM, "algorithm", "A", 0, "where no policy says it" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-csr", "Make a certificate request for a KSK, signed by it.", specs, NULL, 0, 0
};

struct job {
	struct reach	 reach;
	const char	*policy_file;
	const char	*name;
	const char	*subject;
	const char	*zone_text;
	unsigned	 algorithm;	/* 0: not given */
	struct report	 report;
	struct policy	*policy;
	struct tokens	*tokens;
	struct csr	*csr;
};

/* The key that is wanted: the policy's, or one of this label. */
static enum verdict
choose(struct job *j, struct ksk *k)
{
	const struct ksk *known = j->policy == NULL ? NULL : policy_key(j->policy, j->name);

	*k = (struct ksk){
		.name = (char *)(uintptr_t)j->name, .label = (char *)(uintptr_t)j->name,
		.algorithm = (uint8_t)j->algorithm,
		.valid_from = INT64_MIN, .valid_until = INT64_MAX,
	};
	if (known != NULL)
		*k = *known;
	if (k->algorithm == 0)
		return report_fault(&j->report, NULL, "key %s: no policy says its algorithm: give "
		    "--algorithm", j->name);
	if (j->algorithm != 0 && j->algorithm != k->algorithm)
		return report_fault(&j->report, NULL, "key %s: the policy says %s", j->name,
		    algorithm_name(k->algorithm));
	return ACCEPT;
}

static enum verdict
find_zone(struct job *j, struct dname *zone)
{
	const char	*text = j->zone_text;

	if (text == NULL && j->policy != NULL)
		text = j->policy->ksk.signers_name;
	if (text == NULL)
		return report_fault(&j->report, NULL, "the zone is not known: give --zone");
	if (dname_parse(zone, text) == -1)
		return report_fault(&j->report, NULL, "'%s' is no name of a zone", text);
	return ACCEPT;
}

/* One signature by the token, in the form of DNSSEC. */
static enum verdict
sign(struct job *j, struct token_key *key)
{
	struct sign_job	 s = { .key = key };
	enum verdict	 v;

	s.data = csr_message(j->csr, &s.len);
	if ((v = tokens_sign(j->tokens, &s, 1, &j->report)) != ACCEPT)
		return v;
	if (csr_sign(j->csr, s.sig, s.siglen) == -1)
		v = report_fault(&j->report, NULL, "key %s: its signature does not verify", j->name);
	free(s.sig);
	return v;
}

static enum verdict
work(struct job *j, struct buf *out)
{
	struct token_key *key = NULL;
	struct ksk	 ksk;
	const struct ksk *wanted = &ksk;
	struct dname	 zone;
	enum verdict	 v;

	if (j->policy_file != NULL &&
	    (j->policy = policy_load(j->policy_file, &j->report)) == NULL)
		return FAULT;
	if ((v = choose(j, &ksk)) != ACCEPT || (v = find_zone(j, &zone)) != ACCEPT ||
	    (v = reach_open(&j->tokens, &j->reach, j->policy, &j->report)) != ACCEPT ||
	    (v = tokens_find(j->tokens, &wanted, 1, &key, &j->report)) != ACCEPT ||
	    (v = csr_prepare(&j->csr, token_key_public(key), &zone, j->subject,
	    &j->report)) != ACCEPT || (v = sign(j, key)) != ACCEPT)
		return v;
	return csr_print(out, j->csr) == -1 ? report_fault(&j->report, NULL, "out of memory") : v;
}

static enum verdict
run(struct job *j)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v = work(j, &out);

	if (report_print(&j->report, tool.name, stderr) == -1)
		v = FAULT;
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1) {
		fprintf(stderr, "%s: standard output: %s\n", tool.name, strerror(errno));
		v = FAULT;
	}
	buf_free(&out);
	csr_free(j->csr);
	tokens_close(j->tokens);
	reach_free(&j->reach);
	policy_free(j->policy);
	report_free(&j->report);
	return v;
}

static int
take_option(struct job *j, const struct options *o, int id, const char *arg)
{
	int	 rv = reach_option(&j->reach, o, id, arg);

	if (rv != 0)
		return rv == 1 ? 0 : -1;
	switch (id) {
	case 'p':
		j->policy_file = arg;
		return 0;
	case 'k':
		j->name = arg;
		return 0;
	case OPT_SUBJECT:
		j->subject = arg;
		return 0;
	case OPT_ZONE:
		return options_argument(o, keyoption_zone(&j->zone_text, arg));
	default:
		return options_argument(o, keyoption_algorithm(&j->algorithm, arg));
	}
}

int
main(int argc, char *argv[])
{
	struct job	 j = { .reach = REACH_EMPTY, .report = REPORT_EMPTY };
	struct options	 o;
	const char	*arg;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&j, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (reach_complete(&j.reach, &o, j.policy_file) == -1)
		return FAULT;
	return (int)run(&j);
}

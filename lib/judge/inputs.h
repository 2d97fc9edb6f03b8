/*
 * inputs: what the judging tools have in common: their options, and the files behind
 * these, read and checked: policy, trust anchors, previous SKR, the time.
 */
#ifndef JUDGE_INPUTS_H
#define JUDGE_INPUTS_H

#include "base/options.h"
#include "judge/check.h"

enum {					/* ids of options without a letter */
	INPUT_FIRST = OPTION_ID,
	INPUT_ANCHOR,
	INPUT_UNAUTHENTICATED,
	INPUT_MAX_BYTES,
	INPUT_SHOW_POLICY,
	INPUT_ZSK_USE,
	INPUT_HISTORY,
	INPUT_AGAIN,
	INPUT_TTL,
	INPUT_PROPAGATION,
	INPUT_SKEW,
	INPUT_DS,
	INPUT_OWN			/* a tool's own begin here */
};

/* Rows for the tool's table of options. */
#define INPUT_SPECS							\
	{ 'p', "policy", "FILE", OPTION_REQUIRED,			\
	    "the operator's policy, see ksr-policy(5)" },		\
	{ 'P', "previous", "FILE", 0, "the previous SKR" },		\
	{ INPUT_FIRST, "first", NULL, 0, "there is no previous SKR" },	\
	{ INPUT_ANCHOR, "anchor", "FILE", OPTION_REPEAT,		\
	    "trust anchors: DS lines, DNSKEY lines or\n"		\
	    "trust-anchor XML; instead of the policy's ds_sha256" },	\
	{ INPUT_UNAUTHENTICATED, "unauthenticated-previous", NULL, 0,	\
	    "take the previous SKR without an anchor" },		\
	{ 't', "time", "T", 0, "judge as of this time, not of now" },	\
	{ INPUT_MAX_BYTES, "max-bytes", "N", 0,				\
	    "read documents of up to N bytes (1048576)" },		\
	{ 'j', "json", NULL, 0, "write findings as JSON" },		\
	{ INPUT_SHOW_POLICY, "show-policy", NULL, 0,			\
	    "print the policy in force and stop" }

/* Rows for the tools that judge a request as such. */
#define INPUT_REQUEST_SPECS						\
	{ INPUT_ZSK_USE, "zsk-use", "FILE", 0,				\
	    "which ZSK is active when, where the slots do not tell" },	\
	{ INPUT_HISTORY, "history", "FILE", 0,				\
	    "the record of the requests answered so far" },		\
	{ INPUT_AGAIN, "again", "REASON", 0,				\
	    "a request of the history may be answered again" }

/* Rows for the tools that judge a response; any of them asks for SKR-TIMELINE. */
#define INPUT_DELAY_SPECS						\
	{ INPUT_TTL, "ttl", "DURATION", 0,				\
	    "the zone's longest TTL but for DNSKEY (P6D);\n"		\
	    "this and the next two: judge SKR-TIMELINE" },		\
	{ INPUT_PROPAGATION, "propagation", "DURATION", 0,		\
	    "until all servers show a change (PT1H)" },			\
	{ INPUT_SKEW, "skew", "DURATION", 0,				\
	    "of clocks: a set waits so long (PT1H)" }

/* A row for those that judge a response. */
#define INPUT_DS_SPEC							\
	{ INPUT_DS, "ds", "FILE", 0,					\
	    "the DS records at the parent, and since and until when" }

#define INPUT_ANCHORS	16		/* anchor files at most */

struct input_options {
	const char	*policy;
	const char	*previous;
	bool		 first;
	const char	*anchors[INPUT_ANCHORS];
	size_t		 nanchors;
	bool		 unauthenticated;
	const char	*zsk_use;
	const char	*history;
	const char	*again;
	bool		 timeline;	/* one of the delays was given */
	struct delays	 delays;
	const char	*ds;
	int64_t		 sign_at;	/* ksr-check's own option; 0: now */
	const char	*time;
	size_t		 max_bytes;
	bool		 json;
	bool		 show_policy;
};

#define INPUT_OPTIONS_EMPTY { .max_bytes = KSR_MAX_BYTES, .delays = DELAYS_DEFAULT }

/* Take one option.  1: taken; 0: not one of these; -1: a usage error, already said. */
int	 input_option(struct input_options *, const struct options *, int id, const char *arg);

/* Exactly one of --previous and --first?  0, or -1 and said.  Not asked for --show-policy. */
int	 input_complete(const struct input_options *, const struct options *);

struct inputs {
	const char	*tool;
	struct input_options o;
	struct report	 report;
	struct policy	*policy;
	struct anchors	 anchors;
	struct skr	*previous;
	struct zsk_uses	*zsk_uses;
	struct history	*history;
	struct parent	*parent;
	struct verifier	*verifier;
	int64_t		 now;
};

/* The time to judge by, and the policy; without --policy, which some tools have not, the default one. */
enum verdict	 inputs_policy(struct inputs *);

/*
 * Load all that the options name, the policy first unless that is done.  The previous SKR is parsed and verified, and judged by SKR-ANCHOR unless
 * --unauthenticated-previous; where there is no anchor at all that is a fault, or, with "token",
 * left to the caller (inputs.anchors.n is 0 then).  The verdict is also in the report.
 */
enum verdict	 inputs_load(struct inputs *, bool token);

/* input_read with the limit of --max-bytes. */
enum verdict	 inputs_read(struct inputs *, struct buf *, const char *path, const char *rule);

/* Add the anchors of a file; what is wrong is a fault in the report. */
enum verdict	 inputs_anchors(struct inputs *, struct anchors *, const char *path);

/*
 * SKR-ANCHOR of the SKR "path" needs an anchor, or the word that it shall not be judged: FAULT
 * where neither is there; "none" takes the anchors out of the subject, with a warning.
 */
enum verdict	 inputs_need_anchor(struct inputs *, struct subject *, const char *path, bool none);

/* --show-policy: the file's name and digest, then every word in force, on stdout. */
enum verdict	 inputs_show_policy(struct inputs *);

/* A subject with all that is known so far. */
struct subject	 inputs_subject(struct inputs *);

/*
 * Print the report on stderr, as lines or JSON.  Returns the worse of "v"
 * and the report's own verdict: what the tool exits with.
 */
enum verdict	 inputs_report(struct inputs *, enum verdict v);

/* The same for a gate: then pass the judged bytes on, if and only if all is accepted. */
enum verdict	 inputs_pass(struct inputs *, enum verdict v, const struct buf *);

void		 inputs_free(struct inputs *);

#endif

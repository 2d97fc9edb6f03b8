/*
 * rules: what the files of rules share.  Private to lib/judge.
 */
#ifndef JUDGE_RULES_H
#define JUDGE_RULES_H

#include <stddef.h>

#include "judge/check.h"

/* The switch at the end of a row: its place in struct policy, and its word. */
#define SWITCH(section, word) \
	offsetof(struct policy, section.word), #section "_policy." #word
#define ALWAYS	0, NULL

#define ROWS(table)	{ table, sizeof(table) / sizeof(table[0]) }

extern const struct check_table	ksr_rules;	/* check_ksr.c: document and bundles */
extern const struct check_table	key_rules;	/* check_keys.c: single keys of a KSR */
extern const struct check_table	held_rules;	/* check_keys.c: needs subject.held */
extern const struct check_table	zsk_safety_rules; /* check_safety.c: KSR-ZSK-SAFETY */
extern const struct check_table	ksk_safety_rules; /* check_safety.c: KSR-POLICY-SAFETY, of an SKR */
extern const struct check_table	policy_rules;	/* check_policy.c: KSR-POLICY-* */
extern const struct check_table	chain_rules;	/* check_chain.c: needs subject.previous */
extern const struct check_table	token_rules;	/* check_chain.c: needs previous and held */
extern const struct check_table	verify_rules;	/* check_skr.c: any SKR, the previous one too */
extern const struct check_table	count_rules;	/* check_skr.c: SKR-COUNT, of the SKR that is judged */
extern const struct check_table	skr_rules;	/* check_skr.c: the SKR that is judged */
extern const struct check_table	match_rules;	/* check_skr.c: needs subject.ksr */
extern const struct check_table	ksk_rules;	/* check_skr.c: SKR-KSKS, of the SKR that is judged */
extern const struct check_table	plan_rules;	/* check_plan.c: PLAN-*, of an SKR in the making */
extern const struct check_table	anchor_rules;	/* check_skr.c: needs subject.anchors */
extern const struct check_table	timeline_rules;	/* check_timeline.c: needs subject.delays */

/*
 * A broken rule in bundle number i (from 0) of the document "input", at this line (0: the
 * bundle's own).  Returns REFUSE.
 */
enum verdict	 broken_bundle(const struct subject *, const char *input, const char *rule,
		    const struct bundles *, size_t i, unsigned long line, const char *fmt, ...)
		    __attribute__((format(printf, 7, 8)));

/* A broken rule of the whole document. */
enum verdict	 broken_document(const struct subject *, const char *input, unsigned long line,
		    const char *rule, const char *fmt, ...)
		    __attribute__((format(printf, 5, 6)));

/* The key that a signature names: of the bundle, or one that signs without standing there; or NULL. */
const struct key *signer_of(const struct subject *, const struct bundle *, const struct sig *);

/* "P21D" and "2027-01-01T00:00:00Z" for messages: good until the fourth call after. */
const char	*show_duration(int64_t);
const char	*show_time(int64_t);

/*
 * The one signature of a bundle judged in full but for times: names, tags, labels,
 * TTLs (RFC 4035 5.3.1) and the mathematics.  The rule id is the caller's.
 */
enum verdict	 judge_signature(const struct subject *, const char *input, const char *rule,
		    const struct bundles *, size_t i, const struct sig *, const struct dname *zone);

/*
 * Does a key stand in bundle i more than once?  It is signed as if it stood once (RFC 4034 6.3), so that
 * no signature tells.
 */
enum verdict	 judge_doubles(const struct subject *, const char *input, const char *rule,
		    const struct bundles *, size_t i);

/*
 * Does bundle i overlap the one before within the limits of the request and of our own policy,
 * and by its TTL at least?
 */
enum verdict	 judge_overlap(const struct subject *, const char *input, const char *rule,
		    const struct bundles *, size_t i, const struct bundle *before,
		    const struct sigpolicy *request);

#endif

/*
 * check: the rules by which a KSR or SKR is judged.  Each rule is a row of a
 * table in one of the files check_*.c, under the id by which ksr-rules(7), the messages and
 * the tests know it.
 */
#ifndef JUDGE_CHECK_H
#define JUDGE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/report.h"
#include "judge/rrsig.h"
#include "judge/history.h"
#include "judge/timeline.h"
#include "model/anchor.h"
#include "model/ksr.h"
#include "model/policy.h"
#include "model/skr.h"

/*
 * All that a rule may look at.  Borrowed; what a tool does not have is NULL, and
 * a rule that needs it is then in no table that this tool runs.
 */
struct plan;
struct parent;

struct subject {
	const struct policy	*policy;
	const struct ksr	*ksr;		/* judged, or the request that an SKR answers */
	const struct skr	*skr;
	const struct skr	*previous;	/* NULL: --first was given */
	const struct anchors	*anchors;	/* NULL: none asked for */
	const struct anchors	*expected;	/* KSKs that may stand there besides, or NULL */
	const struct key	*extra;		/* keys that sign without standing in a set */
	size_t			 nextra;
	const struct key	*const *held;	/* KSKs that a token at hand holds, or NULL */
	size_t			 nheld;
	const struct plan	*plan;		/* that the SKR comes from, or NULL */
	const struct anchors	*trust;		/* what validators trust already; NULL: see PLAN-TRUST */
	const struct parent	*parent;	/* its DS records; NULL: not given */
	const struct zsk_uses	*zsk_uses;	/* NULL: read from the slots */
	const struct delays	*delays;	/* NULL: SKR-TIMELINE is not asked for */
	const struct history	*history;	/* NULL: none given */
	const char		*again;		/* why a known request comes again; NULL: it must not */
	int64_t			 now;
	bool			 by_hand;	/* now is not the clock's, but somebody's word */
	int64_t			 sign_at;	/* the day of signing: now, or a later one */
	struct verifier		*verifier;
	struct report		*report;
};

typedef enum verdict	 check_fn(const struct subject *);

struct check {
	const char	*id;
	const char	*what;		/* the rule in a line */
	check_fn	*judge;
	size_t		 offset;	/* of the switch in struct policy ... */
	const char	*word;		/* ... and its word; NULL: has none */
};

/*
 * Each runs all rules of its tables, adds every broken one to the report and
 * returns the worst verdict.  A rule that is switched off is a warning.
 *
 * check_request: the KSR itself and the chain to the previous SKR.
 * check_previous: that the previous SKR verifies and, if anchors are given, is ours.
 * check_response: the SKR, against the KSR and the previous SKR where they are given.
 * check_imported: an SKR that came as text, which has no slots of the request's and may end when it likes:
 * SKR-VERIFY, SKR-ALG, SKR-COVERAGE and SKR-KSKS, and SKR-ANCHOR if anchors are given.
 * check_token: what only a token can tell (held is set).
 */
enum verdict	 check_request(const struct subject *);
enum verdict	 check_previous(const struct subject *);
enum verdict	 check_response(const struct subject *);
enum verdict	 check_imported(const struct subject *);
enum verdict	 check_token(const struct subject *);

/*
 * The plan, by the response that it makes: complete but for the data of its signatures.  PLAN-*
 * but for what plan_build has judged, and what of a response can be told before it is signed: SKR-COUNT,
 * SKR-ALG, SKR-COVERAGE, KSR-POLICY-SAFETY and, but for the trust anchors, SKR-TIMELINE.
 */
enum verdict	 check_plan(const struct subject *);

/* The TTL that the DNSKEY RRset is to have under this policy (KSR-BUNDLE-TTL). */
uint32_t	 dnskey_ttl(const struct policy *);

struct check_table {
	const struct check *rows;
	size_t		 n;
};

/* All tables, for tools that list the rules and for tests; NULL after the last. */
const struct check_table *const *check_tables(void);

#endif

/*
 * faults: sound worlds of the fixture, each broken in one place, and the rule that must
 * find it and no other.
 */
#ifndef UNIT_FAULTS_H
#define UNIT_FAULTS_H

#include "fixture.h"
#include "judge/rules.h"

struct fault {
	const char	*rule;		/* the only one that is broken; NULL: none */
	const char	*word;		/* its switch; NULL: it has none, or it is not tried */
	enum verdict	(*judge)(const struct subject *);
	void		(*make)(struct world *);
	const char	*name;
};

#define R(rule, word, make)	{ rule, "request_policy." word, check_request, make, #make }
#define C(rule, word, make)	{ rule, "request_policy." word, check_response, make, #make }
#define T(rule, word, make)	{ rule, "request_policy." word, check_token, make, #make }
#define S(rule, word, make)	{ rule, "response_policy." word, check_response, make, #make }
#define ALWAYS_ON(rule, judge, make) { rule, NULL, judge, make, #make }
#define FINE(judge, make)	{ NULL, NULL, judge, make, #make }

/*
 * Refused by this rule alone, and accepted, with a warning that says so, when that is
 * switched off?  What is not so is printed.
 */
bool		 fault_holds(const struct fault *);

/* Has every row of this table a fault among these that this judge finds?  If not: printed. */
bool		 faults_cover(const struct check_table *, check_fn *judge, const struct fault *,
		    size_t n);

/* The first row of a rule with this switch, or NULL; the switch of a row. */
const struct check *row_of(const char *rule, const char *word);
bool		*switch_of(struct policy *, const struct check *);

/* Slots from 1: of the request, of its answer, of the response before. */
struct bundle	*asked(struct world *, size_t slot);
struct bundle	*answered(struct world *, size_t slot);
struct bundle	*earlier(struct world *, size_t slot);

void		 rename_to(char **text, const char *);
void		 drop_key(struct bundle *, size_t);
void		 drop_sig(struct bundle *, size_t);
/* In place of key i; the tag as it is. */
struct key	*change_key(struct bundle *, size_t i, const struct key *);
/* From this slot on, later by so much. */
void		 shift(struct bundles *, size_t slot, int64_t by);
/* Change the public key, so that its tag is this one; it is no point any more. */
void		 force_tag(struct key *, uint16_t tag);

#endif

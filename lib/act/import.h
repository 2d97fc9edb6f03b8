/*
 * import: the response that was given as text, BIND's or Knot DNS's, as an SKR.
 */
#ifndef ACT_IMPORT_H
#define ACT_IMPORT_H

#include "base/report.h"
#include "model/ksr.h"
#include "model/policy.h"
#include "model/skr.h"
#include "model/textksr.h"

/*
 * Judge the text as name servers take it, by what an SKR cannot tell any more: each set has a
 * signature that holds from its header to the next one; and, where "asked" is not NULL, in every instant
 * from the first header of either on the ZSKs are those that are asked for, no more and no fewer.  In both a
 * set is in force from its inception to that of the next.  REFUSE and said, under no rule's id.  A
 * response that ends before the request does is a warning.
 */
enum verdict	 import_judge(const struct textksr *, const struct bundles *asked,
		    struct report *);

/*
 * The SKR: a bundle for each set, with the times of its first signature (of the headers where
 * there is none), what ksk_policy and, without a request, zsk of the policy say, and the
 * algorithms of the keys.  Of the request, where "ksr" is not NULL: id, serial, domain and ZSK policy, the ids
 * of bundles with the same times, the identifiers of the same keys.  Other ids are made of
 * the text's digest.  ACCEPT and *out set (free with skr_free), else *out unchanged: REFUSE for a
 * key of an algorithm that is not supported, FAULT when memory runs out.
 */
enum verdict	 import_skr(struct skr **out, const struct textksr *, const struct policy *,
		    const struct ksr *, struct report *);

#endif

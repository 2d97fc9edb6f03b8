/*
 * show: a KSR or SKR for people (the table of slots), for programs (JSON) and
 * for DNS tools (records).  Nothing is judged here.
 */
#ifndef ACT_SHOW_H
#define ACT_SHOW_H

#include "base/buf.h"
#include "model/ksr.h"
#include "model/skr.h"

enum show_form { SHOW_TABLE, SHOW_JSON, SHOW_RR };

/* Append the document in this form.  0, or -1: out of memory. */
int	 show_ksr(struct buf *, const struct ksr *, enum show_form);
int	 show_skr(struct buf *, const struct skr *, enum show_form);

/*
 * The table alone: a line a slot, with the tags of its ZSKs, and of its KSKs the
 * tag, the label and what it does there: S signs, P is published only, R is
 * revoked, RS revoked and signs; N signs without being published.
 */
int	 show_table(struct buf *, const struct bundles *);

#endif

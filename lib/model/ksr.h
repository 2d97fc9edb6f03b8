/*
 * ksr: a Key Signing Request, read from its XML and written to it.
 */
#ifndef MODEL_KSR_H
#define MODEL_KSR_H

#include "base/buf.h"
#include "base/report.h"
#include "model/bundle.h"

#define KSR_MAX_BYTES	((size_t)1 << 20)	/* default limit; --max-bytes raises it */

struct ksr {
	char		*input;		/* name for messages */
	char		*id;
	uint64_t	 serial;
	char		*domain;	/* as written */
	struct dname	 name;		/* the domain, canonical */
	struct sigpolicy zsk;
	struct bundles	 bundles;
	unsigned char	 digest[DIGEST_SIZE];	/* SHA-256 of the bytes it was read from */
};

/*
 * Rules KSR-XML and KSR-SCHEMA.  ACCEPT and *out set (free with ksr_free), else
 * *out unchanged and the report says why.  "input" names the bytes in messages.
 * Not limited in size here: the limit is that of buf_read.
 */
enum verdict	 ksr_parse(struct ksr **out, const struct buf *, const char *input,
		    struct report *);

/* The same, but the digest stays all zeros: for who does not look at it, and saves its time. */
enum verdict	 ksr_parse_undigested(struct ksr **out, const struct buf *, const char *input,
		    struct report *);

/* Append the document as every known reader takes it (FORMATS of the manual ksr(5)).  0, or -1. */
int		 ksr_write(struct buf *, const struct ksr *);

void		 ksr_free(struct ksr *);

#endif

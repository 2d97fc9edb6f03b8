/*
 * skr: a Signed Key Response, read from its XML and written to it.
 */
#ifndef MODEL_SKR_H
#define MODEL_SKR_H

#include "base/buf.h"
#include "base/report.h"
#include "model/bundle.h"

struct skr {
	char		*input;
	char		*id;		/* id and serial: those of the request */
	uint64_t	 serial;
	char		*domain;
	struct dname	 name;
	struct sigpolicy ksk;
	struct sigpolicy zsk;		/* echoes the request's */
	struct bundles	 bundles;
	unsigned char	 digest[DIGEST_SIZE];
};

/* Rules SKR-XML and SKR-SCHEMA; otherwise as ksr_parse and ksr_parse_undigested. */
enum verdict	 skr_parse(struct skr **out, const struct buf *, const char *input,
		    struct report *);
enum verdict	 skr_parse_undigested(struct skr **out, const struct buf *, const char *input,
		    struct report *);

/* Append the document; same SKR, same bytes.  0, or -1. */
int		 skr_write(struct buf *, const struct skr *);

void		 skr_free(struct skr *);

#endif

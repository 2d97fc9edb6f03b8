/*
 * seal: a response as encrypted files, one a slot, so that a slot can be released when it is due
 * and not before; and back.
 */
#ifndef ACT_SEAL_H
#define ACT_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/cms.h"
#include "act/sealform.h"
#include "act/sheet.h"
#include "base/newdir.h"
#include "base/report.h"
#include "model/skr.h"

struct seal_to {			/* a certificate, and for which slot */
	size_t		 slot;		/* from 1; 0: for every file */
	const char	*path;		/* for messages */
	struct cms_cert	*cert;
};

struct seal_order {			/* what is to be sealed; all borrowed */
	const struct skr *skr;
	const struct buf *bytes;	/* the document that it was read from */
	bool		 whole;		/* as one file; else one a slot */
	bool		 together;	/* one key may open more than one slot */
	const struct seal_to *to;
	size_t		 nto;
	const struct secret *passphrase; /* for every file; NULL: none */
	const struct sheet *sheet;	/* one for each slot; NULL: none */
};

/*
 * Can it be done?  Every file has a recipient and not too many, and a name of its own; and no key
 * opens two slots, unless "together", which is a warning then: REFUSE by what is missing, by its name.
 */
enum verdict	 seal_judge(const struct seal_order *, struct report *);

/*
 * Make the sealed files and their manifest in the folder, on all processors.  ACCEPT and *out
 * set, for seal_manifest_free; or FAULT.
 */
enum verdict	 seal_make(struct seal_manifest **out, const struct seal_order *,
		    const struct newdir *, struct report *);

/* What whoever opens a sealed file knows of it without it. */
struct seal_claim {
	const char	*name;		/* of the file, without its folder; NULL: none, as on stdin */
	const struct seal_manifest *manifest;	/* NULL: none */
	const unsigned char *set;	/* NULL: not known */
	const struct dname *zone;	/* NULL: not known */
	int64_t		 at;		/* a time in the slot; -1: any */
};

/* Is this the file that the manifest lists under its name?  Before it is opened. */
enum verdict	 seal_listed(const struct seal_claim *, const struct buf *sealed,
		    const char *input, struct report *);

/*
 * What came out of it: the header, the envelope that it names, and the SKR inside must be
 * what is claimed, and the SKR what the header says.  ACCEPT, *out and *document set: the
 * SKR and its bytes; else REFUSE by each claim that is broken.  Its signatures are not judged here.
 */
enum verdict	 seal_take(struct skr **out, struct buf *document, const struct buf *content,
		    const unsigned char envelope[DIGEST_SIZE], const struct seal_claim *,
		    const char *input, struct report *);

/*
 * The sealed file in a folder that is for this time: the last slot with inception <= time <
 * expiration, by the names of the files; of this zone, or of the only one that is there.  ACCEPT and the
 * path, which the caller frees; REFUSE: there is none; FAULT.
 */
enum verdict	 seal_find(char **path, const char *folder, const struct dname *zone, int64_t time,
		    struct report *);

#endif

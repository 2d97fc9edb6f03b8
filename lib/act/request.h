/*
 * request: a Key Signing Request in the making: its bundles from a lineup, the proofs of possession that
 * its ZSKs have to make, and the document at the end.
 */
#ifndef ACT_REQUEST_H
#define ACT_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "act/schedule.h"
#include "act/zsks.h"
#include "base/buf.h"
#include "base/report.h"
#include "model/ksr.h"

struct proof {			/* one signature to make: a ZSK's over a bundle that it stands in */
	size_t		 zsk;		/* index into zsks.v */
	const struct ksr *ksr;		/* of the request */
	size_t		 bundle;
	size_t		 sig;		/* its place in the bundle */
	struct buf	 data;		/* what is signed */
	const struct proof *like;	/* another one, of the same key over the same data; NULL: none */
	unsigned char	*made;		/* in DNSSEC form, once it is made; allocated */
	size_t		 len;
};

struct request {
	struct ksr	*ksr;
	struct proof	*proofs;
	size_t		 n;
};

#define REQUEST_EMPTY { NULL, NULL, 0 }

struct request_spec {
	size_t		 cycle;		/* index into the lineup's */
	const char	*id;		/* NULL: a new UUID of version 4 */
	uint64_t	 serial;
	int64_t		 made;		/* when it is made: the proofs begin PROOF_EARLY before */
	const char	*input;		/* its name in messages */
};

#define PROOF_EARLY	HOUR		/* clocks differ, and the receiver's must not be behind (KSR-CLOCK) */

/*
 * Lay out the request: document, bundles, keys, and the proofs to make.  Ids of bundles are UUIDs derived from the
 * document's (version 8): the same id, the same bundles.  The RequestPolicy is that of the section, with a
 * SignatureAlgorithm for each kind of key that stands.  A proof is valid from an hour before "made" for
 * zsk.validity: it says when it was made, and nothing of the slot.  ACCEPT and *out set, else FAULT.
 */
enum verdict	 request_lay_out(struct request *out, const struct request_spec *,
		    const struct zsks *, const struct lineup *, struct report *);

/*
 * Which of these proofs have to be made: a key signs the same data once, and slots with the same keys
 * have the same data.  They are moved to the front, in their order, and each of the others is
 * told which one it is "like".  How many they are.
 */
size_t		 proofs_unite(struct proof **, size_t n);

/*
 * Make the proofs of the keys in files, on as many threads as there are processors; those of other keys are
 * passed over.  FAULT: one cannot be made.
 */
enum verdict	 proofs_make(struct proof *const *, size_t n, const struct zsks *, struct report *);

/*
 * With all proofs made, or like one that is (of whichever request, which must still be there): put them in, and
 * append the document.  0, or -1: out of memory.
 */
int		 request_write(struct buf *, struct request *);

void		 request_clear(struct request *);

#endif

/*
 * zsks: the ZSKs that a request can be made with, and where their private halves are: in files
 * (BIND's K*.private, PEM), or on a token, chosen by key-list lines.
 */
#ifndef ACT_ZSKS_H
#define ACT_ZSKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "model/dname.h"
#include "model/dnskey.h"
#include "model/keylist.h"
#include "model/policy.h"
#include "model/softkey.h"

#define ZSKS_MAX	4096		/* candidates at most */

struct zsk {
	char		*name;		/* its keyIdentifier: the CKA_LABEL, or the file's base name */
	uint8_t		 algorithm;	/* never 0 */
	int64_t		 from;		/* active from <= t < until; INT64_MIN and INT64_MAX: ... */
	int64_t		 until;		/* ... no beginning or end is known */
	struct spot	 at;		/* the file, or the line of the key list; borrowed */
	const struct keyline *line;	/* borrowed; NULL: not from a list */
	struct softkey	*soft;		/* NULL: not in a file */
	/*
	 * The public half as it stands in a request: identifier, flags 256, tag and TTL set;
	 * .public NULL: not known yet.
	 */
	struct key	 key;
	bool		 stands;	/* in a slot of the request: see schedule.h */
};

struct zsks {
	struct zsk	*v;
	size_t		 n;
	char		**paths;	/* of files, for .at */
	size_t		 npaths;
};

#define ZSKS_EMPTY { NULL, 0, NULL, 0 }

/*
 * Those lines of a list that are ZSKs (role zsk) of this zone, or of none that is stated; the others are passed
 * over.  RSA of which the list does not tell the digest is of the section's algorithm.  The list must outlive
 * them.  REFUSE: none of them is, or one without label, or the same one twice; FAULT: more than ZSKS_MAX.
 */
enum verdict	 zsks_from_list(struct zsks *, const struct keylist *, const struct zsk_section *,
		    const struct dname *zone, struct report *);

/*
 * One file.  Where there are candidates already, from a list, it is the private half of
 * the one that has its name, and else passed over; otherwise it is a candidate, with the span
 * that it states itself, or else its name as a label of the form in zsk.label.  REFUSE, FAULT: as
 * softkey_load.
 */
enum verdict	 zsks_add_file(struct zsks *, const char *path, const struct zsk_section *,
		    struct report *);

/*
 * A folder.  Of candidates from a list, the files NAME.private and NAME.pem; without a list all *.pem,
 * and of the K*.private those of the zone that are no KSKs.
 */
enum verdict	 zsks_add_folder(struct zsks *, const char *path, const struct zsk_section *,
		    const struct dname *zone, bool listed, struct report *);

/* Set the public half, a copy.  0, or -1: out of memory. */
int		 zsk_set_public(struct zsk *, const struct key *, const struct zsk_section *);

void		 zsks_clear(struct zsks *);

#endif

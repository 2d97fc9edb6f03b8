/*
 * anchor: the trust anchors that a document is judged against, read from DS
 * lines, DNSKEY lines or trust-anchor XML (RFC 9718, also the older RFC 7958).
 */
#ifndef MODEL_ANCHOR_H
#define MODEL_ANCHOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/dnskey.h"

struct anchor {
	struct dname	 owner;
	uint16_t	 tag;
	uint8_t		 algorithm;
	unsigned char	 digest[DIGEST_SIZE];	/* DS of type 2, SHA-256 */
	bool		 tagless;	/* tag and algorithm not stated (ds_sha256 of a policy) */
	int64_t		 valid_from;	/* trust-anchor XML; INT64_MIN: no limit */
	int64_t		 valid_until;	/* INT64_MAX: no limit */
	char		*name;		/* for messages: id, or file:line */
};

struct anchors {
	struct anchor	*v;
	size_t		 n;
};

#define ANCHORS_EMPTY { NULL, 0 }

/*
 * Add all anchors of a file, whose form is told from its first character.  Lines: a DS or DNSKEY record
 * a line (TTL and class optional, no parentheses), comments after ";", empty lines.  A DS of
 * another digest type than 2 is passed over with a warning; a DNSKEY must have the SEP flag and not REVOKE.
 * A file without any anchor, and each line that cannot be read, is a fault: FAULT,
 * and the anchors are unchanged.
 */
enum verdict	 anchors_parse(struct anchors *, const struct buf *, const char *input,
		    struct report *);

/* One more, from its fields; name is copied.  0, or -1. */
int		 anchors_add(struct anchors *, const struct anchor *);

/*
 * The first anchor that names this key, or NULL.  A revoked key is compared in the form that it was
 * published in before, as the anchor was made then.
 */
const struct anchor *anchors_find(const struct anchors *, const struct key *, const struct dname *owner);

/*
 * The next one that names it, after "found", which names it too; or NULL.  A key may have several, each
 * with a time of its own: it is trusted where any of them is in force.
 */
const struct anchor *anchors_find_next(const struct anchors *, const struct anchor *found,
		    const struct key *, const struct dname *owner);

/* valid_from <= when < valid_until */
bool		 anchor_in_force(const struct anchor *, int64_t when);

/*
 * The same for key after key of one owner, of which a few come again and again: *latest, zeroed at
 * first, keeps the answers for them while anchors and keys stay.
 */
#define ANCHORS_LATEST 4

struct anchors_latest {
	const struct key	*key[ANCHORS_LATEST];
	const struct anchor	*found[ANCHORS_LATEST];
	unsigned		 next;
};

const struct anchor *anchors_find_again(struct anchors_latest *, const struct anchors *,
		    const struct key *, const struct dname *owner);

void		 anchors_clear(struct anchors *);

#endif

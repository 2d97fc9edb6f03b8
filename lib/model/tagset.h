/*
 * tagset: the key tags that keys have, and those of their revoked forms: two keys of one tag make every
 * validator try both (RFC 4034 appendix B), so a new key gets one that no other has.
 */
#ifndef MODEL_TAGSET_H
#define MODEL_TAGSET_H

#include <stdbool.h>

#include "model/dnskey.h"
#include "model/keylist.h"

struct tagset {
	unsigned char	 bits[0x10000 / 8];
};

/* Both tags of a key as it is. */
void	 tagset_add(struct tagset *, const struct key *);
/* Of a key whose role, or RSA algorithm, is not known (0: so): all that it may have. */
void	 tagset_add_unknown(struct tagset *, const struct key *, enum key_role, unsigned algorithm);
/* Those that a line states. */
void	 tagset_add_line(struct tagset *, const struct keyline *);

/* Is one of its two tags taken? */
bool	 tagset_has(const struct tagset *, const struct key *);

#endif

#include "model/tagset.h"

static void
put(struct tagset *s, uint16_t tag)
{
	s->bits[tag / 8] |= (unsigned char)(1 << tag % 8);
}

static bool
taken(const struct tagset *s, uint16_t tag)
{
	return (s->bits[tag / 8] >> tag % 8 & 1) != 0;
}

void
tagset_add(struct tagset *s, const struct key *k)
{
	put(s, key_tag(k));
	put(s, key_tag_revoked(k));
}

void
tagset_add_unknown(struct tagset *s, const struct key *key, enum key_role role,
    unsigned algorithm)
{
	static const uint8_t	 rsa[] = { RSASHA256, RSASHA512 };
	struct key		 k = *key;
	bool			 both = algorithm == 0 &&
				     algorithm_family(key->algorithm) == FAMILY_RSA;
	int			 i;

	for (i = 0; i < (both ? 2 : 1); i++) {
		k.algorithm = both ? rsa[i] : algorithm == 0 ? key->algorithm : (uint8_t)algorithm;
		k.flags = DNSKEY_KSK;
		if (role != ROLE_ZSK)
			tagset_add(s, &k);
		k.flags = DNSKEY_ZSK;
		if (role != ROLE_KSK)
			tagset_add(s, &k);
	}
}

void
tagset_add_line(struct tagset *s, const struct keyline *line)
{
	if (line->tag >= 0)
		put(s, (uint16_t)line->tag);
	if (line->revoked_tag >= 0)
		put(s, (uint16_t)line->revoked_tag);
}

bool
tagset_has(const struct tagset *s, const struct key *k)
{
	return taken(s, key_tag(k)) || taken(s, key_tag_revoked(k));
}

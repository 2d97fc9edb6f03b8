/*
 * dnskey: one DNSKEY as data: algorithms, key tag, rdata, DS (RFC 4034, 5155
 * not needed; RSA: RFC 3110, 5702; ECDSA: RFC 6605; EdDSA: RFC 8080).
 */
#ifndef MODEL_DNSKEY_H
#define MODEL_DNSKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "model/dname.h"

#define DNSKEY_ZONE	0x0100		/* flags, RFC 4034 2.1.1 and RFC 5011 7 */
#define DNSKEY_SEP	0x0001
#define DNSKEY_REVOKE	0x0080

#define DNSKEY_ZSK	256		/* the only sets of flags used here */
#define DNSKEY_KSK	257
#define DNSKEY_REVOKED	385

#define DNSKEY_PROTOCOL	3

enum algorithm {			/* the supported ones */
	RSASHA256 = 8,
	RSASHA512 = 10,
	ECDSAP256SHA256 = 13,
	ECDSAP384SHA384 = 14,
	ED25519 = 15,
	ED448 = 16
};

enum family { FAMILY_NONE, FAMILY_RSA, FAMILY_ECDSA, FAMILY_EDDSA };

struct key {
	char		*identifier;	/* keyIdentifier: a CKA_LABEL or a name */
	uint32_t	 ttl;
	uint16_t	 flags;
	uint16_t	 tag;		/* as stated by the document */
	uint8_t		 protocol;
	uint8_t		 algorithm;
	unsigned char	*public;	/* the public key field of the rdata */
	size_t		 len;
	unsigned long	 line;		/* in the document; 0: not from one */
};

/* Supported algorithms; FAMILY_NONE for every other number. */
enum family	 algorithm_family(unsigned algorithm);

/* Mnemonic ("RSASHA256"), also of the deprecated ones; NULL if unknown. */
const char	*algorithm_name(unsigned algorithm);

/* The number of a mnemonic (any case) or decimal text; -1 if unknown. */
int		 algorithm_number(const char *mnemonic);

/* RSASHA1 and older, GOST: 1, 3, 5, 6, 7, 12 (RFC 8624 3.1). */
bool		 algorithm_deprecated(unsigned algorithm);

/* Key size in bits that the algorithm fixes (256, 384, 456), 0 for RSA. */
unsigned	 algorithm_bits(unsigned algorithm);

/*
 * Signature length in bytes that the algorithm fixes (64, 96, 114); 0 for RSA,
 * where it is that of the modulus.
 */
size_t		 algorithm_siglen(unsigned algorithm);

/* Deep copy into *to; 0, or -1 with *to unchanged. */
int		 key_copy(struct key *to, const struct key *from);
void		 key_clear(struct key *);

/* Identical rdata: flags, protocol, algorithm and public key. */
bool		 key_same(const struct key *, const struct key *);
/* Same public key and algorithm, whatever the flags. */
bool		 key_same_public(const struct key *, const struct key *);
/* Canonical order of the rdata, as left-justified octets (RFC 4034 6.3): <0, 0, >0. */
int		 key_compare(const struct key *, const struct key *);
bool		 key_revoked(const struct key *);
bool		 key_is_sep(const struct key *);

/* Append the DNSKEY rdata in wire form (RFC 4034 2.1).  0, or -1. */
int		 key_rdata(struct buf *, const struct key *);

/* The key tag recomputed (RFC 4034 appendix B), with the flags as they are ... */
uint16_t	 key_tag(const struct key *);
/* ... and as it will be, or is, with REVOKE set. */
uint16_t	 key_tag_revoked(const struct key *);

/*
 * Size in bits: of the modulus for RSA (the position of its highest set bit),
 * else what the algorithm fixes; *exponent is the RSA exponent (0 for others,
 * UINT64_MAX if it does not fit).  0, or -1: the public key field has a length or form
 * that the algorithm does not have.
 */
int		 key_size(const struct key *, unsigned *bits, uint64_t *exponent);

/* DS digest of type 2, SHA-256 (RFC 4509), over owner and rdata.  0, or -1. */
int		 key_ds(unsigned char out[DIGEST_SIZE], const struct key *, const struct dname *owner);

/* "owner TTL IN DNSKEY flags protocol algorithm base64" and a line end. */
int		 key_print(struct buf *, const struct key *, const struct dname *owner);

#endif

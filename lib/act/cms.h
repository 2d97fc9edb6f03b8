/*
 * cms: bytes encrypted to passphrases and certificates, as CMS AuthEnvelopedData with
 * AES-256-GCM (RFC 5652, 5083, 5084), which the stock "openssl cms -decrypt" opens as well;
 * the layout is in skr-sealed(5).
 */
#ifndef ACT_CMS_H
#define ACT_CMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/cmsform.h"
#include "base/digest.h"
#include "base/report.h"
#include "base/secret.h"

#define CMS_ITERATIONS	1300000		/* of PBKDF2 with HMAC-SHA256: what we use, and the least */
#define CMS_ITERATIONS_MAX 50000000	/* more is not opened: it would take minutes */
#define CMS_KEY		32		/* bytes of a content key */
#define CMS_POINT_MAX	97

/*
 * The locked memory that keys are kept in.  Once in main, after secret_harden() and before any
 * thread and anything else of this module.  0, or -1 with errno.
 */
int	 cms_init(void);

/* Recipients. */

struct cms_cert;			/* an X.509 certificate */

/*
 * The first certificate of a PEM file: RSA with 2048 to 4096 bits, or EC on P-256 or
 * P-384, not expired, its keyUsage, where it has one, fit for this.  NULL: FAULT, said in the report.
 */
struct cms_cert	*cms_cert_load(const char *path, struct report *);
void		 cms_cert_free(struct cms_cert *);

/* SHA-256 of its public key (SubjectPublicKeyInfo): equal for equal keys. */
const unsigned char *cms_cert_key(const struct cms_cert *);

struct cms_recipient {			/* one of the two */
	const struct secret	*passphrase;
	const struct cms_cert	*cert;
};

/*
 * Append the message.  Several threads may do so at once; a passphrase takes some tenths of a
 * second.  0, or -1: out of memory, or the library failed.
 */
int	 cms_seal(struct buf *out, const void *content, size_t len, const struct cms_recipient *,
	    size_t n);

/*
 * The same in two steps, for content that names its envelope: nothing else protects the
 * recipients of a message from being changed by others who are among them.
 */
struct cms_envelope;
struct cms_envelope *cms_begin(const struct cms_recipient *, size_t n);	/* NULL: as -1 above */
/* SHA-256 of the RecipientInfo elements. */
const unsigned char *cms_envelope_digest(const struct cms_envelope *);
/* Once only: a content key is for one content. */
int	 cms_finish(struct buf *out, struct cms_envelope *, const void *content, size_t len);
void	 cms_envelope_free(struct cms_envelope *);

/* What opens a message. */

struct cms_private;			/* a private key from a file */

/* Asks for the passphrase of the key file "path".  0, or -1 with errno. */
typedef int	 cms_ask_fn(const char *path, struct secret *);

/*
 * The private key of a PEM file that its owner alone can read; ask is called where it is
 * encrypted, and may be NULL.  NULL: FAULT, said in the report.
 */
struct cms_private *cms_private_load(const char *path, cms_ask_fn *ask, struct report *);
void		 cms_private_free(struct cms_private *);

/*
 * A private key that somebody else holds, as on a token.  "kind" is one of the certificates'
 * kinds.  RSA: "in" is as long as the modulus (size), "out" has to become the content key, OAEP with
 * SHA-256 undone.  EC: "in" is a point, "out" has to become the X coordinate of the shared one.
 */
struct cms_holder {
	enum cms_kind	 kind;
	size_t		 size;		/* bytes of the modulus; not of EC */
	void		*arg;
	/* ACCEPT and *len set; REFUSE: it does not decrypt; FAULT, said in the report */
	enum verdict	 (*use)(void *arg, const unsigned char *in, size_t inlen,
			    unsigned char *out, size_t room, size_t *len, struct report *);
};

struct cms_opener {			/* one of them */
	const struct secret	*passphrase;
	const struct cms_private *key;
	const struct cms_holder	*holder;
};

/*
 * Open a message; what is not of our form, or not for this opener, or changed in what the
 * cipher protects, is REFUSE.  "content" gets what was inside, for buf_wipe; "envelope", unless
 * NULL, the digest of cms_envelope_digest.
 */
enum verdict	 cms_open(struct buf *content, unsigned char envelope[DIGEST_SIZE],
		    const struct buf *in, const char *input, const struct cms_opener *,
		    struct report *);

/* Undo OAEP with SHA-256 (RFC 8017 7.1.2 3) after raw RSA: for a cms_holder.  0, or -1. */
int	 cms_oaep(unsigned char key[CMS_KEY], const unsigned char *in, size_t len);

#endif

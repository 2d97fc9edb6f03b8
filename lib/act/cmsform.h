/*
 * cmsform: the bytes of a CMS AuthEnvelopedData (RFC 5083), in DER, in the one form that we
 * write, see skr-sealed(5); no cryptography.  The parser takes that form alone: whatever it
 * passes over in silence, somebody could change unnoticed.
 */
#ifndef ACT_CMSFORM_H
#define ACT_CMSFORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CMS_RECIPIENTS	16		/* of a message at most */
#define CMS_SALT	16
#define CMS_NONCE	12		/* RFC 5084 3.2: recommended */
#define CMS_TAG		16
#define CMS_BLOCK	16		/* of AES */

enum cms_kind {
	CMS_PASSPHRASE,		/* PasswordRecipientInfo: PBKDF2 with HMAC-SHA256, AES-256 */
	CMS_RSA,		/* KeyTransRecipientInfo: OAEP with SHA-256 */
	CMS_EC256,		/* KeyAgreeRecipientInfo: ECDH, SHA-256, AES-256 key wrap */
	CMS_EC384		/* ... with P-384 and SHA-384 */
};

struct cms_info {			/* a RecipientInfo; pointers are borrowed */
	enum cms_kind	 kind;
	const unsigned char *name;	/* IssuerAndSerialNumber, whole; not of a passphrase */
	size_t		 namelen;
	const unsigned char *salt;	/* of a passphrase: CMS_SALT bytes ... */
	uint32_t	 iterations;
	const unsigned char *iv;	/* ... and CMS_BLOCK of them */
	const unsigned char *point;	/* ECDH: the sender's, uncompressed */
	size_t		 pointlen;
	const unsigned char *key;	/* the content key, encrypted */
	size_t		 keylen;
};

struct cms_form {			/* a message; pointers are borrowed */
	struct cms_info	 infos[CMS_RECIPIENTS];
	size_t		 n;
	const unsigned char *set;	/* all RecipientInfo elements, in their order */
	size_t		 setlen;
	const unsigned char *nonce;
	const unsigned char *content;	/* encrypted */
	size_t		 contentlen;
	const unsigned char *tag;
};

/*
 * Append a RecipientInfo, or a whole message, whose "set" has them in the order of cms_compare
 * ("infos" is not looked at).  0, or -1.
 */
int		 cms_write_info(struct buf *, const struct cms_info *);
int		 cms_write(struct buf *, const struct cms_form *);

/*
 * Read a message.  NULL: done; else what is wrong, of static storage, and *form undefined.
 * Of what it takes, the same message can be written again, byte by byte.
 */
const char	*cms_read(struct cms_form *form, const void *, size_t len);

int		 cms_compare(const void *a, size_t alen, const void *b, size_t blen);

/* The bytes of an uncompressed point: 65 (P-256), 97 (P-384), 0 for other kinds. */
size_t		 cms_point_size(enum cms_kind);

#endif

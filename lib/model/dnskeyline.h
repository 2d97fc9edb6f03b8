/*
 * dnskeyline: a DNSKEY or DS record in presentation form, on one line, as
 * dnssec-keygen, ldns and key_print write it.
 */
#ifndef MODEL_DNSKEYLINE_H
#define MODEL_DNSKEYLINE_H

#include "model/dname.h"
#include "model/dnskey.h"

/* The length of such a line without its comment: to the first ";" that is not escaped (RFC 1035 5.1). */
size_t	 record_length(const char *line);

/*
 * "owner [TTL] [IN] DNSKEY flags protocol algorithm base64", TTL and class in
 * either order; the base64 may have blanks in it; a comment (;) may follow (RFC 4034 2.2,
 * RFC 1035 5.1; parentheses not).  The key has no identifier, ttl 0 where none is
 * written, its tag computed; free with key_clear.  0, or -1 with errno EINVAL or
 * ENOMEM and the arguments unchanged.
 */
int	 dnskey_line_parse(struct key *, struct dname *owner, const char *line);

#define DS_DIGEST_MAX	64

struct ds {
	struct dname	 owner;
	uint16_t	 tag;
	uint8_t		 algorithm;
	uint8_t		 type;		/* of the digest; 2: SHA-256 */
	unsigned char	 digest[DS_DIGEST_MAX];
	size_t		 len;
};

/*
 * "owner [TTL] [IN] DS tag algorithm type hex", as above; the hex may have blanks in it
 * (RFC 4034 5.3).  Whether the length of the digest is that of its type is not
 * judged.  0, or -1 and *ds unchanged.
 */
int	 ds_line_parse(struct ds *, const char *line);

/*
 * A file with exactly one such line, and else only empty lines and comments.  0, or -1
 * with errno (EINVAL: not so).
 */
int	 dnskey_file_load(struct key *, struct dname *owner, const char *path);

#endif

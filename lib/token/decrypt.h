/*
 * decrypt: a private key on a token that opens what was encrypted to its certificate: RSA by
 * OAEP, or by raw RSA where the token has no OAEP with SHA-256; EC by ECDH (PKCS#11 3.0, 6.1.8
 * and 6.3.19).
 */
#ifndef TOKEN_DECRYPT_H
#define TOKEN_DECRYPT_H

#include "act/cms.h"
#include "base/report.h"
#include "token/token.h"

struct decrypter;

/*
 * A PKCS#11 URI of a key as two: that of its token, with a pin-source, if any, and that of
 * the key on it; the caller frees both.  *token is NULL where nothing is said of it.  0, or -1:
 * out of memory.
 */
int		 decrypter_uris(char **token, char **key, const char *uri);

/*
 * Log in to this token and find the private key that "uri" names by object or id; more than one, none, or one
 * that may neither decrypt nor derive is a fault.  *out must be freed before the tokens are closed.
 */
enum verdict	 decrypter_find(struct decrypter **out, struct tokens *, struct token *,
		    const char *uri, struct report *);

/* What cms_open uses; it borrows the decrypter. */
struct cms_holder decrypter_holder(struct decrypter *);

void		 decrypter_free(struct decrypter *);

#endif

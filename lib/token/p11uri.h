/*
 * p11uri: PKCS#11 URIs (RFC 7512), the part that a policy can use: which
 * token, which key on it, and the file that holds the PIN.
 */
#ifndef TOKEN_P11URI_H
#define TOKEN_P11URI_H

#include <stdbool.h>
#include <stddef.h>

struct p11uri {				/* NULL: not stated, so any */
	char		*token;
	char		*serial;
	char		*model;
	char		*manufacturer;
	char		*object;	/* CKA_LABEL */
	unsigned char	*id;		/* CKA_ID */
	size_t		 idlen;
	char		*pin_file;	/* path, from pin-source */
};

#define P11URI_EMPTY { NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL }

enum p11uri_use {
	P11URI_TOKEN,		/* hsm.NAME.uri: token attributes and pin-source */
	P11URI_KEY		/* keys.NAME.uri: token attributes, object, id, type */
};

/*
 * Parse, strictly: an attribute that the use does not have, one given twice or
 * left empty is refused, and so is pin-value (a PIN in a file that others read).
 * 0; or -1, *out unchanged and *why a sentence of static storage.
 */
int	 p11uri_parse(struct p11uri *out, const char *text, enum p11uri_use,
	    const char **why);

/* Does a token with this information fit what the URI states? */
bool	 p11uri_fits(const struct p11uri *, const char *label, const char *serial,
	    const char *model, const char *manufacturer);

void	 p11uri_clear(struct p11uri *);

#endif

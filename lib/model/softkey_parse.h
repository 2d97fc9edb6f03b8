/*
 * softkey_parse: the numbers of a private key from the text of its file.  For softkey.c alone.
 */
#ifndef MODEL_SOFTKEY_PARSE_H
#define MODEL_SOFTKEY_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "model/softkey.h"

#define SOFTKEY_NONE	(SOFTKEY_SECRET + 1)	/* how many parts there are */

struct parts {			/* all of OpenSSL's secure heap */
	unsigned	 algorithm;	/* 0: RSA, not said of which digest */
	struct {
		unsigned char	*data;	/* NULL: not there */
		size_t		 len;
	}		 part[SOFTKEY_NONE];
	unsigned char	*point;		/* the public key as the file states it; NULL: it does not */
	size_t		 pointlen;
	int64_t		 from;
	int64_t		 until;
};

/* 0, or -1 with *why of static storage and *n to be cleared all the same. */
int	 parts_parse(struct parts *n, const char *text, size_t len, const char **why);
void	 parts_clear(struct parts *);

#endif

/*
 * values: the attributes of an object, read in one call: each call costs the way to the token and back.
 * Private to this folder.
 */
#ifndef TOKEN_VALUES_H
#define TOKEN_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "model/dnskey.h"
#include "token/internal.h"

/*
 * What is read of an object, whatever it is, and the room for it; those before TOKEN are all that is needed to find a
 * key and to use it.  No room is of a length that a value can have, so that what a module has left untouched
 * shows.  CKA_VALUE is not among them: a secret may be in it.
 */
#define ATTRIBUTES(X)							\
	X(CLASS, 11) X(KEY_TYPE, 11) X(LABEL, 1021) X(ID, 1021) X(SIGN, 7)		\
	X(ALWAYS_AUTHENTICATE, 7) X(MODULUS, 2051) X(PUBLIC_EXPONENT, 515)		\
	X(EC_PARAMS, 515) X(EC_POINT, 515)						\
	X(TOKEN, 7) X(CERTIFICATE_TYPE, 11) X(PRIVATE, 7) X(MODIFIABLE, 7) X(TRUSTED, 7)	\
	X(LOCAL, 7) X(DERIVE, 7) X(SENSITIVE, 7) X(EXTRACTABLE, 7) X(ALWAYS_SENSITIVE, 7)	\
	X(NEVER_EXTRACTABLE, 7) X(WRAP_WITH_TRUSTED, 7) X(SIGN_RECOVER, 7) X(DECRYPT, 7)	\
	X(UNWRAP, 7) X(VERIFY, 7) X(ENCRYPT, 7) X(WRAP, 7)

#define AS_INDEX(name, room)	AT_##name,
#define AS_ROOM(name, room)	+ room + 8

enum { ATTRIBUTES(AS_INDEX) ATTRIBUTE_COUNT };

#define OF_KEYS		AT_TOKEN	/* how many there are before it */

struct values {
	CK_ATTRIBUTE	 a[ATTRIBUTE_COUNT];
	unsigned char	 room[0 ATTRIBUTES(AS_ROOM)];
};

/*
 * Read the first n attributes.  CKR_OK, whether or not the object has them; else why nothing can be
 * read: then, too, it is as if it had none.
 */
CK_RV		 values_read(struct values *, const struct token *, CK_OBJECT_HANDLE, size_t n);

/* Is there a value, of no more than its room; is it true; the number that it is. */
bool		 values_has(const struct values *, size_t i);
bool		 values_true(const struct values *, size_t i);
bool		 values_ulong(const struct values *, size_t i, CK_ULONG *out);
/* Is it these bytes? */
bool		 values_equal(const struct values *, size_t i, const void *, size_t len);
/* Does a return value of C_GetAttributeValue say something of single attributes, not of the call? */
bool		 of_attributes(CK_RV);

/* As object_fits and object_public; OF_KEYS have been read. */
bool		 values_fit(const struct values *, unsigned algorithm, const char **why);
int		 values_public(const struct values *, struct key *, const char **why);

#endif

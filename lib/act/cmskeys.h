/*
 * cmskeys: the keys behind cms.h, from PEM files, as cms.c uses them.
 */
#ifndef ACT_CMSKEYS_H
#define ACT_CMSKEYS_H

#include "act/cms.h"

struct evp_pkey_st;			/* libcrypto's EVP_PKEY */

struct cms_cert {
	struct evp_pkey_st *key;
	enum cms_kind	 kind;
	unsigned char	*name;		/* IssuerAndSerialNumber in DER */
	size_t		 namelen;
	unsigned char	 digest[DIGEST_SIZE];
};

struct cms_private {
	struct evp_pkey_st *key;
	enum cms_kind	 kind;
};

#endif

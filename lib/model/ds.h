/*
 * ds: the digest of a key, as its parent zone or a validator holds it (RFC 4034 5), with
 * SHA-256 (RFC 4509) or SHA-384 (RFC 6605 2).
 */
#ifndef MODEL_DS_H
#define MODEL_DS_H

#include "base/buf.h"
#include "model/dnskeyline.h"

#define DS_SHA256	2		/* IANA, DS digest types */
#define DS_SHA384	4

/* Of this key, its flags as they are.  0, or -1: not one of these types, or out of memory. */
int	 ds_make(struct ds *, const struct key *, const struct dname *owner, unsigned type);

/* Append the digest in upper-case hex.  0, or -1. */
int	 ds_hex(struct buf *, const struct ds *);

/*
 * Append "owner TTL IN type tag algorithm digest-type hex" and a line end; the type is DS, or
 * CDS, whose rdata is the same (RFC 7344 3.1).  0, or -1.
 */
int	 ds_print(struct buf *, const struct ds *, const char *type, uint32_t ttl);

#endif

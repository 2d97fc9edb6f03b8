/*
 * csr: a certificate request (PKCS#10, RFC 2986) for a key signing key, which the root zone's operator
 * publishes with its trust anchors: the DS record stands in the subject, as the attribute resourceRecord
 * (1.3.6.1.4.1.1000.53).
 */
#ifndef ACT_CSR_H
#define ACT_CSR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/dname.h"
#include "model/dnskey.h"

struct csr;

/*
 * Lay it out.  "subject" is "/TYPE=VALUE/..." with short names (C, O, OU, CN, emailAddress ...), a
 * slash in a value as \/; NULL or empty: none but the record.  ACCEPT, REFUSE for a bad subject, or FAULT.
 */
enum verdict	 csr_prepare(struct csr **out, const struct key *, const struct dname *zone,
		    const char *subject, struct report *);

/* The bytes to be signed, as DNSSEC signs: borrowed. */
const unsigned char *csr_message(const struct csr *, size_t *len);

/* Set the signature, in DNSSEC form, and verify.  0, or -1: it does not verify, or out of memory. */
int		 csr_sign(struct csr *, const unsigned char *sig, size_t len);

/* Append it in PEM.  0, or -1. */
int		 csr_print(struct buf *, const struct csr *);

void		 csr_free(struct csr *);

#endif

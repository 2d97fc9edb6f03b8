#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "act/csr.h"
#include "model/ds.h"

#define RECORD_OID	"1.3.6.1.4.1.1000.53"
#define VALUE_MAX	256
#define TYPE_MAX	32

struct csr {
	X509_REQ	*req;
	EVP_PKEY	*pkey;		/* the public half */
	unsigned	 algorithm;
	unsigned char	*message;
	size_t		 len;
};

/* RFC 3110 2 to two numbers.  key_size has been asked before. */
static int
push_rsa(OSSL_PARAM_BLD *params, const struct key *k, BIGNUM *n[2])
{
	size_t	 at = k->public[0] == 0 ? 3 : 1;
	size_t	 elen = at == 1 ? k->public[0] : (size_t)k->public[1] << 8 | k->public[2];

	n[0] = BN_bin2bn(k->public + at, (int)elen, NULL);
	n[1] = BN_bin2bn(k->public + at + elen, (int)(k->len - at - elen), NULL);
	return n[0] != NULL && n[1] != NULL &&
	    OSSL_PARAM_BLD_push_BN(params, OSSL_PKEY_PARAM_RSA_E, n[0]) == 1 &&
	    OSSL_PARAM_BLD_push_BN(params, OSSL_PKEY_PARAM_RSA_N, n[1]) == 1 ? 0 : -1;
}

static int
push_ecdsa(OSSL_PARAM_BLD *params, const struct key *k, unsigned char point[97])
{
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, k->public, k->len);
	return OSSL_PARAM_BLD_push_utf8_string(params, OSSL_PKEY_PARAM_GROUP_NAME,
	    k->algorithm == ECDSAP256SHA256 ? "P-256" : "P-384", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(params, OSSL_PKEY_PARAM_PUB_KEY, point,
	    k->len + 1) == 1 ? 0 : -1;
}

/* The public key as OpenSSL has it; NULL: it is none. */
static EVP_PKEY *
public_key(const struct key *k)
{
	bool		 rsa = algorithm_family(k->algorithm) == FAMILY_RSA;
	OSSL_PARAM_BLD	*params = NULL;
	OSSL_PARAM	*p = NULL;
	EVP_PKEY_CTX	*ctx = NULL;
	EVP_PKEY	*pkey = NULL;
	BIGNUM		*n[2] = { NULL, NULL };
	unsigned char	 point[97];

	if (algorithm_family(k->algorithm) == FAMILY_EDDSA)
		return EVP_PKEY_new_raw_public_key(k->algorithm == ED25519 ? EVP_PKEY_ED25519 :
		    EVP_PKEY_ED448, NULL, k->public, k->len);
	if ((params = OSSL_PARAM_BLD_new()) == NULL ||
	    (rsa ? push_rsa(params, k, n) : push_ecdsa(params, k, point)) == -1 ||
	    (p = OSSL_PARAM_BLD_to_param(params)) == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, rsa ? "RSA" : "EC", NULL)) == NULL ||
	    EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, p) != 1)
		pkey = NULL;
	BN_free(n[0]);
	BN_free(n[1]);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(p);
	OSSL_PARAM_BLD_free(params);
	return pkey;
}

/* One "TYPE=VALUE" up to the next slash; *s moves behind it.  0, or -1. */
static int
take_part(const char **s, char type[TYPE_MAX], char value[VALUE_MAX])
{
	const char	*p = *s;
	size_t		 n;

	for (n = 0; *p != '=' && *p != '/' && *p != '\0' && n + 1 < TYPE_MAX; p++)
		type[n++] = *p;
	type[n] = '\0';
	if (n == 0 || *p++ != '=')
		return -1;
	for (n = 0; *p != '/' && *p != '\0'; p++) {
		if (*p == '\\' && *++p == '\0')
			return -1;
		if (n + 1 == VALUE_MAX)
			return -1;
		value[n++] = *p;
	}
	value[n] = '\0';
	*s = p;
	return n == 0 ? -1 : 0;
}

static enum verdict
add_subject(X509_NAME *name, const char *subject, struct report *rep)
{
	char		 type[TYPE_MAX], value[VALUE_MAX];
	const char	*s = subject;

	while (s != NULL && *s != '\0')
		if (*s++ != '/' || take_part(&s, type, value) == -1 ||
		    X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
		    (const unsigned char *)value, -1, -1, 0) != 1)
			return report_broken(rep, NULL, NULL, "the subject '%s' is not /TYPE=VALUE/..., "
			    "or has a type or value that X.509 does not know", subject);
	return ACCEPT;
}

/* ". IN DS 20326 8 2 E06D..." as an attribute of its own. */
static int
add_record(X509_NAME *name, const struct key *k, const struct dname *zone)
{
	char		 owner[DNAME_TEXT];
	struct buf	 b = BUF_EMPTY;
	struct ds	 ds;
	ASN1_OBJECT	*oid = OBJ_txt2obj(RECORD_OID, 1);
	int		 rv = -1;

	if (oid != NULL && ds_make(&ds, k, zone, DS_SHA256) == 0 &&
	    buf_printf(&b, "%s IN DS %u %u %u ", dname_format(owner, zone), ds.tag, ds.algorithm,
	    ds.type) == 0 && ds_hex(&b, &ds) == 0 &&
	    X509_NAME_add_entry_by_OBJ(name, oid, MBSTRING_ASC, b.data, (int)b.len, -1, 0) == 1)
		rv = 0;
	ASN1_OBJECT_free(oid);
	buf_free(&b);
	return rv;
}

enum verdict
csr_prepare(struct csr **out, const struct key *k, const struct dname *zone, const char *subject,
    struct report *rep)
{
	struct csr	*c = calloc(1, sizeof(*c));
	uint64_t	 exponent;
	unsigned	 bits;
	enum verdict	 v = FAULT;
	X509_NAME	*name;
	int		 len;

	if (c == NULL || (c->req = X509_REQ_new()) == NULL) {
		report_fault(rep, NULL, "out of memory");
		goto out;
	}
	c->algorithm = k->algorithm;
	name = X509_REQ_get_subject_name(c->req);
	if (key_size(k, &bits, &exponent) == -1 || (c->pkey = public_key(k)) == NULL ||
	    X509_REQ_set_version(c->req, X509_REQ_VERSION_1) != 1 ||
	    X509_REQ_set_pubkey(c->req, c->pkey) != 1) {
		report_fault(rep, NULL, "not a public key that X.509 can hold");
		goto out;
	}
	if ((v = add_subject(name, subject, rep)) != ACCEPT)
		goto out;
	v = FAULT;
	if (add_record(name, k, zone) == -1 || (len = i2d_re_X509_REQ_tbs(c->req, &c->message)) <= 0) {
		report_fault(rep, NULL, "the request cannot be laid out");
		goto out;
	}
	c->len = (size_t)len;
	*out = c;
	c = NULL;
	v = ACCEPT;
 out:
	ERR_clear_error();
	csr_free(c);
	return v;
}

const unsigned char *
csr_message(const struct csr *c, size_t *len)
{
	*len = c->len;
	return c->message;
}

/* X.509 wants an ECDSA signature in DER (RFC 5480), DNSSEC has r and s side by side (RFC 6605 4). */
static int
to_der(const unsigned char *sig, size_t len, unsigned char **der)
{
	ECDSA_SIG	*rs = ECDSA_SIG_new();
	BIGNUM		*r = BN_bin2bn(sig, (int)(len / 2), NULL);
	BIGNUM		*s = BN_bin2bn(sig + len / 2, (int)(len / 2), NULL);
	int		 n = -1;

	if (rs != NULL && ECDSA_SIG_set0(rs, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(rs, der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(rs);
	return n;
}

static int
algorithm_nid(unsigned algorithm)
{
	switch (algorithm) {
	case RSASHA256:
		return NID_sha256WithRSAEncryption;
	case RSASHA512:
		return NID_sha512WithRSAEncryption;
	case ECDSAP256SHA256:
		return NID_ecdsa_with_SHA256;
	case ECDSAP384SHA384:
		return NID_ecdsa_with_SHA384;
	case ED25519:
		return NID_ED25519;
	default:
		return NID_ED448;
	}
}

/*
 * Not X509_REQ_verify: it looks the digest up by its name, which the tools keep OpenSSL from
 * registering (base/options.c).
 */
static int
verify(const struct csr *c, const unsigned char *sig, size_t len)
{
	const EVP_MD	*md = c->algorithm == RSASHA512 ? EVP_sha512() :
			     c->algorithm == ECDSAP384SHA384 ? EVP_sha384() :
			     algorithm_family(c->algorithm) == FAMILY_EDDSA ? NULL : EVP_sha256();
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	int		 rv = -1;

	if (ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, c->pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, c->message, c->len) == 1)
		rv = 0;
	EVP_MD_CTX_free(ctx);
	return rv;
}

int
csr_sign(struct csr *c, const unsigned char *sig, size_t len)
{
	enum family	 family = algorithm_family(c->algorithm);
	X509_ALGOR	*alg = X509_ALGOR_new();
	ASN1_BIT_STRING	*bits = ASN1_BIT_STRING_new();
	unsigned char	*der = NULL;
	int		 n = (int)len, rv = -1;

	if (alg == NULL || bits == NULL ||
	    (family == FAMILY_ECDSA && (n = to_der(sig, len, &der)) <= 0) ||
	    verify(c, der == NULL ? sig : der, (size_t)n) == -1 ||
	    ASN1_BIT_STRING_set(bits, der == NULL ? (unsigned char *)(uintptr_t)sig : der, n) != 1)
		goto out;
	bits->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;	/* no unused bits, whatever the last ones are */
	if (X509_ALGOR_set0(alg, OBJ_nid2obj(algorithm_nid(c->algorithm)),
	    family == FAMILY_RSA ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) != 1 ||
	    X509_REQ_set1_signature_algo(c->req, alg) != 1)
		goto out;
	X509_REQ_set0_signature(c->req, bits);
	bits = NULL;
	rv = 0;
 out:
	ERR_clear_error();
	ASN1_BIT_STRING_free(bits);
	X509_ALGOR_free(alg);
	OPENSSL_free(der);
	return rv;
}

int
csr_print(struct buf *out, const struct csr *c)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	char	*data = NULL;
	long	 len;
	int	 rv = -1;

	if (bio != NULL && PEM_write_bio_X509_REQ(bio, c->req) == 1 &&
	    (len = BIO_get_mem_data(bio, &data)) > 0)
		rv = buf_append(out, data, (size_t)len);
	BIO_free(bio);
	return rv;
}

void
csr_free(struct csr *c)
{
	if (c == NULL)
		return;
	X509_REQ_free(c->req);
	EVP_PKEY_free(c->pkey);
	OPENSSL_free(c->message);
	free(c);
}

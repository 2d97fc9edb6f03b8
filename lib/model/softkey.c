#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "model/dnskeyline.h"
#include "model/softkey_parse.h"

#define FILE_MAX	((size_t)32 << 10)
#define HEAP		((size_t)4 << 20)	/* some 3,000 RSA keys; half of the usual limit */
#define HEAP_UNIT	32
#define FIELD_MAX	((size_t)2 << 10)	/* bytes of a public key field */

struct softkey {
	struct key	 public;
	struct dname	 owner;		/* of K*.key */
	bool		 has_owner;
	struct parts	 n;
	EVP_PKEY	*pkey;
};

/* A secret number; NULL: not there, or out of memory. */
static BIGNUM *
number(const struct softkey *k, enum softkey_part part)
{
	BIGNUM	*b;

	if (k->n.part[part].data == NULL || (b = BN_secure_new()) == NULL)
		return NULL;
	if (BN_bin2bn(k->n.part[part].data, (int)k->n.part[part].len, b) == NULL) {
		BN_clear_free(b);
		return NULL;
	}
	BN_set_flags(b, BN_FLG_CONSTTIME);
	return b;
}

static EVP_PKEY *
build(OSSL_PARAM_BLD *params, const char *type)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM	*p = OSSL_PARAM_BLD_to_param(params);
	EVP_PKEY	*pkey = NULL;

	if (ctx == NULL || p == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, p) != 1)
		pkey = NULL;
	OSSL_PARAM_free(p);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* x * y mod (m - less) is 1. */
static bool
inverse(const BIGNUM *x, const BIGNUM *y, const BIGNUM *m, BN_ULONG less, BN_CTX *ctx)
{
	BIGNUM	*mod = BN_CTX_get(ctx), *r = BN_CTX_get(ctx);

	return r != NULL && BN_copy(mod, m) != NULL && BN_sub_word(mod, less) == 1 &&
	    BN_mod_mul(r, x, y, mod, ctx) == 1 && BN_is_one(r);
}

/*
 * n = pq, and each exponent and the coefficient what they must be (RFC 8017 3.2).  That p and q are
 * prime shows in the signature that is tried afterwards.
 */
static bool
consistent(BIGNUM *const b[SOFTKEY_SECRET])
{
	BN_CTX	*ctx = BN_CTX_secure_new();
	BIGNUM	*n;
	bool	 good = false;

	if (ctx == NULL)
		return false;
	BN_CTX_start(ctx);
	good = (n = BN_CTX_get(ctx)) != NULL &&
	    !BN_is_one(b[SOFTKEY_P]) && !BN_is_one(b[SOFTKEY_Q]) &&
	    BN_mul(n, b[SOFTKEY_P], b[SOFTKEY_Q], ctx) == 1 && BN_cmp(n, b[SOFTKEY_N]) == 0 &&
	    BN_cmp(b[SOFTKEY_D], n) < 0 &&
	    inverse(b[SOFTKEY_E], b[SOFTKEY_D], b[SOFTKEY_P], 1, ctx) &&
	    inverse(b[SOFTKEY_E], b[SOFTKEY_D], b[SOFTKEY_Q], 1, ctx) &&
	    inverse(b[SOFTKEY_E], b[SOFTKEY_DP], b[SOFTKEY_P], 1, ctx) &&
	    inverse(b[SOFTKEY_E], b[SOFTKEY_DQ], b[SOFTKEY_Q], 1, ctx) &&
	    BN_cmp(b[SOFTKEY_DP], b[SOFTKEY_P]) < 0 && BN_cmp(b[SOFTKEY_DQ], b[SOFTKEY_Q]) < 0 &&
	    inverse(b[SOFTKEY_QI], b[SOFTKEY_Q], b[SOFTKEY_P], 0, ctx);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return good;
}

/* RFC 5702 2: 512 to 4096 bits, of SHA-512 at least 1024; e at most 2^32 + 1, as in the rules. */
static bool
size_fits(const BIGNUM *n, const BIGNUM *e, unsigned algorithm)
{
	int	 bits = BN_num_bits(n);

	return bits <= 4096 && bits >= (algorithm == RSASHA512 ? 1024 : 512) &&
	    BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= 33;
}

static int
make_rsa(struct softkey *k, unsigned char *field, size_t *len, const char **why)
{
	static const char *const names[] = {
		OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1
	};
	OSSL_PARAM_BLD	*params = OSSL_PARAM_BLD_new();
	BIGNUM		*b[SOFTKEY_SECRET] = { NULL };
	int		 i, rv = -1;
	size_t		 elen = k->n.part[SOFTKEY_E].len, nlen = k->n.part[SOFTKEY_N].len;

	*why = "out of memory";
	for (i = SOFTKEY_N; i <= SOFTKEY_QI; i++)
		if (params == NULL || (b[i] = number(k, (enum softkey_part)i)) == NULL ||
		    OSSL_PARAM_BLD_push_BN(params, names[i], b[i]) != 1)
			goto out;
	*why = "an RSA key of a size or exponent that DNSSEC does not have";
	if (!size_fits(b[SOFTKEY_N], b[SOFTKEY_E], k->public.algorithm))
		goto out;
	*why = "the numbers of the RSA key do not belong together";
	if (!consistent(b) || (k->pkey = build(params, "RSA")) == NULL)
		goto out;
	field[0] = (unsigned char)elen;		/* RFC 3110 2 */
	memcpy(field + 1, k->n.part[SOFTKEY_E].data, elen);
	memcpy(field + 1 + elen, k->n.part[SOFTKEY_N].data, nlen);
	*len = 1 + elen + nlen;
	rv = 0;
 out:
	for (i = SOFTKEY_N; i <= SOFTKEY_QI; i++)
		BN_clear_free(b[i]);
	OSSL_PARAM_BLD_free(params);
	return rv;
}

/* The public point is the secret number times the generator.  out has room for 4, x, y; 0, or -1. */
static int
derive_point(unsigned char *out, size_t len, const BIGNUM *secret, int nid)
{
	EC_GROUP	*group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT	*point = NULL;
	BN_CTX		*ctx = BN_CTX_secure_new();
	int		 rv = -1;

	if (group == NULL || ctx == NULL || (point = EC_POINT_new(group)) == NULL)
		goto out;
	if (BN_is_zero(secret) || BN_cmp(secret, EC_GROUP_get0_order(group)) >= 0)
		goto out;
	if (EC_POINT_mul(group, point, secret, NULL, NULL, ctx) == 1 &&
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, len, ctx) == len)
		rv = 0;
 out:
	EC_POINT_clear_free(point);
	EC_GROUP_free(group);
	BN_CTX_free(ctx);
	return rv;
}

static int
make_ecdsa(struct softkey *k, unsigned char *field, size_t *len, const char **why)
{
	bool		 p256 = k->public.algorithm == ECDSAP256SHA256;
	OSSL_PARAM_BLD	*params = OSSL_PARAM_BLD_new();
	BIGNUM		*secret = number(k, SOFTKEY_SECRET);
	unsigned char	 point[97];
	size_t		 size = p256 ? 65 : 97;
	int		 rv = -1;

	*why = "out of memory";
	if (params == NULL || secret == NULL)
		goto out;
	*why = "the number of the key is not one of its curve";
	if (derive_point(point, size, secret, p256 ? NID_X9_62_prime256v1 : NID_secp384r1) == -1)
		goto out;
	*why = "the public half in the file is not that of the private one";
	if (k->n.point != NULL && (k->n.pointlen != size - 1 ||
	    memcmp(k->n.point, point + 1, size - 1) != 0))
		goto out;
	*why = "not a key that OpenSSL takes";
	if (OSSL_PARAM_BLD_push_utf8_string(params, OSSL_PKEY_PARAM_GROUP_NAME,
	    p256 ? "P-256" : "P-384", 0) != 1 ||
	    OSSL_PARAM_BLD_push_BN_pad(params, OSSL_PKEY_PARAM_PRIV_KEY, secret,
	    k->n.part[SOFTKEY_SECRET].len) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(params, OSSL_PKEY_PARAM_PUB_KEY, point, size) != 1 ||
	    (k->pkey = build(params, "EC")) == NULL)
		goto out;
	memcpy(field, point + 1, size - 1);	/* RFC 6605 4: without the 4 */
	*len = size - 1;
	rv = 0;
 out:
	BN_clear_free(secret);
	OSSL_PARAM_BLD_free(params);
	return rv;
}

static int
make_edwards(struct softkey *k, unsigned char *field, size_t *len, const char **why)
{
	const unsigned char	*seed = k->n.part[SOFTKEY_SECRET].data;

	*why = "not a key that OpenSSL takes";
	*len = FIELD_MAX;
	k->pkey = EVP_PKEY_new_raw_private_key(
	    k->public.algorithm == ED25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, NULL, seed,
	    k->n.part[SOFTKEY_SECRET].len);
	return k->pkey != NULL && EVP_PKEY_get_raw_public_key(k->pkey, field, len) == 1 ? 0 : -1;
}

static const EVP_MD *
digest_of(unsigned algorithm)
{
	switch (algorithm) {
	case RSASHA512:
		return EVP_sha512();
	case ECDSAP384SHA384:
		return EVP_sha384();
	case ED25519:
	case ED448:
		return NULL;			/* RFC 8080: the message itself */
	default:
		return EVP_sha256();
	}
}

/* As OpenSSL makes it, so in DER for ECDSA. */
static int
sign(const struct softkey *k, const void *data, size_t len, unsigned char **sig, size_t *siglen)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	unsigned char	*s = NULL;
	size_t		 n = 0;
	int		 rv = -1;

	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, digest_of(k->public.algorithm), NULL,
	    k->pkey) != 1 || EVP_DigestSign(ctx, NULL, &n, data, len) != 1 ||
	    (s = malloc(n)) == NULL || EVP_DigestSign(ctx, s, &n, data, len) != 1)
		goto out;
	*sig = s;
	*siglen = n;
	s = NULL;
	rv = 0;
 out:
	free(s);
	EVP_MD_CTX_free(ctx);
	return rv;
}

/* sig is in OpenSSL's form. */
static bool
verify(const struct softkey *k, const void *data, size_t len, const unsigned char *sig,
    size_t siglen)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	bool		 good;

	good = ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, digest_of(k->public.algorithm), NULL, k->pkey) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, data, len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

/* A signature that its own public half does not verify: then the halves are not one key. */
static bool
tried(const struct softkey *k)
{
	static const unsigned char data[] = "a message";
	unsigned char	*sig = NULL;
	size_t		 len = 0;
	bool		 good;

	good = sign(k, data, sizeof(data), &sig, &len) == 0 &&
	    verify(k, data, sizeof(data), sig, len);
	free(sig);
	return good;
}

/* From the numbers to a key that can sign, and its public half. */
static int
make(struct softkey *k, const char **why)
{
	unsigned char	 field[FIELD_MAX];
	size_t		 len = 0;
	int		 rv;

	switch (algorithm_family(k->public.algorithm)) {
	case FAMILY_ECDSA:
		rv = make_ecdsa(k, field, &len, why);
		break;
	case FAMILY_EDDSA:
		rv = make_edwards(k, field, &len, why);
		break;
	default:
		rv = make_rsa(k, field, &len, why);
	}
	if (rv == -1)
		return -1;
	*why = "the private key does not sign for its public half";
	if (!tried(k))
		return -1;
	*why = "out of memory";
	if ((k->public.public = malloc(len)) == NULL)
		return -1;
	memcpy(k->public.public, field, len);
	k->public.len = len;
	k->public.tag = key_tag(&k->public);
	return 0;
}

/* The base name, without the ending. */
static char *
identifier(const char *path)
{
	static const char *const endings[] = { ".private", ".pem", ".key", ".p8", ".pk8" };
	const char	*base = strrchr(path, '/');
	size_t		 len, n, i;

	base = base == NULL ? path : base + 1;
	len = strlen(base);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		n = strlen(endings[i]);
		if (len > n && strcmp(base + len - n, endings[i]) == 0)
			return strndup(base, len - n);
	}
	return strdup(base);
}

enum verdict
softkey_parse(struct softkey **out, const void *text, size_t len, const char *name,
    unsigned algorithm, struct report *rep)
{
	const struct spot at = { name, 0, 0 };
	struct softkey	*k = NULL;
	const char	*why = NULL, *said;
	enum verdict	 v;

	/* at its first use; where it cannot be had, OpenSSL takes plain memory and wipes it */
	if (CRYPTO_secure_malloc_initialized() == 0)
		(void)CRYPTO_secure_malloc_init(HEAP, HEAP_UNIT);
	if ((k = calloc(1, sizeof(*k))) == NULL ||
	    (k->public.identifier = identifier(name)) == NULL) {
		v = report_fault(rep, &at, "out of memory");
		goto out;
	}
	k->public.flags = DNSKEY_ZSK;
	k->public.protocol = DNSKEY_PROTOCOL;
	if (parts_parse(&k->n, text, len, &why) == -1)
		goto refuse;
	if (k->n.algorithm == 0 && (algorithm == 0 || algorithm_family(algorithm) == FAMILY_RSA))
		k->n.algorithm = algorithm == 0 ? RSASHA256 : algorithm;
	if (algorithm != 0 && k->n.algorithm != algorithm) {
		said = algorithm_name(k->n.algorithm);
		v = report_broken(rep, &at, NULL, "a key of algorithm %s, not %s",
		    said == NULL ? "RSA" : said,
		    algorithm_name(algorithm) == NULL ? "that" : algorithm_name(algorithm));
		goto out;
	}
	k->public.algorithm = (uint8_t)k->n.algorithm;
	if (make(k, &why) == -1)
		goto refuse;
	*out = k;
	k = NULL;
	v = ACCEPT;
	goto out;
 refuse:
	v = report_broken(rep, &at, NULL, "%s", why);
 out:
	ERR_clear_error();
	softkey_free(k);
	return v;
}

/* The whole file into the secure heap; FAULT, and REFUSE for one that others can read. */
static enum verdict
slurp(unsigned char **out, size_t *len, const char *path, const struct spot *at,
    struct report *rep)
{
	unsigned char	*text = NULL;
	struct stat	 st;
	enum verdict	 v = FAULT;
	ssize_t		 n;
	int		 fd;

	/* not to wait for a writer, where the path is a pipe after all */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) == -1 ||
	    fstat(fd, &st) == -1) {
		report_fault(rep, at, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		v = report_broken(rep, at, NULL, "not a file that its owner alone can read");
		goto out;
	}
	if ((text = OPENSSL_secure_malloc(FILE_MAX + 1)) == NULL) {
		report_fault(rep, at, "out of memory");
		goto out;
	}
	for (*len = 0; *len <= FILE_MAX; *len += (size_t)n) {
		if ((n = read(fd, text + *len, FILE_MAX + 1 - *len)) == 0)
			break;
		if (n == -1) {
			report_fault(rep, at, "%s", strerror(errno));
			goto out;
		}
	}
	if (*len > FILE_MAX) {
		v = report_broken(rep, at, NULL, "more than %zu bytes: no private key", FILE_MAX);
		goto out;
	}
	*out = text;
	text = NULL;
	v = ACCEPT;
 out:
	OPENSSL_secure_clear_free(text, FILE_MAX + 1);
	if (fd != -1)
		close(fd);
	return v;
}

/* K*.key beside K*.private: the same key, and its flags are the key's. */
static enum verdict
compare_beside(struct softkey *k, const char *path, struct report *rep)
{
	static const char ending[] = ".private";
	const struct spot at = { path, 0, 0 };
	struct key	 beside = { 0 };
	struct dname	 owner;
	enum verdict	 v = ACCEPT;
	char		*other;
	size_t		 len = strlen(path), cut = sizeof(ending) - 1;

	if (len <= cut || strcmp(path + len - cut, ending) != 0)
		return ACCEPT;
	if ((other = strdup(path)) == NULL)
		return report_fault(rep, &at, "out of memory");
	memcpy(other + len - cut, ".key", sizeof(".key"));
	if (dnskey_file_load(&beside, &owner, other) == -1) {
		if (errno != ENOENT)
			v = report_broken(rep, &at, NULL, "%s: %s", other, errno == EINVAL ?
			    "not one DNSKEY record" : strerror(errno));
	} else if (!key_same_public(&beside, &k->public)) {
		v = report_broken(rep, &at, NULL, "%s is the public half of another key", other);
	} else {
		k->owner = owner;
		k->has_owner = true;
		k->public.flags = beside.flags;
		k->public.tag = key_tag(&k->public);
	}
	key_clear(&beside);
	free(other);
	return v;
}

enum verdict
softkey_load(struct softkey **out, const char *path, unsigned algorithm, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	struct softkey	*k = NULL;
	unsigned char	*text = NULL;
	size_t		 len = 0;
	enum verdict	 v;

	if (CRYPTO_secure_malloc_initialized() == 0)
		(void)CRYPTO_secure_malloc_init(HEAP, HEAP_UNIT);
	if ((v = slurp(&text, &len, path, &at, rep)) == ACCEPT &&
	    (v = softkey_parse(&k, text, len, path, algorithm, rep)) == ACCEPT &&
	    (v = compare_beside(k, path, rep)) == ACCEPT) {
		*out = k;
		k = NULL;
	}
	OPENSSL_secure_clear_free(text, FILE_MAX + 1);
	softkey_free(k);
	return v;
}

const struct key *
softkey_public(const struct softkey *k)
{
	return &k->public;
}

void
softkey_span(const struct softkey *k, int64_t *from, int64_t *until)
{
	*from = k->n.from;
	*until = k->n.until;
}

const struct dname *
softkey_owner(const struct softkey *k)
{
	return k->has_owner ? &k->owner : NULL;
}

const unsigned char *
softkey_number(const struct softkey *k, enum softkey_part part, size_t *len)
{
	*len = k->n.part[part].len;
	return k->n.part[part].data;
}

/* From the DER that OpenSSL makes to the two numbers of RFC 6605 4. */
static int
unwrap_ecdsa(unsigned char **sig, size_t *len, size_t size)
{
	const unsigned char	*p = *sig;
	ECDSA_SIG		*rs = d2i_ECDSA_SIG(NULL, &p, (long)*len);
	unsigned char		*raw = malloc(size);
	int			 half = (int)(size / 2), rv = -1;

	if (rs != NULL && raw != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(rs), raw, half) == half &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(rs), raw + half, half) == half) {
		free(*sig);
		*sig = raw;
		*len = size;
		raw = NULL;
		rv = 0;
	}
	free(raw);
	ECDSA_SIG_free(rs);
	return rv;
}

int
softkey_sign(const struct softkey *k, const void *data, size_t len, unsigned char **sig,
    size_t *siglen)
{
	unsigned char	*s = NULL;
	size_t		 n = 0;

	if (sign(k, data, len, &s, &n) == -1)
		return -1;
	if (algorithm_family(k->public.algorithm) == FAMILY_ECDSA &&
	    unwrap_ecdsa(&s, &n, algorithm_siglen(k->public.algorithm)) == -1) {
		free(s);
		return -1;
	}
	*sig = s;
	*siglen = n;
	return 0;
}

bool
softkey_verify(const struct softkey *k, const void *data, size_t len, const unsigned char *sig,
    size_t siglen)
{
	unsigned char	*der = NULL;
	ECDSA_SIG	*rs = NULL;
	int		 half = (int)(siglen / 2), derlen;
	bool		 good = false;

	if (algorithm_family(k->public.algorithm) != FAMILY_ECDSA)
		good = verify(k, data, len, sig, siglen);
	else if (siglen == algorithm_siglen(k->public.algorithm) && (rs = ECDSA_SIG_new()) != NULL &&
	    ECDSA_SIG_set0(rs, BN_bin2bn(sig, half, NULL), BN_bin2bn(sig + half, half, NULL)) == 1 &&
	    (derlen = i2d_ECDSA_SIG(rs, &der)) > 0)
		good = verify(k, data, len, der, (size_t)derlen);
	OPENSSL_free(der);
	ECDSA_SIG_free(rs);
	ERR_clear_error();
	return good;
}

void
softkey_free(struct softkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	parts_clear(&k->n);
	key_clear(&k->public);
	free(k);
}

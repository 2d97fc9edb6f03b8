#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "act/cmskeys.h"

#define HEAP		((size_t)64 << 10)	/* of locked memory ... */
#define HEAP_SMALL	((size_t)32 << 10)	/* ... where 64 KiB are all that may be locked */
#define PEM_MAX		((size_t)16 << 10)
#define RSA_MAX_BYTES	512

int
cms_init(void)
{
	if (CRYPTO_secure_malloc_initialized() == 1)
		return 0;
	/* 2 says that the memory could not be locked */
	if (CRYPTO_secure_malloc_init(HEAP, 16) == 1)
		return 0;
	if (CRYPTO_secure_malloc_initialized() == 1)
		CRYPTO_secure_malloc_done();
	if (CRYPTO_secure_malloc_init(HEAP_SMALL, 16) == 1)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* The kind of a key that this module can use; -1: none. */
static int
kind_of(const EVP_PKEY *key)
{
	char	 group[32] = "";
	size_t	 len;
	int	 bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "RSA"))
		return bits >= 2048 && bits <= 8 * RSA_MAX_BYTES && bits % 8 == 0 ? CMS_RSA : -1;
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1)
		return -1;
	if (strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, "P-256") == 0)
		return CMS_EC256;
	return strcmp(group, SN_secp384r1) == 0 || strcmp(group, "P-384") == 0 ? CMS_EC384 : -1;
}

/* Issuer and serial number, and the digest of the key. */
static int
describe(struct cms_cert *c, X509 *x)
{
	X509_NAME	*issuer = X509_get_issuer_name(x);
	ASN1_INTEGER	*serial = X509_get_serialNumber(x);
	int		 nlen = i2d_X509_NAME(issuer, NULL), slen = i2d_ASN1_INTEGER(serial, NULL);
	unsigned char	*p, *spki = NULL;
	int		 len, klen;

	if (nlen <= 0 || slen <= 0 || nlen > 8192 || slen > 64)
		return -1;
	len = ASN1_object_size(1, nlen + slen, V_ASN1_SEQUENCE);
	if (len <= 0 || (p = c->name = malloc((size_t)len)) == NULL)
		return -1;
	ASN1_put_object(&p, 1, nlen + slen, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	if (i2d_X509_NAME(issuer, &p) != nlen || i2d_ASN1_INTEGER(serial, &p) != slen)
		return -1;
	c->namelen = (size_t)len;
	if ((klen = i2d_PUBKEY(c->key, &spki)) <= 0)
		return -1;
	len = digest_bytes(c->digest, spki, (size_t)klen);
	OPENSSL_free(spki);
	return len;
}

/* NULL, or why nothing should be encrypted to it. */
static const char *
unfit(const struct cms_cert *c, int kind, X509 *x)
{
	uint32_t	 usage = X509_get_key_usage(x);

	if (kind == -1)
		return "its key is neither RSA with 2048 to 4096 bits nor EC on P-256 or P-384";
	if (usage != UINT32_MAX &&
	    (usage & (c->kind == CMS_RSA ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT)) == 0)
		return "its keyUsage does not allow this (RFC 5280 4.2.1.3)";
	if (X509_cmp_current_time(X509_get0_notAfter(x)) != 1)
		return "it has expired";
	return NULL;
}

struct cms_cert *
cms_cert_load(const char *path, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct cms_cert	*c = calloc(1, sizeof(*c));
	BIO		*bio = NULL;
	X509		*x = NULL;
	const char	*why = NULL;
	int		 kind;

	if (c == NULL)
		why = "out of memory";
	else if ((bio = BIO_new_file(path, "r")) == NULL)
		why = strerror(errno);
	else if ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) == NULL)
		why = "no X.509 certificate in PEM";
	else if ((c->key = X509_get_pubkey(x)) == NULL)
		why = "its key cannot be read";
	else {
		kind = kind_of(c->key);
		c->kind = kind == -1 ? CMS_RSA : (enum cms_kind)kind;
		why = unfit(c, kind, x);
		if (why == NULL && describe(c, x) == -1)
			why = "its name cannot be written";
	}
	ERR_clear_error();
	BIO_free(bio);
	X509_free(x);
	if (why == NULL)
		return c;
	report_fault(report, &at, "%s", why);
	cms_cert_free(c);
	return NULL;
}

void
cms_cert_free(struct cms_cert *c)
{
	if (c == NULL)
		return;
	EVP_PKEY_free(c->key);
	free(c->name);
	free(c);
}

const unsigned char *
cms_cert_key(const struct cms_cert *c)
{
	return c->digest;
}

/* The whole file into locked memory: 0, or -1 with errno. */
static int
read_locked(unsigned char *to, size_t room, size_t *len, const char *path)
{
	struct stat	 st;
	ssize_t		 n;
	int		 fd, error, rc = -1;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		errno = EPERM;
		goto out;
	}
	for (*len = 0; *len < room; *len += (size_t)n)
		if ((n = read(fd, to + *len, room - *len)) <= 0)
			break;
	errno = *len == room ? EFBIG : errno;
	rc = *len == room || n == -1 ? -1 : 0;
 out:
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

struct asking {
	const char	*path;
	cms_ask_fn	*ask;
	bool		 failed;
};

static int
ask_password(char *buf, int size, int writing, void *arg)
{
	struct asking	*a = arg;
	struct secret	 s = SECRET_EMPTY;
	int		 n = -1;

	(void)writing;
	if (a->ask != NULL && a->ask(a->path, &s) == 0 && s.len < (size_t)size) {
		memcpy(buf, s.text, s.len);
		n = (int)s.len;
	}
	a->failed = n == -1;
	secret_free(&s);
	return n;
}

static EVP_PKEY *
parse_private(const unsigned char *pem, size_t len, struct asking *a)
{
	BIO		*bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY	*key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, ask_password, a);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

struct cms_private *
cms_private_load(const char *path, cms_ask_fn *ask, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct asking	 a = { path, ask, false };
	unsigned char	*pem = OPENSSL_secure_zalloc(PEM_MAX);
	struct cms_private *p = calloc(1, sizeof(*p));
	const char	*why = NULL;
	size_t		 len;
	int		 kind;

	if (p == NULL || pem == NULL)
		why = "out of memory";
	else if (read_locked(pem, PEM_MAX, &len, path) == -1)
		why = errno == EPERM ? "not a file that its owner alone can read" :
		    strerror(errno);
	else if ((p->key = parse_private(pem, len, &a)) == NULL)
		why = a.failed ? "its passphrase cannot be asked for" :
		    "no private key in PEM, or another passphrase";
	else if ((kind = kind_of(p->key)) == -1)
		why = "neither RSA with 2048 to 4096 bits nor EC on P-256 or P-384";
	else
		p->kind = (enum cms_kind)kind;
	OPENSSL_secure_clear_free(pem, PEM_MAX);
	if (why == NULL)
		return p;
	report_fault(report, &at, "%s", why);
	cms_private_free(p);
	return NULL;
}

void
cms_private_free(struct cms_private *p)
{
	if (p == NULL)
		return;
	EVP_PKEY_free(p->key);
	free(p);
}

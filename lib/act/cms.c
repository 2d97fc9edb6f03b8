#include <stdlib.h>
#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED	/* RSA_padding_check_PKCS1_OAEP_mgf1 has no successor */

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "act/cmskeys.h"
#include "act/pwkey.h"

#define SECRET_ROOM	512		/* what is shared by ECDH, or raw RSA */
#define WRAPPED		(CMS_KEY + 8)	/* RFC 3394 2.2.1 */
#define CONTENT_MAX	((size_t)15 << 20)

struct cms_envelope {
	unsigned char	*key;		/* locked; NULL: used */
	struct buf	 set;
	unsigned char	 digest[DIGEST_SIZE];
};

/* A message's content, one way or the other.  0; -1; opening also 1: it does not authenticate. */
static int
gcm(bool encrypt, unsigned char *out, const unsigned char *in, size_t len,
    const unsigned char key[CMS_KEY], const unsigned char nonce[CMS_NONCE],
    unsigned char tag[CMS_TAG])
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 n = 0, rc = -1;

	if (ctx == NULL ||
	    EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) != 1 ||
	    (len > 0 && EVP_CipherUpdate(ctx, out, &n, in, (int)len) != 1) || (size_t)n != len)
		goto out;
	if (!encrypt && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CMS_TAG, tag) != 1)
		goto out;
	if (EVP_CipherFinal_ex(ctx, out + len, &n) != 1)
		rc = encrypt ? -1 : 1;
	else if (!encrypt || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CMS_TAG, tag) == 1)
		rc = 0;
 out:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* AES key wrap of a content key (RFC 3394): out has WRAPPED bytes, or CMS_KEY.  0; 1; -1. */
static int
wrap(bool encrypt, unsigned char *out, const unsigned char *in, const unsigned char kek[CMS_KEY])
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 n = 0, len = encrypt ? CMS_KEY : WRAPPED, rc = -1;

	if (ctx != NULL) {
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		if (EVP_CipherInit_ex(ctx, EVP_aes_256_wrap(), NULL, kek, NULL, encrypt) == 1)
			rc = EVP_CipherUpdate(ctx, out, &n, in, len) == 1 &&
			    n == (encrypt ? WRAPPED : CMS_KEY) ? 0 : 1;
	}
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* The key-encryption key from what ECDH shared: one round of X9.63 (RFC 5753 7.1.4, 7.2). */
static int
agree(unsigned char kek[CMS_KEY], enum cms_kind kind, const unsigned char *shared, size_t len)
{
	/* counter 1; then ECC-CMS-SharedInfo: id-aes256-wrap, no ukm, 256 bits */
	static const unsigned char info[] = {
		0x00, 0x00, 0x00, 0x01, 0x30, 0x15, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x01, 0x2d, 0xa2, 0x06, 0x04, 0x04, 0x00, 0x00, 0x01, 0x00
	};
	const EVP_MD	*md = kind == CMS_EC256 ? EVP_sha256() : EVP_sha384();
	unsigned char	 hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	int		 rc = -1;

	if (ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	    EVP_DigestUpdate(ctx, shared, len) == 1 &&
	    EVP_DigestUpdate(ctx, info, sizeof(info)) == 1 &&
	    EVP_DigestFinal_ex(ctx, hash, NULL) == 1) {
		memcpy(kek, hash, CMS_KEY);
		rc = 0;
	}
	OPENSSL_cleanse(hash, sizeof(hash));
	EVP_MD_CTX_free(ctx);
	return rc;
}

static EVP_PKEY_CTX *
oaep_context(EVP_PKEY *key, bool encrypt)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new(key, NULL);

	if (ctx != NULL &&
	    (encrypt ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* X of the point that a private and a public key share.  Its length, or 0. */
static size_t
share(unsigned char *out, size_t room, EVP_PKEY *own, EVP_PKEY *peer)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t		 len = room;

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1 || EVP_PKEY_derive(ctx, out, &len) != 1)
		len = 0;
	EVP_PKEY_CTX_free(ctx);
	return len;
}

/* Sealing: the content key encrypted to each recipient. */

static int
seal_passphrase(struct buf *out, const unsigned char *key, const struct secret *pass)
{
	unsigned char	 salt[CMS_SALT], iv[CMS_BLOCK], wrapped[PWKEY_WRAPPED];
	const struct cms_info info = {
		.kind = CMS_PASSPHRASE, .salt = salt, .iterations = CMS_ITERATIONS, .iv = iv,
		.key = wrapped, .keylen = sizeof(wrapped),
	};

	if (RAND_bytes(salt, sizeof(salt)) != 1 || RAND_bytes(iv, sizeof(iv)) != 1 ||
	    pwkey_wrap(wrapped, key, pass, salt, CMS_ITERATIONS, iv) != 0)
		return -1;
	return cms_write_info(out, &info);
}

static int
seal_rsa(struct buf *out, const unsigned char *key, const struct cms_cert *cert)
{
	unsigned char	 encrypted[SECRET_ROOM];
	struct cms_info	 info = {
		.kind = CMS_RSA, .name = cert->name, .namelen = cert->namelen, .key = encrypted,
		.keylen = sizeof(encrypted),
	};
	EVP_PKEY_CTX	*ctx = oaep_context(cert->key, true);
	int		 rc = -1;

	if (ctx != NULL && EVP_PKEY_encrypt(ctx, encrypted, &info.keylen, key, CMS_KEY) == 1)
		rc = cms_write_info(out, &info);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static int
wrap_shared(unsigned char out[WRAPPED], enum cms_kind kind, const unsigned char *key,
    EVP_PKEY *own, EVP_PKEY *peer)
{
	unsigned char	*shared = OPENSSL_secure_zalloc(SECRET_ROOM), *kek;
	size_t		 len;
	int		 rc = -1;

	if (shared == NULL)
		return -1;
	kek = shared + SECRET_ROOM - CMS_KEY;
	len = share(shared, SECRET_ROOM - CMS_KEY, own, peer);
	if (len > 0 && agree(kek, kind, shared, len) == 0 && wrap(true, out, key, kek) == 0)
		rc = 0;
	OPENSSL_secure_clear_free(shared, SECRET_ROOM);
	return rc;
}

static int
seal_ec(struct buf *out, const unsigned char *key, const struct cms_cert *cert)
{
	unsigned char	 wrapped[WRAPPED], *point = NULL;
	struct cms_info	 info = {
		.kind = cert->kind, .name = cert->name, .namelen = cert->namelen,
		.key = wrapped, .keylen = sizeof(wrapped),
	};
	EVP_PKEY	*own = EVP_EC_gen(cert->kind == CMS_EC256 ? "P-256" : "P-384");
	int		 rc = -1;

	if (own != NULL &&
	    (info.pointlen = EVP_PKEY_get1_encoded_public_key(own, &point)) ==
	    cms_point_size(cert->kind) &&
	    wrap_shared(wrapped, cert->kind, key, own, cert->key) == 0) {
		info.point = point;
		rc = cms_write_info(out, &info);
	}
	OPENSSL_free(point);
	EVP_PKEY_free(own);
	return rc;
}

static int
seal_to(struct buf *out, const unsigned char *key, const struct cms_recipient *r)
{
	if (r->passphrase != NULL)
		return seal_passphrase(out, key, r->passphrase);
	return r->cert->kind == CMS_RSA ? seal_rsa(out, key, r->cert) :
	    seal_ec(out, key, r->cert);
}

static int
compare_infos(const void *a, const void *b)
{
	const struct buf *x = a, *y = b;

	return cms_compare(x->data, x->len, y->data, y->len);
}

static int
seal_to_all(struct cms_envelope *e, const struct cms_recipient *r, size_t n)
{
	struct buf	 infos[CMS_RECIPIENTS] = { BUF_EMPTY };
	size_t		 i;
	int		 rc = 0;

	for (i = 0; i < n && rc == 0; i++)
		rc = seal_to(&infos[i], e->key, &r[i]);
	if (rc == 0)
		qsort(infos, n, sizeof(infos[0]), compare_infos);
	for (i = 0; i < n && rc == 0; i++)
		rc = buf_append(&e->set, infos[i].data, infos[i].len);
	for (i = 0; i < n; i++)
		buf_free(&infos[i]);
	return rc;
}

struct cms_envelope *
cms_begin(const struct cms_recipient *r, size_t n)
{
	struct cms_envelope *e;

	if (n == 0 || n > CMS_RECIPIENTS || (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	if ((e->key = OPENSSL_secure_zalloc(CMS_KEY)) != NULL &&
	    RAND_priv_bytes(e->key, CMS_KEY) == 1 && seal_to_all(e, r, n) == 0 &&
	    digest_bytes(e->digest, e->set.data, e->set.len) == 0)
		return e;
	cms_envelope_free(e);
	return NULL;
}

const unsigned char *
cms_envelope_digest(const struct cms_envelope *e)
{
	return e->digest;
}

int
cms_finish(struct buf *out, struct cms_envelope *e, const void *content, size_t len)
{
	unsigned char	 nonce[CMS_NONCE], tag[CMS_TAG], *encrypted;
	struct cms_form	 form = {
		.set = e->set.data, .setlen = e->set.len, .nonce = nonce, .tag = tag,
		.contentlen = len,
	};
	int		 rc = -1;

	if (e->key == NULL || len > CONTENT_MAX || (encrypted = malloc(len + CMS_BLOCK)) == NULL)
		return -1;
	form.content = encrypted;
	if (RAND_bytes(nonce, sizeof(nonce)) == 1 &&
	    gcm(true, encrypted, content, len, e->key, nonce, tag) == 0)
		rc = cms_write(out, &form);
	OPENSSL_secure_clear_free(e->key, CMS_KEY);
	e->key = NULL;
	free(encrypted);
	return rc;
}

void
cms_envelope_free(struct cms_envelope *e)
{
	if (e == NULL)
		return;
	OPENSSL_secure_clear_free(e->key, CMS_KEY);
	buf_free(&e->set);
	free(e);
}

int
cms_seal(struct buf *out, const void *content, size_t len, const struct cms_recipient *r,
    size_t n)
{
	struct cms_envelope *e = cms_begin(r, n);
	int		 rc = e == NULL ? -1 : cms_finish(out, e, content, len);

	cms_envelope_free(e);
	return rc;
}

/*
 * Opening.  Each way gives ACCEPT with the content key, REFUSE where it does not fit, FAULT
 * with its reason in the report.
 */

static enum verdict
nothing(struct report *report)
{
	return report_fault(report, NULL, "out of memory, or libcrypto failed");
}

static enum verdict
open_passphrase(unsigned char *key, const struct cms_info *i, const struct secret *pass,
    const struct spot *at, struct report *report)
{
	if (i->iterations < CMS_ITERATIONS || i->iterations > CMS_ITERATIONS_MAX)
		return report_broken(report, at, NULL, "%lu iterations of PBKDF2: not %d to %d",
		    (unsigned long)i->iterations, CMS_ITERATIONS, CMS_ITERATIONS_MAX);
	switch (pwkey_unwrap(key, i->key, pass, i->salt, i->iterations, i->iv)) {
	case 0:
		return ACCEPT;
	case 1:
		return REFUSE;
	default:
		return nothing(report);
	}
}

static enum verdict
open_rsa(unsigned char *key, const struct cms_info *i, EVP_PKEY *private, struct report *report)
{
	unsigned char	*room = OPENSSL_secure_zalloc(SECRET_ROOM);
	EVP_PKEY_CTX	*ctx = oaep_context(private, false);
	size_t		 len = SECRET_ROOM;
	enum verdict	 v = REFUSE;

	if (room == NULL || ctx == NULL)
		v = nothing(report);
	else if (EVP_PKEY_decrypt(ctx, room, &len, i->key, i->keylen) == 1 && len == CMS_KEY) {
		memcpy(key, room, CMS_KEY);
		v = ACCEPT;
	}
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_secure_clear_free(room, SECRET_ROOM);
	return v;
}

static enum verdict
unwrap_shared(unsigned char *key, const struct cms_info *i, const unsigned char *shared,
    size_t len, struct report *report)
{
	unsigned char	*kek = OPENSSL_secure_zalloc(CMS_KEY + WRAPPED);
	enum verdict	 v = REFUSE;
	int		 rc = -1;

	/* the library wipes, and so needs, the room of the wrapped key */
	if (kek != NULL && agree(kek, i->kind, shared, len) == 0)
		rc = wrap(false, kek + CMS_KEY, i->key, kek);
	if (rc == -1)
		v = nothing(report);
	else if (rc == 0) {
		memcpy(key, kek + CMS_KEY, CMS_KEY);
		v = ACCEPT;
	}
	OPENSSL_secure_clear_free(kek, CMS_KEY + WRAPPED);
	return v;
}

/* A point that is none of the curve is refused when it becomes a key. */
static enum verdict
open_ec(unsigned char *key, const struct cms_info *i, EVP_PKEY *private, struct report *report)
{
	unsigned char	*shared = OPENSSL_secure_zalloc(SECRET_ROOM);
	EVP_PKEY	*peer = EVP_PKEY_new();
	enum verdict	 v = REFUSE;
	size_t		 len;

	if (shared == NULL || peer == NULL || EVP_PKEY_copy_parameters(peer, private) != 1)
		v = nothing(report);
	else if (EVP_PKEY_set1_encoded_public_key(peer, i->point, i->pointlen) == 1 &&
	    (len = share(shared, SECRET_ROOM, private, peer)) > 0)
		v = unwrap_shared(key, i, shared, len, report);
	EVP_PKEY_free(peer);
	OPENSSL_secure_clear_free(shared, SECRET_ROOM);
	return v;
}

static enum verdict
open_held(unsigned char *key, const struct cms_info *i, const struct cms_holder *h,
    struct report *report)
{
	unsigned char	*room = OPENSSL_secure_zalloc(SECRET_ROOM);
	const unsigned char *in = h->kind == CMS_RSA ? i->key : i->point;
	size_t		 inlen = h->kind == CMS_RSA ? i->keylen : i->pointlen, len = 0;
	enum verdict	 v;

	if (room == NULL)
		return nothing(report);
	v = h->use(h->arg, in, inlen, room, SECRET_ROOM, &len, report);
	if (v == ACCEPT && h->kind != CMS_RSA)
		v = unwrap_shared(key, i, room, len, report);
	else if (v == ACCEPT && len == CMS_KEY)
		memcpy(key, room, CMS_KEY);
	else if (v == ACCEPT)
		v = REFUSE;
	OPENSSL_secure_clear_free(room, SECRET_ROOM);
	return v;
}

/* Is this recipient one that the opener could be? */
static bool
may_be(const struct cms_info *i, const struct cms_opener *o)
{
	if (o->passphrase != NULL)
		return i->kind == CMS_PASSPHRASE;
	if (o->key != NULL)
		return i->kind == o->key->kind &&
		    (i->kind != CMS_RSA || i->keylen == (size_t)EVP_PKEY_get_size(o->key->key));
	return i->kind == o->holder->kind && (i->kind != CMS_RSA || i->keylen == o->holder->size);
}

static enum verdict
open_as(unsigned char *key, const struct cms_info *i, const struct cms_opener *o,
    const struct spot *at, struct report *report)
{
	if (o->passphrase != NULL)
		return open_passphrase(key, i, o->passphrase, at, report);
	if (o->holder != NULL)
		return open_held(key, i, o->holder, report);
	return i->kind == CMS_RSA ? open_rsa(key, i, o->key->key, report) :
	    open_ec(key, i, o->key->key, report);
}

/* What is decrypted is nobody's before its tag is right. */
static enum verdict
open_content(struct buf *content, const struct cms_form *f, const unsigned char *key,
    const struct spot *at, struct report *report)
{
	unsigned char	 tag[CMS_TAG];
	struct buf	 plain = { malloc(f->contentlen + CMS_BLOCK), 0, f->contentlen + CMS_BLOCK };
	int		 rc = -1;

	if (plain.data != NULL) {
		memcpy(tag, f->tag, sizeof(tag));
		rc = gcm(false, plain.data, f->content, f->contentlen, key, f->nonce, tag);
	}
	if (rc == 0) {
		plain.len = f->contentlen;
		plain.data[plain.len] = '\0';
		buf_wipe(content);
		*content = plain;
		return ACCEPT;
	}
	buf_wipe(&plain);
	if (rc == -1)
		return nothing(report);
	return report_broken(report, at, NULL, "its content does not authenticate (RFC 5083 2.2)");
}

static enum verdict
open_form(struct buf *content, const struct cms_form *f, const struct cms_opener *o,
    const struct spot *at, struct report *report)
{
	unsigned char	*key = OPENSSL_secure_zalloc(CMS_KEY);
	const char	*who = o->passphrase != NULL ? "passphrase" : "key";
	enum verdict	 v = REFUSE;
	size_t		 i, tried = 0;

	if (key == NULL)
		return nothing(report);
	for (i = 0; v == REFUSE && i < f->n; i++)
		if (may_be(&f->infos[i], o)) {
			tried++;
			v = open_as(key, &f->infos[i], o, at, report);
		}
	if (v == ACCEPT)
		v = open_content(content, f, key, at, report);
	else if (v == REFUSE && tried == 0)
		report_broken(report, at, NULL, "it is sealed to nobody with such a %s", who);
	else if (v == REFUSE)
		report_broken(report, at, NULL, "this %s does not open it", who);
	ERR_clear_error();
	OPENSSL_secure_clear_free(key, CMS_KEY);
	return v;
}

enum verdict
cms_open(struct buf *content, unsigned char envelope[DIGEST_SIZE], const struct buf *in,
    const char *input, const struct cms_opener *o, struct report *report)
{
	const struct spot at = { input, 0, 0 };
	struct cms_form	 form;
	const char	*why;

	if ((why = cms_read(&form, in->data, in->len)) != NULL)
		return report_broken(report, &at, NULL, "%s, see skr-sealed(5)", why);
	if (envelope != NULL && digest_bytes(envelope, form.set, form.setlen) == -1)
		return nothing(report);
	return open_form(content, &form, o, &at, report);
}

int
cms_oaep(unsigned char key[CMS_KEY], const unsigned char *in, size_t len)
{
	int	 n;

	n = RSA_padding_check_PKCS1_OAEP_mgf1(key, CMS_KEY, in, (int)len, (int)len, NULL, 0,
	    EVP_sha256(), EVP_sha256());
	ERR_clear_error();
	return n == CMS_KEY ? 0 : -1;
}

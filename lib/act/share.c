#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "act/gf256.h"
#include "act/share.h"

/*
 * What is split is the secret and a tag over it: the tag is as secret as the secret itself, so that it
 * helps nobody to guess a PIN.  A share's body is its value of each polynomial, then a salt, without
 * which the digest in the record would let somebody who holds m - 1 shares try PINs against the last.
 */
#define TAG		16
#define SALT		16

int
share_random(void *arg, unsigned char *out, size_t len)
{
	(void)arg;
	return RAND_priv_bytes(out, (int)len) == 1 ? 0 : -1;
}

/* HMAC-SHA256 under the secret, of what the set is; cut to TAG bytes. */
static int
make_tag(unsigned char tag[TAG], const struct share *s, const char *secret, size_t len)
{
	unsigned char	 text[32] = "ksrkit shares 1", full[DIGEST_SIZE];
	unsigned	 n = sizeof(full);

	text[16] = (unsigned char)s->kind;
	text[17] = (unsigned char)s->m;
	text[18] = (unsigned char)s->n;
	text[19] = (unsigned char)len;
	memcpy(text + 20, s->id, SHARE_ID);
	if (HMAC(EVP_sha256(), secret, (int)len, text, sizeof(text), full, &n) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	memcpy(tag, full, TAG);
	secret_wipe(full, sizeof(full));
	return 0;
}

/* The length of the secret that a share of this body belongs to; 0: none can be. */
static size_t
secret_length(const struct share *s)
{
	size_t	 len = s->body.len;

	return len <= TAG + SALT || len > SHARE_SECRET_MAX + TAG + SALT ? 0 : len - TAG - SALT;
}

int
share_digest(unsigned char out[DIGEST_SIZE], const struct share *s)
{
	unsigned char	 head[32] = "ksrkit share 1";
	EVP_MD_CTX	*ctx;
	int		 rc = -1;

	head[16] = (unsigned char)s->kind;
	head[17] = (unsigned char)s->m;
	head[18] = (unsigned char)s->n;
	head[19] = (unsigned char)s->number;
	memcpy(head + 20, s->id, SHARE_ID);
	if ((ctx = EVP_MD_CTX_new()) != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, head, sizeof(head)) == 1 &&
	    EVP_DigestUpdate(ctx, s->body.text, s->body.len) == 1 &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1)
		rc = 0;
	else
		errno = ENOMEM;
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* An empty share of the set for each holder. */
static int
prepare(struct share *shares, const struct share_set *set, const struct secret *secret,
    share_random_fn *random, void *arg)
{
	unsigned	 i;

	for (i = 0; i < set->n; i++) {
		struct share	*s = &shares[i];

		s->kind = set->kind;
		s->m = set->m;
		s->n = set->n;
		s->number = i + 1;
		memcpy(s->id, set->id, SHARE_ID);
		if (secret_room(&s->body) == -1)
			return -1;
		s->body.len = secret->len + TAG + SALT;
		if (random(arg, (unsigned char *)s->body.text + secret->len + TAG, SALT) == -1) {
			errno = EIO;
			return -1;
		}
	}
	return 0;
}

/*
 * y = y * x + row, for each share: Horner's scheme, one row of coefficients at a time.  The
 * highest may be zero as any other: only then do m - 1 shares tell nothing.
 */
static void
add_row(struct share *shares, unsigned n, const unsigned char *row, size_t len)
{
	unsigned	 i;
	size_t		 k;

	for (i = 0; i < n; i++) {
		unsigned char	*y = (unsigned char *)shares[i].body.text;

		for (k = 0; k < len; k++)
			y[k] = gf256_multiply(y[k], (unsigned char)(i + 1)) ^ row[k];
	}
}

static int
make_shares(struct share_set *set, struct share *shares, const struct secret *secret,
    struct secret *row, share_random_fn *random, void *arg)
{
	unsigned char	*r = (unsigned char *)row->text;
	unsigned	 i;

	if (random(arg, set->id, SHARE_ID) == -1) {
		errno = EIO;
		return -1;
	}
	if (prepare(shares, set, secret, random, arg) == -1)
		return -1;
	for (i = 1; i < set->m; i++) {
		if (random(arg, r, secret->len + TAG) == -1) {
			errno = EIO;
			return -1;
		}
		add_row(shares, set->n, r, secret->len + TAG);
	}
	memcpy(r, secret->text, secret->len);
	if (make_tag(r + secret->len, &shares[0], secret->text, secret->len) == -1)
		return -1;
	add_row(shares, set->n, r, secret->len + TAG);
	for (i = 0; i < set->n; i++)
		if (share_digest(set->digest[i], &shares[i]) == -1)
			return -1;
	return 0;
}

int
share_split(struct share_set *set, struct share *shares, const struct secret *secret,
    share_random_fn *random, void *arg)
{
	struct secret	 row = SECRET_EMPTY;
	int		 error, rc;
	unsigned	 i;

	if (set->m < 2 || set->n < set->m || set->n > SHARE_MAX || secret->len == 0 ||
	    secret->len > SHARE_SECRET_MAX) {
		errno = EINVAL;
		return -1;
	}
	memset(shares, 0, set->n * sizeof(*shares));
	if (secret_room(&row) == -1)
		return -1;
	rc = make_shares(set, shares, secret, &row, random, arg);
	error = errno;
	secret_free(&row);
	for (i = 0; rc == -1 && i < set->n; i++)
		share_clear(&shares[i]);
	errno = error;
	return rc;
}

static bool
same_set(const struct share *a, const struct share *b)
{
	return a->kind == b->kind && a->m == b->m && a->n == b->n && a->body.len == b->body.len &&
	    memcmp(a->id, b->id, SHARE_ID) == 0;
}

static bool
of_set(const struct share_set *set, const struct share *s)
{
	return s->kind == set->kind && s->m == set->m && s->n == set->n &&
	    memcmp(s->id, set->id, SHARE_ID) == 0;
}

/* By the record: the right set, and the share that it commits to. */
static enum verdict
judge_one(const struct share_set *set, const struct share *s, const struct spot *at,
    struct report *rep)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 mine[SHARE_ID_HEX], theirs[SHARE_ID_HEX];

	if (!of_set(set, s))
		return report_broken(rep, at, NULL, "share %u belongs to another set: %s, not %s",
		    s->number, share_id(theirs, s->id), share_id(mine, set->id));
	if (share_digest(d, s) == -1)
		return report_fault(rep, at, "share %u: no digest can be made", s->number);
	if (memcmp(d, set->digest[s->number - 1], DIGEST_SIZE) != 0)
		return report_broken(rep, at, NULL, "share %u is not the one that was made: the "
		    "record has another digest for it", s->number);
	return ACCEPT;
}

static enum verdict
judge_share(const struct share_set *set, const struct share *shares, size_t i,
    const char *const *names, struct report *rep)
{
	const struct share *s = &shares[i];
	const struct spot at = { names[i], 0, 0 };
	char		 mine[SHARE_ID_HEX], theirs[SHARE_ID_HEX];
	size_t		 j;

	if (secret_length(s) == 0 || s->number < 1 || s->number > s->n)
		return report_broken(rep, &at, NULL, "not a share");
	for (j = 0; j < i; j++)
		if (shares[j].number == s->number && same_set(&shares[j], s))
			return report_broken(rep, &at, NULL, "share %u is there already, from %s",
			    s->number, names[j]);
	if (set != NULL)
		return judge_one(set, s, &at, rep);
	if (!same_set(&shares[0], s))
		return report_broken(rep, &at, NULL, "share %u belongs to another set: %s; that "
		    "of %s is %s", s->number, share_id(theirs, s->id), names[0],
		    share_id(mine, shares[0].id));
	return ACCEPT;
}

enum verdict
share_judge(const struct share_set *set, const struct share *shares, size_t n,
    const char *const *names, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	unsigned	 m = set != NULL ? set->m : n > 0 ? shares[0].m : 2;
	size_t		 i;

	for (i = 0; i < n; i++)
		v = verdict_worse(v, judge_share(set, shares, i, names, rep));
	if (v == ACCEPT && n < m)
		v = report_broken(rep, NULL, NULL, "%zu share%s: %u are needed", n,
		    n == 1 ? "" : "s", m);
	return v;
}

/*
 * The value at 0 of the polynomials through m points (Lagrange).  The numbers of the shares
 * are no secret.
 */
static void
interpolate(struct secret *out, const struct share *shares, unsigned m, size_t len)
{
	unsigned char	*y = (unsigned char *)out->text;
	unsigned	 i, j;
	size_t		 k;

	for (i = 0; i < m; i++) {
		const unsigned char *s = (const unsigned char *)shares[i].body.text;
		unsigned char	 above = 1, below = 1;

		for (j = 0; j < m; j++)
			if (j != i) {
				above = gf256_multiply(above, (unsigned char)shares[j].number);
				below = gf256_multiply(below,
				    (unsigned char)(shares[i].number ^ shares[j].number));
			}
		above = gf256_multiply(above, gf256_inverse(below));
		for (k = 0; k < len; k++)
			y[k] ^= gf256_multiply(s[k], above);
	}
}

int
share_join(struct secret *out, const struct share *shares, size_t n)
{
	struct secret	 s = SECRET_EMPTY;
	unsigned char	 tag[TAG];
	unsigned	 m = n > 0 ? shares[0].m : 0;
	size_t		 len;
	int		 rc = -1;

	if (m < 2 || n < m || (len = secret_length(&shares[0])) == 0) {
		errno = EINVAL;
		return -1;
	}
	if (secret_room(&s) == -1)
		return -1;
	interpolate(&s, shares, m, len + TAG);
	if (make_tag(tag, &shares[0], s.text, len) == 0) {
		rc = CRYPTO_memcmp(tag, s.text + len, TAG) == 0 && (shares[0].kind != SHARE_PIN ||
		    memchr(s.text, '\0', len) == NULL);
		secret_wipe(s.text + len, TAG);
		s.len = len;
	}
	secret_wipe(tag, sizeof(tag));
	if (rc == 1) {
		secret_free(out);
		*out = s;
		return 1;
	}
	secret_free(&s);
	if (rc == -1)
		errno = ENOMEM;
	return rc;
}

void
share_clear(struct share *s)
{
	secret_free(&s->body);
	memset(s, 0, sizeof(*s));
}

void
share_set_clear(struct share_set *set)
{
	unsigned	 i;

	for (i = 0; i < SHARE_MAX; i++)
		free(set->holder[i]);
	memset(set, 0, sizeof(*set));
	set->kind = SHARE_KEY;
}

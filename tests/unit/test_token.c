/*
 * Every test makes its own SoftHSM in a temporary folder, with raw calls and
 * without any other process: there is no fork once a module is loaded.
 */
#include <dlfcn.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <p11-kit/pkcs11.h>

#include "model/policy.h"
#include "token/token.h"

#define PIN	"1234"
#define SO_PIN	"5678"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* SoftHSM loses 37 bytes with each C_SignInit for EdDSA, inside libcrypto. */
const char	*__asan_default_options(void);
const char	*__lsan_default_suppressions(void);

const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0:malloc_context_size=10";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:libsofthsm2\n";
}

/*
 * Raw PKCS#11
 */

static const char		*module;
static char			 dir[64];
static CK_FUNCTION_LIST		*f;

static void
die(const char *what, CK_RV rv)
{
	fprintf(stderr, "test_token: %s: 0x%lx\n", what, rv);
	exit(1);
}

static void
must(CK_RV rv, const char *what)
{
	if (rv != CKR_OK)
		die(what, rv);
}

#define MUST(call)	must(f->call, #call)

static const char *
find_module(void)
{
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
	};
	size_t	 i;

	for (i = 0; i < COUNT(places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char	 path[128];
	FILE	*file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((file = fopen(path, "w")) == NULL || fputs(text, file) == EOF ||
	    fclose(file) == EOF || chmod(path, mode) == -1)
		die(path, 0);
}

static int
setup(void)
{
	char	 text[256], path[128];

	snprintf(dir, sizeof(dir), "/tmp/test_token.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/tokens", dir);
	if (mkdir(path, 0700) == -1)
		return -1;
	snprintf(text, sizeof(text), "directories.tokendir = %s/tokens\n"
	    "objectstore.backend = file\nlog.level = ERROR\n", dir);
	write_file("conf", text, 0600);
	snprintf(path, sizeof(path), "%s/conf", dir);
	return setenv("SOFTHSM2_CONF", path, 1);
}

static void
fresh(void)
{
	if (setup() == -1)
		die(dir, 0);
}

static void
wipe(void)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
raw_begin(void)
{
	CK_C_INITIALIZE_ARGS	 args = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList	 getlist = NULL;
	void			*h = dlopen(module, RTLD_NOW | RTLD_NODELETE);

	if (h != NULL)
		*(void **)&getlist = dlsym(h, "C_GetFunctionList");
	if (getlist == NULL || getlist(&f) != CKR_OK)
		die(module, 0);
	MUST(C_Initialize(&args));
}

static void
raw_end(void)
{
	MUST(C_Finalize(NULL));
}

/* The slot of a token; label NULL: of one that is not initialised. */
static CK_SLOT_ID
raw_slot(const char *label)
{
	CK_SLOT_ID	 ids[16];
	CK_TOKEN_INFO	 info;
	CK_ULONG	 n = 0, i;

	MUST(C_GetSlotList(CK_TRUE, NULL, &n));	/* SoftHSM looks for new ones only here */
	n = COUNT(ids);
	MUST(C_GetSlotList(CK_TRUE, ids, &n));
	for (i = 0; i < n; i++) {
		MUST(C_GetTokenInfo(ids[i], &info));
		if ((info.flags & CKF_TOKEN_INITIALIZED) == 0 ? label == NULL :
		    label != NULL && memcmp(info.label, label, strlen(label)) == 0)
			return ids[i];
	}
	die("no such slot", n);
	return 0;
}

/* A new token; a session with the user logged in. */
static CK_SESSION_HANDLE
raw_token(const char *label)
{
	CK_SESSION_HANDLE	 s;
	unsigned char		 padded[32];

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	MUST(C_InitToken(raw_slot(NULL), (CK_BYTE_PTR)(uintptr_t)SO_PIN, 4, padded));
	MUST(C_OpenSession(raw_slot(label), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	MUST(C_Login(s, CKU_SO, (CK_BYTE_PTR)(uintptr_t)SO_PIN, 4));
	MUST(C_InitPIN(s, (CK_BYTE_PTR)(uintptr_t)PIN, 4));
	MUST(C_Logout(s));
	MUST(C_Login(s, CKU_USER, (CK_BYTE_PTR)(uintptr_t)PIN, 4));
	return s;
}

struct pair_of { CK_OBJECT_HANDLE public, private; };

static const struct {
	unsigned		 algorithm;
	CK_MECHANISM_TYPE	 mechanism;
	CK_ULONG		 bits;
	const char		*params;
	size_t			 len;
} kinds[] = {
	{ RSASHA256, CKM_RSA_PKCS_KEY_PAIR_GEN, 2048, NULL, 0 },
	{ RSASHA512, CKM_RSA_PKCS_KEY_PAIR_GEN, 1024, NULL, 0 },
	{ ECDSAP256SHA256, CKM_EC_KEY_PAIR_GEN, 0, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10 },
	{ ECDSAP384SHA384, CKM_EC_KEY_PAIR_GEN, 0, "\x06\x05\x2b\x81\x04\x00\x22", 7 },
	{ ED25519, CKM_EC_EDWARDS_KEY_PAIR_GEN, 0, "\x13\x0c" "edwards25519", 14 },
	{ ED448, CKM_EC_EDWARDS_KEY_PAIR_GEN, 0, "\x13\x0a" "edwards448", 12 },
};

/* A key pair; "sign" is the CKA_SIGN of its private half, "visible" the public half's. */
static struct pair_of
raw_pair(CK_SESSION_HANDLE s, unsigned algorithm, const char *label, bool sign, bool visible)
{
	CK_BBOOL	 yes = CK_TRUE, no = CK_FALSE, may = sign ? CK_TRUE : CK_FALSE;
	CK_BBOOL	 hidden = visible ? CK_FALSE : CK_TRUE;
	CK_BYTE		 e[] = { 1, 0, 1 }, id = (CK_BYTE)algorithm;
	CK_MECHANISM	 m = { 0 };
	struct pair_of	 p;
	size_t		 i;

	for (i = 0; kinds[i].algorithm != algorithm; i++)
		;
	m.mechanism = kinds[i].mechanism;
	CK_ULONG	 bits = kinds[i].bits;
	CK_ATTRIBUTE	 pub[] = {
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
		{ CKA_ID, &id, 1 },
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_VERIFY, &yes, 1 },
		{ CKA_PRIVATE, &hidden, 1 },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)kinds[i].params, kinds[i].len },
		{ CKA_PUBLIC_EXPONENT, e, sizeof(e) },
	};
	CK_ATTRIBUTE	 priv[] = {
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
		{ CKA_ID, &id, 1 },
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_SIGN, &may, 1 },
		{ CKA_SENSITIVE, &no, 1 },
		{ CKA_EXTRACTABLE, &yes, 1 },
	};
	if (bits != 0)
		pub[5] = (CK_ATTRIBUTE){ CKA_MODULUS_BITS, &bits, sizeof(bits) };
	MUST(C_GenerateKeyPair(s, &m, pub, bits != 0 ? 7 : 6, priv, COUNT(priv), &p.public,
	    &p.private));
	return p;
}

/* Copy one object from a session to another one's token, attribute by attribute. */
static void
raw_copy(CK_SESSION_HANDLE from, CK_OBJECT_HANDLE object, CK_SESSION_HANDLE to)
{
	static const CK_ATTRIBUTE_TYPE	 types[] = { CKA_CLASS, CKA_TOKEN, CKA_PRIVATE,
		CKA_LABEL, CKA_ID, CKA_KEY_TYPE, CKA_SIGN, CKA_VERIFY, CKA_MODULUS,
		CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
		CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT, CKA_EC_PARAMS, CKA_EC_POINT,
		CKA_VALUE };
	static unsigned char	 values[COUNT(types)][1024];
	CK_ATTRIBUTE		 all[COUNT(types)], a;
	CK_OBJECT_HANDLE	 copy;
	CK_ULONG		 n = 0;
	size_t			 i;

	for (i = 0; i < COUNT(types); i++) {
		a = (CK_ATTRIBUTE){ types[i], values[i], sizeof(values[i]) };
		if (f->C_GetAttributeValue(from, object, &a, 1) == CKR_OK)
			all[n++] = a;
	}
	MUST(C_CreateObject(to, all, n, &copy));
}

/*
 * What a policy would be
 */

static struct hsm	 hsms[3];
static struct ksk	 ksks[8];
static struct policy	 policy;

static void
policy_of(size_t nhsms)
{
	size_t	 i;

	memset(hsms, 0, sizeof(hsms));
	memset(ksks, 0, sizeof(ksks));
	policy = (struct policy){ .input = (char *)(uintptr_t)"test.yaml", .hsms = hsms,
		.nhsms = nhsms, .keys = ksks, .nkeys = COUNT(ksks) };
	for (i = 0; i < COUNT(hsms); i++) {
		hsms[i].name = (char *)(uintptr_t)"hsm";
		hsms[i].module = (char *)(uintptr_t)module;
		hsms[i].line = 10 + i;
	}
}

static const struct ksk *
ksk(size_t i, const char *label, unsigned algorithm)
{
	ksks[i] = (struct ksk){ .name = (char *)(uintptr_t)label,
		.label = (char *)(uintptr_t)label, .algorithm = (uint8_t)algorithm,
		.line = 100 + i };
	return &ksks[i];
}

static unsigned	 asked;
static char	 asked_for[256];

/* The person with the PIN: counts, and remembers the tokens it was asked for. */
static int
person(void *arg, const char *label, struct secret *pin)
{
	asked++;
	snprintf(asked_for + strlen(asked_for), sizeof(asked_for) - strlen(asked_for), "%s ",
	    label);
	return secret_set(pin, arg, strlen(arg));
}

static struct tokens	*ts;
static struct token_key	*keys[8];
static struct report	 rep;

static void
forget(void)
{
	asked = 0;
	asked_for[0] = '\0';
	ts = NULL;
	memset(keys, 0, sizeof(keys));
	rep = (struct report)REPORT_EMPTY;
}

static bool	 beside;		/* tokens_begin comes first */

static int
load_beside(void)
{
	beside = true;
	return 0;
}

static enum verdict
open_and_find(const char *pin, const struct ksk *const *wanted, size_t n)
{
	enum verdict	 v;

	forget();
	if (beside)
		ts = tokens_begin(&policy);
	v = tokens_open(&ts, &policy, person, (void *)(uintptr_t)pin, &rep);
	if (v != ACCEPT)
		CU_ASSERT_PTR_NULL(ts);
	return v != ACCEPT || n == 0 ? v : tokens_find(ts, wanted, n, keys, &rep);
}

static enum verdict
find_one(const char *pin, const struct ksk *wanted)
{
	return open_and_find(pin, &wanted, 1);
}

static bool
said(const char *text)
{
	size_t	 i;

	for (i = 0; i < rep.count; i++)
		if (strstr(rep.findings[i].text, text) != NULL)
			return true;
	report_print(&rep, "test_token", stderr);
	return false;
}

static void
done(void)
{
	CK_ULONG	 n;

	tokens_close(ts);
	ts = NULL;
	report_free(&rep);
	if (f != NULL)			/* finalised, so logged out */
		CU_ASSERT_EQUAL(f->C_GetSlotList(CK_FALSE, NULL, &n),
		    CKR_CRYPTOKI_NOT_INITIALIZED);
}

/*
 * OpenSSL as the judge of signatures
 */

static EVP_PKEY *
params_key(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM	*params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY	*key = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *
rsa_key(const struct key *k)
{
	OSSL_PARAM_BLD	*bld = OSSL_PARAM_BLD_new();
	size_t		 elen = k->public[0];
	BIGNUM		*e = BN_bin2bn(k->public + 1, (int)elen, NULL);
	BIGNUM		*n = BN_bin2bn(k->public + 1 + elen, (int)(k->len - 1 - elen), NULL);
	EVP_PKEY	*key = NULL;

	if (OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = params_key("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(e);
	BN_free(n);
	return key;
}

static EVP_PKEY *
ec_key(const struct key *k)
{
	const char	*group = k->algorithm == ECDSAP256SHA256 ? "P-256" : "P-384";
	OSSL_PARAM_BLD	*bld = OSSL_PARAM_BLD_new();
	unsigned char	 point[97] = { 4 };
	EVP_PKEY	*key = NULL;

	memcpy(point + 1, k->public, k->len);
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
	    k->len + 1) == 1)
		key = params_key("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

/* r|s as the DER that OpenSSL reads. */
static size_t
ecdsa_der(unsigned char der[160], const unsigned char *sig, size_t len)
{
	ECDSA_SIG	*s = ECDSA_SIG_new();
	unsigned char	*p = der;
	int		 n;

	ECDSA_SIG_set0(s, BN_bin2bn(sig, (int)(len / 2), NULL),
	    BN_bin2bn(sig + len / 2, (int)(len / 2), NULL));
	n = i2d_ECDSA_SIG(s, &p);
	ECDSA_SIG_free(s);
	return (size_t)n;
}

static bool
verifies(const struct key *k, const unsigned char *data, size_t len,
    const unsigned char *sig, size_t siglen)
{
	const EVP_MD	*md = k->algorithm == RSASHA256 || k->algorithm == ECDSAP256SHA256 ?
	    EVP_sha256() : k->algorithm == RSASHA512 ? EVP_sha512() : EVP_sha384();
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	unsigned char	 der[160];
	EVP_PKEY	*key;
	bool		 ok;

	switch (algorithm_family(k->algorithm)) {
	case FAMILY_RSA:
		key = rsa_key(k);
		break;
	case FAMILY_ECDSA:
		key = ec_key(k);
		siglen = ecdsa_der(der, sig, siglen);
		sig = der;
		break;
	default:
		md = NULL;
		key = EVP_PKEY_new_raw_public_key(k->algorithm == ED25519 ? EVP_PKEY_ED25519 :
		    EVP_PKEY_ED448, NULL, k->public, k->len);
	}
	ok = key != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, siglen, data, len) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/*
 * Tests
 */

#define ROUNDS	5

static void
sign_all(size_t nkeys)
{
	static const unsigned char	 messages[ROUNDS][40] = { "a", "b", "c", "d", "e" };
	struct sign_job			 jobs[ROUNDS * COUNT(kinds)];
	size_t				 n = ROUNDS * nkeys, i;

	for (i = 0; i < n; i++)
		jobs[i] = (struct sign_job){ .key = keys[i % nkeys],
			.data = messages[i / nkeys], .len = sizeof(messages[0]) };
	CU_ASSERT_EQUAL_FATAL(tokens_sign(ts, jobs, n, &rep), ACCEPT);
	for (i = 0; i < n; i++) {
		const struct key	*k = token_key_public(jobs[i].key);

		CU_ASSERT_TRUE(verifies(k, jobs[i].data, jobs[i].len, jobs[i].sig,
		    jobs[i].siglen));
		jobs[i].sig[jobs[i].siglen / 2] ^= 1;
		CU_ASSERT_FALSE(verifies(k, jobs[i].data, jobs[i].len, jobs[i].sig,
		    jobs[i].siglen));
		free(jobs[i].sig);
	}
}

static void
test_algorithms(void)
{
	static const size_t	 lengths[] = { 256, 128, 64, 96, 64, 114 };
	const struct ksk	*wanted[COUNT(kinds)];
	struct sign_job		 job = { 0 };
	CK_SESSION_HANDLE	 s;
	char			 label[COUNT(kinds)][16];
	size_t			 i;

	fresh();
	raw_begin();
	s = raw_token("One");
	policy_of(1);
	for (i = 0; i < COUNT(kinds); i++) {
		snprintf(label[i], sizeof(label[i]), "key-%u", kinds[i].algorithm);
		raw_pair(s, kinds[i].algorithm, label[i], true, true);
		wanted[i] = ksk(i, label[i], kinds[i].algorithm);
	}
	raw_end();
	CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted, COUNT(kinds)), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL(asked, 1);
	for (i = 0; i < COUNT(kinds); i++) {
		const struct key	*k = token_key_public(keys[i]);

		CU_ASSERT_STRING_EQUAL(k->identifier, label[i]);
		CU_ASSERT_EQUAL(k->flags, 257);
		CU_ASSERT_EQUAL(k->protocol, 3);
		CU_ASSERT_EQUAL(k->ttl, 0);
		CU_ASSERT_EQUAL(k->algorithm, kinds[i].algorithm);
		CU_ASSERT_EQUAL(k->tag, key_tag(k));
		CU_ASSERT_EQUAL(strncmp(token_key_where(keys[i]), "token One serial ", 17), 0);
		job = (struct sign_job){ .key = keys[i], .data = (const unsigned char *)"x",
			.len = 1 };
		CU_ASSERT_EQUAL_FATAL(tokens_sign(ts, &job, 1, &rep), ACCEPT);
		CU_ASSERT_EQUAL(job.siglen, lengths[i]);
		free(job.sig);
	}
	sign_all(COUNT(kinds));
	CU_ASSERT_EQUAL(tokens_sign(ts, NULL, 0, &rep), ACCEPT);
	/* a second search needs no second PIN */
	CU_ASSERT_EQUAL(tokens_find(ts, wanted, 2, keys, &rep), ACCEPT);
	CU_ASSERT_EQUAL(asked, 1);
	done();
	wipe();
}

static void
test_cluster(void)
{
	static const unsigned	 algorithms[] = { RSASHA256, ECDSAP256SHA256 };
	CK_SESSION_HANDLE	 a, b;
	struct pair_of		 p;
	size_t			 i;

	for (i = 0; i < COUNT(algorithms); i++) {
		fresh();
		raw_begin();
		a = raw_token("A");
		b = raw_token("B");
		p = raw_pair(a, algorithms[i], "k", true, true);
		raw_copy(a, p.public, b);
		raw_copy(a, p.private, b);
		raw_end();
		policy_of(2);
		hsms[0].uri = (char *)(uintptr_t)"pkcs11:token=B";
		hsms[1].uri = (char *)(uintptr_t)"pkcs11:token=A";
		CU_ASSERT_EQUAL_FATAL(find_one(PIN, ksk(0, "k", algorithms[i])), ACCEPT);
		CU_ASSERT_EQUAL(strncmp(token_key_where(keys[0]), "token B ", 8), 0);
		CU_ASSERT_STRING_EQUAL(asked_for, "B ");
		sign_all(1);
		done();

		hsms[0].uri = (char *)(uintptr_t)"pkcs11:token=A";
		hsms[1].uri = (char *)(uintptr_t)"pkcs11:token=B";
		CU_ASSERT_EQUAL_FATAL(find_one(PIN, ksk(0, "k", algorithms[i])), ACCEPT);
		CU_ASSERT_STRING_EQUAL(asked_for, "A ");
		done();

		/* the key's own uri chooses, whatever the order */
		ksk(0, "k", algorithms[i]);
		ksks[0].uri = (char *)(uintptr_t)"pkcs11:token=B";
		CU_ASSERT_EQUAL_FATAL(find_one(PIN, &ksks[0]), ACCEPT);
		CU_ASSERT_STRING_EQUAL(asked_for, "B ");
		done();
		wipe();
	}
}

static void
test_different(void)
{
	CK_SESSION_HANDLE	 a, b;
	struct pair_of		 p;

	fresh();
	raw_begin();
	a = raw_token("A");
	b = raw_token("B");
	raw_pair(a, ECDSAP256SHA256, "k", true, true);
	raw_pair(b, ECDSAP256SHA256, "k", true, true);
	p = raw_pair(a, ED25519, "only-b", true, true);
	raw_copy(a, p.private, b);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ECDSAP256SHA256)), FAULT);
	CU_ASSERT_TRUE(said("different keys"));
	CU_ASSERT_EQUAL(asked, 1);
	CU_ASSERT_PTR_NULL(keys[0]);
	done();
	wipe();
}

/* Two keys on two tokens: each token is logged in to for its own. */
static void
test_two_tokens(void)
{
	const struct ksk	*wanted[3];
	CK_SESSION_HANDLE	 a, b;

	fresh();
	raw_begin();
	a = raw_token("A");
	b = raw_token("B");
	raw_token("C");
	raw_pair(a, ED25519, "ka", true, true);
	raw_pair(b, ED25519, "kb", true, true);
	raw_pair(b, RSASHA512, "hidden", true, false);
	raw_end();
	policy_of(1);
	wanted[0] = ksk(0, "kb", ED25519);
	wanted[1] = ksk(1, "ka", ED25519);
	wanted[2] = ksk(2, "hidden", RSASHA512);
	CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted, 2), ACCEPT);
	CU_ASSERT_STRING_EQUAL(asked_for, "B A ");
	sign_all(2);
	done();
	/* not seen from outside, but on a token that is open already */
	CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted, 3), ACCEPT);
	CU_ASSERT_STRING_EQUAL(asked_for, "B A ");
	sign_all(3);
	done();
	/* not seen from outside: all tokens in turn until it is found */
	CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted + 2, 1), ACCEPT);
	CU_ASSERT(asked >= 1 && asked <= 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(asked_for, "B "));
	done();
	/* nowhere */
	CU_ASSERT_EQUAL(find_one(PIN, ksk(3, "nobody", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("key nobody: on none of 3 tokens"));
	CU_ASSERT_EQUAL(asked, 3);
	done();
	wipe();
}

/* Keys that are only compared: no login for them, and no fault where they are missing. */
static void
test_look(void)
{
	const struct ksk	*wanted[4];
	struct token_key	*seen[4];
	struct sign_job		 job;
	CK_SESSION_HANDLE	 a, b;

	fresh();
	raw_begin();
	a = raw_token("A");
	b = raw_token("B");
	raw_pair(a, ED25519, "ka", true, true);
	raw_pair(a, RSASHA512, "inside", true, false);
	raw_pair(b, ED25519, "kb", false, true);
	raw_pair(b, RSASHA512, "hidden", true, false);
	raw_end();
	policy_of(1);
	ksk(0, "ka", ED25519);
	wanted[0] = ksk(1, "kb", ED25519);
	wanted[1] = ksk(2, "hidden", RSASHA512);
	wanted[2] = ksk(3, "inside", RSASHA512);
	wanted[3] = ksk(4, "nobody", ED448);
	CU_ASSERT_EQUAL_FATAL(find_one(PIN, &ksks[0]), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(tokens_look(ts, wanted, 4, seen, &rep), ACCEPT);
	CU_ASSERT_STRING_EQUAL(asked_for, "A ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(seen[0]);
	CU_ASSERT_PTR_NULL(seen[1]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(seen[2]);
	CU_ASSERT_PTR_NULL(seen[3]);
	CU_ASSERT_EQUAL(strncmp(token_key_where(seen[0]), "token B ", 8), 0);
	CU_ASSERT_STRING_EQUAL(token_key_public(seen[0])->identifier, "kb");
	CU_ASSERT_EQUAL(token_key_public(seen[0])->len, 32);
	CU_ASSERT_EQUAL(rep.count, 0);
	job = (struct sign_job){ .key = seen[0], .data = (const unsigned char *)"x", .len = 1 };
	CU_ASSERT_EQUAL(tokens_sign(ts, &job, 1, &rep), FAULT);
	done();
	wipe();
}

static void
test_twice(void)
{
	CK_SESSION_HANDLE	 s;
	struct pair_of		 p;

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, ECDSAP256SHA256, "k", true, true);
	raw_pair(s, ECDSAP256SHA256, "k", true, true);
	p = raw_pair(s, ED25519, "l", true, true);
	raw_copy(s, p.private, s);
	p = raw_pair(s, ED448, "m", true, true);
	raw_copy(s, p.public, s);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ECDSAP256SHA256)), FAULT);
	CU_ASSERT_TRUE(said("twice"));
	done();
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "l", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("twice"));
	done();
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "m", ED448)), FAULT);
	CU_ASSERT_TRUE(said("twice"));
	done();
	wipe();
}

static void
test_wrong_pin(void)
{
	CK_SESSION_HANDLE	 a, b;
	struct pair_of		 p;

	fresh();
	raw_begin();
	a = raw_token("A");
	b = raw_token("B");
	p = raw_pair(a, ED25519, "k", true, true);
	raw_copy(a, p.public, b);
	raw_copy(a, p.private, b);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(find_one("9999", ksk(0, "k", ED25519)), FAULT);
	CU_ASSERT_EQUAL(asked, 1);	/* not again, and not on the other token */
	CU_ASSERT_TRUE(said("CKR_PIN_INCORRECT"));
	CU_ASSERT_TRUE(said("tried once"));
	CU_ASSERT_EQUAL(tokens_find(ts, (const struct ksk *const []){ &ksks[0] }, 1, keys,
	    &rep), FAULT);
	CU_ASSERT_EQUAL(asked, 1);	/* nor in a second search */
	done();
	CU_ASSERT_EQUAL(find_one("", &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("cannot get the PIN"));
	done();
	CU_ASSERT_EQUAL(find_one("1", &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("CKR_PIN_"));
	done();
	wipe();
}

static void
test_pin_places(void)
{
	CK_SESSION_HANDLE	 s;
	char			 uri[128];

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, ED25519, "k", true, true);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(secret_set(&hsms[0].pin, PIN, strlen(PIN)), 0);
	CU_ASSERT_EQUAL(find_one("none", ksk(0, "k", ED25519)), ACCEPT);
	CU_ASSERT_EQUAL(asked, 0);
	CU_ASSERT_STRING_EQUAL(hsms[0].pin.text, PIN);	/* the policy keeps its own */
	done();
	secret_free(&hsms[0].pin);

	/* pin-source goes before the policy's pin */
	CU_ASSERT_EQUAL(secret_set(&hsms[0].pin, "0000", 4), 0);
	write_file("pin", PIN "\n", 0600);
	snprintf(uri, sizeof(uri), "pkcs11:token=A?pin-source=file:%s/pin", dir);
	hsms[0].uri = uri;
	CU_ASSERT_EQUAL(find_one("none", &ksks[0]), ACCEPT);
	CU_ASSERT_EQUAL(asked, 0);
	done();
	write_file("pin", PIN "\n", 0644);
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("owner alone"));
	done();
	hsms[0].uri = (char *)(uintptr_t)"pkcs11:token=A?pin-source=/no/such/file";
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("No such file"));
	CU_ASSERT_EQUAL(asked, 0);
	done();
	secret_free(&hsms[0].pin);

	hsms[0].uri = (char *)(uintptr_t)"pkcs11:token=A?pin-value=1234";
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("pin-value"));
	CU_ASSERT_EQUAL(asked, 0);
	done();
	wipe();
}

static void
test_no_pin_set(void)
{
	CK_SESSION_HANDLE	 s;
	unsigned char		 padded[32];

	fresh();
	raw_begin();
	memset(padded, ' ', sizeof(padded));
	padded[0] = 'A';
	MUST(C_InitToken(raw_slot(NULL), (CK_BYTE_PTR)(uintptr_t)SO_PIN, 4, padded));
	MUST(C_OpenSession(raw_slot("A"), CKF_SERIAL_SESSION, NULL, NULL, &s));
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("no user PIN has been set"));
	CU_ASSERT_EQUAL(asked, 0);
	done();
	wipe();
}

static void
test_absent(void)
{
	char	 path[128];

	fresh();			/* an uninitialised token, and that is all */
	policy_of(1);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("no initialised token"));
	CU_ASSERT_EQUAL(asked, 0);
	done();

	policy_of(0);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("no hsm section"));
	done();

	policy_of(1);
	hsms[0].module = (char *)(uintptr_t)"/no/such/module.so";
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("/no/such/module.so"));
	done();

	write_file("text.so", "not a library\n", 0700);
	snprintf(path, sizeof(path), "%s/text.so", dir);
	hsms[0].module = path;
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("cannot be used"));
	done();

	hsms[0].module = (char *)(uintptr_t)"libcunit.so.1";
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("not a PKCS#11 module"));
	done();

	wipe();
}

/* One works, two do not: said at once, and again where a key is missing. */
static void
test_partly_absent(void)
{
	fresh();
	raw_begin();
	raw_pair(raw_token("A"), ED25519, "k", true, true);
	raw_end();
	policy_of(3);
	hsms[0].module = (char *)(uintptr_t)"/no/such/module.so";
	hsms[2].uri = (char *)(uintptr_t)"pkcs11:token=Z";
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), ACCEPT);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 2);
	CU_ASSERT_TRUE(said("its uri fits none of 1"));
	done();
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "l", ED25519)), FAULT);
	CU_ASSERT_EQUAL(rep.count, 5);
	CU_ASSERT_TRUE(said("hsm hsm could not be asked"));
	done();
	wipe();
}

/* SOFTHSM2_CONF from the policy, and what two sections of one module may say. */
static void
test_environment(void)
{
	struct pair	 env[2] = { { (char *)(uintptr_t)"SOFTHSM2_CONF", NULL },
		{ (char *)(uintptr_t)"KSRKIT_TEST", (char *)(uintptr_t)"1" } };
	struct pair	 turned[2];
	char		 path[128], other[256];

	fresh();
	raw_begin();
	raw_pair(raw_token("A"), ED25519, "k", true, true);
	raw_end();
	snprintf(path, sizeof(path), "%s/conf", dir);
	setenv("SOFTHSM2_CONF", "/no/such/conf", 1);
	env[0].value = path;
	turned[0] = env[1];
	turned[1] = env[0];
	policy_of(2);
	hsms[0].env = env;
	hsms[1].env = turned;
	hsms[0].nenv = hsms[1].nenv = 2;
	/* the same file by another name is the same module */
	snprintf(other, sizeof(other), "/proc/self/root%s", module);
	hsms[1].module = other;
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "k", ED25519)), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	done();
	turned[0].value = (char *)(uintptr_t)"2";
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("another env"));
	done();
	hsms[1].nenv = 1;
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("another env"));
	done();
	wipe();
}

/* On token A: destroy the objects of this label, but those of the class to keep. */
static void
raw_keep(const char *label, CK_OBJECT_CLASS keep)
{
	CK_ATTRIBUTE		 want = { CKA_LABEL, (void *)(uintptr_t)label, strlen(label) };
	CK_OBJECT_CLASS		 class = 0;
	CK_ATTRIBUTE		 get = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE	 all[8];
	CK_SESSION_HANDLE	 s;
	CK_ULONG		 n = 0, i;

	MUST(C_OpenSession(raw_slot("A"), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	if (f->C_Login(s, CKU_USER, (CK_BYTE_PTR)(uintptr_t)PIN, 4) == CKR_PIN_INCORRECT)
		die("login", CKR_PIN_INCORRECT);
	MUST(C_FindObjectsInit(s, &want, 1));
	MUST(C_FindObjects(s, all, COUNT(all), &n));
	MUST(C_FindObjectsFinal(s));
	for (i = 0; i < n; i++) {
		MUST(C_GetAttributeValue(s, all[i], &get, 1));
		if (class != keep)
			MUST(C_DestroyObject(s, all[i]));
	}
	MUST(C_CloseSession(s));
}

static void
test_halves(void)
{
	CK_SESSION_HANDLE	 s;

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, RSASHA256, "rsa", true, true);
	raw_pair(s, ED25519, "ed", true, true);
	raw_pair(s, ED448, "mute", false, true);
	raw_keep("rsa", CKO_PRIVATE_KEY);
	raw_keep("ed", CKO_PUBLIC_KEY);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "mute", ED448)), FAULT);
	CU_ASSERT_TRUE(said("CKA_SIGN"));
	done();
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "ed", ED25519)), FAULT);
	CU_ASSERT_TRUE(said("only its public half"));
	done();
	/* an RSA private key knows its public half */
	CU_ASSERT_EQUAL_FATAL(find_one(PIN, ksk(0, "rsa", RSASHA256)), ACCEPT);
	sign_all(1);
	done();
	wipe();
}

/* The private half carries the modulus of one key, the public half is another's. */
static void
test_mixed_halves(void)
{
	CK_SESSION_HANDLE	 a, b;

	fresh();
	raw_begin();
	a = raw_token("A");
	b = raw_token("B");
	raw_pair(a, RSASHA512, "rsa", true, true);
	raw_keep("rsa", CKO_PRIVATE_KEY);
	raw_copy(b, raw_pair(b, RSASHA512, "rsa", true, true).public, a);
	raw_end();
	policy_of(1);
	hsms[0].uri = (char *)(uintptr_t)"pkcs11:token=A";
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "rsa", RSASHA512)), FAULT);
	CU_ASSERT_TRUE(said("two halves are of different keys"));
	done();
	wipe();
}

static void
test_dnskey_file(void)
{
	static const struct { const char *text, *said; } cases[] = {
		{ "; nothing\n", "not one DNSKEY line" },
		{ ". DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
		    "not a key of ECDSAP384SHA384" },
		{ ". DNSKEY 257 3 14 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
		    "not a key of ECDSAP384SHA384" },
	};
	struct buf	 line = BUF_EMPTY;
	struct dname	 root;
	char		 path[128];
	size_t		 i;

	fresh();
	raw_begin();
	raw_pair(raw_token("A"), ECDSAP384SHA384, "ec", true, true);
	raw_end();
	policy_of(1);
	CU_ASSERT_EQUAL_FATAL(find_one(PIN, ksk(0, "ec", ECDSAP384SHA384)), ACCEPT);
	CU_ASSERT_EQUAL(dname_parse(&root, "."), 0);
	CU_ASSERT_EQUAL(key_print(&line, token_key_public(keys[0]), &root), 0);
	done();
	raw_begin();
	raw_keep("ec", CKO_PRIVATE_KEY);
	raw_end();
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("no dnskey file"));
	done();
	snprintf(path, sizeof(path), "%s/ec.key", dir);
	ksks[0].dnskey = path;
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("No such file"));
	done();
	for (i = 0; i < COUNT(cases); i++) {
		write_file("ec.key", cases[i].text, 0644);
		CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
		CU_ASSERT_TRUE(said(cases[i].said));
		done();
	}
	write_file("ec.key", (char *)line.data, 0644);
	CU_ASSERT_EQUAL_FATAL(find_one(PIN, &ksks[0]), ACCEPT);
	sign_all(1);
	done();
	buf_free(&line);
	wipe();
}

static void
test_other_kind(void)
{
	static const struct { const char *label; unsigned algorithm; const char *said; } cases[] = {
		{ "p256", RSASHA256, "EC key" },
		{ "p256", ECDSAP384SHA384, "curve" },
		{ "p256", ED25519, "EC key" },
		{ "ed", ED448, "curve" },
		{ "ed", ECDSAP256SHA256, "Edwards key" },
		{ "rsa", ECDSAP256SHA256, "RSA key" },
		{ "rsa", 5, "not supported" },
	};
	CK_SESSION_HANDLE	 s;
	size_t			 i;

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, ECDSAP256SHA256, "p256", true, true);
	raw_pair(s, ED25519, "ed", true, true);
	raw_pair(s, RSASHA512, "rsa", true, true);
	raw_end();
	policy_of(1);
	for (i = 0; i < COUNT(cases); i++) {
		CU_ASSERT_EQUAL(find_one(PIN, ksk(0, cases[i].label, cases[i].algorithm)), FAULT);
		CU_ASSERT_TRUE(said(cases[i].said));
		done();
	}
	/* the token cannot tell the hash: both are right */
	CU_ASSERT_EQUAL(find_one(PIN, ksk(0, "rsa", RSASHA256)), ACCEPT);
	sign_all(1);
	done();
	wipe();
}

static void
test_key_uri(void)
{
	static const struct { const char *uri; enum verdict v; const char *label; } cases[] = {
		{ "pkcs11:object=real", ACCEPT, "real" },
		{ "pkcs11:id=%0F", ACCEPT, "real" },	/* label read from the token */
		{ "pkcs11:object=real;id=%0F;type=private", ACCEPT, "real" },
		{ "pkcs11:object=real;id=%01", FAULT, "none of 1" },
		{ "pkcs11:token=A", FAULT, "none of 1" },	/* the policy's label then */
		{ "pkcs11:token=B;object=real", FAULT, "none of 1" },
		{ "pkcs11:object=real;object=real", FAULT, "twice" },
		{ "pkcs11:object=real?pin-source=/x", FAULT, "no meaning" },
	};
	size_t	 i;

	fresh();
	raw_begin();
	raw_pair(raw_token("A"), ED25519, "real", true, true);
	raw_end();
	policy_of(1);
	for (i = 0; i < COUNT(cases); i++) {
		ksk(0, "alias", ED25519);
		ksks[0].uri = (char *)(uintptr_t)cases[i].uri;
		CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), cases[i].v);
		if (cases[i].v != ACCEPT)
			CU_ASSERT_TRUE(said(cases[i].label));
		if (keys[0] != NULL)
			CU_ASSERT_STRING_EQUAL(token_key_public(keys[0])->identifier,
			    cases[i].label);
		done();
	}
	wipe();
}

/* An object that is no key, with the label of one. */
static void
raw_data(CK_SESSION_HANDLE s, const char *label)
{
	CK_OBJECT_CLASS	 class = CKO_DATA;
	CK_BBOOL	 yes = CK_TRUE;
	CK_ATTRIBUTE	 a[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
	};
	CK_OBJECT_HANDLE object;

	MUST(C_CreateObject(s, a, COUNT(a), &object));
}

/* Beside two good keys, one of them by its id: a third key, and what is said of it. */
static const struct { const char *label; enum verdict v; const char *said; } thirds[] = {
	{ "good", ACCEPT, NULL },			/* the same again */
	{ "mute", FAULT, "key mute: token A " },	/* CKA_SIGN */
	{ "twice", FAULT, "key twice: token A " },
	{ "half", FAULT, "key half: token A " },	/* the public one alone */
	{ "goo", FAULT, "key goo: on none of 1 tokens" },
	{ "goodd", FAULT, "key goodd: on none of 1 tokens" },
};

static void
find_thirds(void)
{
	const struct ksk	*wanted[3];
	size_t			 i;

	for (i = 0; i < COUNT(thirds); i++) {
		wanted[0] = ksk(0, "good", ED25519);
		wanted[1] = ksk(1, "alias", ED448);
		ksks[1].uri = (char *)(uintptr_t)"pkcs11:id=%10";
		wanted[2] = ksk(2, thirds[i].label, ED25519);
		CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted, 3), thirds[i].v);
		CU_ASSERT_EQUAL(asked, 1);
		if (thirds[i].v == ACCEPT) {
			CU_ASSERT_STRING_EQUAL(token_key_public(keys[1])->identifier, "by-id");
			CU_ASSERT_TRUE(key_same_public(token_key_public(keys[0]),
			    token_key_public(keys[2])));
			CU_ASSERT_EQUAL(rep.count, 0);
			sign_all(3);
		} else {
			CU_ASSERT_TRUE(said(thirds[i].said));
			CU_ASSERT_EQUAL(rep.count, 1);
		}
		done();
	}
}

/* Several keys at once, on a token with little else (all objects are listed), and on one with more. */
static void
test_several(void)
{
	CK_SESSION_HANDLE	 s;
	char			 other[16];
	int			 i;

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, ED25519, "half", true, true);
	raw_keep("half", CKO_PUBLIC_KEY);
	raw_pair(s, ED25519, "good", true, true);
	raw_pair(s, ED448, "by-id", true, true);
	raw_pair(s, ED25519, "mute", false, true);
	raw_copy(s, raw_pair(s, ED25519, "twice", true, true).public, s);
	raw_data(s, "good");
	raw_end();
	policy_of(1);
	find_thirds();
	raw_begin();
	MUST(C_OpenSession(raw_slot("A"), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
	MUST(C_Login(s, CKU_USER, (CK_BYTE_PTR)(uintptr_t)PIN, 4));
	for (i = 0; i < 4; i++) {
		snprintf(other, sizeof(other), "other-%d", i);
		raw_pair(s, ECDSAP256SHA256, other, true, true);
	}
	raw_end();
	find_thirds();
	wipe();
}

/* A failure in the midst: no signature is handed out, and every thread has ended. */
static void
test_failure(void)
{
	struct sign_job		 jobs[32];
	CK_SESSION_HANDLE	 s;
	const struct ksk	*wanted[2];
	size_t			 i;

	fresh();
	raw_begin();
	s = raw_token("A");
	raw_pair(s, ED25519, "good", true, true);
	raw_pair(s, RSASHA512, "gone", true, true);
	raw_end();
	policy_of(1);
	wanted[0] = ksk(0, "good", ED25519);
	wanted[1] = ksk(1, "gone", RSASHA512);
	CU_ASSERT_EQUAL_FATAL(open_and_find(PIN, wanted, 2), ACCEPT);
	raw_keep("gone", CKO_PUBLIC_KEY);	/* behind its back, as a fault of the device */
	for (i = 0; i < COUNT(jobs); i++)
		jobs[i] = (struct sign_job){ .key = keys[i == 7 ? 1 : 0],
			.data = (const unsigned char *)"abc", .len = 3 };
	CU_ASSERT_EQUAL(tokens_sign(ts, jobs, COUNT(jobs), &rep), FAULT);
	CU_ASSERT_TRUE(said("key gone: token A serial"));
	CU_ASSERT_TRUE(said("C_SignInit: CKR_"));
	for (i = 0; i < COUNT(jobs); i++)
		CU_ASSERT_PTR_NULL(jobs[i].sig);
	/* the rest still works */
	jobs[7].key = keys[0];
	CU_ASSERT_EQUAL(tokens_sign(ts, jobs, COUNT(jobs), &rep), ACCEPT);
	for (i = 0; i < COUNT(jobs); i++) {
		CU_ASSERT_EQUAL(memcmp(jobs[i].sig, jobs[0].sig, 64), 0);
		if (i > 0)
			free(jobs[i].sig);
	}
	free(jobs[0].sig);
	done();
	wipe();
}

/*
 * What SoftHSM never does: its table of functions, with some of ours in it
 */

static CK_FUNCTION_LIST	 real;
static CK_FLAGS		 more_flags;
static CK_RV		 login_answer;
static unsigned		 logins;

static CK_RV
flagged_info(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	CK_RV	 rv = real.C_GetTokenInfo(id, info);

	info->flags |= more_flags;
	return rv;
}

static CK_RV
refusing_login(CK_SESSION_HANDLE s, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
	logins++;
	return login_answer != CKR_OK ? login_answer : real.C_Login(s, user, pin, len);
}

/* A session that does not know of libp11's login, until it has its own. */
static CK_RV
separate_info(CK_SESSION_HANDLE s, CK_SESSION_INFO *info)
{
	CK_RV	 rv = real.C_GetSessionInfo(s, info);

	if (logins < 2)
		info->state = CKS_RO_PUBLIC_SESSION;
	return rv;
}

static CK_RV
no_session(CK_SLOT_ID id, CK_FLAGS flags, void *app, CK_NOTIFY notify, CK_SESSION_HANDLE *s)
{
	(void)id;
	(void)flags;
	(void)app;
	(void)notify;
	(void)s;
	return CKR_SESSION_COUNT;
}

static CK_RV
short_sign(CK_SESSION_HANDLE s, CK_BYTE *data, CK_ULONG len, CK_BYTE *sig, CK_ULONG *siglen)
{
	CK_RV	 rv = real.C_Sign(s, data, len, sig, siglen);

	*siglen -= 1;
	return rv;
}

static void
with_key(void)
{
	fresh();
	raw_begin();
	raw_pair(raw_token("A"), ED25519, "k", true, true);
	raw_end();
	policy_of(1);
	ksk(0, "k", ED25519);
	real = *f;
	more_flags = 0;
	login_answer = CKR_OK;
	logins = 0;
}

static void
test_pin_state(void)
{
	static const struct { CK_FLAGS flags; enum verdict v; unsigned asked; const char *said; }
	    cases[] = {
		{ CKF_USER_PIN_LOCKED, FAULT, 0, "is locked; no PIN was tried" },
		{ CKF_USER_PIN_FINAL_TRY, ACCEPT, 1, "last attempt" },
		{ CKF_USER_PIN_COUNT_LOW, ACCEPT, 1, "has been entered before" },
	};
	static const struct { CK_RV rv; const char *said; } answers[] = {
		{ CKR_PIN_LOCKED, "locked now; it was tried once (C_Login: CKR_PIN_LOCKED)" },
		{ CKR_PIN_EXPIRED, "expired" },
		{ CKR_USER_PIN_NOT_INITIALIZED, "no user PIN has been set" },
		{ CKR_DEVICE_ERROR, "C_Login: CKR_DEVICE_ERROR" },
	};
	size_t	 i;

	with_key();
	f->C_GetTokenInfo = flagged_info;
	f->C_Login = refusing_login;
	for (i = 0; i < COUNT(cases); i++) {
		more_flags = cases[i].flags;
		CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), cases[i].v);
		CU_ASSERT_EQUAL(asked, cases[i].asked);
		CU_ASSERT_EQUAL(rep.count, 1);
		CU_ASSERT_TRUE(said(cases[i].said));
		done();
	}
	more_flags = 0;
	for (i = 0; i < COUNT(answers); i++) {
		login_answer = answers[i].rv;
		logins = 0;
		CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
		CU_ASSERT_EQUAL(asked, 1);
		CU_ASSERT_EQUAL(logins, 1);
		CU_ASSERT_TRUE(said(answers[i].said));
		done();
	}
	*f = real;
	wipe();
}

/* The login is that of our own session, once: libp11, which would keep the PIN, is not given it. */
static void
test_separate_login(void)
{
	with_key();
	f->C_Login = refusing_login;
	f->C_GetSessionInfo = separate_info;
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), ACCEPT);
	CU_ASSERT_EQUAL(logins, 1);
	CU_ASSERT_EQUAL(asked, 1);
	done();
	logins = 0;
	login_answer = CKR_PIN_INCORRECT;
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_EQUAL(logins, 1);		/* a wrong PIN is not given twice */
	done();
	*f = real;
	wipe();
}

static void
test_odd_signing(void)
{
	struct sign_job	 job;

	with_key();
	CU_ASSERT_EQUAL_FATAL(find_one(PIN, &ksks[0]), ACCEPT);
	f->C_OpenSession = no_session;	/* no room for more threads: one does it all */
	sign_all(1);
	*f = real;
	f->C_Sign = short_sign;
	job = (struct sign_job){ .key = keys[0], .data = (const unsigned char *)"x", .len = 1 };
	CU_ASSERT_EQUAL(tokens_sign(ts, &job, 1, &rep), FAULT);
	CU_ASSERT_TRUE(said("a signature of 63 bytes, expected 64"));
	CU_ASSERT_PTR_NULL(job.sig);
	*f = real;
	done();
	f->C_OpenSession = no_session;	/* nor for the first: libp11 alone would wait for ever */
	CU_ASSERT_EQUAL(find_one(PIN, &ksks[0]), FAULT);
	CU_ASSERT_TRUE(said("C_OpenSession: CKR_SESSION_COUNT"));
	CU_ASSERT_EQUAL(asked, 0);
	*f = real;
	done();
	wipe();
}

/* All of it, as tokens_open loads the modules and as tokens_begin does. */
static bool
add_suite(const char *name, CU_InitializeFunc start)
{
	CU_pSuite	 s = CU_add_suite(name, start, NULL);

	return s != NULL &&
	    CU_add_test(s, "nothing to use", test_absent) != NULL &&
	    CU_add_test(s, "not all can be used", test_partly_absent) != NULL &&
	    CU_add_test(s, "six algorithms", test_algorithms) != NULL &&
	    CU_add_test(s, "one key on two tokens", test_cluster) != NULL &&
	    CU_add_test(s, "two keys of one label", test_different) != NULL &&
	    CU_add_test(s, "keys on two tokens", test_two_tokens) != NULL &&
	    CU_add_test(s, "keys to look at", test_look) != NULL &&
	    CU_add_test(s, "twice on one token", test_twice) != NULL &&
	    CU_add_test(s, "wrong PIN", test_wrong_pin) != NULL &&
	    CU_add_test(s, "where PINs come from", test_pin_places) != NULL &&
	    CU_add_test(s, "no PIN set", test_no_pin_set) != NULL &&
	    CU_add_test(s, "environment", test_environment) != NULL &&
	    CU_add_test(s, "half a key", test_halves) != NULL &&
	    CU_add_test(s, "halves of two keys", test_mixed_halves) != NULL &&
	    CU_add_test(s, "public half in a file", test_dnskey_file) != NULL &&
	    CU_add_test(s, "another kind of key", test_other_kind) != NULL &&
	    CU_add_test(s, "keys by uri", test_key_uri) != NULL &&
	    CU_add_test(s, "several keys at once", test_several) != NULL &&
	    CU_add_test(s, "failure while signing", test_failure) != NULL &&
	    CU_add_test(s, "the state of a PIN", test_pin_state) != NULL &&
	    CU_add_test(s, "a login of one's own", test_separate_login) != NULL &&
	    CU_add_test(s, "short signatures, no sessions", test_odd_signing) != NULL;
}

/* A module that is begun with and never opened is waited for, and finalised. */
static void
test_begin(void)
{
	fresh();
	policy_of(1);
	ts = tokens_begin(&policy);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ts);
	done();
	hsms[0].module = (char *)(uintptr_t)"/no/such/module";
	ts = tokens_begin(&policy);
	CU_ASSERT_PTR_NOT_NULL(ts);
	done();
	policy.nhsms = 0;
	CU_ASSERT_PTR_NULL(tokens_begin(&policy));
	wipe();
}

int
main(void)
{
	if ((module = find_module()) == NULL) {
		fprintf(stderr, "test_token: no SoftHSM here\n");
		return 1;
	}
	if (CU_initialize_registry() != CUE_SUCCESS || !add_suite("token", NULL) ||
	    !add_suite("token, its module loaded beside", load_beside) ||
	    CU_add_test(CU_get_suite("token"), "begun, not opened", test_begin) == NULL)
		return 1;
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	return CU_get_number_of_failures() > 0;
}

/*
 * Every test makes its own SoftHSM in a temporary folder, and changes it with raw calls in
 * the process that reads it.
 */
#include <dlfcn.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <p11-kit/pkcs11.h>

#include "base/isotime.h"
#include "fixture.h"
#include "token/inventory.h"
#include "token/reach.h"

#define PIN	"1234"
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

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

static const char		*module;
static char			 dir[64];
static CK_FUNCTION_LIST		*f;
static CK_SESSION_HANDLE	 rw;		/* once the library is in */
static struct reach		 reach;
static struct tokens		*ts;
static struct report		 rep = REPORT_EMPTY;

static void
succeed(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "test_inventory: %s: 0x%lx\n", what, rv);
	exit(1);
}

#define MUST(call)	succeed(f->call, #call)

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
setup(void)
{
	char	 path[128];
	FILE	*file;

	snprintf(dir, sizeof(dir), "/tmp/test_inventory.XXXXXX");
	if (mkdtemp(dir) == NULL)
		exit(1);
	snprintf(path, sizeof(path), "%s/tokens", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/conf", dir);
	if ((file = fopen(path, "w")) == NULL || fprintf(file, "directories.tokendir = %s/tokens\n"
	    "log.level = ERROR\n", dir) < 0 || fclose(file) == EOF)
		exit(1);
	setenv("SOFTHSM2_CONF", path, 1);
}

static CK_SLOT_ID
free_slot(void)
{
	CK_SLOT_ID	 ids[16];
	CK_TOKEN_INFO	 info;
	CK_ULONG	 n = 0, i;

	MUST(C_GetSlotList(CK_TRUE, NULL, &n));
	n = COUNT(ids);
	MUST(C_GetSlotList(CK_TRUE, ids, &n));
	for (i = 0; i < n; i++) {
		MUST(C_GetTokenInfo(ids[i], &info));
		if ((info.flags & CKF_TOKEN_INITIALIZED) == 0)
			return ids[i];
	}
	exit(1);
}

/* Tokens of these labels, by raw calls, before the library comes in. */
static void
raw_tokens(const char *const *labels, size_t n)
{
	CK_C_INITIALIZE_ARGS	 args = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList	 getlist = NULL;
	CK_SESSION_HANDLE	 s;
	CK_SLOT_ID		 id;
	unsigned char		 padded[32];
	void			*h = dlopen(module, RTLD_NOW | RTLD_NODELETE);
	size_t			 i;

	*(void **)&getlist = dlsym(h, "C_GetFunctionList");
	succeed(getlist(&f), "C_GetFunctionList");
	MUST(C_Initialize(&args));
	for (i = 0; i < n; i++) {
		memset(padded, ' ', sizeof(padded));
		memcpy(padded, labels[i], strlen(labels[i]));
		id = free_slot();
		MUST(C_InitToken(id, (CK_BYTE_PTR)(uintptr_t)"5678", 4, padded));
		MUST(C_OpenSession(id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s));
		MUST(C_Login(s, CKU_SO, (CK_BYTE_PTR)(uintptr_t)"5678", 4));
		MUST(C_InitPIN(s, (CK_BYTE_PTR)(uintptr_t)PIN, 4));
		MUST(C_CloseSession(s));
	}
	MUST(C_Finalize(NULL));
}

/* PINs for so many tokens in a pipe. */
static int
pins(size_t n)
{
	int	 fd[2];

	if (pipe(fd) == -1)
		exit(1);
	while (n-- > 0)
		if (write(fd[1], PIN "\n", 5) != 5)
			exit(1);
	close(fd[1]);
	return fd[0];
}

static struct token *
begin(void)
{
	static const char *const main_label[] = { "main" };

	setup();
	raw_tokens(main_label, 1);
	reach = (struct reach){ .module = module, .pin_fd = pins(1) };
	report_free(&rep);
	CU_ASSERT_EQUAL_FATAL(reach_open(&ts, &reach, NULL, &rep), ACCEPT);
	CU_ASSERT_EQUAL(tokens_count(ts), 1);
	CU_ASSERT_STRING_EQUAL(token_label(tokens_get(ts, 0)), "main");
	return tokens_get(ts, 0);
}

static struct inventory *
take(void)
{
	struct inventory *inv = NULL;
	CK_SLOT_ID	 ids[16];
	CK_ULONG	 n = COUNT(ids);

	if (inventory_take(&inv, ts, tokens_get(ts, 0), &rep) != ACCEPT) {
		report_print(&rep, "test_inventory", stderr);
		exit(1);
	}
	if (rw == CK_INVALID_HANDLE) {
		MUST(C_GetSlotList(CK_TRUE, ids, &n));
		MUST(C_OpenSession(ids[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &rw));
	}
	return inv;
}

static void
end(void)
{
	rw = CK_INVALID_HANDLE;
	tokens_close(ts);
	ts = NULL;
	close(reach.pin_fd);
	reach_free(&reach);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct halves_of { CK_OBJECT_HANDLE public, private; };

static const struct {
	unsigned		 algorithm;
	CK_MECHANISM_TYPE	 mechanism;
	const char		*params;
	size_t			 len;
} kinds[] = {
	{ RSASHA256, CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
	{ ECDSAP256SHA256, CKM_EC_KEY_PAIR_GEN, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10 },
	{ ECDSAP384SHA384, CKM_EC_KEY_PAIR_GEN, "\x06\x05\x2b\x81\x04\x00\x22", 7 },
	{ ED25519, CKM_EC_EDWARDS_KEY_PAIR_GEN, "\x13\x0c" "edwards25519", 14 },
	{ ED448, CKM_EC_EDWARDS_KEY_PAIR_GEN, "\x13\x0a" "edwards448", 12 },
	{ 0, CKM_EC_KEY_PAIR_GEN, "\x06\x05\x2b\x81\x04\x00\x23", 7 },	/* P-521 */
};

/* A pair on the token, with or without dates. */
static struct halves_of
pair(unsigned algorithm, const char *label, unsigned char id, bool dated)
{
	CK_DATE		 from = { "2027", "01", "01" }, until = { "2027", "04", "01" };
	CK_BBOOL	 yes = CK_TRUE;
	CK_BYTE		 e[] = { 1, 0, 1 };
	CK_ULONG	 bits = 1024;
	CK_MECHANISM	 m = { 0 };
	struct halves_of p;
	size_t		 i;

	for (i = 0; kinds[i].algorithm != algorithm; i++)
		;
	m.mechanism = kinds[i].mechanism;
	CK_ATTRIBUTE	 pub[] = {
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) }, { CKA_ID, &id, 1 },
		{ CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)kinds[i].params, kinds[i].len },
		{ CKA_START_DATE, &from, 8 }, { CKA_END_DATE, &until, 8 },
		{ CKA_PUBLIC_EXPONENT, e, sizeof(e) },
	};
	CK_ATTRIBUTE	 priv[] = {
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) }, { CKA_ID, &id, 1 },
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &yes, 1 }, { CKA_SIGN, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 },
		{ CKA_START_DATE, &from, 8 }, { CKA_END_DATE, &until, 8 },
	};
	if (algorithm == RSASHA256) {
		pub[4] = (CK_ATTRIBUTE){ CKA_MODULUS_BITS, &bits, sizeof(bits) };
		if (!dated)
			pub[5] = pub[7];
	}
	MUST(C_GenerateKeyPair(rw, &m, pub, (dated ? 7u : 5u) + (algorithm == RSASHA256), priv,
	    dated ? 8 : 6, &p.public, &p.private));
	return p;
}

static void
set(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
	CK_ATTRIBUTE	 a = { type, (void *)(uintptr_t)value, len };

	MUST(C_SetAttributeValue(rw, object, &a, 1));
}

static CK_OBJECT_HANDLE
data_object(const char *label, bool on_token)
{
	CK_OBJECT_CLASS	 class = CKO_DATA;
	CK_BBOOL	 where = on_token ? CK_TRUE : CK_FALSE;
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE	 a[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_TOKEN, &where, 1 },
		{ CKA_LABEL, (void *)(uintptr_t)label, strlen(label) },
		{ CKA_VALUE, (void *)(uintptr_t)"v", 1 },
	};

	MUST(C_CreateObject(rw, a, COUNT(a), &object));
	return object;
}

static const struct holding *
find(const struct inventory *inv, const char *label)
{
	size_t	 i;

	for (i = 0; i < inv->n; i++)
		if (inv->keys[i].line.label != NULL && strcmp(inv->keys[i].line.label, label) == 0)
			return &inv->keys[i];
	return NULL;
}

/* The lines of an inventory as text, without their token; good until the next call. */
static const char *
text(const struct inventory *inv)
{
	static struct buf out;
	size_t		 i;

	out.len = 0;
	buf_puts(&out, "");
	for (i = 0; i < inv->n; i++)
		keyline_print(&out, &inv->keys[i].line);
	return (const char *)out.data;
}

static void
test_kinds(void)
{
	struct inventory *inv;
	const struct holding *k;
	struct keylist	 list = KEYLIST_EMPTY;

	begin();
	inv = take();
	CU_ASSERT(inv->n == 0 && inv->nothers == 0);
	CU_ASSERT_STRING_EQUAL(inv->token.label, "main");
	CU_ASSERT_STRING_EQUAL(inv->token.model, "SoftHSM v2");
	inventory_free(inv);
	pair(ED448, "e", 5, true);
	pair(ED25519, "d", 4, false);
	pair(ECDSAP384SHA384, "c", 3, false);
	pair(ECDSAP256SHA256, "b", 2, true);
	pair(RSASHA256, "a", 1, true);
	pair(0, "p521", 6, false);
	data_object("some data", true);
	data_object("of a session", false);
	inv = take();
	CU_ASSERT_STRING_EQUAL(text(inv),
	    "-\ta\t01\t-\t-\t1024\t-\t-\t2027-01-01\t2027-04-01\tpPs\t-\n"
	    "-\tb\t02\t-\tECDSAP256SHA256\t256\t-\t-\t2027-01-01\t2027-04-01\tpPs\t-\n"
	    "-\tc\t03\t-\tECDSAP384SHA384\t384\t-\t-\t-\t-\tpPs\t-\n"
	    "-\td\t04\t-\tED25519\t256\t-\t-\t-\t-\tpPs\t-\n"
	    "-\te\t05\t-\tED448\t456\t-\t-\t2027-01-01\t2027-04-01\tpPs\t-\n");
	CU_ASSERT_EQUAL(inv->nothers, 3);
	k = find(inv, "a");
	CU_ASSERT(k->family == FAMILY_RSA && k->public.algorithm == 0 && k->public.len == 132);
	CU_ASSERT(k->strange == NULL && !k->unsure && k->private_object != 0 && k->public_object != 0);
	CU_ASSERT_EQUAL(inventory_list(&list, inv), 0);
	CU_ASSERT(list.n == 5 && list.ntokens == 1 && list.keys[4].token == 0);
	keylist_clear(&list);
	inventory_free(inv);
	end();
}

static void
test_halves(void)
{
	struct halves_of a, b, p;
	struct inventory *inv;
	const struct holding *k;

	begin();
	inventory_free(take());
	/* the same id, two labels: RSA halves know each other, EC halves are alone with their id */
	a = pair(RSASHA256, "rsa", 1, false);
	set(a.public, CKA_LABEL, "other", 5);
	a = pair(ECDSAP256SHA256, "ec", 2, false);
	set(a.public, CKA_LABEL, "another", 7);
	/* halves of two keys under one name */
	a = pair(RSASHA256, "a", 3, false);
	b = pair(RSASHA256, "b", 4, false);
	set(a.public, CKA_LABEL, "c", 1);
	set(a.public, CKA_ID, "\5", 1);
	set(b.private, CKA_LABEL, "c", 1);
	set(b.private, CKA_ID, "\5", 1);
	/* one half */
	p = pair(ED25519, "private", 6, true);
	MUST(C_DestroyObject(rw, p.public));
	p = pair(ED25519, "public", 7, true);
	MUST(C_DestroyObject(rw, p.private));
	/* two EC keys with everything the same, one with a half less */
	pair(ECDSAP256SHA256, "twin", 8, false);
	p = pair(ECDSAP256SHA256, "twin", 8, false);
	MUST(C_DestroyObject(rw, p.private));
	inv = take();
	CU_ASSERT_EQUAL(inv->n, 9);
	k = find(inv, "rsa");
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_STRING_EQUAL(k->strange, "its halves have different labels");
	CU_ASSERT(!k->unsure && k->public_object != 0);
	k = find(inv, "ec");
	CU_ASSERT_STRING_EQUAL(k->strange, "its halves have different labels");
	CU_ASSERT(!k->unsure && k->public_object != 0);
	k = find(inv, "c");
	CU_ASSERT_STRING_EQUAL(k->strange, "its halves are of different keys");
	CU_ASSERT(k->unsure && k->private_object == b.private && k->public_object == a.public);
	CU_ASSERT_STRING_EQUAL(find(inv, "a")->strange, "it has no public half");
	CU_ASSERT_STRING_EQUAL(find(inv, "b")->strange, "it has no private half");
	k = find(inv, "private");
	CU_ASSERT_STRING_EQUAL(k->strange, "it has no public half");
	CU_ASSERT(k->public.public == NULL && k->line.bits == 256 && k->public_object == 0);
	CU_ASSERT_STRING_EQUAL(find(inv, "public")->strange, "it has no private half");
	CU_ASSERT_EQUAL(find(inv, "public")->line.until, 20909 * DAY);
	k = find(inv, "twin");
	CU_ASSERT_STRING_EQUAL(k->strange, "several halves have its label and id");
	CU_ASSERT(k[0].unsure && k[1].unsure && strcmp(k[1].line.label, "twin") == 0);
	inventory_free(inv);
	end();
}

static void
test_odd(void)
{
	CK_DATE		 from = { "2027", "01", "01" };
	struct halves_of p;
	struct inventory *inv;
	const struct holding *k;
	char		 huge[2000];
	size_t		 i, found = 0;

	begin();
	inventory_free(take());
	pair(ECDSAP256SHA256, "twice", 1, false);
	pair(ECDSAP256SHA256, "twice", 2, false);
	pair(ECDSAP256SHA256, "x", 3, false);
	pair(ED25519, "y", 3, false);
	p = pair(ECDSAP256SHA256, "nul", 4, false);
	set(p.private, CKA_LABEL, "n\0l", 3);
	set(p.public, CKA_LABEL, "n\0l", 3);
	p = pair(ECDSAP256SHA256, "dates", 5, false);
	set(p.public, CKA_START_DATE, &from, 8);
	set(p.public, CKA_END_DATE, &from, 8);
	p = pair(ECDSAP256SHA256, "huge", 6, false);
	memset(huge, 'h', sizeof(huge));
	set(p.private, CKA_LABEL, huge, sizeof(huge));
	set(p.public, CKA_LABEL, huge, sizeof(huge));
	p = pair(ECDSAP256SHA256, "bare", 7, false);
	set(p.private, CKA_ID, "", 0);
	set(p.public, CKA_ID, "", 0);
	set(p.private, CKA_LABEL, "", 0);
	set(p.public, CKA_LABEL, "", 0);
	inv = take();
	CU_ASSERT_STRING_EQUAL(find(inv, "twice")->strange, "another key has its label");
	CU_ASSERT_STRING_EQUAL(find(inv, "x")->strange, "another key has its id");
	CU_ASSERT_STRING_EQUAL(find(inv, "y")->strange, "another key has its id");
	CU_ASSERT_STRING_EQUAL(find(inv, "dates")->strange, "its dates make no sense");
	for (i = 0; i < inv->n; i++) {
		k = &inv->keys[i];
		if (k->line.label != NULL)
			continue;
		found++;
		if (k->line.idlen == 0) {	/* nothing by which two halves could be one */
			CU_ASSERT(k->private_object == 0 || k->public_object == 0);
		} else {
			CU_ASSERT_STRING_EQUAL(k->strange, k->line.id[0] == 4 ?
			    "a NUL byte in its label" : "its label or id is too long");
			CU_ASSERT(k->unsure);
		}
	}
	CU_ASSERT_EQUAL(found, 4);
	inventory_free(inv);
	end();
}

/* The one change between two inventories. */
static void
expect_change(struct inventory *before, struct inventory *after, int what, const char *label)
{
	struct inventory_change *c = NULL;
	const char	*name;
	size_t		 n = 99;

	CU_ASSERT_EQUAL_FATAL(inventory_compare(before, after, &c, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, label == NULL ? 0 : 1);
	if (n == 1) {
		CU_ASSERT_EQUAL((int)c[0].what, what);
		CU_ASSERT_EQUAL(c[0].before != NULL, what == KEY_GONE || what == KEY_CHANGED);
		CU_ASSERT_EQUAL(c[0].after != NULL, what == KEY_ADDED || what == KEY_CHANGED);
		name = c[0].object != NULL ? c[0].object->label : c[0].after != NULL ?
		    c[0].after->line.label : c[0].before->line.label;
		CU_ASSERT_STRING_EQUAL(name, label);
	}
	free(c);
	inventory_free(before);
}

static void
test_compare(void)
{
	struct inventory *before, *after;
	struct halves_of a, b;
	CK_OBJECT_HANDLE o;

	begin();
	before = take();
	expect_change(before, after = take(), 0, NULL);
	a = pair(ECDSAP256SHA256, "a", 1, false);
	expect_change(after, before = take(), KEY_ADDED, "a");
	b = pair(RSASHA256, "a", 1, false);
	expect_change(before, after = take(), KEY_ADDED, "a");
	set(b.private, CKA_LABEL, "b", 1);
	set(b.public, CKA_LABEL, "b", 1);
	expect_change(after, before = take(), KEY_CHANGED, "b");
	set(a.public, CKA_VERIFY, "\0", 1);
	expect_change(before, after = take(), KEY_CHANGED, "a");
	MUST(C_DestroyObject(rw, a.private));
	expect_change(after, before = take(), KEY_CHANGED, "a");
	MUST(C_DestroyObject(rw, a.public));
	expect_change(before, after = take(), KEY_GONE, "a");
	o = data_object("x y", true);
	expect_change(after, before = take(), OBJECT_ADDED, "x%20y");
	MUST(C_DestroyObject(rw, o));
	expect_change(before, after = take(), OBJECT_GONE, "x%20y");
	inventory_free(after);
	end();
}

static void
test_name(void)
{
	struct ksk	 ksk = { .name = (char *)(uintptr_t)"k", .label = (char *)(uintptr_t)"the ksk",
			     .algorithm = RSASHA512, .valid_from = 20819 * DAY + 5,
			     .valid_until = 20909 * DAY + 5 };
	struct policy	*policy = policy_default();
	struct keylist	 record = KEYLIST_EMPTY;
	struct buf	 in = BUF_EMPTY;
	struct inventory *inv;
	const struct ksk *which = NULL;

	begin();
	inventory_free(take());
	pair(RSASHA256, "the ksk", 1, false);
	pair(RSASHA256, "rsa", 2, false);
	pair(ECDSAP256SHA256, "root-zsk-ecdsap256sha256-2027-01-01-1", 3, false);
	pair(ED25519, "root-zsk-rsasha256-2027-01-01-2", 4, false);
	inv = take();
	policy->keys = &ksk;
	policy->nkeys = 1;
	CU_ASSERT_EQUAL(buf_puts(&in,
	    "x.\trsa\t02\tzsk\tRSASHA256\t1024\t-\t-\t2026-01-01\t2026-02-01\tpPs\tb\n"
	    "y.\tthe ksk\t01\tzsk\tRSASHA256\t1024\t-\t-\t2020-01-01\t-\tpPs\tc\n"), 0);
	in.data[strcspn((char *)in.data, " ")] = ' ';
	/* a field has no blanks */
	CU_ASSERT_EQUAL(keylist_parse(&record, &in, "record", &rep), FAULT);
	in.len = 0;
	CU_ASSERT_EQUAL(buf_puts(&in,
	    "x.\trsa\t02\tzsk\tRSASHA256\t1024\t-\t-\t2026-01-01\t2026-02-01\tpPs\tb\n"
	    "y.\tthe%20ksk\t01\tzsk\t-\t1024\t-\t-\t2020-01-01\t-\tpPs\tc\n"), 0);
	CU_ASSERT_EQUAL(keylist_parse(&record, &in, "record", &rep), ACCEPT);
	report_free(&rep);
	CU_ASSERT_EQUAL(inventory_name(inv, policy, &record, &rep), ACCEPT);
	CU_ASSERT(find(inv, "the ksk")->line.tag == key_tag(&find(inv, "the ksk")->public));
	CU_ASSERT_EQUAL(find(inv, "the ksk")->public.flags, DNSKEY_KSK);
	CU_ASSERT_EQUAL(find(inv, "the ksk")->line.algorithm, RSASHA512);
	CU_ASSERT_EQUAL(find(inv, "the ksk")->line.from, 20819 * DAY);
	CU_ASSERT_EQUAL(find(inv, "the ksk")->line.until, 20910 * DAY);
	CU_ASSERT_STRING_EQUAL(find(inv, "the ksk")->line.zone, ".");
	CU_ASSERT_STRING_EQUAL(find(inv, "the ksk")->line.archive, "c");
	CU_ASSERT_STRING_EQUAL(find(inv, "rsa")->line.zone, "x.");
	CU_ASSERT_EQUAL(find(inv, "rsa")->line.role, ROLE_ZSK);
	CU_ASSERT_EQUAL(find(inv, "root-zsk-ecdsap256sha256-2027-01-01-1")->line.role, ROLE_ZSK);
	CU_ASSERT_EQUAL(find(inv, "root-zsk-ecdsap256sha256-2027-01-01-1")->line.from, 20819 * DAY);
	/* what is said of another kind of key is not used */
	CU_ASSERT_EQUAL(find(inv, "root-zsk-rsasha256-2027-01-01-2")->line.role, ROLE_UNKNOWN);
	CU_ASSERT_TRUE(report_has(&rep, WARNING, NULL, "another algorithm on the token"));
	CU_ASSERT_TRUE(inventory_in_policy(inv, find(inv, "the ksk"), policy, &which));
	CU_ASSERT_PTR_EQUAL(which, &ksk);
	CU_ASSERT_FALSE(inventory_in_policy(inv, find(inv, "rsa"), policy, &which));
	ksk.uri = (char *)(uintptr_t)"pkcs11:token=main;id=%02";
	CU_ASSERT_TRUE(inventory_in_policy(inv, find(inv, "rsa"), policy, &which));
	ksk.uri = (char *)(uintptr_t)"pkcs11:token=other;id=%02";
	CU_ASSERT_FALSE(inventory_in_policy(inv, find(inv, "rsa"), policy, &which));
	policy->keys = NULL;
	policy->nkeys = 0;
	policy_free(policy);
	keylist_clear(&record);
	buf_free(&in);
	inventory_free(inv);
	end();
}

static void
test_against(void)
{
	struct inventory_sum sum;
	struct keylist	 record = KEYLIST_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct inventory *inv;

	begin();
	inventory_free(take());
	pair(ECDSAP256SHA256, "a", 1, false);
	pair(ECDSAP256SHA256, "b", 2, false);
	inv = take();
	CU_ASSERT_EQUAL(inventory_list(&record, inv), 0);
	CU_ASSERT_EQUAL(inventory_against(inv, &record, SIZE_MAX, &sum, &rep), ACCEPT);
	CU_ASSERT_EQUAL(inventory_against(inv, &record, 0, &sum, &rep), ACCEPT);
	CU_ASSERT_EQUAL(inventory_sum_print(&out, &sum), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data, "2 = 2");
	record.keys[1].flags = KEY_PUBLIC;
	CU_ASSERT_EQUAL(inventory_against(inv, &record, 0, &sum, &rep), REFUSE);
	CU_ASSERT(sum.changed == 1 && sum.gone == 0 && sum.added == 0);
	record.keys[1].id[0] = 3;
	CU_ASSERT_EQUAL(inventory_against(inv, &record, 0, &sum, &rep), REFUSE);
	CU_ASSERT(sum.changed == 0 && sum.gone == 1 && sum.added == 1);
	out.len = 0;
	CU_ASSERT_EQUAL(inventory_sum_print(&out, &sum), 0);
	CU_ASSERT_STRING_EQUAL((char *)out.data, "2 - 1 + 1 = 2");
	CU_ASSERT_EQUAL(inventory_against(inv, &record, 1, &sum, &rep), REFUSE);
	CU_ASSERT(sum.was == 0 && sum.added == 2);
	buf_free(&out);
	keylist_clear(&record);
	inventory_free(inv);
	end();
}

static void
test_prove(void)
{
	unsigned char	 print[DIGEST_SIZE], again[DIGEST_SIZE];
	struct token	*t = begin();
	struct halves_of p;
	struct inventory *inv;
	size_t		 i;

	inventory_free(take());
	for (i = 0; i < 5; i++)
		pair(kinds[i].algorithm, "k", (unsigned char)i, false);
	inv = take();
	for (i = 0; i < inv->n; i++) {
		CU_ASSERT_EQUAL(inventory_prove(ts, t, &inv->keys[i], &rep), ACCEPT);
		CU_ASSERT_EQUAL(inventory_fingerprint(print, &inv->keys[i]), 0);
		CU_ASSERT(i == 0 || memcmp(print, again, sizeof(print)) != 0);
		memcpy(again, print, sizeof(print));
	}
	inventory_free(inv);
	p = pair(ECDSAP256SHA256, "false", 9, false);
	MUST(C_DestroyObject(rw, p.private));
	p = pair(ECDSAP256SHA256, "other", 10, false);
	set(p.private, CKA_ID, "\11", 1);
	set(p.private, CKA_LABEL, "false", 5);
	MUST(C_DestroyObject(rw, p.public));
	inv = take();
	report_free(&rep);
	CU_ASSERT_PTR_NULL(find(inv, "false")->strange);
	CU_ASSERT_EQUAL(inventory_prove(ts, t, find(inv, "false"), &rep), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "its signature of a challenge does not verify"));
	inventory_free(inv);
	end();
}

static void
test_delete(void)
{
	const struct holding *doomed[2];
	struct token	*t = begin();
	struct inventory *inv, *after;
	struct inventory_change *c;
	size_t		 done = 9, n;

	inventory_free(take());
	pair(ECDSAP256SHA256, "a", 1, false);
	pair(ECDSAP256SHA256, "b", 2, false);
	pair(ECDSAP256SHA256, "c", 3, false);
	pair(ECDSAP256SHA256, "d", 4, false);
	pair(ECDSAP256SHA256, "d", 4, false);
	inv = take();
	doomed[0] = find(inv, "a");
	doomed[1] = find(inv, "d");
	CU_ASSERT_EQUAL(inventory_delete(ts, t, doomed, 2, &done, &rep), FAULT);
	CU_ASSERT_EQUAL(done, 0);
	doomed[1] = find(inv, "c");
	CU_ASSERT_EQUAL(inventory_delete(ts, t, doomed, 2, &done, &rep), ACCEPT);
	CU_ASSERT_EQUAL(done, 2);
	after = take();
	CU_ASSERT_EQUAL(inventory_compare(inv, after, &c, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT(c[0].what == KEY_GONE && c[1].what == KEY_GONE && after->n == 3);
	free(c);
	inventory_free(after);
	/* what is not there any more cannot be deleted */
	CU_ASSERT_EQUAL(inventory_delete(ts, t, doomed, 2, &done, &rep), FAULT);
	CU_ASSERT_EQUAL(done, 0);
	inventory_free(inv);
	end();
}

/* Without a PIN. */
static void
test_look(void)
{
	struct token	*t;
	struct inventory *inv = NULL;

	begin();
	inventory_free(take());
	pair(ECDSAP256SHA256, "a", 1, false);
	tokens_close(ts);
	reach_free(&reach);
	rw = CK_INVALID_HANDLE;
	CU_ASSERT_EQUAL_FATAL(reach_open(&ts, &reach, NULL, &rep), ACCEPT);
	t = tokens_get(ts, 0);
	CU_ASSERT_EQUAL_FATAL(inventory_look(&inv, t, &rep), ACCEPT);
	CU_ASSERT_EQUAL(inv->n, 1);
	CU_ASSERT_EQUAL(inv->keys[0].line.flags, KEY_PUBLIC);
	inventory_free(inv);
	end();
}

static enum verdict
reach_for(const struct policy *policy, const char *hsm, const char *a, const char *b)
{
	enum verdict	 v;

	reach = (struct reach){ .module = policy == NULL ? module : NULL, .pin_fd = -1 };
	if (hsm != NULL)
		reach.hsms[reach.nhsms++] = hsm;
	if (a != NULL)
		reach.tokens[reach.ntokens++] = a;
	if (b != NULL)
		reach.tokens[reach.ntokens++] = b;
	report_free(&rep);
	if ((v = reach_open(&ts, &reach, policy, &rep)) == ACCEPT)
		CU_ASSERT_EQUAL(tokens_count(ts), b != NULL ? 2 : 1);
	if (v == ACCEPT && a != NULL && strncmp(a, "pkcs11:", 7) != 0)
		CU_ASSERT_STRING_EQUAL(token_label(tokens_get(ts, 0)), a);
	tokens_close(ts);
	ts = NULL;
	reach_free(&reach);
	return v;
}

static void
test_reach(void)
{
	static const char *const labels[] = { "one", "two", "two" };
	char		 module_text[256];
	struct hsm	 hsms[2] = { { .name = (char *)(uintptr_t)"a", .uri = (char *)(uintptr_t)"pkcs11:token=one" },
			     { .name = (char *)(uintptr_t)"b" } };
	struct policy	 policy = { .input = (char *)(uintptr_t)"p", .hsms = hsms, .nhsms = 2 };

	setup();
	raw_tokens(labels, 3);
	snprintf(module_text, sizeof(module_text), "%s", module);
	hsms[0].module = hsms[1].module = module_text;
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "one", NULL), ACCEPT);
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "pkcs11:token=one", NULL), ACCEPT);
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, NULL, NULL), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "3 tokens: choose with --token"));
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "two", NULL), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "2 tokens are two"));
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "three", NULL), FAULT);
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "on", NULL), FAULT);
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "one", "one"), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "named twice"));
	CU_ASSERT_EQUAL(reach_for(NULL, NULL, "pkcs11:object=x", NULL), FAULT);
	CU_ASSERT_EQUAL(reach_for(&policy, NULL, NULL, NULL), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "2 hsm sections: choose with --hsm"));
	CU_ASSERT_EQUAL(reach_for(&policy, "a", NULL, NULL), ACCEPT);
	CU_ASSERT_EQUAL(reach_for(&policy, "b", NULL, NULL), FAULT);
	CU_ASSERT_EQUAL(reach_for(&policy, "c", NULL, NULL), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "no section hsm.c"));
	CU_ASSERT_EQUAL(reach_for(&policy, NULL, "one", NULL), ACCEPT);
	CU_ASSERT_EQUAL(reach_for(&policy, "b", "one", NULL), ACCEPT);
	hsms[0].module = (char *)(uintptr_t)"/nonexistent.so";
	CU_ASSERT_EQUAL(reach_for(&policy, "a", NULL, NULL), FAULT);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
test_reach_one(void)
{
	static const char *const labels[] = { "one", "other" };
	struct token	*t = NULL;

	setup();
	raw_tokens(labels, 2);
	report_free(&rep);
	reach = (struct reach){ .module = module, .tokens = { "one", "other" }, .ntokens = 2, .pin_fd = -1 };
	CU_ASSERT_EQUAL(reach_open_one(&ts, &t, &reach, NULL, &rep), FAULT);
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "name one token: there are 2"));
	CU_ASSERT_TRUE(ts == NULL && t == NULL);
	reach_free(&reach);
	reach = (struct reach){ .module = module, .tokens = { "other" }, .ntokens = 1, .pin_fd = -1 };
	CU_ASSERT_EQUAL_FATAL(reach_open_one(&ts, &t, &reach, NULL, &rep), ACCEPT);
	CU_ASSERT_STRING_EQUAL(token_label(t), "other");
	tokens_close(ts);
	ts = NULL;
	reach_free(&reach);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Each line finds its own among those of every number up to eight, with ids and labels that others begin with. */
static void
test_named(void)
{
	static const struct { const char *id, *label; int32_t tag; } all[] = {
		{ "", NULL, 5 }, { "", "a", 7 }, { "", "a", 3 }, { "", "b", -1 }, { "\1", NULL, 1 },
		{ "\1", "a", 9 }, { "\1", "a", 2 }, { "\1\1", "a", -1 },
	};
	struct holding	 keys[COUNT(all)] = { { .family = FAMILY_NONE } };
	struct inventory inv = { .keys = keys };
	struct keyline	 line = { .tag = -1 };
	size_t		 i, n;

	for (i = 0; i < COUNT(all); i++) {
		keys[i].line.id = (unsigned char *)(uintptr_t)all[i].id;
		keys[i].line.idlen = strlen(all[i].id);
		keys[i].line.label = (char *)(uintptr_t)all[i].label;
		keys[i].line.tag = all[i].tag;
	}
	for (inv.n = 0; inv.n <= COUNT(all); inv.n++)
		for (i = 0; i < COUNT(all); i++) {
			const size_t	 first = i == 2 || i == 6 ? i - 1 : i;
			const size_t	 run = first == 1 || first == 5 ? 2 : 1;
			const size_t	 seen = first >= inv.n ? 0 : first + run > inv.n ? 1 : run;

			line.id = keys[i].line.id;
			line.idlen = keys[i].line.idlen;
			line.label = keys[i].line.label;
			CU_ASSERT_PTR_EQUAL(inventory_named(&inv, &line, &n),
			    seen == 0 ? NULL : &keys[first]);
			CU_ASSERT_EQUAL(n, seen);
		}
	inv.n = COUNT(all);
	line.label = (char *)(uintptr_t)"A";
	CU_ASSERT_PTR_NULL(inventory_named(&inv, &line, &n));
	CU_ASSERT_EQUAL(n, 0);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_kinds), TEST(test_halves), TEST(test_odd), TEST(test_compare),
		TEST(test_name), TEST(test_against), TEST(test_prove), TEST(test_delete),
		TEST(test_look), TEST(test_reach), TEST(test_reach_one), TEST(test_named),
	};
	static const char *const places[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
	};
	size_t	 i;
	int	 rv;

	for (i = 0; i < COUNT(places) && module == NULL; i++)
		if (access(places[i], R_OK) == 0)
			module = places[i];
	if (module == NULL) {
		fprintf(stderr, "test_inventory: no SoftHSM module found\n");
		return 1;
	}
	secret_harden();
	rv = run_tests("inventory", tests, COUNT(tests));
	report_free(&rep);
	return rv;
}

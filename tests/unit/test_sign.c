/*
 * A request signed on a SoftHSM whose keys are known here too: what Ed25519 makes of it can be
 * compared byte for byte.  The token is made by SoftHSM's own program, before any module is loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <openssl/pem.h>

#include "fixture.h"
#include "token/sign.h"

/* What SoftHSM itself loses is not ours to tell. */
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

enum { A, B, C, KSKS };			/* C is of another algorithm */

static const char *const names[KSKS] = { "a", "b", "c" };
static const unsigned	 algorithms[KSKS] = { ED25519, ED25519, ECDSAP256SHA256 };
static struct keypair	 pairs[KSKS];
static struct world	*w;
static struct policy	*policy;
static struct plan	*plan;
static struct tokens	*tokens;
static struct token_key	*keys[KSKS];
static struct signing	*made;
static struct report	 rep;

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

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	fprintf(stderr, "no SoftHSM module found\n");
	exit(1);
}

static void
run(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		exit(1);
	}
}

static void
import(size_t i)
{
	char	 path[128], command[512];
	FILE	*file;

	keypair_make(&pairs[i], algorithms[i], DNSKEY_KSK, names[i]);
	snprintf(path, sizeof(path), "%s/%s.pem", work_folder(), names[i]);
	if ((file = fopen(path, "w")) == NULL ||
	    PEM_write_PKCS8PrivateKey(file, pairs[i].private, NULL, NULL, 0, NULL, NULL) != 1 ||
	    fclose(file) != 0)
		exit(1);
	snprintf(command, sizeof(command), "softhsm2-util --import %s --token unit --label %s "
	    "--id 0%zu --pin 1234 >/dev/null", path, names[i], i + 1);
	run(command);
	unlink(path);
}

static void
make_token(void)
{
	char	 text[256];
	size_t	 i;

	snprintf(text, sizeof(text), "directories.tokendir = %s/tokens\n"
	    "objectstore.backend = file\nlog.level = ERROR\n", work_folder());
	setenv("SOFTHSM2_CONF", work_file("conf", text, strlen(text)), 1);
	snprintf(text, sizeof(text), "mkdir %s/tokens && softhsm2-util --init-token --free "
	    "--label unit --so-pin 5678 --pin 1234 >/dev/null", work_folder());
	run(text);
	for (i = 0; i < KSKS; i++)
		import(i);
}

static void
load_policy(const char *slots)
{
	char	*text;

	if (asprintf(&text, "hsm:\n  soft: { module: %s, pin: '1234' }\n"
	    "ksk_policy: { ttl: 7200, publish_safety: P3D, max_validity_overlap: P12D }\n"
	    "keys:\n"
	    "  a: { label: a, algorithm: ED25519 }\n"
	    "  b: { label: b, algorithm: ED25519 }\n"
	    "  c: { label: c, algorithm: ECDSAP256SHA256 }\n"
	    "schemas:\n  s:\n%s", find_module(), slots) == -1)
		exit(1);
	policy = policy_load(work_file("policy.yaml", text, strlen(text)), &rep);
	free(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
}

/* Nine slots: this one, and eight in which "a" signs. */
static enum verdict
begin(const char *first)
{
	char	 slots[1024];
	size_t	 i, len;

	rep = (struct report)REPORT_EMPTY;
	w = world_new();
	len = (size_t)snprintf(slots, sizeof(slots), "    1: %s\n", first);
	for (i = 2; i <= SLOTS; i++)
		len += (size_t)snprintf(slots + len, sizeof(slots) - len, "    %zu: { sign: a }\n", i);
	load_policy(slots);
	CU_ASSERT_EQUAL_FATAL(plan_build(&plan, policy, "s", &w->ksr->bundles, &rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, policy, NULL, NULL, &rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(tokens_find(tokens, plan->ksks, plan->nksks, keys, &rep), ACCEPT);
	return signing_prepare(&made, w->ksr, plan, policy, keys, &rep);
}

static void
end(void)
{
	signing_free(made);
	made = NULL;
	tokens_close(tokens);
	tokens = NULL;
	plan_free(plan);
	plan = NULL;
	policy_free(policy);
	policy = NULL;
	world_free(w);
	report_free(&rep);
}

/* The published keys of a slot that have this public half, and the signatures that name it. */
static const struct key *
standing(const struct bundle *b, size_t which)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (key_same_public(&b->keys[i], &pairs[which].key))
			return &b->keys[i];
	return NULL;
}

static const struct sig *
signature(const struct bundle *b, size_t which, uint16_t tag)
{
	size_t	 i;

	for (i = 0; i < b->nsigs; i++)
		if (strcmp(b->sigs[i].identifier, names[which]) == 0 && b->sigs[i].tag == tag)
			return &b->sigs[i];
	return NULL;
}

/* The request is echoed, whatever it is answered with. */
static void
test_echo(void)
{
	const struct skr *skr;
	size_t		 i, j;

	CU_ASSERT_EQUAL_FATAL(begin("{ sign: a }"), ACCEPT);
	skr = signing_response(made);
	CU_ASSERT_STRING_EQUAL(skr->id, w->ksr->id);
	CU_ASSERT_STRING_EQUAL(skr->domain, w->ksr->domain);
	CU_ASSERT_EQUAL(skr->serial, w->ksr->serial);
	CU_ASSERT_TRUE(dname_equal(&skr->name, &w->ksr->name));
	CU_ASSERT_EQUAL(skr->zsk.nalgs, w->ksr->zsk.nalgs);
	CU_ASSERT_EQUAL(skr->zsk.retire_safety, w->ksr->zsk.retire_safety);
	CU_ASSERT_EQUAL(skr->ksk.publish_safety, 3 * DAY);
	CU_ASSERT_EQUAL(skr->ksk.max_validity_overlap, 12 * DAY);
	CU_ASSERT_EQUAL_FATAL(skr->bundles.n, SLOTS);
	for (i = 0; i < SLOTS; i++) {
		const struct bundle *b = &skr->bundles.v[i], *from = &w->ksr->bundles.v[i];

		CU_ASSERT_STRING_EQUAL(b->id, from->id);
		CU_ASSERT_EQUAL(b->inception, from->inception);
		CU_ASSERT_EQUAL(b->expiration, from->expiration);
		CU_ASSERT_EQUAL(b->nkeys, from->nkeys + 1);
		CU_ASSERT_EQUAL(b->nsigs, 1);
		for (j = 0; j < from->nkeys; j++)
			CU_ASSERT_PTR_NOT_NULL(bundle_find(b, &from->keys[j]));
		for (j = 0; j < b->nkeys; j++)		/* the policy's, not the request's */
			CU_ASSERT_EQUAL(b->keys[j].ttl, 7200);
		CU_ASSERT_PTR_NULL(b->sigs[0].data);
		CU_ASSERT_EQUAL(b->sigs[0].original_ttl, 7200);
		CU_ASSERT_EQUAL(b->sigs[0].inception, from->inception);
		CU_ASSERT_EQUAL(b->sigs[0].expiration, from->expiration);
		CU_ASSERT_EQUAL(b->sigs[0].labels, 0);
		CU_ASSERT_STRING_EQUAL(b->sigs[0].signer, ".");
	}
	end();
}

/* Who stands, who signs, and in what form. */
static void
test_roles(void)
{
	static const struct {
		const char	*words;
		int		 flags[KSKS];	/* 0: does not stand */
		bool		 signs[KSKS];
		size_t		 algs;		/* different KSK algorithms of all nine */
	} cases[] = {
		{ "{ sign: a }", { 257, 0, 0 }, { true, false, false }, 1 },
		{ "{ sign: a, publish: b }", { 257, 257, 0 }, { true, false, false }, 1 },
		{ "{ sign: [a, b, c] }", { 257, 257, 257 }, { true, true, true }, 2 },
		{ "{ sign: a, revoke: b }", { 257, 385, 0 }, { true, true, false }, 1 },
		{ "{ sign: b, sign_only: [a, c] }", { 0, 257, 0 }, { true, true, true }, 2 },
		{ "{ sign: b, revoke: [a, c] }", { 385, 257, 385 }, { true, true, true }, 2 },
	};
	const struct bundle *b;
	size_t		 i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(begin(cases[i].words), ACCEPT);
		b = &signing_response(made)->bundles.v[0];
		for (j = 0; j < KSKS; j++) {
			const struct key *k = standing(b, j), *own = &pairs[j].key;
			uint16_t tag = cases[i].flags[j] == 385 ? key_tag_revoked(own) : own->tag;

			CU_ASSERT_EQUAL(k == NULL ? 0 : k->flags, cases[i].flags[j]);
			CU_ASSERT_TRUE(k == NULL || k->tag == tag);
			CU_ASSERT_EQUAL(signature(b, j, tag) != NULL, cases[i].signs[j]);
		}
		CU_ASSERT_EQUAL(signing_response(made)->ksk.nalgs, cases[i].algs);
		end();
	}
}

/* Every signature holds, and Ed25519 makes the one that there is. */
static void
test_make(void)
{
	struct verifier	*v = must(verifier_new());
	struct skr	*skr = NULL;
	size_t		 i, j, n = 0;

	CU_ASSERT_EQUAL_FATAL(begin("{ sign: [a, c], revoke: b }"), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(signing_make(made, &skr, tokens, v, &rep), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(skr);
	for (i = 0; i < SLOTS; i++) {
		struct bundle	*b = &skr->bundles.v[i];

		for (j = 0; j < b->nsigs; j++, n++) {
			struct sig	 again = b->sigs[j];
			const struct keypair *p = &pairs[*again.identifier - 'a'];

			CU_ASSERT_EQUAL(rrsig_verify(v, &b->sigs[j], bundle_key_of(b, &again),
			    &skr->name, b), 1);
			if (again.algorithm != ED25519)
				continue;
			again.data = NULL;
			sign_again(&again, p, ".", b);
			CU_ASSERT_EQUAL(again.len, b->sigs[j].len);
			CU_ASSERT_EQUAL(memcmp(again.data, b->sigs[j].data, again.len), 0);
			free(again.data);
		}
		for (j = 1; j < b->nkeys; j++)
			CU_ASSERT_TRUE(key_compare(&b->keys[j - 1], &b->keys[j]) < 0);
		for (j = 1; j < b->nsigs; j++)
			CU_ASSERT_TRUE(b->sigs[j - 1].tag <= b->sigs[j].tag);
	}
	CU_ASSERT_EQUAL(n, SLOTS + 2);
	skr_free(skr);
	end();
	verifier_free(v);
}

/* What a token cannot do makes no response, not a part of one. */
static void
test_fault(void)
{
	struct verifier	*v = must(verifier_new());
	struct skr	 none, *skr = &none;
	struct signing	*before;
	char		 from[128], to[128];

	signing_free(NULL);
	CU_ASSERT_EQUAL_FATAL(begin("{ sign: [a, b] }"), ACCEPT);
	before = made;
	snprintf(from, sizeof(from), "%s/tokens", work_folder());
	snprintf(to, sizeof(to), "%s/gone", work_folder());
	CU_ASSERT_EQUAL_FATAL(rename(from, to), 0);
	CU_ASSERT_EQUAL(signing_make(made, &skr, tokens, v, &rep), FAULT);
	CU_ASSERT_PTR_EQUAL(skr, &none);
	CU_ASSERT_PTR_EQUAL(made, before);
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	end();
	verifier_free(v);
}

int
main(void)
{
	/* The last one leaves no token. */
	static const struct test tests[] = {
		TEST(test_echo), TEST(test_roles), TEST(test_make), TEST(test_fault),
	};
	int	 rv, i;

	make_token();
	rv = run_tests("sign", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < KSKS; i++)
		keypair_clear(&pairs[i]);
	return rv;
}

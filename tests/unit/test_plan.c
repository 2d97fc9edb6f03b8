#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/plan.h"

#define KEYS \
	"keys:\n" \
	"  b: { algorithm: ECDSAP256SHA256 }\n" \
	"  a: { algorithm: ECDSAP256SHA256, valid_from: 2030-01-11T00:00:00Z }\n" \
	"  c: { algorithm: ECDSAP256SHA256, valid_until: 2030-01-11T00:00:00Z }\n" \
	"  unused: { algorithm: ECDSAP256SHA256 }\n"

static struct policy	*policy;
static struct plan	*plan;
static struct report	 rep;

/* n slots, ten days apart from START on, which is 2030-01-01. */
static struct bundles
slots(size_t n)
{
	struct bundles	 all = { NULL, 0 };
	struct bundle	*b;

	while (all.n < n) {
		b = must(bundles_add(&all));
		b->inception = START + (int64_t)(all.n - 1) * INTERVAL;
		b->expiration = b->inception + VALIDITY;
	}
	return all;
}

static void
load(const char *schema)
{
	char	*text;

	policy_free(policy);
	report_free(&rep);
	if (asprintf(&text, KEYS "schemas:\n  s:\n%s", schema) == -1)
		exit(1);
	policy = policy_load(work_file("policy.yaml", text, strlen(text)), &rep);
	if (policy == NULL)
		report_print(&rep, "policy", stdout);
	CU_ASSERT_PTR_NOT_NULL_FATAL(policy);
	free(text);
}

/* Lay out the schema that was loaded over n slots. */
static enum verdict
build(size_t n)
{
	struct bundles	 all = slots(n);
	enum verdict	 v;

	plan_free(plan);
	plan = NULL;
	report_free(&rep);
	v = plan_build(&plan, policy, "s", &all, &rep);
	CU_ASSERT_EQUAL(v == ACCEPT, plan != NULL);
	CU_ASSERT_EQUAL(v, report_verdict(&rep));
	bundles_clear(&all);
	return v;
}

static enum verdict
build_one(const char *words)
{
	char	 text[512];

	snprintf(text, sizeof(text), "    1: %s\n", words);
	load(text);
	return build(1);
}

/* "b:PS c:PSR", in the order of the keys, of slot n. */
static const char *
marks(size_t n)
{
	static char	 out[256];
	size_t		 i, j, len = 0;

	out[0] = '\0';
	for (i = 0; i < plan->nksks; i++)
		for (j = 0; j < plan->slots[n - 1].n; j++) {
			const struct plan_entry *e = &plan->slots[n - 1].entries[j];

			if (e->key == i)
				len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s:%s%s%s",
				    len > 0 ? " " : "", plan->ksks[i]->name,
				    e->published ? "P" : "", e->signs ? "S" : "",
				    e->revoked ? "R" : "");
		}
	return out;
}

static void
test_marks(void)
{
	CU_ASSERT_EQUAL_FATAL(build_one("{ sign: b }"), ACCEPT);
	CU_ASSERT_STRING_EQUAL(marks(1), "b:PS");	/* what signs is also published */
	CU_ASSERT_EQUAL_FATAL(build_one("{ publish: [b, c], sign: [c] }"), ACCEPT);
	CU_ASSERT_STRING_EQUAL(marks(1), "b:P c:PS");
	CU_ASSERT_EQUAL_FATAL(build_one("{ sign: b, sign_only: c }"), ACCEPT);
	CU_ASSERT_STRING_EQUAL(marks(1), "b:PS c:S");
	CU_ASSERT_EQUAL_FATAL(build_one("{ sign: b, revoke: c }"), ACCEPT);
	CU_ASSERT_STRING_EQUAL(marks(1), "b:PS c:PSR");
	CU_ASSERT_EQUAL_FATAL(build_one("{ publish: b, sign: [b, c], revoke: c }"), ACCEPT);
	CU_ASSERT_STRING_EQUAL(marks(1), "b:PS c:PSR");
	CU_ASSERT_EQUAL(plan->slots[0].n, 2);		/* each key once */
}

/* The keys that the schema needs, each once, in the policy's order. */
static void
test_keys(void)
{
	load("    1: { publish: c, sign: b }\n"
	    "    2: { publish: [a, b], sign: a }\n"
	    "    3: { sign: [a, b] }\n");
	CU_ASSERT_EQUAL_FATAL(build(3), ACCEPT);
	CU_ASSERT_EQUAL(plan->nslots, 3);
	CU_ASSERT_EQUAL_FATAL(plan->nksks, 3);
	CU_ASSERT_PTR_EQUAL(plan->ksks[0], policy_key(policy, "b"));
	CU_ASSERT_PTR_EQUAL(plan->ksks[1], policy_key(policy, "a"));
	CU_ASSERT_PTR_EQUAL(plan->ksks[2], policy_key(policy, "c"));
	CU_ASSERT_PTR_EQUAL(plan->schema, policy_schema(policy, "s"));
	CU_ASSERT_STRING_EQUAL(marks(1), "b:PS c:P");
	CU_ASSERT_STRING_EQUAL(marks(2), "b:P a:PS");
	CU_ASSERT_STRING_EQUAL(marks(3), "b:PS a:PS");
}

/* Refused, with this said of it. */
static bool
refuses(enum verdict v, const char *text)
{
	bool	 good = v == REFUSE && report_has(&rep, BROKEN, "PLAN-SLOTS", text);

	if (!good)
		report_print(&rep, "plan", stdout);
	return good;
}

static void
test_count(void)
{
	load("    1: { sign: b }\n    2: { sign: b }\n");
	CU_ASSERT_EQUAL(build(2), ACCEPT);
	CU_ASSERT_TRUE(refuses(build(1), "schema s has 2 slots, the request has 1 bundles"));
	CU_ASSERT_TRUE(refuses(build(3), "schema s has 2 slots, the request has 3 bundles"));
	CU_ASSERT_TRUE(refuses(build(0), "schema s has 2 slots, the request has 0 bundles"));
	load("    1: { sign: b }\n    3: { sign: b }\n    5: { sign: b }\n");
	CU_ASSERT_TRUE(refuses(build(5), "schema s does not name slot 2"));
	CU_ASSERT_TRUE(report_has(&rep, BROKEN, "PLAN-SLOTS", "does not name slot 4"));
	CU_ASSERT_EQUAL(rep.count, 2);
}

static void
test_unknown(void)
{
	struct bundles	 all = slots(1);

	CU_ASSERT_EQUAL(build_one("{ publish: c, sign: b }"), ACCEPT);
	report_free(&rep);
	plan_free(plan);
	plan = NULL;
	CU_ASSERT_TRUE(refuses(plan_build(&plan, policy, "t", &all, &rep), "no schema 't'"));
	CU_ASSERT_PTR_NULL(plan);
	policy_schema(policy, "s")->slots[0].publish.v[0][0] = 'z';
	CU_ASSERT_TRUE(refuses(build(1), "schema s, slot 1: no key 'z' in the policy"));
	bundles_clear(&all);
}

/* RFC 4035 2.2 asks for a signature, resolvers for one they can follow. */
static void
test_unsigned(void)
{
	const char	*why = "signed by no published key that is not revoked";

	CU_ASSERT_TRUE(refuses(build_one("{ publish: b }"), why));
	CU_ASSERT_TRUE(refuses(build_one("{ sign_only: b }"), why));
	CU_ASSERT_TRUE(refuses(build_one("{ publish: c, sign_only: b }"), why));
	CU_ASSERT_TRUE(refuses(build_one("{ revoke: b }"), why));
	CU_ASSERT_TRUE(refuses(build_one("{ sign: b, revoke: b }"), why));
	CU_ASSERT_EQUAL(build_one("{ sign: c, revoke: b }"), ACCEPT);
}

/* valid_from <= inception < valid_until: a from, c until the second slot. */
static void
test_validity(void)
{
	load("    1: { sign: [b, c] }\n    2: { sign: [a, b] }\n");
	CU_ASSERT_EQUAL(build(2), ACCEPT);
	load("    1: { sign: b, publish: a }\n    2: { sign: b }\n");
	CU_ASSERT_TRUE(refuses(build(2), "slot 1: key 'a' is valid from 2030-01-11T00:00:00Z, "
	    "the slot begins at 2030-01-01T00:00:00Z"));
	load("    1: { sign: b }\n    2: { sign: b, publish: c }\n");
	CU_ASSERT_TRUE(refuses(build(2), "slot 2: key 'c' is valid until 2030-01-11T00:00:00Z, "
	    "the slot begins at 2030-01-11T00:00:00Z"));
	load("    1: { sign: b }\n    2: { sign: b, sign_only: c }\n");
	CU_ASSERT_TRUE(refuses(build(2), "key 'c' is valid until"));
	/* The revoked form may stand and sign afterwards. */
	load("    1: { sign: b }\n    2: { sign: b, revoke: c }\n");
	CU_ASSERT_EQUAL(build(2), ACCEPT);
}

/* A second off either way. */
static void
test_edges(void)
{
	struct ksk	*k;

	CU_ASSERT_EQUAL(build_one("{ sign: b }"), ACCEPT);
	k = &policy->keys[0];
	k->valid_from = START;
	k->valid_until = START + 1;
	CU_ASSERT_EQUAL(build(1), ACCEPT);
	k->valid_from = START + 1;
	CU_ASSERT_TRUE(refuses(build(1), "valid from"));
	k->valid_from = START - 1;
	k->valid_until = START;
	CU_ASSERT_TRUE(refuses(build(1), "valid until"));
}

/* What is wrong in one slot does not hide the next. */
static void
test_every_slot(void)
{
	load("    1: { publish: b }\n    2: { sign: c }\n    3: { revoke: b }\n");
	CU_ASSERT_EQUAL(build(3), REFUSE);
	CU_ASSERT_EQUAL(rep.count, 3);
	CU_ASSERT_TRUE(refuses(REFUSE, "slot 1: signed by no"));
	CU_ASSERT_TRUE(refuses(REFUSE, "slot 2: key 'c' is valid until"));
	CU_ASSERT_TRUE(refuses(REFUSE, "slot 3: signed by no"));
	CU_ASSERT_TRUE(strstr(rep.findings[0].input, "policy.yaml") != NULL);
	CU_ASSERT_EQUAL(rep.findings[0].line, 8);
	CU_ASSERT_EQUAL(rep.findings[1].line, 4);	/* where the key says until when */
	CU_ASSERT_EQUAL(rep.findings[2].line, 10);
}

/* Nothing is known of backups here, and that is said. */
static void
test_backup(void)
{
	CU_ASSERT_EQUAL(build_one("{ sign: b }"), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	policy->require_backup = true;
	CU_ASSERT_EQUAL(build(1), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_TRUE(report_has(&rep, WARNING, "PLAN-SLOTS", "require_backup: "));
}

static enum verdict
prove(const struct ksk *ksk, const struct key *key, const char *zone)
{
	struct dname	 owner;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&owner, zone), 0);
	report_free(&rep);
	return plan_prove_key(ksk, key, &owner, policy, &rep);
}

static void
test_prove(void)
{
	char		 name[] = "one";
	struct ksk	 ksk = { .name = name, .algorithm = ECDSAP256SHA256, .line = 3 };
	struct keypair	 p, other;
	struct dname	 root;

	CU_ASSERT_EQUAL_FATAL(dname_parse(&root, "."), 0);
	keypair_make(&p, ECDSAP256SHA256, DNSKEY_KSK, "one");
	keypair_make(&other, ECDSAP256SHA256, DNSKEY_KSK, "two");
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.tag = (uint16_t)(p.key.tag + 1);		/* not stated: not looked at */
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.has_tag = true;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "key 'one': tag"));
	ksk.tag--;
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.has_ds = true;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "not the policy's ds_sha256"));
	CU_ASSERT_EQUAL(key_ds(ksk.ds_sha256, &p.key, &root), 0);
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "com"), "ds_sha256"));
	ksk.has_tag = false;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &other.key, "."), "ds_sha256"));
	ksk.rsa_size = 1024;				/* no matter to this algorithm */
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.algorithm = RSASHA256;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "is not one of RSASHA256"));
	ksk.algorithm = ECDSAP256SHA256;
	p.key.len--;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "is not one of ECDSAP256SHA256"));
	keypair_clear(&p);
	keypair_clear(&other);
}

static void
test_prove_rsa(void)
{
	char		 name[] = "one";
	struct ksk	 ksk = { .name = name, .algorithm = RSASHA256 };
	struct keypair	 p;

	keypair_make_rsa(&p, RSASHA256, 1024, 65537);
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.rsa_size = 1024;
	ksk.rsa_exponent = 65537;
	CU_ASSERT_EQUAL(prove(&ksk, &p.key, "."), ACCEPT);
	ksk.rsa_size = 2048;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "1024 bits on the token, the policy says 2048"));
	ksk.rsa_exponent = 3;
	ksk.has_tag = true;
	ksk.tag = (uint16_t)(key_tag(&p.key) ^ 1);
	ksk.has_ds = true;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."),
	    "exponent 65537 on the token, the policy says 3"));
	CU_ASSERT_EQUAL(rep.count, 4);			/* all that is wrong */
	ksk.algorithm = RSASHA512;
	CU_ASSERT_TRUE(refuses(prove(&ksk, &p.key, "."), "is not one of RSASHA512"));
	keypair_clear(&p);
	plan_free(NULL);
}

/* The request wishes in its second slot of two that this key signs; b does. */
static enum verdict
wish(const char *who, bool honour)
{
	struct bundles	 all = slots(2);
	enum verdict	 v;

	load("    1: { publish: unused, sign: b }\n    2: { publish: unused, sign: b }\n");
	CU_ASSERT_EQUAL_FATAL(build(2), ACCEPT);
	policy->honour_signers = honour;
	all.v[1].id = must(strdup("two"));
	all.v[1].signers = must(calloc(1, sizeof(char *)));
	all.v[1].signers[0] = must(strdup(who));
	all.v[1].nsigners = 1;
	all.v[1].line = 7;
	v = plan_judge_wishes(plan, &all, "ksr.xml", policy, &rep);
	bundles_clear(&all);
	return v;
}

static void
test_wishes(void)
{
	static const char *const others[] = { "unused", "a", "c", "B", "" };
	size_t		 i;

	CU_ASSERT_EQUAL(wish("b", false), ACCEPT);
	CU_ASSERT_EQUAL(wish("b", true), ACCEPT);
	CU_ASSERT_EQUAL(rep.count, 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		CU_ASSERT_EQUAL(wish(others[i], false), ACCEPT);
		CU_ASSERT_EQUAL(rep.count, 1);
		CU_ASSERT_EQUAL(rep.findings[0].level, WARNING);
		CU_ASSERT_EQUAL(rep.findings[0].line, 7);
		CU_ASSERT_TRUE(refuses(wish(others[i], true), "bundle 2 (two): the request wishes"));
		CU_ASSERT_EQUAL(rep.count, 1);
	}
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_marks), TEST(test_keys), TEST(test_count), TEST(test_unknown),
		TEST(test_unsigned), TEST(test_validity), TEST(test_edges), TEST(test_every_slot),
		TEST(test_backup), TEST(test_prove), TEST(test_prove_rsa), TEST(test_wishes),
	};
	int		 rv = run_tests("plan", tests, sizeof(tests) / sizeof(tests[0]));

	plan_free(plan);
	policy_free(policy);
	report_free(&rep);
	return rv;
}

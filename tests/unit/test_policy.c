#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/isotime.h"
#include "model/dnskey.h"
#include "model/policy.h"
#include "model/policy_words.h"

/* Run at the top of the source tree. */
#define SAMPLE		"testdata/policy.yaml"
#define BAD		"testdata/bad-policy"
#define MANUAL		"man/ksr-policy.5"

static char	 folder[] = "/tmp/test_policy.XXXXXX";
static char	 file[64];

/* Every section and nearly every word, in forms that people write. */
static const char everything[] =
    "---\n"
    "trust: ds\n"
    "max_response_size: 1400\n"
    "may_accept: [KSR-CLOCK, PLAN-SIZE]\n"
    "honour_signers: TRUE\n"
    "schemas:\n"
    "  normal:\n"
    "    1: {publish: ksk_current, sign: ksk_current}\n"
    "    3:\n"
    "      publish:\n"
    "        - ksk_current\n"
    "      revoke: old one\n"
    "      sign: [old one, ksk_current]\n"
    "      cds: ksk_current\n"
    "    2: {}\n"
    "hsm:\n"
    "  soft:\n"
    "    module: $KSR_TEST_MODULE\n"
    "    pin: 0123\n"
    "    so_pin: \"5678\"\n"
    "    env:\n"
    "      SOFTHSM2_CONF: soft hsm.conf\n"
    "      LEVEL: 7\n"
    "      EMPTY: ~\n"
    "  aep: {module: lib/pkcs11.so.4.07, uri: 'pkcs11:token=A;serial=\"1\"', pin: ~}\n"
    "keys:\n"
    "  ksk_current:\n"
    "    description: \"Root \\\"KSK\\\" \\u00e5\\U0001F511\\e\\\\, 2010: #1\"\n"
    "    label: Kjqmt7v\n"
    "    key_tag: 19036\n"
    "    algorithm: RSASHA256\n"
    "    rsa_size: 2048\n"
    "    rsa_exponent: 65537\n"
    "    valid_from: 2010-07-15T00:00:00+00:00\n"
    "    valid_until: 2019-01-11\n"
    "    ds_sha256: 49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5\n"
    "    hash_using_hsm: False\n"
    "  old one: {algorithm: 15, dnskey: \"no\", uri: \"pkcs11:object=x\", label: \"12:30\"}\n"
    "request_policy:\n"
    "  acceptable_domains:\n"
    "    - \".\"\n"
    "    - Example.ORG\n"
    "  enable_unsupported_ecdsa: True\n"
    "  validate_signatures: False\n"
    "  num_bundles: 3\n"
    "  num_keys_per_bundle: [2, 1, 2]\n"
    "  approved_algorithms: [RSASHA1, ED448, 13]\n"
    "  rsa_approved_exponents: [3, 4294967297]\n"
    "  rsa_approved_key_sizes: [\"1024\"]\n"
    "  min_cycle_inception_length: P11W\n"
    "response_policy: {num_bundles: 3, check_skr_alg: false}\n"
    "ksk_policy:\n"
    "  retire_safety: P28DT1H\n"
    "  min_signature_validity: P21D\n"
    "  signers_name: example.org\n"
    "zsk: {key_dir: /keys, cycle: P28D, lifetime: P56D, algorithm: ECDSAP256SHA256}\n"
    "filenames:\n"
    "  previous_skr: prev-skr.xml\n";

static void
put_file(const void *bytes, size_t len, mode_t mode)
{
	FILE	*f;

	unlink(file);
	if ((f = fopen(file, "wb")) == NULL || fwrite(bytes, 1, len, f) != len ||
	    fclose(f) != 0 || chmod(file, mode) == -1) {
		perror(file);
		exit(1);
	}
}

static struct policy *
load(const char *text, struct report *rep)
{
	put_file(text, strlen(text), 0600);
	return policy_load(file, rep);
}

/* The text is refused, with one fault of exactly this place and text. */
static void
refused(const void *bytes, size_t len, unsigned long line, unsigned long column, const char *text)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;

	put_file(bytes, len, 0600);
	pol = policy_load(file, &rep);
	CU_ASSERT_PTR_NULL(pol);
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	if (rep.count == 1) {
		CU_ASSERT_EQUAL(rep.findings[0].level, FAULTY);
		CU_ASSERT_STRING_EQUAL(rep.findings[0].input, file);
		CU_ASSERT_STRING_EQUAL(rep.findings[0].text, text);
		CU_ASSERT_EQUAL(rep.findings[0].line, line);
		CU_ASSERT_EQUAL(rep.findings[0].column, column);
	}
	policy_free(pol);
	report_free(&rep);
}

static void
refused_text(const char *yaml, unsigned long line, unsigned long column, const char *text)
{
	refused(yaml, strlen(yaml), line, column, text);
}

static void
test_defaults(void)
{
	static const uint64_t	 keys[] = { 2, 1, 1, 1, 1, 1, 1, 1, 2 };
	struct policy		*pol = policy_default();

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	CU_ASSERT_EQUAL(pol->request.acceptable_domains.n, 1);
	CU_ASSERT_STRING_EQUAL(pol->request.acceptable_domains.v[0], ".");
	CU_ASSERT_EQUAL(pol->request.num_bundles, 9);
	CU_ASSERT_EQUAL(pol->request.min_cycle_inception_length, 79 * DAY);
	CU_ASSERT_EQUAL(pol->request.max_cycle_inception_length, 81 * DAY);
	CU_ASSERT_EQUAL(pol->request.min_bundle_interval, 9 * DAY);
	CU_ASSERT_EQUAL(pol->request.max_bundle_interval, 11 * DAY);
	CU_ASSERT_EQUAL(pol->request.approved_algorithms.n, 1);
	CU_ASSERT_EQUAL(pol->request.approved_algorithms.v[0], RSASHA256);
	CU_ASSERT_EQUAL(pol->request.rsa_approved_exponents.v[0], 65537);
	CU_ASSERT_EQUAL(pol->request.rsa_approved_key_sizes.v[0], 2048);
	CU_ASSERT_EQUAL_FATAL(pol->request.num_keys_per_bundle.n, 9);
	CU_ASSERT_EQUAL(memcmp(pol->request.num_keys_per_bundle.v, keys, sizeof(keys)), 0);
	CU_ASSERT_EQUAL(pol->request.num_different_keys_in_all_bundles, 3);
	CU_ASSERT_EQUAL(pol->request.dns_ttl, 0);
	CU_ASSERT_EQUAL(pol->request.signature_horizon_days, 180);
	CU_ASSERT_EQUAL(pol->response.num_bundles, 9);
	CU_ASSERT_EQUAL(pol->ksk.publish_safety, 0);
	CU_ASSERT_EQUAL(pol->ksk.ttl, 172800);
	CU_ASSERT_STRING_EQUAL(pol->ksk.signers_name, ".");
	CU_ASSERT_EQUAL(pol->zsk.algorithm, RSASHA256);
	CU_ASSERT_EQUAL(pol->zsk.cycle, 0);
	CU_ASSERT_EQUAL(pol->zsk.lifetime, 0);
	CU_ASSERT_EQUAL(pol->zsk.max_validity_overlap, 12 * DAY);
	CU_ASSERT_STRING_EQUAL(pol->zsk.hsm, "soft");
	CU_ASSERT_PTR_NULL(pol->zsk.key_dir);
	CU_ASSERT_STRING_EQUAL(pol->zsk.label, "{zone}-zsk-{alg}-{from}-{n}");
	CU_ASSERT_EQUAL(pol->trust, TRUST_RFC5011);
	CU_ASSERT_EQUAL(pol->max_response_size, 1232);
	CU_ASSERT_EQUAL(pol->hard_response_size, 1452);
	CU_ASSERT_EQUAL(pol->may_accept.n, 0);
	CU_ASSERT_FALSE(pol->honour_signers);
	CU_ASSERT_FALSE(pol->require_backup);
	policy_free(pol);
	policy_free(NULL);
}

/* No rule may be off unless somebody said so. */
static void
test_switches(void)
{
	struct policy		*pol = policy_default();
	const struct word	*w;
	size_t			 i, n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	for (i = 0; i < policy_nwords; i++) {
		w = &policy_words[i];
		if (w->type != WORD_BOOL || w->section == SECTION_TOP)
			continue;
		n++;
		CU_ASSERT_TRUE(*(const bool *)((const char *)pol + w->offset));
		CU_ASSERT_EQUAL(word_set(w, pol, "False"), 0);
		CU_ASSERT_FALSE(*(const bool *)((const char *)pol + w->offset));
	}
	CU_ASSERT_EQUAL(n, 15 + 8 + 8 + 4);
	policy_free(pol);
}

/* No two words of a structure share a place: each keeps its own value. */
static void
test_places(void)
{
	const struct word	*v, *w;
	size_t			 i, k;

	for (i = 0; i < policy_nwords; i++)
		for (k = 0; k < i; k++) {
			v = &policy_words[i];
			w = &policy_words[k];
			CU_ASSERT_FALSE(v->section == w->section && strcmp(v->name, w->name) == 0);
			if (v->type >= WORD_IDLE_BOOL || w->type >= WORD_IDLE_BOOL ||
			    (v->section != w->section &&
			    (v->section > SECTION_ZSK || w->section > SECTION_ZSK)))
				continue;
			CU_ASSERT_NOT_EQUAL(v->offset, w->offset);
		}
}

static const char *const bad_texts[] = {
	"", " ", "x y", "yes", "1 ", "-1", "+1", "1.5", "0x10", "010", "P1Y", "P", "now",
	"18446744073709551616", "99999999999999999999999", "\x01"
};

static union {
	struct policy		 policy;
	struct hsm		 hsm;
	struct ksk		 ksk;
	struct schema_slot	 slot;
} scratch;

static int
try_number(const struct word *w, uint64_t n)
{
	char	 text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	if (word_set(w, &scratch, text) == 0)
		return 0;
	CU_ASSERT_EQUAL(errno, EINVAL);
	return -1;
}

/* Each type refuses nonsense, and each range holds at both of its ends. */
static void
test_values(void)
{
	const struct word	*w;
	size_t			 i, k;

	for (i = 0; i < policy_nwords; i++) {
		w = &policy_words[i];
		if (w->list != LIST_NO)
			continue;
		for (k = 0; k < sizeof(bad_texts) / sizeof(bad_texts[0]); k++)
			if (w->type < WORD_TEXT)
				CU_ASSERT_EQUAL(word_set(w, &scratch, bad_texts[k]), -1);
		if (w->type != WORD_NUMBER && w->type != WORD_ODD && w->type != WORD_TAG)
			continue;
		CU_ASSERT_EQUAL(try_number(w, w->min), 0);
		CU_ASSERT_EQUAL(try_number(w, w->max), 0);
		CU_ASSERT_EQUAL(try_number(w, w->max + 1), -1);
		if (w->min > 0)
			CU_ASSERT_EQUAL(try_number(w, w->min - 1), -1);
		if (w->type == WORD_ODD)
			CU_ASSERT_EQUAL(try_number(w, w->min + 1), -1);
	}
}

static void
slot_is(const struct schema *s, size_t n, const char *publish, const char *sign, const char *revoke)
{
	const struct schema_slot *slot = &s->slots[n - 1];
	const struct strings	*lists[] = { &slot->publish, &slot->sign, &slot->revoke };
	const char		*expected[] = { publish, sign, revoke };
	char			 got[64];
	size_t			 i, k;

	for (i = 0; i < 3; i++) {
		got[0] = '\0';
		for (k = 0; k < lists[i]->n; k++) {
			strcat(got, k > 0 ? " " : "");
			strcat(got, lists[i]->v[k]);
		}
		CU_ASSERT_STRING_EQUAL(got, expected[i]);
	}
	CU_ASSERT_NOT_EQUAL(slot->line, 0);
	CU_ASSERT_EQUAL(slot->sign_only.n, 0);
	CU_ASSERT_EQUAL(slot->cds.n, 0);
}

#define OLD	"ksk-2024"
#define NEW	"ksk-2027"
#define BOTH	OLD " " NEW

static void
test_sample(void)
{
	static const struct {
		const char	*name;
		const char	*first[3], *middle[3], *last[3];
	} schemas[] = {
		{ "normal",	 { OLD, OLD, "" },  { OLD, OLD, "" },   { OLD, OLD, "" } },
		{ "pre-publish", { OLD, OLD, "" },  { BOTH, OLD, "" },  { BOTH, OLD, "" } },
		{ "publish+",	 { BOTH, OLD, "" }, { BOTH, OLD, "" },  { BOTH, OLD, "" } },
		{ "rollover",	 { BOTH, OLD, "" }, { BOTH, NEW, "" },  { BOTH, NEW, "" } },
		{ "rollover+",	 { BOTH, NEW, "" }, { BOTH, NEW, "" },  { BOTH, NEW, "" } },
		{ "revoke",	 { BOTH, NEW, "" }, { NEW, BOTH, OLD }, { NEW, NEW, "" } },
		{ "revoke+",	 { NEW, NEW, "" },  { NEW, NEW, "" },   { NEW, NEW, "" } },
	};
	const size_t		 n = sizeof(schemas) / sizeof(schemas[0]);
	struct report		 rep = REPORT_EMPTY;
	struct policy		*pol = policy_load(SAMPLE, &rep);
	const struct schema	*s;
	const char *const	*want;
	size_t			 i, slot;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_STRING_EQUAL(pol->input, SAMPLE);
	CU_ASSERT_EQUAL(pol->nschemas, n);
	for (i = 0; i < n; i++) {
		s = policy_schema(pol, schemas[i].name);
		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT_EQUAL_FATAL(s->nslots, 9);
		for (slot = 1; slot <= 9; slot++) {
			want = slot == 1 ? schemas[i].first : slot == 9 ? schemas[i].last :
			    schemas[i].middle;
			slot_is(s, slot, want[0], want[1], want[2]);
		}
	}
	CU_ASSERT_EQUAL(pol->nkeys, 2);
	CU_ASSERT_PTR_NOT_NULL(policy_key(pol, OLD));
	CU_ASSERT_PTR_NULL(policy_key(pol, "ksk"));
	CU_ASSERT_PTR_NULL(policy_schema(pol, "publish"));
	CU_ASSERT_EQUAL(pol->nhsms, 1);
	CU_ASSERT_STRING_EQUAL(pol->hsms[0].module, "/usr/lib/softhsm/libsofthsm2.so");
	CU_ASSERT_PTR_NULL(pol->hsms[0].pin.text);
	CU_ASSERT_EQUAL(pol->ksk.retire_safety, 28 * DAY);
	CU_ASSERT_EQUAL(pol->ksk.max_validity_overlap, 16 * DAY);
	policy_free(pol);
	report_free(&rep);
}

static void
everything_keys(const struct policy *pol)
{
	const struct ksk	*k = policy_key(pol, "ksk_current");
	char			 hex[DIGEST_HEX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_PTR_EQUAL(k, &pol->keys[0]);
	CU_ASSERT_STRING_EQUAL(k->description,
	    "Root \"KSK\" \xc3\xa5\xf0\x9f\x94\x91\x1b\\, 2010: #1");
	CU_ASSERT_STRING_EQUAL(k->label, "Kjqmt7v");
	CU_ASSERT_TRUE(k->has_tag);
	CU_ASSERT_EQUAL(k->tag, 19036);
	CU_ASSERT_EQUAL(k->algorithm, RSASHA256);
	CU_ASSERT_EQUAL(k->rsa_size, 2048);
	CU_ASSERT_EQUAL(k->rsa_exponent, 65537);
	CU_ASSERT_EQUAL(k->valid_from, 1279152000);
	CU_ASSERT_EQUAL(k->valid_until, 1547164800);
	CU_ASSERT_TRUE(k->has_ds);
	CU_ASSERT_STRING_EQUAL(digest_hex(hex, k->ds_sha256),
	    "49aac11d7b6f6446702e54a1607371607a1a41855200fd2ce1cdde32f24e8fb5");
	CU_ASSERT_PTR_NOT_NULL_FATAL(k = policy_key(pol, "old one"));
	CU_ASSERT_EQUAL(k->algorithm, ED25519);
	CU_ASSERT_STRING_EQUAL(k->dnskey, "no");
	CU_ASSERT_FALSE(k->has_tag);
	CU_ASSERT_FALSE(k->has_ds);
	CU_ASSERT_EQUAL(k->valid_from, INT64_MIN);
	CU_ASSERT_EQUAL(k->valid_until, INT64_MAX);
	CU_ASSERT_EQUAL(k->rsa_size, 0);
}

static void
everything_hsms(const struct policy *pol)
{
	const struct hsm	*h = pol->hsms;

	CU_ASSERT_EQUAL_FATAL(pol->nhsms, 2);
	CU_ASSERT_STRING_EQUAL(h[0].name, "soft");
	CU_ASSERT_STRING_EQUAL(h[0].module, "/opt/hsm.so");
	CU_ASSERT_STRING_EQUAL(h[0].pin.text, "0123");
	CU_ASSERT_STRING_EQUAL(h[0].so_pin.text, "5678");
	CU_ASSERT_EQUAL_FATAL(h[0].nenv, 3);
	CU_ASSERT_STRING_EQUAL(h[0].env[0].name, "SOFTHSM2_CONF");
	CU_ASSERT_STRING_EQUAL(h[0].env[0].value, "soft hsm.conf");
	CU_ASSERT_STRING_EQUAL(h[0].env[1].value, "7");
	CU_ASSERT_STRING_EQUAL(h[0].env[2].value, "");
	CU_ASSERT_STRING_EQUAL(h[1].module, "lib/pkcs11.so.4.07");
	CU_ASSERT_STRING_EQUAL(h[1].uri, "pkcs11:token=A;serial=\"1\"");
	CU_ASSERT_PTR_NULL(h[1].pin.text);
}

/* The warnings of a file with each of the words that nobody obeys; each stands in one line. */
static void
without_effect(const struct report *rep)
{
	static const struct { const char *text; unsigned long line; } warned[] = {
		{ "may_accept: without effect", 4 },
		{ "cds: without effect", 14 },
		{ "filenames: not used", 0 },
	};
	size_t	 i;

	CU_ASSERT_EQUAL_FATAL(rep->count, sizeof(warned) / sizeof(warned[0]));
	for (i = 0; i < rep->count; i++) {
		CU_ASSERT_EQUAL(rep->findings[i].level, WARNING);
		CU_ASSERT_PTR_NOT_NULL(strstr(rep->findings[i].text, warned[i].text));
		if (warned[i].line != 0)
			CU_ASSERT_EQUAL(rep->findings[i].line, warned[i].line);
	}
}

/* Not where there is nothing that has no effect, and once for all slots. */
static void
test_without_effect(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;

	CU_ASSERT_PTR_NOT_NULL(pol = load("may_accept: []\nkeys:\n  a: {algorithm: 15}\n"
	    "schemas:\n  s:\n    1: {sign: a, cds: []}\n", &rep));
	CU_ASSERT_EQUAL(rep.count, 0);
	policy_free(pol);
	CU_ASSERT_PTR_NOT_NULL(pol = load("keys:\n  a: {algorithm: 15}\nschemas:\n  s:\n"
	    "    1: {sign: a, cds: a}\n    2: {sign: a, cds: a}\n  t:\n    1: {sign: a, cds: a}\n",
	    &rep));
	CU_ASSERT_EQUAL(rep.count, 1);
	policy_free(pol);
	report_free(&rep);
}

static void
test_everything(void)
{
	struct report		 rep = REPORT_EMPTY;
	struct policy		*pol = load(everything, &rep);
	const struct schema	*s;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	without_effect(&rep);
	everything_keys(pol);
	everything_hsms(pol);
	CU_ASSERT_EQUAL(pol->trust, TRUST_DS);
	CU_ASSERT_EQUAL(pol->max_response_size, 1400);
	CU_ASSERT_EQUAL_FATAL(pol->may_accept.n, 2);
	CU_ASSERT_STRING_EQUAL(pol->may_accept.v[1], "PLAN-SIZE");
	CU_ASSERT_TRUE(pol->honour_signers);
	CU_ASSERT_FALSE(pol->request.validate_signatures);
	CU_ASSERT_TRUE(pol->request.keys_match_zsk_policy);
	CU_ASSERT_EQUAL_FATAL(pol->request.acceptable_domains.n, 2);
	CU_ASSERT_STRING_EQUAL(pol->request.acceptable_domains.v[1], "Example.ORG");
	CU_ASSERT_EQUAL_FATAL(pol->request.approved_algorithms.n, 3);
	CU_ASSERT_EQUAL(pol->request.approved_algorithms.v[0], 5);
	CU_ASSERT_EQUAL(pol->request.approved_algorithms.v[2], ECDSAP256SHA256);
	CU_ASSERT_EQUAL(pol->request.rsa_approved_exponents.v[1], UINT64_C(4294967297));
	CU_ASSERT_EQUAL(pol->request.rsa_approved_key_sizes.v[0], 1024);
	CU_ASSERT_EQUAL(pol->request.min_cycle_inception_length, 77 * DAY);
	CU_ASSERT_EQUAL(pol->request.num_keys_per_bundle.n, 3);
	CU_ASSERT_FALSE(pol->response.check_skr_alg);
	CU_ASSERT_EQUAL(pol->ksk.retire_safety, 28 * DAY + HOUR);
	CU_ASSERT_EQUAL(pol->zsk.cycle, 28 * DAY);
	CU_ASSERT_PTR_NULL(pol->zsk.hsm);
	CU_ASSERT_STRING_EQUAL(pol->zsk.key_dir, "/keys");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s = policy_schema(pol, "normal"));
	CU_ASSERT_EQUAL_FATAL(s->nslots, 3);
	slot_is(s, 2, "", "", "");
	CU_ASSERT_EQUAL(s->slots[2].cds.n, 1);
	policy_free(pol);
	report_free(&rep);
}

/* Printed, loaded and printed again it is the same; *again is what was printed first. */
static void
print_twice(const struct policy *pol, struct buf *first)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 second = BUF_EMPTY;
	struct policy	*again;
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(policy_print(first, pol), 0);
	put_file(first->data, first->len, 0600);
	again = policy_load(file, &rep);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	CU_ASSERT_EQUAL_FATAL(policy_print(&second, again), 0);
	CU_ASSERT_STRING_EQUAL((char *)first->data, (char *)second.data);
	for (i = 0; i < first->len; i++)
		CU_ASSERT_TRUE_FATAL(first->data[i] == '\n' ||
		    (first->data[i] >= 0x20 && first->data[i] < 0x7f));
	policy_free(again);
	buf_free(&second);
	report_free(&rep);
}

static void
test_print(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct policy	*pol;
	char		*text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = policy_default());
	print_twice(pol, &out);
	policy_free(pol);
	buf_free(&out);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = policy_load(SAMPLE, &rep));
	print_twice(pol, &out);
	policy_free(pol);
	buf_free(&out);
	/* The one line that is not the same again is that of a PIN. */
	text = strdup(everything);
	*strstr(text, "pin: 0123") = '#';
	*strstr(text, "so_pin: ") = '#';
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = load(text, &rep));
	print_twice(pol, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data,
	    "\"Root \\\"KSK\\\" \\xe5\\U0001f511\\x1b\\\\, 2010: #1\""));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "dnskey: \"no\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "cycle: P28D\n"));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "\n  hsm: "));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "previous_skr"));
	policy_free(pol);
	free(text);
	buf_free(&out);
	report_free(&rep);
}

/* Each word with a default stands in the print-out. */
static void
test_print_complete(void)
{
	struct policy		*pol = policy_default();
	struct buf		 out = BUF_EMPTY;
	const struct word	*w;
	char			 line[128];
	size_t			 i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	CU_ASSERT_EQUAL_FATAL(policy_print(&out, pol), 0);
	for (i = 0; i < policy_nwords; i++) {
		w = &policy_words[i];
		if (w->deflt == NULL)
			continue;
		snprintf(line, sizeof(line), "\n%s%s: ", w->section == SECTION_TOP ? "" : "  ",
		    w->name);
		CU_ASSERT_TRUE(strstr((char *)out.data, line) != NULL ||
		    strncmp((char *)out.data, line + 1, strlen(line + 1)) == 0);
	}
	policy_free(pol);
	buf_free(&out);
}

static void
test_pins(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct policy	*pol;

	pol = load("hsm: {h: {module: m, pin: 00990099, so_pin: \"77 66\"}}\n", &rep);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	CU_ASSERT_STRING_EQUAL(pol->hsms[0].pin.text, "00990099");
	CU_ASSERT_EQUAL(pol->hsms[0].pin.len, 8);
	CU_ASSERT_STRING_EQUAL(pol->hsms[0].so_pin.text, "77 66");
	CU_ASSERT_EQUAL(policy_print(&out, pol), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "    pin: (set)\n    so_pin: (set)\n"));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "99"));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "77 66"));
	policy_free(pol);
	CU_ASSERT_EQUAL(rep.count, 0);
	/* The print-out loads, and its placeholder is never tried as a PIN. */
	put_file(out.data, out.len, 0600);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = policy_load(file, &rep));
	CU_ASSERT_PTR_NULL(pol->hsms[0].pin.text);
	CU_ASSERT_PTR_NULL(pol->hsms[0].so_pin.text);
	CU_ASSERT_EQUAL(rep.count, 2);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	policy_free(pol);
	buf_free(&out);
	report_free(&rep);
}

/* A PIN that cannot be one is not shown in the message. */
static void
test_pin_hidden(void)
{
	char	 text[512], pin[SECRET_MAX + 2];

	memset(pin, '7', sizeof(pin) - 1);
	pin[sizeof(pin) - 1] = '\0';
	snprintf(text, sizeof(text), "hsm: {h: {module: m, pin: %s}}\n", pin);
	refused_text(text, 1, 27, "pin: expected PIN");
	refused_text("hsm: {h: {module: m, pin: \"\"}}\n", 1, 27, "pin: expected PIN");
	refused_text("hsm: {h: {module: m, pin: {7777: 8}}}\n", 1, 27, "pin: expected PIN");
}

static uid_t	 owner = (uid_t)-1;

static enum verdict
may_login(const char *text, mode_t mode, size_t findings)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;
	enum verdict	 v;

	put_file(text, strlen(text), mode);
	CU_ASSERT_EQUAL_FATAL(chown(file, owner, (gid_t)-1), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = policy_load(file, &rep));
	CU_ASSERT_EQUAL(rep.count, 0);
	v = policy_may_login(pol, &rep);
	CU_ASSERT_EQUAL(v, report_verdict(&rep));
	CU_ASSERT_EQUAL(rep.count, findings);
	policy_free(pol);
	report_free(&rep);
	return v;
}

static void
test_may_login(void)
{
	static const char	 pin[] = "hsm: {h: {module: m, pin: 1}}\n";
	static const char	 so_pin[] = "hsm: {g: {module: m}, h: {module: m, so_pin: 1}}\n";
	static const char	 none[] = "hsm: {h: {module: m}}\n";

	CU_ASSERT_EQUAL(may_login(pin, 0600, 1), ACCEPT);
	CU_ASSERT_EQUAL(may_login(pin, 0400, 1), ACCEPT);
	CU_ASSERT_EQUAL(may_login(pin, 0640, 1), FAULT);
	CU_ASSERT_EQUAL(may_login(pin, 0604, 1), FAULT);
	CU_ASSERT_EQUAL(may_login(pin, 0620, 1), FAULT);
	CU_ASSERT_EQUAL(may_login(so_pin, 0600, 1), ACCEPT);
	CU_ASSERT_EQUAL(may_login(so_pin, 0644, 1), FAULT);
	CU_ASSERT_EQUAL(may_login(none, 0644, 0), ACCEPT);
	CU_ASSERT_EQUAL(may_login(none, 0600, 0), ACCEPT);
	if (geteuid() == 0) {			/* somebody else's file */
		owner = 65534;
		CU_ASSERT_EQUAL(may_login(pin, 0600, 1), FAULT);
		owner = (uid_t)-1;
	}
}

static void
module_is(const char *text, const char *path)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;
	char		 yaml[256];

	snprintf(yaml, sizeof(yaml), "hsm: {h: {module: \"%s\"}}\n", text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = load(yaml, &rep));
	CU_ASSERT_STRING_EQUAL(pol->hsms[0].module, path);
	policy_free(pol);
	report_free(&rep);
}

static void
test_module(void)
{
	module_is("/a/$B.so", "/a/$B.so");
	module_is("$KSR_TEST_MODULE", "/opt/hsm.so");
	module_is("${KSR_TEST_MODULE}", "/opt/hsm.so");
	module_is("${KSR_TEST_MODULE}x", "/opt/hsm.sox");
	module_is("$KSR_TEST_MODULE/y", "/opt/hsm.so/y");
	refused_text("hsm: {h: {module: $KSR_TEST_NONE}}\n", 1, 19,
	    "module: no such variable in the environment: $KSR_TEST_NONE");
	refused_text("hsm: {h: {module: $KSR_TEST_EMPTY}}\n", 1, 19,
	    "module: no such variable in the environment: $KSR_TEST_EMPTY");
	refused_text("hsm: {h: {module: \"${KSR_TEST_MODULE\"}}\n", 1, 19,
	    "module: \"${KSR_TEST_MODULE\": expected path");
	refused_text("hsm: {h: {module: $1}}\n", 1, 19, "module: \"$1\": expected path");
	refused_text("hsm: {h: {module: $KSR_TEST_DOLLAR}}\n", 1, 19,
	    "module: \"$KSR_TEST_DOLLAR\": expected path");
	refused_text("hsm: {h: {module: }}\n", 1, 7, "hsm h has no module");
	refused_text("hsm: {h: {module: ~}}\n", 1, 7, "hsm h has no module");
}

/* Bytes of the environment that are no UTF-8 must not spoil the print-out. */
static void
test_module_bytes(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct policy	*pol;

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = load("hsm: {h: {module: $KSR_TEST_BYTES}}\n", &rep));
	print_twice(pol, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data,
	    "module: \"/\\ufffd\\ufffdx\\ufffd\\ufffd\\ufffd\\ufffd\"\n"));
	policy_free(pol);
	buf_free(&out);
	report_free(&rep);
}

/* The first line of each file says where it is wrong, and how. */
static void
test_bad_files(void)
{
	DIR		*d = opendir(BAD);
	struct dirent	*e;
	struct report	 rep;
	struct policy	*pol;
	struct buf	 in;
	char		 path[512], got[1024], *end;
	size_t		 n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		snprintf(path, sizeof(path), "%s/%s", BAD, e->d_name);
		in = (struct buf)BUF_EMPTY;
		rep = (struct report)REPORT_EMPTY;
		CU_ASSERT_EQUAL_FATAL(buf_load(&in, path, POLICY_MAX_BYTES), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(end = strchr((char *)in.data, '\n'));
		*end = '\0';
		pol = policy_load(path, &rep);
		CU_ASSERT_PTR_NULL(pol);
		CU_ASSERT_EQUAL(rep.count, 1);
		got[0] = '\0';
		if (rep.count > 0)
			snprintf(got, sizeof(got), "# %lu:%lu: %s", rep.findings[0].line,
			    rep.findings[0].column, rep.findings[0].text);
		CU_ASSERT_STRING_EQUAL(got, (char *)in.data);
		if (strcmp(got, (char *)in.data) != 0)
			fprintf(stderr, "%s: %s\n", path, got);
		policy_free(pol);
		report_free(&rep);
		buf_free(&in);
	}
	closedir(d);
	CU_ASSERT(n >= 70);
}

static void
test_files(void)
{
	struct report	 rep = REPORT_EMPTY;
	static char	 big[POLICY_MAX_BYTES + 1];
	struct policy	*pol;

	memset(big, '#', sizeof(big));
	refused(big, sizeof(big), 0, 0, "more than 1048576 bytes");
	memcpy(big, "trust: ds\n", 10);
	put_file(big, sizeof(big) - 1, 0600);
	CU_ASSERT_PTR_NOT_NULL(pol = policy_load(file, &rep));
	CU_ASSERT_EQUAL(rep.count, 0);
	policy_free(pol);
	refused("", 0, 0, 0, "the file is empty");
	CU_ASSERT_PTR_NULL(policy_load("/nowhere/at.all", &rep));
	CU_ASSERT_PTR_NULL(policy_load(folder, &rep));
	CU_ASSERT_EQUAL(rep.count, 2);
	CU_ASSERT_EQUAL(report_verdict(&rep), FAULT);
	report_free(&rep);
}

/* Every fault of a file is reported, to a limit. */
static void
test_all_faults(void)
{
	struct report	 rep = REPORT_EMPTY;
	char		 text[1024] = "ksk_policy: {ttl: x, ttk: 1}\nzsk: 7\nrequest: 1\n";
	size_t		 i;

	CU_ASSERT_PTR_NULL(load(text, &rep));
	CU_ASSERT_EQUAL(rep.count, 4);
	report_free(&rep);
	text[0] = '\0';
	for (i = 0; i < 40; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "w%zu: 1\n", i);
	CU_ASSERT_PTR_NULL(load(text, &rep));
	CU_ASSERT_EQUAL_FATAL(rep.count, 21);
	CU_ASSERT_STRING_EQUAL(rep.findings[20].text, "and more that is not shown");
	report_free(&rep);
}

static void
test_encoding(void)
{
	static const char	 nul[] = "trust: ds\n\0";
	static const char	 utf16[] = "\xff\xfet\0r\0u\0s\0t\0:\0 \0d\0s\0\n\0";
	struct report		 rep = REPORT_EMPTY;
	struct policy		*pol;

	refused(nul, sizeof(nul) - 1, 2, 1, "a NUL byte");
	refused(utf16, sizeof(utf16) - 1, 1, 4, "a NUL byte");
	refused_text("trust: d\xff\n", 1, 9, "invalid leading UTF-8 octet");
	refused_text("#\n# \xc0\x80\n", 2, 3, "invalid length of a UTF-8 sequence");
	refused_text("# \xed\xa0\x80\n", 1, 3, "invalid Unicode character");
	refused_text("trust: \x1b[31m\n", 1, 8, "control characters are not allowed");
	refused_text("keys: {a: {label: \"x\\0y\"}}\n", 1, 19, "a NUL byte in a value");
	refused_text("\"a\\e[31m\": 1\n", 1, 1, "no section or word \"a\\x1b[31m\"");
	refused_text("keys: {\"a\\e[31m\": {algorithm: 8}}\n", 1, 8, "\"a\\x1b[31m\": not a name");
	CU_ASSERT_PTR_NOT_NULL(pol = load("\xef\xbb\xbftrust: ds\r\nhonour_signers: true\r\n", &rep));
	CU_ASSERT_EQUAL(rep.count, 0);
	policy_free(pol);
	report_free(&rep);
}

/* A megabyte of this pattern ends soon, with one line. */
static void
flood(const char *head, const char *pattern)
{
	static char	 text[POLICY_MAX_BYTES];
	struct report	 rep = REPORT_EMPTY;
	struct timespec	 before, after;
	size_t		 i, len = strlen(pattern), start = strlen(head);

	memcpy(text, head, start);
	for (i = start; i < sizeof(text); i++)
		text[i] = pattern[(i - start) % len];
	put_file(text, sizeof(text), 0600);
	clock_gettime(CLOCK_MONOTONIC, &before);
	CU_ASSERT_PTR_NULL(policy_load(file, &rep));
	clock_gettime(CLOCK_MONOTONIC, &after);
	CU_ASSERT(after.tv_sec - before.tv_sec < 30);
	CU_ASSERT_EQUAL(rep.count, 1);
	report_free(&rep);
}

/* The same, stopped by the count of values and not by what follows. */
static void
refused_many(const char *head, const char *item, const char *text)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	buf_puts(&b, head);
	for (i = 0; i < 60000; i++)
		buf_puts(&b, item);
	CU_ASSERT_PTR_NULL(load((char *)b.data, &rep));
	CU_ASSERT_EQUAL_FATAL(rep.count, 1);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text, text);
	report_free(&rep);
	buf_free(&b);
}

static void
test_hostile(void)
{
	static const char *const patterns[] = {
		"[", "{", "[\n", "- ", "? ", "a: 1\n", "\"", " ", "\n", "#\n", ":", ": ", "&a ",
		"*a ", "! ", "!", "%", "|", "\t", "- a\n", "? a : b, ", "\\", "<<: "
	};
	size_t	 i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		flood("", patterns[i]);
	refused_many("trust: [", "a,", "too many values");
	refused_many("a:\n", "- a\n", "too many values");
	flood("trust: [", "a, ");
	flood("trust: \"", "\\x41");
	flood("trust: ", "x ");
	flood("trust: |\n", " x\n");
	refused_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 1, 4,
	    "a policy has no anchors");
	refused_text("a: [[[[[[[[1]]]]]]]]\n", 1, 11, "nested too deeply");
}

/* No beginning of a file crashes or is taken for more than it says. */
static void
test_truncated(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;
	size_t		 i;

	for (i = 0; i < sizeof(everything); i++) {
		put_file(everything, i, 0600);
		pol = policy_load(file, &rep);
		CU_ASSERT((pol == NULL) == (report_verdict(&rep) == FAULT));
		policy_free(pol);
		report_free(&rep);
		rep = (struct report)REPORT_EMPTY;
	}
}

static void
test_limits(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;
	struct policy	*pol;
	int		 i;

	buf_puts(&b, "schemas: {s: {1000: {sign: k1}}}\nkeys:\n");
	for (i = 1; i <= POLICY_MAX_NAMES; i++)
		buf_printf(&b, " k%d: {algorithm: 8}\n", i);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = load((char *)b.data, &rep));
	CU_ASSERT_EQUAL(pol->nkeys, POLICY_MAX_NAMES);
	CU_ASSERT_EQUAL(pol->schemas[0].nslots, POLICY_MAX_SLOTS);
	CU_ASSERT_EQUAL(pol->schemas[0].slots[998].line, 0);
	CU_ASSERT_STRING_EQUAL(pol->schemas[0].slots[999].sign.v[0], "k1");
	policy_free(pol);
	buf_puts(&b, " more: {algorithm: 8}\n");
	CU_ASSERT_PTR_NULL(load((char *)b.data, &rep));
	buf_free(&b);
	report_free(&rep);
}

/* Slot 1 publishes this many names; the first so many of them are keys. */
static struct policy *
load_names(size_t n, size_t keys, struct report *rep)
{
	struct buf	 b = BUF_EMPTY;
	struct policy	*pol;
	size_t		 i;

	buf_puts(&b, "keys:\n");
	for (i = 0; i < keys; i++)
		buf_printf(&b, " k%zu: {algorithm: 8}\n", i);
	buf_puts(&b, "schemas: {s: {1: {publish: [k0");
	for (i = 1; i < n; i++)
		buf_printf(&b, ", k%zu", i);
	buf_puts(&b, "]}}}\n");
	pol = load((char *)b.data, rep);
	buf_free(&b);
	return pol;
}

static void
test_list_limits(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;
	char		 name[257], text[512];

	CU_ASSERT_PTR_NOT_NULL(pol = load_names(3, 3, &rep));
	policy_free(pol);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_PTR_NULL(load_names(4, 3, &rep));
	CU_ASSERT_PTR_NULL(load_names(1001, 3, &rep));
	CU_ASSERT_EQUAL_FATAL(rep.count, 2);
	CU_ASSERT_STRING_EQUAL(rep.findings[0].text, "slot 1: more names than there are keys");
	CU_ASSERT_STRING_EQUAL(rep.findings[1].text, "publish: too many items");
	report_free(&rep);
	rep = (struct report)REPORT_EMPTY;
	memset(name, 'k', sizeof(name) - 1);
	name[256] = '\0';
	snprintf(text, sizeof(text), "keys: {%s: {algorithm: 8}}\n", name);
	CU_ASSERT_PTR_NULL(load(text, &rep));
	snprintf(text, sizeof(text), "keys: {%s: {algorithm: 8}}\n", name + 1);
	CU_ASSERT_PTR_NOT_NULL(pol = load(text, &rep));
	CU_ASSERT_EQUAL(rep.count, 1);
	policy_free(pol);
	report_free(&rep);
}

static void
test_between_words(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol;

	/* The count of keys is not compared where the rule that counts is off. */
	pol = load("request_policy: {num_bundles: 6,"
	    " check_keys_match_ksk_operator_policy: false}\n", &rep);
	CU_ASSERT_PTR_NOT_NULL(pol);
	policy_free(pol);
	/* In ksk_policy, zero is no limit. */
	pol = load("ksk_policy: {min_signature_validity: P21D, min_validity_overlap: P9D}\n", &rep);
	CU_ASSERT_PTR_NOT_NULL(pol);
	policy_free(pol);
	CU_ASSERT_EQUAL(rep.count, 0);
	/* Words of RSA in another key are dropped. */
	pol = load("keys: {k: {algorithm: ED25519, rsa_size: 2048}}\n", &rep);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	CU_ASSERT_EQUAL(pol->keys[0].rsa_size, 0);
	CU_ASSERT_STRING_EQUAL(pol->keys[0].label, "k");
	CU_ASSERT_EQUAL(rep.count, 1);
	CU_ASSERT_EQUAL(report_verdict(&rep), ACCEPT);
	policy_free(pol);
	report_free(&rep);
}

static void
test_digest(void)
{
	struct report	 rep = REPORT_EMPTY;
	struct policy	*pol = load("trust: ds\n", &rep);
	char		 hex[DIGEST_HEX];

	CU_ASSERT_PTR_NOT_NULL_FATAL(pol);
	/* sha256sum of these ten bytes */
	CU_ASSERT_STRING_EQUAL(digest_hex(hex, pol->digest),
	    "26fe3bc337c6f620e211a9754715ef5a825743cd0d9dc6691797421e1c5d88b3");
	CU_ASSERT_TRUE(pol->private);
	policy_free(pol);
	report_free(&rep);
}

/* The item line of a word in the manual. */
static void
item_line(char *out, size_t size, const struct word *w)
{
	char	 takes[128], deflt[128] = "";

	word_takes(w, takes, sizeof(takes));
	if (w->deflt != NULL && w->list != LIST_NO)
		snprintf(deflt, sizeof(deflt), "; default [%s]", w->deflt);
	else if (w->deflt != NULL)
		snprintf(deflt, sizeof(deflt), "; default %s%s",
		    strcmp(w->deflt, ".") == 0 ? "\\&" : "", w->deflt);
	snprintf(out, size, ".It Ic %s Pq %s%s", w->name, takes, deflt);
}

/* Every word stands in the manual once, in its section, and nothing else does. */
static void
test_manual(void)
{
	FILE			*f = fopen(MANUAL, "r");
	char			 line[512], expected[512], word[64];
	const struct word	*w;
	enum word_section	 s = SECTIONS;
	size_t			 n = 0, i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Ss ", 4) == 0)
			for (s = SECTION_TOP; s < SECTIONS; s++)
				if (strcmp(line + 4, word_section_name(s)) == 0)
					break;
		if (sscanf(line, ".It Ic %63s Pq", word) != 1)
			continue;
		CU_ASSERT_NOT_EQUAL_FATAL(s, SECTIONS);
		CU_ASSERT_PTR_NOT_NULL_FATAL(w = word_find(s, word));
		item_line(expected, sizeof(expected), w);
		CU_ASSERT_STRING_EQUAL(line, expected);
		n++;
	}
	rewind(f);
	CU_ASSERT_EQUAL(n, policy_nwords);
	for (i = 0; i < policy_nwords; i++) {
		item_line(expected, sizeof(expected), &policy_words[i]);
		n = 0;
		while (fgets(line, sizeof(line), f) != NULL)
			n += strncmp(line, expected, strlen(expected)) == 0;
		rewind(f);
		CU_ASSERT(n >= 1);
	}
	fclose(f);
}

/* The example of the manual is a policy. */
static void
test_manual_example(void)
{
	FILE		*f = fopen(MANUAL, "r");
	struct report	 rep = REPORT_EMPTY;
	struct buf	 b = BUF_EMPTY;
	struct policy	*pol;
	char		 line[512];
	bool		 in = false;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL && strcmp(line, ".Sh EXAMPLES\n") != 0)
		;
	while (fgets(line, sizeof(line), f) != NULL && strcmp(line, ".Ed\n") != 0) {
		if (in)
			buf_puts(&b, line);
		in = in || strcmp(line, ".Bd -literal\n") == 0;
	}
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.data);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pol = load((char *)b.data, &rep));
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL(pol->schemas[0].nslots, pol->request.num_bundles);
	policy_free(pol);
	buf_free(&b);
	report_free(&rep);
}

int
main(void)
{
	static CU_TestInfo	 tests[] = {
		{ "defaults", test_defaults },
		{ "switches are on", test_switches },
		{ "words have places of their own", test_places },
		{ "values and ranges", test_values },
		{ "sample", test_sample },
		{ "every section", test_everything },
		{ "words without effect", test_without_effect },
		{ "print and load", test_print },
		{ "print is complete", test_print_complete },
		{ "PINs", test_pins },
		{ "bad PINs are not shown", test_pin_hidden },
		{ "file mode", test_may_login },
		{ "module and environment", test_module },
		{ "module without UTF-8", test_module_bytes },
		{ "bad files", test_bad_files },
		{ "size and I/O", test_files },
		{ "all faults", test_all_faults },
		{ "encoding", test_encoding },
		{ "hostile YAML", test_hostile },
		{ "truncation", test_truncated },
		{ "limits", test_limits },
		{ "limits of lists and names", test_list_limits },
		{ "between words", test_between_words },
		{ "digest", test_digest },
		{ "manual", test_manual },
		{ "example of the manual", test_manual_example },
		CU_TEST_INFO_NULL
	};
	CU_SuiteInfo		 suites[] = {
		{ "policy", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL
	};
	unsigned		 failures;

	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return 1;
	}
	snprintf(file, sizeof(file), "%s/policy.yaml", folder);
	setenv("KSR_TEST_MODULE", "/opt/hsm.so", 1);
	setenv("KSR_TEST_EMPTY", "", 1);
	/* An overlong NUL, a surrogate, a character cut short. */
	setenv("KSR_TEST_BYTES", "/\xc0\x80x\xed\xa0\x80\xf0", 1);
	setenv("KSR_TEST_DOLLAR", "$HOME/x", 1);
	unsetenv("KSR_TEST_NONE");
	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	unlink(file);
	rmdir(folder);
	return failures == 0 ? 0 : 1;
}

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/isotime.h"
#include "model/dname.h"
#include "model/dnskey.h"
#include "model/policy_words.h"

#define TTL_MAX		UINT64_C(2147483647)	/* RFC 2181 8 */
#define EXPONENT_MAX	(UINT64_C(4294967297))	/* 2^32 + 1 */
#define RSA_MIN		512
#define RSA_MAX		16384
#define FOREVER		((uint64_t)ISOTIME_MAX)

/* Where a word stands and where its value goes; mostly the two have one name. */
#define AT(section, word, type, member)	section, #word, offsetof(type, member)
#define TOP(m)		AT(SECTION_TOP, m, struct policy, m)
#define REQ(m)		AT(SECTION_REQUEST, m, struct policy, request.m)
#define RES(m)		AT(SECTION_RESPONSE, m, struct policy, response.m)
#define KSK(m)		AT(SECTION_KSK, m, struct policy, ksk.m)
#define ZSK(m)		AT(SECTION_ZSK, m, struct policy, zsk.m)
#define HSM(m)		AT(SECTION_HSM, m, struct hsm, m)
#define KEY(m)		AT(SECTION_KEY, m, struct ksk, m)
#define SLOT(m)		AT(SECTION_SLOT, m, struct schema_slot, m)
#define NOWHERE(section, word)	section, #word, 0

#define FLAG(at, def)			{ at, WORD_BOOL, LIST_NO, def, NULL, 0, 0 }
#define COUNT(at, def, min, max)	{ at, WORD_NUMBER, LIST_NO, def, NULL, min, max }
#define ODD(at, def, min, max)		{ at, WORD_ODD, LIST_NO, def, NULL, min, max }
#define SPAN(at, def, min, zero)	{ at, WORD_DURATION, LIST_NO, def, zero, min, FOREVER }
#define WORD(at, type, def)		{ at, type, LIST_NO, def, NULL, 0, 0 }
#define LIST(at, type, list, def, min, max) \
	{ at, type, list, def, NULL, min, max }

const struct word policy_words[] = {
	WORD(TOP(trust), WORD_TRUST, "rfc5011"),
	COUNT(TOP(max_response_size), "1232", 512, 65535),
	COUNT(TOP(hard_response_size), "1452", 512, 65535),
	LIST(TOP(may_accept), WORD_RULE, LIST_ANY, "", 0, 0),
	FLAG(TOP(honour_signers), "false"),
	FLAG(TOP(require_backup), "false"),

	LIST(REQ(acceptable_domains), WORD_DOMAIN, LIST_SOME, ".", 0, 0),
	COUNT(REQ(num_bundles), "9", 1, POLICY_MAX_SLOTS),
	FLAG(REQ(validate_signatures), "true"),
	FLAG(REQ(keys_match_zsk_policy), "true"),
	FLAG(REQ(rsa_exponent_match_zsk_policy), "true"),
	FLAG(REQ(check_cycle_length), "true"),
	SPAN(REQ(min_cycle_inception_length), "P79D", 0, NULL),
	SPAN(REQ(max_cycle_inception_length), "P81D", 0, NULL),
	SPAN(REQ(min_bundle_interval), "P9D", 0, NULL),
	SPAN(REQ(max_bundle_interval), "P11D", 0, NULL),
	FLAG(REQ(check_bundle_overlap), "true"),
	FLAG(REQ(signature_algorithms_match_zsk_policy), "true"),
	LIST(REQ(approved_algorithms), WORD_KNOWN_ALGORITHM, LIST_SOME, "RSASHA256", 0, 0),
	LIST(REQ(rsa_approved_exponents), WORD_ODD, LIST_SOME, "65537", 3, EXPONENT_MAX),
	LIST(REQ(rsa_approved_key_sizes), WORD_NUMBER, LIST_SOME, "2048", RSA_MIN, RSA_MAX),
	FLAG(REQ(signature_validity_match_zsk_policy), "true"),
	FLAG(REQ(check_keys_match_ksk_operator_policy), "true"),
	LIST(REQ(num_keys_per_bundle), WORD_NUMBER, LIST_SOME, "2,1,1,1,1,1,1,1,2", 1,
	    POLICY_MAX_SLOTS),
	COUNT(REQ(num_different_keys_in_all_bundles), "3", 1, POLICY_MAX_SLOTS),
	COUNT(REQ(dns_ttl), "0", 0, TTL_MAX),
	FLAG(REQ(signature_check_expire_horizon), "true"),
	COUNT(REQ(signature_horizon_days), "180", 1, 36500),
	FLAG(REQ(check_bundle_intervals), "true"),
	FLAG(REQ(check_chain_keys), "true"),
	FLAG(REQ(check_chain_keys_in_hsm), "true"),
	FLAG(REQ(check_chain_overlap), "true"),
	FLAG(REQ(check_keys_publish_safety), "true"),
	FLAG(REQ(check_keys_retire_safety), "true"),
	FLAG(REQ(check_domain), "true"),
	FLAG(REQ(check_id), "true"),
	FLAG(REQ(check_bundle_count), "true"),
	FLAG(REQ(check_clock), "true"),
	FLAG(REQ(check_bundle_tags), "true"),
	FLAG(REQ(check_bundle_ttl), "true"),
	FLAG(REQ(check_key_quality), "true"),
	FLAG(REQ(check_zsk_safety), "true"),
	WORD(NOWHERE(SECTION_REQUEST, enable_unsupported_ecdsa), WORD_IDLE_BOOL, NULL),
	WORD(NOWHERE(SECTION_REQUEST, enable_unsupported_edwards_dsa), WORD_IDLE_BOOL, NULL),
	WORD(NOWHERE(SECTION_REQUEST, hash_using_hsm), WORD_IDLE_BOOL, NULL),

	COUNT(RES(num_bundles), "9", 1, POLICY_MAX_SLOTS),
	FLAG(RES(validate_signatures), "true"),
	FLAG(RES(check_skr_count), "true"),
	FLAG(RES(check_skr_match), "true"),
	FLAG(RES(check_skr_ksks), "true"),
	FLAG(RES(check_skr_anchor), "true"),
	FLAG(RES(check_skr_alg), "true"),
	FLAG(RES(check_skr_coverage), "true"),
	FLAG(RES(check_skr_timeline), "true"),

	SPAN(KSK(publish_safety), "PT0S", 0, NULL),
	SPAN(KSK(retire_safety), "PT0S", 0, NULL),
	SPAN(KSK(max_signature_validity), "PT0S", 0, NULL),
	SPAN(KSK(min_signature_validity), "PT0S", 0, NULL),
	SPAN(KSK(max_validity_overlap), "PT0S", 0, NULL),
	SPAN(KSK(min_validity_overlap), "PT0S", 0, NULL),
	COUNT(KSK(ttl), "172800", 0, TTL_MAX),
	WORD(KSK(signers_name), WORD_DOMAIN, "."),
	FLAG(KSK(check_plan_slots), "true"),
	FLAG(KSK(check_plan_trust), "true"),
	FLAG(KSK(check_plan_revoke), "true"),
	FLAG(KSK(check_plan_size), "true"),

	WORD(ZSK(domain), WORD_DOMAIN, "."),
	WORD(ZSK(algorithm), WORD_ALGORITHM, "RSASHA256"),
	COUNT(ZSK(size), "2048", RSA_MIN, RSA_MAX),
	ODD(ZSK(exponent), "65537", 3, EXPONENT_MAX),
	SPAN(ZSK(lifetime), "cycle", 1, "cycle"),
	COUNT(ZSK(ttl), "172800", 0, TTL_MAX),
	SPAN(ZSK(cycle), "quarter", 1, "quarter"),
	COUNT(ZSK(slots), "9", 1, POLICY_MAX_SLOTS),
	SPAN(ZSK(interval), "P10D", 1, NULL),
	SPAN(ZSK(validity), "P21D", 1, NULL),
	SPAN(ZSK(publish_safety), "P10D", 0, NULL),
	SPAN(ZSK(retire_safety), "P10D", 0, NULL),
	SPAN(ZSK(max_signature_validity), "P21D", 0, NULL),
	SPAN(ZSK(min_signature_validity), "P21D", 0, NULL),
	SPAN(ZSK(max_validity_overlap), "P12D", 0, NULL),
	SPAN(ZSK(min_validity_overlap), "P9D", 0, NULL),
	WORD(ZSK(hsm), WORD_TEXT, "soft"),
	WORD(ZSK(key_dir), WORD_TEXT, NULL),
	WORD(ZSK(label), WORD_TEXT, "{zone}-zsk-{alg}-{from}-{n}"),

	WORD(HSM(module), WORD_MODULE, NULL),
	WORD(HSM(uri), WORD_TEXT, NULL),
	WORD(HSM(pin), WORD_SECRET, NULL),
	WORD(HSM(so_pin), WORD_SECRET, NULL),
	WORD(HSM(env), WORD_MAP, NULL),

	WORD(KEY(description), WORD_TEXT, NULL),
	WORD(KEY(label), WORD_TEXT, NULL),
	WORD(KEY(uri), WORD_TEXT, NULL),
	WORD(KEY(dnskey), WORD_TEXT, NULL),
	{ AT(SECTION_KEY, key_tag, struct ksk, tag), WORD_TAG, LIST_NO, NULL, NULL, 0,
	    UINT16_MAX },
	WORD(KEY(algorithm), WORD_ALGORITHM, NULL),
	COUNT(KEY(rsa_size), NULL, RSA_MIN, RSA_MAX),
	ODD(KEY(rsa_exponent), NULL, 3, EXPONENT_MAX),
	WORD(KEY(valid_from), WORD_TIME, NULL),
	WORD(KEY(valid_until), WORD_TIME, NULL),
	WORD(KEY(ds_sha256), WORD_DIGEST, NULL),
	WORD(NOWHERE(SECTION_KEY, hash_using_hsm), WORD_IDLE_BOOL, NULL),
	WORD(NOWHERE(SECTION_KEY, enable_unsupported_ecdsa), WORD_IDLE_BOOL, NULL),
	WORD(NOWHERE(SECTION_KEY, enable_unsupported_edwards_dsa), WORD_IDLE_BOOL, NULL),

	LIST(SLOT(publish), WORD_KEY_NAME, LIST_OR_ONE, NULL, 0, 0),
	LIST(SLOT(sign), WORD_KEY_NAME, LIST_OR_ONE, NULL, 0, 0),
	LIST(SLOT(revoke), WORD_KEY_NAME, LIST_OR_ONE, NULL, 0, 0),
	LIST(SLOT(sign_only), WORD_KEY_NAME, LIST_OR_ONE, NULL, 0, 0),
	LIST(SLOT(cds), WORD_KEY_NAME, LIST_OR_ONE, NULL, 0, 0),

	WORD(NOWHERE(SECTION_FILENAMES, previous_skr), WORD_IDLE_TEXT, NULL),
	WORD(NOWHERE(SECTION_FILENAMES, input_ksr), WORD_IDLE_TEXT, NULL),
	WORD(NOWHERE(SECTION_FILENAMES, output_skr), WORD_IDLE_TEXT, NULL),
	WORD(NOWHERE(SECTION_FILENAMES, output_trustanchor), WORD_IDLE_TEXT, NULL),
};
const size_t policy_nwords = sizeof(policy_words) / sizeof(policy_words[0]);

const char *
word_section_name(enum word_section section)
{
	static const char *const names[SECTIONS] = {
		[SECTION_TOP] = "top level",
		[SECTION_REQUEST] = "request_policy",
		[SECTION_RESPONSE] = "response_policy",
		[SECTION_KSK] = "ksk_policy",
		[SECTION_ZSK] = "zsk",
		[SECTION_HSM] = "hsm.NAME",
		[SECTION_KEY] = "keys.NAME",
		[SECTION_SLOT] = "schemas.NAME.SLOT",
		[SECTION_FILENAMES] = "filenames",
	};

	return names[section];
}

const struct word *
word_find(enum word_section section, const char *name)
{
	size_t	 i;

	for (i = 0; i < policy_nwords; i++)
		if (policy_words[i].section == section && strcmp(policy_words[i].name, name) == 0)
			return &policy_words[i];
	return NULL;
}

int
word_number(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	uint64_t	 n = 0;
	const char	*p;

	/* YAML 1.1 reads 0123 as octal, people do not: say neither. */
	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	for (p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || n > (UINT64_MAX - 9) / 10)
			return -1;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

static int
bad(int error)
{
	errno = error;
	return -1;
}

static int
set_text(char **to, const char *text)
{
	char	*copy;

	if (*text == '\0')
		return bad(EINVAL);
	if ((copy = strdup(text)) == NULL)
		return -1;
	free(*to);
	*to = copy;
	return 0;
}

static int
set_bool(bool *to, const char *text)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0)
		*to = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "False") == 0 ||
	    strcmp(text, "FALSE") == 0)
		*to = false;
	else
		return bad(EINVAL);
	return 0;
}

static int
set_domain(char **to, const char *text)
{
	struct dname	 name;

	return dname_parse(&name, text) == -1 ? bad(EINVAL) : set_text(to, text);
}

/*
 * "$NAME" or "${NAME}" at the beginning is replaced by that environment
 * variable.  A value that begins with a dollar sign could not be printed as a
 * policy and read back.
 */
static int
set_module(char **to, const char *text)
{
	const char	*name = text + 1, *rest, *value;
	char		*variable = NULL, *path = NULL;
	size_t		 len;
	bool		 braces;
	int		 rv = -1;

	if (text[0] != '$')
		return set_text(to, text);
	if ((braces = *name == '{'))
		name++;
	len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
	rest = name + len;
	if (len == 0 || (*name >= '0' && *name <= '9') || (braces && *rest++ != '}'))
		return bad(EINVAL);
	if ((variable = strndup(name, len)) == NULL)
		return -1;
	if ((value = getenv(variable)) == NULL || *value == '\0')
		errno = ENOENT;
	else if (*value == '$')
		errno = EINVAL;
	else if (asprintf(&path, "%s%s", value, rest) == -1)
		path = NULL;
	else
		rv = set_text(to, path);
	free(variable);
	free(path);
	return rv;
}

static int
set_duration(const struct word *w, int64_t *to, const char *text)
{
	int64_t	 n;

	if (w->zero != NULL && strcmp(text, w->zero) == 0) {
		*to = 0;
		return 0;
	}
	if (isoduration_parse(&n, text, true) == -1 || (uint64_t)n < w->min || (uint64_t)n > w->max)
		return bad(EINVAL);
	*to = n;
	return 0;
}

/* A date or an instant: what an option takes, but not "now". */
static int
set_time(int64_t *to, const char *text)
{
	return text[0] == 'n' || isotime_option(to, text) == -1 ? bad(EINVAL) : 0;
}

static int
set_tag(struct ksk *k, const char *text)
{
	uint64_t	 n;

	if (word_number(&n, text, 0, UINT16_MAX) == -1)
		return bad(EINVAL);
	k->tag = (uint16_t)n;
	k->has_tag = true;
	return 0;
}

static int
set_digest(struct ksk *k, const char *text)
{
	if (digest_from_hex(k->ds_sha256, text) == -1)
		return bad(EINVAL);
	k->has_ds = true;
	return 0;
}

static int
set_trust(enum trust *to, const char *text)
{
	if (strcmp(text, "rfc5011") == 0)
		*to = TRUST_RFC5011;
	else if (strcmp(text, "ds") == 0)
		*to = TRUST_DS;
	else
		return bad(EINVAL);
	return 0;
}

static int
set_number(const struct word *w, uint64_t *to, const char *text)
{
	uint64_t	 n;
	int		 a;

	switch (w->type) {
	case WORD_ALGORITHM:
	case WORD_KNOWN_ALGORITHM:
		a = text[0] == '0' ? -1 : algorithm_number(text);
		if (a < 0 || algorithm_name((unsigned)a) == NULL ||
		    (w->type == WORD_ALGORITHM && algorithm_family((unsigned)a) == FAMILY_NONE))
			return bad(EINVAL);
		n = (uint64_t)a;
		break;
	default:
		if (word_number(&n, text, w->min, w->max) == -1 ||
		    (w->type == WORD_ODD && n % 2 == 0))
			return bad(EINVAL);
	}
	*to = n;
	return 0;
}

static int
add_number(const struct word *w, struct numbers *to, const char *text)
{
	uint64_t	*at, n;

	if (set_number(w, &n, text) == -1 ||
	    (at = array_add(&to->v, to->n, sizeof(*at))) == NULL)
		return -1;
	*at = n;
	to->n++;
	return 0;
}

static int
add_string(const struct word *w, struct strings *to, const char *text)
{
	char	**at, *s = NULL;

	if (w->type == WORD_RULE && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") !=
	    strlen(text))
		return bad(EINVAL);
	if ((w->type == WORD_DOMAIN ? set_domain(&s, text) : set_text(&s, text)) == -1)
		return -1;
	if ((at = array_add(&to->v, to->n, sizeof(*at))) == NULL) {
		free(s);
		return -1;
	}
	*at = s;
	to->n++;
	return 0;
}

static int
add_item(const struct word *w, void *to, const char *text)
{
	switch (w->type) {
	case WORD_NUMBER:
	case WORD_ODD:
	case WORD_KNOWN_ALGORITHM:
		return add_number(w, to, text);
	default:
		return add_string(w, to, text);
	}
}

int
word_set(const struct word *w, void *base, const char *text)
{
	void		*to = (char *)base + w->offset;
	uint64_t	 n;
	bool		 idle;

	if (w->list != LIST_NO)
		return add_item(w, to, text);
	switch (w->type) {
	case WORD_BOOL:
		return set_bool(to, text);
	case WORD_NUMBER:
	case WORD_ODD:
		return set_number(w, to, text);
	case WORD_ALGORITHM:
		if (set_number(w, &n, text) == -1)
			return -1;
		*(uint8_t *)to = (uint8_t)n;
		return 0;
	case WORD_DURATION:
		return set_duration(w, to, text);
	case WORD_TIME:
		return set_time(to, text);
	case WORD_TAG:
		return set_tag(base, text);
	case WORD_DIGEST:
		return set_digest(base, text);
	case WORD_TEXT:
		return set_text(to, text);
	case WORD_DOMAIN:
		return set_domain(to, text);
	case WORD_MODULE:
		return set_module(to, text);
	case WORD_SECRET:
		return secret_set(to, text, strlen(text));
	case WORD_TRUST:
		return set_trust(to, text);
	case WORD_IDLE_BOOL:
		return set_bool(&idle, text);
	case WORD_IDLE_TEXT:
		return 0;
	case WORD_KNOWN_ALGORITHM:
	case WORD_RULE:
	case WORD_KEY_NAME:
	case WORD_MAP:
		break;
	}
	return bad(EINVAL);
}

/* The items of a default, "2,1,1". */
static int
default_list(const struct word *w, void *base)
{
	char	*copy, *p, *item;
	int	 rv = 0;

	if ((copy = strdup(w->deflt)) == NULL)
		return -1;
	p = *copy == '\0' ? NULL : copy;
	while (rv == 0 && (item = strsep(&p, ",")) != NULL)
		rv = word_set(w, base, item);
	free(copy);
	return rv;
}

int
word_defaults(enum word_section section, void *base)
{
	const struct word	*w;
	size_t			 i;

	for (i = 0; i < policy_nwords; i++) {
		w = &policy_words[i];
		if (w->section != section || w->deflt == NULL)
			continue;
		if ((w->list == LIST_NO ? word_set(w, base, w->deflt) :
		    default_list(w, base)) == -1)
			return -1;
	}
	return 0;
}

static const char *
takes_one(const struct word *w)
{
	switch (w->type) {
	case WORD_BOOL:
	case WORD_IDLE_BOOL:
		return "true or false";
	case WORD_NUMBER:
	case WORD_TAG:
		return "number";
	case WORD_ODD:
		return "odd number";
	case WORD_DURATION:
		return "duration";
	case WORD_TIME:
		return "date or time";
	case WORD_ALGORITHM:
	case WORD_KNOWN_ALGORITHM:
		return "algorithm";
	case WORD_DIGEST:
		return "64 hex digits";
	case WORD_DOMAIN:
		return "domain name";
	case WORD_MODULE:
		return "path";
	case WORD_RULE:
		return "rule id";
	case WORD_KEY_NAME:
		return "key name";
	case WORD_SECRET:
		return "PIN";
	case WORD_TRUST:
		return "rfc5011 or ds";
	case WORD_MAP:
		return "map of names to text";
	case WORD_TEXT:
	case WORD_IDLE_TEXT:
		break;
	}
	return "text";
}

const char *
word_takes(const struct word *w, char *out, size_t size)
{
	static const char *const lists[] = {
		[LIST_NO] = "",
		[LIST_ANY] = "list of ",
		[LIST_SOME] = "non-empty list of ",
		[LIST_OR_ONE] = "one, or a list of ",
	};
	char	 range[64] = "";

	if (w->type == WORD_DURATION && w->min > 0)
		snprintf(range, sizeof(range), ", not zero%s%s", w->zero == NULL ? "" : ", or ",
		    w->zero == NULL ? "" : w->zero);
	else if (w->type != WORD_DURATION && w->max > 0)
		snprintf(range, sizeof(range), ", %" PRIu64 " to %" PRIu64, w->min, w->max);
	snprintf(out, size, "%s%s%s%s", lists[w->list], takes_one(w),
	    w->list == LIST_NO ? "" : "s", range);
	return out;
}

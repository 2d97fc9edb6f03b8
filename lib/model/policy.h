/*
 * policy: the operator's policy file (ksr-policy(5)), every word typed and
 * every default filled in.  Durations in seconds, times in UTC seconds.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/report.h"
#include "base/secret.h"

#define POLICY_MAX_BYTES	((size_t)1 << 20)

struct strings { char **v; size_t n; };
struct numbers { uint64_t *v; size_t n; };

struct request_policy {
	struct strings	 acceptable_domains;
	uint64_t	 num_bundles;
	bool		 validate_signatures;
	bool		 keys_match_zsk_policy;
	bool		 rsa_exponent_match_zsk_policy;
	bool		 check_cycle_length;
	int64_t		 min_cycle_inception_length;
	int64_t		 max_cycle_inception_length;
	int64_t		 min_bundle_interval;
	int64_t		 max_bundle_interval;
	bool		 check_bundle_overlap;
	bool		 signature_algorithms_match_zsk_policy;
	struct numbers	 approved_algorithms;	/* as numbers */
	struct numbers	 rsa_approved_exponents;
	struct numbers	 rsa_approved_key_sizes;
	bool		 signature_validity_match_zsk_policy;
	bool		 check_keys_match_ksk_operator_policy;
	struct numbers	 num_keys_per_bundle;
	uint64_t	 num_different_keys_in_all_bundles;
	uint64_t	 dns_ttl;		/* 0: that of ksk_policy */
	bool		 signature_check_expire_horizon;
	uint64_t	 signature_horizon_days;
	bool		 check_bundle_intervals;
	bool		 check_chain_keys;
	bool		 check_chain_keys_in_hsm;
	bool		 check_chain_overlap;
	bool		 check_keys_publish_safety;
	bool		 check_keys_retire_safety;
	/* switches of the rules that have no older word */
	bool		 check_domain;
	bool		 check_id;
	bool		 check_bundle_count;
	bool		 check_clock;
	bool		 check_bundle_tags;
	bool		 check_bundle_ttl;
	bool		 check_key_quality;
	bool		 check_zsk_safety;
};

struct response_policy {
	uint64_t	 num_bundles;
	bool		 validate_signatures;
	bool		 check_skr_count;
	bool		 check_skr_match;
	bool		 check_skr_ksks;
	bool		 check_skr_anchor;
	bool		 check_skr_alg;
	bool		 check_skr_coverage;
	bool		 check_skr_timeline;
};

struct ksk_policy {
	int64_t		 publish_safety;
	int64_t		 retire_safety;
	int64_t		 max_signature_validity;
	int64_t		 min_signature_validity;
	int64_t		 max_validity_overlap;
	int64_t		 min_validity_overlap;
	uint64_t	 ttl;
	char		*signers_name;
	bool		 check_plan_slots;
	bool		 check_plan_trust;
	bool		 check_plan_revoke;
	bool		 check_plan_size;
};

struct pair { char *name; char *value; };

struct hsm {				/* hsm.NAME, in the file's order */
	char		*name;
	char		*module;	/* path; not opened when the file is read */
	char		*uri;		/* RFC 7512, or NULL */
	struct secret	 pin;		/* .text NULL: ask */
	struct secret	 so_pin;
	struct pair	*env;		/* set before the module is loaded */
	size_t		 nenv;
	unsigned long	 line;
};

struct ksk {				/* keys.NAME */
	char		*name;
	char		*description;
	char		*label;		/* CKA_LABEL; the name if not given */
	char		*uri;
	char		*dnskey;	/* file with the public half, or NULL */
	bool		 has_tag;
	uint16_t	 tag;
	uint8_t		 algorithm;
	uint64_t	 rsa_size;	/* 0: not stated */
	uint64_t	 rsa_exponent;	/* 0: not stated */
	int64_t		 valid_from;	/* INT64_MIN: not stated */
	int64_t		 valid_until;	/* INT64_MAX: not stated */
	bool		 has_ds;
	unsigned char	 ds_sha256[DIGEST_SIZE];
	unsigned long	 line;
};

struct schema_slot {			/* schemas.NAME.SLOT: names of keys */
	struct strings	 publish;
	struct strings	 sign;
	struct strings	 revoke;
	struct strings	 sign_only;
	struct strings	 cds;
	unsigned long	 line;		/* 0: the slot is not in the file */
};

struct schema {
	char		*name;
	struct schema_slot *slots;	/* slot n is slots[n - 1] */
	size_t		 nslots;	/* the highest number named */
	unsigned long	 line;
};

struct zsk_section {			/* zsk: how the ZSK operator makes requests */
	char		*domain;
	uint8_t		 algorithm;
	uint64_t	 size;
	uint64_t	 exponent;
	int64_t		 lifetime;	/* 0: one cycle */
	uint64_t	 ttl;
	int64_t		 cycle;		/* 0: a quarter of the calendar */
	uint64_t	 slots;
	int64_t		 interval;
	int64_t		 validity;
	int64_t		 publish_safety;
	int64_t		 retire_safety;
	int64_t		 max_signature_validity;
	int64_t		 min_signature_validity;
	int64_t		 max_validity_overlap;
	int64_t		 min_validity_overlap;
	char		*hsm;
	char		*key_dir;
	char		*label;
};

enum trust { TRUST_RFC5011, TRUST_DS };

struct policy {
	char			*input;
	unsigned char		 digest[DIGEST_SIZE];	/* of the file's bytes */
	bool			 private;	/* regular file that its owner alone can read */
	struct request_policy	 request;
	struct response_policy	 response;
	struct ksk_policy	 ksk;
	struct hsm		*hsms;
	size_t			 nhsms;
	struct ksk		*keys;
	size_t			 nkeys;
	struct schema		*schemas;
	size_t			 nschemas;
	struct zsk_section	 zsk;
	enum trust		 trust;
	uint64_t		 max_response_size;	/* bytes; default 1232 */
	uint64_t		 hard_response_size;	/* bytes; default 1452 */
	struct strings		 may_accept;
	bool			 honour_signers;
	bool			 require_backup;
};

/*
 * Read a policy file.  NULL on every error, each of which the report names with
 * file:line:column as a fault: unknown word, duplicate, wrong type, out of range, a schema
 * that names an unknown key.  What is read and has no effect (filenames, may_accept, cds) is a warning.
 * A pin in a file that others can read is no error here: see policy_may_login.
 */
struct policy	*policy_load(const char *path, struct report *);

/* The policy without a file: the defaults of every word. */
struct policy	*policy_default(void);

/*
 * For tools that log in: FAULT if the file holds a PIN and others than its owner can read
 * it; a warning if it holds one at all.
 */
enum verdict	 policy_may_login(const struct policy *, struct report *);

/* All words in force with their values as YAML that loads again, but for PINs: "(set)". */
int		 policy_print(struct buf *, const struct policy *);

/* By name; NULL if there is none. */
const struct ksk	*policy_key(const struct policy *, const char *name);
const struct schema	*policy_schema(const struct policy *, const char *name);

void		 policy_free(struct policy *);

#endif

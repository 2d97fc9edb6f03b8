/* All files of a story in one folder, and the policy that fits them. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/isotime.h"
#include "mint.h"

static void
write_request_policy(struct buf *b, const struct spec *spec)
{
	size_t	 i;

	done(buf_printf(b,
	    "request_policy:\n"
	    "  acceptable_domains:\n"
	    "    - '%s'\n"
	    "  num_bundles: %zu\n"
	    "  approved_algorithms:\n"
	    "    - %s\n", spec->zone, spec->slots, algorithm_name(spec->type.algorithm)));
	if (algorithm_family(spec->type.algorithm) == FAMILY_RSA)
		done(buf_printf(b,
		    "  rsa_approved_exponents:\n"
		    "    - %lu\n"
		    "  rsa_approved_key_sizes:\n"
		    "    - %u\n", spec->type.exponent, spec->type.bits));
	if (spec->ttl != ROOT_TTL)
		done(buf_printf(b, "  dns_ttl: %u\n", (unsigned)spec->ttl));
	if (spec->slots == ROOT_SLOTS)
		return;
	/* Not the root's shape: as many slots as wanted, at the same distances. */
	done(buf_puts(b,
	    "  check_cycle_length: false\n"
	    "  signature_check_expire_horizon: false\n"
	    "  num_keys_per_bundle: ["));
	for (i = 1; i <= spec->slots; i++)
		done(buf_printf(b, "%s%d", i == 1 ? "" : ", ",
		    1 + (spec->slots > 1 && (i == 1 || i == spec->slots))));
	done(buf_printf(b, "]\n  num_different_keys_in_all_bundles: %d\n", spec->slots > 1 ? 3 : 1));
}

static void
write_hsm(struct buf *b, const struct story *st)
{
	if (st->module == NULL)
		return;
	done(buf_printf(b,
	    "hsm:\n"
	    "  softhsm:\n"
	    "    module: \"%s\"\n", st->module));
	if (st->pin != NULL)
		done(buf_printf(b, "    pin: \"%s\"\n", st->pin));
}

static void
write_key(struct buf *b, const struct story *st, const struct key *ksk)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	struct dname	 owner;
	unsigned	 bits;
	uint64_t	 exponent;
	char		*from = date(add_months(st->spec.start, -24));

	done(dname_parse(&owner, st->spec.zone));
	done(key_ds(d, ksk, &owner));
	done(key_size(ksk, &bits, &exponent));
	done(buf_printf(b,
	    "keys:\n"
	    "  %s:\n"
	    "    description: the KSK of this ceremony\n"
	    "    label: %s\n"
	    "    key_tag: %u\n"
	    "    algorithm: %s\n", st->ksk, st->ksk, (unsigned)key_tag(ksk),
	    algorithm_name(ksk->algorithm)));
	if (algorithm_family(ksk->algorithm) == FAMILY_RSA)
		done(buf_printf(b,
		    "    rsa_size: %u\n"
		    "    rsa_exponent: %llu\n", bits, (unsigned long long)exponent));
	done(buf_printf(b,
	    "    valid_from: %sT00:00:00+00:00\n"
	    "    ds_sha256: %s\n", from, digest_hex(hex, d)));
	free(from);
}

static void
write_schema(struct buf *b, const struct story *st)
{
	size_t	 i;

	done(buf_puts(b, "schemas:\n  normal:\n"));
	for (i = 1; i <= st->spec.slots; i++)
		done(buf_printf(b,
		    "    %zu:\n"
		    "      publish: []\n"
		    "      sign: %s\n"
		    "      revoke: []\n", i, st->ksk));
}

void
policy_write(struct buf *b, const struct story *st, const struct key *ksk)
{
	write_request_policy(b, &st->spec);
	done(buf_printf(b,
	    "response_policy:\n"
	    "  num_bundles: %zu\n"
	    "ksk_policy:\n"
	    "  publish_safety: PT0S\n"
	    "  retire_safety: P28D\n"
	    "  max_signature_validity: P21D\n"
	    "  min_signature_validity: P21D\n"
	    "  max_validity_overlap: P16D\n"
	    "  min_validity_overlap: P9D\n"
	    "  ttl: %u\n"
	    "  signers_name: '%s'\n", st->spec.slots, (unsigned)st->spec.ttl, st->spec.zone));
	write_hsm(b, st);
	write_key(b, st, ksk);
	write_schema(b, st);
}

void
ds_write(struct buf *b, const struct story *st, const struct key *ksk)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX], name[DNAME_TEXT];
	struct dname	 owner;

	if (dname_parse(&owner, st->spec.zone) != 0)
		die("'%s' is no domain name", st->spec.zone);
	done(key_ds(d, ksk, &owner));
	done(buf_printf(b, "%s %u IN DS %u %u 2 %s\n", dname_format(name, &owner),
	    (unsigned)st->spec.ttl, (unsigned)key_tag(ksk), (unsigned)ksk->algorithm,
	    digest_hex(hex, d)));
}

/* DIR/PREFIXksr.xml and the response to it, DIR/RESPONSE. */
static void
write_quarter(const struct story *st, struct keyring *ring, const struct spec *spec,
    const char *request, const char *response)
{
	char		*name = need(strdup(st->ksk));
	struct answer	 how = { &name, 1, NULL, NULL };
	struct buf	 b = BUF_EMPTY;
	struct ksr	*ksr = NULL;

	request_write(&b, ring, spec);
	save(&b, st->dir, request);
	ksr = request_read(&b, request);
	buf_free(&b);
	response_write(&b, ksr, ring, &how);
	save(&b, st->dir, response);
	buf_free(&b);
	ksr_free(ksr);
	free(name);
}

static void
write_rest(const struct story *st, struct keyring *ring)
{
	struct keytype	 type = { st->spec.type.algorithm, RSA_BITS, RSA_EXPONENT };
	struct key	 ksk = { 0 };
	struct buf	 b = BUF_EMPTY;

	softkey_dnskey(&ksk, keyring_get(ring, st->ksk, &type), DNSKEY_KSK, st->spec.ttl);
	ds_write(&b, st, &ksk);
	save(&b, st->dir, "ksk.ds");
	buf_free(&b);
	policy_write(&b, st, &ksk);
	save(&b, st->dir, "policy.yaml");
	buf_free(&b);
	key_clear(&ksk);
}

void
ceremony_write(const struct story *st, struct keyring *ring)
{
	struct spec	 before = st->spec;

	before.start = add_months(before.start, -3);
	write_quarter(st, ring, &before, "prev.ksr.xml", "prev.xml");
	write_quarter(st, ring, &st->spec, "ksr.xml", "skr.xml");
	write_rest(st, ring);
}

void
many_write(const struct story *st, struct keyring *ring)
{
	write_quarter(st, ring, &st->spec, "ksr.xml", "skr.xml");
	write_rest(st, ring);
}

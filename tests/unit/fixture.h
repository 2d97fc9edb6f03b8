/*
 * fixture: what several unit tests need: key pairs and their signatures, a sound
 * request with the response before it and its answer, and a look into reports.
 * What fails in here ends the test program.
 */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/isotime.h"
#include "base/report.h"
#include "judge/check.h"
#include "model/bundle.h"
#include "model/ksr.h"
#include "model/policy.h"
#include "model/skr.h"

struct test {
	const char	*name;
	void		(*run)(void);
};

#define TEST(function)	{ #function, function }

/* The suite of a program: 0, or 1 when any assertion failed. */
int		 run_tests(const char *suite, const struct test *, size_t n);

void		*must(void *);		/* not NULL */
char		*copy_of(const char *);	/* strdup */

/* A folder for the files of this program, removed at its end. */
const char	*work_folder(void);
/* Write a file in it; its path, good until the fourth call after. */
const char	*work_file(const char *name, const void *, size_t);

/* A path under KSR_DATA, good until the next call; NULL, and said, where that is not set. */
const char	*data_file(const char *name);

/* The same number sequence in every run. */
unsigned	 pseudo_random(void);
void		 pseudo_random_bytes(unsigned char *, size_t);

struct evp_pkey_st;

struct keypair {
	struct evp_pkey_st *private;
	struct key	 key;		/* ttl 172800 */
};

/* RSA: 2048 bits, exponent 65537; or as the second one says. */
void		 keypair_make(struct keypair *, unsigned algorithm, unsigned flags,
		    const char *identifier);
void		 keypair_make_rsa(struct keypair *, unsigned algorithm, unsigned bits,
		    unsigned long exponent);
void		 keypair_clear(struct keypair *);
/* The key in its revoked form. */
struct key	 revoked_key(const struct key *);

/* Append a copy of the key, and a signature by the pair over the bundle's keys, bundle times. */
struct key	*put_key(struct bundle *, const struct key *);
struct sig	*put_sig(struct bundle *, const struct keypair *, const struct key *as,
		    const char *zone);
/* The same of a request: made before NOW, whatever the bundle's times. */
struct sig	*put_proof(struct bundle *, const struct keypair *, const struct key *as,
		    const char *zone);
/* Make the signature's data anew: over these fields, these keys. */
void		 sign_again(struct sig *, const struct keypair *, const char *zone,
		    const struct bundle *);
/* Its data alone, over these bytes. */
void		 sign_bytes(struct sig *, const struct keypair *, const struct buf *);

/*
 * The root zone in small: P-256 keys, nine slots of 21 days ten days apart after nine
 * others; the ZSKs follow each other as there.  Judged by policy_default() but for the
 * algorithm it accepts neither more nor less than this.
 */
enum { ZSK_BEFORE, ZSK_OLD, ZSK_NOW, ZSK_NEXT, KSK, KSK_OTHER, PAIRS };

#define SLOTS		9
#define START		INT64_C(1893456000)	/* 2030-01-01, inception of slot 1 */
#define NOW		(START - 30 * DAY)	/* of the judge */
#define MADE		(NOW - DAY)		/* of the request's own signatures */
#define INTERVAL	(10 * DAY)
#define VALIDITY	(21 * DAY)

struct world {
	struct keypair	 pairs[PAIRS];
	struct policy	*policy;
	struct ksr	*ksr;
	struct skr	*previous;
	struct skr	*skr;
	struct anchors	 anchors;		/* the KSK */
	struct anchors	 expected;		/* both KSKs; not in the subject */
	const struct key *held[2];		/* on a token: the KSK, and room for one */
	struct history	*history;		/* NULL, and a test's own to set */
	struct zsk_uses	*zsk_uses;
	struct report	 report;
	struct subject	 subject;		/* all of the above */
};

struct world	*world_new(void);
/* The pair of a key, whatever its flags. */
const struct keypair *pair_of(const struct world *, const struct key *);
/* Signatures anew, after a change of what they are over: every ZSK's; the KSK's alone. */
void		 sign_request(struct world *);
void		 sign_response(struct world *, struct skr *);
void		 world_free(struct world *);

/* Is there a finding of this level, with this rule (NULL: any) and this text in it? */
bool		 report_has(const struct report *, enum level, const char *rule,
		    const char *text);
/* The broken rules, each once, sorted, a blank between; good until the next call. */
const char	*broken_rules(const struct report *);
size_t		 report_count(const struct report *, enum level);

#endif

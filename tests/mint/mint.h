/*
 * mint: makes software keys, requests and responses for the tests, good ones
 * and ones that are broken in one place.  A program of the tests: it dies, with
 * status 2 and a line on stderr, at the first thing that fails.
 */
#ifndef MINT_H
#define MINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/bundle.h"
#include "model/ksr.h"
#include "model/skr.h"

#define RSA_BITS	2048
#define RSA_EXPONENT	65537
#define ROOT_SLOTS	9
#define ROOT_TTL	172800
#define SLOTS_MAX	2000		/* at ten days each: still before 2106 */

/* util.c */
void	 die(const char *fmt, ...)
	    __attribute__((noreturn, format(printf, 1, 2)));
void	*need(void *);			/* out of memory unless non-NULL */
void	 done(int);			/* the library failed unless 0 */
char	*text(const char *fmt, ...)	/* the caller frees */
	    __attribute__((format(printf, 1, 2)));
void	 replace(char **, char *);	/* free the old string, take the new one */
void	 load(struct buf *, const char *path);	/* "-": standard input */
void	 save(const struct buf *, const char *dir, const char *name);
char	*date(int64_t);			/* YYYY-MM-DD; the caller frees */
int64_t	 add_months(int64_t, int months);	/* the last day of a month at most */

/* softkey.c: private keys as PEM files, each read or made once. */
struct keytype {
	unsigned	 algorithm;
	unsigned	 bits;		/* RSA only */
	unsigned long	 exponent;	/* RSA only */
};
struct softkey;
struct keyring;

struct keyring	*keyring_open(const char *dir);
void		 keyring_close(struct keyring *);
const char	*keyring_dir(const struct keyring *);
/* The key in DIR/NAME.pem; made if there is no such file. */
const struct softkey *keyring_get(struct keyring *, const char *name, const struct keytype *);
/* The key in memory that has this public key; dies without one. */
const struct softkey *keyring_of(const struct keyring *, const struct key *);
/* From a file with a DER SubjectPublicKeyInfo; cannot sign; the caller frees with softkey_free. */
struct softkey	*softkey_load_public(const char *path, const char *name, unsigned algorithm);
void		 softkey_free(struct softkey *);
const char	*softkey_name(const struct softkey *);
/* A DNSKEY with these flags, the right tag, identifier = name.  key_clear it. */
void		 softkey_dnskey(struct key *, const struct softkey *, uint16_t flags, uint32_t ttl);
/* Sets sig->data and sig->len, in the form of DNSSEC. */
void		 softkey_sign(struct sig *, const struct softkey *, const struct buf *message);

/* oddkey.c: keys that no generator makes.  The ring keeps each, and never writes it to a file. */

/* What "how" may say stands in oddkey.c. */
const struct softkey *odd_rsa(struct keyring *, const char *name, const struct keytype *,
		    const char *how);
/* The modulus shares a prime with that of another key. */
const struct softkey *odd_sharing(struct keyring *, const char *name, const struct keytype *,
		    const struct softkey *with);
/* A good key whose public half is written otherwise. */
const struct softkey *odd_written(struct keyring *, const char *name, const struct keytype *,
		    const char *how);
/* An Edwards key that is no good point. */
const struct softkey *odd_edwards(struct keyring *, const char *name, const struct keytype *,
		    const char *how);
/* A ZSK of this tag; not of RSA, whose keys are too slow to make. */
const struct softkey *odd_tagged(struct keyring *, const char *name, const struct keytype *,
		    uint16_t tag);
/* Two keys of one tag. */
void		 odd_twins(struct keyring *, const struct keytype *, const struct softkey *twins[2]);

/* request.c */
struct spec {				/* what a request is about */
	const char	*zone;
	struct keytype	 type;
	int64_t		 start;
	size_t		 slots;
	uint32_t	 ttl;
	const char	*id;		/* NULL: derived */
};

/*
 * No signatures yet.  The first slot also has the key of the quarter before, the last
 * one also that of the next quarter; a request of one slot has its own key only.
 */
struct ksr	*request_make(struct keyring *, const struct spec *);
void		 request_sign(struct ksr *, struct keyring *, const struct spec *);
/* Id of the document (slot 0) or of a bundle, shaped like a UUID; the caller frees. */
char		*request_id(const struct spec *, int64_t start, size_t slot);
/* A good KSR of this start, written. */
void		 request_write(struct buf *, struct keyring *, const struct spec *);
const struct softkey *quarter_zsk(struct keyring *, const struct spec *, int quarters);
char		*quarter_zsk_name(const struct spec *, int quarters);

struct key	*bundle_put(struct bundle *, const struct softkey *, uint16_t flags, uint32_t ttl);
struct sig	*bundle_sign(struct bundle *, const struct softkey *, const struct key *,
		    const struct dname *owner, int64_t inception, int64_t expiration);
/* Make the signature anew, with its fields as they stand, over these keys. */
void		 sig_remake(struct sig *, const struct softkey *, const struct dname *owner,
		    const struct key *keys, size_t nkeys);

/* response.c */
struct answer {				/* how a request is answered */
	char		**ksks;		/* sign and are published */
	size_t		  nksks;
	const char	 *publish;	/* published only, or NULL */
	const char	 *revoke;	/* published and signing in its revoked form, or NULL */
};

struct skr	*response_make(const struct ksr *, struct keyring *, const struct answer *);
void		 response_sign(struct skr *, struct keyring *, const struct answer *);
void		 response_write(struct buf *, const struct ksr *, struct keyring *, const struct answer *);
struct ksr	*request_read(const struct buf *, const char *input);
struct keytype	 request_type(const struct ksr *);	/* of its first SignatureAlgorithm */

/* faults.c: the ways in which a document can be broken. */
enum stage {
	REQUEST,	/* of an SKR: the request that it answers */
	CONTENT,	/* before the signatures are made */
	SIGNED,		/* afterwards */
	WRITTEN,	/* in the document's text */
	JUDGE		/* the document is good: the time or the context is not */
};

struct scene {				/* what a fault may touch */
	const struct fault *fault;	/* this one */
	struct keyring	*ring;
	const struct spec *spec;	/* of an SKR: that of its request, as far as known */
	struct dname	*owner;
	struct bundles	*bundles;
	struct ksr	*ksr;		/* NULL when an SKR is broken */
	struct skr	*skr;		/* NULL when a KSR is broken */
	struct buf	*written;	/* NULL before it is written */
};

struct fault {
	const char	*name;		/* RULE-ID/short-name */
	const char	*rules;		/* NULL: the one in the name; "-": none, it is accepted */
	enum stage	 stage;
	enum family	 family;	/* FAMILY_NONE: with every algorithm */
	void		(*apply)(struct scene *);
	/*
	 * Arguments of the judge; NULL: the usual ones.  "@" stands for the case's name with a
	 * hyphen for its slash, {N} for the date of N days from the start.  The policy is
	 * policy.yaml unless they begin with another one; the usual --time stands behind
	 * unless they have one, or --sign-at.
	 */
	const char	*context;
	int		 day;		/* of the judgement, from the start; 0: the usual one */
	const char	*sentence;
};

extern const struct fault ksr_faults[], key_faults[], zsk_faults[];	/* the last has no name */
extern const struct fault skr_faults[], ksk_faults[], time_faults[];
extern const struct fault *const ksr_tables[], *const skr_tables[];	/* NULL after the last */

const struct fault *fault_find(const struct fault *const *tables, const char *name);	/* NULL: none */
bool		 fault_fits(const struct fault *, unsigned algorithm);
void		 faults_list(int64_t start, unsigned algorithm);

/* For the functions of all tables.  Slots count from 1. */
#define MIDDLE	5		/* a slot with one ZSK */
#define ANY	FAMILY_NONE

struct bundle	*slot(struct scene *, size_t);
struct key	*key_by(struct bundle *, uint16_t flags);	/* the first with these flags */
struct key	*key_called(struct bundle *, const char *identifier);
struct sig	*sig_by(struct bundle *, const char *identifier);
void		 drop_key(struct bundle *, struct key *);
void		 drop_sig(struct bundle *, struct sig *);
void		 copy_sig(struct bundle *, size_t times);	/* the first one */
void		 drop_last_bundle(struct bundles *);
void		 swap_bundles(struct bundles *, size_t, size_t);
void		 shift_bundles(struct bundles *, int64_t);
void		 sig_remake_in(struct scene *, struct bundle *, struct sig *);
/* The slot of a response signed anew, by those of its keys whose names are in this list. */
void		 sign_by(struct scene *, size_t number, const char *names);

void		 replace_key(struct key *, const struct softkey *);	/* flags and TTL stay */
struct key	*next_key(struct scene *);	/* published ahead, in the last slot */

/* aids.c: files of a case, CASE with a suffix, in the folder of the keys. */
char		*fault_base(const char *name);	/* the caller frees */
void		 aid_write(struct scene *, const char *suffix, const struct buf *);
void		 aid_text(struct scene *, const char *suffix, char *);	/* frees the text */
/* policy.yaml as .yaml, with from, to, from, to ... NULL replaced. */
void		 aid_policy(struct scene *, const char *const *edits);
void		 aid_ds(struct scene *, const struct softkey *);	/* .ds, of a KSK */
void		 aid_dnskey(struct scene *, const struct softkey *);	/* .dnskey, of a KSK */

/* Shared by a request and the response that answers it. */
void		 chain_late(struct scene *);
void		 chain_stranger(struct scene *);

/* textfaults.c: faults of XML and of the schema, in the written document. */
bool		 text_fault(struct buf *, const char *name);	/* false: no such name */
void		 text_faults_list(const char *kind, const char *context);

/* textedit.c: on the first occurrence; each dies if there is none. */
void		 edit_replace(struct buf *, const char *from, const char *to);
void		 edit_set(struct buf *, const char *element, const char *content);
void		 edit_attribute(struct buf *, const char *attribute, const char *value);
void		 edit_drop(struct buf *, const char *element);
void		 edit_double(struct buf *, const char *element);
void		 edit_move(struct buf *, const char *element, const char *behind);
void		 edit_tag(struct buf *);		/* a key's tag becomes another one */
void		 edit_insert(struct buf *, size_t at, const void *, size_t);
void		 edit_cut(struct buf *, size_t len);	/* to this length */

/* legal.c, hostile.c: name NULL lists the names. */
bool		 legal_write(struct buf *out, const struct buf *in, const char *form);
void		 legal_list(void);
bool		 hostile_write(struct buf *out, const struct buf *in, const char *name);
void		 hostile_list(void);

/* ceremony.c: everything that a story needs, in one folder. */
struct story {
	const char	*dir;
	struct spec	 spec;
	const char	*ksk;		/* its name */
	const char	*pubkey;	/* public half in a file, when the key is on a token */
	const char	*module;	/* PKCS#11 module for the hsm section, or NULL */
	const char	*pin;		/* or NULL */
};

void		 policy_write(struct buf *, const struct story *, const struct key *ksk);
void		 ds_write(struct buf *, const struct story *, const struct key *ksk);
void		 ceremony_write(const struct story *, struct keyring *);
void		 many_write(const struct story *, struct keyring *);

/* bind.c: DIR/NAME.pem also as a ZSK in BIND's files, whose base name is printed. */
void		 bind_write(const char *dir, const char *name, const char *zone, unsigned algorithm);

#endif

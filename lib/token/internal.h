/*
 * internal: what the files of this folder share.  Modules and slots (module.c),
 * sessions and login (login.c), objects (object.c) and their attributes (values.c), the keys that a
 * policy wants (find.c), signatures (sessions.c).
 */
#ifndef TOKEN_INTERNAL_H
#define TOKEN_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "base/report.h"
#include "model/dnskey.h"
#include "model/policy.h"
#include "token/token.h"

struct PKCS11_ctx_st;			/* libp11's, used in module.c and login.c */
struct PKCS11_slot_st;

#define WHY_SIZE	256
#define CKR_SIZE	48

/* An initialised token; all strings without the padding of PKCS#11. */
struct token {
	struct module		*module;
	CK_SLOT_ID		 id;
	struct PKCS11_slot_st	*slot;		/* the same in libp11's list */
	char			 label[33];
	char			 manufacturer[33];
	char			 model[17];
	char			 serial[17];
	char			 where[80];	/* as token_key_where */
	const struct hsm	*hsm;		/* the section that selects it; NULL: none */
	char			*pin_file;	/* from that section's uri */
	CK_SESSION_HANDLE	 session;	/* CK_INVALID_HANDLE: none yet */
	bool			 logged_in;
	bool			 tried;		/* its one attempt at a PIN is used up */
	bool			 dead;		/* cannot be asked; said so already */
};

struct module {
	char			*path;		/* resolved, to tell that two sections mean one */
	const struct hsm	*hsm;		/* the section that loaded it */
	char			 why[WHY_SIZE];	/* not empty: it cannot be used */
	void			*handle;
	CK_FUNCTION_LIST	*f;		/* non-NULL once initialised */
	struct PKCS11_ctx_st	*ctx;
	bool			 loaded;	/* by libp11 too */
	struct PKCS11_slot_st	*slots;
	unsigned		 nslots;
	struct token		*tokens;
	size_t			 ntokens;
};

struct absent {				/* what could not be asked for a key */
	const struct hsm	*hsm;
	char			 why[WHY_SIZE];
};

struct tokens {
	const struct policy	*policy;
	token_pin_fn		*pin;
	void			*pin_arg;
	struct module		*modules;	/* at most one a section */
	size_t			 nmodules;
	struct module		**of;		/* the module of each section */
	pthread_t		 loader;	/* while loading: owns the modules */
	bool			 loading;
	bool			 loaded;
	bool			 nomem;		/* when they were loaded */
	struct token		**v;		/* the selected ones, in the policy's order */
	size_t			 n;
	struct absent		*absent;
	size_t			 nabsent;
	struct token_key	**keys;
	size_t			 nkeys;
};

struct token_key {
	struct token		*token;
	CK_OBJECT_HANDLE	 private;
	struct key		 public;
	size_t			 siglen;
};

/* The name of a return value: "CKR_PIN_INCORRECT", or "CKR 0x80000001". */
const char	*ckr_name(CK_RV, char out[CKR_SIZE]);
/* What it means for whoever wanted to put something there: " (the token is full?)", or "". */
const char	*ckr_hint(CK_RV);

/*
 * The module of a section: its path, by which modules are compared, and the section's
 * environment set.  What goes wrong, here and below, is left in m->why.  0, or -1: out of memory.
 */
int		 module_prepare(struct module *, const struct hsm *);
/* Load and initialise it, list its initialised tokens; in any thread. */
int		 module_load(struct module *);
void		 module_unload(struct module *);

/* Open the token's own session, without login. */
CK_RV		 token_open(struct token *);
/* Log in, unless it has been done.  FAULT, with its reason, also the second time. */
enum verdict	 token_login(struct tokens *, struct token *, struct report *);
void		 token_close(struct token *);

/* Remember, and warn, that a section or its token cannot be asked. */
void		 tokens_absent(struct tokens *, const struct hsm *, struct report *,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One attribute into val; *len is its room, then its length. */
CK_RV		 object_get(const struct token *, CK_OBJECT_HANDLE, CK_ATTRIBUTE_TYPE,
		    void *val, size_t *len);
bool		 object_true(const struct token *, CK_OBJECT_HANDLE, CK_ATTRIBUTE_TYPE);
/*
 * Is the object a key, or half of one, of this algorithm: type and curve?  *why is of
 * static storage.
 */
bool		 object_fits(const struct token *, CK_OBJECT_HANDLE, unsigned algorithm,
		    const char **why);
/*
 * The public key field of a DNSKEY from either half.  1: set; 0: the object does not have
 * it; -1: it has something else, *why.  key->algorithm says what is expected.
 */
int		 object_public(const struct token *, CK_OBJECT_HANDLE, struct key *,
		    const char **why);

/* CKA_EC_PARAMS of an algorithm, as an object identifier; NULL: it has no curve. */
const char	*curve_params(unsigned algorithm, size_t *len);
/* The algorithm of CKA_EC_PARAMS; 0: a curve that DNSSEC here does not have. */
unsigned	 curve_algorithm(const unsigned char *params, size_t len);
/*
 * The public key field from CKA_MODULUS and CKA_PUBLIC_EXPONENT; from CKA_EC_POINT, of
 * key->algorithm.  1: set; 0: no value; -1: out of memory, or *why.
 */
int		 key_from_rsa(struct key *, const unsigned char *n, size_t nlen,
		    const unsigned char *e, size_t elen);
int		 key_from_point(struct key *, const unsigned char *point, size_t len,
		    const char **why);

#endif

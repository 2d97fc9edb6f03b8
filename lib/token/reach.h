/*
 * reach: how a tool that works on all keys of a token is told which token: a section of the
 * policy (--hsm NAME, or the only one), or a module and a label (--module, --token); and where the PIN
 * comes from (--pin-fd, the policy, pin-source, or a question at the terminal).
 */
#ifndef TOKEN_REACH_H
#define TOKEN_REACH_H

#include "base/options.h"
#include "base/report.h"
#include "model/policy.h"
#include "token/token.h"

#define REACH_MAX	8		/* tokens in one call at most */

enum { REACH_MODULE = OPTION_ID + 512, REACH_TOKEN, REACH_HSM, REACH_PIN_FD };

#define REACH_SPECS							\
	{ REACH_MODULE, "module", "FILE", 0,				\
	    "the PKCS#11 module, where no policy names it" },		\
	{ REACH_TOKEN, "token", "LABEL", OPTION_REPEAT,			\
	    "the token's label, or its PKCS#11 URI" },			\
	{ REACH_HSM, "hsm", "NAME", OPTION_REPEAT,			\
	    "the section of the policy that names the token" },		\
	{ REACH_PIN_FD, "pin-fd", "N", 0,				\
	    "read PINs from descriptor N, a line for each token" }

struct reach {
	const char	*module;
	const char	*tokens[REACH_MAX];
	size_t		 ntokens;
	const char	*hsms[REACH_MAX];
	size_t		 nhsms;
	int		 pin_fd;	/* -1: ask at the terminal */
	struct policy	*own;		/* made by reach_begin or reach_open */
	struct tokens	*begun;		/* between the two; NULL: none */
};

#define REACH_EMPTY { .pin_fd = -1 }

/* Take one option.  1: taken; 0: not one of these; -1: a usage error, already said. */
int		 reach_option(struct reach *, const struct options *, int id, const char *arg);

/* Do they go together, "policy" being the file of --policy or NULL?  0, or -1 and said. */
int		 reach_complete(const struct reach *, const struct options *, const char *policy);

/*
 * Open what was named: the sections of --hsm, or the policy's only one, or, with --token, all of
 * them; in place of these the module of --module, and "policy" may be NULL then.  In each section there must
 * be one token that fits, or --token says which; a label that two tokens have is a fault.  No login
 * yet.  ACCEPT and *out set: its tokens are in the order in which they were named.  The reach and the
 * policy must outlive them.  Needs secret_harden() before.
 */
enum verdict	 reach_open(struct tokens **out, struct reach *, const struct policy *,
		    struct report *);

/* The same, of one token and no more; it is *one. */
enum verdict	 reach_open_one(struct tokens **out, struct token **one, struct reach *,
		    const struct policy *, struct report *);

/*
 * Begin to load the modules, as tokens_begin, for a reach_open of the same policy later.  FAULT: what was named is
 * not there, or makes no sense; reach_open would say the same.
 */
enum verdict	 reach_begin(struct reach *, const struct policy *, struct report *);

/* After tokens_close; waits for what was begun and never opened. */
void		 reach_free(struct reach *);

/* The tokens that are open, and one of them; its label, and "token LABEL serial SERIAL" for messages. */
size_t		 tokens_count(const struct tokens *);
struct token	*tokens_get(const struct tokens *, size_t);
const char	*token_label(const struct token *);
const char	*token_where(const struct token *);

#endif

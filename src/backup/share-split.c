/*
 * share-split: a secret that nobody has seen, in shares: a key, or the user PIN of a token,
 * which is set on it when all shares are written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/cms.h"
#include "act/share_make.h"
#include "token/admin.h"
#include "token/reach.h"

#define KEY_BYTES	32
#define PIN_DIGITS	16

enum { OPT_OUTPUT = OPTION_ID, OPT_PIN, OPT_LENGTH, OPT_SECRET_FD };

static const struct option_spec specs[] = {
	{ OPT_OUTPUT, "output", "PREFIX", OPTION_REQUIRED | OPTION_CREATES,
	    "write PREFIX-1.share and so on, and PREFIX.shares, the record" },
	SHARE_MAKE_SPECS,
	{ OPT_PIN, "pin", NULL, 0, "the secret is a PIN; with a token, its user PIN from now on" },
	{ OPT_LENGTH, "length", "N", 0, "so many digits, from 6 to 64 (16)" },
	{ OPT_SECRET_FD, "secret-fd", "FD", 0,
	    "read the secret from a descriptor: 64 hex digits, or the PIN" },
	{ 'p', "policy", "FILE", 0, "the policy file" },
	REACH_SPECS,
	OPTIONS_LAST
};
static const struct tool tool = {
	"share-split", "Make a secret that nobody has seen, and split it into shares.",
	specs, NULL, 0, 0
};

struct work {
	const char	*prefix;
	struct share_make make;
	bool		 pin;
	unsigned	 length;	/* 0: not given */
	int		 secret_fd;	/* -1: make it */
	const char	*policyfile;
	struct reach	 reach;
	struct policy	*policy;
	struct tokens	*tokens;
	struct token	*token;		/* NULL: none was named */
	struct secret	 secret;
};

/* Digits that are all equally likely: of 256 values 250 are taken. */
static int
make_pin(struct secret *out, unsigned digits, share_random_fn *random, void *arg)
{
	unsigned char	 byte;

	if (secret_room(out) == -1)
		return -1;
	while (out->len < digits) {
		if (random(arg, &byte, 1) == -1) {
			errno = EIO;
			return -1;
		}
		if (byte < 250)
			out->text[out->len++] = (char)('0' + byte % 10);
	}
	secret_wipe(&byte, 1);
	return 0;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A line of hex digits into bytes, in place. */
static int
from_hex(struct secret *s)
{
	size_t	 i;

	if (s->len != 2 * KEY_BYTES)
		goto bad;
	for (i = 0; i < KEY_BYTES; i++) {
		int	 high = hex_digit(s->text[2 * i]), low = hex_digit(s->text[2 * i + 1]);

		if (high == -1 || low == -1)
			goto bad;
		s->text[i] = (char)(high << 4 | low);
	}
	secret_wipe(s->text + KEY_BYTES, KEY_BYTES);
	s->len = KEY_BYTES;
	return 0;
 bad:
	errno = EINVAL;
	return -1;
}

static enum verdict
get_secret(struct work *w, share_random_fn *random, struct report *rep)
{
	struct secret	*s = &w->secret;
	int		 rc;

	if (w->secret_fd != -1) {
		if (secret_read(s, w->secret_fd) == 0 && (w->pin ?
		    s->len <= SHARE_SECRET_MAX : from_hex(s) == 0))
			return ACCEPT;
		return report_fault(rep, NULL, "no secret on the descriptor: %s", w->pin ?
		    "a PIN of 1 to 64 characters is expected" : "64 hex digits are expected");
	}
	if (w->pin)
		rc = make_pin(s, w->length == 0 ? PIN_DIGITS : w->length, random, w->token);
	else if ((rc = secret_room(s)) == 0) {
		rc = random(w->token, (unsigned char *)s->text, KEY_BYTES);
		s->len = KEY_BYTES;
	}
	if (rc == 0)
		return ACCEPT;
	return report_fault(rep, NULL, "no secret can be made: no random bytes or no memory that can "
	    "be locked");
}

static enum verdict
open_token(struct work *w, struct report *rep)
{
	if (w->policyfile == NULL && w->reach.module == NULL)
		return ACCEPT;
	if (w->policyfile != NULL && (w->policy = policy_load(w->policyfile, rep)) == NULL)
		return FAULT;
	return reach_open_one(&w->tokens, &w->token, &w->reach, w->policy, rep);
}

/* The shares first: a PIN that is in no share would lock everybody out. */
static enum verdict
split(struct work *w, struct report *rep)
{
	struct share_set set = SHARE_SET_EMPTY;
	share_random_fn	*random;
	enum verdict	 v;

	if (cms_init() == -1)
		return report_fault(rep, NULL, "no memory that can be locked: %s", strerror(errno));
	if ((v = open_token(w, rep)) != ACCEPT)
		return v;
	random = w->token != NULL ? token_random : share_random;
	if ((v = get_secret(w, random, rep)) == ACCEPT)
		v = share_make(&set, &w->make, w->pin ? SHARE_PIN : SHARE_KEY, &w->secret,
		    w->prefix, random, w->token, rep);
	if (v == ACCEPT && w->pin && w->token != NULL &&
	    (v = token_set_pin(w->tokens, w->token, &w->secret, rep)) != ACCEPT)
		share_make_undo(&w->make, w->prefix);
	share_set_clear(&set);
	return v;
}

static enum verdict
run(struct work *w)
{
	struct report	 rep = REPORT_EMPTY;
	enum verdict	 v = split(w, &rep);

	secret_free(&w->secret);
	tokens_close(w->tokens);
	reach_free(&w->reach);
	policy_free(w->policy);
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	report_free(&rep);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	char		*end;
	unsigned long	 n;
	int		 rc;

	switch (id) {
	case OPT_OUTPUT:
		w->prefix = arg;
		return 0;
	case OPT_PIN:
		w->pin = true;
		return 0;
	case OPT_LENGTH:
		n = strtoul(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end != '\0' || n < 6 || n > SHARE_SECRET_MAX) {
			options_usage(o, "--length takes a number from 6 to %d", SHARE_SECRET_MAX);
			return -1;
		}
		w->length = (unsigned)n;
		return 0;
	case OPT_SECRET_FD:
		if (share_descriptor(&w->secret_fd, arg) == 0)
			return 0;
		options_usage(o, "--secret-fd takes the number of an open descriptor from 3 up");
		return -1;
	case 'p':
		w->policyfile = arg;
		return 0;
	}
	if ((rc = share_make_option(&w->make, o, id, arg)) == 0)
		rc = reach_option(&w->reach, o, id, arg);
	return rc == -1 ? -1 : 0;
}

/* What does not go together; NULL: nothing. */
static const char *
contradiction(const struct work *w)
{
	bool	 token = w->reach.module != NULL || w->reach.ntokens > 0 || w->reach.nhsms > 0 ||
		    w->policyfile != NULL;

	if (w->length != 0 && (!w->pin || w->secret_fd != -1))
		return "--length is for a PIN that is made here";
	if (token && w->secret_fd != -1 && !w->pin)
		return "a secret that is given needs no token";
	if (!token && w->reach.pin_fd != -1)
		return "--pin-fd is for the old PIN of a token";
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .make = SHARE_MAKE_EMPTY, .reach = REACH_EMPTY, .secret_fd = -1 };
	const char	*arg, *wrong;
	struct options	 o;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&w, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return o.status;
	if (share_make_complete(&w.make, &o) == -1)
		return FAULT;
	if ((wrong = contradiction(&w)) != NULL)
		return (int)options_usage(&o, "%s", wrong);
	if ((w.reach.ntokens > 0 || w.reach.nhsms > 0) &&
	    reach_complete(&w.reach, &o, w.policyfile) == -1)
		return FAULT;
	return (int)run(&w);
}

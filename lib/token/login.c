#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libp11.h>

#include "token/internal.h"

CK_RV
token_open(struct token *t)
{
	CK_SESSION_HANDLE	 s = CK_INVALID_HANDLE;
	CK_RV			 rv;

	if (t->session != CK_INVALID_HANDLE)
		return CKR_OK;
	/*
	 * libp11 first, because setting its mode closes every session of the token,
	 * then one session of ours.  Read-only is enough to sign.
	 */
	if (PKCS11_open_session(t->slot, 0) != 0)
		return CKR_GENERAL_ERROR;
	rv = t->module->f->C_OpenSession(t->id, CKF_SERIAL_SESSION, NULL, NULL, &s);
	if (rv == CKR_OK)
		t->session = s;
	return rv;
}

/* What stands in the way of an attempt, before any PIN is asked for. */
static enum verdict
may_try(const struct token *t, CK_FLAGS flags, const struct spot *at, struct report *rep)
{
	if ((flags & CKF_USER_PIN_LOCKED) != 0)
		return report_fault(rep, at, "%s: the user PIN is locked; no PIN was tried",
		    t->where);
	if ((flags & CKF_USER_PIN_INITIALIZED) == 0)
		return report_fault(rep, at, "%s: no user PIN has been set; no PIN was tried",
		    t->where);
	if ((flags & CKF_USER_PIN_FINAL_TRY) != 0)
		report_warning(rep, at, NULL, "%s: last attempt: another wrong PIN locks it",
		    t->where);
	else if ((flags & CKF_USER_PIN_COUNT_LOW) != 0)
		report_warning(rep, at, NULL, "%s: a wrong PIN has been entered before",
		    t->where);
	return ACCEPT;
}

static enum verdict
get_pin(struct tokens *ts, const struct token *t, const struct spot *at,
    struct secret *pin, struct report *rep)
{
	const struct secret	*p = &t->hsm->pin;

	if (t->pin_file != NULL) {
		if (secret_load(pin, t->pin_file) == 0)
			return ACCEPT;
		return report_fault(rep, at, "%s: PIN file %s: %s", t->where, t->pin_file,
		    errno == EPERM ? "not a file that its owner alone can read" :
		    strerror(errno));
	}
	if (p->text != NULL) {
		if (secret_set(pin, p->text, p->len) == 0)
			return ACCEPT;
	} else if (ts->pin == NULL) {
		return report_fault(rep, at, "%s: no PIN is given", t->where);
	} else if (ts->pin(ts->pin_arg, t->label, pin) == 0 && pin->text != NULL) {
		return ACCEPT;
	}
	return report_fault(rep, at, "%s: cannot get the PIN: %s", t->where, strerror(errno));
}

/*
 * The one attempt.  Not PKCS11_login: libp11 keeps a copy of the PIN on the heap, and
 * waits for ever where the token has no session left for it.
 */
static CK_RV
attempt(struct token *t, const struct secret *pin)
{
	CK_RV	 rv;

	rv = t->module->f->C_Login(t->session, CKU_USER, (CK_UTF8CHAR *)pin->text, pin->len);
	if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
		return rv;
	t->logged_in = true;
	return CKR_OK;
}

static const char *
explain(CK_RV rv)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
		return "the PIN is wrong; it was tried once";
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return "the PIN is not one that the token can have; it was tried once";
	case CKR_PIN_EXPIRED:
		return "the PIN has expired; it was tried once";
	case CKR_PIN_LOCKED:
		return "the PIN is locked now; it was tried once";
	case CKR_USER_PIN_NOT_INITIALIZED:
		return "no user PIN has been set";
	case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
	case CKR_USER_TOO_MANY_TYPES:
		return "somebody else is logged in";
	default:
		return "login failed; the PIN was tried once";
	}
}

enum verdict
token_login(struct tokens *ts, struct token *t, struct report *rep)
{
	struct spot	 at = { ts->policy->input, t->hsm->line, 0 };
	struct secret	 pin = SECRET_EMPTY;
	CK_TOKEN_INFO	 info;
	char		 name[CKR_SIZE];
	CK_RV		 rv;

	if (t->logged_in)
		return ACCEPT;
	if (t->tried)
		return report_fault(rep, &at, "%s: a PIN is tried once only", t->where);
	if ((rv = token_open(t)) != CKR_OK)
		return report_fault(rep, &at, "%s: C_OpenSession: %s", t->where,
		    ckr_name(rv, name));
	if ((rv = t->module->f->C_GetTokenInfo(t->id, &info)) != CKR_OK)
		return report_fault(rep, &at, "%s: C_GetTokenInfo: %s", t->where,
		    ckr_name(rv, name));
	if ((info.flags & CKF_LOGIN_REQUIRED) == 0) {
		t->logged_in = true;
		return ACCEPT;
	}
	if (may_try(t, info.flags, &at, rep) != ACCEPT)
		return FAULT;
	/* a token with its own PIN pad asks there: it is given no PIN */
	if ((info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0 &&
	    get_pin(ts, t, &at, &pin, rep) != ACCEPT)
		return FAULT;
	t->tried = true;
	rv = attempt(t, &pin);
	secret_free(&pin);
	if (rv != CKR_OK)
		return report_fault(rep, &at, "%s: %s (C_Login: %s)", t->where, explain(rv),
		    ckr_name(rv, name));
	return ACCEPT;
}

void
token_close(struct token *t)
{
	if (t->tried && t->logged_in)
		t->module->f->C_Logout(t->session);
	if (t->session != CK_INVALID_HANDLE)
		t->module->f->C_CloseSession(t->session);
	free(t->pin_file);
	t->pin_file = NULL;
	t->session = CK_INVALID_HANDLE;
	t->logged_in = false;
}

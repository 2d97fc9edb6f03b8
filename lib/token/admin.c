#include <errno.h>
#include <string.h>

#include <openssl/rand.h>

#include "token/admin.h"
#include "token/internal.h"

int
token_random(void *arg, unsigned char *out, size_t len)
{
	struct token	*t = arg;
	unsigned char	 own[64];
	size_t		 i;
	int		 rc = -1;

	if (len > sizeof(own) * 4 || token_open(t) != CKR_OK ||
	    t->module->f->C_GenerateRandom(t->session, out, len) != CKR_OK)
		return -1;
	for (; len > 0; len -= i, out += i) {
		size_t	 n = len < sizeof(own) ? len : sizeof(own);

		if (RAND_priv_bytes(own, (int)n) != 1)
			goto out;
		for (i = 0; i < n; i++)
			out[i] ^= own[i];
	}
	rc = 0;
 out:
	secret_wipe(own, sizeof(own));
	return rc;
}

static enum verdict
set_pin(struct token *t, const struct secret *old, const struct secret *pin, struct report *rep)
{
	CK_SESSION_HANDLE	 s;
	char			 name[CKR_SIZE];
	CK_RV			 rv;

	rv = t->module->f->C_OpenSession(t->id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	    &s);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: C_OpenSession for writing: %s", t->where,
		    ckr_name(rv, name));
	rv = t->module->f->C_SetPIN(s, (CK_UTF8CHAR *)old->text, old->len,
	    (CK_UTF8CHAR *)pin->text, pin->len);
	t->module->f->C_CloseSession(s);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: the PIN was not changed (C_SetPIN: %s)%s",
		    t->where, ckr_name(rv, name), rv == CKR_PIN_INCORRECT ?
		    ": the old one is wrong; it was tried once" : "");
	return ACCEPT;
}

enum verdict
token_set_pin(struct tokens *ts, struct token *t, const struct secret *pin, struct report *rep)
{
	struct secret	 old = SECRET_EMPTY;
	CK_TOKEN_INFO	 info;
	char		 name[CKR_SIZE];
	enum verdict	 v;
	CK_RV		 rv;

	if (t->pin_file != NULL || t->hsm->pin.text != NULL)
		return report_fault(rep, NULL, "%s: its PIN stands in a file, where it would be wrong "
		    "afterwards: take it out first", t->where);
	if ((rv = t->module->f->C_GetTokenInfo(t->id, &info)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_GetTokenInfo: %s", t->where,
		    ckr_name(rv, name));
	if ((info.flags & CKF_USER_PIN_LOCKED) != 0 || (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0)
		return report_fault(rep, NULL, "%s: %s", t->where,
		    (info.flags & CKF_USER_PIN_LOCKED) != 0 ? "the user PIN is locked" :
		    "PINs are entered at the token itself");
	if (pin->len < info.ulMinPinLen || pin->len > info.ulMaxPinLen)
		return report_fault(rep, NULL, "%s: a PIN has %lu to %lu characters, not %zu",
		    t->where, info.ulMinPinLen, info.ulMaxPinLen, pin->len);
	if (ts->pin == NULL || ts->pin(ts->pin_arg, t->label, &old) == -1)
		v = report_fault(rep, NULL, "%s: cannot get the PIN: %s", t->where, strerror(errno));
	else
		v = set_pin(t, &old, pin, rep);
	secret_free(&old);
	return v;
}

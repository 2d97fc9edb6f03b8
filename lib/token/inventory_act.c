/*
 * What is done with the keys of an inventory: a challenge signed, keys deleted.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "judge/rrsig.h"
#include "token/internal.h"
#include "token/inventory.h"

#define CHALLENGE	32		/* random bytes */

/* So that what is signed is nothing else, whatever the bytes after it. */
static const char purpose[] = "ksrkit challenge: is this key on this token?";

/* The key as one that signs: of RSA, where nothing says more, with SHA-256. */
static enum verdict
signing_key(struct token_key *out, struct token *t, const struct holding *k, struct report *rep)
{
	uint64_t	 exponent;
	unsigned	 bits;

	if (k->private_object == 0 || k->public.public == NULL || k->unsure)
		return report_fault(rep, NULL, "key %s: %s: it cannot be proved: %s",
		    k->line.label == NULL ? "-" : k->line.label, t->where,
		    k->strange != NULL ? k->strange : "a half is missing");
	out->token = t;
	out->private = k->private_object;
	out->public = k->public;
	out->public.identifier = k->line.label == NULL ? (char *)(uintptr_t)"-" : k->line.label;
	if (out->public.algorithm == 0)
		out->public.algorithm = RSASHA256;
	out->siglen = algorithm_siglen(out->public.algorithm);
	if (out->siglen == 0 && key_size(&out->public, &bits, &exponent) == 0)
		out->siglen = (bits + 7) / 8;
	return ACCEPT;
}

enum verdict
inventory_prove(struct tokens *ts, struct token *t, const struct holding *k, struct report *rep)
{
	struct token_key key = { 0 };
	struct verifier	*verifier = NULL;
	unsigned char	 message[sizeof(purpose) + CHALLENGE];
	struct sign_job	 job = { .key = &key, .data = message, .len = sizeof(message) };
	enum verdict	 v;

	memcpy(message, purpose, sizeof(purpose));
	if ((v = signing_key(&key, t, k, rep)) != ACCEPT)
		return v;
	if (RAND_bytes(message + sizeof(purpose), CHALLENGE) != 1 ||
	    (verifier = verifier_new()) == NULL)
		v = report_fault(rep, NULL, "no challenge can be made");
	else if ((v = tokens_sign(ts, &job, 1, rep)) == ACCEPT &&
	    message_verify(verifier, &key.public, message, sizeof(message), job.sig,
	    job.siglen) != 1)
		v = report_fault(rep, NULL, "key %s: %s: its signature of a challenge does not "
		    "verify", key.public.identifier, t->where);
	free(job.sig);
	verifier_free(verifier);
	return v;
}

int
inventory_fingerprint(unsigned char out[DIGEST_SIZE], const struct holding *k)
{
	struct verifier	*verifier = verifier_new();
	struct key	 key = k->public;
	struct buf	 der = BUF_EMPTY;
	int		 rv = -1;

	if (key.algorithm == 0)
		key.algorithm = RSASHA256;
	if (verifier != NULL && key.public != NULL && key_spki(&der, verifier, &key) == 0)
		rv = digest_bytes(out, der.data, der.len);
	buf_free(&der);
	verifier_free(verifier);
	return rv;
}

/* Both halves.  Without its private half a key is of no use, so that goes first. */
static enum verdict
delete_key(const struct token *t, CK_SESSION_HANDLE s, const struct holding *k,
    struct report *rep)
{
	const char	*label = k->line.label == NULL ? "-" : k->line.label, *half = "private";
	char		 name[CKR_SIZE];
	CK_RV		 rv = CKR_OK;

	if (k->private_object != 0)
		rv = t->module->f->C_DestroyObject(s, k->private_object);
	if (rv == CKR_OK && k->public_object != 0) {
		half = "public";
		rv = t->module->f->C_DestroyObject(s, k->public_object);
	}
	if (rv == CKR_OK)
		return ACCEPT;
	return report_fault(rep, NULL, "key %s: %s: its %s half cannot be deleted: "
	    "C_DestroyObject: %s", label, t->where, half, ckr_name(rv, name));
}

/* The signals that end a process, but for those that it was started to ignore. */
static void
ending_signals(sigset_t *set)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction old;
	size_t		 i;

	sigemptyset(set);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (sigaction(all[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
}

/* A signal waits until the second half of a key is gone too, and then ends it. */
static enum verdict
delete_keys(const struct token *t, CK_SESSION_HANDLE s, const struct holding *const *keys,
    size_t n, size_t *done, struct report *rep)
{
	static const struct timespec at_once = { 0, 0 };
	enum verdict	 v = ACCEPT;
	sigset_t	 set, old;

	ending_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	while (v == ACCEPT && *done < n)
		if (sigtimedwait(&set, NULL, &at_once) > 0)
			v = report_fault(rep, NULL, "%s: interrupted", t->where);
		else if ((v = delete_key(t, s, keys[*done], rep)) == ACCEPT)
			(*done)++;
	/* what comes too late to end anything does not keep the report from being made */
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		continue;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return v;
}

enum verdict
inventory_delete(struct tokens *ts, struct token *t, const struct holding *const *keys, size_t n,
    size_t *done, struct report *rep)
{
	CK_SESSION_HANDLE s = CK_INVALID_HANDLE;
	enum verdict	 v = ACCEPT;
	char		 name[CKR_SIZE];
	size_t		 i;
	CK_RV		 rv;

	*done = 0;
	if ((v = token_login(ts, t, rep)) != ACCEPT)
		return v;
	rv = t->module->f->C_OpenSession(t->id, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
	    &s);
	if (rv != CKR_OK)
		return report_fault(rep, NULL, "%s: it cannot be written to: C_OpenSession: %s",
		    t->where, ckr_name(rv, name));
	for (i = 0; i < n; i++)
		if (keys[i]->unsure)
			v = report_fault(rep, NULL, "key %s: %s: %s", keys[i]->line.label == NULL ?
			    "-" : keys[i]->line.label, t->where, keys[i]->strange);
	if (v == ACCEPT)
		v = delete_keys(t, s, keys, n, done, rep);
	t->module->f->C_CloseSession(s);
	return v;
}

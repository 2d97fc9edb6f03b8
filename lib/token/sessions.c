#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/thread.h"
#include "token/internal.h"

#define MAX_THREADS	8
#define MAX_MESSAGE	(19 + EVP_MAX_MD_SIZE)	/* DigestInfo */

struct outcome {			/* of one job */
	const char	*function;	/* what failed; NULL: nothing */
	CK_RV		 rv;
	size_t		 got;		/* with "length": what came back */
};

struct work {				/* the jobs of one token, shared by its threads */
	const struct token	*token;
	struct sign_job		**jobs;
	struct outcome		*outcomes;
	atomic_bool		*made;		/* has its signature */
	size_t			 n;
	atomic_size_t		 next;
	atomic_bool		 stop;
	sign_take_fn		*take;		/* in the first thread; NULL: nobody takes them */
	void			*arg;
	size_t			 taken;		/* jobs before this one have been */
};

/* RFC 8017 9.2, notes 1: the DER before the digest. */
static const unsigned char info_sha256[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	0x02, 0x01, 0x05, 0x00, 0x04, 0x20
};
static const unsigned char info_sha512[] = {
	0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	0x02, 0x03, 0x05, 0x00, 0x04, 0x40
};

/*
 * What the token signs, in room or the data itself: RSA a DigestInfo of our making
 * (not every token has a mechanism that hashes), ECDSA the digest, EdDSA the message
 * (RFC 8080 has no pre-hash).  Its length, or 0.
 */
static size_t
prepare(const struct sign_job *job, unsigned char room[MAX_MESSAGE],
    const unsigned char **message, CK_MECHANISM_TYPE *mechanism)
{
	const unsigned char	*info = NULL;
	const EVP_MD		*md = NULL;
	unsigned		 mdlen = 0;
	size_t			 lead = 0;

	*message = room;
	*mechanism = CKM_RSA_PKCS;
	switch (job->key->public.algorithm) {
	case RSASHA256:
		md = EVP_sha256();
		info = info_sha256;
		lead = sizeof(info_sha256);
		break;
	case RSASHA512:
		md = EVP_sha512();
		info = info_sha512;
		lead = sizeof(info_sha512);
		break;
	case ECDSAP256SHA256:
		*mechanism = CKM_ECDSA;
		md = EVP_sha256();
		break;
	case ECDSAP384SHA384:
		*mechanism = CKM_ECDSA;
		md = EVP_sha384();
		break;
	default:
		*mechanism = CKM_EDDSA;
		*message = job->data;
		return job->len;
	}
	if (lead > 0)
		memcpy(room, info, lead);
	if (EVP_Digest(job->data, job->len, room + lead, &mdlen, md, NULL) != 1)
		return 0;
	return lead + mdlen;
}

static int
failed(struct outcome *o, const char *function, CK_RV rv)
{
	o->function = function;
	o->rv = rv;
	return -1;
}

static int
sign_one(const struct token *t, CK_SESSION_HANDLE session, struct sign_job *job,
    struct outcome *o)
{
	CK_FUNCTION_LIST	*f = t->module->f;
	const unsigned char	*message;
	unsigned char		 room[MAX_MESSAGE], *sig;
	CK_MECHANISM		 mechanism = { 0 };
	CK_ULONG		 siglen = job->key->siglen;
	size_t			 len;
	CK_RV			 rv;

	if ((len = prepare(job, room, &message, &mechanism.mechanism)) == 0)
		return failed(o, "digest", CKR_FUNCTION_FAILED);
	if ((sig = malloc(siglen)) == NULL)
		return failed(o, "malloc", CKR_HOST_MEMORY);
	if ((rv = f->C_SignInit(session, &mechanism, job->key->private)) != CKR_OK) {
		free(sig);
		return failed(o, "C_SignInit", rv);
	}
	rv = f->C_Sign(session, (CK_BYTE_PTR)(uintptr_t)message, len, sig, &siglen);
	if (rv != CKR_OK) {
		free(sig);
		return failed(o, "C_Sign", rv);
	}
	if (siglen != job->key->siglen) {
		free(sig);
		o->got = siglen;
		return failed(o, "length", CKR_SIGNATURE_LEN_RANGE);
	}
	job->sig = sig;
	job->siglen = siglen;
	return 0;
}

/* One of the jobs that are left; false: none is. */
static bool
work_on(struct work *w, CK_SESSION_HANDLE session)
{
	size_t	 i;

	if (atomic_load(&w->stop) || (i = atomic_fetch_add(&w->next, 1)) >= w->n)
		return false;
	if (sign_one(w->token, session, w->jobs[i], &w->outcomes[i]) == -1)
		atomic_store(&w->stop, true);
	else
		atomic_store(&w->made[i], true);
	return true;
}

/* What has been made so far, up to the first that has not. */
static void
take_made(struct work *w)
{
	while (w->take != NULL && w->taken < w->n && atomic_load(&w->made[w->taken]))
		w->take(w->arg, w->jobs[w->taken++]);
}

/*
 * A thread beside the first, with a session of its own.  Where the token has no
 * session left for it, the others do the work.
 */
static void *
thread_main(void *arg)
{
	struct work		*w = arg;
	CK_FUNCTION_LIST	*f = w->token->module->f;
	CK_SESSION_HANDLE	 session;

	if (f->C_OpenSession(w->token->id, CKF_SERIAL_SESSION, NULL, NULL, &session) != CKR_OK)
		return NULL;
	while (work_on(w, session))
		;
	f->C_CloseSession(session);
	return NULL;
}

/* This thread works too, in the session that found the keys. */
static void
share_out(struct work *w)
{
	pthread_t	 threads[MAX_THREADS];
	size_t		 n, i;

	n = threads_beside(threads, MAX_THREADS, w->n, thread_main, w);
	while (work_on(w, w->token->session))
		take_made(w);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	take_made(w);
}

/* Several threads that meet the same end: it is said once. */
static bool
said(const struct work *w, size_t i)
{
	const struct outcome	*a, *b = &w->outcomes[i];
	size_t			 j;

	for (j = 0; j < i; j++) {
		a = &w->outcomes[j];
		if (a->function != NULL && strcmp(a->function, b->function) == 0 &&
		    a->rv == b->rv && a->got == b->got && w->jobs[j]->key == w->jobs[i]->key)
			return true;
	}
	return false;
}

static enum verdict
report_outcomes(const struct work *w, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	char		 name[CKR_SIZE];
	size_t		 i;

	for (i = 0; i < w->n; i++) {
		const struct outcome	*o = &w->outcomes[i];
		const struct token_key	*k = w->jobs[i]->key;

		if (o->function == NULL || said(w, i))
			continue;
		if (strcmp(o->function, "length") == 0)
			v = report_fault(rep, NULL, "key %s: %s: a signature of %zu bytes, "
			    "expected %zu", k->public.identifier, w->token->where, o->got,
			    k->siglen);
		else
			v = report_fault(rep, NULL, "key %s: %s: %s: %s", k->public.identifier,
			    w->token->where, o->function, ckr_name(o->rv, name));
	}
	return v;
}

static enum verdict
sign_on(const struct token *t, struct sign_job *jobs, size_t n, sign_take_fn *take, void *arg,
    struct report *rep)
{
	struct work	 w = { .token = t, .take = take, .arg = arg };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	w.jobs = calloc(n, sizeof(struct sign_job *));
	w.outcomes = calloc(n, sizeof(*w.outcomes));
	w.made = calloc(n, sizeof(*w.made));
	if (w.jobs == NULL || w.outcomes == NULL || w.made == NULL) {
		v = report_fault(rep, NULL, "out of memory");
		goto out;
	}
	for (i = 0; i < n; i++)
		if (jobs[i].key->token == t)
			w.jobs[w.n++] = &jobs[i];
	if (w.n > 0) {
		share_out(&w);
		v = report_outcomes(&w, rep);
	}
 out:
	free(w.jobs);
	free(w.outcomes);
	free(w.made);
	return v;
}

enum verdict
tokens_sign_each(struct tokens *ts, struct sign_job *jobs, size_t n, sign_take_fn *take, void *arg,
    struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < n; i++) {
		jobs[i].sig = NULL;
		jobs[i].siglen = 0;
	}
	for (i = 0; v == ACCEPT && n > 0 && i < ts->n; i++)
		v = sign_on(ts->v[i], jobs, n, take, arg, rep);
	for (i = 0; v != ACCEPT && i < n; i++) {
		free(jobs[i].sig);
		jobs[i].sig = NULL;
		jobs[i].siglen = 0;
	}
	return v;
}

enum verdict
tokens_sign(struct tokens *ts, struct sign_job *jobs, size_t n, struct report *rep)
{
	return tokens_sign_each(ts, jobs, n, NULL, NULL, rep);
}

/*
 * faulty: a PKCS#11 module for the tests.  It passes every call on to a real one and
 * misbehaves on demand.  Environment:
 *
 *	FAULTY_MODULE	the real module
 *	FAULTY		faults, separated by spaces: FUNCTION=ACTION[:N], at the Nth call
 *			(default 1) of that function, or FUNCTION=ACTION:N+, from the Nth on
 *	FAULTY_LOG	a line is appended for each call: its name and number; for
 *			C_Login also length and FNV-1a hash of the PIN; and the action taken
 *	FAULTY_GATE	"hold" waits for this file, a minute at most, and removes it
 *	FAULTY_PIN	C_Login gives this PIN to the real module, whatever it is given
 *
 * Actions of every function: a CKR_ name of the table below; "crash" (SIGSEGV); "slow"
 * (50 ms, then as usual); "hold" (wait at the gate, then as usual); "remove" (this call
 * and each one after it find no token).  Of one function:
 *
 *	C_Sign		flip short long huge other-key other-message
 *	C_GetTokenInfo	locked final-try count-low no-pin
 *	C_GetAttributeValue  modulus (of public halves) moduli (of both) no-sign long
 *	C_FindObjects	flood (says that it found more than there was room for)
 *	C_GetSlotList	none flood
 *	C_DestroyObject	nothing (says that it did) more (the first other object, too)
 *	C_GenerateKeyPair  more (a data object, too) gone (the first object there) changed (its
 *			label) open (not sensitive) extractable lost (without private half) no-dates
 *			no-uses no-trusted (refuses templates with such attributes)
 *	C_CreateObject	lost (deletes it again) no-dates no-uses
 *	C_WrapKey	flip (a bit of the first byte)
 *
 * Preloaded, it also logs and delays fsync and linkat ("slow", "hold").
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#define MAX_FAULTS	8
#define MAX_SESSIONS	64
#define MAX_SIGNATURE	1024
#define GATE_STEP	5		/* ms */
#define GATE_STEPS	(60000 / GATE_STEP)

enum call {
	GET_FUNCTION_LIST, INITIALIZE, FINALIZE, GET_SLOT_LIST, GET_TOKEN_INFO, OPEN_SESSION,
	CLOSE_SESSION, LOGIN, LOGOUT, FIND_INIT, FIND, GET_ATTRIBUTE, SIGN_INIT, SIGN, DESTROY,
	GENERATE, CREATE, COPY, WRAP, UNWRAP, FSYNC, LINKAT, CALLS
};

static const char *const names[CALLS] = {
	"C_GetFunctionList", "C_Initialize", "C_Finalize", "C_GetSlotList", "C_GetTokenInfo",
	"C_OpenSession", "C_CloseSession", "C_Login", "C_Logout", "C_FindObjectsInit",
	"C_FindObjects", "C_GetAttributeValue", "C_SignInit", "C_Sign", "C_DestroyObject",
	"C_GenerateKeyPair", "C_CreateObject", "C_CopyObject", "C_WrapKey", "C_UnwrapKey", "fsync",
	"linkat"
};

#define N(name)	{ name, #name }

static const struct {
	CK_RV		 rv;
	const char	*name;
} errors[] = {
	N(CKR_HOST_MEMORY),
	N(CKR_GENERAL_ERROR),
	N(CKR_DEVICE_ERROR),
	N(CKR_DEVICE_MEMORY),
	N(CKR_DEVICE_REMOVED),
	N(CKR_FUNCTION_FAILED),
	N(CKR_FUNCTION_NOT_SUPPORTED),
	N(CKR_KEY_HANDLE_INVALID),
	N(CKR_MECHANISM_INVALID),
	N(CKR_PIN_EXPIRED),
	N(CKR_PIN_INCORRECT),
	N(CKR_PIN_LEN_RANGE),
	N(CKR_PIN_LOCKED),
	N(CKR_SESSION_CLOSED),
	N(CKR_SESSION_COUNT),
	N(CKR_SESSION_HANDLE_INVALID),
	N(CKR_TOKEN_NOT_PRESENT),
	N(CKR_TOKEN_NOT_RECOGNIZED),
	N(CKR_TOKEN_WRITE_PROTECTED),
	N(CKR_USER_NOT_LOGGED_IN),
	N(CKR_USER_PIN_NOT_INITIALIZED),
	N(CKR_USER_TOO_MANY_TYPES),
};

struct fault {
	enum call	 call;
	char		 action[40];
	CK_RV		 rv;		/* CKR_OK: the action is no error */
	unsigned	 first;
	unsigned	 last;
};

struct session {			/* what C_SignInit was given last */
	CK_SESSION_HANDLE	 handle;
	CK_MECHANISM		 mechanism;
	CK_OBJECT_HANDLE	 key;
};

static CK_FUNCTION_LIST		*real;
static CK_FUNCTION_LIST		 ours;
static struct fault		 faults[MAX_FAULTS];
static size_t			 nfaults;
static atomic_uint		 counts[CALLS];
static atomic_bool		 removed;
static struct session		 sessions[MAX_SESSIONS];
static pthread_mutex_t		 lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t		 once = PTHREAD_ONCE_INIT;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "faulty: %s\n", what);
	_exit(99);
}

static void
parse_fault(char *text)
{
	struct fault	*f = &faults[nfaults++];
	char		*action, *number;
	size_t		 i;

	if (nfaults > MAX_FAULTS || (action = strchr(text, '=')) == NULL)
		die("FAULTY: not understood");
	*action++ = '\0';
	f->first = f->last = 1;
	if ((number = strchr(action, ':')) != NULL) {
		*number++ = '\0';
		f->first = f->last = (unsigned)strtoul(number, &number, 10);
		if (*number == '+')
			f->last = (unsigned)-1;
	}
	snprintf(f->action, sizeof(f->action), "%s", action);
	for (f->call = 0; f->call < CALLS; f->call++)
		if (strcmp(names[f->call], text) == 0)
			break;
	if (f->call == CALLS)
		die("FAULTY: no such function");
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, action) == 0)
			f->rv = errors[i].rv;
	if (f->rv == CKR_OK && strncmp(action, "CKR_", 4) == 0)
		die("FAULTY: no such error");
}

static void
setup(void)
{
	const char		*env = getenv("FAULTY"), *path = getenv("FAULTY_MODULE");
	CK_C_GetFunctionList	 getlist = NULL;
	char			*copy, *word, *rest = NULL;
	void			*h;

	if (env != NULL) {
		if ((copy = strdup(env)) == NULL)
			die("out of memory");
		for (word = strtok_r(copy, " ", &rest); word != NULL;
		    word = strtok_r(NULL, " ", &rest))
			parse_fault(word);
		free(copy);
	}
	if (path == NULL || (h = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL)
		die("FAULTY_MODULE: cannot be loaded");
	*(void **)&getlist = dlsym(h, "C_GetFunctionList");
	if (getlist == NULL || getlist(&real) != CKR_OK)
		die("FAULTY_MODULE: no PKCS#11 module");
}

/* One write a line, so that those of several threads do not mix. */
static void
note(const char *line)
{
	const char	*path = getenv("FAULTY_LOG");
	int		 fd;

	if (path == NULL ||
	    (fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) == -1)
		return;
	if (write(fd, line, strlen(line)) == -1)
		die("FAULTY_LOG: cannot be written");
	close(fd);
}

static void
wait_ms(long ms)
{
	struct timespec	 t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) == -1)
		continue;
}

static void
hold(void)
{
	const char	*gate = getenv("FAULTY_GATE");
	int		 i;

	for (i = 0; i < GATE_STEPS && (gate == NULL || unlink(gate) == -1); i++)
		wait_ms(GATE_STEP);
}

/* A real fault kills also where the signal is blocked. */
static void
crash(void)
{
	sigset_t	 set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGSEGV);
}

/* FNV-1a: tells two PINs apart in a log, and leaves no copy of them. */
static uint64_t
hash(const unsigned char *p, size_t n)
{
	uint64_t	 h = 14695981039346656037u;

	while (n-- > 0)
		h = (h ^ *p++) * 1099511628211u;
	return h;
}

/*
 * What every function begins with.  The error to return; or CKR_OK, and in *action what
 * else is to be done ("": nothing).
 */
static CK_RV
enter(enum call c, const char *detail, const char **action)
{
	unsigned	 n = atomic_fetch_add(&counts[c], 1) + 1;
	struct fault	*f = NULL;
	char		 line[160];
	size_t		 i;

	for (i = 0; f == NULL && i < nfaults; i++)
		if (faults[i].call == c && faults[i].first <= n && n <= faults[i].last)
			f = &faults[i];
	*action = f == NULL ? "" : f->action;
	snprintf(line, sizeof(line), "%s %u%s%s%s\n", names[c], n, detail, f == NULL ? "" : " ",
	    *action);
	note(line);
	if (strcmp(*action, "crash") == 0)
		crash();
	else if (strcmp(*action, "slow") == 0)
		wait_ms(50);
	else if (strcmp(*action, "hold") == 0)
		hold();
	else if (strcmp(*action, "remove") == 0)
		atomic_store(&removed, true);
	if (atomic_load(&removed) && c != FINALIZE)
		return CKR_DEVICE_REMOVED;
	return f == NULL ? CKR_OK : f->rv;
}

static bool
is(const char *action, const char *what)
{
	return strcmp(action, what) == 0;
}

#define ENTER(c)							\
	const char	*action;					\
	CK_RV		 rv = enter(c, "", &action);			\
									\
	if (rv != CKR_OK)						\
		return rv

static CK_RV
initialize(void *args)
{
	struct rlimit	 core = { 1, 1 };
	char		 line[80];

	getrlimit(RLIMIT_CORE, &core);
	snprintf(line, sizeof(line), "process dumpable %d core %llu\n",
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), (unsigned long long)core.rlim_max);
	note(line);
	ENTER(INITIALIZE);
	return real->C_Initialize(args);
}

static CK_RV
finalize(void *reserved)
{
	ENTER(FINALIZE);
	return real->C_Finalize(reserved);
}

static CK_RV
get_slot_list(CK_BBOOL present, CK_SLOT_ID *ids, CK_ULONG *n)
{
	ENTER(GET_SLOT_LIST);
	if (is(action, "none")) {
		*n = 0;
		return CKR_OK;
	}
	rv = real->C_GetSlotList(present, ids, n);
	if (is(action, "flood") && ids != NULL)
		*n = 100000;
	return rv;
}

static CK_RV
get_token_info(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	ENTER(GET_TOKEN_INFO);
	rv = real->C_GetTokenInfo(id, info);
	if (is(action, "locked"))
		info->flags |= CKF_USER_PIN_LOCKED;
	else if (is(action, "final-try"))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	else if (is(action, "count-low"))
		info->flags |= CKF_USER_PIN_COUNT_LOW;
	else if (is(action, "no-pin"))
		info->flags &= ~(CK_FLAGS)CKF_USER_PIN_INITIALIZED;
	return rv;
}

static CK_RV
open_session(CK_SLOT_ID id, CK_FLAGS flags, void *app, CK_NOTIFY notify,
    CK_SESSION_HANDLE *s)
{
	ENTER(OPEN_SESSION);
	return real->C_OpenSession(id, flags, app, notify, s);
}

static CK_RV
close_session(CK_SESSION_HANDLE s)
{
	ENTER(CLOSE_SESSION);
	return real->C_CloseSession(s);
}

static CK_RV
login(CK_SESSION_HANDLE s, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
	char		*other = getenv("FAULTY_PIN");
	char		 detail[64] = " no PIN";
	const char	*action;
	CK_RV		 rv;

	if (pin != NULL)
		snprintf(detail, sizeof(detail), " %lu %016llx", len,
		    (unsigned long long)hash(pin, len));
	if ((rv = enter(LOGIN, detail, &action)) != CKR_OK)
		return rv;
	if (other != NULL)
		return real->C_Login(s, user, (CK_UTF8CHAR *)other, strlen(other));
	return real->C_Login(s, user, pin, len);
}

static CK_RV
logout(CK_SESSION_HANDLE s)
{
	ENTER(LOGOUT);
	return real->C_Logout(s);
}

static CK_RV
find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n)
{
	ENTER(FIND_INIT);
	return real->C_FindObjectsInit(s, a, n);
}

static CK_RV
find(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *objects, CK_ULONG max, CK_ULONG *n)
{
	ENTER(FIND);
	rv = real->C_FindObjects(s, objects, max, n);
	if (is(action, "flood"))
		*n = 100000;
	return rv;
}

static void
lie(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, const char *action)
{
	CK_OBJECT_CLASS	 class = 0;
	CK_ATTRIBUTE	 of = { CKA_CLASS, &class, sizeof(class) };

	if (a->pValue == NULL || a->ulValueLen == (CK_ULONG)-1 || a->ulValueLen == 0)
		return;
	if (is(action, "no-sign") && a->type == CKA_SIGN)
		*(CK_BBOOL *)a->pValue = CK_FALSE;
	if (is(action, "long") && (a->type == CKA_MODULUS || a->type == CKA_LABEL))
		a->ulValueLen += 1000000;
	if (a->type != CKA_MODULUS || (!is(action, "modulus") && !is(action, "moduli")))
		return;
	if (real->C_GetAttributeValue(s, object, &of, 1) == CKR_OK &&
	    (class == CKO_PUBLIC_KEY || is(action, "moduli")))
		((unsigned char *)a->pValue)[a->ulValueLen / 2] ^= 1;
}

static CK_RV
get_attribute(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, CK_ULONG n)
{
	CK_ULONG	 i;

	ENTER(GET_ATTRIBUTE);
	rv = real->C_GetAttributeValue(s, object, a, n);
	if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID)
		return rv;
	for (i = 0; *action != '\0' && i < n; i++)
		lie(s, object, &a[i], action);
	return rv;
}

static CK_RV
destroy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_HANDLE v[2];
	CK_ULONG	 n = 0;

	ENTER(DESTROY);
	if (is(action, "nothing"))
		return CKR_OK;
	if (is(action, "more") && real->C_FindObjectsInit(s, NULL, 0) == CKR_OK) {
		real->C_FindObjects(s, v, 2, &n);
		real->C_FindObjectsFinal(s);
		if (n == 2)
			real->C_DestroyObject(s, v[v[0] == object]);
	}
	return real->C_DestroyObject(s, object);
}

static CK_ATTRIBUTE *
named(CK_ATTRIBUTE *a, CK_ULONG n, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG	 i;

	for (i = 0; i < n; i++)
		if (a[i].type == type)
			return &a[i];
	return NULL;
}

/* A token that does not know some kinds of attributes. */
static bool
refuses(const char *action, CK_ATTRIBUTE *a, CK_ULONG n)
{
	return (is(action, "no-dates") && named(a, n, CKA_START_DATE) != NULL) ||
	    (is(action, "no-uses") && (named(a, n, CKA_DERIVE) != NULL)) ||
	    (is(action, "no-trusted") && named(a, n, CKA_WRAP_WITH_TRUSTED) != NULL);
}

/* What somebody else does to the token at this moment. */
static void
meddle(CK_SESSION_HANDLE s, const char *action)
{
	CK_OBJECT_CLASS		 data = CKO_DATA, private = CKO_PRIVATE_KEY;
	CK_BBOOL		 yes = CK_TRUE;
	CK_ATTRIBUTE		 new[] = { { CKA_CLASS, &data, sizeof(data) }, { CKA_TOKEN, &yes, 1 },
				     { CKA_LABEL, (char *)(uintptr_t)"intruder", 8 } };
	CK_ATTRIBUTE		 of = { CKA_CLASS, &private, sizeof(private) };
	CK_OBJECT_HANDLE	 object;
	CK_ULONG		 n = 0;

	if (is(action, "more") && real->C_CreateObject(s, new, 3, &object) != CKR_OK)
		die("more: no object");
	if (!is(action, "gone") && !is(action, "changed"))
		return;
	if (real->C_FindObjectsInit(s, &of, 1) != CKR_OK ||
	    real->C_FindObjects(s, &object, 1, &n) != CKR_OK || n != 1)
		die("no object that could go");
	real->C_FindObjectsFinal(s);
	if ((is(action, "gone") ? real->C_DestroyObject(s, object) :
	    real->C_SetAttributeValue(s, object, &new[2], 1)) != CKR_OK)
		die("an object that stays as it is");
}

static CK_RV
generate(CK_SESSION_HANDLE s, CK_MECHANISM *how, CK_ATTRIBUTE *pub, CK_ULONG npub, CK_ATTRIBUTE *priv,
    CK_ULONG npriv, CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	static CK_BBOOL	 yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE	*a;

	ENTER(GENERATE);
	if (refuses(action, pub, npub) || refuses(action, priv, npriv))
		return CKR_TEMPLATE_INCONSISTENT;
	meddle(s, action);
	if (is(action, "open") && (a = named(priv, npriv, CKA_SENSITIVE)) != NULL)
		a->pValue = &no;
	if (is(action, "extractable") && (a = named(priv, npriv, CKA_EXTRACTABLE)) != NULL)
		a->pValue = &yes;
	rv = real->C_GenerateKeyPair(s, how, pub, npub, priv, npriv, public, private);
	if (rv == CKR_OK && is(action, "lost"))
		real->C_DestroyObject(s, *private);
	return rv;
}

static CK_RV
create(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n, CK_OBJECT_HANDLE *object)
{
	ENTER(CREATE);
	if (refuses(action, a, n))
		return CKR_TEMPLATE_INCONSISTENT;
	rv = real->C_CreateObject(s, a, n, object);
	if (rv == CKR_OK && is(action, "lost"))
		real->C_DestroyObject(s, *object);
	return rv;
}

static CK_RV
copy(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE from, CK_ATTRIBUTE *a, CK_ULONG n, CK_OBJECT_HANDLE *object)
{
	ENTER(COPY);
	return real->C_CopyObject(s, from, a, n, object);
}

static CK_RV
wrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE with, CK_OBJECT_HANDLE key, CK_BYTE *out,
    CK_ULONG *len)
{
	ENTER(WRAP);
	if (is(action, "flip") && (rv = real->C_WrapKey(s, m, with, key, out, len)) == CKR_OK) {
		out[0] ^= 1;
		return rv;
	}
	return real->C_WrapKey(s, m, with, key, out, len);
}

static CK_RV
unwrap(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_OBJECT_HANDLE with, CK_BYTE *in, CK_ULONG len,
    CK_ATTRIBUTE *a, CK_ULONG n, CK_OBJECT_HANDLE *key)
{
	ENTER(UNWRAP);
	return real->C_UnwrapKey(s, m, with, in, len, a, n, key);
}

/* The slot of a session in the table, under the lock: that in use, or the first free one. */
static struct session *
slot_of(CK_SESSION_HANDLE s)
{
	size_t	 i;

	for (i = 0; i < MAX_SESSIONS; i++)
		if (sessions[i].handle == s || sessions[i].handle == CK_INVALID_HANDLE)
			return &sessions[i];
	die("too many sessions");
}

static CK_RV
sign_init(CK_SESSION_HANDLE s, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	ENTER(SIGN_INIT);
	pthread_mutex_lock(&lock);
	*slot_of(s) = (struct session){ s, *mechanism, key };
	pthread_mutex_unlock(&lock);
	return real->C_SignInit(s, mechanism, key);
}

static CK_KEY_TYPE
type_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key)
{
	CK_KEY_TYPE	 type = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE	 a = { CKA_KEY_TYPE, &type, sizeof(type) };

	if (real->C_GetAttributeValue(s, key, &a, 1) != CKR_OK)
		die("a key without a type");
	return type;
}

/* Ready to sign with another private key of the token, the signature under way given up. */
static void
change_key(CK_SESSION_HANDLE s, CK_BYTE *data, CK_ULONG len)
{
	CK_OBJECT_CLASS		 class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE		 of = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE	 keys[16];
	CK_BYTE			 scratch[MAX_SIGNATURE];
	CK_ULONG		 room = sizeof(scratch), n = 0, i;
	struct session		 now;

	pthread_mutex_lock(&lock);
	now = *slot_of(s);
	pthread_mutex_unlock(&lock);
	if (real->C_Sign(s, data, len, scratch, &room) != CKR_OK ||
	    real->C_FindObjectsInit(s, &of, 1) != CKR_OK ||
	    real->C_FindObjects(s, keys, sizeof(keys) / sizeof(keys[0]), &n) != CKR_OK)
		die("other-key: no keys");
	real->C_FindObjectsFinal(s);
	for (i = 0; i < n; i++)
		if (keys[i] != now.key && type_of(s, keys[i]) == type_of(s, now.key) &&
		    real->C_SignInit(s, &now.mechanism, keys[i]) == CKR_OK)
			return;
	die("other-key: there is none");
}

static CK_RV
sign(CK_SESSION_HANDLE s, CK_BYTE *data, CK_ULONG len, CK_BYTE *sig, CK_ULONG *siglen)
{
	CK_BYTE	 other[MAX_SIGNATURE];

	ENTER(SIGN);
	if (is(action, "other-key"))
		change_key(s, data, len);
	if (is(action, "other-message") && len <= sizeof(other)) {
		memcpy(other, data, len);
		other[len - 1] ^= 1;
		data = other;
	}
	rv = real->C_Sign(s, data, len, sig, siglen);
	if (rv != CKR_OK)
		return rv;
	if (is(action, "flip"))
		sig[*siglen / 2] ^= 1;
	else if (is(action, "short"))
		(*siglen)--;
	else if (is(action, "long"))
		(*siglen)++;
	else if (is(action, "huge"))
		*siglen = (CK_ULONG)-1;
	return CKR_OK;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	pthread_once(&once, setup);
	ENTER(GET_FUNCTION_LIST);
	ours = *real;
	ours.C_GetFunctionList = C_GetFunctionList;
	ours.C_Initialize = initialize;
	ours.C_Finalize = finalize;
	ours.C_GetSlotList = get_slot_list;
	ours.C_GetTokenInfo = get_token_info;
	ours.C_OpenSession = open_session;
	ours.C_CloseSession = close_session;
	ours.C_Login = login;
	ours.C_Logout = logout;
	ours.C_FindObjectsInit = find_init;
	ours.C_FindObjects = find;
	ours.C_GetAttributeValue = get_attribute;
	ours.C_SignInit = sign_init;
	ours.C_Sign = sign;
	ours.C_DestroyObject = destroy;
	ours.C_GenerateKeyPair = generate;
	ours.C_CreateObject = create;
	ours.C_CopyObject = copy;
	ours.C_WrapKey = wrap;
	ours.C_UnwrapKey = unwrap;
	*list = &ours;
	return CKR_OK;
}

int
fsync(int fd)
{
	int		 (*next)(int) = NULL;
	const char	*action;

	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	pthread_once(&once, setup);
	enter(FSYNC, "", &action);
	return next(fd);
}

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	int		 (*next)(int, const char *, int, const char *, int) = NULL;
	const char	*action;

	*(void **)&next = dlsym(RTLD_NEXT, "linkat");
	pthread_once(&once, setup);
	enter(LINKAT, "", &action);
	return next(from, old, to, new, flags);
}

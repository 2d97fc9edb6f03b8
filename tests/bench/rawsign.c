/*
 * rawsign MODULE TOKEN LABEL ALGORITHM COUNT
 *
 * What no signer on PKCS#11 can do without: load, initialise, find the slot, log in
 * (PIN on descriptor 3), find the key, COUNT signatures on as many threads as
 * skr-sign takes, log out.  Nothing is parsed, judged, hashed or verified: the
 * yardstick of the benchmark.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "raw.h"

#define MAX_THREADS	8
#define PIN_FD		3

static CK_SLOT_ID		 slot;
static CK_OBJECT_HANDLE		 key;
static CK_MECHANISM		 mechanism;
static CK_BYTE			 message[512];
static CK_ULONG			 length;
static size_t			 count;
static atomic_size_t		 next;

#define MUST(call)	must(f->call, #call)

static void
die(const char *what)
{
	fprintf(stderr, "rawsign: %s\n", what);
	exit(1);
}

/* A message of the form and length that the mechanism takes for this algorithm. */
static void
choose(const char *algorithm)
{
	static const CK_BYTE	 sha256[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
		0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

	memset(message, 0x5a, sizeof(message));
	if (strcmp(algorithm, "RSASHA256") == 0) {
		memcpy(message, sha256, sizeof(sha256));
		mechanism.mechanism = CKM_RSA_PKCS;
		length = sizeof(sha256) + 32;
	} else if (strcmp(algorithm, "ECDSAP256SHA256") == 0) {
		mechanism.mechanism = CKM_ECDSA;
		length = 32;
	} else if (strcmp(algorithm, "ECDSAP384SHA384") == 0) {
		mechanism.mechanism = CKM_ECDSA;
		length = 48;
	} else if (strcmp(algorithm, "ED25519") == 0 || strcmp(algorithm, "ED448") == 0) {
		mechanism.mechanism = CKM_EDDSA;
		length = sizeof(message);
	} else {
		die("unknown algorithm");
	}
}

static CK_SESSION_HANDLE
login(void)
{
	CK_SESSION_HANDLE	 s;
	char			 pin[64];
	ssize_t			 n = read(PIN_FD, pin, sizeof(pin));

	while (n > 0 && pin[n - 1] == '\n')
		n--;
	if (n <= 0)
		die("no PIN on descriptor 3");
	MUST(C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	MUST(C_Login(s, CKU_USER, (CK_UTF8CHAR *)pin, (CK_ULONG)n));
	return s;
}

static void
find_key(CK_SESSION_HANDLE s, char *label)
{
	CK_OBJECT_CLASS	 class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE	 a[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, label, strlen(label) } };
	CK_ULONG	 n = 0;

	MUST(C_FindObjectsInit(s, a, 2));
	MUST(C_FindObjects(s, &key, 1, &n));
	MUST(C_FindObjectsFinal(s));
	if (n != 1)
		die("no such key");
}

static void
work(CK_SESSION_HANDLE s)
{
	CK_BYTE		 sig[1024];
	CK_ULONG	 siglen;

	while (atomic_fetch_add(&next, 1) < count) {
		siglen = sizeof(sig);
		MUST(C_SignInit(s, &mechanism, key));
		MUST(C_Sign(s, message, length, sig, &siglen));
	}
}

static void *
thread_main(void *arg)
{
	CK_SESSION_HANDLE	 s;

	MUST(C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s));
	work(s);
	MUST(C_CloseSession(s));
	return arg;
}

static void
sign(CK_SESSION_HANDLE s)
{
	pthread_t	 threads[MAX_THREADS];
	long		 cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t		 most = count, n = 0;

	if (cpus > 0 && most > (size_t)cpus)
		most = (size_t)cpus;
	if (most > MAX_THREADS)
		most = MAX_THREADS;
	while (n + 1 < most && pthread_create(&threads[n], NULL, thread_main, NULL) == 0)
		n++;
	work(s);
	while (n > 0)
		pthread_join(threads[--n], NULL);
}

int
main(int argc, char *argv[])
{
	CK_SESSION_HANDLE	 s;

	if (argc != 6) {
		fputs("usage: rawsign MODULE TOKEN LABEL ALGORITHM COUNT 3<PINFILE\n", stderr);
		return 2;
	}
	choose(argv[4]);
	count = strtoul(argv[5], NULL, 10);
	raw_load(argv[1]);
	slot = raw_slot(argv[2]);
	s = login();
	find_key(s, argv[3]);
	sign(s);
	MUST(C_Logout(s));
	MUST(C_CloseSession(s));
	MUST(C_Finalize(NULL));
	return 0;
}

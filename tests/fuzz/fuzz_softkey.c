/* A private key: read, used, written as PKCS#8, read again. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "fuzz.h"
#include "model/softkey.h"

static void
again(const struct softkey *k)
{
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*back = NULL;
	struct buf	 pem = BUF_EMPTY;
	unsigned char	*der, *sig;
	size_t		 len, siglen;

	MUST(softkey_sign(k, "x", 1, &sig, &siglen) == 0 && siglen > 0);
	free(sig);
	MUST(softkey_der(k, &der, &len) == 0);
	MUST(buf_puts(&pem, "-----BEGIN PRIVATE" " KEY-----\n") == 0);
	for (size_t i = 0; i < len; i += 48) {
		MUST(base64_encode(&pem, der + i, len - i < 48 ? len - i : 48) == 0);
		MUST(buf_puts(&pem, "\n") == 0);
	}
	MUST(buf_puts(&pem, "-----END PRIVATE" " KEY-----\n") == 0);
	MUST(softkey_parse(&back, pem.data, pem.len, "back", softkey_public(k)->algorithm,
	    &rep) == ACCEPT);
	MUST(key_same_public(softkey_public(k), softkey_public(back)));
	softkey_free(back);
	softkey_der_free(der, len);
	buf_wipe(&pem);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct report	 rep = REPORT_EMPTY;
	struct softkey	*k = NULL;
	enum verdict	 v;

	v = softkey_parse(&k, data, len, "fuzz", 0, &rep);
	MUST((k != NULL) == (v == ACCEPT));
	MUST(v == ACCEPT || rep.count > 0);
	if (k != NULL)
		again(k);
	softkey_free(k);
	report_free(&rep);
	return 0;
}

/*
 * sample: a small KSR and a small SKR, for the tests of their readers.  Keys and
 * signatures are of the right length and otherwise made up.
 */
#ifndef UNIT_SAMPLE_H
#define UNIT_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/report.h"

/* 64 bytes from 0, 64 and 100; an RSA key of 512 bits with exponent 65537; 64 bytes from 192. */
#define BYTES_0 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
#define BYTES_64 "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+fw=="
#define RSA_KEY "AwEAAYCBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8="
#define BYTES_192 "wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/w=="

#define POLICY \
	"<PublishSafety>P10D</PublishSafety>\n" \
	"<RetireSafety>P11D</RetireSafety>\n" \
	"<MaxSignatureValidity>P21D</MaxSignatureValidity>\n" \
	"<MinSignatureValidity>P20D</MinSignatureValidity>\n" \
	"<MaxValidityOverlap>P12D</MaxValidityOverlap>\n" \
	"<MinValidityOverlap>PT9H</MinValidityOverlap>\n"

#define KEY(id, tag, flags, alg, data) \
	"<Key keyIdentifier=\"" id "\" keyTag=\"" tag "\">\n" \
	"<TTL>172800</TTL>\n" \
	"<Flags>" flags "</Flags>\n" \
	"<Protocol>3</Protocol>\n" \
	"<Algorithm>" alg "</Algorithm>\n" \
	"<PublicKey>" data "</PublicKey>\n" \
	"</Key>\n"

#define SIGNATURE(id, tag, alg, data) \
	"<Signature keyIdentifier=\"" id "\">\n" \
	"<TTL>172800</TTL>\n" \
	"<TypeCovered>DNSKEY</TypeCovered>\n" \
	"<Algorithm>" alg "</Algorithm>\n" \
	"<Labels>0</Labels>\n" \
	"<OriginalTTL>172801</OriginalTTL>\n" \
	"<SignatureExpiration>2030-01-22T00:00:00+00:00</SignatureExpiration>\n" \
	"<SignatureInception>2030-01-01T00:00:00Z</SignatureInception>\n" \
	"<KeyTag>" tag "</KeyTag>\n" \
	"<SignersName>.</SignersName>\n" \
	"<SignatureData>" data "</SignatureData>\n" \
	"</Signature>\n"

#define KSR_SAMPLE \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<KSR id=\"doc-1\" domain=\".\" serial=\"7\">\n" \
	"<Request>\n" \
	"<RequestPolicy>\n" \
	"<ZSK>\n" \
	POLICY \
	"<SignatureAlgorithm algorithm=\"8\">\n" \
	"<RSA exponent=\"65537\" size=\"512\"/>\n" \
	"</SignatureAlgorithm>\n" \
	"<SignatureAlgorithm algorithm=\"13\">\n" \
	"<ECDSA size=\"256\"/>\n" \
	"</SignatureAlgorithm>\n" \
	"</ZSK>\n" \
	"</RequestPolicy>\n" \
	"<RequestBundle id=\"bundle-1\">\n" \
	"<Inception>2030-01-01T00:00:00</Inception>\n" \
	"<Expiration>2030-01-22T00:00:00Z</Expiration>\n" \
	"<Signer keyIdentifier=\"ksk-1\"/>\n" \
	"<Signer keyIdentifier=\"ksk-2\"/>\n" \
	KEY("zsk-ec", "00017", "256", "13", BYTES_0) \
	KEY("zsk-rsa", "64001", "256", "8", RSA_KEY) \
	SIGNATURE("zsk-rsa", "64001", "8", BYTES_192) \
	SIGNATURE("zsk-ec", "00017", "13", BYTES_64) \
	"</RequestBundle>\n" \
	"<RequestBundle id=\"bundle-2\">\n" \
	"<Inception>2030-01-11T00:00:00</Inception>\n" \
	"<Expiration>2030-02-01T00:00:00</Expiration>\n" \
	KEY("zsk-ec", "00017", "256", "13", BYTES_0) \
	SIGNATURE("zsk-ec", "00017", "13", BYTES_64) \
	"</RequestBundle>\n" \
	"</Request>\n" \
	"</KSR>\n"

#define SKR_SAMPLE \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<KSR id=\"doc-1\" domain=\".\" serial=\"7\">\n" \
	"<Response timestamp=\"2030-01-01T00:00:00Z\">\n" \
	"<ResponsePolicy>\n" \
	"<KSK>\n" \
	POLICY \
	"<SignatureAlgorithm algorithm=\"15\">\n" \
	"<EdDSA size=\"256\"/>\n" \
	"</SignatureAlgorithm>\n" \
	"</KSK>\n" \
	"<ZSK>\n" \
	"<PublishSafety>P1D</PublishSafety>\n" \
	"<RetireSafety>P2D</RetireSafety>\n" \
	"<MaxSignatureValidity>P3D</MaxSignatureValidity>\n" \
	"<MinSignatureValidity>P4D</MinSignatureValidity>\n" \
	"<MaxValidityOverlap>P5D</MaxValidityOverlap>\n" \
	"<MinValidityOverlap>P6D</MinValidityOverlap>\n" \
	"<SignatureAlgorithm algorithm=\"8\">\n" \
	"<RSA size=\"512\" exponent=\"3\"/>\n" \
	"</SignatureAlgorithm>\n" \
	"</ZSK>\n" \
	"</ResponsePolicy>\n" \
	"<ResponseBundle id=\"bundle-1\">\n" \
	"<Inception>2030-01-01T00:00:00+00:00</Inception>\n" \
	"<Expiration>2030-01-22T00:00:00+00:00</Expiration>\n" \
	KEY("ksk-1", "20326", "257", "8", RSA_KEY) \
	KEY("zsk-rsa", "64001", "256", "8", RSA_KEY) \
	SIGNATURE("ksk-1", "20326", "8", BYTES_192) \
	"</ResponseBundle>\n" \
	"</Response>\n" \
	"</KSR>\n"

/* A buf that borrows this text. */
static inline struct buf
borrow(const char *text)
{
	union {
		const char	*from;
		unsigned char	*to;
	} u = { text };
	struct buf	 b = { u.to, strlen(text), 0 };

	return b;
}

/*
 * The text with the first "from" replaced, for the caller to free.  Nothing to replace is
 * an error of the test: it ends.
 */
static inline char *
replaced(const char *text, const char *from, const char *to)
{
	const char	*at = strstr(text, from);
	struct buf	 out = BUF_EMPTY;

	if (at == NULL || buf_append(&out, text, (size_t)(at - text)) == -1 ||
	    buf_puts(&out, to) == -1 || buf_puts(&out, at + strlen(from)) == -1) {
		fprintf(stderr, "not in the sample: %s\n", from);
		exit(1);
	}
	return (char *)out.data;
}

static inline unsigned long
line_of(const char *text, const char *what)
{
	const char	*p, *at = strstr(text, what);
	unsigned long	 line = 1;

	for (p = text; at != NULL && p < at; p++)
		line += *p == '\n';
	return at != NULL ? line : 0;
}

#endif

/*
 * No ICU.  Debian's libxml2 has ICU convert documents of other encodings; here every document is
 * UTF-8 (KSR-XML, SKR-XML), so a program that has libxml2 within itself takes these in place of
 * two libraries of 30 MiB.  Whoever asks for a converter is told that there is none.
 */
#include <stddef.h>

#include <libxml/xmlversion.h>

#ifdef LIBXML_ICU_ENABLED
#include <unicode/ucnv.h>

UConverter *
ucnv_open(const char *name, UErrorCode *err)
{
	(void)name;
	*err = U_FILE_ACCESS_ERROR;
	return NULL;
}

void
ucnv_close(UConverter *c)
{
	(void)c;
}

void
ucnv_setToUCallBack(UConverter *c, UConverterToUCallback action, const void *context,
    UConverterToUCallback *old, const void **old_context, UErrorCode *err)
{
	(void)c, (void)action, (void)context, (void)old, (void)old_context;
	*err = U_UNSUPPORTED_ERROR;
}

void
ucnv_setFromUCallBack(UConverter *c, UConverterFromUCallback action, const void *context,
    UConverterFromUCallback *old, const void **old_context, UErrorCode *err)
{
	(void)c, (void)action, (void)context, (void)old, (void)old_context;
	*err = U_UNSUPPORTED_ERROR;
}

void
UCNV_TO_U_CALLBACK_STOP(const void *context, UConverterToUnicodeArgs *args, const char *units,
    int32_t len, UConverterCallbackReason reason, UErrorCode *err)
{
	(void)context, (void)args, (void)units, (void)len, (void)reason;
	*err = U_UNSUPPORTED_ERROR;
}

void
UCNV_FROM_U_CALLBACK_STOP(const void *context, UConverterFromUnicodeArgs *args, const UChar *units,
    int32_t len, UChar32 point, UConverterCallbackReason reason, UErrorCode *err)
{
	(void)context, (void)args, (void)units, (void)len, (void)point, (void)reason;
	*err = U_UNSUPPORTED_ERROR;
}

void
ucnv_convertEx(UConverter *to, UConverter *from, char **target, const char *target_end,
    const char **source, const char *source_end, UChar *pivot, UChar **pivot_source,
    UChar **pivot_target, const UChar *pivot_end, UBool reset, UBool flush, UErrorCode *err)
{
	(void)to, (void)from, (void)target, (void)target_end, (void)source, (void)source_end;
	(void)pivot, (void)pivot_source, (void)pivot_target, (void)pivot_end, (void)reset, (void)flush;
	*err = U_UNSUPPORTED_ERROR;
}
#else
typedef int	no_icu_asked_for;
#endif

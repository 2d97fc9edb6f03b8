#include "base/build.h"

const int64_t	build_time = BUILD_TIME;

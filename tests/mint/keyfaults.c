/* Requests with keys that clash or are weak. */
#include "mint.h"

const struct fault key_faults[] = {
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};

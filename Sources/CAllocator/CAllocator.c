#include "CAllocator.h"

const char *malloc_conf = "narenas:4,dirty_decay_ms:100,muzzy_decay_ms:0";

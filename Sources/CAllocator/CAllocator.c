#include "CAllocator.h"

const char *malloc_conf = "narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0,background_thread:true,max_background_threads:1";

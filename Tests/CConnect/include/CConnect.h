#pragma once

#include <stdint.h>

/// In this process connect(2) to that port over IPv4 fails with `number` from now on; port 0 = to none. Whoever is linked to
/// the C library calls the `connect` of the executable instead of the library's own if that has one.
void cconnect_fail(uint16_t port, int32_t number);

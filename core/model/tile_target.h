#pragma once

/// Functions that use tile registers or the vector instructions beside them are compiled for processors that have both;
/// `canMultiplyTiles` asks before any of them runs.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
#define PB_HAS_TILES 1
#define PB_TILES \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,f16c,fma,bmi2")))
#define PB_TILES_INLINE                                                                                   \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,f16c,fma,bmi2"), \
                 always_inline)) inline
#endif

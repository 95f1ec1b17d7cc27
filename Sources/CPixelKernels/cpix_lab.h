// The colour transfer's arithmetic for one level of processors: lab.c includes this once for each. `LEVEL(name)` is
// what a name becomes there, `LANES` is how many pixels a register holds, and `PERMUTES` is what can be looked up in
// registers: nothing, 8 numbers (AVX2), or 16 numbers and bytes (AVX-512 VBMI). Products are fused with sums by name,
// and sums are those of every sixteenth pixel, so all levels give the same bits.

typedef float LEVEL(floats) __attribute__((ext_vector_type(LANES)));
typedef int32_t LEVEL(ints) __attribute__((ext_vector_type(LANES)));
typedef struct {
    LEVEL(floats) first, second, third;
} LEVEL(triple);

#define FLOATS LEVEL(floats)
#define INTS LEVEL(ints)
#define TRIPLE LEVEL(triple)
#define EACH(value) ((FLOATS)(value))
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
/// Of positive floats the larger one has the larger bits; negative ones have negative bits.
#define LARGER(value, positive) ((FLOATS)__builtin_elementwise_max((INTS)(value), (INTS)EACH(positive)))

/// kornia's f. Its straight part is the tangent at the border: the root there, and the way back along the tangent.
CPIX_INLINE FLOATS LEVEL(lightness)(FLOATS t) {
    FLOATS x = LARGER(t, 0.008856f);
    FLOATS line = (t - x) * 7.787f;
    // x^(-1/3) to 4 % from a third of the bits (of both halves by themselves, which is one instruction). What is left
    // is h, below 0.107: the root is `x inverse^2 (1 - h)^(-2/3)`, by a polynomial (least relative error).
    typedef uint16_t halves __attribute__((ext_vector_type(2 * LANES)));
    typedef uint32_t products __attribute__((ext_vector_type(2 * LANES)));
    products thirds = __builtin_convertvector((halves)x, products) * 21845u >> 16;
    FLOATS inverse = (FLOATS)(0x54a13800 - (INTS)__builtin_convertvector(thirds, halves));
    FLOATS guess = x * (inverse * inverse);
    FLOATS h = FMA(-guess, inverse, EACH(1));
    FLOATS series = FMA(h, EACH(0.42993706464767456f), EACH(0.45957621932029724f));
    series = FMA(h, series, EACH(0.4937871992588043f));
    series = FMA(h, series, EACH(0.5555259585380554f));
    series = FMA(h, series, EACH(0.6666667461395264f));
    series = FMA(h, series, EACH(1));
    return FMA(guess, series, line);
}

/// The straight part is a tangent here, too.
CPIX_INLINE FLOATS LEVEL(lightness_inverse)(FLOATS f) {
    FLOATS g = LARGER(f, 0.2068966f);
    return FMA(g * g, g, (f - g) * (1 / 7.787f));
}

/// f of X, Y and Z of three channels in `0...LINEAR_ONE`.
CPIX_INLINE TRIPLE LEVEL(roots)(TRIPLE rgb) {
    FLOATS r = rgb.first, g = rgb.second, b = rgb.third;
    FLOATS x = FMA(b, EACH(0.180423f / 0.95047f / LINEAR_ONE),
        FMA(g, EACH(0.357580f / 0.95047f / LINEAR_ONE), r * (0.412453f / 0.95047f / LINEAR_ONE)));
    FLOATS y = FMA(b, EACH(0.072169f / LINEAR_ONE),
        FMA(g, EACH(0.715160f / LINEAR_ONE), r * (0.212671f / LINEAR_ONE)));
    FLOATS z = FMA(b, EACH(0.950227f / 1.08883f / LINEAR_ONE),
        FMA(g, EACH(0.119193f / 1.08883f / LINEAR_ONE), r * (0.019334f / 1.08883f / LINEAR_ONE)));
    return (TRIPLE){LEVEL(lightness)(x), LEVEL(lightness)(y), LEVEL(lightness)(z)};
}

/// f of X, Y and Z back to linear channels.
CPIX_INLINE TRIPLE LEVEL(linear)(FLOATS fx, FLOATS fy, FLOATS fz) {
    FLOATS x = LEVEL(lightness_inverse)(fx), y = LEVEL(lightness_inverse)(fy);
    FLOATS z = LEVEL(lightness_inverse)(LARGER(fz, 0.0f));
    return (TRIPLE){
        FMA(z, EACH(-0.4985363262f * 1.08883f), FMA(y, EACH(-1.5371515163f), x * (3.2404813432f * 0.95047f))),
        FMA(z, EACH(0.0415559266f * 1.08883f), FMA(y, EACH(1.8759900015f), x * (-0.9692549500f * 0.95047f))),
        FMA(z, EACH(1.0573110697f * 1.08883f), FMA(y, EACH(-0.2040413384f), x * (0.0556466391f * 0.95047f)))};
}

/// `2^(-5/12)` to the power of 127 less the exponent, of which the last four bits count.
CPIX_INLINE FLOATS LEVEL(octave)(INTS exponents) {
#if PERMUTES == 16
    return (FLOATS)_mm512_permutexvar_ps((__m512i)exponents, _mm512_loadu_ps(octaves));
#elif PERMUTES == 8
    __m256 lower = _mm256_permutevar8x32_ps(_mm256_loadu_ps(octaves), (__m256i)exponents);
    __m256 upper = _mm256_permutevar8x32_ps(_mm256_loadu_ps(octaves + 8), (__m256i)exponents);
    return (FLOATS)_mm256_blendv_ps(lower, upper, (__m256)(exponents << 28));
#else
    FLOATS factors;
    for (int i = 0; i < LANES; i++) factors[i] = octaves[exponents[i] & 15];
    return factors;
#endif
}

/// To whole numbers of sRGB, 0...255: `1.055 c^(5/12) - 0.055`, by a polynomial of the mantissa (to 1.2e-6 of it) and a
/// factor for the exponent.
CPIX_INLINE INTS LEVEL(encoded)(FLOATS linear) {
    FLOATS positive = LARGER(linear, 0.0f);
    FLOATS c = (FLOATS)__builtin_elementwise_min((INTS)positive, (INTS)EACH(1.0f));
    FLOATS x = LARGER(c, 0.0031308f);
    FLOATS line = FMA(c - x, EACH(12.92f * 255), EACH(-0.055f * 255));
    INTS bits = (INTS)x;
    FLOATS m = (FLOATS)((bits & 0x7FFFFF) | 0x3F800000);
    FLOATS power = FMA(m, EACH(1.4622509479522705f), EACH(-13.832459449768066f));
    power = FMA(m, power, EACH(56.10993957519531f));
    power = FMA(m, power, EACH(-132.28768920898438f));
    power = FMA(m, power, EACH(256.3310241699219f));
    power = FMA(m, power, EACH(101.24226379394531f));
    return __builtin_convertvector(FMA(power, LEVEL(octave)(bits >> 23), line), INTS);
}

#if PERMUTES == 16
/// The low, middle and high bytes of the linear values, 64 to a register.
typedef struct {
    __m512i bytes[3][4];
} LEVEL(values);

CPIX_INLINE void LEVEL(prepare)(const linear_table *table, LEVEL(values) *values) {
    for (int place = 0; place < 3; place++) {
        uint8_t bytes[256];
        for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)((uint32_t)table->values[i] >> 8 * place);
        for (int part = 0; part < 4; part++) values->bytes[place][part] = _mm512_loadu_si512(bytes + 64 * part);
    }
}

CPIX_INLINE __m512i LEVEL(found)(const __m512i *table, __m512i places) {
    __m512i lower = _mm512_permutex2var_epi8(table[0], places, table[1]);
    __m512i upper = _mm512_permutex2var_epi8(table[2], places, table[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(places), lower, upper);
}

/// Of whole pixels, one channel as numbers of 32 bits.
CPIX_INLINE FLOATS LEVEL(channel)(__m512i low, __m512i middle, __m512i high, int channel) {
    const __m512i every_third = _mm512_set_epi32(45, 42, 39, 36, 33, 30, 27, 24, 21, 18, 15, 12, 9, 6, 3, 0);
    __m512i place = _mm512_add_epi32(every_third, _mm512_set1_epi32(channel));
    // Places of a second register begin at 64.
    __m512i pair = _mm512_or_si512(place, _mm512_slli_epi32(_mm512_or_si512(place, _mm512_set1_epi32(64)), 8));
    __m512i numbers = _mm512_maskz_permutex2var_epi8(0x3333333333333333, low, pair, middle);
    numbers = _mm512_mask_permutexvar_epi8(numbers, 0x4444444444444444, _mm512_slli_epi32(place, 16), high);
    return (FLOATS)_mm512_cvtepi32_ps(numbers);
}

CPIX_INLINE TRIPLE LEVEL(read)(const uint8_t *pixels, const LEVEL(values) *values) {
    __m512i places = _mm512_maskz_loadu_epi8(WHOLE_PIXELS, pixels);
    __m512i low = LEVEL(found)(values->bytes[0], places);
    __m512i middle = LEVEL(found)(values->bytes[1], places);
    __m512i high = LEVEL(found)(values->bytes[2], places);
    return (TRIPLE){
        LEVEL(channel)(low, middle, high, 0), LEVEL(channel)(low, middle, high, 1),
        LEVEL(channel)(low, middle, high, 2)};
}

/// The lower three bytes of each number.
CPIX_INLINE void LEVEL(write)(INTS words, uint8_t *pixels) {
    uint8_t order[64] = {0};
#pragma clang loop unroll(full)
    for (int i = 0; i < 3 * LANES; i++) order[i] = (uint8_t)(i / 3 * 4 + i % 3);
    __m512i bytes = _mm512_permutexvar_epi8(_mm512_loadu_si512(order), (__m512i)words);
    _mm512_mask_storeu_epi8(pixels, WHOLE_PIXELS, bytes);
}
#else
typedef const linear_table *LEVEL(values);

CPIX_INLINE void LEVEL(prepare)(const linear_table *table, LEVEL(values) *values) { *values = table; }

CPIX_INLINE TRIPLE LEVEL(read)(const uint8_t *pixels, const LEVEL(values) *values) {
    // One load after the other: gathers of vectors are slower.
    float channels[3][LANES];
    for (int i = 0; i < LANES; i++) {
        for (int c = 0; c < 3; c++) channels[c][i] = (*values)->values[pixels[3 * i + c]];
    }
    TRIPLE result;
    memcpy(&result.first, channels[0], sizeof channels[0]);
    memcpy(&result.second, channels[1], sizeof channels[1]);
    memcpy(&result.third, channels[2], sizeof channels[2]);
    return result;
}

/// The lower three bytes of each number, one after the other: each overwrites the fourth byte of the one before.
CPIX_INLINE void LEVEL(write)(INTS words, uint8_t *pixels) {
    uint32_t numbers[LANES];
    memcpy(numbers, &words, sizeof numbers);
    for (int i = 0; i + 1 < LANES; i++) memcpy(pixels + 3 * i, &numbers[i], 4);
    memcpy(pixels + 3 * (LANES - 1), &numbers[LANES - 1], 3);
}
#endif

/// f of X, Y and Z of up to a tile of pixels.
CPIX_INLINE void LEVEL(load)(const uint8_t *pixels, size_t groups, const LEVEL(values) *values, TRIPLE *tile) {
#if PERMUTES == 16
    // Tables and constants do not fit into the registers together.
    for (size_t i = 0; i < groups; i++) tile[i] = LEVEL(read)(pixels + 3 * LANES * i, values);
    for (size_t i = 0; i < groups; i++) tile[i] = LEVEL(roots)(tile[i]);
#else
    for (size_t i = 0; i < groups; i++) tile[i] = LEVEL(roots)(LEVEL(read)(pixels + 3 * LANES * i, values));
#endif
}

/// Adds up what f of Y, of X less Y, and of Y less Z differ from the pivots, and the squares of that: a tile in single
/// precision, one sum for every sixteenth pixel. A multiple of `PIXELS`.
static void LEVEL(measure)(
    const uint8_t *pixels, size_t count, const linear_table *table, const float *pivots, double *sums) {
    LEVEL(values) values;
    LEVEL(prepare)(table, &values);
    TRIPLE tile[TILE / LANES];
    for (size_t start = 0; start < count; start += TILE) {
        size_t groups = (count - start < TILE ? count - start : TILE) / LANES;
        LEVEL(load)(pixels + 3 * start, groups, &values, tile);
        FLOATS totals[PIXELS / LANES][3] = {0}, squares[PIXELS / LANES][3] = {0};
        for (size_t i = 0; i < groups; i += PIXELS / LANES) {
            for (size_t part = 0; part < PIXELS / LANES; part++) {
                TRIPLE f = tile[i + part];
                FLOATS luma = f.second - pivots[0];
                FLOATS red = (f.first - f.second) - pivots[1], blue = (f.second - f.third) - pivots[2];
                totals[part][0] += luma;
                totals[part][1] += red;
                totals[part][2] += blue;
                squares[part][0] = FMA(luma, luma, squares[part][0]);
                squares[part][1] = FMA(red, red, squares[part][1]);
                squares[part][2] = FMA(blue, blue, squares[part][2]);
            }
        }
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < PIXELS; i++) {
                sums[c] += (double)totals[i / LANES][c][i % LANES];
                sums[3 + c] += (double)squares[i / LANES][c][i % LANES];
            }
        }
    }
}

/// A tile at a time, in passes that processors overlap better than one long one. A multiple of `PIXELS`.
static void LEVEL(change)(uint8_t *pixels, size_t count, const linear_table *table, const root_change *change) {
    LEVEL(values) values;
    LEVEL(prepare)(table, &values);
    TRIPLE tile[TILE / LANES];
    for (size_t start = 0; start < count; start += TILE) {
        size_t groups = (count - start < TILE ? count - start : TILE) / LANES;
        uint8_t *first = pixels + 3 * start;
        LEVEL(load)(first, groups, &values, tile);
        for (size_t i = 0; i < groups; i++) {
            TRIPLE f = tile[i];
            FLOATS channels[3] = {f.second, f.first - f.second, f.second - f.third};
            for (int c = 0; c < 3; c++) {
                channels[c] = FMA(channels[c] - change->mean[c], EACH(change->scale[c]), EACH(change->target[c]));
            }
            tile[i] = LEVEL(linear)(channels[0] + channels[1], channels[0], channels[0] - channels[2]);
        }
        for (size_t i = 0; i < groups; i++) {
            INTS red = LEVEL(encoded)(tile[i].first);
            INTS green = LEVEL(encoded)(tile[i].second);
            INTS blue = LEVEL(encoded)(tile[i].third);
            LEVEL(write)(red | green << 8 | blue << 16, first + 3 * LANES * i);
        }
    }
}

/// f of Y, of X less Y, and of Y less Z, of a multiple of `PIXELS`.
static void LEVEL(convert)(const uint8_t *pixels, size_t count, const linear_table *table, float *channels) {
    LEVEL(values) values;
    LEVEL(prepare)(table, &values);
    for (size_t start = 0; start < count; start += LANES) {
        TRIPLE f = LEVEL(roots)(LEVEL(read)(pixels + 3 * start, &values));
        FLOATS differences[3] = {f.second, f.first - f.second, f.second - f.third};
        for (int i = 0; i < LANES; i++) {
            for (int c = 0; c < 3; c++) channels[3 * (start + (size_t)i) + (size_t)c] = differences[c][i];
        }
    }
}

static const lab_level LEVEL(level) = {LEVEL(measure), LEVEL(change), LEVEL(convert)};

#undef FLOATS
#undef INTS
#undef TRIPLE
#undef EACH
#undef FMA
#undef LARGER
#undef LEVEL
#undef LANES
#undef PERMUTES

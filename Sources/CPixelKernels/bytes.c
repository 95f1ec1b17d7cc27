#include "cpix_platform.h"

CPIX_CLONES void cpix_map_bytes(uint8_t *restrict bytes, size_t count, const uint8_t table[256]) {
    for (size_t i = 0; i < count; i++) bytes[i] = table[bytes[i]];
}

CPIX_INLINE int32_t least(int32_t a, int32_t b) { return b < a ? b : a; }
CPIX_INLINE int32_t most(int32_t a, int32_t b) { return b > a ? b : a; }

/// One channel of a colour, by the sixth of the circle that its hue lies in.
CPIX_INLINE uint8_t channel(
    int32_t sector, const uint8_t places[6], float value, float low, float falling, float rising) {
    uint8_t place = places[sector];
    float level = place == 0 ? value : place == 1 ? low : place == 2 ? falling : rising;
    // OpenCV cuts off what is behind the point.
    return (uint8_t)(int32_t)(level * 255);
}

CPIX_CLONES void cpix_change_hsv_bytes(
    uint8_t *restrict pixels, size_t count, const uint8_t saturations[256], int32_t turn,
    const int32_t saturation_divisors[256], const int32_t hue_divisors[256]) {
    // Which of value, low, falling and rising a channel is in each sixth.
    static const uint8_t red_places[6] = {0, 2, 1, 1, 3, 0};
    static const uint8_t green_places[6] = {3, 0, 0, 2, 1, 1};
    static const uint8_t blue_places[6] = {1, 1, 3, 0, 0, 2};
    for (size_t i = 0; i < count; i++) {
        int32_t r = pixels[3 * i], g = pixels[3 * i + 1], b = pixels[3 * i + 2];
        int32_t value = most(r, most(g, b));
        int32_t chroma = value - least(r, least(g, b));
        int32_t saturation = (chroma * saturation_divisors[value] + 2048) >> 12;
        int32_t position = value == r ? g - b : value == g ? b - r + 2 * chroma : r - g + 4 * chroma;
        int32_t hue = (position * hue_divisors[chroma] + 2048) >> 12;
        hue += hue < 0 ? 180 : 0;
        hue += turn;
        hue -= hue >= 180 ? 180 : 0;
        float s = (float)saturations[saturation] * (1.0f / 255), v = (float)value * (1.0f / 255);
        float turned = (float)hue * (6.0f / 180);
        int32_t sector = (int32_t)turned;
        float rest = turned - (float)sector;
        sector -= sector >= 6 ? 6 : 0;
        // As with one rounding for product and difference: products of two floats are exact in double precision.
        float low = v * (1 - s), falling = v * (float)(1 - (double)s * rest);
        float rising = v * (float)(1 - (double)s * (1 - rest));
        pixels[3 * i] = channel(sector, red_places, v, low, falling, rising);
        pixels[3 * i + 1] = channel(sector, green_places, v, low, falling, rising);
        pixels[3 * i + 2] = channel(sector, blue_places, v, low, falling, rising);
    }
}

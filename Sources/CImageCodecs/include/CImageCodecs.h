#pragma once
#include <stddef.h>
#include <stdint.h>

// Whole-image reads and writes. A call is complete in itself: it returns a status, fills a message on failure, and
// never jumps over the caller's frames. Memory that writes hand out is freed with cimg_free.

enum {
    CIMG_OK = 0,
    CIMG_NOT_AN_IMAGE = 1,
    CIMG_TRUNCATED = 2,
    CIMG_TOO_LARGE = 3,
    CIMG_UNSUPPORTED = 4,
    CIMG_OUT_OF_MEMORY = 5,
};

#define CIMG_MESSAGE_BYTES 256

/// What pixels a PNG read delivers.
enum {
    /// 8-bit red, green, blue, whatever the file holds; alpha is dropped, 16 bits are reduced to 8.
    CIMG_PNG_RGB8 = 0,
    /// The file's own samples, one channel: grey of 1 to 8 bits or palette indices, as 8 bits.
    CIMG_PNG_RAW8 = 1,
    /// The file's own samples as 16 bits in host order, with the file's channels.
    CIMG_PNG_RAW16 = 2,
};

typedef struct {
    int32_t width;
    int32_t height;
    int32_t channels;
    /// Bits of one sample in the file.
    int32_t bit_depth;
    /// 1 when pixels are palette indices.
    int32_t is_palette;
    /// 1 for a JPEG whose coefficients are all kept while it is decoded.
    int32_t is_progressive;
} cimg_info;

int cimg_png_info(const uint8_t *bytes, size_t count, cimg_info *info, char *message);
/// Decodes into the caller's memory of `byte_count` bytes, which height * width * channels samples must fill. With NULL
/// for `pixels` it only tells how large the decoded image is. `maximum_pixels` bounds width * height of the file.
int cimg_png_read(
    const uint8_t *bytes, size_t count, int mode, size_t maximum_pixels, cimg_info *info, void *pixels,
    size_t byte_count, char *message);
/// Encodes 8- or 16-bit samples (host order), 1 or 3 channels. `palette` is NULL or palette_count RGB triples, and then
/// samples are indices. `level` is zlib's, 0 to 9.
int cimg_png_write(
    const void *pixels, const cimg_info *info, const uint8_t *palette, int palette_count, int level, uint8_t **bytes,
    size_t *count, char *message);

int cimg_jpeg_info(const uint8_t *bytes, size_t count, cimg_info *info, char *message);
/// As `cimg_png_read`, to RGB. `denominator` is 1, 2, 4 or 8: the codec's own reduction while decoding.
int cimg_jpeg_read(
    const uint8_t *bytes, size_t count, int denominator, size_t maximum_pixels, cimg_info *info, void *pixels,
    size_t byte_count, char *message);
/// Encodes RGB with `quality` 1 to 100.
int cimg_jpeg_write(
    const uint8_t *pixels, const cimg_info *info, int quality, uint8_t **bytes, size_t *count, char *message);

void cimg_free(void *memory);

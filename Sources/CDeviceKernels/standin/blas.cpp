// The stand-in's products: OpenBLAS behind the prototypes of the card's library, queued like everything else.

#include <cblas.h>

#include <vector>

#include "../host/rounding.hpp"
#include "standin.hpp"

struct cdd_blas_handle_s {
    cdd_stream stream = nullptr;
};

namespace cdk {
namespace {

// One thread, as the CPU's backend has it: results must not depend on how many cores there are.
int create(cdd_blas_handle *handle) {
    openblas_set_num_threads(1);
    *handle = new cdd_blas_handle_s;
    return 0;
}

int destroy(cdd_blas_handle handle) {
    delete handle;
    return 0;
}

int set_stream(cdd_blas_handle handle, cdd_stream stream) {
    handle->stream = stream;
    return 0;
}

int set_workspace(cdd_blas_handle, void *, size_t) { return 0; }
int set_math_mode(cdd_blas_handle, int) { return 0; }

int batched_product(
    cdd_blas_handle handle, int operation_a, int operation_b, int m, int n, int k, const float *alpha, const float *a,
    int lda, long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc,
    long long stride_c, int count) {
    StandIn &s = stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    const float scale = *alpha, kept = *beta;
    return s.tell(handle->stream, [=, &s](cdd_stream stream) {
        s.counters.products++;
        return s.queue(stream, [=] {
            const CBLAS_TRANSPOSE left = operation_a ? CblasTrans : CblasNoTrans;
            const CBLAS_TRANSPOSE right = operation_b ? CblasTrans : CblasNoTrans;
            for (long long i = 0; i < count; i++) {
                cblas_sgemm(
                    CblasColMajor, left, right, m, n, k, scale, a + i * stride_a, lda, b + i * stride_b, ldb, kept,
                    c + i * stride_c, ldc);
            }
        });
    });
}

int product(
    cdd_blas_handle handle, int operation_a, int operation_b, int m, int n, int k, const float *alpha, const float *a,
    int lda, const float *b, int ldb, const float *beta, float *c, int ldc) {
    return batched_product(
        handle, operation_a, operation_b, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

/// A matrix of `rows x columns`, `stride` from one column to the next, with every number rounded.
void round_into(
    std::vector<float> &to, const float *from, int rows, int columns, int stride, uint32_t (*round)(float)) {
    to.resize((size_t)rows * (size_t)columns);
    for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
            to[(size_t)column * (size_t)rows + (size_t)row] =
                from_bits(round(from[(size_t)column * (size_t)stride + (size_t)row]));
        }
    }
}

uint32_t bf16_in_place(float value) { return bf16(value) << 16; }

/// Operands are rounded as the card's tensor cores would have them, multiplied exactly and added up in single
/// precision.
int rounded_product(
    cdd_blas_handle handle, int operation_a, int operation_b, int m, int n, int k, const void *alpha, const void *a,
    int type_a, int lda, long long stride_a, const void *b, int type_b, int ldb, long long stride_b, const void *beta,
    void *c, int type_c, int ldc, long long stride_c, int count, int compute, int) {
    if (type_a != CDD_TYPE_FLOAT || type_b != CDD_TYPE_FLOAT || type_c != CDD_TYPE_FLOAT) return CDD_INVALID_VALUE;
    if (compute != CDD_COMPUTE_FAST_BF16 && compute != CDD_COMPUTE_FAST_TF32) return CDD_INVALID_VALUE;
    StandIn &s = stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    const float scale = *static_cast<const float *>(alpha), kept = *static_cast<const float *>(beta);
    const auto round = compute == CDD_COMPUTE_FAST_TF32 ? tf32 : bf16_in_place;
    return s.tell(handle->stream, [=, &s](cdd_stream stream) {
        s.counters.products++;
        return s.queue(stream, [=] {
            const int rows_a = operation_a ? k : m, rows_b = operation_b ? n : k;
            std::vector<float> left, right;
            for (long long i = 0; i < count; i++) {
                round_into(
                    left, static_cast<const float *>(a) + i * stride_a, rows_a, operation_a ? m : k, lda, round);
                round_into(
                    right, static_cast<const float *>(b) + i * stride_b, rows_b, operation_b ? k : n, ldb, round);
                cblas_sgemm(
                    CblasColMajor, operation_a ? CblasTrans : CblasNoTrans, operation_b ? CblasTrans : CblasNoTrans,
                    m, n, k, scale, left.data(), rows_a, right.data(), rows_b, kept,
                    static_cast<float *>(c) + i * stride_c, ldc);
            }
        });
    });
}

}  // namespace
}  // namespace cdk

extern "C" void cdk_standin_blas(cdd_blas *blas) {
    using namespace cdk;
    *blas = {create, destroy, set_stream, set_workspace, set_math_mode, product, batched_product, rounded_product};
}

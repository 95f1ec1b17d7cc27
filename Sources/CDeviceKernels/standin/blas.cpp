// The stand-in's products: OpenBLAS behind the prototypes of the card's library, queued like everything else.

#include <cblas.h>

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

}  // namespace
}  // namespace cdk

extern "C" void cdk_standin_blas(cdd_blas *blas) {
    using namespace cdk;
    *blas = {create, destroy, set_stream, set_workspace, set_math_mode, product, batched_product};
}

// The text of the kernels and of the dialect, for the device's compiler.
#include "../include/CDeviceKernels.h"

// Of C23, and our compiler has it in C++ as well.
#pragma clang diagnostic ignored "-Wc23-extensions"

namespace {

const unsigned char dialect[] = {
#embed "../dialect/cuda.h"
    , '\n',
#embed "../dialect/common.inc"
    , '\n',
#embed "../dialect/tiles.inc"
};

#define TEXT(name) const unsigned char name[] = {
#define END };
TEXT(elementwise)
#embed "../kernels/elementwise.inc"
END
TEXT(movement)
#embed "../kernels/movement.inc"
END
TEXT(reduction)
#embed "../kernels/reduction.inc"
END
TEXT(activation)
#embed "../kernels/activation.inc"
END
TEXT(layer_norm)
#embed "../kernels/layer_norm.inc"
END
TEXT(batch_norm)
#embed "../kernels/batch_norm.inc"
END
TEXT(softmax)
#embed "../kernels/softmax.inc"
END
TEXT(attention)
#embed "../kernels/attention.inc"
END
TEXT(fused_attention)
#embed "../kernels/fused_attention.inc"
END
TEXT(product)
#embed "../kernels/product.inc"
END
TEXT(convolution)
#embed "../kernels/convolution.inc"
END
TEXT(implicit_convolution)
#embed "../kernels/implicit_convolution.inc"
END
TEXT(depthwise)
#embed "../kernels/depthwise.inc"
END
TEXT(resize)
#embed "../kernels/resize.inc"
END
TEXT(pooling)
#embed "../kernels/pooling.inc"
END
TEXT(loss)
#embed "../kernels/loss.inc"
END
TEXT(optimizer)
#embed "../kernels/optimizer.inc"
END
TEXT(deformable)
#embed "../kernels/deformable.inc"
END
TEXT(region)
#embed "../kernels/region.inc"
END
TEXT(points)
#embed "../kernels/points.inc"
END
TEXT(neighbours)
#embed "../kernels/neighbours.inc"
END

#define SOURCE(name) {#name, (const char *)name, sizeof name, ""}
/// What a file has for one precision and one size of heads.
#define FUSED_ATTENTION(Math, precision, size)                                                  \
    {"fused_attention_" #size "_" #precision, (const char *)fused_attention, sizeof fused_attention, \
     "#define FUSED_ATTENTION_PART FUSED_ATTENTION(" #Math ", " #size "_" #precision ", " #size ")\n"}
const cdk_source sources[] = {
    SOURCE(elementwise), SOURCE(movement), SOURCE(reduction), SOURCE(activation), SOURCE(layer_norm),
    SOURCE(batch_norm), SOURCE(softmax), SOURCE(attention),
    FUSED_ATTENTION(Single, fp32, 32), FUSED_ATTENTION(TF32, tf32, 32), FUSED_ATTENTION(BF16, bf16, 32),
    FUSED_ATTENTION(Single, fp32, 64), FUSED_ATTENTION(TF32, tf32, 64), FUSED_ATTENTION(BF16, bf16, 64),
    SOURCE(product), SOURCE(convolution), SOURCE(implicit_convolution), SOURCE(depthwise), SOURCE(resize),
    SOURCE(pooling), SOURCE(loss), SOURCE(optimizer), SOURCE(deformable), SOURCE(region), SOURCE(points),
    SOURCE(neighbours),
};

}  // namespace

extern "C" {

int cdk_source_count(void) { return (int)(sizeof sources / sizeof sources[0]); }
cdk_source cdk_source_at(int index) { return sources[index]; }
cdk_source cdk_dialect(void) { return SOURCE(dialect); }

}

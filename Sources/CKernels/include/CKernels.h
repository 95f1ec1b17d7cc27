#pragma once

// Kernels of the CPU backend. Every function is single-threaded over the range it is given, allocates nothing and
// keeps no state; the caller splits the work over threads and owns all memory.

#include "ck_activation.h"
#include "ck_bfloat16.h"
#include "ck_classification.h"
#include "ck_convolution.h"
#include "ck_cpu.h"
#include "ck_cross_entropy.h"
#include "ck_deformable_attention.h"
#include "ck_element_loss.h"
#include "ck_neighbours.h"
#include "ck_normalization.h"
#include "ck_optimizer.h"
#include "ck_panel_product.h"
#include "ck_pixel_blocks.h"
#include "ck_point_samples.h"
#include "ck_pooling.h"
#include "ck_region_align.h"
#include "ck_resize.h"
#include "ck_softmax.h"
#include "ck_tensor_loops.h"
#include "ck_winograd.h"

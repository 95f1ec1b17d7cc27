// Who imports the engine sees the public types of its seam too: how maps are resized, the numbers of an optimiser's
// step, counters of memory. Kernels stay within the package.
@_exported public import DeviceSeam

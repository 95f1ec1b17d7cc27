// The first file of TensorEngine.

// The first file of DataLoading.

// The first file of Datasets.

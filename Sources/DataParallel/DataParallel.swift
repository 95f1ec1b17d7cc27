// The first file of DataParallel.

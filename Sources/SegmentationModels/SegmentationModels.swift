// The first file of SegmentationModels.

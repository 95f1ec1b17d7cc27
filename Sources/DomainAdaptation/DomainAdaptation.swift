// The first file of DomainAdaptation.

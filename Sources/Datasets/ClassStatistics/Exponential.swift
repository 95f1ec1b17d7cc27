internal import Glibc

/// `e^x`.
func exponential(_ x: Double) -> Double { exp(x) }

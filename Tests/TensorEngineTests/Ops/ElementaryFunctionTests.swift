import Glibc
import TensorEngine
import Testing
import _TestSupport

/// The polynomials behind softmax, GELU, cross-entropy and the plain functions, against libm in double precision.
@Suite struct ElementaryFunctionTests {
    /// Errors in units in the last place of the exact value, over every 4099th float.
    private func worstError(
        of function: (Tensor) -> Tensor, against exact: (Double) -> Double
    ) -> (units: Double, at: Float) {
        let inputs = stride(from: UInt32(0), to: .max - 4099, by: 4099).map { Float(bitPattern: $0) }
        let outputs = function(Tensor(inputs, shape: [inputs.count])).values()
        var worst = (units: 0.0, at: Float(0))
        for (x, y) in zip(inputs, outputs) {
            let expected = exact(Double(x))
            if y == Float(expected) || (y.isNaN && expected.isNaN) { continue }
            let error = abs(Double(y) - expected) / Double(Float(expected).ulp)
            if !(error <= worst.units) { worst = (error, x) }
        }
        return worst
    }

    @Test func theExponentialIsGoodToTwoUnitsOverAllFloats() {
        let worst = worstError(of: { $0.exponential() }, against: { exp($0) })
        #expect(worst.units < 2, "at \(worst.at)")
    }

    @Test func theLogarithmIsGoodToTwoUnitsOverAllFloats() {
        let worst = worstError(of: { $0.logarithm() }, against: { log($0) })
        #expect(worst.units < 2, "at \(worst.at)")
    }

    @Test func limitsAreExact() {
        let x = Tensor([.infinity, -.infinity, 0, 1, -200, 200], shape: [6])
        #expect(x.exponential().values() == [.infinity, 0, 1, Float(M_E), 0, .infinity])
        let logarithms = x.logarithm().values().prefix(4).map { (value: Float) -> Float in value.isNaN ? 0 : value }
        #expect(logarithms == [.infinity, 0, -.infinity, 0])
    }
}

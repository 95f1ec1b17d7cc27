import DomainAdaptation
import Testing

@Suite struct EMATeacherTests {
    /// 0 copies the student; 0.5 at the second update; the limit from update 1 / (1 - decay) - 1 on.
    @Test func theCoefficientRisesToItsLimit() {
        let coefficients = [0, 1, 3, 998, 999, 5000].map { EMATeacher.coefficient(update: $0, decay: 0.999) }
        #expect(coefficients == [0, 0.5, 0.75, 1 - 1 / Float(999), 0.999, 0.999])
    }
}

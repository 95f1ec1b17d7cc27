import DataParallel
import Testing

@Suite struct RankRolesTests {
    @Test func teachersCloseTheirBlocks() throws {
        let roles = try RankRoles(worldSize: 8, teachers: 2)
        #expect(roles.role(of: 3) == .teacher(index: 0, students: 0..<3))
        #expect(roles.role(of: 7) == .teacher(index: 1, students: 3..<6))
        #expect(roles.role(of: 4) == .student(index: 3))
        #expect(roles.teacherRank(ofStudent: 2) == 3)
        #expect(roles.teacherRank(ofStudent: 3) == 7)
    }

    @Test(arguments: 1...9) func everyStudentIsServedOnce(worldSize: Int) throws {
        for teachers in 0...worldSize / 2 {
            let roles = try RankRoles(worldSize: worldSize, teachers: teachers)
            var served: [Int] = []
            for rank in 0..<worldSize {
                switch roles.role(of: rank) {
                case .student(let index): #expect(roles.rank(ofStudent: index) == rank)
                case .teacher(_, let students):
                    served += Array(students)
                    for student in students { #expect(roles.teacherRank(ofStudent: student) == rank) }
                }
            }
            #expect(served == (teachers == 0 ? [] : Array(0..<roles.studentCount)))
        }
    }

    @Test func tooManyTeachersAreRefusedWithTheRemedy() {
        let error = #expect(throws: RankRolesError.self) { try RankRoles(worldSize: 1, teachers: 1) }
        #expect(error?.description.contains("start at least 2 ranks") == true)
    }
}
